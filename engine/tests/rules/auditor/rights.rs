//! Rights: whose each is at every moment, what freezes it, what its owners agreed to, when it is late and when it ends.

use super::{Audit, Auditor, must};
use protocol::{
    AssetId, Command, Currency, Date, EntityId, Seq, Timestamp,
    asset::{AssetClass, RegisterAsset},
    event::TradingStatus,
    licence::LicenceState,
    title::{Act, AssetChange, AssetState, Consent, Facts, Hold, HoldKind, HoldState, RightFacts, Share, Title},
    transfer::TransferState,
};
use std::collections::{BTreeMap, BTreeSet};

/// A right.
#[derive(Clone, Debug)]
pub struct Right {
    pub details: RegisterAsset,
    pub title: Title,
    /// What the register of its class tells.
    pub facts: Option<RightFacts>,
    /// The command that registered it.
    registered: Seq,
    /// The first day without it, once its dues are late.
    lapses: Option<Date>,
    /// Who ever held it, and how many were told.
    pub holders: BTreeSet<EntityId>,
    pub(super) holders_told: u32,
    /// When each last bought or sold it.
    pub(super) bought: BTreeMap<EntityId, Date>,
    pub(super) sold: BTreeMap<EntityId, Date>,
}

impl Right {
    /// Whether the register of its class tells more than all registers do.
    pub fn needs_facts(&self) -> bool {
        matches!(
            self.class(),
            AssetClass::Copyright | AssetClass::CircuitLayout | AssetClass::LicenceIncome
        )
    }

    /// Whether a participant ever held it, or traded it.
    pub fn was_held_by(&self, entity: EntityId) -> bool {
        self.holders.contains(&entity) || self.bought.contains_key(&entity) || self.sold.contains_key(&entity)
    }

    pub fn class(&self) -> AssetClass {
        self.details.class
    }

    /// A mark whose last dues are those of its renewal may be renewed after its term.
    pub fn awaits_renewal(&self) -> bool {
        let due = self.title.due.map(Date::next);
        self.class() == AssetClass::Trademark && due.is_some() && due == self.title.expires
    }

    pub fn is_over(&self) -> bool {
        matches!(self.title.state, AssetState::Expired | AssetState::Invalidated)
    }

    /// Whether all owners have to agree: co-owners of a patent, a work or know-how each license non-exclusively alone.
    pub fn takes_all_owners(&self, act: Act) -> bool {
        let alone = matches!(
            self.class(),
            AssetClass::Patent | AssetClass::Copyright | AssetClass::KnowHow
        );
        match act {
            Act::LicenceNonExclusive | Act::Units if alone => false,
            _ => self.title.owners.len() > 1,
        }
    }
}

/// Whether a hold keeps a right from passing and being licensed.
fn freezes(kind: HoldKind) -> bool {
    kind != HoldKind::InvalidationPending
}

/// Whether it is a court's order, which waits behind another.
fn is_order(kind: HoldKind) -> bool {
    matches!(kind, HoldKind::Preservation | HoldKind::CourtHold)
}

/// Which states may be told one after the other.
fn follows(from: AssetState, to: AssetState) -> bool {
    use AssetState as S;
    from == to
        || match from {
            S::Draft => matches!(to, S::Verified | S::Delisted | S::Expired | S::Invalidated),
            S::Verified => !matches!(to, S::Draft | S::Transferred),
            S::Listed => to != S::Draft,
            // A sale whose money is held goes on while the right is suspended or taken off.
            S::Suspended => to != S::Draft,
            S::Delisted => !matches!(to, S::Draft | S::Suspended),
            S::Transferred => matches!(to, S::Verified | S::Expired | S::Invalidated),
            S::Expired => to == S::Invalidated,
            S::Invalidated => false,
        }
}

impl Auditor {
    pub(super) fn hear_registration(&mut self, asset: AssetId, details: &RegisterAsset) -> Audit {
        let title = Title {
            asset,
            state: AssetState::Draft,
            owners: vec![Share {
                entity: details.owner,
                parts: 1,
            }],
            kind: None,
            granted: details.granted,
            expires: details.expires,
            extract: None,
            due: None,
            late: false,
            lapses: None,
            calendar: None,
            frozen: false,
            bundle: vec![],
        };
        let right = Right {
            details: details.clone(),
            title,
            facts: None,
            registered: self.seq,
            lapses: None,
            holders: BTreeSet::new(),
            holders_told: 0,
            bought: BTreeMap::new(),
            sold: BTreeMap::new(),
        };
        let before = self.rights.insert(asset, right);
        self.count("rights");
        must(before.is_none(), || "a right is registered twice".into())
    }

