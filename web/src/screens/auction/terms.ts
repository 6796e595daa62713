// What the announced terms of a lot come to: its format, the ladder and the next legal bids, what is to be paid, a price that
// falls. Pure, and in whole minor units. The venue judges each bid; this only says beforehand what it will say, and is held
// against the vectors of the rule book.
import { basisPoints, decimal, write } from "../../kit/decimal";
import { milliseconds } from "../../kit/dates";
import type { Schema } from "../../api/types";

export type Lot = Schema<"Lot">;
export type Amount = Schema<"Amount">;
export type Bidder = Schema<"Bidder">;
export type FormatName = "ascending" | "descending" | "sealed" | "sell_off" | "uniform" | "reverse" | "sealed_reverse";

interface Rising {
  steps: Schema<"PriceStep">[];
  clock: Schema<"Clock">;
}

/** Which way a lot is sold. */
export function formatOf(lot: Lot): FormatName {
  return Object.keys(lot.format)[0] as FormatName;
}

/** The lowest first bid, or the highest first offer. */
export function startOf(lot: Lot): Amount {
  return (Object.values(lot.format)[0] as { start: Amount }).start;
}

/** The currency of a lot's prices. */
export function currencyOf(lot: Lot): Amount["currency"] {
  return startOf(lot).currency;
}

/** The steps and the clock, where the price moves by bids that everyone sees. */
export function risingOf(lot: Lot): Rising | null {
  const name = formatOf(lot);
  return name === "ascending" || name === "sell_off" || name === "reverse" ? (Object.values(lot.format)[0] as Rising) : null;
}

/** How bids are sealed, where they are. */
export function sealedOf(lot: Lot): Schema<"Sealed"> | null {
  return "sealed" in lot.format ? lot.format.sealed : "sealed_reverse" in lot.format ? lot.format.sealed_reverse : null;
}

/** Whether a buyer asks, and the lowest offer wins. */
export function isDemand(lot: Lot): boolean {
  const name = formatOf(lot);
  return name === "reverse" || name === "sealed_reverse";
}

/** Whether maxima are taken: a court's sale takes none, and neither do other formats. */
export function takesMaxima(lot: Lot): boolean {
  return "ascending" in lot.format && lot.format.ascending.maxima !== false && lot.basis !== "judicial";
}

/** The fixed price at which anyone may end it now. */
export function buyNowOf(lot: Lot): Amount | null {
  const price = "ascending" in lot.format ? (lot.format.ascending.buy_now ?? null) : null;
  if (!price || (lot.best && units(lot.best) >= units(price))) return null;
  return price;
}

/** Minor units of a sum. */
export function units(amount: Amount): bigint {
  return decimal(amount.amount)!.units;
}

/** A sum of so many minor units, with the decimals of a lot's prices. */
export function amountOf(lot: Lot, minor: bigint): Amount {
  const start = startOf(lot);
  return { currency: start.currency, amount: write({ units: minor, scale: decimal(start.amount)!.scale }) };
}

/** What a person typed, in minor units of a lot's currency; null where it is no sum of it. */
export function typed(lot: Lot, text: string): bigint | null {
  const value = decimal(text);
  const scale = decimal(startOf(lot).amount)!.scale;
  if (!value || value.scale > scale) return null;
  return value.units * 10n ** BigInt(scale - value.scale);
}

/** By how much bids move at this price. */
export function incrementAt(steps: readonly Schema<"PriceStep">[], price: bigint): bigint {
  const tier = steps.filter((step) => units(step.from) <= price).at(-1) ?? steps[0]!;
  return units(tier.step);
}

/** Whether a price is a rung of the ladder that begins at the start. */
export function isRung(steps: readonly Schema<"PriceStep">[], start: bigint, price: bigint): boolean {
  let rung = start;
  while (rung < price) {
    const step = incrementAt(steps, rung);
    const next = steps.map((tier) => units(tier.from)).find((from) => from > rung);
    // The rungs of one step reach to the first price with another.
    const until = next !== undefined && next <= price ? next - 1n : price;
    const count = (until - rung) / step;
    rung += (count > 0n ? count : 1n) * step;
  }
  return rung === price;
}

/** What a bid of so much would be answered, as far as it follows from the public lot. */
export type Judgement = { code: "BID_BELOW_START" | "BID_BELOW_STEP" | "BID_OFF_GRID"; instead: bigint } | null;

function isOnLadder(lot: Lot, price: bigint): boolean {
  const maxima = "ascending" in lot.format ? lot.format.ascending.maxima : false;
  const ladder = maxima !== false && (maxima === true || maxima.above === "ladder");
  return !ladder || isRung(risingOf(lot)!.steps, units(startOf(lot)), price);
}

