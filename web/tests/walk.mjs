// Walks through the page as people do, against the real program: `node web/tests/walk.mjs PROGRAM CHROMIUM [NAME …]`.
// Each file of `walks/` is one, and exports its `name` and `walk({ venue, browser })`, or several as `walks`. A name stands for all
// walks that begin with it and a hyphen, too. With `WALK_PAGE=FOLDER` the page is that build of it, and not the program's own.
import { readdir } from "node:fs/promises";
import { startBrowser } from "./browser.mjs";
import { startVenue } from "./venue.mjs";

const [program, chromium, ...wanted] = process.argv.slice(2);
const folder = new URL("./walks/", import.meta.url);
const walks = [];
for (const file of (await readdir(folder)).sort()) {
  if (!file.endsWith(".mjs")) continue;
  const told = await import(new URL(file, folder));
  walks.push(...(told.walks ?? [told]));
}
const isWanted = (name) => wanted.length === 0 || wanted.some((one) => name === one || name.startsWith(`${one}-`));
for (const one of wanted) if (!walks.some(({ name }) => name === one || name.startsWith(`${one}-`))) throw new Error(`there is no walk ${one}`);

const browser = await startBrowser(chromium);

/** Walks one, with a venue of its own; what it said where it failed, else null. */
async function walked({ walk, bots = 5 }) {
  const venue = await startVenue(program, { bots });
  try {
    await walk({ venue, browser, program });
    return null;
  } catch (error) {
    return error.stack;
  } finally {
    for (const context of browser.contexts()) await context.close();
    await venue.stop();
  }
}

let failed = 0;
for (const one of walks) {
  if (!isWanted(one.name)) continue;
  const began = performance.now();
  const took = () => `in ${Math.round((performance.now() - began) / 1_000)} s`;
  // A machine that stood still for a while is no fault of the page: so once more, and both are told.
  const first = await walked(one);
  const second = first === null ? null : await walked(one);
  if (second !== null) failed += 1;
  if (first === null) console.log(`walked ${one.name} ${took()}`);
  else console.log(`${second === null ? "walked" : "FAILED"} ${one.name} ${took()}, at its second try\nthe first: ${first}${second === null ? "" : `\nthe second: ${second}`}`);
}
await browser.close();
process.exitCode = failed > 0 ? 1 : 0;
