// The list of instruments: what is listed, its right, and what the ticker and the status channel say of each. Painted at most
// once a frame.
import { readAll, type ItemsOf } from "../../api/client";
import type { StatusFrame, TickerFrame } from "../../line/frames";
import { Painter } from "../../line/paint";
import { line } from "../../shell/tab.svelte";

/** A listed instrument as the list shows it. */
export interface Row {
  symbol: string;
  listing: ItemsOf<"/v1/listings">;
  right: ItemsOf<"/v1/assets"> | null;
  ticker: TickerFrame | null;
}

/** All instruments, kept live. */
export class Market {
  #rows = $state.raw<readonly Row[]>([]);
  #loaded = $state(false);
  #failed = $state<unknown>(null);
  readonly #known = new Map<string, Row>();
  readonly #tickers = new Map<string, TickerFrame>();
  readonly #painter = new Painter(() => (this.#rows = [...this.#known.values()]));
  #ends: (() => void)[] = [];

  get rows(): readonly Row[] {
    return this.#rows;
  }
  get isLoaded(): boolean {
    return this.#loaded;
  }
  get failed(): unknown {
    return this.#failed;
  }

  /** Loads and follows; the answer ends it. */
  start(): () => void {
    void this.load();
    this.#ends = [
      line.follow({ channel: "ticker", symbol: "*", frame: (frame) => this.#ticker(frame as unknown as TickerFrame) }),
      line.follow({ channel: "status", symbol: "*", frame: (frame) => this.#status(frame as unknown as StatusFrame) }),
    ];
    return () => {
      for (const end of this.#ends) end();
      this.#painter.stop();
    };
  }

  /** Reads the listings and their rights. */
  async load(): Promise<void> {
    this.#failed = null;
    try {
      const [listings, rights] = await Promise.all([readAll("/v1/listings"), readAll("/v1/assets")]);
      const byId = new Map(rights.map((right) => [right.asset_id, right]));
      for (const listing of listings)
        this.#known.set(listing.symbol, { symbol: listing.symbol, listing, right: byId.get(listing.asset_id) ?? null, ticker: this.#tickers.get(listing.symbol) ?? null });
      this.#loaded = true;
      this.#painter.dirty();
    } catch (failed) {
      this.#failed = failed;
    }
  }

  #ticker(frame: TickerFrame): void {
    this.#tickers.set(frame.symbol, frame);
    this.#change(frame.symbol, { ticker: frame });
  }

  #status(frame: StatusFrame): void {
    const row = this.#known.get(frame.symbol);
    if (row) this.#change(frame.symbol, { listing: { ...row.listing, status: frame.status } });
    else if (this.#loaded) void this.load();
  }

  #change(symbol: string, change: Partial<Row>): void {
    const row = this.#known.get(symbol);
    if (!row) return;
    this.#known.set(symbol, { ...row, ...change });
    this.#painter.dirty();
  }
}
