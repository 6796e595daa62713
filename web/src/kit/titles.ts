// What a right is called. Its title is the register's, in Chinese for most; a translation, where its owner or the venue gave one,
// is shown to who reads English, and never without the registered title beside it or on hover.
import type { Lang } from "../shell/settings.svelte";

/** What has a title. */
export interface Titled {
  title: string;
  title_en?: string | null;
}

/** A title as it is shown. */
export interface Shown {
  text: string;
  /** Its language, where that is not the page's by itself. */
  lang: "en" | "zh-CN" | undefined;
  /** The registered title behind a translation; null where the text is it. */
  original: string | null;
}

/** Whether a text is in Chinese: then it says so where the page is in English. */
export function langOf(text: string): "zh-CN" | undefined {
  return /[㐀-鿿]/.test(text) ? "zh-CN" : undefined;
}

/** The title to show to who reads this language. */
export function shownTitle(right: Titled, lang: Lang): Shown {
  const translated = lang === "en" ? (right.title_en ?? null) : null;
  return translated === null ? { text: right.title, lang: langOf(right.title), original: null } : { text: translated, lang: "en", original: right.title };
}
