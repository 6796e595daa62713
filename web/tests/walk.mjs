// Walks through the page as people do, against the real program: `node web/tests/walk.mjs PROGRAM CHROMIUM [NAME …]`.
// Each file of `walks/` is one, and exports its `name` and `walk({ venue, browser })`.
import { readdir } from "node:fs/promises";
import { startBrowser } from "./browser.mjs";
import { startVenue } from "./venue.mjs";

const [program, chromium, ...wanted] = process.argv.slice(2);
const folder = new URL("./walks/", import.meta.url);
const walks = [];
for (const file of (await readdir(folder)).sort()) if (file.endsWith(".mjs")) walks.push(await import(new URL(file, folder)));

const browser = await startBrowser(chromium);
let failed = 0;
for (const { name, walk, bots = 5 } of walks) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const venue = await startVenue(program, { bots });
  try {
    await walk({ venue, browser, program });
    console.log(`walked ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n${error.stack}`);
  } finally {
    for (const context of browser.contexts()) await context.close();
    await venue.stop();
  }
}
await browser.close();
process.exitCode = failed > 0 ? 1 : 0;
