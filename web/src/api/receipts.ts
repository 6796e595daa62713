// A bidder's receipts and secrets, kept in this browser. A receipt is the venue's signed word that a command was taken
// (docs/AUCTIONS.md); it is on the disk before any screen says so. A secret of a sealed bid is on the disk before its commitment
// is sent: whoever loses it can't reveal.
import { all, find, keep } from "./store";
import type { Schema } from "./types";

export type Receipt = Schema<"BidReceipt">;

interface KeptReceipt {
  id: string;
  receipt: Receipt;
}

/** A sealed bid that was made in this browser. */
export interface Secret {
  /** Of the lot and the commitment. */
  id: string;
  lot_id: number;
  number: number;
  price: Schema<"Amount">;
  /** 32 bytes, in hex. */
  nonce: string;
  commitment: string;
  /** The user who made it. */
  user: number;
  /** Whether its reveal file was saved. */
  saved: boolean;
}

/** Keeps a receipt; the same one twice is one. Done when it is durable. */
export async function keepReceipt(receipt: Receipt): Promise<void> {
  await keep<KeptReceipt>("receipts", { id: `${receipt.lot_id} ${receipt.journal_seq}`, receipt });
}

/** The receipts of a lot that this browser has, the oldest first. */
export async function receiptsOf(lot: number): Promise<Receipt[]> {
  const kept = await all<KeptReceipt>("receipts");
  return kept
    .map(({ receipt }) => receipt)
    .filter((receipt) => receipt?.lot_id === lot)
    .sort((a, b) => a.journal_seq - b.journal_seq);
}

/** Keeps a secret. Done when it is durable. */
export async function keepSecret(secret: Secret): Promise<void> {
  await keep("nonces", secret);
}

/** The name under which the secret of a commitment is kept. */
export function secretId(lot: number, commitment: string): string {
  return `${lot} ${commitment}`;
}

/** The secret of a commitment, if this browser has it. */
export function secretOf(lot: number, commitment: string): Promise<Secret | undefined> {
  return find<Secret>("nonces", secretId(lot, commitment));
}

/** The secrets of a lot, for whoever has not sent one yet. */
export async function secretsOf(lot: number): Promise<Secret[]> {
  return (await all<Secret>("nonces")).filter((secret) => secret.lot_id === lot);
}
