// Dictionaries: a key that one language lacks does not compile. Chinese is written first, and English has its keys and no other.
import { settings, type Lang } from "../shell/settings.svelte";

/** A text, or one with something in it. */
export type Text = string | ((...given: never[]) => string) | { readonly [key: string]: Text };

/** The same keys, with texts of the same kind. */
export type Same<Texts> = {
  readonly [Key in keyof Texts]: Texts[Key] extends string ? string : Texts[Key] extends (...given: infer Given) => string ? (...given: Given) => string : Same<Texts[Key]>;
};

/** A dictionary in both languages. */
export interface Dictionary<Texts> {
  readonly zh: Texts;
  readonly en: Texts;
}

/** Makes a dictionary. */
export function define<const Texts extends { readonly [key: string]: Text }>(zh: Texts, en: Same<NoInfer<Texts>>): Dictionary<Same<Texts>> {
  return { zh, en } as unknown as Dictionary<Same<Texts>>;
}

/** The texts in the reader's language; read inside `$derived` or markup it follows the setting. */
export function texts<Texts>(dictionary: Dictionary<Texts>, lang: Lang = settings.lang): Texts {
  return dictionary[lang];
}
