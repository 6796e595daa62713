// A distribution's statement as rows with bars on one common scale (PAGE.md 4.8): what was paid from the left up to the proceeds,
// and what stays unpaid beyond the line where they are used up. The figures are the statement's own; only lengths are computed.
import { compare, decimal, minus, plus, write, type Decimal } from "../../kit/decimal";

interface Sum {
  currency: string;
  amount: string;
}
interface Line {
  tier: number;
  payee: number;
  kind: string;
  asked: Sum;
  paid: Sum;
  short: Sum;
}
interface Tier {
  kind: string;
  rank?: number | null;
  asked: Sum;
  paid: Sum;
  short: Sum;
}
type Payee = { participant: { entity_id: number } } | { outsider: { name: string } };

/** A distribution, as the venue tells it. */
export interface Distribution {
  disposal_id: number;
  transfer_id: number;
  correction: number;
  payees: Payee[];
  statement: { gross: Sum; paid: Sum; surplus: Sum; lines: Line[]; tiers: Tier[] };
}

/** A piece of a bar, in percent of the scale. */
export interface Piece {
  kind: "gross" | "cost" | "own" | "other" | "gap";
  from: number;
  width: number;
}

/** A row of the table. */
export interface Row {
  kind: "gross" | "tier" | "line" | "surplus";
  /** The tier's place, counted from 1; at its first row alone. */
  rank: string;
  /** A closed word: the tier's or the claim's kind. */
  item: string;
  payee: { entity: number } | { name: string } | null;
  due: string | null;
  paid: string | null;
  short: string | null;
  bar: Piece[];
}

/** The picture of a distribution. */
export interface Waterfall {
  rows: Row[];
  /** Where the proceeds are used up, in percent. */
  line: number;
  gross: string;
  costs: string;
  /** What this reader was paid, and lacks; of all claims where it has none. */
  own: string;
  unpaid: string;
  isOwn: boolean;
  currency: string;
}

const COSTS = new Set(["sale_costs"]);

function read(sum: Sum): Decimal {
  return decimal(sum.amount) ?? { units: 0n, scale: 2 };
}

function total(sums: readonly Sum[], zero: Decimal): Decimal {
  return sums.reduce((all, sum) => plus(all, read(sum)), zero);
}

/** Draws it for a reader of this entity. */
export function waterfall(told: Distribution, reader: number | null): Waterfall {
  const { statement } = told;
  const gross = read(statement.gross);
  const zero: Decimal = { units: 0n, scale: gross.scale };
  const scale = plus(gross, total(statement.lines.map((line) => line.short), zero));
  const percent = (value: Decimal): number => (scale.units === 0n ? 0 : Number((value.units * 10n ** BigInt(scale.scale) * 1_000_000n) / (scale.units * 10n ** BigInt(value.scale))) / 10_000);
  let paid = zero;
  let short = zero;
  const isReaders = (line: Line) => reader !== null && entityOf(told.payees[line.payee]) === reader;
  const rows: Row[] = [{ kind: "gross", rank: "", item: "proceeds", payee: null, due: null, paid: statement.gross.amount, short: null, bar: [{ kind: "gross", from: 0, width: percent(gross) }] }];
  statement.tiers.forEach((tier, place) => {
    const lines = statement.lines.filter((line) => line.tier === place);
    rows.push({ kind: "tier", rank: String(place + 1), item: tier.kind, payee: null, due: lines.length === 0 ? tier.asked.amount : null, paid: lines.length === 0 ? tier.paid.amount : null, short: null, bar: [] });
    for (const line of lines) {
      const bar: Piece[] = [];
      const got = read(line.paid);
      if (got.units > 0n) bar.push({ kind: COSTS.has(tier.kind) ? "cost" : isReaders(line) ? "own" : "other", from: percent(paid), width: percent(got) });
      paid = plus(paid, got);
      const lacks = read(line.short);
      if (lacks.units > 0n) bar.push({ kind: "gap", from: percent(plus(gross, short)), width: percent(lacks) });
      short = plus(short, lacks);
      rows.push({ kind: "line", rank: "", item: line.kind, payee: payeeOf(told.payees[line.payee]), due: line.asked.amount, paid: line.paid.amount, short: lacks.units > 0n ? line.short.amount : null, bar });
    }
  });
  const surplus = read(statement.surplus);
  // A plan may have a tier of its own for what is the owners'.
  if (!statement.tiers.some((tier) => tier.kind === "surplus"))
    rows.push({ kind: "surplus", rank: "", item: "surplus", payee: null, due: null, paid: statement.surplus.amount, short: null, bar: surplus.units > 0n ? [{ kind: "other", from: percent(paid), width: percent(surplus) }] : [] });
  const costs = total(statement.tiers.filter((tier) => COSTS.has(tier.kind)).map((tier) => tier.paid), zero);
  const mine = statement.lines.filter(isReaders);
  const claims = mine.length > 0 ? mine : statement.lines.filter((line) => !COSTS.has(statement.tiers[line.tier]?.kind ?? ""));
  return {
    rows,
    line: percent(gross),
    gross: statement.gross.amount,
    costs: write(costs),
    own: write(total(claims.map((line) => line.paid), zero)),
    unpaid: write(total(claims.map((line) => line.short), zero)),
    isOwn: mine.length > 0,
    currency: statement.gross.currency,
  };
}

/** Whether the rows add up to the proceeds exactly, as the statement promises. */
export function addsUp(told: Distribution): boolean {
  const { gross, surplus, lines } = told.statement;
  const zero: Decimal = { units: 0n, scale: read(gross).scale };
  return compare(minus(read(gross), read(surplus)), total(lines.map((line) => line.paid), zero)) === 0;
}

function entityOf(payee: Payee | undefined): number | null {
  return payee && "participant" in payee ? payee.participant.entity_id : null;
}

function payeeOf(payee: Payee | undefined): Row["payee"] {
  if (!payee) return null;
  return "participant" in payee ? { entity: payee.participant.entity_id } : { name: payee.outsider.name };
}
