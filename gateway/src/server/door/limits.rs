//! What one client may take: points a second by key, by user and by address, connections in all and by address.
//!
//! A request with a valid signature is charged to its key, one of a web session to its user, any other to its address. A key's owner never pays for what
//! others try in its name: a failed signature is charged to the address it came from, which is shut out for a moment
//! once it has failed too often.

use crate::server::{
    config::{Limits, Rate},
    said::problem::{Fault, Problem},
};
use dashmap::DashMap;
use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DashMapStateStore,
};
use protocol::{KeyId, UserId};
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a request costs, in points. A cancel costs less than an order: it takes risk away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A cancel: 1.
    Cancel,
    /// A read, a subscription: 1.
    Read,
    /// An order: 2.
    Order,
    /// Any other command: 4.
    Command,
    /// An import of assets: 200.
    Import,
    /// A failed authentication, charged to the address: 20.
    Failure,
}

impl Cost {
    /// The number of points.
    pub const fn points(self) -> u32 {
        match self {
            Self::Cancel | Self::Read => 1,
            Self::Order => 2,
            Self::Command => 4,
            Self::Failure => 20,
            Self::Import => 200,
        }
    }
}

/// Whether this is an address for those who ask whether the process lives and takes commands: nobody to be limited.
pub(crate) fn asks_after_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// An address as far as it counts: IPv4 whole, IPv6 its /64, which one customer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin(u128);

impl Origin {
    /// The address as a number.
    pub(crate) fn number(self) -> u128 {
        self.0
    }
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(v4.to_ipv6_mapped().to_bits()),
            IpAddr::V6(v6) => Self(v6.to_bits() & (u128::MAX << 64)),
        }
    }
}

/// How a client stands with its rate: the numbers of the `RateLimit-…` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The most points it can save up.
    pub(crate) limit: u32,
    /// The points it has left.
    pub(crate) remaining: u32,
    /// The milliseconds until it has all of them.
    pub(crate) reset_ms: u64,
}

type Keyed<K, C> = RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>;

/// The rates.
pub(crate) struct Rates<C: Clock = DefaultClock> {
    keys: Keyed<u32, C>,
    /// Of those who come by a session.
    users: Keyed<u32, C>,
    origins: Keyed<u128, C>,
    key_rate: Rate,
    origin_rate: Rate,
    /// Addresses that failed too often, until when.
    shut_out: DashMap<u128, Instant>,
    clock: C,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::by(DefaultClock::default(), limits)
    }
}

impl<C: Clock + Clone> Rates<C> {
    /// Rates by this clock.
    fn by(clock: C, limits: &Limits) -> Self {
        let quota = |rate: Rate| {
            let positive = |number: u32| NonZeroU32::new(number.max(1)).expect("at least 1");
            Quota::per_second(positive(rate.per_second)).allow_burst(positive(rate.burst))
        };
        let keys = RateLimiter::dashmap_with_clock(quota(limits.key_rate), clock.clone()).with_middleware();
        let users = RateLimiter::dashmap_with_clock(quota(limits.key_rate), clock.clone()).with_middleware();
        let origins = RateLimiter::dashmap_with_clock(quota(limits.ip_rate), clock.clone()).with_middleware();
        let (key_rate, origin_rate) = (limits.key_rate, limits.ip_rate);
        Self {
            keys,
            users,
            origins,
            key_rate,
            origin_rate,
            shut_out: DashMap::new(),
            clock,
        }
    }

    /// Charges a key.
    pub(crate) fn charge_key(&self, key: KeyId, cost: Cost) -> Result<Standing, Refusal> {
        self.charge(&self.keys, &key.0, cost, self.key_rate)
    }

    /// Charges a user, of whatever session: each has what a key has.
    pub(crate) fn charge_user(&self, user: UserId, cost: Cost) -> Result<Standing, Refusal> {
        self.charge(&self.users, &user.0, cost, self.key_rate)
    }

    /// Charges an address.
    pub(crate) fn charge_origin(&self, origin: Origin, cost: Cost) -> Result<Standing, Refusal> {
        self.charge(&self.origins, &origin.0, cost, self.origin_rate)
    }

    /// Charges an address for a failed authentication, and shuts it out while it has failed too often.
    pub(crate) fn failed(&self, origin: Origin, now: Instant) {
        if let Err(refusal) = self.charge_origin(origin, Cost::Failure) {
            self.shut_out
                .insert(origin.0, now + Duration::from_millis(refusal.retry_after_ms));
        }
    }

