// What the page's forms need of the released OpenAPI document, at build time: each operation's address and words, the schemas
// that its body reaches, and of what is read the members that name the first day on which something is over.
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

type Json = Record<string, unknown>;

const REF = "#/components/schemas/";

/** The members of a schema that forms look at. */
const KEPT = ["type", "enum", "minimum", "maximum", "maxLength", "minLength", "pattern", "minItems", "maxItems", "required"];

/** Descriptions of members that name the first day on which something is over, and not the last on which it stands. */
const FIRST_LATE = /\bfirst day (without|on which (it|he|she|they|no|the \w+) |after |that is not)/i;

/** Whether a member's description says that it is the first day on which something is over. */
export function isFirstLate(name: string, description: string): boolean {
  return name.endsWith("_on") && !/^(from|begins|drawn)_on$/.test(name) && FIRST_LATE.test(description);
}

function slim(schema: Json): Json {
  if (typeof schema["$ref"] === "string") return { ref: schema["$ref"].slice(REF.length), ...(schema["description"] ? { says: schema["description"] } : {}) };
  const kept: Json = {};
  for (const name of KEPT) if (schema[name] !== undefined) kept[name] = schema[name];
  if (schema["description"]) kept["says"] = schema["description"];
  if (schema["items"]) kept["items"] = slim(schema["items"] as Json);
  if (schema["oneOf"]) kept["oneOf"] = (schema["oneOf"] as Json[]).map(slim);
  if (schema["properties"]) kept["properties"] = Object.fromEntries(Object.entries(schema["properties"] as Json).map(([name, inner]) => [name, { ...slim(inner as Json), ...(isFirstLate(name, String((inner as Json)["description"] ?? "")) ? { firstLate: true } : {}) }]));
  return kept;
}

function refs(schema: unknown, found: Set<string>): void {
  if (Array.isArray(schema)) for (const inner of schema) refs(inner, found);
  else if (typeof schema === "object" && schema !== null)
    for (const [name, inner] of Object.entries(schema)) {
      if (name === "ref" && typeof inner === "string") found.add(inner);
      else refs(inner, found);
    }
}

/** The first schema that a member leads to, through lists and what may be absent. */
function leads(schema: Json): string | null {
  if (typeof schema["$ref"] === "string") return schema["$ref"].slice(REF.length);
  if (schema["items"]) return leads(schema["items"] as Json);
  for (const inner of (schema["oneOf"] as Json[] | undefined) ?? []) {
    const found = leads(inner);
    if (found) return found;
  }
  return null;
}

/** The part of the document that the page carries. */
export function contract(path: string): Json {
  const document = JSON.parse(readFileSync(path, "utf8")) as { paths: Record<string, Record<string, Json>>; components: { schemas: Record<string, Json> } };
  const all = document.components.schemas;
  const operations: Record<string, Json> = {};
  const reached = new Set<string>();
  for (const [address, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      if (method === "get" || typeof operation["operationId"] !== "string") continue;
      const body = (operation["requestBody"] as { content?: Record<string, { schema: Json }> } | undefined)?.content?.["application/json"];
      if (!body || typeof body.schema["$ref"] !== "string") continue;
      const name = body.schema["$ref"].slice(REF.length);
      // A command takes a client id; what is not one (a session, a password) has screens of its own.
      if (!("client_id" in ((all[name]?.["properties"] as Json | undefined) ?? {}))) continue;
      reached.add(name);
      operations[operation["operationId"]] = { address, method, tag: (operation["tags"] as string[] | undefined)?.[0] ?? "", en: operation["summary"], zh: operation["description"], body: name };
    }
  const schemas: Record<string, Json> = {};
  for (const name of reached) {
    const schema = slim(all[name]!);
    schemas[name] = schema;
    // A set grows while it is walked: what is found is looked at, too.
    refs(schema, reached);
  }
  const reads: Record<string, Json> = {};
  for (const [name, schema] of Object.entries(all)) {
    const members: Json = {};
    const variants = [schema, ...((schema["oneOf"] as Json[] | undefined) ?? [])];
    for (const variant of variants)
      for (const [member, inner] of Object.entries((variant["properties"] as Record<string, Json> | undefined) ?? {})) {
        const to = leads(inner);
        const over = isFirstLate(member, String(inner["description"] ?? ""));
        if (over) members[member] = 1;
        else if (to && !/^(Timestamp|Date|Decimal|Digest|Amount|Text\d*|Currency|Symbol|Quantity)$/.test(to)) members[member] = to;
      }
    if (Object.keys(members).length > 0) reads[name] = members;
  }
  const titles: Json = {};
  for (const schema of Object.values(all)) Object.assign(titles, schema["x-titles"] ?? {});
  return { operations, schemas, reads, titles };
}

/** Gives `virtual:contract`. */
export function contractPlugin(path: string): Plugin {
  const id = "\0virtual:contract";
  return {
    name: "contract",
    resolveId: (asked) => (asked === "virtual:contract" ? id : null),
    load(asked) {
      if (asked !== id) return null;
      this.addWatchFile(path);
      // A text that is parsed is read faster than an object of the language.
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(contract(path)))});`;
    },
  };
}
