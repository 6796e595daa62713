// What one tab has one of: the line to the venue, the outbox, the sandbox mark, the title.
import { untrack } from "svelte";
import { browserOutbox } from "../api/outbox";
import { STALE_AFTER, Line, type LineState } from "../line/line";
import { session } from "./session.svelte";

/** A clock that is further off than this is said (ms). */
export const CLOCK_OFF = 2_000;

/** The line of this tab. */
export const line = new Line(() => new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/ws`) as never);
/** The outbox of this browser. */
export const outbox = browserOutbox();

class Tab {
  #state = $state<LineState>("stale");
  #now = $state<number | null>(null);
  #silence = $state(0);
  #ahead = $state(0);
  #marks = $state(0);

  /** How the line is. */
  get line(): LineState {
    return this.#state;
  }

  /** Whether what is shown is as the venue is now. */
  get isLive(): boolean {
    return this.#state === "live";
  }

  /** The venue's time to the second, painted from one timer; null until it is known. */
  get now(): number | null {
    return this.#now;
  }

  /** Seconds of silence, where the line is stale. */
  get staleSeconds(): number {
    return this.#silence;
  }

  /** How far this computer's clock is off (ms), where that is worth saying; else 0. */
  get clockOff(): number {
    return this.#ahead;
  }

  /** Whether a screen shows a price of a sandbox board. */
  get isSandbox(): boolean {
    return this.#marks > 0;
  }

  /** A screen shows a sandbox board from here on; the answer ends it. */
  sandbox(): () => unknown {
    // Counted, and not read: whoever marks from an effect must not wait for its own mark.
    const count = (by: number) => untrack(() => (this.#marks += by));
    count(1);
    return () => count(-1);
  }

  /** Starts what ticks. */
  start(): void {
    line.watch(() => (this.#state = line.state));
    addEventListener("online", () => line.network(true));
    addEventListener("offline", () => line.network(false));
    if (!navigator.onLine) line.network(false);
    line.start();
    session.watch(() => {
      line.restart();
      if (session.person) void outbox.resume(session.person.user_id);
    });
    const tick = () => {
      const now = line.clock.now();
      this.#now = now === null ? null : Math.floor(now / 1000) * 1000;
      const silence = line.silence();
      this.#silence = silence === null || silence < STALE_AFTER ? 0 : Math.floor(silence / 1000);
      const ahead = line.clock.ahead() ?? 0;
      this.#ahead = Math.abs(ahead) > CLOCK_OFF ? ahead : 0;
      setTimeout(tick, now === null ? 250 : 1000 - (now % 1000));
    };
    tick();
  }
}

/** This tab. */
export const tab = new Tab();
