// Labels of members and closed words, by the reader's language.
import type { Lang } from "../shell/settings.svelte";
import { FIELDS } from "./fields";
import { WORDS } from "./words";

/** Ends of members that say a unit or a form, and how English says them. */
const ENDS: readonly [RegExp, string][] = [
  [/_sha256$/, ""],
  [/_ids?$/, ""],
  [/_bps$/, " (bp)"],
  [/_e6$/, " (millionths)"],
  [/_pct$/, " (%)"],
  [/_seconds$/, " (s)"],
  [/_(on|at)$/, ""],
];

/** Members that mean another thing in one schema than elsewhere. */
const OF_SCHEMA: Readonly<Record<string, { zh: string; en: string }>> = {
  "ClaimTerms.drawn_on": { zh: "放款日", en: "Lent from" },
  "ClaimTerms.due_on": { zh: "期内最后一日", en: "In term until" },
  "ClaimTerms.rates": { zh: "利率", en: "Rates" },
  "ClaimTerms.order": { zh: "清偿顺序", en: "Order of payment" },
  "Clock.extension": { zh: "延时自何时起", en: "Extended from" },
  "Loan.reference": { zh: "借款合同编号", en: "Contract" },
  "LotFees.premium": { zh: "买受人佣金（基点）", en: "Buyer's premium (bp)" },
  "LotFees.seller": { zh: "出卖人佣金（基点）", en: "Seller's fee (bp)" },
  "RateStep.rate_e6": { zh: "年利率", en: "Yearly rate" },
  "Proposal.at": { zh: "提出时间", en: "Proposed" },
};

/** What a member is called; of a schema in which it means something of its own, that. */
export function label(name: string, lang: Lang, schema?: string): string {
  const own = schema && OF_SCHEMA[`${schema.replace(/(Input|Request)$/, "")}.${name}`];
  if (own) return own[lang];
  if (lang === "zh") return FIELDS[name] ?? name;
  const [end, unit] = ENDS.find(([ending]) => ending.test(name)) ?? [/$^/, ""];
  const words = (name === "step_by_on" ? "next step by" : name === "ip_share" ? "IP share" : name.replace(end, "")).replaceAll("_", " ").trim() || name;
  return words.charAt(0).toUpperCase() + words.slice(1) + unit;
}

/** What a closed word says. */
export function word(text: string, lang: Lang): string {
  if (lang === "zh") return WORDS[text] ?? text;
  return /^[A-Z]{3}$/.test(text) ? text : text.replaceAll("_", " ");
}
