"use client";

import { type ComponentProps, useState } from "react";
import { Field } from "@/components/field";

type Props = Omit<ComponentProps<typeof Field>, "type" | "trailing">;

/** A password input that can show what is typed. */
export function PasswordField(props: Props) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      trailing={
        <button
          type="button"
          className="button quiet"
          aria-label={shown ? "Hide password" : "Show password"}
          onClick={() => {
            setShown(!shown);
          }}
        >
          {shown ? "Hide" : "Show"}
        </button>
      }
    />
  );
}
