// What the venue says of something before it is done, asked while a person still thinks: one request at a time, the newest wish
// alone, and never more often than so. An answer is of one wish and is shown for no other: meanwhile the page's own estimate stands.

/** So long (ms) a wish has to stand before it is asked for, and so long lies between two. */
const WAIT = 200;

/** Answers by what was asked for. */
export class Preview<Wish, Answer> {
  readonly #ask: (wish: Wish) => Promise<Answer>;
  readonly #wait: number;
  #told = $state.raw<{ key: string; answer: Answer } | null>(null);
  #wanted: { key: string; wish: Wish } | null = null;
  #asked: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isUnderway = false;

  constructor(ask: (wish: Wish) => Promise<Answer>, wait = WAIT) {
    this.#ask = ask;
    this.#wait = wait;
  }

  /** Asks for this, under this key, unless it was asked for already; null: for nothing. */
  want(key: string | null, wish?: Wish): void {
    this.#wanted = key === null ? null : { key, wish: wish as Wish };
    if (key === null) this.#asked = null;
    else if (key !== this.#asked) this.#soon();
  }

  /** What the venue said of it; null while it did not, or would not. */
  of(key: string | null): Answer | null {
    const told = this.#told;
    return told !== null && told.key === key ? told.answer : null;
  }

  /** Ends it. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#wanted = null;
  }

  #soon(): void {
    if (this.#isUnderway || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#now();
    }, this.#wait);
  }

  async #now(): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted || wanted.key === this.#asked) return;
    this.#asked = wanted.key;
    this.#isUnderway = true;
    try {
      const answer = await this.#ask(wanted.wish);
      if (this.#wanted) this.#told = { key: wanted.key, answer };
    } catch {
      // The estimate stands, and the venue judges what is sent.
    } finally {
      this.#isUnderway = false;
      if (this.#wanted && this.#wanted.key !== this.#asked) this.#soon();
    }
  }
}
