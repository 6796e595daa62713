import { describe, expect, it } from "vitest";
import vectors from "../../../../docs/rules/vectors.json";
import { fallingAt, incrementAt, isRung, judge, leftOncePaused, nextBids, payable, stepsBeyond, typed, type Lot } from "./terms";

const yuan = (amount: string) => ({ currency: "CNY" as const, amount });

function lot(format: unknown, more: Partial<Lot> = {}): Lot {
  return {
    lot_id: 1187,
    asset_ids: [1],
    basis: "venue_rule",
    format,
    reserved: false,
    deposit: yuan("350000.00"),
    qualifies_at: "2026-03-01T00:00:00.000000000Z",
    opens_at: "2026-03-02T00:00:00.000000000Z",
    ends_at: "2026-03-03T02:00:00.000000000Z",
    priority: 0,
    round: 1,
    after_lot_id: null,
    fees: { seller: 80, premium: 100, commission: false },
    defects_sha256: "0".repeat(64),
    notices_sha256: "0".repeat(64),
    surviving: 0,
    state: "open",
    best: null,
    number: null,
    bids: 0,
    extensions: 0,
    reserve_met: null,
    price: null,
    buyer_id: null,
    ...more,
  } as Lot;
}

const clock = { window_seconds: 300, extension: "from_bid", extensions_max: null };
const rising = (steps: unknown, maxima: unknown = { above: "ladder" }, buy_now: unknown = null) => ({ ascending: { start: yuan("3500000.00"), steps, clock, buy_now, maxima } });
const even = [{ from: yuan("0.00"), step: yuan("20000.00") }];
const tiers = [
  { from: yuan("0.00"), step: yuan("20000.00") },
  { from: yuan("3550000.00"), step: yuan("50000.00") },
];

describe("the next legal bids", () => {
  it("begin with the start, and stand a step apart", () => {
    expect(nextBids(lot(rising(even)), 3)).toEqual([350_000_000n, 352_000_000n, 354_000_000n]);
    expect(nextBids(lot(rising(even), { best: yuan("3740000.00") }), 3)).toEqual([376_000_000n, 378_000_000n, 380_000_000n]);
  });
  it("climb the ladder over a change of its step", () => {
    // Rungs: 3,500,000 3,520,000 3,540,000 3,560,000 3,610,000 …; beyond the best by whole steps of the best's own tier.
    expect(nextBids(lot(rising(tiers), { best: yuan("3560000.00") }), 2)).toEqual([361_000_000n, 366_000_000n]);
    const below = lot(rising(tiers), { best: yuan("3540000.00") });
    expect(nextBids(below, 1)).toEqual([356_000_000n]);
    for (const price of nextBids(below, 3)) expect(judge(below, price)).toBeNull();
  });
  it("fall where a buyer asks", () => {
    const asks = { reverse: { demand: "x", start: yuan("1000.00"), steps: [{ from: yuan("0.00"), step: yuan("100.00") }], clock } };
    expect(nextBids(lot(asks, { best: yuan("300.00") }), 5)).toEqual([20_000n, 10_000n]);
    expect(judge(lot(asks, { best: yuan("300.00") }), 25_000n)?.code).toBe("BID_BELOW_STEP");
    expect(judge(lot(asks, { best: yuan("300.00") }), 15_000n)?.code).toBe("BID_OFF_GRID");
  });
  it("end below a fixed price", () => {
    expect(nextBids(lot(rising(even, false, yuan("3530000.00"))), 3)).toEqual([350_000_000n, 352_000_000n]);
  });
});

describe("a bid is judged as the venue does", () => {
  const open = lot(rising(even), { best: yuan("3740000.00") });
  it("below the start, below a step, between the steps", () => {
    expect(judge(lot(rising(even)), 349_999_999n)).toEqual({ code: "BID_BELOW_START", instead: 350_000_000n });
    expect(judge(open, 375_999_999n)).toEqual({ code: "BID_BELOW_STEP", instead: 376_000_000n });
    expect(judge(open, 377_000_000n)).toEqual({ code: "BID_OFF_GRID", instead: 378_000_000n });
    expect(judge(open, 376_000_000n)).toBeNull();
  });
  it("counts how far beyond the next legal bid it lies", () => {
    expect(stepsBeyond(open, 376_000_000n)).toBe(0n);
    expect(stepsBeyond(open, 388_000_000n)).toBe(6n);
    expect(stepsBeyond(open, 3_760_000_000n)).toBeGreaterThan(1_000n);
  });
  it("finds the step of a price, and rungs", () => {
    expect(incrementAt(tiers as never, 354_999_999n)).toBe(2_000_000n);
    expect(incrementAt(tiers as never, 355_000_000n)).toBe(5_000_000n);
    expect([350_000_000n, 356_000_000n, 361_000_000n].every((price) => isRung(tiers as never, 350_000_000n, price))).toBe(true);
    expect(isRung(tiers as never, 350_000_000n, 360_000_000n)).toBe(false);
  });
});

it("says what is to be paid: premium on top, the deposit against it", () => {
  expect(payable(lot(rising(even)), 376_000_000n, 35_000_000n)).toEqual({ price: 376_000_000n, premium: 3_760_000n, total: 379_760_000n, deposit: 35_000_000n, rest: 344_760_000n });
  expect(payable(lot(rising(even)), 100n, 35_000_000n).rest).toBe(0n);
  expect(payable(lot(rising(even), { fees: { seller: 0, premium: 1, commission: false } }), 9_999n, 0n).premium).toBe(0n);
});

it("lets a price fall as the vector says", () => {
  const { start, step, interval_s, floor, accept_after_s, out } = vectors.dutch;
  const sum = (fen: number) => yuan(`${fen / 100}.00`);
  const falls = Math.ceil((start - floor) / step);
  const opens = Date.parse("2026-03-02T00:00:00Z");
  const ends = new Date(opens + (falls * interval_s + 20) * 1000).toISOString().replace("Z", "000000Z");
  const dutch = lot({ descending: { start: sum(start), step: sum(step), every_seconds: interval_s, floor: sum(floor), hold_seconds: 20 } }, { ends_at: ends });
  const at = fallingAt(dutch, opens + accept_after_s * 1000)!;
  expect(at.price).toBe(BigInt(out));
  expect(at.next).toBe(BigInt(out - step));
  expect(at.nextAt).toBe(opens + (Math.floor(accept_after_s / interval_s) + 1) * interval_s * 1000);
  expect(fallingAt(dutch, opens - 5_000)!.price).toBe(BigInt(start));
  expect(fallingAt(dutch, opens + 10 * 3_600_000)).toMatchObject({ price: BigInt(floor), next: null, nextAt: null });
});

it("gives a paused lot five minutes at least", () => {
  const pause = (since_at: string) => lot(rising(even), { state: "paused", pause: { ground: "outage", since_at } });
  expect(leftOncePaused(pause("2026-03-03T01:58:00.000000000Z"))).toBe(300_000);
  expect(leftOncePaused(pause("2026-03-03T01:50:00.000000000Z"))).toBe(600_000);
});

it("reads what a person types, and no more decimals than the currency has", () => {
  expect(typed(lot(rising(even)), "3,760,000")).toBe(376_000_000n);
  expect(typed(lot(rising(even)), "３７６００００.5")).toBe(376_000_050n);
  expect(typed(lot(rising(even)), "1.005")).toBeNull();
  expect(typed(lot(rising(even)), "1e6")).toBeNull();
});
