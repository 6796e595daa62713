// By keyboard alone: from signing in to a lot that is won, paid for and verified; no key of one letter sends money, and all of them can
// be switched off.
import { openWindow, unexpected } from "../browser.mjs";
import { assert, until } from "../expect.mjs";
import { announceLot, bidsOf, lotNow, rival } from "../lots.mjs";

export const name = "keys";

/** Moves by Tab until this holds the focus, as somebody who sees the ring. */
async function tabTo(page, what, selector, most = 80) {
  const seen = [];
  for (let press = 0; press < most; press += 1) {
    const is = await page.evaluate((wanted) => {
      const now = document.activeElement;
      return { there: now?.matches(wanted) === true, name: now?.outerHTML.slice(0, 90), ring: [now, now?.closest(".inp")].some((one) => one && (getComputedStyle(one).outlineStyle !== "none" || getComputedStyle(one).boxShadow !== "none")) };
    }, selector);
    if (is.there) {
      assert.ok(is.ring, `${what}: the focus is seen`);
      return;
    }
    seen.push(is.name);
    await page.keyboard.press("Tab");
  }
  throw new Error(`${what} is not reached by ${most} times Tab: ${seen.slice(-6).join("\n")}`);
}

export async function walk({ venue, browser }) {
  const { base } = venue;
  const { lot } = await announceLot(base, { seconds: 45, window: 6 });
  const { page, faults } = await openWindow(browser, base, { path: `/auctions/${lot}` });
  // No pointer from here on.
  for (const method of ["click", "dblclick", "hover"]) page[method] = () => assert.fail("a pointer was used");
  const sent = [];
  page.on("request", (request) => request.method() !== "GET" && sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const text = (selector) => page.locator(selector).first().textContent({ timeout: 3_000 });

  // Signs in from the lot, and is back at it.
  await until("the way in", () => page.locator(".enter a.btn").count(), (count) => count === 1);
  await tabTo(page, "to sign in", ".enter a.btn");
  await page.keyboard.press("Enter");
  await until("people to be", () => page.locator(".ppl button").count(), (count) => count > 5);
  await tabTo(page, "ana", ".ppl li:nth-child(6) button");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /\bana\b/);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === `/auctions/${lot}`);

  // The skip link leads past the head; what binds the buyer is opened; the deposit.
  await until("the deposit is asked for", () => page.locator(".enter button.money").count(), (count) => count === 1);
  await tabTo(page, "what must be opened", ".enter button.link");
  await page.keyboard.press("Enter");
  await until("the deposit may be paid", () => page.locator(".enter button.money").getAttribute("aria-disabled"), (off) => off === "false");
  await tabTo(page, "the deposit", ".enter button.money");
  await page.keyboard.press("Enter");
  const button = page.locator("form.bar button.money");
  await until("entered", () => button.getAttribute("aria-disabled"), (off) => off === "false");
  const number = Number(/\d+/.exec(await text(".you .k"))[0]);

  // Each key of one letter, and each figure: nothing is sent by any.
  sent.length = 0;
  await page.evaluate(() => document.activeElement?.blur?.());
  for (const key of ["1", "2", "3", "t", "b", "m", "j", "k", "x", "?", "Escape"]) await page.keyboard.press(key).then(() => page.evaluate(() => document.activeElement?.matches("input") && document.activeElement.blur()));
  for (const letter of "abcdefhijklmnopqrstuvwxyz0456789 ") {
    await page.evaluate(() => document.activeElement?.blur?.());
    await page.keyboard.press(letter === " " ? "Space" : letter);
  }
  for (const letter of "ABDEFHIJKLMNOPQRSTUVWXYZ") {
    await page.evaluate(() => document.activeElement?.blur?.());
    await page.keyboard.press(`Shift+${letter}`);
  }
  await page.waitForTimeout(300);
  assert.deepEqual(sent, [], "no single key sends anything");
  assert.equal((await bidsOf(base, lot, number)).length, 0);
  assert.equal(page.url(), `${base}/auctions/${lot}`, "one is still there");

  // 3 fills the third legal bid, 1 the first; Enter sends what has the focus.
  await page.evaluate(() => document.activeElement?.blur?.());
  await page.keyboard.press("3");
  await until("the third next bid", () => text("form.bar button.money"), (said) => said.includes("22,000.00"));
  await page.keyboard.press("1");
  await until("the next bid", () => text("form.bar button.money"), (said) => said.includes("20,000.00"));
  await page.keyboard.press("b");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-keyshortcuts")), "b");
  await page.keyboard.press("Enter");
  await until("taken", () => bidsOf(base, lot, number), (bids) => bids.length === 1);

  const isAnswered = () => until("answered", () => text(".word"), (said) => said.includes("✓ 已受理"));
  await isAnswered();

  // Outbid; arrows in the amount go by steps, and Enter in it sends what the button says.
  const bo = await rival(base, lot, "bo");
  await bo.bid();
  await until("outbid", () => text(".band h2"), (said) => said === "您已被超越");
  await tabTo(page, "the amount", "form.bar input.n");
  const amount = () => page.locator("form.bar input.n").inputValue();
  const from = Number((await amount()).replaceAll(",", ""));
  for (const [key, to] of [["ArrowUp", from + 1_000], ["ArrowUp", from + 2_000], ["ArrowDown", from + 1_000], ["PageUp", from + 6_000], ["PageDown", from + 1_000], ["Shift+ArrowUp", from + 11_000], ["Shift+ArrowDown", from + 1_000]]) {
    await page.keyboard.press(key);
    assert.equal(Number((await amount()).replaceAll(",", "")), to, key);
  }
  await until("the button says it", () => text("form.bar button.money"), (said) => said.includes((from + 1_000).toLocaleString("en-US")));
  await page.keyboard.press("Enter");
  const mine = await until("taken at what was read", () => bidsOf(base, lot, number), (bids) => bids.length === 2);
  assert.equal(Number(mine[1].price.amount), from + 1_000);

  await isAnswered();

  // A large one asks: the way back has the focus, Escape leaves, and nothing was sent.
  await bo.bid();
  await until("outbid again", () => text(".band h2"), (said) => said === "您已被超越");
  if ((await lotNow(base, lot)).ends_at && Date.parse((await lotNow(base, lot)).ends_at) - Date.now() < 31_000) console.log("  the end is near: a large amount asks in place");
  await tabTo(page, "the amount", "form.bar input.n");
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
  assert.equal((await bidsOf(base, lot, number)).length, 2, "a large amount is not sent by one press");
  if ((await page.getByRole("dialog").count()) > 0) {
    await page.keyboard.press("Escape");
    await until("closed", () => page.getByRole("dialog").count(), (count) => count === 0);
    assert.ok(await page.evaluate(() => document.activeElement.closest("form.bar") !== null), "the focus is back where it was");
  }
  await page.keyboard.press("Shift+ArrowDown");
  await tabTo(page, "the button", "form.bar button.money");
  await page.keyboard.press("Enter");
  await until("a third bid", () => bidsOf(base, lot, number), (bids) => bids.length === 3);

  // Single keys are switched off in the account's settings, and act no more; then on again.
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.waitForURL((url) => url.pathname === "/desk");
  await page.goto("/account/settings");
  await until("the settings", () => page.locator(".row .seg button").count(), (count) => count > 8);
  const row = () => page.evaluate(() => `${document.activeElement.closest(".row")?.textContent ?? ""} ${document.activeElement.getAttribute("aria-pressed")}`);
  for (let press = 0; press < 60 && !/^单键.* false$/s.test(await row()); press += 1) await page.keyboard.press("Tab");
  assert.match(await row(), /^单键.* false$/s, "the switch of single keys is reached");
  await page.keyboard.press("Space");
  await until("it is kept", () => page.evaluate(() => JSON.parse(localStorage.getItem("zhiheng.settings") ?? "{}").keys), (keys) => keys === false);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.keyboard.press("?");
  await page.waitForTimeout(300);
  assert.deepEqual([new URL(page.url()).pathname, await page.getByRole("dialog").count()], ["/account/settings", 0], "no single key acts");
  await page.goto(`/auctions/${lot}`);
  await until("the room", () => page.locator(".you, .band").count(), (count) => count > 0);
  await page.keyboard.press("b");
  await page.keyboard.press("3");
  assert.notEqual(await page.evaluate(() => document.activeElement.getAttribute("aria-keyshortcuts")), "b");

  // Won, paid, verified.
  await until("won", () => text(".band h2"), (said) => said.startsWith("您以 "), 90_000);
  await tabTo(page, "to pay", "main a[href*='step=pay']");
  await page.keyboard.press("Enter");
  await until("the payment", () => page.locator(".pay button.money").count(), (count) => count === 1);
  await tabTo(page, "the payment", ".pay button.money");
  await page.keyboard.press("Enter");
  await until("it asks", () => page.getByRole("dialog").count(), (count) => count === 1);
  assert.notEqual(await page.evaluate(() => document.activeElement.classList.contains("money")), true, "the way back has the focus, not the payment");
  await tabTo(page, "to pay it", "dialog button.go", 6);
  await page.keyboard.press("Enter");
  await until("paid", () => text(".pay .band h2"), (said) => said.includes("已支付"));
  await tabTo(page, "back to the lot", `main a[href='/auctions/${lot}']`);
  await page.keyboard.press("Enter");
  await until("the room", () => page.locator(`main a[href='/verify/${lot}']`).count(), (count) => count > 0);
  await tabTo(page, "the verifier", `main a[href='/verify/${lot}']`);
  await page.keyboard.press("Enter");
  await until("the result holds", () => text("main h1"), (said) => said === "结果与公开日志一致");
  assert.equal((await bidsOf(base, lot, number)).length, 3);
  console.log(`  won at ${(await lotNow(base, lot)).price.amount} with 3 bids, by keys alone`);
  assert.deepEqual(unexpected(faults), [], "the console is silent");
}
