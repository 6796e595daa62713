//! Time as the core sees it: an input, in nanoseconds; and civil dates in the venue's zone, UTC+8.

use crate::text::{Unreadable, text_for_people};
use core::{fmt, str::FromStr};

/// Nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// One second, in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;
/// One day, in nanoseconds.
pub const DAY: u64 = 86_400 * SECOND;
/// The venue's offset from UTC: civil dates are those of Shenzhen (UTC+8, no summer time).
pub const VENUE_OFFSET: u64 = 8 * 3_600 * SECOND;

impl Timestamp {
    /// No time at all: later than any other. Nothing that is read has it: where it may stand, the field says so
    /// ([`or_never`]).
    pub const NEVER: Self = Self(u64::MAX);

    /// The time of this many nanoseconds, if it is one.
    pub const fn read(nanoseconds: u64) -> Option<Self> {
        if nanoseconds == Self::NEVER.0 {
            None
        } else {
            Some(Self(nanoseconds))
        }
    }

    /// The civil date at the venue (UTC+8).
    pub const fn venue_date(self) -> Date {
        Date((self.0.saturating_add(VENUE_OFFSET) / DAY) as i32)
    }

    /// `self + nanoseconds`; stays at the end of time rather than overflow.
    pub const fn after(self, nanoseconds: u64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }
}

/// RFC 3339 in UTC with nine decimals, as in `2026-03-02T02:00:00.000000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanoseconds) = (self.0 / SECOND, self.0 % SECOND);
        let date = Date((seconds / 86_400) as i32);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{date}T{hour:02}:{minute:02}:{second:02}.{nanoseconds:09}Z")
    }
}

/// RFC 3339 in UTC (`Z`), with up to nine decimals of a second, 1970 to 2554. There are no leap seconds here, as in
/// POSIX time.
impl FromStr for Timestamp {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let read = || {
            let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
            let days = u64::try_from(date.parse::<Date>().ok()?.0).ok()?;
            let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
            let bytes: &[u8; 8] = clock.as_bytes().try_into().ok()?;
            if !clock.is_ascii() || bytes[2] != b':' || bytes[5] != b':' {
                return None;
            }
            let (hour, minute, second) = (digits(&clock[..2])?, digits(&clock[3..5])?, digits(&clock[6..])?);
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let nanoseconds = digits(fraction)? * 10_u64.pow(9 - fraction.len() as u32);
            (days * 86_400 + hour * 3_600 + minute * 60 + second)
                .checked_mul(SECOND)?
                .checked_add(nanoseconds)
                .and_then(Self::read)
        };
        read().ok_or(Unreadable::TIME)
    }
}

text_for_people!(
    Timestamp,
    u64,
    |at| at.0,
    Timestamp::read,
    Unreadable::TIME,
    "RFC 3339, UTC, nine decimals",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$",
    "^(19[7-9][0-9]|2[0-4][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?Z$",
    30,
    "2026-03-02T02:00:00.000000000Z"
);

/// A field of a state that may be [`Timestamp::NEVER`]: `#[serde(with = "or_never")]`.
pub mod or_never {
    use super::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes it as any other.
    pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        at.serialize(to)
    }

    /// Reads it, also where it is none.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        u64::deserialize(from).map(Timestamp)
    }
}

