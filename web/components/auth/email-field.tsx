import { Field } from "@/components/field";
import { queryClient } from "@/lib/query-client";

/** In memory, so that the address typed at sign-in is there at sign-up too; forgotten at sign-out with the rest. */
const TYPED = ["typed address"];

/** The e-mail address that names an account. */
export function EmailField({ problem }: { problem: string | null | undefined }) {
  return (
    <Field
      label="E-mail"
      name="email"
      type="email"
      autoComplete="username"
      inputMode="email"
      defaultValue={queryClient.getQueryData<string>(TYPED)}
      onInput={({ currentTarget }) => {
        queryClient.setQueryData(TYPED, currentTarget.value);
      }}
      problem={problem}
    />
  );
}
