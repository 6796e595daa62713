// The proof of a lot's public log, without asking the venue: the numbers, the chain, the signed heads; and every bid, end and
// winner derived anew. It shares nothing with the screens that show a lot, so that neither covers the other's faults. It does
// what `zhiheng auction verify` does (gateway/src/proof/auction_log), in the reader's own browser.
//
// A log is what `GET /v1/auctions/{id}/log` gives, or the frames that a watcher of `auction` wrote down, of one lot or several:
// answers, frames of other channels, and frames that came twice the same are passed over. What always holds: a line is taken only
// if it is, byte for byte, what the venue would have written. Only when a frame was sent to this watcher, `sent_at`, is no part of
// the chain: nothing is derived from it.
import { hex, joined, sha256, u32, u64 } from "../../../kit/digest";
import { verifies } from "../../../kit/ed25519";
import { ensure, Fault, Wrong, type Note, type Stage } from "./fault";
import { applied } from "./open";
import { begin, step as follow, type Moved, type Standing } from "./rules";
import { nanoseconds, same, type Lot, type LotEvent } from "./shape";

/** The largest log that is read, in bytes: a bound for what a dropped file may take of the browser's memory. */
export const LOG_MAX = 64 * 1024 * 1024;
const FIRST_HEAD = "0".repeat(64);
const UTF8 = new TextEncoder();

/** A step of a log that holds. */
export interface Step {
  at: bigint;
  event: LotEvent;
  head: string;
}

/** A lot as its log proves it. */
export interface Proved {
  /** As it stands at the end of the log. */
  lot: Lot;
  /** As it was announced. */
  announced: Lot;
  steps: readonly Step[];
  /** Every change of its end. */
  moved: readonly Moved[];
  notes: readonly Note[];
  head: string;
  /** The keys that are trusted, in hex: those that were given, or the one that signed all of it. */
  keys: readonly string[];
  /** When the bidding came to its result; null while it has not. */
  closedAt: bigint | null;
  /** How many signed heads were checked. */
  signatures: number;
}

interface Claim {
  line: number;
  seq: number;
  head: string;
  /** And that the lot stands so, since then. */
  lot: { lot: Lot; at: bigint } | null;
}

const DELTA = ["type", "channel", "symbol", "seq", "matched_at", "sent_at", "event", "head", "public_key", "signature"];
const SNAPSHOT = ["type", "channel", "symbol", "seq", "matched_at", "sent_at", "gap_too_old", "from_seq_ahead", "lot", "head", "public_key", "signature"];
const HEAD = ["lot_id", "seq", "head", "public_key", "signature"];
/** Members that a line may lack. */
const MAY_LACK = new Set(["sent_at", "gap_too_old", "from_seq_ahead", "public_key", "signature"]);
const EVENTS = ["lot", "lot_bid", "lot_committed", "lot_opened"];
const OTHERS = new Set(["book.l2", "trades", "executions", "account", "ticker", "status", "heartbeat", "records", "instruments"]);

type Line = Record<string, unknown>;

/** Whether a line has these members in this order, and no other. */
function form(line: Line, members: readonly string[]): void {
  let place = 0;
  for (const name of Object.keys(line)) {
    while (place < members.length && members[place] !== name && MAY_LACK.has(members[place]!)) place += 1;
    ensure(members[place] === name, "memberUnknown", name);
    place += 1;
  }
  ensure(members.slice(place).every((name) => MAY_LACK.has(name)), "memberMissing", members[place] ?? "");
}

function digest(value: unknown): string {
  ensure(typeof value === "string" && /^[0-9a-f]{64}$/.test(value), "digest", String(value));
  return value;
}

function whole(value: unknown): number {
  ensure(typeof value === "number" && Number.isSafeInteger(value) && value >= 0, "number", String(value));
  return value;
}

/** The head of a chain after one more step (RULES.md 7.11). */
export async function nextHead(before: string, seq: number, at: bigint, payload: string): Promise<string> {
  const bytes = UTF8.encode(payload);
  const head = Uint8Array.from({ length: 32 }, (_, place) => Number.parseInt(before.slice(place * 2, place * 2 + 2), 16));
  return hex(await sha256(joined(Uint8Array.of(1), head, u64(BigInt(seq)), u64(at), u32(bytes.length), bytes)));
}

