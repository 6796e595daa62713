import { describe, expect, it } from "vitest";
import auctions from "../../../../../docs/AUCTIONS.md?raw";
import disposal from "../../../../../docs/DISPOSAL.md?raw";
import worked from "../../../../../docs/WORKED_AUCTIONS.md?raw";
import vectors from "../../../../../docs/rules/vectors.json";
import { commitment, hex, sha256, unhex } from "../../../kit/digest";
import { byLibrary, verifies } from "../../../kit/ed25519";
import { Fault } from "./fault";
import { verifyLog } from "./log";
import { apportion } from "./hidden";
import { falling, isRung } from "./open";
import { chained, signer, story, type Told } from "./story";
import { minor, nanoseconds, written, type LotBid } from "./shape";

const by = await signer();
const documents = Object.entries({ "AUCTIONS.md": auctions, "WORKED_AUCTIONS.md": worked, "DISPOSAL.md": disposal }).map(([name, text]) => ({ name, lots: story(text) }));

async function fault(log: string, trusted: string[] = []): Promise<Fault> {
  try {
    await verifyLog(log, trusted);
  } catch (failed) {
    if (failed instanceof Fault) return failed;
    throw failed;
  }
  throw new Error("it holds");
}

describe("the vectors of the rule book", () => {
  it("seals a bid", async () => {
    expect(await commitment(7n, 42, 420_000_000n, new Uint8Array(32).fill(0x11))).toBe(vectors.seal);
  });
  it("shares out by the larger remainder", () => {
    for (const { total, w, out } of vectors.hamilton) expect(apportion(BigInt(total), w.map((one) => BigInt(one)))).toEqual(out.map((one) => BigInt(one)));
  });
  it("lets a price fall", () => {
    const { start, step, interval_s, floor, accept_after_s, out } = vectors.dutch;
    const amount = (fen: number) => ({ currency: "CNY", amount: `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}` });
    const terms = { start: amount(start), step: amount(step), every_seconds: interval_s, floor: amount(floor), hold_seconds: 0 };
    expect(falling(terms, BigInt(Math.round(accept_after_s * 1e9)))).toBe(BigInt(out));
  });
});

describe("small things", () => {
  it("writes times as it read them", () => {
    for (const at of ["2026-03-02T02:00:01.000000000Z", "2028-02-29T23:59:59.999999999Z"]) expect(written(nanoseconds(at))).toBe(at);
    expect(() => nanoseconds("2026-03-02T02:00:01Z")).toThrow();
  });
  it("climbs a ladder tier by tier", () => {
    const yuan = (amount: string) => ({ currency: "CNY", amount });
    const steps = [
      { from: yuan("0.00"), step: yuan("3.00") },
      { from: yuan("10.00"), step: yuan("5.00") },
    ];
    const rungs = [100, 400, 700, 1000, 1500, 2000];
    for (let price = 100; price <= 2000; price += 50) expect(isRung(steps, 100n, BigInt(price)), String(price)).toBe(rungs.includes(price));
  });
  it("checks signatures alike with and without the browser's help, and no key of small order", async () => {
    const text = "zhiheng";
    const signature = await by.sign(text);
    expect(await verifies(by.publicKey, signature, text)).toBe(true);
    expect(await verifies(by.publicKey, signature, "Zhiheng")).toBe(false);
    const [key, bytes, message] = [unhex(by.publicKey)!, unhex(signature)!, new TextEncoder().encode(text)];
    expect(await byLibrary(key, bytes, message)).toBe(true);
    bytes[40]! ^= 1;
    expect(await byLibrary(key, bytes, message)).toBe(false);
    expect(await verifies(`01${"0".repeat(62)}`, `01${"0".repeat(126)}`, text)).toBe(false);
    expect(hex(await sha256(new Uint8Array()))).toMatch(/^e3b0c442/);
  });
});

describe.each(documents)("the lots of $name", ({ lots }) => {
  it("are there, and each is proved", async () => {
    expect(lots.size).toBeGreaterThan(0);
    for (const [id, told] of lots) {
      const [proved] = await verifyLog(await chained(id, told, by), [by.publicKey]);
      expect(proved!.lot.lot_id).toBe(id);
      expect(proved!.steps.length).toBe(told.length);
      const last = told.at(-1)!.event;
      if ("lot" in last) expect(proved!.lot.state).toBe(last.lot.state);
    }
  });
});

const { lots } = documents[0]!;
const [rising, risen] = [...lots].find(([, told]) => told.filter(({ event }) => "lot_bid" in event).length > 3)!;

/** The same log with one step told otherwise, chained and signed anew: a venue that lies, and not a file that was altered. */
function otherwise(change: (bid: LotBid, place: number) => Partial<LotBid> | null): Promise<string> {
  let place = 0;
  const told = risen.map((one): Told => {
    if (!("lot_bid" in one.event)) return one;
    const changed = change(one.event.lot_bid, place++);
    return changed ? { ...one, event: { lot_bid: { ...one.event.lot_bid, ...changed } } } : one;
  });
  return chained(rising, told, by);
}

