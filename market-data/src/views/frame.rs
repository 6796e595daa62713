//! The JSON text of frames, written by hand for speed; and the decimal and time formats that all of the outside shares.
//!
//! Every frame begins with the same six members: `type` (`snapshot` or `delta`), `channel`, `symbol`, `seq`,
//! `matched_at`, `sent_at`. No public frame holds a `journal_seq`: that would betray when sealed bids and proxies
//! arrive. A snapshot that is sent in place of frames that were asked for says why: `"gap_too_old":true` where they
//! have left the memory, `"from_seq_ahead":true` where the client claims frames that do not exist yet.
//!
//! | frame | further members |
//! |---|---|
//! | `book.l2` snapshot | `bids`, `asks`: all levels, best first, each `[price, quantity, orders]`; `checksum` |
//! | `book.l2` delta | `bids`, `asks`: the changed levels, with what is there now (quantity `"0"`: gone); `checksum` of the book after the change |
//! | `trades` snapshot | `trades`: the last ones, oldest first, each with `seq` and the members of a delta, and its own `matched_at` |
//! | `auction` snapshot | `lot`: the lot as it stands now; `head`: the head of its chain after the frame of this `seq`; `public_key`, `signature`: the venue's word for it |
//! | `auction` delta | `event`: `{"lot":…}`, `{"lot_bid":…}`, `{"lot_committed":…}` or `{"lot_opened":…}`, the bytes that are chained; `head` after it; where the lot changed its state, `public_key` and `signature` |
//! | `executions` snapshot | `accounts`: each with its `cash`, `holdings` and `open_orders`, and whether there is `more` of the latter; `bids`: how one stands in each lot that is not over |
//! | `account` snapshot | the same, after what happened since the last one |
//! | `executions` delta | `event`: as everywhere in the API, with its `journal_seq`: it is the participant's own; where a bidder's command was taken, `receipt`: the venue's signed word for it, as in the command's answer |
//! | `trades` delta | `trade_id`, `price`, `quantity`, `taker_side` (`buy`, `sell`), `sandbox` |
//! | `book.l3` snapshot | `bids`, `asks`: all orders, best first and those of one price in the order in which they came, each `[order_id, price, quantity]`; `checksum` as of `book.l2` |
//! | `book.l3` delta | `bids`, `asks`: the orders that changed, in the order in which they did, with what is left (quantity `"0"`: gone; one that is new stands behind all of its price); `checksum` |
//! | `book.l1` | `bid`, `ask`: the best level a side, or null |
//! | `book.l2.10` | `bids`, `asks`: the best ten levels; `checksum` |
//! | `book.l2.100ms` | as `book.l2`, with what is so now of every level that changed since `prev_seq` |
//! | `ticker` | `bid`, `ask`, `last` (a print, or null), `day` (its candle with `turnover` and the `previous_close`, or null) |
//! | `candles.…` | `candles`: those that changed since `prev_seq`; of a snapshot the last two |
//! | `status` | `status`: `trading`, `halted`, `closed` or `frozen` |
//! | `instruments` | `listing`: the listing, as over HTTP |
//!
//! Where changes are merged a delta has `prev_seq`, the number of the frame before: it tells what is so now of all that
//! changed behind that, so it fits every copy whose number is `prev_seq` or more.
//!
//! How an `auction` chain is made and signed, `auction_log` says. An empty symbol has `seq` 0 in its snapshot, and
//! there `matched_at` is when it was listed.

use crate::{
    stream::Channel,
    views::{
        candles::{Day, Told},
        levels::{CHECKSUM_LEVELS, Change, LEVEL_TEXT_MAX, Level, OrderChange},
        tape::Trade,
    },
};
use protocol::{
    Currency, Price, Side, Symbol, Timestamp,
    candle::Candle,
    event::TradingStatus,
    time::{DAY, Date, SECOND},
};

/// How many levels a side `book.l2.10` tells: those of the checksum.
pub(crate) const TOP_LEVELS: usize = CHECKSUM_LEVELS;

