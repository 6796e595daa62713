// How a value of a record is shown, by its member's name and its form.
import { dateTime, lastDay } from "../kit/dates";
import { figure, money, NONE } from "../kit/money";
import type { Lang } from "../shell/settings.svelte";
import { word } from "../texts/labels";

/** An amount of the API. */
export interface Amount {
  currency: string;
  amount: string;
}

/** Whether a value is an amount. */
export function isAmount(value: unknown): value is Amount {
  return typeof value === "object" && value !== null && "amount" in value && "currency" in value && Object.keys(value).length === 2;
}

/** A scalar as text; null where it is none, or nothing. */
export function scalar(name: string, value: unknown, lang: Lang, isFirstLate = false): string | null {
  if (value === null || value === undefined) return null;
  if (isAmount(value)) return money(value.amount, value.currency, lang);
  if (typeof value === "boolean") return lang === "zh" ? (value ? "是" : "否") : value ? "yes" : "no";
  if (typeof value === "number") {
    if (/_bps$/.test(name)) return `${hundredths(value)} %`;
    if (/_e6$/.test(name)) return `${millionths(value)} %`;
    return /(_id|_ids|_seq|version|number)$/.test(name) ? String(value) : figure(String(value), lang);
  }
  if (typeof value !== "string") return null;
  if (/^\d{4}-\d{2}-\d{2}T.*Z$/.test(value)) return dateTime(value);
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return isFirstLate ? lastDay(value) : value;
  if (/^-?\d+(\.\d+)?$/.test(value) && !/(number|code|reference|client_id|order_id|trade_id|contract|branch)$/.test(name)) return figure(value, lang);
  return word(value, lang);
}

/** Basis points as a percentage: 435 is 4.35. */
function hundredths(points: number): string {
  return `${Math.trunc(points / 100)}.${String(Math.abs(points) % 100).padStart(2, "0")}`;
}

/** Millionths as a percentage, without zeros at the end: 43500 is 4.35. */
function millionths(value: number): string {
  const rest = String(value % 10_000).padStart(4, "0").replace(/0{1,2}$/, "");
  return `${Math.trunc(value / 10_000)}.${rest}`;
}

/** Nothing, as it is shown. */
export const nothing = NONE;
