// Decimals as the API writes them: texts in the currency's scale. They are read into whole minor units (bigint) and never
// pass through a float, so what is shown and what is sent is what was said.

/** A decimal: `units` of the last of `scale` decimals, so 120.05 is 12005n with scale 2. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** What may be typed: digits, one point, thousands commas; no sign, no exponent. Full-width digits are read as digits. */
const FORM = /^(\d+)(?:\.(\d*))?$/;
/** More digits than any amount of the venue has: what is longer is a slip of the hand. */
const DIGITS_MAX = 24;

/** Reads a text of the API or of a person; null where it is no decimal. */
export function decimal(text: string): Decimal | null {
  const plain = text
    .trim()
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[．。]/g, ".")
    .replace(/[,，\s]/g, "");
  const parts = FORM.exec(plain);
  if (!parts || plain.length > DIGITS_MAX) return null;
  const fraction = parts[2] ?? "";
  return { units: BigInt(parts[1] + fraction), scale: fraction.length };
}

/** The same value with `scale` decimals; null where that would lose a digit that is not 0. */
export function rescale(value: Decimal, scale: number): Decimal | null {
  if (scale >= value.scale) return { units: value.units * 10n ** BigInt(scale - value.scale), scale };
  const cut = 10n ** BigInt(value.scale - scale);
  return value.units % cut === 0n ? { units: value.units / cut, scale } : null;
}

/** The value as the API writes it, with all its decimals. */
export function write(value: Decimal): string {
  const sign = value.units < 0n ? "-" : "";
  const digits = (value.units < 0n ? -value.units : value.units).toString().padStart(value.scale + 1, "0");
  const whole = digits.slice(0, digits.length - value.scale);
  return sign + (value.scale === 0 ? whole : `${whole}.${digits.slice(-value.scale)}`);
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

/** Below 0, 0 or above, as of a sort. */
export function compare(a: Decimal, b: Decimal): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum. */
export function plus(a: Decimal, b: Decimal): Decimal {
  const [left, right, scale] = aligned(a, b);
  return { units: left + right, scale };
}

/** The difference; may be negative. */
export function minus(a: Decimal, b: Decimal): Decimal {
  const [left, right, scale] = aligned(a, b);
  return { units: left - right, scale };
}

/** A price times a whole number of units. */
export function times(price: Decimal, quantity: bigint): Decimal {
  return { units: price.units * quantity, scale: price.scale };
}

/** So many basis points of a value, rounded down to its scale, as the venue does (RULES.md: the fee of a fill). */
export function basisPoints(value: Decimal, points: number): Decimal {
  return { units: (value.units * BigInt(points)) / 10_000n, scale: value.scale };
}

/** How far `to` is off `from`, in hundredths of a percent, rounded to the nearest, half away from 0; null where `from` is 0. */
export function changeInBasisPoints(from: Decimal, to: Decimal): bigint | null {
  const [base, now] = aligned(from, to);
  if (base === 0n) return null;
  const twice = ((now - base) * 20_000n) / base;
  return twice >= 0n ? (twice + 1n) / 2n : (twice - 1n) / 2n;
}
