//! The life of a lot, as a table (RULES.md 2.6).
//!
//! What always holds: a life that is over stays over, and money moves only on the way from `OPEN` on.

use crate::kit::life::inputs;
use protocol::{
    Reject,
    auction::LotState::{
        self, Announced, Annulled, Closed, Defaulted, Delivered, Negotiating, Open, Paid, Paused, Qualifying,
        Revealing, Sold, Unsold, Withdrawn,
    },
};

inputs! {
    /// What can happen to a lot.
    Input {
        /// Deposits are taken from here on.
        Qualify,
        /// Somebody enters.
        Enter,
        /// Bids are taken from here on.
        Begin,
        /// A bid, a maximum or a commitment.
        Bid,
        /// Bidding is suspended.
        Pause,
        /// It goes on.
        Resume,
        /// The sealed bids are to be revealed.
        EndToReveal,
        /// A bid is revealed.
        Reveal,
        /// The bidding is over and an auctioneer has to confirm.
        EndToConfirm,
        /// Nobody bought it.
        Fail,
        /// The best bid lies below the reserve.
        Negotiate,
        /// The seller names its price.
        Ask,
        /// Somebody bought it.
        Sell,
        /// The price is held.
        Pay,
        /// The buyer did not pay in time.
        Default,
        /// The title has passed.
        Deliver,
        /// It is taken back.
        Withdraw,
        /// The sale is undone.
        Annul,
    }
}

/// The life of a lot: every input in every state.
pub(crate) fn step(state: LotState, input: Input) -> Result<LotState, Reject> {
    use Input as I;
    Ok(match (state, input) {
        (Announced, I::Qualify) => Qualifying,
        (Announced | Qualifying, I::Begin) => Open,
        // Parties qualify until bidding ends (18号 18).
        (Qualifying, I::Enter) => Qualifying,
        (Open, I::Enter | I::Bid) => Open,
        (Paused, I::Enter) => Paused,
        (Open, I::Pause) => Paused,
        (Paused, I::Resume) => Open,
        (Open, I::EndToReveal) => Revealing,
        (Revealing, I::Reveal) => Revealing,
        (Open | Revealing, I::EndToConfirm) => Closed,
        (Open | Revealing | Closed | Negotiating, I::Fail) => Unsold,
        (Open | Revealing | Closed, I::Negotiate) => Negotiating,
        (Negotiating, I::Ask) => Negotiating,
        (Open | Revealing | Closed | Negotiating, I::Sell) => Sold,
        (Sold, I::Pay) => Paid,
        (Sold, I::Default) => Defaulted,
        (Paid, I::Deliver) => Delivered,
        (Announced | Qualifying | Open | Paused | Revealing | Closed | Negotiating, I::Withdraw) => Withdrawn,
        (Sold | Paid, I::Annul) => Annulled,

        // What comes before its time.
        (Announced, I::Bid | I::Enter) | (Qualifying, I::Bid) => return Err(Reject::NotOpen),
        (Paused, I::Bid) => return Err(Reject::LotPaused),
        // What comes after it.
        (
            Revealing | Closed | Negotiating | Sold | Paid | Delivered | Defaulted | Unsold | Withdrawn | Annulled,
            I::Bid | I::Enter,
        ) => return Err(Reject::LotClosed),
        (
            Announced | Qualifying | Open | Paused | Closed | Negotiating | Sold | Paid | Delivered | Defaulted
            | Unsold | Withdrawn | Annulled,
            I::Reveal,
        ) => return Err(Reject::NotRevealing),
        (
            Announced | Qualifying | Open | Paused | Revealing | Closed | Negotiating | Paid | Delivered | Defaulted
            | Unsold | Withdrawn | Annulled,
            I::Pay,
        ) => return Err(Reject::NothingOwed),
        _ => return Err(Reject::StateForbids),
    })
}

/// Whether the lot can still come to something: its rights are bound until then.
pub(crate) const fn is_live(state: LotState) -> bool {
    state.is_live()
}

/// Whether questions about it are taken and answered: as long as somebody may still bid by the answer.
pub(crate) const fn takes_questions(state: LotState) -> bool {
    matches!(state, Announced | Qualifying | Open | Paused)
}

/// Whether its bidders are secret.
pub(crate) const fn is_secret(state: LotState) -> bool {
    matches!(state, Announced | Qualifying | Open | Revealing | Paused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::life::{forbidden, picture};

    #[test]
    fn the_life_of_a_lot() {
        let letter = |state| match state {
            Announced => 'a',
            Qualifying => 'q',
            Open => 'o',
            Revealing => 'r',
            Paused => 'p',
            Closed => 'c',
            Negotiating => 'n',
            Sold => 's',
            Paid => '$',
            Delivered => '+',
            Defaulted => 'd',
            Unsold => 'u',
            Withdrawn => 'w',
            Annulled => 'x',
        };
        let refusal = |reject| match reject {
            Reject::NotOpen => '<',
            Reject::LotPaused => '=',
            Reject::LotClosed => '>',
            Reject::NotRevealing => '?',
            Reject::NothingOwed => '0',
            other => forbidden(other),
        };
        assert_eq!(
            picture(LotState::ALL, Input::ALL, step, letter, refusal),
            [
                "a q<o<---?-----0--w-",
                "q -qo<---?-----0--w-",
                "o -o-op-r?cun-s0--w-",
                "r ->->---rcun-s0--w-",
                "p -p-=-o-?-----0--w-",
                "c ->->---?-un-s0--w-",
                "n ->->---?-u-ns0--w-",
                "s ->->---?-----$d--x",
                "$ ->->---?-----0-+-x",
                "+ ->->---?-----0----",
                "d ->->---?-----0----",
                "u ->->---?-----0----",
                "w ->->---?-----0----",
                "x ->->---?-----0----",
            ]
        );
        for &state in LotState::ALL {
            assert_eq!(
                is_live(state),
                !matches!(state, Delivered | Defaulted | Unsold | Withdrawn | Annulled)
            );
        }
    }
}
