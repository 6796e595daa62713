// All lots, live: how each stands, by the channel `auction`, and what each sells. Painted at most once a frame.
import { read, readAll, type ItemsOf } from "../../api/client";
import { decimal, write } from "../../kit/decimal";
import type { Schema } from "../../api/types";
import type { AccountFrame, FrameHead } from "../../line/frames";
import { Painter } from "../../line/paint";
import { session } from "../../shell/session.svelte";
import { line } from "../../shell/tab.svelte";

export type Lot = Schema<"Lot">;
export type Bidder = Schema<"Bidder">;
type Asset = ItemsOf<"/v1/assets">;

/** More lots than this are not kept: those that ended first fall away. */
export const LOTS_MAX = 5_000;

/** Until the end of these what a lot sells is told to everybody. */
const TOLD = new Set(["announced", "qualifying", "open", "paused", "revealing"]);

interface LotBid {
  lot_id: number;
  number: number;
  price: Lot["best"];
  bids: number;
  ends_at: string;
  extensions: number;
  reserve_met: boolean | null;
}

type Frame = FrameHead & { matched_at: string } & ({ type: "snapshot"; lot: Lot } | { type: "delta"; event: { lot?: Lot; lot_bid?: LotBid } });

/** A lot of the list. */
export interface Entry {
  lot: Lot;
  /** Since when it stands so. */
  at: string;
  rights: readonly Asset[];
  own: Bidder | null;
  /** What its rights were valued at, where the announcement names valuations. */
  valuation: string | null;
}

/** The list of lots. */
export class Lots {
  #entries = $state.raw<readonly Entry[]>([]);
  #read = $state(false);
  readonly #lots = new Map<number, { lot: Lot; at: string }>();
  readonly #seqs = new Map<number, number>();
  readonly #assets = new Map<number, Asset>();
  readonly #own = new Map<number, Bidder>();
  readonly #painter = new Painter(() => this.#paint());
  #missing = new Set<number>();
  readonly #valuations = new Map<number, string | null>();

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Whether anything was heard. */
  get isRead(): boolean {
    return this.#read;
  }

  /** Follows; the answer ends it. */
  start(): () => void {
    void this.#loadAssets();
    void this.#loadOwn();
    const ends = [line.follow({ channel: "auction", symbol: "*", frame: (frame) => this.#frame(frame as unknown as Frame) })];
    if (session.person?.account_ids.length) ends.push(line.follow({ channel: "account", frame: (frame) => this.#account(frame as unknown as AccountFrame) }));
    return () => {
      for (const end of ends) end();
      this.#painter.stop();
    };
  }

  #frame(frame: Frame): "resync" | void {
    this.#read = true;
    const id = Number((frame.symbol ?? "").replace("LOT-", ""));
    const last = this.#seqs.get(id) ?? 0;
    if (frame.type === "delta") {
      if (frame.seq <= last) return;
      const known = this.#lots.get(id);
      const { lot, lot_bid: bid } = frame.event;
      if (lot) this.#lots.set(id, { lot, at: frame.matched_at });
      else if (bid && known) this.#lots.set(id, { lot: { ...known.lot, best: bid.price ?? null, number: bid.number, bids: bid.bids, ends_at: bid.ends_at, extensions: bid.extensions, reserve_met: bid.reserve_met }, at: frame.matched_at });
      // A step of a lot that is not known whole: its snapshot comes with the next asking.
      else if (bid) return "resync";
    } else this.#lots.set(id, { lot: frame.lot, at: frame.matched_at });
    this.#seqs.set(id, frame.seq);
    void this.#value(id);
    if (this.#lots.get(id)?.lot.asset_ids?.some((asset) => !this.#assets.has(asset) && !this.#missing.has(asset))) this.#ask();
    if (this.#lots.size > LOTS_MAX) this.#forget();
    this.#painter.dirty();
  }

  #forget(): void {
    const [first] = [...this.#lots.entries()].sort(([, a], [, b]) => (a.lot.ends_at < b.lot.ends_at ? -1 : 1));
    if (!first) return;
    this.#lots.delete(first[0]);
    this.#valuations.delete(first[0]);
  }

  /** Reads what a lot's rights were valued at: once, and only while it is to come or runs, for then it is told to everybody. */
  async #value(id: number): Promise<void> {
    const lot = this.#lots.get(id)?.lot;
    if (!lot || this.#valuations.has(id) || !lot.valuation_ids?.length || !TOLD.has(lot.state)) return;
    this.#valuations.set(id, null);
    const answer = await read("/v1/auctions/{id}/rights", { id: String(id) }).catch(() => null);
    const sums = answer?.rights.flatMap((right) => right.valuations).flatMap((one) => decimal(one.value.amount) ?? []) ?? [];
    if (sums.length === 0) return;
    this.#valuations.set(id, write({ units: sums.reduce((all, one) => all + one.units, 0n), scale: sums[0]!.scale }));
    this.#painter.dirty();
  }

  #account(frame: AccountFrame): void {
    for (const { bidder } of frame.bids ?? []) this.#own.set(bidder.lot_id, bidder);
    this.#painter.dirty();
  }

  async #loadOwn(): Promise<void> {
    if (!session.person?.account_ids.length) return;
    for (const { bidder } of await readAll("/v1/bidders").catch(() => [])) if (bidder.entity_id === session.person?.entity_id && !this.#own.has(bidder.lot_id)) this.#own.set(bidder.lot_id, bidder);
    this.#painter.dirty();
  }

  #asked: ReturnType<typeof setTimeout> | null = null;

  /** Reads the rights that are public anew, once for all that came together. */
  #ask(): void {
    this.#asked ??= setTimeout(() => {
      this.#asked = null;
      void this.#loadAssets();
    }, 200);
  }

  async #loadAssets(): Promise<void> {
    for (const asset of await readAll("/v1/assets").catch(() => [])) this.#assets.set(asset.asset_id, asset);
    // What is not among them is not public any more: it is not asked for again, lot by lot.
    for (const { lot } of this.#lots.values()) for (const asset of lot.asset_ids ?? []) if (!this.#assets.has(asset)) this.#missing.add(asset);
    this.#painter.dirty();
  }

  #paint(): void {
    this.#entries = [...this.#lots.values()].map(({ lot, at }) => ({
      lot,
      at,
      rights: (lot.asset_ids ?? []).flatMap((asset) => this.#assets.get(asset) ?? []),
      own: this.#own.get(lot.lot_id) ?? null,
      valuation: this.#valuations.get(lot.lot_id) ?? null,
    }));
  }
}
