// A browser for walks: Debian's Chromium, a fresh profile, and everything that it complains of kept.
import { readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the browser of this path. */
export function startBrowser(path) {
  return chromium.launch({ executablePath: path, args: FLAGS, headless: true });
}

const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json" };

/** Shows the build of the page in this folder instead of the one in the program, under the venue's own headers, its policy among
 * them; so a change of the page is walked through without building the program. */
async function pageFrom(context, base, folder) {
  const asked = new URL(base).origin;
  // A page that was handed in from outside counts as one of the wide world, which may not ask this machine.
  await context.grantPermissions(["local-network-access"], { origin: asked });
  await context.route((url) => url.origin === asked && !/^\/(v1|api|openapi\.json|asyncapi\.json|healthz|readyz)(\/|$)/.test(url.pathname), async (route) => {
    const { pathname } = new URL(route.request().url());
    const named = join(folder, decodeURIComponent(pathname));
    const isFile = await stat(named).then((found) => found.isFile(), () => false);
    if (!isFile && !route.request().isNavigationRequest()) return route.continue();
    if (isFile) return route.fulfill({ headers: { "content-type": KINDS[extname(named)] ?? "application/octet-stream" }, body: await readFile(named) });
    const told = await route.fetch().catch(() => null);
    if (!told) return route.abort("connectionrefused");
    const { "content-length": _, "content-encoding": __, etag: ___, ...headers } = told.headers();
    return route.fulfill({ status: told.status(), headers, body: told.ok() ? await readFile(join(folder, "index.html")) : await told.body() });
  });
}

/** A window: its own cookies and storage, its language, its width. What is wrong in it is in `faults`. */
export async function openWindow(browser, base, { lang = "zh", theme = "light", width = 1440, height = 900, path = "/", person } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: lang === "zh" ? "zh-CN" : "en-GB", baseURL: base, reducedMotion: "reduce" });
  const built = process.env["WALK_PAGE"];
  if (built) await pageFrom(context, base, built);
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