/// Appends `minor` (a count of minor units) as a decimal of the currency's scale: `12050` fen is `120.50`.
pub fn decimal(minor: i64, currency: Currency, out: &mut Vec<u8>) {
    let decimals = currency.exponent() as usize;
    if minor < 0 {
        out.push(b'-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(minor.unsigned_abs()).as_bytes();
    if decimals == 0 {
        out.extend_from_slice(digits);
        return;
    }
    let whole = digits.len().saturating_sub(decimals);
    if whole == 0 {
        out.push(b'0');
    }
    out.extend_from_slice(&digits[..whole]);
    out.push(b'.');
    out.extend_from_slice(&b"0000"[..decimals - (digits.len() - whole)]);
    out.extend_from_slice(&digits[whole..]);
}

/// Appends the time as RFC 3339 in UTC with nine digits: `2026-03-02T02:00:00.000000000Z`.
pub fn rfc3339(at: Timestamp, out: &mut Vec<u8>) {
    let (year, month, day) = Date(i32::try_from(at.0 / DAY).expect("u64 nanoseconds end in 2554")).to_civil();
    let second = at.0 % DAY / SECOND;
    let mut text = *b"0000-00-00T00:00:00.000000000Z";
    let mut put = |from: usize, width: usize, mut value: u64| {
        for place in (from..from + width).rev() {
            text[place] = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, year.unsigned_abs().into());
    put(5, 2, month.into());
    put(8, 2, day.into());
    put(11, 2, second / 3_600);
    put(14, 2, second / 60 % 60);
    put(17, 2, second % 60);
    put(20, 9, at.0 % SECOND);
    out.extend_from_slice(&text);
}

/// Appends an integer.
pub(crate) fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Writes the entry of a level in the checksum: `price:quantity`, and gives its length.
pub(crate) fn level_text(price: i64, quantity: u64, currency: Currency, out: &mut [u8; LEVEL_TEXT_MAX]) -> usize {
    let decimals = currency.exponent() as usize;
    let mut length = 0;
    let mut put = |bytes: &[u8]| {
        out[length..length + bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(price.unsigned_abs()).as_bytes();
    let whole = digits.len().saturating_sub(decimals);
    put(if whole == 0 { b"0" } else { &digits[..whole] });
    if decimals > 0 {
        put(b".");
        put(&b"0000"[..decimals - (digits.len() - whole)]);
        put(&digits[whole..]);
    }
    put(b":");
    put(itoa::Buffer::new().format(quantity).as_bytes());
    length
}

/// Whether this frame is told to one participant alone.
pub fn is_private(frame: &[u8]) -> bool {
    // {"type":"…","channel":"…": both are words of ours.
    let word = frame.split(|&byte| byte == b'"').nth(7);
    let channel = word.and_then(|word| Channel::from_name(str::from_utf8(word).ok()?));
    channel.is_some_and(|channel| !channel.is_public())
}

/// Why a snapshot is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A snapshot was asked for.
    Asked,
    /// The frames that were asked for have left the memory.
    TooOld,
    /// The frames that were asked for do not exist yet.
    Ahead,
}

/// What every frame says.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    pub(crate) channel: Channel,
    pub(crate) symbol: Symbol,
    pub(crate) seq: u64,
    /// Of a delta that merges changes: the number of the frame before.
    prev_seq: Option<u64>,
    pub(crate) matched_at: Timestamp,
    /// None in a log that is kept: it would differ each time.
    pub(crate) sent_at: Option<Timestamp>,
}

impl Head {
    pub(crate) fn new(
        channel: Channel,
        symbol: Symbol,
        seq: u64,
        matched_at: Timestamp,
        sent_at: Option<Timestamp>,
    ) -> Self {
        Self {
            channel,
            symbol,
            seq,
            prev_seq: None,
            matched_at,
            sent_at,
        }
    }

    /// The same of a delta that merges what changed behind `prev_seq`.
    pub(crate) fn behind(self, prev_seq: u64) -> Self {
        Self {
            prev_seq: Some(prev_seq),
            ..self
        }
    }

    fn write(&self, kind: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"type\":\"");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\",\"channel\":\"");
        out.extend_from_slice(self.channel.name().as_bytes());
        // A symbol is of A-Z, 0-9, - and . alone: nothing to escape.
        out.extend_from_slice(b"\",\"symbol\":\"");
        out.extend_from_slice(self.symbol.as_str().as_bytes());
        out.extend_from_slice(b"\",\"seq\":");
        integer(self.seq, out);
        if let Some(prev_seq) = self.prev_seq {
            out.extend_from_slice(b",\"prev_seq\":");
            integer(prev_seq, out);
        }
        out.extend_from_slice(b",\"matched_at\":\"");
        rfc3339(self.matched_at, out);
        if let Some(sent_at) = self.sent_at {
            out.extend_from_slice(b"\",\"sent_at\":\"");
            rfc3339(sent_at, out);
        }
        out.push(b'"');
    }

    /// A delta whose further members are these, each as `"name":value`.
    pub(crate) fn delta(&self, members: &[u8], out: &mut Vec<u8>) {
        self.write("delta", out);
        close(members, out);
    }

    /// A snapshot whose further members are these.
    pub(crate) fn snapshot(&self, why: Why, members: &[u8], out: &mut Vec<u8>) {
        self.write_snapshot(why, out);
        close(members, out);
    }

    fn write_snapshot(&self, why: Why, out: &mut Vec<u8>) {
        self.write("snapshot", out);
        match why {
            Why::Asked => {}
            Why::TooOld => out.extend_from_slice(b",\"gap_too_old\":true"),
            Why::Ahead => out.extend_from_slice(b",\"from_seq_ahead\":true"),
        }
    }

    /// A snapshot of a book.
    pub(crate) fn book_snapshot(
        &self,
        why: Why,
        currency: Currency,
        [bids, asks]: [&mut dyn Iterator<Item = Level>; 2],
        checksum: u32,
        out: &mut Vec<u8>,
    ) {
        self.write_snapshot(why, out);
        out.push(b',');
        book(currency, [bids, asks], checksum, out);
        out.push(b'}');
    }

    /// A snapshot of the orders of a book: of each side the best first.
    pub(crate) fn orders_snapshot<'c>(
        &self,
        why: Why,
        currency: Currency,
        orders: impl Iterator<Item = &'c OrderChange> + Clone,
        checksum: u32,
        out: &mut Vec<u8>,
    ) {
        self.write_snapshot(why, out);
        write_orders(orders, currency, checksum, out);
    }

    /// The changed orders of a book: the buys, then the sells.
    pub(crate) fn orders_delta<'c>(
        &self,
        currency: Currency,
        orders: impl Iterator<Item = &'c OrderChange> + Clone,
        checksum: u32,
        out: &mut Vec<u8>,
    ) {
        self.write("delta", out);
        write_orders(orders, currency, checksum, out);
    }

    /// The changed levels of a book: the buys, then the sells.
    pub(crate) fn book_delta<'c>(
        &self,
        currency: Currency,
        changes: impl Iterator<Item = &'c Change> + Clone,
        checksum: u32,
        out: &mut Vec<u8>,
    ) {
        self.write("delta", out);
        for (name, side) in [(",\"bids\":[", Side::Buy), ("],\"asks\":[", Side::Sell)] {
            out.extend_from_slice(name.as_bytes());
            let before = out.len();
            for change in changes.clone().filter(|change| change.side() == side) {
                write_level(change.level(), currency, out);
            }
            drop_comma(before, out);
        }
        close_book(checksum, out);
    }

    /// The last prints, oldest first.
    pub(crate) fn trades_snapshot(
        &self,
        why: Why,
        currency: Currency,
        trades: impl Iterator<Item = Trade>,
        out: &mut Vec<u8>,
    ) {
        self.write_snapshot(why, out);
        out.extend_from_slice(b",\"trades\":[");
        let before = out.len();
        for trade in trades {
            write_print(&trade, currency, out);
            out.push(b',');
        }
        drop_comma(before, out);
        out.extend_from_slice(b"]}");
    }

    /// A print.
    pub(crate) fn trade_delta(&self, currency: Currency, trade: &Trade, out: &mut Vec<u8>) {
        self.write("delta", out);
        write_trade(trade, currency, out);
        out.push(b'}');
    }
}

