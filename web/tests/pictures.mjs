// Takes the main screens into a folder: `node web/tests/pictures.mjs PROGRAM CHROMIUM FOLDER`. PNG, in both languages, wide and at
// the width of a phone. Screens that are built add their rows.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openWindow, startBrowser } from "./browser.mjs";
import { until } from "./expect.mjs";
import { startVenue } from "./venue.mjs";

const [program, chromium, folder] = process.argv.slice(2);

/** A screen: its name, its address, who looks, and when it is complete. */
const SCREENS = [
  { name: "floor", path: "/floor/CN2018107312040.U", person: "ana", ready: (page) => page.locator(".lv.b").count() },
  { name: "sign-in", path: "/sign-in", ready: (page) => page.locator(".ppl li").count() },
];
const FORMS = [
  { lang: "zh", theme: "light", width: 1440, height: 900, as: "wide" },
  { lang: "en", theme: "dark", width: 1440, height: 900, as: "wide" },
  { lang: "zh", theme: "light", width: 390, height: 844, as: "phone" },
];

await mkdir(folder, { recursive: true });
const venue = await startVenue(program, { bots: 40 });
const browser = await startBrowser(chromium);
try {
  // Some minutes of trading, so that there is something to see.
  await new Promise((resolve) => setTimeout(resolve, Number(process.env["PICTURES_AFTER_MS"] ?? 20_000)));
  for (const { name, path, person, ready } of SCREENS)
    for (const form of FORMS) {
      const { page, context } = await openWindow(browser, venue.base, { ...form, path, person });
      await until(`${name} is complete`, () => ready(page), (count) => count > 0);
      await page.waitForTimeout(1_500);
      await page.screenshot({ path: join(folder, `${name}-${form.lang}-${form.theme}-${form.as}.png`) });
      await context.close();
    }
} finally {
  await browser.close();
  await venue.stop();
}
