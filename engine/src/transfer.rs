//! Transfers: a title is listed, and who is interested says so and is judged (RULES.md 2.5).
//!
//! Invariant: a right is in one live sale at most, and that sale names it. What know-how and works need is a contract and not an
//! office (RULES.md 2.1): they take the same road, and what is filed and answered is the proof that the contract was performed.
//! Prices are the business of `bidding`, money and title that of `closing`.

use crate::{
    book::Book,
    deadlines::Deadline,
    exchange::{Exchange, Tell, check_operator},
    holders::Way,
    registry::User,
    sale::{Input, Judgement, Sale, first_fault, judge, require},
};
use alloc::{collections::BTreeMap, vec::Vec};
use protocol::{
    AssetId, Date, EntityId, MONEY_MAX, Money, Readers, Receipt, Record, Reject, Seq, Timestamp, TransferId,
    asset::AssetClass,
    event::TradingStatus,
    party::Roles,
    title::{Act, AssetState, BUNDLE_MAX, Hold, HoldKind, HoldState, Share},
    transfer::{
        CancelTransfer, EndDisclosure, ExportCheck, ExpressInterest, Interest, InterestState, LegalBasis, ListTransfer,
        Priority, PriorityState, QualifyInterest, RecordExportCheck, Transfer, TransferState, WithdrawInterest,
    },
};

pub(crate) use crate::sale::Sales;

/// Who may buy for its entity.
pub(crate) const MAY_BUY: Roles = Roles::TRADER
    .with(Roles::BANK)
    .with(Roles::FIRM)
    .with(Roles::INVESTOR)
    .with(Roles::FUND);

/// The longest disclosure, in working days.
const DISCLOSURE_DAYS_MAX: u32 = 366;
/// The longest bidding, in working days.
const BIDDING_DAYS_MAX: u32 = 60;

impl<B: Book> Exchange<B> {
    /// Whether somebody asked to have the right invalidated: every buyer is told.
    pub(crate) fn is_challenged(&self, asset: AssetId) -> bool {
        let holds = &self.registry.assets[asset.index()].extra().holds;
        let challenge = |hold: &Hold| hold.kind == HoldKind::InvalidationPending && hold.state == HoldState::Standing;
        holds
            .iter()
            .filter_map(|hold| self.titles.holds.get(hold))
            .any(challenge)
    }

