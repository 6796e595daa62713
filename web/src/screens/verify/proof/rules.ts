// The life of a lot, derived anew from its public steps: which state may follow which and when, and what a record must then say.
import { ensure, Wrong, type Note } from "./fault";
import { Hidden } from "./hidden";
import { bid, moves } from "./open";
import { amountLike, fallsFor, isDemand, ladder, minor, nanoseconds, same, sealed, SECOND, start, STATES, written, type Lot, type LotBid, type LotEvent, type State } from "./shape";

/** A paused lot that is resumed has at least this left (18号 28; RULES.md 2.6). */
const LEFT_MIN = 300n * SECOND;

/** A change of a lot's end. */
export interface Moved {
  /** The step that moved it. */
  seq: number;
  why: "bid" | "firstBid" | "bought" | "pause";
  from: bigint;
  to: bigint;
}

/** What is known of a lot up to here. */
export interface Standing {
  /** As it has to stand. */
  lot: Lot;
  /** When the last step was. */
  at: bigint;
  /** When the clock of a falling price began, moved on by pauses: the earliest and the latest that it can have been. */
  began: [bigint, bigint];
  /** When the revealing ends: the earliest and the latest. Hours in which nobody could reveal do not count, and the log does not
   * tell them. */
  reveals: [bigint, bigint] | null;
  /** The bid before this step, and who led before it. */
  last: { at: bigint; bid: LotBid; led: number | null } | null;
  /** Whether the bid that was just taken ends the lot. */
  taken: boolean;
  hidden: Hidden;
  moved: Moved[];
  /** By how much bids have moved the end (ns). */
  extended: bigint;
  notes: Note[];
  /** When the bidding came to its result. */
  closedAt: bigint | null;
}

const bigger = (a: bigint, b: bigint) => (a > b ? a : b);
const smaller = (a: bigint, b: bigint) => (a < b ? a : b);

/** Begins with the announcement. */
export function begin(at: bigint, event: LotEvent): Standing {
  ensure("lot" in event, "beginsOtherwise");
  const { lot } = event;
  ensure((STATES as readonly string[]).includes(lot.state), "stateUnknown", lot.state);
  const fresh = lot.state === "announced" && lot.best === null && lot.number === null && lot.bids === 0 && lot.extensions === 0 && lot.price === null && lot.buyer_id === null && lot.step_by_on === undefined;
  ensure(fresh, "tellsTooMuch");
  const [qualifies, opens, ends] = [nanoseconds(lot.qualifies_at), nanoseconds(lot.opens_at), nanoseconds(lot.ends_at)];
  ensure(at <= qualifies && qualifies <= opens && opens < ends, "timesOutOfOrder");
  const climbs = ladder(lot.format);
  if (climbs) {
    const from = climbs.steps.map((step) => minor(step.from));
    const rise = from[0] === 0n && from.every((one, place) => place === 0 || from[place - 1]! <= one) && climbs.steps.every((step) => minor(step.step) > 0n);
    ensure(rise, "stepsFall");
  }
  const { format } = lot;
  const sane =
    "descending" in format
      ? [format.descending.start, format.descending.step, format.descending.floor].every((amount) => minor(amount) > 0n) && format.descending.every_seconds > 0
      : "uniform" in format
        ? minor(format.uniform.start) > 0n && minor(format.uniform.step) > 0n && BigInt(format.uniform.units) > 0n
        : sealed(format) === null || minor(start(format)) > 0n;
  ensure(sane, "termsAreNone");
  if ("descending" in format) {
    const until = opens + fallsFor(format.descending);
    ensure(ends === until, "fallsUntil", written(until));
  }
  return { lot, at, began: [opens, opens], reveals: null, last: null, taken: false, hidden: new Hidden(), moved: [], extended: 0n, notes: [], closedAt: null };
}

/** Takes in a step. */
export async function step(standing: Standing, seq: number, at: bigint, event: LotEvent): Promise<void> {
  ensure(at >= standing.at, "beforeTheLast", written(standing.at));
  const concludes = "lot" in event && event.lot.state !== standing.lot.state;
  ensure(!standing.taken || concludes, "takenGoesOn");
  const isOver = standing.lot.state !== "open" && standing.lot.state !== "revealing";
  ensure(standing.hidden.opened.length === 0 || "lot_opened" in event || concludes || isOver, "openedGoesOn");
  if ("lot" in event) turn(standing, seq, at, event.lot);
  else if ("lot_bid" in event) {
    isOpen(standing, at);
    bid(standing, seq, at, event.lot_bid);
  } else if ("lot_committed" in event) {
    isOpen(standing, at);
    ensure(sealed(standing.lot.format) !== null, "nothingCommitted");
    standing.hidden.commit(event.lot_committed);
  } else {
    const when = due(standing);
    ensure(when !== null && when[0] <= at && at <= when[1], "openedAtTheClose");
    await standing.hidden.open(standing.lot, event.lot_opened);
  }
  standing.at = at;
}

