// Paints at most once a frame, however many updates came. What is to be painted is looked up when it is painted, so no update
// is lost: only pictures between two frames are.

/** Calls `draw` before the next frame after `dirty()`; once, however often that was called. */
export class Painter {
  readonly #draw: () => void;
  readonly #ask: (callback: () => void) => number;
  readonly #drop: (id: number) => void;
  #asked: number | null = null;

  constructor(
    draw: () => void,
    ask: (callback: () => void) => number = (callback) => requestAnimationFrame(callback),
    drop: (id: number) => void = (id) => cancelAnimationFrame(id),
  ) {
    this.#draw = draw;
    this.#ask = ask;
    this.#drop = drop;
  }

  /** Something changed. */
  dirty(): void {
    this.#asked ??= this.#ask(() => {
      this.#asked = null;
      this.#draw();
    });
  }

  /** Paints no more until something changes again. */
  stop(): void {
    if (this.#asked !== null) this.#drop(this.#asked);
    this.#asked = null;
  }
}
