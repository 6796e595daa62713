//! Titles: the life of a right, its owners, their consents, what freezes it (RULES.md 2.1).

use crate::{
    book::Book,
    deadlines::Deadline,
    exchange::{Exchange, Tell, check_owner},
    registry::{User, asset_key},
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    AssetId, Date, EntityId, Office, Receipt, Reject,
    command::{AssetClass, RegisterAsset},
    identifiers,
    party::Roles,
    title::{
        AssetState, ChangeAsset, Extract, GiveConsent, LiftHold, LinkMarks, OWNERS_MAX, PatentKind, PlaceHold,
        RIGHTS_MAX, RecordDues, RegisterRights, Share, VerifyAsset, WithdrawConsent,
    },
};
use serde::{Deserialize, Serialize};

/// The most parts of one owner.
const PARTS_MAX: u32 = 1_000_000;

/// State.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Titles {}

impl<B: Book> Exchange<B> {
    /// Registers rights, all or none of them; an operator's with an extract are verified at once.
    pub(crate) fn register_rights(
        &mut self,
        user: User,
        asked: &RegisterRights,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        for right in &asked.rights {
            self.registry.check_entity(right.asset.owner)?;
            right
                .owners
                .iter()
                .try_for_each(|share| self.registry.check_entity(share.entity))?;
        }
        let receiver = asked
            .issue_to
            .map(|account| Ok((account, self.ledger.account(account)?.entity)))
            .transpose()?;
        for right in &asked.rights {
            check_owner(user, right.asset.owner)?;
        }
        if asked.rights.iter().any(|right| right.units.is_some()) {
            self.check_unit_books()?;
        }
        let verifies = user.roles.has_any(Roles::OPERATOR);
        if !(1..=RIGHTS_MAX).contains(&asked.rights.len()) {
            return Err(Reject::ImportEmpty);
        }
        let today = self.at.venue_date();
        let (mut numbers, mut symbols) = (BTreeSet::new(), BTreeSet::new());
        for right in &asked.rights {
            self.registry.check_new_asset(&right.asset, today)?;
            if !numbers.insert(asset_key(&right.asset)) {
                return Err(Reject::AssetExists);
            }
            check_shares(right.asset.owner, &right.owners)?;
            patent_kind(&right.asset, right.kind)?;
            if let Some(extract) = &right.extract {
                self.check_extract(extract)?;
            }
            check_due(right.due, right.asset.expires, today)?;
            let Some(terms) = &right.units else { continue };
            self.registry.check_new_listing(right.asset.class, terms)?;
            if !symbols.insert(terms.symbol) {
                return Err(Reject::SymbolExists);
            }
            if receiver.is_some_and(|(_, entity)| entity != right.asset.owner) {
                return Err(Reject::NotTheOwner);
            }
            if right.extract.is_none() || !verifies {
                return Err(Reject::NotVerified);
            }
        }

        let mut first = None;
        for right in &asked.rights {
            let kind = patent_kind(&right.asset, right.kind).expect("checked above");
            let asset = self.add_asset(&right.asset, tell);
            let entry = &mut self.registry.assets[asset.index()];
            entry.kind = kind;
            if right.owners.len() > 1 {
                entry.extra_mut().shares = acting_first(right.asset.owner, &right.owners);
            }
            if let Some(extract) = right.extract.filter(|_| verifies) {
                entry.extract = Some(extract);
                entry.state = AssetState::Verified;
            }
            self.set_due(asset, right.due);
            self.tell_title(asset, tell);
            if let Some(terms) = &right.units {
                let instrument = self.add_listing(asset, terms, tell);
                self.offered(asset, tell);
                if let Some((account, entity)) = receiver {
                    self.issue(account, entity, instrument, terms.supply, tell);
                }
            }
            first.get_or_insert(asset);
        }
        let count = u32::try_from(asked.rights.len()).expect("at most a thousand");
        Ok(Receipt::Rights(first.expect("there is at least one"), count))
    }

