// Money moves once. In lots of the walk's own, in which nobody else bids: exactly one bid comes of a double press, of Enter held
// down, of a reload between press and answer in either order, of two tabs, of a venue that is killed between send and answer and
// started again, of a session that ended in between; a best that changes under the press brings no bid at all; a payment is one
// payment, and Back does not make it another. What counts is the lot's public log.
import { openWindow, signIn, unexpected } from "../browser.mjs";
import { assert, until } from "../expect.mjs";
import { announceLot, bidsOf, lotNow, rival } from "../lots.mjs";

const BIDS = "**/v1/auctions/bids";

/** Opens the room of a lot, and enters the lot. Answers the button, the number, and how many bids of that number there are. */
async function enter(page, base, lot) {
  await page.goto(`/auctions/${lot}`);
  await page.locator(".enter button.link").click();
  await page.locator(".enter button.money").click();
  return room(page, base, lot);
}

async function room(page, base, lot) {
  const button = page.locator("form.bar button.money");
  await until("it can be bid", () => button.getAttribute("aria-disabled"), (off) => off === "false");
  const number = Number(/\d+/.exec(await page.locator(".you .k").textContent())[0]);
  return { button, number, count: async () => (await bidsOf(base, lot, number)).length, isOn: () => until("it can be bid again", () => button.getAttribute("aria-disabled"), (off) => off === "false") };
}

/** Holds that there are so many bids, and that no other comes within a moment in which one would have. */
async function staysAt(count, bids, what) {
  await until(what, count, (now) => now >= bids);
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(await count(), bids, what);
}

/** Takes hold of the next bids on their way: `before` holds them from the venue, `after` lets them through and holds the answer. */
async function holdBids(page, where) {
  const ids = [];
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  const ended = [];
  await page.route(BIDS, (route) => {
    ids.push(route.request().postDataJSON().client_id);
    const hold = async () => {
      if (where === "after") await route.fetch().catch(() => undefined);
      await opened;
      await route.abort().catch(() => undefined);
    };
    ended.push(hold());
    return ended.at(-1);
  });
  return {
    ids,
    async release() {
      open();
      // Each is lost before nobody holds them any more: else the browser would let go on what was only held.
      await Promise.all(ended);
      await page.unroute(BIDS);
    },
  };
}

