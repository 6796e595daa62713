// The lot over a line that breaks: nothing is missed, nothing is taken twice, and the countdown is the venue's own, whatever the
// computer's clock says.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { remaining } from "../../kit/countdown";
import { milliseconds } from "../../kit/dates";
import { VenueClock, type Timers } from "../../line/clock";
import { Line, type Socket } from "../../line/line";
import { Painter } from "../../line/paint";
import { lastBidOf, Room } from "./room.svelte";
import { Ticker } from "./ticker.svelte";

const yuan = (amount: string) => ({ currency: "CNY", amount });
/** The venue's clock when a test begins. */
const START = Date.parse("2026-03-03T01:55:00Z");
const iso = (at: number) => new Date(at).toISOString().replace("Z", "000000Z");

/** The computer: a timer that never goes back, and a wall clock that may say anything. */
class Computer implements Timers {
  wallOff = 0;
  asleep = 0;
  monotonic(): number {
    return Date.now() - START - this.asleep;
  }
  wall(): number {
    return Date.now() + this.wallOff;
  }
}

const announced = {
  lot_id: 1187,
  asset_ids: [1],
  basis: "venue_rule",
  format: { ascending: { start: yuan("3500000.00"), steps: [{ from: yuan("0.00"), step: yuan("20000.00") }], clock: { window_seconds: 300, extension: "from_bid", extensions_max: null }, buy_now: null, maxima: { above: "ladder" } } },
  reserved: false,
  deposit: yuan("350000.00"),
  qualifies_at: "2026-03-02T00:00:00.000000000Z",
  opens_at: "2026-03-02T01:00:00.000000000Z",
  ends_at: "2026-03-03T02:00:00.000000000Z",
  state: "open",
  best: null,
  number: null,
  bids: 0,
  extensions: 0,
  reserve_met: null,
  price: null,
  fees: { seller: 80, premium: 100, commission: false },
};

/** The venue: a log of one lot, and lines to it. */
class Venue {
  readonly log: { at: string; event: unknown }[] = [{ at: iso(START - 60_000), event: { lot: announced } }];
  readonly lines: Wire[] = [];
  asked: (number | undefined)[] = [];
  /** How long each way of the line takes (ms). */
  way = 40;
  up = true;

  bid(number: number, amount: string, endsAt: string, extensions: number, more: Record<string, unknown> = {}): void {
    const bids = this.log.length;
    this.log.push({ at: iso(Date.now()), event: { lot_bid: { lot_id: 1187, number, price: yuan(amount), automatic: false, matched: false, bids, ends_at: endsAt, extensions, reserve_met: null, ...more } } });
    for (const wire of this.lines) wire.tell(this.log.length);
  }

  frame(seq: number): string {
    const { at, event } = this.log[seq - 1]!;
    return JSON.stringify({ type: "delta", channel: "auction", symbol: "LOT-1187", seq, matched_at: at, sent_at: iso(Date.now()), event, head: "0".repeat(64) });
  }
}

class Wire implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly venue: Venue;
  following = false;

  constructor(venue: Venue) {
    this.venue = venue;
    setTimeout(() => {
      if (!venue.up) {
        this.onclose?.({ code: 1006 });
        return;
      }
      venue.lines.push(this);
      this.onopen?.(undefined as never);
    }, venue.way);
  }

  send(text: string): void {
    const asked = JSON.parse(text) as { op: string; id?: number; channel?: string; from_seq?: number };
    setTimeout(() => {
      if (asked.op === "ping") this.say({ op: "pong", id: asked.id, at: iso(Date.now()) });
      if (asked.op === "subscribe" && asked.channel === "heartbeat") setInterval(() => this.say({ type: "delta", channel: "heartbeat", seq: 1, sent_at: iso(Date.now()) }), 1_000);
      if (asked.op !== "subscribe" || asked.channel !== "auction") return;
      this.following = true;
      this.venue.asked.push(asked.from_seq);
      this.say({ op: "subscribe", id: asked.id, channel: "auction" });
      for (let seq = (asked.from_seq ?? 0) + 1; seq <= this.venue.log.length; seq += 1) this.tell(seq);
    }, this.venue.way);
  }

  tell(seq: number): void {
    if (this.following) this.raw(this.venue.frame(seq));
  }

  say(message: unknown): void {
    this.raw(JSON.stringify(message));
  }

  raw(text: string): void {
    setTimeout(() => this.onmessage?.({ data: text }), this.venue.way);
  }

  close(): void {
    this.drop();
  }

  drop(): void {
    const place = this.venue.lines.indexOf(this);
    if (place >= 0) this.venue.lines.splice(place, 1);
    this.onclose?.({ code: 1006 });
  }
}

let venue: Venue;
let computer: Computer;
let line: Line;
let room: Room;
let ticker: Ticker;
let ends: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  venue = new Venue();
  computer = new Computer();
});

afterEach(() => {
  for (const end of ends) end();
  vi.useRealTimers();
});

async function begin(): Promise<void> {
  line = new Line(() => new Wire(venue), new VenueClock(computer));
  room = new Room(1187, line, (draw) => new Painter(draw, (callback) => setTimeout(callback, 16) as never, (id) => clearTimeout(id)));
  ticker = new Ticker(line.clock, () => (room.view ? milliseconds(room.view.lot.ends_at) : null));
  line.start();
  ends = [room.start(), ticker.start(), () => line.stop()];
  await vi.advanceTimersByTimeAsync(1_000);
}