/** Whether bids are taken now. */
function isOpen(standing: Standing, at: bigint): void {
  ensure(standing.lot.state === "open", "notTakenNow", standing.lot.state);
  ensure(at < nanoseconds(standing.lot.ends_at), "lateBid", standing.lot.ends_at);
}

/** When the bidding, or the revealing, comes to its result: the earliest and the latest. */
function due(standing: Standing): [bigint, bigint] | null {
  const { lot } = standing;
  if (lot.state === "open") return sealed(lot.format) ? null : [nanoseconds(lot.ends_at), nanoseconds(lot.ends_at)];
  return lot.state === "revealing" ? standing.reveals : null;
}

/** A paused lot goes on: with what it had left when it came to stand, and at least 300 seconds. In an outage that was before the
 * venue could say so, and the end tells when. */
function resume(standing: Standing, seq: number, at: bigint, endsAt: bigint): void {
  const ends = nanoseconds(standing.lot.ends_at);
  const opens = nanoseconds(standing.lot.opens_at);
  const pausedAt = standing.at;
  ensure(endsAt >= at, "resumedBehindItsEnd");
  const left = endsAt - at;
  const least = bigger(ends - smaller(pausedAt, ends), LEFT_MIN);
  const most = bigger(ends - smaller(opens, ends), LEFT_MIN);
  ensure(least <= left && left <= most, "resumedWith", left / SECOND, least / SECOND);
  const latest = smaller(ends - smaller(left, ends), pausedAt);
  // With the least it may have come to stand at any moment since.
  const since: [bigint, bigint] = left > LEFT_MIN ? [latest, latest] : [smaller(bigger(latest, opens), pausedAt), pausedAt];
  if (left > least) standing.notes.push({ note: "outage", given: [String(seq), written(latest)] });
  standing.began = [standing.began[0] + (at - since[1]), standing.began[1] + (at - since[0])];
  moves(standing, seq, "pause", endsAt);
}

const CONCLUDED: readonly State[] = ["closed", "negotiating", "sold", "unsold", "delivered"];

