// Lots of a walk's own, sold by a firm of the demo, in which nobody bids but the walk: its end is near, and its bids can be counted.
import { createHash } from "node:crypto";
import { until } from "./expect.mjs";
import { party } from "./party.mjs";

const yuan = (amount) => ({ currency: "CNY", amount });
const digest = (text) => createHash("sha256").update(text).digest("hex");

/** A Chinese patent's number in full: a year, the kind, seven figures, and the figure that proves them. */
export function patentNumber(serial) {
  const figures = `20231${String(serial).padStart(7, "0")}`;
  const rest = [...figures].reduce((sum, figure, place) => sum + Number(figure) * ((place % 8) + 2), 0) % 11;
  return `${figures}.${rest === 10 ? "X" : rest}`;
}

/** Registers a right of firm-b's under this title, and answers its number. */
export async function registerRight(base, title, serial = Math.floor(Math.random() * 9_000_000) + 1_000_000) {
  const operator = await party(base, "operator");
  const firm = await party(base, "firm-b");
  const number = patentNumber(serial);
  const today = (await operator.read("/v1/time"))?.at?.slice(0, 10) ?? new Date().toISOString().slice(0, 10);
  await operator.give("/v1/rights", {
    rights: [
      {
        asset: { owner_id: firm.entity, class: "patent", office: "CN", number, title, filed_on: "2023-03-01", granted_on: "2024-06-04", expires_on: "2043-03-01", classifications: [{ scheme: "ipc", code: "G06F 16/36" }], texts_sha256: digest(title) },
        extract: { drawn_on: today, evidence_sha256: digest(number) },
      },
    ],
  });
  const asset = await until("the right is registered", async () => (await firm.read("/v1/assets?limit=1000")).items.find((one) => one.number === number), Boolean, 20_000);
  return { asset: asset.asset_id, number, firm, operator };
}

/** Announces a lot by rising bids, open at once for so many seconds; late bids move its end by `window` seconds. */
export async function announceLot(base, { seconds, window = 15, title = "一种走查用的装置及方法", start = "20000.00", step = "1000.00", files = {} }) {
  const { asset, firm, operator } = await registerRight(base, title);
  const at = (ahead) => new Date(Date.now() + ahead).toISOString().replace("Z", "000000Z");
  const done = await firm.give("/v1/auctions", {
    asset_ids: [asset],
    account_id: firm.account,
    basis: "venue_rule",
    state_owned: false,
    format: { ascending: { start: yuan(start), steps: [{ from: yuan("0.00"), step: yuan(step) }], clock: { window_seconds: window, extension: "from_bid" }, maxima: true } },
    deposit: yuan("2000.00"),
    qualifies_at: at(1_000),
    opens_at: at(1_000),
    closes_at: at(1_000 + seconds * 1_000),
    viewing_days: 0,
    fees: { seller: 80, premium: 100, commission: false },
    payment_days: 5,
    refunds_excess: false,
    defects_sha256: digest("no defects"),
    notices_sha256: digest("no notices"),
    ...files,
  });
  const lot = done.journal_seq;
  await until("the lot is open", () => lotNow(base, lot), (found) => found?.state === "open", 20_000);
  return { lot, asset, firm, operator };
}

/** An open lot of the demo's own in this format, with so many milliseconds left. */
export function openLot(base, format, leaves, patience = 300_000) {
  return until(
    `an open lot, ${format}`,
    async () => {
      const { items } = await (await fetch(`${base}/v1/auctions?limit=1000`)).json();
      return items.map(({ lot }) => lot).filter((lot) => format in lot.format && lot.state === "open" && Date.parse(lot.ends_at) - Date.now() > leaves).at(-1);
    },
    Boolean,
    patience,
  );
}

/** A lot as it stands. */
export async function lotNow(base, lot) {
  const answer = await fetch(`${base}/v1/auctions/${lot}`);
  return answer.ok ? (await answer.json()).lot : null;
}

/** The bids of a number in a lot's public log, or all of them: each with its price. */
export async function bidsOf(base, lot, number = null) {
  const log = await (await fetch(`${base}/v1/auctions/${lot}/log`)).text();
  const bids = log.split("\n").filter(Boolean).map((line) => JSON.parse(line).event?.lot_bid);
  return bids.filter((bid) => bid && (number === null || bid.number === number));
}

/** Somebody of the demo enters a lot beside the browser; `bid` bids the next step, or this amount. */
export async function rival(base, lot, name, step = 1_000) {
  const who = await party(base, name);
  await who.give("/v1/auctions/enter", { lot_id: lot, account_id: who.account });
  return {
    who,
    async bid(amount) {
      const { best, format } = await lotNow(base, lot);
      const next = amount ?? (best === null ? format.ascending.start.amount : (Number(best.amount) + step).toFixed(2));
      await who.give("/v1/auctions/bids", { lot_id: lot, price: yuan(next) });
      return next;
    },
  };
}
