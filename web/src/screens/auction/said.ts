// How figures, times and refusals of a lot are said.
import { clock, dateTime, endOf, milliseconds } from "../../kit/dates";
import { figure, money } from "../../kit/money";
import { shownTitle, type Titled } from "../../kit/titles";
import { Problem } from "../../api/problem";
import type { Lang } from "../../shell/settings.svelte";
import { said } from "../../texts/refusals";
import { auction } from "../../texts/auction";
import { texts, type Same } from "../../texts/define";
import type { Schema } from "../../api/types";
import { amountOf, type Amount, type Lot } from "./terms";

export type Texts = Same<(typeof auction)["zh"]>;

/** The figure of a sum, without its unit. */
export function sum(amount: Amount | null | undefined, lang: Lang): string {
  return figure(amount?.amount, lang);
}

/** A sum with its unit. */
export function full(amount: Amount | null | undefined, lang: Lang): string {
  return money(amount?.amount, amount?.currency ?? "", lang);
}

/** The figure of so many minor units of a lot. */
export function minorSum(lot: Lot, minor: bigint, lang: Lang): string {
  return sum(amountOf(lot, minor), lang);
}

/** The figure without decimals where they are all 0: for the steps alone, whose button is small. */
export function short(text: string): string {
  return text.replace(/\.0+$/, "");
}

/** A share of a sum, as `106.9%`. */
export function percent(of: bigint, whole: bigint, lang: Lang): string {
  if (whole === 0n) return "–";
  const tenths = ((of * 10_000n) / whole + 5n) / 10n;
  return `${figure(`${tenths / 10n}.${tenths % 10n}`, lang)}%`;
}

/** Basis points as a percentage, without zeros at the end: 100 is `1%`. */
export function points(basis: number): string {
  return `${String(basis / 100)}%`;
}

/** `10:08:30`, with the day before it where that is another one than today's. */
export function when(timestamp: string, now: number | null): string {
  const at = dateTime(timestamp);
  const today = now === null ? null : new Date(now + 8 * 3_600_000).toISOString().slice(0, 10);
  return today === at.slice(0, 10) ? at.slice(11, 19) : at.slice(0, 16);
}

/** `03-03 10:08:58.412`. */
export function precise(timestamp: string): string {
  return dateTime(timestamp).slice(5);
}

/** The last day of what a lot waits for, with its hour. */
export function until(day: string): string {
  return endOf(day);
}

/** What a venue's time is on a clock. */
export function atClock(timestamp: string): string {
  return clock(milliseconds(timestamp));
}

/** A span of seconds in words. */
export function span(t: Texts, seconds: number): string {
  if (seconds % 86_400 === 0) return t.facts.days(String(seconds / 86_400));
  if (seconds % 3_600 === 0) return t.facts.hours(String(seconds / 3_600));
  if (seconds % 60 === 0) return t.facts.minutes(String(seconds / 60));
  return t.facts.seconds(String(seconds));
}

/** `5:00`: by how much an end moved. */
export function moved(from: string, to: string): string {
  const seconds = Math.round((milliseconds(to) - milliseconds(from)) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A refusal of something done in a lot. */
export function refusal(problem: Problem, lang: Lang): string {
  const own = texts(auction, lang).refusals as Record<string, string>;
  return own[problem.code] ?? said(problem, lang);
}

/** What a lot is called: the title of its right, what is wanted, or what units are sold. */
export function titleOf(lot: Lot, rights: readonly Titled[] | null, lang: Lang): string {
  const t = texts(auction, lang);
  const demand = "reverse" in lot.format ? lot.format.reverse.demand : "sealed_reverse" in lot.format ? lot.format.sealed_reverse.demand : null;
  if (demand !== null) return t.demandFor(demand);
  if ("uniform" in lot.format) return t.unitsOf(lot.format.uniform.symbol, figure(lot.format.uniform.units, lang));
  const [first] = rights ?? [];
  if (!first) return t.lot(String(lot.lot_id));
  const count = lot.asset_ids?.length ?? 1;
  const { text } = shownTitle(first, lang);
  return count > 1 ? t.several(text, String(count)) : text;
}

export type Right = Schema<"SoldRight">;
