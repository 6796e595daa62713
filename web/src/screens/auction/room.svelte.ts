// A lot as its public log tells it, step by step, live: the lot as it stands, the bids by number, every move of its end, sealed
// commitments and what was opened. Painted at most once a frame. A step that is not the next one is never guessed over: the log is
// asked for anew.
import type { FrameHead } from "../../line/frames";
import type { Line } from "../../line/line";
import { Painter } from "../../line/paint";
import type { Schema } from "../../api/types";
import { milliseconds } from "../../kit/dates";
import type { Amount, Lot } from "./terms";

/** More bids than this are not kept in sight: the oldest fall away first. Their log can be downloaded whole. */
export const ROWS_MAX = 20_000;
/** How long an extension stays marked (ms). */
export const MARKED_FOR = 8_000;

/** A bid of the public history. */
export interface Row {
  seq: number;
  /** Which bid it was. */
  bids: number;
  number: number;
  price: Amount;
  at: string;
  automatic: boolean;
  matched: boolean;
  /** The end that it set, where it moved it. */
  movedTo: string | null;
}

/** A move of the end. */
export interface Move {
  seq: number;
  at: string;
  from: string;
  to: string;
  by: "bid" | "resumed" | "bought";
}

interface LotBid {
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

type Event = { lot: Lot } | { lot_bid: LotBid } | { lot_committed: Schema<"LotCommitted"> } | { lot_opened: Schema<"LotOpened"> };
type Frame = FrameHead & ({ type: "snapshot"; lot: Lot; matched_at: string } | { type: "delta"; event: Event; matched_at: string });

/** What is shown of a lot. */
export interface View {
  lot: Lot;
  /** Since when it stands so. */
  at: string;
  /** How many public steps there were. */
  seq: number;
  /** The last first. */
  rows: readonly Row[];
  moves: readonly Move[];
  committed: readonly (Schema<"LotCommitted"> & { at: string })[];
  opened: readonly Schema<"LotOpened">[];
  /** When the bidding came to its result. */
  closedAt: string | null;
}

/** A bidder's last bid that everyone saw: its own record tells of maxima and results, and not of each bid. */
export function lastBidOf(view: View, number: number | null | undefined): Row | null {
  return view.rows.find((row) => row.number === number) ?? null;
}

const RUNNING = new Set(["announced", "qualifying", "open", "paused", "revealing"]);

/** A lot, followed. */
export class Room {
  readonly id: number;
  readonly #line: Pick<Line, "follow">;
  readonly #painter: Painter;
  readonly #watchers = new Set<(view: View, before: View | null) => void>();
  #view = $state.raw<View | null>(null);
  #refused = $state<string | null>(null);
  #now: View | null = null;
  #told: View | null = null;
  #rows: Row[] = [];
  #moves: Move[] = [];
  #committed: (Schema<"LotCommitted"> & { at: string })[] = [];
  #opened: Schema<"LotOpened">[] = [];
  #seq = 0;

  constructor(id: number, line: Pick<Line, "follow">, painter?: (draw: () => void) => Painter) {
    this.id = id;
    this.#line = line;
    const draw = () => this.#paint();
    this.#painter = painter?.(draw) ?? new Painter(draw);
  }

  /** What is known of it; null until the first step came. */
  get view(): View | null {
    return this.#view;
  }

  /** Why it can't be followed: its code; null where it can. */
  get refused(): string | null {
    return this.#refused;
  }

  /** Calls back when it was painted anew, with what stood before. */
  watch(changed: (view: View, before: View | null) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Follows it; the answer ends that. */
  start(): () => void {
    const end = this.#line.follow({
      channel: "auction",
      symbol: `LOT-${this.id}`,
      from: 0,
      busy: true,
      frame: (frame) => this.#frame(frame as unknown as Frame),
      refused: (code) => (this.#refused = code),
    });
    return () => {
      end();
      this.#painter.stop();
    };
  }

  #frame(frame: Frame): "resync" | void {
    this.#refused = null;
    if (frame.type === "snapshot") {
      // It has no history: where the log did not come from its first step, it is asked for again.
      if (frame.seq !== this.#seq) return "resync";
      return;
    }
    if (frame.seq === 1) {
      this.#rows = [];
      this.#moves = [];
      this.#committed = [];
      this.#opened = [];
      this.#now = null;
    } else if (frame.seq <= this.#seq) return;
    else if (frame.seq !== this.#seq + 1) return "resync";
    this.#seq = frame.seq;
    this.#take(frame.seq, frame.matched_at, frame.event);
    this.#painter.dirty();
  }

  #take(seq: number, at: string, event: Event): void {
    const before = this.#now?.lot ?? null;
    let closedAt = this.#now?.closedAt ?? null;
    let lot = before;
    if ("lot" in event) {
      lot = event.lot;
      if (before && before.ends_at !== lot.ends_at) this.#moves = [...this.#moves, { seq, at, from: before.ends_at, to: lot.ends_at, by: "resumed" }];
      if (before && RUNNING.has(before.state) && !RUNNING.has(lot.state)) closedAt = at;
    } else if ("lot_bid" in event && before) {
      const { number, price, automatic, matched, bids, ends_at, extensions, reserve_met } = event.lot_bid;
      lot = { ...before, best: price, number, bids, ends_at, extensions, reserve_met };
      const moved = ends_at !== before.ends_at;
      if (moved) this.#moves = [...this.#moves, { seq, at, from: before.ends_at, to: ends_at, by: milliseconds(ends_at) < milliseconds(before.ends_at) ? "bought" : "bid" }];
      this.#rows = [{ seq, bids, number, price, at, automatic, matched, movedTo: moved ? ends_at : null }, ...this.#rows].slice(0, ROWS_MAX);
    } else if ("lot_committed" in event) this.#committed = [{ ...event.lot_committed, at }, ...this.#committed.filter(({ number }) => number !== event.lot_committed.number)];
    else if ("lot_opened" in event) this.#opened = [...this.#opened, event.lot_opened];
    if (lot) this.#now = { lot, at, seq, rows: this.#rows, moves: this.#moves, committed: this.#committed, opened: this.#opened, closedAt };
  }

  #paint(): void {
    if (!this.#now) return;
    const before = this.#told;
    this.#told = this.#now;
    this.#view = this.#now;
    for (const changed of this.#watchers) changed(this.#now, before);
  }
}
