// The forms beside the released contract: every command can be filled in, and what comes of it is a body that the contract takes;
// every member and word has its Chinese; and every day that the page shows is known to be a last one, a first late one, or just a day.
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { Shapes, blank, compose, type Draft, type Shape } from "../src/forms/shape";
import type { Contract } from "../src/forms/contract";
import { FIELDS } from "../src/texts/fields";
import { WORDS } from "../src/texts/words";
import { tags } from "../src/texts/tags";
import { contract, isFirstLate } from "./contract";

// The texts follow the reader's settings, which ask the browser for its language.
vi.hoisted(() => Object.assign(globalThis, { navigator: { language: "zh-CN" }, location: { search: "" } }));

const PATH = "../docs/contract/0.1.0/openapi.json";
type Json = Record<string, any>;
const document = JSON.parse(readFileSync(PATH, "utf8")) as Json;
const all: Record<string, Json> = document["components"].schemas;
const built = contract(PATH) as unknown as Contract;
const shapes = new Shapes(built.schemas);

/** What a person would fill in: something of the right form everywhere, every optional part opened. */
function filled(shape: Shape, depth = 0): Draft {
  switch (shape.kind) {
    case "money":
      return { amount: "1,234.50", currency: "CNY" };
    case "decimal":
      return shape.whole ? "1,000" : "120.05";
    case "integer":
      return String(Math.max(shape.least, Math.min(shape.most, 7)));
    case "id":
      return shape.of === "symbol" ? "CN201910513128.U" : "12";
    case "date":
      return "2026-03-10";
    case "time":
      return "2026-03-10T09:30";
    case "digest":
      return "ab".repeat(32);
    case "text":
      return sample(shape.pattern, shape.most);
    case "yes":
      return false;
    case "orYes":
      return depth % 2 === 0 ? filled(shape.inner, depth + 1) : true;
    case "choice":
      return shape.words[0]!;
    case "list":
      return Array.from({ length: Math.max(1, shape.least) }, () => filled(shape.item, depth + 1));
    case "variant":
      return { [shape.variants[0]!.name]: filled(shape.variants[0]!.shape, depth + 1) };
    case "object":
      return Object.fromEntries(shape.fields.map((field) => [field.name, filled(field.shape, depth + 1)]));
    case "command":
      return "";
  }
}

function sample(pattern: string | null, most: number): string {
  for (const text of ["G06Q", "CN", "7", "a@b", "203.0.113.0/24", "ab".repeat(32), "1234567890"]) if (text.length <= most && (pattern === null || new RegExp(pattern, "u").test(text))) return text;
  throw new Error(`no sample for ${pattern}`);
}

/** What a value breaks of a schema of the document; empty where nothing. */
function broken(schema: Json, value: unknown, at: string): string[] {
  if (schema["$ref"]) return broken(all[schema["$ref"].split("/").at(-1)]!, value, at);
  if (schema["oneOf"]) {
    const each = (schema["oneOf"] as Json[]).map((inner) => broken(inner, value, at));
    return each.some((wrong) => wrong.length === 0) ? [] : each.flat();
  }
  const types = [schema["type"] ?? "object"].flat();
  const type = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  if (!types.includes(type)) return [`${at} is ${type}, not ${types}`];
  const wrong: string[] = [];
  if (schema["enum"] && !schema["enum"].includes(value)) wrong.push(`${at} is no word: ${value}`);
  if (typeof value === "string" && schema["pattern"] && !new RegExp(schema["pattern"], "u").test(value)) wrong.push(`${at} is not of the form: ${value}`);
  if (typeof value === "number" && (value < (schema["minimum"] ?? -Infinity) || value > (schema["maximum"] ?? Infinity))) wrong.push(`${at} is out of range: ${value}`);
  if (Array.isArray(value)) value.forEach((item, index) => wrong.push(...broken(schema["items"], item, `${at}/${index}`)));
  if (type === "object") {
    const given = value as Json;
    for (const name of schema["required"] ?? []) if (!(name in given) && name !== "client_id") wrong.push(`${at}/${name} is missing`);
    for (const [name, inner] of Object.entries(given)) {
      const of = schema["properties"]?.[name];
      if (of) wrong.push(...broken(of, inner, `${at}/${name}`));
      else if (schema["additionalProperties"] === false) wrong.push(`${at}/${name} is unknown`);
    }
  }
  return wrong;
}

