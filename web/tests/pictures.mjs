// Takes the main screens into a folder: `node web/tests/pictures.mjs PROGRAM CHROMIUM FOLDER [NAME …]`. PNG, in both languages, wide
// and at the width of a phone.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openWindow, startBrowser } from "./browser.mjs";
import { assert, until } from "./expect.mjs";
import { openLot } from "./lots.mjs";
import { startVenue } from "./venue.mjs";

const [program, chromium, folder, ...wanted] = process.argv.slice(2);

/** A read as whoever is signed in on this page. */
const ask = (page, path) => page.evaluate(async (address) => (await fetch(address)).json(), path);
const lots = async (page) => (await ask(page, "/v1/auctions?limit=1000")).items.map(({ lot }) => lot);

/** The address of an open lot of this format with a minute and a half left. */
const openRoom = async (format) => `/auctions/${(await openLot(venue.base, format, 90_000)).lot_id}`;

async function enter(page) {
  await page.locator(".enter button.link").click();
  await page.locator(".enter button.money").click();
}

/** The rising lot, entered, with a bid of one's own. */
async function bidding(page) {
  const path = await openRoom("ascending");
  await page.goto(path);
  await enter(page);
  const bid = page.locator("form.bar button.money");
  await until("a bid is possible", () => bid.getAttribute("aria-disabled"), (off) => off === "false");
  await bid.click();
  await until("it stands", () => page.locator(".band h2").count(), (count) => count > 0);
  return path;
}

async function sealing(page) {
  const path = await openRoom("sealed");
  await page.goto(path);
  await enter(page);
  await page.locator("form .big input").waitFor();
  return path;
}

/** The demo's case, once its price is paid out. */
async function paidOut(page) {
  await until("a price is paid out", () => ask(page, "/v1/distributions"), (told) => told.items.length > 0, 600_000);
  const [first] = (await ask(page, "/v1/disposals")).items;
  return `/desk/cases/${first.disposal.disposal_id}`;
}

const proven = async (page) => `/verify/${(await until("a lot was sold", async () => (await lots(page)).find((lot) => "ascending" in lot.format && ["sold", "paid", "delivered"].includes(lot.state)), Boolean, 600_000)).lot_id}`;

async function proposed(page) {
  await page.goto("/desk/acts/set_dual_control");
  await page.locator('[data-at="/required"] select').selectOption("no");
  await page.locator("form button.money").click();
  await page.locator("form .note button.money").click();
  const link = page.locator(".note.on a");
  await link.waitFor();
  return link.getAttribute("href");
}

/** A screen: its name, who looks, its address (or what is done to come there), and what it has once it is complete. */
const SCREENS = [
  { name: "sign-in", path: "/sign-in", has: ".ppl li" },
  { name: "floor", person: "ana", path: "/floor/CN2018107312040.U", has: ".lv.b" },
  { name: "auctions", person: "ana", path: "/auctions", has: "td.title a" },
  { name: "auction", person: "ana", path: bidding, has: "form.bar button.money" },
  { name: "sealed", person: "bo", path: sealing, has: "form .big input" },
  { name: "firm", person: "firm-a", path: "/desk", has: "main table tbody tr" },
  { name: "bank", person: "bank", path: "/desk", has: "main table tbody tr" },
  { name: "approval", person: "bank", path: proposed, has: ".acts button" },
  { name: "operator", person: "operator", path: "/desk", has: ".health b" },
  { name: "account", person: "ana", path: "/account", has: "main table tbody tr" },
  { name: "rules", path: "/rules", has: ".articles li" },
  { name: "verify", path: proven, has: ".items" },
  { name: "case", person: "bank", path: paidOut, has: "table.wf tbody tr" },
];
const FORMS = [
  { lang: "zh", theme: "light", width: 1440, height: 900, as: "wide" },
  { lang: "en", theme: "dark", width: 1440, height: 900, as: "wide" },
  { lang: "zh", theme: "light", width: 390, height: 844, as: "phone" },
  { lang: "en", theme: "dark", width: 390, height: 844, as: "phone" },
];

await mkdir(folder, { recursive: true });
for (const name of wanted) assert.ok(SCREENS.some((screen) => screen.name === name), `there is no screen ${name}`);
const venue = await startVenue(program, { bots: 40 });
const browser = await startBrowser(chromium);
try {
  // Some trading, so that there is something to see.
  await new Promise((resolve) => setTimeout(resolve, Number(process.env["PICTURES_AFTER_MS"] ?? 60_000)));
  for (const { name, path, person, has } of SCREENS) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    let address = path;
    if (typeof path === "function") {
      const { page, context } = await openWindow(browser, venue.base, { path: "/rules", person });
      address = await path(page);
      await context.close();
    }
    for (const form of FORMS) {
      const { page, context } = await openWindow(browser, venue.base, { ...form, path: address, person });
      await until(`${name} is complete`, () => page.locator(has).count(), (count) => count > 0);
      await page.waitForTimeout(1_500);
      await page.screenshot({ path: join(folder, `${name}-${form.lang}-${form.theme}-${form.as}.png`) });
      await context.close();
    }
    console.log(`took ${name}`);
  }
} finally {
  await browser.close();
  await venue.stop();
}
