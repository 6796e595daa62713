import { describe, expect, it } from "vitest";
import { balanceOf, sentences, toldBy } from "./effects";

const known = { entity: () => null, right: () => null };
const command = { op: "request_withdrawal", account_id: 3, amount: { currency: "CNY", amount: "1234.56" } };
const effects = {
  does: [
    { field: null, text: { zh: "请求出金。", en: "Asks for cash to be paid out." }, amount: null },
    { field: null, text: { zh: "账户3冻结 1234.56 CNY。", en: "1234.56 CNY of account 3 is set aside." }, amount: { currency: "CNY" as const, amount: "1234.56" } },
    { field: "/account_id", text: { zh: "云杉（主体1）的账户", en: "an account of 云杉 (participant 1)" }, amount: null },
  ],
};

describe("what an approval does", () => {
  it("is said by the venue in the reader's language, and what it explains is not said twice", () => {
    for (const lang of ["zh", "en"] as const) {
      const own = sentences(command, lang, known);
      const lines = toldBy(effects, own, lang);
      expect(lines.slice(0, 3).map((line) => line.text)).toEqual(effects.does.map((line) => line.text[lang]));
      expect(lines[1]!.sum).toContain("1,234.56");
      expect(lines.filter((line) => line.label === own.find((one) => one.text === "3")?.label).length).toBe(1);
      // The command's own sum keeps its name.
      expect(lines.filter((line) => line.sum?.includes("1,234.56")).length).toBe(2);
    }
  });

  it("brings balances to figures, and says where there is not enough", () => {
    const row = balanceOf({ account_id: 3, currency: "CNY", symbol: null, free: "1000.00", held: "0.00", free_after: null, held_after: "1234.56" }, "en");
    expect(row).toEqual({ of: "CNY", free: "1,000.00", held: "0.00", freeAfter: null, heldAfter: "1,234.56" });
  });
});
