//! The life of a case of disposal, as a table: `OPEN → {sold and paid out, as often as it takes} → CLOSED`, `→ LICENSED →
//! …`, `→ CONVERTING → …`, `→ CURED`, `→ GIVEN_UP` (PLEDGES.md 4).
//!
//! What always holds: a way out is taken from an open case and leads back to it where it fails, so that one default is
//! disposed of by one path at a time; and no state moves a title (民法典 428). Whether its rights are on offer, the rights
//! themselves say.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    disposal::DisposalState::{self, Closed, Converting, Cured, GivenUp, Licensed, Open},
};

inputs! {
    /// What can happen to a case.
    Input {
        /// Its rights are licensed back.
        License,
        /// The claim is to be turned into shares.
        Convert,
        /// A licence ended with debt left, or shares did not come about.
        Return,
        /// Nothing is left to dispose of, or nothing is owed any more.
        Close,
        /// The default is cured.
        Cure,
        /// It is given up, or its rights are gone.
        GiveUp,
    }
}

/// The life of a case. A default that is cured while its rights are licensed ends the case; once shares are being issued
/// the claim is spoken for.
pub(crate) fn step(state: DisposalState, input: Input) -> Result<DisposalState, Reject> {
    use Input as I;
    match (state, input) {
        (Licensed | Converting, I::Return) => Ok(Open),
        (Open, I::License) => Ok(Licensed),
        (Open, I::Convert) => Ok(Converting),
        (Open | Licensed | Converting, I::Close) => Ok(Closed),
        (Open | Licensed, I::Cure) => Ok(Cured),
        (Open | Licensed | Converting, I::GiveUp) => Ok(GivenUp),
        _ => Err(Reject::StateForbids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_a_case() {
        let letter = |state| match state {
            Open => 'o',
            Licensed => 'l',
            Converting => 'v',
            Closed => 'z',
            Cured => 'c',
            GivenUp => 'g',
        };
        assert_eq!(
            picture(DisposalState::ALL, Input::ALL, step, letter, forbidden),
            ["o lv-zcg", "l --ozcg", "v --oz-g", "z ------", "c ------", "g ------",]
        );
    }
}
