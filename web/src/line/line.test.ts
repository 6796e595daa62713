import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Book, comparePrices } from "./book";
import { VenueClock } from "./clock";
import { crc32 } from "./crc32";
import type { BookFrame, Level } from "./frames";
import { Line, type Socket } from "./line";
import { Painter } from "./paint";

/** A book as a venue keeps it, with the frames that it sends: the oracle of the copy. Numbers are fixed by their seed. */
class Venue {
  seq = 0;
  #seed: number;
  readonly #sides: { bids: Map<string, number>; asks: Map<string, number> } = { bids: new Map(), asks: new Map() };
  readonly frames: BookFrame[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }
  random(below: number): number {
    this.#seed = (this.#seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((this.#seed / 2147483648) * below);
  }
  levels(side: "bids" | "asks"): Level[] {
    const sign = side === "bids" ? -1 : 1;
    return [...this.#sides[side]].sort((a, b) => sign * (Number(a[0]) - Number(b[0]))).map(([price, quantity]) => [price, String(quantity), 1] as const);
  }
  checksum(): number {
    return crc32([...this.levels("bids").slice(0, 10), ...this.levels("asks").slice(0, 10)].map(([price, quantity]) => `${price}:${quantity}`).join(","));
  }
  change(): BookFrame {
    const side = this.random(2) ? ("bids" as const) : ("asks" as const);
    const price = ((side === "bids" ? 9_000 : 10_000) + this.random(1_000)) / 100;
    const quantity = this.random(3) === 0 ? 0 : 1 + this.random(50);
    if (quantity === 0) this.#sides[side].delete(price.toFixed(2));
    else this.#sides[side].set(price.toFixed(2), quantity);
    this.seq += 1;
    const level: Level = [price.toFixed(2), String(quantity), quantity ? 1 : 0];
    const frame: BookFrame = { channel: "book.l2", symbol: "A.U", type: "delta", seq: this.seq, sent_at: at(this.seq), bids: side === "bids" ? [level] : [], asks: side === "asks" ? [level] : [], checksum: this.checksum() };
    this.frames.push(frame);
    return frame;
  }
  snapshot(): BookFrame {
    return { channel: "book.l2", symbol: "A.U", type: "snapshot", seq: this.seq, sent_at: at(this.seq), bids: this.levels("bids"), asks: this.levels("asks"), checksum: this.checksum() };
  }
}

const at = (milliseconds: number) => new Date(Date.UTC(2026, 2, 2) + milliseconds).toISOString().replace("Z", "000000Z");

describe("a book", () => {
  test("the checksum is that of docs/FEEDS.md", () => {
    expect(crc32("119.00:5,118.50:20,120.00:3")).toBe(2900567650);
    expect(crc32("")).toBe(0);
  });
  test("prices are compared as numbers", () => {
    expect(comparePrices("99.95", "100.00")).toBeLessThan(0);
    expect(comparePrices("100.05", "100.00")).toBeGreaterThan(0);
    expect(comparePrices("1.00", "1.00")).toBe(0);
  });
  test("a wrong frame is found and the copy dropped", () => {
    const venue = new Venue(1);
    const book = new Book();
    for (let index = 0; index < 40; index += 1) venue.change();
    expect(book.apply(venue.frames[0]!)).toBe("gap");
    expect(book.apply(venue.snapshot())).toBe("good");
    expect(book.apply(venue.frames.at(-1)!)).toBe("known");
    const next = venue.change();
    expect(book.apply({ ...next, checksum: next.checksum ^ 1 })).toBe("broken");
    expect([book.seq, book.bids.length]).toEqual([null, 0]);
    venue.change();
    book.apply(venue.snapshot());
    venue.change();
    expect(book.apply(venue.change())).toBe("gap");
  });
  test("a merged frame fits where its number before is known", () => {
    const venue = new Venue(2);
    const book = new Book();
    book.apply(venue.snapshot());
    const frames = [venue.change(), venue.change(), venue.change()];
    const merged: BookFrame = { ...frames[2]!, prev_seq: 0, bids: frames.flatMap((frame) => frame.bids), asks: frames.flatMap((frame) => frame.asks) };
    expect(book.apply(merged)).toBe("good");
    expect(book.seq).toBe(3);
  });
});

describe("the venue's clock", () => {
  test("is the median of pongs, whatever the computer's clock says, and drops what it knew after a sleep", () => {
    let monotonic = 0;
    let wall = 3_600_000;
    const clock = new VenueClock({ monotonic: () => monotonic, wall: () => wall });
    expect(clock.now()).toBeNull();
    const real = () => Date.UTC(2026, 2, 2) + monotonic;
    for (const [trip, error] of [[40, 0], [60, 0], [900, 380], [50, 0], [40, 0]] as const) {
      const sent = clock.mark();
      monotonic += trip;
      wall += trip;
      clock.pong(sent, new Date(real() - trip / 2 + error).toISOString());
    }
    expect(clock.now()).toBe(real());
    wall += 3_600_000;
    expect(clock.now()).toBe(real());
    expect(clock.slept()).toBe(true);
    expect(clock.now()).toBeNull();
  });
  test("is never behind what the venue itself has sent", () => {
    const clock = new VenueClock({ monotonic: () => 1_000, wall: () => 0 });
    clock.pong(1_000, at(5_000));
    clock.frame(at(9_000));
    expect(clock.now()).toBe(Date.UTC(2026, 2, 2) + 9_000);
    clock.frame(at(2_000));
    expect(clock.now()).toBe(Date.UTC(2026, 2, 2) + 9_000);
  });
});

/** A socket whose other end is the test. */
class Wire implements Socket {
  static open: Wire[] = [];
  readonly said: Record<string, unknown>[] = [];
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  closed = false;
  constructor() {
    Wire.open.push(this);
  }
  send(text: string): void {
    this.said.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  last(op: string, channel?: string): Record<string, unknown> | undefined {
    return this.said.findLast((message) => message["op"] === op && (channel === undefined || message["channel"] === channel));
  }
}

describe("the line", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    Wire.open = [];
  });
  afterEach(() => void vi.useRealTimers());

