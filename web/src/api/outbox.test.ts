import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test } from "vitest";
import { Outbox, ScopeBusy, type Act, type Draft } from "./outbox";
import { NO_ANSWER, Problem, said } from "./problem";
import { all, drop } from "./store";
import type { Done } from "./types";

/** A venue that keeps answers by client id, as the real one does; answers may be lost on the way. */
class Venue {
  readonly taken = new Map<string, Done>();
  asked = 0;
  /** What happens to the next questions, in turn; none: answered. */
  readonly fates: ("lost before" | "lost after" | number)[] = [];

  async ask(act: Act): Promise<Done> {
    this.asked += 1;
    await Promise.resolve();
    const fate = this.fates.shift();
    if (fate === "lost before") throw new Problem(NO_ANSWER, 0, said(""));
    if (typeof fate === "number") throw new Problem(`CODE_${fate}`, fate, said(""));
    const done = this.taken.get(act.id) ?? ({ journal_seq: this.taken.size + 1, client_id: act.id } as unknown as Done);
    this.taken.set(act.id, done);
    if (fate === "lost after") throw new Problem(NO_ANSWER, 0, said(""));
    return done;
  }
}

/** Locks over all tabs of a test. */
class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();
  lock<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.#tails.get(name) ?? Promise.resolve()).then(work, work);
    this.#tails.set(name, mine.catch(() => undefined));
    return mine;
  }
}

const order: Draft = { scope: "order A.U", user: 5, method: "POST", url: "/v1/orders", body: { symbol: "A.U", quantity: "5" } };
let venue: Venue;
let locks: Locks;
let tabs: Outbox[];
function tab(): Outbox {
  const outbox: Outbox = new Outbox({
    lock: (name, work) => locks.lock(name, work),
    tell: (act) => tabs.forEach((other) => other !== outbox && other.heard(act)),
    wait: () => Promise.resolve(),
    ask: (act) => venue.ask(act),
  });
  tabs.push(outbox);
  return outbox;
}

beforeEach(async () => {
  for (const act of await all<Act>("acts")) await drop("acts", act.id);
  venue = new Venue();
  locks = new Locks();
  tabs = [];
});

describe("an act", () => {
  test("is on the disk, with its id and body, before it is sent", async () => {
    const outbox = tab();
    const act = await outbox.draft(order);
    expect(venue.asked).toBe(0);
    expect(await all<Act>("acts")).toMatchObject([{ id: act.id, state: "drafted", body: order.body }]);
    const states: string[] = [];
    outbox.watch((changed) => states.push(changed.state));
    await outbox.send(act.id);
    expect(states).toEqual(["sent", "done"]);
  });

  test("pressed twice is one", async () => {
    const outbox = tab();
    const [one, two] = await Promise.all([outbox.draft(order), outbox.draft(order)]);
    expect(one.id).toBe(two.id);
    const answers = await Promise.all([outbox.send(one.id), outbox.send(two.id), outbox.send(one.id)]);
    expect([venue.asked, venue.taken.size, new Set(answers.map((answer) => answer.journal_seq)).size]).toEqual([1, 1, 1]);
  });

  test("in two tabs is one, also where the second presses after the answer", async () => {
    const [first, second] = [tab(), tab()];
    const heard: string[] = [];
    second.watch((act) => heard.push(act.state));
    const [one, two] = [await first.draft(order), await second.draft(order)];
    expect(one.id).toBe(two.id);
    await Promise.all([first.send(one.id), second.send(two.id)]);
    await second.send(two.id);
    expect(venue.taken.size).toBe(1);
    expect(venue.asked).toBe(1);
    expect(heard).toContain("sent");
  });

  test("whose answer is lost is asked for under its id until it is known", async () => {
    for (const fates of [["lost before"], ["lost after"], ["lost after", "lost before", "lost before", 503, 429, 502], ["lost before", 500, "lost after"]] as const) {
      venue = new Venue();
      venue.fates.push(...fates);
      const outbox = tab();
      const act = await outbox.draft({ ...order, scope: `order ${fates.join()}` });
      const done = await outbox.send(act.id);
      expect(done.client_id, fates.join()).toBe(act.id);
      expect([venue.taken.size, venue.asked]).toEqual([1, fates.length + 1]);
    }
  });

  test("that was sent when the page was closed is asked for after a reload, and nothing else is sent before", async () => {
    const before = tab();
    const act = await before.draft(order);
    venue.fates.push("lost after");
    let stop: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (stop = resolve));
    const dying = new Outbox({ lock: (name, work) => locks.lock(name, work), tell: () => undefined, wait: () => (stop(), new Promise(() => undefined)), ask: (asked) => venue.ask(asked) });
    void dying.send(act.id);
    await closed;
    // A new page: other locks, the same disk.
    locks = new Locks();
    const after = tab();
    await expect(after.draft({ ...order, body: { symbol: "A.U", quantity: "6" } })).rejects.toBeInstanceOf(ScopeBusy);
    expect((await after.draft(order)).id).toBe(act.id);
    await after.resume(5);
    const done = await after.send(act.id);
    expect([venue.taken.size, done.client_id]).toEqual([1, act.id]);
    await expect(after.draft({ ...order, body: { symbol: "A.U", quantity: "6" } })).resolves.toMatchObject({ state: "drafted" });
  });

  test("another amount is another id, and the same again after the answer too", async () => {
    const outbox = tab();
    const first = await outbox.draft(order);
    const other = await outbox.draft({ ...order, body: { symbol: "A.U", quantity: "6" } });
    expect(other.id).not.toBe(first.id);
    await outbox.forget(first.id);
    await outbox.send(other.id);
    expect((await outbox.draft({ ...order, body: { symbol: "A.U", quantity: "6" } })).id).not.toBe(other.id);
    expect(venue.taken.size).toBe(1);
  });

  test("that the venue refused is over; one that the door turned away may be sent again under its id", async () => {
    const outbox = tab();
    const act = await outbox.draft(order);
    for (const status of [401, 429, 503]) {
      venue.fates.push(status);
      await expect(outbox.send(act.id)).rejects.toMatchObject({ status });
      expect((await outbox.draft(order)).id).toBe(act.id);
    }
    venue.fates.push(422);
    await expect(outbox.send(act.id)).rejects.toMatchObject({ code: "CODE_422" });
    const asked = venue.asked;
    await expect(outbox.send(act.id)).rejects.toMatchObject({ code: "CODE_422" });
    expect(venue.asked).toBe(asked);
    expect(venue.taken.size).toBe(0);
  });

  test("of unknown outcome is not sent for somebody else, and a 401 leaves it unknown", async () => {
    const outbox = tab();
    const act = await outbox.draft(order);
    venue.fates.push("lost after", 401);
    await expect(outbox.send(act.id)).rejects.toMatchObject({ status: 401 });
    expect(await outbox.open(5)).toMatchObject([{ id: act.id, state: "unknown" }]);
    const asked = venue.asked;
    await outbox.resume(6);
    expect(venue.asked).toBe(asked);
    await outbox.send(act.id);
    expect(venue.taken.size).toBe(1);
  });
});
