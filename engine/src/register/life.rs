//! The life of a right, as a table; pure (RULES.md 2.1).

use crate::kit::life::inputs;
use protocol::{Reject, title::AssetState};

inputs! {
    /// What happens to a right.
    Input {
        /// A fresh extract of its office's register was checked.
        Verified,
        /// Something of it is on offer.
        Offered,
        /// Nothing of it is on offer any more.
        NothingOffered,
        /// It is taken out of trading for a while.
        Suspended,
        /// It is put back.
        Resumed,
        /// It is taken off the venue.
        Delisted,
        /// It was declared void.
        Invalidated,
        /// Its term is over, or its dues were never paid.
        Expired,
    }
}

/// The life of a right, as a table.
pub(crate) fn step(state: AssetState, input: Input) -> Result<AssetState, Reject> {
    use AssetState::{Delisted, Draft, Expired, Invalidated, Listed, Suspended, Transferred, Verified};
    match (state, input) {
        (Draft | Verified | Transferred | Delisted, Input::Verified) => Ok(Verified),
        (Listed, Input::Verified) => Ok(Listed),
        (Verified | Listed, Input::Offered) => Ok(Listed),
        (Verified | Listed, Input::NothingOffered) => Ok(Verified),
        (Verified | Listed, Input::Suspended) => Ok(Suspended),
        (Suspended, Input::Resumed) => Ok(Verified),
        // What was never verified may be taken back too.
        (Draft | Verified | Listed | Suspended, Input::Delisted) => Ok(Delisted),
        // A right that has ended may still be declared void: from the beginning.
        (Draft | Verified | Listed | Suspended | Transferred | Expired | Delisted, Input::Invalidated) => {
            Ok(Invalidated)
        }
        (Draft | Verified | Listed | Suspended | Transferred | Delisted, Input::Expired) => Ok(Expired),
        _ => Err(Reject::StateForbids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_a_right() {
        use AssetState::{Delisted, Draft, Expired, Invalidated, Listed, Suspended, Transferred, Verified};
        let letter = |state| match state {
            Draft => 'd',
            Verified => 'v',
            Listed => 'l',
            Suspended => 's',
            Transferred => 't',
            Expired => 'x',
            Invalidated => 'i',
            Delisted => 'o',
        };
        assert_eq!(
            picture(AssetState::ALL, Input::ALL, step, letter, forbidden),
            [
                "d v----oix",
                "v vlvs-oix",
                "l llvs-oix",
                "s ----voix",
                "t v-----ix",
                "x ------i-",
                "i --------",
                "o v-----ix",
            ]
        );
    }
}
