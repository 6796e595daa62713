//! What may be entered in the register, and its entry: participants, users, keys, rights, listings.
//!
//! Invariant: an entry is checked before and can't fail; an entity, a right and a symbol are entered once.

use crate::{
    book::Book,
    kit::{deadlines::Deadline, few::Few},
    register::{
        listing::{Instrument, check_terms},
        party::{Entity, Key, UNKNOWN_COUNTRY, User},
        right::Asset,
        state::{AssetKey, Register},
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{boxed::Box, vec::Vec};
use protocol::{
    AssetId, Date, EntityId, InstrumentId, KeyId, Office, PrivateEvent, Quantity, Reject, Timestamp, UserId,
    asset::{AssetClass, CLASSIFICATIONS_MAX, Classification, RegisterAsset},
    event::TradingStatus,
    identifiers, identity,
    listing::BookTerms,
    party::{LegalId, NETWORKS_MAX, RegisterEntity, RegisterKey, Roles, Scopes},
    title::AssetState,
};

impl Register {
    /// Whether an entity may be registered.
    pub(crate) fn check_new_entity(&self, register: &RegisterEntity) -> Result<(), Reject> {
        match &register.legal_id {
            LegalId::Uscc(code) => match identifiers::uscc(code.as_str()) {
                None => return Err(Reject::IdentifierInvalid),
                // Some codes were issued with a failing digit: evidence overrides (RULES.md F10).
                Some(false) if register.evidence.is_none() => return Err(Reject::WarnNeedsReview),
                Some(_) => {}
            },
            LegalId::Lei(code) if !identifiers::lei(code.as_str()) => return Err(Reject::IdentifierInvalid),
            LegalId::Lei(_) => {}
        }
        if self.entity_of.contains(&register.legal_id) {
            return Err(Reject::EntityExists);
        }
        Ok(())
    }

    /// Registers an entity; checked by [`Self::check_new_entity`]. Without a legal id: the venue.
    pub(crate) fn add_entity(&mut self, legal_id: Option<LegalId>) -> EntityId {
        let entity = EntityId(id(self.entities.len()));
        if let Some(legal_id) = &legal_id {
            self.entity_of.insert(legal_id.clone(), entity);
        }
        let country = match legal_id {
            Some(LegalId::Lei(_)) => UNKNOWN_COUNTRY,
            _ => Office::CN,
        };
        self.entities.push(Entity {
            legal_id,
            country,
            beneficiaries: Vec::new(),
            dual_control: false,
        });
        entity
    }

    /// Whether a user of `entity` may have these roles.
    pub(crate) fn check_new_user(&self, entity: EntityId, roles: Roles) -> Result<(), Reject> {
        self.check_entity(entity)?;
        if roles == Roles::NONE || !roles.is_known() {
            return Err(Reject::RolesInvalid);
        }
        Ok(())
    }

    /// Registers a user; checked by [`Self::check_new_user`].
    pub(crate) fn add_user(&mut self, entity: EntityId, roles: Roles) -> UserId {
        let abroad = self.is_abroad(entity);
        self.users.push(User { entity, roles, abroad });
        UserId(id(self.users.len() - 1))
    }

    /// Whether a key may be registered.
    pub(crate) fn check_new_key(&self, register: &RegisterKey) -> Result<(), Reject> {
        self.user(register.user)?;
        if register.scopes == Scopes::NONE || !register.scopes.is_known() {
            return Err(Reject::ScopesInvalid);
        }
        if register.networks.len() > NETWORKS_MAX || register.networks.iter().any(|network| network.prefix > 128) {
            return Err(Reject::NetworksInvalid);
        }
        Ok(())
    }

    /// Registers a key; checked by [`Self::check_new_key`].
    pub(crate) fn add_key(&mut self, register: &RegisterKey) -> KeyId {
        let RegisterKey {
            user, material, scopes, ..
        } = register;
        self.keys.push(Key {
            user: *user,
            material: *material,
            scopes: *scopes,
            revoked: false,
        });
        KeyId(id(self.keys.len() - 1))
    }

    /// Whether a right may be registered at this date: its office, number, classifications and dates, in this order.
    pub(crate) fn check_new_asset(&self, register: &RegisterAsset, today: Date) -> Result<(), Reject> {
        self.check_entity(register.owner)?;
        if !register.office.is_well_formed() {
            return Err(Reject::OfficeInvalid);
        }
        let key = asset_key(register)?;
        if register.classifications.len() > CLASSIFICATIONS_MAX || !register.classifications.iter().all(is_well_formed)
        {
            return Err(Reject::ClassificationInvalid);
        }
        check_dates([register.filed, register.granted, register.expires], today)?;
        if self.asset_of.contains(&key) {
            return Err(Reject::AssetExists);
        }
        Ok(())
    }

    /// Registers a right; checked by [`Self::check_new_asset`].
    pub(crate) fn add_asset(&mut self, register: &RegisterAsset) -> AssetId {
        let asset = AssetId(id(self.assets.len()));
        let key = asset_key(register).expect("checked with the right");
        self.assets.push(Asset {
            owner: register.owner,
            class: register.class,
            state: AssetState::Draft,
            kind: None,
            late: false,
            freezes: 0,
            office: register.office,
            number: key.2.clone(),
            filed: register.filed,
            granted: register.granted,
            expires: register.expires,
            texts: register.texts,
            due: None,
            extract: None,
            instruments: Few::default(),
            pledges: Few::default(),
            extra: None,
        });
        self.asset_of.insert(key, asset);
        asset
    }

    /// Whether units of a right of this class may be listed on these terms.
    pub(crate) fn check_new_listing(&self, class: AssetClass, terms: &BookTerms) -> Result<(), Reject> {
        // Barred from transfer unless a law opens it (RULES.md 2.1).
        if class == AssetClass::GeographicalIndication {
            return Err(Reject::NotListable);
        }
        if self.instrument_of.contains(&terms.symbol) {
            return Err(Reject::SymbolExists);
        }
        check_terms(terms)
    }

    /// Lists units of a right; checked by [`Self::check_new_listing`].
    pub(crate) fn add_listing(&mut self, asset: AssetId, terms: &BookTerms, gated: bool) -> InstrumentId {
        let instrument = InstrumentId(id(self.instruments.len()));
        let right = &mut self.assets[asset.index()];
        right.instruments.push(instrument);
        self.instruments.push(Instrument {
            asset,
            terms: terms.clone(),
            status: TradingStatus::Trading,
            closes_at: right.expires.map_or(Timestamp::NEVER, Date::start),
            issued: Quantity::ZERO,
            halted: false,
            gated,
        });
        self.instrument_of.insert(terms.symbol, instrument);
        instrument
    }

    /// Counts units that are issued; checked by [`Instrument::check_supply`]. Returns how many there are now.
    pub(crate) fn add_issued(&mut self, instrument: InstrumentId, quantity: Quantity) -> Quantity {
        let issued = &mut self.instruments[instrument.index()].issued;
        *issued = issued.plus(quantity);
        *issued
    }
}

impl<B: Book> Exchange<B> {
    /// Enters a right, sets the deadline of its end, and tells its owner.
    pub(crate) fn add_asset(&mut self, register: &RegisterAsset, tell: &mut Tell<'_>) -> AssetId {
        let asset = self.register.add_asset(register);
        if let Some(expires) = register.expires {
            self.deadlines.add(expires.start(), Deadline::AssetExpires(asset));
        }
        tell.private(
            register.owner,
            PrivateEvent::AssetRegistered {
                asset,
                details: Box::new(register.clone()),
            },
        );
        asset
    }
}

fn id(len: usize) -> u32 {
    u32::try_from(len).expect("fewer entries than ids")
}

/// What makes a right the same right, however its number is written.
pub(crate) fn asset_key(register: &RegisterAsset) -> Result<AssetKey, Reject> {
    let RegisterAsset { class, office, .. } = *register;
    let number = identity::key(class, office, register.number.as_str()).ok_or(Reject::NumberInvalid)?;
    Ok((class, office, number))
}

fn is_well_formed(classification: &Classification) -> bool {
    match classification {
        Classification::Ipc(code) => identifiers::ipc(code.as_str()),
        Classification::Nice(class) => (1..=45).contains(class),
        Classification::Locarno(class) => (1..=32).contains(class),
    }
}

/// Whether the dates of a right, filed, granted and expires as far as they are known, run in this order and its end
/// lies ahead.
pub(crate) fn check_dates(dates: [Option<Date>; 3], today: Date) -> Result<(), Reject> {
    let range = Date::from_civil(1800, 1, 1)..=Date::from_civil(2300, 1, 1);
    let known = || dates.into_iter().flatten();
    if !known().is_sorted() || !known().all(|date| range.contains(&Some(date))) {
        return Err(Reject::DatesInvalid);
    }
    match dates {
        [.., Some(expires)] if expires <= today => Err(Reject::AssetExpired),
        _ => Ok(()),
    }
}
