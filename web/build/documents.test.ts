import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { documents, linked, pageOf, render, slug } from "./documents";

const files = new Set(["FEEDS.md", "AUCTIONS.md", "rules/RULES.md"]);

describe("a document", () => {
  it("is shown with what is HTML in it as text", () => {
    const { html } = render("FEEDS.md", "# T\n\n<script>alert(1)</script>\n\nand <b onclick=x>b</b> `<i>` <!-- hidden -->\n\n| a | b |\n|---|---|\n| <img src=x> | `|` |\n", files);
    expect(html).not.toMatch(/<script|<b |<img|<i>|hidden/);
    expect(html).toContain("&lt;script&gt;");
  });
  it("links to other documents' pages, to the outside, and to nothing that a page does not have", () => {
    expect(linked("AUCTIONS.md#the-log", "FEEDS.md", files)).toBe("/docs/auctions#the-log");
    expect(linked("../FEEDS.md", "rules/RULES.md", files)).toBe("/docs/feeds");
    expect(linked("rules/RULES.md", "FEEDS.md", files)).toBe("/docs/rules-rules");
    expect(linked("../gateway/src/main.rs", "FEEDS.md", files)).toBeNull();
    expect(linked("https://example.org", "FEEDS.md", files)).toBe("https://example.org");
    expect(linked("javascript:alert(1)", "FEEDS.md", files)).toBeNull();
  });
  it("has anchors as the documents link to them, each once", () => {
    expect(slug("`epoch` · 启用规则")).toBe("epoch--启用规则");
    const { html, parts } = render("FEEDS.md", "# T\n\n## Same\n\n## Same\n", files);
    expect(html).toContain('id="same"');
    expect(html).toContain('id="same-1"');
    expect(parts.map((part) => part.id)).toEqual(["same", "same-1"]);
  });
});

describe("the product's documents", () => {
  const found = documents("../docs");
  it("are there, each at an address of its own", () => {
    expect(found).toContain("FEEDS.md");
    expect(found).toContain("rules/RULES.md");
    expect(new Set(found.map(pageOf)).size).toBe(found.length);
  });
  it("are rendered, and lead only to pages and headings that there are", () => {
    const known = new Set(found);
    const pages = new Map(found.map((file) => [pageOf(file), render(file, readFileSync(`../docs/${file}`, "utf8"), known)]));
    for (const [page, { html, title }] of pages) {
      expect(title, page).not.toBe("");
      for (const [, href] of html.matchAll(/<a href="([^"]*)"/g)) {
        if (/^https?:/.test(href!)) continue;
        const [path = "", anchor] = href!.split("#");
        const target = path === "" ? page : path.replace("/docs/", "");
        expect(pages.has(target), `${page}: ${href}`).toBe(true);
        if (anchor) expect(pages.get(target)!.html.includes(`id="${anchor}"`), `${page}: ${href}`).toBe(true);
      }
    }
  });
});
