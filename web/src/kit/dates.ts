// Times and days, shown in UTC+8. Nothing here asks the computer what time it is.

const HOUR = 3_600_000;

/** Milliseconds since 1970 of a time of the API (nine decimals; what is below a millisecond is cut). */
export function milliseconds(timestamp: string): number {
  return Date.parse(timestamp.replace(/(\.\d{3})\d*Z$/, "$1Z"));
}

function parts(at: number): string {
  return new Date(at + 8 * HOUR).toISOString();
}

/** `10:03:36`, UTC+8. */
export function clock(at: number): string {
  return parts(at).slice(11, 19);
}

/** `2026-03-03 10:08:58.412`, UTC+8. */
export function dateTime(timestamp: string): string {
  return parts(milliseconds(timestamp)).slice(0, 23).replace("T", " ");
}

/** `2026-03-03 10:08`, UTC+8. */
export function dateMinute(timestamp: string): string {
  return parts(milliseconds(timestamp)).slice(0, 16).replace("T", " ");
}

/** `10:03:36` of a time of the API, UTC+8. */
export function timeOfDay(timestamp: string): string {
  return clock(milliseconds(timestamp));
}

/** The day before a day. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 24 * HOUR).toISOString().slice(0, 10);
}

/** 「最迟」 of a deadline whose `…_on` names the first day on which it is too late, as the end of a guarantee or a hold does:
 * `2026-03-10 24:00` of 2026-03-11. */
export function lastDay(firstLateDay: string): string {
  return `${dayBefore(firstLateDay)} 24:00`;
}

/** 「最迟」 of a deadline whose `…_on` names the last good day, as those of lots do (`pay_by_on`, `step_by_on`: docs/AUCTIONS.md):
 * `2026-03-10 24:00`. */
export function endOf(lastGoodDay: string): string {
  return `${lastGoodDay} 24:00`;
}
