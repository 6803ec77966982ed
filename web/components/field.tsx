import { type ComponentPropsWithRef, type ReactNode, useId } from "react";

interface FieldProps extends Omit<ComponentPropsWithRef<"input">, "id"> {
  label: string;
  name: string;
  problem?: string | null | undefined;
  /** Ids of more elements that describe the field. */
  describedBy?: string;
  /** Stands at the field's right end. */
  trailing?: ReactNode;
}

/** A labelled input; what is wrong with it is tied to it and stands below it. */
export function Field({ label, problem, describedBy, trailing, ...input }: FieldProps) {
  const id = useId();
  const wrong = problem != null;
  const descriptions = [wrong ? `${id}-problem` : null, describedBy].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input {...input} id={id} aria-invalid={wrong} aria-describedby={descriptions || undefined} />
        {trailing}
      </div>
      {wrong && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
