// SHA-256 and hex, as digests stand in the API: 64 small hex digits. By the browser's own WebCrypto.

/** Bytes as small hex digits. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of small hex digits; null where it is none. */
export function unhex(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, place) => Number.parseInt(text.slice(place * 2, place * 2 + 2), 16));
}

/** The SHA-256 of bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Parts one behind the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

/** A number as eight bytes, the most significant first. */
export function u64(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

/** A number as four bytes, the most significant first. */
export function u32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

const SEAL = new TextEncoder().encode("IPX-SEAL-v1\0");

/** The commitment that stands for a sealed bid until it is revealed (RULES.md 2.6): of the lot, the bidder's number, the price
 * in minor units and the nonce of 32 bytes. */
export async function commitment(lot: bigint, number: number, minor: bigint, nonce: Uint8Array): Promise<string> {
  return hex(await sha256(joined(SEAL, u64(lot), u64(BigInt(number)), u64(minor), nonce)));
}
