// Bids that are hidden until the close: whether each is the one that was committed to, and who wins by them.
import { commitment, unhex } from "../../../kit/digest";
import { ensure, Wrong, type Note } from "./fault";
import { isDemand, minor, sealed, start, type Lot, type LotCommitted, type LotOpened, type UniformTerms } from "./shape";

const units = (text: string | null): bigint => (text === null ? 0n : BigInt(text));
const shown = (bid: LotOpened): bigint => units(bid.units);
const won = (bid: LotOpened): bigint => units(bid.won_units);

/** What was hidden. */
export class Hidden {
  /** Each bidder's last commitment, the earliest first. */
  #commitments: LotCommitted[] = [];
  /** What was opened, in the order in which it was told. */
  readonly opened: LotOpened[] = [];

  /** Somebody commits, or commits anew. */
  commit(committed: LotCommitted): void {
    this.#commitments = [...this.#commitments.filter(({ number }) => number !== committed.number), committed];
  }

  /** How many bids an open lot must tell of. */
  count(lot: Lot, told: number): number {
    if (sealed(lot.format)) return this.#commitments.length;
    ensure("uniform" in lot.format, "nothingChanged");
    // A bid, or a better one in its place.
    return Math.min(Math.max(told, lot.bids), lot.bids + 1);
  }

  /** A bid is opened. */
  async open(lot: Lot, opened: LotOpened): Promise<void> {
    const { number, price } = opened;
    ensure(price.currency === start(lot.format).currency && minor(price) > 0n, "noPrice");
    ensure(this.opened.every((other) => other.number !== number), "openedTwice", number);
    if (sealed(lot.format)) {
      const place = (of: number) => this.#commitments.findIndex((committed) => committed.number === of);
      const at = place(number);
      ensure(at >= 0, "committedToNothing", number);
      const nonce = opened.nonce === null ? null : unhex(opened.nonce);
      ensure(nonce?.length === 32, "nonceMissing", number);
      ensure(opened.units === null && opened.won_units === null, "noUnitsHere");
      const told = await commitment(BigInt(lot.lot_id), number, minor(price), nonce!);
      ensure(told === this.#commitments[at]!.commitment, "notCommitted", number);
      const before = this.opened.at(-1);
      ensure(before === undefined || place(before.number) < at, "openedOutOfOrder");
    } else if ("uniform" in lot.format) checkUnits(lot.format.uniform, opened);
    else throw new Wrong("nothingHidden", []);
    this.opened.push(opened);
  }

  /** Whether the best bid that a sealed lot names is the one that follows from what was opened. */
  winner(lot: Lot, told: Lot): void {
    const of = sealed(lot.format);
    if (!of) return;
    // Offers are compared the other way round: the lowest is the best.
    const sign = isDemand(lot.format) ? -1n : 1n;
    const value = (opened: LotOpened) => sign * minor(opened.price);
    const least = sign * minor(of.start);
    // Stable: of equal bids the one committed to earlier stays ahead.
    const valid = this.opened.filter((opened) => value(opened) >= least).sort((a, b) => (value(a) < value(b) ? 1 : value(a) > value(b) ? -1 : 0));
    const top = valid[0];
    if (!top) {
      ensure(told.best === null && told.number === null, "bestUnopened");
      return;
    }
    ensure(told.number === top.number, "bestIsOther", top.number);
    const second = valid[1] ? value(valid[1]) : least;
    // The second bid or the start; where a reserve is hidden, perhaps that.
    const [from, to] = of.pays === "first" ? [value(top), value(top)] : lot.reserved ? [second, value(top)] : [second, second];
    ensure(told.best !== null, "bestMissing");
    const price = sign * minor(told.best);
    ensure(told.best.currency === of.start.currency && from <= price && price <= to, "priceNotFollowing");
  }

  /** The one price of units that follows from what was opened; null if nobody bought. */
  cleared(lot: Lot, terms: UniformTerms, notes: Note[]): bigint | null {
    ensure(this.opened.length === lot.bids, "bidsUnopened", lot.bids, this.opened.length);
    const winners = this.opened.filter((opened) => won(opened) > 0n);
    if (winners.length === 0) {
      if (this.opened.length > 0) notes.push({ note: "nobodyBought", given: [] });
      return null;
    }
    const price = winners.map((opened) => minor(opened.price)).reduce((least, one) => (one < least ? one : least));
    // Who bid more than the price and bought nothing was passed over: that may be, and is the venue's to say.
    let why: unknown = null;
    for (const from of [price + 1n, price]) {
      const over = this.opened.filter((opened) => won(opened) === 0n && minor(opened.price) >= from);
      try {
        shares(terms, this.opened.filter((opened) => !over.includes(opened)));
        notes.push(...over.map((opened): Note => ({ note: "passedOver", given: [String(opened.number)] })));
        return price;
      } catch (wrong) {
        why = wrong;
      }
    }
    throw why;
  }
}

function checkUnits(terms: UniformTerms, opened: LotOpened): void {
  const price = minor(opened.price);
  const least = minor(terms.start);
  ensure(price >= least && (price - least) % minor(terms.step) === 0n, "belowOrBetween");
  ensure(opened.units !== null, "unitsMissing");
  ensure(shown(opened) >= 1n && shown(opened) <= units(terms.units), "tooManyUnits");
  ensure(won(opened) >= 0n && won(opened) <= shown(opened), "boughtMoreThanAsked");
  ensure(opened.nonce === null, "nothingCommitted");
}

/** Whether what each bought follows: the highest first, down to the price at which no more is left, there by the announced
 * rationing. Units come in lots of the listing, which the log does not tell: one size must fit all of it. */
function shares(terms: UniformTerms, bids: readonly LotOpened[]): void {
  let left = units(terms.units);
  const prices = [...new Set(bids.map((opened) => minor(opened.price)))].sort((a, b) => (a < b ? 1 : -1));
  const divisor = bids.flatMap((opened) => [shown(opened), won(opened)]).reduce(gcd, left);
  for (const price of prices) {
    const level = bids.filter((opened) => minor(opened.price) === price);
    const total = level.reduce((sum, opened) => sum + shown(opened), 0n);
    const got = level.map(won);
    const fits =
      terms.rationing === "pro_rata" && total > left
        ? divisors(divisor).some((size) => {
            const parts = apportion(left / size, level.map((opened) => shown(opened) / size));
            return parts.every((part, place) => part * size === got[place]);
          })
        : inTurn(level.map(shown), left).every((part, place) => part === got[place]);
    ensure(fits, "notSharedAsAsked");
    left -= got.reduce((sum, part) => sum + part, 0n);
  }
}

function inTurn(asked: readonly bigint[], left: bigint): bigint[] {
  let rest = left;
  return asked.map((one) => {
    const part = one < rest ? one : rest;
    rest -= part;
    return part;
  });
}

/** Shares a whole by weights: rounded down, and what is left to the largest remainders, of equals to the first (RULES.md 7). */
export function apportion(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, one) => all + one, 0n);
  if (sum === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight) => (total * weight) / sum);
  let left = total - parts.reduce((all, one) => all + one, 0n);
  const order = weights.map((weight, place) => ({ place, rest: (total * weight) % sum })).sort((a, b) => (a.rest === b.rest ? a.place - b.place : a.rest < b.rest ? 1 : -1));
  for (const { place } of order) {
    if (left === 0n) break;
    parts[place]! += 1n;
    left -= 1n;
  }
  return parts;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

function divisors(of: bigint): bigint[] {
  const all: bigint[] = [];
  for (let small = 1n; small * small <= of; small += 1n) if (of % small === 0n) all.push(small, of / small);
  return all;
}