export const walks = [
  {
    name: "once-bids",
    async walk({ venue, browser }) {
      const { base } = venue;
      const { lot } = await announceLot(base, { seconds: 600 });
      const { page, context, faults } = await openWindow(browser, base, { person: "ana" });
      const { button, number, count, isOn } = await enter(page, base, lot);
      const bo = await rival(base, lot, "bo");
      let bids = 0;

      // A double press.
      await button.dblclick();
      await staysAt(count, (bids += 1), "a double press is one bid");

      // Four presses by a program, faster than any answer.
      await bo.bid();
      await isOn();
      await button.evaluate((element) => [1, 2, 3, 4].forEach(() => element.click()));
      await staysAt(count, (bids += 1), "four presses at once are one bid");

      // Enter held down.
      await bo.bid();
      await isOn();
      await button.focus();
      for (let press = 0; press < 8; press += 1) await page.keyboard.down("Enter");
      await page.keyboard.up("Enter");
      await staysAt(count, (bids += 1), "Enter held down is one bid");

      // A reload between press and answer: before the bid has reached the venue, and after.
      for (const where of ["before", "after"]) {
        await bo.bid();
        await isOn();
        const held = await holdBids(page, where);
        await button.click();
        await until("it is on its way", () => held.ids.length, (sent) => sent === 1);
        if (where === "after") await until("the venue has it", count, (now) => now === bids + 1);
        const again = [];
        page.on("request", (request) => request.method() === "POST" && request.url().endsWith("/v1/auctions/bids") && again.push(request.postDataJSON().client_id));
        await held.release();
        await page.reload();
        await staysAt(count, (bids += 1), `a reload ${where} the bid arrived is one bid`);
        await until("the page knows what came of it", () => page.locator(".band h2, .word").allTextContents(), (said) => said.join().includes("您领先"));
        await until("it is asked again", () => again.length, (tries) => tries > 0);
        assert.deepEqual([...new Set(again)], [held.ids[0]], "under its own id");
        page.removeAllListeners("request");
      }

      // A second tab, with the same lot: both press at once. And one presses while the other's is on its way.
      const other = await context.newPage();
      await other.goto(`/auctions/${lot}`);
      const second = { button: other.locator("form.bar button.money") };
      await bo.bid();
      await isOn();
      await until("the other tab can bid", () => second.button.getAttribute("aria-disabled"), (off) => off === "false");
      await Promise.all([button.click({ force: true }), second.button.click({ force: true })]);
      await staysAt(count, (bids += 1), "two tabs are one bid");
      await bo.bid();
      await isOn();
      await until("the other tab can bid", () => second.button.getAttribute("aria-disabled"), (off) => off === "false");
      const held = await holdBids(page, "before");
      await button.click();
      await until("it is on its way", () => held.ids.length, (sent) => sent === 1);
      await until("the other tab says so", () => other.locator(".band h2").textContent(), (said) => said === "另一窗口正在报价");
      assert.equal(await second.button.getAttribute("aria-disabled"), "true");
      await second.button.click({ force: true });
      await held.release();
      await staysAt(count, (bids += 1), "a press in a tab while the other's is on its way is no bid of its own");
      await other.close();

      // The best changes between press and release: by pointer, and by the space key. No bid at all, and none of another amount.
      for (const [down, up] of [
        [() => button.hover().then(() => page.mouse.down()), () => page.mouse.up()],
        [() => button.focus().then(() => page.keyboard.down(" ")), () => page.keyboard.up(" ")],
      ]) {
        await bo.bid();
        await isOn();
        const read = await button.textContent();
        await down();
        // Somebody else goes on meanwhile: ana's number does not lead, so bo's friend has to.
        const { best } = await lotNow(base, lot);
        await third(base, lot, (Number(best.amount) + 1_000).toFixed(2));
        await until("the button says another amount", () => button.textContent(), (now) => now !== read);
        await up();
        await until("void, and said", () => page.locator("form.bar .hint").first().textContent(), (said) => said.includes("上次按下未发出"));
        await staysAt(count, bids, "no bid of another amount");
        await isOn();
      }

      // All that was bid was bid at an amount that stood on the button: steps of the lot, each above the one before.
      const all = await bidsOf(base, lot);
      assert.ok(all.every(({ price }, place) => place === 0 || Number(price.amount) - Number(all[place - 1].price.amount) === 1_000), "each bid is the next step");
      assert.equal(all.filter((bid) => bid.number === number).length, bids);
      console.log(`  ${bids} bids of ${all.length} in the log: two presses, four presses, Enter held, reload before and after, two tabs twice; void presses: 2`);
      // The second of two tabs may come when the first one's bid stands already: the venue refuses it, and the browser says so.
      assert.deepEqual(unexpected(faults, /ERR_FAILED|(409|422) .*\/v1\/auctions\/bids|net::ERR_/), [], "the console is silent");
    },
  },
  {
    name: "once-killed",
    async walk({ venue, browser }) {
      const { base } = venue;
      const { lot } = await announceLot(base, { seconds: 600 });
      const { page, faults } = await openWindow(browser, base, { person: "ana" });
      const { button, number, count, isOn } = await enter(page, base, lot);
      const bo = await rival(base, lot, "bo");
      let bids = 0;

      // Killed between send and answer: before the bid has arrived, and after it was taken.
      for (const where of ["before", "after"]) {
        if (bids > 0) await bo.bid();
        await isOn();
        const held = await holdBids(page, where);
        await button.click();
        await until("it is on its way", () => held.ids.length, (sent) => sent === 1);
        if (where === "after") await until("the venue has it", count, (now) => now === bids + 1);
        await venue.kill();
        await held.release();
        await until("the outcome is not known, and said", () => page.locator(".band h2").textContent(), (said) => said === "尚不知是否已受理", 20_000);
        await venue.again();
        // Lots are paused by an outage, and the demo's operator resumes its own alone.
        await resume(base, lot);
        await until("asked again, and known", () => page.locator(".word, .band h2").allTextContents(), (said) => !said.join().includes("尚不知") && said.length > 0, 40_000);
        const now = await count();
        assert.ok(now <= bids + 1, `killed ${where}: at most one bid`);
        if (where === "after") assert.equal(now, bids + 1, "what was taken before the kill stands, once");
        console.log(`  killed ${where === "before" ? "before the bid arrived" : "after the bid was taken"}: ${now - bids} bid${now - bids === 1 ? "" : "s"}; the page says ${(await page.locator(".word, .band h2").allTextContents()).join(" / ").trim()}`);
        if (now === bids) {
          // Refused while the lot was paused: the id is spent, and the person bids anew.
          await isOn();
          await button.click();
        }
        await staysAt(count, (bids += 1), "one bid");
      }

      // The session ends in between: the page asks to sign in, and the same act goes out under the same id.
      await bo.bid();
      await isOn();
      await until("the price is known here", async () => (await button.textContent()).replaceAll(",", ""), (said) => said.includes("报价"));
      const ids = [];
      page.on("request", (request) => request.method() === "POST" && request.url().endsWith("/v1/auctions/bids") && ids.push(request.postDataJSON().client_id));
      const cookies = await page.context().cookies();
      await page.context().clearCookies();
      await button.click();
      await page.locator(".band a.btn, .enter a.btn").first().click();
      assert.equal(await count(), bids, "nothing was taken");
      await signIn(page, "ana");
      assert.equal(new URL(page.url()).pathname, `/auctions/${lot}`, "where one was");
      await isOn();
      await button.click();
      await staysAt(count, (bids += 1), "one bid after signing in again");
      assert.equal(new Set(ids).size, 1, "under the same id");
      assert.ok(ids.length >= 2 && cookies.length > 0);

      // Signed out between a lost answer and the next try: unknown, signed in, asked again, one bid.
      await bo.bid();
      await isOn();
      const held = await holdBids(page, "after");
      await button.click();
      await until("the venue has it", count, (now) => now === bids + 1);
      await page.context().clearCookies();
      await held.release();
      await page.locator(".band a.btn, .enter a.btn").first().click();
      await signIn(page, "ana");
      await until("what came of it is known", () => page.locator(".word, .band h2").allTextContents(), (said) => /✓ 已受理|您领先/.test(said.join()), 20_000);
      await staysAt(count, (bids += 1), "one bid, asked for by its id after signing in");
      assert.equal((await bidsOf(base, lot, number)).length, bids);
      assert.deepEqual(unexpected(faults, /ERR_|401|409|WebSocket|502|503/), [], "the console is silent");
    },
  },
  {
    name: "once-paid",
    async walk({ venue, browser }) {
      const { base } = venue;
      const { lot } = await announceLot(base, { seconds: 12, window: 5 });
      const { page, faults } = await openWindow(browser, base, { person: "ana" });
      const { button, count } = await enter(page, base, lot);
      await button.click();
      await staysAt(count, 1, "one bid");
      await until("won", () => page.locator(".band h2").textContent(), (said) => said.startsWith("您以 "), 60_000);
      const payments = [];
      page.on("request", (request) => request.method() === "POST" && request.url().endsWith("/v1/auctions/pay") && payments.push(request.postDataJSON().client_id));
      const free = async () => (await (await page.request.get("/v1/accounts/5")).json()).cash.find(({ currency }) => currency === "CNY");
      const before = await free();
      await page.getByRole("link", { name: /去付款/ }).click();
      await page.locator(".pay button.money").click();
      // The answer of the payment is lost, and the dialog pressed twice.
      let lost = 0;
      await page.route("**/v1/auctions/pay", async (route) => {
        if (lost > 0) return route.continue();
        lost += 1;
        await route.fetch();
        return route.abort();
      });
      await page.getByRole("dialog").locator("button.go").dblclick();
      const paid = () => until("it says that it is paid", () => page.locator(".pay .band h2").textContent(), (said) => said.includes("已支付"), 30_000);
      await paid();
      const after = await free();
      const price = Number((await lotNow(base, lot)).price.amount);
      assert.ok(Number(before.free) - Number(after.free) > 0 && Number(before.free) - Number(after.free) <= price * 1.01, `paid once: ${before.free} before, ${after.free} after, for ${price}`);

      // Back, forward, a reload and the address again: paid, with no form, and nothing is sent.
      await page.goBack();
      await until("the room again", () => page.locator(".band h2").textContent(), (said) => said.startsWith("您以 "));
      await page.goForward();
      await paid();
      assert.equal(await page.locator(".pay button.money").count(), 0);
      await page.reload();
      await paid();
      assert.equal(await page.locator(".pay button.money").count(), 0);
      await page.goto(`/auctions/${lot}?step=pay`);
      await paid();
      assert.equal(new Set(payments).size, 1, "one id over all tries of the payment, whatever was shown meanwhile");
      assert.equal((await free()).free, after.free);
      console.log(`  one payment of ${(Number(before.free) - Number(after.free)).toFixed(2)} in ${payments.length} tries under one id`);
      assert.deepEqual(unexpected(faults, /ERR_FAILED/), [], "the console is silent");
    },
  },
];

/** A third bidder, once for each lot: whoever is not the one that leads. */
const thirds = new Map();
async function third(base, lot, amount) {
  if (!thirds.has(lot)) thirds.set(lot, await rival(base, lot, "firm-a"));
  return thirds.get(lot).bid(amount);
}

async function resume(base, lot) {
  const { party } = await import("../party.mjs");
  const operator = await party(base, "operator");
  await until("paused by the outage", () => lotNow(base, lot), (found) => found?.state === "paused", 20_000);
  await operator.give("/v1/auctions/resume", { lot_id: lot, evidence_sha256: "ab".repeat(32) });
  await until("open again", () => lotNow(base, lot), (found) => found?.state === "open", 20_000);
}
