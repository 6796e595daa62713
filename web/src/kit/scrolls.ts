// Tables that are wider than their screen. What runs over the side and is scrolled there can be reached by the keyboard, for as long
// as it does (WCAG 2.1.1); on a phone a list folds into one block a row, each value below the head of its column (app.css).
import type { Attachment } from "svelte/attachments";

/** For a table's frame that may be too wide. */
export const scrolls: Attachment<HTMLElement> = (element) => {
  const look = () => {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver(look);
  watch.observe(element);
  for (const child of element.children) watch.observe(child);
  look();
  const named = new MutationObserver(() => name(element));
  named.observe(element, { childList: true, subtree: true, characterData: true });
  name(element);
  return () => {
    watch.disconnect();
    named.disconnect();
  };
};

/** Writes the head of its column on each cell but the first of a row, which says itself what it is. */
function name(element: HTMLElement): void {
  for (const table of element.querySelectorAll("table.list")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent?.trim() ?? "");
    for (const row of table.querySelectorAll<HTMLTableRowElement>("tbody tr"))
      for (const cell of [...row.cells].slice(1)) {
        const head = heads[cell.cellIndex] ?? "";
        if (cell.dataset["head"] !== head) cell.dataset["head"] = head;
      }
  }
}
