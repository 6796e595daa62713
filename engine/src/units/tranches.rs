//! Tranches: the owner issues units at one price, first come first served; the next step has a price of its own
//! (RULES.md 1).
//!
//! Invariants: a listing has at most one tranche that is open or yet to open; what is left of it is held of the owner's
//! account, and of nothing else. A tranche ends with its book. Interest binds nobody.

use crate::{
    book::Book,
    kit::checks::{check_account_of, require},
    register::{
        party::{MAY_BUY, User},
        pledgees::Use,
        taker::Road,
    },
    state::Exchange,
    tell::Tell,
    units::{
        contract::posting,
        state::{Steps, TrancheOffer},
    },
};
use alloc::{collections::BTreeMap, format, string::String};
use protocol::{
    AccountId, Amount, InstrumentId, Money, Notice, Price, Quantity, Receipt, Reject, Seq, Side, TrancheId,
    event::{PostingReason, TradingStatus},
    licence::{CloseTranche, IndicateInterest, OpenTranche, SubscribeTranche, Tranche},
    pledge::PledgeAct,
    title::Act,
};

/// The cost of these units; none if price or quantity is none that can be ordered.
fn cost(price: Amount, quantity: Quantity) -> Option<Money> {
    Price::from_minor(price.money.minor()).times(quantity)
}

impl<B: Book> Exchange<B> {
    /// The owner offers the next units of a listing at one price.
    pub(crate) fn open_tranche(
        &mut self,
        user: User,
        asked: &OpenTranche,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let OpenTranche {
            account,
            price,
            quantity,
            opens_at,
            symbol,
        } = *asked;
        let payee = self.account_for(user, account)?;
        let instrument = self.register.instrument_of(&symbol)?;
        let listing = self.register.instrument(instrument)?;
        let right = self.register.asset(listing.asset)?;
        user.check_owner(right.owner)?;
        check_account_of(payee, right.owner)?;
        self.check_unit_books()?;
        // Units that are issued are sold: five trading days after the title was bought (国发〔2011〕38号).
        self.check_lock(listing.asset, right.owner, Side::Sell, opens_at.venue_date())?;
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        listing.check_issuable(tell.at)?;
        listing.check_lots(quantity)?;
        if price.currency != listing.terms.currency || cost(price, quantity).is_none() {
            return Err(Reject::AmountInvalid);
        }
        let slot = self.ledger.check_units(account, instrument, quantity)?;
        let steps = self.units.steps.get(&instrument).copied().unwrap_or_default();
        right.check_act(Act::Units, Some(price), tell.at)?;
        if opens_at < tell.at {
            return Err(Reject::TermInvalid);
        }
        require(steps.open.is_none(), Reject::AlreadyOffered)?;
        let wanted = Use::units(price, quantity, right.expires);
        self.check_pledgees(listing.asset, &wanted, tell.at.venue_date())?;

        let id = TrancheId::from(tell.seq);
        let step = steps.count + 1;
        let tranche = Tranche {
            tranche: id,
            symbol,
            step,
            price,
            quantity,
            taken: Quantity::ZERO,
            interest: Quantity::ZERO,
            opens_at,
            open: true,
        };
        self.ledger.hold_units(slot, quantity);
        let deal = (tell.seq, PostingReason::Held);
        let units = quantity.units();
        self.post_units(posting(deal, (account, instrument), -units, units), tell);
        let open = Some(id);
        self.units.steps.insert(instrument, Steps { count: step, open });
        let offer = TrancheOffer {
            tranche,
            instrument,
            account,
            interest: BTreeMap::new(),
        };
        self.units.tranches.insert(id, offer);
        tell.notice(Notice::Tranche(tranche));
        Ok(Receipt::Deal(tell.seq))
    }

    fn tranche(&self, tranche: TrancheId) -> Result<&TrancheOffer, Reject> {
        self.units.tranches.get(&tranche).ok_or(Reject::UnknownTranche)
    }

    /// Somebody says how many units it would take, without being bound.
    pub(crate) fn indicate_interest(
        &mut self,
        user: User,
        asked: &IndicateInterest,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let TrancheOffer {
            tranche, instrument, ..
        } = self.tranche(asked.tranche)?;
        user.may(MAY_BUY)?;
        self.check_unit_books()?;
        let listing = self.register.instrument(*instrument)?;
        listing.check_issuable(tell.at)?;
        if asked.quantity != Quantity::ZERO {
            listing.check_lots(asked.quantity)?;
        }
        if asked.quantity > tranche.quantity {
            return Err(Reject::QuantityTooLarge);
        }
        if self.is_owners(listing.asset, user.entity) {
            return Err(Reject::OwnRight);
        }
        if !tranche.open || tell.at >= tranche.opens_at {
            return Err(Reject::TrancheNotOpen);
        }

        let offer = self.units.tranches.get_mut(&asked.tranche).expect("asked before");
        let before = if asked.quantity == Quantity::ZERO {
            offer.interest.remove(&user.entity)
        } else {
            offer.interest.insert(user.entity, asked.quantity)
        };
        let interest = &mut offer.tranche.interest;
        *interest = interest.minus(before.unwrap_or(Quantity::ZERO)).plus(asked.quantity);
        tell.notice(Notice::Tranche(offer.tranche));
        Ok(Receipt::Done)
    }

