// Acts that move something: one act, one client id (PAGE.md 6). The id and the body are on the disk before the first try, and are
// kept until an answer is there; a second press, a reload and a second tab find the same id, and the venue gives the first answer.
//
// What always holds: an act that was sent and not answered is asked again under its id with its body, and nothing else is sent
// in its scope before it is known what came of it.
import { request } from "./client";
import { Problem, type Said } from "./problem";
import { all, drop, find, keep } from "./store";
import type { Done } from "./types";
import { ulid } from "./ulid";

/** How an act stands: written, and not sent; sent; sent, and no answer came; done; refused. */
export type ActState = "drafted" | "sent" | "unknown" | "done" | "refused";

/** An act. */
export interface Act {
  /** Its client id. */
  id: string;
  /** What it is about, as `order CN201910513128.U` or `lot 1187`: one act at a time in each. */
  scope: string;
  /** The user who made it: nobody else's tab sends it. */
  user: number;
  method: "POST" | "DELETE";
  url: string;
  /** Without the client id. */
  body: Record<string, unknown>;
  state: ActState;
  tries: number;
  done?: Done;
  refusal?: { code: string; status: number; detail: Said; field: string | null; hint: string | null };
}

/** What an act is made of. */
export type Draft = Pick<Act, "scope" | "user" | "method" | "url" | "body">;

/** Another act of its scope is on its way: until its outcome is known, nothing else is sent. */
export class ScopeBusy extends Error {
  readonly act: Act;

  constructor(act: Act) {
    super(`${act.scope} waits for ${act.id}`);
    this.act = act;
  }
}

/** Waits before asking again (ms); the last one for as long as it takes. */
const WAITS = [1_000, 2_000, 4_000, 8_000];
/** Answered acts beyond so many are dropped, the oldest first. */
const ACTS_MAX = 500;
/** Refusals that say nothing of an earlier try: the door was busy, or did not know who asks. */
const SAYS_NOTHING = new Set([401, 403, 408, 425, 429]);

function same(a: Draft, b: Draft): boolean {
  return a.scope === b.scope && a.user === b.user && a.method === b.method && a.url === b.url && JSON.stringify(a.body) === JSON.stringify(b.body);
}

/** What surrounds an outbox; given, so that tests run without a browser. */
export interface Surroundings {
  /** One holder of a name at a time, over all tabs. */
  lock<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** Tells the other tabs. */
  tell(act: Act): void;
  wait(milliseconds: number): Promise<void>;
  ask(act: Act): Promise<Done>;
}

/** Sends an act as the API takes it. */
export function askVenue(act: Act): Promise<Done> {
  if (act.method === "DELETE") return request<Done>("DELETE", `${act.url}?client_id=${encodeURIComponent(act.id)}`);
  return request<Done>("POST", act.url, { ...act.body, client_id: act.id });
}

/** The outbox of a tab; all tabs share what it keeps. */
export class Outbox {
  readonly #around: Surroundings;
  readonly #watchers = new Set<(act: Act) => void>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Calls back for each change of an act, also one made in another tab; the answer ends it. */
  watch(changed: (act: Act) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Another tab told of an act. */
  heard(act: Act): void {
    for (const changed of this.#watchers) changed(act);
  }

  /** The act of this draft: the one that is there with the same body, or a new one. Written before this is done.
   * @throws ScopeBusy where another act of the scope was sent and is not answered. */
  async draft(draft: Draft): Promise<Act> {
    return this.#around.lock(`scope ${draft.user} ${draft.scope}`, async () => {
      const open = await this.open(draft.user, draft.scope);
      const found = open.find((act) => same(act, draft));
      if (found) return found;
      const sent = open.find((act) => act.state !== "drafted");
      if (sent) throw new ScopeBusy(sent);
      const { scope, user, method, url, body } = draft;
      const act: Act = { id: ulid(), scope, user, method, url, body: JSON.parse(JSON.stringify(body)), state: "drafted", tries: 0 };
      await this.#set(act);
      return act;
    });
  }

  /** Acts of a user that are not answered, of one scope or all. */
  async open(user: number, scope?: string): Promise<Act[]> {
    const acts = await all<Act>("acts");
    return acts.filter((act) => act.user === user && (scope === undefined || act.scope === scope) && act.state !== "done" && act.state !== "refused");
  }

