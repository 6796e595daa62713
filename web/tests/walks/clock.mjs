// The countdown is the venue's. It is right with a computer an hour off, after a sleep in which nothing ran, and after an extension that
// came while the line was cut. What is compared is the moment that the page counts to and the venue's own time, asked at the same
// moment over HTTP: they differ by no more than what is painted, a second, and the way of the question.
import { openWindow, unexpected } from "../browser.mjs";
import { assert, until } from "../expect.mjs";
import { announceLot, lotNow, rival } from "../lots.mjs";

export const name = "clock";

/** What is painted once a second may be a second old; the rest is what the question takes, measured each time. */
const PAINTED = 1_000;
/** Timers of a page under load are late by so much at most. */
const LATE = 500;

/** The rest that the page shows (ms). */
const shown = (page) =>
  page.evaluate(() => {
    const text = document.querySelector("[role=timer] .clock")?.textContent ?? "";
    const found = /^(?:(\d+):)?(\d\d):(\d\d(?:\.\d)?)$/.exec(text.trim());
    return found ? (Number(found[1] ?? 0) * 3_600 + Number(found[2]) * 60 + Number(found[3])) * 1_000 : null;
  });

/** The venue's clock, asked by a ping on a socket of its own. */
async function venueClock(browser, base) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${base}/docs`);
  await page.evaluate(async () => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/ws`);
    const waits = new Map();
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (said.op === "pong") waits.get(said.id)?.(said.at);
    };
    await new Promise((resolve) => (socket.onopen = resolve));
    let id = 0;
    globalThis.askTime = () => new Promise((resolve) => (waits.set(++id, resolve), socket.send(JSON.stringify({ op: "ping", id }))));
  });
  return async () => Date.parse(await page.evaluate(() => globalThis.askTime()));
}

/** Holds the countdown against the venue; answers by how much they differ. */
async function agrees(page, base, lot, time, when) {
  return until(
    `${when}: the countdown is the venue's`,
    async () => {
      const before = performance.now();
      const [rest, now, { ends_at }] = [await shown(page), await time(), await lotNow(base, lot)];
      if (rest === null) return { rest };
      // Seconds are cut off, so up to one less is shown.
      return { off: Date.parse(ends_at) - now - rest, took: performance.now() - before };
    },
    ({ off, took }) => off !== undefined && off > -took - LATE && off < PAINTED + took + LATE,
    15_000,
  );
}

export async function walk({ venue, browser }) {
  const { base } = venue;
  const { lot } = await announceLot(base, { seconds: 55, window: 15 });
  const time = await venueClock(browser, base);
  const told = [];

  // Computers an hour behind and an hour ahead, and one that is right.
  const windows = [];
  for (const [hours, said] of [[0, "right"], [1, "an hour ahead"], [-1, "an hour behind"]]) {
    const { page, context, faults } = await openWindow(browser, base, { path: "about:blank" });
    await context.addInitScript((ahead) => {
      const Real = Date;
      globalThis.sleptFor = 0;
      const now = () => Real.now() + ahead + globalThis.sleptFor;
      globalThis.Date = class extends Real {
        constructor(...given) {
          super(...(given.length === 0 ? [now()] : given));
        }
        static now() {
          return now();
        }
      };
    }, hours * 3_600_000);
    await page.goto(`/auctions/${lot}`);
    const { off } = await agrees(page, base, lot, time, `a computer that is ${said}`);
    told.push(`${said} ${off} ms`);
    const off2s = () => page.locator("p.strip[role=note]").count();
    await until("a clock that is off is said, and one that is right is not", off2s, (count) => count === (hours === 0 ? 0 : 1));
    assert.equal(Math.round(((await page.evaluate(() => Date.now())) - Date.now()) / 3_600_000) + 0, hours, "the page's own clock is as it was set");
    windows.push({ page, context, faults });
  }

  // A sleep: no timer of the page runs, while the world and the computer's clock go on.
  const { page, context } = windows[2];
  const session = await context.newCDPSession(page);
  await page.evaluate(() => ((globalThis.beats = 0), setInterval(() => (globalThis.beats += 1), 100)));
  await session.send("Debugger.enable");
  const still = session.send("Runtime.evaluate", { expression: "debugger" });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await session.send("Debugger.resume");
  await still;
  await session.send("Debugger.disable");
  const beats = await page.evaluate(() => globalThis.beats);
  assert.ok(beats < 20, `timers stood still for four seconds: ${beats} of 40 beats`);
  told.push(`after four seconds of standing still ${(await agrees(page, base, lot, time, "after standing still")).off} ms`);

  // And one in which the computer's monotonic timer stood still with it, as on many: only the wall clock has gone on.
  await page.evaluate(() => (globalThis.sleptFor += 1_800_000));
  await until("all is stale until the venue has said something", async () => (await shown(page)) !== null, Boolean);
  told.push(`after half an hour's sleep ${(await agrees(page, base, lot, time, "after a sleep")).off} ms`);

  // The line is cut; the end moves meanwhile; the line is back.
  const cut = windows[0];
  await cut.context.setOffline(true);
  await until("it is said that it may be later", () => cut.page.locator("[role=timer]").textContent(), (said) => said.includes("不早于"), 20_000);
  const before = await lotNow(base, lot);
  const bo = await rival(base, lot, "bo");
  // A bid within the window moves the end.
  await until("the window has begun", async () => Date.parse(before.ends_at) - (await time()), (rest) => rest < 14_000, 60_000);
  await bo.bid();
  const after = await lotNow(base, lot);
  assert.ok(Date.parse(after.ends_at) > Date.parse(before.ends_at), "the end has moved");
  const stood = await shown(cut.page);
  assert.ok(stood === null || stood <= Date.parse(after.ends_at) - (await time()) + PAINTED, "what stands is no later than the end");
  await cut.context.setOffline(false);
  told.push(`after an extension behind a cut line ${(await agrees(cut.page, base, lot, time, "after the cut")).off} ms`);
  assert.match(await cut.page.locator(".crumb").textContent(), /已延时 1 次/);
  for (const one of windows) told.push(`${(await agrees(one.page, base, lot, time, "after the extension")).off} ms`);

  // It never says that the lot is over before the venue does.
  await until("the venue closes it", () => lotNow(base, lot), (found) => found.state !== "open", 60_000);
  await until("and the page follows", () => windows[1].page.locator("[role=timer]").textContent(), (said) => /已结束|结束于|成交/.test(said), 20_000);
  console.log(`  the countdown and the venue differ by: ${told.join(", ")}`);
  assert.deepEqual(windows.flatMap((one) => unexpected(one.faults, /ERR_INTERNET_DISCONNECTED|WebSocket/)), [], "the console is silent");
}
