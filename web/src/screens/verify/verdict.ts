// What a proof comes to, for people: which checks were made, what each found, and whether one's own receipts are in the log.
import { receiptsOf } from "../../api/receipts";
import type { Fault } from "./proof/fault";
import type { Proved } from "./proof/log";
import { holds, trace, type Receipt } from "./proof/receipts";
import type { State } from "./proof/shape";

/** What became of the receipts of a lot that this browser has. */
export interface Traced {
  shown: number;
  silent: number;
  missing: readonly Receipt[];
  forged: readonly Receipt[];
}

/** A verdict on a log. */
export type Verdict =
  | { kind: "fits" | "running"; proved: Proved; traced: Traced; key: "same" | "first" | "other"; lines: number }
  | { kind: "broken"; fault: Fault; lines: number };

const RUNNING: readonly State[] = ["announced", "qualifying", "open", "revealing", "paused", "closed", "negotiating"];

/** Whether it is not yet known who has it. */
export function isRunning(state: State): boolean {
  return RUNNING.includes(state);
}

/** Looks for the receipts of this browser in a proved log. */
export async function traceReceipts(proved: Proved): Promise<Traced> {
  const traced = { shown: 0, silent: 0, missing: [] as Receipt[], forged: [] as Receipt[] };
  const last = proved.steps.at(-1)!.at;
  for (const kept of await receiptsOf(proved.lot.lot_id).catch(() => [])) {
    const receipt = kept as unknown as Receipt;
    if (!(await holds(receipt, proved.keys))) {
      traced.forged.push(receipt);
      continue;
    }
    const found = trace(proved, receipt);
    if (found.kind === "shown") traced.shown += 1;
    // A log that was fetched before the receipt was given can't show it yet.
    else if (found.kind === "silent" || BigInt(Date.parse(receipt.at)) * 1_000_000n > last + 1_000_000_000n) traced.silent += 1;
    else traced.missing.push(receipt);
  }
  return traced;
}

const KEYS = "zhiheng.venue-keys";

/** Whether this computer has seen this key sign before; a first one is kept. */
export function knownKey(key: string): "same" | "first" | "other" {
  try {
    const known = JSON.parse(localStorage.getItem(KEYS) ?? "[]") as string[];
    if (known.includes(key)) return "same";
    localStorage.setItem(KEYS, JSON.stringify([...known, key].slice(-16)));
    return known.length === 0 ? "first" : "other";
  } catch {
    return "first";
  }
}
