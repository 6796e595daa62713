//! The JSON text of frames, and the decimal and time formats that all of the outside shares.

use protocol::{Currency, Timestamp};

/// Appends `minor` (a count of minor units) as a decimal of the currency's scale: `12050` fen is `120.50`.
pub fn decimal(_minor: i64, _currency: Currency, _out: &mut Vec<u8>) {
    todo!()
}

/// Appends the time as RFC 3339 in UTC with nine digits: `2026-03-02T02:00:00.000000000Z`.
pub fn rfc3339(_at: Timestamp, _out: &mut Vec<u8>) {
    todo!()
}
