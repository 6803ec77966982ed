import { useQuery } from "@tanstack/react-query";
import { DEV_MAILBOX, hasDevMailbox } from "@/lib/dev-mailbox";

/** Beside what is said of a letter: where it is, on a developer's machine that sends none. */
export function DevMailboxLink() {
  const { data: here } = useQuery({
    queryKey: ["dev mailbox"],
    queryFn: hasDevMailbox,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (here !== true) return null;
  return (
    <p className="aside">
      This server sends no mail; it keeps its letters for you. <a href={DEV_MAILBOX}>Read them</a>
    </p>
  );
}
