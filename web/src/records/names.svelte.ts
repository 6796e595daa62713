// Names behind numbers: registered names of participants (`/v1/names`, for whoever is signed in), and titles of rights that the
// reader may see. Asked for once, many at a time; what may not be known stays a number.
import { SvelteMap } from "svelte/reactivity";
import { readAll, request } from "../api/client";
import { shownTitle } from "../kit/titles";
import { session } from "../shell/session.svelte";
import { settings } from "../shell/settings.svelte";

/** As many as the venue answers at once. */
const AT_ONCE = 100;

/** A right as lists of rights tell it. */
export interface Right {
  asset_id: number;
  title: string;
  title_en?: string | null;
  number: string;
  class: string;
  owner_id: number;
  [more: string]: unknown;
}

class Names {
  readonly #entities = new SvelteMap<number, string | null>();
  readonly #rights = new SvelteMap<number, Right>();
  #asked = new Set<number>();
  #waiting: ReturnType<typeof setTimeout> | null = null;
  #rightsAsked = false;

  constructor() {
    session.watch(() => {
      // Another reader may know other rights.
      this.#rightsAsked = false;
      this.#rights.clear();
    });
  }

  /** The registered name of a participant, or null while it is not known. Asks for it. */
  entity(id: number): string | null {
    const own = session.person;
    if (own && own.entity_id === id && own.entity_name) return own.entity_name;
    const known = this.#entities.get(id);
    if (known === undefined && own && !this.#asked.has(id)) {
      this.#asked.add(id);
      this.#waiting ??= setTimeout(() => void this.#ask(), 20);
    }
    return known ?? null;
  }

  /** A right that the reader may see, or null. Asks for all of them once. */
  right(id: number): Right | null {
    if (!this.#rightsAsked) {
      this.#rightsAsked = true;
      queueMicrotask(() => void this.rights());
    }
    return this.#rights.get(id) ?? null;
  }

  /** What a right is called in the reader's language, if it is known: a translation, where there is one. */
  title(id: number): string | undefined {
    const right = this.right(id);
    return right ? shownTitle(right, settings.lang).text : undefined;
  }

  /** All rights that the reader may see. */
  async rights(): Promise<Right[]> {
    try {
      for (const right of (await readAll("/v1/assets")) as unknown as Right[]) this.#rights.set(right.asset_id, right);
    } catch {
      // Their numbers stand for them.
    }
    return [...this.#rights.values()];
  }

  async #ask(): Promise<void> {
    this.#waiting = null;
    const wanted = [...this.#asked].filter((id) => !this.#entities.has(id));
    for (let start = 0; start < wanted.length; start += AT_ONCE) {
      const some = wanted.slice(start, start + AT_ONCE);
      try {
        const { items } = await request<{ items: { entity_id: number; name: string }[] }>("GET", `/v1/names?entities=${some.join(",")}`);
        for (const id of some) this.#entities.set(id, null);
        for (const { entity_id, name } of items) this.#entities.set(entity_id, name);
      } catch {
        for (const id of some) this.#asked.delete(id);
      }
    }
  }
}

/** The names that this tab knows. */
export const names = new Names();
