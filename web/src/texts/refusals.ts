// Refusals that people meet often, in the reader's language. Others are shown in the venue's own words, which are in both.
import type { Problem } from "../api/problem";
import type { Lang } from "../shell/settings.svelte";

const SAID: Record<string, { zh: string; en: string }> = {
  INSUFFICIENT_CASH: { zh: "可用资金不足。", en: "Not enough free cash." },
  INSUFFICIENT_UNITS: { zh: "可用份额不足。", en: "Not enough free units." },
  PRICE_OFF_TICK: { zh: "价格不是价位的整数倍。", en: "The price is off the tick." },
  PRICE_OUTSIDE_BAND: { zh: "价格超出区间。", en: "The price is outside the band." },
  QUANTITY_INVALID: { zh: "数量无效。", en: "That is no quantity that can be traded." },
  QUANTITY_TOO_LARGE: { zh: "数量超过单笔上限。", en: "More than one order may have." },
  NOT_TRADING: { zh: "该品种已停牌或终止。", en: "The instrument does not trade now." },
  NOT_PERMITTED: { zh: "您无权这样做。", en: "You may not do that." },
  NOT_YOUR_ACCOUNT: { zh: "这不是您的账户。", en: "That is not your account." },
  UNKNOWN_ORDER: { zh: "该委托已成交或已撤。", en: "That order is filled or cancelled." },
  CONSENT_FLOOR: { zh: "低于质权人同意的底价。", en: "Below the floor that the pledgee consented to." },
  CONSENT_QTY: { zh: "超出质权人同意的数量。", en: "More than the pledgee consented to." },
  T5_LOCK: { zh: "买入后锁定期未满。", en: "What was bought is still locked." },
  RATE_LIMITED: { zh: "请求过多，请稍候再试。", en: "Too many requests; wait a moment." },
  NO_ANSWER: { zh: "没有收到应答。", en: "No answer came." },
  OUTCOME_UNKNOWN: { zh: "结果未知。", en: "The outcome is unknown." },
  SESSION_ENDED: { zh: "登录已失效，请重新登录。", en: "The session has ended: sign in again." },
};

/** What is said of a refusal: the page's own sentence where it has one, else the venue's. */
export function said(problem: Problem, lang: Lang): string {
  return SAID[problem.code]?.[lang] ?? (problem.detail[lang] || problem.code);
}
