//! The small values of the wire: decimals, times, dates, hex, networks, client ids. Writing what was read gives the
//! same value. What times and dates look like is the protocol's word; here a mistake gets the wire's code.

use super::error::{InputCode, InputError};
use crate::proof::signing;
use protocol::{
    ClientId, Currency, Date, Digest, Money, OrderId, Price, Quantity, Symbol, Timestamp, TradeId,
    party::Network,
    text::Unreadable,
    units::{MONEY_MAX, PRICE_MAX, QUANTITY_MAX},
};
use rust_decimal::Decimal;

/// Reads a client's name for a command.
///
/// # Errors
/// [`InputCode::ClientIdInvalid`].
pub fn read_client_id(text: &str) -> Result<ClientId, InputError> {
    ClientId::new(text).ok_or_else(|| InputError::new(InputCode::ClientIdInvalid, ""))
}

/// The number of minor units that a decimal text stands for, 0 to `max`, at most `decimals` decimals.
fn read_decimal(text: &str, decimals: u32, max: i64) -> Result<i64, InputError> {
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return Err(InputError::new(InputCode::MalformedNumber, format!("found {text:?}")));
    }
    let range = || {
        let highest = write_decimal(max, decimals);
        InputError::new(InputCode::OutOfRange, format!("0 to {highest}; found {text:?}"))
    };
    if number.len() != text.len() {
        return Err(range());
    }
    let given = number.split_once('.').map_or(0, |(_, part)| part.len());
    if given > decimals as usize {
        return Err(InputError::new(
            InputCode::WrongScale,
            format!("at most {decimals} decimals; found {text:?}"),
        ));
    }
    let mut value = Decimal::from_str_exact(text).map_err(|_| range())?;
    value.rescale(decimals);
    // A huge number that could not be rescaled keeps its scale.
    let minor = (value.scale() == decimals)
        .then(|| i64::try_from(value.mantissa()).ok())
        .flatten();
    minor.filter(|minor| (0..=max).contains(minor)).ok_or_else(range)
}

fn write_decimal(minor: i64, decimals: u32) -> String {
    if decimals == 0 {
        return minor.to_string();
    }
    let unit = 10_u64.pow(decimals);
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!(
        "{sign}{}.{:0width$}",
        minor / unit,
        minor % unit,
        width = decimals as usize
    )
}

/// Money from a decimal text in the currency's scale.
///
/// # Errors
/// Malformed, wrong scale, negative, or above [`MONEY_MAX`].
pub fn read_money(text: &str, currency: Currency) -> Result<Money, InputError> {
    read_decimal(text, currency.exponent(), MONEY_MAX).map(Money::from_minor)
}

/// Money as a decimal text in the currency's scale, as in `120.00`.
pub fn write_money(money: Money, currency: Currency) -> String {
    write_decimal(money.minor(), currency.exponent())
}

/// A price from a decimal text in the currency's scale; `None`: the text is in minor units.
///
/// # Errors
/// Malformed, wrong scale, negative, or above [`PRICE_MAX`].
pub fn read_price(text: &str, currency: Option<Currency>) -> Result<Price, InputError> {
    read_decimal(text, currency.map_or(0, Currency::exponent), PRICE_MAX).map(Price::from_minor)
}

/// A price as a decimal text in the currency's scale; `None`: in minor units.
pub fn write_price(price: Price, currency: Option<Currency>) -> String {
    write_decimal(price.minor(), currency.map_or(0, Currency::exponent))
}

/// A quantity from the text of a whole number.
///
/// # Errors
/// Malformed, not whole, negative, or above [`QUANTITY_MAX`].
pub fn read_quantity(text: &str) -> Result<Quantity, InputError> {
    read_decimal(text, 0, QUANTITY_MAX).map(Quantity::from_units)
}

/// A quantity as the text of a whole number.
pub fn write_quantity(quantity: Quantity) -> String {
    quantity.units().to_string()
}

/// A currency from its ISO 4217 code.
///
/// # Errors
/// [`InputCode::UnknownValue`].
pub fn read_currency(text: &str) -> Result<Currency, InputError> {
    Currency::from_code(text).ok_or_else(|| {
        let known = Currency::ALL
            .iter()
            .map(|currency| currency.code())
            .collect::<Vec<_>>()
            .join(", ");
        InputError::new(InputCode::UnknownValue, format!("known: {known}; found {text:?}"))
    })
}

/// A symbol.
///
/// # Errors
/// [`InputCode::SymbolInvalid`].
pub fn read_symbol(text: &str) -> Result<Symbol, InputError> {
    Symbol::new(text).ok_or_else(|| InputError::new(InputCode::SymbolInvalid, format!("found {text:?}")))
}