describe("a log that was altered", () => {
  it("is refused wherever a byte changes", async () => {
    const log = await chained(rising, risen, by);
    // Every 97th byte, and all of the first bid.
    const from = log.indexOf('"lot_bid"');
    const places = [...Array.from({ length: Math.floor(log.length / 97) }, (_, place) => place * 97), ...Array.from({ length: 200 }, (_, place) => from + place)];
    for (const place of places) {
      if (log[place] === "\n") continue;
      const other = log[place] === "1" ? "2" : "1";
      const altered = log.slice(0, place) + other + log.slice(place + 1);
      await expect(verifyLog(altered, [by.publicKey]), `byte ${place}: ${log.slice(place - 20, place + 20)}`).rejects.toBeInstanceOf(Fault);
    }
  }, 120_000);
  it("names the first frame that does not follow", async () => {
    const lines = (await chained(rising, risen, by)).split("\n");
    const place = lines.findIndex((line) => line.includes('"lot_bid"'));
    lines[place] = lines[place]!.replace(/"amount":"\d/, '"amount":"9');
    const found = await fault(lines.join("\n"));
    expect([found.stage, found.seq, found.wrong.fault]).toEqual(["chain", place + 1, "chainBroken"]);
  });
  it("is refused where it was cut short or a step is missing", async () => {
    const lines = (await chained(rising, risen, by)).trimEnd().split("\n");
    const bids = lines.findIndex((line) => line.includes('"lot_bid"'));
    expect((await fault(lines.slice(0, bids + 1).join("\n"))).wrong.fault).toBe("uncovered");
    expect((await fault([...lines.slice(0, bids), lines.at(-1)].join("\n"))).wrong.fault).toBe("truncated");
    expect((await fault([...lines.slice(0, bids), ...lines.slice(bids + 1)].join("\n"))).wrong.fault).toBe("seqGap");
    expect((await fault("")).wrong.fault).toBe("noLot");
    expect((await fault("no log\n")).wrong.fault).toBe("noJson");
  });
  it("is refused under another key, and where two signed", async () => {
    const log = await chained(rising, risen, by);
    expect((await fault(log, [(await signer()).publicKey])).wrong.fault).toBe("otherKey");
    const other = (await chained(rising, risen, await signer())).trimEnd().split("\n").at(-1)!;
    expect((await fault(`${log}${other}\n`)).wrong.fault).toBe("otherKey");
  });
  it("is refused where a head was forked", async () => {
    const log = await chained(rising, risen, by);
    const lied = risen.slice(0, 3).map((one, place): Told => (place === 0 && "lot" in one.event ? { ...one, event: { lot: { ...one.event.lot, surviving: 7 } } } : one));
    const fork = (await chained(rising, lied, by)).trimEnd().split("\n").at(-1)!;
    expect((await fault(`${log}${fork}\n`)).wrong.fault).toBe("forked");
  });
});

describe("a venue that lies", () => {
  it("about a price", async () => {
    expect((await fault(await otherwise((bid, place) => (place === 1 ? { price: { ...bid.price, amount: bid.price.amount.replace(/\d\.00$/, "7.00") } } : null)))).wrong.fault).toBe("offLadder");
  });
  it("about an end", async () => {
    expect((await fault(await otherwise((bid) => (bid.extensions > 0 ? { ends_at: bid.ends_at.replace(/:00\.0{9}Z$/, ":01.000000000Z") } : null)))).wrong.fault).toBe("endDiffers");
  });
  it("about who bid: nobody bids against itself", async () => {
    const first = risen.map(({ event }) => event).find((event) => "lot_bid" in event) as { lot_bid: LotBid };
    expect((await fault(await otherwise((_, place) => (place === 1 ? { number: first.lot_bid.number } : null)))).wrong.fault).toBe("outbidsItself");
  });
  it("about the count", async () => {
    expect((await fault(await otherwise((bid, place) => (place === 2 ? { bids: bid.bids + 3 } : null)))).wrong.fault).toBe("countDiffers");
  });
  it("about the winner or the price", async () => {
    for (const change of [{ number: 10 }, { price: { currency: "CNY", amount: "1.00" } }]) {
      const told = risen.map((one): Told => ("lot" in one.event && one.event.lot.state === "sold" ? { ...one, event: { lot: { ...one.event.lot, ...change } } } : one));
      expect((await fault(await chained(rising, told, by))).wrong.fault).toBe("memberDiffers");
    }
  });
  it("about a sealed bid", async () => {
    const [id, told] = [...lots].find(([, steps]) => steps.some(({ event }) => "lot_opened" in event && event.lot_opened.nonce !== null))!;
    const changed = told.map((one): Told => ("lot_opened" in one.event ? { ...one, event: { lot_opened: { ...one.event.lot_opened, price: { ...one.event.lot_opened.price, amount: "9" + one.event.lot_opened.price.amount } } } } : one));
    expect((await fault(await chained(id, changed, by))).wrong.fault).toBe("notCommitted");
  });
});

it("counts the minor units of a text, and no other", () => {
  expect(minor({ currency: "CNY", amount: "3760000.00" })).toBe(376_000_000n);
  expect(minor({ currency: "JPY", amount: "12" })).toBe(12n);
  expect(() => minor({ currency: "CNY", amount: "1e3" })).toThrow();
});
