//! A sale of title as the core keeps it, and the tables of its life (RULES.md 2.5).
//!
//! Invariant: a sale moves by [`step`] alone and an interest by [`judge`]. Who bids stands here and in the party's own record,
//! nowhere else, until the price stands (法释〔2016〕18号 18). What moves a sale is the business of `transfer`, `bidding` and
//! `closing`; who may know of it, that of `audience`.

use alloc::{collections::BTreeMap, vec::Vec};
use protocol::{
    AccountId, EntityId, LotId, Money, Readers, Record, Reject, Timestamp, TransferId,
    title::Share,
    transfer::{Interest, InterestState, Offer, Transfer, TransferState},
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
    pub due: Timestamp,
    /// The lot that it delivers, if it was sold by auction.
    pub lot: Option<LotId>,
    /// What the sale takes of the price.
    pub costs: Money,
    /// What the buyer pays on top of it.
    pub premium: Money,
}

impl Sales {
    pub(crate) fn get(&self, id: TransferId) -> Option<&Sale> {
        self.0.get(&id)
    }

    /// A sale that is known to be there.
    pub(crate) fn of(&self, id: TransferId) -> &Sale {
        self.0.get(&id).expect("the sale is there")
    }

    /// The same, to be changed.
    pub(crate) fn of_mut(&mut self, id: TransferId) -> &mut Sale {
        self.0.get_mut(&id).expect("the sale is there")
    }

    pub(crate) fn insert(&mut self, sale: Sale) {
        self.0.insert(sale.record.transfer, sale);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Sale> {
        self.0.values()
    }
}

impl Sale {
    /// Whether it can still come to something.
    pub(crate) fn is_live(&self) -> bool {
        !matches!(
            self.record.state,
            TransferState::Released | TransferState::Refunded | TransferState::Cancelled
        )
    }

    /// Whether the price is held.
    pub(crate) fn is_funded(&self) -> bool {
        matches!(
            self.record.state,
            TransferState::EscrowFunded | TransferState::RecordalFiled
        )
    }

    /// Whether this participant sells.
    pub(crate) fn is_sold_by(&self, entity: EntityId) -> bool {
        self.owners.iter().any(|share| share.entity == entity)
    }

    /// Whether this input is open at this time. A step that is due and waits for its turn in a long line of deadlines counts as
    /// done: a command is never early or late by it.
    pub(crate) fn check(&self, input: Input, at: Timestamp) -> Result<(), Reject> {
        if self.due <= at {
            return Err(Reject::StateForbids);
        }
        step(self.record.state, input).map(|_| ())
    }

    /// Moves it; checked before.
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
        }
    }
}

/// How many parties may bid when the disclosure ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Nobody,
    One,
    Several,
}

/// What moves a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Somebody says its interest or is judged, or the audience changes.
    Gather,
    /// Somebody takes its interest back.
    Retract,
    /// The disclosure is over.
    Disclosed(Field),
    /// A bid that is valid.
    Bid,
    /// The price stands, and holders of priority are asked, or nobody is.
    Agree { priority: bool },
    /// A holder of priority enters or waives.
    AnswerPriority,
    /// No holder of priority can change the buyer any more.
    PriorityOver,
    /// A side signs.
    Sign,
    /// The buyer's money is held.
    Fund,
    /// The change of owner was filed.
    File,
    /// The office recorded it.
    Record,
    /// The office refused.
    RefuseRecordal,
    /// The seller is paid.
    Pay,
    /// The buyer has its money back after a refusal.
    Refund,
    /// The seller calls it off.
    CallOff,
    /// A right was frozen, suspended or taken off, or a consent is gone.
    Freeze,
    /// It fails: nobody came, somebody is late, a right ended, the venue ends it, the buyer may not buy.
    Fail,
}

/// The life of a sale: every input in every state.
pub(crate) fn step(state: TransferState, input: Input) -> Result<TransferState, Reject> {
    use Input as I;
    use TransferState as S;
    Ok(match (state, input) {
        (S::Listed, I::Gather | I::Retract) => S::Listed,
        (S::Listed, I::Disclosed(Field::Nobody)) => S::Cancelled,
        (S::Listed, I::Disclosed(Field::One)) => S::Interest,
        (S::Listed, I::Disclosed(Field::Several)) => S::Bidding,
        (S::Interest | S::Bidding, I::Retract | I::Bid) => state,
        (S::Interest | S::Bidding, I::Agree { priority: true }) => S::PriorityWindow,
        (S::Interest | S::Bidding, I::Agree { priority: false }) => S::Contract,
        (S::PriorityWindow, I::AnswerPriority) => S::PriorityWindow,
        (S::PriorityWindow, I::PriorityOver) => S::Contract,
        (S::Contract, I::Sign) => S::Contract,
        (S::Contract, I::Fund) => S::EscrowFunded,
        (S::EscrowFunded, I::File) => S::RecordalFiled,
        (S::RecordalFiled, I::Record) => S::Recorded,
        (S::RecordalFiled, I::RefuseRecordal) => S::RecordalRefused,
        (S::Recorded, I::Pay) => S::Released,
        (S::RecordalRefused, I::Refund) => S::Refunded,
        (S::Listed | S::Interest | S::Bidding, I::CallOff) => S::Cancelled,
        (S::Listed | S::Interest | S::Bidding | S::PriorityWindow | S::Contract, I::Freeze | I::Fail) => S::Cancelled,
        // The money is held: what freezes a right is for the office to judge, what ends it is final.
        (S::EscrowFunded | S::RecordalFiled, I::Freeze) => state,
        (S::EscrowFunded | S::RecordalFiled, I::Fail) => S::Refunded,

        (
            S::Listed,
            I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::Refund,
        )
        | (
            S::Interest | S::Bidding,
            I::Gather
            | I::Disclosed(_)
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::Refund,
        )
        | (
            S::PriorityWindow,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::Sign
            | I::Fund
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::Refund
            | I::CallOff,
        )
        | (
            S::Contract,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::Refund
            | I::CallOff,
        )
        | (
            S::EscrowFunded,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::Refund
            | I::CallOff,
        )
        | (
            S::RecordalFiled,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::File
            | I::Pay
            | I::Refund
            | I::CallOff,
        )
        | (
            S::Recorded,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Refund
            | I::CallOff
            | I::Freeze
            | I::Fail,
        )
        | (
            S::RecordalRefused,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::CallOff
            | I::Freeze
            | I::Fail,
        )
        | (
            S::Released | S::Refunded | S::Cancelled,
            I::Gather
            | I::Retract
            | I::Disclosed(_)
            | I::Bid
            | I::Agree { .. }
            | I::AnswerPriority
            | I::PriorityOver
            | I::Sign
            | I::Fund
            | I::File
            | I::Record
            | I::RefuseRecordal
            | I::Pay
            | I::Refund
            | I::CallOff
            | I::Freeze
            | I::Fail,
        ) => return Err(Reject::StateForbids),
    })
}

