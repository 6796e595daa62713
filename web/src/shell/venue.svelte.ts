// What the venue is by its rules: whether everything on it is play. A lot, a licence and a title carry no mark of their own, as
// listings and prints do: the rules in force say it of all of them.
import { read } from "../api/client";

/** The approvals that mark a sandbox. */
const SANDBOXES = new Set(["sandbox", "demo"]);

class Venue {
  #approval = $state<string | null>(null);
  #asked = false;

  /** Whether the rules in force mark the venue as a sandbox; false while that is not known. */
  get isSandbox(): boolean {
    return this.#approval !== null && SANDBOXES.has(this.#approval);
  }

  /** Asks once; a venue that did not answer is asked with the next screen. */
  async ask(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      this.#approval = (await read("/v1/rules")).approval ?? null;
    } catch {
      this.#asked = false;
    }
  }
}

/** The venue of this tab. */
export const venue = new Venue();
