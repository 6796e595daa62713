import { describe, expect, test } from "vitest";
import { decimal, write } from "../../kit/decimal";
import { decimalsOf, drawn, priceFormat, seconds } from "./chart";
import { estimate, isSlip, mostFor, moved, orderOf, told, type Terms, type Typed } from "./ticket";

const terms: Terms = { tick: "0.05", lot: "1", order_max: "10000", price_low: "30.00", price_high: "480.00" };
const fees = { maker_bps: 10, taker_bps: 20 };
const typed: Typed = { side: "buy", type: "limit", price: "120.15", quantity: "25" };
const asks = [["120.10", "20", 2], ["120.15", "12", 1], ["120.20", "16", 1]] as const;

function order(change: Partial<Typed>) {
  const of = orderOf({ ...typed, ...change }, terms);
  if (isSlip(of)) throw new Error(of.code);
  return of;
}

describe("a ticket", () => {
  test("the design's order comes to what the venue would charge", () => {
    const cost = estimate(order({}), asks, fees);
    expect(cost.fills).toEqual([{ price: "120.10", quantity: 20n }, { price: "120.15", quantity: 5n }]);
    expect([write(cost.value), write(cost.average!), write(cost.fee), write(cost.total)]).toEqual(["3002.75", "120.11", "6.00", "3008.75"]);
    // Limit on all units, the worst fee, and the minor unit that a buy holds for what its account carries.
    expect(write(cost.held)).toBe("3009.76");
  });
  test("what the limit does not reach rests, and a market order walks to the end of the band", () => {
    const limit = estimate(order({ quantity: "40" }), asks, fees);
    expect([limit.filled, limit.rest]).toEqual([32n, 8n]);
    const market = estimate(order({ type: "market", price: "", quantity: "40" }), asks, fees);
    expect([market.filled, market.fills.length]).toEqual([40n, 3]);
    expect(write(market.held)).toBe("19238.41");
    const sale = estimate(order({ side: "sell", price: "119.95", quantity: "15" }), [["120.00", "13", 1], ["119.95", "27", 1]], fees);
    expect([write(sale.value), write(sale.total)]).toEqual(["1799.90", "1796.31"]);
  });
  test("slips have the venue's codes at their fields", () => {
    for (const [change, slip] of [
      [{ price: "120.13" }, { field: "price", code: "PRICE_OFF_TICK" }],
      [{ price: "120.155" }, { field: "price", code: "PRICE_OFF_TICK" }],
      [{ price: "x" }, { field: "price", code: "PRICE_OFF_TICK" }],
      [{ price: "29.95" }, { field: "price", code: "PRICE_OUTSIDE_BAND" }],
      [{ price: "480.05" }, { field: "price", code: "PRICE_OUTSIDE_BAND" }],
      [{ price: "" }, { field: "price", code: "EMPTY" }],
      [{ quantity: "0" }, { field: "quantity", code: "QUANTITY_INVALID" }],
      [{ quantity: "1.5" }, { field: "quantity", code: "QUANTITY_INVALID" }],
      [{ quantity: "10001" }, { field: "quantity", code: "QUANTITY_TOO_LARGE" }],
      [{ quantity: "" }, { field: "quantity", code: "EMPTY" }],
    ] as const)
      expect(orderOf({ ...typed, ...change }, terms)).toEqual(slip);
  });
  test("steps keep tick and band", () => {
    expect(moved("120.15", 1, terms)).toBe("120.20");
    expect(moved("30.00", -10, terms)).toBe("30.00");
    expect(moved("479.95", 5, terms)).toBe("480.00");
    expect(moved("", 1, terms)).toBeNull();
  });
  test("the venue's answer stands in the estimate's place, to the minor unit", () => {
    const answer = {
      symbol: "SONG.U", currency: "CNY", side: "buy", type: "limit", limit: "120.15", quantity: "25", account_id: 3, seq: 9, more_fills: 0,
      fills: [{ price: "120.10", quantity: "20" }], filled: "20", rests: "0", cancelled: "5", ends_at_own_order: true,
      value: "2402.00", fee_bps: 20, fee: "4.81", total: "2406.81", held: "3009.76", held_after: "0.00", sandbox: true,
    } as const;
    const cost = told({ ...answer, fills: [...answer.fills] });
    expect([cost.filled, cost.rest, cost.endsAtOwn]).toEqual([20n, 5n, true]);
    expect([write(cost.value), write(cost.average!), write(cost.fee), write(cost.total), write(cost.held)]).toEqual(["2402.00", "120.10", "4.81", "2406.81", "3009.76"]);
    expect(told({ ...answer, fills: [], filled: "0" }).average).toBeNull();
  });
  test("what cash buys is held in full", () => {
    const price = decimal("120.15")!;
    const most = mostFor(decimal("1976421.33")!, price, fees, 1n);
    const held = (quantity: bigint) => estimate({ side: "buy", type: "limit", limit: price, quantity }, [], fees).held.units;
    expect(held(most) <= 197642133n && held(most + 1n) > 197642133n).toBe(true);
  });
});

describe("what is drawn", () => {
  const candle = { begins_at: "2026-03-02T02:00:00.000000000Z", open: "1.2300", high: "1.2346", low: "1.2300", close: "1.2346", volume: "7", trades: 3, sandbox: true };
  test("are numbers, whole seconds of UTC+8, each once", () => {
    const { prices, volumes } = drawn([candle, { ...candle, close: "1.2345" }]);
    expect(prices).toEqual([{ time: Date.UTC(2026, 2, 2, 10) / 1000, open: 1.23, high: 1.2346, low: 1.23, close: 1.2345 }]);
    expect(volumes).toMatchObject([{ value: 7, rises: true }]);
    expect(Number.isInteger(seconds("2026-03-02T02:00:00.999999999Z"))).toBe(true);
    expect(() => drawn([{ ...candle, open: "x" }])).toThrow("can't be drawn");
  });
  test("the least move is one of the last decimal, so a label has all of them", () => {
    expect(priceFormat(4)).toEqual({ type: "price", precision: 4, minMove: 0.0001 });
    expect(priceFormat(0).minMove).toBe(1);
    expect(decimalsOf("0.0500")).toBe(4);
  });
});