    pub(super) fn hear_facts(&mut self, told: &Facts) -> Audit {
        let asked = matches!(self.doing(), Some(Command::DescribeRight(asked))
            if (asked.asset, &asked.facts, asked.evidence) == (told.asset, &told.facts, told.evidence));
        must(asked, || "nobody described it so".into())?;
        let right = self.rights.get_mut(&told.asset).ok_or("facts of no right")?;
        right.facts = Some(told.facts.clone());
        must(right.needs_facts() && right.title.state != AssetState::Listed, || {
            "described while it is offered".into()
        })?;
        self.count("rights described");
        Ok(())
    }

    pub(super) fn hear_title(&mut self, title: &Title) -> Audit {
        let asset = title.asset;
        let right = self.rights.get(&asset).ok_or("a title of no right")?;
        let before = right.title.clone();
        let new = right.registered == self.seq;
        let entities = |title: &Title| title.owners.iter().map(|share| share.entity).collect::<BTreeSet<_>>();
        let owners = entities(title);
        let sound = owners.len() == title.owners.len() && title.owners.iter().all(|share| share.parts > 0);
        must(sound && !owners.is_empty(), || "owners that cannot be".into())?;
        must(follows(before.state, title.state), || format!("it was {before:?}"))?;

        let verifies = matches!(self.doing(), Some(Command::VerifyAsset(asked)) if asked.asset == asset);
        let passes = title.owners[0].entity != before.owners[0].entity;
        if passes {
            self.check_passing(&before, title)?;
        } else if before.owners != title.owners && !new {
            // An extract tells parts anew; a draft learns by its first one who else owns it.
            let learns = before.state == AssetState::Draft && before.owners.len() == 1;
            let refines = verifies && (owners == entities(&before) || learns);
            must(refines, || format!("its owners were {:?}", before.owners))?;
            self.count("parts refined");
        }
        if before.state != title.state {
            self.check_cause(&before, title, verifies, new)?;
        }

        let grace = self.rules().grace_months;
        let last = before.due.map(|due| self.last_day(due.plus_months(grace)));
        let late_from = self.late_from(asset);
        let right = self.rights.get_mut(&asset).expect("asked above");
        let mut late = None;
        if title.late && !before.late {
            late = Some(late_from.ok_or("late without dues")?);
            right.lapses = last.map(Date::next);
            must(title.lapses == right.lapses, || {
                format!("it lapses on {:?}", title.lapses)
            })?;
        } else if !title.late {
            right.lapses = None;
        }
        right.title = title.clone();
        if passes && right.class() == AssetClass::LicenceIncome {
            right.facts = None;
        }
        let offered = title.state == AssetState::Listed;
        must(!offered || right.facts.is_some() || !right.needs_facts(), || {
            format!("offered without facts: {title:?}")
        })?;
        must(late.is_none_or(|late| late == self.at), || {
            format!("late at another time than {late:?}")
        })?;
        if title.late && !before.late {
            self.count("dues late");
        }
        let paid = matches!(self.doing(), Some(Command::RecordDues(asked)) if asked.asset == asset);
        must(title.late >= before.late || paid, || "dues that nobody paid".into())
    }

    /// From when on a right's dues are late: after their day, or the next that works; a renewal's after its own.
    fn late_from(&self, asset: AssetId) -> Option<Timestamp> {
        let right = self.rights.get(&asset)?;
        let due = right.title.due?;
        let last = if right.awaits_renewal() {
            due
        } else {
            self.last_day(due)
        };
        Some(last.next().start())
    }

