//! Entitlements: how fresh, and how deep, the market's data is for whom.
//!
//! A venue sells its data; which level whom is the venue's to say (`[entitlements]` of the configuration), and everybody
//! has all of it live where it says nothing. What always holds: a caller's level is asked here alone, of reads and of
//! subscriptions alike. What is one's own (orders, fills, balances), and what the law makes public (lots and their bids:
//! 法释〔2016〕18号 14 and 20; listings, halts), is nobody's product: everybody has that live.

use super::caller::Caller;
use crate::server::config::{Entitlements, Level};
use market_data::Channel;
use protocol::{Timestamp, candle::Resolution, party::Roles, time::SECOND};

impl Level {
    /// The word on the wire and in the configuration.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::EndOfDay => "end_of_day",
            Self::Delayed => "delayed",
            Self::Conflated => "conflated",
            Self::Live => "live",
        }
    }

    /// Whether who has this level may follow a channel.
    pub(crate) fn follows(self, channel: Channel) -> bool {
        match self {
            Self::Live => true,
            Self::Conflated => !channel.tells_the_market() || channel.pace().is_some(),
            Self::Delayed | Self::EndOfDay => !channel.tells_the_market(),
        }
    }
}

impl Entitlements {
    /// The level of a caller. The venue's operators and the regulator see the market as it is.
    pub(crate) fn of(&self, caller: &Caller) -> Level {
        let Caller::User(caller) = caller else {
            return self.anonymous;
        };
        if caller.sees_all() {
            return Level::Live;
        }
        let by_roles = || match caller.roles {
            Roles::DATA_CONSUMER => self.data_consumers,
            _ => self.participants,
        };
        // A participant is never worse off for having said who it is.
        self.of
            .get(&caller.entity)
            .copied()
            .unwrap_or_else(by_roles)
            .max(self.anonymous)
    }

    /// The moment before which a level shows what happened; none: up to now.
    pub(crate) fn cut(&self, level: Level, now: Timestamp) -> Option<Timestamp> {
        let delay = u64::try_from(self.delay.as_nanos()).unwrap_or(u64::MAX);
        match level {
            Level::Live | Level::Conflated => None,
            Level::Delayed => Some(Timestamp(now.0.saturating_sub(delay))),
            Level::EndOfDay => Some(now.venue_date().start()),
        }
    }
}

/// The moment before which a candle must begin so that it tells of nothing behind `cut`: all of it lies before.
pub(crate) fn over_by(cut: Timestamp, resolution: Resolution) -> Timestamp {
    let length = resolution.seconds().saturating_mul(SECOND);
    cut.0
        .checked_sub(length)
        .map_or(Timestamp(0), |last| Timestamp(last.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Date;

    #[test]
    fn a_higher_level_follows_all_that_a_lower_one_does_and_what_is_public_by_law_everybody_follows() {
        let levels = [Level::EndOfDay, Level::Delayed, Level::Conflated, Level::Live];
        for channel in Channel::ALL {
            let follow = levels.map(|level| level.follows(channel));
            assert!(follow.is_sorted(), "{}: {follow:?}", channel.name());
            assert!(follow[3]);
        }
        for law in ["auction", "status", "instruments", "executions", "account"] {
            assert!(Level::EndOfDay.follows(Channel::from_name(law).unwrap()), "{law}");
        }
        for (sold, least) in [
            ("book.l2", Level::Live),
            ("book.l3", Level::Live),
            ("trades", Level::Live),
            ("book.l1", Level::Conflated),
            ("book.l2.10", Level::Conflated),
            ("book.l2.100ms", Level::Conflated),
            ("ticker", Level::Conflated),
            ("candles.1m", Level::Conflated),
            ("candles.1d", Level::Conflated),
        ] {
            let channel = Channel::from_name(sold).unwrap();
            let first = levels.into_iter().find(|level| level.follows(channel));
            assert_eq!(first, Some(least), "{sold}");
        }
    }

    #[test]
    fn a_day_is_over_at_the_venues_midnight() {
        let sold = Entitlements::default();
        let day = Date::from_civil(2026, 3, 2).unwrap().start();
        let noon = Timestamp(day.0 + 12 * 3_600 * SECOND);
        assert_eq!(sold.cut(Level::EndOfDay, noon), Some(day));
        assert_eq!(sold.cut(Level::EndOfDay, day), Some(day));
        let late = Timestamp(noon.0 - 900 * SECOND);
        assert_eq!(sold.cut(Level::Delayed, noon), Some(late));
        assert_eq!(sold.cut(Level::Conflated, noon), None);
        assert_eq!(sold.cut(Level::Live, noon), None);
    }

    #[test]
    fn a_candle_is_shown_once_all_of_it_lies_before_the_cut() {
        let minute = |count: u64| Timestamp(count * 60 * SECOND);
        let begins_before = |begin: Timestamp, cut| begin < over_by(cut, Resolution::Minute);
        assert!(begins_before(minute(6), minute(7)));
        assert!(!begins_before(minute(6), Timestamp(minute(7).0 - 1)));
        assert!(!begins_before(minute(0), Timestamp(59 * SECOND)));
        assert!(begins_before(minute(0), minute(1)));
    }
}
