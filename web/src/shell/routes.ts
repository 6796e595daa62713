// The page's addresses (PAGE.md 3.1), and the screen of each, loaded when it is first opened. A screen that is built adds its
// row here, and to `nav` where it stands in the head; gateway/src/server/routes/site.rs knows the same addresses, and a test
// holds the two together.
import type { Component } from "svelte";

/** What a screen is given: the places of its address, and its query. */
export interface Place {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
}

/** A screen. */
export type Screen = Component<{ place: Place }>;

interface Route {
  pattern: string;
  load: () => Promise<{ default: Screen }>;
  /** Without head and strip: it has its own. */
  bare?: boolean;
  /** Shows prices of lots, licences or titles: in a sandbox it says so. (The floor goes by each listing's own mark.) */
  isPriced?: boolean;
}

// One function, so that going from `/` to an instrument is the same screen and not another one.
const floor = () => import("../screens/floor/Floor.svelte");
const verify = () => import("../screens/verify/Verify.svelte");
const record = () => import("../screens/desk/Record.svelte");
const recordList = () => import("../screens/desk/RecordList.svelte");
const office = () => import("../screens/desk/Office.svelte");
const account = () => import("../screens/account/Account.svelte");
const document = () => import("../screens/reading/Document.svelte");

/** All of them, by name. */
export const routes = {
  home: { pattern: "/", load: floor },
  floor: { pattern: "/floor/:symbol", load: floor },
  auctions: { pattern: "/auctions", load: () => import("../screens/auctions/Auctions.svelte"), isPriced: true },
  lot: { pattern: "/auctions/:lot", load: () => import("../screens/auction/Auction.svelte"), isPriced: true },
  verify: { pattern: "/verify", load: verify },
  verifyLot: { pattern: "/verify/:lot", load: verify, isPriced: true },
  desk: { pattern: "/desk", load: () => import("../screens/desk/Desk.svelte") },
  acts: { pattern: "/desk/acts", load: () => import("../screens/desk/AllActs.svelte") },
  act: { pattern: "/desk/acts/:op", load: () => import("../screens/desk/ActScreen.svelte") },
  recordList: { pattern: "/desk/records/:list", load: recordList },
  record: { pattern: "/desk/records/:list/:id", load: record },
  approvals: { pattern: "/desk/approvals", load: recordList },
  approval: { pattern: "/desk/approvals/:id", load: () => import("../screens/desk/Approval.svelte") },
  case: { pattern: "/desk/cases/:id", load: () => import("../screens/desk/Case.svelte"), isPriced: true },
  consents: { pattern: "/desk/consents", load: recordList },
  reads: { pattern: "/desk/reads", load: recordList },
  deal: { pattern: "/desk/deals/:id", load: record },
  deskLicence: { pattern: "/desk/licences/:id", load: record },
  loan: { pattern: "/desk/loans/:id", load: record },
  pledge: { pattern: "/desk/pledges/:id", load: record },
  reverse: { pattern: "/desk/reverse/:id", load: record },
  claim: { pattern: "/desk/claims/:id", load: record },
  job: { pattern: "/desk/jobs/:id", load: record },
  halts: { pattern: "/desk/halts", load: () => import("../screens/desk/Halts.svelte") },
  deskRights: { pattern: "/desk/rights", load: () => import("../screens/desk/Rights.svelte") },
  office: { pattern: "/desk/office", load: office },
  checking: { pattern: "/desk/verify", load: office },
  venue: { pattern: "/desk/venue", load: () => import("../screens/desk/VenueState.svelte") },
  audit: { pattern: "/desk/audit", load: () => import("../screens/desk/Audit.svelte") },
  account: { pattern: "/account", load: account },
  accountPart: { pattern: "/account/:part", load: account },
  right: { pattern: "/rights/:id", load: () => import("../screens/rights/Right.svelte"), isPriced: true },
  transfers: { pattern: "/transfers", load: () => import("../screens/transfers/Transfers.svelte"), isPriced: true },
  transfer: { pattern: "/transfers/:id", load: () => import("../screens/transfers/Transfer.svelte"), isPriced: true },
  licences: { pattern: "/licences", load: () => import("../screens/licences/Licences.svelte"), isPriced: true },
  rules: { pattern: "/rules", load: () => import("../screens/reading/Rules.svelte") },
  documents: { pattern: "/docs", load: document },
  document: { pattern: "/docs/:page", load: document },
  signIn: { pattern: "/sign-in", load: () => import("../screens/sign-in/SignIn.svelte"), bare: true },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** The places of a pattern: `/floor/:symbol` has `symbol`. */
type Places<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}` ? Name | Places<Rest> : Pattern extends `${string}:${infer Name}` ? Name : never;

/** The address of a route; what it needs is typed by its pattern. */
export function href<Name extends RouteName>(name: Name, ...given: Places<(typeof routes)[Name]["pattern"]> extends never ? [] : [Record<Places<(typeof routes)[Name]["pattern"]>, string | number>]): string {
  let path: string = routes[name].pattern;
  for (const [place, value] of Object.entries(given[0] ?? {})) path = path.replace(`:${place}`, encodeURIComponent(String(value)));
  return path;
}

/** The way to sign in, and back to where one was: what stands in the address stays. */
export function toSignIn(from: URL): string {
  return from.pathname === "/" ? href("signIn") : `${href("signIn")}?next=${encodeURIComponent(from.pathname + from.search)}`;
}

/** The head's links, in its order: those that are built. */
export const nav: readonly { name: RouteName; text: "floor" | "auctions" | "transfers" | "licences" | "desk" | "verify"; key: string }[] = [
  { name: "home", text: "floor", key: "f" },
  { name: "auctions", text: "auctions", key: "a" },
  { name: "transfers", text: "transfers", key: "t" },
  { name: "licences", text: "licences", key: "l" },
  { name: "desk", text: "desk", key: "d" },
  { name: "verify", text: "verify", key: "v" },
];

/** Which route an address is of, and with what; null where of none. */
export function match(path: string): { name: RouteName; route: Route; params: Record<string, string> } | null {
  const parts = path.replace(/\/+$/, "").split("/");
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const wanted = route.pattern.replace(/\/+$/, "").split("/");
    if (wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, index) => {
      if (!part.startsWith(":")) return part === parts[index];
      try {
        params[part.slice(1)] = decodeURIComponent(parts[index]!);
      } catch {
        return false;
      }
      return parts[index] !== "";
    });
    if (fits) return { name, route, params };
  }
  return null;
}
