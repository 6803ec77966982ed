/** The mark of Tessera: four tiles, laid by hand. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <path d="M3 4.2 14.4 3 15 14.2 3.8 15z" />
      <path className="mark-lit" d="M17.6 2.6 29 4 28.2 15 17.2 14.4z" />
      <path d="M4 17.4 14.8 17.2 14.2 29 3 28.2z" />
      <path d="M17.2 17.6 28.6 17 29.2 28.4 18 29.2z" />
    </svg>
  );
}
