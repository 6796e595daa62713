//! Which legal deadline a command that waits for a second person has to keep: one question over all rooms.
//!
//! Invariant: a deadline is told to nobody who may not know of what it is a deadline of: each is looked up as the command
//! itself would. Bids keep none: a lot's end is its own clock, and moves with each of them.

use crate::{
    auction::lot::Lot, book::Book, disposal::equity, pledge::demands, register::party::User, sales::sale::Sale,
    state::Exchange,
};
use alloc::vec::Vec;
use protocol::{
    AssetId, Command, Date, LoanId, LotId, ReverseLicenceId, Timestamp, TransferId,
    auction::LotState,
    control::{LegalDeadline, Served},
    equity::ConversionStep,
    licence::LicenceKind,
    pledge::{PledgeAct, RecordDemand},
    reverse::ReverseLicenceState,
    title::Act,
    transfer::TransferState,
};

/// The first moment that is too late, where this is the first day that is.
fn from(kind: LegalDeadline, day: Date) -> Served {
    Served { kind, at: day.start() }
}

impl<B: Book> Exchange<B> {
    /// The first legal deadline to come that this user's command has to keep.
    pub(super) fn served(&self, user: User, command: &Command, at: Timestamp) -> Option<Served> {
        let to_come = |served: &Served| served.at > at && served.at != Timestamp::NEVER;
        let kept = self.kept_by(user, command).into_iter();
        kept.filter(to_come).min_by_key(|served| served.at)
    }

    /// Every legal deadline that a command has to keep, those that have passed among them.
    fn kept_by(&self, user: User, command: &Command) -> Vec<Served> {
        use TransferState as T;
        let one = |served: Option<Served>| served.into_iter().collect();
        match command {
            Command::RecordDemand(asked) => self.kept_by_demand(user, asked),
            Command::DeclareDefault(asked) => one(self.limitation(user, asked.loan)),
            Command::OpenDisposal(asked) => one(self.limitation(user, asked.loan)),
            Command::CureDefault(asked) => self.auction_days(user, asked.loan),
            Command::AnswerPledge(asked) => {
                let window = self
                    .pledge_for(user, asked.pledge)
                    .ok()
                    .and_then(|pledge| pledge.window);
                one(window.map(|last| from(LegalDeadline::RegistrarWindow, last.next())))
            }
            Command::GivePledgeConsent(asked) => one(asked.until.map(|until| from(LegalDeadline::Consent, until))),
            Command::GiveConsent(asked) => one(asked.until.map(|until| from(LegalDeadline::Consent, until))),
            Command::ListTransfer(asked) => self.consents_to_sale(user, &asked.assets),
            Command::AnnounceLot(asked) => self.consents_to_sale(user, &asked.assets),
            Command::OfferLicence(asked) => {
                let act = match asked.kind.unwrap_or(LicenceKind::NonExclusive) {
                    LicenceKind::Exclusive => Act::LicenceExclusive,
                    LicenceKind::Sole => Act::LicenceSole,
                    LicenceKind::NonExclusive => Act::LicenceNonExclusive,
                };
                self.consents_to(user, asked.asset, PledgeAct::Licence, act)
            }
            Command::AskOpenLicence(asked) => {
                self.consents_to(user, asked.asset, PledgeAct::OpenLicence, Act::OpenLicence)
            }
            Command::RecordDues(asked) => one(self.dues(user, asked.asset)),
            Command::BidTransfer(asked) => one(self.sale_step(user, asked.transfer, &[T::Interest, T::Bidding])),
            Command::AnswerPriority(asked) => {
                one(self.sale_step(user, asked.transfer, &[T::PriorityWindow, T::SecondOffer]))
            }
            Command::SignContract(asked) => one(self.sale_step(user, asked.transfer, &[T::Contract])),
            Command::FundEscrow(asked) => one(self.sale_step(user, asked.transfer, &[T::Contract])),
            Command::FileRecordal(asked) => one(self.sale_step(user, asked.transfer, &[T::EscrowFunded])),
            Command::PayLot(asked) => one(self.lot_step_by(asked.lot, LotState::Sold)),
            Command::NegotiateLot(asked) => one(self.lot_step_by(asked.lot, LotState::Negotiating)),
            Command::ConfirmLot(asked) => one(self.lot_step_by(asked.lot, LotState::Closed)),
            Command::ConsentReverseLicence(asked) => one(self.reverse_step_by(user, asked.licence, true)),
            Command::PayReverseFee(asked) => one(self.reverse_step_by(user, asked.licence, false)),
            Command::SettleReverseLicence(asked) => one(self.reverse_step_by(user, asked.licence, false)),
            Command::RecordConversionStep(asked) if matches!(asked.step, ConversionStep::Disposed {}) => {
                let due = self
                    .conversion_acting(user, asked.conversion)
                    .ok()
                    .and_then(equity::shares_due);
                one(due.map(|at| Served {
                    kind: LegalDeadline::SaleOfShares,
                    at,
                }))
            }
            _ => Vec::new(),
        }
    }

