// From a schema to what a person fills in, and from what was filled in to a body. Pure: the form draws it, the tests know it all.
//
// What always holds: figures stay texts, what was typed stays as it is, and what is wrong is said by where it stands.
import { decimal } from "../kit/decimal";
import type { Schema } from "./contract";

/** What a member takes. */
export type Shape =
  | { kind: "money" }
  | { kind: "decimal"; whole: boolean }
  | { kind: "integer"; least: number; most: number }
  | { kind: "id"; of: string }
  | { kind: "date"; firstLate: boolean }
  | { kind: "time" }
  | { kind: "digest" }
  | { kind: "text"; most: number; pattern: string | null }
  | { kind: "yes" }
  | { kind: "choice"; words: string[] }
  | { kind: "object"; schema: string; fields: Field[] }
  | { kind: "list"; item: Shape; least: number; most: number }
  | { kind: "variant"; variants: { name: string; shape: Shape; says: string }[] }
  /** Yes or no, or a thing with parts. */
  | { kind: "orYes"; inner: Shape }
  /** An order of another operation, as a proposal carries one: no form has it. */
  | { kind: "command" };

/** A member. */
export interface Field {
  name: string;
  shape: Shape;
  required: boolean;
  /** What the contract says of it, in English. */
  says: string;
}

/** What was filled in, as it was typed. */
export type Draft = undefined | string | boolean | Draft[] | { [name: string]: Draft };

/** What is wrong, and where: `/format/ascending/start`. */
export interface Wrong {
  at: string;
  why: "missing" | "form" | "range" | "long";
}

/** More rows than this no list of a form takes, whatever the contract allows: longer ones come from machines. */
const ROWS_MAX = 64;
/** Schemas that hold themselves end here. */
const DEPTH_MAX = 8;

/** Reads schemas into shapes. */
export class Shapes {
  readonly #schemas: Record<string, Schema>;

  constructor(schemas: Record<string, Schema>) {
    this.#schemas = schemas;
  }

  /** The shape of a named schema. */
  of(name: string): Shape {
    return this.#shape({ ref: name }, "", 0);
  }

