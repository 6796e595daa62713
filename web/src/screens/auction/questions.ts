// Who may ask about a lot and who answers, as far as the page can know; the venue decides. Bounds as the contract says.
import type { Person } from "../../shell/session.svelte";
import type { Wait } from "../../shell/waits.svelte";
import type { Right } from "./said";

/** The longest question and answer, in bytes of UTF-8. */
export const QUESTION_MAX = 1_000;
export const ANSWER_MAX = 2_000;

/** A text as the venue takes it: without line ends and other control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, " ").trim();
}

/** How many bytes of UTF-8 a text has. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Whether questions are taken and answered: from the announcement to the end of the bidding. */
export function takesQuestions(state: string): boolean {
  return ["announced", "qualifying", "open", "paused"].includes(state);
}

/** Whether somebody answers for a lot: the venue, the acting owner, and for whom an answer waits (who disposes of the rights). */
export function mayAnswer(person: Pick<Person, "entity_id" | "roles">, rights: readonly Right[] | null, waiting: readonly Wait[], lot: number): boolean {
  const isOwner = rights?.[0]?.title?.owners[0]?.entity_id === person.entity_id;
  const waits = waiting.some((wait) => wait.kind === "answer_question" && wait.record.id === lot);
  return person.roles.includes("operator") || isOwner || waits;
}
