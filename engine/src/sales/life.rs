//! The life of a sale and of an interest in it, as tables; pure (RULES.md 2.5).

use crate::kit::life::inputs;
use protocol::{
    Reject,
    transfer::{InterestState, TransferState},
};

inputs! {
    /// What moves a sale.
    Input {
        /// Somebody says its interest or is judged, or the audience changes.
        Gather,
        /// Somebody takes its interest back.
        Retract,
        /// The disclosure is over, and nobody may bid.
        FoundNobody,
        /// The disclosure is over, and one party may agree.
        FoundOne,
        /// The disclosure is over, and several may bid.
        FoundSeveral,
        /// A bid that is valid.
        Bid,
        /// The price stands, and holders of priority are asked.
        AskPriority,
        /// The price stands, and nobody else is asked.
        Agree,
        /// A holder of priority enters or waives.
        AnswerPriority,
        /// No holder of priority can change the buyer any more.
        PriorityOver,
        /// The buyer by priority did not sign or pay: the best bidder is asked.
        OfferAgain,
        /// The best bidder takes what was offered again.
        TakeAgain,
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
}

/// The life of a sale: every input in every state.
pub(crate) fn step(state: TransferState, input: Input) -> Result<TransferState, Reject> {
    use Input as I;
    use TransferState as S;
    Ok(match (state, input) {
        (S::Listed, I::Gather | I::Retract) => S::Listed,
        (S::Listed, I::FoundNobody) => S::Cancelled,
        (S::Listed, I::FoundOne) => S::Interest,
        (S::Listed, I::FoundSeveral) => S::Bidding,
        (S::Interest | S::Bidding, I::Retract | I::Bid) => state,
        (S::Interest | S::Bidding, I::AskPriority) => S::PriorityWindow,
        (S::Interest | S::Bidding, I::Agree) => S::Contract,
        (S::PriorityWindow, I::AnswerPriority) => S::PriorityWindow,
        (S::PriorityWindow, I::PriorityOver) => S::Contract,
        (S::Contract, I::OfferAgain) => S::SecondOffer,
        (S::SecondOffer, I::TakeAgain) => S::Contract,
        // Another holder had entered at the price as well: it is bound without being asked.
        (S::Contract, I::PriorityOver) => S::Contract,
        (S::Contract, I::Sign) => S::Contract,
        (S::Contract, I::Fund) => S::EscrowFunded,
        (S::EscrowFunded, I::File) => S::RecordalFiled,
        (S::RecordalFiled, I::Record) => S::Recorded,
        (S::RecordalFiled, I::RefuseRecordal) => S::RecordalRefused,
        (S::Recorded, I::Pay) => S::Released,
        (S::RecordalRefused, I::Refund) => S::Refunded,
        (S::Listed | S::Interest | S::Bidding, I::CallOff) => S::Cancelled,
        (
            S::Listed | S::Interest | S::Bidding | S::PriorityWindow | S::Contract | S::SecondOffer,
            I::Freeze | I::Fail,
        ) => S::Cancelled,
        // The money is held: what freezes a right is for the office to judge, what ends it is final.
        (S::EscrowFunded | S::RecordalFiled, I::Freeze) => state,
        (S::EscrowFunded | S::RecordalFiled, I::Fail) => S::Refunded,
        _ => return Err(Reject::StateForbids),
    })
}

inputs! {
    /// What moves an interest.
    Judgement {
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
        _ => return Err(Reject::StateForbids),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    /// What RULES.md 2.5 draws and no more.
    #[test]
    fn the_life_of_a_sale() {
        use TransferState as S;
        let letter = |state| match state {
            S::Listed => 'l',
            S::Interest => 'i',
            S::Bidding => 'b',
            S::PriorityWindow => 'p',
            S::Contract => 'c',
            S::EscrowFunded => 'e',
            S::RecordalFiled => 'f',
            S::Recorded => 'r',
            S::Released => '+',
            S::RecordalRefused => 'n',
            S::Refunded => '0',
            S::Cancelled => 'x',
            S::SecondOffer => 's',
        };
        assert_eq!(
            picture(TransferState::ALL, Input::ALL, step, letter, forbidden),
            [
                "l llxib--------------xxx",
                "i -i---ipc-----------xxx",
                "b -b---bpc-----------xxx",
                "p --------pc----------xx",
                "c ---------cs-ce------xx",
                "e --------------f-----e0",
                "f ---------------rn---f0",
                "r -----------------+----",
                "+ ----------------------",
                "n ------------------0---",
                "0 ----------------------",
                "x ----------------------",
                "s -----------c--------xx",
            ]
        );
    }

    #[test]
    fn the_life_of_an_interest() {
        use InterestState as S;
        let letter = |state| match state {
            S::Expressed => 'e',
            S::Stopped => 's',
            S::Qualified => 'q',
            S::Excluded => 'x',
            S::Withdrawn => 'w',
        };
        let refusal = |reject| match reject {
            Reject::ExportCheckRequired => '!',
            other => forbidden(other),
        };
        assert_eq!(
            picture(InterestState::ALL, Judgement::ALL, judge, letter, refusal),
            ["e qxesw", "s !xesw", "q -xqsw", "x -----", "w -----",]
        );
    }
}
