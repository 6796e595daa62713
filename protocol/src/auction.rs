//! Lots and how they are sold: ascending, descending, sealed, at a uniform price, in reverse (RULES.md 2.6, F3).
//!
//! Prices of a lot are in one currency, its start's. Times are half-open: a lot is open from `opens_at` and before its
//! end.

use crate::{
    describe::{one_of, record, words},
    ids::{AccountId, AssetId, EntityId, LotId, ValuationId},
    maxima::Maxima,
    rules::CalendarTerm,
    text::{Digest, Name, Symbol},
    time::{Date, Timestamp},
    transfer::{LegalBasis, SalePurpose},
    units::{Amount, BasisPoints, MONEY_MAX, Quantity},
};
use alloc::vec::Vec;

/// The most steps of a lot's increments.
pub const STEPS_MAX: usize = 16;
/// The most holders of priority of one lot.
pub const RANKS_MAX: usize = 64;
/// The most bidders of one lot.
pub const BIDDERS_MAX: usize = 10_000;
/// The highest price of a lot, in minor units: a price, a premium as high and a step stay below [`MONEY_MAX`].
pub const LOT_PRICE_MAX: i64 = MONEY_MAX / 4;

words! {
    /// Why a lot stands still.
    pub enum PauseGround {
        /// Nobody could bid: the venue was down, stood still, or its clock could not be trusted.
        Outage = 0, "outage";
        /// The venue decided it, on the ground that the digest is of.
        Venue = 1, "venue";
        /// A court did, or whoever ordered the sale (法释〔2016〕18号 28).
        Court = 2, "court";
    }

    /// How a late bid moves the end.
    pub enum Extension {
        /// The end is at least so long after every bid: the courts' rule (法释〔2016〕18号 20).
        FromBid = 0, "from_bid";
        /// A bid in the last so long moves the end by as much, once: the auction houses' rule.
        FromEnd = 1, "from_end";
    }

    /// What a sealed bid's winner pays.
    pub enum SealedPrice {
        /// Its own bid.
        First = 0, "first";
        /// The second valid bid, or the reserve.
        Second = 1, "second";
    }

    /// Who gets the last units where more are asked at the clearing price than are left.
    pub enum Rationing {
        /// By what each asked, to the unit.
        ProRata = 0, "pro_rata";
        /// The earlier bid.
        Time = 1, "time";
    }

    /// The life of a lot (RULES.md 2.6). Parties qualify until bidding ends (18号 18), so that is no state of its own
    /// after the opening.
    pub enum LotState {
        /// Published: notice and viewing.
        Announced = 0, "announced";
        /// Deposits are taken.
        Qualifying = 1, "qualifying";
        /// Bids are taken.
        Open = 2, "open";
        /// Sealed bids are opened by those who made them.
        Revealing = 3, "revealing";
        /// Nothing is taken until it is resumed.
        Paused = 4, "paused";
        /// Bidding is over; an auctioneer has to confirm the sale (拍卖法 51).
        Closed = 5, "closed";
        /// The best bid lies below the reserve: seller and best bidder may still agree.
        Negotiating = 6, "negotiating";
        /// Somebody bought it and has to pay.
        Sold = 7, "sold";
        /// The price is held; the title is on its way.
        Paid = 8, "paid";
        /// The buyer has the title, the seller the price. The end.
        Delivered = 9, "delivered";
        /// The buyer did not pay: the deposit is forfeited, and what becomes of it is settled after the resale.
        Defaulted = 10, "defaulted";
        /// Nobody bought it. The end; a next round is a lot of its own.
        Unsold = 11, "unsold";
        /// Taken back before it was sold. The end.
        Withdrawn = 12, "withdrawn";
        /// The sale was undone (18号 31). The end.
        Annulled = 13, "annulled";
    }
}

