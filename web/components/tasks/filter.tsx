import type { Task } from "@/lib/tasks";
import styles from "./tasks.module.css";

/** Which tasks are shown. */
export type Filter = "all" | "open" | "done";

const FILTERS: readonly { value: Filter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "open", label: "Open" },
  { value: "done", label: "Done" },
];

/** The tasks that a filter lets through. */
export function filtered(tasks: Task[], filter: Filter): Task[] {
  return filter === "all" ? tasks : tasks.filter(({ completed }) => completed === (filter === "done"));
}

interface Props {
  tasks: Task[];
  filter: Filter;
  onChange: (filter: Filter) => void;
}

/** Chooses which tasks are shown, and says how many there are of each. */
export function FilterBar({ tasks, filter, onChange }: Props) {
  return (
    <div className={styles.filters} role="group" aria-label="Show">
      {FILTERS.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          aria-pressed={filter === value}
          onClick={() => {
            onChange(value);
          }}
        >
          {label} <span className={styles.number}>{filtered(tasks, value).length}</span>
        </button>
      ))}
    </div>
  );
}
