//! The seller: who sells a right that is disposed of for a pledge, by which road and for how much (PLEDGES.md 4; 民法典
//! 436; 拍卖变卖财产规定 12, 19).
//!
//! Questions only. A right is in a case as long as a pledge of the case's loan that is being disposed of stands on it.

use crate::{
    book::Book,
    kit::checks::require,
    register::{
        disposals::{Case, SalePart, SoldPart},
        lent::Lent,
        party::{MAY_BUY, User},
        pledgees::Use,
    },
    state::Exchange,
    sums::{
        disposal::{BundlePart, Bundled, GoesOn, bundle, cure, goes_on, lots_sold},
        waterfall::stands_in,
    },
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AccountId, Amount, AssetId, Currency, Date, DisposalId, EntityId, LoanId, LotId, Money, PledgeId, Reject, Seq,
    Side, Timestamp, TransferId,
    disposal::{BundleShare, Disposal, DisposalGround, DisposalState, TitleRoad},
    party::Roles,
    plan::{CostKind, SaleCost},
    pledge::{LoanState, PledgeState, Proceeds},
    transfer::LegalBasis,
    units::BASIS_POINTS_ONE,
};

/// Whether what is pledged for a debt in one currency may be sold in another: in the debt's own, or in yuan.
pub(crate) fn is_sold_in(debt: Currency, price: Currency) -> bool {
    price == debt || price == Currency::Cny
}

impl<B: Book> Exchange<B> {
    /// The case in which a right is, if there is such a right and it is in one.
    pub(crate) fn case_of(&self, asset: AssetId) -> Option<&Case> {
        let pledges = &self.register.asset(asset).ok()?.pledges;
        let disposed = pledges
            .iter()
            .filter(|id| self.pledging.state(**id) == PledgeState::Disposing);
        let mut disposed = disposed
            .map(|id| self.pledging.of(*id))
            .filter(|pledge| pledge.binds(asset));
        disposed.find_map(|pledge| self.disposals.of_loan(pledge.loan))
    }

    /// The cases in which these rights are, each once, in the order of the rights; none where one of them is in no case.
    pub(crate) fn cases_of(&self, assets: &[AssetId]) -> Vec<&Case> {
        let mut cases: Vec<&Case> = Vec::new();
        for asset in assets {
            let Some(case) = self.case_of(*asset) else {
                return Vec::new();
            };
            if cases.iter().all(|other| other.record.disposal != case.record.disposal) {
                cases.push(case);
            }
        }
        cases
    }

    /// The parts of a sale of rights that are in cases: those of one case under the same pledges in the same order are one,
    /// and have one waterfall. None where it is no such sale.
    pub(crate) fn parts_of(&self, assets: &[AssetId]) -> Vec<SalePart> {
        let mut parts: Vec<SalePart> = Vec::new();
        for asset in assets {
            let Some(case) = self.case_of(*asset).map(|case| case.record.disposal) else {
                return Vec::new();
            };
            let pledges = &self.register.right(*asset).pledges;
            let ranked = self.pledging.ranked(pledges, *asset).into_iter();
            let pledges: Vec<_> = ranked.map(|pledge| pledge.pledge).collect();
            match parts
                .iter_mut()
                .find(|part| part.case == case && part.pledges == pledges)
            {
                Some(part) => part.assets.push(*asset),
                None => parts.push(SalePart {
                    case,
                    assets: Vec::from([*asset]),
                    pledges,
                }),
            }
        }
        parts
    }

