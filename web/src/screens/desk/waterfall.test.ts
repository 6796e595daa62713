// The test story of the page (RULES.md 7.5): two patents in disposal, sold at 3,760,000.00, split to the fen.
import { describe, expect, it } from "vitest";
import { addsUp, waterfall, type Distribution } from "./waterfall";

const cny = (amount: string) => ({ currency: "CNY", amount });
const line = (tier: number, payee: number, kind: string, asked: string, paid = asked, short = "0.00") => ({ tier, payee, kind, asked: cny(asked), paid: cny(paid), short: cny(short) });
const tier = (kind: string, asked: string, paid = asked, short = "0.00") => ({ kind, asked: cny(asked), paid: cny(paid), short: cny(short) });

const told: Distribution = {
  disposal_id: 42,
  transfer_id: 1187,
  correction: 0,
  payees: [{ participant: { entity_id: 0 } }, { outsider: { name: "鹏衡评估" } }, { participant: { entity_id: 1 } }],
  statement: {
    gross: cny("3760000.00"),
    paid: cny("3760000.00"),
    surplus: cny("0.00"),
    tiers: [tier("sale_costs", "167880.00"), tier("earlier_tax", "0.00"), tier("secured", "5234432.57", "3592120.00", "1642312.57")],
    lines: [
      line(0, 0, "venue", "30080.00"),
      line(0, 1, "appraiser", "25000.00"),
      line(0, 1, "operator", "112800.00"),
      line(2, 2, "costs", "48000.00"),
      line(2, 2, "interest", "186432.57"),
      line(2, 2, "principal", "5000000.00", "3357687.43", "1642312.57"),
    ],
  },
};

describe("the waterfall", () => {
  const picture = waterfall(told, 1);

  it("tells the four sums to the fen", () => {
    expect([picture.gross, picture.costs, picture.own, picture.unpaid, picture.isOwn]).toEqual(["3760000.00", "167880.00", "3592120.00", "1642312.57", true]);
    expect(addsUp(told)).toBe(true);
    expect(addsUp({ ...told, statement: { ...told.statement, surplus: cny("0.01") } })).toBe(false);
  });

  it("has a row for each tier that was looked at, and for each claim", () => {
    expect(picture.rows.map((row) => `${row.rank} ${row.kind} ${row.item}`)).toEqual([" gross proceeds", "1 tier sale_costs", " line venue", " line appraiser", " line operator", "2 tier earlier_tax", "3 tier secured", " line costs", " line interest", " line principal", " surplus surplus"]);
    expect(picture.rows[5]).toMatchObject({ due: "0.00", paid: "0.00" });
  });

  it("ends all that was paid at the line, and draws all that was not beyond it", () => {
    const bars = picture.rows.slice(1).flatMap((row) => row.bar);
    const paid = bars.filter((piece) => piece.kind !== "gap");
    expect(Math.max(...paid.map((piece) => piece.from + piece.width))).toBeCloseTo(picture.line, 3);
    expect(picture.line).toBeCloseTo(69.6, 1);
    const [gap] = bars.filter((piece) => piece.kind === "gap");
    expect(gap!.from).toBeCloseTo(picture.line, 3);
    expect(gap!.from + gap!.width).toBeCloseTo(100, 3);
    // Each begins where the one before ended: nothing lies over another.
    for (let index = 1; index < paid.length; index += 1) expect(paid[index]!.from).toBeCloseTo(paid[index - 1]!.from + paid[index - 1]!.width, 3);
  });

  it("is another reader's picture to another reader", () => {
    expect(waterfall(told, 9)).toMatchObject({ isOwn: false, own: "3592120.00", unpaid: "1642312.57" });
    expect(waterfall(told, 1).rows.flatMap((row) => row.bar).filter((piece) => piece.kind === "own")).toHaveLength(3);
    expect(waterfall(told, null).rows.flatMap((row) => row.bar).some((piece) => piece.kind === "own")).toBe(false);
  });

  it("draws nothing of nothing", () => {
    const none: Distribution = { ...told, statement: { gross: cny("0.00"), paid: cny("0.00"), surplus: cny("0.00"), tiers: [], lines: [] } };
    expect(waterfall(none, 1)).toMatchObject({ line: 0, gross: "0.00" });
  });
});