describe("the forms of the contract", () => {
  const operations = Object.entries(built.operations);

  it("has one for each command that has an address", () => {
    expect(operations.length).toBeGreaterThan(140);
    for (const op of ["sign_contract", "distribute_proceeds", "request_withdrawal", "verify_asset"]) expect(built.operations[op]).toBeDefined();
    // What signs people in is no command.
    for (const op of Object.keys(built.operations)) expect(op).not.toMatch(/session|credentials|second_factor/);
  });

  it.each(operations.filter(([op]) => op !== "propose"))("%s: what is filled in is what the contract takes", (_, operation) => {
    const shape = shapes.of(operation.body);
    const { body, wrong } = compose(shape, filled(shape));
    expect(wrong).toEqual([]);
    expect(broken(all[operation.body]!, body, "")).toEqual([]);
  });

  it.each(operations.filter(([op]) => op !== "propose"))("%s: a blank form says what is missing, and nothing else", (_, operation) => {
    const shape = shapes.of(operation.body);
    const { wrong } = compose(shape, blank(shape));
    for (const one of wrong) expect(one.why).toBe("missing");
    const asked = shape.kind === "object" ? shape.fields.filter((field) => field.required && field.shape.kind !== "list") : [];
    expect(wrong.length > 0).toBe(asked.length > 0);
  });

  it("has words in both languages for each", () => {
    for (const [op, { zh, en, tag }] of operations) {
      expect(zh, op).toMatch(/[㐀-鿿]/);
      expect(en, op).not.toBe("");
      expect((tags.zh as Record<string, string>)[tag], tag).toBeDefined();
      expect((tags.en as Record<string, string>)[tag], tag).toBeDefined();
    }
  });
});

/** All members and words of the commands' bodies and of what records and lists of one's own tell. */
function told(): { members: Set<string>; words: Set<string> } {
  const members = new Set<string>();
  const words = new Set<string>();
  const seen = new Set<string>();
  const walk = (schema: Json): void => {
    if (schema["$ref"]) {
      const name = schema["$ref"].split("/").at(-1) as string;
      if (!seen.has(name)) {
        seen.add(name);
        walk(all[name]!);
      }
      return;
    }
    for (const [name, inner] of Object.entries((schema["properties"] ?? {}) as Json)) {
      members.add(name);
      walk(inner);
    }
    for (const word of schema["enum"] ?? []) words.add(String(word));
    for (const inner of schema["oneOf"] ?? []) walk(inner);
    if (schema["items"]) walk(schema["items"]);
  };
  for (const { body } of Object.values(built.operations)) walk({ $ref: `#/${body}` });
  for (const name of Object.keys(all)) if (/Record$/.test(name) || ["Account", "Key", "Listing", "Asset", "Order", "Fill"].includes(name)) walk({ $ref: `#/${name}` });
  const ops = new Set<string>(all["Op"]!["enum"]);
  return { members, words: new Set([...words].filter((word) => !ops.has(word))) };
}

describe("the words", () => {
  const { members, words } = told();
  it("has a Chinese label for each member", () => expect([...members].filter((name) => !(name in FIELDS))).toEqual([]));
  it("has Chinese for each closed word", () => expect([...words].filter((word) => !(word in WORDS))).toEqual([]));
  it("has no label that is Chinese in part alone", () => {
    for (const [name, text] of Object.entries(FIELDS)) expect(text, name).toMatch(/[㐀-鿿]/);
  });
});

/** Members that name the first day on which something is over: the page shows the day before, to its end. A member that is new asks
 * here which it is. */
const FIRST_LATE = new Set(["Asset.expires_on", "ClaimTerms.due_on", "Consent.until_on", "Guarantee.ends_on", "Guarantor.ends_on", "Hold.until_on", "LicenceFees.ends_on", "OpenLicence.until_on", "PledgeConsent.licence_until_on", "PledgeConsent.until_on", "Scope.until_on", "Title.expires_on", "Title.lapses_on", "Valuation.expires_on", "RegisterAsset.expires_on"]);

describe("days", () => {
  const days = Object.entries(all).flatMap(([name, schema]) =>
    Object.entries((schema["properties"] ?? {}) as Json)
      .filter(([member]) => member.endsWith("_on"))
      .map(([member, inner]) => ({ name: `${name}.${member}`, says: String((inner as Json)["description"] ?? ""), late: isFirstLate(member, String((inner as Json)["description"] ?? "")) })),
  );
  it("are first late ones where this table says so, and nowhere else", () => {
    const late = days.filter((day) => day.late && !/(Input|Request)\./.test(day.name)).map((day) => day.name);
    expect(new Set(late)).toEqual(FIRST_LATE);
  });
  it("tell by their words which they are, where they speak of a first day", () => {
    for (const { name, says, late } of days) if (/^The first day (without|on which)/.test(says) && !/on which it is lent|on which pledges/.test(says)) expect(late, `${name}: ${says}`).toBe(true);
    for (const { name, says, late } of days) if (/\blast day\b/i.test(says)) expect(late, `${name}: ${says}`).toBe(false);
  });
});
