// Every screen of the page, looked at by everybody: signed out and as each person of the demo, in both languages, light and dark, on a
// desk and on a phone. Nothing that a machine finds against WCAG 2.2 AA, nothing in the console, nothing over the side of the screen, and
// a title in the page's language. Where one can go is read from the page's own routes, and found by following its links.
import { readFile } from "node:fs/promises";
import { openWindow, unexpected } from "../browser.mjs";
import { accessible, assert, fits, until } from "../expect.mjs";

const PEOPLE = [null, "ana", "bo", "firm-a", "firm-b", "firm-c", "bank", "bank-2", "guarantor", "fund", "operator", "regulator"];

/** The patterns of the page's addresses. */
const PATTERNS = [...(await readFile(new URL("../../src/shell/routes.ts", import.meta.url), "utf8")).matchAll(/pattern: "([^"]+)"/g)].map((found) => found[1]);
/** How many addresses of a pattern each person opens, where its links lead to so many; of the others one. */
const MANY = { "/auctions/:lot": 4, "/verify/:lot": 2, "/desk/acts/:op": 5, "/desk/records/:list": 4, "/desk/records/:list/:id": 4, "/account/:part": 9, "/rights/:id": 2, "/docs/:page": 2, "/desk/approvals/:id": 2, "/transfers/:id": 2 };
/** Where no link leads: an address that there is, or that there is not. */
const ELSE = { ":symbol": "CN2018107312040.U", ":list": "loans", ":op": "announce_lot", ":part": "settings", ":page": "auctions" };
/** Titles that come of a register or a document, in its own language. */
const NAMED = /^\/($|floor|auctions\/|verify\/|rights\/|transfers\/|docs\/|desk\/(records|deals|licences|loans|pledges|reverse|claims|jobs|cases|approvals)\/)/;
/** A screen that is not complete by then stays as it is, and is looked at so (ms). */
const PATIENCE = 6_000;

/** Shapes that were looked at: what is the same but for its texts and the length of its lists is looked at once in each form. */
const looked = new Set();

/** The shapes of what is shown: of the head, and of all else. Neighbours of the same shape count as one. */
const SHAPES = () => {
  const shape = (element) => {
    const parts = [];
    for (const child of element.children) {
      const one = shape(child);
      if (parts.at(-1) !== one) parts.push(one);
    }
    const names = [...element.attributes].filter(({ name }) => !/^(id|href|for|style|aria-(labelledby|describedby|controls)|d|x|y|x1|x2|y1|y2|cx|cy|points|transform|width|height|viewBox|datetime|value|title|data-rest)$/.test(name)).map(({ name, value }) => (/^(class|role|type|lang|tabindex|aria-(hidden|current|disabled|pressed|selected|expanded|invalid|live))$/.test(name) ? `${name}=${value}` : name));
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    return `${element.tagName}${hasText ? "!" : ""}[${names.sort().join(" ")}](${parts.join(",")})`;
  };
  const hashed = (text) => {
    let hash = 0n;
    for (const sign of text) hash = (hash * 1_099_511_628_211n + BigInt(sign.codePointAt(0))) & 0xffff_ffff_ffff_ffffn;
    return `${hash.toString(16)} ${text.length}`;
  };
  const [heads, rest] = [[], []];
  for (const child of document.body.querySelectorAll(":scope > *, #page > *")) if (child.id !== "page") (child.matches("header") ? heads : rest).push(shape(child));
  return [hashed(`head ${heads.join()}`), hashed(rest.join())];
};

const patternOf = (path) =>
  PATTERNS.find((pattern) => {
    const [wanted, given] = [pattern.split("/"), path.split("/")];
    return wanted.length === given.length && wanted.every((part, place) => (part.startsWith(":") ? given[place] !== "" : part === given[place]));
  });

/** Goes there as a link does, without loading the page anew, and waits until nothing of it is late. */
async function go(page, path) {
  await page.evaluate((to) => {
    const link = Object.assign(document.createElement("a"), { href: to });
    document.body.append(link);
    link.click();
    link.remove();
  }, path);
  const end = performance.now() + PATIENCE;
  let before = "";
  while (performance.now() < end) {
    // By how many elements there are: figures and clocks go on for ever.
    const now = await page.evaluate(() => (document.querySelector("main") && !document.querySelector(".late, [aria-busy=true]") ? `${location.pathname} ${document.querySelectorAll("main *").length}` : ""));
    if (now !== "" && now === before) return;
    before = now;
    await page.waitForTimeout(120);
  }
}