  /** Sends an act until it is known what came of it. Called twice, or in two tabs, it is sent by one and both are told.
   * @throws ScopeBusy as `draft`; Problem where the venue refused it, or asks to sign in first (401): then it is still drafted or unknown. */
  async send(id: string): Promise<Done> {
    return this.#around.lock(`act ${id}`, async () => {
      let act = await find<Act>("acts", id);
      if (!act) throw new Error(`no act ${id}`);
      for (;;) {
        if (act.state === "done") return act.done!;
        if (act.state === "refused") throw refusal(act);
        // Whether a try before this one may have arrived: then only the core's own word settles it.
        const tried: boolean = act.state !== "drafted";
        act = await this.#begin({ ...act, state: tried ? "unknown" : "sent", tries: act.tries + 1 }, tried);
        try {
          act = { ...act, state: "done", done: await this.#around.ask(act) };
          await this.#set(act);
          await this.#prune();
          return act.done!;
        } catch (failed) {
          if (!(failed instanceof Problem)) throw failed;
          if (failed.isUnknown || (tried && (SAYS_NOTHING.has(failed.status) || failed.status >= 500))) {
            act = { ...act, state: "unknown" };
            await this.#set(act);
            if (failed.status === 401 || failed.status === 403) throw failed;
            await this.#around.wait(WAITS[Math.min(act.tries - 1, WAITS.length - 1)]!);
            act = (await find<Act>("acts", id)) ?? act;
            continue;
          }
          // Not taken, and the id not used: the same act may be sent when one has signed in, or the door has room again.
          if (SAYS_NOTHING.has(failed.status) || failed.status >= 500) {
            await this.#set({ ...act, state: "drafted" });
            throw failed;
          }
          const { code, status, detail, field, hint } = failed;
          await this.#set({ ...act, state: "refused", refusal: { code, status, detail, field, hint } });
          throw failed;
        }
      }
    });
  }

  /** Asks again for all that was sent by this user and is not answered, as after a reload. */
  async resume(user: number): Promise<void> {
    for (const act of await this.open(user)) if (act.state !== "drafted") void this.send(act.id).catch(() => undefined);
  }

  /** Drops a draft: its figures were changed or cleared. What was sent stays. */
  async forget(id: string): Promise<void> {
    await this.#around.lock(`act ${id}`, async () => {
      const act = await find<Act>("acts", id);
      if (act?.state === "drafted") await drop("acts", id);
    });
  }

  /** Marks an act as being sent, unless another of its scope is on its way. */
  #begin(act: Act, tried: boolean): Promise<Act> {
    return this.#around.lock(`scope ${act.user} ${act.scope}`, async () => {
      const other = tried ? undefined : (await this.open(act.user, act.scope)).find((open) => open.id !== act.id && open.state !== "drafted");
      if (other) throw new ScopeBusy(other);
      await this.#set(act);
      return act;
    });
  }

  async #set(act: Act): Promise<void> {
    await keep("acts", act);
    this.heard(act);
    this.#around.tell(act);
  }

  async #prune(): Promise<void> {
    const answered = (await all<Act>("acts")).filter((act) => act.state !== "sent" && act.state !== "unknown");
    for (const act of answered.slice(0, Math.max(0, answered.length - ACTS_MAX))) await drop("acts", act.id);
  }
}

function refusal(act: Act): Problem {
  const { code, status, detail, field, hint } = act.refusal!;
  return new Problem(code, status, detail, { field, hint });
}

/** The outbox of this browser: Web Locks over all tabs, and a `BroadcastChannel` that tells them. */
export function browserOutbox(): Outbox {
  const others = new BroadcastChannel("zhiheng acts");
  const outbox = new Outbox({
    lock: async (name, work) => {
      const held: { result?: Awaited<ReturnType<typeof work>> } = {};
      await navigator.locks.request(name, async () => {
        held.result = await work();
      });
      return held.result!;
    },
    tell: (act) => others.postMessage(act),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    ask: askVenue,
  });
  others.onmessage = ({ data }) => outbox.heard(data as Act);
  return outbox;
}
