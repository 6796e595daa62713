//! Which lots may be announced: what the legal basis of a sale forbids and asks for (RULES.md F3, 2.6).
//!
//! Invariant: a lot's terms are checked once, when it is announced, all of them; what changes afterwards ends the lot.

use super::{Lot, award::costs_of, ladder, lot::lowest, prices, start};
use crate::{
    book::Book,
    kit::{
        checks::{first_fault, require, same_set},
        deadlines::Deadline,
    },
    register::{
        party::{MAY_BUY, User},
        pledgees::Use,
        taker::Road,
    },
    state::Exchange,
    sums::disposal::benefit,
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use core::ops::RangeInclusive;
use protocol::{
    AssetId, Date, EntityId, InstrumentId, LotId, MONEY_MAX, Money, Quantity, Receipt, Reject, Timestamp, TransferId,
    auction::{
        AnnounceLot, Clock, Extension, Format, LOT_PRICE_MAX, LotState, PriceStep, RANKS_MAX, STEPS_MAX, SealedPrice,
    },
    maxima::Maxima,
    party::Roles,
    time::{DAY, SECOND},
    title::{Act, BUNDLE_MAX, Share, Valuation},
    transfer::LegalBasis::{self, AuctionLaw, Judicial},
};

/// A court's bidding lasts a day at least, and a late bid leaves five minutes (18号 20).
const COURT_BIDDING: u64 = DAY;
const COURT_WINDOW_S: u32 = 300;
/// Days of notice of a court's sale of what is neither goods nor land: the first round, the second (18号 12, 26).
const COURT_NOTICE_DAYS: [i32; 2] = [30, 15];
/// Days between telling the parties and the notice (18号 16).
const COURT_TOLD_DAYS: i32 = 3;
/// Days within which the second round is announced (18号 26).
const COURT_NEXT_DAYS: i32 = 30;
/// How long a court's sell-off is offered, and how long its bidding lasts at least once it was taken up (common practice).
const COURT_SELL_OFF: u64 = 60 * DAY;
const COURT_SELL_OFF_RUNS_S: u32 = 86_400;
/// Months after the last day of a valuation in which what was announced before may still begin (参考价规定 27).
const GRACE_MONTHS: u32 = 6;
/// Days of notice and of viewing of an auction house (拍卖法 45, 48).
const HOUSE_NOTICE_DAYS: i32 = 7;
const HOUSE_VIEWING_DAYS: u32 = 2;
/// The longest a lot may run or be announced ahead.
const AHEAD: u64 = 366 * DAY;
/// The most seconds of any clock: ten days.
const SECONDS_MAX: u32 = 864_000;
/// The working days that a buyer may be given to pay.
pub(super) const PAYMENT_DAYS: RangeInclusive<u32> = 1..=366;

/// Whether the steps rise from zero.
fn check_steps(steps: &[PriceStep]) -> Result<(), Reject> {
    let from = |step: &PriceStep| step.from.money.minor();
    let one_currency = steps
        .iter()
        .all(|step| step.from.currency == steps[0].from.currency && step.step.currency == steps[0].from.currency);
    let fits = (1..=STEPS_MAX).contains(&steps.len())
        && one_currency
        && from(&steps[0]) == 0
        && steps.is_sorted_by(|a, b| from(a) < from(b))
        && steps
            .iter()
            .all(|step| (1..=LOT_PRICE_MAX).contains(&step.step.money.minor()));
    require(fits, Reject::StepsInvalid)
}

/// Whether a format is sound in itself, whatever the law.
fn check_format(format: &Format) -> Result<(), Reject> {
    if let Some((_, steps, _)) = ladder(format) {
        check_steps(steps)?;
    }
    let start = start(format);
    let same = |amount: &protocol::Amount| amount.currency == start.currency;
    let sealed = format.sealed().is_none_or(|terms| {
        same(&terms.penalty) && terms.penalty.money.minor() >= 0 && (1..=SECONDS_MAX).contains(&terms.reveal_s)
    });
    let fits = match format {
        Format::Ascending(terms) => terms
            .buy_now
            .as_ref()
            .is_none_or(|price| same(price) && price.money > start.money && price.money.minor() <= LOT_PRICE_MAX),
        Format::Descending(terms) => {
            let falls = same(&terms.floor) && same(&terms.step) && terms.step.money.minor() > 0;
            let down = (1..=start.money.minor()).contains(&terms.floor.money.minor());
            falls && down && (1..=SECONDS_MAX).contains(&terms.every_s) && (1..=SECONDS_MAX).contains(&terms.hold_s)
        }
        Format::SellOff(terms) => (1..=SECONDS_MAX).contains(&terms.runs_s),
        Format::Uniform(terms) => same(&terms.step) && terms.step.money.minor() > 0 && terms.units.units() > 0,
        Format::Sealed(_) | Format::SealedReverse(_) | Format::Reverse(_) => sealed,
    };
    let steps_fit = ladder(format).is_none_or(|(_, steps, _)| steps[0].from.currency == start.currency);
    require(
        fits && steps_fit && (1..=LOT_PRICE_MAX).contains(&start.money.minor()),
        Reject::AmountInvalid,
    )
}

/// Whether a holder of priority can answer the best bid: where bids rise and none ends the lot at once. Who was
/// promised a priority that cannot be used has none.
fn takes_priority(format: &Format) -> bool {
    match format {
        Format::Ascending(terms) => terms.buy_now.is_none(),
        Format::SellOff(_) => true,
        Format::Descending(_)
        | Format::Sealed(_)
        | Format::SealedReverse(_)
        | Format::Uniform(_)
        | Format::Reverse(_) => false,
    }
}

/// Whether the law of the sale knows this format and these terms of it.
fn check_basis(asked: &AnnounceLot) -> Result<(), Reject> {
    require(
        asked.priority.is_empty() || takes_priority(&asked.format),
        Reject::FormatForbidden,
    )?;
    let fits = match (asked.basis, &asked.format) {
        // By rising bids alone, from a start that is the reserve, without a fixed price, maxima, or any end but the
        // court's (18号 10, 20).
        (Judicial, Format::Ascending(terms)) => {
            terms.buy_now.is_none()
                && terms.maxima == Maxima::NotTaken
                && is_courts(&terms.clock)
                && asked.reserve.is_none()
        }
        (Judicial, Format::SellOff(terms)) => is_courts(&terms.clock) && asked.reserve.is_none(),
        (Judicial, _) => false,
        // To the highest public bid (拍卖法 3, 51).
        (AuctionLaw, Format::Ascending(terms)) => terms.buy_now.is_none(),
        (AuctionLaw, Format::Descending(_) | Format::SellOff(_)) => true,
        (AuctionLaw, _) => false,
        (_, Format::Sealed(terms)) if terms.pays == SealedPrice::Second => !asked.state_owned,
        _ => true,
    };
    require(fits, Reject::FormatForbidden)
}

fn is_courts(clock: &Clock) -> bool {
    clock.window_s == COURT_WINDOW_S && clock.extension == Extension::FromBid && clock.extensions_max.is_none()
}

/// When a lot ends unless bids move it.
fn ends_at(asked: &AnnounceLot) -> Timestamp {
    match &asked.format {
        Format::Descending(terms) => asked.opens_at.after(prices::falls_for(terms)),
        _ => asked.closes_at,
    }
}

/// The earliest moment at which the lot can be sold: at once where a bid ends it, else at its end; of a sell-off once
/// its bidding has run.
fn earliest_sale(asked: &AnnounceLot) -> Timestamp {
    match &asked.format {
        Format::Descending(_) => asked.opens_at,
        Format::Ascending(terms) if terms.buy_now.is_some() => asked.opens_at,
        Format::SellOff(terms) => asked.opens_at.after(u64::from(terms.runs_s) * SECOND),
        _ => asked.closes_at,
    }
}

/// Whether the fees are ones that the law of the sale takes: a court that sells by itself takes nothing of the buyer,
/// and a commission only where an auction house was commissioned (18号 37).
fn check_fees(asked: &AnnounceLot) -> Result<(), Reject> {
    let fees = [asked.fees.seller, asked.fees.premium];
    let commissioned = asked.court.is_some_and(|court| court.commissioned);
    let court = asked.basis != Judicial || asked.fees.premium.0 == 0 && (!asked.fees.commission || commissioned);
    require(fees.iter().all(|fee| fee.0 <= 10_000) && court, Reject::FeesOutOfRange)
}

impl Lot {
    /// Whether its terms are sound in themselves: what was asked when it was announced, of one that is read.
    pub(crate) fn terms_are_sound(&self) -> bool {
        let asked = &self.terms;
        let clock = ladder(&asked.format).is_none_or(|(_, _, clock)| clock.window_s <= SECONDS_MAX);
        check_format(&asked.format).is_ok() && check_basis(asked).is_ok() && check_fees(asked).is_ok() && clock
    }
}

/// Whether the times of a lot lie ahead in order.
fn check_times(asked: &AnnounceLot, now: Timestamp) -> Result<(), Reject> {
    let ends = ends_at(asked);
    let ordered = now <= asked.qualifies_at && asked.qualifies_at <= asked.opens_at && asked.opens_at < ends;
    let near = ends.0 - now.0.min(ends.0) <= AHEAD;
    let least = match &asked.format {
        Format::SellOff(_) => COURT_SELL_OFF,
        _ => COURT_BIDDING,
    };
    let runs = match &asked.format {
        Format::SellOff(terms) => terms.runs_s >= COURT_SELL_OFF_RUNS_S,
        _ => true,
    };
    let court = asked.basis != Judicial || !ordered || ends.0 - asked.opens_at.0 >= least && runs;
    let window = ladder(&asked.format).is_none_or(|(_, _, clock)| clock.window_s <= SECONDS_MAX);
    let payment = PAYMENT_DAYS.contains(&asked.payment_days);
    require(ordered && near && court && window && payment, Reject::LotTimesInvalid)
}

/// What a court's lot is worth.
struct Valued {
    /// All of its rights together, in minor units.
    value: i64,
    /// The first day on which the first of the valuations is not good any more.
    expires: Date,
}

/// A lot that may be announced: whose it is and what it sells.
struct Announced {
    /// The acting owner, or in reverse the buyer.
    seller: EntityId,
    /// All owners.
    owners: Vec<Share>,
    /// The rights that are sold, or the one of whose units some are.
    rights: Vec<AssetId>,
    /// Of what units are sold.
    instrument: Option<InstrumentId>,
}

impl<B: Book> Exchange<B> {
    /// The owner or an operator announces a lot; in reverse a buyer.
    pub(crate) fn announce_lot(
        &mut self,
        user: User,
        asked: &AnnounceLot,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let announced = self.check_announced(user, asked, tell.at)?;

        let id = LotId::from(tell.seq);
        let round = self.round_of(asked);
        let ends = ends_at(asked);
        for asset in &asked.assets {
            self.register.right_mut(*asset).extra_mut().lot = Some(id);
            self.offered(*asset, tell);
        }
        self.lots.add(Lot {
            id,
            terms: asked.clone(),
            seller: announced.seller,
            owners: announced.owners,
            rights: announced.rights,
            instrument: announced.instrument,
            units_held: Quantity::ZERO,
            admits: None,
            cleared: None,
            begins_before: self.begins_before(asked, tell.at.venue_date()),
            round,
            state: LotState::Announced,
            began: asked.opens_at,
            ends_at: ends,
            extensions: 0,
            extended: 0,
            outages: 0,
            bids: 0,
            best: None,
            bidders: Vec::new(),
            paused: None,
            pause: None,
            asked: None,
            award: None,
            resales: Vec::new(),
            settled: false,
            cases: Vec::new(),
            questions: Vec::new(),
            due: asked.qualifies_at,
            step: None,
        });
        self.note_appraisals(TransferId(id.0), &asked.assets);
        self.deadlines.add(asked.qualifies_at, Deadline::LotStep(id));
        self.hold_lot_units(id, tell);
        self.hold_demand(id, tell);
        self.tell_lot(id, tell);
        // Deposits may be taken at once.
        self.lot_now(id, tell).expect("it was just announced");
        Ok(Receipt::Deal(tell.seq))
    }

    /// Whether this lot may be announced, in the order of the checks; and whose it is.
    fn check_announced(&self, user: User, asked: &AnnounceLot, at: Timestamp) -> Result<Announced, Reject> {
        // A court's sale is announced by the court, or an operator for it: no owner calls itself a court.
        let court = asked.basis == Judicial;
        let operator = user.is_operator() || court && user.roles.has_any(Roles::COURT);
        let named = self.sellers_account(user, asked.account, &asked.assets);
        let paid = match self.debtors_account(asked).filter(|_| operator) {
            Some(debtor) => debtor,
            None => named?,
        };
        for &asset in &asked.assets {
            self.right_for(user, asset)?;
        }
        if let Some(after) = asked.after {
            self.lots.get(after).ok_or(Reject::UnknownLot)?;
        }
        let instrument = match &asked.format {
            Format::Uniform(terms) => Some(self.register.instrument_of(&terms.symbol)?),
            _ => None,
        };
        let demand = asked.format.is_demand();
        let disposes = self.disposes(user, &asked.assets);
        let may_announce = if demand || disposes { MAY_BUY } else { Roles::FIRM };
        let may_announce = if court { Roles::COURT } else { may_announce };
        user.may(may_announce.with(Roles::OPERATOR))?;
        let rights = match instrument {
            Some(instrument) => Vec::from([self.register.listing(instrument).asset]),
            None => asked.assets.clone(),
        };
        let acting = |asset: &AssetId| self.register.right(*asset).owner;
        let seller = match rights.first() {
            Some(asset) if operator || disposes => acting(asset),
            _ => user.entity,
        };
        require(paid == seller, Reject::NotYourAccount)?;
        let own = operator || disposes || rights.iter().all(|asset| acting(asset) == seller);
        require(own, Reject::NotTheOwner)?;
        for holder in &asked.priority {
            self.register.check_entity(holder.entity)?;
        }
        if let Some(creditor) = &asked.creditor {
            self.register.check_entity(creditor.entity)?;
        }
        let owners = match rights.first() {
            Some(asset) => self.register.right(*asset).owners(),
            None => Vec::new(),
        };
        let sells_rights = instrument.is_none() && !demand;
        let lot_of_rights = if sells_rights {
            (1..=BUNDLE_MAX).contains(&asked.assets.len())
        } else {
            asked.assets.is_empty()
        };
        let each = asked.assets.iter().enumerate().take(BUNDLE_MAX);
        let each = each.map(|(place, &asset)| self.check_lot_right(asked, place, asset, &owners, at));
        let today = at.venue_date();
        let general = [
            self.check_court(asked),
            check_fees(asked),
            require(lot_of_rights, Reject::LotOfRightsInvalid),
            check_format(&asked.format),
            check_basis(asked),
            check_times(asked, at).and_then(|()| self.check_payment_days(asked)),
            self.check_notice(asked, today),
            self.check_start(asked, today),
            self.check_deposit(asked),
            self.check_round(asked, seller, &rights, instrument, today),
            self.check_ranks(asked, seller, &owners),
            Self::check_reserve(asked),
            self.check_debt(asked),
            self.check_lot_of_units(asked, instrument, at),
            self.check_demand(asked),
        ];
        first_fault(general.into_iter().chain(each))?;
        let sold = (&asked.assets[..], start(&asked.format).currency);
        let in_case = |asset: &AssetId| self.check_case(user, *asset, sold, asked.basis, at);
        let in_case = asked.assets.iter().map(in_case);
        first_fault(in_case)?;
        let closes = asked.closes_at.venue_date();
        first_fault(asked.assets.iter().map(|asset| self.check_dues_ahead(*asset, closes)))?;
        self.check_bundle(&asked.assets, lowest(&asked.format), asked.basis, at)?;
        // A sell-off is no auction any more; a court's has its own floor.
        if matches!(asked.format, Format::SellOff(_)) && !court {
            self.check_price_guard(&asked.assets, start(&asked.format), at)?;
        }
        Ok(Announced {
            seller,
            owners,
            rights,
            instrument,
        })
    }

    /// Whose the account is that is paid, where it is the acting owner's: a court knows that one beside its own.
    fn debtors_account(&self, asked: &AnnounceLot) -> Option<EntityId> {
        let paid = self.ledger.account(asked.account).ok()?.entity;
        let right = match &asked.format {
            Format::Uniform(terms) => {
                let instrument = self.register.instrument_of(&terms.symbol).ok()?;
                self.register.listing(instrument).asset
            }
            _ => *asked.assets.first()?,
        };
        let owner = self.register.asset(right).ok()?.owner;
        (owner == paid).then_some(paid)
    }

    /// Whether a court may sell here: on a platform that is listed for it, by its order; or in play (18号 2, 4, 5).
    fn check_court(&self, asked: &AnnounceLot) -> Result<(), Reject> {
        let epoch = self.epoch();
        if asked.basis != Judicial {
            return Ok(());
        }
        let currency = start(&asked.format).currency;
        let sound = asked.court.is_none_or(|court| {
            let owed = court
                .debt
                .is_none_or(|debt| debt.currency == currency && debt.money > Money::ZERO);
            owed && court.prior_claims.currency == currency && court.prior_claims.money >= Money::ZERO
        });
        if epoch.judicial_listing.is_none() && epoch.approval.is_sandbox() {
            return require(sound, Reject::AmountInvalid);
        }
        require(epoch.judicial_listing.is_some(), Reject::JudicialListingMissing)?;
        let ordered = asked.court.is_some_and(|court| court.order.is_some());
        require(ordered, Reject::CourtOrderMissing)?;
        require(sound, Reject::AmountInvalid)
    }

    /// Whether this right may be sold in this lot. A court sells what courts hold.
    fn check_lot_right(
        &self,
        asked: &AnnounceLot,
        place: usize,
        asset: AssetId,
        owners: &[Share],
        at: Timestamp,
    ) -> Result<(), Reject> {
        let right = self.register.right(asset);
        let extra = right.extra();
        let price = Some(lowest(&asked.format));
        let act = match right.check_act(Act::Transfer, price, at) {
            Err(Reject::RightFrozen | Reject::CoOwnerConsent) if asked.basis == Judicial => Ok(()),
            other => other,
        };
        let sold = earliest_sale(asked).venue_date();
        let locked = owners
            .iter()
            .filter(|_| Road::of(asked.basis).locks())
            .map(|share| self.check_title_lock(asset, share.entity, sold));
        let room = if Road::of(asked.basis).counts_holders() {
            self.check_title_room(asset)
        } else {
            Ok(())
        };
        let pledgees = if Self::asks_pledgees(asked.basis) {
            let wanted = Use::sale(lowest(&asked.format), asked.assets.len());
            self.check_pledgees(asset, &wanted, at.venue_date())
        } else {
            Ok(())
        };
        first_fault([
            room,
            first_fault(locked),
            require(
                right.is_owned_as(owners) && !asked.assets[..place].contains(&asset),
                Reject::LotOfRightsInvalid,
            ),
            require(!self.is_on_offer(asset), Reject::AlreadyOffered),
            act,
            require(
                extra.bundle.iter().all(|mark| asked.assets.contains(mark)),
                Reject::BundleIncomplete,
            ),
            self.check_purpose(asset, asked.purpose),
            pledgees,
        ])
    }

    /// Whether the sale was told of early enough, and can be looked at.
    fn check_notice(&self, asked: &AnnounceLot, today: Date) -> Result<(), Reject> {
        let opens = asked.opens_at.venue_date();
        let ahead = opens.0.saturating_sub(today.0);
        // What the State owns is disclosed as long in a lot as in a sale; a court has days of its own.
        if asked.state_owned && asked.basis != Judicial && !asked.assets.is_empty() {
            let days = self.rule_book().state_disclosure_days;
            let disclosed = self.working_days(today, days)?;
            // The last day of the disclosure is one of it, as in a sale.
            require(days == 0 || opens > disclosed, Reject::DisclosureInvalid)?;
        }
        match asked.basis {
            Judicial => {
                let notice = COURT_NOTICE_DAYS[usize::from(self.round_of(asked) > 1)];
                let told = asked
                    .court
                    .is_some_and(|court| today.0.saturating_sub(court.notified.0) >= COURT_TOLD_DAYS);
                require(ahead >= notice && told, Reject::NoticeTooShort)
            }
            AuctionLaw => {
                require(ahead >= HOUSE_NOTICE_DAYS, Reject::NoticeTooShort)?;
                require(asked.viewing_days >= HOUSE_VIEWING_DAYS, Reject::ViewingTooShort)
            }
            LegalBasis::VenueRule | LegalBasis::Private => Ok(()),
        }
    }

    /// Whether the start is as high as the valuation and the round before ask: 70 % of the one, 80 % of the other (18号
    /// 10, 26).
    fn check_start(&self, asked: &AnnounceLot, today: Date) -> Result<(), Reject> {
        let start = lowest(&asked.format);
        let before = asked.after.and_then(|after| self.lots.get(after));
        let valued = match before {
            None if asked.basis == Judicial => Some(self.valued(asked, today)?),
            _ => None,
        };
        let in_time = self
            .begins_before(asked, today)
            .is_none_or(|day| asked.opens_at.venue_date() < day);
        require(in_time, Reject::ValuationMissing)?;
        if let Some(before) = before {
            let least = lowest(&before.terms.format).money.minor();
            let least = match asked.format {
                // A default is no failed round: nothing is cut (18号 24).
                _ if before.state == LotState::Defaulted => least,
                // A sell-off stands at the price of the last round.
                Format::SellOff(_) => least,
                _ => prices::percent_up(least, 80),
            };
            let same = start.currency == before.currency();
            require(same && start.money.minor() >= least, Reject::StartTooLow)?;
        } else if let Some(valued) = valued {
            let least = prices::percent_up(valued.value, 70);
            require(start.money.minor() >= least, Reject::StartTooLow)?;
        }
        // Even where the applicant insists, the start exceeds what comes before it (拍卖变卖财产规定 6).
        let known = self.prior_claims(&asked.assets, start.currency, today);
        let costs = costs_of(&asked.fees, start.money.minor());
        let useless = asked.court.filter(|_| asked.basis == Judicial).is_some_and(|court| {
            let told = benefit(start.money, court.prior_claims.money, Money::ZERO);
            let known = known > Money::ZERO && benefit(start.money, known, costs).notify;
            told.notify || known
        });
        require(!useless, Reject::UselessSale)
    }

    /// The valuations that a court's first round stands on: one of each of its rights, in the currency of the sale, and
    /// good on the day it is announced.
    fn valued(&self, asked: &AnnounceLot, today: Date) -> Result<Valued, Reject> {
        let currency = start(&asked.format).currency;
        let named = asked.valuation.iter().chain(&asked.more_valuations);
        let named: Vec<&Valuation> = named.filter_map(|id| self.valuations.last.get(id)).collect();
        let mut valued = Valued {
            value: 0,
            expires: Date(i32::MAX),
        };
        for asset in &asked.assets {
            let good = |valuation: &&&Valuation| {
                valuation.asset == *asset && valuation.expires > today && valuation.value.currency == currency
            };
            let valuation = named.iter().find(good).ok_or(Reject::ValuationMissing)?;
            valued.value = valued.value.saturating_add(valuation.value.money.minor());
            valued.expires = valued.expires.min(valuation.expires);
        }
        Ok(valued)
    }

    /// The first day on which a court's sale may not open any more: the last is half a year after the last day of its
    /// valuation; later rounds stand on the first's (参考价规定 27).
    fn begins_before(&self, asked: &AnnounceLot, today: Date) -> Option<Date> {
        match asked.after.and_then(|after| self.lots.get(after)) {
            Some(before) => before.begins_before,
            None if asked.basis == Judicial => {
                let valued = self.valued(asked, today).ok().filter(|_| !asked.assets.is_empty())?;
                let last = Date(valued.expires.0 - 1);
                Some(last.plus_months(GRACE_MONTHS).next())
            }
            None => None,
        }
    }

    /// Whether the deposit is one that this law takes: a court 5 to 20 % of the start (18号 17).
    fn check_deposit(&self, asked: &AnnounceLot) -> Result<(), Reject> {
        let (start, deposit) = (start(&asked.format), asked.deposit);
        let minor = deposit.money.minor();
        let range = if asked.basis == Judicial {
            let start = start.money.minor();
            prices::percent_up(start, 5)..=prices::percent_down(start, 20)
        } else {
            0..=MONEY_MAX
        };
        let claim = asked.creditor.is_none_or(|creditor| {
            let owed = (0..=MONEY_MAX).contains(&creditor.claim.money.minor());
            owed && creditor.claim.currency == start.currency
        });
        require(
            deposit.currency == start.currency && range.contains(&minor) && claim,
            Reject::DepositOutOfRange,
        )
    }

    /// Which round of a sale this would be: a default is no failed round, and is made good in the same (18号 24).
    fn round_of(&self, asked: &AnnounceLot) -> u32 {
        let before = asked.after.and_then(|after| self.lots.get(after));
        before.map_or(1, |before| {
            before.round + u32::from(before.state != LotState::Defaulted)
        })
    }

    /// Whether a next round follows its last: of the same seller, the same rights or units, unsold, in time; a court
    /// sells off after two rounds, at the price of the second. What was not paid for is sold anew as it was sold.
    fn check_round(
        &self,
        asked: &AnnounceLot,
        seller: EntityId,
        rights: &[AssetId],
        instrument: Option<InstrumentId>,
        today: Date,
    ) -> Result<(), Reject> {
        let sell_off = matches!(asked.format, Format::SellOff(_));
        let Some(before) = asked.after.and_then(|after| self.lots.get(after)) else {
            return require(asked.basis != Judicial || !sell_off, Reject::RoundInvalid);
        };
        let same = (before.seller, before.instrument) == (seller, instrument)
            && same_set(&before.rights, rights)
            && before.terms.basis == asked.basis;
        let unsold = matches!(before.state, LotState::Unsold | LotState::Defaulted);
        let sold_off = matches!(before.terms.format, Format::SellOff(_));
        let fits = if asked.basis != Judicial {
            true
        } else if before.state == LotState::Defaulted {
            sell_off == sold_off
        } else if sell_off && start(&asked.format).money > start(&before.terms.format).money {
            false
        } else {
            let last = Date(before.ends_at.venue_date().0.saturating_add(COURT_NEXT_DAYS));
            let next = if sell_off { before.round == 2 } else { before.round == 1 };
            next && today <= self.step_until(last).day
        };
        require(same && unsold && fits, Reject::RoundInvalid)
    }

    /// The calendar knows the days in which the buyer pays.
    fn check_payment_days(&self, asked: &AnnounceLot) -> Result<(), Reject> {
        let reveal = asked.format.sealed().map_or(0, |terms| terms.reveal_s);
        let closes = ends_at(asked).after(u64::from(reveal) * SECOND).venue_date();
        self.working_days(closes, asked.payment_days).map(|_| ())
    }

    /// Whether the holders of priority are ones: each once, by rank, and none that the door would turn away.
    fn check_ranks(&self, asked: &AnnounceLot, seller: EntityId, owners: &[Share]) -> Result<(), Reject> {
        let sellers = || owners.iter().map(|share| share.entity).chain([seller]);
        let road = Road::of(asked.basis);
        let at_the_door = |entity| {
            self.check_outsider(asked.basis, sellers(), entity).is_ok()
                && self.check_related(road, &asked.assets, entity).is_ok()
        };
        let distinct: BTreeSet<_> = asked.priority.iter().map(|holder| holder.entity).collect();
        let fits = asked.priority.len() <= RANKS_MAX
            && distinct.len() == asked.priority.len()
            && asked
                .priority
                .iter()
                .all(|holder| holder.rank >= 1 && at_the_door(holder.entity));
        require(fits, Reject::RanksInvalid)
    }

    fn check_reserve(asked: &AnnounceLot) -> Result<(), Reject> {
        let start = start(&asked.format);
        let fits = asked.reserve.is_none_or(|reserve| {
            let beyond = match asked.format {
                Format::Reverse(_) | Format::SealedReverse(_) => {
                    reserve.money < start.money && reserve.money.minor() >= 1
                }
                _ => reserve.money > start.money && reserve.money.minor() <= LOT_PRICE_MAX,
            };
            // A price that rises by steps meets it, and no fixed price goes below it.
            let met = match &asked.format {
                Format::Ascending(terms) => {
                    let sound = beyond && start.money > Money::ZERO && check_steps(&terms.steps).is_ok();
                    sound
                        && prices::is_rung(&terms.steps, start.money.minor(), reserve.money.minor())
                        && terms.buy_now.is_none_or(|fixed| fixed.money >= reserve.money)
                }
                Format::Descending(_) => false,
                _ => true,
            };
            reserve.currency == start.currency && beyond && met
        });
        require(fits, Reject::ReserveInvalid)
    }
}
