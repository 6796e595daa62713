//! What waits of sales of a title, and of lots: for who sells, who buys, who may, and for the offices between them.

use super::{
    around::{Around, house},
    day::Day,
    kinds::Does,
    wait::{Party, Wait},
};
use crate::views::records::{Key, Kind, Told};
use protocol::{
    EntityId, LotId, Notice, Timestamp,
    auction::{Bidder, Format, Lot, LotState},
    disposal::TitleRoad,
    questions::LotQuestion,
    time::SECOND,
    transfer::{Interest, InterestState, LegalBasis, PriorityState, Transfer, TransferState},
};
use std::collections::BTreeSet;

/// A lot whose revealing was lengthened has at least this left since then (RULES.md 2.6, 18号 28).
const LEFT_MIN: u64 = 300 * SECOND;

pub(super) fn transfer(key: Key, sale: &Transfer, around: Around<'_>) -> Vec<Wait> {
    let step = sale.step_by.map(Day::Last);
    let offer = Key::new(Kind::Offer, sale.transfer.0);
    // Who disposes of the rights acts in its owner's place, and reads the offer of the sale.
    let disposers = around.disposers(&sale.assets);
    let sellers = || {
        let owner = (house(sale.seller), key);
        let disposers = disposers.iter().map(|entity| (house(*entity), offer));
        [owner].into_iter().chain(disposers)
    };
    let by_sellers = |does| {
        let wait = move |(party, key)| Wait::new(does, party, key).until(step).stake(sale.price);
        sellers().map(wait).collect::<Vec<_>>()
    };
    let by_buyer = |does| {
        let buyer = sale.buyer.into_iter();
        buyer.map(move |buyer| Wait::new(does, house(buyer), key).until(step).stake(sale.price))
    };
    let by_court = sale.basis == LegalBasis::Judicial;
    match sale.state {
        TransferState::PriorityWindow => {
            let open = sale
                .priority
                .iter()
                .filter(|holder| holder.state == PriorityState::Open);
            let answer = |entity: EntityId| {
                let wait = Wait::new(Does::AnswerPriority, house(entity), offer).stake(sale.price);
                wait.until(sale.priority_ends.map(Day::Last))
            };
            open.map(|holder| answer(holder.entity)).collect()
        }
        TransferState::Contract => {
            let signed = sale.seller_signed.is_some() && sale.seller_signed == sale.buyer_signed;
            if signed {
                return by_buyer(Does::FundEscrow).collect();
            }
            // A side that has signed what the other has not may sign what that did; one that has not has to.
            let differ = sale.seller_signed.is_some() && sale.buyer_signed.is_some();
            let mut waits = Vec::new();
            if sale.seller_signed.is_none() || differ {
                waits.extend(by_sellers(Does::SignContract));
            }
            if sale.buyer_signed.is_none() || differ {
                waits.extend(by_buyer(Does::SignContract));
            }
            waits
        }
        // A court's ruling is filing and record in one; of a lot the lot says that it waits.
        TransferState::EscrowFunded if by_court && around.lot(LotId(sale.transfer.0)).is_some() => Vec::new(),
        TransferState::EscrowFunded if by_court => {
            vec![Wait::new(Does::ServeRuling, Party::Operators, key).stake(sale.price)]
        }
        TransferState::EscrowFunded => {
            let cases = around.cases_of(&sale.assets).into_iter();
            let held = cases.filter(|case| case.road != TitleRoad::Ruling);
            let filed = |case: &protocol::disposal::Disposal| {
                case.release.is_some_and(|release| release.transfer == sale.transfer)
            };
            let unreleased: Vec<_> = held.filter(|case| !filed(case)).collect();
            let mut waits: Vec<Wait> = Vec::new();
            for case in &unreleased {
                let acting = around.acting(case.loan).into_iter();
                let release = |entity| Wait::new(Does::ReleaseForSale, house(entity), offer);
                waits.extend(acting.map(|entity| release(entity).until(step).stake(sale.price)));
            }
            if unreleased.is_empty() {
                waits.extend(by_sellers(Does::FileRecordal));
            }
            if sale.late {
                let office = Wait::new(Does::DecideLateFiling, Party::Operators, key);
                waits.push(office.until(step).stake(sale.price));
            }
            // Two cases of one holder make one entry.
            waits.dedup();
            waits
        }
        TransferState::RecordalFiled => {
            let office = Wait::new(Does::AnswerRecordal, Party::Operators, key).stake(sale.price);
            vec![office]
        }
        // The interests say who may agree, bid, or be judged; and the best bidder, who is asked again.
        TransferState::Listed | TransferState::Interest | TransferState::Bidding | TransferState::SecondOffer => {
            Vec::new()
        }
        // Steps within one command, and ends.
        TransferState::Recorded
        | TransferState::Released
        | TransferState::RecordalRefused
        | TransferState::Refunded
        | TransferState::Cancelled => Vec::new(),
    }
}

