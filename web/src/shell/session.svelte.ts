// Who one is. The session is a cookie that no script can read; the page only asks the venue whose it is.
import { request } from "../api/client";
import { Problem } from "../api/problem";

/** What `/v1/session` says of whoever is signed in. */
export interface Person {
  user_id: number;
  login: string | null;
  /** 0 is the venue itself, which has no registered name. */
  entity_id: number;
  entity_name: string | null;
  roles: string[];
  account_ids: number[];
  has_second_factor: boolean;
  expires_at: string | null;
}

/** The first wait before a venue that did not answer is asked again, and the longest (ms). */
const ASK_WAIT = 1_000;
const ASK_WAIT_MAX = 8_000;

/** The venue's answer: also where nobody is signed in. */
interface Told extends Omit<Person, "user_id" | "entity_id"> {
  user_id: number | null;
  entity_id: number | null;
  /** Whether the browser's session has ended. */
  session_ended: boolean;
  /** Whether one may be anybody by a click. */
  is_demo: boolean;
}

class Session {
  #demo = $state(false);
  #person = $state.raw<Person | null>(null);
  #asked = $state(false);
  #wait = ASK_WAIT;
  readonly #watchers = new Set<() => void>();

  /** Who is signed in; null where nobody is, or it is not known yet. */
  get person(): Person | null {
    return this.#person;
  }

  /** Whether this is the demo, whose people one may be by a click. */
  get isDemo(): boolean {
    return this.#demo;
  }

  /** Whether the venue has been asked. */
  get isKnown(): boolean {
    return this.#asked;
  }

  /** Calls back when somebody else is signed in than before; the answer ends it. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Asks the venue who one is. A venue that can't say now leaves it as it was. */
  async ask(): Promise<void> {
    try {
      const told = await request<Told>("GET", "/v1/session");
      this.#demo = told.is_demo;
      const { user_id, entity_id } = told;
      this.#set(user_id === null || entity_id === null ? null : { ...told, user_id, entity_id });
    } catch (failed) {
      // Refused: nobody is signed in. No answer, or a venue that can't say just now: that says nothing, and is asked again.
      if (failed instanceof Problem && failed.status >= 400 && failed.status < 500 && failed.status !== 408 && failed.status !== 429) this.#set(null);
      else {
        setTimeout(() => void this.ask(), this.#wait);
        this.#wait = Math.min(this.#wait * 2, ASK_WAIT_MAX);
        return;
      }
    }
    this.#wait = ASK_WAIT;
    this.#asked = true;
  }

  /** Signs in with a password, and a one-time code where the venue asks for one. */
  async signIn(given: { login: string; password: string; code?: string }): Promise<void> {
    await request("POST", "/v1/session", given);
    await this.ask();
  }

  /** Becomes one of the demo's people. */
  async become(name: string): Promise<void> {
    await request("POST", "/v1/demo/session", { name });
    await this.ask();
  }

  /** Signs out here. */
  async signOut(): Promise<void> {
    await request("DELETE", "/v1/session");
    this.#set(null);
  }

  /** The venue said 401: the session has ended. */
  ended(): void {
    this.#set(null);
  }

  #set(person: Person | null): void {
    const changed = this.#person?.user_id !== person?.user_id;
    this.#person = person;
    if (changed) for (const told of this.#watchers) told();
  }
}

/** The session of this browser. */
export const session = new Session();
