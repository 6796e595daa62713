// What comes over the socket (`/asyncapi.json`). Only what the page reads is named; members that it does not know it ignores.
import type { Schema } from "../api/types";

/** A level: its price, what stands there, of how many orders. */
export type Level = readonly [price: string, quantity: string, orders: number];

/** What every frame of a feed has. */
export interface FrameHead {
  channel: string;
  symbol?: string;
  type: "snapshot" | "delta";
  seq: number;
  /** The number that this frame goes on from; a frame without it goes on from its own number less one. */
  prev_seq?: number;
  sent_at: string;
  gap_too_old?: true;
  from_seq_ahead?: true;
}

/** `book.l2`, `book.l2.10`, `book.l2.100ms`. */
export interface BookFrame extends FrameHead {
  bids: Level[];
  asks: Level[];
  checksum: number;
}

/** The day of an instrument's last print (UTC+8). */
export interface Day {
  begins_at: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  turnover: string;
  trades: number;
  sandbox: boolean;
  previous_close: string | null;
}

/** `ticker`. */
export interface TickerFrame extends FrameHead {
  symbol: string;
  bid: Level | null;
  ask: Level | null;
  last: Schema<"Trade"> | null;
  day: Day | null;
}

/** `status`. */
export interface StatusFrame extends FrameHead {
  symbol: string;
  status: Schema<"TradingStatus">;
}

/** `trades`: a snapshot has the last prints, oldest first; a delta is one. */
export type TradesFrame = FrameHead & { symbol: string } & ({ type: "snapshot"; trades: Schema<"Trade">[] } | ({ type: "delta" } & Schema<"Trade">));

/** `candles.…`: those that changed. */
export interface CandlesFrame extends FrameHead {
  symbol: string;
  candles: Schema<"Candle">[];
}

/** How one account of the signed-in participant stands. */
export interface AccountState {
  account_id: number;
  cash: Schema<"Cash">[];
  holdings: Schema<"Holding">[];
  open_orders: Schema<"Order">[];
  /** More orders than a frame carries: the rest is asked for over HTTP. */
  more: boolean;
}

/** `account`. */
export interface AccountFrame extends FrameHead {
  accounts: AccountState[];
  bids: { at: string; bidder: Schema<"Bidder"> }[];
}

/** `executions`: what happened to the signed-in participant; `order` is the order right after it. */
export interface ExecutionFrame extends FrameHead {
  client_id?: string;
  order?: Schema<"Order">;
  event?: { type: string; price?: unknown; quantity?: unknown };
}
