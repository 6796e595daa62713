// One press, one act: a key that is held down, and the second half of a double click, press nothing.
import type { Attachment } from "svelte/attachments";

/** For a form or a button that moves money. */
export const pressOnce: Attachment<HTMLElement> = (element) => {
  const held = (event: KeyboardEvent) => {
    if (event.repeat && event.key === "Enter") event.preventDefault();
  };
  const twice = (event: MouseEvent) => {
    if (event.detail > 1 && (event.target as Element).closest("button.money")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  };
  element.addEventListener("keydown", held, true);
  element.addEventListener("click", twice, true);
  return () => {
    element.removeEventListener("keydown", held, true);
    element.removeEventListener("click", twice, true);
  };
};
