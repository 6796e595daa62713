import { describe, expect, it } from "vitest";
import { blank, compose, draftOf, fill, idOf, placeOf, Shapes, toLocal, toTimestamp, type Shape } from "./shape";

const shapes = new Shapes({
  SellRequest: {
    type: "object",
    required: ["client_id", "asset_ids", "ask", "format", "closes_at", "state_owned"],
    properties: {
      client_id: { type: "string" },
      asset_ids: { type: "array", items: { type: "integer", minimum: 0 } },
      ask: { ref: "AmountInput" },
      note: { oneOf: [{ ref: "Text64" }, { type: "null" }] },
      format: { oneOf: [{ type: "object", properties: { ascending: { ref: "Ascending" } } }, { type: "object", properties: { plain: { ref: "Plain" } } }] },
      closes_at: { ref: "TimestampInput" },
      until_on: { ref: "Date", firstLate: true },
      state_owned: { type: "boolean" },
      days: { type: ["integer", "null"], minimum: 1, maximum: 30 },
    },
  },
  Ascending: { type: "object", required: ["start"], properties: { start: { ref: "AmountInput" } } },
  Plain: { type: "object" },
  Text64: { type: "string", maxLength: 64, pattern: "^[^\\u0000-\\u001f]+$" },
});
const shape = shapes.of("SellRequest");
const good = { asset_ids: ["3"], ask: { amount: "3，760，000.00", currency: "CNY" }, format: { plain: {} }, closes_at: "2026-03-03T10:00", state_owned: false };

describe("a form", () => {
  it("asks first what it is about, then what has to be said, then what may", () => {
    expect(shape.kind === "object" && shape.fields.map((field) => field.name)).toEqual(["asset_ids", "ask", "format", "closes_at", "state_owned", "note", "until_on", "days"]);
  });

  it("sends figures as texts, as they were typed, and times in UTC", () => {
    const { body, wrong } = compose(shape, { ...blank(shape) as object, ...good });
    expect(wrong).toEqual([]);
    expect(body).toEqual({ asset_ids: [3], ask: { currency: "CNY", amount: "3760000.00" }, format: { plain: {} }, closes_at: "2026-03-03T02:00:00.000Z", state_owned: false });
  });

  it("says what is wrong where it stands", () => {
    const { wrong } = compose(shape, { ...good, asset_ids: ["x"], ask: { amount: "12.3.4", currency: "CNY" }, format: { ascending: { start: { amount: "", currency: "CNY" } } }, days: "31", state_owned: undefined });
    expect(wrong).toEqual([
      { at: "/asset_ids/0", why: "form" },
      { at: "/ask", why: "form" },
      { at: "/format/ascending/start", why: "missing" },
      { at: "/state_owned", why: "missing" },
      { at: "/days", why: "range" },
    ]);
  });

  it("leaves out what may be absent and is", () => {
    const { body } = compose(shape, { ...good, note: "  ", days: "" });
    expect(body).not.toHaveProperty("note");
    expect(body).not.toHaveProperty("days");
  });

  it("lays in what is known, by name, and nothing that it does not ask", () => {
    expect(fill(shape, blank(shape), { asset_ids: [7, 8], loan_id: 3, ask: { currency: "USD", amount: "5.00" } })).toMatchObject({ asset_ids: ["7", "8"], ask: { amount: "5.00", currency: "USD" } });
    expect(fill(shape, blank(shape), { loan_id: 3 })).not.toHaveProperty("loan_id");
  });

  it("finds the member that a refusal means", () => {
    expect(placeOf("ask", shape)).toBe("/ask");
    expect(placeOf("format.ascending.start", shape)).toBe("/format/ascending/start");
    expect(placeOf("/asset_ids/0", shape)).toBe("/asset_ids/0");
    expect(placeOf("start", shape)).toBe("/format/ascending/start");
    expect(placeOf("nothing", shape)).toBeNull();
    expect(placeOf(null, shape)).toBeNull();
  });

  it("knows which day is the first without it", () => {
    const day = shape.kind === "object" ? shape.fields.find((field) => field.name === "until_on")!.shape : null;
    expect(day).toEqual({ kind: "date", firstLate: true });
  });
});

describe("times", () => {
  it("are typed in UTC+8 and sent in UTC, whatever the computer's zone", () => {
    expect(toTimestamp("2026-01-01T00:30")).toBe("2025-12-31T16:30:00.000Z");
    expect(toTimestamp("2026-13-01T00:30")).toBeNull();
    expect(toTimestamp("soon")).toBeNull();
    expect(toLocal("2025-12-31T16:30:00.123456789Z")).toBe("2026-01-01T00:30:00");
  });
});

describe("values of the API", () => {
  it("come back as they would have been typed", () => {
    const inner: Shape = { kind: "variant", variants: [{ name: "plain", shape: { kind: "object", schema: "", fields: [] }, says: "" }] };
    expect(draftOf(inner, { plain: {} })).toEqual({ plain: {} });
    expect(draftOf({ kind: "yes" }, false)).toBe(false);
    expect(draftOf({ kind: "orYes", inner: { kind: "yes" } }, true)).toBe(true);
    expect(draftOf({ kind: "money" }, { currency: "CNY", amount: "1.00" })).toEqual({ amount: "1.00", currency: "CNY" });
  });
  it("name what their numbers are of", () => {
    expect(["account_id", "buyer_account_id", "more_asset_ids", "debtor_id", "transfer_id", "to_id", "price"].map(idOf)).toEqual(["account", "account", "asset", "entity", "transfer", "entity", null]);
  });
});
