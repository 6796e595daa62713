import { describe, expect, it } from "vitest";
import { isOf, payableOf, type Told } from "./next.svelte";
import type { Lot } from "./terms";

const yuan = (amount: string) => ({ currency: "CNY" as const, amount });
const priced = (price: string, premium: string, total: string, rest: string) => ({ price: yuan(price), premium: yuan(premium), total: yuan(total), rest: yuan(rest) });
const told: Told = {
  lot_id: 7,
  state: "open",
  best: yuan("1000.00"),
  bids: 2,
  deposit: yuan("100.00"),
  next: [priced("1100.00", "36.63", "1136.63", "1036.63"), priced("1200.00", "39.96", "1239.96", "1139.96")],
  buy_now: priced("5000.00", "166.50", "5166.50", "5066.50"),
  falling: null,
};
const lot = { lot_id: 7, bids: 2, best: yuan("1000.00") } as Lot;

describe("what the venue says of a lot", () => {
  it("is of the step that it was told of, and of no other", () => {
    expect(isOf(told, lot)).toBe(true);
    expect(isOf(told, { ...lot, bids: 3 })).toBe(false);
    expect(isOf(told, { ...lot, best: yuan("1100.00") })).toBe(false);
    expect(isOf({ ...told, best: null, bids: 0 }, { ...lot, best: null, bids: 0 })).toBe(true);
  });

  it("gives the sums of its own prices, and of what is typed none", () => {
    expect(payableOf(told, 110_000n)).toEqual({ price: 110_000n, premium: 3_663n, total: 113_663n, deposit: 10_000n, rest: 103_663n });
    expect(payableOf(told, 500_000n)?.total).toBe(516_650n);
    expect(payableOf(told, 115_000n)).toBeNull();
    expect(payableOf(null, 110_000n)).toBeNull();
    expect(payableOf(told, null)).toBeNull();
  });

  it("gives none where a buyer asks, and the winner is paid", () => {
    const demand = { ...told, next: [{ price: yuan("900.00"), premium: null, total: null, rest: null }] };
    expect(payableOf(demand, 90_000n)).toBeNull();
  });
});
