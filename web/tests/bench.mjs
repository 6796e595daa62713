// Measures the page: `node web/tests/bench.mjs PROGRAM CHROMIUM`, and prints a table in Markdown. Each figure stands beside a peer in
// the same run and the same browser. A first load beside a bare page of as many bytes; the ladder's paints beside the browser's frames;
// a page's memory in the venue beside a connection that follows nothing.
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { openWindow, startBrowser } from "./browser.mjs";
import { until } from "./expect.mjs";
import { startVenue } from "./venue.mjs";

const [program, chromium] = process.argv.slice(2);
/** An instrument of the demo, and what its ladder has once it is filled. */
const FLOOR = "/floor/CN2018107312040.U";
const FILLED = ".lv.b";
/** First loads of each page, in turn. */
const ROUNDS = 9;
/** How long the ladder is looked at (ms), and how many orders come a second. */
const LOOKED = 10_000;
const ORDERS = 200;
/** How many pages are signed in at once where their memory is taken. */
const PAGES = 200;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);

/** A page of so many bytes that nothing can compress, which does one thing: it says so. */
function bare(bytes) {
  const filling = randomBytes(bytes).toString("latin1").replaceAll(/[^\x20-\x7e]|[*\\`$/]/g, "x").padEnd(bytes, "x");
  const script = `/*${filling}*/document.body.innerHTML='<p class="lv b">filled</p>';`;
  const server = createServer((request, answer) => {
    const isScript = request.url === "/page.js";
    answer.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    answer.end(isScript ? script : '<!doctype html><title>bare</title><body><script src="/page.js"></script>');
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** How long a fresh browser profile takes from the address to what is looked for, painted (ms). */
async function load(browser, base, path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: base });
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(path, { waitUntil: "commit" });
  await page.waitForSelector(FILLED, { state: "visible" });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  const took = performance.now() - began;
  await context.close();
  return took;
}

/** What a first load brings over the network (bytes). */
async function weight(browser, base) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: base });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  let bytes = 0;
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(FLOOR);
  await page.waitForSelector(FILLED, { state: "visible" });
  await page.waitForTimeout(500);
  await context.close();
  return bytes;
}

async function firstLoad(browser, venue) {
  const bytes = await weight(browser, venue.base);
  const server = await bare(bytes);
  const other = `http://127.0.0.1:${server.address().port}`;
  const took = { page: [], bare: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    took.page.push(await load(browser, venue.base, FLOOR));
    took.bare.push(await load(browser, other, "/"));
  }
  server.close();
  const [page, peer] = [median(took.page), median(took.bare)];
  row(`A first load of the floor until its ladder is painted, ${bytes.toLocaleString("en")} bytes over the network`, `${page.toFixed(0)} ms`, "a bare page of as many bytes", `${peer.toFixed(0)} ms`, (page / peer).toFixed(2), "3.00");
}

/** What the ladder paints while orders come. */
async function ladder(browser, venue) {
  const { page, context } = await openWindow(browser, venue.base, { path: FLOOR, person: "ana" });
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  let frames = 0;
  devtools.on("Network.webSocketFrameReceived", ({ response }) => {
    if (response.payloadData.includes('"channel":"book.l2"')) frames += 1;
  });
  await page.reload();
  await page.waitForSelector(FILLED, { state: "visible" });
  frames = 0;
  const seen = await page.evaluate(
    ({ wait, filled }) =>
      new Promise((resolve) => {
        const ladder = document.querySelector(filled).parentElement;
        const told = { frames: 0, painted: 0, most: 0, longest: 0 };
        let changes = 0;
        const watcher = new MutationObserver(() => (changes += 1));
        watcher.observe(ladder, { subtree: true, childList: true, characterData: true, attributes: true });
        const began = performance.now();
        let last = began;
        const frame = (now) => {
          told.frames += 1;
          if (changes > 0) told.painted += 1;
          told.most = Math.max(told.most, changes);
          told.longest = Math.max(told.longest, now - last);
          changes = 0;
          last = now;
          if (now - began < wait) requestAnimationFrame(frame);
          else {
            watcher.disconnect();
            resolve({ ...told, took: now - began });
          }
        };
        requestAnimationFrame(frame);
      }),
    { wait: LOOKED, filled: FILLED },
  );
  await context.close();
  const second = (count) => (count / (seen.took / 1_000)).toFixed(1);
  row(`The ladder at ${second(frames)} updates a second: frames in which it changed; at most ${seen.most} change(s) a frame`, `${second(seen.painted)} a second`, `frames of the browser, the longest ${seen.longest.toFixed(0)} ms`, `${second(seen.frames)} a second`, (seen.painted / seen.frames).toFixed(2), "60 frames a second");
}

/** A message as a client sends it: masked, as RFC 6455 wants. */
function masked(text) {
  const body = Buffer.from(text);
  const mask = randomBytes(4);
  const head = body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, mask, body.map((byte, place) => byte ^ mask[place & 3])]);
}

