// What the venue says that a lot takes next: asked anew after each step of it, and shown for the step it was told of alone.
import { read } from "../../api/client";
import { Preview } from "../../api/preview.svelte";
import type { Schema } from "../../api/types";
import { units, type Lot, type Payable } from "./terms";

/** What the venue says of a lot. */
export type Told = Schema<"NextBids">;

/** Asks, for the lot that is shown. */
export class Next {
  readonly #preview = new Preview((lot: number) => read("/v1/auctions/{id}/next-bids", { id: lot }), 100);

  /** Asks for this lot as it stands; `at`: what else moves it, as the price to which a clock lets it fall. */
  want(lot: Lot | null, at = ""): void {
    this.#preview.want(lot ? keyOf(lot, at) : null, lot?.lot_id);
  }

  /** What was said of it as it stands; null until then. */
  of(lot: Lot, at = ""): Told | null {
    const told = this.#preview.of(keyOf(lot, at));
    return told && isOf(told, lot) ? told : null;
  }

  stop(): void {
    this.#preview.stop();
  }
}

function keyOf(lot: Lot, at: string): string {
  return `${lot.lot_id} ${lot.state} ${lot.bids} ${lot.best?.amount ?? ""} ${at}`;
}

/** Whether it was told of the lot as it is shown. */
export function isOf(told: Told, lot: Lot): boolean {
  return told.lot_id === lot.lot_id && told.bids === lot.bids && (told.best?.amount ?? null) === (lot.best?.amount ?? null);
}

/** What winning at this price comes to, where the venue said it: of the next bids, the fixed price, or the falling one. */
export function payableOf(told: Told | null, price: bigint | null): Payable | null {
  if (!told || price === null) return null;
  const all = [...told.next, told.buy_now, told.falling?.now];
  const found = all.find((one) => one && units(one.price) === price);
  if (!found?.premium || !found.total || !found.rest) return null;
  const [total, rest] = [units(found.total), units(found.rest)];
  return { price, premium: units(found.premium), total, deposit: total - rest, rest };
}
