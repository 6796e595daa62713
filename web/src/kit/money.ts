// How figures are shown. `Intl` is given the text itself, which it formats exactly; all decimals stay.
import type { Lang } from "../shell/settings.svelte";
import { changeInBasisPoints, decimal, minus, write } from "./decimal";

/** What stands where there is no figure. */
export const NONE = "–";

const formats = new Map<string, Intl.NumberFormat>();

function format(lang: Lang, decimals: number): Intl.NumberFormat {
  const key = `${lang} ${decimals}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(key, found);
  }
  return found;
}

/** A figure of the API with its thousands marked: `3760000.00` is `3,760,000.00`. Takes a sign; the minus is −. */
export function figure(text: string | null | undefined, lang: Lang): string {
  if (text === null || text === undefined) return NONE;
  const negative = text.startsWith("-");
  const body = negative ? text.slice(1) : text;
  if (!decimal(body)) return text;
  const decimals = body.includes(".") ? body.length - body.indexOf(".") - 1 : 0;
  return (negative ? "−" : "") + format(lang, decimals).format(body as Intl.StringNumericLiteral);
}

/** A currency's name in a sentence: 元 for CNY in Chinese, else its code. */
export function unit(currency: string, lang: Lang): string {
  return lang === "zh" && currency === "CNY" ? "元" : currency;
}

/** A sum with its unit: after the figure in Chinese, before it in English (PAGE.md 2.8). */
export function money(text: string | null | undefined, currency: string, lang: Lang): string {
  const shown = figure(text, lang);
  if (shown === NONE) return NONE;
  return lang === "zh" ? `${shown} ${unit(currency, lang)}` : `${currency} ${shown}`;
}

/** A change of a price: its arrow, its signed difference, its signed percentage; null where there is nothing to compare. */
export interface Change {
  direction: "rise" | "fall" | "same";
  arrow: "▲" | "▼" | "＝";
  difference: string;
  percent: string;
}

/** How a price stands against another. */
export function change(from: string | null | undefined, to: string | null | undefined, lang: Lang): Change | null {
  const before = from ? decimal(from) : null;
  const now = to ? decimal(to) : null;
  if (!before || !now) return null;
  const points = changeInBasisPoints(before, now);
  if (points === null) return null;
  const by = minus(now, before);
  const sign = by.units > 0n ? "+" : by.units < 0n ? "−" : "";
  const size = (text: string) => figure(text.replace(/^-/, ""), lang);
  return {
    direction: by.units > 0n ? "rise" : by.units < 0n ? "fall" : "same",
    arrow: by.units > 0n ? "▲" : by.units < 0n ? "▼" : "＝",
    difference: sign + size(write(by)),
    percent: `${sign}${size(write({ units: points, scale: 2 }))}%`,
  };
}
