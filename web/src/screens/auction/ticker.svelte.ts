// The rest until a moment of the venue's clock, painted from one timer: each second, each tenth below ten seconds. The computer's own
// time is never asked; where the venue's is not known (before the first pong, after a sleep) there is no rest, and no guess.
import { nextChange } from "../../kit/countdown";
import type { VenueClock } from "../../line/clock";

/** Counts down to a moment. */
export class Ticker {
  readonly #clock: Pick<VenueClock, "now">;
  readonly #target: () => number | null;
  #now = $state<number | null>(null);
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(clock: Pick<VenueClock, "now">, target: () => number | null) {
    this.#clock = clock;
    this.#target = target;
  }

  /** The venue's time at the last tick (ms since 1970); null where it is not known. */
  get now(): number | null {
    return this.#now;
  }

  /** What is left (ms), never below 0; null where the time or the moment is not known. */
  get rest(): number | null {
    const target = this.#target();
    return this.#now === null || target === null ? null : Math.max(0, target - this.#now);
  }

  /** Ticks; the answer ends it. */
  start(): () => void {
    const tick = () => {
      // Held apart from the state: an effect that starts this must not wait for what it writes, or it begins anew at each tick, and
      // on a slow machine without end.
      const now = this.#clock.now();
      this.#now = now;
      const target = this.#target();
      // A moment later than the change itself, so that a timer that fires early does not paint the same text again.
      const wait = now === null ? 250 : target === null ? 1000 : Math.min(nextChange(target - now), 1000);
      this.#timer = setTimeout(tick, wait + 1);
    };
    tick();
    return () => {
      if (this.#timer !== null) clearTimeout(this.#timer);
    };
  }
}
