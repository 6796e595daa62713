// The floor, by somebody without an account: the list, the picture, the ladder, the languages, a break of the line.
import { openWindow, unexpected } from "../browser.mjs";
import { accessible, assert, fits, until } from "../expect.mjs";

export const name = "floor";
export const bots = 20;

/** All that is written on canvases, with the picture's own colours found in it. */
const SPY = () => {
  const drawn = (globalThis.drawnTexts = []);
  const fill = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    drawn.push(String(text));
    if (drawn.length > 5_000) drawn.splice(0, 2_500);
    return fill.call(this, text, ...rest);
  };
};

/** The most bytes of compressed script that a first load takes. */
const SCRIPT_MAX = 150_000;

export async function walk({ venue, browser }) {
  const { page, faults, context } = await openWindow(browser, venue.base, { path: "about:blank" });
  await page.addInitScript(SPY);
  await page.goto("/");

  await until("twelve instruments are listed", () => page.locator(".mkt li a").count(), (count) => count === 12);
  await until("the ladder is proved", () => page.locator(".book .hd").textContent(), (text) => /校验一致 · #[\d,]+/.test(text));
  assert.match(await page.locator("aside.strip").textContent(), /沙盒板块/, "the sandbox strip");
  assert.match(await page.title(), /^行情 · .+ [\d.,]+ · 知衡$/);

  // What is drawn: labels of the price axis have all their decimals and stand about the last price.
  const last = Number((await until("a last price", () => page.getByTestId("last").textContent(), (text) => /^\d/.test(text))).replaceAll(",", ""));
  const labels = await until("prices are on the axis", () => page.evaluate(() => globalThis.drawnTexts.filter((text) => /^\d[\d,]*\.?\d*$/.test(text))), (texts) => texts.some((text) => /\.\d\d$/.test(text)));
  const prices = labels.filter((text) => text.includes("."));
  for (const label of prices) assert.match(label, /^\d+\.\d\d$/, "a label has the price's own two decimals");
  assert.ok(prices.some((label) => Math.abs(Number(label) - last) / last < 0.02), `of ${prices.slice(0, 20)} none is near the last price ${last}`);
  const inked = await until(
    "candles are drawn in the colours of rise and fall",
    () =>
      page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const rgb = (name) => /^#(..)(..)(..)$/.exec(style.getPropertyValue(name).trim()).slice(1).map((hex) => parseInt(hex, 16));
        const wanted = { rise: rgb("--c-red"), fall: rgb("--c-green") };
        const found = { rise: 0, fall: 0 };
        for (const canvas of document.querySelectorAll(".picture canvas")) {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          for (let at = 0; at < data.length; at += 4)
            for (const [side, colour] of Object.entries(wanted)) if (data[at] === colour[0] && data[at + 1] === colour[1] && data[at + 2] === colour[2] && data[at + 3] === 255) found[side] += 1;
        }
        return found;
      }),
    // The first minute of a market may be a single line; off the screen it is none.
    (found) => found.rise + found.fall > 2,
  );
  assert.ok(inked.rise + inked.fall > 2);

  const script = await page.evaluate(() => performance.getEntriesByType("resource").filter((one) => /\.js$/.test(one.name)).reduce((sum, one) => sum + one.encodedBodySize, 0));
  assert.ok(script > 10_000 && script <= SCRIPT_MAX, `a first load takes ${script} bytes of script`);
  console.log(`  first load: ${script} bytes of compressed script`);

  // Found by what is typed; what was chosen is in the address.
  await page.keyboard.press("/");
  await page.keyboard.type("无人机");
  await until("one is found", () => page.locator(".mkt li a").count(), (count) => count === 1);
  assert.match(page.url(), /q=/);
  await page.keyboard.press("Escape");
  await until("all are back", () => page.locator(".mkt li a").count(), (count) => count === 12);

  // A level fills the price and sends nothing.
  const asked = [];
  page.on("request", (request) => request.method() !== "GET" && asked.push(request.url()));
  const level = page.locator("button.lv.a").last();
  const price = /[\d.]+/.exec(await level.locator("span").first().textContent())[0];
  await level.click({ force: true });
  await until("the price is filled in", () => page.locator("input[name=price]").inputValue(), (value) => Math.abs(Number(value) - Number(price)) < 2);
  await page.locator("input[name=quantity]").fill("3");
  await until("it says what it would come to", () => page.locator(".tick .sum").first().textContent(), (text) => text.includes("最多冻结"));
  await page.locator("input[name=price]").press("ArrowUp");
  assert.deepEqual(asked, [], "nothing is sent by looking");

  // English, dark, another instrument, Back.
  await page.getByTitle(/switch to English/i).click();
  await until("it is English", () => page.locator(".nav a").first().textContent(), (text) => text === "Floor");
  assert.equal(await page.locator("html").getAttribute("data-updown"), "green");
  const before = page.url();
  await page.locator(".mkt li a").nth(3).click();
  await until("another instrument", () => page.url(), (url) => url !== before);
  await until("its ladder is proved", () => page.locator(".book .hd").textContent(), (text) => /Checksum good · #[\d,]+/.test(text));
  await page.goBack();
  await until("Back goes back", () => page.url(), (url) => url === before);

  await accessible(page, "the floor");
  await fits(page, "the floor, 1440 wide");
  for (const width of [720, 390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    await fits(page, `the floor, ${width} wide`);
  }
  await accessible(page, "the floor, 320 wide");
  await page.setViewportSize({ width: 1440, height: 900 });

  // A broken line is said, and what stood is marked; it goes on by itself.
  await context.setOffline(true);
  await until("no network is said", () => page.locator(".live").getAttribute("data-state"), (state) => state === "offline" || state === "stale");
  await until("the ladder has its time", () => page.locator(".book .hd").textContent(), (text) => /as of \d\d:\d\d:\d\d/.test(text));
  await context.setOffline(false);
  await until("it is live again", () => page.locator(".live").getAttribute("data-state"), (state) => state === "live");
  await until("and proved", () => page.locator(".book .hd").textContent(), (text) => /Checksum good/.test(text));

  await page.goto("/floor/NOTHING.U");
  await until("what is not there", () => page.locator("h1").textContent(), (text) => text.startsWith("There is no such instrument"));
  const unknown = await page.request.get("/nothing");
  assert.deepEqual([unknown.status(), (await unknown.json()).code], [404, "NOT_FOUND"]);
  assert.deepEqual(unexpected(faults, /ERR_INTERNET_DISCONNECTED|WebSocket connection to|404 .*\/nothing/), [], "the console is silent");
}
