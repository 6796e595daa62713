//! Titles: who owns a right, by which extract of its register it was verified, which marks pass together (RULES.md
//! 2.1).
//!
//! Invariant: the acting owner is among the owners; the marks of a bundle name each other. The changes of a right, its
//! dues, holds and consents stand in files of their own.

use crate::{
    book::Book,
    kit::checks::{ensure, require},
    register::{
        ends::{check_ends, end_of_new},
        entries::{asset_key, check_dates},
        facts::needs_facts,
        gate::co_owners_license_alone,
        life::{self, Input},
        party::User,
        right::{Asset, Extra, PARTS_MAX},
    },
    rights::dues::check_due,
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use protocol::{
    AssetId, Date, EntityId, Office, PrivateEvent, Receipt, Reject,
    asset::{AssetClass, RegisterAsset},
    identifiers, identity,
    party::Roles,
    title::{
        AssetState, BUNDLE_MAX, Extract, LinkMarks, OWNERS_MAX, PatentKind, RIGHTS_MAX, RegisterRights, Share,
        TranslateTitle, VerifyAsset,
    },
};

impl<B: Book> Exchange<B> {
    /// Gives a right's title in another language. Nothing of it is kept here: titles travel to the views.
    pub(crate) fn translate_title(
        &mut self,
        user: User,
        asked: &TranslateTitle,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let TranslateTitle {
            asset,
            language,
            ref title,
        } = *asked;
        let owner = self.right_for(user, asset)?.owner;
        user.check_owner(owner)?;

        let title = title.clone();
        tell.private(owner, PrivateEvent::TitleTranslated { asset, language, title });
        Ok(Receipt::Done)
    }

    /// Registers a right as its owner tells it. By its owner or an operator.
    pub(crate) fn register_asset(
        &mut self,
        user: User,
        register: &RegisterAsset,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.check_owner(register.owner)?;
        self.register.check_new_asset(register, tell.at.venue_date())?;

        Ok(Receipt::Asset(self.add_asset(register, tell)))
    }

    /// Registers rights, all or none of them; an operator's with an extract are verified at once.
    pub(crate) fn register_rights(
        &mut self,
        user: User,
        asked: &RegisterRights,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        for right in &asked.rights {
            user.check_owner(right.asset.owner)?;
        }
        for right in &asked.rights {
            self.register.check_entity(right.asset.owner)?;
            right
                .owners
                .iter()
                .try_for_each(|share| self.register.check_entity(share.entity))?;
        }
        let receiver = asked
            .issue_to
            .map(|account| Ok((account, self.account_for(user, account)?)))
            .transpose()?;
        if asked.rights.iter().any(|right| right.units.is_some()) {
            self.check_unit_books()?;
        }
        let verifies = user.is_operator();
        if !(1..=RIGHTS_MAX).contains(&asked.rights.len()) {
            return Err(Reject::ImportEmpty);
        }
        let today = tell.at.venue_date();
        let (mut numbers, mut symbols) = (BTreeSet::new(), BTreeSet::new());
        for right in &asked.rights {
            self.register.check_new_asset(&right.asset, today)?;
            if !numbers.insert(asset_key(&right.asset)?) {
                return Err(Reject::AssetExists);
            }
            check_shares(right.asset.owner, &right.owners)?;
            let kind = patent_kind(&right.asset, right.kind)?;
            let mut end = right.asset.expires;
            if let Some(extract) = &right.extract {
                check_registered(right.asset.class, right.asset.granted)?;
                end = end_of_new(&right.asset, kind)?;
                check_dates([right.asset.filed, right.asset.granted, end], today)?;
                self.check_extract(extract, today)?;
                check_ends(right.asset.class, end)?;
            }
            check_due(right.due, end, today)?;
            let Some(terms) = &right.units else { continue };
            self.register.check_new_listing(right.asset.class, terms)?;
            if !symbols.insert(terms.symbol) {
                return Err(Reject::SymbolExists);
            }
            if receiver.is_some_and(|(_, entity)| entity != right.asset.owner) {
                return Err(Reject::NotTheOwner);
            }
            require(!needs_facts(right.asset.class), Reject::FactsMissing)?;
            if right.extract.is_none() || !verifies {
                return Err(Reject::NotVerified);
            }
            // Nobody can have consented to what was not registered yet.
            if right.owners.len() > 1 && !co_owners_license_alone(right.asset.class) {
                return Err(Reject::CoOwnerConsent);
            }
        }

        let mut first = None;
        for right in &asked.rights {
            let kind = patent_kind(&right.asset, right.kind).expect("checked above");
            let asset = self.add_asset(&right.asset, tell);
            let entry = self.register.right_mut(asset);
            entry.kind = kind;
            if right.owners.len() > 1 {
                entry.extra_mut().shares = acting_first(right.asset.owner, &right.owners);
            }
            if let Some(extract) = right.extract.filter(|_| verifies) {
                entry.extract = Some(extract);
                entry.state = AssetState::Verified;
                self.set_expires(asset, end_of_new(&right.asset, kind).expect("checked above"));
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
    fn check_extract(&self, extract: &Extract, today: Date) -> Result<(), Reject> {
        let oldest = Date(today.0.saturating_sub(self.rule_book().extract_days as i32));
        if extract.drawn > today || extract.drawn < oldest {
            return Err(Reject::ExtractStale);
        }
        Ok(())
    }

    /// Verifies a right by a fresh extract of its register.
    pub(crate) fn verify_asset(
        &mut self,
        user: User,
        asked: &VerifyAsset,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let asset = asked.asset;
        for share in &asked.owners {
            self.register.check_entity(share.entity)?;
        }
        let right = self.register.asset(asset)?;
        let granted = asked.granted.or(right.granted);
        // What was said is of days that can be, before anything is reckoned from it.
        check_dates([right.filed, granted, asked.expires], tell.at.venue_date())?;
        let expires = right.end_when(granted, asked.expires.or(right.expires))?;
        check_registered(right.class, granted)?;
        check_dates([right.filed, granted, expires], tell.at.venue_date())?;
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        check_named_owners(right, &asked.owners)?;
        self.check_extract(&asked.extract, tell.at.venue_date())?;
        check_ends(right.class, expires)?;
        let state = life::step(right.state, Input::Verified)?;

        let right = self.register.right_mut(asset);
        right.state = state;
        right.granted = granted;
        right.extract = Some(asked.extract);
        if asked.owners.len() > 1 {
            right.extra_mut().shares = acting_first(right.owner, &asked.owners);
        }
        self.set_expires(asset, expires);
        self.settle_reserved(asset, tell);
        self.settle_offers(asset);
        self.tell_title(asset, tell);
        Ok(Receipt::Done)
    }

    /// Says that marks are similar: from here on they pass together, and with those that either was linked to before
    /// (商标法 42).
    pub(crate) fn link_marks(&mut self, user: User, asked: &LinkMarks, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        for asset in &asked.assets {
            self.register.asset(*asset)?;
        }
        if !(2..=BUNDLE_MAX).contains(&asked.assets.len()) {
            return Err(Reject::MarksInvalid);
        }
        let right = |asset: &AssetId| self.register.right(*asset);
        let marks: BTreeSet<_> = asked.assets.iter().copied().collect();
        let linked = marks.iter().flat_map(|mark| right(mark).extra().bundle.iter().copied());
        let bundle: BTreeSet<_> = marks.iter().copied().chain(linked).collect();
        let passing = bundle
            .iter()
            .any(|mark| right(mark).extra().transfer.is_some() || right(mark).extra().lot.is_some());
        let owners = bundle.first().map_or(Vec::new(), |mark| right(mark).owners());
        let same = |mark: &AssetId| right(mark).is_owned_as(&owners);
        let fits = marks.len() == asked.assets.len()
            && bundle.len() <= BUNDLE_MAX
            && bundle.iter().all(|mark| right(mark).class == AssetClass::Trademark)
            && bundle.iter().all(same);
        if !fits {
            return Err(Reject::MarksInvalid);
        }
        require(!passing, Reject::AlreadyOffered)?;

        for mark in &bundle {
            self.register.right_mut(*mark).extra_mut().bundle = bundle.iter().copied().collect();
            self.tell_title(*mark, tell);
        }
        Ok(Receipt::Done)
    }

    /// What this file promises, and with it books, offers, holds and dues.
    pub(crate) fn check_titles(&self) -> Result<(), String> {
        self.check_books_of_rights()?;
        self.check_offered()?;
        self.check_holds_of_rights()?;
        self.check_dues()?;
        for (number, right) in self.register.assets.iter().enumerate() {
            let Extra { shares, bundle, .. } = right.extra();
            let owned = check_shares(right.owner, shares).is_ok() && shares.len() != 1;
            let together = |mark: &AssetId| self.register.right(*mark).extra().bundle == *bundle;
            let linked = bundle.is_empty() || bundle.iter().any(|mark| mark.index() == number);
            ensure(owned && linked && bundle.iter().all(together), || {
                format!("right {number} is owned by {shares:?}, linked with {bundle:?}")
            })?;
        }
        Ok(())
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

/// The owners that an extract names are those registered here; their parts may be told anew. Only a draft that was
/// registered without its co-owners learns of them by its first extract.
fn check_named_owners(right: &Asset, named: &[Share]) -> Result<(), Reject> {
    if named.is_empty() {
        return Ok(());
    }
    check_shares(right.owner, named)?;
    let owners = |shares: &[Share]| shares.iter().map(|share| share.entity).collect::<BTreeSet<_>>();
    let learns = right.state == AssetState::Draft && right.extra().shares.is_empty();
    if learns || owners(named) == owners(&right.owners()) {
        Ok(())
    } else {
        Err(Reject::SharesInvalid)
    }
}

/// A layout is protected from its registration on only (集成电路布图设计保护条例 8).
fn check_registered(class: AssetClass, granted: Option<Date>) -> Result<(), Reject> {
    require(
        class != AssetClass::CircuitLayout || granted.is_some(),
        Reject::DatesInvalid,
    )
}

/// What kind of patent it is: a Chinese number tells by its digit (RULES.md 5), a US or Japanese one by its letter, and
/// what was said must fit it.
fn patent_kind(asset: &RegisterAsset, said: Option<PatentKind>) -> Result<Option<PatentKind>, Reject> {
    if asset.class != AssetClass::Patent {
        return if said.is_none() {
            Ok(None)
        } else {
            Err(Reject::KindInvalid)
        };
    }
    let key = asset_key(asset)?.2;
    let told = if asset.office == Office::CN {
        identifiers::cn_patent_kind(key.as_str())
    } else {
        identity::is_design(asset.office, key.as_str()).then_some(PatentKind::Design)
    };
    match (told, said) {
        (Some(told), Some(said)) if told != said => Err(Reject::KindInvalid),
        _ => Ok(told.or(said)),
    }
}
