// How the page is built. The output is hashed and precompressed, so the server only hands bytes on; nothing in it is inline,
// so the strictest Content-Security-Policy holds.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { contractPlugin } from "./build/contract.ts";
import { documentsPlugin } from "./build/documents.ts";

/** Where the build goes; cargo names a folder of its own, so that no build lies among the sources. */
const out = process.env["ZHIHENG_PAGE_OUT"] ?? "dist";
/** The product's documents, which the reading room shows; cargo names them, since it builds beside them. */
const docs = resolve(process.env["ZHIHENG_DOCS"] ?? "../docs");
/** A running venue for `npm run dev`. */
const venue = process.env["ZHIHENG_VENUE"] ?? "http://127.0.0.1:8080";

/** Writes each file's gzip and brotli beside it, where that is smaller. */
function precompressed(): Plugin {
  let folder = out;
  return {
    name: "precompressed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, name);
        if (!statSync(path).isFile() || !/\.(js|css|html|svg|json|wasm)$/.test(path)) continue;
        const bytes = readFileSync(path);
        const forms = {
          gz: gzipSync(bytes, { level: 9 }),
          br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        };
        for (const [end, form] of Object.entries(forms)) if (form.length < bytes.length) writeFileSync(`${path}.${end}`, form);
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), contractPlugin(join(docs, "contract/0.1.0/openapi.json")), documentsPlugin(docs), precompressed()],
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/v1": { target: venue, ws: true }, "/openapi.json": venue, "/asyncapi.json": venue, "/api": venue } },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"], environment: "node", testTimeout: 60_000 },
});
