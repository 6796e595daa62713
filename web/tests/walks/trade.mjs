// A trader: signs in, buys, rests an order, cancels it; presses twice, in two tabs, and while the line is broken.
import { openWindow, signIn, unexpected } from "../browser.mjs";
import { accessible, assert, until } from "../expect.mjs";

export const name = "trade";
// Few bots: there is something to trade with, and it does not run away.
export const bots = 10;

const SYMBOL = "CN2018107312040.U";

export async function walk({ venue, browser }) {
  const { page, faults, context } = await openWindow(browser, venue.base, { path: `/floor/${SYMBOL}` });
  await page.getByRole("link", { name: "登录后交易" }).click();
  await page.waitForURL(/\/sign-in\?next=/);
  await accessible(page, "sign-in");
  await page.locator("input[name=login]").fill("nobody");
  await page.locator("input[name=password]").fill("not the password");
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await until("a wrong password is refused at its field", () => page.locator(".field .hint.bad").textContent(), (text) => text.includes("SIGN_IN_REFUSED"));
  assert.equal(await page.locator("input[name=login]").inputValue(), "nobody", "what was typed stays");
  await signIn(page, "ana");
  assert.equal(new URL(page.url()).pathname, `/floor/${SYMBOL}`, "where one was");

  const orders = async () => (await (await page.request.get(`/v1/orders?state=all&symbol=${SYMBOL}&limit=1000`)).json()).items.length;
  const free = () => page.getByTestId("free").textContent();
  await until("cash is shown", free, (text) => /\d/.test(text));
  const count = await orders();

  // A wrong price is refused at its field, with its code, and what was typed stays.
  const price = page.locator("input[name=price]");
  const quantity = page.locator("input[name=quantity]");
  const send = page.locator(".tick form button.money");
  await price.fill("120.13");
  await quantity.fill("2");
  await send.click();
  await until("the slip is at its field", () => page.locator(".field .hint.bad").textContent(), (text) => text.includes("PRICE_OFF_TICK"));
  assert.deepEqual([await price.inputValue(), await quantity.inputValue(), await price.getAttribute("aria-invalid")], ["120.13", "2", "true"]);

  // Bought at what is asked: pressed twice, and with Enter held down.
  await until("somebody offers", () => page.locator("button.lv.a").count(), (levels) => levels > 0);
  const asked = /[\d.]+/.exec(await page.locator("button.lv.a").last().locator("span").first().textContent())[0];
  // Somewhat above what is asked, and below what is asked about: it trades though the book moves.
  const best = (Number(asked) + 1).toFixed(2);
  await price.fill(best);
  await until("the button says it", () => send.textContent(), (text) => text.includes(`买入 2 份，限价 ${best}`));
  // The estimate gives way to the venue's own figures.
  await until("the venue says what it costs", () => page.locator(".tick form").textContent(), (text) => text.includes("由交易所按此刻订单簿核算"));
  await send.dblclick();
  await until("taken", () => page.locator(".tick .note.on").textContent(), (text) => text.startsWith("已受理"));
  assert.equal(await orders(), count + 1, "a double click is one order");
  await until("it is among the fills", async () => (await page.getByRole("tab", { name: "成交" }).click(), page.locator(".own tbody tr").count()), (rows) => rows >= 1);
  await page.getByRole("tab", { name: /未了结委托/ }).click();

  // One that rests, sent by Enter held down.
  await price.fill("100.00");
  await quantity.fill("3");
  await until("it is asked for", () => send.textContent(), (text) => text.includes("100.00"));
  await quantity.focus();
  await page.keyboard.down("Enter");
  await page.keyboard.down("Enter");
  await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  // 3 % off the last price: asked once more, the way back first.
  const dialog = page.getByRole("dialog");
  await until("it asks", () => dialog.count(), (found) => found === 1);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "返回修改");
  await accessible(page, "the question");
  await dialog.locator("button.money").click();
  await until("it rests", () => page.locator(".own tbody tr").count(), (rows) => rows === 1);
  await until("and is marked in the ladder or below it", () => page.getByRole("tab", { name: "未了结委托 1" }).count(), (found) => found === 1);
  assert.equal(await orders(), count + 2);

  // Two tabs with the same order are one order.
  const other = await context.newPage();
  await other.goto(`/floor/${SYMBOL}`);
  await until("the other tab is live", () => other.locator(".live").getAttribute("data-state"), (state) => state === "live");
  const [otherPrice, otherQuantity] = [other.locator("input[name=price]"), other.locator("input[name=quantity]")];
  const rest = (Number(best) * 0.99).toFixed(0) + ".00";
  for (const [one, two] of [
    [price, quantity],
    [otherPrice, otherQuantity],
  ]) {
    await one.fill(rest);
    await two.fill("4");
  }
  // Each has made its act, or found the other's.
  await until("the act is written", () => acts(page), (found) => found.some((act) => act.state === "drafted" && act.body.quantity === "4"));
  await page.waitForTimeout(600);
  await Promise.all([send.click(), other.locator(".tick form button.money").click()]);
  await until("both are answered", () => acts(page), (found) => found.every((act) => act.body.quantity !== "4" || act.state === "done"));
  await until("one more rests", () => page.getByRole("tab", { name: "未了结委托 2" }).count(), (found) => found === 1);
  assert.equal(await orders(), count + 3, "two tabs are one order");
  await other.close();

  // The answer is lost on the way: the outcome is asked for under the same id, and it is one order.
  let lost = 0;
  await page.route("**/v1/orders", async (route) => {
    if (route.request().method() !== "POST" || lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort("connectionreset");
  });
  await price.fill(rest);
  await quantity.fill("5");
  await send.click();
  await until("the outcome is not known, and said", () => page.locator(".tick .note.attn").textContent(), (text) => text.includes("同一编号"));
  await until("then it is known", () => page.locator(".tick .note.on").textContent(), (text) => text.startsWith("已受理"));
  assert.deepEqual([lost, await orders()], [1, count + 4], "a lost answer is one order");
  await page.unroute("**/v1/orders");

  // The page is closed between send and answer: the next one asks by the same id.
  let held = 0;
  await page.route("**/v1/orders", async (route) => {
    if (route.request().method() !== "POST" || held > 0) return route.continue();
    held += 1;
    await route.fetch();
    // Never answered.
  });
  await price.fill(rest);
  await quantity.fill("6");
  await send.click();
  await until("it was sent", () => acts(page), (found) => found.some((act) => act.state === "sent" && act.body.quantity === "6"));
  await until("and taken", orders, (now) => now === count + 5);
  await page.reload();
  await until("known after a reload", () => acts(page), (found) => found.some((act) => act.state === "done" && act.body.quantity === "6"));
  assert.equal(await orders(), count + 5, "a reload is one order");
  await page.unroute("**/v1/orders");

  // All are cancelled, by keyboard.
  await until("four rest", () => page.getByRole("tab", { name: "未了结委托 4" }).count(), (found) => found === 1);
  await page.locator("h1").click();
  await page.keyboard.press("Shift+X");
  await dialog.locator("button", { hasText: "全部撤单" }).click();
  await until("none rests", () => page.getByRole("tab", { name: "未了结委托 0" }).count(), (found) => found === 1);
  await accessible(page, "the floor of a trader");

  // Signed out, nothing of one's own is left on the screen.
  await page.getByRole("button", { name: "退出" }).click();
  await until("signed out", () => page.getByRole("link", { name: "登录后交易" }).count(), (found) => found === 1);
  assert.equal(await page.locator(".own").count(), 0);
  assert.deepEqual(unexpected(faults, /ERR_CONNECTION_RESET|ERR_FAILED|401 .*\/v1\/session$/), [], "the console is silent");
}

/** What the browser keeps of acts. */
function acts(page) {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const asked = indexedDB.open("zhiheng", 1);
        asked.onerror = () => reject(asked.error);
        asked.onsuccess = () => {
          const all = asked.result.transaction("acts").objectStore("acts").getAll();
          all.onsuccess = () => (asked.result.close(), resolve(all.result));
        };
      }),
  );
}
