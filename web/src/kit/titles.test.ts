import { expect, test } from "vitest";
import { langOf, shownTitle } from "./titles";

const right = { title: "一种继电器", title_en: "A relay" };

test("a translation is for who reads English, and the registered title stays behind it", () => {
  expect(shownTitle(right, "en")).toEqual({ text: "A relay", lang: "en", original: "一种继电器" });
  expect(shownTitle(right, "zh")).toEqual({ text: "一种继电器", lang: "zh-CN", original: null });
});

test("without a translation the registered title is shown in its own language", () => {
  expect(shownTitle({ title: "一种继电器", title_en: null }, "en")).toEqual({ text: "一种继电器", lang: "zh-CN", original: null });
  expect(shownTitle({ title: "A relay" }, "en")).toEqual({ text: "A relay", lang: undefined, original: null });
  expect(langOf("<b>A relay</b>")).toBeUndefined();
});