pub(super) fn interest(key: Key, interest: &Interest, around: Around<'_>) -> Vec<Wait> {
    let Some(sale) = around.transfer(interest.transfer) else {
        return Vec::new();
    };
    let office = |does| vec![Wait::new(does, Party::Operators, key).until(Day::Last(sale.disclosed))];
    let own = |does, day: Option<Day>| vec![Wait::new(does, house(interest.entity), key).until(day)];
    let step = sale.step_by.map(Day::Last);
    match (interest.state, sale.state) {
        (InterestState::Expressed, TransferState::Listed) => office(Does::QualifyInterest),
        (InterestState::Stopped, TransferState::Listed) => office(Does::CheckExport),
        (InterestState::Qualified, TransferState::Interest) => own(Does::BidForTitle, step),
        // Whose bid is the best waits for the others.
        (InterestState::Qualified, TransferState::Bidding) if !interest.best => {
            own(Does::BidForTitle, sale.bidding_ends.map(Day::Last))
        }
        (InterestState::Qualified, TransferState::SecondOffer) if interest.best => own(Does::AnswerSecondOffer, step),
        (InterestState::Expressed | InterestState::Stopped | InterestState::Qualified, _)
        | (InterestState::Excluded | InterestState::Withdrawn, _) => Vec::new(),
    }
}

pub(super) fn bidder(key: Key, bidder: &Bidder, around: Around<'_>) -> Vec<Wait> {
    let Some(lot) = around.lot(bidder.lot) else {
        return Vec::new();
    };
    let own = |does| Wait::new(does, house(bidder.entity), key).assets(lot.assets.iter().copied());
    match lot.state {
        LotState::Revealing if bidder.commitment.is_some() && bidder.bid.is_none() => {
            let penalty = sealed(&lot.format).map(|(_, penalty)| penalty);
            vec![own(Does::RevealBid).until(reveals_until(lot, around)).stake(penalty)]
        }
        LotState::Negotiating if bidder.leads => {
            vec![
                own(Does::NegotiateLot)
                    .until(lot.step_by.map(Day::Last))
                    .stake(lot.best),
            ]
        }
        LotState::Sold => {
            let pays = bidder.owes.filter(|owes| owes.money.minor() > 0);
            let pay = |owes| own(Does::PayLot).until(bidder.pay_by.map(Day::Last)).stake(owes);
            pays.map(pay).into_iter().collect()
        }
        // While bids are taken the room has its own clock, and each bid would move everybody's entry.
        LotState::Announced | LotState::Qualifying | LotState::Open | LotState::Paused => Vec::new(),
        LotState::Revealing
        | LotState::Closed
        | LotState::Negotiating
        | LotState::Paid
        | LotState::Delivered
        | LotState::Defaulted
        | LotState::Unsold
        | LotState::Withdrawn
        | LotState::Annulled => Vec::new(),
    }
}

/// For how many seconds sealed bids are revealed, and what is lost by who does not.
fn sealed(format: &Format) -> Option<(u32, protocol::Amount)> {
    match format {
        Format::Sealed(terms) => Some((terms.reveal_s, terms.penalty)),
        Format::SealedReverse(terms) => Some((terms.reveal_s, terms.penalty)),
        Format::Ascending(_) | Format::Descending(_) | Format::SellOff(_) | Format::Uniform(_) | Format::Reverse(_) => {
            None
        }
    }
}