/** The lot is told anew: whether it may stand so now, and whether it says what it has to. */
function turn(standing: Standing, seq: number, at: bigint, told: Lot): void {
  const { lot } = standing;
  const [old, now] = [lot.state, told.state];
  ensure((STATES as readonly string[]).includes(now), "stateUnknown", now);
  // Licences come and go without a step.
  const expected: Lot = { ...lot, state: now, surviving: told.surviving };
  const onTime = (when: bigint) => ensure(at === when, "dueAt", now, written(when));
  const fromTo = `${old} ${now}`;
  if (fromTo === "announced qualifying") onTime(nanoseconds(lot.qualifies_at));
  else if (fromTo === "qualifying open") {
    onTime(nanoseconds(lot.opens_at));
    standing.began = [at, at];
  } else if (fromTo === "open open") {
    isOpen(standing, at);
    expected.bids = standing.hidden.count(lot, told.bids);
  } else if (fromTo === "open paused") {
    // After an outage also what would have opened or ended in it.
  } else if (fromTo === "announced paused" || fromTo === "qualifying paused") {
    ensure(at >= nanoseconds(lot.opens_at), "pausedTooSoon");
  } else if (fromTo === "paused open") {
    resume(standing, seq, at, nanoseconds(told.ends_at));
    expected.ends_at = told.ends_at;
  } else if (fromTo === "open revealing" && sealed(lot.format)) {
    onTime(nanoseconds(lot.ends_at));
    const until = at + BigInt(sealed(lot.format)!.reveal_seconds) * SECOND;
    standing.reveals = [until, until];
  } else if (fromTo === "revealing revealing" && standing.reveals) {
    // An outage takes no time from who has to reveal, to agree or to pay.
    const from = at + LEFT_MIN;
    const until = standing.reveals[1] + (at - nanoseconds(lot.ends_at));
    standing.reveals = [bigger(standing.reveals[0], from), bigger(until, from)];
  } else if (["sold sold", "closed closed", "paused paused", "defaulted defaulted", "negotiating negotiating", "negotiating unsold", "sold paid", "paid delivered"].includes(fromTo)) {
    // A new calendar may move their days.
  } else if ((old === "open" || old === "revealing") && CONCLUDED.includes(now)) {
    if (standing.taken) onTime(standing.at);
    else {
      const when = due(standing);
      ensure(when !== null, "stillToReveal");
      ensure(when[0] <= at && at <= when[1], "dueAt", now, written(when[0]));
    }
    conclude(standing, told, expected);
    standing.closedAt = at;
  } else if (old === "closed" && ["negotiating", "sold", "unsold"].includes(now)) conclude(standing, told, expected);
  else if (fromTo === "negotiating sold") {
    ensure(lot.best !== null && told.price !== null, "soldWithoutPrice");
    const agreed = isDemand(lot.format) ? minor(told.price) <= minor(lot.best) : minor(told.price) >= minor(lot.best);
    ensure(agreed, "soldForWorse");
    expected.price = told.price;
  } else if (fromTo === "sold defaulted" || ((old === "sold" || old === "paid") && now === "annulled")) {
    expected.price = null;
    expected.buyer_id = null;
  } else if (now === "withdrawn" && ["announced", "qualifying", "open", "paused", "revealing", "closed", "negotiating"].includes(old)) {
    expected.best = expected.number = expected.reserve_met = null;
  } else throw new Wrong("doesNotFollow", [now, old]);
  const sold = now === "sold" || now === "paid" || now === "delivered";
  if (sold && old !== "sold" && old !== "paid") {
    // A court's buyer is named (18号 14, 22), no other.
    ensure((told.buyer_id !== null) === (lot.basis === "judicial"), "buyerNamed");
    expected.buyer_id = told.buyer_id;
  }
  ensure((told.pause !== undefined) === (now === "paused"), "pauseSaid");
  ensure(told.pause === undefined || nanoseconds(told.pause.since_at) <= at, "pausedInFuture");
  waits(lot, told);
  for (const name of ["pause", "step_by_on", "calendar"] as const)
    if (told[name] === undefined) delete expected[name];
    else (expected as Record<string, unknown>)[name] = told[name];
  standing.taken = false;
  for (const name of new Set([...Object.keys(expected), ...Object.keys(told)])) ensure(same(expected[name], told[name]), "memberDiffers", name, JSON.stringify(told[name] ?? null), JSON.stringify(expected[name] ?? null));
  standing.lot = expected;
}

/** Whether a lot that waits for somebody says until when, no sooner than it said before, and no other does. */
function waits(lot: Lot, told: Lot): void {
  const says = told.step_by_on !== undefined;
  const fits =
    told.state === "paused" || told.state === "closed" || told.state === "negotiating"
      ? says
      : told.state === "sold"
        ? // The buyer of a demand has paid before.
          says !== isDemand(lot.format)
        : told.state === "defaulted" || !says;
  ensure(fits && (says || told.calendar === undefined), "waitsSaid");
  const sooner = lot.state === told.state && lot.step_by_on !== undefined && told.step_by_on !== undefined && told.step_by_on < lot.step_by_on;
  ensure(!sooner, "waitedUntil", lot.step_by_on ?? "");
}

/** What the bidding came to. */
function conclude(standing: Standing, told: Lot, expected: Lot): void {
  const { lot } = standing;
  const fromOpen = lot.state !== "closed";
  if ("uniform" in lot.format) {
    const price = standing.hidden.cleared(lot, lot.format.uniform, standing.notes);
    ensure(price === null ? told.state === "unsold" : told.state === "delivered", "notWhatOpenedComesTo", told.state);
    if (price !== null) expected.price = amountLike(lot.format.uniform.start, price);
    return;
  }
  if (fromOpen && sealed(lot.format)) {
    standing.hidden.winner(lot, told);
    expected.best = told.best;
    expected.number = told.number;
    expected.reserve_met = told.reserve_met;
    ensure((told.reserve_met !== null) === (told.best !== null && told.reserved), "reserveHidden");
  }
  const hasBest = expected.best !== null;
  const byHammer = lot.basis === "auction_law";
  if (told.state === "sold") {
    ensure(hasBest, "soldUnbid");
    ensure(!(byHammer && fromOpen), "noHammer");
    ensure(expected.reserve_met !== false, "soldBelowReserve");
    expected.price = expected.best;
  } else if (told.state === "closed") ensure(hasBest && byHammer, "hammerNotDue");
  else if (told.state === "negotiating") ensure(hasBest && lot.reserved && lot.basis !== "judicial", "nothingToNegotiate");
  else if (told.state === "unsold") {
    if (hasBest) standing.notes.push({ note: lot.reserved ? "unsoldReserve" : "unsoldBuyer", given: [] });
  } else throw new Wrong("notFromBidding", [told.state]);
}
