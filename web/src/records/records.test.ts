import { describe, expect, it } from "vitest";
import { changed } from "./changes";
import { deadline } from "./deadline";
import { framed, isOver, schemaOf } from "./lists";
import { kinds, listOf } from "./kinds";
import { pathOf } from "./path";
import { lastDay } from "../kit/dates";
import { scalar } from "./value";
import { sentences } from "../screens/desk/effects";

const at = (local: string) => Date.parse(`${local}+08:00`);

describe("a deadline", () => {
  it("is in time to the end of its last day, in UTC+8", () => {
    expect(deadline("2026-03-10", null, false, at("2026-03-10T23:59:59"))).toMatchObject({ tone: "soon", days: 0, hours: 0, at: "03-10 24:00" });
    expect(deadline("2026-03-10", null, false, at("2026-03-11T00:00:00"))).toMatchObject({ tone: "over", days: 1 });
    expect(deadline("2026-03-10", null, false, at("2026-03-09T23:00:00"))).toMatchObject({ days: 1, hours: null });
    expect(deadline("2026-03-10", null, false, at("2026-03-01T12:00:00"))).toMatchObject({ tone: "far", days: 9 });
  });
  it("is in time to its moment, where it has one", () => {
    expect(deadline(null, "2026-03-10T09:00:00.000000000Z", false, at("2026-03-10T10:42:00"))).toMatchObject({ tone: "soon", days: 0, hours: 6, at: "03-10 17:00" });
    expect(deadline(null, "2026-03-10T09:00:00.000000000Z", false, at("2026-03-10T17:00:00"))).toMatchObject({ tone: "over", days: 0 });
  });
  it("is late where the venue says so, whatever this clock says", () => {
    expect(deadline("2026-03-10", null, true, at("2026-03-09T12:00:00")).tone).toBe("over");
  });
  it("has its year where that is another, and no days before the venue's time is known", () => {
    expect(deadline("2027-01-12", null, false, at("2026-12-01T12:00:00")).at).toBe("2027-01-12 24:00");
    expect(deadline("2026-03-10", null, false, null)).toMatchObject({ tone: "far", days: null });
    expect(deadline(null, null, false, null).tone).toBe("free");
  });
});

describe("values", () => {
  it("are shown by their names and forms", () => {
    expect(scalar("price", { currency: "CNY", amount: "3760000.00" }, "zh")).toBe("3,760,000.00 元");
    expect(scalar("rate_e6", 43_500, "zh")).toBe("4.35 %");
    expect(scalar("floor_bps", 8_000, "en")).toBe("80.00 %");
    expect(scalar("at", "2026-03-03T02:08:58.412000000Z", "en")).toBe("2026-03-03 10:08:58.412");
    expect(scalar("expires_on", "2026-03-11", "zh", true)).toBe("2026-03-10 24:00");
    expect(scalar("paid_on", "2026-03-11", "zh")).toBe("2026-03-11");
    expect(scalar("number", "201910513777.0", "zh")).toBe("201910513777.0");
    expect(scalar("state", "recordal_filed", "zh")).toBe("已申请登记");
    expect(scalar("state", "recordal_filed", "en")).toBe("recordal filed");
    expect(scalar("things", { other: 1 }, "en")).toBeNull();
    expect(lastDay("2026-03-01")).toBe("2026-02-28 24:00");
  });
});

describe("records", () => {
  it("are found by the words that the venue has for them", () => {
    expect(["proposal", "transfer", "reverse_licence", "pool_standing", "lot", "title", "Disposal", "loan_plan", "transfers", "nothing"].map(listOf)).toEqual(["proposals", "transfers", "reverse-licences", "pool-loans", "auctions", "titles", "disposals", "loan-plans", "transfers", null]);
  });
  it("come out of their frames", () => {
    expect(framed("transfers", { at: "2026-01-01T00:00:00Z", transfer: { transfer_id: 7, state: "listed" } })).toEqual({ at: "2026-01-01T00:00:00Z", id: 7, record: { transfer_id: 7, state: "listed" }, op: null });
    expect(framed("proposals", { at: "2026-01-01T00:00:00Z", proposal: { proposal_id: 9, state: "open" }, command: { op: "announce_lot", deposit: null } })).toEqual({ at: "2026-01-01T00:00:00Z", id: 9, record: { proposal_id: 9, state: "open" }, op: "announce_lot" });
    expect(schemaOf("reverse-licences")).toBe("ReverseLicence");
    for (const { zh, en } of kinds.values()) expect([zh, en].every((text) => text.length > 0)).toBe(true);
  });
  it("are over where nothing more comes of them", () => {
    expect(["released", "cancelled", "terminated", "annulled"].map((state) => isOver({ state }))).toEqual([true, true, true, true]);
    expect([isOver({ state: "bidding" }), isOver({ state: "recordal_filed" }), isOver({})]).toEqual([false, false, false]);
  });
  it("tell what changed", () => {
    expect(changed({ a: 1, b: { c: 1 } }, { a: 1, b: { c: 2 }, d: null })).toEqual({ b: { c: 2 }, d: null });
    expect(changed(null, { a: 1 })).toEqual({ a: 1 });
  });
  it("have a way, with a place on it or an end beside it", () => {
    const names = "a|b|c|d|e|f|g|h";
    expect(pathOf("transfers", { state: "contract" }, names)!.steps.map((step) => step.state)).toEqual(["done", "done", "done", "done", "now", "later", "later", "later"]);
    expect(pathOf("transfers", { state: "released" }, names)!.steps.every((step) => step.state === "done")).toBe(true);
    expect(pathOf("transfers", { state: "refunded" }, names)!.ended).toBe("refunded");
    expect(pathOf("transfers", { state: "unheard_of" }, names)).toBeNull();
    expect(pathOf("disposals", { state: "open", sales: [{ distributed_at: null }] }, "a|b|c|d|e|f")!.steps.findIndex((step) => step.state === "now")).toBe(4);
  });
});

describe("what a proposal does", () => {
  it("is said in lines, with names and sums first", () => {
    const known = { entity: (id: number) => (id === 3 ? "海岸新材料" : null), right: (id: number) => (id === 17 ? { title: "柔性屏", number: "2021" } : null) };
    const lines = sentences({ op: "offer_licence", kind: "exclusive", asset_id: 17, licensee_id: 3, fee: { currency: "CNY", amount: "820000.00" }, contract_sha256: "ab".repeat(32), scope: { from_on: "2026-01-01", territories: ["CN", "HK"] } }, "zh", known);
    expect(lines.map((line) => line.sum ?? line.text)).toEqual(["向特定主体发出许可要约。", "柔性屏（2021）", "海岸新材料", "820,000.00 元", "独占", "abababab … abababab", "2026-01-01", "CN、HK"]);
    expect(lines[0]!.label).toBeNull();
    expect(lines.slice(1).every((line) => line.label !== null)).toBe(true);
  });
});
