// A sealed bid: its secret on this computer before anything is sent, its file saved, its commitment in the log, its revealing by the
// open page itself; and a price that falls, taken at what was read. Both in English, on a dark phone.
import { readFile } from "node:fs/promises";
import { openWindow, unexpected } from "../browser.mjs";
import { accessible, assert, fits, until } from "../expect.mjs";
import { openLot } from "../lots.mjs";

export const name = "sealed";

export async function walk({ venue, browser }) {
  const { page, faults } = await openWindow(browser, venue.base, { lang: "en", theme: "dark", width: 390, height: 844, path: "/auctions", person: "ana" });
  await until("lots are listed", () => page.locator("td.title a").count(), (count) => count >= 3);
  await fits(page, "the list on a phone");
  await accessible(page, "the list on a phone");

  const { lot_id: lot } = await openLot(venue.base, "sealed", 60_000);
  await page.goto(`/auctions/${lot}`);
  await page.locator(".enter button.link").click();
  await page.locator(".enter button.money").click();
  const amount = page.locator("form .big input");
  await amount.fill("100");
  await until("below the start is said at the field", () => page.locator(".cap .hint.bad").textContent(), (text) => text.includes("Below the start"));
  await amount.fill("41,000");
  assert.match(await page.locator(".cap").textContent(), /forty-one thousand/);
  await accessible(page, "a sealed bid");
  await fits(page, "a sealed bid");

  // The file comes first; its secret is on the disk before the commitment is sent.
  let kept = null;
  await page.route("**/v1/auctions/commitments", async (route) => {
    const { commitment } = route.request().postDataJSON();
    kept = await page.evaluate(
      (id) =>
        new Promise((resolve, reject) => {
          const asked = indexedDB.open("zhiheng");
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => {
            const found = asked.result.transaction("nonces").objectStore("nonces").get(id);
            found.onsuccess = () => resolve(found.result ?? null);
          };
        }),
      `${lot} ${commitment}`,
    );
    return route.continue();
  });
  const send = page.locator("form .btn.money");
  const [download] = await Promise.all([page.waitForEvent("download"), send.click()]);
  const file = JSON.parse(await readFile(await download.path(), "utf8"));
  assert.match(download.suggestedFilename(), new RegExp(`^LOT-${lot}-\\d+\\.seal$`));
  await until("it may be handed in", () => send.textContent(), (text) => text.includes("hand in the sealed bid"));
  await send.dblclick();
  await until("taken", () => page.locator(".frame").count(), (count) => count === 1);
  assert.equal(kept?.nonce, file.nonce, "the secret was on the disk before the commitment was sent");
  assert.ok(!(await page.locator("main").textContent()).includes("41,000"), "the amount is covered");
  const log = async () => (await (await page.request.get(`/v1/auctions/${lot}/log`)).text()).split("\n").filter(Boolean).map((line) => JSON.parse(line).event ?? {});
  assert.equal((await log()).filter((event) => event.lot_committed?.number === file.number).length, 1);

  // Another browser has no secret: it says so, and takes the file; another lot's file it does not take.
  const other = await openWindow(browser, venue.base, { lang: "en", path: `/auctions/${lot}`, person: "ana" });
  await until("the key is missed", () => other.page.locator(".note.refuse").textContent(), (text) => text.includes("The key is not in this browser"));
  const put = other.page.locator("input[type=file]").first();
  await put.setInputFiles({ name: "a.seal", mimeType: "application/json", buffer: Buffer.from(JSON.stringify({ ...file, price: { ...file.price, amount: "41000.01" } })) });
  await until("another bid's file is refused", () => other.page.locator(".in .hint.bad").first().textContent(), (text) => text.includes("not the reveal file"));
  await put.setInputFiles({ name: "b.seal", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(file)) });
  await until("the key is here again", () => other.page.locator(".note.on").first().textContent(), (text) => text.includes("The key is in this browser"));
  await other.context.close();

  // Meanwhile a price falls; what was read is the most that is paid.
  const falling = await page.context().newPage();
  const { lot_id: fallen } = await openLot(venue.base, "descending", 60_000);
  await falling.goto(`/auctions/${fallen}`);
  await falling.locator(".enter button.link").click();
  await falling.locator(".enter button.money").click();
  const take = falling.locator("form button.go.money");
  const read = await until("a price to take", () => take.textContent(), (text) => /Take it at CNY [\d,.]+/.test(text));
  const most = Number(/[\d,]+\.\d\d/.exec(read)[0].replaceAll(",", ""));
  await accessible(falling, "a falling price");
  await fits(falling, "a falling price");
  await take.click();
  await until("bought", () => falling.locator(".band h2").textContent(), (text) => text.startsWith("You won at"));
  const sold = (await (await page.request.get(`/v1/auctions/${fallen}`)).json()).lot;
  assert.ok(Number(sold.price.amount) <= most, `paid ${sold.price.amount}, and read ${most}`);

  // The page reveals by itself.
  await until("it is revealed by the open page", () => page.locator(".stp").textContent(), (text) => text.includes("Revealed"), 900_000);
  await until("and opened in the log", log, (events) => events.some((event) => event.lot_opened?.number === file.number && event.lot_opened.price.amount === "41000.00"), 400_000);
  await page.goto(`/verify/${lot}`);
  await until("it holds", () => page.locator("main h1").textContent(), (text) => text === "The result follows from the public log");
  await accessible(page, "the verifier on a phone");
  await fits(page, "the verifier on a phone");
  const wrong = unexpected(faults).filter((fault) => !/404 .*\/v1\/attachments\/|WebSocket/.test(fault));
  assert.deepEqual(wrong, []);
}
