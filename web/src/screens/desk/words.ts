// What the rows of the desk say: the title of what waits, what it is about, when it is late, and where its one button leads.
import { deadline, type Deadline } from "../../records/deadline";
import { kinds, listOf } from "../../records/kinds";
import { names } from "../../records/names.svelte";
import { money } from "../../kit/money";
import { href } from "../../shell/routes";
import type { Lang } from "../../shell/settings.svelte";
import type { Wait } from "../../shell/waits.svelte";
import { isStaff } from "../../forms/picks.svelte";
import { contract, deed } from "../../forms/contract";
import { word } from "../../texts/labels";

/** The title of a kind of waiting. */
export function titleOf(wait: Wait, lang: Lang): string {
  const titled = contract.titles[wait.kind];
  if (titled) return titled[lang];
  return wait.operations.length > 0 ? deed(wait.operations[0]!, lang) : word(wait.kind, lang);
}

/** What it is about: the rights' titles, and the record. */
export function aboutOf(wait: Wait, lang: Lang): string {
  const titles = wait.asset_ids.map((id) => names.title(id)).filter((title) => title !== undefined);
  const more = titles.length > 1 ? (lang === "zh" ? ` 等 ${titles.length} 项` : ` and ${titles.length - 1} more`) : "";
  const kind = kinds.get(listOf(wait.record.kind) ?? "");
  const record = `${kind ? kind[lang] : word(wait.record.kind, lang)}${wait.record.id === null ? "" : ` ${wait.record.id}`}`;
  return [record, titles.length > 0 ? `${titles[0]}${more}` : null, wait.stake ? money(wait.stake.amount, wait.stake.currency, lang) : null].filter(Boolean).join(" · ");
}

/** Its deadline now. */
export function dueOf(wait: Wait, now: number | null): Deadline {
  return deadline(wait.until_on, wait.until_at, wait.is_late, now);
}

/** The days as words. */
export function daysOf(due: Deadline, t: { day: { late: (days: number) => string; today: string; tomorrow: string; in: (days: number) => string; none: string } }): string {
  if (due.tone === "free") return t.day.none;
  if (due.days === null) return due.at;
  if (due.tone === "over") return t.day.late(due.days);
  return due.days === 0 ? t.day.today : due.days === 1 ? t.day.tomorrow : t.day.in(due.days);
}

/** Where a record of a list is read on the desk. */
export function recordHref(list: string, id: number | string): string {
  switch (list) {
    case "proposals":
      return href("approval", { id });
    case "disposals":
      return href("case", { id });
    case "titles":
    case "right-facts":
      return href("right", { id });
    case "transfers":
    case "offers":
      return href("transfer", { id });
    default:
      return href("record", { list, id });
  }
}

/** Where the one button of what waits leads: straight to the act where there is one alone, else to its record. */
export function wayOf(wait: Wait, lang: Lang, t: { open: string; openShort: string }): { to: string; text: string; isAct: boolean } {
  const list = listOf(wait.record.kind);
  const id = wait.record.id;
  if (list === "auctions" && id !== null && (wait.kind === "pay_lot" || wait.kind === "reveal_bid")) return { to: `/auctions/${id}`, text: deed(wait.operations[0]!, lang), isAct: true };
  // A question is read and answered in the lot's room.
  if (wait.kind === "answer_question" && id !== null) return { to: `/auctions/${id}`, text: deed(wait.operations[0]!, lang), isAct: true };
  const single = wait.operations.length === 1 && contract.operations[wait.operations[0]!] ? wait.operations[0]! : null;
  // Beside its record an act is read with what it is about. A record that is another's, whose read is noted, or that has no page
  // of its own, is not opened for it.
  const hasPage = list !== null && id !== null && wait.record.address.endsWith(`/${id}`) && list !== "titles" && list !== "right-facts" && list !== "auctions";
  if (single && hasPage && !isStaff()) return { to: recordHref(list, id), text: deed(single, lang), isAct: true };
  if (single && list !== "proposals") {
    const query = new URLSearchParams();
    if (list && id !== null) query.set("of", `${list}:${id}`);
    if (wait.asset_ids.length === 1) query.set("asset_id", String(wait.asset_ids[0]));
    return { to: `${href("act", { op: single })}?${query}`, text: deed(single, lang), isAct: true };
  }
  if (list && id !== null) return { to: recordHref(list, id), text: wait.operations.length === 0 ? t.openShort : t.open, isAct: wait.operations.length > 0 };
  if (list) return { to: href("recordList", { list }), text: t.openShort, isAct: false };
  return { to: href("desk"), text: t.openShort, isAct: false };
}
