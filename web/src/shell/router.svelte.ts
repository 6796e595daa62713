// Where one is: the address, by the History API. What is typed never stands in it; a filter, a tab and a list's place do.

class Router {
  #url = $state.raw(new URL(location.href));

  /** The address. */
  get url(): URL {
    return this.#url;
  }

  /** Follows links of the page itself, and Back. */
  start(): void {
    addEventListener("popstate", () => (this.#url = new URL(location.href)));
    document.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest?.("a[href]");
      if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
      // What is not of the page (`/api`, `/openapi.json`) is the browser's to open.
      if (link.hasAttribute("data-outside") || (link.hash !== "" && link.pathname === location.pathname)) return;
      event.preventDefault();
      this.go(link.href);
    });
  }

  /** Goes to an address. `replace` leaves no step for Back. */
  go(to: string, { replace = false } = {}): void {
    const next = new URL(to, location.href);
    if (next.href === this.#url.href) return;
    const screen = next.pathname !== this.#url.pathname;
    history[replace ? "replaceState" : "pushState"](null, "", next);
    this.#url = next;
    if (screen && !replace) scrollTo(0, 0);
  }

  /** Changes the query alone; null takes a word out. */
  query(change: Record<string, string | null>, { replace = true } = {}): void {
    const next = new URL(this.#url);
    for (const [name, value] of Object.entries(change)) {
      if (value === null || value === "") next.searchParams.delete(name);
      else next.searchParams.set(name, value);
    }
    this.go(next.href, { replace });
  }
}

/** The tab's router. */
export const router = new Router();