/// Until when bids are revealed at least: an outage lengthens it, and by how much beyond the least nobody is told.
fn reveals_until(lot: &Lot, around: Around<'_>) -> Option<Day> {
    let (seconds, _) = sealed(&lot.format)?;
    let revealing = |told: &Told| matches!(told, Told::Notice(Notice::Lot(lot)) if lot.state == LotState::Revealing);
    let key = Key::new(Kind::Lot, lot.lot.0);
    let began = around.began(key, revealing)?;
    let told = around.records.get(key).map_or(began, |version| version.at);
    let lengthened = (told > began).then(|| told.after(LEFT_MIN));
    let outages = around.records.keys_with(Kind::LotOutage, lot.lot.0);
    let ends = outages.filter_map(|key| match &around.records.get(key)?.told {
        Told::Notice(Notice::LotOutage(outage)) => outage.ends_at,
        _ => None,
    });
    let last: Timestamp = ends
        .chain(lengthened)
        .fold(began.after(u64::from(seconds) * SECOND), Timestamp::max);
    Some(Day::FirstLateAt(last))
}

/// Who sells a lot: who disposes of its rights, or else their acting owner. Who announced a lot of units, or asks for
/// offers, no record tells.
fn sellers(lot: &Lot, around: Around<'_>) -> BTreeSet<EntityId> {
    let owner = || {
        let title = around.title(*lot.assets.first()?)?;
        title.owners.first().map(|share| share.entity)
    };
    let mut sells = around.disposers(&lot.assets);
    if sells.is_empty() {
        sells.extend(owner());
    }
    sells
}

/// An answer is of use as long as somebody may bid by it: no other deadline runs.
pub(super) fn question(key: Key, question: &LotQuestion, around: Around<'_>) -> Vec<Wait> {
    let waits = question.answered.is_none() && question.withheld.is_empty();
    let Some(lot) = around.lot(question.lot).filter(|_| waits) else {
        return Vec::new();
    };
    let until = match lot.state {
        LotState::Announced | LotState::Qualifying | LotState::Open => Some(Day::FirstLateAt(lot.ends_at)),
        LotState::Paused => None,
        LotState::Revealing
        | LotState::Closed
        | LotState::Negotiating
        | LotState::Sold
        | LotState::Paid
        | LotState::Delivered
        | LotState::Defaulted
        | LotState::Unsold
        | LotState::Withdrawn
        | LotState::Annulled => return Vec::new(),
    };
    let sells = sellers(lot, around);
    let mut parties: Vec<Party> = sells.into_iter().map(house).collect();
    // The venue answers where no record tells who would.
    if parties.is_empty() {
        parties.push(Party::Operators);
    }
    let wait = |party| Wait::new(Does::AnswerQuestion, party, key).assets(lot.assets.iter().copied());
    parties.into_iter().map(|party| wait(party).until(until)).collect()
}

pub(super) fn lot(key: Key, lot: &Lot, around: Around<'_>) -> Vec<Wait> {
    let step = lot.step_by.map(Day::Last);
    let office = |does| Wait::new(does, Party::Operators, key).until(step);
    match lot.state {
        LotState::Paused => vec![office(Does::ResumeLot)],
        LotState::Closed => vec![office(Does::ConfirmLot).stake(lot.best)],
        LotState::Negotiating => {
            let sells = sellers(lot, around)
                .into_iter()
                .map(|entity| Wait::new(Does::NegotiateLot, house(entity), key));
            sells.map(|wait| wait.until(step).stake(lot.best)).collect()
        }
        // What a demand got is confirmed by who asked, or by the venue; the delivery of all others is a sale.
        LotState::Paid if matches!(lot.format, Format::Reverse(_) | Format::SealedReverse(_)) => {
            vec![office(Does::ConfirmDelivery).stake(lot.price)]
        }
        LotState::Paid if lot.basis == LegalBasis::Judicial => {
            let serve = |party| Wait::new(Does::ServeRuling, party, key).stake(lot.price);
            vec![serve(Party::Operators), serve(Party::Courts)]
        }
        LotState::Defaulted if step.is_some() => vec![office(Does::SettleDefault).stake(lot.deposit)],
        // Its bidders say who has to pay or reveal.
        LotState::Announced
        | LotState::Qualifying
        | LotState::Open
        | LotState::Revealing
        | LotState::Sold
        | LotState::Paid => Vec::new(),
        LotState::Defaulted | LotState::Delivered | LotState::Unsold | LotState::Withdrawn | LotState::Annulled => {
            Vec::new()
        }
    }
}
