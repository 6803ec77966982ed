const DAY = 24 * 60 * 60 * 1000;

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", DAY],
  ["hour", 60 * 60 * 1000],
  ["minute", 60 * 1000],
];

/** How long ago, in words, such as "3 hours ago"; the day when more than a week has passed. */
export function ago(time: Date, now: Date): string {
  const passed = now.getTime() - time.getTime();
  if (passed >= 7 * DAY) return dayOf(time);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (passed >= length) return words.format(-Math.floor(passed / length), unit);
  }
  return "just now";
}

/** A calendar day in words, such as "3 May 2026", in the reader's time zone. */
export function dayOf(time: Date): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(time);
}