    /// What a demand has to come before: the end of each guarantee that it asks, and of the claim's limitation where it
    /// interrupts that.
    fn kept_by_demand(&self, user: User, asked: &RecordDemand) -> Vec<Served> {
        let Ok(lent) = self.owed_to(user, asked.loan) else {
            return Vec::new();
        };
        let guarantees = demands::bound_that_are_asked(&lent.loan, asked);
        let ends = guarantees.map(|guarantee| from(LegalDeadline::Guarantee, guarantee.ends));
        let interrupts = asked.on == lent.loan.debtor;
        let limitation = self.limitation(user, asked.loan).filter(|_| interrupts);
        ends.chain(limitation).collect()
    }

    /// When a claim can be enforced no longer.
    fn limitation(&self, user: User, loan: LoanId) -> Option<Served> {
        let lent = self.owed_to(user, loan).ok()?;
        Some(from(LegalDeadline::Limitation, lent.loan.limitation.next()))
    }

    /// The days of the auctions of a loan's case.
    fn auction_days(&self, user: User, loan: LoanId) -> Vec<Served> {
        if self.owed_to(user, loan).is_err() || self.disposals.of_loan(loan).is_none() {
            return Vec::new();
        }
        let assets = self.assets_of_case(loan).into_iter();
        let lots = assets.filter_map(|asset| self.register.right(asset).extra().lot);
        let opens = lots.map(|lot| self.lots.of(lot).terms.opens_at.venue_date());
        opens.map(|day| from(LegalDeadline::AuctionDay, day)).collect()
    }

    fn consents_to_sale(&self, user: User, assets: &[AssetId]) -> Vec<Served> {
        let act = if assets.len() > 1 {
            PledgeAct::Bundle
        } else {
            PledgeAct::Transfer
        };
        let each = assets.iter();
        each.flat_map(|asset| self.consents_to(user, *asset, act, Act::Transfer))
            .collect()
    }

    /// When the consents run out under which a right is sold or licensed: its pledgees', but for who disposes of it, and
    /// its co-owners'.
    fn consents_to(&self, user: User, asset: AssetId, act: PledgeAct, of_owners: Act) -> Vec<Served> {
        let Ok(right) = self.right_for(user, asset) else {
            return Vec::new();
        };
        let extra = right.extra();
        let knows = |pledge: &_| self.pledge_for(user, *pledge).is_ok_and(|pledge| pledge.binds(asset));
        let pledges = right.pledges.iter().filter(|pledge| knows(pledge));
        let pledges = pledges.filter(|pledge| !self.is_disposed_for(**pledge, asset));
        let given = pledges.filter_map(|pledge| self.pledging.consents.get(&(*pledge, act)));
        let given = given
            .filter(|consent| consent.given)
            .filter_map(|consent| consent.until);
        let owners = user.is_operator() || right.is_owned_by(user.entity);
        let owners = extra
            .consents
            .iter()
            .filter(|consent| owners && consent.act == of_owners);
        let owners = owners
            .filter(|consent| consent.given)
            .filter_map(|consent| consent.until);
        let ends = given.chain(owners);
        ends.map(|until| from(LegalDeadline::Consent, until)).collect()
    }

    /// When a right's dues are late, or it ends for want of them.
    fn dues(&self, user: User, asset: AssetId) -> Option<Served> {
        self.right_for(user, asset).ok()?;
        let ends = self.titles.lapses.get(&asset).copied();
        let late = || self.late_after(asset).map(|(_, last)| last.next());
        ends.or_else(late).map(|day| from(LegalDeadline::Dues, day))
    }

    /// When the step of a sale is late that this would be, in one of these states.
    fn sale_step(&self, user: User, id: TransferId, of: &[TransferState]) -> Option<Served> {
        use TransferState as T;
        let sale = self.known_sale(user, id).ok()?;
        let state = sale.record.state;
        // Until the price stands everyone who may know of the sale is told the day; after that its parties.
        let open = matches!(state, T::Interest | T::Bidding | T::PriorityWindow);
        let party = |sale: &Sale| {
            let asker = Some(user.entity);
            user.is_operator() || sale.is_sold_by(user.entity) || [sale.record.buyer, sale.best_bidder].contains(&asker)
        };
        let waits = of.contains(&state) && sale.step.is_some() && (open || party(sale));
        waits.then_some(Served {
            kind: LegalDeadline::SaleStep,
            at: sale.due,
        })
    }

    /// When the step of a lot is late that this would be: everyone is told.
    fn lot_step_by(&self, id: LotId, state: LotState) -> Option<Served> {
        let waits = |lot: &&Lot| lot.state == state && lot.step.is_some();
        let lot = self.lots.get(id).filter(waits)?;
        Some(Served {
            kind: LegalDeadline::LotStep,
            at: lot.due,
        })
    }

    /// When a reverse licence's consent, or its fee, is late.
    fn reverse_step_by(&self, user: User, id: ReverseLicenceId, consents: bool) -> Option<Served> {
        let reverse = self.reverse_for(user, id).ok()?;
        let last = reverse.last?;
        let proposed = reverse.record.state == ReverseLicenceState::Proposed;
        (proposed == consents).then_some(Served {
            kind: LegalDeadline::ReverseStep,
            at: last.over(),
        })
    }
}