impl LotState {
    /// Whether the lot can still come to something: its rights are bound until then.
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Announced
                | Self::Qualifying
                | Self::Open
                | Self::Revealing
                | Self::Paused
                | Self::Closed
                | Self::Negotiating
                | Self::Sold
                | Self::Paid
        )
    }
}

record! {
    /// From this price on, bids rise by this much.
    #[derive(Copy)]
    pub struct PriceStep {
        /// From which price on; the first from zero.
        from: Amount,
        /// By how much.
        step: Amount,
    }

    /// The clock of a lot whose price rises or falls by bids.
    #[derive(Copy)]
    pub struct Clock {
        /// How many seconds before the end a bid moves it; 0: the end stands.
        window_s as "window_seconds": u32,
        /// How.
        extension: Extension,
        /// By how many windows it may be moved altogether; none: without limit.
        extensions_max: Option<u32>,
    }

    /// Bids rise; the highest wins.
    pub struct Ascending {
        /// The lowest first bid.
        start: Amount,
        /// By how much bids rise, from low prices to high: 1 to 16.
        steps: Vec<PriceStep>,
        /// When it ends.
        clock: Clock,
        /// At this price anyone may end it, as long as the best bid is below.
        buy_now: Option<Amount>,
        /// Whether bidders may leave a maximum that is bid for them, and where its price stands above another's.
        maxima: Maxima,
    }

    /// The price falls until somebody takes it.
    #[derive(Copy)]
    pub struct Descending {
        /// Where it begins.
        start: Amount,
        /// By how much it falls.
        step: Amount,
        /// Every how many seconds.
        every_s as "every_seconds": u32,
        /// Where it stops.
        floor: Amount,
        /// How many seconds it stays there.
        hold_s as "hold_seconds": u32,
    }

    /// Bids are committed unseen and revealed after the close.
    #[derive(Copy)]
    pub struct Sealed {
        /// The lowest bid.
        start: Amount,
        /// What the winner pays.
        pays: SealedPrice,
        /// How many seconds bidders have to reveal.
        reveal_s as "reveal_seconds": u32,
        /// What one who does not reveal loses of its deposit.
        penalty: Amount,
    }

    /// A fixed price; the first bid opens an ascending auction (变卖).
    pub struct SellOff {
        /// The fixed price.
        start: Amount,
        /// How many seconds the auction runs that the first bid opens: a day.
        runs_s as "runs_seconds": u32,
        /// By how much bids rise: 1 to 16.
        steps: Vec<PriceStep>,
        /// When that auction ends.
        clock: Clock,
    }

    /// Several units at one price: that of the last unit sold. Bids are hidden until the close.
    #[derive(Copy)]
    pub struct Uniform {
        /// Units of which listing.
        symbol: Symbol,
        /// How many.
        units: Quantity,
        /// The lowest bid for a unit.
        start: Amount,
        /// Bids lie on the grid that begins at the start.
        step: Amount,
        /// Who gets the last units.
        rationing: Rationing,
    }

    /// A buyer asks, and offers are committed unseen and revealed after the close: the lowest wins, as in a tender.
    pub struct SealedReverse {
        /// What is wanted.
        demand: Name,
        /// The highest offer; the buyer's cash is held for it from the announcement on.
        start: Amount,
        /// What the winner is paid: its own offer, or the second valid one, or the reserve.
        pays: SealedPrice,
        /// How many seconds bidders have to reveal.
        reveal_s as "reveal_seconds": u32,
        /// What one who does not reveal loses of its deposit.
        penalty: Amount,
    }

    /// A buyer asks, and the lowest offer wins.
    pub struct Reverse {
        /// What is wanted.
        demand: Name,
        /// The highest offer; the buyer's cash is held for it from the announcement on.
        start: Amount,
        /// By how much offers fall, from low prices to high: 1 to 16.
        steps: Vec<PriceStep>,
        /// When it ends.
        clock: Clock,
    }
}

