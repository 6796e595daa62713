// One instrument as it is now: its book proved by checksum, its prints, its candles. However much comes, it is painted at most
// once a frame.
import { read } from "../../api/client";
import type { Schema } from "../../api/types";
import { Book } from "../../line/book";
import type { BookFrame, CandlesFrame, Level, TradesFrame } from "../../line/frames";
import { Painter } from "../../line/paint";
import { line } from "../../shell/tab.svelte";

export type Resolution = "1m" | "5m" | "1h" | "1d";
export type Candle = Schema<"Candle">;
export type Print = Schema<"Trade">;

/** Prints that are kept. */
const PRINTS_MAX = 100;
/** Candles that are loaded. */
export const CANDLES_MAX = 300;

/** A book as painted. */
export interface Painted {
  bids: readonly Level[];
  asks: readonly Level[];
  seq: number;
}

/** What is counted, for whoever measures: frames that came, frames that did not fit, pictures. */
export const counted = { frames: 0, misfits: 0, paints: 0 };

/** An instrument that is being looked at. */
export class Instrument {
  readonly symbol: string;
  readonly #book = new Book();
  #prints: readonly Print[] = [];
  #painted = $state.raw<Painted | null>(null);
  #shown = $state.raw<readonly Print[]>([]);
  #candles = $state.raw<readonly Candle[] | null>(null);
  #byStart = new Map<string, Candle>();
  #isLoaded = false;
  readonly #painter = new Painter(() => this.#paint());

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** The book; null until it is proved. */
  get book(): Painted | null {
    return this.#painted;
  }
  /** The last prints, newest first. */
  get prints(): readonly Print[] {
    return this.#shown;
  }
  /** Candles, oldest first; null until they are loaded. */
  get candles(): readonly Candle[] | null {
    return this.#candles;
  }

  /** Follows book and tape; the answer ends it. */
  start(): () => void {
    const ends = [
      line.follow({ channel: "book.l2", symbol: this.symbol, busy: true, frame: (frame) => this.#bookFrame(frame as unknown as BookFrame) }),
      line.follow({ channel: "trades", symbol: this.symbol, frame: (frame) => this.#tradesFrame(frame as unknown as TradesFrame) }),
    ];
    return () => {
      for (const end of ends) end();
      this.#painter.stop();
    };
  }

  /** Loads and follows candles of a length; the answer ends it. */
  draw(resolution: Resolution): () => void {
    let over = false;
    this.#byStart = new Map();
    this.#isLoaded = false;
    this.#candles = null;
    const end = line.follow({
      channel: `candles.${resolution}`,
      symbol: this.symbol,
      frame: (frame) => {
        for (const candle of (frame as unknown as CandlesFrame).candles) this.#byStart.set(candle.begins_at, candle);
        this.#painter.dirty();
      },
    });
    const load = async (): Promise<void> => {
      try {
        const page = await read("/v1/market/{symbol}/candles", { symbol: this.symbol, resolution, newest_first: true, limit: CANDLES_MAX });
        if (over) return;
        // What the channel has said is as new or newer.
        for (const candle of page.items) if (!this.#byStart.has(candle.begins_at)) this.#byStart.set(candle.begins_at, candle);
        this.#isLoaded = true;
        this.#painter.dirty();
      } catch {
        // History may still be starting: the channel's candles are shown meanwhile, and it is asked for again.
        if (!over) setTimeout(() => void (over || load()), 2_000);
      }
    };
    void load();
    return () => {
      over = true;
      end();
    };
  }

  #bookFrame(frame: BookFrame): "resync" | void {
    counted.frames += 1;
    const fit = this.#book.apply(frame);
    if (fit === "gap" || fit === "broken") {
      counted.misfits += 1;
      this.#painter.dirty();
      return "resync";
    }
    if (fit === "good") this.#painter.dirty();
  }

  #tradesFrame(frame: TradesFrame): void {
    const prints = frame.type === "snapshot" ? [...frame.trades].reverse() : [frame, ...this.#prints.filter((print) => print.trade_id !== frame.trade_id)];
    this.#prints = prints.slice(0, PRINTS_MAX);
    this.#painter.dirty();
  }

  #paint(): void {
    counted.paints += 1;
    const { seq } = this.#book;
    // A book that is being compared with the venue's stays as it was, and the screen says so.
    if (seq !== null && seq !== this.#painted?.seq) this.#painted = { bids: [...this.#book.bids], asks: [...this.#book.asks], seq };
    if (this.#shown !== this.#prints) this.#shown = this.#prints;
    if (this.#isLoaded || this.#byStart.size > 0) this.#candles = [...this.#byStart.values()].sort((a, b) => (a.begins_at < b.begins_at ? -1 : 1)).slice(-CANDLES_MAX);
  }
}
