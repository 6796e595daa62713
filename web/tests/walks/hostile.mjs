// What comes from outside stays outside: a page of another origin, with the browser's cookie or a stolen one, places no bid and hears
// nothing private; what others write is text; nothing is asked of anybody but the venue.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { openWindow, unexpected } from "../browser.mjs";
import { assert, until } from "../expect.mjs";
import { announceLot, bidsOf } from "../lots.mjs";
import { party } from "../party.mjs";

export const name = "hostile";

const digest = (text) => createHash("sha256").update(text).digest("hex");

/** Another origin. What is asked of it is kept. */
async function startOrigin() {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader("Content-Type", "text/html").end("<!doctype html><title>another origin</title><p>another origin");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, asked, stop: () => new Promise((resolve) => server.close(resolve)) };
}

/** All that a page of another origin may try with what the browser sends by itself: it answers what it could read. */
async function attack(page, base, body) {
  return page.evaluate(
    async ({ base, body }) => {
      const tell = async (what) => {
        try {
          return await what();
        } catch (error) {
          return `refused: ${error.message}`;
        }
      };
      const found = {};
      for (const [name, init] of Object.entries({
        json: { headers: { "Content-Type": "application/json" } },
        plain: { headers: { "Content-Type": "text/plain" } },
        noCors: { mode: "no-cors", headers: { "Content-Type": "text/plain" } },
      }))
        found[name] = await tell(async () => (await fetch(`${base}/v1/auctions/bids`, { method: "POST", credentials: "include", body: JSON.stringify({ ...body, client_id: `from-${name}` }), ...init })).text());
      found.read = await tell(async () => (await fetch(`${base}/v1/accounts`, { credentials: "include" })).text());
      found.beacon = navigator.sendBeacon(`${base}/v1/auctions/bids`, new Blob([JSON.stringify({ ...body, client_id: "from-beacon" })], { type: "text/plain" }));
      // The form's body is the command itself, its one field cut at the sign of equality.
      for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
        const form = Object.assign(document.createElement("form"), { method: "post", action: `${base}/v1/auctions/bids`, enctype, target: "into" });
        const text = JSON.stringify({ ...body, client_id: "from-form", none: "=" });
        const field = Object.assign(document.createElement("input"), { name: text.slice(0, text.indexOf("=")), value: text.slice(text.indexOf("=") + 1) });
        const frame = Object.assign(document.createElement("iframe"), { name: "into" });
        form.append(field);
        document.body.append(frame, form);
        form.submit();
        await new Promise((resolve) => setTimeout(resolve, 300));
        form.remove();
        frame.remove();
      }
      found.socket = await tell(
        () =>
          new Promise((resolve) => {
            const said = [];
            const socket = new WebSocket(`${base.replace(/^http/, "ws")}/v1/ws`);
            socket.onopen = () => {
              for (const channel of ["executions", "account"]) socket.send(JSON.stringify({ op: "subscribe", id: 1, channel }));
              socket.send(JSON.stringify({ op: "bid_lot", id: 2, ...body, client_id: "from-socket" }));
            };
            socket.onmessage = ({ data }) => said.push(JSON.parse(data));
            socket.onclose = () => resolve(said);
            setTimeout(() => resolve(said), 1_500);
          }),
      );
      return found;
    },
    { base, body },
  );
}

/** A text that would run, show itself as an element, or ask another origin, if it were anything but text. */
const loud = (port) => `<img src="http://127.0.0.1:${port}/pixel" onerror="globalThis.hurt=1"><script src="http://127.0.0.1:${port}/script">globalThis.hurt=1</script>`;

