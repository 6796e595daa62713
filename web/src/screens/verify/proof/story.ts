// For tests: the logs of the lots of a story in docs/, chained and signed as the venue does, with a key of the test's own. The
// events are those that the documents' own test holds against the core, so what is proved here is what the core tells.
import { hex } from "../../../kit/digest";
import { headText, nextHead } from "./log";
import { nanoseconds, type LotEvent } from "./shape";

/** What signs for the venue. */
export interface Signer {
  publicKey: string;
  sign(text: string): Promise<string>;
}

/** A new key. */
export async function signer(): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  const publicKey = hex(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  return { publicKey, sign: async (text) => hex(new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, pair.privateKey, new TextEncoder().encode(text)))) };
}

/** A step before it is chained. */
export interface Told {
  at: string;
  event: LotEvent;
}

const PUBLIC = ["lot", "lot_committed", "lot_opened"];

/** The public steps of each lot of a document, by its number. */
export function story(document: string): Map<number, Told[]> {
  const lots = new Map<number, Told[]>();
  for (const line of document.split("\n")) {
    if (!line.startsWith('{"journal_seq":')) continue;
    const said = JSON.parse(line) as { at: string; type: string; notice?: Record<string, unknown> } & Record<string, unknown>;
    let event: Record<string, { lot_id: number }> | null = null;
    if (said.type === "lot_bid") {
      const { journal_seq: _seq, at: _at, audience: _audience, type: _type, ...bid } = said;
      event = { lot_bid: bid as never };
    } else if (said.type === "notice") {
      const name = PUBLIC.find((known) => said.notice?.[known] !== undefined);
      if (name) event = { [name]: said.notice![name] as never };
    }
    if (!event) continue;
    const id = Object.values(event)[0]!.lot_id;
    lots.set(id, [...(lots.get(id) ?? []), { at: said.at, event: event as never }]);
  }
  return lots;
}

/** The log of a lot, as `GET /v1/auctions/{id}/log` gives it. */
export async function chained(id: number, told: readonly Told[], by: Signer): Promise<string> {
  const lines: string[] = [];
  let head = "0".repeat(64);
  let state: string | null = null;
  for (const [place, { at, event }] of told.entries()) {
    const seq = place + 1;
    head = await nextHead(head, seq, nanoseconds(at), JSON.stringify(event));
    const turns = "lot" in event && event.lot.state !== state;
    if ("lot" in event) state = event.lot.state;
    const signed = turns ? { public_key: by.publicKey, signature: await by.sign(headText(id, seq, head)) } : {};
    lines.push(JSON.stringify({ type: "delta", channel: "auction", symbol: `LOT-${id}`, seq, matched_at: at, event, head, ...signed }));
  }
  const seq = told.length;
  lines.push(JSON.stringify({ lot_id: id, seq, head, public_key: by.publicKey, signature: await by.sign(headText(id, seq, head)) }));
  return `${lines.join("\n")}\n`;
}
