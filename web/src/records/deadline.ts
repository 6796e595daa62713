// What is said of a deadline: days left large, the date small and always with its hour (PAGE.md 2.8).
import { milliseconds } from "../kit/dates";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A deadline as it stands now. */
export interface Deadline {
  tone: "over" | "soon" | "far" | "free";
  /** Days that are late, or left; null where none runs. */
  days: number | null;
  /** Whole hours left, on the last day. */
  hours: number | null;
  /** The date and hour: `03-05 24:00`, with the year where it is another. */
  at: string;
}

function shown(day: string, hour: string, now: number | null): string {
  const year = now === null ? "" : new Date(now + 8 * HOUR).toISOString().slice(0, 4);
  return `${day.startsWith(year) && year !== "" ? day.slice(5) : day} ${hour}`;
}

/** The deadline of something that is in time to the end of `on`, or to the moment `until`. */
export function deadline(on: string | null, until: string | null, isLate: boolean, now: number | null): Deadline {
  if (on === null && until === null) return { tone: "free", days: null, hours: null, at: "" };
  const local = until === null ? null : new Date(milliseconds(until) + 8 * HOUR).toISOString();
  const day = on ?? local!.slice(0, 10);
  const at = shown(day, on !== null ? "24:00" : local!.slice(11, 16), now);
  if (now === null) return { tone: isLate ? "over" : "far", days: null, hours: null, at };
  const end = on !== null ? Date.parse(`${on}T00:00:00Z`) + DAY - 8 * HOUR : milliseconds(until!);
  const today = Math.floor((now + 8 * HOUR) / DAY);
  const days = Math.floor((Date.parse(`${day}T00:00:00Z`)) / DAY) - today;
  if (isLate || end <= now) return { tone: "over", days: Math.max(0, -days), hours: null, at };
  return { tone: days <= 2 ? "soon" : "far", days, hours: days === 0 ? Math.floor((end - now) / HOUR) : null, at };
}
