//! What can happen, typed by audience: what a public feed sends is a [`PublicEvent`], and no public event holds a
//! balance, an identity or anything sealed. A later disclosure is a new event.

use crate::{
    account::CashMove,
    asset::RegisterAsset,
    auction::{Lot, LotCommitted, LotOpened},
    client::Client,
    command::{Op, Stamped},
    describe::{one_of, other_for_people, record, words},
    ids::{AccountId, AssetId, EntityId, InstrumentId, KeyId, LotId, OrderId, Seq, TradeId, UserId},
    listing::BookTerms,
    order::PlaceOrder,
    party::{RegisterEntity, RegisterKey, Roles},
    record::{Notice, Readers, RecordChanged},
    reject::Reject,
    rules::Epoch,
    sealed::Claimed,
    text::{Digest, Heading, Unreadable},
    time::Timestamp,
    title::TitleLanguage,
    units::{Amount, Currency, Money, Price, Quantity, Side},
};
use alloc::{boxed::Box, vec::Vec};
use serde::{Deserialize, Serialize};

/// Something that happened, and who may know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Event {
    /// Everyone.
    Public(PublicEvent),
    /// One participant (and a regulator).
    Private(EntityId, PrivateEvent),
    /// The venue's staff (and a regulator).
    Staff(StaffEvent),
    /// The readers that it names (and the venue's staff and a regulator): a record of the registry changed.
    Record(Box<RecordChanged>),
    /// One participant, and nobody else: neither staff nor regulators, until the lot closes that it is about.
    Sealed(EntityId, PrivateEvent),
}

impl Event {
    /// Whether the event is a bidder's alone, as long as its lot is open.
    pub fn is_sealed(&self) -> bool {
        match self {
            Self::Sealed(..) => true,
            Self::Record(changed) => matches!(changed.readers, Readers::Sealed(_)),
            Self::Public(_) | Self::Private(..) | Self::Staff(_) => false,
        }
    }
}

one_of! {
    /// What everyone may know.
    pub enum PublicEvent {
        /// New rules are in force.
        EpochOpened(Box<Epoch>) = "epoch_opened";
        /// Units of a right are listed.
        UnitsListed(Box<UnitsListed>) = "units_listed";
        /// Units came into being.
        UnitsIssued {
            /// Of what.
            instrument as "symbol": InstrumentId,
            /// How many.
            quantity: Quantity,
            /// How many there are now.
            issued: Quantity,
        } = "units_issued";
        /// Trading was halted, resumed or closed.
        TradingChanged {
            /// Of what.
            instrument as "symbol": InstrumentId,
            /// How it stands now.
            status: TradingStatus,
        } = "trading_changed";
        /// An order rests in the book.
        OrderAdded {
            /// In which book.
            instrument as "symbol": InstrumentId,
            /// Which order.
            order as "order_id": OrderId,
            /// On which side.
            side: Side,
            /// At which price.
            price: Price,
            /// How many units of it rest.
            quantity: Quantity,
        } = "order_added";
        /// What was left of a resting order left the book without a trade.
        OrderRemoved {
            /// Out of which book.
            instrument as "symbol": InstrumentId,
            /// Which order.
            order as "order_id": OrderId,
            /// On which side.
            side: Side,
            /// At which price.
            price: Price,
            /// How many units of it had rested.
            quantity: Quantity,
        } = "order_removed";
        /// A resting order met an arriving one: delivery against payment, done.
        Traded {
            /// In what.
            instrument as "symbol": InstrumentId,
            /// The number of the trade.
            trade as "trade_id": TradeId,
            /// The order that rested; its quantity in the book falls by the quantity of the trade.
            maker as "maker_order_id": OrderId,
            /// The side of the order that arrived.
            taker_side: Side,
            /// At the price of the order that rested.
            price: Price,
            /// How many units.
            quantity: Quantity,
            /// Whether the board is a sandbox: then the print is marked.
            sandbox: bool,
        } = "traded";
        /// Something that everyone may know changed.
        Notice(Box<Notice>) = "notice";
        /// A bid was taken for a lot.
        LotBid(LotBid) = "lot_bid";
    }
}

