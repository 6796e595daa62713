// What stands in a lot's log, as the venue writes it. Times are whole nanoseconds and sums whole minor units, both `bigint`;
// nothing passes through a float.
import { ensure } from "./fault";

/** A sum as it is written. */
export interface Amount {
  currency: string;
  amount: string;
}

/** From this price on, bids move by this much. */
export interface PriceStep {
  from: Amount;
  step: Amount;
}

export interface Clock {
  window_seconds: number;
  extension: "from_bid" | "from_end";
  extensions_max: number | null;
}

export interface SealedTerms {
  start: Amount;
  pays: "first" | "second";
  reveal_seconds: number;
  penalty: Amount;
}

export interface UniformTerms {
  symbol: string;
  units: string;
  start: Amount;
  step: Amount;
  rationing: "pro_rata" | "time";
}

export interface DescendingTerms {
  start: Amount;
  step: Amount;
  every_seconds: number;
  floor: Amount;
  hold_seconds: number;
}

export interface RisingTerms {
  start: Amount;
  steps: PriceStep[];
  clock: Clock;
}

/** How a lot is sold. */
export type Format =
  | { ascending: RisingTerms & { buy_now: Amount | null; maxima: false | { above: "ladder" | "step" } } }
  | { descending: DescendingTerms }
  | { sealed: SealedTerms }
  | { sell_off: RisingTerms & { runs_seconds: number } }
  | { uniform: UniformTerms }
  | { reverse: RisingTerms & { demand: string } }
  | { sealed_reverse: SealedTerms & { demand: string } };

/** The lives of lots. */
export const STATES = ["announced", "qualifying", "open", "revealing", "paused", "closed", "negotiating", "sold", "paid", "delivered", "defaulted", "unsold", "withdrawn", "annulled"] as const;
export type State = (typeof STATES)[number];

/** A lot as everyone sees it; members that are not named here must not change. */
export interface Lot {
  lot_id: number;
  basis: "judicial" | "auction_law" | "venue_rule" | "private";
  format: Format;
  reserved: boolean;
  deposit: Amount;
  qualifies_at: string;
  opens_at: string;
  ends_at: string;
  priority: number;
  surviving: number;
  state: State;
  best: Amount | null;
  number: number | null;
  bids: number;
  extensions: number;
  reserve_met: boolean | null;
  price: Amount | null;
  buyer_id: number | null;
  step_by_on?: string;
  calendar?: string;
  pause?: { ground: string; since_at: string; evidence_sha256: string | null };
  [more: string]: unknown;
}

export interface LotBid {
  lot_id: number;
  number: number;
  price: Amount;
  automatic: boolean;
  matched: boolean;
  bids: number;
  ends_at: string;
  extensions: number;
  reserve_met: boolean | null;
}

export interface LotCommitted {
  lot_id: number;
  number: number;
  commitment: string;
}

export interface LotOpened {
  lot_id: number;
  number: number;
  price: Amount;
  units: string | null;
  won_units: string | null;
  nonce: string | null;
}

/** A step of a log. */
export type LotEvent = { lot: Lot } | { lot_bid: LotBid } | { lot_committed: LotCommitted } | { lot_opened: LotOpened };

export const SECOND = 1_000_000_000n;

/** The nanoseconds since 1970 of a time as the venue writes it: nine decimals, UTC. */
export function nanoseconds(text: unknown): bigint {
  const parts = typeof text === "string" ? /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.(\d{9})Z$/.exec(text) : null;
  const whole = parts ? Date.parse(`${parts[1]}Z`) : Number.NaN;
  ensure(parts !== null && !Number.isNaN(whole) && whole >= 0, "time", String(text));
  return BigInt(whole) * 1_000_000n + BigInt(parts[2]!);
}

/** A time as the venue writes it. */
export function written(at: bigint): string {
  const second = new Date(Number(at / SECOND) * 1_000).toISOString().slice(0, 19);
  return `${second}.${(at % SECOND).toString().padStart(9, "0")}Z`;
}

/** A sum in minor units. */
export function minor(amount: Amount): bigint {
  ensure(/^-?\d+(\.\d+)?$/.test(amount.amount), "amount", amount.amount);
  return BigInt(amount.amount.replace(".", ""));
}

/** A sum of so many minor units, in the currency and with the decimals of another. */
export function amountLike(like: Amount, units: bigint): Amount {
  const point = like.amount.indexOf(".");
  const decimals = point < 0 ? 0 : like.amount.length - point - 1;
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return { currency: like.currency, amount: (units < 0n ? "-" : "") + text };
}

/** Which of the two is meant, of several members of which one is there. */
export function terms(format: Format): RisingTerms | DescendingTerms | SealedTerms | UniformTerms {
  return Object.values(format)[0] as RisingTerms;
}

/** The steps and the clock of a price that moves by bids; null where it does not. */
export function ladder(format: Format): { steps: PriceStep[]; clock: Clock } | null {
  if ("ascending" in format) return format.ascending;
  if ("sell_off" in format) return format.sell_off;
  if ("reverse" in format) return format.reverse;
  return null;
}

/** How bids are sealed, where they are. */
export function sealed(format: Format): SealedTerms | null {
  return "sealed" in format ? format.sealed : "sealed_reverse" in format ? format.sealed_reverse : null;
}

/** Whether a buyer asks: the lowest offer wins. */
export function isDemand(format: Format): boolean {
  return "reverse" in format || "sealed_reverse" in format;
}

/** The lowest first bid, or the highest first offer. */
export function start(format: Format): Amount {
  return terms(format).start;
}

/** How long a falling price falls, and stays at its floor. */
export function fallsFor(of: DescendingTerms): bigint {
  const way = minor(of.start) - minor(of.floor);
  const step = minor(of.step) > 0n ? minor(of.step) : 1n;
  const falls = way <= 0n ? 0n : (way + step - 1n) / step;
  return (falls * BigInt(of.every_seconds) + BigInt(of.hold_seconds)) * SECOND;
}

/** Whether two values of a record are the same; a member that is left out is as one that is nothing. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
