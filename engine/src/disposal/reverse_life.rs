//! The life of a reverse licence, as a table (RULES.md 2.4): `PROPOSED → CONSENTED → ACTIVE → (PAY)* → {DEBT_CLEARED |
//! MISSED → GRACE → TERMINATED → back to an open case}`.
//!
//! What always holds: a part of a fee cures nothing, so only a fee that is paid whole moves it; and a life that is over
//! stays over.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    reverse::ReverseLicenceState::{
        self, Active, Consented, DebtCleared, Ended, Expired, Grace, Missed, Proposed, Terminated, Withdrawn,
    },
};

inputs! {
    /// What can happen to a reverse licence.
    Input {
        /// The owner consents: all have.
        Consent,
        /// It is taken back, turned down or replaced, or nobody consented in time.
        Withdraw,
        /// Its first day has come.
        Begin,
        /// A fee is paid in full.
        Pay,
        /// A fee's day is over, and it is unpaid.
        Miss,
        /// Its grace runs.
        Wait,
        /// Its grace is over.
        Terminate,
        /// The parties agree to end it, or a ruling does.
        Dissolve,
        /// Its term is over, and all its fees are paid.
        TermEnds,
        /// Nothing of the claim is owed any more.
        Clear,
        /// Its case is over otherwise, or a bankruptcy holds it back.
        CaseEnds,
    }
}

/// The life of a reverse licence.
pub(crate) fn step(state: ReverseLicenceState, input: Input) -> Result<ReverseLicenceState, Reject> {
    use Input as I;
    match (state, input) {
        (Proposed, I::Consent) => Ok(Consented),
        (Proposed, I::Withdraw | I::Clear | I::CaseEnds) => Ok(Withdrawn),
        (Consented, I::Begin) | (Active | Grace, I::Pay) => Ok(Active),
        (Active, I::Miss) => Ok(Missed),
        (Missed, I::Wait) => Ok(Grace),
        (Missed | Grace, I::Terminate) | (Consented | Active | Missed | Grace, I::Dissolve) => Ok(Terminated),
        (Active, I::TermEnds) => Ok(Expired),
        (Consented | Active | Missed | Grace, I::Clear) => Ok(DebtCleared),
        (Consented | Active | Missed | Grace, I::CaseEnds) => Ok(Ended),
        _ => Err(Reject::StateForbids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_a_reverse_licence() {
        let letter = |state| match state {
            Proposed => 'p',
            Consented => 'c',
            Active => 'a',
            Missed => 'm',
            Grace => 'g',
            DebtCleared => 'd',
            Terminated => 't',
            Expired => 'x',
            Ended => 'e',
            Withdrawn => 'w',
        };
        assert_eq!(
            picture(ReverseLicenceState::ALL, Input::ALL, step, letter, forbidden),
            [
                "p cw-------ww",
                "c --a----t-de",
                "a ---am--txde",
                "m -----gtt-de",
                "g ---a--tt-de",
                "d -----------",
                "t -----------",
                "x -----------",
                "e -----------",
                "w -----------",
            ]
        );
    }
}
