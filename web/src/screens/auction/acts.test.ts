// Exactly one bid, in every order of events: the real outbox over a real IndexedDB, and a venue that may take a command and lose its
// answer on the way.
import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { Outbox, type Act, type Surroundings } from "../../api/outbox";
import { NO_ANSWER, Problem } from "../../api/problem";
import { receiptsOf, keepReceipt } from "../../api/receipts";
import type { Done } from "../../api/types";
import { Acts, type Phase } from "./acts.svelte";

let lots = 5_000;
let lot = 0;
const price = (amount: string) => ({ price: { currency: "CNY", amount } });

/** A venue: takes each client id once, answers a repeated one as it did before, and loses answers as told. */
class Venue {
  readonly taken = new Map<string, Done>();
  readonly tries: Act[] = [];
  /** Answers that are lost behind the command that they are of. */
  lost = 0;
  /** Commands that are lost before they arrive. */
  unheard = 0;
  /** Refusals of the next tries. */
  refusals: Problem[] = [];
  /** Holds all answers until it is let go. */
  gate: Promise<void> = Promise.resolve();

  async ask(act: Act): Promise<Done> {
    this.tries.push(act);
    if (this.unheard > 0) {
      this.unheard -= 1;
      throw new Problem(NO_ANSWER, 0, { zh: "", en: "" });
    }
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    const done: Done = this.taken.get(act.id) ?? ({ journal_seq: 100 + this.taken.size, at: "2026-03-03T02:00:00.000000000Z", client_id: act.id, outcome: {}, receipt: { lot_id: lot, number: 57304, op: "bid_lot", at: "2026-03-03T02:00:00.000000000Z", journal_seq: 100 + this.taken.size, public_key: "", signature: "" } } as unknown as Done);
    this.taken.set(act.id, done);
    await this.gate;
    if (this.lost > 0) {
      this.lost -= 1;
      throw new Problem(NO_ANSWER, 0, { zh: "", en: "" });
    }
    return done;
  }
}

/** The tabs of one browser: locks over all of them, and what one tells the others. */
class Browser {
  readonly #held = new Map<string, Promise<unknown>>();
  readonly #tabs = new Set<Outbox>();
  readonly venue: Venue;

  constructor(venue: Venue) {
    this.venue = venue;
  }

