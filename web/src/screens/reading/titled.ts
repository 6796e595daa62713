// Titles of documents stand in both languages, as `The auction room · 拍卖厅`: a list shows the reader's own part.
import type { Lang } from "../../shell/settings.svelte";

/** A document's title in the reader's language, and the language that it is in: one that has no Chinese stays English. */
export function titled(title: string, lang: Lang): { text: string; lang: string } {
  const parts = /^(.*?)[\s·]*([㐀-鿿].*)$/.exec(title);
  if (!parts) return { text: title, lang: "en" };
  const [, en, zh] = parts as unknown as [string, string, string];
  return lang === "zh" || en === "" ? { text: zh, lang: "zh-CN" } : { text: en, lang: "en" };
}
