import { useId, useState } from "react";
import { PasswordField } from "./password-field";
import { StrengthMeter } from "./strength-meter";

interface Props {
  label: string;
  problem: string | null | undefined;
  /** What others know of the person: a password made of it is weak. */
  own: string[];
}

/** A new password, and how hard it is to guess. */
export function NewPasswordField({ label, problem, own }: Props) {
  const meterId = useId();
  const [typed, setTyped] = useState("");
  return (
    <>
      <PasswordField
        label={label}
        name="password"
        autoComplete="new-password"
        problem={problem}
        describedBy={meterId}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
        }}
      />
      <StrengthMeter id={meterId} password={typed} own={own} />
    </>
  );
}
