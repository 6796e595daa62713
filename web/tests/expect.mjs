// What a walk finds to be so, or stops.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

export { assert };

/** Waits until it is so; says what was seen where it never is. */
export async function until(what, look, holds, patience = 60_000) {
  const end = performance.now() + patience;
  let seen;
  for (;;) {
    try {
      seen = await look();
      if (holds(seen)) return seen;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > end) throw new Error(`${what}: never so; last seen ${JSON.stringify(seen instanceof Error ? seen.message : seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Rules that judge colours: the only ones that another theme can break. */
const COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/** Holds a screen against WCAG 2.2 AA, as far as a machine can; `colours` alone, where the rest was held already. */
export async function accessible(page, where, { colours = false } = {}) {
  // The page's policy lets no script in that is not of its build; a test may go around it, from outside of the page.
  const { readFile } = await import("node:fs/promises");
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await readFile(axe, "utf8"));
  const found = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly, resultTypes: ["violations"] }), colours ? COLOURS : TAGS);
  const told = found.violations.map((one) => `${one.impact} ${one.id}: ${one.help}\n    ${one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160)).join("\n    ")}`);
  assert.equal(told.length, 0, `${where}\n  ${told.join("\n  ")}`);
}

/** Nothing runs over the side of the screen but what is marked to scroll. */
export async function fits(page, where) {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > width + 1 && !element.closest("[data-scroll]")).slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
  });
  assert.deepEqual(over, [], where);
}
