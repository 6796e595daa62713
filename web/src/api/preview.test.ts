import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Preview } from "./preview.svelte";

describe("a preview", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A venue that answers when it is told to. */
  function venue() {
    const asked: { wish: number; answer: (text: string) => void; refuse: () => void }[] = [];
    const preview = new Preview<number, string>((wish) => new Promise((answer, refuse) => asked.push({ wish, answer, refuse: () => refuse(new Error("no")) })), 100);
    return { asked, preview };
  }

  test("asks for the newest wish alone, one at a time", async () => {
    const { asked, preview } = venue();
    preview.want("a", 1);
    preview.want("b", 2);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.map(({ wish }) => wish)).toEqual([2]);
    preview.want("c", 3);
    preview.want("d", 4);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.length).toBe(1);
    asked[0]!.answer("two");
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.map(({ wish }) => wish)).toEqual([2, 4]);
  });

  test("shows an answer for what it was asked of, and for nothing else", async () => {
    const { asked, preview } = venue();
    preview.want("a", 1);
    await vi.advanceTimersByTimeAsync(100);
    expect(preview.of("a")).toBeNull();
    asked[0]!.answer("one");
    await vi.advanceTimersByTimeAsync(0);
    expect(preview.of("a")).toBe("one");
    expect(preview.of("b")).toBeNull();
    preview.want("a", 1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.length).toBe(1);
  });

  test("goes on after a refusal, and keeps still once it is stopped", async () => {
    const { asked, preview } = venue();
    preview.want("a", 1);
    await vi.advanceTimersByTimeAsync(100);
    asked[0]!.refuse();
    await vi.advanceTimersByTimeAsync(0);
    expect(preview.of("a")).toBeNull();
    preview.want("b", 2);
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.length).toBe(2);
    preview.want("c", 3);
    preview.stop();
    asked[1]!.answer("two");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.length).toBe(2);
    expect(preview.of("b")).toBeNull();
  });
});