record! {
    /// A bid that was taken for a lot; whose it is, its number alone tells.
    #[derive(Copy)]
    pub struct LotBid {
        /// For which lot.
        lot as "lot_id": LotId,
        /// The bidder's number.
        number: u32,
        /// The price that stands now.
        price: Amount,
        /// Whether it was bid for the bidder, under a maximum.
        automatic: bool,
        /// Whether it answers the best bid by priority.
        matched: bool,
        /// How many bids there were.
        bids: u32,
        /// When the lot ends now.
        ends_at: Timestamp,
        /// How often the end was moved.
        extensions: u32,
        /// Whether the price has reached the reserve; nothing where there is none.
        reserve_met: Option<bool>,
    }
}

one_of! {
    /// A step of a lot's public log: its frames carry it, and its chain is made of its text.
    pub enum LotEvent {
        /// The lot, as it stands now.
        Lot(Lot) = "lot";
        /// A bid was taken.
        Bid(LotBid) = "lot_bid";
        /// Somebody committed to a sealed bid.
        Committed(LotCommitted) = "lot_committed";
        /// A hidden bid is opened.
        Opened(LotOpened) = "lot_opened";
    }
}

impl LotBid {
    /// Changes the lot to how it stands once this bid was taken.
    pub fn change(&self, lot: &mut Lot) {
        lot.best = Some(self.price);
        lot.number = Some(self.number);
        lot.bids = self.bids;
        lot.ends_at = self.ends_at;
        lot.extensions = self.extensions;
        lot.reserve_met = self.reserve_met;
    }
}

impl LotEvent {
    /// The step of a lot's log that a public event is, if it is one.
    pub fn of(event: &PublicEvent) -> Option<Self> {
        match event {
            PublicEvent::LotBid(bid) => Some(Self::Bid(*bid)),
            PublicEvent::Notice(notice) => match &**notice {
                Notice::Lot(lot) => Some(Self::Lot(lot.clone())),
                Notice::LotCommitted(committed) => Some(Self::Committed(*committed)),
                Notice::LotOpened(opened) => Some(Self::Opened(*opened)),
                Notice::RuleBook(_)
                | Notice::OpenLicence(_)
                | Notice::Tranche(_)
                | Notice::TitleSold(_)
                | Notice::UnitContract(_)
                | Notice::VenueKey(_)
                | Notice::LossAccepted(_)
                | Notice::LotOutage(_)
                | Notice::Measure(_)
                | Notice::BuyerRules(_)
                | Notice::PartiesAdmitted(_)
                | Notice::RelatedBidder(_)
                // No step of the log: a text that is withheld has to go, and a chain loses no link.
                | Notice::LotQuestion(_)
                | Notice::LotAnswer(_)
                | Notice::TextWithheld(_) => None,
            },
            _ => None,
        }
    }

    /// The lot of whose log it is a step.
    pub fn lot(&self) -> LotId {
        match self {
            Self::Lot(lot) => lot.lot,
            Self::Bid(bid) => bid.lot,
            Self::Committed(committed) => committed.lot,
            Self::Opened(opened) => opened.lot,
        }
    }
}

record! {
    /// Units of a right are listed.
    pub struct UnitsListed {
        /// The listing; to people, its terms name it.
        instrument as "instrument_id": InstrumentId = default silent,
        /// The right.
        asset as "asset_id": AssetId,
        /// On which terms.
        terms: BookTerms,
        /// Whether the board is a sandbox.
        sandbox: bool,
    }
}