one_of! {
    /// How a lot is sold.
    pub enum Format {
        /// Bids rise.
        Ascending(Ascending) = "ascending";
        /// The price falls.
        Descending(Descending) = "descending";
        /// Bids are sealed.
        Sealed(Sealed) = "sealed";
        /// A fixed price, then rising bids.
        SellOff(SellOff) = "sell_off";
        /// Several units at one price.
        Uniform(Uniform) = "uniform";
        /// Offers fall.
        Reverse(Reverse) = "reverse";
        /// Offers are sealed.
        SealedReverse(SealedReverse) = "sealed_reverse";
    }
}

impl Format {
    /// How bids are sealed, where they are; the start of offers is the highest.
    pub fn sealed(&self) -> Option<Sealed> {
        match self {
            Self::Sealed(terms) => Some(*terms),
            Self::SealedReverse(terms) => Some(Sealed {
                start: terms.start,
                pays: terms.pays,
                reveal_s: terms.reveal_s,
                penalty: terms.penalty,
            }),
            _ => None,
        }
    }

    /// Whether a buyer asks: the lowest offer wins, and who wins sells.
    pub const fn is_demand(&self) -> bool {
        matches!(self, Self::Reverse(_) | Self::SealedReverse(_))
    }
}

record! {
    /// A holder of priority, and its rank: 1 comes first.
    #[derive(Copy)]
    pub struct Ranked {
        /// Who.
        entity as "entity_id": EntityId,
        /// Its rank.
        rank: u32,
    }

    /// The creditor that asked for the sale: it pays no deposit, or only what its claim does not cover (18号 17).
    #[derive(Copy)]
    pub struct Creditor {
        /// Who.
        entity as "entity_id": EntityId,
        /// How much it is owed.
        claim: Amount,
    }

    /// What the sale costs.
    #[derive(Copy)]
    pub struct LotFees {
        /// The venue's fee, of the price, paid by the seller; basis points.
        seller: BasisPoints,
        /// The buyer's premium, of the price, on top of it; basis points.
        premium: BasisPoints,
        /// Whether the court's commission by tiers is taken of the seller as well (拍卖变卖财产规定 29).
        commission: bool,
    }

    /// What a court's sale has to show beyond any other's.
    #[derive(Copy)]
    pub struct CourtSale {
        /// The day on which the parties and the known holders of priority were told; three days before the notice (18号
        /// 16).
        notified as "notified_on": Date,
        /// Prior claims and costs: a start that does not exceed them sells for nobody's benefit (无益拍卖).
        prior_claims: Amount,
        /// Whether the applicant asked to go on; it then names a start that exceeds them (拍卖变卖财产规定 6).
        insisted: bool,
        /// Digest of the court's order. Needed where the venue is listed for courts' sales (18号 2, 4, 5); lots of the
        /// same order name the same debt.
        order as "order_sha256": Option<Digest>,
        /// The debt and its costs: once the lots of the order have brought that much beyond their prior claims, the
        /// others are taken back (拍卖变卖财产规定 14).
        debt: Option<Amount>,
        /// Whether an auction house was commissioned: only then there is a commission (18号 37).
        commissioned: bool = default,
    }

