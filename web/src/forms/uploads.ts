// Files behind digests: once the venue has taken an act that names a file by its digest, the file is handed in beside the record
// that names it, and the venue holds that it is this one.
import { ANSWER_WITHIN } from "../api/client";
import { problem } from "../api/problem";
import type { Done } from "../api/types";

/** A file and how its handing in stands. */
export interface Handed {
  name: string;
  sha256: string;
  state: "sending" | "kept" | "failed";
  code: string;
}

/** The record that names the files: what the act was about, else what it made. */
export function recordOf(resource: string, body: Readonly<Record<string, unknown>>, done: Done): number | null {
  const outcome = done.outcome as Record<string, unknown>;
  const own = OWN[resource];
  for (const place of [own && body[own], outcome["deal_id"], own && outcome[own], outcome["pledge_id"], outcome["asset_id"]]) if (typeof place === "number") return place;
  return null;
}

/** By which member a resource's records are named. */
const OWN: Readonly<Record<string, string>> = {
  transfers: "transfer_id",
  licences: "licence_id",
  loans: "loan_id",
  pledges: "pledge_id",
  disposals: "disposal_id",
  auctions: "lot_id",
  holds: "hold_id",
  valuations: "valuation_id",
  puts: "put_id",
  conversions: "conversion_id",
  "reverse-licences": "reverse_licence_id",
  subsidies: "subsidy_id",
  titles: "asset_id",
  withdrawals: "withdrawal_id",
};

/** Hands in what the body names of the files that were chosen; tells how each stands. */
export async function handIn(resource: string, body: Readonly<Record<string, unknown>>, done: Done, files: ReadonlyMap<string, File>, tell: (now: readonly Handed[]) => void): Promise<void> {
  const text = JSON.stringify(body);
  const id = recordOf(resource, body, done);
  let all: Handed[] = [...files].filter(([sha256]) => text.includes(sha256)).map(([sha256, { name }]) => ({ name, sha256, state: "sending", code: "" }));
  tell(all);
  for (const one of all) {
    const code = id === null ? "NO_RECORD" : await put(`/v1/attachments/${resource}/${id}/${one.sha256}`, files.get(one.sha256)!);
    all = all.map((other) => (other.sha256 === one.sha256 ? { ...other, state: code === null ? "kept" : "failed", code: code ?? "" } : other));
    tell(all);
  }
}

/** The code of the refusal; null where it was taken. */
async function put(url: string, file: File): Promise<string | null> {
  try {
    // A file takes longer than an answer.
    const answer = await fetch(url, { method: "PUT", credentials: "same-origin", headers: { "Content-Type": "application/octet-stream" }, body: file, signal: AbortSignal.timeout(ANSWER_WITHIN * 24) });
    return answer.ok ? null : problem(answer.status, await answer.text()).code;
  } catch {
    return "NO_ANSWER";
  }
}