    /// What each part of a sale has of a price and of what the sale costs, by what its rights are appraised at (Hamilton);
    /// the only one has all of it.
    fn shared_out(parts: Vec<SalePart>, appraised: &[(AssetId, Money)], price: Amount, costs: Money) -> Vec<SoldPart> {
        let of = |part: &SalePart| {
            let own = appraised.iter().filter(|(asset, _)| part.assets.contains(asset));
            own.fold(Money::ZERO, |sum, (_, value)| sum.plus(*value))
        };
        if let [_] = parts[..] {
            let whole = |part| SoldPart {
                part,
                price,
                costs,
                share: None,
            };
            return parts.into_iter().map(whole).collect();
        }
        let common = [SaleCost {
            payee: 0,
            kind: CostKind::Venue,
            amount: Amount::new(price.currency, costs),
            rate: None,
        }];
        let rights: Vec<_> = parts
            .iter()
            .map(|part| Bundled {
                appraisal: of(part),
                consented: true,
            })
            .collect();
        let all = rights.iter().fold(Money::ZERO, |sum, right| sum.plus(right.appraisal));
        let shares = bundle(price.money, &common, &rights).expect("each part is appraised");
        let shares = parts.into_iter().zip(rights).zip(shares);
        let sold = |((part, right), share): ((SalePart, Bundled), BundlePart)| SoldPart {
            part,
            price: Amount::new(price.currency, share.price),
            costs: share.costs[0].amount.money,
            share: Some(BundleShare {
                price,
                appraised: Amount::new(price.currency, right.appraisal),
                appraised_in_all: Amount::new(price.currency, all),
            }),
        };
        shares.map(sold).collect()
    }

    /// What each part of a sale that is paid has of its price and costs: by what its rights were appraised at when they were
    /// offered together, else last, else alike. None where no case sells.
    pub(crate) fn sold_parts(&self, sale: TransferId, price: Amount, costs: Money) -> Vec<SoldPart> {
        let Some(assets) = self.assets_sold(sale) else {
            return Vec::new();
        };
        let parts = self.parts_of(assets);
        if parts.is_empty() {
            return Vec::new();
        }
        Self::shared_out(parts, &self.appraised_for(sale, assets), price, costs)
    }

    /// The cases that sell, each with what counts of it: what its rights were appraised at.
    pub(crate) fn weighted_cases(&self, sale: TransferId) -> Vec<(DisposalId, Money)> {
        let assets = self.assets_sold(sale).map_or(&[][..], |assets| assets);
        let appraised = self.appraised_for(sale, assets);
        let cases = self.cases_of(assets).into_iter();
        let weighed = cases.map(|case| {
            let id = case.record.disposal;
            let own = appraised
                .iter()
                .filter(|(asset, _)| self.case_of(*asset).is_some_and(|of| of.record.disposal == id));
            (id, own.fold(Money::ZERO, |sum, (_, value)| sum.plus(*value)))
        });
        weighed.collect()
    }

    /// What the rights of a sale count for beside each other.
    fn appraised_for(&self, sale: TransferId, assets: &[AssetId]) -> Vec<(AssetId, Money)> {
        let noted = self.disposals.appraised.get(&Seq(sale.0));
        let last = |asset: &AssetId| {
            let last = self.register.right(*asset).extra().valuation?;
            Some((*asset, self.valuations.last[&last].value.money))
        };
        let last = || assets.iter().map(last).collect::<Option<Vec<_>>>();
        let alike = || assets.iter().map(|asset| (*asset, Money::from_minor(1))).collect();
        noted.cloned().or_else(last).unwrap_or_else(alike)
    }

    /// Rights are offered together that stand under different pledges: what they are appraised at now tells them apart.
    pub(crate) fn note_appraisals(&mut self, sale: TransferId, assets: &[AssetId]) {
        if self.parts_of(assets).len() > 1 {
            let appraised = self.appraised_for(sale, assets);
            self.disposals.appraised.insert(Seq(sale.0), appraised);
        }
    }

    /// Whether this user sells these rights in the place of their owner: the acting holder of a claim for which they are
    /// disposed of.
    pub(crate) fn disposes(&self, user: User, assets: &[AssetId]) -> bool {
        let cases = self.cases_of(assets);
        cases.into_iter().any(|case| self.acts_in(case) == user.entity)
    }

    /// Whether this user acts for who sells these rights: the seller, who disposes of them in its place, or the venue where
    /// that may too.
    pub(crate) fn check_sells(
        &self,
        user: User,
        seller: EntityId,
        assets: &[AssetId],
        venue: bool,
    ) -> Result<(), Reject> {
        let disposes = self.disposes(user, assets);
        let roles = if disposes { MAY_BUY } else { Roles::FIRM };
        user.may(if venue { roles.with(Roles::OPERATOR) } else { roles })?;
        let sells = disposes || seller == user.entity;
        require(sells || venue && user.is_operator(), Reject::NotAParty)
    }

