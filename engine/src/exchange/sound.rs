//! What deeds take for granted of what was asked long before: terms that were checked when they were announced, a buyer
//! where a sale has a price, a deadline for what waits. A state that came command by command has it so; one that is read
//! is asked, before its invariants are and before anything is told to it.
//!
//! Invariant: everything named is there ([`super::named`] came first; within loans and pledges once `check_pledging` is
//! done), so these questions may follow ids.

use super::{named::Known, two_people::waits_for};
use crate::{
    auction::lot::{Bidder, Lot},
    book::Book,
    kit::checks::ensure,
    kit::deadlines::Deadline,
    sales::sale::Sale,
    state::Exchange,
};
use alloc::{format, string::String};
use protocol::{
    AccountId, Date, EntityId, MONEY_MAX, Seq, Timestamp,
    auction::LotState,
    control::{PROPOSAL_MAX, ProposalState},
    transfer::TransferState,
    wire::decode_alone,
};

impl<B: Book> Exchange<B> {
    /// Asks of a state that was read what no deed asks any more.
    pub(super) fn check_sound(&self) -> Result<(), String> {
        let rules = self.control.rule_book.as_ref();
        ensure(rules.is_none_or(|rules| rules.is_valid()), || {
            "a rule book of no sense".into()
        })?;
        // First, and before its neighbours: they open loans and pledges.
        let pledged = self.check_pledging(Known::of(self))?;
        self.check_proposals()?;
        self.check_deadlines(pledged)?;
        let is_of =
            |account: AccountId, entity: EntityId| self.ledger.account(account).is_ok_and(|of| of.entity == entity);
        let today = self.at.venue_date();
        for (id, lot) in self.lots.keyed() {
            let apart = |bidder: &Bidder| !lot.terms.format.is_demand() || bidder.entity != lot.seller;
            let own = |bidder: &Bidder| is_of(bidder.account, bidder.entity) && apart(bidder);
            let own = lot.bidders.iter().all(own);
            let fits = *id == lot.id
                && lot.is_sound()
                && lot.step.is_none_or(|step| step.is_sound(today))
                && self.sells_what_it_says(lot)
                && own
                && is_of(lot.terms.account, lot.seller);
            ensure(fits, || format!("{id:?} stands in no such state"))?;
        }
        for (id, sale) in self.sales.keyed() {
            let own = sale
                .interests
                .iter()
                .all(|(entity, interest)| is_of(interest.account, *entity));
            let bought = sale.record.buyer.zip(sale.record.buyer_account);
            let own = own && bought.is_none_or(|(entity, account)| is_of(account, entity));
            let fits = *id == sale.record.transfer && own && sale.is_sound(today);
            ensure(fits, || format!("{id:?} stands in no such state"))?;
        }
        for ((deal, account), _) in self.escrows.iter() {
            ensure(self.is_held_for(deal, account), || {
                format!("{deal:?} holds of an account that is not in it")
            })?;
        }
        self.check_grants()?;
        self.check_disposals_sound()?;
        self.check_pools_sound()?;
        self.check_subsidies_sound()?;
        self.check_diligence_sound()?;
        self.check_units_sound()
    }

    /// Whether a deal is one that holds of this account.
    fn is_held_for(&self, deal: Seq, account: AccountId) -> bool {
        let lot = self.lots.get(deal.into());
        let bids = |lot: &Lot| {
            let asks = lot.terms.format.is_demand() && lot.terms.account == account;
            asks || lot.bidders.iter().any(|bidder| bidder.account == account)
        };
        let sale = self.sales.get(deal.into());
        let licence = self.licensing.licences.get(&deal.into());
        let withdrawal = self.border.withdrawals.get(&deal.into());
        // What is held in place of a right stands in an account of whoever owned it.
        let loan = self.pledging.loans.has(deal.into());
        // What a case's sales brought stands in their owners' accounts.
        let case = self.disposals.cases.get(&deal.into());
        let case = case.is_some_and(|case| {
            let mut paid = case.held.iter().flat_map(|held| &held.paid);
            let mut given = case.forfeits.iter().flat_map(|forfeit| &forfeit.paid);
            paid.any(|paid| paid.account == account) || given.any(|(paid, _)| *paid == account)
        });
        // What is given back by a correction stands in the account of who was paid too much.
        let correction = self.disposals.corrections.get(&deal);
        let correction = correction.is_some_and(|one| one.back.iter().any(|(back, _)| *back == account));
        loan || case
            || correction
            || lot.is_some_and(bids)
            || sale.is_some_and(|sale| sale.record.buyer_account == Some(account))
            || licence.is_some_and(|licence| licence.payer == Some(account))
            || withdrawal.is_some_and(|withdrawal| withdrawal.account == account)
    }

