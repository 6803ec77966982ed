const ROWS = ["first", "second", "third", "fourth"];

/** Holds the place of rows that are still being fetched. */
export function Skeleton({ label }: { label: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="heard-only">{label}</span>
      {ROWS.map((row) => (
        <span key={row} className="skeleton-row" aria-hidden="true" />
      ))}
    </div>
  );
}
