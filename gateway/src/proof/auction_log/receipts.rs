//! A bidder's receipts beside the log: what the venue took must have left its trace.

use super::{Proved, Step};
use crate::proof::receipt::BidReceipt;
use protocol::{
    Amount,
    auction::{Format, LotState},
    event::LotEvent,
};

/// The trace of a receipt in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// This step shows it.
    Shown(u64),
    /// The command leaves no public trace, or none yet.
    Silent,
    /// The command has to be in the log, and is not.
    Missing,
}

/// Looks in the log of a lot for what a receipt tells of.
pub fn trace(lot: &Proved, receipt: &BidReceipt) -> Trace {
    let find = |shows: &dyn Fn(&Step) -> bool| match lot.steps.iter().position(shows) {
        Some(place) => Trace::Shown(place as u64 + 1),
        None => Trace::Missing,
    };
    match (receipt.op.as_str(), &lot.lot.format) {
        ("enter_lot", _) => Trace::Silent,
        ("commit_bid", _) => find(&|step| {
            matches!(&step.event, LotEvent::Committed(committed)
                if step.at == receipt.at && committed.number == receipt.number && Some(committed.commitment) == receipt.commitment)
        }),
        ("reveal_bid", _) | ("bid_lot", Format::Uniform(_)) => {
            if !were_opened(lot) {
                return Trace::Silent;
            }
            // A bid for units may have been bettered since; a revealed one is what it is.
            let bettered = matches!(lot.lot.format, Format::Uniform(_));
            find(&|step| {
                matches!(&step.event, LotEvent::Opened(opened) if opened.number == receipt.number
                    && receipt.price.is_some_and(|price| opened.price == price || (bettered && reaches(opened.price, price)))
                    && opened.units >= receipt.units)
            })
        }
        ("set_maximum", _) => stands(lot, receipt),
        _ => match find(&|step| shows(lot, step, receipt)) {
            // An equal bid that a maximum answered, or one that a holder of priority made in vain, is not told.
            Trace::Missing => find(&|step| {
                matches!(&step.event, LotEvent::Bid(bid) if step.at == receipt.at && bid.automatic
                    && receipt.price.is_some_and(|price| reaches(bid.price, price)))
            }),
            shown => shown,
        },
    }
}

fn reaches(price: Amount, least: Amount) -> bool {
    price.currency == least.currency && price.money >= least.money
}

/// Whether hidden bids came to be opened: a lot that was taken back opens none.
fn were_opened(lot: &Proved) -> bool {
    let closes = |step: &Step| {
        matches!(&step.event, LotEvent::Lot(lot) if matches!(
            lot.state,
            LotState::Closed | LotState::Negotiating | LotState::Sold | LotState::Delivered | LotState::Unsold
        ))
    };
    lot.steps.iter().any(closes)
}

/// Whether a step shows an open bid.
fn shows(lot: &Proved, step: &Step, receipt: &BidReceipt) -> bool {
    let LotEvent::Bid(bid) = &step.event else { return false };
    let price = match (receipt.price, &lot.lot.format) {
        // What is taken is the price of the moment; what was named is the most.
        (Some(most), Format::Descending(_)) => reaches(most, bid.price),
        // With a maximum of its own it may have gone further than it said.
        (Some(price), _) => bid.price == price || (bid.automatic && reaches(bid.price, price)),
        // The fixed price, which the announcement names.
        (None, Format::Ascending(terms)) => terms.buy_now == Some(bid.price),
        (None, _) => false,
    };
    step.at == receipt.at && bid.number == receipt.number && price
}

/// Who left a maximum leads from that moment on, or another's price has reached it.
fn stands(lot: &Proved, receipt: &BidReceipt) -> Trace {
    let bids = lot.steps.iter().enumerate().filter(|(_, step)| step.at <= receipt.at);
    let mut last = bids.filter_map(|(place, step)| match &step.event {
        LotEvent::Bid(bid) => Some((place as u64 + 1, *bid)),
        _ => None,
    });
    match last.next_back() {
        Some((seq, bid))
            if bid.number == receipt.number || receipt.price.is_some_and(|most| reaches(bid.price, most)) =>
        {
            Trace::Shown(seq)
        }
        _ => Trace::Missing,
    }
}
