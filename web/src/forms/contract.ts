// What the page carries of the released contract (`build/contract.ts`): operations with their addresses and words, the schemas of
// their bodies, and of records the members that name the first day on which something is over.
import loaded from "virtual:contract";
import type { Lang } from "../shell/settings.svelte";

/** A schema as the build left it. */
export interface Schema {
  ref?: string;
  says?: string;
  /** It is the first day on which something is over. */
  firstLate?: boolean;
  type?: string | string[];
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
}

/** A command by its address. */
export interface Operation {
  address: string;
  method: string;
  tag: string;
  /** What it does, in English and in Chinese. */
  en: string;
  zh: string;
  /** The schema of its body. */
  body: string;
}

export interface Contract {
  operations: Record<string, Operation>;
  schemas: Record<string, Schema>;
  /** Of what is read, by schema: `1` for a first day on which something is over, else the schema that a member leads to. */
  reads: Record<string, Record<string, string | 1>>;
  /** The titles of closed words that have some, as the kinds of what waits. */
  titles: Record<string, { zh: string; en: string }>;
}

/** The contract of this build. */
export const contract: Contract = loaded;

/** The resource of an operation, as attachments and records name it: `transfers` of `/v1/transfers/sign`. */
export function resourceOf(op: string): string {
  return contract.operations[op]?.address.split("/")[2] ?? "";
}

/** Verbs whose third person is not by the rule. */
function imperative(verb: string): string {
  if (/(oes|shes|ches|sses|xes)$/.test(verb)) return verb.slice(0, -2);
  if (/ies$/.test(verb)) return `${verb.slice(0, -3)}y`;
  return /[^s]s$/.test(verb) ? verb.slice(0, -1) : verb;
}

/** Words that end as a verb's third person and are none. */
const NO_VERB = new Set(["The", "This", "Its", "An", "A"]);

/** What a button says that does it: the operation's own words, as an order. */
export function deed(op: string, lang: Lang): string {
  const found = contract.operations[op];
  if (!found) return op.replaceAll("_", " ");
  if (lang === "zh") return found.zh.split(/[。；，]/)[0]!.trim();
  const first = found.en.split(/\.(?:\s|$)|[:,;]/)[0]!.trim();
  const [verb = "", ...rest] = first.split(" ");
  if (NO_VERB.has(verb)) return first;
  // A second verb beside the first: "Halts or resumes trading".
  if ((rest[0] === "or" || rest[0] === "and") && rest[1]) rest[1] = imperative(rest[1]);
  return [imperative(verb), ...rest].join(" ");
}

/** Whether the contract says more of an operation than its button. */
export function saysMore(op: string, lang: Lang): boolean {
  return about(op, lang).replace(/[.。]$/, "").length > deed(op, lang).length + 2;
}

/** All that the contract says of an operation. */
export function about(op: string, lang: Lang): string {
  const found = contract.operations[op];
  return found ? found[lang] : "";
}
