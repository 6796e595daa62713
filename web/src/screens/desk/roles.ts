// What each role looks after: the acts that it begins most, and the lists below what waits.

const BEGINS: Readonly<Record<string, readonly string[]>> = {
  firm: ["register_asset", "offer_licence", "list_transfer"],
  bank: ["register_loan", "file_pledge", "give_pledge_consent"],
  appraiser: ["record_valuation"],
  guarantor: ["record_guarantor", "re_guarantee"],
  insurer: ["insure_loan"],
  fund: ["agree_put", "decide_subsidy"],
  operator: ["cash_in", "verify_asset", "set_trading"],
  trader: ["request_withdrawal"],
};

const LISTS: Readonly<Record<string, readonly string[]>> = {
  bank: ["loans", "pledges", "disposals", "reverse-licences", "pledge-consents", "valuations"],
  appraiser: ["valuations"],
  guarantor: ["loans", "pool-loans", "guarantor-figures"],
  insurer: ["loans", "insurances"],
  fund: ["pool-loans", "puts", "subsidies"],
  investor: ["puts"],
  operator: ["proposals", "withdrawals", "done-alone"],
  regulator: ["reads", "done-alone", "losses", "export-checks", "branches"],
};

function joined(table: Readonly<Record<string, readonly string[]>>, roles: readonly string[], most: number): string[] {
  return [...new Set(roles.flatMap((role) => table[role] ?? []))].slice(0, most);
}

/** The acts that these roles begin most. */
export function beginsOf(roles: readonly string[]): string[] {
  return joined(BEGINS, roles, 4);
}

/** The lists that these roles look after. */
export function listsOf(roles: readonly string[]): string[] {
  return joined(LISTS, roles, 8);
}

/** The rooms of the desk that have an address of their own and no number in it (PAGE.md 3.1). */
export type RoomName = "deskRights" | "approvals" | "checking" | "office" | "halts" | "venue" | "audit" | "reads" | "consents" | "transfers" | "licences";

const ROOMS: Readonly<Record<string, readonly RoomName[]>> = {
  firm: ["deskRights", "approvals"],
  bank: ["approvals", "consents"],
  operator: ["approvals", "checking", "office", "halts", "venue", "transfers", "licences"],
  regulator: ["audit", "reads", "transfers", "licences"],
};

/** The rooms of these roles. */
export function roomsOf(roles: readonly string[]): RoomName[] {
  return [...new Set(roles.flatMap((role) => ROOMS[role] ?? []))];
}