    /// The acting holder of a case's claim.
    pub(crate) fn acts_in(&self, case: &Case) -> EntityId {
        let loan = &self.pledging.lent(case.record.loan).loan;
        loan.creditors.first().expect("a claim has a holder").entity
    }

    /// Whose the account is that is paid for these rights, if the asker may know of it: who disposes of them knows their
    /// owner's.
    pub(crate) fn sellers_account(
        &self,
        user: User,
        account: AccountId,
        assets: &[AssetId],
    ) -> Result<EntityId, Reject> {
        let known = self.account_for(user, account);
        let paid = self.ledger.account(account).map(|account| account.entity);
        let owns = |entity: &EntityId| {
            let first = assets.first().and_then(|asset| self.register.asset(*asset).ok());
            first.is_some_and(|right| right.owner == *entity) && self.disposes(user, assets)
        };
        known.or_else(|reject| paid.ok().filter(owns).ok_or(reject))
    }

    /// Whether a right that is in a case may be sold by this user under this law. It is sold in its case alone, or with what
    /// is in others: by who disposes of one of them or the venue for it, by the owner where the owner signs the assignment,
    /// by a court where the case's road is a ruling.
    pub(crate) fn check_case(
        &self,
        user: User,
        asset: AssetId,
        (assets, currency): (&[AssetId], Currency),
        basis: LegalBasis,
        at: Timestamp,
    ) -> Result<(), Reject> {
        let Some(case) = self.case_of(asset) else {
            return Ok(());
        };
        let record = &case.record;
        let by_court = basis == LegalBasis::Judicial;
        require(by_court == (record.road == TitleRoad::Ruling), Reject::TitleRoadMissing)?;
        let owner = record.road == TitleRoad::Assignment && self.register.right(asset).owner == user.entity;
        let court = by_court && user.roles.has_any(Roles::COURT);
        let may = user.is_operator() || self.disposes(user, assets) || owner || court;
        let cases = self.cases_of(assets);
        let debt = self.pledging.lent(record.loan).loan.terms.principal.currency;
        // What is brought is paid out in the plan's currency; an early price goes another way: to the debt, or for it.
        let early = self.is_early(record);
        let alike = cases.len() == 1 && currency == debt || !early;
        let fits = cases.iter().all(|case| self.is_planned_in(case.record.loan, currency));
        let whole = record.state == DisposalState::Open && !cases.is_empty() && alike && fits;
        require(may && whole, Reject::UnderDisposal)?;
        require(!self.is_stayed(record.loan), Reject::Stayed)?;
        let needed = self.agrees_to_all(asset) || self.enough(case, at.venue_date()).is_none();
        require(needed, Reject::EnoughSold)
    }

    /// Whether what the rights of a loan bring is paid out in this currency, by the plan in force.
    fn is_planned_in(&self, loan: LoanId, currency: Currency) -> bool {
        let plan = self.disposals.agreed(loan);
        plan.is_some_and(|frozen| frozen.plan().currency == currency)
    }

    /// Whether the bankruptcy of a loan's debtor holds its pledgees back.
    pub(crate) fn is_stayed(&self, loan: LoanId) -> bool {
        let insolvency = self.pledging.lent(loan).loan.insolvency;
        insolvency.is_some_and(|known| !known.lifted && goes_on(known.kind) != GoesOn::Freely)
    }

    /// Whether no due of a right that is disposed of falls before its sale can be recorded: else what is sold lapses under
    /// its buyer's hands.
    pub(crate) fn check_dues_ahead(&self, asset: AssetId, closes: Date) -> Result<(), Reject> {
        let recorded = closes.plus_months(self.rule_book().recordal_months);
        let due = self.register.right(asset).due.filter(|_| self.case_of(asset).is_some());
        require(due.is_none_or(|due| due > recorded), Reject::DuesBeforeRecordal)
    }

