// Ed25519 signatures of the venue: by the browser where it can, else by a small library that is loaded only then.
//
// What always holds: a signature that the venue's own verifier refuses is refused here. It refuses keys and points of small
// order, under which anything could be signed; WebCrypto may not, so they are turned away first.
import { hex, unhex } from "./digest";

/** The encodings of the eight points of small order, and those of them that are written too large. */
const SMALL = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]);

async function byBrowser(key: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<boolean | null> {
  try {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch {
    return null;
  }
}

/** Checks by the library alone, as where a browser has no Ed25519. */
export async function byLibrary(key: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  const { verifyAsync } = await import("@noble/ed25519");
  try {
    return await verifyAsync(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

/** Whether `signature` (hex) is one of `text` with the public key (hex). */
export async function verifies(publicKey: string, signature: string, text: string): Promise<boolean> {
  const key = unhex(publicKey);
  const bytes = unhex(signature);
  if (key?.length !== 32 || bytes?.length !== 64 || SMALL.has(publicKey) || SMALL.has(hex(bytes.subarray(0, 32)))) return false;
  const message = new TextEncoder().encode(text);
  const answer = await byBrowser(key, bytes, message);
  // A browser that can't is told from one that says no: what it refuses to import, the library judges.
  return answer ?? (await byLibrary(key, bytes, message));
}
