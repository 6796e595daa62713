//! A case of disposal: opened by the holder of a defaulted claim, its rights sold as any others are, ended by payment, by
//! a cure, or without result (PLEDGES.md 4; 民法典 386, 436 to 438; 拍卖变卖财产规定 19).
//!
//! Invariant: nothing is opened before a plan is in force and a title road is named. A price is held before the pledge is
//! released against it, the title is recorded before it is paid out, and a sale that fails gives the money back while the
//! pledge stands.

use crate::{
    auction::life::Input as LotInput,
    book::Book,
    disposal::life::{Input, step},
    kit::checks::require,
    pledge::loans::{MAY_ACT, parties_of},
    register::{
        disposals::{Case, Held, Paid, SalePart, SoldPart},
        lent::Lent,
        party::{ACTS, User},
        seller::is_sold_in,
    },
    sales::sale::Sale,
    state::Exchange,
    tell::Tell,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    Amount, AssetId, Digest, DisposalId, Money, Readers, Receipt, Record, Reject, Seq, TransferId,
    disposal::{
        AgreeBelow, Disposal, DisposalGround, DisposalSale, DisposalState, EndDisposal, Insolvency, OpenDisposal,
        RecordBankruptcy, RecordUpkeep, ReleaseForSale, SaleRelease, TitleRoad, Upkeep, UpkeepKind,
    },
    pledge::{LoanState, PledgeAct, PledgeState},
    transfer::LegalBasis,
    units::BASIS_POINTS_ONE,
};