    /// Whether rights of cases may be sold as one at this price: where they do not stand pledged alike each is valued, by a
    /// court when its first round is announced, and where they are in several cases every lender concerned agreed first.
    pub(crate) fn check_bundle(
        &self,
        assets: &[AssetId],
        price: Amount,
        basis: LegalBasis,
        at: Timestamp,
    ) -> Result<(), Reject> {
        let parts = self.parts_of(assets);
        if parts.len() < 2 {
            return Ok(());
        }
        let by_court = basis == LegalBasis::Judicial;
        let good = |asset: &AssetId| self.value_in_force(*asset, price.currency, (!by_court).then_some(at));
        let rights = parts.iter().map(|part| {
            let values = part.assets.iter().map(good).sum::<Option<i128>>()?;
            Some(Bundled {
                appraisal: Money::from_minor(i64::try_from(values).ok()?),
                consented: by_court || self.is_sold_together(assets, price, at.venue_date()),
            })
        });
        let rights: Vec<_> = rights.collect::<Option<_>>().ok_or(Reject::ValuationMissing)?;
        bundle(price.money, &[], &rights).map(|_| ())
    }

    /// Whether rights that are on offer together may still be sold so: none of them is in a case, or all are, and where
    /// those are several all who hold a pledge on one of them agree to the bundle.
    pub(crate) fn is_sold_together(&self, assets: &[AssetId], price: Amount, today: Date) -> bool {
        match self.cases_of(assets).len() {
            0 => assets.iter().all(|asset| self.case_of(*asset).is_none()),
            1 => true,
            _ => {
                let wanted = Use::sale(price, assets.len());
                assets.iter().all(|asset| self.agree_all(*asset, &wanted, today))
            }
        }
    }

    /// What a right is worth by its last valuation in this currency, of those that are good at this moment.
    pub(crate) fn value_in_force(&self, asset: AssetId, currency: Currency, at: Option<Timestamp>) -> Option<i128> {
        let last = self.register.right(asset).extra().valuation?;
        let last = &self.valuations.last[&last];
        let good = at.is_none_or(|at| last.expires.start() > at) && last.value.currency == currency;
        good.then(|| i128::from(last.value.money.minor()))
    }

    /// Whether rights of cases may be sold without an auction for this much: they are valued, and each part of the price is
    /// its case's floor at least, or what the pledgor agreed to in writing (民法典 436).
    pub(crate) fn check_price_guard(&self, assets: &[AssetId], price: Amount, at: Timestamp) -> Result<(), Reject> {
        self.check_price(assets, (price, false), at)
    }

    /// The same of a price to which the pledgor may have agreed by another instrument than the case's: a put, or a taking.
    pub(crate) fn check_price(
        &self,
        assets: &[AssetId],
        (price, signed): (Amount, bool),
        at: Timestamp,
    ) -> Result<(), Reject> {
        let parts = self.parts_of(assets);
        if parts.is_empty() {
            return Ok(());
        }
        let good = |asset: &AssetId| {
            let value = self.value_in_force(*asset, price.currency, Some(at))?;
            Some((*asset, Money::from_minor(i64::try_from(value).ok()?)))
        };
        let values: Option<Vec<_>> = assets.iter().map(good).collect();
        let values = values.ok_or(Reject::ValuationMissing)?;
        let is_dear = |sold: &SoldPart| {
            let case = &self.disposals.of(sold.part.case).record;
            let own = values.iter().filter(|(asset, _)| sold.part.assets.contains(asset));
            let value: i128 = own.map(|(_, value)| i128::from(value.minor())).sum();
            let agreed = case
                .below
                .is_some_and(|below| below.currency == price.currency && sold.price.money >= below.money);
            let offered = i128::from(sold.price.money.minor());
            signed || agreed || offered * i128::from(BASIS_POINTS_ONE) >= value * i128::from(case.floor.0)
        };
        let parts = Self::shared_out(parts, &values, price, Money::ZERO);
        require(parts.iter().all(is_dear), Reject::BelowMarket)
    }

    /// Whether a pledge's holder agrees to the sale of a right because it disposes of it itself.
    pub(crate) fn is_disposed_for(&self, pledge: PledgeId, asset: AssetId) -> bool {
        let case = self.case_of(asset);
        case.is_some_and(|case| {
            case.record.state == DisposalState::Open && case.record.loan == self.pledging.of(pledge).loan
        })
    }

