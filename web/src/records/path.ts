// Where a record stands on its way: which step of its path its state is. A state that ends the way says so in place of a step.

/** The step of a state, by list, counted from 0; `end` where the way ended without its last step. */
const STEPS: Readonly<Record<string, Readonly<Record<string, number | "end">>>> = {
  transfers: { listed: 0, interest: 1, bidding: 2, second_offer: 2, priority_window: 3, contract: 4, escrow_funded: 5, recordal_filed: 6, recorded: 7, released: 8, recordal_refused: "end", refunded: "end", cancelled: "end" },
  licences: { offered: 0, agreed: 2, paid: 3, effective: 4, recorded: 5, expired: "end", terminated: "end", withdrawn: "end" },
  pledges: { draft: 0, submitted: 0, deficient: 0, registered: 1, changed: 1, defaulted: 2, disposing: 3, closed: 5, released: "end", refused: "end", withdrawn: "end", lapsed: "end" },
  loans: { running: 0, default: 1, repaid: 3 },
  "reverse-licences": { proposed: 0, consented: 1, active: 2, missed: 2, grace: 2, debt_cleared: 4, terminated: "end", expired: "end", ended: "end", withdrawn: "end" },
  withdrawals: { requested: 0, approved: 1, paid: 3, refused: "end", cancelled: "end" },
  "pool-loans": { enrolled: 0, npl: 1, claimed: 2, paid: 3, recovering: 4, closed: 6 },
};

/** How a step of the path is. */
export interface Step {
  text: string;
  state: "done" | "now" | "later";
}

/** A record's path; null where its list has none. */
export function pathOf(list: string, record: Readonly<Record<string, unknown>>, names: string | undefined): { steps: Step[]; ended: string | null } | null {
  if (!names) return null;
  const texts = names.split("|");
  const state = String(record["state"] ?? "");
  const place = list === "disposals" ? caseStep(record) : STEPS[list]?.[state];
  if (place === undefined) return null;
  const at = place === "end" ? -1 : place;
  return { steps: texts.map((text, index) => ({ text, state: index < at ? "done" : index === at ? "now" : "later" })), ended: place === "end" ? state : null };
}

/** A case's step: its sales tell how far it is, for its state is `open` all the way. */
function caseStep(record: Readonly<Record<string, unknown>>): number | "end" {
  const state = String(record["state"]);
  if (state === "closed") return 6;
  if (state === "cured" || state === "given_up") return "end";
  const sales = (record["sales"] as { distributed_at?: string | null }[] | undefined) ?? [];
  if (sales.length === 0) return 1;
  return sales.every((sale) => sale.distributed_at) ? 5 : 4;
}