/// What moves an interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// An operator found it fit to buy.
    Qualify,
    /// An operator turned it down, or it may not know of the sale any more.
    Exclude,
    /// Export control lets it go on.
    Clear,
    /// Export control stops it.
    Stop,
    /// The party takes it back.
    Withdraw,
}

/// The life of an interest: every judgement in every state.
pub(crate) fn judge(state: InterestState, judgement: Judgement) -> Result<InterestState, Reject> {
    use InterestState as S;
    use Judgement as J;
    Ok(match (state, judgement) {
        (S::Expressed, J::Qualify) => S::Qualified,
        (S::Stopped, J::Qualify) => return Err(Reject::ExportCheckRequired),
        (S::Expressed | S::Stopped | S::Qualified, J::Exclude) => S::Excluded,
        (S::Stopped, J::Clear) => S::Expressed,
        (S::Expressed | S::Qualified, J::Clear) => state,
        (S::Expressed | S::Stopped | S::Qualified, J::Stop) => S::Stopped,
        (S::Expressed | S::Stopped | S::Qualified, J::Withdraw) => S::Withdrawn,
        (S::Qualified, J::Qualify)
        | (S::Excluded | S::Withdrawn, J::Qualify | J::Exclude | J::Clear | J::Stop | J::Withdraw) => {
            return Err(Reject::StateForbids);
        }
    })
}

/// `Err` with this reject unless `holds`.
pub(crate) fn require(holds: bool, reject: Reject) -> Result<(), Reject> {
    if holds { Ok(()) } else { Err(reject) }
}

/// Of what several checks found, the one that counts first.
pub(crate) fn first_fault(checks: impl IntoIterator<Item = Result<(), Reject>>) -> Result<(), Reject> {
    match checks.into_iter().filter_map(Result::err).min() {
        Some(reject) => Err(reject),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way through the table, found by walking it: what RULES.md 2.5 draws and no more.
    #[test]
    fn a_sale_ends_in_three_ways_and_money_leads_to_two_of_them() {
        let inputs = [
            Input::Gather,
            Input::Retract,
            Input::Disclosed(Field::Nobody),
            Input::Disclosed(Field::One),
            Input::Disclosed(Field::Several),
            Input::Bid,
            Input::Agree { priority: true },
            Input::Agree { priority: false },
            Input::AnswerPriority,
            Input::PriorityOver,
            Input::Sign,
            Input::Fund,
            Input::File,
            Input::Record,
            Input::RefuseRecordal,
            Input::Pay,
            Input::Refund,
            Input::CallOff,
            Input::Freeze,
            Input::Fail,
        ];
        let next = |state| -> Vec<TransferState> {
            let mut next: Vec<_> = inputs
                .iter()
                .filter_map(|&input| step(state, input).ok())
                .filter(|&to| to != state)
                .collect();
            next.sort_unstable();
            next.dedup();
            next
        };
        use TransferState as S;
        assert_eq!(next(S::Listed), [S::Interest, S::Bidding, S::Cancelled]);
        assert_eq!(next(S::Interest), [S::PriorityWindow, S::Contract, S::Cancelled]);
        assert_eq!(next(S::Bidding), [S::PriorityWindow, S::Contract, S::Cancelled]);
        assert_eq!(next(S::PriorityWindow), [S::Contract, S::Cancelled]);
        assert_eq!(next(S::Contract), [S::EscrowFunded, S::Cancelled]);
        assert_eq!(next(S::EscrowFunded), [S::RecordalFiled, S::Refunded]);
        assert_eq!(next(S::RecordalFiled), [S::Recorded, S::RecordalRefused, S::Refunded]);
        assert_eq!(next(S::Recorded), [S::Released]);
        assert_eq!(next(S::RecordalRefused), [S::Refunded]);
        for end in [S::Released, S::Refunded, S::Cancelled] {
            assert!(
                inputs
                    .iter()
                    .all(|&input| step(end, input) == Err(Reject::StateForbids))
            );
        }
        let stays = |state| inputs.iter().filter(|&&input| step(state, input) == Ok(state)).count();
        let counts = TransferState::ALL.iter().map(|&state| stays(state));
        assert!(counts.eq([2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0]));
    }
}