/** The text that the venue signs: that this is the head of the lot's chain after so many steps. */
export function headText(lot: number, seq: number, head: string): string {
  return `zhiheng auction head 1\nlot ${lot}\nseq ${seq}\nhead ${head}\n`;
}

/** Whose signatures are taken: those given, else whoever signed first. */
class Keys {
  readonly known: string[];
  checked = 0;

  constructor(trusted: readonly string[]) {
    this.known = trusted.map((key) => key.toLowerCase());
  }

  async check(lot: number, seq: number, head: string, line: Line): Promise<void> {
    const key = String(line["public_key"]);
    if (this.known.length === 0) this.known.push(key);
    ensure(this.known.includes(key), "otherKey", key, this.known.join(", "));
    ensure(await verifies(key, String(line["signature"]), headText(lot, seq, head)), "signature");
    this.checked += 1;
  }
}

/** What was read of a lot. */
class Reading {
  readonly id: number;
  readonly #keys: Keys;
  readonly #steps: Step[] = [];
  readonly #texts: string[] = [];
  /** How many steps the last `lot` stands behind, by step. */
  #standing: Standing | null = null;
  #announced: Lot | null = null;
  #covered = 0;
  #signed = 0;
  /** The line of the last step. */
  line = 0;
  /** Signed heads that lie ahead of the last step. */
  #ahead: Claim[] = [];

  constructor(id: number, keys: Keys) {
    this.id = id;
    this.#keys = keys;
  }

