// An auction, from the deposit to the payment, by a person of the demo against its bidders: exactly one bid of a double press, of
// Enter held down, of a reload and of an answer that is lost; no bid of another amount where the best changes under the press; the
// end that moves; and the result, worked out by the browser.
import { openWindow, unexpected } from "../browser.mjs";
import { accessible, assert, fits, until } from "../expect.mjs";
import { bidsOf, lotNow, openLot } from "../lots.mjs";

export const name = "auction";

const minor = (text) => Number(/[\d,]+\.\d\d/.exec(text)[0].replaceAll(",", ""));

export async function walk({ venue, browser }) {
  const { page, faults, context } = await openWindow(browser, venue.base, { path: "/auctions", person: "ana" });
  await until("lots are listed", () => page.locator("td.title a").count(), (count) => count >= 3);
  await accessible(page, "the list");
  await fits(page, "the list");

  const { lot_id: lot } = await openLot(venue.base, "ascending", 90_000);
  await page.goto(`/auctions/${lot}`);
  const deposit = page.locator(".enter button.money");
  await until("the deposit is asked for", () => deposit.textContent(), (text) => text.includes("交保证金 2,000.00"));
  assert.equal(await deposit.getAttribute("aria-disabled"), "true", "what binds the buyer is opened first");
  await accessible(page, "before one entered");
  await page.locator(".enter button.link").click();
  await deposit.dblclick();
  const bid = page.locator("form.bar button.money");
  await until("entered", () => bid.textContent(), (text) => /^\s*报价 [\d,.]+ 元/.test(text));
  const number = Number(/\d+/.exec(await page.locator(".you .k").textContent())[0]);
  assert.equal((await (await page.request.get("/v1/bidders")).json()).items.filter(({ bidder }) => bidder.lot_id === lot).length, 1);

  // The best changes between press and release: no bid at all, and the button says the new amount.
  const best = async () => minor(await page.locator(".best .v").textContent());
  const before = await best();
  const mine = (await bidsOf(venue.base, lot, number)).length;
  assert.equal(mine, 0);
  await bid.hover();
  await page.mouse.down();
  const other = await (await browser.newContext({ baseURL: venue.base })).newPage();
  await other.goto("/sign-in");
  await other.locator(".ppl button", { has: other.locator(".mono", { hasText: /^bo$/ }) }).click();
  await other.waitForURL((url) => url.pathname !== "/sign-in");
  await other.goto(`/auctions/${lot}`);
  await other.locator(".enter button.link").click();
  await other.locator(".enter button.money").click();
  await until("the other one may bid", () => other.locator("form.bar button.money").getAttribute("aria-disabled"), (off) => off === "false");
  await other.locator("form.bar button.money").click();
  await until("the best changed", best, (now) => now > before);
  await page.mouse.up();
  await until("the press is void, and said so", () => page.locator("form.bar .hint").textContent(), (text) => text.includes("上次按下未发出"));
  assert.equal((await bidsOf(venue.base, lot, number)).length, 0, "no bid of another amount");

  /** The demo's bidders have limits of their own: where none of them goes further, the other person does. */
  const outbid = (said) =>
    until(
      said,
      async () => {
        const theirs = other.locator("form.bar button.money");
        if ((await page.locator(".band.on").count()) > 0 && (await theirs.getAttribute("aria-disabled")) === "false") await theirs.click({ timeout: 2_000 }).catch(() => undefined);
        return page.locator(".band h2").textContent({ timeout: 2_000 });
      },
      (text) => text === "您已被超越",
    );

  // A double press is one bid.
  await until("the button is on again", () => bid.getAttribute("aria-disabled"), (off) => off === "false");
  await bid.dblclick();
  await until("taken, with its receipt kept", () => page.locator(".word").textContent(), (text) => /✓ 已受理.*回执 #\d+ 已存于本机/.test(text));
  await until("it stands in the log", () => bidsOf(venue.base, lot, number), (bids) => bids.length === 1);

  // Outbid: said aloud, and on top.
  await outbid("outbid");
  await until("and spoken", () => page.locator("[aria-live=assertive]").textContent(), (text) => text.includes("您已被超越"));
  assert.match(await page.title(), /^已被超越 · /);
  await accessible(page, "outbid");
  await fits(page, "the room");

  // Enter held down on the button, by keyboard alone: one bid.
  await page.locator("body").click({ position: { x: 700, y: 5 } });
  await page.keyboard.press("b");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-keyshortcuts")), "b");
  for (let press = 0; press < 5; press += 1) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await until("a second bid stands", () => bidsOf(venue.base, lot, number), (bids) => bids.length === 2);

  // The answer is lost on its way: asked again under the same id, also over a reload. One bid.
  await outbid("outbid again");
  const ids = [];
  let lose = true;
  await page.route("**/v1/auctions/bids", async (route) => {
    ids.push(route.request().postDataJSON().client_id);
    if (!lose) return route.continue();
    await route.fetch().catch(() => undefined);
    return route.abort();
  });
  const count = (await bidsOf(venue.base, lot, number)).length;
  await until("it can be pressed", () => bid.getAttribute("aria-disabled"), (off) => off === "false");
  await bid.click();
  await until("unknown, and said so", () => page.locator(".band h2").textContent(), (text) => text === "尚不知是否已受理");
  await until("the venue has it", () => bidsOf(venue.base, lot, number), (bids) => bids.length === count + 1);
  await page.reload();
  lose = false;
  await until("after the reload the first answer comes", () => page.locator(".word").textContent(), (text) => text.includes("已受理"));
  assert.equal(new Set(ids).size, 1, "one id over all tries");
  assert.ok(ids.length >= 2, "it was asked again");
  assert.equal((await bidsOf(venue.base, lot, number)).length, count + 1, "one bid");
  await page.unroute("**/v1/auctions/bids");

  // Bid on until it is won or lost: in its last seconds each bid moves the end, and that is seen.
  let extended = false;
  await until(
    "it ends",
    async () => {
      if ((await page.locator(".time .ext").count()) > 0) extended = true;
      if ((await bid.count()) > 0 && (await bid.getAttribute("aria-disabled")) === "false") await bid.click({ timeout: 1_000 }).catch(() => undefined);
      return (await lotNow(venue.base, lot)).state;
    },
    (state) => !["open", "paused"].includes(state),
    // A venue that stood still near the end gives five minutes more, twice.
    900_000,
  );
  const told = await lotNow(venue.base, lot);
  assert.ok(told.extensions === 0 || extended, "an extension is marked where there was one");
  if (told.number === number) {
    await until("won", () => page.locator(".band h2").textContent(), (text) => text.startsWith("您以 "));
    await page.getByRole("link", { name: /去付款/ }).click();
    await accessible(page, "payment");
    await page.locator(".pay button.money").click();
    await page.getByRole("dialog").locator("button.go").click();
    await until("paid", () => page.locator(".pay .band h2").textContent(), (text) => text.includes("已支付"));
    await page.goBack();
    await page.goForward();
    await until("Back and forth shows that it is paid, and no form", () => page.locator(".pay .band h2").textContent(), (text) => text.includes("已支付"));
    assert.equal(await page.locator(".pay button.money").count(), 0);
  } else await until("lost", () => page.locator(".band h2").textContent(), (text) => text === "已结束，您未得标");

  // The result follows from the log, worked out here; and one's receipts are in it.
  await page.goto(`/verify/${lot}`);
  await until("it holds", () => page.locator("main h1").textContent(), (text) => text === "结果与公开日志一致");
  assert.match(await page.locator(".items").textContent(), /本机保存的 \d+ 份回执都在日志中/);
  await accessible(page, "the verifier");
  await fits(page, "the verifier");

  // A file that was altered, without a network: the first frame that does not follow is named.
  const text = await (await page.request.get(`/v1/auctions/${lot}/log`)).text();
  const lines = text.split("\n");
  const place = lines.findIndex((line) => line.includes('"lot_bid"'));
  lines[place] = lines[place].replace(/"amount":"\d/, '"amount":"9');
  await context.setOffline(true);
  await page.locator("input[type=file]").first().setInputFiles({ name: "log.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(lines.join("\n")) });
  await until("the break is named", () => page.locator("main h1").textContent(), (said) => said === `第 ${place + 1} 帧与前一帧不相连`);
  await context.setOffline(false);
  const wrong = unexpected(faults).filter((fault) => !/ERR_FAILED|ERR_INTERNET_DISCONNECTED|404 .*\/v1\/attachments\/|WebSocket/.test(fault));
  assert.deepEqual(wrong, []);
}
