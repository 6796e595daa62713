//! Time as the core sees it: an input, in nanoseconds; and civil dates in the venue's zone, UTC+8.

use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub u64);

/// One second, in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;
/// One day, in nanoseconds.
pub const DAY: u64 = 86_400 * SECOND;
/// The venue's offset from UTC: civil dates are those of Shenzhen (UTC+8, no summer time).
pub const VENUE_OFFSET: u64 = 8 * 3_600 * SECOND;

impl Timestamp {
    /// No time at all: later than any other.
    pub const NEVER: Self = Self(u64::MAX);

    /// The civil date at the venue (UTC+8).
    pub const fn venue_date(self) -> Date {
        Date((self.0.saturating_add(VENUE_OFFSET) / DAY) as i32)
    }

    /// `self + nanoseconds`; stays at the end of time rather than overflow.
    pub const fn after(self, nanoseconds: u64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }
}

/// A civil date: days since 1970-01-01 (may be negative).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date(pub i32);

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
        let days = self.0 + 719_468;
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

    /// Days since Monday: 0 for Monday, 6 for Sunday.
    pub const fn weekday(self) -> u8 {
        (self.0 + 3).rem_euclid(7) as u8
    }
}

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
}