    /// Announces a lot. By the owner, or an operator.
    pub struct AnnounceLot {
        /// The rights, 1 to 64, of the same owners; none where units are sold or a buyer asks.
        assets as "asset_ids": Vec<AssetId> = default,
        /// The account that is paid: the acting owner's; in reverse the buyer's, which pays.
        account as "account_id": AccountId,
        /// Under which law.
        basis: LegalBasis,
        /// Whether the State owns it.
        state_owned: bool,
        /// How it is sold.
        format: Format,
        /// The valuation behind the start, where the law asks for one.
        valuation as "valuation_id": Option<ValuationId>,
        /// The valuations of the other rights, where several are sold: one of each.
        more_valuations as "more_valuation_ids": Vec<ValuationId> = default,
        /// Not sold below this; never published before the close.
        reserve: Option<Amount>,
        /// What each bidder sets aside before its first bid.
        deposit: Amount,
        /// From when on deposits are taken.
        qualifies_at: Timestamp,
        /// From when on bids are taken.
        opens_at: Timestamp,
        /// Until when, unless bids move it. A descending lot ends by its own clock.
        closes_at: Timestamp,
        /// Days of viewing before it opens.
        viewing_days: u32,
        /// Holders of priority by rank: at most 64.
        priority: Vec<Ranked> = default,
        /// The creditor that is exempt from the deposit.
        creditor: Option<Creditor>,
        /// What a court's sale has to show.
        court: Option<CourtSale>,
        /// The lot of the round before, unsold.
        after as "after_lot_id": Option<LotId>,
        /// What the sale costs.
        fees: LotFees,
        /// Working days to pay: 1 to 366.
        payment_days: u32,
        /// Whether what is left of a forfeited deposit goes back (拍卖变卖财产规定 22), or to the debt (18号 24).
        refunds_excess: bool,
        /// Digest of the disclosed defects.
        defects as "defects_sha256": Digest,
        /// Digest of the notices.
        notices as "notices_sha256": Digest,
        /// What the buyer takes it for, if for more than to have it.
        purpose: Option<SalePurpose> = default unsaid,
    }

    /// Enters a lot: sets the deposit aside, and is drawn a number that stands for the bidder until the close.
    #[derive(Copy)]
    pub struct EnterLot {
        /// Which.
        lot as "lot_id": LotId,
        /// The account that pays.
        account as "account_id": AccountId,
        /// Randomness from which the number is drawn. The gateway draws it; a script says it.
        draw: u64 = default,
    }

    /// Bids, accepts the falling price, answers a best bid by priority, takes the fixed price, or offers less in
    /// reverse. Binding.
    #[derive(Copy)]
    pub struct BidLot {
        /// For which lot.
        lot as "lot_id": LotId,
        /// How much; for several units, a unit's price; of a falling price, the most one pays.
        price: Amount,
        /// How many units, where several are sold.
        units: Option<Quantity>,
    }

    /// Leaves a maximum that is bid for one, step by step and no more than needed. Never told to anyone.
    #[derive(Copy)]
    pub struct SetMaximum {
        /// For which lot.
        lot as "lot_id": LotId,
        /// How much at the most. May be raised, never lowered.
        maximum: Amount,
    }

    /// Ends an ascending lot at its fixed price.
    #[derive(Copy)]
    pub struct BuyLot {
        /// Which.
        lot as "lot_id": LotId,
    }

    /// Commits to a sealed bid: SHA-256 of `"IPX-SEAL-v1\0" ‖ lot ‖ number ‖ minor units ‖ nonce`, the first three as 8
    /// bytes each, most significant first, the nonce 32 bytes. A later one takes the place of an earlier one until the
    /// close.
    #[derive(Copy)]
    pub struct CommitBid {
        /// For which lot.
        lot as "lot_id": LotId,
        /// The commitment.
        commitment: Digest,
    }

    /// Reveals a sealed bid.
    #[derive(Copy)]
    pub struct RevealBid {
        /// For which lot.
        lot as "lot_id": LotId,
        /// How much it was.
        price: Amount,
        /// The nonce of its commitment.
        nonce: Digest,
    }

    /// Pauses a lot. By an operator; everyone is told the ground.
    #[derive(Copy)]
    pub struct PauseLot {
        /// Which.
        lot as "lot_id": LotId,
        /// On which ground; the venue's own where none is said.
        ground: Option<PauseGround>,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Resumes or withdraws a lot, confirms its sale by the hammer, or annuls it; and delivers by a ruling. By
    /// an operator; a withdrawal by the seller too, a ruling by a court's user.
    #[derive(Copy)]
    pub struct LotStep {
        /// Which.
        lot as "lot_id": LotId,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Pays what is owed for a lot. By its buyer.
    #[derive(Copy)]
    pub struct PayLot {
        /// Which.
        lot as "lot_id": LotId,
    }