    /// Refuses an address that has failed too often, before any signature of it is looked at.
    pub(crate) fn admit(&self, origin: Origin, now: Instant) -> Result<(), Refusal> {
        match self
            .shut_out
            .get(&origin.0)
            .map(|until| until.saturating_duration_since(now))
        {
            Some(rest) if !rest.is_zero() => Err(Refusal {
                standing: Standing {
                    limit: self.origin_rate.burst,
                    remaining: 0,
                    reset_ms: millis(rest),
                },
                retry_after_ms: millis(rest),
            }),
            _ => Ok(()),
        }
    }

    /// Forgets clients whose points are full again.
    pub(crate) fn sweep(&self, now: Instant) {
        self.keys.retain_recent();
        self.users.retain_recent();
        self.origins.retain_recent();
        self.shut_out.retain(|_, until| *until > now);
    }

    fn charge<K: std::hash::Hash + Eq + Clone>(
        &self,
        limiter: &Keyed<K, C>,
        key: &K,
        cost: Cost,
        rate: Rate,
    ) -> Result<Standing, Refusal> {
        // A cost above the burst would never pass: it takes the whole burst instead.
        let points = NonZeroU32::new(cost.points().min(rate.burst.max(1))).expect("a cost is above zero");
        match limiter.check_key_n(key, points) {
            Ok(Ok(snapshot)) => Ok(Self::standing(&snapshot, rate)),
            Ok(Err(not_until)) => Err(self.refusal(&not_until, rate)),
            Err(_) => unreachable!("no cost is above the burst"),
        }
    }

    fn standing(snapshot: &StateSnapshot, rate: Rate) -> Standing {
        let remaining = snapshot.remaining_burst_capacity().min(rate.burst);
        let missing = u64::from(rate.burst - remaining);
        Standing {
            limit: rate.burst,
            remaining,
            reset_ms: (missing * 1_000).div_ceil(u64::from(rate.per_second.max(1))),
        }
    }

    fn refusal(&self, not_until: &NotUntil<C::Instant>, rate: Rate) -> Refusal {
        let retry_after_ms = millis(not_until.wait_time_from(self.clock.now())).max(1);
        let reset_ms = (u64::from(rate.burst) * 1_000).div_ceil(u64::from(rate.per_second.max(1)));
        Refusal {
            standing: Standing {
                limit: rate.burst,
                remaining: 0,
                reset_ms,
            },
            retry_after_ms,
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A charge that was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) standing: Standing,
    pub(crate) retry_after_ms: u64,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::from(Fault::RateLimited).retry_after(refusal.retry_after_ms)
    }
}

/// How many connections beyond the bound may be told so at once; more are closed without a word.
const TURNED_AWAY_MAX: usize = 256;

/// The connections that are open.
pub(crate) struct Connections {
    most: usize,
    most_per_origin: usize,
    open: AtomicUsize,
    by_origin: DashMap<u128, usize>,
    turned_away: Arc<Semaphore>,
}

