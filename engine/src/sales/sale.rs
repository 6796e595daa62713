//! A sale of title as the core keeps it (RULES.md 2.5).
//!
//! Invariant: a sale moves by [`life::step`](crate::sales::life::step) alone, and an interest by its own table there.
//! Who bids stands here and in the party's own record, nowhere else, until the price stands (法释〔2016〕18号 18). What
//! moves a sale is the business of `transfer`, `offers` and `delivery`; who may know of it, that of `audience`.

use crate::{
    kit::terms::LastDay,
    sales::life::{Input, step},
};
use alloc::{collections::BTreeMap, vec::Vec};
use protocol::{
    AccountId, Amount, AssetId, Date, EntityId, LotId, Money, Readers, Record, Reject, Timestamp, TransferId,
    time::or_never,
    title::Share,
    transfer::{Disclosure, Interest, InterestState, LegalBasis, Offer, Transfer, TransferState},
};
use serde::{Deserialize, Serialize};

/// Every sale there ever was, by its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sales(BTreeMap<TransferId, Sale>);

/// A sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sale {
    /// What the seller and the venue see of it.
    pub record: Transfer,
    /// The owners when it was listed, with their parts: they sell, and they are paid.
    pub owners: Vec<Share>,
    /// Who is denied and everyone behind or beside them, sorted.
    pub denied: Vec<EntityId>,
    /// Who is interested, at which price: one a participant.
    pub interests: BTreeMap<EntityId, Interest>,
    /// Whose bid is the best.
    pub best_bidder: Option<EntityId>,
    /// When it was listed.
    pub listed_at: Timestamp,
    /// When the price stood.
    pub agreed_at: Timestamp,
    /// The accounts of those who entered by priority, by rank.
    pub entered: Vec<Option<AccountId>>,
    /// When its next step is due; [`Timestamp::NEVER`] if it waits for nobody.
    #[serde(with = "or_never")]
    pub due: Timestamp,
    /// The last day of that step.
    pub step: Option<LastDay>,
    /// The lot that it delivers, if it was sold by auction.
    pub lot: Option<LotId>,
    /// The lot that failed and left what a creditor takes by it.
    pub took: Option<LotId>,
    /// What the sale takes of the price.
    pub costs: Money,
    /// What the buyer pays on top of it.
    pub premium: Money,
}

impl Sales {
    /// The sale, if there is one.
    pub(crate) fn get(&self, id: TransferId) -> Option<&Sale> {
        self.0.get(&id)
    }

    /// A sale that is known to be there.
    pub(crate) fn of(&self, id: TransferId) -> &Sale {
        self.0.get(&id).expect("the sale is there")
    }

    /// Mutable access to a sale that is known to be there.
    pub(crate) fn of_mut(&mut self, id: TransferId) -> &mut Sale {
        self.0.get_mut(&id).expect("the sale is there")
    }

    /// Adds a sale.
    pub(crate) fn insert(&mut self, sale: Sale) {
        self.0.insert(sale.record.transfer, sale);
    }

    /// All sales with the numbers that they stand under.
    pub(crate) fn keyed(&self) -> impl Iterator<Item = (&TransferId, &Sale)> {
        self.0.iter()
    }

    /// All sales, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Sale> {
        self.0.values()
    }
}

/// What every sale begins with.
pub(crate) struct Opening {
    pub transfer: TransferId,
    pub assets: Vec<AssetId>,
    /// Who sells for the owners.
    pub seller: EntityId,
    /// The account that is paid.
    pub account: AccountId,
    pub owners: Vec<Share>,
    pub ask: Amount,
    pub increment: Amount,
    pub basis: LegalBasis,
    pub state_owned: bool,
    /// The day on which its disclosure ends.
    pub disclosed: Date,
    /// When it was listed.
    pub at: Timestamp,
}

impl Sale {
    /// A sale in which nothing has happened yet: open to all, told in full, without a buyer.
    pub(crate) fn opened(opening: Opening) -> Self {
        let Opening {
            transfer,
            assets,
            seller,
            account,
            owners,
            ask,
            increment,
            basis,
            state_owned,
            disclosed,
            at,
        } = opening;
        let record = Transfer {
            transfer,
            assets,
            seller,
            account,
            ask,
            increment,
            basis,
            state_owned,
            disclosure: Disclosure::Full,
            anonymous: false,
            teaser: None,
            allow: Vec::new(),
            deny: Vec::new(),
            state: TransferState::Listed,
            disclosed,
            bidding_days: 0,
            bidding_ends: None,
            interested: 0,
            qualified: 0,
            bids: 0,
            best: None,
            priority: Vec::new(),
            priority_ends: None,
            buyer: None,
            buyer_account: None,
            price: None,
            contract: None,
            seller_signed: None,
            buyer_signed: None,
            step_by: None,
            late: false,
            surviving: Vec::new(),
            refused: None,
            evidence: None,
            realised: None,
            calendar: None,
        };
        Self {
            record,
            owners,
            denied: Vec::new(),
            interests: BTreeMap::new(),
            best_bidder: None,
            listed_at: at,
            agreed_at: Timestamp::default(),
            entered: Vec::new(),
            due: Timestamp::NEVER,
            step: None,
            lot: None,
            took: None,
            costs: Money::ZERO,
            premium: Money::ZERO,
        }
    }

