//! From the events of the core to their DTOs: what everyone may know, what one participant may, what the staff may.
//!
//! What always holds: an event keeps the audience that the core gave it.

use super::{
    ClaimedFields,
    described::Described,
    event::{Audience, EventBody, EventJson},
    names::Names,
    scalar::*,
};
use protocol::{
    Currency, Event, InstrumentId, Money, Price, PrivateEvent, PublicEvent, RecordChanged, StaffEvent, Stamped,
};

impl EventJson {
    /// The event with its place, for those who may see it: its parties, staff, a regulator.
    pub fn of(event: &Stamped<Event>, names: &dyn Names) -> Self {
        let (audience, for_entity_id, body) = match &event.body {
            Event::Public(body) => (Audience::Public, None, EventBody::of_public(body, names)),
            Event::Private(entity, body) => (Audience::Private, Some(entity.0), EventBody::of_private(body, names)),
            Event::Sealed(entity, body) => (Audience::Sealed, Some(entity.0), EventBody::of_private(body, names)),
            Event::Staff(body) => (Audience::Staff, None, EventBody::of_staff(body)),
            Event::Record(changed) => {
                let RecordChanged { readers, record } = (**changed).clone();
                let body = EventBody::RecordChanged {
                    readers: Described(readers),
                    record: Described(record),
                };
                (Audience::Readers, None, body)
            }
        };
        Self {
            journal_seq: Some(event.seq.0),
            at: write_time(event.at),
            audience,
            for_entity_id,
            event: body,
        }
    }
}

/// A listing as events name it. One that the names do not know (no event can tell of such) is `#` and its number, and
/// its money is in minor units.
struct Listing {
    symbol: String,
    currency: Option<Currency>,
}

impl Listing {
    fn of(instrument: InstrumentId, names: &dyn Names) -> Self {
        match names.listing(instrument) {
            Some((symbol, currency)) => Self {
                symbol: symbol.to_string(),
                currency: Some(currency),
            },
            None => Self {
                symbol: format!("#{}", instrument.0),
                currency: None,
            },
        }
    }

    fn price(&self, price: Price) -> String {
        write_price(price, self.currency)
    }

    fn money(&self, money: protocol::Money) -> String {
        self.price(Price::from_minor(money.minor()))
    }
}

impl EventBody {
    /// What everyone may know.
    pub fn of_public(event: &PublicEvent, names: &dyn Names) -> Self {
        match event {
            PublicEvent::EpochOpened(epoch) => Self::EpochOpened((&**epoch).into()),
            PublicEvent::Notice(notice) => Self::Notice {
                notice: Described((**notice).clone()),
            },
            PublicEvent::LotBid(bid) => Self::LotBid {
                lot_id: bid.lot.0,
                number: bid.number,
                price: Described(bid.price),
                automatic: bid.automatic,
                matched: bid.matched,
                bids: bid.bids,
                ends_at: write_time(bid.ends_at),
                extensions: bid.extensions,
            },
            PublicEvent::UnitsListed(listed) => Self::UnitsListed {
                asset_id: listed.asset.0,
                terms: Described(listed.terms.clone()),
                sandbox: listed.sandbox,
            },
            PublicEvent::UnitsIssued {
                instrument,
                quantity,
                issued,
            } => Self::UnitsIssued {
                symbol: Listing::of(*instrument, names).symbol,
                quantity: write_quantity(*quantity),
                issued: write_quantity(*issued),
            },
            PublicEvent::TradingChanged { instrument, status } => Self::TradingChanged {
                symbol: Listing::of(*instrument, names).symbol,
                status: (*status).into(),
            },
            PublicEvent::OrderAdded {
                instrument,
                order,
                side,
                price,
                quantity,
            } => {
                let listing = Listing::of(*instrument, names);
                Self::OrderAdded {
                    price: listing.price(*price),
                    symbol: listing.symbol,
                    order_id: write_order_id(*order),
                    side: (*side).into(),
                    quantity: write_quantity(*quantity),
                }
            }
            PublicEvent::OrderRemoved {
                instrument,
                order,
                side,
                price,
                quantity,
            } => {
                let listing = Listing::of(*instrument, names);
                Self::OrderRemoved {
                    price: listing.price(*price),
                    symbol: listing.symbol,
                    order_id: write_order_id(*order),
                    side: (*side).into(),
                    quantity: write_quantity(*quantity),
                }
            }
            PublicEvent::Traded {
                instrument,
                trade,
                maker,
                taker_side,
                price,
                quantity,
                sandbox,
            } => {
                let listing = Listing::of(*instrument, names);
                Self::Traded {
                    price: listing.price(*price),
                    symbol: listing.symbol,
                    trade_id: write_trade_id(*trade),
                    maker_order_id: write_order_id(*maker),
                    taker_side: (*taker_side).into(),
                    quantity: write_quantity(*quantity),
                    sandbox: *sandbox,
                }
            }
        }
    }

