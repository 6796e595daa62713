// What a reader chose: language, light or dark, the colours of rise and fall, sound, single keys. Kept in this browser.

export type Lang = "zh" | "en";
export type Theme = "auto" | "light" | "dark";
export type UpDown = "red" | "green" | "blue";

interface Kept {
  lang: Lang;
  theme: Theme;
  /** None: the language's own custom, red rises in Chinese and green in English. */
  updown: UpDown | null;
  sound: boolean;
  /** Single keys act (WCAG 2.1.4 asks that they can be switched off). */
  keys: boolean;
}

const NAME = "zhiheng.settings";

function load(): Kept {
  const first: Kept = { lang: navigator.language.startsWith("zh") ? "zh" : "en", theme: "auto", updown: null, sound: false, keys: true };
  try {
    const kept = { ...first, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Kept>) };
    const asked = new URLSearchParams(location.search).get("lang");
    return asked === "zh" || asked === "en" ? { ...kept, lang: asked } : kept;
  } catch {
    return first;
  }
}

class Settings {
  #kept = $state<Kept>(load());

  get lang(): Lang {
    return this.#kept.lang;
  }
  get theme(): Theme {
    return this.#kept.theme;
  }
  get updown(): UpDown {
    return this.#kept.updown ?? (this.#kept.lang === "zh" ? "red" : "green");
  }
  get sound(): boolean {
    return this.#kept.sound;
  }
  get keys(): boolean {
    return this.#kept.keys;
  }

  set(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#kept));
    } catch {
      // A browser that keeps nothing: it holds for this tab.
    }
    this.apply();
  }

  /** Whether dark is shown now. */
  get isDark(): boolean {
    return this.theme === "dark" || (this.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  /** Writes them on the document, where the tokens look for them. */
  apply(): void {
    const root = document.documentElement;
    root.lang = this.lang === "zh" ? "zh-CN" : "en";
    root.dataset["theme"] = this.theme;
    root.dataset["updown"] = this.updown;
  }
}

/** The reader's settings. */
export const settings = new Settings();