/// An order id: the decimal digits of its number, as text.
///
/// # Errors
/// [`InputCode::MalformedNumber`], [`InputCode::OutOfRange`].
pub fn read_order_id(text: &str) -> Result<OrderId, InputError> {
    text.parse().map_err(|why| {
        if why == Unreadable::RANGE {
            InputError::new(InputCode::OutOfRange, format!("found {text:?}"))
        } else {
            InputError::new(
                InputCode::MalformedNumber,
                format!("an order id is digits; found {text:?}"),
            )
        }
    })
}

/// An order id as text.
pub fn write_order_id(order: OrderId) -> String {
    order.0.to_string()
}

/// A trade id as text.
pub fn write_trade_id(trade: TradeId) -> String {
    trade.0.to_string()
}

/// A time from RFC 3339 in UTC (`Z`), with up to nine decimals of a second, 1970 to 2554.
///
/// # Errors
/// [`InputCode::TimeInvalid`].
pub fn read_time(text: &str) -> Result<Timestamp, InputError> {
    text.parse()
        .map_err(|_| InputError::new(InputCode::TimeInvalid, format!("found {text:?}")))
}

/// A time in RFC 3339, UTC, with nine decimals, as in `2026-03-02T02:00:00.000000000Z`.
pub fn write_time(at: Timestamp) -> String {
    at.to_string()
}

/// A date from `YYYY-MM-DD`, years 0001 to 9999.
///
/// # Errors
/// [`InputCode::DateInvalid`].
pub fn read_date(text: &str) -> Result<Date, InputError> {
    text.parse()
        .map_err(|_| InputError::new(InputCode::DateInvalid, format!("found {text:?}")))
}

/// A digest from 64 hex digits.
///
/// # Errors
/// [`InputCode::HexInvalid`].
pub fn read_digest(text: &str) -> Result<Digest, InputError> {
    read_hex(text).map(Digest)
}

/// A digest as 64 hex digits.
pub fn write_digest(digest: Digest) -> String {
    signing::hex(&digest.0)
}

/// `N` bytes from `2 * N` hex digits.
///
/// # Errors
/// [`InputCode::HexInvalid`].
pub fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], InputError> {
    signing::unhex_array(text)
        .ok_or_else(|| InputError::new(InputCode::HexInvalid, format!("{} hex digits are needed", 2 * N)))
}

