//! The seller: who sells a right that is disposed of for a pledge, by which road and for how much (PLEDGES.md 4; 民法典
//! 436; 拍卖变卖财产规定 12, 19).
//!
//! Questions only. A right is in a case as long as a pledge of the case's loan that is being disposed of stands on it.

use crate::{
    book::Book,
    kit::checks::require,
    register::{
        disposals::Case,
        party::{MAY_BUY, User},
    },
    state::Exchange,
    sums::disposal::{GoesOn, goes_on},
};
use alloc::vec::Vec;
use protocol::{
    AccountId, Amount, AssetId, Currency, Date, EntityId, LoanId, LotId, Money, PledgeId, Reject, Side, Timestamp,
    TransferId,
    disposal::{DisposalState, TitleRoad},
    party::Roles,
    pledge::PledgeState,
    transfer::LegalBasis,
    units::BASIS_POINTS_ONE,
};

/// Whether what is pledged for a debt in one currency may be sold in another: in the debt's own, or in yuan.
pub(crate) fn is_sold_in(debt: Currency, price: Currency) -> bool {
    price == debt || price == Currency::Cny
}

impl<B: Book> Exchange<B> {
    /// The case in which a right is, if it is in one.
    pub(crate) fn case_of(&self, asset: AssetId) -> Option<&Case> {
        let pledges = &self.register.right(asset).extra().pledges;
        let disposed = pledges.iter().map(|id| self.pledging.of(*id));
        let mut disposed = disposed.filter(|pledge| pledge.state == PledgeState::Disposing && pledge.binds(asset));
        disposed.find_map(|pledge| self.disposals.of_loan(pledge.loan))
    }

    /// The case in which all of these rights are.
    pub(crate) fn case_of_all(&self, assets: &[AssetId]) -> Option<&Case> {
        let case = self.case_of(*assets.first()?)?;
        let same = |asset: &AssetId| {
            self.case_of(*asset)
                .is_some_and(|other| other.record.disposal == case.record.disposal)
        };
        assets.iter().all(same).then_some(case)
    }