    /// Whether a default may still be cured: before the day on which its lot opens, before a contract stands, and not
    /// once a price is held (拍卖变卖财产规定 19) or shares are issued for the claim; by the whole debt that is due. What it
    /// comes to beyond that: the costs of the case that are due still.
    pub(crate) fn check_cure(&self, loan: LoanId, at: Timestamp) -> Result<Money, Reject> {
        let Some(case) = self.disposals.of_loan(loan) else {
            return Ok(Money::ZERO);
        };
        let today = at.venue_date();
        let day = self.auction_day(case, at);
        let due = self.due_now(loan, today);
        let costs = case.record.costs.money.min(due);
        let cured = cure(Money::ZERO, due.minus(costs), costs, today, day);
        require(today < day, Reject::CureTooLate)?;
        require(cured.ends, Reject::CureIncomplete)?;
        Ok(cured.due)
    }

    /// The day from which on a case is not ended by the debtor any more: that on which the first of its lots opens; today, if
    /// a contract stands, a price is held, or shares are issued.
    pub(crate) fn auction_day(&self, case: &Case, at: Timestamp) -> Date {
        let today = at.venue_date();
        let auction_on = |asset: &AssetId| {
            let extra = self.register.right(*asset).extra();
            let lot = extra.lot.map(|id| self.lots.of(id).terms.opens_at.venue_date());
            let bound = extra.transfer.is_some_and(|id| self.sales.of(id).is_bound());
            if bound { Some(today) } else { lot }
        };
        let deal = self.disposals.converting(case.record.disposal);
        let gone = case.record.holds() || deal.is_some_and(|deal| deal.issued.is_some());
        let assets = self.assets_of_case(case.record.loan);
        let days = assets.iter().filter_map(auction_on).chain(gone.then_some(today));
        days.min().unwrap_or(Date(i32::MAX))
    }

    /// What of a claim is due: all of it once its term is over, else what is overdue of principal and interest, costs, agreed
    /// charges and a judgment's doubled interest.
    fn due_now(&self, loan: LoanId, today: Date) -> Money {
        let Lent { loan, mut claim, .. } = self.pledging.lent(loan);
        // What was settled since somebody last reckoned it is late as well.
        if claim.accrued_to() < today {
            claim.advance(&loan.terms, today).expect("a later day");
        }
        let owed = claim.owed(&loan.terms, today);
        if loan.due_day() < today {
            return owed.total();
        }
        let unpaid = claim.unpaid(&loan.terms);
        let interest = unpaid.fold(Money::ZERO, |sum, unpaid| {
            sum.plus(unpaid.amount).plus(unpaid.in_term).plus(unpaid.after)
        });
        let due = [owed.overdue, interest, owed.fees, owed.doubled];
        due.into_iter().fold(owed.costs, Money::plus).min(owed.total())
    }

    /// Whether a case sells early: its loan is in no default, and its price stands for the loan or pays it.
    pub(crate) fn is_early(&self, record: &Disposal) -> bool {
        let running = self.pledging.lent(record.loan).loan.state == LoanState::Running;
        running && record.ground == DisposalGround::ValueFalls
    }

    /// What the price of an early sale is for, where this pledge is sold early: it pays the debt where every pledgor agreed.
    pub(crate) fn early_proceeds(&self, pledge: PledgeId) -> Option<Proceeds> {
        let case = self.disposals.of_loan(self.pledging.of(pledge).loan)?;
        let record = &case.record;
        let agreed = record.pledgors.iter().all(|pledgor| record.prepay.contains(pledgor));
        self.is_early(record)
            .then_some(if agreed { Proceeds::Prepay } else { Proceeds::Escrow })
    }