  #shape(schema: Schema, name: string, depth: number, within = ""): Shape {
    if (schema.ref !== undefined) {
      const named = this.#named(schema.ref, name, schema.firstLate === true);
      if (named) return named;
      const target = this.#schemas[schema.ref];
      if (!target || depth > DEPTH_MAX) return { kind: "command" };
      return this.#shape(target, name, depth + 1, schema.ref);
    }
    if (schema.oneOf) {
      const some = schema.oneOf.filter((inner) => inner.type !== "null");
      if (some.length === 1) return this.#shape({ ...some[0]!, says: schema.says ?? some[0]!.says ?? "", firstLate: schema.firstLate === true }, name, depth);
      const yes = some.find((inner) => inner.type === "boolean");
      if (yes) return { kind: "orYes", inner: this.#shape(some.find((inner) => inner !== yes)!, name, depth) };
      return {
        kind: "variant",
        variants: some.flatMap((inner) =>
          Object.entries(inner.properties ?? {}).map(([variant, of]) => ({ name: variant, shape: this.#shape(of, variant, depth), says: of.says ?? inner.says ?? "" })),
        ),
      };
    }
    if (schema.enum) return { kind: "choice", words: schema.enum.map(String) };
    const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
    if (type === "boolean") return { kind: "yes" };
    if (type === "integer") {
      const of = idOf(name);
      return of ? { kind: "id", of } : { kind: "integer", least: schema.minimum ?? 0, most: schema.maximum ?? Number.MAX_SAFE_INTEGER };
    }
    if (type === "array") return { kind: "list", item: this.#shape(schema.items ?? {}, name, depth), least: schema.minItems ?? 0, most: Math.min(schema.maxItems ?? ROWS_MAX, ROWS_MAX) };
    if (type === "string") return { kind: "text", most: schema.maxLength ?? 500, pattern: schema.pattern ?? null };
    if (name === "command") return { kind: "command" };
    const required = new Set(schema.required ?? []);
    return {
      kind: "object",
      schema: within,
      fields: Object.entries(schema.properties ?? {})
        .filter(([member]) => member !== "client_id")
        .sort(([a], [b]) => rankOf(a, required) - rankOf(b, required))
        .map(([member, inner]) => ({ name: member, shape: this.#shape(inner, member, depth), required: required.has(member) && !isNullable(inner), says: inner.says ?? "" })),
    };
  }

  #named(ref: string, name: string, firstLate: boolean): Shape | null {
    if (ref === "Amount" || ref === "AmountInput") return { kind: "money" };
    if (ref === "Decimal" || ref === "DecimalInput") return { kind: "decimal", whole: false };
    if (ref === "Quantity" || ref === "QuantityInput") return { kind: "decimal", whole: true };
    if (ref === "Date") return { kind: "date", firstLate };
    if (ref === "Timestamp" || ref === "TimestampInput") return { kind: "time" };
    if (ref === "Digest") return { kind: "digest" };
    if (ref === "Symbol") return { kind: "id", of: "symbol" };
    return name === "command" ? { kind: "command" } : null;
  }
}

/** The contract's members are by the alphabet: a form asks first what it is about, then what has to be said, then what may. */
function rankOf(name: string, required: ReadonlySet<string>): number {
  if (!required.has(name)) return name.endsWith("_sha256") ? 4 : 3;
  if (/_ids?$/.test(name)) return 0;
  return name.endsWith("_sha256") ? 2 : 1;
}

function isNullable(schema: Schema): boolean {
  return (Array.isArray(schema.type) && schema.type.includes("null")) || (schema.oneOf ?? []).some((inner) => inner.type === "null");
}

/** Members that name a participant under another word. */
const PARTICIPANTS = new Set(["entity", "debtor", "pledgor", "guarantor", "insurer", "appraiser", "licensee", "to", "fund", "owner", "beneficiary", "allow", "deny", "priority"]);

/** What a member's number names: `account` of `buyer_account_id`, `asset` of `more_asset_ids`; null where it is none. */
export function idOf(name: string): string | null {
  const found = /^(.*)_ids?$/.exec(name);
  if (!found) return null;
  const whole = found[1]!;
  if (PARTICIPANTS.has(whole)) return "entity";
  const last = whole.split("_").at(-1)!;
  if (["account", "asset", "user", "lot", "valuation", "pledge", "hold"].includes(last)) return last;
  return whole;
}

/** What a form starts with. */
export function blank(shape: Shape, currency = "CNY"): Draft {
  switch (shape.kind) {
    case "money":
      return { amount: "", currency };
    case "object":
      return Object.fromEntries(shape.fields.map((field) => [field.name, field.required ? blank(field.shape, currency) : optional(field.shape, currency)]));
    case "list":
      return Array.from({ length: shape.least }, () => blank(shape.item, currency));
    case "variant":
      return {};
    case "yes":
      return undefined;
    case "orYes":
      return undefined;
    default:
      return "";
  }
}

function optional(shape: Shape, currency: string): Draft {
  // What may be absent and has parts is absent until it is asked for.
  return shape.kind === "object" || shape.kind === "variant" || shape.kind === "orYes" ? undefined : blank(shape, currency);
}

/** Whether nothing stands in it. */
export function isBlank(draft: Draft): boolean {
  if (draft === undefined || draft === "") return true;
  if (Array.isArray(draft)) return draft.length === 0;
  if (typeof draft === "object") return Object.entries(draft).every(([name, inner]) => name === "currency" || isBlank(inner));
  return false;
}

/** Whether a member that may be absent is: a chosen variant without parts is there. */
function isAbsent(shape: Shape, draft: Draft): boolean {
  if (shape.kind === "variant") return draft === undefined || Object.keys(draft).length === 0;
  return shape.kind === "orYes" ? draft === undefined : isBlank(draft);
}

/** The body of what was filled in, and what is wrong with it. A body with something wrong is not to be sent. */
export function compose(shape: Shape, draft: Draft): { body: unknown; wrong: Wrong[] } {
  const wrong: Wrong[] = [];
  return { body: make(shape, draft, "", wrong), wrong };
}

function make(shape: Shape, draft: Draft, at: string, wrong: Wrong[]): unknown {
  const bad = (why: Wrong["why"], where = at) => {
    wrong.push({ at: where, why });
    return undefined;
  };
  switch (shape.kind) {
    case "money": {
      const given = (draft ?? {}) as { amount?: string; currency?: string };
      const amount = plain(given.amount ?? "");
      if (amount === "") return bad("missing");
      return decimal(amount) ? { currency: given.currency ?? "CNY", amount } : bad("form");
    }
    case "decimal": {
      const text = plain(String(draft ?? ""));
      if (text === "") return bad("missing");
      return decimal(text) && !(shape.whole && text.includes(".")) ? text : bad("form");
    }
    case "integer":
    case "id": {
      const text = plain(String(draft ?? "")).trim();
      if (text === "") return bad("missing");
      if (shape.kind === "id" && shape.of === "symbol") return text.toUpperCase();
      if (!/^\d+$/.test(text)) return bad("form");
      const number = Number(text);
      const [least, most] = shape.kind === "id" ? [0, Number.MAX_SAFE_INTEGER] : [shape.least, shape.most];
      return number < least || number > most ? bad("range") : number;
    }
    case "date": {
      const text = String(draft ?? "");
      if (text === "") return bad("missing");
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : bad("form");
    }
    case "time": {
      const text = String(draft ?? "");
      if (text === "") return bad("missing");
      return toTimestamp(text) ?? bad("form");
    }
    case "digest": {
      const text = String(draft ?? "").trim().toLowerCase();
      if (text === "") return bad("missing");
      return /^[0-9a-f]{64}$/.test(text) ? text : bad("form");
    }
    case "text": {
      const text = String(draft ?? "").trim();
      if (text === "") return bad("missing");
      if ([...text].length > shape.most) return bad("long");
      return shape.pattern && !new RegExp(shape.pattern, "u").test(text) ? bad("form") : text;
    }
    case "choice":
      return typeof draft === "string" && shape.words.includes(draft) ? draft : bad("missing");
    case "yes":
      return typeof draft === "boolean" ? draft : bad("missing");
    case "orYes":
      return typeof draft === "boolean" ? draft : draft === undefined ? bad("missing") : make(shape.inner, draft, at, wrong);
    case "list": {
      const rows = Array.isArray(draft) ? draft : [];
      if (rows.length < shape.least) return bad("missing");
      if (rows.length > shape.most) return bad("range");
      return rows.map((row, index) => make(shape.item, row, `${at}/${index}`, wrong));
    }
    case "variant": {
      const given = (draft ?? {}) as { [name: string]: Draft };
      const chosen = shape.variants.find((variant) => variant.name in given);
      if (!chosen) return bad("missing");
      return { [chosen.name]: make(chosen.shape, given[chosen.name], `${at}/${chosen.name}`, wrong) };
    }
    case "object": {
      const given = (draft ?? {}) as { [name: string]: Draft };
      const body: Record<string, unknown> = {};
      for (const field of shape.fields) {
        const inner = given[field.name];
        // A list that has to be there may well be empty.
        if (field.required && field.shape.kind === "list" && isBlank(inner) && field.shape.least === 0) body[field.name] = [];
        else if (field.required || !isAbsent(field.shape, inner)) {
          const made = make(field.shape, inner, `${at}/${field.name}`, wrong);
          if (made !== undefined) body[field.name] = made;
        }
      }
      return body;
    }
    case "command":
      return bad("form");
  }
}

/** A figure as it is typed (thousands, full-width digits) as the API takes it. */
function plain(text: string): string {
  return text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[．。]/g, ".")
    .replace(/[,，\s]/g, "");
}

/** A day and time in UTC+8, as a browser's field gives it, as the API takes it. */
export function toTimestamp(local: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(local)) return null;
  const at = Date.parse(`${local}+08:00`);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** A time of the API as a browser's field takes it, in UTC+8. */
export function toLocal(timestamp: string): string {
  const at = Date.parse(timestamp.replace(/(\.\d{3})\d*Z$/, "$1Z"));
  return Number.isNaN(at) ? "" : new Date(at + 8 * 3_600_000).toISOString().slice(0, 19);
}

/** What is known already, laid over a blank form: scalars by their names. */
export function fill(shape: Shape, draft: Draft, known: Readonly<Record<string, unknown>>): Draft {
  if (shape.kind !== "object") return draft;
  const given = { ...((draft ?? {}) as { [name: string]: Draft }) };
  for (const field of shape.fields) {
    if (!(field.name in known)) continue;
    const made = draftOf(field.shape, known[field.name]);
    if (made !== undefined) given[field.name] = made;
  }
  return given;
}

/** A value of the API as it would have been typed; undefined where a form has no such. */
export function draftOf(shape: Shape, value: unknown): Draft {
  if (value === null || value === undefined) return undefined;
  switch (shape.kind) {
    case "money":
      return typeof value === "object" && "amount" in value && "currency" in value ? { amount: String(value.amount), currency: String(value.currency) } : undefined;
    case "yes":
      return typeof value === "boolean" ? value : undefined;
    case "orYes":
      return typeof value === "boolean" ? value : draftOf(shape.inner, value);
    case "time":
      return typeof value === "string" ? toLocal(value) : undefined;
    case "list":
      return Array.isArray(value) ? value.map((item) => draftOf(shape.item, item)).filter((item) => item !== undefined) : undefined;
    case "object": {
      if (typeof value !== "object") return undefined;
      return fill(shape, blank(shape), value as Record<string, unknown>);
    }
    case "variant": {
      if (typeof value !== "object") return undefined;
      for (const variant of shape.variants) if (variant.name in value) return { [variant.name]: draftOf(variant.shape, (value as Record<string, unknown>)[variant.name]) };
      return undefined;
    }
    case "command":
      return undefined;
    default:
      return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  }
}

/** Which member a refusal means: the server's `field` by its whole place, or by its last name where that stands once. */
export function placeOf(field: string | null, shape: Shape): string | null {
  if (!field) return null;
  const wanted = `/${field.replaceAll(".", "/").replace(/^\/+/, "")}`;
  const places = placesOf(shape, "");
  if (places.some((place) => wanted === place || wanted.startsWith(`${place}/`))) return wanted;
  const last = wanted.split("/").at(-1)!;
  const same = places.filter((place) => place.endsWith(`/${last}`));
  return same.length === 1 ? same[0]! : null;
}

function placesOf(shape: Shape, at: string): string[] {
  if (shape.kind === "object") return shape.fields.flatMap((field) => [`${at}/${field.name}`, ...placesOf(field.shape, `${at}/${field.name}`)]);
  if (shape.kind === "variant") return shape.variants.flatMap((variant) => placesOf(variant.shape, `${at}/${variant.name}`));
  return [];
}