    /// What brought a right into its state.
    fn check_cause(&mut self, before: &Title, title: &Title, verifies: bool, new: bool) -> Audit {
        let changed = match self.doing() {
            Some(Command::ChangeAsset(asked)) if asked.asset == title.asset => Some(asked.change),
            _ => None,
        };
        let lapses = self.rights[&title.asset].lapses.map(Date::start);
        let (caused, what) = match title.state {
            AssetState::Draft => (false, "drafts"),
            AssetState::Verified | AssetState::Listed => {
                let on = matches!(before.state, AssetState::Verified | AssetState::Listed);
                let resumed = before.state == AssetState::Suspended && changed == Some(AssetChange::Resume);
                (on || verifies || resumed || new, "rights verified or listed")
            }
            AssetState::Suspended => (changed == Some(AssetChange::Suspend), "rights suspended"),
            AssetState::Delisted => (changed == Some(AssetChange::Delist), "rights delisted"),
            AssetState::Invalidated => (changed == Some(AssetChange::Invalidate), "rights invalidated"),
            AssetState::Transferred => (title.owners[0] != before.owners[0], "titles passed"),
            AssetState::Expired => {
                let over = before.expires.map(Date::start) == Some(self.at);
                // Its register told that it had ended.
                let told = matches!(self.doing(), Some(Command::DescribeRight(_)))
                    && title.expires.is_some_and(|day| day <= self.today());
                (over || told || lapses == Some(self.at), "rights expired")
            }
        };
        must(caused, || format!("it was {before:?} and nobody made it so"))?;
        self.count(what);
        Ok(())
    }

    /// A title passes to the buyer of a sale of it, when the office has recorded that.
    fn check_passing(&mut self, before: &Title, title: &Title) -> Audit {
        let sale = match self.doing() {
            Some(Command::AnswerRecordal(asked)) if asked.refused.is_none() => self.sales.get(&asked.transfer),
            _ => None,
        };
        let sale = sale.ok_or_else(|| format!("it passed by no sale from {:?}", before.owners))?;
        let buyer = sale.record.buyer.ok_or("it passed to nobody")?;
        // An extract may have told the parts anew since: the sale keeps those that it was listed with.
        let owners = |shares: &[Share]| shares.iter().map(|share| share.entity).collect::<BTreeSet<_>>();
        let fits = sale.record.assets.contains(&title.asset)
            && sale.record.state == TransferState::RecordalFiled
            && owners(&sale.owners) == owners(&before.owners)
            && title.owners.iter().map(|share| share.entity).eq([buyer])
            && title.state == AssetState::Transferred;
        must(fits, || format!("not as in {sale:?}"))?;
        let stopped = before.frozen || matches!(before.state, AssetState::Expired | AssetState::Invalidated);
        must(!stopped, || format!("it passed while {before:?}"))?;
        let technology = matches!(
            self.rights[&title.asset].class(),
            AssetClass::Patent | AssetClass::KnowHow
        );
        let cleared = self.export_checks.get(&(title.asset, buyer)) == Some(&true);
        must(!technology || !self.is_foreign(buyer) || cleared, || {
            "it went abroad unchecked".into()
        })?;
        // What the owners before had agreed to ends with their ownership.
        self.consents.retain(|(asset, ..), _| *asset != title.asset);
        Ok(())
    }

    pub(super) fn hear_hold(&mut self, hold: &Hold) -> Audit {
        let id = hold.hold;
        must(!self.ended_holds.contains(&id), || "it had ended".into())?;
        let until = hold.until.map(Date::start);
        if let Some(before) = self.holds.get(&id) {
            let same = (before.asset, before.kind, &before.holder, before.until)
                == (hold.asset, hold.kind, &hold.holder, hold.until);
            must(same, || format!("it was {before:?}"))?;
        } else {
            let placed = id.0 == self.seq.0
                && matches!(self.doing(), Some(Command::PlaceHold(asked))
                    if asked.asset == hold.asset && asked.kind == hold.kind && asked.until == hold.until);
            must(placed, || "nobody placed it".into())?;
            self.check_term(hold)?;
            self.count("holds placed");
        }
        match hold.state {
            HoldState::Standing | HoldState::Waiting => {
                self.holds.insert(id, hold.clone());
                return Ok(());
            }
            HoldState::Lifted => {
                let lifted = match self.doing() {
                    Some(Command::LiftHold(asked)) => asked.hold == id,
                    Some(Command::PlaceHold(asked)) => asked.renews == Some(id),
                    _ => false,
                };
                must(lifted, || "nobody lifted it".into())?;
                self.count("holds lifted");
            }
            HoldState::Lapsed => {
                must(until == Some(self.at), || format!("it lapses at {:?}", self.at))?;
                self.count("holds lapsed");
            }
        }
        self.holds.remove(&id);
        self.ended_holds.insert(id);
        Ok(())
    }

