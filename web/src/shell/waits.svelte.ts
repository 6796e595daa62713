// What waits for whoever is signed in (`/v1/waits`): read when one signs in, and again when a record of one's own changed. The desk
// lists it, and the head counts it.
import { request } from "../api/client";
import { Problem } from "../api/problem";
import { session } from "./session.svelte";
import { line } from "./tab.svelte";

/** Something that waits. */
export interface Wait {
  /** A closed word; the contract has its title in both languages. */
  kind: string;
  record: { kind: string; id: number | null; address: string };
  operations: string[];
  /** The last day on which it is in time. */
  until_on: string | null;
  /** The last moment. */
  until_at: string | null;
  is_late: boolean;
  asset_ids: number[];
  stake: { currency: string; amount: string } | null;
  since: string;
}

/** More than so many are not kept: the earliest deadlines come first. */
const WAITS_MAX = 500;
/** What changes at once is asked about once (ms). */
const SOON = 700;

class Waits {
  #items = $state.raw<readonly Wait[]>([]);
  #state = $state<"unknown" | "known" | "failed">("unknown");
  #code = $state("");
  #more = $state(false);
  #soon: ReturnType<typeof setTimeout> | null = null;
  #round = 0;

  constructor() {
    session.watch(() => {
      this.#items = [];
      this.#state = "unknown";
      this.soon(0);
    });
    line.watch(() => {
      if (line.state === "live" && this.#state !== "unknown") this.soon();
    });
  }

  /** The earliest deadline first. */
  get items(): readonly Wait[] {
    return this.#items;
  }
  /** How many, and `+` where there are more than are kept. */
  get count(): string {
    return `${this.#items.length}${this.#more ? "+" : ""}`;
  }
  get state(): "unknown" | "known" | "failed" {
    return this.#state;
  }
  get code(): string {
    return this.#code;
  }

  /** Follows what is one's own while somebody looks; the answer ends it. */
  follow(): () => void {
    this.soon(0);
    if (!session.person) return () => undefined;
    return line.follow({ channel: "records", frame: () => void this.soon() });
  }

  /** Asks again, soon. */
  soon(wait = SOON): void {
    if (this.#soon !== null) return;
    this.#soon = setTimeout(() => {
      this.#soon = null;
      void this.#read();
    }, wait);
  }

  async #read(): Promise<void> {
    if (!session.person) return;
    const round = ++this.#round;
    try {
      const found: Wait[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: Wait[]; next?: string | null } = await request("GET", `/v1/waits?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
        found.push(...page.items);
        cursor = page.next ?? null;
      } while (cursor && found.length < WAITS_MAX);
      // A later answer is the newer one, and a slow earlier one does not undo it.
      if (round !== this.#round) return;
      this.#items = found.slice(0, WAITS_MAX);
      this.#more = cursor !== null;
      this.#state = "known";
    } catch (failed) {
      if (round !== this.#round || !(failed instanceof Problem)) return;
      if (failed.status === 401) session.ended();
      this.#code = failed.code;
      if (this.#state !== "known") this.#state = "failed";
    }
  }
}

/** What waits for the reader of this tab. */
export const waits = new Waits();
