//! The life of a loan in a pool, as a table (RULES.md 2.9): `ENROLLED → NPL → CLAIMED → PAID → RECOVERING → CLOSED`.
//!
//! What always holds: a pool is claimed on once for a loan, and pays before anything that is recovered is shared. What
//! a step pays is the business of `pools`.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    risk::PoolLoanState::{self, Claimed, Closed, Enrolled, Npl, Paid, Recovering},
};

inputs! {
    /// What can happen to a loan in a pool.
    Input {
        /// It turns non-performing.
        TurnBad,
        /// It performs again.
        Cure,
        /// The pool is claimed on.
        Claim,
        /// The claim is turned down.
        Decline,
        /// The pool pays.
        Pay,
        /// Something is recovered.
        Recover,
        /// It is repaid.
        Repay,
        /// Nothing more is to come.
        WriteOff,
    }
}

/// The life of a loan in a pool. What is repaid while a claim waits is not compensated; a claim that was turned down
/// may be made again, one that was paid may not.
pub(crate) fn step(state: PoolLoanState, input: Input) -> Result<PoolLoanState, Reject> {
    use Input::{Claim, Cure, Decline, Pay, Recover, Repay, TurnBad, WriteOff};
    match (state, input) {
        (Enrolled, TurnBad) | (Claimed, Decline) => Ok(Npl),
        (Npl | Claimed, Cure) => Ok(Enrolled),
        (Npl, Claim) => Ok(Claimed),
        (Claimed | Paid | Recovering, Claim) => Err(Reject::SecondClaim),
        // It was repaid; whether the pool paid for it before is asked before.
        (Closed, Claim) => Err(Reject::FullyRecovered),
        (Claimed, Pay) => Ok(Paid),
        (Paid | Recovering, Recover) => Ok(Recovering),
        (Enrolled | Npl | Claimed, Repay) | (Paid | Recovering, WriteOff) => Ok(Closed),
        _ => Err(Reject::StateForbids),
    }
}

/// Whether the pool still stands behind a loan in this state.
pub(crate) const fn is_backed(state: PoolLoanState) -> bool {
    matches!(state, Enrolled | Npl | Claimed)
}

/// Whether what the pool stands behind of it can still change: until it is claimed on, loans that were lent before it
/// come first.
pub(crate) const fn is_open(state: PoolLoanState) -> bool {
    matches!(state, Enrolled | Npl)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::picture;

    #[test]
    fn the_life_of_a_loan_in_a_pool() {
        let letter = |state| match state {
            Enrolled => 'e',
            Npl => 'n',
            Claimed => 'c',
            Paid => 'p',
            Recovering => 'r',
            Closed => 'x',
        };
        let refusal = |reject| match reject {
            Reject::StateForbids => '-',
            Reject::SecondClaim => '2',
            Reject::FullyRecovered => '0',
            other => panic!("{other:?}"),
        };
        assert_eq!(
            picture(PoolLoanState::ALL, Input::ALL, step, letter, refusal),
            [
                "e n-----x-",
                "n -ec---x-",
                "c -e2np-x-",
                "p --2--r-x",
                "r --2--r-x",
                "x --0-----",
            ]
        );
    }
}
