// What a countdown says of the time that is left (PAGE.md 7). It is never negative, and never says that a lot has ended: only
// the venue does.

/** The rest as shown: `h:mm:ss`, `mm:ss` under an hour, one decimal under ten seconds; null at 0, where the result is awaited. */
export function remaining(milliseconds: number): string | null {
  if (milliseconds <= 0) return null;
  if (milliseconds < 10_000) return `00:0${(Math.floor(milliseconds / 100) / 10).toFixed(1)}`;
  const seconds = Math.floor(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** When the shown text changes next, in milliseconds from now. */
export function nextChange(milliseconds: number): number {
  if (milliseconds <= 0) return 1000;
  const step = milliseconds <= 10_000 ? 100 : 1000;
  return milliseconds % step || step;
}

/** The thresholds that a countdown speaks aloud, in seconds, and how: to those who entered the last two are urgent. */
export const SPOKEN: readonly { seconds: number; urgent: boolean }[] = [
  { seconds: 1800, urgent: false },
  { seconds: 600, urgent: false },
  { seconds: 300, urgent: false },
  { seconds: 60, urgent: true },
  { seconds: 10, urgent: true },
];

/** The threshold passed between two looks at the rest, if any: the last one, so that after a sleep only one is spoken. */
export function passed(before: number, now: number): (typeof SPOKEN)[number] | null {
  return SPOKEN.filter(({ seconds }) => before > seconds * 1000 && now <= seconds * 1000).at(-1) ?? null;
}
