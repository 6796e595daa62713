// The desks: a firm asks for money to be paid out, once however often it is pressed; a bank's act takes two people; the case of a
// default as a waterfall that adds up; what one may not see is not asked for; the reading room without an account.
import { openWindow, unexpected } from "../browser.mjs";
import { accessible, assert, fits, until } from "../expect.mjs";

export const name = "desks";
export const bots = 5;

const fen = (text) => BigInt(text.replace(/[^\d]/g, ""));

/** A read as whoever is signed in on this page. */
function ask(page, path) {
  return page.evaluate(async (address) => (await fetch(address)).json(), path);
}

async function held(page, where) {
  await accessible(page, where);
  await fits(page, where);
}

export async function walk({ venue, browser }) {
  await reads({ venue, browser });
  await firm({ venue, browser });
  await two({ venue, browser });
  await bank({ venue, browser });
  await staff({ venue, browser });
}

/** Without an account: rules, documents, licences, and a desk that says what to do. */
async function reads({ venue, browser }) {
  for (const [lang, theme, width] of [["zh", "light", 1440], ["en", "dark", 390]]) {
    const { page, faults, context } = await openWindow(browser, venue.base, { lang, theme, width, path: "/rules" });
    await until("the articles are there", () => page.locator(".articles li").count(), (count) => count > 5);
    await held(page, `rules ${lang}`);
    await page.goto("/docs/feeds");
    await until("the document is there", () => page.locator("article.doc h2").count(), (count) => count > 5);
    assert.equal(await page.locator("article.doc script").count(), 0);
    await held(page, `document ${lang}`);
    await page.goto("/docs");
    await page.locator("main a", { hasText: "词汇表" }).click();
    await until("a link leads to its page", () => page.locator("article.doc td").count(), (count) => count > 100);
    for (const path of ["/licences", "/transfers", "/desk", "/account", "/account/settings", "/rights/1"]) {
      await page.goto(path);
      await until(`${path} is there`, () => page.locator("main h1").count(), (count) => count === 1);
      await held(page, `${path} ${lang}`);
    }
    assert.deepEqual(unexpected(faults), []);
    await context.close();
  }
}

/** A firm: its desk, its rights, and a withdrawal that is asked for once. */
async function firm({ venue, browser }) {
  const { page, faults, context } = await openWindow(browser, venue.base, { path: "/desk", person: "firm-a" });
  await until("its rights are listed", () => page.locator("main table tbody tr").count(), (count) => count >= 6);
  await held(page, "a firm's desk");
  await page.locator("main table a").first().click();
  await until("a right has its standing", () => page.locator("dl.facts").count(), (count) => count > 0);
  await held(page, "a right");
  await page.goto("/transfers");
  await page.locator("main table a").first().click();
  await until("a sale has its way", () => page.locator("ol.path li").count(), (count) => count > 3);
  await held(page, "a sale");

  await page.goto("/account");
  await until("cash is there", () => page.locator("main table.big tbody tr").count(), (count) => count === 1);
  await held(page, "cash");
  const before = (await ask(page, "/v1/withdrawals")).items.length;
  await page.locator("main a.btn", { hasText: "出金" }).click();
  await until("the form is there", () => page.locator("form .part").count(), (count) => count > 1);
  // Empty: each thing that is missing is said at its field, and the first has the focus.
  await page.locator("form button.money").click();
  await until("what is missing is said", () => page.locator("form [aria-invalid=true]").count(), (count) => count >= 1);
  await until("the first has the focus", () => page.evaluate(() => document.activeElement?.getAttribute("aria-invalid")), (value) => value === "true");
  await held(page, "a form with what is missing");
  const at = (place) => page.locator(`[data-at="${place}"] > .field input, [data-at="${place}"] > .money .field input`).first();
  await at("/amount").fill("1234.5");
  assert.match(await page.locator('[data-at="/amount"] .words').textContent(), /壹仟贰佰叁拾肆元伍角整/);
  for (const field of await page.locator("form [aria-invalid=true]").all()) if ((await field.inputValue()) === "") await field.fill("6222 0000 0000 0001");
  await page.locator("form button.money").click();
  const dialog = page.locator("dialog[open]");
  await dialog.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), "返回修改", "the way back has the focus");
  await held(page, "the question before money moves");
  await page.keyboard.press("Escape");
  await until("Escape goes back, and nothing typed is lost", () => at("/amount").inputValue(), (value) => value === "1234.5");
  await page.locator("form button.money").click();
  await dialog.locator("button.money").dblclick();
  await until("it was taken", () => page.locator(".note.on").count(), (count) => count === 1);
  await page.reload();
  const after = await until("one withdrawal came of it", () => ask(page, "/v1/withdrawals"), ({ items }) => items.length > before);
  assert.equal(after.items.length, before + 1, "a press, twice, and a reload: one withdrawal");
  assert.equal(after.items.at(-1).withdrawal.amount?.amount ?? after.items.at(-1).withdrawal.amount, "1234.50");
  for (const part of ["holdings", "orders", "fills", "statements", "keys", "signins", "security", "settings"]) {
    await page.goto(`/account/${part}`);
    await until(`${part} is there`, () => page.locator("main table, main form, main .seg, main p.k").count(), (count) => count > 0);
    await held(page, part);
  }
  assert.deepEqual(unexpected(faults), []);
  await context.close();
}

