// Amounts in words, under what a person types: an extra zero is read there.
import { chineseCapitals, englishWords } from "../../kit/capitals";
import type { Lang } from "../../shell/settings.svelte";
import { amountOf, type Lot } from "./terms";

/** A sum in capitals or words: in Chinese for yuan alone, which has them. */
export function capitals(lot: Lot, minor: bigint, lang: Lang): string {
  const { amount, currency } = amountOf(lot, minor);
  return (lang === "zh" && currency === "CNY" ? chineseCapitals(amount) : englishWords(amount, currency)) ?? "";
}
