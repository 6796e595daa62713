// The one place where candles become numbers. The chart's production build checks nothing: text prices are drawn off the screen,
// times that are no whole seconds are lost, and labels go wrong where `minMove` does not fit the precision.
import type { CandlestickData, HistogramData, PriceFormatBuiltIn, UTCTimestamp } from "lightweight-charts";
import { milliseconds } from "../../kit/dates";
import type { Candle } from "./instrument.svelte";

/** The chart knows no time zone: it is given UTC+8 as if that were UTC. */
const SHIFT_SECONDS = 8 * 3_600;

/** How many decimals prices of this scale have: of the texts themselves. */
export function decimalsOf(price: string): number {
  const point = price.indexOf(".");
  return point < 0 ? 0 : price.length - point - 1;
}

/** The format of prices with so many decimals: `minMove` is one of the last of them, always. */
export function priceFormat(decimals: number): PriceFormatBuiltIn {
  return { type: "price", precision: decimals, minMove: Number(`1e-${decimals}`) };
}

/** Whole seconds of a time, in UTC+8. */
export function seconds(at: string): UTCTimestamp {
  return (Math.floor(milliseconds(at) / 1_000) + SHIFT_SECONDS) as UTCTimestamp;
}

/** What is drawn of candles, oldest first, each second once. */
export function drawn(candles: readonly Candle[]): { prices: CandlestickData<UTCTimestamp>[]; volumes: (HistogramData<UTCTimestamp> & { rises: boolean })[] } {
  const prices: CandlestickData<UTCTimestamp>[] = [];
  const volumes: (HistogramData<UTCTimestamp> & { rises: boolean })[] = [];
  for (const candle of candles) {
    const time = seconds(candle.begins_at);
    const numbers = { open: Number(candle.open), high: Number(candle.high), low: Number(candle.low), close: Number(candle.close) };
    const value = Number(candle.volume);
    if (![time, value, ...Object.values(numbers)].every(Number.isFinite)) throw new Error(`a candle that can't be drawn: ${JSON.stringify(candle)}`);
    if (prices.at(-1)?.time === time) {
      prices.pop();
      volumes.pop();
    }
    prices.push({ time, ...numbers });
    volumes.push({ time, value, rises: numbers.close >= numbers.open });
  }
  return { prices, volumes };
}