/** What takes two people: the first proposes it and can't approve it, the second does. */
async function two({ venue, browser }) {
  const first = await openWindow(browser, venue.base, { path: "/desk/acts/set_dual_control", person: "bank" });
  await first.page.locator('[data-at="/required"] select').selectOption("no");
  await first.page.locator("form button.money").click();
  await first.page.locator("form .note button.money").click();
  await until("it is proposed", () => first.page.locator(".note.on a").count(), (count) => count === 1);
  await first.page.locator(".note.on a").click();
  const approve = (page) => page.locator(".acts button.go");
  await until("the proposer's own approval is off", () => approve(first.page).getAttribute("aria-disabled"), (off) => off === "true");
  assert.match(await first.page.locator("#why-approve").textContent(), /本人提出，须由另一人复核/);
  await held(first.page, "one's own proposal");
  const path = new URL(first.page.url()).pathname;

  const second = await openWindow(browser, venue.base, { path, person: "bank-2", lang: "en", theme: "dark", width: 390 });
  await until("the second may", () => approve(second.page).getAttribute("aria-disabled"), (off) => off === "false");
  assert.ok((await second.page.locator(".does li").count()) >= 2, "what it does is said");
  await held(second.page, "a proposal for the second person");
  await approve(second.page).click();
  await second.page.locator("dialog[open] button.money").click();
  await until("it is done", () => second.page.locator("header .tag").textContent(), (text) => text === "done");
  await first.page.reload();
  await until("the first sees it", () => first.page.locator("header .tag").textContent(), (text) => text === "已完成");
  for (const { faults, context } of [first, second]) {
    // That it takes two is a refusal, which the browser writes down.
    assert.deepEqual(unexpected(faults).filter((fault) => !/\/v1\/participants\/dual-control/.test(fault)), []);
    await context.close();
  }
}

/** A bank: its loans, and a case whose waterfall adds up to the fen. */
async function bank({ venue, browser }) {
  const { page, faults, context } = await openWindow(browser, venue.base, { path: "/desk", person: "bank" });
  await until("its loans are listed", () => page.locator("main section table tbody tr").count(), (count) => count > 2);
  await held(page, "a bank's desk");
  await page.locator("main a", { hasText: /^贷款 \d+$/ }).first().click();
  await until("a loan is told", () => page.locator("dl.facts").count(), (count) => count > 0);
  await held(page, "a loan");
  const { items } = await ask(page, "/v1/disposals");
  await page.goto(`/desk/cases/${items[0].disposal.disposal_id}`);
  await until("the case has its way", () => page.locator("ol.path").count(), (count) => count === 1);
  await held(page, "a case");
  // The demo's own case is sold and paid out within some minutes of its life.
  await until("the price is paid out", () => ask(page, "/v1/distributions"), (told) => told.items.length > 0, 300_000);
  await page.reload();
  await until("the waterfall is there", () => page.locator("table.wf tbody tr").count(), (count) => count > 3);
  const rows = await page.locator("table.wf tbody tr.line td:nth-of-type(4)").evaluateAll((cells) => cells.map((cell) => cell.childNodes[0].textContent));
  const gross = await page.locator("table.wf tbody tr.gross td:nth-of-type(4)").textContent();
  assert.equal(rows.reduce((sum, text) => sum + fen(text), 0n), fen(gross), "the rows add up to the proceeds");
  assert.equal(await page.locator("table.wf td.bar:not([aria-hidden=true])").count(), 0, "bars are for eyes alone");
  await held(page, "a waterfall");
  assert.deepEqual(unexpected(faults), []);
  await context.close();
}

/** Staff: nothing of others is read before it is asked for, since each read is noted. */
async function staff({ venue, browser }) {
  const { page, faults, context } = await openWindow(browser, venue.base, { path: "/sign-in", person: "operator" });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto("/desk");
  await until("the venue's health is told", () => page.locator(".health b").count(), (count) => count > 1);
  await held(page, "an operator's desk");
  await page.goto("/desk/records/transfers");
  await until("it is said that reads are noted", () => page.locator("main .note button").count(), (count) => count === 1);
  await page.goto("/desk/halts");
  await until("what trades is listed", () => page.locator("main table tbody tr").count(), (count) => count === 12);
  await held(page, "halts");
  assert.deepEqual(asked.filter((path) => /^\/v1\/(transfers|licences|loans|pledges|disposals|titles|withdrawals|proposals)/.test(path)), [], "no record of others is read unasked");
  await page.goto("/desk/acts");
  await until("every act has a form", () => page.locator("main li a").count(), (count) => count > 140);
  await held(page, "all acts");
  assert.deepEqual(unexpected(faults), []);
  await context.close();
}
