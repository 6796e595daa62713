// What a proposed command will do, as numbered lines: what the venue says that it does, and whom and what it names; then what else
// the command says, member by member, with its sums.
import { about } from "../../forms/contract";
import { idOf } from "../../forms/shape";
import { isAmount, scalar } from "../../records/value";
import type { Lang } from "../../shell/settings.svelte";
import { label } from "../../texts/labels";
import { figure } from "../../kit/money";
import type { Schema } from "../../api/types";

/** A line. */
export interface Sentence {
  label: string | null;
  text: string;
  /** A sum, which stands at the right. */
  sum?: string;
  /** The text is a registered name or a title: Chinese whatever the page's language. */
  isName?: boolean;
}

/** Whose names are known. */
export interface Known {
  entity(id: number): string | null;
  right(id: number): { title: string; number: string } | null;
}

/** More lines than this are left to the command itself. */
const LINES_MAX = 60;

/** The lines of a command. */
export function sentences(command: Readonly<Record<string, unknown>>, lang: Lang, known: Known): Sentence[] {
  const { op, ...members } = command;
  const lines: Sentence[] = [{ label: null, text: about(String(op), lang) || String(op) }];
  walk(members, "", lang, known, lines);
  // Rights, parties and sums first: they are what is decided on.
  const [first, ...rest] = lines;
  const weighs = (line: Sentence) => line.isName === true || line.sum !== undefined;
  return [first!, ...rest.filter(weighs), ...rest.filter((line) => !weighs(line))].slice(0, LINES_MAX);
}

/** The venue's own lines, and behind them what of the command they do not explain. */
export function toldBy(effects: Pick<Schema<"ProposalEffects">, "does">, own: readonly Sentence[], lang: Lang): Sentence[] {
  const said = effects.does.map((line): Sentence => {
    const name = line.field?.split("/").findLast((part) => !/^\d+$/.test(part));
    return { label: name ? label(name, lang) : null, text: line.text[lang], ...(line.amount ? { sum: scalar("amount", line.amount, lang) ?? "" } : {}) };
  });
  const explained = new Set(said.map((line) => line.label));
  const rest = own.slice(1).filter((line) => !explained.has(line.label?.split(" · ").at(-1) ?? null));
  return [...said, ...rest].slice(0, LINES_MAX);
}

/** What an account holds now and then, as figures. */
export function balanceOf(balance: Schema<"BalanceAfter">, lang: Lang): { of: string; free: string; held: string; freeAfter: string | null; heldAfter: string | null } {
  const after = (text: string | null | undefined) => (text == null ? null : figure(text, lang));
  return { of: balance.currency ?? balance.symbol ?? "", free: figure(balance.free, lang), held: figure(balance.held, lang), freeAfter: after(balance.free_after), heldAfter: after(balance.held_after) };
}

function walk(value: Readonly<Record<string, unknown>>, within: string, lang: Lang, known: Known, lines: Sentence[]): void {
  for (const [name, inner] of Object.entries(value)) {
    if (inner === null || inner === undefined) continue;
    const called = within ? `${within} · ${label(name, lang)}` : label(name, lang);
    if (isAmount(inner)) lines.push({ label: called, text: "", sum: scalar(name, inner, lang) ?? "" });
    else if (Array.isArray(inner)) {
      if (inner.length === 0) continue;
      if (inner.every((item) => typeof item !== "object")) {
        const all = inner.map((item) => named(name, item, lang, known));
        lines.push({ label: called, text: all.map((one) => one.text).join(lang === "zh" ? "、" : ", "), isName: all.some((one) => one.isName) });
      } else inner.forEach((item, index) => walk(item as Record<string, unknown>, `${called} ${index + 1}`, lang, known, lines));
    } else if (typeof inner === "object") {
      if (Object.keys(inner).length === 0) lines.push({ label: called, text: "" });
      else walk(inner as Record<string, unknown>, called, lang, known, lines);
    } else {
      const one = named(name, inner, lang, known);
      lines.push({ label: called, text: one.text, isName: one.isName });
    }
  }
}

function named(name: string, value: unknown, lang: Lang, known: Known): { text: string; isName: boolean } {
  if (typeof value === "number" && /_ids?$/.test(name)) {
    const of = idOf(name);
    if (of === "asset") {
      const right = known.right(value);
      if (right) return { text: `${right.title}（${right.number}）`, isName: true };
    } else if (of === "entity" || /(buyer|seller|licensor|creditor)$/.test(of ?? "")) {
      const found = known.entity(value);
      if (found) return { text: found, isName: true };
    }
    return { text: String(value), isName: false };
  }
  if (typeof value === "string" && /_sha256$/.test(name)) return { text: `${value.slice(0, 8)} … ${value.slice(-8)}`, isName: false };
  return { text: scalar(name, value, lang) ?? "", isName: false };
}