fn write_level(level: Level, currency: Currency, out: &mut Vec<u8>) {
    out.extend_from_slice(b"[\"");
    decimal(level.price.minor(), currency, out);
    out.extend_from_slice(b"\",\"");
    integer(level.quantity.units(), out);
    out.extend_from_slice(b"\",");
    integer(level.orders, out);
    out.extend_from_slice(b"],");
}

/// A print where it is one of several: with its number and its time.
fn write_print(trade: &Trade, currency: Currency, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"seq\":");
    integer(trade.seq, out);
    write_trade(trade, currency, out);
    out.extend_from_slice(b",\"matched_at\":\"");
    rfc3339(trade.matched_at, out);
    out.extend_from_slice(b"\"}");
}

/// The members of some orders of a book, and its end.
fn write_orders<'c>(
    orders: impl Iterator<Item = &'c OrderChange> + Clone,
    currency: Currency,
    checksum: u32,
    out: &mut Vec<u8>,
) {
    for (name, side) in [(",\"bids\":[", Side::Buy), ("],\"asks\":[", Side::Sell)] {
        out.extend_from_slice(name.as_bytes());
        let before = out.len();
        for order in orders.clone().filter(|order| order.side == side) {
            out.extend_from_slice(b"[\"");
            integer(order.order.0, out);
            out.extend_from_slice(b"\",\"");
            decimal(order.price.into(), currency, out);
            out.extend_from_slice(b"\",\"");
            integer(order.left, out);
            out.extend_from_slice(b"\"],");
        }
        drop_comma(before, out);
    }
    close_book(checksum, out);
}

