import { describe, expect, it } from "vitest";
import { titled } from "./titled";

describe("a document's title", () => {
  it("is the reader's own part of it", () => {
    expect(titled("The auction room · 拍卖厅", "zh")).toEqual({ text: "拍卖厅", lang: "zh-CN", also: null });
    expect(titled("The auction room · 拍卖厅", "en")).toEqual({ text: "The auction room", lang: "en", also: "拍卖厅" });
    expect(titled("Glossary 词汇表", "zh").text).toBe("词汇表");
  });
  it("stays as it is where it stands in one language", () => {
    expect(titled("Architecture", "zh")).toEqual({ text: "Architecture", lang: "en", also: null });
    expect(titled("术语", "en")).toEqual({ text: "术语", lang: "zh-CN", also: null });
  });
});