    /// What one participant may know.
    pub fn of_private(event: &PrivateEvent, names: &dyn Names) -> Self {
        match event {
            PrivateEvent::Rejected { by, reject } => Self::Rejected {
                user_id: by.0,
                reject: (*reject).into(),
            },
            PrivateEvent::AccountOpened { account } => Self::AccountOpened { account_id: account.0 },
            PrivateEvent::CashReceived(cash) => Self::CashReceived((&**cash).into()),
            PrivateEvent::CashPaid(cash) => Self::CashPaid((&**cash).into()),
            PrivateEvent::AssetRegistered { asset, details } => Self::AssetRegistered {
                asset_id: asset.0,
                asset: Described((**details).clone()),
            },
            PrivateEvent::UnitsReceived {
                account,
                instrument,
                quantity,
            } => Self::UnitsReceived {
                account_id: account.0,
                symbol: Listing::of(*instrument, names).symbol,
                quantity: write_quantity(*quantity),
            },
            PrivateEvent::OrderAccepted {
                order,
                account,
                instrument,
                side,
                price,
                quantity,
                held,
            } => {
                let listing = Listing::of(*instrument, names);
                Self::OrderAccepted {
                    order_id: write_order_id(*order),
                    account_id: account.0,
                    price: listing.price(*price),
                    held: listing.money(*held),
                    symbol: listing.symbol,
                    side: (*side).into(),
                    quantity: write_quantity(*quantity),
                }
            }
            PrivateEvent::OrderFilled {
                order,
                account,
                instrument,
                side,
                trade,
                price,
                quantity,
                fee,
                released,
            } => {
                let listing = Listing::of(*instrument, names);
                Self::OrderFilled {
                    order_id: write_order_id(*order),
                    account_id: account.0,
                    price: listing.price(*price),
                    fee: listing.money(*fee),
                    released: listing.money(*released),
                    symbol: listing.symbol,
                    side: (*side).into(),
                    trade_id: write_trade_id(*trade),
                    quantity: write_quantity(*quantity),
                }
            }
            PrivateEvent::OrderCancelled {
                order,
                account,
                instrument,
                side,
                reason,
                quantity,
                released,
            } => {
                let listing = Listing::of(*instrument, names);
                Self::OrderCancelled {
                    order_id: write_order_id(*order),
                    account_id: account.0,
                    released: listing.money(*released),
                    symbol: listing.symbol,
                    side: (*side).into(),
                    reason: (*reason).into(),
                    quantity: write_quantity(*quantity),
                }
            }
            PrivateEvent::BidStands {
                lot,
                number,
                price,
                leads,
            } => Self::BidStands {
                lot_id: lot.0,
                number: *number,
                price: Described(*price),
                leads: *leads,
            },
            PrivateEvent::CashPosted(posting) => Self::CashPosted {
                account_id: posting.account.0,
                currency: posting.currency.code().into(),
                free: write_money(Money::from_minor(posting.free), posting.currency),
                held: write_money(Money::from_minor(posting.held), posting.currency),
                reason: Described(posting.reason),
                deal_id: posting.deal.0,
            },
            PrivateEvent::UnitsPosted(posting) => Self::UnitsPosted {
                account_id: posting.account.0,
                symbol: Listing::of(posting.instrument, names).symbol,
                free: posting.free.to_string(),
                held: posting.held.to_string(),
                reason: Described(posting.reason),
                deal_id: posting.deal.0,
            },
            PrivateEvent::FeesCollected {
                account,
                trade,
                currency,
                amount,
            } => Self::FeesCollected {
                account_id: account.0,
                trade_id: write_trade_id(*trade),
                currency: currency.code().into(),
                amount: write_money(*amount, *currency),
            },
            PrivateEvent::BidTaken(taken) => {
                let said = ClaimedFields::from(taken.claimed);
                Self::BidTaken {
                    lot_id: taken.lot.0,
                    number: taken.number,
                    op: said.op,
                    price: said.price.map(Described),
                    units: said.units.map(write_quantity),
                    commitment: said.commitment.map(write_digest),
                }
            }
        }
    }

    /// What the venue's staff may know.
    pub fn of_staff(event: &StaffEvent) -> Self {
        match event {
            StaffEvent::EntityRegistered { entity, details } => Self::EntityRegistered {
                entity_id: entity.0,
                entity: (&**details).into(),
            },
            StaffEvent::UserRegistered { user, entity, roles } => Self::UserRegistered {
                user_id: user.0,
                entity_id: entity.0,
                roles: roles.names().map(Into::into).collect(),
            },
            StaffEvent::KeyRegistered { key, details } => Self::KeyRegistered {
                key_id: key.0,
                key: (&**details).into(),
            },
            StaffEvent::LotDisclosed { lot } => Self::LotDisclosed { lot_id: lot.0 },
            StaffEvent::KeyRevoked { key } => Self::KeyRevoked { key_id: key.0 },
        }
    }
}