/// A network from `address/prefix`, IPv4 or IPv6.
///
/// # Errors
/// [`InputCode::NetworkInvalid`].
pub fn read_network(text: &str) -> Result<Network, InputError> {
    text.parse()
        .map_err(|_| InputError::new(InputCode::NetworkInvalid, format!("found {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T, InputError>) -> &'static str {
        result.map_or_else(|error| error.code.code(), |_| "fine")
    }

    #[test]
    fn decimals_have_the_scale_of_their_currency() {
        for (text, currency, minor) in [
            ("120.00", Currency::Cny, 12_000),
            ("120", Currency::Cny, 12_000),
            ("120.5", Currency::Cny, 12_050),
            ("0", Currency::Cny, 0),
            ("00.01", Currency::Cny, 1),
            ("120", Currency::Jpy, 120),
            ("1.234", Currency::Kwd, 1_234),
            ("40000000.00", Currency::Cny, PRICE_MAX),
        ] {
            assert_eq!(read_price(text, Some(currency)), Ok(Price::from_minor(minor)), "{text}");
        }
        assert_eq!(write_price(Price::from_minor(5), Some(Currency::Kwd)), "0.005");
        assert_eq!(write_price(Price::from_minor(5), Some(Currency::Jpy)), "5");
        assert_eq!(
            write_money(Money::from_minor(i64::MAX), Currency::Cny),
            "92233720368547758.07"
        );
        assert_eq!(
            write_money(Money::from_minor(i64::MIN), Currency::Cny),
            "-92233720368547758.08"
        );
    }

    #[test]
    fn a_bad_decimal_is_named() {
        for (text, expected) in [
            ("1.234", "WRONG_SCALE"),
            ("1.000", "WRONG_SCALE"),
            ("-1", "OUT_OF_RANGE"),
            ("-0", "OUT_OF_RANGE"),
            ("40000000.01", "OUT_OF_RANGE"),
            ("99999999999999999999999999999999999999999", "OUT_OF_RANGE"),
            ("92233720368547758.08", "OUT_OF_RANGE"),
            ("79228162514264337593543950335", "OUT_OF_RANGE"),
            ("1e2", "MALFORMED_NUMBER"),
            ("1E2", "MALFORMED_NUMBER"),
            ("+1", "MALFORMED_NUMBER"),
            ("--1", "MALFORMED_NUMBER"),
            ("1_000", "MALFORMED_NUMBER"),
            ("1,000", "MALFORMED_NUMBER"),
            (" 1", "MALFORMED_NUMBER"),
            ("1.", "MALFORMED_NUMBER"),
            (".5", "MALFORMED_NUMBER"),
            ("1.2.3", "MALFORMED_NUMBER"),
            ("", "MALFORMED_NUMBER"),
            ("-", "MALFORMED_NUMBER"),
            (".", "MALFORMED_NUMBER"),
            ("NaN", "MALFORMED_NUMBER"),
            ("Infinity", "MALFORMED_NUMBER"),
            ("0x10", "MALFORMED_NUMBER"),
            ("１２", "MALFORMED_NUMBER"),
        ] {
            assert_eq!(code(read_price(text, Some(Currency::Cny))), expected, "{text}");
        }
        assert_eq!(code(read_quantity("1.5")), "WRONG_SCALE");
        assert_eq!(code(read_quantity("1000000001")), "OUT_OF_RANGE");
    }

    #[test]
    fn times_have_nine_digits_and_read_back() {
        for at in [0, 1, 999_999_999, 1_772_416_800_000_000_001, u64::MAX - 1] {
            assert_eq!(read_time(&write_time(Timestamp(at))), Ok(Timestamp(at)));
        }
        assert_eq!(
            write_time(Timestamp(1_772_416_800_000_000_000)),
            "2026-03-02T02:00:00.000000000Z"
        );
        assert_eq!(
            read_time("2026-03-02T02:00:00Z"),
            Ok(Timestamp(1_772_416_800_000_000_000))
        );
        for bad in [
            "",
            "Z",
            "T",
            "2026-03-02",
            "2026-03-02T02:00:00",
            "2026-03-02T02:00:00+08:00",
            "2026-03-02T24:00:00Z",
            "2026-03-02T02:00:60Z",
            "2026-03-02T02:00:00.Z",
            "2026-03-02T02:00:00.0000000000Z",
            "2026-02-29T02:00:00Z",
            "1969-12-31T23:59:59Z",
            "2600-01-01T00:00:00Z",
            "2026-03-02T0+:00:00Z",
            "2026-03-02TéZ",
            "2026-03-02T02:é:0Z",
        ] {
            assert_eq!(code(read_time(bad)), "TIME_INVALID", "{bad}");
        }
    }

    #[test]
    fn dates_read_back() {
        for text in ["0001-01-01", "1999-12-31", "2024-02-29", "9999-12-31"] {
            assert_eq!(read_date(text).unwrap().to_string(), text);
        }
        for bad in [
            "2026-2-1",
            "20260201",
            "2026-02-30",
            "2026-13-01",
            "0000-01-01",
            "2026-02-0é",
            "日期日",
            "+026-01-01",
        ] {
            assert_eq!(code(read_date(bad)), "DATE_INVALID", "{bad}");
        }
        assert_eq!(
            (Date(i32::MIN).to_string(), Date(i32::MAX).to_string()),
            ("0001-01-01".into(), "9999-12-31".into())
        );
    }

    #[test]
    fn networks_read_back() {
        for text in [
            "10.0.0.0/8",
            "0.0.0.0/0",
            "192.168.1.7/32",
            "2001:db8::/32",
            "::/0",
            "::1/128",
        ] {
            assert_eq!(read_network(text).unwrap().to_string(), text);
        }
        assert_eq!(read_network("::ffff:10.0.0.0/100").unwrap().to_string(), "10.0.0.0/4");
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "::/",
            "::/+1",
            "::/0001",
            "x/1",
        ] {
            assert_eq!(code(read_network(bad)), "NETWORK_INVALID", "{bad}");
        }
    }

    #[test]
    fn client_ids_count_characters() {
        assert!(read_client_id(&"专".repeat(64)).is_ok());
        for bad in ["".into(), "专".repeat(65), "a\u{7}".into(), "x".repeat(100_000)] {
            assert_eq!(code(read_client_id(&bad)), "CLIENT_ID_INVALID");
        }
        assert_eq!(code(read_order_id("18446744073709551615")), "fine");
        for bad in ["", "-1", "01", "1.0", "a"] {
            assert_eq!(code(read_order_id(bad)), "MALFORMED_NUMBER", "{bad}");
        }
        assert_eq!(code(read_order_id("18446744073709551616")), "OUT_OF_RANGE");
    }
}
