//! The life of a sale and of an interest in it, as tables; pure (RULES.md 2.5).

use protocol::{
    Reject,
    transfer::{InterestState, TransferState},
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

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