    /// What waits for a second person can be done once somebody approves.
    fn check_proposals(&self) -> Result<(), String> {
        let proposals = &self.control.proposals;
        for (id, proposal) in &proposals.open {
            let encoded = &proposal.encoded.0;
            let can_wait =
                encoded.len() <= PROPOSAL_MAX && decode_alone(encoded).is_ok_and(|command| command.op().can_wait());
            let waits = proposal.state == ProposalState::Open && !proposals.decided.contains_key(id);
            // It lapses with its legal deadline at the latest, and alarms before it lapses.
            let kept = proposal.deadline.map(|deadline| deadline.at);
            let near = kept.is_some() == proposal.alarms_at.is_some()
                && kept.is_none_or(|at| proposal.lapses_at <= at)
                && proposal.alarms_at.is_none_or(|alarm| alarm < proposal.lapses_at);
            ensure(can_wait && waits && near && proposal.proposal == *id, || {
                format!("{id:?} waits for nothing")
            })?;
        }
        Ok(())
    }

    /// Each deadline is that of what it names, and what waits has one: of loans and pledges so many have been found.
    fn check_deadlines(&self, found: usize) -> Result<(), String> {
        let (mut lots, mut sales, mut proposals, mut pledged, mut licensed, mut deputies) = (0, 0, 0, 0, 0, 0);
        for (at, deadline) in self.deadlines.timed() {
            let is_so = match deadline {
                Deadline::LotStep(lot) => {
                    lots += 1;
                    self.lots.of(lot).due == at
                }
                Deadline::TransferStep(sale) => {
                    sales += 1;
                    self.sales.of(sale).due == at
                }
                Deadline::ProposalLapses(proposal) | Deadline::ProposalAlarms(proposal) => {
                    proposals += 1;
                    let open = self.control.proposals.open.get(&proposal);
                    open.is_some_and(|open| waits_for(open).any(|waiting| waiting == (at, deadline)))
                }
                Deadline::DeputyEnds(of) => {
                    deputies += 1;
                    let deputy = self.control.deputies.get(&of);
                    deputy.is_some_and(|deputy| deputy.until.next().start() == at)
                }
                Deadline::PrintDue(sale) => self.sales.of(sale).record.state == TransferState::Released,
                Deadline::ReportDue(instrument, account) => self.units.uses.contains_key(&(instrument, account)),
                // They look first whether it is still so.
                Deadline::AssetExpires(_)
                | Deadline::DuesLate(_)
                | Deadline::DuesLapse(_)
                | Deadline::HoldEnds(_)
                | Deadline::ConsentEnds(..)
                | Deadline::LicenceBegins(_)
                | Deadline::LicenceEnds(_)
                | Deadline::OpenLicenceEnds(_)
                | Deadline::PledgeConsentEnds(..)
                | Deadline::ValuationEnds(_)
                | Deadline::SharesLate(_)
                | Deadline::PutEnds(_)
                | Deadline::TakingDue(_) => true,
                Deadline::WindowEnds(_)
                | Deadline::ClaimFixes(_)
                | Deadline::Limitation(_)
                | Deadline::GuaranteeEnds(..) => {
                    pledged += 1;
                    true
                }
                Deadline::ReverseStep(licence) => {
                    licensed += 1;
                    self.disposals.licence(licence).waits_for() == Some(at)
                }
            };
            ensure(is_so, || format!("{deadline:?} at a time that nothing says"))?;
        }
        let waits = |due: Timestamp| due != Timestamp::NEVER;
        let waiting = (
            self.lots.iter().filter(|lot| waits(lot.due)).count(),
            self.sales.iter().filter(|sale| waits(sale.due)).count(),
            self.control.proposals.open.values().flat_map(waits_for).count(),
            found,
            self.reverse_waiting(),
            self.control.deputies.len(),
        );
        ensure(waiting == (lots, sales, proposals, pledged, licensed, deputies), || {
            "something waits without a deadline".into()
        })
    }

    /// Licences say what they grant, and who paid is known.
    fn check_grants(&self) -> Result<(), String> {
        for (id, licence) in &self.licensing.licences {
            ensure(
                *id == licence.licence && crate::licences::licensing::is_sound(licence),
                || format!("{id:?} grants nothing that can be granted"),
            )?;
        }
        for (id, offer) in &self.licensing.open {
            ensure(*id == offer.licence.open_licence, || {
                format!("{id:?} under another's number")
            })?;
        }
        for (id, hold) in &self.titles.holds {
            ensure(*id == hold.hold, || format!("{id:?} under another's number"))?;
        }
        Ok(())
    }

