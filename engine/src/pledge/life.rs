//! The life of a pledge, as a table (RULES.md 2.2): `DRAFT → SUBMITTED → REGISTERED → CHANGED → RELEASED`, or `→ DEFAULTED
//! → DISPOSING → CLOSED`.
//!
//! What always holds: nothing is created before it is recorded (民法典 444), and no state moves the right itself to the
//! pledgee (428): its price alone stands for the debt.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    pledge::PledgeState::{
        self, Changed, Closed, Defaulted, Deficient, Disposing, Draft, Lapsed, Refused, Registered, Released,
        Submitted, Withdrawn,
    },
};

inputs! {
    /// What can happen to a pledge.
    Input {
        /// Both sides have signed the application.
        Submit,
        /// The registrar found defects.
        FindDefects,
        /// The last of them is mended.
        Mend,
        /// The registrar recorded it.
        Record,
        /// The registrar refused it, or what it was to stand on is no more.
        Refuse,
        /// It is taken back.
        Withdraw,
        /// The registrar recorded a change.
        Change,
        /// The last of its rights is released.
        Release,
        /// The debt is in default.
        Default,
        /// The default is cured.
        Cure,
        /// The rights are being turned into money.
        Dispose,
        /// The disposal ended without result.
        Halt,
        /// What they brought is paid out.
        Close,
        /// The last of its rights ended.
        ObjectsEnd,
        /// The rights are sold early: their value falls, and no other security was given.
        DisposeEarly,
    }
}

/// The life of a pledge. A default can be cured until the rights are sold; a right that ends takes the pledge along
/// wherever it is.
pub(crate) fn step(state: PledgeState, input: Input) -> Result<PledgeState, Reject> {
    use Input::{
        Change, Close, Cure, Default, Dispose, DisposeEarly, FindDefects, Halt, Mend, ObjectsEnd, Record, Refuse,
        Release, Submit, Withdraw,
    };
    match (state, input) {
        (Draft, Submit) | (Deficient, Mend) => Ok(Submitted),
        (Submitted, FindDefects) => Ok(Deficient),
        (Submitted, Record) | (Defaulted | Disposing, Cure) => Ok(Registered),
        (Draft | Submitted | Deficient, ObjectsEnd) | (Submitted | Deficient, Refuse) => Ok(Refused),
        (Draft | Submitted | Deficient, Withdraw) => Ok(Withdrawn),
        (Registered | Changed, Change) => Ok(Changed),
        (Registered | Changed | Defaulted | Disposing, Release) => Ok(Released),
        (Registered | Changed, Default) => Ok(Defaulted),
        (Defaulted, Dispose) | (Registered | Changed, DisposeEarly) => Ok(Disposing),
        (Disposing, Halt) => Ok(Defaulted),
        (Disposing, Close) => Ok(Closed),
        (Registered | Changed | Defaulted | Disposing, ObjectsEnd) => Ok(Lapsed),
        _ => Err(Reject::StateForbids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_a_pledge() {
        let letter = |state| match state {
            Draft => 'd',
            Submitted => 's',
            Deficient => 'm',
            Registered => 'r',
            Changed => 'c',
            Defaulted => 'f',
            Disposing => 'p',
            Released => 'e',
            Closed => 'z',
            Refused => 'n',
            Withdrawn => 'w',
            Lapsed => 'l',
        };
        assert_eq!(
            picture(PledgeState::ALL, Input::ALL, step, letter, forbidden),
            [
                "d s----w-------n-",
                "s -m-rnw-------n-",
                "m --s-nw-------n-",
                "r ------cef----lp",
                "c ------cef----lp",
                "f -------e-rp--l-",
                "p -------e-r-fzl-",
                "e ---------------",
                "z ---------------",
                "n ---------------",
                "w ---------------",
                "l ---------------",
            ]
        );
    }
}
