//! Transfers: a title is listed, and who is interested says so and is judged (RULES.md 2.5).
//!
//! Invariant: a right is in one live sale at most, and that sale names it. What know-how and works need is a contract
//! and not an office (RULES.md 2.1): they take the same road, and what is filed and answered is the proof that the
//! contract was performed. Prices are the business of `offers`, money and title that of `delivery`.

use crate::{
    book::Book,
    kit::{
        checks::{ensure, first_fault, require},
        deadlines::Deadline,
        terms::LastDay,
    },
    register::{
        party::{MAY_BUY, User},
        pledgees::Use,
        taker::Road,
    },
    sales::{
        life::{Input, Judgement, judge},
        sale::{Opening, Sale},
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    Amount, AssetId, EntityId, LotId, MONEY_MAX, Readers, Receipt, Record, Reject, Seq, Timestamp, TransferId,
    event::TradingStatus,
    party::Roles,
    title::{Act, BUNDLE_MAX, Share},
    transfer::{
        EndDisclosure, ExportCheck, ExpressInterest, Interest, InterestState, LegalBasis, ListTransfer, Priority,
        PriorityState, QualifyInterest, RecordExportCheck, Transfer, TransferState, WithdrawInterest,
    },
};

/// The longest disclosure, in working days.
const DISCLOSURE_DAYS_MAX: u32 = 366;
/// The longest bidding, in working days.
const BIDDING_DAYS_MAX: u32 = 60;

impl<B: Book> Exchange<B> {
    /// Lists titles for sale. By the acting owner or an operator.
    pub(crate) fn list_transfer(
        &mut self,
        user: User,
        asked: &ListTransfer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (seller, owners, disclosed) = self.check_listing(user, asked, tell.at)?;

        let id = TransferId::from(tell.seq);
        let priority = |&entity: &EntityId| Priority {
            entity,
            state: PriorityState::Open,
        };
        let opened = Sale::opened(Opening {
            transfer: id,
            assets: asked.assets.clone(),
            seller,
            account: asked.account,
            owners,
            ask: asked.ask,
            increment: asked.increment,
            basis: asked.basis,
            state_owned: asked.state_owned,
            disclosed: disclosed.day,
            at: tell.at,
        });
        let sale = Sale {
            record: Transfer {
                disclosure: asked.disclosure,
                anonymous: asked.anonymous,
                teaser: asked.teaser.clone(),
                allow: asked.allow.clone(),
                deny: asked.deny.clone(),
                bidding_days: asked.bidding_days,
                contract: asked.contract,
                priority: asked.priority.iter().map(priority).collect(),
                ..opened.record
            },
            denied: self.denied_with(&asked.deny, &asked.priority),
            ..opened
        };
        for &asset in &asked.assets {
            self.register.right_mut(asset).extra_mut().transfer = Some(id);
            self.offered(asset, tell);
        }
        self.sales.insert(sale);
        self.note_appraisals(id, &asked.assets);
        self.set_step(id, Some(disclosed));
        self.tell_sale(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Whether these titles may be listed so; the acting owner, all owners with their parts, and the last day of the
    /// disclosure.
    fn check_listing(
        &self,
        user: User,
        asked: &ListTransfer,
        at: Timestamp,
    ) -> Result<(EntityId, Vec<Share>, LastDay), Reject> {
        let paid = self.sellers_account(user, asked.account, &asked.assets)?;
        for &asset in &asked.assets {
            self.right_for(user, asset)?;
        }
        let disposes = self.disposes(user, &asked.assets);
        user.may(if disposes { MAY_BUY } else { Roles::FIRM }.with(Roles::OPERATOR))?;
        let acting = |asset: &AssetId| self.register.right(*asset).owner;
        let seller = match asked.assets.first() {
            Some(asset) if user.is_operator() || disposes => acting(asset),
            _ => user.entity,
        };
        require(paid == seller, Reject::NotYourAccount)?;
        let own = user.is_operator() || disposes || asked.assets.iter().all(|asset| acting(asset) == seller);
        require(own, Reject::NotTheOwner)?;
        for &entity in asked.priority.iter().chain(&asked.allow).chain(&asked.deny) {
            self.register.check_entity(entity)?;
        }
        let owners = match asked.assets.first() {
            Some(asset) => self.register.right(*asset).owners(),
            None => Vec::new(),
        };

        let least = self.least_disclosure(asked.state_owned);
        let disclosed = (least.max(1)..=DISCLOSURE_DAYS_MAX).contains(&asked.disclosure_days)
            && (1..=BIDDING_DAYS_MAX).contains(&asked.bidding_days);
        // Neither the disclosure nor the bidding that is announced with it runs past what the calendar knows.
        let today = at.venue_date();
        let ends = if disclosed {
            self.working_days(today, asked.disclosure_days + asked.bidding_days)
                .map(|_| ())
        } else {
            Ok(())
        };
        let (ask, increment) = (asked.ask, asked.increment);
        let priced = [ask, increment]
            .iter()
            .all(|amount| (1..=MONEY_MAX).contains(&amount.money.minor()));
        let lot = (1..=BUNDLE_MAX).contains(&asked.assets.len());
        let related = |entity: &EntityId| self.check_related(Road::Sale, &asked.assets, *entity).is_err();
        let promised = require(!asked.priority.iter().any(related), Reject::PartiesInvalid);
        let general = [
            require(lot, Reject::LotOfRightsInvalid),
            require(priced && ask.currency == increment.currency, Reject::AmountInvalid),
            require(disclosed, Reject::DisclosureInvalid),
            ends,
            self.check_parties(&owners, &asked.priority, &asked.allow, &asked.deny),
            promised,
            // A court and an auction house sell by auction (RULES.md F3).
            require(
                matches!(asked.basis, LegalBasis::VenueRule | LegalBasis::Private),
                Reject::BasisInvalid,
            ),
        ];
        // A lot that is too long is refused for that before each right of it is looked at.
        let each = asked.assets.iter().enumerate().take(BUNDLE_MAX);
        let each = each.map(|(place, &asset)| self.check_in_lot(asked, place, asset, &owners, at));
        first_fault(general.into_iter().chain(each))?;
        let sold = (&asked.assets[..], asked.ask.currency);
        let in_case = |asset: &AssetId| self.check_case(user, *asset, sold, asked.basis, at);
        let in_case = asked.assets.iter().map(in_case);
        first_fault(in_case)?;
        self.check_bundle(&asked.assets, asked.ask, asked.basis, at)?;
        self.check_price_guard(&asked.assets, asked.ask, at)?;
        Ok((seller, owners, self.step_days(today, asked.disclosure_days)))
    }

    /// Whether this right may be sold in this lot.
    fn check_in_lot(
        &self,
        asked: &ListTransfer,
        place: usize,
        asset: AssetId,
        owners: &[Share],
        at: Timestamp,
    ) -> Result<(), Reject> {
        let right = self.register.right(asset);
        let extra = right.extra();
        let books = right
            .instruments
            .iter()
            .any(|instrument| self.register.listing(*instrument).status != TradingStatus::Closed);
        let today = at.venue_date();
        let locked = owners
            .iter()
            .map(|share| self.check_title_lock(asset, share.entity, today));
        first_fault([
            self.check_title_room(asset),
            first_fault(locked),
            require(
                right.is_owned_as(owners) && !asked.assets[..place].contains(&asset),
                Reject::LotOfRightsInvalid,
            ),
            // Nor may a licence wait for an answer: what its licensee is told then would tell that the title is
            // passing.
            require(
                !books
                    && extra.open_licence.is_none()
                    && extra.transfer.is_none()
                    && extra.lot.is_none()
                    && !self.has_licence_offer(asset),
                Reject::AlreadyOffered,
            ),
            right.check_act(Act::Transfer, Some(asked.ask), at),
            require(
                extra.bundle.iter().all(|mark| asked.assets.contains(mark)),
                Reject::BundleIncomplete,
            ),
            self.check_purpose(asset, asked.purpose),
            self.check_pledgees(asset, &Use::sale(asked.ask, asked.assets.len()), today),
        ])
    }

    /// Says that one is interested in a sale.
    pub(crate) fn express_interest(
        &mut self,
        user: User,
        asked: &ExpressInterest,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let ExpressInterest { transfer: id, account } = *asked;
        let entity = self.account_for(user, account)?;
        let sale = self.known_sale(user, id)?;
        user.may(MAY_BUY)?;
        require(entity == user.entity, Reject::NotYourAccount)?;
        let taker = self.taker(Road::Sale, &sale.record.assets, entity, tell.at.venue_date());
        taker.check_place()?;
        sale.check(Input::Gather, tell.at)?;
        // Who stands behind another that is interested, or was turned down, is no second party.
        let before = sale.interests.values();
        let before = before.filter(|interest| interest.state != InterestState::Withdrawn);
        require(
            !self.is_among(before.map(|interest| interest.entity), entity),
            Reject::StateForbids,
        )?;
        require(!self.is_among(sale.owners(), entity), Reject::OwnRight)?;
        taker.check_barred()?;

        let state = if taker.check_export().is_err() {
            InterestState::Stopped
        } else {
            InterestState::Expressed
        };
        let sale = self.sales.of_mut(id);
        sale.advance(Input::Gather);
        let interest = Interest {
            transfer: id,
            entity,
            account,
            state,
            bid: None,
            best: false,
        };
        sale.interests.insert(entity, interest);
        self.tell_interest(id, entity, tell);
        Ok(Receipt::Done)
    }

    /// Takes one's interest back. Not while one's bid is the best.
    pub(crate) fn withdraw_interest(
        &mut self,
        user: User,
        asked: &WithdrawInterest,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (id, entity) = (asked.transfer, user.entity);
        let sale = self.known_sale(user, id)?;
        user.may(MAY_BUY)?;
        let interest = sale.interests.get(&entity).ok_or(Reject::NotAParty)?;
        sale.check(Input::Retract, tell.at)?;
        let state = judge(interest.state, Judgement::Withdraw)?;
        require(sale.best_bidder != Some(entity), Reject::BestBidBinds)?;

        let sale = self.sales.of_mut(id);
        sale.advance(Input::Retract);
        let interest = sale.interests.get_mut(&entity).expect("checked above");
        interest.state = state;
        let listed = sale.record.state == TransferState::Listed;
        self.tell_interest(id, entity, tell);
        let record = &self.sales.of(id).record;
        if !listed && record.qualified == 0 && record.bids == 0 {
            self.fail_unpaid_sale(id, Input::Fail, tell);
        }
        Ok(Receipt::Done)
    }

    /// Qualifies a party or turns it down. By an operator, while the sale is listed.
    pub(crate) fn qualify_interest(
        &mut self,
        user: User,
        asked: &QualifyInterest,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let QualifyInterest {
            transfer: id, entity, ..
        } = *asked;
        user.may(Roles::OPERATOR)?;
        self.register.check_entity(entity)?;
        let sale = self.known_sale(user, id)?;
        sale.check(Input::Gather, tell.at)?;
        let interest = sale.interests.get(&entity).ok_or(Reject::StateForbids)?;
        let judgement = if asked.qualified {
            Judgement::Qualify
        } else {
            Judgement::Exclude
        };
        let state = judge(interest.state, judgement)?;

        let sale = self.sales.of_mut(id);
        sale.advance(Input::Gather);
        sale.interests.get_mut(&entity).expect("checked above").state = state;
        self.tell_interest(id, entity, tell);
        Ok(Receipt::Done)
    }

    /// Records the export-control check for a party from abroad (技术进出口条例 30, 33). By an operator. Sales of the right
    /// that are listed take note at once; later, whoever was stopped may not bid or buy.
    pub(crate) fn record_export_check(
        &mut self,
        user: User,
        asked: &RecordExportCheck,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordExportCheck {
            asset,
            entity,
            cleared,
            evidence,
        } = *asked;
        user.may(Roles::OPERATOR)?;
        self.register.check_entity(entity)?;
        self.register.asset(asset)?;

        let extra = self.register.right_mut(asset).extra_mut();
        extra.export_checks.retain(|(known, _)| *known != entity);
        extra.export_checks.push((entity, cleared));
        let under_way = extra.transfer;
        let check = ExportCheck {
            asset,
            entity,
            cleared,
            evidence,
        };
        tell.record(Readers::one(entity), Record::ExportCheck(check));
        if let Some(id) = under_way {
            self.judge_export(id, entity, tell);
        }
        Ok(Receipt::Done)
    }

    /// A party's interest goes on or stops, as its export-control checks now say.
    fn judge_export(&mut self, id: TransferId, entity: EntityId, tell: &mut Tell<'_>) {
        let record = &self.sales.of(id).record;
        let judgement = if self.is_stopped(&record.assets, entity) {
            Judgement::Stop
        } else {
            Judgement::Clear
        };
        if record.state != TransferState::Listed {
            return;
        }
        let Some(interest) = self.sales.of_mut(id).interests.get_mut(&entity) else {
            return;
        };
        match judge(interest.state, judgement) {
            Ok(state) if state != interest.state => {
                interest.state = state;
                self.tell_interest(id, entity, tell);
            }
            _ => {}
        }
    }

    /// Ends a disclosure before its day. By the seller, once the rule book's least has passed.
    pub(crate) fn end_disclosure_early(
        &mut self,
        user: User,
        asked: &EndDisclosure,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.transfer;
        let sale = self.known_sale(user, id)?;
        self.check_sells(user, sale.record.seller, &sale.record.assets, false)?;
        require(
            sale.record.state == TransferState::Listed && sale.due > tell.at,
            Reject::StateForbids,
        )?;
        let least = self.least_disclosure(sale.record.state_owned);
        let from = self.working_days(sale.listed_at.venue_date(), least)?;
        require(least == 0 || from.next().start() <= tell.at, Reject::DisclosureInvalid)?;

        self.sales.of_mut(id).record.disclosed = tell.at.venue_date();
        self.end_disclosure(id, tell.at.venue_date(), tell);
        Ok(Receipt::Done)
    }

    /// The least working days of disclosure.
    fn least_disclosure(&self, state_owned: bool) -> u32 {
        let rules = self.rule_book();
        if state_owned {
            rules.state_disclosure_days
        } else {
            rules.disclosure_days
        }
    }

    /// A sale that nobody has paid for comes to nothing: a lot's is paid for before it begins.
    pub(crate) fn fail_unpaid_sale(&mut self, id: TransferId, input: Input, tell: &mut Tell<'_>) {
        let lot = self.fail_sale(id, input, tell);
        assert!(lot.is_none(), "a lot's sale is paid for before it begins");
    }

    /// A sale comes to nothing: what is held goes back, and its rights are free. The lot that it delivered, if it was
    /// sold by auction, is for the caller to end.
    #[must_use]
    pub(crate) fn fail_sale(&mut self, id: TransferId, input: Input, tell: &mut Tell<'_>) -> Option<LotId> {
        let sale = self.sales.of_mut(id);
        sale.advance(input);
        if let Some(account) = sale.record.buyer_account {
            self.release_escrow(Seq(id.0), account, tell);
        }
        self.end_sale(id, tell)
    }

    /// A sale is over: its rights are free, and everyone who may know is told. The lot that it delivered, if it was
    /// sold by auction, is for the caller to end.
    #[must_use]
    pub(crate) fn end_sale(&mut self, id: TransferId, tell: &mut Tell<'_>) -> Option<LotId> {
        self.set_step(id, None);
        for asset in self.sales.of(id).record.assets.clone() {
            self.register.right_mut(asset).extra_mut().transfer = None;
            self.offer_ended(asset, tell);
        }
        self.tell_sale(id, tell);
        self.sales.of(id).lot
    }

    /// Sets the last day of a sale's next step: it is due when that day has ended. None if it waits for nobody.
    pub(crate) fn set_step(&mut self, id: TransferId, step: Option<LastDay>) {
        let sale = self.sales.of_mut(id);
        self.deadlines.remove(sale.due, Deadline::TransferStep(id));
        sale.set_step(step);
        self.deadlines.add(sale.due, Deadline::TransferStep(id));
    }

    /// A new calendar came into force: the steps of sales are counted by it.
    pub(crate) fn recount_sales(&mut self, tell: &mut Tell<'_>) {
        let steps = self
            .sales
            .iter()
            .filter_map(|sale| Some((sale.record.transfer, sale.step?)));
        for (id, step) in steps.collect::<Vec<_>>() {
            let anew = self.recounted(step);
            self.set_step(id, Some(anew));
            if (anew.day, anew.calendar) != (step.day, step.calendar) {
                self.tell_sale(id, tell);
            }
        }
    }

    /// A sale's step fell due in an outage: it has time again.
    pub(crate) fn lengthen_sale(&mut self, id: TransferId, until: LastDay, tell: &mut Tell<'_>) {
        if self.sales.of(id).step.is_some() {
            self.set_step(id, Some(until));
            self.tell_sale(id, tell);
        }
    }

    /// Counts anew and tells a party how its interest stands, and the seller how many there are.
    fn tell_interest(&mut self, id: TransferId, entity: EntityId, tell: &mut Tell<'_>) {
        let sale = self.sales.of_mut(id);
        sale.recount();
        let (readers, record) = sale.interest(entity);
        tell.record(readers, record);
        self.tell_seller(id, tell);
    }

    /// A right is in the live sale that it names and no other; a sale's counts, best bid and buyer are those of its
    /// interests; exactly the price is held from funding to the answer, and nothing else of a sale.
    pub(crate) fn check_sales(&self) -> Result<(), String> {
        for sale in self.sales.iter() {
            let record = &sale.record;
            let id = record.transfer;
            for asset in &record.assets {
                let names = self.register.right(*asset).extra().transfer == Some(id);
                ensure(names == sale.is_live(), || {
                    format!("{asset:?} is not where {id:?} says")
                })?;
            }
            let count = |state| {
                sale.interests
                    .values()
                    .filter(|interest| interest.state == state)
                    .count()
            };
            let qualified = count(InterestState::Qualified);
            let open = count(InterestState::Expressed) + count(InterestState::Stopped) + qualified;
            // A lot's bidders are the lot's: what it sold carries their number.
            let counted = (record.interested as usize, record.qualified as usize) == (open, qualified);
            ensure(counted || sale.lot.is_some(), || {
                format!("{id:?} miscounts: {open} interested, {qualified} qualified")
            })?;
            let best = sale.interests.values().filter_map(|interest| interest.bid);
            let best = best.max_by_key(|bid| bid.money);
            let bidder = sale.best_bidder.map(|bidder| sale.interests[&bidder]);
            ensure(
                best == record.best && best == bidder.and_then(|bidder| bidder.bid),
                || format!("{id:?} has another best bid"),
            )?;
            ensure(
                bidder.is_none_or(|bidder| bidder.state == InterestState::Qualified),
                || format!("the best bid of {id:?} does not bind"),
            )?;
            let held = record.buyer_account.map(|account| (Seq(id.0), account));
            let held = held.and_then(|key| self.escrows.iter().find(|(deal, _)| *deal == key));
            let whole = |price: Amount| Amount::new(price.currency, price.money.plus(sale.premium));
            let price = record.price.filter(|_| sale.is_funded()).map(whole);
            ensure(held.map(|(_, amount)| amount) == price, || {
                format!("{id:?} holds {held:?}, not {price:?}")
            })?;
            let waits = sale.due != Timestamp::NEVER;
            ensure(sale.is_live() || !waits, || format!("{id:?} is over and waits"))?;
            ensure(sale.step.map_or(Timestamp::NEVER, LastDay::over) == sale.due, || {
                format!("{id:?} is due on another day than it says")
            })?;
        }
        for (asset, right) in self.register.rights() {
            let sold = right.extra().transfer.map(|id| &self.sales.of(id).record);
            let named = sold.is_none_or(|record| record.assets.contains(&asset));
            ensure(named, || format!("{asset:?} names a sale that does not sell it"))?;
        }
        Ok(())
    }
}