  const timers = { monotonic: () => performance.now(), wall: () => Date.now() };
  const opened = () => {
    const wire = Wire.open.at(-1)!;
    wire.onopen?.(undefined as never);
    return wire;
  };

  test("a book is the venue's by checksum after twenty breaks, and no frame is lost or painted twice a frame", () => {
    const venue = new Venue(7);
    const line = new Line(() => new Wire(), new VenueClock(timers));
    const book = new Book();
    let fitting = 0;
    let paints = 0;
    let asked: (() => void) | null = null;
    const painter = new Painter(
      () => (paints += 1),
      (callback) => ((asked = callback), 1),
      () => (asked = null),
    );
    line.follow({
      channel: "book.l2",
      symbol: "A.U",
      frame: (frame) => {
        const fit = book.apply(frame as unknown as BookFrame);
        if (fit === "good") {
          fitting += 1;
          painter.dirty();
        }
        return fit === "gap" || fit === "broken" ? "resync" : undefined;
      },
    });
    line.start();
    let frames = 0;
    for (let broken = 0; broken <= 20; broken += 1) {
      const wire = opened();
      const question = wire.last("subscribe", "book.l2")!;
      wire.tell({ op: "subscribe", id: question["id"], channel: "book.l2" });
      const from = question["from_seq"] as number | undefined;
      // Every third time the venue has forgotten what was missed, and tells all of it.
      if (from === undefined || broken % 3 === 2) wire.tell({ ...venue.snapshot(), ...(from === undefined ? {} : { gap_too_old: true }) });
      else for (const frame of venue.frames.filter((frame) => frame.seq > from)) wire.tell(frame);
      expect(book.checksum()).toBe(venue.checksum());
      for (let index = 0; index < 50; index += 1) {
        wire.tell(venue.change());
        frames += 1;
      }
      expect([book.seq, book.checksum()]).toEqual([venue.seq, venue.checksum()]);
      // Between two pictures of the screen there were fifty frames and more: one is painted.
      const before = paints;
      (asked as (() => void) | null)?.();
      asked = null;
      expect(paints).toBe(before + 1);
      expect(line.state).toBe("live");
      // What changes while nobody hears it.
      for (let index = 0; index < 10; index += 1) venue.change();
      wire.onclose?.({ code: 1006 });
      expect(line.state).toBe("stale");
      vi.advanceTimersByTime(20_000);
    }
    expect(fitting).toBeGreaterThanOrEqual(frames);
    line.stop();
  });

