//! The life of a lot, as a table (RULES.md 2.6).
//!
//! What always holds: a life that is over stays over, and money moves only on the way from `OPEN` on.

use protocol::{
    Reject,
    auction::LotState::{
        self, Announced, Annulled, Closed, Defaulted, Delivered, Negotiating, Open, Paid, Paused, Qualifying,
        Revealing, Sold, Unsold, Withdrawn,
    },
};

/// What can happen to a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
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
    matches!(
        state,
        Announced | Qualifying | Open | Revealing | Paused | Closed | Negotiating | Sold | Paid
    )
}

/// Whether its bidders are secret.
pub(crate) const fn is_secret(state: LotState) -> bool {
    matches!(state, Announced | Qualifying | Open | Revealing | Paused)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: [Input; 18] = [
        Input::Qualify,
        Input::Enter,
        Input::Begin,
        Input::Bid,
        Input::Pause,
        Input::Resume,
        Input::EndToReveal,
        Input::Reveal,
        Input::EndToConfirm,
        Input::Fail,
        Input::Negotiate,
        Input::Ask,
        Input::Sell,
        Input::Pay,
        Input::Default,
        Input::Deliver,
        Input::Withdraw,
        Input::Annul,
    ];

    #[test]
    fn what_is_over_stays_over_and_every_end_can_be_reached() {
        let ends = [Delivered, Defaulted, Unsold, Withdrawn, Annulled];
        for end in ends {
            assert!(!is_live(end));
            for input in INPUTS {
                assert!(step(end, input).is_err(), "{end:?} {input:?}");
            }
        }
        let mut reached = alloc::vec![Announced];
        let mut at = 0;
        while let Some(&state) = reached.get(at) {
            for next in INPUTS.iter().filter_map(|input| step(state, *input).ok()) {
                if !reached.contains(&next) {
                    reached.push(next);
                }
            }
            at += 1;
        }
        assert_eq!(reached.len(), LotState::ALL.len());
    }
}