words! {
    /// Whether a book trades.
    pub enum TradingStatus {
        /// Orders are taken.
        Trading = 0, "trading";
        /// Only cancels are taken.
        Halted = 1, "halted";
        /// The right has ended or left the venue: every order was cancelled, none will be taken.
        Closed = 2, "closed";
        /// The right is frozen or suspended: every order was cancelled, none is taken until that ends.
        Frozen = 3, "frozen";
    }

    /// Why an order ended without being filled.
    pub enum CancelReason {
        /// Its owner asked.
        Requested = 0, "requested";
        /// What an immediate order could not trade.
        NotFilled = 1, "not_filled";
        /// It would have traded with an order of its own legal entity: the newer one goes.
        SelfTrade = 2, "self_trade";
        /// The right expired.
        Expired = 3, "expired";
        /// The right was frozen by a hold.
        Frozen = 4, "frozen";
        /// The right was suspended.
        Suspended = 5, "suspended";
        /// A co-owner took its consent back.
        ConsentWithdrawn = 6, "consent_withdrawn";
        /// The right was declared void.
        Invalidated = 7, "invalidated";
        /// The right was taken off the venue, or its title is passing.
        Delisted = 8, "delisted";
        /// The rule book's cap of holders or lock changed, or who stands behind its owner.
        RulesChanged = 9, "rules_changed";
    }
}

one_of! {
    /// What one participant may know.
    pub enum PrivateEvent {
        /// A command was refused.
        Rejected {
            /// Which user had asked.
            by as "user_id": UserId,
            /// Why.
            reject as "code": Reject,
        } = "rejected";
        /// An account was opened.
        AccountOpened {
            /// The account.
            account as "account_id": AccountId,
        } = "account_opened";
        /// Cash came in.
        CashReceived(Box<CashMove>) = "cash_received";
        /// Cash was paid out.
        CashPaid(Box<CashMove>) = "cash_paid";
        /// A right was registered.
        AssetRegistered {
            /// Its number here.
            asset as "asset_id": AssetId,
            /// What was registered.
            details as "asset": Box<RegisterAsset>,
        } = "asset_registered";
        /// Units were issued to an account.
        UnitsReceived {
            /// The account.
            account as "account_id": AccountId,
            /// Of what.
            instrument as "symbol": InstrumentId,
            /// How many.
            quantity: Quantity,
        } = "units_received";
        /// An order was taken and what it needs is held: cash for a buy, units for a sell.
        OrderAccepted {
            /// The order.
            order as "order_id": OrderId,
            /// Whose account is held.
            account as "account_id": AccountId,
            /// What is traded.
            instrument as "symbol": InstrumentId,
            /// Buy or sell.
            side: Side,
            /// The limit, or the protection price of a market order.
            price: Price,
            /// How many units.
            quantity: Quantity,
            /// The cash held for a buy: price × quantity and the worst fee. Zero for a sell, which holds its quantity.
            held: Money,
        } = "order_accepted";
        /// An order traded. A buyer pays price × quantity + fee out of its hold; a seller receives price × quantity -
        /// fee for the units it had held.
        OrderFilled {
            /// The order.
            order as "order_id": OrderId,
            /// Whose account is settled.
            account as "account_id": AccountId,
            /// What was traded.
            instrument as "symbol": InstrumentId,
            /// Bought or sold.
            side: Side,
            /// The number of the trade.
            trade as "trade_id": TradeId,
            /// At which price.
            price: Price,
            /// How many units.
            quantity: Quantity,
            /// What this side paid for it.
            fee: Money,
            /// For a buy, what its hold no longer needs, beyond what was paid.
            released: Money,
        } = "order_filled";
        /// An order ended with something left of it, and its hold was released.
        OrderCancelled {
            /// The order.
            order as "order_id": OrderId,
            /// Whose account is released.
            account as "account_id": AccountId,
            /// What was to be traded.
            instrument as "symbol": InstrumentId,
            /// Buy or sell.
            side: Side,
            /// Why.
            reason: CancelReason,
            /// How many units were left.
            quantity: Quantity,
            /// The cash released for a buy; a sell releases its quantity.
            released: Money,
        } = "order_cancelled";
        /// The venue collected the fees of both sides of a trade.
        FeesCollected {
            /// The account that received them.
            account as "account_id": AccountId,
            /// For which trade.
            trade as "trade_id": TradeId,
            /// In which currency.
            currency: Currency,
            /// How much.
            amount: Money,
        } = "fees_collected";
        /// A deal moved cash of an account.
        CashPosted(Box<CashPosting>) = "cash_posted";
        /// A deal moved units of an account.
        UnitsPosted(Box<UnitsPosting>) = "units_posted";
        /// One's bid for a lot was taken, or was outbid.
        BidStands {
            /// For which lot.
            lot as "lot_id": LotId,
            /// One's own number.
            number: u32,
            /// The price that stands now.
            price: Amount,
            /// Whether it is one's own.
            leads: bool,
        } = "bid_stands";
        /// One's command for a lot was taken, whoever of one's house gave or approved it.
        BidTaken(BidTaken) = "bid_taken";
        /// A right's title was given in another language, or that was taken back.
        TitleTranslated {
            /// The right.
            asset as "asset_id": AssetId,
            /// Into which language.
            language: TitleLanguage,
            /// The translation; none: there is none any more.
            title: Option<Heading>,
        } = "title_translated";
    }
}