export async function walk({ venue, browser }) {
  const { base } = venue;
  const origin = await startOrigin();
  try {
    const title = `${loud(origin.port)}一种装置`;
    const html = `<!doctype html><script>globalThis.hurt=1;fetch("http://127.0.0.1:${origin.port}/ran")</script><b id="shown">${loud(origin.port)}</b>`;
    const { lot, asset, firm } = await announceLot(base, { seconds: 600, title, files: { defects_sha256: digest(html) } });

    // Somebody who may bid, and another origin in the same browser: one of the same site (another port, to which the cookie is sent),
    // and one of another site.
    const { page, context, faults } = await openWindow(browser, base, { person: "ana" });
    const outside = new Set();
    context.on("request", (request) => {
      const { origin: asked, protocol } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && asked.replace(/^ws/, "http") !== base) outside.add(request.url());
    });
    await page.goto(`/auctions/${lot}`);
    await page.locator(".enter button.link").click();
    await page.locator(".enter button.money").click();
    const button = page.locator("form.bar button.money");
    await until("ana may bid", () => button.getAttribute("aria-disabled"), (off) => off === "false");
    const body = { lot_id: lot, price: { currency: "CNY", amount: "20000.00" } };
    const told = [];
    for (const [site, host] of [["the same site", "127.0.0.1"], ["another site", "localhost"]]) {
      const evil = await context.newPage();
      await evil.goto(`http://${host}:${origin.port}/`);
      const found = await attack(evil, base, body);
      for (const way of ["json", "plain", "read"]) assert.match(found[way], /^refused: /, `${site}: ${way} is not readable`);
      assert.ok(Array.isArray(found.socket) ? found.socket.every((one) => one.code !== undefined && one.event === undefined && one.accounts === undefined) : found.socket.startsWith("refused"), `${site}: a socket hears nothing private: ${JSON.stringify(found.socket.filter?.((one) => one.code === undefined || one.event || one.accounts) ?? found.socket).slice(0, 600)}`);
      assert.equal((await bidsOf(base, lot)).length, 0, `${site}: no bid`);
      told.push(`${site}: socket ${Array.isArray(found.socket) ? `${found.socket.map((one) => one.code).join(" ") || "closed"}` : found.socket}`);
      await evil.close();
    }

    // The cookie itself, stolen, sent by a program under the name of another origin: refused, and so it is under none.
    const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
    assert.ok((await context.cookies()).every((one) => one.httpOnly && one.sameSite === "Strict"), "no script reads the cookie, no other site sends it");
    for (const [what, headers] of [
      ["another origin", { Origin: `http://127.0.0.1:${origin.port}` }],
      ["another site", { Origin: "https://example.org", "Sec-Fetch-Site": "cross-site" }],
      ["the same site", { "Sec-Fetch-Site": "same-site" }],
      ["no origin", {}],
      ["an opaque origin", { Origin: "null" }],
    ]) {
      const answer = await fetch(`${base}/v1/auctions/bids`, { method: "POST", headers: { Cookie: cookie, "Content-Type": "application/json", ...headers }, body: JSON.stringify({ ...body, client_id: "stolen" }) });
      const said = await answer.json();
      assert.deepEqual([answer.status, said.code], [403, "CROSS_ORIGIN"], `a stolen cookie with ${what}`);
    }
    assert.equal((await bidsOf(base, lot)).length, 0, "no bid of a stolen cookie");

    // All of this did not take the person's own way away.
    await button.click();
    await until("the person bids", () => bidsOf(base, lot), (bids) => bids.length === 1);

    // What others wrote is text, wherever it is shown, and nothing in it ran or was asked for.
    const seller = await openWindow(browser, base, { person: "firm-b" });
    seller.context.on("request", (request) => /^http/.test(request.url()) && new URL(request.url()).origin !== base && outside.add(request.url()));
    const isText = async (shown, where, marks = ['onerror="globalThis.hurt=1"']) => {
      await until(`${where}: it is shown`, () => shown.locator("body").innerText(), (text) => marks.every((mark) => text.includes(mark)), 20_000);
      assert.deepEqual(await shown.evaluate(() => [globalThis.hurt, document.querySelectorAll('img[src*="pixel"], script[src*="script"]').length]), [undefined, 0], where);
    };
    const places = [
      [page, `/auctions/${lot}`],
      [page, "/auctions"],
      [seller.page, `/rights/${asset}`],
      [seller.page, "/desk"],
      [seller.page, `/desk/records/titles/${asset}`],
    ];
    for (const [shown, path] of places) {
      await shown.goto(path);
      await isText(shown, path);
    }
    assert.ok((await page.title()).length > 0);

    // A question about the lot and its answer, where the venue takes them.
    const asksQuestions = "/v1/auctions/questions" in (await (await fetch(`${base}/openapi.json`)).json()).paths;
    if (asksQuestions) {
      const bo = await party(base, "bo");
      await bo.give("/v1/auctions/questions", { lot_id: lot, question: `${loud(origin.port)}question` });
      await firm.give("/v1/auctions/questions/answer", { lot_id: lot, number: 1, answer: `${loud(origin.port)}answer` });
      await page.goto(`/auctions/${lot}`);
      await isText(page, "a question and its answer", ["</script>question", "</script>answer"]);
    }

    // The name of a file: where it is chosen for the verifier, and in a form.
    const file = { name: `${loud(origin.port).replaceAll("/", "∕")}.jsonl`, mimeType: "application/jsonl", buffer: Buffer.from("no log\n") };
    await page.goto("/verify");
    await page.locator("input[type=file]").first().setInputFiles(file);
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
    await seller.page.goto("/desk/acts/announce_lot");
    const chooser = seller.page.locator("input[type=file]").first();
    await until("a form with a file", () => chooser.count(), (count) => count > 0);
    await chooser.setInputFiles(file);
    await until("the name is shown", () => seller.page.locator("main").innerText(), (text) => text.includes("globalThis.hurt=1"));
    assert.deepEqual(await seller.page.evaluate(() => [globalThis.hurt, document.querySelectorAll("main img, main script").length]), [undefined, 0]);

    // A document that is a page itself: handed over, and nothing of it runs, not even opened at its own address.
    const put = await fetch(`${base}/v1/attachments/auctions/${lot}/${digest(html)}`, { method: "PUT", headers: { Cookie: firm.cookie, Origin: base, "Content-Type": "application/octet-stream" }, body: html });
    assert.ok(put.ok, `the file is taken: ${put.status} ${await put.text()}`);
    const got = await fetch(`${base}/v1/attachments/auctions/${lot}/${digest(html)}`, { headers: { Cookie: firm.cookie } });
    assert.equal(await got.text(), html);
    const kind = [got.headers.get("content-type"), got.headers.get("content-disposition"), got.headers.get("x-content-type-options"), got.headers.get("content-security-policy")];
    assert.ok(kind[2] === "nosniff" && !/html|script|svg|xml/.test(kind[0]), `a file is no page: ${kind}`);
    const opened = await seller.context.newPage();
    await opened.goto(`${base}/v1/attachments/auctions/${lot}/${digest(html)}`).catch(() => undefined);
    await opened.waitForTimeout(300);
    assert.equal(await opened.evaluate(() => globalThis.hurt ?? document.querySelector("#shown")?.id), undefined, "nothing of it runs or is shown as a page");

    // The policy: nothing inline, nothing evaluated, no frame around it; on every address of the page.
    for (const path of ["/", "/auctions", `/auctions/${lot}`, "/desk", "/sign-in", "/verify", "/docs"]) {
      const answer = await fetch(base + path, { headers: { Accept: "text/html" } });
      const policy = answer.headers.get("content-security-policy") ?? "";
      assert.ok(/default-src 'none'/.test(policy) && /frame-ancestors 'none'/.test(policy) && !/unsafe-|\*|data:[^;]*script/.test(policy), `${path}: ${policy}`);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    }
    const inline = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.hurt = 1";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", '<a id="x" href="#" onclick="globalThis.hurt = 1">x</a>');
      document.querySelector("#x").click();
      return globalThis.hurt;
    });
    assert.equal(inline, undefined, "nothing inline runs");
    const framing = await context.newPage();
    await framing.goto(`http://127.0.0.1:${origin.port}/`);
    const framed = await framing.evaluate(
      (base) =>
        new Promise((resolve) => {
          const frame = Object.assign(document.createElement("iframe"), { src: `${base}/auctions` });
          frame.onload = () => {
            try {
              resolve(frame.contentWindow.location.href);
            } catch {
              resolve("loaded");
            }
          };
          document.body.append(frame);
          setTimeout(() => resolve("never"), 3_000);
        }),
      base,
    );
    const inFrame = framing.frames().find((frame) => frame !== framing.mainFrame());
    assert.equal(await inFrame.locator("#page").count().catch(() => 0), 0, `no other page frames it: ${framed}`);
    await framing.close();

    // Nothing was asked of anybody else: but by the pages of the other origin themselves.
    const foreign = [...outside].filter((url) => !new RegExp(`^http://(127\\.0\\.0\\.1|localhost):${origin.port}/(favicon\\.ico)?$`).test(url));
    assert.deepEqual(foreign, [], "no request to a third party");
    assert.deepEqual(origin.asked.filter((url) => url !== "/" && url !== "/favicon.ico"), [], "nothing that was written asked the other origin");
    console.log(`  ${told.join("; ")}; stolen cookie refused 5 ways; text in ${places.length + 2} places; a file is ${kind[0]}, ${kind[1]}${asksQuestions ? "; a question and its answer, too" : "; this venue takes no questions yet"}`);
    assert.deepEqual(unexpected([...faults, ...seller.faults], /Content Security Policy|404 .*\/v1\/attachments\/|40[34] .*/), [], "the console is silent");
  } finally {
    await origin.stop();
  }
}