  /** Takes in a step: the next one, or one that came before. Says at which stage it is. */
  async take(line: number, delta: Line, at: (stage: Stage) => void): Promise<void> {
    const { sent_at: _, ...rest } = delta;
    const text = JSON.stringify(rest);
    const seq = whole(delta["seq"]);
    const due = this.#steps.length + 1;
    at("chain");
    if (seq >= 1 && seq < due) {
      ensure(this.#texts[seq - 1] === text, "saidOtherwise");
      return;
    }
    ensure(seq === due, "seqGap", seq, due);
    const when = nanoseconds(delta["matched_at"]);
    const head = digest(delta["head"]);
    const event = delta["event"] as LotEvent;
    const before = this.#steps.at(-1)?.head ?? FIRST_HEAD;
    const follows = await nextHead(before, due, when, JSON.stringify(event));
    ensure(follows === head, "chainBroken", follows, head);
    at("signature");
    const turns = "lot" in event && event.lot.state !== this.#standing?.lot.state;
    const signed = delta["public_key"] !== undefined || delta["signature"] !== undefined;
    ensure(signed === turns && (delta["public_key"] !== undefined) === (delta["signature"] !== undefined), "signedWhereItTurns");
    if (turns) {
      await this.#keys.check(this.id, due, head, delta);
      this.#covered = due;
      this.#signed += 1;
    }
    at("rules");
    if (this.#standing) await follow(this.#standing, due, when, event);
    else {
      this.#standing = begin(when, event);
      this.#announced = this.#standing.lot;
    }
    this.line = line;
    this.#steps.push({ at: when, event, head });
    this.#texts.push(text);
    at("chain");
    const met = this.#ahead.filter((claim) => claim.seq === due);
    this.#ahead = this.#ahead.filter((claim) => claim.seq !== due);
    for (const claim of met) this.claim(claim);
  }

  /** Takes in a signed head: of a step that is there, or of one to come. */
  claim(claim: Claim): void {
    const found = claim.seq >= 1 ? this.#steps[claim.seq - 1] : undefined;
    if (!found) {
      this.#ahead.push(claim);
      return;
    }
    ensure(found.head === claim.head, "forked", claim.seq);
    if (claim.lot) ensure(claim.lot.at === found.at && same(this.#after(claim.seq), claim.lot.lot), "snapshotDiffers");
    this.#covered = Math.max(this.#covered, claim.seq);
    this.#signed += 1;
  }

  /** The lot after so many steps. */
  #after(steps: number): Lot | null {
    let lot: Lot | null = null;
    for (const { event } of this.#steps.slice(0, steps)) {
      if ("lot" in event) lot = event.lot;
      else if ("lot_bid" in event && lot) lot = applied(lot, event.lot_bid);
    }
    return lot;
  }

  /** Whether all of it is there. */
  end(): Proved {
    const seq = this.#steps.length;
    const [claim] = this.#ahead;
    if (claim) throw new Fault(claim.line, seq + 1, "whole", new Wrong("truncated", [String(claim.seq), String(seq + 1)]));
    if (this.#covered < seq) throw new Fault(this.line, seq, "whole", new Wrong("uncovered", [String(this.#covered)]));
    const { lot, moved, notes, closedAt } = this.#standing!;
    return { lot, announced: this.#announced!, steps: this.#steps, moved, notes, head: this.#steps.at(-1)!.head, keys: this.#keys.known, closedAt, signatures: this.#signed };
  }
}

function kind(line: Line): "delta" | "snapshot" | "head" | "other" {
  const { channel, type } = line;
  if (channel === "auction" && type === "snapshot") return "snapshot";
  if (channel === "auction" && typeof type === "string") return "delta";
  if (typeof channel === "string" && typeof type === "string" && (OTHERS.has(channel) || /^(book|candles)\./.test(channel))) return "other";
  if (line["lot_id"] !== undefined && line["signature"] !== undefined) return "head";
  ensure(line["op"] !== undefined || line["rate_limit"] !== undefined, "notOfTheVenue");
  return "other";
}

/** Proves a log; with the `trusted` keys (hex) where any are given, else that one key signed all of it.
 * @throws Fault, the first place that does not hold. */
export async function verifyLog(text: string, trusted: readonly string[] = []): Promise<Proved[]> {
  const keys = new Keys(trusted);
  const lots = new Map<number, Reading>();
  const reading = (id: number): Reading => {
    let found = lots.get(id);
    if (!found) lots.set(id, (found = new Reading(id, keys)));
    return found;
  };
  let last = 0;
  for (const [place, content] of text.split("\n").entries()) {
    if (content === "") continue;
    const number = place + 1;
    last = number;
    let seq: number | null = null;
    let stage: Stage = "form";
    try {
      let line: Line;
      try {
        line = JSON.parse(content) as Line;
      } catch {
        throw new Wrong("noJson", []);
      }
      ensure(typeof line === "object" && line !== null && !Array.isArray(line), "notOfTheVenue");
      if (typeof line["seq"] === "number") seq = line["seq"];
      const what = kind(line);
      if (what === "other") continue;
      ensure(JSON.stringify(line) === content, "writtenOtherwise", String(sameUntil(JSON.stringify(line), content)));
      if (what === "delta") {
        form(line, DELTA);
        const event = line["event"] as Record<string, { lot_id: unknown }> | null;
        const [name, more] = Object.keys(event ?? {});
        ensure(event !== null && name !== undefined && more === undefined && EVENTS.includes(name), "eventUnknown", name ?? "");
        const id = whole(event[name]!.lot_id);
        ensure(line["type"] === "delta" && line["symbol"] === `LOT-${id}`, "otherLot", String(line["symbol"]), id);
        await reading(id).take(number, line, (now) => (stage = now));
      } else if (what === "snapshot") {
        form(line, SNAPSHOT);
        const lot = line["lot"] as Lot;
        const id = whole(lot.lot_id);
        ensure(line["symbol"] === `LOT-${id}`, "otherLot", String(line["symbol"]), id);
        stage = "signature";
        await keys.check(id, whole(line["seq"]), digest(line["head"]), line);
        stage = "chain";
        reading(id).claim({ line: number, seq: whole(line["seq"]), head: digest(line["head"]), lot: { lot, at: nanoseconds(line["matched_at"]) } });
      } else {
        form(line, HEAD);
        const id = whole(line["lot_id"]);
        stage = "signature";
        await keys.check(id, whole(line["seq"]), digest(line["head"]), line);
        stage = "chain";
        reading(id).claim({ line: number, seq: whole(line["seq"]), head: digest(line["head"]), lot: null });
      }
    } catch (failed) {
      // What trips over a member of another kind is as wrong as one that is not there.
      const wrong = failed instanceof Wrong ? failed : new Wrong("memberMissing", [failed instanceof Error ? failed.message : String(failed)]);
      throw new Fault(number, seq, stage, wrong);
    }
  }
  if (lots.size === 0) throw new Fault(Math.max(last, 1), null, "form", new Wrong("noLot", []));
  return [...lots.values()].map((one) => one.end());
}

function sameUntil(a: string, b: string): number {
  let place = 0;
  while (place < a.length && a[place] === b[place]) place += 1;
  return place + 1;
}
