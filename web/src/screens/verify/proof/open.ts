// Bids that everyone sees: whether each is one under the announced format, and where it moves the end.
import { ensure, Wrong } from "./fault";
import type { Moved, Standing } from "./rules";
import { isDemand, ladder, minor, nanoseconds, SECOND, start, written, type DescendingTerms, type Lot, type LotBid, type PriceStep } from "./shape";

/** By how much bids move from this price on. */
function increment(steps: readonly PriceStep[], price: bigint): bigint {
  const tier = steps.filter((step) => minor(step.from) <= price).at(-1) ?? steps[0]!;
  return minor(tier.step);
}

/** The price at which anyone may end the lot; null where there is none. */
function fixedPrice(lot: Lot): bigint | null {
  return "ascending" in lot.format && lot.format.ascending.buy_now ? minor(lot.format.ascending.buy_now) : null;
}

/** Whether a price is one of the ladder that begins at the start, climbed tier by tier. */
export function isRung(steps: readonly PriceStep[], from: bigint, price: bigint): boolean {
  let rung = from;
  for (const [place, tier] of steps.entries()) {
    const step = minor(tier.step) > 0n ? minor(tier.step) : 1n;
    const next = steps[place + 1];
    const until = next ? minor(next.from) : null;
    if (until !== null && rung >= until) continue;
    const wanted = price > rung ? price : rung;
    const reach = until !== null && wanted > until - 1n ? until - 1n : wanted;
    const below = rung + ((reach - rung) / step) * step;
    if (price < below + step) return below === price;
    rung = below + step;
  }
  return rung === price;
}

/** A falling price, so long after its clock began. */
export function falling(of: DescendingTerms, elapsed: bigint): bigint {
  const price = minor(of.start) - minor(of.step) * (elapsed / (BigInt(of.every_seconds) * SECOND));
  return price > minor(of.floor) ? price : minor(of.floor);
}

/** A bid was taken: the lot after it. */
export function bid(standing: Standing, seq: number, at: bigint, told: LotBid): void {
  const { lot } = standing;
  const from = start(lot.format);
  const price = minor(told.price);
  ensure(told.price.currency === from.currency && price > 0n, "noPrice");
  const before = lot.number;
  let ends = nanoseconds(lot.ends_at);
  let extensions = lot.extensions;
  const taken = (): void => {
    standing.taken = true;
    counts(lot, told, 1);
    moves(standing, seq, "bought", at);
    ends = at;
  };
  if ("descending" in lot.format) {
    const terms = lot.format.descending;
    const atItsClock = (began: bigint) => falling(terms, at > began ? at - began : 0n);
    const [low, high] = [atItsClock(standing.began[0]), atItsClock(standing.began[1])];
    const onGrid = price === minor(terms.floor) || (minor(terms.start) - price) % minor(terms.step) === 0n;
    ensure(low <= price && price <= high && onGrid, "notTheFallenPrice", low, price);
    taken();
  } else if (ladder(lot.format)) {
    if ("ascending" in lot.format && buysAtOnce(lot, at, told)) taken();
    else {
      const untold = check(standing, at, told, minor(from));
      counts(lot, told, 1 + untold);
      [ends, extensions] = extended(standing, seq, at);
      if (fixedPrice(lot) === price) {
        // A maximum reached the fixed price.
        standing.taken = true;
        moves(standing, seq, "bought", at);
        ends = at;
      }
    }
  } else throw new Wrong("bidsAreHidden", []);
  ensure((told.reserve_met !== null) === lot.reserved, "reserveSpoken");
  ensure(!(lot.reserve_met === true && told.reserve_met === false), "reserveMetBefore");
  ensure(told.ends_at === written(ends), "endDiffers", told.ends_at, written(ends));
  ensure(told.extensions === extensions, "extensionsDiffer", told.extensions, extensions);
  standing.lot = applied(lot, told);
  standing.last = { at, bid: told, led: before };
}

/** The lot once a bid was taken. */
export function applied(lot: Lot, told: LotBid): Lot {
  return { ...lot, best: told.price, number: told.number, bids: told.bids, ends_at: told.ends_at, extensions: told.extensions, reserve_met: told.reserve_met };
}