impl<B: Book> Exchange<B> {
    /// Opens the case of a default: its pledges are being disposed of from here on.
    pub(crate) fn open_disposal(
        &mut self,
        user: User,
        asked: &OpenDisposal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let presses = self.disposals.pressed.contains_key(&(asked.loan, user.entity));
        let lent = match self.loan_for(user, asked.loan) {
            // Who gave a pledge for another's debt knows of it, and has said so.
            Err(unknown) if presses => self.pledging.loans.get(asked.loan).ok_or(unknown)?,
            known => known?,
        };
        let Lent { loan, pledges, .. } = &lent;
        let today = tell.at.venue_date();
        let acts = user.is_operator() || loan.creditors.first().map(|share| share.entity) == Some(user.entity);
        let presses = presses && !acts;
        require(acts || presses, Reject::NotAParty)?;
        require(asked.floor.0 <= BASIS_POINTS_ONE, Reject::AmountInvalid)?;
        let security = self.security_of(asked.loan);
        let ground = match loan.state {
            _ if presses => DisposalGround::Pressed,
            LoanState::Running if security.is_some() => DisposalGround::ValueFalls,
            _ => DisposalGround::Default,
        };
        let is_disposed = |state| match state {
            PledgeState::Defaulted | PledgeState::Disposing => true,
            PledgeState::Registered | PledgeState::Changed => loan.state == LoanState::Running,
            _ => false,
        };
        let disposed: Vec<_> = pledges
            .iter()
            .copied()
            .filter(|id| is_disposed(self.pledging.state(*id)))
            .collect();
        let standing = disposed.iter().flat_map(|id| self.pledging.standing(*id));
        let rights: BTreeSet<AssetId> = standing.map(|right| right.asset).collect();
        let pledgors: BTreeSet<_> = disposed.iter().map(|id| self.pledging.of(*id).pledgor).collect();
        let defaults = match ground {
            DisposalGround::Default => loan.state == LoanState::Default,
            DisposalGround::ValueFalls => true,
            DisposalGround::Pressed => loan.state != LoanState::Repaid,
        };
        require(defaults, Reject::NotInDefault)?;
        require(loan.limitation >= today, Reject::LimitationRun)?;
        if !presses {
            self.plan_in_force(asked.loan)?;
        }
        let taken = |asset: &AssetId| self.case_of(*asset).is_some();
        let free = self.disposals.of_loan(asked.loan).is_none() && !rights.iter().any(taken);
        require(free, Reject::DisposalOpen)?;
        let (road, instrument) = asked.road.zip(asked.instrument).ok_or(Reject::TitleRoadMissing)?;
        // What a court sells already is no bank's to sell, and a pledgor asks nobody but a court.
        let by_court = |asset: &AssetId| {
            let lot = self.register.right(*asset).extra().lot.map(|lot| self.lots.of(lot));
            lot.is_some_and(|lot| lot.terms.basis == LegalBasis::Judicial)
        };
        let ruled = road == TitleRoad::Ruling || !presses && !rights.iter().any(by_court);
        require(ruled, Reject::TitleRoadMissing)?;
        require(!rights.is_empty(), Reject::NothingToDispose)?;
        require(!self.is_stayed(asked.loan), Reject::Stayed)?;
        let waits = security.filter(|_| ground == DisposalGround::ValueFalls);
        require(
            waits.is_none_or(|security| security.until < today),
            Reject::SecurityAwaited,
        )?;
        let pressed = !presses || self.has_pressed(asked.loan, user.entity, today);
        require(pressed, Reject::NotPressed)?;

        if presses {
            self.plan_by_law(asked.loan, tell);
            if self.pledging.lent(asked.loan).loan.state == LoanState::Running {
                self.fall_into_default(asked.loan, tell);
            }
        }
        let plan = self.plan_in_force(asked.loan).expect("asked before").digest();
        let currency = self.pledging.lent(asked.loan).loan.terms.principal.currency;
        let id = DisposalId::from(tell.seq);
        let record = Disposal {
            disposal: id,
            loan: asked.loan,
            rights: rights.into_iter().collect(),
            pledgors: pledgors.into_iter().collect(),
            state: DisposalState::Open,
            road,
            instrument,
            plan,
            floor: asked.floor,
            below: None,
            release: None,
            sales: Vec::new(),
            ground,
            sell_all: Vec::new(),
            prepay: Vec::new(),
            costs: Amount::new(currency, Money::ZERO),
            costs_due: None,
            covered: None,
            opened_at: tell.at,
            evidence: None,
        };
        self.disposals.open.insert(asked.loan, id);
        self.disposals.cases.insert(
            id,
            Case {
                record,
                held: Vec::new(),
                connected: BTreeMap::new(),
                defaults: Vec::new(),
                forfeits: Vec::new(),
            },
        );
        self.dispose_pledges(asked.loan, tell);
        self.tell_case(id, tell);
        self.answer_pressed(asked.loan, id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// The pledgor agrees to a price below the floor.
    pub(crate) fn agree_below(
        &mut self,
        user: User,
        asked: &AgreeBelow,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.disposal;
        user.may(ACTS)?;
        let case = self.case_for(user, id)?;
        require(case.record.pledgors.contains(&user.entity), Reject::NotAParty)?;
        let currency = self.pledging.lent(case.record.loan).loan.terms.principal.currency;
        let fits = is_sold_in(currency, asked.price.currency) && asked.price.money > Money::ZERO;
        require(fits, Reject::AmountInvalid)?;
        require(!case.record.state.is_over(), Reject::StateForbids)?;

        let record = &mut self.disposals.of_mut(id).record;
        (record.below, record.evidence) = (Some(asked.price), Some(asked.evidence));
        self.tell_case(id, tell);
        Ok(Receipt::Done)
    }

    /// Files the release of the pledge against the price that is held.
    pub(crate) fn release_for_sale(
        &mut self,
        user: User,
        asked: &ReleaseForSale,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.disposal;
        let case = self.case_acting(user, id)?;
        let selling = self.cases_selling(asked.transfer);
        let sells = selling.iter().any(|of| of.record.disposal == case.record.disposal);
        require(sells, Reject::UnknownTransfer)?;
        let sale = self.sales.get(asked.transfer);
        require(sale.is_some_and(Sale::is_funded), Reject::ReleaseBeforeEscrow)?;

        let release = SaleRelease {
            transfer: asked.transfer,
            evidence: asked.evidence,
        };
        self.disposals.of_mut(id).record.release = Some(release);
        self.tell_case(id, tell);
        Ok(Receipt::Done)
    }

    /// Ends a case without result.
    pub(crate) fn end_disposal(
        &mut self,
        user: User,
        asked: &EndDisposal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.disposal;
        user.may(MAY_ACT)?;
        let case = self.case_for(user, id)?;
        let loan = case.record.loan;
        let paid = self.pledging.lent(loan).loan.state == LoanState::Repaid;
        // Whoever asked a court ends that, and nobody for it.
        let pressed = case.record.ground == DisposalGround::Pressed;
        let pledgor = (paid || pressed) && case.record.pledgors.contains(&user.entity);
        let acts = user.is_operator() || !pressed && self.acts_in(case) == user.entity || pledgor;
        require(acts, Reject::NotAParty)?;
        require(case.record.state == DisposalState::Open, Reject::StateForbids)?;
        let matched = |asset: &AssetId| {
            let extra = self.register.right(*asset).extra();
            extra.lot.is_some_and(|lot| self.lots.of(lot).is_matched())
                || extra.transfer.is_some_and(|sale| self.sales.of(sale).is_bound())
        };
        let busy = case.record.holds() || case.record.rights.iter().any(matched);
        require(!busy, Reject::StateForbids)?;

        self.disposals.of_mut(id).record.evidence = Some(asked.evidence);
        self.end_case(id, Input::GiveUp, tell);
        Ok(Receipt::Done)
    }

    /// Records what a creditor advanced to keep a pledged right alive, or spent on enforcing.
    pub(crate) fn record_upkeep(
        &mut self,
        user: User,
        asked: &RecordUpkeep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let Lent {
            loan, claim, pledges, ..
        } = &self.owed_to(user, asked.loan)?;
        let pledged = |asset: AssetId| pledges.iter().any(|id| self.pledging.of(*id).binds(asset));
        require(asked.asset.is_none_or(pledged), Reject::UnknownAsset)?;
        let fits = asked.amount.currency == loan.terms.principal.currency && asked.amount.money > Money::ZERO;
        require(fits, Reject::AmountInvalid)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        let mut costs = claim.clone();
        match asked.kind {
            UpkeepKind::AgreedCharge => costs.add_fee(asked.amount.money)?,
            UpkeepKind::Annuity | UpkeepKind::Renewal | UpkeepKind::Insurance | UpkeepKind::Enforcing => {
                costs.add_costs(asked.amount.money)?;
            }
        }

        let readers = parties_of(loan);
        let upkeep = Upkeep {
            loan: asked.loan,
            asset: asked.asset,
            kind: asked.kind,
            amount: asked.amount,
            evidence: asked.evidence,
        };
        self.change_loan(asked.loan, |lent| lent.claim = costs, tell);
        tell.record(readers, Record::Upkeep(upkeep));
        let open = self.disposals.open.get(&asked.loan).copied();
        // A charge is no cost of the case.
        if let Some(id) = open.filter(|_| asked.kind != UpkeepKind::AgreedCharge) {
            let spent = &mut self.disposals.of_mut(id).record.costs;
            spent.money = spent.money.plus(asked.amount.money);
            self.tell_case(id, tell);
        }
        Ok(Receipt::Done)
    }

    /// A court accepted the bankruptcy of a loan's debtor: interest stops with that day, for the debtor and for who answers
    /// beside it (企业破产法 46; 担保制度解释 22), and pledgees wait where its kind has them wait. What is on offer of the rights
    /// that are disposed of ends until they may go on.
    pub(crate) fn record_bankruptcy(
        &mut self,
        user: User,
        asked: &RecordBankruptcy,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordBankruptcy {
            loan: id,
            kind,
            accepted,
            lifted,
            ..
        } = *asked;
        let Lent { loan, claim, .. } = self.owed_to(user, id)?;
        require(loan.state != LoanState::Repaid, Reject::StateForbids)?;
        let fits = match loan.insolvency {
            Some(known) => (known.kind, known.accepted) == (kind, accepted) && lifted && !known.lifted,
            None => accepted <= tell.at.venue_date(),
        };
        require(fits, Reject::BankruptcyInvalid)?;
        let mut stopped = claim.clone();
        if loan.insolvency.is_none() {
            let stops = stopped.stop(&loan.terms, accepted);
            stops.map_err(|_| Reject::BankruptcyInvalid)?;
        }

        let known = Insolvency { kind, accepted, lifted };
        let change = |lent: &mut Lent| (lent.claim, lent.loan.insolvency) = (stopped, Some(known));
        self.change_loan(id, change, tell);
        self.warn_again(id, tell);
        if self.is_stayed(id) {
            self.stop_licence(id, tell);
            for asset in self.assets_of_case(id) {
                self.end_sale_of(asset, tell);
                self.end_lot_of(asset, tell);
            }
        }
        Ok(Receipt::Done)
    }

    /// The titles of a case's rights passed and their price was paid: it is held for the case, in its owners' accounts,
    /// and no pledge stands on the rights any more.
    pub(crate) fn hold_case_price(
        &mut self,
        (transfer, place): (TransferId, u32),
        sold: SoldPart,
        paid: Vec<Paid>,
        evidence: Digest,
        tell: &mut Tell<'_>,
    ) {
        let SoldPart {
            part: SalePart {
                case: id,
                assets,
                pledges,
            },
            price,
            costs,
            share,
        } = sold;
        let act = if self.sales.of(transfer).record.assets.len() > 1 {
            PledgeAct::Bundle
        } else {
            PledgeAct::Transfer
        };
        for asset in &assets {
            self.use_consents(*asset, act, 1, tell);
        }
        for pledge in &pledges {
            self.release_for_price(*pledge, &assets, evidence, tell);
        }
        for paid in &paid {
            let money = Amount::new(price.currency, paid.money);
            self.add_escrow(Seq(id.0), paid.account, money, tell);
        }
        let case = self.disposals.of_mut(id);
        case.record.sales.push(DisposalSale {
            transfer,
            part: place,
            assets,
            price,
            costs: Amount::new(price.currency, costs),
            bundle: share,
            distributed_at: None,
        });
        case.held.push(Held { paid, pledges });
        let loan = case.record.loan;
        self.disposals.unsettle(loan);
        self.tell_case(id, tell);
    }

    /// A case is over: its pledges stand as its end leaves them, its licence ends, and what is on offer of its rights ends.
    pub(super) fn end_case(&mut self, id: DisposalId, input: Input, tell: &mut Tell<'_>) {
        let loan = self.disposals.of(id).record.loan;
        let due = self.check_cure(loan, tell.at).ok().filter(|_| input == Input::Cure);
        let record = &mut self.disposals.of_mut(id).record;
        let Ok(state) = step(record.state, input) else {
            return;
        };
        record.state = state;
        record.costs_due = due.map(|due| Amount::new(record.costs.currency, due));
        let (loan, rights) = (record.loan, record.rights.clone());
        self.disposals.open.remove(&loan);
        self.end_licence_of(id, tell);
        self.stand_again(loan, tell);
        self.pass_forfeits(id, tell);
        for asset in rights {
            self.stop_unconsented(asset, tell);
            self.stop_by_court(id, asset, tell);
        }
        self.tell_case(id, tell);
    }

    /// What deposits gave and no sale of a case that is over is paid out with: it goes to the debt, as far as that goes.
    fn pass_forfeits(&mut self, id: DisposalId, tell: &mut Tell<'_>) {
        let case = self.disposals.of_mut(id);
        let (loan, forfeits) = (case.record.loan, core::mem::take(&mut case.forfeits));
        for forfeit in forfeits {
            for (account, _) in &forfeit.paid {
                self.release_escrow(Seq(id.0), *account, tell);
            }
            self.pass_deposit(loan, (&forfeit.paid, forfeit.gap.currency), tell);
        }
    }

    /// A court asks no pledgee: its lot of a case that is over ends with it (拍卖变卖财产规定 19), and none that was announced
    /// before for another debt.
    fn stop_by_court(&mut self, id: DisposalId, asset: AssetId, tell: &mut Tell<'_>) {
        let Some(lot) = self.register.right(asset).extra().lot.filter(|lot| lot.0 > id.0) else {
            return;
        };
        let of = self.lots.of(lot);
        if of.terms.basis == LegalBasis::Judicial && !of.is_matched() {
            self.fail_lot(lot, LotInput::Withdraw, tell);
        }
    }

    /// Moves a case as its life says; asked before.
    pub(super) fn advance_case(&mut self, id: DisposalId, input: Input, tell: &mut Tell<'_>) {
        let record = &mut self.disposals.of_mut(id).record;
        record.state = step(record.state, input).expect("asked before");
        self.tell_case(id, tell);
    }

    /// The case, if the asker may know of it: another's is as good as none.
    pub(super) fn case_for(&self, user: User, id: DisposalId) -> Result<&Case, Reject> {
        let case = self.disposals.case(id)?;
        let knows = user.is_operator() || self.readers_of_case(case).has(user.entity);
        require(knows, Reject::UnknownDisposal)?;
        Ok(case)
    }

    /// The case, for the acting holder of its claim or the venue in its place.
    pub(super) fn case_acting(&self, user: User, id: DisposalId) -> Result<&Case, Reject> {
        user.may(MAY_ACT)?;
        let case = self.case_for(user, id)?;
        let acts = user.is_operator() || self.acts_in(case) == user.entity;
        require(acts, Reject::NotAParty)?;
        Ok(case)
    }

    /// Who may know of a case: the parties of its loan, and who gave its pledges.
    pub(super) fn readers_of_case(&self, case: &Case) -> Readers {
        let Readers::Only(mut readers) = parties_of(&self.pledging.lent(case.record.loan).loan) else {
            unreachable!("a loan's parties are named");
        };
        readers.extend(&case.record.pledgors);
        Readers::Only(readers)
    }

    /// Tells its parties how a case stands.
    pub(super) fn tell_case(&self, id: DisposalId, tell: &mut Tell<'_>) {
        let case = self.disposals.of(id);
        tell.record(self.readers_of_case(case), Record::Disposal(case.record.clone()));
    }
}
