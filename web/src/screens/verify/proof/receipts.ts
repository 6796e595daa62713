// A bidder's receipts beside the log: what the venue took must have left its trace.
import { verifies } from "../../../kit/ed25519";
import type { Proved, Step } from "./log";
import { minor, nanoseconds, type Amount, type State } from "./shape";

/** The venue's signed word that a bidder's command was taken. */
export interface Receipt {
  lot_id: number;
  number: number;
  op: string;
  price?: Amount;
  units?: string;
  commitment?: string;
  at: string;
  journal_seq: number;
  public_key: string;
  signature: string;
}

/** The trace of a receipt in a log: a step shows it; it leaves none, or none yet; it has to be there and is not. */
export type Trace = { kind: "shown"; seq: number } | { kind: "silent" } | { kind: "missing" };

const PREFIX = "zhiheng bid receipt 1\n";

/** JSON without blanks, the members sorted by name, all the way down. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).filter(([, of]) => of !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, of]) => `${JSON.stringify(name)}:${canonical(of)}`)
    .join(",")}}`;
}

/** Whether a receipt's signature holds, and is of one of these keys (hex). */
export async function holds(receipt: Receipt, keys: readonly string[]): Promise<boolean> {
  const { signature, ...rest } = receipt;
  return keys.includes(receipt.public_key) && (await verifies(receipt.public_key, signature, PREFIX + canonical(rest)));
}

const reaches = (price: Amount, least: Amount) => price.currency === least.currency && minor(price) >= minor(least);
const isPrice = (a: Amount, b: Amount) => a.currency === b.currency && minor(a) === minor(b);
const CLOSES: readonly State[] = ["closed", "negotiating", "sold", "delivered", "unsold"];

/** Looks in the log of a lot for what a receipt tells of. */
export function trace(lot: Proved, receipt: Receipt): Trace {
  const at = nanoseconds(receipt.at);
  const { format } = lot.announced;
  const find = (shows: (step: Step) => boolean): Trace => {
    const place = lot.steps.findIndex(shows);
    return place < 0 ? { kind: "missing" } : { kind: "shown", seq: place + 1 };
  };
  if (receipt.op === "enter_lot") return { kind: "silent" };
  if (receipt.op === "commit_bid")
    return find(({ at: when, event }) => "lot_committed" in event && when === at && event.lot_committed.number === receipt.number && event.lot_committed.commitment === receipt.commitment);
  if (receipt.op === "reveal_bid" || (receipt.op === "bid_lot" && "uniform" in format)) {
    // A lot that was taken back opens none.
    if (!lot.steps.some(({ event }) => "lot" in event && CLOSES.includes(event.lot.state))) return { kind: "silent" };
    // A bid for units may have been bettered since; a revealed one is what it is.
    const bettered = "uniform" in format;
    return find(({ event }) => {
      if (!("lot_opened" in event) || event.lot_opened.number !== receipt.number || !receipt.price) return false;
      const { price, units } = event.lot_opened;
      return (isPrice(price, receipt.price) || (bettered && reaches(price, receipt.price))) && BigInt(units ?? 0) >= BigInt(receipt.units ?? 0);
    });
  }
  if (receipt.op === "set_maximum") {
    // Who left a maximum leads from that moment on, or another's price has reached it.
    for (let place = lot.steps.length - 1; place >= 0; place -= 1) {
      const { at: when, event } = lot.steps[place]!;
      if (when > at || !("lot_bid" in event)) continue;
      const stands = event.lot_bid.number === receipt.number || (receipt.price !== undefined && reaches(event.lot_bid.price, receipt.price));
      return stands ? { kind: "shown", seq: place + 1 } : { kind: "missing" };
    }
    return { kind: "missing" };
  }
  const shown = find(({ at: when, event }) => {
    if (!("lot_bid" in event) || when !== at || event.lot_bid.number !== receipt.number) return false;
    const { price, automatic } = event.lot_bid;
    // The fixed price, which the announcement names.
    if (!receipt.price) return "ascending" in format && format.ascending.buy_now !== null && isPrice(format.ascending.buy_now, price);
    // What is taken is the price of the moment; what was named is the most.
    if ("descending" in format) return reaches(receipt.price, price);
    // With a maximum of its own it may have gone further than it said.
    return isPrice(price, receipt.price) || (automatic && reaches(price, receipt.price));
  });
  if (shown.kind === "shown") return shown;
  // An equal bid that a maximum answered, or one that a holder of priority made in vain, is not told.
  return find(({ at: when, event }) => "lot_bid" in event && when === at && event.lot_bid.automatic && receipt.price !== undefined && reaches(event.lot_bid.price, receipt.price));
}