/** A socket of whoever has this cookie, which says these words and reads all that comes. */
function socket(base, cookie, words) {
  const { hostname, port, host } = new URL(base);
  return new Promise((resolve, reject) => {
    const line = connect(Number(port), hostname);
    line.on("error", reject);
    line.write(`GET /v1/ws HTTP/1.1\r\nhost: ${host}\r\norigin: ${base}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\ncookie: ${cookie}\r\n\r\n`);
    line.once("data", (answer) => {
      if (!answer.toString("latin1").startsWith("HTTP/1.1 101")) return reject(new Error(answer.toString("latin1")));
      line.on("data", () => undefined);
      for (const word of words) line.write(masked(word));
      return resolve(line);
    });
  });
}

/** The venue's resident memory (bytes); Linux tells it. */
async function resident(venue) {
  const status = await readFile(`/proc/${venue.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) * 1_024;
}

/** What each of `PAGES` connections that say these words takes of a venue that nobody has asked anything before (bytes). */
async function grown(cookieOf, words) {
  const venue = await startVenue(program, { bots: 5 });
  try {
    const cookie = await cookieOf(venue);
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const before = await resident(venue);
    for (let count = 0; count < PAGES; count += 1) await socket(venue.base, cookie, words);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    return ((await resident(venue)) - before) / PAGES;
  } finally {
    await venue.stop();
  }
}

async function memory(browser) {
  // What a real page says over its socket, and with which cookie.
  const words = [];
  const visited = async (venue) => {
    const { page, context } = await openWindow(browser, venue.base, { path: "/rules", person: "ana" });
    page.on("websocket", (line) => line.on("framesent", ({ payload }) => words.push(String(payload))));
    await page.goto(FLOOR);
    await page.waitForSelector(FILLED, { state: "visible" });
    await page.waitForTimeout(1_000);
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    await context.close();
    return cookie;
  };
  const idle = await grown(visited, []);
  const subscribed = words.filter((word) => !word.includes('"ping"'));
  const floor = await grown(visited, subscribed);
  row(`Memory of the venue a signed-in page, of ${PAGES} that follow the floor's channels (${subscribed.length} subscriptions)`, `${(floor / 1_024).toFixed(1)} KiB`, "a connection that follows nothing", `${(idle / 1_024).toFixed(1)} KiB`, (floor / idle).toFixed(2), "64 KiB");
}

const browser = await startBrowser(chromium);
row("the page", "measured", "beside it, in the same run", "measured", "ratio", "goal");
console.log("|---|---:|---|---:|---:|---:|");
const venue = await startVenue(program, { bots: ORDERS });
try {
  await until("it trades", async () => (await (await fetch(`${venue.base}/v1/market/CN2018107312040.U/trades?limit=5`)).json()).items.length, (count) => count > 0);
  await firstLoad(browser, venue);
  await ladder(browser, venue);
} finally {
  await venue.stop();
}
await memory(browser);
await browser.close();
