// Lists of records, page by page.
import { request } from "../api/client";
import { kinds } from "./kinds";

/** A record of a list, taken out of its frame. */
export interface Listed {
  /** Since when it is so. */
  at: string | null;
  /** Its number, as its list counts. */
  id: number | string | null;
  record: Record<string, unknown>;
  /** Of a proposal: the word of the command that is proposed. */
  op: string | null;
}

/** Takes a record out of the frame that its list puts around it. */
export function framed(list: string, item: Readonly<Record<string, unknown>>): Listed {
  const kind = kinds.get(list);
  const inner = kind ? item[kind.member] : undefined;
  const record = (typeof inner === "object" && inner !== null ? inner : item) as Record<string, unknown>;
  const id = kind ? record[kind.id] : null;
  const op = (item["command"] as { op?: unknown } | null | undefined)?.op;
  return { at: typeof item["at"] === "string" ? item["at"] : null, id: typeof id === "number" || typeof id === "string" ? id : null, record, op: typeof op === "string" ? op : null };
}

/** A page of a list. */
export async function readPage(list: string, limit: number, cursor: string | null = null): Promise<{ items: Listed[]; next: string | null }> {
  const page = await request<{ items: Record<string, unknown>[]; next?: string | null }>("GET", `/v1/${list}?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  return { items: page.items.map((item) => framed(list, item)), next: page.next ?? null };
}

/** The name of a record's schema in the contract, by its list: `Transfer` of `transfers`. */
export function schemaOf(list: string): string | undefined {
  const member = kinds.get(list)?.member;
  return member && (SCHEMAS[member] ?? member.split("_").map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join(""));
}

/** Members whose schema has another name. */
const SCHEMAS: Readonly<Record<string, string>> = { entity: "EntityFacts", guarantor: "RecordGuarantor", title_sold: "TitlePrint", loss_accepted: "AcceptLoss" };

/** States in which a sale, a licence or a case has come to its end. */
const OVER = new Set(["released", "refunded", "cancelled", "recordal_refused", "recorded", "expired", "terminated", "withdrawn", "closed", "cured", "given_up", "annulled"]);

/** Whether a record has come to its end. */
export function isOver(record: Readonly<Record<string, unknown>>): boolean {
  return OVER.has(String(record["state"]));
}
