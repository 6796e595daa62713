// What a number in a form may be picked from: one's own accounts, rights and records. Read when a field is first entered, and
// never for the venue's staff: a list of others' records is journaled as a read, and a form asks for none.
import { readAll, request } from "../api/client";
import type { Lang } from "../shell/settings.svelte";
import { session } from "../shell/session.svelte";
import { names } from "../records/names.svelte";

/** One that can be picked. */
export interface Pick {
  value: string;
  text: string;
}

/** More than so many are not offered: a longer list is searched on its own screen. */
const PICKS_MAX = 200;

/** Where records of a kind are listed. */
const LISTS: Readonly<Record<string, string>> = {
  transfer: "transfers",
  licence: "licences",
  open_licence: "open-licences",
  loan: "loans",
  pledge: "pledges",
  disposal: "disposals",
  lot: "auctions",
  valuation: "valuations",
  tranche: "tranches",
  hold: "holds",
  pool: "pools",
  put: "puts",
  reverse_licence: "reverse-licences",
  proposal: "proposals",
  withdrawal: "withdrawals",
  subsidy: "subsidies",
  measure: "measures",
  conversion: "conversions",
};

/** Whether one reads others' records by office. */
export function isStaff(): boolean {
  return session.person?.roles.some((role) => role === "operator" || role === "regulator" || role.startsWith("agency_")) ?? false;
}

/** What a number of this kind may be. */
export async function picks(of: string, lang: Lang): Promise<Pick[]> {
  try {
    if (of === "account") return (session.person?.account_ids ?? []).map((id) => ({ value: String(id), text: session.person!.entity_name ?? "" }));
    if (of === "asset") return (await names.rights()).slice(0, PICKS_MAX).map((right) => ({ value: String(right.asset_id), text: `${right.title} · ${right.number}` }));
    if (of === "symbol") return (await readAll("/v1/listings", {}, PICKS_MAX)).map((listing) => ({ value: listing.symbol, text: listing.symbol }));
    const list = LISTS[of];
    if (!list || isStaff()) return [];
    const { items } = await request<{ items: Record<string, unknown>[] }>("GET", `/v1/${list}?limit=${PICKS_MAX}`);
    return items.flatMap((item) => {
      const record = (item[of] ?? item[of === "lot" ? "lot" : of] ?? item) as Record<string, unknown>;
      const id = record[`${of}_id`];
      if (typeof id !== "number") return [];
      const assets = Array.isArray(record["asset_ids"]) ? (record["asset_ids"] as number[]) : typeof record["asset_id"] === "number" ? [record["asset_id"]] : [];
      const title = assets.map((asset) => names.title(asset)).find(Boolean) ?? (typeof record["contract"] === "string" ? record["contract"] : "");
      return [{ value: String(id), text: lang === "zh" ? `${id} ${title}` : `${id} ${title}` }];
    });
  } catch {
    return [];
  }
}