/// A bidder's command that was taken: what the venue's receipt says, but for its place and time, which are the event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct BidTaken {
    /// For which lot.
    pub lot: LotId,
    /// The number that stands for the bidder.
    pub number: u32,
    /// What the command said.
    pub claimed: Claimed,
}

other_for_people!(BidTaken as WrittenTaken);

record! {
    /// A bidder's command that was taken.
    pub struct WrittenTaken as "BidTaken" {
        /// For which lot.
        lot as "lot_id": LotId,
        /// The number that stands for the bidder.
        number: u32,
        /// Which command.
        op: Op,
        /// What was bid, left as a maximum, or revealed.
        price: Option<Amount> = default unsaid,
        /// For how many units.
        units: Option<Quantity> = default unsaid,
        /// What was committed to.
        commitment: Option<Digest> = default unsaid,
    }
}

impl From<&BidTaken> for WrittenTaken {
    fn from(taken: &BidTaken) -> Self {
        let (op, price, units, commitment) = match taken.claimed {
            Claimed::Entry => (Op::EnterLot, None, None, None),
            Claimed::Bid { price, units } => (Op::BidLot, Some(price), units, None),
            Claimed::Maximum(maximum) => (Op::SetMaximum, Some(maximum), None, None),
            Claimed::Purchase => (Op::BuyLot, None, None, None),
            Claimed::Commitment(commitment) => (Op::CommitBid, None, None, Some(commitment)),
            Claimed::Reveal(price) => (Op::RevealBid, Some(price), None, None),
        };
        let BidTaken { lot, number, .. } = *taken;
        Self {
            lot,
            number,
            op,
            price,
            units,
            commitment,
        }
    }
}

impl TryFrom<WrittenTaken> for BidTaken {
    type Error = Unreadable;

    fn try_from(written: WrittenTaken) -> Result<Self, Unreadable> {
        let claimed = match (written.op, written.price, written.units, written.commitment) {
            (Op::EnterLot, None, None, None) => Claimed::Entry,
            (Op::BidLot, Some(price), units, None) => Claimed::Bid { price, units },
            (Op::SetMaximum, Some(maximum), None, None) => Claimed::Maximum(maximum),
            (Op::BuyLot, None, None, None) => Claimed::Purchase,
            (Op::CommitBid, None, None, Some(commitment)) => Claimed::Commitment(commitment),
            (Op::RevealBid, Some(price), None, None) => Claimed::Reveal(price),
            _ => return Err(Unreadable::WORD),
        };
        let WrittenTaken { lot, number, .. } = written;
        Ok(Self { lot, number, claimed })
    }
}

words! {
    /// Why a deal moved something.
    pub enum PostingReason {
        /// Set aside for the deal.
        Held = 0, "held";
        /// Given back: the deal failed.
        Released = 1, "released";
        /// Paid or delivered, out of what was held or what was free.
        Paid = 2, "paid";
        /// Received.
        Received = 3, "received";
        /// Consumed by use.
        Consumed = 4, "consumed";
    }
}

