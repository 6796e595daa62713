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
      for (const end of this.#ends) end();
      if (this.#ask !== null) clearTimeout(this.#ask);
    };
  }

  #execution(frame: ExecutionFrame): void {
    if (frame.type !== "delta" || !frame.order) return;
    const event = frame.event ?? { type: "" };
    const price = event["price"];
    const quantity = event["quantity"];
    const isFill = event.type === "traded" || event.type === "filled" || event.type === "order_filled" || event.type === "trade";
    this.#told(frame.order, isFill && typeof price === "string" && typeof quantity === "string" ? { price, quantity } : null);
    // Fills are read once they are in the history, and not for each of many that come at once.
    if (BigInt(frame.order.filled.split(".")[0] ?? "0") > 0n) this.#ask ??= setTimeout(() => void ((this.#ask = null), this.#load()), 400);
  }

  async #load(): Promise<void> {
    try {
      this.#fills = (await read("/v1/fills", { newest_first: true, limit: FILLS_MAX })).items;
    } catch {
      this.#ask ??= setTimeout(() => void ((this.#ask = null), this.#load()), 3_000);
    }
  }
}