    /// Somebody takes units of a tranche and pays them, in one step.
    pub(crate) fn subscribe_tranche(
        &mut self,
        user: User,
        asked: &SubscribeTranche,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let SubscribeTranche { account, quantity, .. } = *asked;
        let buyer = self.account_for(user, account)?;
        let TrancheOffer {
            tranche,
            instrument,
            account: seller,
            ..
        } = *self.tranche(asked.tranche)?;
        user.may(MAY_BUY)?;
        check_account_of(buyer, user.entity)?;
        self.check_unit_books()?;
        let listing = self.register.instrument(instrument)?;
        let (asset, today) = (listing.asset, tell.at.venue_date());
        let taker = self.taker(Road::Tranche, &[asset], buyer, today);
        taker.check_place()?;
        let owner = self.register.right(asset).owner;
        self.check_lock(asset, owner, Side::Sell, today)?;
        listing.check_issuable(tell.at)?;
        listing.check_lots(quantity)?;
        let cost = cost(tranche.price, quantity).ok_or(Reject::QuantityTooLarge)?;
        let cost = Amount::new(tranche.price.currency, cost);
        self.check_escrow(account, cost)?;
        let right = self.register.asset(asset)?;
        right.check_act(Act::Units, Some(tranche.price), tell.at)?;
        if self.is_owners(asset, buyer) {
            return Err(Reject::OwnRight);
        }
        if !tranche.open || tell.at < tranche.opens_at {
            return Err(Reject::TrancheNotOpen);
        }
        if quantity > tranche.quantity.minus(tranche.taken) {
            return Err(Reject::TrancheFull);
        }
        // A unit is a licence of technology.
        taker.check_export()?;
        // They are on offer, and counted as that.
        let wanted = Use::units(tranche.price, Quantity::ZERO, right.expires);
        self.check_pledgees(asset, &wanted, today)?;

        let deal = Seq(asked.tranche.0);
        let shares = self.licensors_shares(asset, seller, cost.money);
        self.pay(deal, account, cost, &shares, tell);
        self.deliver_units(deal, instrument, (seller, account), quantity, tell);
        let offer = self.units.tranches.get_mut(&asked.tranche).expect("asked before");
        offer.tranche.taken = offer.tranche.taken.plus(quantity);
        if offer.tranche.taken == offer.tranche.quantity {
            self.finish_tranche(asked.tranche, tell);
        } else {
            tell.notice(Notice::Tranche(offer.tranche));
        }
        self.use_consents(asset, PledgeAct::Licence, quantity.units().unsigned_abs(), tell);
        self.pass_proceeds(asset, PledgeAct::Licence, (&shares, cost.currency), tell);
        Ok(Receipt::Done)
    }

    /// The owner closes a tranche that is not full.
    pub(crate) fn close_tranche(
        &mut self,
        user: User,
        asked: &CloseTranche,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let TrancheOffer {
            tranche, instrument, ..
        } = self.tranche(asked.tranche)?;
        user.check_owner(self.owner_of(*instrument))?;
        self.check_unit_books()?;
        if !tranche.open {
            return Err(Reject::StateForbids);
        }

        self.finish_tranche(asked.tranche, tell);
        Ok(Receipt::Done)
    }

    /// The listing's book closes for good: its tranche ends.
    pub(crate) fn end_tranche_of(&mut self, instrument: InstrumentId, tell: &mut Tell<'_>) {
        if let Some(open) = self.units.steps.get(&instrument).and_then(|steps| steps.open) {
            self.finish_tranche(open, tell);
        }
    }

    /// A tranche that is open or yet to open closes: what is left goes back to the owner.
    fn finish_tranche(&mut self, id: TrancheId, tell: &mut Tell<'_>) {
        let offer = self.units.tranches.get_mut(&id).expect("its listing names it");
        offer.tranche.open = false;
        offer.interest.clear();
        let TrancheOffer {
            tranche,
            instrument,
            account,
            ..
        } = *offer;
        self.units.steps.get_mut(&instrument).expect("it has a step").open = None;
        let left = tranche.quantity.minus(tranche.taken);
        if left > Quantity::ZERO {
            let slot = self.ledger.holding_slot(account, instrument);
            self.ledger.release_units(slot, left);
            let deal = (Seq(id.0), PostingReason::Released);
            self.post_units(posting(deal, (account, instrument), left.units(), -left.units()), tell);
        }
        tell.notice(Notice::Tranche(tranche));
    }

    /// What the open tranches hold: of which account, of what, how many.
    pub(crate) fn held_for_tranches(&self) -> impl Iterator<Item = (AccountId, InstrumentId, Quantity)> {
        let open = self.units.tranches.values().filter(|offer| offer.tranche.open);
        open.map(|offer| {
            let left = offer.tranche.quantity.minus(offer.tranche.taken);
            (offer.account, offer.instrument, left)
        })
    }

    /// What this module promises: see above.
    pub(crate) fn check_tranches(&self) -> Result<(), String> {
        let open: BTreeMap<_, _> = self
            .units
            .tranches
            .iter()
            .filter(|(_, offer)| offer.tranche.open)
            .map(|(id, offer)| (offer.instrument, *id))
            .collect();
        let named = self
            .units
            .steps
            .iter()
            .filter_map(|(instrument, steps)| Some((*instrument, steps.open?)));
        if !named.eq(open.iter().map(|(instrument, id)| (*instrument, *id)))
            || open.len() != self.held_for_tranches().count()
        {
            return Err(format!("tranches are open: {open:?}; their listings name others"));
        }
        for (
            id,
            TrancheOffer {
                tranche,
                instrument,
                interest,
                ..
            },
        ) in &self.units.tranches
        {
            let closed = self.register.listing(*instrument).status == TradingStatus::Closed;
            let indicated = interest.values().fold(Quantity::ZERO, |sum, units| sum.plus(*units));
            let fits = if tranche.open {
                tranche.taken < tranche.quantity && !closed && indicated == tranche.interest
            } else {
                tranche.taken <= tranche.quantity && interest.is_empty()
            };
            if !fits {
                return Err(format!("{id:?} cannot be: {tranche:?} {interest:?}"));
            }
        }
        Ok(())
    }
}