    /// Sets the last day of the step that it waits for, where its record says it.
    pub(crate) fn set_step(&mut self, step: Option<LastDay>) {
        let record = &mut self.record;
        record.calendar = step.and_then(|last| last.calendar);
        if let Some(LastDay { day, .. }) = step {
            match record.state {
                TransferState::Listed => record.disclosed = day,
                TransferState::Bidding => record.bidding_ends = Some(day),
                TransferState::PriorityWindow => record.priority_ends = Some(day),
                _ => record.step_by = Some(day),
            }
        }
        self.step = step;
        self.due = step.map_or(Timestamp::NEVER, LastDay::over);
    }

    /// Whether it can still come to something.
    pub(crate) fn is_live(&self) -> bool {
        !matches!(
            self.record.state,
            TransferState::Released | TransferState::Refunded | TransferState::Cancelled
        )
    }

    /// Whether it has its buyer, and the title has not passed.
    pub(crate) fn is_bound(&self) -> bool {
        self.record.state == TransferState::Contract || self.is_funded()
    }

    /// Whether the price is held.
    pub(crate) fn is_funded(&self) -> bool {
        matches!(
            self.record.state,
            TransferState::EscrowFunded | TransferState::RecordalFiled
        )
    }

    /// Who sells.
    pub(crate) fn owners(&self) -> impl Iterator<Item = EntityId> {
        self.owners.iter().map(|share| share.entity)
    }

    /// Whether this participant sells.
    pub(crate) fn is_sold_by(&self, entity: EntityId) -> bool {
        self.owners.iter().any(|share| share.entity == entity)
    }

    /// Whether this input is open at this time. A step that is due and waits for its turn in a long line of deadlines
    /// counts as done: a command is never early or late by it.
    pub(crate) fn check(&self, input: Input, at: Timestamp) -> Result<(), Reject> {
        if self.due <= at {
            return Err(Reject::StateForbids);
        }
        step(self.record.state, input).map(|_| ())
    }

    /// Moves the sale by an input that was checked before.
    pub(crate) fn advance(&mut self, input: Input) {
        let state = self.record.state;
        self.record.state = step(state, input).unwrap_or_else(|_| panic!("{input:?} was open in {state:?}"));
    }

    /// Counts who is interested and who is qualified.
    pub(crate) fn recount(&mut self) {
        let count = |wanted: fn(InterestState) -> bool| {
            let count = self
                .interests
                .values()
                .filter(|interest| wanted(interest.state))
                .count();
            u32::try_from(count).expect("fewer interests than entities")
        };
        let qualified = count(|state| state == InterestState::Qualified);
        let interested = count(|state| !matches!(state, InterestState::Excluded | InterestState::Withdrawn));
        (self.record.interested, self.record.qualified) = (interested, qualified);
    }

    /// The interest of a participant, for itself alone.
    pub(crate) fn interest(&self, entity: EntityId) -> (Readers, Record) {
        (Readers::one(entity), Record::Interest(self.interests[&entity]))
    }

    /// What those see who may buy. The core keeps no classes of a right, so a teaser's fields are left to the views.
    pub(crate) fn offer(&self, challenged: bool) -> Offer {
        let Transfer { anonymous, assets, .. } = &self.record;
        Offer {
            transfer: self.record.transfer,
            assets: if *anonymous { Vec::new() } else { assets.clone() },
            fields: Vec::new(),
            teaser: self.record.teaser.clone(),
            ask: self.record.ask,
            basis: self.record.basis,
            state: self.record.state,
            disclosed: self.record.disclosed,
            bidding_ends: self.record.bidding_ends,
            bids: self.record.bids,
            best: self.record.best,
            priority_ends: self.record.priority_ends,
            surviving: u32::try_from(self.record.surviving.len()).expect("fewer licences than commands"),
            challenged,
            contract: self.record.contract,
        }
    }

    /// Whether both sides have signed, and the same.
    pub(crate) fn is_signed(&self) -> bool {
        self.record.seller_signed.is_some() && self.record.seller_signed == self.record.buyer_signed
    }

    /// Whose fault it is that the contract was not made or not paid in time. A buyer is at fault alone where it could
    /// have had what it agreed to: it signed and did not pay, or signed nothing at all although the contract had been
    /// announced, or the seller had signed one. Who wrote the contract that the other did not sign holds nobody to it.
    pub(crate) fn is_buyers_default(&self) -> bool {
        let Transfer {
            contract,
            seller_signed,
            buyer_signed,
            ..
        } = &self.record;
        self.is_signed() || buyer_signed.is_none() && (contract.is_some() || seller_signed.is_some())
    }
}