/** The next legal bids, the nearest first. */
export function nextBids(lot: Lot, count: number): bigint[] {
  const rising = risingOf(lot);
  if (!rising) return [];
  const start = units(startOf(lot));
  const way = isDemand(lot) ? -1n : 1n;
  const best = lot.best ? units(lot.best) : null;
  const buyNow = buyNowOf(lot);
  const found: bigint[] = [];
  let price = best ?? start;
  if (best === null) found.push(start);
  const step = incrementAt(rising.steps, price);
  // Beyond the best by whole steps of its tier; where maxima stand on the ladder, on a rung of it as well.
  for (let tries = 0; found.length < count && tries < 1_000; tries += 1) {
    price += way * (best === null ? incrementAt(rising.steps, price) : step);
    if (price <= 0n) break;
    if (buyNow && price >= units(buyNow)) break;
    if (isOnLadder(lot, price)) found.push(price);
  }
  return found;
}

/** Whether a bid would be taken, as far as the public lot tells: else by which rule not, and the nearest that would. */
export function judge(lot: Lot, price: bigint): Judgement {
  if (!risingOf(lot)) return null;
  const way = isDemand(lot) ? -1n : 1n;
  const start = units(startOf(lot));
  const instead = nextBids(lot, 1)[0] ?? start;
  const buyNow = buyNowOf(lot);
  if (buyNow && price >= units(buyNow)) return null;
  if (!lot.best) {
    if ((price - start) * way < 0n || price <= 0n) return { code: "BID_BELOW_START", instead };
    return isOnLadder(lot, price) ? null : { code: "BID_OFF_GRID", instead: nearest(lot, price) };
  }
  const best = units(lot.best);
  const step = incrementAt(risingOf(lot)!.steps, best);
  const beyond = (price - best) * way;
  if (beyond < step || price <= 0n) return { code: "BID_BELOW_STEP", instead };
  return beyond % step === 0n && isOnLadder(lot, price) ? null : { code: "BID_OFF_GRID", instead: nearest(lot, price) };
}

/** The nearest legal bid at or beyond a price. */
function nearest(lot: Lot, price: bigint): bigint {
  const way = isDemand(lot) ? -1n : 1n;
  const { steps } = risingOf(lot)!;
  const from = lot.best ? units(lot.best) : units(startOf(lot));
  const step = incrementAt(steps, from);
  let count = ((price - from) * way + step - 1n) / step;
  for (let tries = 0; tries < 1_000; tries += 1, count += 1n) {
    const candidate = from + way * count * step;
    if (candidate > 0n && isOnLadder(lot, candidate)) return candidate;
  }
  return from;
}

/** How many steps a bid lies beyond the next legal one; 0 at or below it. */
export function stepsBeyond(lot: Lot, price: bigint): bigint {
  const [next] = nextBids(lot, 1);
  const rising = risingOf(lot);
  if (next === undefined || !rising) return 0n;
  const beyond = isDemand(lot) ? next - price : price - next;
  return beyond <= 0n ? 0n : beyond / incrementAt(rising.steps, lot.best ? units(lot.best) : next);
}

/** What a purchase at a price comes to: the price, the premium on top (rounded down, as the venue does), less the deposit. */
export interface Payable {
  price: bigint;
  premium: bigint;
  total: bigint;
  /** What of the deposit is set against it. */
  deposit: bigint;
  rest: bigint;
}

/** What is to be paid if one wins at this price. */
export function payable(lot: Lot, price: bigint, deposit: bigint): Payable {
  const premium = basisPoints({ units: price, scale: 0 }, lot.fees.premium).units;
  const total = price + premium;
  const set = deposit < total ? deposit : total;
  return { price, premium, total, deposit: set, rest: total - set };
}

/** A price that falls: what it is at a moment, what it falls to next and when (ms since 1970); the venue's own clock rules. */
export interface Falling {
  price: bigint;
  next: bigint | null;
  nextAt: number | null;
  floor: bigint;
}

/** Where a falling price stands at a moment of the venue's clock. A pause moves its whole fall, and with it the end. */
export function fallingAt(lot: Lot, now: number): Falling | null {
  if (!("descending" in lot.format)) return null;
  const { start, step, floor, every_seconds, hold_seconds } = lot.format.descending;
  const [from, by, least] = [units(start), units(step), units(floor)];
  const falls = (from - least + by - 1n) / by;
  const every = every_seconds * 1_000;
  const began = milliseconds(lot.ends_at) - (Number(falls) * every + hold_seconds * 1_000);
  const done = Math.max(0, Math.floor((now - began) / every));
  const at = (count: number) => (from - by * BigInt(count) > least ? from - by * BigInt(count) : least);
  const price = at(done);
  return price > least ? { price, next: at(done + 1), nextAt: began + (done + 1) * every, floor: least } : { price, next: null, nextAt: null, floor: least };
}

/** Whether bidding is over, one way or another. */
export function isOver(state: Lot["state"]): boolean {
  return !["announced", "qualifying", "open", "paused", "revealing"].includes(state);
}

/** How long a paused lot has once it goes on: what it had left when it came to stand, five minutes at least (ms). */
export function leftOncePaused(lot: Lot): number {
  const since = lot.pause ? milliseconds(lot.pause.since_at) : 0;
  return Math.max(milliseconds(lot.ends_at) - since, 300_000);
}