record! {
    /// What a deal did to an account's cash in one currency. The changes of all accounts add up to nothing.
    #[derive(Copy)]
    pub struct CashPosting {
        /// The account.
        account as "account_id": AccountId,
        /// In which currency.
        currency: Currency,
        /// By how much its free cash changed.
        free: Money,
        /// By how much its held cash changed.
        held: Money,
        /// Why.
        reason: PostingReason,
        /// For which deal: the place of the command that began it.
        deal as "deal_id": Seq,
    }

    /// What a deal did to an account's units of one instrument.
    #[derive(Copy)]
    pub struct UnitsPosting {
        /// The account.
        account as "account_id": AccountId,
        /// Of what.
        instrument as "symbol": InstrumentId,
        /// By how many its free units changed.
        free: Quantity,
        /// By how many its held units changed.
        held: Quantity,
        /// Why.
        reason: PostingReason,
        /// For which deal: the place of the command that began it.
        deal as "deal_id": Seq,
    }
}

one_of! {
    /// What the venue's staff may know.
    pub enum StaffEvent {
        /// A participant was admitted.
        EntityRegistered {
            /// Its number here.
            entity as "entity_id": EntityId,
            /// Who it is.
            details as "entity": Box<RegisterEntity>,
        } = "entity_registered";
        /// A user was admitted.
        UserRegistered {
            /// Its number here.
            user as "user_id": UserId,
            /// Whom it acts for.
            entity as "entity_id": EntityId,
            /// What it may do.
            roles: Roles,
        } = "user_registered";
        /// A key was admitted.
        KeyRegistered {
            /// Its number here.
            key as "key_id": KeyId,
            /// What it is.
            details as "key": Box<RegisterKey>,
        } = "key_registered";
        /// A key was ended.
        KeyRevoked {
            /// Which.
            key as "key_id": KeyId,
        } = "key_revoked";
        /// A lot is closed: what it was told of its bidders alone, the venue may know from here on.
        LotDisclosed {
            /// Which.
            lot as "lot_id": LotId,
        } = "lot_disclosed";
    }
}

const _: () = assert!(size_of::<Event>() <= 80);

/// The events of commands that are durable: what the sequencer hands to the views, in order and without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// The last command of which this tells.
    pub up_to: Seq,
    /// The time of that command.
    pub at: Timestamp,
    /// Each with the place of its command and its own time (a deadline's is the moment it was due).
    pub events: Vec<Stamped<Event>>,
    /// What their commands asked for, in order; of those that nobody tells further there may be none.
    pub asked: Vec<Asked>,
}

/// What a command asked for, beside what came of it: for who tells it to its owner. It is no event and proves nothing,
/// and of a bidder's command it is as secret as that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The place of the command.
    pub seq: Seq,
    /// Who gave it.
    pub by: UserId,
    /// The client's name for it, and its trace.
    pub client: Option<Client>,
    /// The order, where the command places one.
    pub order: Option<PlaceOrder>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_bidders_command_reads_back_from_what_people_are_told() {
        let (price, units) = (Amount::default(), Some(Quantity::from_units(3)));
        for claimed in [
            Claimed::Entry,
            Claimed::Bid { price, units },
            Claimed::Bid { price, units: None },
            Claimed::Maximum(price),
            Claimed::Purchase,
            Claimed::Commitment(Digest([7; 32])),
            Claimed::Reveal(price),
        ] {
            let (lot, number) = (LotId(2), 5);
            let taken = BidTaken { lot, number, claimed };
            let text = serde_json::to_string(&taken).unwrap();
            assert_eq!(serde_json::from_str::<BidTaken>(&text).unwrap(), taken, "{text}");
        }
        let other = serde_json::from_str::<BidTaken>(r#"{"lot_id":2,"number":5,"op":"enter_lot","units":"3"}"#);
        assert!(other.unwrap_err().to_string().starts_with("UNKNOWN_VALUE"));
    }
}
