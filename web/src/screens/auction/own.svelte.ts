// What is the signed-in person's own in a lot: the deposit, number and bid; cash; receipts. For nobody else until the close.
import { readAll } from "../../api/client";
import { keepReceipt, receiptsOf, type Receipt } from "../../api/receipts";
import type { AccountFrame, AccountState, ExecutionFrame } from "../../line/frames";
import { session } from "../../shell/session.svelte";
import { line } from "../../shell/tab.svelte";
import type { Bidder } from "./terms";

/** One's own part of a lot. */
export class Own {
  readonly lot: number;
  #bidder = $state.raw<Bidder | null>(null);
  #accounts = $state.raw<readonly AccountState[]>([]);
  #receipts = $state.raw<readonly Receipt[]>([]);
  #loaded = $state(false);

  constructor(lot: number) {
    this.lot = lot;
  }

  /** How one stands in it; null where one has not entered, or it is not known. */
  get bidder(): Bidder | null {
    return this.#bidder;
  }

  /** One's accounts. */
  get accounts(): readonly AccountState[] {
    return this.#accounts;
  }

  /** The receipts of this lot in this browser. */
  get receipts(): readonly Receipt[] {
    return this.#receipts;
  }

  /** Whether it is known whether one has entered. */
  get isLoaded(): boolean {
    return this.#loaded;
  }

  /** Whether one can take part at all: somebody with an account of their own. */
  get canEnter(): boolean {
    return (session.person?.account_ids.length ?? 0) > 0;
  }

  /** Follows it as long as somebody with an account is signed in; the answer ends that. */
  start(): () => void {
    this.#bidder = null;
    this.#accounts = [];
    this.#loaded = false;
    void this.loadReceipts();
    if (!this.canEnter) return () => undefined;
    void this.load();
    const ends = [
      line.follow({ channel: "account", frame: (frame) => this.#account(frame as unknown as AccountFrame) }),
      line.follow({ channel: "executions", frame: (frame) => void this.#execution(frame as unknown as ExecutionFrame & { receipt?: Receipt }) }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Reads how one stands: also in a lot that is over, of which the channel tells no more. */
  async load(): Promise<void> {
    const mine = await readAll("/v1/bidders").catch(() => null);
    const found = mine?.filter(({ bidder }) => bidder.lot_id === this.lot && bidder.entity_id === session.person?.entity_id).at(-1);
    if (found) this.#bidder = found.bidder;
    if (mine) this.#loaded = true;
  }

  /** Reads what this browser has kept. */
  async loadReceipts(): Promise<void> {
    this.#receipts = await receiptsOf(this.lot).catch(() => []);
  }

  #account(frame: AccountFrame): void {
    this.#accounts = frame.accounts ?? [];
    const found = frame.bids?.find(({ bidder }) => bidder.lot_id === this.lot);
    if (found) this.#bidder = found.bidder;
    this.#loaded = true;
  }

  async #execution(frame: ExecutionFrame & { receipt?: Receipt }): Promise<void> {
    const { receipt } = frame;
    if (!receipt) return;
    await keepReceipt(receipt);
    if (receipt.lot_id === this.lot) await this.loadReceipts();
  }
}