/** The end moves. */
export function moves(standing: Standing, seq: number, why: Moved["why"], to: bigint): void {
  standing.moved.push({ seq, why, from: nanoseconds(standing.lot.ends_at), to });
}

/** Whether this ends the lot at its fixed price. */
function buysAtOnce(lot: Lot, at: bigint, told: LotBid): boolean {
  const price = minor(told.price);
  return fixedPrice(lot) === price && (lot.best === null || minor(lot.best) < price) && !told.automatic && !told.matched && told.ends_at === written(at);
}

/** How many bids there must be now. */
function counts(lot: Lot, told: LotBid, more: number): void {
  ensure(told.bids === lot.bids + more, "countDiffers", told.bids, lot.bids + more);
}

/** Checks a bid by the ladder; how many bids that were not told a maximum answered. */
function check(standing: Standing, at: bigint, told: LotBid, from: bigint): number {
  const { lot } = standing;
  const { steps } = ladder(lot.format)!;
  const price = minor(told.price);
  const falls = isDemand(lot.format);
  const maxima = "ascending" in lot.format ? lot.format.ascending.maxima : false;
  // Where maxima do, every price lies on the announced ladder; the fixed price stands beside it.
  const onLadder = maxima === false || maxima.above !== "ladder" || fixedPrice(lot) === price || isRung(steps, from, price);
  if (lot.best === null) {
    ensure(falls ? price <= from : price >= from, "belowStart");
    ensure(!told.matched, "nothingToAnswer");
    ensure(!told.automatic || (maxima !== false && (price === from || told.reserve_met === true)), "firstByMaximum");
    ensure(onLadder, "offLadder");
    return 0;
  }
  ensure(onLadder, "offLadder");
  const best = minor(lot.best);
  const leads = lot.number === told.number;
  const step = increment(steps, best);
  const beyond = falls ? best - price : price - best;
  if (told.automatic) {
    ensure(maxima !== false, "noMaxima");
    if (leads) {
      // A maximum answers one that was not told, or a bid of the same price.
      ensure(beyond > 0n, "maximumStandsStill");
      return told.bids > lot.bids + 1 ? 1 : 0;
    }
    const answers = standing.last !== null && standing.last.at === at && !standing.last.bid.automatic && standing.last.led === told.number;
    ensure(beyond >= (answers ? 1n : step) || (told.matched && beyond >= 0n), "maximumBelowStep");
    return 0;
  }
  ensure(!leads, "outbidsItself");
  if (told.matched) {
    ensure(lot.priority > 0, "noPriority");
    if (beyond === 0n) return 0;
    // It bid what the leader's maximum reaches, and has it by its rank.
  }
  ensure(beyond >= step, "belowStep");
  ensure(beyond % step === 0n, "betweenSteps");
  return 0;
}

/** The end and how often it was moved, after a bid at this time. */
function extended(standing: Standing, seq: number, at: bigint): [bigint, number] {
  const { lot } = standing;
  let ends = nanoseconds(lot.ends_at);
  if ("sell_off" in lot.format && lot.best === null) {
    const opened = at + BigInt(lot.format.sell_off.runs_seconds) * SECOND;
    moves(standing, seq, "firstBid", opened);
    standing.lot = { ...lot, ends_at: written(opened) };
    ends = opened;
  }
  const { clock } = ladder(lot.format)!;
  const window = BigInt(clock.window_seconds) * SECOND;
  let to = ends;
  if (window > 0n && clock.extension === "from_bid") to = at + window > ends ? at + window : ends;
  else if (window > 0n && ends - at <= window) to = ends + window;
  let more = to - ends;
  if (clock.extensions_max !== null) {
    const left = BigInt(clock.extensions_max) * window - standing.extended;
    if (more > left) more = left > 0n ? left : 0n;
  }
  if (more === 0n) return [ends, lot.extensions];
  standing.extended += more;
  moves(standing, seq, "bid", ends + more);
  return [ends + more, lot.extensions + 1];
}
