import { type ReactNode, type RefObject, useId, useLayoutEffect, useRef } from "react";
import styles from "./dialog.module.css";

interface Props {
  title: string;
  /** Gets the focus when the dialog opens. */
  first: RefObject<HTMLElement | null>;
  /** Called when the person leaves it, also by Escape. */
  onClose: () => void;
  children: ReactNode;
}

/** Asks something that has to be answered before anything else. */
export function Dialog({ title, first, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    first.current?.focus();
    // Closed before it leaves the page, a dialog gives the focus back to what opened it.
    return () => element?.close();
  }, [first]);

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        // The browser would give the focus back first and tell us later, after the next key perhaps.
        event.preventDefault();
        onClose();
      }}
      onClose={onClose}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