/** What the venue's own clock leaves, beside what is shown: never more than the half of a round trip off, and a tick. */
function expectTrueCountdown(): void {
  const truly = milliseconds(room.view!.lot.ends_at) - Date.now();
  expect(ticker.rest).not.toBeNull();
  expect(Math.abs(ticker.rest! - truly)).toBeLessThan(1_100);
}

describe("the countdown is the venue's", () => {
  it("to the second, with a computer's clock an hour off", async () => {
    computer.wallOff = 3_600_000;
    await begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expectTrueCountdown();
    expect(remaining(ticker.rest!)).toMatch(/^03:5\d$/);
    expect(Math.round(line.clock.ahead()! / 1000)).toBe(3_600);
  });

  it("and not moved by a clock that is set while the page is open", async () => {
    await begin();
    await vi.advanceTimersByTimeAsync(5_000);
    computer.wallOff = -3_600_000;
    await vi.advanceTimersByTimeAsync(5_000);
    expectTrueCountdown();
  });

  it("unknown after a sleep until a pong has come, and right then", async () => {
    await begin();
    // The lid was shut for two minutes: the monotonic timer stood, the wall clock went on, and the line is dead.
    venue.up = false;
    for (const wire of [...venue.lines]) wire.following = false;
    computer.asleep = 120_000;
    vi.setSystemTime(Date.now() + 120_000);
    await vi.advanceTimersByTimeAsync(1_300);
    expect(line.clock.now()).toBeNull();
    expect(ticker.rest).toBeNull();
    expect(line.state).not.toBe("live");
    venue.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(line.state).toBe("live");
    expectTrueCountdown();
  });

  it("moved by an extension that happened while the line was down", async () => {
    await begin();
    venue.bid(56021, "3500000.00", announced.ends_at, 0);
    await vi.advanceTimersByTimeAsync(200);
    venue.up = false;
    for (const wire of [...venue.lines]) wire.drop();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(line.state).toBe("stale");
    venue.bid(57304, "3520000.00", "2026-03-03T02:03:30.250000000Z", 1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(room.view!.lot.extensions).toBe(0);
    venue.up = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(line.state).toBe("live");
    expect(room.view!.lot.ends_at).toBe("2026-03-03T02:03:30.250000000Z");
    expect(room.view!.moves).toMatchObject([{ from: announced.ends_at, to: "2026-03-03T02:03:30.250000000Z", by: "bid" }]);
    expectTrueCountdown();
    // It went on from where it was, and did not begin anew.
    expect(venue.asked).toEqual([0, 2]);
  });

  it("never negative, and never says that the lot has ended", async () => {
    await begin();
    vi.advanceTimersByTime(0);
    await vi.advanceTimersByTimeAsync(5 * 60_000 + 5_000);
    expect(ticker.rest).toBe(0);
    expect(remaining(ticker.rest!)).toBeNull();
    expect(room.view!.lot.state).toBe("open");
  });
});

describe("the log", () => {
  it("is whole after many breaks: every bid once, in order", async () => {
    await begin();
    for (let place = 0; place < 20; place += 1) {
      venue.bid(place % 2 === 0 ? 56021 : 57304, `${3_500_000 + place * 20_000}.00`, announced.ends_at, 0);
      if (place % 3 === 0) for (const wire of [...venue.lines]) wire.drop();
      venue.bid(56661, `${3_510_000 + place * 20_000}.00`, announced.ends_at, 0);
      await vi.advanceTimersByTimeAsync(600);
    }
    await vi.advanceTimersByTimeAsync(20_000);
    const { rows, lot, seq } = room.view!;
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 40 }, (_, place) => 41 - place));
    expect([lot.bids, seq]).toEqual([40, 41]);
    expect(lastBidOf(room.view!, 57304)?.price.amount).toBe("3880000.00");
    expect(lastBidOf(room.view!, 99999)).toBeNull();
  });

  it("is asked for anew where a step is missing, and no step is guessed over", async () => {
    await begin();
    venue.log.push({ at: iso(Date.now()), event: { lot_bid: { lot_id: 1187, number: 56021, price: yuan("3500000.00"), automatic: false, matched: false, bids: 1, ends_at: announced.ends_at, extensions: 0, reserve_met: null } } });
    // The frame of that step was lost; the next one comes.
    venue.bid(57304, "3520000.00", announced.ends_at, 0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room.view!.rows.map((row) => row.number)).toEqual([57304, 56021]);
    expect(venue.asked).toEqual([0, 0]);
  });

  it("is painted at most once a frame, however much came", async () => {
    await begin();
    let painted = 0;
    ends.push(room.watch(() => (painted += 1)));
    for (let place = 0; place < 200; place += 1) venue.bid(56021, `${3_500_000 + place}.00`, announced.ends_at, 0);
    await vi.advanceTimersByTimeAsync(100);
    expect(painted).toBeLessThanOrEqual(6);
    expect(room.view!.rows).toHaveLength(200);
  });
});
