// The secret of a sealed bid: drawn here, on this computer's disk before the commitment is sent, saved by the bidder as a file,
// and revealed from either. The venue gets the commitment alone.
import { keepSecret, secretId, secretOf, secretsOf, type Secret } from "../../api/receipts";
import { commitment, hex, unhex } from "../../kit/digest";
import { amountOf, units, type Amount, type Bidder, type Lot } from "./terms";

/** What a reveal file says: anyone can read it, and check it by RULES.md 2.6. */
export interface RevealFile {
  zhiheng: "reveal 1";
  lot_id: number;
  number: number;
  price: Amount;
  nonce: string;
  commitment: string;
}

/** More bytes than this are no reveal file. */
const FILE_MAX = 4_096;

/** What became of a file that was put in. */
export type FileSaid = "fits" | "other" | "bad";

/** The text of a secret's reveal file. */
export function revealFile(secret: Secret): string {
  const { lot_id, number, price, nonce, commitment: sealed } = secret;
  return `${JSON.stringify({ zhiheng: "reveal 1", lot_id, number, price, nonce, commitment: sealed } satisfies RevealFile, null, 1)}\n`;
}

/** Reads a reveal file for a bidder's commitment in a lot. */
export async function readRevealFile(text: string, lot: number, bidder: Bidder, user: number): Promise<Secret | "other" | "bad"> {
  if (text.length > FILE_MAX) return "bad";
  try {
    const file = JSON.parse(text) as RevealFile;
    if (file.zhiheng !== "reveal 1" || typeof file.nonce !== "string" || typeof file.price?.amount !== "string") return "bad";
    const nonce = unhex(file.nonce);
    if (nonce?.length !== 32) return "bad";
    if (file.lot_id !== lot || file.number !== bidder.number) return "other";
    const sealed = await commitment(BigInt(lot), bidder.number, units(file.price), nonce);
    if (sealed !== file.commitment || sealed !== bidder.commitment) return "other";
    return { id: secretId(lot, sealed), lot_id: lot, number: bidder.number, price: file.price, nonce: file.nonce, commitment: sealed, user, saved: true };
  } catch {
    return "bad";
  }
}

/** The sealed bid of one bidder in one lot. */
export class Sealing {
  readonly lot: number;
  /** The bid that stands at the venue, if its secret is here. */
  #committed = $state.raw<Secret | null>(null);
  /** One that was made and not sent. */
  #drafted = $state.raw<Secret | null>(null);
  #looked = $state(false);

  constructor(lot: number) {
    this.lot = lot;
  }

  get committed(): Secret | null {
    return this.#committed;
  }

  get drafted(): Secret | null {
    return this.#drafted;
  }

  /** Whether the disk has been looked at. */
  get isLooked(): boolean {
    return this.#looked;
  }

  /** Looks on the disk for the secret of what stands at the venue, and for one that was not sent. */
  async look(bidder: Bidder, user: number): Promise<void> {
    this.#committed = bidder.commitment ? ((await secretOf(this.lot, bidder.commitment)) ?? null) : null;
    const others = (await secretsOf(this.lot)).filter((secret) => secret.user === user && secret.number === bidder.number && secret.commitment !== bidder.commitment);
    if (!bidder.commitment) this.#drafted ??= others.at(-1) ?? null;
    else if (this.#drafted?.commitment === bidder.commitment) this.#drafted = null;
    this.#looked = true;
  }

  /** Draws a nonce for a bid, and keeps it. Done when it is durable. */
  async make(lot: Lot, bidder: Bidder, price: bigint, user: number): Promise<Secret> {
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    const sealed = await commitment(BigInt(lot.lot_id), bidder.number, price, nonce);
    const secret: Secret = { id: secretId(lot.lot_id, sealed), lot_id: lot.lot_id, number: bidder.number, price: amountOf(lot, price), nonce: hex(nonce), commitment: sealed, user, saved: false };
    await keepSecret(secret);
    this.#drafted = secret;
    return secret;
  }

  /** The draft's file was handed to the bidder. */
  async saved(): Promise<void> {
    if (!this.#drafted) return;
    this.#drafted = { ...this.#drafted, saved: true };
    await keepSecret(this.#drafted);
  }

  /** The draft was taken by the venue. */
  sent(): void {
    this.#committed = this.#drafted ?? this.#committed;
    this.#drafted = null;
  }

  /** The draft is given up; its secret stays on the disk. */
  drop(): void {
    this.#drafted = null;
  }

  /** A reveal file was put in. */
  async put(text: string, bidder: Bidder, user: number): Promise<FileSaid> {
    const found = await readRevealFile(text, this.lot, bidder, user);
    if (typeof found === "string") return found;
    await keepSecret(found);
    this.#committed = found;
    return "fits";
  }
}
