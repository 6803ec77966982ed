import { type ComponentPropsWithRef, type ReactNode, useId } from "react";

interface FrameProps {
  label: string;
  problem?: string | null | undefined;
  /** Ids of more elements that describe the field. */
  describedBy?: string | undefined;
  /** Renders the input with what ties it to its label and its problem. */
  children: (ties: {
    id: string;
    "aria-invalid": boolean;
    "aria-describedby": string | undefined;
  }) => ReactNode;
}

/** A label, an input, and below it what is wrong with it. */
export function FieldFrame({ label, problem, describedBy, children }: FrameProps) {
  const id = useId();
  const problemId = `${id}-problem`;
  const wrong = problem != null;
  const descriptions = [wrong ? problemId : undefined, describedBy].filter((part) => part !== undefined);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": wrong, "aria-describedby": descriptions.join(" ") || undefined })}
      {wrong && (
        <p className="problem" id={problemId}>
          {problem}
        </p>
      )}
    </div>
  );
}

interface FieldProps
  extends Omit<FrameProps, "children">, Omit<ComponentPropsWithRef<"input">, "id" | "children"> {
  name: string;
  /** Stands at the field's right end. */
  trailing?: ReactNode;
}

/** A labelled line of text. */
export function Field({ label, problem, describedBy, trailing, ...input }: FieldProps) {
  return (
    <FieldFrame label={label} problem={problem} describedBy={describedBy}>
      {(ties) => (
        <div className="field-box">
          <input {...input} {...ties} />
          {trailing}
        </div>
      )}
    </FieldFrame>
  );
}
