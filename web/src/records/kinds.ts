// The rooms of the desk: where a record of a list is read, and what its list, its word and its number are called.

/** A list of records: its place in the API, the member that holds the record, and its number's name. */
export interface Kind {
  list: string;
  member: string;
  id: string;
  zh: string;
  en: string;
}

const rows: readonly [string, string, string, string, string][] = [
  ["loans", "loan", "loan_id", "贷款", "Loan"],
  ["loan-plans", "loan_plan", "loan_id", "收益分配方案", "Plan"],
  ["pledges", "pledge", "pledge_id", "质押", "Pledge"],
  ["pledge-consents", "pledge_consent", "pledge_id", "质权人同意", "Pledgee's consent"],
  ["disposals", "disposal", "disposal_id", "处置案件", "Disposal case"],
  ["distributions", "distribution", "transfer_id", "分配清单", "Distribution"],
  ["reverse-licences", "reverse_licence", "reverse_licence_id", "反向许可", "Reverse licence"],
  ["conversions", "conversion", "conversion_id", "债转股", "Conversion"],
  ["transfers", "transfer", "transfer_id", "转让", "Sale of title"],
  ["offers", "offer", "transfer_id", "转让要约", "Offer"],
  ["licences", "licence", "licence_id", "许可", "Licence"],
  ["open-licences", "open_licence", "open_licence_id", "开放许可", "Open licence"],
  ["tranches", "tranche", "tranche_id", "发行批次", "Tranche"],
  ["auctions", "lot", "lot_id", "竞价标的", "Lot"],
  ["proposals", "proposal", "proposal_id", "待复核事项", "Proposal"],
  ["withdrawals", "withdrawal", "withdrawal_id", "出金", "Withdrawal"],
  ["valuations", "valuation", "valuation_id", "估值", "Valuation"],
  ["titles", "title", "asset_id", "权属", "Title"],
  ["right-facts", "facts", "asset_id", "登记事项", "Register facts"],
  ["holds", "hold", "hold_id", "查封与异议", "Hold"],
  ["pools", "risk_pool", "pool_id", "风险补偿资金池", "Risk pool"],
  ["pool-loans", "pool_standing", "loan_id", "入池贷款", "Loan in a pool"],
  ["recoveries", "recovery", "key_id", "管理权恢复", "Recovery of the venue"],
  ["puts", "put", "put_id", "收储承诺", "Put"],
  ["takings", "taking", "lot_id", "折价", "Taking"],
  ["securities-asked", "security", "loan_id", "补充担保", "Security asked"],
  ["subsidies", "subsidy", "subsidy_id", "补贴申请", "Subsidy"],
  ["measures", "measure", "measure_id", "补贴措施", "Measure"],
  ["forfeits", "forfeit", "lot_id", "罚没保证金", "Forfeit"],
  ["appraisers", "appraiser", "entity_id", "评估机构", "Appraiser"],
  ["facts", "entity", "entity_id", "主体情况", "Participant's facts"],
  ["holders", "holders", "asset_id", "持有人", "Holders"],
  ["done-alone", "done_alone", "command_seq", "单人办理", "Done alone"],
  ["guarantor-figures", "guarantor", "entity_id", "保证人数据", "Guarantor's figures"],
  ["titles-sold", "title_sold", "transfer_id", "权利成交", "Title sold"],
  ["losses", "loss_accepted", "known_seq", "已接受的损失", "Accepted loss"],
  ["consents", "consent", "asset_id", "共有人同意", "Co-owner's consent"],
  ["demands", "demand", "loan_id", "催收", "Demand"],
  ["repayments", "repayment", "loan_id", "还款", "Repayment"],
  ["interests", "interest", "transfer_id", "受让意向", "Interest"],
  ["officer-files", "officer_file", "loan_id", "尽职免责档案", "Officer's file"],
  ["insurances", "insurance", "loan_id", "保证保险", "Insurance"],
  ["upkeep", "upkeep", "asset_id", "垫付", "Upkeep"],
  ["claim-facts", "claim_fact", "loan_id", "债权事实", "Claim's fact"],
  ["sale-presses", "sale_press", "loan_id", "请求行使质权", "Pressing for a sale"],
  ["reads", "read", "reader_id", "读取记录", "Read"],
  ["branches", "branch_standing", "branch", "基层机构", "Branch"],
  ["bidders", "bidder", "lot_id", "竞买人", "Bidder"],
  ["lot-questions", "lot_question", "lot_id", "标的提问", "Question about a lot"],
  ["asked-questions", "asked_question", "lot_id", "本人提问", "Own question"],
  ["connected-buyers", "connected_buyer", "entity_id", "关联买受人", "Connected buyer"],
  ["export-checks", "export_check", "entity_id", "出口管制审查", "Export-control check"],
  ["unit-contracts", "unit_contract", "symbol", "份额约定", "Contract of units"],
  ["consumption", "consumption", "symbol", "消耗", "Consumption"],
];

/** All of them, by list. */
export const kinds: ReadonlyMap<string, Kind> = new Map(rows.map(([list, member, id, zh, en]) => [list, { list, member, id, zh, en }]));

const byMember = new Map(rows.map(([list, member]) => [member, list]));

/** The list of a record's word, as `transfer`, `Transfer`, `transfers` or `reverse-licence` name it; null where none does. */
export function listOf(word: string): string | null {
  const plain = word.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  if (kinds.has(plain)) return plain;
  const member = plain.replaceAll("-", "_");
  return byMember.get(member) ?? byMember.get(ALSO[member] ?? "") ?? (kinds.has(plain.replaceAll("_", "-")) ? plain.replaceAll("_", "-") : null);
}

/** Other words for the same. */
const ALSO: Readonly<Record<string, string>> = { loan_in_pool: "pool_standing", pool_loan: "pool_standing", pool: "risk_pool", case: "disposal", plan: "loan_plan", right: "title", asset: "title" };