    /// After a close below the reserve: the seller says at which price it would sell, or the best bidder agrees to it;
    /// either may decline.
    #[derive(Copy)]
    pub struct NegotiateLot {
        /// Which.
        lot as "lot_id": LotId,
        /// The price; none declines, and the lot is unsold.
        price: Option<Amount>,
    }

    /// Settles a forfeited deposit once the lot was sold anew: costs, the gap, then the debt or the defaulter (18号 24).
    /// A bundle that is sold anew in parts is settled with the last of them. By an operator.
    #[derive(Copy)]
    pub struct SettleDefault {
        /// The lot whose buyer did not pay.
        lot as "lot_id": LotId,
        /// The lot or the sale that sold it anew, or a part of it.
        resale as "resale_lot_id": LotId,
        /// What the resale cost.
        costs: Amount,
    }
}

record! {
    /// A lot as everyone sees it.
    pub struct Lot {
        /// Which.
        lot as "lot_id": LotId,
        /// The rights.
        assets as "asset_ids": Vec<AssetId> = default,
        /// Under which law.
        basis: LegalBasis,
        /// How it is sold.
        format: Format,
        /// Whether there is a reserve that nobody is told.
        reserved: bool,
        /// What each bidder sets aside.
        deposit: Amount,
        /// From when on deposits are taken.
        qualifies_at: Timestamp,
        /// From when on bids are taken.
        opens_at: Timestamp,
        /// When it ends, as things stand.
        ends_at: Timestamp,
        /// How many holders of priority there are.
        priority: u32,
        /// Which round this is: 1, 2, or the sell-off after them.
        round: u32,
        /// The lot of the round before.
        after as "after_lot_id": Option<LotId>,
        /// What the sale costs.
        fees: LotFees,
        /// Digest of the disclosed defects.
        defects as "defects_sha256": Digest,
        /// Digest of the notices.
        notices as "notices_sha256": Digest,
        /// Licences that survive the sale.
        surviving: u32,
        /// In which state.
        state: LotState,
        /// The best bid; of sealed ones nothing before they are revealed.
        best: Option<Amount>,
        /// Whose it is.
        number: Option<u32>,
        /// How many bids there were; of sealed ones, how many were committed.
        bids: u32,
        /// How often the end was moved.
        extensions: u32,
        /// Whether the best bid has reached the reserve; nothing where there is none, or while bids are hidden.
        reserve_met: Option<bool>,
        /// The price that was paid.
        price: Option<Amount>,
        /// The buyer of a court's sale, by name (18号 14, 22).
        buyer as "buyer_id": Option<EntityId>,
        /// The last day of what it waits for: that it goes on, the hammer, an agreement, the payment, the settlement
        /// of a default.
        step_by as "step_by_on": Option<Date> = default unsaid,
        /// `open` where that day lies past the calendar's end: it is counted anew once a calendar covers it.
        calendar: Option<CalendarTerm> = default unsaid,
        /// The valuations behind the start, which everyone may read with what else is sold: `GET /v1/auctions/{id}/rights`.
        valuations as "valuation_ids": Vec<ValuationId> = default unsaid,
        /// Of a paused lot: why it stands still.
        pause: Option<Pause> = default unsaid,
    }

    /// Why a lot stands still, and since when.
    #[derive(Copy)]
    pub struct Pause {
        /// On which ground.
        ground: PauseGround,
        /// Since when nothing is taken: of an outage, when it began.
        since as "since_at": Timestamp,
        /// Digest of the ground; an outage has none.
        evidence as "evidence_sha256": Option<Digest>,
    }

    /// The venue stood still for a moment near a lot's end: so the lot goes on, for five minutes at least. At the third
    /// time it is paused instead, until an operator has looked at the cause.
    #[derive(Copy)]
    pub struct LotOutage {
        /// Which lot.
        lot as "lot_id": LotId,
        /// Since when bids could not be taken.
        since: Timestamp,
        /// How often that was so near this lot's end.
        count: u32,
        /// When it ends now; nothing where it is paused.
        ends_at: Option<Timestamp>,
    }

