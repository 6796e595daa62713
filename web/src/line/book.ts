// A copy of a book, kept by snapshot, deltas and checksum (docs/FEEDS.md). It is never shown once it disagrees with the venue.
import { crc32 } from "./crc32";
import type { BookFrame, Level } from "./frames";

/** What became of a frame: it fits; it was known; one is missing before it; the copy is not the venue's book any more. */
export type Fit = "good" | "known" | "gap" | "broken";

/** Prices of one book have one scale, so the longer text is the greater number, and of two as long the later in the alphabet. */
export function comparePrices(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** One side, best first. */
class Side {
  levels: Level[] = [];
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  set(level: Level): void {
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comparePrices(this.levels[middle]![0], level[0]) * this.#sign < 0) low = middle + 1;
      else high = middle;
    }
    const there = this.levels[low]?.[0] === level[0];
    if (level[1] === "0") {
      if (there) this.levels.splice(low, 1);
    } else this.levels.splice(low, there ? 1 : 0, level);
  }
}

/** A book of one symbol. */
export class Book {
  #bids = new Side(-1);
  #asks = new Side(1);
  #seq: number | null = null;

  /** The number of the last frame in it; null before the first snapshot. */
  get seq(): number | null {
    return this.#seq;
  }

  /** Buy levels, the highest first. */
  get bids(): readonly Level[] {
    return this.#bids.levels;
  }

  /** Sell levels, the lowest first. */
  get asks(): readonly Level[] {
    return this.#asks.levels;
  }

  /** Takes a frame in. After `gap` and `broken` the book is empty and waits for a snapshot. */
  apply(frame: BookFrame): Fit {
    if (frame.type === "snapshot") {
      this.#bids = new Side(-1);
      this.#asks = new Side(1);
    } else if (this.#seq === null) return "gap";
    else if (frame.seq <= this.#seq) return "known";
    else if ((frame.prev_seq ?? frame.seq - 1) > this.#seq) {
      this.forget();
      return "gap";
    }
    for (const level of frame.bids) this.#bids.set(level);
    for (const level of frame.asks) this.#asks.set(level);
    this.#seq = frame.seq;
    if (this.checksum() === frame.checksum) return "good";
    this.forget();
    return "broken";
  }

  /** The checksum over the best ten levels a side, as the venue makes it. */
  checksum(): number {
    const best = [...this.bids.slice(0, 10), ...this.asks.slice(0, 10)];
    return crc32(best.map(([price, quantity]) => `${price}:${quantity}`).join(","));
  }

  /** Empties it. */
  forget(): void {
    this.#bids = new Side(-1);
    this.#asks = new Side(1);
    this.#seq = null;
  }
}