    /// A court's order ends, within its time; on a patent or a mark no second preservation stands beside one.
    fn check_term(&self, hold: &Hold) -> Audit {
        let class = self.rights[&hold.asset].class();
        let rules = self.rules();
        let months = match (class, hold.kind) {
            (AssetClass::Patent, HoldKind::Preservation) => rules.preservation_months,
            (AssetClass::Trademark, HoldKind::Preservation | HoldKind::CourtHold) => rules.court_hold_months,
            _ => 36,
        };
        let fits = match hold.until {
            Some(until) => self.today() < until && until <= self.today().plus_months(months).next(),
            None => !is_order(hold.kind),
        };
        must(fits, || format!("too long by {months} months"))?;
        let second = |other: &&Hold| other.asset == hold.asset && other.kind == HoldKind::Preservation;
        let second = self.holds.values().find(second);
        let once = matches!(class, AssetClass::Patent | AssetClass::Trademark) && hold.kind == HoldKind::Preservation;
        must(!once || second.is_none(), || format!("beside {second:?}"))
    }

    pub(super) fn hear_consent(&mut self, consent: &Consent) -> Audit {
        let key = (consent.asset, consent.entity, consent.act);
        let title = &self.rights.get(&consent.asset).ok_or("consent to nothing")?.title;
        let co_owner = title.owners[1..].iter().any(|share| share.entity == consent.entity);
        if consent.given {
            let given = self.doer() == Some(consent.entity)
                && matches!(self.doing(), Some(Command::GiveConsent(asked))
                    if (asked.asset, asked.act, asked.floor, asked.until)
                        == (consent.asset, consent.act, consent.floor, consent.until));
            must(given && co_owner, || "nobody gave it".into())?;
            self.consents.insert(key, *consent);
            self.count("consents given");
            return Ok(());
        }
        let before = self.consents.remove(&key).ok_or("it was not given")?;
        let withdrawn = self.doer() == Some(consent.entity)
            && matches!(self.doing(), Some(Command::WithdrawConsent(asked))
                if (asked.asset, asked.act) == (consent.asset, consent.act));
        let over = before.until.map(Date::start) == Some(self.at);
        // With the title goes what its owners agreed to.
        let passes = matches!(self.doing(), Some(Command::AnswerRecordal(answer)) if answer.refused.is_none());
        must(withdrawn || over || passes || !co_owner, || {
            format!("nobody ended {before:?}")
        })?;
        self.count(if withdrawn {
            "consents withdrawn"
        } else {
            "consents run out"
        });
        Ok(())
    }

    /// Whether every owner but the acting one agrees to an act at this price, as far as the right takes all of them.
    pub fn has_consent(&self, asset: AssetId, act: Act, currency: Currency, price: Option<i64>) -> bool {
        let right = &self.rights[&asset];
        !right.takes_all_owners(act)
            || right.title.owners[1..].iter().all(|share| {
                let consent = self.consents.get(&(asset, share.entity, act));
                consent.is_some_and(|consent| match consent.floor {
                    None => true,
                    Some(floor) => {
                        floor.currency == currency && price.is_some_and(|price| price >= floor.money.minor())
                    }
                })
            })
    }

