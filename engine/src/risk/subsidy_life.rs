//! The life of an application for a subsidy, as a table: `APPLIED → GRANTED`, or it is turned down or taken back.
//!
//! What always holds: what was granted is paid, and stands.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    subsidy::SubsidyState::{self, Applied, Declined, Granted, Withdrawn},
};

inputs! {
    /// What can happen to an application.
    Input {
        /// It is granted and paid.
        Grant,
        /// It is turned down.
        Decline,
        /// The firm takes it back.
        Withdraw,
    }
}

/// The life of an application.
pub(crate) fn step(state: SubsidyState, input: Input) -> Result<SubsidyState, Reject> {
    match (state, input) {
        (Applied, Input::Grant) => Ok(Granted),
        (Applied, Input::Decline) => Ok(Declined),
        (Applied, Input::Withdraw) => Ok(Withdrawn),
        (Granted | Declined | Withdrawn, _) => Err(Reject::StateForbids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_an_application() {
        let letter = |state| match state {
            Applied => 'a',
            Granted => 'g',
            Declined => 'd',
            Withdrawn => 'w',
        };
        assert_eq!(
            picture(SubsidyState::ALL, Input::ALL, step, letter, forbidden),
            ["a gdw", "g ---", "d ---", "w ---"]
        );
    }
}
