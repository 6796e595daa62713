import { describe, expect, test } from "vitest";
import { chineseCapitals, englishWords } from "./capitals";
import { nextChange, passed, remaining } from "./countdown";
import { dateTime, lastDay, milliseconds } from "./dates";
import { basisPoints, changeInBasisPoints, compare, decimal, rescale, times, write } from "./decimal";
import { change, figure, money } from "./money";

describe("decimals", () => {
  test("are read as typed, and never rounded", () => {
    for (const [text, written] of [
      ["120.05", "120.05"],
      ["0.00", "0.00"],
      ["3,760,000.00", "3760000.00"],
      [" １２０．５ ", "120.5"],
      ["9007199254740993.01", "9007199254740993.01"],
      ["12.", "12"],
    ] as const)
      expect(write(decimal(text)!), text).toBe(written);
    for (const text of ["", "-1", "1e3", "1.2.3", ".5", "1_000", "abc", "0x10", "+1", "1".repeat(25)]) expect(decimal(text), text).toBeNull();
  });
  test("keep their scale or say that they can't", () => {
    expect(write(rescale(decimal("1.50")!, 1)!)).toBe("1.5");
    expect(rescale(decimal("1.55")!, 1)).toBeNull();
    expect(compare(decimal("1.5")!, decimal("1.50")!)).toBe(0);
  });
  test("fees are rounded down to the minor unit, as the venue does", () => {
    expect(write(basisPoints(times(decimal("120.15")!, 25n), 20))).toBe("6.00");
    expect(changeInBasisPoints(decimal("120.00")!, decimal("120.35")!)).toBe(29n);
    expect(changeInBasisPoints(decimal("120.00")!, decimal("119.65")!)).toBe(-29n);
    expect(changeInBasisPoints(decimal("0.00")!, decimal("1.00")!)).toBeNull();
  });
});

describe("figures", () => {
  test("keep all their digits beyond what a float has", () => {
    expect(figure("9007199254740993.01", "en")).toBe("9,007,199,254,740,993.01");
    expect(figure("3760000.00", "zh")).toBe("3,760,000.00");
    expect(figure("-0.50", "en")).toBe("−0.50");
    expect(figure("007", "en")).toBe("7");
    expect(figure(null, "en")).toBe("–");
    expect(figure("n/a", "en")).toBe("n/a");
  });
  test("the unit stands where the language has it", () => {
    expect(money("3760000.00", "CNY", "zh")).toBe("3,760,000.00 元");
    expect(money("3760000.00", "CNY", "en")).toBe("CNY 3,760,000.00");
    expect(money("1", "JPY", "zh")).toBe("1 JPY");
  });
  test("a change has arrow, sign and percentage", () => {
    expect(change("119.70", "120.05", "en")).toEqual({ direction: "rise", arrow: "▲", difference: "+0.35", percent: "+0.29%" });
    expect(change("120.05", "119.70", "en")).toEqual({ direction: "fall", arrow: "▼", difference: "−0.35", percent: "−0.29%" });
    expect(change("1.00", "1.00", "en")?.percent).toBe("0.00%");
    expect(change(null, "1.00", "en")).toBeNull();
  });
});

describe("capitals", () => {
  test("as on a cheque", () => {
    for (const [text, words] of [
      ["3760000.00", "人民币 叁佰柒拾陆万元整"],
      ["0", "人民币 零元整"],
      ["0.05", "人民币 伍分"],
      ["0.50", "人民币 伍角整"],
      ["10.05", "人民币 壹拾元零伍分"],
      ["1001.00", "人民币 壹仟零壹元整"],
      ["10000001.10", "人民币 壹仟万零壹元壹角整"],
      ["100000000.00", "人民币 壹亿元整"],
      ["100010000.00", "人民币 壹亿零壹万元整"],
      ["1234567890.12", "人民币 壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"],
      ["20000300.00", "人民币 贰仟万零叁佰元整"],
    ] as const)
      expect(chineseCapitals(text), text).toBe(words);
    expect(chineseCapitals("1.005")).toBeNull();
    expect(chineseCapitals("x")).toBeNull();
  });
  test("in English", () => {
    expect(englishWords("3760000.00", "CNY")).toBe("CNY three million, seven hundred and sixty thousand only");
    expect(englishWords("1021.05", "CNY")).toBe("CNY one thousand, twenty-one and 05/100");
    expect(englishWords("0", "CNY")).toBe("CNY zero only");
  });
  test("an extra zero is another word", () => {
    expect(chineseCapitals("376000.00")).not.toBe(chineseCapitals("3760000.00"));
  });
});

describe("dates", () => {
  test("are of UTC+8 whatever the computer thinks", () => {
    expect(dateTime("2026-03-03T02:08:58.412000000Z")).toBe("2026-03-03 10:08:58.412");
    expect(dateTime("2026-03-02T16:00:00.000000000Z")).toBe("2026-03-03 00:00:00.000");
    expect(milliseconds("2026-03-03T02:08:58.412999999Z") % 1000).toBe(412);
  });
  test("the first day that is too late is shown as the last that is not", () => {
    expect(lastDay("2026-03-11")).toBe("2026-03-10 24:00");
    expect(lastDay("2026-03-01")).toBe("2026-02-28 24:00");
  });
});

describe("a countdown", () => {
  test("says what is left and is never negative", () => {
    expect(remaining(3_723_000)).toBe("1:02:03");
    expect(remaining(294_000)).toBe("04:54");
    expect(remaining(9_960)).toBe("00:09.9");
    expect(remaining(10_000)).toBe("00:10");
    expect(remaining(0)).toBeNull();
    expect(remaining(-5_000)).toBeNull();
  });
  test("is painted when it changes", () => {
    expect(nextChange(61_250)).toBe(250);
    expect(nextChange(61_000)).toBe(1000);
    expect(nextChange(9_950)).toBe(50);
  });
  test("speaks each threshold once, and after a sleep the last one alone", () => {
    expect(passed(61_000, 60_000)?.seconds).toBe(60);
    expect(passed(60_000, 59_000)).toBeNull();
    expect(passed(2_000_000, 5_000)?.seconds).toBe(10);
    expect(passed(400_000, 401_000)).toBeNull();
  });
});