  tab(user = 5): { acts: Acts; outbox: Outbox; end: () => void; phases: Phase["kind"][] } {
    let outbox: Outbox;
    const around: Surroundings = {
      lock: async (name, work) => {
        const before = this.#held.get(name) ?? Promise.resolve();
        const mine = before.then(work, work);
        this.#held.set(name, mine.catch(() => undefined));
        return mine;
      },
      tell: (act) => {
        for (const other of this.#tabs) if (other !== outbox) other.heard(JSON.parse(JSON.stringify(act)) as Act);
      },
      wait: () => new Promise((resolve) => setTimeout(resolve, 1)),
      ask: (act) => this.venue.ask(act),
    };
    outbox = new Outbox(around);
    this.#tabs.add(outbox);
    const acts = new Acts(lot, { outbox, user: () => user, keepReceipt, sessionEnded: () => undefined });
    const stop = acts.start();
    const phases: Phase["kind"][] = [];
    return {
      acts,
      outbox,
      phases,
      end: () => {
        stop();
        this.#tabs.delete(outbox);
      },
    };
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 30));
let venue: Venue;
let browser: Browser;

beforeEach(() => {
  lot = lots += 1;
  venue = new Venue();
  browser = new Browser(venue);
});

describe("exactly one bid", () => {
  it("comes of a double press, and of Enter held down", async () => {
    const { acts } = browser.tab();
    const presses = await Promise.all(Array.from({ length: 20 }, () => acts.give("bid", price("3760000.00"))));
    expect(presses.filter(Boolean)).toHaveLength(1);
    expect(venue.tries).toHaveLength(1);
    expect(venue.taken.size).toBe(1);
  });

  it("comes of two windows that press at once", async () => {
    const [one, other] = [browser.tab(), browser.tab()];
    await Promise.all([one.acts.give("bid", price("3760000.00")), other.acts.give("bid", price("3760000.00"))]);
    expect(venue.taken.size).toBe(1);
  });

  it("comes of another amount in another window, too, while the first is not answered", async () => {
    let go = () => {};
    venue.gate = new Promise((resolve) => (go = resolve));
    const [one, other] = [browser.tab(), browser.tab()];
    const first = one.acts.give("bid", price("3760000.00"));
    await settle();
    expect(other.acts.isWaiting).toBe(true);
    expect(await other.acts.give("bid", price("3780000.00"))).toBe(false);
    go();
    await first;
    await settle();
    expect(venue.taken.size).toBe(1);
    expect(other.acts.phase.kind).toBe("taken");
  });

  it("comes of an answer that was lost: asked again under the same id", async () => {
    venue.lost = 2;
    const { acts } = browser.tab();
    expect(await acts.give("bid", price("3760000.00"))).toBe(true);
    expect(venue.tries.map((act) => act.id)).toEqual(Array(3).fill(venue.tries[0]!.id));
    expect(new Set(venue.tries.map((act) => JSON.stringify(act.body))).size).toBe(1);
    expect(venue.taken.size).toBe(1);
  });

  it("comes of a request that never arrived", async () => {
    venue.unheard = 3;
    const { acts } = browser.tab();
    expect(await acts.give("bid", price("3760000.00"))).toBe(true);
    expect(venue.taken.size).toBe(1);
  });

  it("comes of a browser that was killed between send and answer, and started again", async () => {
    venue.gate = new Promise(() => undefined);
    const before = browser.tab();
    void before.acts.give("bid", price("3760000.00"));
    await settle();
    expect(venue.taken.size).toBe(1);
    before.end();

    // Another browser process: no lock is held any more, and what was written is there.
    venue.gate = Promise.resolve();
    const again = new Browser(venue);
    const after = again.tab();
    await settle();
    expect(after.acts.phase.kind).toBe("unknown");
    // Nothing else goes out before it is known what came of it.
    expect(await after.acts.give("bid", price("3800000.00"))).toBe(false);
    await after.outbox.resume(5);
    await settle();
    expect(after.acts.phase.kind).toBe("taken");
    expect(venue.taken.size).toBe(1);
    expect(new Set(venue.tries.map((act) => act.id)).size).toBe(1);
  });

  it("comes of a session that ended: signed in again, the same id goes", async () => {
    venue.refusals = [new Problem("UNAUTHENTICATED", 401, { zh: "", en: "" })];
    const { acts } = browser.tab();
    expect(await acts.give("bid", price("3760000.00"))).toBe(false);
    expect(acts.phase.kind).toBe("signedOut");
    expect(await acts.give("bid", price("3760000.00"))).toBe(true);
    expect(venue.tries[1]!.id).toBe(venue.tries[0]!.id);
    expect(venue.taken.size).toBe(1);
  });

  it("is none where it is refused, and says by which rule", async () => {
    venue.refusals = [new Problem("BID_BELOW_STEP", 422, { zh: "", en: "" }, { field: "price" })];
    const { acts } = browser.tab();
    expect(await acts.give("bid", price("3760000.00"))).toBe(false);
    expect(acts.phase).toMatchObject({ kind: "refused", problem: { code: "BID_BELOW_STEP" } });
    expect(venue.taken.size).toBe(0);
    // A changed figure is another act.
    expect(await acts.give("bid", price("3780000.00"))).toBe(true);
    expect(venue.tries[1]!.id).not.toBe(venue.tries[0]!.id);
  });
});

it("says that a bid was taken only once its receipt is on the disk", async () => {
  const order: string[] = [];
  const outbox = browser.tab().outbox;
  const acts = new Acts(lot, {
    outbox,
    user: () => 5,
    keepReceipt: async (receipt) => {
      await keepReceipt(receipt);
      order.push(`kept, while it is ${acts.phase.kind}`);
    },
    sessionEnded: () => undefined,
  });
  await acts.give("bid", price("3760000.00"));
  expect(order[0]).toBe("kept, while it is sending");
  expect(acts.phase.kind).toBe("taken");
  expect(await receiptsOf(lot)).toHaveLength(1);
});