    /// Whether an extract of the register is fresh.
    fn check_extract(&self, extract: &Extract) -> Result<(), Reject> {
        let today = self.at.venue_date();
        let oldest = Date(today.0.saturating_sub(self.rule_book().extract_days as i32));
        if extract.drawn > today || extract.drawn < oldest {
            return Err(Reject::ExtractStale);
        }
        Ok(())
    }

    /// When the next dues are owed: late from the day after.
    fn set_due(&mut self, asset: AssetId, due: Option<Date>) {
        let right = &mut self.registry.assets[asset.index()];
        if let Some(before) = right.due {
            self.deadlines.remove(before.next().start(), Deadline::DuesLate(asset));
        }
        right.due = due;
        if let Some(due) = due {
            self.deadlines.add(due.next().start(), Deadline::DuesLate(asset));
        }
    }

    pub(crate) fn verify_asset(
        &mut self,
        _user: User,
        _asked: &VerifyAsset,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn change_asset(
        &mut self,
        _user: User,
        _asked: &ChangeAsset,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn record_dues(
        &mut self,
        _user: User,
        _asked: &RecordDues,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn link_marks(
        &mut self,
        _user: User,
        _asked: &LinkMarks,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn place_hold(
        &mut self,
        _user: User,
        _asked: &PlaceHold,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn lift_hold(
        &mut self,
        _user: User,
        _asked: &LiftHold,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn give_consent(
        &mut self,
        _user: User,
        _asked: &GiveConsent,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn withdraw_consent(
        &mut self,
        _user: User,
        _asked: &WithdrawConsent,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn dues_are_late(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    pub(crate) fn dues_lapse(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    pub(crate) fn hold_ends(&mut self, _hold: protocol::HoldId, _tell: &mut Tell<'_>) {}

    pub(crate) fn consent_ends(
        &mut self,
        _asset: protocol::AssetId,
        _entity: protocol::EntityId,
        _act: protocol::title::Act,
        _tell: &mut Tell<'_>,
    ) {
    }
}

/// Owners are some, none twice, each with parts, the acting one among them; none are told where it owns all.
fn check_shares(acting: EntityId, owners: &[Share]) -> Result<(), Reject> {
    let distinct: BTreeSet<_> = owners.iter().map(|share| share.entity).collect();
    let fits = owners.len() <= OWNERS_MAX
        && distinct.len() == owners.len()
        && owners.iter().all(|share| (1..=PARTS_MAX).contains(&share.parts))
        && (owners.is_empty() || distinct.contains(&acting));
    if fits { Ok(()) } else { Err(Reject::SharesInvalid) }
}

fn acting_first(acting: EntityId, owners: &[Share]) -> Vec<Share> {
    let (first, rest): (Vec<_>, Vec<_>) = owners.iter().partition(|share| share.entity == acting);
    first.into_iter().chain(rest).collect()
}

/// Dues are owed today or later, while the right still runs.
fn check_due(due: Option<Date>, expires: Option<Date>, today: Date) -> Result<(), Reject> {
    match due {
        Some(due) if due < today || expires.is_some_and(|expires| due >= expires) => Err(Reject::DuesInvalid),
        _ => Ok(()),
    }
}

/// What kind of patent it is: a Chinese number tells by its digit (RULES.md 5), and what was said must fit it.
fn patent_kind(asset: &RegisterAsset, said: Option<PatentKind>) -> Result<Option<PatentKind>, Reject> {
    if asset.class != AssetClass::Patent {
        return if said.is_none() {
            Ok(None)
        } else {
            Err(Reject::KindInvalid)
        };
    }
    let told = if asset.office == Office::CN {
        identifiers::cn_patent_kind(asset.number.as_str())
    } else {
        None
    };
    match (told, said) {
        (Some(told), Some(said)) if told != said => Err(Reject::KindInvalid),
        _ => Ok(told.or(said)),
    }
}
