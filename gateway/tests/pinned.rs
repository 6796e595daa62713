//! What we lean on of the libraries at the edges that touch money or time, where a guess about them fails: a later version
//! that behaves otherwise turns one of these red, and not somebody's balance.

use gateway::{
    config,
    json::scalar::{read_money, write_money},
};
use protocol::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::{path::Path, str::FromStr as _};

/// Decimal texts are read by `from_str_exact` and written by ourselves, for these reasons.
#[test]
fn rust_decimal_reads_exactly_or_not_and_its_format_cuts() {
    for loose in ["1e3", "1E3", "1e-2"] {
        assert!(Decimal::from_str_exact(loose).is_err(), "{loose}");
        let read = Decimal::from_str(loose).is_ok() || Decimal::from_scientific(loose).is_ok();
        assert!(read, "the other ways in take {loose}");
        assert!(read_money(loose, Currency::Cny).is_err(), "{loose}");
    }
    assert_eq!(Decimal::from_str("1e3"), Ok(Decimal::from(1_000)));
    assert!(Decimal::from_str("1__0").is_ok() && read_money("1__0", Currency::Cny).is_err());

    let close = Decimal::from_str_exact("1.239").unwrap();
    assert_eq!(format!("{close:.2}"), "1.23", "it cuts, and does not round");
    assert_eq!(write_money(Money::from_minor(-123), Currency::Cny), "-1.23");

    // More digits than it has room for are no shorter number.
    let digits = "0.00000000000000000000000000001";
    assert!(Decimal::from_str_exact(digits).is_err());
    assert_eq!(
        Decimal::from_str(digits),
        Ok(Decimal::from(0)),
        "the other way rounds it to nothing"
    );
    // Where there is no room for more decimals, rescaling leaves the scale as it was, and says nothing.
    let mut huge = Decimal::from_str_exact("79228162514264337593543950335").unwrap();
    huge.rescale(2);
    assert_eq!(huge.scale(), 0);
    assert!(read_money("79228162514264337593543950335", Currency::Cny).is_err());
    let mut small = Decimal::from_str_exact("12.3").unwrap();
    small.rescale(2);
    assert_eq!((small.mantissa(), small.scale()), (1_230, 2));
}

/// What is signed is canonical JSON: a map that kept the order of its fields would break every signature.
#[test]
fn serde_json_sorts_its_maps_and_makes_no_float_of_an_id() {
    let written: Value = serde_json::from_str(r#"{"b":1,"a":{"d":2,"c":3}}"#).unwrap();
    assert_eq!(written.to_string(), r#"{"a":{"c":3,"d":2},"b":1}"#);
    let most = u64::MAX.to_string();
    assert_eq!(serde_json::from_str::<u64>(&most).unwrap(), u64::MAX);
    assert_eq!(json!(u64::MAX).to_string(), most);
    for no_integer in ["1.0", "1e3", "-0.0", "18446744073709551616", "\"1\""] {
        assert!(serde_json::from_str::<u64>(no_integer).is_err(), "{no_integer}");
    }
    // Of a name that stands twice the last counts: our own reader refuses it instead.
    let twice: Value = serde_json::from_str(r#"{"a":1,"a":2}"#).unwrap();
    assert_eq!(twice["a"], 2);
}

/// Dates of a configuration are texts that we read ourselves; fees are whole numbers within their type.
#[test]
fn toml_takes_no_date_for_a_text_and_no_fraction_for_a_whole_number() {
    let read = |more: &str| {
        let key = "ab".repeat(32);
        let head = format!("listen = \"127.0.0.1:0\"\ndata_dir = \"d\"\noperator_public_key = \"{key}\"\n");
        config::parse(Path::new("z.toml"), &format!("{head}{more}"), None)
    };
    let calendar = "[calendar]\nyears = [2026]\nholidays = [\"2026-10-01\"]\n";
    assert!(read(calendar).is_ok());
    assert!(read(&format!("[fees]\nmaker_bps = 10\ntaker_bps = 20\n{calendar}")).is_ok());
    let date = "[calendar]\nyears = [2026]\nholidays = [2026-10-01]\n";
    assert!(read(date).is_err());
    for wrong in [
        "[fees]\nmaker_bps = 1.5\ntaker_bps = 20\n",
        "[fees]\nmaker_bps = 1e1\ntaker_bps = 20\n",
        "[fees]\nmaker_bps = 65536\ntaker_bps = 20\n",
        "[fees]\nmaker_bps = \"10\"\ntaker_bps = 20\n",
        "[fees]\nmaker_bps = 10\nmaker_bps = 11\ntaker_bps = 20\n",
        "receive_window_ms = 5000.0\n",
    ] {
        // All that is wrong with it is this.
        let wrong = format!("{wrong}{calendar}");
        assert!(read(&wrong).is_err(), "{wrong}");
    }
}

/// Numbers and dates of a register's extract are taken as they stand there.
#[test]
fn csv_changes_nothing_in_a_field() {
    let text = "number,day,title\n007,2026-03-02,\" a \"\"b\"\"\nc \"\n";
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(row.iter().collect::<Vec<_>>(), ["007", "2026-03-02", " a \"b\"\nc "]);
}
