// What one does in a lot, one act at a time: deposit, bid, maximum, purchase, commitment, reveal, payment. The outbox holds the
// act; here stands what is said of it. 「已受理」 is said once the receipt is on this computer's disk, and never before.
import { ScopeBusy, type Act, type Outbox } from "../../api/outbox";
import { Problem } from "../../api/problem";
import type { Receipt } from "../../api/receipts";
import type { Done } from "../../api/types";

/** What one may do, and where it is given. */
export const GIVEN_AT = {
  enter: "/v1/auctions/enter",
  bid: "/v1/auctions/bids",
  maximum: "/v1/auctions/maximum",
  buy: "/v1/auctions/buy",
  commit: "/v1/auctions/commitments",
  reveal: "/v1/auctions/reveals",
  pay: "/v1/auctions/pay",
  negotiate: "/v1/auctions/negotiate",
} as const;
export type Doing = keyof typeof GIVEN_AT;

/** How the last act of this lot stands. */
export type Phase =
  | { kind: "idle" }
  | { kind: "sending"; act: Act; here: boolean }
  | { kind: "unknown"; act: Act; here: boolean }
  | { kind: "taken"; act: Act; done: Done }
  | { kind: "refused"; act: Act; problem: Problem }
  | { kind: "signedOut"; act: Act };

/** What surrounds it; given, so that tests run without a browser. */
export interface Around {
  outbox: Pick<Outbox, "draft" | "send" | "watch" | "open">;
  user(): number | null;
  keepReceipt(receipt: Receipt): Promise<void>;
  /** The venue knows the session no more. */
  sessionEnded(): void;
}

/** What an act is for. */
export function doingOf(act: Act): Doing | null {
  return (Object.entries(GIVEN_AT).find(([, url]) => url === act.url)?.[0] as Doing | undefined) ?? null;
}

/** The acts of one lot. */
export class Acts {
  readonly lot: number;
  readonly #around: Around;
  #phase = $state.raw<Phase>({ kind: "idle" });
  /** Pressed, and not answered: a second press is the same press. */
  #busy = false;

  constructor(lot: number, around: Around) {
    this.lot = lot;
    this.#around = around;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether something of this lot is on its way, here or in another window: nothing else is sent meanwhile. */
  get isWaiting(): boolean {
    return this.#phase.kind === "sending" || this.#phase.kind === "unknown";
  }

  get #scope(): string {
    return `lot ${this.lot}`;
  }

  /** Finds what was sent before a reload, and hears of other windows; the answer ends that. */
  start(): () => void {
    const user = this.#around.user();
    if (user !== null)
      void this.#around.outbox.open(user, this.#scope).then((acts) => {
        const sent = acts.find((act) => act.state !== "drafted");
        if (sent && this.#phase.kind === "idle") this.#phase = { kind: "unknown", act: sent, here: false };
      });
    return this.#around.outbox.watch((act) => void this.#heard(act));
  }

  /** What was said of the last act is read. */
  dismiss(): void {
    if (!this.isWaiting) this.#phase = { kind: "idle" };
  }

  /** Gives it to the venue, once. True where it was taken. */
  async give(doing: Doing, body: Record<string, unknown>): Promise<boolean> {
    const user = this.#around.user();
    if (this.#busy || this.isWaiting || user === null) return false;
    this.#busy = true;
    let act: Act | null = null;
    try {
      act = await this.#around.outbox.draft({ scope: this.#scope, user, method: "POST", url: GIVEN_AT[doing], body: { lot_id: this.lot, ...body } });
      this.#phase = { kind: "sending", act, here: true };
      await this.#taken(act, await this.#around.outbox.send(act.id));
      return true;
    } catch (failed) {
      this.#failed(act, failed);
      return false;
    } finally {
      this.#busy = false;
    }
  }

  async #taken(act: Act, done: Done): Promise<void> {
    if (done.receipt) await this.#around.keepReceipt(done.receipt);
    this.#phase = { kind: "taken", act, done };
  }

  #failed(act: Act | null, failed: unknown): void {
    if (failed instanceof ScopeBusy) this.#phase = { kind: "unknown", act: failed.act, here: false };
    else if (failed instanceof Problem && act) {
      if (failed.status === 401) {
        this.#phase = { kind: "signedOut", act };
        this.#around.sessionEnded();
      } else this.#phase = { kind: "refused", act, problem: failed };
    } else throw failed;
  }

  async #heard(act: Act): Promise<void> {
    if (act.scope !== this.#scope || act.user !== this.#around.user()) return;
    const here = this.#busy;
    if (act.state === "sent") this.#phase = { kind: "sending", act, here };
    else if (act.state === "unknown") this.#phase = { kind: "unknown", act, here };
    else if (act.state === "done" && !here) await this.#taken(act, act.done!);
    else if (act.state === "refused" && !here) {
      const { code, status, detail, field, hint } = act.refusal!;
      this.#phase = { kind: "refused", act, problem: new Problem(code, status, detail, { field, hint }) };
    } else if (act.state === "drafted" && !here && this.isWaiting) this.#phase = { kind: "idle" };
  }
}
