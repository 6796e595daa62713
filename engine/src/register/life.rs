//! The life of a right, as a table; pure (RULES.md 2.1).

use protocol::{Reject, title::AssetState};

/// What happens to a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A fresh extract of its register was checked.
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

/// The life of a right, as a table.
pub(crate) fn next_state(state: AssetState, input: Input) -> Result<AssetState, Reject> {
    use AssetState::{Delisted, Draft, Expired, Invalidated, Listed, Suspended, Transferred, Verified};
    match (state, input) {
        (Draft | Verified | Transferred | Delisted, Input::Verified) => Ok(Verified),
        (Listed, Input::Verified) => Ok(Listed),
        (Suspended | Expired | Invalidated, Input::Verified) => Err(Reject::StateForbids),

        (Verified | Listed, Input::Offered) => Ok(Listed),
        (Draft | Suspended | Transferred | Expired | Invalidated | Delisted, Input::Offered) => {
            Err(Reject::StateForbids)
        }
        (Verified | Listed, Input::NothingOffered) => Ok(Verified),
        (Draft | Suspended | Transferred | Expired | Invalidated | Delisted, Input::NothingOffered) => {
            Err(Reject::StateForbids)
        }

        (Verified | Listed, Input::Suspended) => Ok(Suspended),
        (Draft | Suspended | Transferred | Expired | Invalidated | Delisted, Input::Suspended) => {
            Err(Reject::StateForbids)
        }
        (Suspended, Input::Resumed) => Ok(Verified),
        (Draft | Verified | Listed | Transferred | Expired | Invalidated | Delisted, Input::Resumed) => {
            Err(Reject::StateForbids)
        }

        // A draft was perhaps listed before titles were verified here.
        (Draft | Verified | Listed | Suspended, Input::Delisted) => Ok(Delisted),
        (Transferred | Expired | Invalidated | Delisted, Input::Delisted) => Err(Reject::StateForbids),

        // A right that has ended may still be declared void: from the beginning.
        (Draft | Verified | Listed | Suspended | Transferred | Expired | Delisted, Input::Invalidated) => {
            Ok(Invalidated)
        }
        (Invalidated, Input::Invalidated) => Err(Reject::StateForbids),

        (Draft | Verified | Listed | Suspended | Transferred | Delisted, Input::Expired) => Ok(Expired),
        (Expired | Invalidated, Input::Expired) => Err(Reject::StateForbids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_declaration_that_it_was_void_follows_an_end() {
        for input in [
            Input::Verified,
            Input::Offered,
            Input::NothingOffered,
            Input::Suspended,
            Input::Resumed,
            Input::Delisted,
            Input::Expired,
        ] {
            for state in [AssetState::Expired, AssetState::Invalidated] {
                assert_eq!(
                    next_state(state, input),
                    Err(Reject::StateForbids),
                    "{state:?} {input:?}"
                );
            }
        }
        assert_eq!(
            next_state(AssetState::Expired, Input::Invalidated),
            Ok(AssetState::Invalidated)
        );
    }
}
