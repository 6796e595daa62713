//! The life of a licence, as a table (RULES.md 2.3): `OFFERED → AGREED → PAID → EFFECTIVE → RECORDED → EXPIRED |
//! TERMINATED`.
//!
//! What always holds: a life that is over stays over, and what happened once cannot happen again. What each step does
//! besides is `licensing`'s business.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    licence::LicenceState::{self, Agreed, Effective, Expired, Offered, Paid, Recorded, Terminated, Withdrawn},
};

inputs! {
    /// What can happen to a licence.
    Input {
        /// The licensee agrees.
        Accept,
        /// The licensor takes the offer back, or the licensee turns it down.
        Withdraw,
        /// The licensee pays into escrow.
        Pay,
        /// Its first day has come.
        Begin,
        /// Its first day has come, and the right or the holder cap does not let it begin.
        CannotBegin,
        /// The office recorded it.
        Record,
        /// The office refused to.
        RefuseRecord,
        /// The licensee ends it.
        GiveUp,
        /// An operator ends it, on the parties' agreement or a ruling.
        Dissolve,
        /// Its last day is over.
        TermEnds,
        /// Offers of the right end: it is frozen, or leaves the venue.
        OffersEnd,
        /// The title passes.
        TitlePasses,
        /// The right ends.
        RightEnds,
    }
}

/// The life of a licence (RULES.md 2.3). What is only offered or agreed comes to nothing; what was paid ends with a
/// refund before it has begun, and after that ends without one: what was performed stays (专利法 47).
pub(crate) fn step(state: LicenceState, input: Input) -> Result<LicenceState, Reject> {
    use Input::{
        Accept, Begin, CannotBegin, Dissolve, GiveUp, OffersEnd, Pay, Record, RefuseRecord, RightEnds, TermEnds,
        TitlePasses, Withdraw,
    };
    match (state, input) {
        (Offered, Accept) => Ok(Agreed),
        (Offered, Withdraw | TermEnds | OffersEnd | TitlePasses | RightEnds)
        | (Agreed, Dissolve | TermEnds | TitlePasses | RightEnds) => Ok(Withdrawn),
        (Agreed, Pay) => Ok(Paid),
        (Paid, Begin) => Ok(Effective),
        (Effective, Record) => Ok(Recorded),
        (Paid, CannotBegin | TermEnds) | (Paid | Effective | Recorded, GiveUp | Dissolve | RightEnds) => Ok(Terminated),
        (Effective | Recorded, TermEnds) => Ok(Expired),
        // What is agreed outlives the offers; what is paid outlives a sale of the title (法释〔2020〕19号 24).
        (Agreed | Paid | Effective | Recorded, OffersEnd)
        | (Paid | Effective | Recorded, TitlePasses)
        | (Effective, RefuseRecord) => Ok(state),
        _ => Err(Reject::StateForbids),
    }
}

/// Whether a licence in this state shuts others out.
pub(crate) const fn is_live(state: LicenceState) -> bool {
    state.is_live()
}

/// Whether it is over.
pub(crate) const fn has_ended(state: LicenceState) -> bool {
    matches!(state, Expired | Terminated | Withdrawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_a_licence() {
        let letter = |state| match state {
            Offered => 'o',
            Agreed => 'a',
            Paid => 'p',
            Effective => 'e',
            Recorded => 'r',
            Expired => 'x',
            Terminated => 't',
            Withdrawn => 'w',
        };
        assert_eq!(
            picture(LicenceState::ALL, Input::ALL, step, letter, forbidden),
            [
                "o aw-------wwww",
                "a --p-----wwaww",
                "p ---et--tttppt",
                "e -----rettxeet",
                "r -------ttxrrt",
                "x -------------",
                "t -------------",
                "w -------------",
            ]
        );
    }
}