    /// How one stands in a lot: for oneself alone until the close.
    #[derive(Copy)]
    pub struct Bidder {
        /// In which.
        lot as "lot_id": LotId,
        /// Who.
        entity as "entity_id": EntityId,
        /// The account that pays.
        account as "account_id": AccountId,
        /// The number that stands for it.
        number: u32,
        /// What it set aside.
        deposit: Amount,
        /// Its last bid.
        bid: Option<Amount>,
        /// Its maximum.
        maximum: Option<Amount>,
        /// For how many units it bid.
        units: Option<Quantity>,
        /// Its commitment.
        commitment: Option<Digest>,
        /// Whether its bid is the best.
        leads: bool,
        /// What it bought for: a unit's price where several were sold.
        won: Option<Amount>,
        /// How many units it bought.
        won_units: Option<Quantity>,
        /// What the buyer still owes; nothing for anybody else.
        owes: Option<Amount>,
        /// The last day on which that is in time.
        pay_by as "pay_by_on": Option<Date>,
        /// `open` where that day lies past the calendar's end: it is counted anew once a calendar covers it.
        calendar: Option<CalendarTerm> = default unsaid,
    }

    /// Somebody committed to a sealed bid: what it is, nobody can tell from it.
    #[derive(Copy)]
    pub struct LotCommitted {
        /// For which lot.
        lot as "lot_id": LotId,
        /// The bidder's number.
        number: u32,
        /// The commitment; it takes the place of an earlier one of this number.
        commitment: Digest,
    }

    /// A bid that was hidden until the close. They are told in the order in which they were made or committed to: of
    /// equals the earlier wins.
    #[derive(Copy)]
    pub struct LotOpened {
        /// For which lot.
        lot as "lot_id": LotId,
        /// The bidder's number.
        number: u32,
        /// How much it bid; for several units, for one.
        price: Amount,
        /// For how many units, where several were sold.
        units: Option<Quantity>,
        /// How many of them it bought.
        won_units: Option<Quantity>,
        /// The nonce of its commitment, where bids were sealed.
        nonce: Option<Digest>,
    }

    /// What became of a forfeited deposit.
    #[derive(Copy)]
    pub struct Forfeit {
        /// Of which lot.
        lot as "lot_id": LotId,
        /// Whose.
        entity as "entity_id": EntityId,
        /// How much it was.
        deposit: Amount,
        /// For the costs of the resale.
        costs: Amount,
        /// For what the resale brought less.
        gap: Amount,
        /// For the debt.
        debt: Amount,
        /// Back to the one who defaulted.
        refund: Amount,
        /// What the deposit did not cover: a claim against the one who defaulted.
        uncovered: Amount,
    }
}

impl AnnounceLot {
    /// A lot as the venue's own rules let an owner announce it: without valuation, reserve, priority or fees, with five
    /// working days to pay; deposits are taken from the moment on at which it opens.
    pub fn plain(
        assets: Vec<AssetId>,
        account: AccountId,
        format: Format,
        deposit: Amount,
        opens_at: Timestamp,
        closes_at: Timestamp,
    ) -> Self {
        Self {
            assets,
            account,
            basis: LegalBasis::VenueRule,
            state_owned: false,
            format,
            valuation: None,
            more_valuations: Vec::new(),
            reserve: None,
            deposit,
            qualifies_at: opens_at,
            opens_at,
            closes_at,
            viewing_days: 0,
            priority: Vec::new(),
            creditor: None,
            court: None,
            after: None,
            fees: LotFees {
                seller: BasisPoints(0),
                premium: BasisPoints(0),
                commission: false,
            },
            payment_days: 5,
            refunds_excess: false,
            defects: Digest::default(),
            notices: Digest::default(),
            purpose: None,
        }
    }
}
