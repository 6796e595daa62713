//! The register: who takes part and what is listed, by number, and found by what makes each the same.
//!
//! Facts and digests only; titles and names travel in events to the views. Invariant: the indexes follow from the
//! tables, so an image leaves them out.

use crate::{
    kit::index::Index,
    register::{
        listing::{Instrument, check_terms},
        party::{Entity, Key, User},
        right::Asset,
    },
};
use alloc::vec::Vec;
use protocol::{
    AssetId, Bounded, EntityId, InstrumentId, Office, Reject, Symbol, UserId, asset::AssetClass, event::TradingStatus,
    party::LegalId, transfer::is_foreign,
};
use serde::{Deserialize, Serialize};

/// Participants, users, keys, rights and listings, by number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Register {
    pub entities: Vec<Entity>,
    pub users: Vec<User>,
    pub keys: Vec<Key>,
    pub assets: Vec<Asset>,
    pub instruments: Vec<Instrument>,
    #[serde(skip)]
    pub(super) entity_of: Index<LegalId, EntityId>,
    #[serde(skip)]
    pub(super) asset_of: Index<AssetKey, AssetId>,
    #[serde(skip)]
    pub(super) instrument_of: Index<Symbol, InstrumentId>,
}

impl Register {
    /// The user, if there is one.
    pub(crate) fn user(&self, user: UserId) -> Result<User, Reject> {
        self.users.get(user.index()).copied().ok_or(Reject::UnknownUser)
    }

    /// Bars a participant from these rights, and everybody behind it now: it bought them, or came before who would have,
    /// and did not pay (18号 24).
    pub(crate) fn bar(&mut self, assets: &[AssetId], behind: &[EntityId]) {
        for asset in assets {
            let defaulters = &mut self.right_mut(*asset).extra_mut().defaulters;
            let new = behind.iter().copied().filter(|entity| !defaulters.contains(entity));
            let new: Vec<_> = new.collect();
            defaulters.extend(new);
        }
    }

    /// The entity, if there is one.
    pub(crate) fn check_entity(&self, entity: EntityId) -> Result<(), Reject> {
        self.entities
            .get(entity.index())
            .map(|_| ())
            .ok_or(Reject::UnknownEntity)
    }

    /// The right, if there is one.
    pub(crate) fn asset(&self, asset: AssetId) -> Result<&Asset, Reject> {
        self.assets.get(asset.index()).ok_or(Reject::UnknownAsset)
    }

    /// A right that is known to be there.
    pub(crate) fn right(&self, asset: AssetId) -> &Asset {
        &self.assets[asset.index()]
    }

    /// Mutable access to a right that is known to be there.
    pub(crate) fn right_mut(&mut self, asset: AssetId) -> &mut Asset {
        &mut self.assets[asset.index()]
    }

    /// All rights with their numbers.
    pub(crate) fn rights(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        (0..).map(AssetId).zip(&self.assets)
    }

    /// The listing of this symbol, if there is one.
    pub(crate) fn instrument_of(&self, symbol: &Symbol) -> Result<InstrumentId, Reject> {
        self.instrument_of.get(symbol).ok_or(Reject::UnknownInstrument)
    }

    /// The listing, if there is one.
    pub(crate) fn instrument(&self, instrument: InstrumentId) -> Result<&Instrument, Reject> {
        self.instruments
            .get(instrument.index())
            .ok_or(Reject::UnknownInstrument)
    }

    /// A listing that is known to be there.
    pub(crate) fn listing(&self, instrument: InstrumentId) -> &Instrument {
        &self.instruments[instrument.index()]
    }

    /// Mutable access to a listing that is known to be there.
    pub(crate) fn listing_mut(&mut self, instrument: InstrumentId) -> &mut Instrument {
        &mut self.instruments[instrument.index()]
    }

    /// Whether a participant, or somebody behind it, is from abroad.
    pub(crate) fn is_abroad(&self, entity: EntityId) -> bool {
        let behind = &self.entities[entity.index()].beneficiaries;
        let mut parties = [entity].into_iter().chain(behind.iter().copied());
        parties.any(|entity| is_foreign(self.entities[entity.index()].country))
    }

    /// Finds anew which users act for somebody from abroad.
    pub(crate) fn find_abroad(&mut self) {
        for number in 0..self.users.len() {
            self.users[number].abroad = self.is_abroad(self.users[number].entity);
        }
    }

    /// Whether any book of units is listed that could still trade.
    pub(crate) fn has_open_books(&self) -> bool {
        self.instruments
            .iter()
            .any(|instrument| instrument.status != TradingStatus::Closed)
    }

    /// Rebuilds the indexes of a register that was read, or says why it is none. Whatever it names is there.
    pub(crate) fn restore(&mut self) -> Result<(), &'static str> {
        self.find_abroad();
        self.check_listings()?;

        self.entity_of.reserve(self.entities.len());
        for (number, entity) in (0..).zip(&self.entities) {
            if let Some(legal_id) = &entity.legal_id
                && !self.entity_of.try_insert(legal_id.clone(), EntityId(number))
            {
                return Err("an entity is registered twice");
            }
        }
        self.asset_of.reserve(self.assets.len());
        for (number, asset) in (0..).zip(&self.assets) {
            let key = (asset.class, asset.office, asset.number.clone());
            if !self.asset_of.try_insert(key, AssetId(number)) {
                return Err("a right is registered twice");
            }
        }
        self.instrument_of.reserve(self.instruments.len());
        for (number, instrument) in (0..).zip(&self.instruments) {
            if !self
                .instrument_of
                .try_insert(instrument.terms.symbol, InstrumentId(number))
            {
                return Err("a symbol is listed twice");
            }
        }
        Ok(())
    }

    /// Every listing has terms that a book can be kept on, and stands with its own right, once.
    fn check_listings(&self) -> Result<(), &'static str> {
        let mut listed = 0;
        for (number, asset) in (0..).zip(&self.assets) {
            let of_it = |id: &InstrumentId| {
                let instrument = self.instruments.get(id.index());
                instrument.is_some_and(|instrument| instrument.asset == AssetId(number))
            };
            if !asset.instruments.iter().all(of_it) || !asset.instruments.is_sorted_by(|a, b| a < b) {
                return Err("a right with another's listings");
            }
            listed += asset.instruments.len();
        }
        if listed != self.instruments.len() {
            return Err("a listing of no right");
        }
        let sound = |instrument: &Instrument| check_terms(&instrument.terms).is_ok();
        if !self.instruments.iter().all(sound) {
            return Err("a listing whose terms no book can be kept on");
        }
        Ok(())
    }
}

/// What makes a right the same right.
pub(crate) type AssetKey = (AssetClass, Office, Bounded<32>);
