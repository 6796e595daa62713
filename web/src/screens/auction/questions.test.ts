import { expect, test } from "vitest";
import type { Wait } from "../../shell/waits.svelte";
import { bytesOf, mayAnswer, oneLine, QUESTION_MAX, takesQuestions } from "./questions";
import type { Right } from "./said";

test("a text is sent on one line, and counted in bytes", () => {
  expect(oneLine("  年费\r\n缴到\u0007哪一年？\n")).toBe("年费 缴到 哪一年？");
  expect(oneLine(" \n\t")).toBe("");
  expect(bytesOf("年费a")).toBe(7);
  expect(bytesOf("专".repeat(333))).toBeLessThanOrEqual(QUESTION_MAX);
  expect(bytesOf("专".repeat(334))).toBeGreaterThan(QUESTION_MAX);
});

test("questions are taken until the bidding is over", () => {
  expect(["announced", "qualifying", "open", "paused"].every(takesQuestions)).toBe(true);
  expect(["revealing", "closed", "sold", "withdrawn"].some(takesQuestions)).toBe(false);
});

test("who sells, who disposes and the venue answer; nobody else", () => {
  const rights = [{ title: { owners: [{ entity_id: 3, parts: 1 }] } }] as unknown as Right[];
  const waiting = [{ kind: "answer_question", record: { kind: "lot_question", id: 7, address: "/v1/lot-questions" } }] as unknown as Wait[];
  const firm = (entity_id: number) => ({ entity_id, roles: ["firm"] });
  expect(mayAnswer(firm(3), rights, [], 7)).toBe(true);
  expect(mayAnswer(firm(4), rights, [], 7)).toBe(false);
  expect(mayAnswer(firm(4), rights, waiting, 7)).toBe(true);
  expect(mayAnswer(firm(4), rights, waiting, 8)).toBe(false);
  expect(mayAnswer({ entity_id: 0, roles: ["operator"] }, null, [], 7)).toBe(true);
});
