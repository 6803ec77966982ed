import { type InputEvent, type SubmitEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { type Explanation, explain } from "@/lib/plain-words";
import { isSignedOut } from "@/lib/token-keeper";

/** What is wrong with each field, by its name; no entry means nothing is. */
export type Problems = Readonly<Record<string, string | null>>;

interface Rules {
  /** Checks the values before anything is sent. */
  validate: (values: FormData) => Problems;
  /** Sends them, and may return what to say then; what it throws is explained to the person. */
  submit: (values: FormData) => Promise<string> | Promise<void>;
}

/**
 * A form that checks before it sends, sends once at a time, keeps what was
 * typed when sending fails, and puts the focus on the first field to mend.
 */
export function useForm({ validate, submit }: Rules) {
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [done, setDone] = useState("");
  const [busy, setBusy] = useState(false);
  // Two clicks can come before the first has been rendered as busy.
  const sending = useRef(false);

  function show(form: HTMLFormElement, found: Problems) {
    flushSync(() => {
      setProblems(found);
    });
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  function explainTo(form: HTMLFormElement, { field, message }: Explanation) {
    const input = field === undefined ? null : form.elements.namedItem(field);
    if (field !== undefined && input !== null) show(form, { [field]: message });
    else setFailure(message);
  }

  async function send(form: HTMLFormElement) {
    const values = new FormData(form);
    const found = validate(values);
    setFailure(null);
    setDone("");
    show(form, found);
    if (Object.values(found).some((problem) => problem !== null)) return;
    sending.current = true;
    setBusy(true);
    try {
      const said = await submit(values);
      setDone(said ?? "");
    } catch (error) {
      if (!isSignedOut(error)) explainTo(form, explain(error));
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  return {
    problems,
    failure,
    /** What the last submission did; empty once something is typed again. */
    done,
    busy,
    /** Spread over the `form` element. */
    form: {
      noValidate: true,
      // Before the script runs, a native submission must not put a password in the address.
      method: "post",
      onSubmit: (event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault();
        if (!sending.current) void send(event.currentTarget);
      },
      onInput: ({ target }: InputEvent<HTMLFormElement>) => {
        if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
          const { name } = target;
          setDone("");
          setProblems((known) => (known[name] == null ? known : { ...known, [name]: null }));
        }
      },
    },
  } as const;
}

/** A field's text; empty when the form has no such text field. */
export function textOf(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === "string" ? value : "";
}