    /// Units stand for something, and no tranche has sold more than it had.
    fn check_units_sound(&self) -> Result<(), String> {
        for (instrument, contract) in &self.units.contracts {
            ensure(contract.is_sound(), || {
                format!("a unit of {instrument:?} stands for nothing")
            })?;
        }
        for (id, offer) in &self.units.tranches {
            let tranche = &offer.tranche;
            let cost = i128::from(tranche.price.money.minor()) * i128::from(tranche.quantity.units());
            let fits = tranche.tranche == *id && tranche.taken <= tranche.quantity && cost <= i128::from(MONEY_MAX);
            ensure(fits, || format!("{id:?} sold more than it had"))?;
        }
        Ok(())
    }
}

impl Lot {
    /// Whether its terms are ones that could be announced, and it has what its state needs.
    fn is_sound(&self) -> bool {
        let buyer = self.award.is_some_and(|award| self.bidder(award.entity).is_ok());
        let best = self.best.is_some_and(|best| self.bidder(best.entity).is_ok());
        let state = match self.state {
            LotState::Sold | LotState::Paid | LotState::Defaulted => buyer,
            LotState::Negotiating => best,
            LotState::Open => self.due <= self.ends_at,
            _ => true,
        };
        let best_known = self.best.is_none() || best;
        let sorted = self.bidders.is_sorted_by(|a, b| a.entity < b.entity);
        let paused = self.state != LotState::Paused || self.paused.is_some();
        let owners = self.terms.format.is_demand() || !self.owners.is_empty();
        let award_known = self.award.is_none_or(|award| {
            let bidder = self.bidder(award.entity);
            bidder.is_ok_and(|bidder| bidder.account == award.account)
        });
        let settled = !self.settled || self.state == LotState::Defaulted;
        self.terms_are_sound()
            && self.questions_are_sound()
            && sorted
            && state
            && best_known
            && award_known
            && paused
            && owners
            && settled
    }
}

impl Sale {
    /// Whether it has what its state needs.
    fn is_sound(&self, today: Date) -> bool {
        use TransferState as S;
        let record = &self.record;
        let bought = record.buyer.is_some() && record.buyer_account.is_some() && record.price.is_some();
        let entered = self.entered.len() == record.priority.len();
        let stood = self.lot.is_some() || self.best_bidder.is_some();
        let state = match record.state {
            S::Listed | S::Interest | S::Bidding => true,
            S::PriorityWindow | S::SecondOffer => entered && stood && record.price.is_some(),
            S::Contract => entered && stood && bought,
            S::EscrowFunded | S::RecordalFiled | S::Released => bought,
            // It is paid in the command that records it.
            S::Recorded => false,
            S::RecordalRefused | S::Refunded | S::Cancelled => true,
        };
        let price = record.price.or(record.best).unwrap_or(record.ask).money;
        let whole = price.checked_add(self.premium).is_some();
        let best_known = self
            .best_bidder
            .is_none_or(|bidder| self.interests.contains_key(&bidder));
        let near = self.step.is_none_or(|step| step.is_sound(today));
        // A right that it named twice would end it twice.
        let once = (1..record.assets.len()).all(|place| !record.assets[..place].contains(&record.assets[place]));
        state && whole && best_known && near && once && !self.owners.is_empty() && self.costs <= price
    }
}

