// A browser for walks: Debian's Chromium, a fresh profile, and everything that it complains of kept.
import { chromium } from "playwright-core";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the browser of this path. */
export function startBrowser(path) {
  return chromium.launch({ executablePath: path, args: FLAGS, headless: true });
}

/** A window: its own cookies and storage, its language, its width. What is wrong in it is in `faults`. */
export async function openWindow(browser, base, { lang = "zh", theme = "light", width = 1440, height = 900, path = "/", person } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: lang === "zh" ? "zh-CN" : "en-GB", baseURL: base, reducedMotion: "reduce" });
  const faults = [];
  const page = await context.newPage();
  page.on("console", (message) => {
    // A request that is refused shows as an error of the console, too: walks that ask for one say so.
    // How the chart's library reads its canvas the browser has advice on; that is no fault of a screen.
    const advice = message.text().startsWith("Canvas2D: Multiple readback");
    if ((message.type() === "error" || message.type() === "warning") && !advice) faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  if (person) {
    await page.goto("/sign-in");
    await signIn(page, person);
  }
  await page.goto(path);
  return { context, page, faults };
}

/** Becomes somebody of the demo, as a click does. */
export async function signIn(page, person) {
  await page.locator(".ppl button", { has: page.locator(".mono", { hasText: new RegExp(`^${person}$`) }) }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** What a window complained of, but for what the walk itself brought about. */
export function unexpected(faults, brought = /^$/) {
  return faults.filter((fault) => !brought.test(fault));
}
