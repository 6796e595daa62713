//! Licences: who may use a right, where, for what and how long (RULES.md 2.3): when two conflict, what a step does,
//! what becomes of them when their right is frozen, ends or passes.
//!
//! Invariants: of the licences that were agreed and have not ended, no exclusive one meets another and no sole one
//! meets another licensee's; a paid licence that has not begun is held for in escrow, to the minor unit, and no other
//! is; a right's list names its licences that have not ended. What the parties ask is the business of `grants`, offers
//! to everyone are `open_licence`'s.

use crate::{
    book::Book,
    kit::{
        checks::{first_fault, require},
        deadlines::Deadline,
        terms::LastDay,
    },
    licences::{
        life::{Input, has_ended, is_live, step},
        scope,
    },
    register::{party::User, pledgees::Use, taker::Road},
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use protocol::{
    AccountId, AssetId, Date, EntityId, LicenceId, Money, Readers, Record, Reject, Seq, Timestamp,
    asset::AssetClass,
    licence::{
        Licence, LicenceKind,
        LicenceState::{Effective, Offered, Paid},
        Scope,
    },
    pledge::PledgeAct,
    title::Act,
};

/// The most licences of one right that are offered or have not ended.
pub(crate) const LICENCES_MAX: usize = 10_000;

/// What an owner does when it grants a licence of this kind.
pub(crate) const fn act_of(kind: LicenceKind) -> Act {
    match kind {
        LicenceKind::Exclusive => Act::LicenceExclusive,
        LicenceKind::Sole => Act::LicenceSole,
        LicenceKind::NonExclusive => Act::LicenceNonExclusive,
    }
}

/// Whether two licences of one right can stand together: exclusive shuts everyone out, sole every other licensee
/// (法释〔2020〕19号 25).
fn conflict(one: (LicenceKind, EntityId, &Scope), other: (LicenceKind, EntityId, &Scope)) -> bool {
    let kinds = [one.0, other.0];
    let shuts_out = kinds.contains(&LicenceKind::Exclusive) || (kinds.contains(&LicenceKind::Sole) && one.1 != other.1);
    shuts_out && scope::meet(one.2, other.2)
}

/// Whether licences of rights of this class are recorded at an office.
pub(crate) const fn has_recordal(class: AssetClass) -> bool {
    matches!(class, AssetClass::Patent | AssetClass::Trademark)
}

impl<B: Book> Exchange<B> {
    /// Whether an exclusive or a sole licence is agreed and has not ended.
    pub(crate) fn has_exclusive(&self, asset: AssetId) -> bool {
        self.licences_of(asset)
            .any(|licence| licence.kind != LicenceKind::NonExclusive && is_live(licence.state))
    }

    /// Whether units of the right are out that nobody has consumed: each is a non-exclusive licence of everything.
    fn has_units_out(&self, asset: AssetId) -> bool {
        let instruments = &self.register.right(asset).instruments;
        instruments
            .iter()
            .any(|&instrument| self.units.consumed(instrument) < self.register.listing(instrument).issued)
    }

    /// Whether a licence could stand beside those that are agreed, the open licence and the units that are out.
    pub(crate) fn check_conflict(
        &self,
        asset: AssetId,
        kind: LicenceKind,
        licensee: EntityId,
        scope: &Scope,
        itself: Option<LicenceId>,
    ) -> Result<(), Reject> {
        let meets_another = self
            .licences_of(asset)
            .filter(|other| is_live(other.state) && Some(other.licence) != itself)
            .any(|other| conflict((kind, licensee, scope), (other.kind, other.licensee, &other.scope)));
        let open = self.register.right(asset).extra().open_licence.is_some();
        let shuts_out = kind != LicenceKind::NonExclusive;
        if meets_another || (shuts_out && (open || self.has_units_out(asset))) {
            return Err(Reject::LicenceConflict);
        }
        Ok(())
    }

    /// Whether units of the right may come into being: not beside an exclusive or a sole licence.
    pub(crate) fn check_units_conflict(&self, asset: AssetId) -> Result<(), Reject> {
        if self.has_exclusive(asset) {
            return Err(Reject::LicenceConflict);
        }
        Ok(())
    }

    /// Whether the title stays where it is: while it passes new licences wait, and bidders know which ones survive.
    pub(crate) fn check_title_stays(&self, asset: AssetId) -> Result<(), Reject> {
        let extra = self.register.right(asset).extra();
        require(extra.transfer.is_none() && extra.lot.is_none(), Reject::AlreadyOffered)
    }

    /// Whether the right has room for one licence more.
    pub(crate) fn check_licence_room(&self, asset: AssetId) -> Result<(), Reject> {
        if self.register.right(asset).extra().licences.len() >= LICENCES_MAX {
            return Err(Reject::LicencesTooMany);
        }
        Ok(())
    }

    /// The licence, if the asker may know of it: another's is as good as none.
    pub(crate) fn licence_for(&self, user: User, licence: LicenceId) -> Result<&Licence, Reject> {
        let found = self
            .licensing
            .licences
            .get(&licence)
            .filter(|licence| user.is_operator() || [licence.licensor, licence.licensee].contains(&user.entity));
        found.ok_or(Reject::UnknownLicence)
    }

    /// The licence that a right or a checked command names.
    pub(crate) fn licence_mut(&mut self, licence: LicenceId) -> &mut Licence {
        self.licensing.licences.get_mut(&licence).expect("it was named")
    }

    /// Writes a new licence down.
    pub(crate) fn add_licence(&mut self, licence: Licence, tell: &mut Tell<'_>) {
        let Licence { licence: id, asset, .. } = licence;
        self.deadlines
            .add(licence.scope.until.start(), Deadline::LicenceEnds(id));
        self.register.right_mut(asset).extra_mut().licences.push(id);
        self.licensing.licences.insert(id, licence);
        self.tell_licence(id, tell);
    }

    /// Tells the parties how a licence stands now.
    pub(crate) fn tell_licence(&self, licence: LicenceId, tell: &mut Tell<'_>) {
        let licence = self.licensing.licences[&licence].clone();
        let readers = Readers::Only(Vec::from([licence.licensor, licence.licensee]));
        tell.record(readers, Record::Licence(licence));
    }

    /// The day by which a licence that begins on this one is to be recorded (专利法实施细则 15).
    pub(crate) fn record_by(&self, from: Date) -> LastDay {
        self.step_until(from.plus_months(self.rule_book().recordal_months))
    }

    /// A new calendar came into force: days by which licences are to be recorded move off days off.
    pub(crate) fn move_recordals(&mut self, tell: &mut Tell<'_>) {
        let licences = self.licensing.licences.values();
        let days = licences.filter_map(|licence| {
            let by = licence.record_by?;
            let moved = self.step_until(by);
            let anew = (Some(moved.day), moved.calendar);
            (anew != (licence.record_by, licence.calendar)).then_some((licence.licence, anew))
        });
        for (id, anew) in days.collect::<Vec<_>>() {
            let licence = self.licence_mut(id);
            (licence.record_by, licence.calendar) = anew;
            self.tell_licence(id, tell);
        }
    }

    /// Moves a licence on, as the table says: what begins pays the licensor, what ends gives back what it still holds.
    pub(crate) fn move_licence(&mut self, id: LicenceId, input: Input, tell: &mut Tell<'_>) {
        let Self {
            licensing, register, ..
        } = self;
        let licence = licensing.licences.get_mut(&id).expect("its right names it");
        let before = licence.state;
        licence.state = step(before, input).expect("asked before");
        let (asset, after) = (licence.asset, licence.state);
        if after == Effective && before == Paid {
            self.begin_licence(id, tell);
        } else if has_ended(after) {
            (licence.record_by, licence.calendar) = (None, None);
            let (from, until) = (licence.scope.from.start(), licence.scope.until.start());
            register
                .right_mut(asset)
                .extra_mut()
                .licences
                .retain(|other| *other != id);
            let payer = licence.payer.filter(|_| before == Paid);
            self.deadlines.remove(from, Deadline::LicenceBegins(id));
            self.deadlines.remove(until, Deadline::LicenceEnds(id));
            if let Some(payer) = payer {
                self.release_escrow(Seq(id.0), payer, tell);
            }
        }
        if before != after || input == Input::RefuseRecord {
            self.tell_licence(id, tell);
        }
        if before == Offered {
            self.offer_ended(asset, tell);
        }
    }

    /// Begins a licence: the licensor is paid, the licensee counts as a holder, and its recordal falls due (细则 15).
    fn begin_licence(&mut self, id: LicenceId, tell: &mut Tell<'_>) {
        let Licence {
            asset,
            licensee,
            account,
            payer,
            fee,
            ..
        } = *self.licence_mut(id);
        if has_recordal(self.register.right(asset).class) {
            let by = self.record_by(tell.at.venue_date());
            let licence = self.licence_mut(id);
            (licence.record_by, licence.calendar) = (Some(by.day), by.calendar);
        }
        let payer = payer.expect("a licence that begins was paid");
        let shares = self.licensors_shares(asset, account, fee.money);
        self.pay_escrow(Seq(id.0), payer, &shares, tell);
        self.pass_proceeds(asset, PledgeAct::Licence, (&shares, fee.currency), tell);
        self.add_holder(asset, licensee, tell);
    }

    /// A licence's fee by the owners' parts, whoever of them granted it (专利法 14). After the title passed it stays with
    /// the contract: it goes to the account that the contract names.
    pub(crate) fn licensors_shares(&self, asset: AssetId, account: AccountId, fee: Money) -> Vec<(AccountId, Money)> {
        let right = self.register.right(asset);
        let payee = self.ledger.account(account).expect("the contract names it").entity;
        if right.is_owned_by(payee) {
            self.by_parts(&right.owners(), account, fee)
        } else {
            Vec::from([(account, fee)])
        }
    }

    /// Whether a paid licence may begin now: its right not frozen, its holder not by now found to be one with an owner,
    /// and the product with room for it. It ended with its right, where that has ended.
    fn may_begin(&self, licence: &Licence, tell: &Tell<'_>) -> bool {
        self.register.right(licence.asset).freezes == 0
            && !self.is_owners(licence.asset, licence.licensee)
            && self
                .taker(Road::Licence, &[licence.asset], licence.licensee, tell.at.venue_date())
                .check_place()
                .is_ok()
    }

    /// Begins a licence whose first day has come, or ends it where it may not begin.
    pub(crate) fn licence_begins(&mut self, id: LicenceId, tell: &mut Tell<'_>) {
        let licence = &self.licensing.licences[&id];
        if licence.state == Paid {
            let input = if self.may_begin(licence, tell) {
                Input::Begin
            } else {
                Input::CannotBegin
            };
            self.move_licence(id, input, tell);
        }
    }

    /// The first day without a licence has come.
    pub(crate) fn licence_ends(&mut self, id: LicenceId, tell: &mut Tell<'_>) {
        if !has_ended(self.licensing.licences[&id].state) {
            self.move_licence(id, Input::TermEnds, tell);
        }
    }

    /// Moves each licence of a right by what befell the right.
    fn move_licences(&mut self, asset: AssetId, input: impl Fn(&Licence) -> Input, tell: &mut Tell<'_>) {
        let moves: Vec<_> = self.licences_of(asset).map(|one| (one.licence, input(one))).collect();
        for (id, input) in moves {
            self.move_licence(id, input, tell);
        }
    }

    /// Offers of licences and the open licence end with the right, its freeze or its passing; licences that are agreed
    /// stay.
    pub(crate) fn end_licence_offers(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        self.move_licences(asset, |_| Input::OffersEnd, tell);
        if let Some(open) = self.register.right(asset).extra().open_licence {
            self.end_open_licence(open, tell);
        }
    }

    /// A consent to this act is gone: what was offered under it ends, and nothing else.
    pub(crate) fn end_offers_under(&mut self, asset: AssetId, act: Act, tell: &mut Tell<'_>) {
        let offered: Vec<_> = self
            .licences_of(asset)
            .filter(|licence| licence.state == Offered && act_of(licence.kind) == act)
            .map(|licence| licence.licence)
            .collect();
        for id in offered {
            self.move_licence(id, Input::OffersEnd, tell);
        }
        let open = self.register.right(asset).extra().open_licence;
        if let Some(open) = open.filter(|_| act == Act::OpenLicence) {
            self.end_open_licence(open, tell);
        }
    }

    /// The right has ended: its licences end with it, those whose last day this is by their term.
    pub(crate) fn end_licences(&mut self, asset: AssetId, tell: &mut Tell<'_>) {
        self.end_licence_offers(asset, tell);
        let at = tell.at;
        let input = |licence: &Licence| {
            if licence.scope.until.start() <= at {
                Input::TermEnds
            } else {
                Input::RightEnds
            }
        };
        self.move_licences(asset, input, tell);
    }

    /// The title passed: the new owner is the licensor of what survives, and whoever licensed what it now owns needs no
    /// licence. A fee that is still in escrow stays with the contract: it goes to the account that the contract names.
    pub(crate) fn pass_licences(&mut self, asset: AssetId, to: EntityId, tell: &mut Tell<'_>) {
        self.end_licence_offers(asset, tell);
        let input = |licence: &Licence| {
            if licence.licensee == to {
                Input::RightEnds
            } else {
                Input::TitlePasses
            }
        };
        self.move_licences(asset, input, tell);
        for id in self.surviving_licences(asset) {
            let licence = self.licence_mut(id);
            let before = core::mem::replace(&mut licence.licensor, to);
            let readers = Readers::Only(Vec::from([to, licence.licensee, before]));
            tell.record(readers, Record::Licence(licence.clone()));
        }
    }

    /// The licences that survive a sale of the title (法释〔2020〕19号 24), as far as they are not dissolved before.
    pub(crate) fn surviving_licences(&self, asset: AssetId) -> Vec<LicenceId> {
        self.licences_of(asset)
            .filter(|licence| is_live(licence.state))
            .map(|licence| licence.licence)
            .collect()
    }

    /// The licences that survive a sale of these rights, or may: what is agreed can be paid before the title passes.
    /// Buyers are told of them from the listing on (法释〔2020〕19号 24).
    pub(crate) fn survivors(&self, assets: &[AssetId]) -> Vec<LicenceId> {
        assets
            .iter()
            .flat_map(|&asset| self.surviving_licences(asset))
            .collect()
    }

    /// What is asked of an agreement, when it is made and when it is paid: the gate, at this fee, and everything that
    /// may have changed since the offer. In the order of the checks, from `NOT_VERIFIED` on.
    pub(crate) fn check_grant(&self, licence: &Licence, input: Input, at: Timestamp) -> Result<(), Reject> {
        let right = self.register.asset(licence.asset)?;
        first_fault([
            right.check_act(act_of(licence.kind), Some(licence.fee), at),
            step(licence.state, input).map(|_| ()),
        ])?;
        if self.is_owners(licence.asset, licence.licensee) {
            return Err(Reject::OwnRight);
        }
        scope::check_term(&licence.scope, at.venue_date(), right.expires)?;
        let Licence {
            asset,
            kind,
            licensee,
            ref scope,
            ..
        } = *licence;
        self.check_conflict(asset, kind, licensee, scope, Some(licence.licence))?;
        // A sale that began after the agreement does not undo it: what is paid before the title passes survives it.
        if input == Input::Accept {
            self.check_title_stays(asset)?;
        }
        self.check_pledgees(asset, &Use::of_licence(licence), at.venue_date())
    }

    /// What this module promises: see above.
    pub(crate) fn check_licensing(&self) -> Result<(), String> {
        let broken = |what: &str, licence: &Licence| Err(format!("{what}: {licence:?}"));
        let held: BTreeMap<_, _> = self
            .escrows
            .iter()
            .map(|((deal, of), amount)| (deal, (of, amount)))
            .collect();
        let mut live: BTreeMap<AssetId, Vec<&Licence>> = BTreeMap::new();
        for (id, licence) in &self.licensing.licences {
            if *id != licence.licence {
                return broken("a licence under another's number", licence);
            }
            let expected = licence.payer.map(|payer| (payer, licence.fee));
            let expected = expected.filter(|(_, fee)| licence.state == Paid && fee.money.minor() > 0);
            if held.get(&Seq(id.0)) != expected.as_ref() {
                return broken("held for otherwise than paid", licence);
            }
            if !has_ended(licence.state) {
                live.entry(licence.asset).or_default().push(licence);
            }
        }
        for (asset, right) in self.register.rights() {
            let named: Vec<_> = live.remove(&asset).unwrap_or_default();
            if !named.iter().map(|licence| &licence.licence).eq(&right.extra().licences) {
                return Err(format!("right {} names {:?}", asset.0, right.extra().licences));
            }
            let standing: Vec<_> = named.into_iter().filter(|licence| is_live(licence.state)).collect();
            for licence in standing
                .iter()
                .filter(|licence| licence.kind != LicenceKind::NonExclusive)
            {
                let Licence {
                    kind,
                    licensee,
                    ref scope,
                    ..
                } = **licence;
                if self
                    .check_conflict(asset, kind, licensee, scope, Some(licence.licence))
                    .is_err()
                {
                    return broken("meets what it shuts out", licence);
                }
            }
        }
        self.check_open_licences()
    }
}
/// Whether a licence says what it grants, and who paid it is known.
pub(crate) fn is_sound(licence: &Licence) -> bool {
    scope::is_readable(&licence.scope) && (licence.state != Paid || licence.payer.is_some())
}