async function speak(page, lang) {
  await page.setViewportSize({ width: 1440, height: 900 });
  if ((await page.locator("html").getAttribute("lang")).startsWith(lang)) return;
  await page.locator(".head .wide button, .choices button").first().click();
  await until("the language", () => page.locator("html").getAttribute("lang"), (now) => now.startsWith(lang));
}

/** Looks at what is open in all forms. Answers what is wrong. */
async function look(page, path, who, counts) {
  const wrong = [];
  const finds = async (what) => {
    try {
      await what();
    } catch (failed) {
      wrong.push(failed.message);
    }
  };
  await finds(() => speak(page, "zh"));
  // What has the shape of something that was looked at in all forms is held to its width and its titles alone.
  const shapes = await page.evaluate(SHAPES);
  const isKnown = shapes.every((shape) => looked.has(shape));
  for (const shape of shapes) looked.add(shape);
  for (const lang of ["zh", "en"]) {
    await finds(() => speak(page, lang));
    const title = await page.title();
    const own = title.replaceAll("知衡", "");
    if (lang === "zh" ? !/知衡$/.test(title) : !/Zhiheng$/.test(title)) wrong.push(`${who} ${path} ${lang}: title ${title}`);
    if (!NAMED.test(path) && (lang === "zh" ? !/\p{Script=Han}/u.test(own) : /\p{Script=Han}/u.test(own))) wrong.push(`${who} ${path} ${lang}: the title is of another language: ${title}`);
    for (const width of [1440, 720, 390]) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await finds(() => fits(page, `${who} ${path} ${lang} ${width}`));
      if (width === 720 || isKnown) continue;
      for (const theme of ["light", "dark"]) {
        counts.looks += 1;
        const form = `${lang} ${width} ${theme}`;
        await page.emulateMedia({ colorScheme: theme });
        await finds(() => accessible(page, `${who} ${path} ${form}`, { colours: theme === "dark" }));
      }
    }
  }
  return wrong;
}

async function walkAs(who, { venue, browser }) {
  const { page, faults } = await openWindow(browser, venue.base, { path: "/docs", ...(who ? { person: who } : {}) });
  const counts = { looks: 0 };
  const wrong = [];
  const opened = new Map(PATTERNS.map((pattern) => [pattern, new Set()]));
  const open = async (path, isGuess = false) => {
    const pattern = patternOf(path);
    if (!pattern || opened.get(pattern).has(path) || opened.get(pattern).size >= (MANY[pattern] ?? 1)) return [];
    opened.get(pattern).add(path);
    const began = faults.length;
    await go(page, path);
    const links = await page.evaluate(() => [...document.querySelectorAll("main a[href^='/']")].map((link) => new URL(link.href).pathname));
    wrong.push(...(await look(page, path, who ?? "nobody", counts)));
    // What is guessed may be refused, and the browser says so of the request; and a venue keeps no file that nobody handed in.
    wrong.push(...unexpected(faults.slice(began), isGuess ? /40[34] / : /404 .*\/v1\/attachments\//).map((fault) => `${who ?? "nobody"} ${path}: ${fault}`));
    return links;
  };
  const queue = PATTERNS.filter((pattern) => !pattern.includes(":"));
  while (queue.length > 0) queue.push(...new Set(await open(queue.shift())));
  for (const [pattern, found] of opened) if (found.size === 0) await open(pattern.replace(/:\w+/g, (name) => ELSE[name] ?? "1"), true);
  const count = [...opened.values()].reduce((sum, found) => sum + found.size, 0);
  assert.ok([...opened.values()].every((found) => found.size > 0), "every screen was opened");
  console.log(`  ${who ?? "nobody"}: ${count} addresses of ${opened.size} screens, ${counts.looks} looks at what nobody before had seen`);
  assert.equal(wrong.length, 0, `\n${[...new Set(wrong)].join("\n")}`);
}

export const walks = PEOPLE.map((who) => ({ name: `look-${who ?? "nobody"}`, bots: 2, walk: (around) => walkAs(who, around) }));
