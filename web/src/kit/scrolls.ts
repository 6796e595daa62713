// What runs over the side and is scrolled there can be reached by the keyboard, for as long as it does (WCAG 2.1.1).
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
  return () => watch.disconnect();
};
