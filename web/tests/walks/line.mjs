// The line under load, by counts and never by times: at most one picture of the ladder between two frames of the browser, no update
// lost, the book the venue's by checksum after twenty breaks of the line, and a heap that does not grow with the updates.
import { openWindow, unexpected } from "../browser.mjs";
import { assert, until } from "../expect.mjs";

const SYMBOL = "CN2018107312040.U";
/** So many updates come over the line between the two looks at the heap: a walk of minutes asks for more (`WALK_UPDATES=50000`). */
const UPDATES = Number(process.env["WALK_UPDATES"] ?? 5_000);
/** After so many, what is filled once is full. */
const WARM = 1_500;
/** By so many bytes may it have grown: caches that fill once, and what the browser keeps of its own. */
const GROWTH_MAX = 3_000_000;
const BREAKS = 20;

/** Counts, in the page, what comes over its sockets and what is written into the ladder between two frames; gives the sockets out. */
const SPY = () => {
  const seen = (globalThis.seen = { messages: 0, updates: 0, seq: 0, sockets: [], pictures: 0, frames: 0, most: 0, misfits: 0, holes: 0, snapshots: 0 });
  const Real = WebSocket;
  globalThis.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      seen.sockets.push(this);
      this.addEventListener("message", ({ data }) => {
        seen.messages += 1;
        // Looked at without being read in full: the page reads it, and the spy must not be what costs.
        const kind = /^\{"type":"(snapshot|delta)","channel":"book\.l2","symbol":"[^"]+","seq":(\d+)/.exec(data);
        if (!kind) return;
        const seq = Number(kind[2]);
        if (kind[1] === "snapshot") seen.snapshots += 1;
        else if (Number(/"prev_seq":(\d+)/.exec(data)?.[1] ?? seq - 1) > seen.seq) seen.holes += 1;
        seen.updates += 1;
        seen.seq = seq;
      });
    }
    send(text) {
      // A page that found its copy wrong asks for a snapshot by leaving first.
      if (text.includes('"op":"unsubscribe"') && text.includes("book.l2")) seen.misfits += 1;
      super.send(text);
    }
  };
  // The number of the book is written once a picture: more than once between two frames is a picture too many.
  let since = 0;
  globalThis.watchLadder = () => {
    const head = document.querySelector(".book .hd span");
    let painted = head.textContent;
    new MutationObserver(() => {
      // What else is said there (as of when, while the line is broken) is no picture of another book.
      const now = /#[\d,.]+/.exec(head.textContent)?.[0];
      if (now === undefined || now === painted) return;
      painted = now;
      seen.pictures += 1;
      since += 1;
    }).observe(head, { characterData: true, childList: true, subtree: true });
    const frame = () => {
      seen.frames += 1;
      seen.most = Math.max(seen.most, since);
      since = 0;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
};

const seen = (page) => page.evaluate(() => ({ ...globalThis.seen, sockets: globalThis.seen.sockets.length }));
const shownSeq = (page) => page.evaluate(() => Number(/#([\d,]+)/.exec(document.querySelector(".book .hd").textContent)?.[1].replaceAll(",", "") ?? "0"));

/** The ladder as it is shown: price and quantity of each level, best first. */
const ladder = (page) =>
  page.evaluate(() => {
    const side = (kind) =>
      [...document.querySelectorAll(`button.lv.${kind}`)].map((level) => {
        const [price, quantity] = [...level.children].map((cell) => [...cell.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join("").trim().replaceAll(",", ""));
        return [price, quantity];
      });
    return { bids: side("b"), asks: side("a").reverse(), seq: document.querySelector(".book .hd").textContent };
  });

export const walks = [
  {
    name: "line-breaks",
    bots: 200,
    async walk({ venue, browser }) {
      const { page, faults } = await openWindow(browser, venue.base, { path: "about:blank" });
      await page.addInitScript(SPY);
      await page.goto(`/floor/${SYMBOL}`);
      await until("the ladder is proved", () => shownSeq(page), (seq) => seq > 0);
      await page.evaluate(() => globalThis.watchLadder());

      // Twenty times the socket is cut under the page; each time it goes on, and its ladder is proved anew.
      for (let broken = 1; broken <= BREAKS; broken += 1) {
        const before = (await seen(page)).seq;
        await page.evaluate(() => globalThis.seen.sockets.at(-1).close());
        await until(`${broken}: it is back`, () => seen(page), (now) => now.sockets > broken && now.seq > before, 20_000);
      }
      await until("it is live", () => page.locator(".live").getAttribute("data-state"), (state) => state === "live", 20_000);

      // What is shown is the venue's book: asked for over HTTP until both tell of the same moment.
      let compared = 0;
      for (let tries = 0; tries < 400 && compared < 3; tries += 1) {
        const book = await (await page.request.get(`/v1/market/${SYMBOL}/book`)).json();
        const shown = await ladder(page);
        if (Number(/#([\d,]+)/.exec(shown.seq)?.[1].replaceAll(",", "")) !== book.seq) continue;
        const want = (levels) => levels.slice(0, 9).map(([price, quantity]) => [price, quantity]);
        assert.deepEqual([shown.bids, shown.asks], [want(book.bids), want(book.asks)], "the ladder is the venue's book");
        compared += 1;
      }
      assert.ok(compared > 0, "page and venue were never at the same moment");
      const now = await seen(page);
      assert.equal(now.misfits, 0, "no frame did not fit: none was lost over the breaks");
      assert.equal(await page.locator(".book .hd").textContent().then((text) => /校验一致/.test(text)), true, "by checksum");
      console.log(`  ${now.updates} updates over ${now.sockets} sockets, none lost (0 snapshots asked for anew), ${now.pictures} pictures, at most ${now.most} a frame; the ladder compared ${compared} times`);
      assert.ok(now.most <= 1, `at most one picture a frame: ${now.most}`);
      assert.deepEqual(unexpected(faults), [], "the console is silent");
    },
  },
  {
    name: "line-heap",
    bots: 2_000,
    async walk({ venue, browser }) {
      const { page, context, faults } = await openWindow(browser, venue.base, { path: "about:blank" });
      await page.addInitScript(SPY);
      await page.goto(`/floor/${SYMBOL}`);
      await until("the ladder is proved", () => shownSeq(page), (seq) => seq > 0);
      await page.evaluate(() => globalThis.watchLadder());
      const session = await context.newCDPSession(page);
      await session.send("HeapProfiler.enable");
      const heap = async () => {
        for (let times = 0; times < 3; times += 1) await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = await session.send("Runtime.getHeapUsage");
        return usedSize;
      };
      // What fills once has filled: candles, prints, the browser's own caches.
      await until("it is warm", () => seen(page), (now) => now.messages > WARM, 80_000);
      const [before, first] = [await heap(), await seen(page)];
      await until("so many updates came", () => seen(page), (now) => now.messages >= first.messages + UPDATES, Math.max(80_000, UPDATES * 20));
      const [after, last] = [await heap(), await seen(page)];

      // What the venue has, the ladder reaches; nothing was lost on the way, and nothing had to be asked for anew.
      const { seq } = await (await page.request.get(`/v1/market/${SYMBOL}/book`)).json();
      await until("the ladder has all that the venue had", () => shownSeq(page), (shown) => shown >= seq, 20_000);
      assert.deepEqual([last.misfits, last.snapshots, last.holes], [0, 1, 0], "each frame goes on from the one before");
      assert.ok(last.most <= 1, `at most one picture a frame: ${last.most}`);
      assert.ok(last.pictures < last.updates, "what comes between two frames is one picture");
      console.log(`  ${last.messages - first.messages} updates, ${last.updates} of the book in ${last.pictures} pictures over ${last.frames} frames, at most ${last.most} a frame; the heap ${before} bytes before, ${after} after`);
      assert.ok(after - before < GROWTH_MAX, `the heap is flat: ${after - before} bytes more`);
      assert.deepEqual(unexpected(faults), [], "the console is silent");
    },
  },
];
