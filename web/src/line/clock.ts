// The venue's time, without asking the computer for it: a pong's time and half its round trip, the median of five. Between
// pongs only a monotonic timer counts on, so a clock that is an hour off, or set while the page is open, changes nothing.
import { milliseconds } from "../kit/dates";

const SAMPLES = 5;
/** A timer that stood still this long beside the wall clock was asleep (ms). */
const SLEPT = 2_000;

/** What the clock reads: both in milliseconds. Given, so that tests need no waiting. */
export interface Timers {
  /** Never goes back. */
  monotonic(): number;
  /** The computer's own time; only its jumps are looked at. */
  wall(): number;
}

/** The venue's clock as this tab knows it. */
export class VenueClock {
  readonly #timers: Timers;
  #samples: { offset: number; trip: number }[] = [];
  #offset: number | null = null;
  #seen: { monotonic: number; wall: number };

  constructor(timers: Timers = { monotonic: () => performance.now(), wall: () => Date.now() }) {
    this.#timers = timers;
    this.#seen = { monotonic: timers.monotonic(), wall: timers.wall() };
  }

  /** The moment a ping is sent, to be given back with its pong. */
  mark(): number {
    return this.#timers.monotonic();
  }

  /** A pong came that says `at`; its ping went at `sent`. */
  pong(sent: number, at: string): void {
    const now = this.#timers.monotonic();
    const trip = now - sent;
    this.#samples = [...this.#samples, { offset: milliseconds(at) + trip / 2 - now, trip }].slice(-SAMPLES);
    const offsets = this.#samples.map((sample) => sample.offset).sort((a, b) => a - b);
    this.#offset = offsets[Math.floor(offsets.length / 2)]!;
  }

  /** A frame came that was sent at `sent_at`: the venue's time is not before that. */
  frame(sentAt: string): void {
    if (this.#offset === null) return;
    const least = milliseconds(sentAt) - this.#timers.monotonic();
    if (least > this.#offset) this.#offset = least;
  }

  /** The venue's time in milliseconds since 1970; null until a pong came. */
  now(): number | null {
    return this.#offset === null ? null : this.#timers.monotonic() + this.#offset;
  }

  /** How far the computer's own clock is ahead of the venue's (ms); null until a pong came. */
  ahead(): number | null {
    const now = this.now();
    return now === null ? null : this.#timers.wall() - now;
  }

  /** Whether the computer slept since the last call: then what is known of the time is void, and forgotten. */
  slept(): boolean {
    const now = { monotonic: this.#timers.monotonic(), wall: this.#timers.wall() };
    const asleep = now.wall - this.#seen.wall - (now.monotonic - this.#seen.monotonic) > SLEPT;
    this.#seen = now;
    if (asleep) this.forget();
    return asleep;
  }

  /** Forgets what was learned. */
  forget(): void {
    this.#samples = [];
    this.#offset = null;
  }
}