#[cfg(test)]
#[path = "../../tests/histories/read.rs"]
mod read;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auction::lot::Question,
        book::{FastBook, PlainBook},
        exchange::snapshot::SnapshotError,
    };
    use alloc::{string::ToString, vec::Vec};
    use core::fmt::Debug;
    use protocol::{LotId, TransferId};

    /// A question that waits.
    fn asked(by: EntityId) -> Question {
        Question {
            by,
            answered: false,
            hidden: false,
            answer_hidden: false,
        }
    }

    /// Of how many states each case is put wrong.
    const TRIED: usize = 3;

    /// What is put wrong: in which cases, how, and of how many states it was already.
    struct Wrong<T> {
        where_it: fn(&T) -> bool,
        put: fn(&mut T),
        tried: usize,
    }

    fn wrong<T>(where_it: fn(&T) -> bool, put: fn(&mut T)) -> Wrong<T> {
        Wrong {
            where_it,
            put,
            tried: 0,
        }
    }

    /// Finds one of which that holds.
    type Find<T, Id> = fn(&Exchange<FastBook>, fn(&T) -> bool) -> Option<Id>;

    /// Puts what stands at a number wrong in the states that the histories come by, and expects that none of them is loaded.
    fn none_is_loaded<T, Id: Copy + Debug>(
        cases: &mut [Wrong<T>],
        find: Find<T, Id>,
        of_mut: fn(&mut Exchange<FastBook>, Id) -> &mut T,
    ) {
        for history in read::histories() {
            let mut exchange = Exchange::<FastBook>::new();
            for asked in &history {
                exchange.apply(asked, &mut Vec::new());
                for case in cases.iter_mut().filter(|case| case.tried < TRIED) {
                    let Some(id) = find(&exchange, case.where_it) else {
                        continue;
                    };
                    case.tried += 1;
                    let mut forged = exchange.clone();
                    (case.put)(of_mut(&mut forged, id));
                    let why = Exchange::<PlainBook>::load(&forged.save())
                        .map(drop)
                        .map_err(|why| why.to_string());
                    let no_such = SnapshotError::Malformed(format!("{id:?} stands in no such state"));
                    assert_eq!(why, Err(no_such.to_string()), "case {}", case.tried);
                }
            }
        }
        for (place, case) in cases.iter().enumerate() {
            assert!(case.tried > 0, "no history comes by case {place}");
        }
    }

    #[test]
    fn a_lot_has_what_its_state_needs() {
        let is_sold = |lot: &Lot| matches!(lot.state, LotState::Sold | LotState::Paid | LotState::Defaulted);
        none_is_loaded::<Lot, LotId>(
            &mut [
                wrong(is_sold, |lot| lot.award = None),
                wrong(
                    |lot| lot.award.is_some() && lot.bidders.len() > 1,
                    |lot| {
                        let other = lot
                            .bidders
                            .iter()
                            .find(|of| lot.award.is_some_and(|award| award.entity != of.entity));
                        let account = other.expect("there are several").account;
                        lot.award.as_mut().expect("it is awarded").account = account;
                    },
                ),
                wrong(|lot| lot.state == LotState::Negotiating, |lot| lot.best = None),
                wrong(
                    |lot| !lot.bidders.is_empty(),
                    |lot| lot.bidders.push(lot.bidders[lot.bidders.len() - 1]),
                ),
                wrong(|lot| lot.state == LotState::Paused, |lot| lot.paused = None),
                wrong(|lot| !lot.terms.format.is_demand(), |lot| lot.owners.clear()),
                wrong(|lot| lot.state == LotState::Open, |lot| lot.settled = true),
                wrong(|_| true, |lot| lot.questions.resize(11, asked(lot.seller))),
                wrong(
                    |_| true,
                    |lot| {
                        let answer_hidden = true;
                        lot.questions.push(Question {
                            answer_hidden,
                            ..asked(lot.seller)
                        });
                    },
                ),
                wrong(|_| true, |lot| lot.terms.fees.seller.0 = 10_001),
            ],
            |exchange, where_it| exchange.lots.iter().find(|lot| where_it(lot)).map(|lot| lot.id),
            |exchange, id| exchange.lots.of_mut(id),
        );
    }

    #[test]
    fn a_sale_has_what_its_state_needs() {
        use TransferState as S;
        let contract = |sale: &Sale| sale.record.state == S::Contract;
        let window = |sale: &Sale| matches!(sale.record.state, S::PriorityWindow | S::SecondOffer);
        let bought = |sale: &Sale| matches!(sale.record.state, S::EscrowFunded | S::RecordalFiled | S::Released);
        none_is_loaded::<Sale, TransferId>(
            &mut [
                wrong(contract, |sale| sale.record.buyer_account = None),
                wrong(contract, |sale| sale.record.price = None),
                wrong(contract, |sale| sale.record.buyer = None),
                wrong(bought, |sale| sale.record.buyer_account = None),
                wrong(bought, |sale| sale.record.buyer = None),
                wrong(contract, |sale| sale.entered.push(None)),
                wrong(
                    |sale| sale.record.state == S::Contract && sale.lot.is_none(),
                    |sale| sale.best_bidder = None,
                ),
                wrong(window, |sale| sale.record.price = None),
                wrong(window, |sale| sale.entered.push(None)),
                wrong(
                    |sale| matches!(sale.record.state, S::PriorityWindow | S::SecondOffer) && sale.lot.is_none(),
                    |sale| sale.best_bidder = None,
                ),
                wrong(bought, |sale| sale.record.state = S::Recorded),
                wrong(bought, |sale| sale.costs = protocol::Money::from_minor(MONEY_MAX)),
                wrong(|_| true, |sale| sale.owners.clear()),
                wrong(
                    |sale| sale.best_bidder.is_some(),
                    |sale| sale.interests.retain(|entity, _| sale.best_bidder != Some(*entity)),
                ),
            ],
            |exchange, where_it| {
                let found = exchange.sales.iter().find(|sale| where_it(sale));
                found.map(|sale| sale.record.transfer)
            },
            |exchange, id| exchange.sales.of_mut(id),
        );
    }
}