/// One to nine digits as a number.
fn digits(text: &str) -> Option<u64> {
    let fits = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// A civil date: days since 1970-01-01 (may be negative).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

/// 0001-01-01 and 9999-12-31, as days since 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;

impl Date {
    /// The first moment of this date at the venue (UTC+8); the epoch's start for dates before it.
    pub const fn start(self) -> Timestamp {
        if self.0 <= 0 {
            return Timestamp(0);
        }
        Timestamp((self.0 as u64).saturating_mul(DAY).saturating_sub(VENUE_OFFSET))
    }

    /// The day after.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The day before.
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The date `year`-`month`-`day` in the Gregorian calendar, if there is one (years 1 to 9999).
    pub const fn from_civil(year: i32, month: u32, day: u32) -> Option<Self> {
        if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Days from civil, counted from March so that the leap day comes last.
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (month as i32 + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month and day in the Gregorian calendar.
    pub const fn to_civil(self) -> (i32, u32, u32) {
        // Of no year that can be written: the last day, or the first, of those that can.
        let days = match self.0 {
            later if later > LAST_DAY => LAST_DAY,
            earlier if earlier < FIRST_DAY => FIRST_DAY,
            day => day,
        };
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        } as u32;
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// The same day `months` later; the last of the month where there is no such day.
    pub const fn plus_months(self, months: u32) -> Self {
        let (year, month, day) = self.to_civil();
        let count = year as i64 * 12 + month as i64 - 1 + months as i64;
        let (year, month) = (count.div_euclid(12) as i32, count.rem_euclid(12) as u32 + 1);
        let last = days_in_month(year, month);
        match Self::from_civil(year, month, if day > last { last } else { day }) {
            Some(date) => date,
            None => Self(i32::MAX),
        }
    }

    /// Days since Monday: 0 for Monday, 6 for Sunday.
    pub const fn weekday(self) -> u8 {
        ((self.0.rem_euclid(7) + 3) % 7) as u8
    }
}

/// `YYYY-MM-DD`. Beyond any civil date the calendar's arithmetic has no meaning: shown as the nearest end.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = Self(self.0.clamp(-719_162, 2_932_896)).to_civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// `YYYY-MM-DD`, years 0001 to 9999.
impl FromStr for Date {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let read = || {
            let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
            if !text.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
                return None;
            }
            let (year, month, day) = (digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..])?);
            Self::from_civil(year as i32, month as u32, day as u32)
        };
        read().ok_or(Unreadable::DATE)
    }
}

text_for_people!(
    Date,
    i32,
    |date| date.0,
    |days| Some(Date(days)),
    Unreadable::DATE,
    "YYYY-MM-DD",
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    "",
    10,
    "2026-03-02"
);

const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn civil_dates_round_trip_over_five_centuries() {
        let mut expected = Date::from_civil(1800, 1, 1).unwrap();
        for year in 1800..2300 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let date = Date::from_civil(year, month, day).unwrap();
                    assert_eq!(date, expected);
                    assert_eq!(date.to_civil(), (year, month, day));
                    expected = expected.next();
                }
            }
        }
        assert_eq!(Date::from_civil(1970, 1, 1), Some(Date(0)));
        assert_eq!(Date::from_civil(2026, 3, 2).unwrap().weekday(), 0);
        assert_eq!(Date::from_civil(2026, 2, 29), None);
    }

    #[test]
    fn the_venue_lives_eight_hours_ahead_of_utc() {
        let midnight = Date::from_civil(2026, 3, 2).unwrap().start();
        assert_eq!(midnight.venue_date().to_civil(), (2026, 3, 2));
        assert_eq!(Timestamp(midnight.0 - 1).venue_date().to_civil(), (2026, 3, 1));
        // 2026-03-02T02:00:00Z is 10:00 in Shenzhen (RULES.md 7.11).
        assert_eq!(
            Timestamp(1_772_416_800_000_000_000).venue_date().to_civil(),
            (2026, 3, 2)
        );
    }

    #[test]
    fn no_time_is_read_as_never() {
        let last = Timestamp(u64::MAX - 1);
        assert_eq!(last.to_string().parse(), Ok(last));
        assert!(Timestamp::NEVER.to_string().parse::<Timestamp>().is_err());
        let mut bytes = [0; 10];
        let read = |bytes: &[u8]| postcard::from_bytes::<Timestamp>(bytes).ok();
        assert_eq!(read(postcard::to_slice(&last.0, &mut bytes).unwrap()), Some(last));
        assert_eq!(read(postcard::to_slice(&u64::MAX, &mut bytes).unwrap()), None);
    }
}