    /// Whether this user sells these rights in the place of their owner: the acting holder of the claim for which they are
    /// disposed of.
    pub(crate) fn disposes(&self, user: User, assets: &[AssetId]) -> bool {
        self.case_of_all(assets)
            .is_some_and(|case| self.acts_in(case) == user.entity)
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

    /// Whether a right that is in a case may be sold by this user under this law. It is sold in its case alone: with no
    /// other rights, by who disposes of it or the venue for it, by the owner where the owner signs the assignment, by a
    /// court where the case's road is a ruling.
    pub(crate) fn check_case(
        &self,
        user: User,
        asset: AssetId,
        (assets, currency): (&[AssetId], Currency),
        basis: LegalBasis,
    ) -> Result<(), Reject> {
        let Some(case) = self.case_of(asset) else {
            return Ok(());
        };
        let record = &case.record;
        let by_court = basis == LegalBasis::Judicial;
        require(by_court == (record.road == TitleRoad::Ruling), Reject::TitleRoadMissing)?;
        let owner = record.road == TitleRoad::Assignment && self.register.right(asset).owner == user.entity;
        let court = by_court && user.roles.has_any(Roles::COURT);
        let may = user.is_operator() || self.acts_in(case) == user.entity || owner || court;
        // What is brought is paid out in the plan's currency.
        let planned = self.disposals.plans.get(&record.loan);
        let planned = planned.and_then(|planned| planned.agreed.as_ref());
        let fits = planned.is_some_and(|frozen| frozen.plan().currency == currency);
        let whole = record.state == DisposalState::Open && self.case_of_all(assets).is_some() && fits;
        require(may && whole && self.are_pledged_alike(assets), Reject::UnderDisposal)?;
        require(!self.is_stayed(record.loan), Reject::Stayed)
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

    /// Whether the same pledges stand on these rights, in the same order: what they bring is one waterfall.
    fn are_pledged_alike(&self, assets: &[AssetId]) -> bool {
        let of = |asset: &AssetId| -> Vec<_> {
            let ranked = self
                .pledging
                .ranked(&self.register.right(*asset).extra().pledges, *asset);
            ranked.into_iter().map(|pledge| pledge.pledge).collect()
        };
        let mut each = assets.iter().map(of);
        let first = each.next();
        each.all(|other| Some(other) == first)
    }

    /// Whether rights of a case may be sold without an auction for this much: they are valued, and it is the plan's floor
    /// at least, or what the pledgor agreed to in writing (民法典 436).
    pub(crate) fn check_price_guard(&self, assets: &[AssetId], price: Amount, at: Timestamp) -> Result<(), Reject> {
        let Some(case) = self.case_of_all(assets) else {
            return Ok(());
        };
        let good = |asset: &AssetId| {
            let last = self.register.right(*asset).extra().valuation?;
            let last = &self.valuations.last[&last];
            let good = last.expires.start() > at && last.value.currency == price.currency;
            good.then(|| i128::from(last.value.money.minor()))
        };
        let value: Option<i128> = assets.iter().map(good).sum();
        let value = value.ok_or(Reject::ValuationMissing)?;
        let offered = i128::from(price.money.minor());
        let floor = value * i128::from(case.record.floor.0);
        let agreed = case.record.below;
        let agreed = agreed.is_some_and(|below| below.currency == price.currency && price.money >= below.money);
        require(
            agreed || offered * i128::from(BASIS_POINTS_ONE) >= floor,
            Reject::BelowMarket,
        )
    }

    /// Whether a pledge's holder agrees to the sale of a right because it disposes of it itself.
    pub(crate) fn is_disposed_for(&self, pledge: PledgeId, asset: AssetId) -> bool {
        let pledge = self.pledging.of(pledge);
        let case = self.case_of(asset);
        case.is_some_and(|case| case.record.loan == pledge.loan && case.record.state == DisposalState::Open)
    }

    /// Whether this participant, or who stands behind it, disposes of a right: it doesn't buy what it sells, unless a
    /// court sells (拍卖变卖财产规定 12).
    pub(crate) fn is_disposers(&self, assets: &[AssetId], entity: EntityId) -> bool {
        let cases = assets.iter().filter_map(|asset| self.case_of(*asset));
        let sellers = cases.flat_map(|case| {
            let loan = &self.pledging.lent(case.record.loan).loan;
            loan.creditors.iter().map(|share| share.entity)
        });
        self.is_among(sellers, entity)
    }

    /// Whether a default may still be cured: before the day on which its lot opens, before a contract stands, and not
    /// once a price is held (拍卖变卖财产规定 19) or shares are issued for the claim.
    pub(crate) fn check_cure(&self, loan: LoanId, at: Timestamp) -> Result<(), Reject> {
        let Some(case) = self.disposals.of_loan(loan) else {
            return Ok(());
        };
        let today = at.venue_date();
        let late = |asset: &AssetId| {
            let extra = self.register.right(*asset).extra();
            let lot = extra.lot.map(|id| self.lots.of(id));
            let lot = lot.is_some_and(|lot| lot.terms.opens_at.venue_date() <= today);
            lot || extra.transfer.is_some_and(|id| self.sales.of(id).is_bound())
        };
        let deal = self.disposals.converting(case.record.disposal);
        let issued = deal.is_some_and(|deal| deal.issued.is_some());
        let late = issued || case.record.holds() || self.assets_of_case(loan).iter().any(late);
        require(!late, Reject::CureTooLate)
    }

    /// What of a claim is spoken for: shares were issued for it, and the register does not show their holder yet.
    pub(crate) fn spoken_for(&self, loan: LoanId) -> Option<Money> {
        let case = self.disposals.of_loan(loan)?;
        let deal = self.disposals.converting(case.record.disposal)?;
        deal.spoken_for().map(|paid| paid.money)
    }

    /// The rights that are disposed of for a loan.
    pub(crate) fn assets_of_case(&self, loan: LoanId) -> Vec<AssetId> {
        let pledges = self.pledging.lent(loan).pledges.iter().map(|id| self.pledging.of(*id));
        let disposed = pledges.filter(|pledge| pledge.state == PledgeState::Disposing);
        let mut assets: Vec<_> = disposed
            .flat_map(|pledge| pledge.standing().map(|right| right.asset))
            .collect();
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

    /// Whether the pledgee has filed its release against the price of a sale, where it disposes of what is sold; a court's
    /// ruling needs none (拍卖变卖财产规定 28).
    pub(crate) fn check_released(&self, sale: TransferId) -> Result<(), Reject> {
        let case = self.case_selling(sale).map(|case| &case.record);
        let case = case.filter(|record| record.road != TitleRoad::Ruling);
        let released = case.is_none_or(|record| record.release.is_some_and(|release| release.transfer == sale));
        require(released, Reject::ReleaseMissing)
    }

    /// The case whose rights a sale or a lot sells.
    pub(crate) fn case_selling(&self, deal: TransferId) -> Option<&Case> {
        let lot = || self.lots.get(LotId(deal.0)).map(|lot| &lot.terms.assets);
        let assets = self.sales.get(deal).map(|sale| &sale.record.assets).or_else(lot);
        self.case_of_all(assets?)
    }
}
