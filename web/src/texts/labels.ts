// Labels of members and closed words, by the reader's language.
import type { Lang } from "../shell/settings.svelte";
import { FIELDS } from "./fields";
import { WORDS } from "./words";

/** Ends of members that say a unit or a form, and how English says them. */
const ENDS: readonly [RegExp, string][] = [
  [/_sha256$/, ""],
  [/_ids?$/, ""],
  [/_bps$/, " (bp)"],
  [/_e6$/, " (millionths)"],
  [/_pct$/, " (%)"],
  [/_seconds$/, " (s)"],
  [/_(on|at)$/, ""],
];

/** What a member is called. */
export function label(name: string, lang: Lang): string {
  if (lang === "zh") return FIELDS[name] ?? name;
  const [end, unit] = ENDS.find(([ending]) => ending.test(name)) ?? [/$^/, ""];
  const words = (name === "ip_share" ? "IP share" : name.replace(end, "")).replaceAll("_", " ").trim() || name;
  return words.charAt(0).toUpperCase() + words.slice(1) + unit;
}

/** What a closed word says. */
export function word(text: string, lang: Lang): string {
  if (lang === "zh") return WORDS[text] ?? text;
  return /^[A-Z]{3}$/.test(text) ? text : text.replaceAll("_", " ");
}