    /// What a case asks of its sales in all, and what those whose price is held brought, once that is enough (拍卖变卖财产规定
    /// 14): its debt with who paid of it in the debtor's place, what ranks before it on what is sold, and what the sales cost.
    /// Amounts of two currencies are never enough: what they come to, the day's rate says that a distribution names.
    pub(crate) fn enough(&self, case: &Case, today: Date) -> Option<(Amount, Amount)> {
        let record = &case.record;
        let mut sold: Vec<(Amount, Money, &[PledgeId])> = Vec::new();
        for (sale, held) in record.sales.iter().zip(&case.held) {
            if sale.distributed_at.is_none() {
                sold.push((sale.price, sale.costs.money, &held.pledges));
            }
        }
        let funded = self.assets_of_case(record.loan).into_iter();
        let funded = funded.filter_map(|asset| self.register.right(asset).extra().transfer);
        let funded: BTreeSet<TransferId> = funded.filter(|id| self.sales.of(*id).is_funded()).collect();
        let parts = funded.into_iter().flat_map(|id| {
            let sale = self.sales.of(id);
            let price = sale.record.price.expect("a price that is held");
            self.sold_parts(id, price, sale.costs)
        });
        let parts: Vec<_> = parts.filter(|sold| sold.part.case == record.disposal).collect();
        sold.extend(
            parts
                .iter()
                .map(|sold| (sold.price, sold.costs, &sold.part.pledges[..])),
        );
        let Lent {
            loan, claim, payers, ..
        } = &self.pledging.lent(record.loan);
        let owed = claim.owed(&loan.terms, today).total();
        let payers = payers.iter().fold(Money::ZERO, |sum, paid| sum.plus(paid.left));
        let ahead = self.ahead_of(record.loan, sold.iter().map(|(_, _, pledges)| *pledges), today);
        let currency = loan.terms.principal.currency;
        let prices = sold.iter().map(|(price, ..)| price);
        let one = |amount: &Amount| amount.currency == currency;
        if !self.is_planned_in(record.loan, currency) || !prices.chain(&ahead).all(one) {
            return None;
        }
        let ahead = ahead.iter().fold(Money::ZERO, |sum, claim| sum.plus(claim.money));
        let costs = sold.iter().fold(Money::ZERO, |sum, (_, costs, _)| sum.plus(*costs));
        let asked = owed.plus(payers).plus(ahead).plus(costs);
        // One more is sold only if these are not enough.
        let prices: Vec<Money> = sold
            .iter()
            .map(|(price, ..)| price.money)
            .chain([Money::ZERO])
            .collect();
        let brought = prices.iter().fold(Money::ZERO, |sum, price| sum.plus(*price));
        let enough = !sold.is_empty() && lots_sold(asked, &prices, false) < prices.len();
        enough.then(|| (Amount::new(currency, asked), Amount::new(currency, brought)))
    }

