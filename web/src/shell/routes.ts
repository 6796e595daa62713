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
}

// One function, so that going from `/` to an instrument is the same screen and not another one.
const floor = () => import("../screens/floor/Floor.svelte");
const verify = () => import("../screens/verify/Verify.svelte");

/** All of them, by name. */
export const routes = {
  home: { pattern: "/", load: floor },
  floor: { pattern: "/floor/:symbol", load: floor },
  auctions: { pattern: "/auctions", load: () => import("../screens/auctions/Auctions.svelte") },
  lot: { pattern: "/auctions/:lot", load: () => import("../screens/auction/Auction.svelte") },
  verify: { pattern: "/verify", load: verify },
  verifyLot: { pattern: "/verify/:lot", load: verify },
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

/** The head's links, in its order: those that are built. */
export const nav: readonly { name: RouteName; text: "floor" | "auctions" | "transfers" | "licences" | "desk" | "verify"; key: string }[] = [
  { name: "home", text: "floor", key: "f" },
  { name: "auctions", text: "auctions", key: "a" },
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