  test("a frame that does not fit asks for all anew, once", () => {
    const venue = new Venue(9);
    const line = new Line(() => new Wire(), new VenueClock(timers));
    const book = new Book();
    line.follow({ channel: "book.l2", symbol: "A.U", frame: (frame) => (["gap", "broken"].includes(book.apply(frame as unknown as BookFrame)) ? "resync" : undefined) });
    line.start();
    const wire = opened();
    wire.tell({ op: "subscribe", id: wire.last("subscribe", "book.l2")!["id"], channel: "book.l2" });
    wire.tell(venue.snapshot());
    venue.change();
    const before = wire.said.length;
    wire.tell(venue.change());
    wire.tell(venue.change());
    const since = wire.said.slice(before);
    expect(since.map((message) => message["op"])).toEqual(["unsubscribe", "subscribe"]);
    expect(since[1]!["from_seq"]).toBeUndefined();
    expect(line.state).toBe("resyncing");
    wire.tell({ op: "subscribe", id: since[1]!["id"], channel: "book.l2" });
    wire.tell(venue.snapshot());
    expect([line.state, book.checksum()]).toEqual(["live", venue.checksum()]);
    line.stop();
  });

  test("silence is stale, a beat is not, and no network is offline", () => {
    const states: string[] = [];
    const line = new Line(() => new Wire(), new VenueClock(timers));
    line.watch(() => states.push(line.state));
    line.start();
    const wire = opened();
    expect(wire.last("subscribe", "heartbeat")).toBeDefined();
    for (let second = 0; second < 5; second += 1) {
      vi.advanceTimersByTime(1_000);
      wire.tell({ channel: "heartbeat", type: "beat", seq: second, sent_at: at(second * 1000), streams: [] });
    }
    expect(line.state).toBe("live");
    vi.advanceTimersByTime(3_500);
    expect(line.state).toBe("stale");
    line.network(false);
    expect([line.state, wire.closed]).toEqual(["offline", true]);
    line.network(true);
    opened();
    expect(line.state).toBe("live");
    expect(states).toEqual(["live", "stale", "offline", "stale", "live"]);
    line.stop();
  });

  test("many who follow one channel ask once more for the newcomer, and the last to leave ends it", () => {
    const line = new Line(() => new Wire(), new VenueClock(timers));
    line.start();
    const wire = opened();
    const ends = [1, 2].map(() => line.follow({ channel: "ticker", symbol: "*", frame: () => undefined }));
    expect(wire.said.filter((message) => message["channel"] === "ticker").map((message) => message["op"])).toEqual(["subscribe", "unsubscribe", "subscribe"]);
    ends[0]!();
    expect(wire.last("unsubscribe", "ticker")).toBe(wire.said.filter((message) => message["channel"] === "ticker")[1]);
    ends[1]!();
    expect(wire.said.at(-1)).toEqual({ op: "unsubscribe", channel: "ticker", symbol: "*" });
    line.stop();
  });

  test("what is one's own begins anew for somebody else", () => {
    const line = new Line(() => new Wire(), new VenueClock(timers));
    line.follow({ channel: "executions", frame: () => undefined });
    line.follow({ channel: "trades", symbol: "A.U", frame: () => undefined });
    line.start();
    const wire = opened();
    wire.tell({ channel: "executions", symbol: "ENTITY-5", type: "delta", seq: 9, sent_at: at(0) });
    wire.tell({ channel: "trades", symbol: "A.U", type: "delta", seq: 4, sent_at: at(0) });
    line.restart();
    const next = opened();
    expect(next.last("subscribe", "executions")!["from_seq"]).toBeUndefined();
    expect(next.last("subscribe", "trades")!["from_seq"]).toBe(4);
    line.stop();
  });
});