    pub(super) fn close_rights(&self) -> Audit {
        let offered = self.licences.values();
        let offered = offered.filter(|licence| licence.state == LicenceState::Offered);
        let offered: BTreeSet<_> = offered.map(|licence| licence.asset).collect();
        let licensed: BTreeSet<_> = self.licences.values().map(|licence| licence.asset).collect();
        let open: BTreeSet<_> = self.open_licences.values().map(|open| open.asset).collect();
        let mut sold = BTreeMap::new();
        for sale in self.sales.values() {
            for asset in &sale.record.assets {
                let before = sold.insert(*asset, sale.is_funded());
                must(before.is_none(), || format!("{asset:?} is in two sales"))?;
            }
        }
        let books = self
            .listings
            .values()
            .filter(|listing| listing.status != TradingStatus::Closed);
        let books: BTreeSet<_> = books.map(|listing| listing.asset).collect();
        for (asset, right) in &self.rights {
            let title = &right.title;
            let told = || format!("{asset:?} is {title:?}");
            let frozen = self
                .holds
                .values()
                .any(|hold| hold.asset == *asset && hold.state == HoldState::Standing && freezes(hold.kind));
            must(frozen == title.frozen, || {
                format!("{}, holds freeze it: {frozen}", told())
            })?;
            self.check_queue(*asset)?;

            let ended = title.expires.is_some_and(|day| day.start() <= self.now);
            must(!ended || right.is_over() || right.awaits_renewal(), || {
                format!("{} beyond its term", told())
            })?;
            if !right.is_over() {
                let late = self.late_from(*asset).is_some_and(|from| from <= self.now);
                must(late == title.late, || format!("{}, late: {late}", told()))?;
                let lapsed = right.lapses.is_some_and(|day| day.start() <= self.now);
                must(!lapsed, || format!("{} beyond its grace", told()))?;
            }

            let sale = sold.get(asset).copied();
            let licence_offered = offered.contains(asset) || open.contains(asset);
            let on_offer = licence_offered || sale.is_some() || books.contains(asset);
            match title.state {
                AssetState::Listed => must(on_offer, || format!("{}, nothing is on offer", told()))?,
                AssetState::Verified => must(!on_offer, || format!("{}, something is on offer", told()))?,
                AssetState::Suspended | AssetState::Delisted => {
                    let stopped = !licence_offered && sale != Some(false);
                    must(stopped, || format!("{}, it is offered", told()))?;
                }
                AssetState::Draft | AssetState::Transferred => {
                    must(!on_offer, || format!("{}, it is offered", told()))?;
                }
                AssetState::Expired | AssetState::Invalidated => {
                    let nothing = !on_offer && !licensed.contains(asset);
                    must(nothing, || format!("{}, it is used", told()))?;
                }
            }
            if title.frozen {
                let stopped = !licence_offered && sale != Some(false);
                must(stopped, || format!("{}, it is offered", told()))?;
            }
            must(!title.late || !licence_offered, || {
                format!("{}, a licence is offered", told())
            })?;
        }
        self.check_listings()?;
        let over = self.consents.values();
        let mut over = over.filter(|consent| consent.until.is_some_and(|until| until.start() <= self.now));
        must(over.next().is_none(), || "a consent outlives its time".into())
    }

    /// Of a court's orders the first stands and the others wait; none outlives its time.
    fn check_queue(&self, asset: AssetId) -> Audit {
        let holds: Vec<_> = self.holds.values().filter(|hold| hold.asset == asset).collect();
        let mut orders: Vec<_> = holds.iter().filter(|hold| is_order(hold.kind)).collect();
        orders.sort_by_key(|hold| hold.rank);
        let expected = |place: usize| {
            if place == 0 {
                HoldState::Standing
            } else {
                HoldState::Waiting
            }
        };
        let queued = orders
            .iter()
            .enumerate()
            .all(|(place, hold)| hold.state == expected(place));
        let ranks: BTreeSet<_> = holds.iter().map(|hold| hold.rank).collect();
        let ranked = ranks.iter().copied().eq(1..=holds.len() as u32);
        let others = holds
            .iter()
            .all(|hold| is_order(hold.kind) || hold.state == HoldState::Standing);
        let in_time = |hold: &&&Hold| hold.until.is_none_or(|until| until.start() > self.now);
        let in_time = holds.iter().filter(in_time).count() == holds.len();
        must(queued && ranked && others && in_time, || {
            format!("holds cannot stand so: {holds:?}")
        })
    }

    /// A book stands as its right does.
    fn check_listings(&self) -> Audit {
        for listing in self.listings.values() {
            let right = &self.rights[&listing.asset];
            let title = &right.title;
            let ended = right.is_over() || matches!(title.state, AssetState::Delisted | AssetState::Transferred);
            let stopped = title.frozen || title.late || title.state == AssetState::Suspended;
            let fits = match listing.status {
                TradingStatus::Closed => true,
                TradingStatus::Frozen => stopped && !ended,
                TradingStatus::Trading | TradingStatus::Halted => !stopped && !ended,
            };
            must(fits, || format!("{listing:?} of {title:?}"))?;
        }
        Ok(())
    }
}