    /// Lists titles for sale. By the acting owner or an operator.
    pub(crate) fn list_transfer(
        &mut self,
        user: User,
        asked: &ListTransfer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (seller, owners) = self.check_listing(user, asked)?;

        let id = TransferId::from(tell.seq);
        let calendar = &self.epoch().calendar;
        let disclosed = calendar.plus_working_days(tell.at.venue_date(), asked.disclosure_days);
        let priority = |&entity: &EntityId| Priority {
            entity,
            state: PriorityState::Open,
        };
        let record = Transfer {
            transfer: id,
            assets: asked.assets.clone(),
            seller,
            account: asked.account,
            ask: asked.ask,
            increment: asked.increment,
            basis: asked.basis,
            state_owned: asked.state_owned,
            disclosure: asked.disclosure,
            anonymous: asked.anonymous,
            teaser: asked.teaser.clone(),
            allow: asked.allow.clone(),
            deny: asked.deny.clone(),
            state: TransferState::Listed,
            disclosed,
            bidding_days: asked.bidding_days,
            bidding_ends: None,
            interested: 0,
            qualified: 0,
            bids: 0,
            best: None,
            priority: asked.priority.iter().map(priority).collect(),
            priority_ends: None,
            buyer: None,
            buyer_account: None,
            price: None,
            seller_signed: None,
            buyer_signed: None,
            step_by: None,
            late: false,
            surviving: Vec::new(),
            refused: None,
            evidence: None,
            realised: None,
        };
        let denied = self.denied_with(&asked.deny, &asked.priority);
        for &asset in &asked.assets {
            self.registry.assets[asset.index()].extra_mut().transfer = Some(id);
            self.offered(asset, tell);
        }
        self.sales.insert(Sale {
            record,
            owners,
            denied,
            interests: BTreeMap::new(),
            best_bidder: None,
            listed_at: tell.at,
            agreed_at: Timestamp::default(),
            entered: Vec::new(),
            due: Timestamp::NEVER,
            lot: None,
            costs: Money::ZERO,
            premium: Money::ZERO,
        });
        self.set_step(id, Some(disclosed));
        self.tell_sale(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Whether these titles may be listed so; the acting owner, and all owners with their parts.
    fn check_listing(&self, user: User, asked: &ListTransfer) -> Result<(EntityId, Vec<Share>), Reject> {
        for &entity in asked.priority.iter().chain(&asked.allow).chain(&asked.deny) {
            self.registry.check_entity(entity)?;
        }
        let paid = self.ledger.account(asked.account)?.entity;
        for &asset in &asked.assets {
            self.registry.asset(asset)?;
        }
        require(
            user.roles.has_any(Roles::FIRM.with(Roles::OPERATOR)),
            Reject::NotPermitted,
        )?;
        let acting = |asset: &AssetId| self.registry.assets[asset.index()].owner;
        let seller = match asked.assets.first() {
            Some(asset) if user.roles.has_any(Roles::OPERATOR) => acting(asset),
            _ => user.entity,
        };
        require(paid == seller, Reject::NotYourAccount)?;
        let own = user.roles.has_any(Roles::OPERATOR) || asked.assets.iter().all(|asset| acting(asset) == seller);
        require(own, Reject::NotTheOwner)?;
        let owners = match asked.assets.first() {
            Some(asset) => self.registry.assets[asset.index()].owners(),
            None => Vec::new(),
        };

        let least = self.least_disclosure(asked.state_owned);
        let disclosed = (least.max(1)..=DISCLOSURE_DAYS_MAX).contains(&asked.disclosure_days)
            && (1..=BIDDING_DAYS_MAX).contains(&asked.bidding_days);
        let (ask, increment) = (asked.ask, asked.increment);
        let priced = [ask, increment]
            .iter()
            .all(|amount| (1..=MONEY_MAX).contains(&amount.money.minor()));
        let lot = (1..=BUNDLE_MAX).contains(&asked.assets.len());
        let general = [
            require(lot, Reject::LotOfRightsInvalid),
            require(priced && ask.currency == increment.currency, Reject::AmountInvalid),
            require(disclosed, Reject::DisclosureInvalid),
            self.check_parties(&owners, &asked.priority, &asked.allow, &asked.deny),
            // A court and an auction house sell by auction (RULES.md F3).
            require(
                matches!(asked.basis, LegalBasis::VenueRule | LegalBasis::Private),
                Reject::BasisInvalid,
            ),
        ];
        // A lot that is too long is refused for that before each right of it is looked at.
        let each = asked.assets.iter().enumerate().take(BUNDLE_MAX);
        let each = each.map(|(place, &asset)| self.check_in_lot(asked, place, asset, &owners));
        first_fault(general.into_iter().chain(each))?;
        Ok((seller, owners))
    }

    /// Whether this right may be sold in this lot.
    fn check_in_lot(&self, asked: &ListTransfer, place: usize, asset: AssetId, owners: &[Share]) -> Result<(), Reject> {
        let right = &self.registry.assets[asset.index()];
        let extra = right.extra();
        let books = right
            .instruments
            .iter()
            .any(|instrument| self.registry.instruments[instrument.index()].status != TradingStatus::Closed);
        let today = self.at.venue_date();
        let locked = owners
            .iter()
            .map(|share| self.check_lock(asset, share.entity, Way::Sells, today));
        first_fault([
            self.check_room(asset),
            first_fault(locked),
            require(
                right.owners() == owners && !asked.assets[..place].contains(&asset),
                Reject::LotOfRightsInvalid,
            ),
            // Nor may a licence wait for an answer: what its licensee is told then would tell that the title is passing.
            require(
                !books
                    && extra.open_licence.is_none()
                    && extra.transfer.is_none()
                    && extra.lot.is_none()
                    && !self.has_licence_offer(asset),
                Reject::AlreadyOffered,
            ),
            right.check_act(Act::Transfer, Some(asked.ask), self.at),
            require(
                extra.bundle.iter().all(|mark| asked.assets.contains(mark)),
                Reject::BundleIncomplete,
            ),
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
        let entity = self.ledger.account(account)?.entity;
        let sale = self.known_sale(user, id)?;
        require(user.roles.has_any(MAY_BUY), Reject::NotPermitted)?;
        require(entity == user.entity, Reject::NotYourAccount)?;
        self.check_taker(&sale.record.assets, entity, self.at.venue_date())?;
        sale.check(Input::Gather, self.at)?;
        let before = sale.interests.get(&entity).map(|interest| interest.state);
        require(
            before.is_none_or(|state| state == InterestState::Withdrawn),
            Reject::StateForbids,
        )?;
        require(!self.sells(sale, entity), Reject::OwnRight)?;

        let state = if self.is_stopped(&sale.record.assets, entity) {
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
        require(user.roles.has_any(MAY_BUY), Reject::NotPermitted)?;
        let interest = sale.interests.get(&entity).ok_or(Reject::NotAParty)?;
        sale.check(Input::Retract, self.at)?;
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
            self.fail_sale(id, Input::Fail, tell);
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
        self.registry.check_entity(entity)?;
        let sale = self.known_sale(user, id)?;
        check_operator(user)?;
        sale.check(Input::Gather, self.at)?;
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

    /// Records the export-control check for a party from abroad (技术进出口条例 30, 33). By an operator. Sales of the right that are
    /// listed take note at once; later, whoever was stopped may not bid or buy.
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
        self.registry.check_entity(entity)?;
        self.registry.asset(asset)?;
        check_operator(user)?;

        let extra = self.registry.assets[asset.index()].extra_mut();
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
        require(user.roles.has_any(Roles::FIRM), Reject::NotPermitted)?;
        require(sale.record.seller == user.entity, Reject::NotAParty)?;
        require(
            sale.record.state == TransferState::Listed && sale.due > self.at,
            Reject::StateForbids,
        )?;
        let least = self.least_disclosure(sale.record.state_owned);
        let from = self
            .epoch()
            .calendar
            .plus_working_days(sale.listed_at.venue_date(), least);
        require(least == 0 || from.start() <= self.at, Reject::DisclosureInvalid)?;

        self.sales.of_mut(id).record.disclosed = tell.at.venue_date();
        self.end_disclosure(id, tell);
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

    /// Ends a sale. By the seller while nobody is bound, by an operator until the title passes.
    pub(crate) fn cancel_transfer(
        &mut self,
        user: User,
        asked: &CancelTransfer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.transfer;
        let sale = self.known_sale(user, id)?;
        let operator = user.roles.has_any(Roles::OPERATOR);
        require(operator || user.roles.has_any(Roles::FIRM), Reject::NotPermitted)?;
        require(operator || sale.record.seller == user.entity, Reject::NotAParty)?;
        let input = if operator { Input::Fail } else { Input::CallOff };
        sale.check(input, self.at)?;
        require(operator || sale.record.bids == 0, Reject::StateForbids)?;

        self.sales.of_mut(id).record.evidence = Some(asked.evidence);
        self.fail_sale(id, input, tell);
        Ok(Receipt::Done)
    }

    /// A right in a sale was frozen, ended or taken off, or a consent to its sale is gone: the sale ends if its money is not yet
    /// held. Once it is held, a freeze is for the office to judge, and the end of the right gives the buyer its money back.
    pub(crate) fn end_sale_of(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        let right = &self.registry.assets[asset.index()];
        let Some(id) = right.extra().transfer else {
            return;
        };
        let ended = right.has_expired(tell.at) || right.state == AssetState::Invalidated;
        if ended || !self.sales.of(id).is_funded() {
            self.fail_sale(id, if ended { Input::Fail } else { Input::Freeze }, tell);
        }
    }

    /// A sale comes to nothing: what is held goes back, and its rights are free.
    pub(crate) fn fail_sale(&mut self, id: TransferId, input: Input, tell: &mut Tell<'_>) {
        let sale = self.sales.of_mut(id);
        sale.advance(input);
        if let Some(account) = sale.record.buyer_account {
            self.release_escrow(Seq(id.0), account, tell);
        }
        self.end_sale(id, tell);
    }

    /// A sale is over: its rights are free, and everyone who may know is told.
    pub(crate) fn end_sale(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        self.set_step(id, None);
        for asset in self.sales.of(id).record.assets.clone() {
            self.registry.assets[asset.index()].extra_mut().transfer = None;
            self.offer_ended(asset, tell);
        }
        self.tell_sale(id, tell);
        let sale = self.sales.of(id);
        if let Some(lot) = sale.lot {
            let delivered = sale.record.state == TransferState::Released;
            self.lot_delivered(lot, delivered, tell);
        }
    }

    /// When the next step of a sale is due; none: it waits for nobody.
    pub(crate) fn set_step(&mut self, id: TransferId, day: Option<Date>) {
        let sale = self.sales.of_mut(id);
        self.deadlines.remove(sale.due, Deadline::TransferStep(id));
        sale.due = day.map_or(Timestamp::NEVER, Date::start);
        self.deadlines.add(sale.due, Deadline::TransferStep(id));
    }

    /// Counts anew and tells a party how its interest stands, and the seller how many there are.
    fn tell_interest(&mut self, id: TransferId, entity: EntityId, tell: &mut Tell<'_>) {
        let sale = self.sales.of_mut(id);
        sale.recount();
        let (readers, record) = sale.interest(entity);
        tell.record(readers, record);
        self.tell_seller(id, tell);
    }

    /// Whether this participant may take the rights on this day: the holder cap and the lock of each (RULES.md F2).
    pub(crate) fn check_taker(&self, assets: &[AssetId], entity: EntityId, today: Date) -> Result<(), Reject> {
        first_fault(assets.iter().flat_map(|&asset| {
            [
                self.check_holder(asset, entity),
                self.check_lock(asset, entity, Way::Buys, today),
            ]
        }))
    }

    /// Whether this participant sells here: itself, or one behind it who is behind an owner too. Nobody buys what it sells, through
    /// no nominee either (国发〔2011〕38号: five trading days lie between the two).
    pub(crate) fn sells(&self, sale: &Sale, entity: EntityId) -> bool {
        let buyers = self.traders(entity);
        let mut sellers = sale.owners.iter().flat_map(|share| self.traders(share.entity));
        sellers.any(|seller| buyers.contains(&seller))
    }

    /// Whether export control stops this participant: it or somebody behind it is from abroad, and a technology among the rights is
    /// not cleared for it (专利法 10; 技术进出口条例 2, 30).
    pub(crate) fn is_stopped(&self, assets: &[AssetId], entity: EntityId) -> bool {
        self.registry.is_abroad(entity)
            && assets.iter().any(|asset| {
                let right = &self.registry.assets[asset.index()];
                matches!(right.class, AssetClass::Patent | AssetClass::KnowHow)
                    && !right.extra().export_checks.contains(&(entity, true))
            })
    }
}