impl Connections {
    pub(crate) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most: limits.connections,
            most_per_origin: limits.connections_per_ip,
            open: AtomicUsize::new(0),
            by_origin: DashMap::new(),
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
        })
    }

    /// A place for one connection from this address, or `None` when there is none left for it or at all. Without an
    /// address it is a trusted proxy's: its clients take their shares for themselves.
    pub(crate) fn admit(self: &Arc<Self>, origin: Option<Origin>) -> Option<Place> {
        let taken = self.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
            (open < self.most).then_some(open + 1)
        });
        taken.ok()?;
        // From here on it is given back when dropped.
        let mut place = Place {
            connections: self.clone(),
            share: None,
        };
        if let Some(origin) = origin {
            place.share = Some(self.share(origin)?);
        }
        Some(place)
    }

    /// One of the connections that an address may have, or `None` when there is none left for it.
    pub(crate) fn share(self: &Arc<Self>, origin: Origin) -> Option<Share> {
        let mut count = self.by_origin.entry(origin.0).or_insert(0);
        if *count >= self.most_per_origin {
            return None;
        }
        *count += 1;
        drop(count);
        Some(Share {
            connections: self.clone(),
            origin,
        })
    }

    /// The time and the memory to tell one connection too many so, if there is any.
    pub(crate) fn turn_away(&self) -> Option<OwnedSemaphorePermit> {
        self.turned_away.clone().try_acquire_owned().ok()
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// The place of one open connection; given back when dropped.
pub(crate) struct Place {
    connections: Arc<Connections>,
    /// Held, not read: given back with it.
    share: Option<Share>,
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.share.take());
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One of the connections of an address; given back when dropped.
pub(crate) struct Share {
    connections: Arc<Connections>,
    origin: Origin,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.connections.by_origin.remove_if_mut(&self.origin.0, |_, count| {
            *count -= 1;
            *count == 0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn rates(per_second: u32, burst: u32) -> Rates<FakeRelativeClock> {
        let rate = Rate { per_second, burst };
        let limits = Limits {
            key_rate: rate,
            ip_rate: rate,
            ..Limits::default()
        };
        Rates::by(FakeRelativeClock::default(), &limits)
    }

    #[test]
    fn a_cancel_costs_less_than_an_order_and_the_numbers_say_what_is_left() {
        let rates = rates(1, 10);
        assert_eq!(rates.charge_key(KeyId(1), Cost::Order).unwrap().remaining, 8);
        assert_eq!(rates.charge_key(KeyId(1), Cost::Cancel).unwrap().remaining, 7);
        let standing = rates.charge_key(KeyId(1), Cost::Command).unwrap();
        assert_eq!((standing.limit, standing.remaining, standing.reset_ms), (10, 3, 7_000));
        let refusal = rates.charge_key(KeyId(1), Cost::Command).unwrap_err();
        assert_eq!(refusal.retry_after_ms, 1_000, "one point is missing");
        rates.clock.advance(Duration::from_millis(999));
        assert!(rates.charge_key(KeyId(1), Cost::Command).is_err());
        rates.clock.advance(Duration::from_millis(1));
        assert_eq!(rates.charge_key(KeyId(1), Cost::Command).unwrap().remaining, 0);
        assert!(
            rates.charge_key(KeyId(2), Cost::Import).is_ok(),
            "another key has its own; no cost is impossible"
        );
    }

    #[test]
    fn an_address_that_fails_too_often_is_shut_out_for_a_moment() {
        let rates = rates(20, 40);
        let (bad, good) = (
            Origin::from(IpAddr::from([10, 0, 0, 1])),
            Origin::from(IpAddr::from([10, 0, 0, 2])),
        );
        let now = Instant::now();
        for _ in 0..3 {
            rates.failed(bad, now);
        }
        // Until there are points for another failure.
        assert!(rates.admit(bad, now + Duration::from_millis(999)).is_err());
        assert!(rates.admit(good, now).is_ok());
        assert!(rates.admit(bad, now + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn connections_are_bounded_in_all_and_per_address() {
        let connections = Connections::new(&Limits {
            connections: 3,
            connections_per_ip: 2,
            ..Limits::default()
        });
        let one = Origin::from("2001:db8::1".parse::<IpAddr>().unwrap());
        let same_64 = Origin::from("2001:db8::ffff".parse::<IpAddr>().unwrap());
        let two = Origin::from("2001:db8:0:1::1".parse::<IpAddr>().unwrap());
        let first = connections.admit(Some(one)).unwrap();
        let _second = connections.admit(Some(same_64)).unwrap();
        assert!(connections.admit(Some(one)).is_none(), "two of one address");
        let told: Vec<_> = (0..=TURNED_AWAY_MAX).map_while(|_| connections.turn_away()).collect();
        assert_eq!(told.len(), TURNED_AWAY_MAX);
        drop(told);
        assert!(connections.turn_away().is_some());
        let _third = connections.admit(Some(two)).unwrap();
        assert!(connections.admit(Some(two)).is_none(), "three in all");
        drop(first);
        assert_eq!(connections.open(), 2);
        let last = connections.admit(Some(one)).unwrap();
        drop(last);
        // A proxy's connections are nobody's share; its clients have theirs.
        let _proxy = connections.admit(None).unwrap();
        assert!(connections.admit(None).is_none(), "three in all");
        let _share = connections.share(one).unwrap();
        assert!(connections.share(same_64).is_none());
    }

    #[test]
    fn a_mapped_ipv4_address_is_the_same_client() {
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(Origin::from(mapped), Origin::from(IpAddr::from([10, 0, 0, 1])));
    }
}