/// The members of a book: levels of each side, best first.
pub(crate) fn book(currency: Currency, sides: [&mut dyn Iterator<Item = Level>; 2], checksum: u32, out: &mut Vec<u8>) {
    for (name, levels) in ["\"bids\":[", "],\"asks\":["].into_iter().zip(sides) {
        out.extend_from_slice(name.as_bytes());
        let before = out.len();
        for level in levels {
            write_level(level, currency, out);
        }
        drop_comma(before, out);
    }
    out.extend_from_slice(b"],\"checksum\":");
    integer(checksum, out);
}

/// The members of the touch: the best level a side.
pub(crate) fn touch(currency: Currency, sides: [Option<Level>; 2], out: &mut Vec<u8>) {
    for (name, level) in ["\"bid\":", ",\"ask\":"].into_iter().zip(sides) {
        out.extend_from_slice(name.as_bytes());
        match level {
            Some(level) => {
                write_level(level, currency, out);
                out.pop();
            }
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// The members of an instrument at a glance.
pub(crate) fn ticker(
    currency: Currency,
    sides: [Option<Level>; 2],
    last: Option<&Trade>,
    day: Option<&Day>,
    out: &mut Vec<u8>,
) {
    touch(currency, sides, out);
    out.extend_from_slice(b",\"last\":");
    match last {
        Some(trade) => write_print(trade, currency, out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"day\":");
    let Some(day) = day else {
        return out.extend_from_slice(b"null");
    };
    write_candle(&day.candle, currency, out);
    out.pop();
    out.extend_from_slice(b",\"turnover\":\"");
    wide_decimal(day.turnover, currency, out);
    out.extend_from_slice(b"\",\"previous_close\":");
    match day.previous_close {
        Some(price) => quoted_price(price, currency, out),
        None => out.extend_from_slice(b"null"),
    }
    out.push(b'}');
}

/// The member of some candles, the oldest first.
pub(crate) fn candles<'c>(currency: Currency, told: impl Iterator<Item = &'c Told>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"candles\":[");
    let before = out.len();
    for told in told {
        write_candle(&told.candle, currency, out);
        out.push(b',');
    }
    drop_comma(before, out);
    out.push(b']');
}

/// The member of whether an instrument trades.
pub(crate) fn status(status: TradingStatus, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"status\":\"");
    out.extend_from_slice(status.word().as_bytes());
    out.push(b'"');
}

fn write_candle(candle: &Candle, currency: Currency, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"begins_at\":\"");
    rfc3339(candle.start, out);
    out.push(b'"');
    let prices = [
        (",\"open\":", candle.open),
        (",\"high\":", candle.high),
        (",\"low\":", candle.low),
        (",\"close\":", candle.close),
    ];
    for (name, price) in prices {
        out.extend_from_slice(name.as_bytes());
        quoted_price(price, currency, out);
    }
    out.extend_from_slice(b",\"volume\":\"");
    integer(candle.volume, out);
    out.extend_from_slice(b"\",\"trades\":");
    integer(candle.trades, out);
    out.extend_from_slice(if candle.sandbox {
        b",\"sandbox\":true}".as_slice()
    } else {
        b",\"sandbox\":false}"
    });
}

