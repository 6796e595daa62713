//! The running hash of all events: one word that stands in every batch header, so that a core that comes to another
//! result than the one that wrote the log stops its start at once.
//!
//! It is fed by `derive(Hash)`, which the language doesn't promise to keep from one compiler to the next. So a test
//! holds the hash of known events: a compiler that feeds it in another way turns that test red before it meets a log.
//! It finds faults, not forgers: for those there is the chain of SHA-256 links.

use protocol::{Event, Stamped};
use std::hash::{Hash, Hasher};

/// The hash so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventHash(u64);

// Digits of pi: nothing up the sleeve.
const START: u64 = 0x243F_6A88_85A3_08D3;
const FACTOR: u64 = 0x1319_8A2E_0370_7345;
const STEP: u64 = 0xA409_3822_299F_31D0;

impl EventHash {
    pub(crate) const fn new() -> Self {
        Self(START)
    }

    pub(crate) fn add(&mut self, events: &[Stamped<Event>]) {
        for event in events {
            event.hash(self);
        }
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }

    #[inline]
    fn word(&mut self, word: u64) {
        // A widening multiply, folded: every bit of the word reaches every bit of the state, in about a nanosecond.
        let product = u128::from(self.0 ^ word) * u128::from(FACTOR);
        self.0 = (product as u64 ^ (product >> 64) as u64).wrapping_add(STEP);
    }
}

impl Hasher for EventHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        // The length keeps trailing zeros apart from none.
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.word(value.into());
    }

    fn write_u16(&mut self, value: u16) {
        self.word(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.word(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }

    fn write_i32(&mut self, value: i32) {
        self.word(value as u64);
    }

    fn write_i64(&mut self, value: i64) {
        self.word(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.word(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        AccountId, Currency, Digest, EntityId, InstrumentId, KeyId, Money, OrderId, Price, PrivateEvent, PublicEvent,
        Quantity, Seq, Side, StaffEvent, Timestamp, TradeId, UserId,
        account::CashMove,
        asset::{AssetClass, Classification, RegisterAsset},
        rules::{Approval, Calendar, Epoch, Fees, Profile},
        text::Bounded,
        time::Date,
    };

    fn hash_of(bodies: impl IntoIterator<Item = Event>) -> u64 {
        let mut hash = EventHash::new();
        for (seq, body) in (1..).zip(bodies) {
            hash.add(&[Stamped {
                seq: Seq(seq),
                at: Timestamp(seq * 10),
                body,
            }]);
        }
        hash.value()
    }

    /// Every kind of value that events are made of: numbers of each width, enums, options, lists, texts, boxes.
    fn known() -> Vec<Event> {
        let epoch = Epoch {
            rules_version: 2,
            profile: Profile::UnitMarket,
            approval: Approval::Reference(Bounded::new("粤金监 1").unwrap()),
            fees: Fees::default(),
            calendar: Calendar {
                years: vec![2026],
                sources: vec![],
                holidays: vec![Date(-3), Date(20_000)],
                working_weekends: Vec::new(),
            },
            judicial_listing: None,
        };
        let asset = RegisterAsset {
            owner: EntityId(3),
            class: AssetClass::Trademark,
            office: protocol::Office(*b"CN"),
            number: Bounded::new("12345678").unwrap(),
            title: Bounded::new("A mark").unwrap(),
            filed: None,
            granted: Some(Date(9_000)),
            expires: Some(Date(30_000)),
            classifications: vec![
                Classification::Nice(45),
                Classification::Ipc(Bounded::new("G06Q 50/18").unwrap()),
            ],
            texts: Digest([9; 32]),
        };
        let cash = CashMove {
            account: AccountId(1),
            currency: Currency::Jpy,
            amount: Money::from_minor(5),
            reference: Bounded::new("r").unwrap(),
        };
        vec![
            Event::Public(PublicEvent::EpochOpened(Box::new(epoch))),
            Event::Staff(StaffEvent::KeyRevoked { key: KeyId(1) }),
            Event::Private(
                EntityId(3),
                PrivateEvent::AssetRegistered {
                    asset: protocol::AssetId(0),
                    details: Box::new(asset),
                },
            ),
            Event::Private(EntityId(1), PrivateEvent::CashReceived(Box::new(cash))),
            Event::Private(
                EntityId(1),
                PrivateEvent::Rejected {
                    by: UserId(2),
                    reject: protocol::Reject::NotTrading,
                },
            ),
            Event::Public(PublicEvent::Traded {
                instrument: InstrumentId(2),
                trade: TradeId(1),
                maker: OrderId::new(3, 4),
                taker_side: Side::Sell,
                price: Price::from_minor(1_000),
                quantity: Quantity::from_units(5),
                sandbox: true,
            }),
        ]
    }

    /// A change here means that journals written before no longer verify: a compiler or a type has come to feed the
    /// hash in another way. Then the batch format needs a new version, and the old way a reader.
    #[test]
    fn known_events_have_a_known_hash() {
        assert_eq!(hash_of([]), START);
        assert_eq!(format!("{:016x}", hash_of(known())), "235a8e087af83514");
    }

    #[test]
    fn order_place_and_every_event_count() {
        let whole = hash_of(known());
        let mut swapped = known();
        swapped.swap(1, 3);
        assert_ne!(hash_of(swapped), whole);
        for left_out in 0..known().len() {
            let mut fewer = known();
            fewer.remove(left_out);
            assert_ne!(hash_of(fewer), whole);
        }
    }
}
