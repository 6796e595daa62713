// What is one's own: cash, holdings, open orders, fills; live by `account` and `executions`.
import { read } from "../../api/client";
import type { Schema } from "../../api/types";
import type { AccountFrame, AccountState, ExecutionFrame } from "../../line/frames";
import { line } from "../../shell/tab.svelte";

export type OwnOrder = Schema<"Order">;
export type OwnFill = Schema<"Fill">;

/** Fills that are shown. */
const FILLS_MAX = 50;

/** The signed-in participant's own. */
export class Own {
  #accounts = $state.raw<readonly AccountState[] | null>(null);
  #fills = $state.raw<readonly OwnFill[] | null>(null);
  readonly #told: (order: OwnOrder, fill: { quantity: string; price: string } | null) => void;
  #ends: (() => void)[] = [];
  #isOver = false;
  #ask: ReturnType<typeof setTimeout> | null = null;

  /** `told` hears of each change of an order, with the fill where it is one. */
  constructor(told: (order: OwnOrder, fill: { quantity: string; price: string } | null) => void) {
    this.#told = told;
  }

  /** All accounts; null until the venue has told. */
  get accounts(): readonly AccountState[] | null {
    return this.#accounts;
  }
  /** The last fills, newest first; null until they are loaded. */
  get fills(): readonly OwnFill[] | null {
    return this.#fills;
  }

  /** Follows; the answer ends it. */
  start(): () => void {
    this.#ends = [
      line.follow({ channel: "account", frame: (frame) => void (this.#accounts = (frame as unknown as AccountFrame).accounts) }),
      line.follow({ channel: "executions", frame: (frame) => this.#execution(frame as unknown as ExecutionFrame) }),
    ];
    void this.#load();
    return () => {
      this.#isOver = true;
      for (const end of this.#ends) end();
      if (this.#ask !== null) clearTimeout(this.#ask);
    };
  }

  #execution(frame: ExecutionFrame): void {
    if (frame.type !== "delta" || !frame.order) return;
    const isFill = frame.event?.type === "order_filled";
    const { price, quantity } = frame.event ?? {};
    this.#told(frame.order, isFill && typeof price === "string" && typeof quantity === "string" ? { price, quantity } : null);
    // Read once they are in the history, and once for many that come together.
    if (isFill) this.#again(400);
  }

  async #load(): Promise<void> {
    try {
      this.#fills = (await read("/v1/fills", { newest_first: true, limit: FILLS_MAX })).items;
    } catch {
      this.#again(3_000);
    }
  }

  #again(milliseconds: number): void {
    if (this.#isOver) return;
    this.#ask ??= setTimeout(() => {
      this.#ask = null;
      void this.#load();
    }, milliseconds);
  }
}