fn quoted_price(price: Price, currency: Currency, out: &mut Vec<u8>) {
    out.push(b'"');
    decimal(price.minor(), currency, out);
    out.push(b'"');
}

/// A sum of minor units that 64 bits may not hold.
fn wide_decimal(minor: u128, currency: Currency, out: &mut Vec<u8>) {
    let scale = 10_u128.pow(currency.exponent());
    integer(minor / scale, out);
    if scale > 1 {
        let mut buffer = itoa::Buffer::new();
        // The digit in front keeps the noughts behind the point.
        out.push(b'.');
        out.extend_from_slice(&buffer.format(scale + minor % scale).as_bytes()[1..]);
    }
}

fn write_trade(trade: &Trade, currency: Currency, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"trade_id\":\"");
    integer(trade.trade.0, out);
    out.extend_from_slice(b"\",\"price\":\"");
    decimal(trade.price.minor(), currency, out);
    out.extend_from_slice(b"\",\"quantity\":\"");
    integer(trade.quantity.units(), out);
    out.extend_from_slice(match trade.taker_side {
        Side::Buy => b"\",\"taker_side\":\"buy\"".as_slice(),
        Side::Sell => b"\",\"taker_side\":\"sell\"".as_slice(),
    });
    out.extend_from_slice(if trade.sandbox {
        b",\"sandbox\":true".as_slice()
    } else {
        b",\"sandbox\":false"
    });
}

fn close(members: &[u8], out: &mut Vec<u8>) {
    out.push(b',');
    out.extend_from_slice(members);
    out.push(b'}');
}

fn close_book(checksum: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(b"],\"checksum\":");
    integer(checksum, out);
    out.push(b'}');
}

/// Takes away the comma behind the last of several entries.
fn drop_comma(before: usize, out: &mut Vec<u8>) {
    if out.len() > before {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::units::PRICE_MAX;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = vec![];
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_one_s_own_is_known_by_its_channel() {
        for channel in Channel::ALL {
            let symbol = Symbol::new("ENTITY-1").unwrap();
            let frame = text(|out| Head::new(channel, symbol, 1, Timestamp(0), None).delta(b"\"a\":1", out));
            assert_eq!(is_private(frame.as_bytes()), !channel.is_public(), "{frame}");
        }
        assert!(!is_private(b"{}"));
    }

    #[test]
    fn decimals_have_the_scale_of_the_currency() {
        for (minor, currency, expected) in [
            (12_050, Currency::Cny, "120.50"),
            (5, Currency::Cny, "0.05"),
            (0, Currency::Usd, "0.00"),
            (100, Currency::Hkd, "1.00"),
            (7, Currency::Jpy, "7"),
            (7, Currency::Kwd, "0.007"),
            (12_345, Currency::Kwd, "12.345"),
            (-5, Currency::Cny, "-0.05"),
            (i64::MIN, Currency::Cny, "-92233720368547758.08"),
            (i64::MAX, Currency::Kwd, "9223372036854775.807"),
        ] {
            assert_eq!(text(|out| decimal(minor, currency, out)), expected);
            if let Ok(minor) = u128::try_from(minor) {
                assert_eq!(text(|out| wide_decimal(minor, currency, out)), expected);
            }
        }
    }

    #[test]
    fn the_longest_level_fits_its_checksum_entry() {
        for &currency in Currency::ALL {
            for (price, quantity) in [(PRICE_MAX, i64::MAX as u64), (1, 1), (99, 10), (1_000, 0)] {
                let mut entry = [0; LEVEL_TEXT_MAX];
                let length = level_text(price, quantity, currency, &mut entry);
                let expected = format!("{}:{quantity}", text(|out| decimal(price, currency, out)));
                assert_eq!(std::str::from_utf8(&entry[..length]).unwrap(), expected);
            }
        }
    }

    #[test]
    fn times_have_nine_digits() {
        for (at, expected) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (1_772_416_800_000_000_001, "2026-03-02T02:00:00.000000001Z"),
            (951_782_399_999_999_999, "2000-02-28T23:59:59.999999999Z"),
            (u64::MAX, "2554-07-21T23:34:33.709551615Z"),
        ] {
            assert_eq!(text(|out| rfc3339(Timestamp(at), out)), expected);
        }
    }
}
