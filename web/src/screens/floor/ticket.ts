// What an order would cost: an estimate from the book as it stands, until the venue's own answer is there (`GET
// /v1/market/{symbol}/cost`). The venue's fills decide.
import { basisPoints, compare, decimal, plus, rescale, times, write, type Decimal } from "../../kit/decimal";
import type { Schema } from "../../api/types";
import type { Level } from "../../line/frames";

export type Side = "buy" | "sell";
export type OrderType = Schema<"OrderType">;

/** What is typed into a ticket. */
export interface Typed {
  side: Side;
  type: OrderType;
  price: string;
  quantity: string;
}

/** The terms of a listing that an order must keep. */
export type Terms = Pick<Schema<"Listing">, "tick" | "lot" | "order_max" | "price_low" | "price_high">;

/** Why what is typed is no order yet, at which field, under the rule's own code. */
export type Slip =
  | { field: "price" | "quantity"; code: "EMPTY" }
  | { field: "price"; code: "PRICE_OFF_TICK" | "PRICE_OUTSIDE_BAND" }
  | { field: "quantity"; code: "QUANTITY_INVALID" | "QUANTITY_TOO_LARGE" };

/** An order that keeps the terms. */
export interface Order {
  side: Side;
  type: OrderType;
  /** The worst price: the limit, and of a market order the far end of the band. */
  limit: Decimal;
  quantity: bigint;
}

/** What an order would come to. */
export interface Estimate {
  fills: { price: string; quantity: bigint }[];
  filled: bigint;
  rest: bigint;
  value: Decimal;
  /** Value by units, rounded to the nearest; null where nothing trades. */
  average: Decimal | null;
  fee: Decimal;
  /** Paid by a buyer, received by a seller, fee and all. */
  total: Decimal;
  /** What a buyer's account holds at most: the limit on all units, the worst fee, and a minor unit for what it carries. */
  held: Decimal;
  /** Whether it ends before an order of one's own; an estimate does not know. */
  endsAtOwn: boolean;
}

/** The venue's own answer, in the form of an estimate. */
export function told(cost: Schema<"OrderCost">): Estimate {
  const value = decimal(cost.value)!;
  const filled = BigInt(cost.filled);
  return {
    fills: cost.fills.map(({ price, quantity }) => ({ price, quantity: BigInt(quantity) })),
    filled,
    rest: BigInt(cost.rests) + BigInt(cost.cancelled),
    value,
    average: averageOf(value, filled),
    fee: decimal(cost.fee)!,
    total: decimal(cost.total)!,
    held: decimal(cost.held)!,
    endsAtOwn: cost.ends_at_own_order,
  };
}

function averageOf(value: Decimal, filled: bigint): Decimal | null {
  return filled === 0n ? null : { units: (value.units * 2n + filled) / (filled * 2n), scale: value.scale };
}

/** Reads what is typed. */
export function orderOf(typed: Typed, terms: Terms): Order | Slip {
  const scale = decimal(terms.tick)!.scale;
  const low = decimal(terms.price_low)!;
  const high = decimal(terms.price_high)!;
  let limit = typed.side === "buy" ? high : low;
  if (typed.type !== "market") {
    if (typed.price.trim() === "") return { field: "price", code: "EMPTY" };
    const price = decimal(typed.price);
    const exact = price && rescale(price, scale);
    if (!exact || exact.units % decimal(terms.tick)!.units !== 0n) return { field: "price", code: "PRICE_OFF_TICK" };
    if (compare(exact, low) < 0 || compare(exact, high) > 0) return { field: "price", code: "PRICE_OUTSIDE_BAND" };
    limit = exact;
  }
  if (typed.quantity.trim() === "") return { field: "quantity", code: "EMPTY" };
  const quantity = decimal(typed.quantity);
  const whole = quantity && rescale(quantity, 0);
  if (!whole || whole.units === 0n || whole.units % BigInt(terms.lot) !== 0n) return { field: "quantity", code: "QUANTITY_INVALID" };
  if (whole.units > BigInt(terms.order_max)) return { field: "quantity", code: "QUANTITY_TOO_LARGE" };
  return { side: typed.side, type: typed.type, limit, quantity: whole.units };
}

/** Whether it is a slip. */
export function isSlip(of: Order | Slip): of is Slip {
  return "code" in of;
}

/** What the order would come to against these levels (the other side's, best first). */
export function estimate(order: Order, levels: readonly Level[], fees: Schema<"Fees">): Estimate {
  const zero: Decimal = { units: 0n, scale: order.limit.scale };
  const fills: Estimate["fills"] = [];
  let rest = order.quantity;
  let value = zero;
  for (const [text, there] of levels) {
    const price = decimal(text)!;
    const beyond = order.side === "buy" ? compare(price, order.limit) > 0 : compare(price, order.limit) < 0;
    if (rest === 0n || beyond) break;
    const taken = BigInt(there) < rest ? BigInt(there) : rest;
    fills.push({ price: text, quantity: taken });
    value = plus(value, times(price, taken));
    rest -= taken;
  }
  const filled = order.quantity - rest;
  const fee = basisPoints(value, fees.taker_bps);
  const whole = times(order.limit, order.quantity);
  const worst = Math.max(fees.taker_bps, fees.maker_bps);
  return {
    fills,
    filled,
    rest,
    value,
    average: averageOf(value, filled),
    fee,
    total: { units: order.side === "buy" ? value.units + fee.units : value.units - fee.units, scale: value.scale },
    held: { units: whole.units + basisPoints(whole, worst).units + (worst > 0 ? 1n : 0n), scale: whole.scale },
    endsAtOwn: false,
  };
}

/** The most units that free cash buys at a price, by lots. */
export function mostFor(free: Decimal, price: Decimal, fees: Schema<"Fees">, lot: bigint): bigint {
  const cash = rescale(free, price.scale);
  if (!cash || price.units === 0n) return 0n;
  const worst = BigInt(Math.max(fees.taker_bps, fees.maker_bps));
  const most = ((cash.units - (worst > 0n ? 1n : 0n)) * 10_000n) / (price.units * (10_000n + worst));
  return most > 0n ? most - (most % lot) : 0n;
}

/** A price moved by ticks, kept in the band; null where there is no price to move. */
export function moved(price: string, ticks: number, terms: Terms): string | null {
  const from = decimal(price);
  const tick = decimal(terms.tick)!;
  const exact = from && rescale(from, tick.scale);
  if (!exact) return null;
  const low = decimal(terms.price_low)!.units;
  const high = decimal(terms.price_high)!.units;
  const units = exact.units + tick.units * BigInt(ticks);
  return write({ units: units < low ? low : units > high ? high : units, scale: tick.scale });
}
