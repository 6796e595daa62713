// Names for commands: sorted by when they were made, and 80 random bits that no one else has.

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A new ULID. */
export function ulid(at: number = Date.now()): string {
  let time = "";
  for (let index = 0, rest = at; index < 10; index += 1, rest = Math.floor(rest / 32)) time = LETTERS[rest % 32] + time;
  return time + Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => LETTERS[byte & 31]).join("");
}
