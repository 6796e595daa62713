// Titles of documents stand in both languages, as `The auction room · 拍卖厅`: a list shows the reader's own part; the English one the
// Chinese beside it, for that is what the field says.
import type { Lang } from "../../shell/settings.svelte";

/** A document's title in the reader's language, the language that it is in, and in English the Chinese beside it. One that has no
Chinese stays English. */
export function titled(title: string, lang: Lang): { text: string; lang: string; also: string | null } {
  const parts = /^(.*?)[\s·]*([㐀-鿿].*)$/.exec(title);
  if (!parts) return { text: title, lang: "en", also: null };
  const [, en, zh] = parts as unknown as [string, string, string];
  return lang === "zh" || en === "" ? { text: zh, lang: "zh-CN", also: null } : { text: en, lang: "en", also: zh };
}
