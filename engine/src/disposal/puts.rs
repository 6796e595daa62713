//! Puts: a fund promises to buy what stays unsold of pledged rights, for a share of what they were valued at for lending
//! (PLEDGES.md 2.6): `PROPOSED → IN_FORCE → ENDED`.
//!
//! Invariants: nothing is held for a put. It is in force once the acting holder of the claim, the fund and who pledged its
//! rights have signed, and over with its last day, the loan, the last of its rights, or by a word. It goes along with the
//! claim (民法典 547): who acts for it exercises. What was put once may be put again where the sale came to nothing by
//! nobody's fault; a fund that did not pay is barred from the rights as any buyer is.

use crate::{
    auction::lot::Lot,
    book::Book,
    kit::{
        checks::{ensure, require},
        deadlines::Deadline,
    },
    register::{
        disposals::Case,
        lent::Lent,
        party::{ACTS, MAY_BUY, User},
        taker::Road,
    },
    sales::agreed::AgreedSale,
    state::Exchange,
    tell::Tell,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use protocol::{
    Amount, AssetId, Date, EntityId, LoanId, LotId, MONEY_MAX, Money, Notice, PutId, Readers, Receipt, Record, Reject,
    auction::LotState,
    buyers::{
        AgreePut, EndPut, ExercisePut, OfferedToPut, PUT_DAYS_MAX, Put, PutEnd, PutRight, PutState, SetBuyerRules,
        SignPut, TAKING_DAYS_MAX,
    },
    party::Roles,
    pledge::LoanState,
    title::BUNDLE_MAX,
    units::BASIS_POINTS_ONE,
};

impl<B: Book> Exchange<B> {
    /// Sets the numbers by which others take what is disposed of. What was agreed before keeps its own.
    pub(crate) fn set_buyer_rules(
        &mut self,
        user: User,
        asked: &SetBuyerRules,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let rules = asked.rules;
        let sound = rules.put_share_max.0 <= BASIS_POINTS_ONE && (1..=TAKING_DAYS_MAX).contains(&rules.taking_days);
        require(sound, Reject::BuyerRulesInvalid)?;

        self.disposals.buyer_rules = Some(rules);
        tell.notice(Notice::BuyerRules(rules));
        Ok(Receipt::Done)
    }

    /// Proposes a put.
    pub(crate) fn agree_put(&mut self, user: User, asked: &AgreePut, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(ACTS)?;
        let lent = &self.loan_for(user, asked.loan)?;
        let acting = self.acts_for(asked.loan);
        require(acting == user.entity || asked.fund == user.entity, Reject::NotAParty)?;
        self.register.check_entity(asked.fund)?;
        // Another's account is as good as none.
        let pays = self.ledger.account(asked.account)?.entity;
        require(pays == asked.fund, Reject::UnknownAccount)?;
        let rights = self.check_put_rights(lent, asked, tell.at.venue_date())?;
        let pledgors: BTreeSet<_> = rights.keys().map(|asset| self.pledgor_for(lent, *asset)).collect();
        let pledgors: Vec<_> = pledgors.into_iter().flatten().collect();
        let creditors = lent.loan.creditors.iter().map(|share| share.entity);
        let parties = creditors.chain(pledgors.iter().copied()).chain([lent.loan.debtor]);
        let barred = parties.into_iter().any(|party| party == asked.fund);
        require(!barred, Reject::BarredParty)?;
        require(lent.loan.state != LoanState::Repaid, Reject::StateForbids)?;

        let id = PutId::from(tell.seq);
        let put = Put {
            put: id,
            loan: asked.loan,
            rights: rights.into_values().collect(),
            pledgors,
            fund: asked.fund,
            account: asked.account,
            share: asked.share,
            last_day: asked.last_day,
            contract: asked.contract,
            state: PutState::Proposed,
            signed: Vec::from([user.entity]),
            transfer: None,
            ended: None,
            evidence: None,
        };
        self.disposals.live_puts.insert((asked.loan, id));
        self.disposals.puts.insert(id, put);
        self.deadlines.add(asked.last_day.next().start(), Deadline::PutEnds(id));
        self.tell_put(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// The rights of a put that is proposed, each with its value at lending: named with the valuation's digest, or the one
    /// that is in force.
    fn check_put_rights(
        &self,
        lent: &Lent,
        asked: &AgreePut,
        today: Date,
    ) -> Result<BTreeMap<AssetId, PutRight>, Reject> {
        let currency = lent.loan.terms.principal.currency;
        let days = asked.last_day.0.saturating_sub(today.0);
        let most = self.disposals.buyer_rules().put_share_max;
        let named = (1..=BUNDLE_MAX).contains(&asked.rights.len())
            && asked
                .rights
                .iter()
                .all(|right| self.pledgor_for(lent, right.asset).is_some());
        let sound = named && (1..=most.0).contains(&asked.share.0) && (0..=PUT_DAYS_MAX).contains(&days);
        require(sound, Reject::PutInvalid)?;
        let valued = |right: &OfferedToPut| {
            let (value, evidence) = match right.valued {
                Some(named) => (named.value, named.evidence),
                None => {
                    let last = self.register.right(right.asset).extra().valuation;
                    let last = last.map(|last| &self.valuations.last[&last]);
                    let last = last
                        .filter(|last| last.expires > today)
                        .ok_or(Reject::ValuationMissing)?;
                    (last.value, last.evidence)
                }
            };
            let put = PutRight {
                asset: right.asset,
                value,
                evidence,
            };
            Ok((right.asset, put))
        };
        let rights = asked
            .rights
            .iter()
            .map(valued)
            .collect::<Result<BTreeMap<_, _>, Reject>>()?;
        // Each brings something by itself: a put may be exercised for one of its rights.
        let brings = |right: &PutRight| i128::from(right.value.money.minor()) * i128::from(asked.share.0);
        let fits = |right: &PutRight| {
            right.value.currency == currency
                && (1..=MONEY_MAX).contains(&right.value.money.minor())
                && brings(right) >= i128::from(BASIS_POINTS_ONE)
        };
        let distinct = rights.len() == asked.rights.len();
        require(distinct && rights.values().all(fits), Reject::PutInvalid)?;
        Ok(rights)
    }

    /// Who pledged a right for a loan, if it stands pledged for it.
    fn pledgor_for(&self, lent: &Lent, asset: AssetId) -> Option<EntityId> {
        let mut pledges = lent.pledges.iter().map(|id| self.pledging.of(*id));
        let standing = pledges.find(|pledge| pledge.state.is_active() && pledge.binds(asset));
        standing.map(|pledge| pledge.pledgor)
    }

    /// Signs a put.
    pub(crate) fn sign_put(&mut self, user: User, asked: &SignPut, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.put;
        user.may(ACTS)?;
        let put = self.put_for(user, id)?;
        require(self.signers_of_put(put).contains(&user.entity), Reject::NotAParty)?;
        let open = put.state == PutState::Proposed && !put.signed.contains(&user.entity);
        require(open, Reject::StateForbids)?;
        require(put.contract == asked.contract, Reject::ContractDiffers)?;

        let signers = self.signers_of_put(put);
        let put = self.disposals.put_mut(id);
        put.signed.push(user.entity);
        if signers.iter().all(|signer| put.signed.contains(signer)) {
            put.state = PutState::InForce;
        }
        self.tell_put(id, tell);
        Ok(Receipt::Done)
    }

    /// Whose signatures a put needs: who acts for the claim now, the fund, and who pledged its rights.
    fn signers_of_put(&self, put: &Put) -> Vec<EntityId> {
        let pledgors = put.pledgors.iter().copied();
        pledgors.chain([self.acts_for(put.loan), put.fund]).collect()
    }

    /// Puts to the fund what a lot of the case left unsold.
    ///
    /// A lot alone, and one that ran to its end: everybody could bid for it, and who would exercise the put cannot end it
    /// early, whereas a sale by agreement may be for few and is called off by who listed it.
    pub(crate) fn exercise_put(
        &mut self,
        user: User,
        asked: &ExercisePut,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let ExercisePut { put: id, lot } = *asked;
        user.may(MAY_BUY)?;
        let put = self.put_for(user, id)?;
        require(self.acts_for(put.loan) == user.entity, Reject::NotAParty)?;
        self.lot_now(lot, tell)?;
        let put = &self.disposals.puts[&id];
        let case = self.disposals.of_loan(put.loan).ok_or(Reject::UnknownDisposal)?;
        require(put.state == PutState::InForce, Reject::PutNotInForce)?;
        let left = self.left_unsold(case, lot)?;
        let price = put_price(put, &left.terms.assets).ok_or(Reject::NotOfPut)?;
        let deal = AgreedSale {
            buyer: put.fund,
            account: put.account,
            price,
            contract: put.contract,
            signed: false,
            takes: false,
        };
        let taker = self.taker(Road::Put, &left.terms.assets, put.fund, tell.at.venue_date());
        taker.check_place()?;
        taker.check_export()?;
        self.check_agreed_sale(user, left, &deal, tell.at)?;
        taker.check_barred()?;

        let sale = self.contract_agreed(lot, deal, tell);
        self.disposals.put_mut(id).transfer = Some(sale);
        self.tell_put(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// The lot, if it was announced in this case, sells what is in it now, and ended unsold.
    pub(super) fn left_unsold(&self, case: &Case, lot: LotId) -> Result<&Lot, Reject> {
        let left = self.lots.of(lot);
        let cases = self.cases_of(&left.terms.assets);
        let alone = matches!(cases[..], [of] if of.record.disposal == case.record.disposal);
        let of_case = lot.0 > case.record.disposal.0 && alone;
        require(of_case && left.state == LotState::Unsold, Reject::NotUnsold)?;
        Ok(left)
    }

    /// Ends a put by a word.
    pub(crate) fn end_put(&mut self, user: User, asked: &EndPut, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.put;
        user.may(ACTS.with(Roles::OPERATOR))?;
        let put = self.put_for(user, id)?;
        let acts = match put.state {
            PutState::Proposed => user.is_operator() || self.signers_of_put(put).contains(&user.entity),
            PutState::InForce | PutState::Ended => user.is_operator() || self.acts_for(put.loan) == user.entity,
        };
        require(acts, Reject::NotAParty)?;
        require(put.state != PutState::Ended, Reject::StateForbids)?;

        let end = if user.is_operator() && put.state == PutState::InForce {
            PutEnd::FundEnded
        } else {
            PutEnd::GivenUp
        };
        self.disposals.put_mut(id).evidence = Some(asked.evidence);
        self.put_ends(id, end, tell);
        Ok(Receipt::Done)
    }

    /// The last day of a put has passed.
    pub(crate) fn put_expires(&mut self, id: PutId, tell: &mut Tell<'_>) {
        self.put_ends(id, PutEnd::Expired, tell);
    }

    /// What a command did to a loan or its pledges is the end of its puts: it is paid, or nothing is pledged any more.
    pub(super) fn settle_puts(&mut self, loan: LoanId, tell: &mut Tell<'_>) {
        let lent = &self.pledging.lent(loan);
        let repaid = lent.loan.state == LoanState::Repaid;
        let gone = |put: &Put| {
            let mut rights = put.rights.iter();
            !rights.any(|right| self.pledgor_for(lent, right.asset).is_some())
        };
        let over = self.disposals.puts_of(loan).filter(|put| repaid || gone(put));
        for id in over.map(|put| put.put).collect::<Vec<_>>() {
            let end = if repaid { PutEnd::Repaid } else { PutEnd::RightsGone };
            self.put_ends(id, end, tell);
        }
    }

    /// A put is over; a sale to the fund that stands goes on.
    fn put_ends(&mut self, id: PutId, end: PutEnd, tell: &mut Tell<'_>) {
        let put = self.disposals.put_mut(id);
        put.state = PutState::Ended;
        put.ended = Some(end);
        let (loan, last) = (put.loan, put.last_day);
        self.disposals.live_puts.remove(&(loan, id));
        self.deadlines.remove(last.next().start(), Deadline::PutEnds(id));
        self.tell_put(id, tell);
    }

    /// Who acts for the claim of a loan.
    fn acts_for(&self, loan: LoanId) -> EntityId {
        let creditors = &self.pledging.lent(loan).loan.creditors;
        creditors.first().expect("a claim has a holder").entity
    }

    /// The put, if the asker may know of it.
    fn put_for(&self, user: User, id: PutId) -> Result<&Put, Reject> {
        let put = self.disposals.puts.get(&id).ok_or(Reject::UnknownPut)?;
        let knows = user.is_operator() || self.readers_of_put(put).contains(&user.entity);
        require(knows, Reject::UnknownPut)?;
        Ok(put)
    }

    /// Who may know of a put: who holds the claim, the fund, and who pledged its rights.
    fn readers_of_put(&self, put: &Put) -> BTreeSet<EntityId> {
        let creditors = &self.pledging.lent(put.loan).loan.creditors;
        let pledgors = put.pledgors.iter().copied();
        let creditors = creditors.iter().map(|share| share.entity);
        creditors.chain(pledgors).chain([put.fund]).collect()
    }

    fn tell_put(&self, id: PutId, tell: &mut Tell<'_>) {
        let put = &self.disposals.puts[&id];
        let readers = self.readers_of_put(put).into_iter().collect();
        tell.record(Readers::Only(readers), Record::Put(put.clone()));
    }

    /// The puts that are not over are those that are named, and each waits for its last day.
    pub(super) fn check_puts(&self) -> Result<(), String> {
        let disposals = &self.disposals;
        let live = disposals.puts.values().filter(|put| put.state != PutState::Ended);
        let live: BTreeSet<_> = live.map(|put| (put.loan, put.put)).collect();
        ensure(live == disposals.live_puts, || {
            format!("live puts {live:?}, others named")
        })?;
        for (id, put) in &disposals.puts {
            let signed = |signer: &EntityId| put.signed.contains(signer);
            let over = put.state == PutState::Ended;
            let fits = put.put == *id
                && self.pledging.loans.has(put.loan)
                && over == put.ended.is_some()
                && !put.rights.is_empty()
                && (1..=BASIS_POINTS_ONE).contains(&put.share.0)
                && put.rights.iter().all(|right| right.value.money > Money::ZERO)
                && (put.state != PutState::InForce || put.pledgors.iter().all(signed) && signed(&put.fund))
                && self
                    .ledger
                    .account(put.account)
                    .is_ok_and(|account| account.entity == put.fund);
            ensure(fits, || format!("{put:?} is none that can be agreed on"))?;
        }
        let waiting = self.deadlines.timed().filter_map(|(at, deadline)| match deadline {
            Deadline::PutEnds(put) => Some((put, at)),
            _ => None,
        });
        let waiting: BTreeMap<_, _> = waiting.collect();
        let ends = |(_, put): &(LoanId, PutId)| (*put, disposals.puts[put].last_day.next().start());
        ensure(waiting == live.iter().map(ends).collect(), || {
            String::from("puts wait for other days than they say")
        })
    }
}

/// What a fund pays by its put for these rights, rounded down; none where the put does not name them all.
fn put_price(put: &Put, assets: &[AssetId]) -> Option<Amount> {
    let value = |asset: &AssetId| {
        put.rights
            .iter()
            .find(|right| right.asset == *asset)
            .map(|right| right.value)
    };
    let values = assets.iter().map(value).collect::<Option<Vec<_>>>()?;
    let currency = values.first()?.currency;
    let whole: i128 = values.iter().map(|value| i128::from(value.money.minor())).sum();
    let price = whole * i128::from(put.share.0) / i128::from(BASIS_POINTS_ONE);
    Some(Amount::new(currency, Money::from_minor(i64::try_from(price).ok()?)))
}