    /// What is owed on each loan whose pledges rank before those of this one, within its maximum, with who paid of it in the
    /// debtor's place: by the plan in force, else by the register.
    fn ahead_of<'a>(&self, loan: LoanId, ranked: impl Iterator<Item = &'a [PledgeId]>, today: Date) -> Vec<Amount> {
        let plan = self.disposals.agreed(loan);
        let moved = plan.map_or(&[][..], |frozen| &frozen.plan().ranks);
        let mut before: BTreeMap<LoanId, Amount> = BTreeMap::new();
        for pledges in ranked {
            let pledges: Vec<_> = pledges.iter().map(|id| self.pledging.of(*id)).collect();
            let (mut rank, mut recorded) = (0, None);
            let stands = pledges.iter().map(|pledge| {
                if recorded != Some(pledge.registered_at) {
                    (rank, recorded) = (rank + 1, Some(pledge.registered_at));
                }
                pledge.in_rem.then(|| stands_in(moved, rank))
            });
            let stands: Vec<Option<u32>> = stands.collect();
            let each = || {
                pledges
                    .iter()
                    .zip(&stands)
                    .filter_map(|(pledge, stands)| stands.map(|at| (pledge, at)))
            };
            let own = each().filter(|(pledge, _)| pledge.loan == loan).map(|(_, at)| at).min();
            let ahead = each().filter(|(pledge, at)| pledge.loan != loan && own.is_none_or(|own| *at < own));
            for (pledge, _) in ahead {
                let Lent {
                    loan, claim, payers, ..
                } = &self.pledging.lent(pledge.loan);
                let payers = payers.iter().map(|paid| paid.left);
                let owed = payers.fold(claim.owed(&loan.terms, today).total(), Money::plus);
                let limit = pledge.maximum.map(|maximum| maximum.limit.money);
                let within = limit.map_or(owed, |limit| owed.min(limit));
                let nothing = Amount::new(loan.terms.principal.currency, Money::ZERO);
                let asked = before.entry(pledge.loan).or_insert(nothing);
                asked.money = within.max(asked.money);
            }
        }
        before.into_values().collect()
    }

    /// What comes before the claims for which these rights are disposed of, if they are (拍卖变卖财产规定 6), as far as it is
    /// owed in this currency.
    pub(crate) fn prior_claims(&self, assets: &[AssetId], currency: Currency, today: Date) -> Money {
        let parts = self.parts_of(assets);
        let cases: BTreeSet<DisposalId> = parts.iter().map(|part| part.case).collect();
        cases.into_iter().fold(Money::ZERO, |sum, case| {
            let ranked = parts.iter().filter(|part| part.case == case);
            let loan = self.disposals.of(case).record.loan;
            let ahead = self.ahead_of(loan, ranked.map(|part| &part.pledges[..]), today);
            let ahead = ahead.iter().filter(|claim| claim.currency == currency);
            ahead.fold(sum, |sum, claim| sum.plus(claim.money))
        })
    }

    /// Whether who pledged a right for its case agreed that all is sold.
    pub(crate) fn agrees_to_all(&self, asset: AssetId) -> bool {
        let Some(case) = self.case_of(asset) else {
            return false;
        };
        let pledges = &self.register.right(asset).pledges;
        let mut own = pledges.iter().map(|id| self.pledging.of(*id));
        own.all(|pledge| {
            let of_case = pledge.loan == case.record.loan && pledge.binds(asset);
            !of_case || case.record.sell_all.contains(&pledge.pledgor)
        })
    }

    /// The price of these rights is held: the cases that sell them are looked at once the command is done.
    pub(crate) fn unsettle_cases(&mut self, assets: &[AssetId]) {
        let cases = self.cases_of(assets).into_iter();
        let loans: Vec<LoanId> = cases.map(|case| case.record.loan).collect();
        for loan in loans {
            self.disposals.unsettle(loan);
        }
    }

    /// What of a claim is spoken for: shares were issued for it, and the register does not show their holder yet.
    pub(crate) fn spoken_for(&self, loan: LoanId) -> Option<Money> {
        let case = self.disposals.of_loan(loan)?;
        let deal = self.disposals.converting(case.record.disposal)?;
        deal.spoken_for().map(|paid| paid.money)
    }

    /// The rights that are disposed of for a loan.
    pub(crate) fn assets_of_case(&self, loan: LoanId) -> Vec<AssetId> {
        let pledges = self.pledging.lent(loan).pledges.into_iter();
        let disposed = pledges.filter(|id| self.pledging.state(*id) == PledgeState::Disposing);
        let standing = disposed.flat_map(|id| self.pledging.standing(id));
        let mut assets: Vec<_> = standing.map(|right| right.asset).collect();
        assets.sort_unstable();
        assets.dedup();
        assets
    }

    /// Whether who sells a title has bought of the right too lately; what is disposed of for a pledge is no trade of the
    /// venue (国办发〔2012〕37号) [reading].
    pub(crate) fn check_title_lock(&self, asset: AssetId, seller: EntityId, today: Date) -> Result<(), Reject> {
        if self.case_of(asset).is_some() {
            return Ok(());
        }
        self.check_lock(asset, seller, Side::Sell, today)
    }

    /// Whether the product has room for a buyer of the title, where that counts.
    pub(crate) fn check_title_room(&self, asset: AssetId) -> Result<(), Reject> {
        if self.case_of(asset).is_some() {
            return Ok(());
        }
        self.check_room(asset)
    }

    /// Whether the pledgees have filed their releases against the price of a sale, where they dispose of what is sold; a
    /// court's ruling needs none (拍卖变卖财产规定 28).
    pub(crate) fn check_released(&self, sale: TransferId) -> Result<(), Reject> {
        let cases = self.cases_selling(sale).into_iter().map(|case| &case.record);
        let mut asked = cases.filter(|record| record.road != TitleRoad::Ruling);
        let is_filed = |record: &Disposal| record.release.is_some_and(|release| release.transfer == sale);
        require(asked.all(is_filed), Reject::ReleaseMissing)
    }

    /// The cases whose rights a sale or a lot sells.
    pub(crate) fn cases_selling(&self, deal: TransferId) -> Vec<&Case> {
        self.assets_sold(deal)
            .map_or_else(Vec::new, |assets| self.cases_of(assets))
    }

    /// The rights that a sale or a lot sells.
    fn assets_sold(&self, deal: TransferId) -> Option<&[AssetId]> {
        let lot = || self.lots.get(LotId(deal.0)).map(|lot| &lot.terms.assets[..]);
        let sale = self.sales.get(deal).map(|sale| &sale.record.assets[..]);
        sale.or_else(lot)
    }
}
