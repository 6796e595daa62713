// The product's own documents, as pages: `docs/*.md` made into HTML at build time, so that they are read offline and no markdown
// is parsed in a browser. Links between them lead to their pages here; links to sources, to nothing of ours that a page has.
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { Marked } from "marked";
import type { Plugin } from "vite";

/** A heading's anchor, as GitHub makes it: the documents link by it. */
export function slug(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/<[^>]+>/g, "")
    .replace(/[^\p{L}\p{N}\p{M}\-_ ]/gu, "")
    .replace(/ /g, "-");
}

/** The address of a document's page: `FEEDS.md` is `feeds`, `rules/RULES.md` is `rules-rules`. */
export function pageOf(file: string): string {
  return file.replace(/\.md$/, "").replaceAll("/", "-").toLowerCase();
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);
}

/** A link of a document as the page has it; null where the page has nothing there. */
export function linked(href: string, file: string, files: ReadonlySet<string>): string | null {
  if (/^https?:/.test(href) || href.startsWith("#")) return href;
  const [path = "", anchor] = href.split("#");
  const parts = [...file.split("/").slice(0, -1)];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.length === 0) return null;
      parts.pop();
    } else if (part !== "." && part !== "") parts.push(part);
  }
  const found = parts.join("/");
  return files.has(found) ? `/docs/${pageOf(found)}${anchor ? `#${anchor}` : ""}` : null;
}

/** A document: its page, its title, its headings of the second rank, its HTML. */
export interface Document {
  page: string;
  title: string;
  parts: { id: string; text: string }[];
  html: string;
}

/** Renders one. */
export function render(file: string, markdown: string, files: ReadonlySet<string>): Document {
  const parts: Document["parts"] = [];
  const used = new Map<string, number>();
  let title = basename(file, ".md");
  let tables = 0;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        const plain = text.replace(/[`*]|\[([^\]]*)\]\([^)]*\)/g, "$1");
        const base = slug(plain);
        const times = used.get(base) ?? 0;
        used.set(base, times + 1);
        const id = times === 0 ? base : `${base}-${times}`;
        if (depth === 1) title = plain;
        if (depth === 2) parts.push({ id, text: plain });
        return `<h${depth} id="${escaped(id)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const to = linked(href, file, files);
        const inner = this.parser.parseInline(tokens);
        if (to === null) return inner;
        return /^https?:/.test(to) ? `<a href="${escaped(to)}" rel="noreferrer" target="_blank">${inner}</a>` : `<a href="${escaped(to)}">${inner}</a>`;
      },
      // A picture would be a file of its own: its words stand for it.
      image: ({ text }) => `<em>${escaped(text)}</em>`,
      // What is HTML in a document is shown as what it says.
      html: ({ text }) => (/^\s*<!--/.test(text) ? "" : escaped(text)),
      table(token) {
        const one = (inner: string, tag: string, attribute: string) => `<${tag}${attribute}>${inner}</${tag}>`;
        // The corner of a table heads nothing: an empty head would be read out as one.
        const cellOf = (inner: string, tag: string, attribute: string) => (tag === "th" && inner === "" ? one("", "td", "") : one(inner, tag, attribute));
        const row = (cells: { tokens: unknown[] }[], tag: string, attribute: string) => `<tr>${cells.map((cell) => cellOf(this.parser.parseInline(cell.tokens as never), tag, attribute)).join("")}</tr>`;
        return `<div data-scroll role="region" aria-label="${escaped(title)} ${(tables += 1)}" tabindex="0"><table><thead>${row(token.header, "th", ' scope="col"')}</thead><tbody>${token.rows.map((cells) => row(cells, "td", "")).join("")}</tbody></table></div>\n`;
      },
      code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>\n`,
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { page: pageOf(file), title, parts, html };
}

/** The documents below a folder: its own, and the rule book's. */
export function documents(folder: string): string[] {
  const own = (below: string) => {
    try {
      return readdirSync(join(folder, below)).filter((name) => name.endsWith(".md"));
    } catch {
      return [];
    }
  };
  return [...own(""), ...own("rules").map((name) => `rules/${name}`)].sort();
}

/** Gives `virtual:documents`: titles, and each document as a piece that is loaded when it is opened. */
export function documentsPlugin(folder: string): Plugin {
  const list = "\0virtual:documents";
  const one = "\0virtual:document/";
  return {
    name: "documents",
    resolveId(asked) {
      if (asked === "virtual:documents") return list;
      return asked.startsWith("virtual:document/") ? `\0${asked}` : null;
    },
    load(asked) {
      const files = documents(folder);
      const known = new Set(files);
      if (asked === list) {
        const rows = files.map((file) => {
          this.addWatchFile(join(folder, file));
          const { page, title } = render(file, readFileSync(join(folder, file), "utf8"), known);
          return `{ page: ${JSON.stringify(page)}, title: ${JSON.stringify(title)}, load: () => import(${JSON.stringify(`virtual:document/${page}`)}) }`;
        });
        return `export default [${rows.join(",\n")}];`;
      }
      if (!asked.startsWith(one)) return null;
      const file = files.find((name) => pageOf(name) === asked.slice(one.length));
      if (!file) return null;
      this.addWatchFile(join(folder, file));
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(render(file, readFileSync(join(folder, file), "utf8"), known)))});`;
    },
  };
}
