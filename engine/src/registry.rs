//! Who takes part and what is listed: entities, users, keys, assets, instruments.
//!
//! Facts and digests only; titles and names travel in events to the views. Invariants: an entity, a right and a symbol
//! are registered once; the units issued of an instrument never exceed its listed supply.

use crate::index::Index;
use alloc::{boxed::Box, collections::BTreeSet, vec::Vec};
use protocol::{
    AssetId, Bounded, Date, Digest, EntityId, InstrumentId, KeyId, Office, PRICE_MAX, Price, QUANTITY_MAX, Quantity,
    Reject, Symbol, Timestamp, UserId,
    asset::{AssetClass, CLASSIFICATIONS_MAX, Classification, RegisterAsset},
    event::TradingStatus,
    identifiers,
    ids::{HoldId, LicenceId, LotId, OpenLicenceId, TransferId, ValuationId},
    listing::BookTerms,
    party::{KeyMaterial, LegalId, NETWORKS_MAX, RegisterEntity, RegisterKey, Roles, Scopes},
    title::{AssetState, Consent, Extract, PatentKind, RightFacts, Share},
    transfer::is_foreign,
};
use serde::{Deserialize, Serialize};

/// A band spans fewer ticks than this: what a book can index.
pub(crate) const BAND_TICKS_MAX: i64 = 1 << 18;

/// A participant. The venue itself has no legal id here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entity {
    pub legal_id: Option<LegalId>,
    /// Where it is at home; with an LEI alone, unknown and taken to be abroad.
    pub country: Office,
    /// For whom it holds, if it is a nominee.
    pub beneficiaries: Vec<EntityId>,
    /// Whether two of its users decide together.
    pub dual_control: bool,
}

/// Nobody knows where.
pub(crate) const UNKNOWN_COUNTRY: Office = Office(*b"XX");

/// Who acts for a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub entity: EntityId,
    pub roles: Roles,
    /// Whether its entity, or somebody behind it, is from abroad: what technology it may take, export control says.
    #[serde(skip)]
    pub abroad: bool,
}

/// What a user signs with. The gateway checks signatures; the core says which keys there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub user: UserId,
    pub material: KeyMaterial,
    pub scopes: Scopes,
    pub revoked: bool,
}

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asset {
    pub owner: EntityId,
    pub class: AssetClass,
    pub state: AssetState,
    pub kind: Option<PatentKind>,
    /// Whether its dues are late.
    pub late: bool,
    /// How many standing holds freeze it.
    pub freezes: u16,
    pub office: Office,
    /// In the office's plain form: no prefix, no dot.
    pub number: Bounded<32>,
    pub filed: Option<Date>,
    pub granted: Option<Date>,
    pub expires: Option<Date>,
    pub texts: Digest,
    /// When the next annuity or renewal is due.
    pub due: Option<Date>,
    /// The extract that it was verified by.
    pub extract: Option<Extract>,
    /// What is listed of it.
    pub instruments: Vec<InstrumentId>,
    /// What most rights don't have.
    pub extra: Option<Box<Extra>>,
}

/// What few rights have: co-owners, holds, licences, a sale under way, a history of trades.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extra {
    /// All owners, the acting one first; empty: the owner owns all.
    pub shares: Vec<Share>,
    /// What co-owners consented to.
    pub consents: Vec<Consent>,
    /// The holds that stand or wait, by rank.
    pub holds: Vec<HoldId>,
    /// The marks that only pass together with this one, itself among them.
    pub bundle: Vec<AssetId>,
    /// The last valuation.
    pub valuation: Option<ValuationId>,
    /// The licences that are offered or live.
    pub licences: Vec<LicenceId>,
    /// The open licence that stands.
    pub open_licence: Option<OpenLicenceId>,
    /// The sale that is under way.
    pub transfer: Option<TransferId>,
    /// Everyone who ever held it, nominees looked through, sorted.
    pub holders: Vec<EntityId>,
    /// When each beneficial owner last bought it.
    pub bought: Vec<(EntityId, Date)>,
    /// When each beneficial owner last sold it.
    pub sold: Vec<(EntityId, Date)>,
    /// For whom an export-control check was recorded, and whether it is cleared.
    pub export_checks: Vec<(EntityId, bool)>,
    /// What the register of its class tells.
    pub facts: Option<RightFacts>,
    /// The lot in which it is.
    pub lot: Option<LotId>,
    /// Who bought it by auction and did not pay.
    pub defaulters: Vec<EntityId>,
}

impl Asset {
    /// What few rights have; nothing, for most.
    pub(crate) fn extra(&self) -> &Extra {
        const NONE: &Extra = &Extra::NONE;
        self.extra.as_deref().unwrap_or(NONE)
    }

    /// What few rights have, to be changed.
    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether it can be sold or licensed at all: what is barred from passing (RULES.md 2.1) can not.
    pub(crate) fn is_transferable(&self) -> bool {
        self.class != AssetClass::GeographicalIndication
    }
}

impl Extra {
    const NONE: Self = Self {
        shares: Vec::new(),
        consents: Vec::new(),
        holds: Vec::new(),
        bundle: Vec::new(),
        valuation: None,
        licences: Vec::new(),
        open_licence: None,
        transfer: None,
        holders: Vec::new(),
        bought: Vec::new(),
        sold: Vec::new(),
        export_checks: Vec::new(),
        facts: None,
        lot: None,
        defaulters: Vec::new(),
    };
}

/// An order book of licence units, but for its orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Instrument {
    pub asset: AssetId,
    pub terms: BookTerms,
    pub status: TradingStatus,
    /// When the right ends; nothing trades from then on.
    pub closes_at: Timestamp,
    pub issued: Quantity,
    /// Whether an operator halted it, whatever else it waits for.
    pub halted: bool,
    /// Whether an owner's sale needs more than its units: a consent that could be taken back.
    pub gated: bool,
}

impl Instrument {
    /// The price's place in the band, counted in ticks from its low end.
    pub(crate) fn ticks(&self, price: Price) -> Result<u32, Reject> {
        let BookTerms {
            price_low,
            price_high,
            tick,
            ..
        } = &self.terms;
        if price < *price_low || price > *price_high {
            return Err(Reject::PriceOutsideBand);
        }
        // Within the band, so below 2^32: a 32-bit division is the cheap one.
        let above_low = (price.minor() - price_low.minor()) as u32;
        let tick = tick.minor() as u32;
        if !above_low.is_multiple_of(tick) {
            return Err(Reject::PriceOffTick);
        }
        Ok(above_low / tick)
    }

    /// The price at this place in the band.
    pub(crate) fn price(&self, ticks: u32) -> Price {
        Price::from_minor(self.terms.price_low.minor() + self.terms.tick.minor() * i64::from(ticks))
    }

    /// Whether a quantity can be ordered.
    pub(crate) fn check_quantity(&self, quantity: Quantity) -> Result<(), Reject> {
        let (units, lot) = (quantity.units(), self.terms.lot.units());
        if units > self.terms.order_max.units() {
            // Zero and odd lots are told first, but a quantity beyond any order must not reach a division of 32 bits.
            let odd = units % lot != 0;
            return Err(if odd {
                Reject::QuantityInvalid
            } else {
                Reject::QuantityTooLarge
            });
        }
        if units <= 0 || !(units as u32).is_multiple_of(lot as u32) {
            return Err(Reject::QuantityInvalid);
        }
        Ok(())
    }
}

/// What makes a right the same right.
pub(crate) type AssetKey = (AssetClass, Office, Bounded<32>);

/// The registry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Registry {
    pub entities: Vec<Entity>,
    pub users: Vec<User>,
    pub keys: Vec<Key>,
    pub assets: Vec<Asset>,
    pub instruments: Vec<Instrument>,
    #[serde(skip)]
    entity_of: Index<LegalId, EntityId>,
    #[serde(skip)]
    asset_of: Index<AssetKey, AssetId>,
    #[serde(skip)]
    instrument_of: Index<Symbol, InstrumentId>,
}

fn id(len: usize) -> u32 {
    u32::try_from(len).expect("fewer entries than ids")
}

impl Registry {
    /// The user, if there is one.
    pub(crate) fn user(&self, user: UserId) -> Result<User, Reject> {
        self.users.get(user.index()).copied().ok_or(Reject::UnknownUser)
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

    /// Whether a user of `entity` may have these roles, of those that the rules in force know.
    pub(crate) fn check_new_user(&self, entity: EntityId, roles: Roles, known: Roles) -> Result<(), Reject> {
        self.check_entity(entity)?;
        if roles == Roles::NONE || roles.0 & !known.0 != 0 {
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
        // Only China's check digit is known here; a wrong one is refused (RULES.md F10). Other offices' numbers and
        // other classes are bounded texts (RULES.md 5: syntactic).
        if register.class == AssetClass::Patent
            && register.office == Office::CN
            && !identifiers::cn_application(register.number.as_str())
        {
            return Err(Reject::NumberInvalid);
        }
        if register.classifications.len() > CLASSIFICATIONS_MAX || !register.classifications.iter().all(is_well_formed)
        {
            return Err(Reject::ClassificationInvalid);
        }
        check_dates([register.filed, register.granted, register.expires], today)?;
        if self.asset_of.contains(&asset_key(register)) {
            return Err(Reject::AssetExists);
        }
        Ok(())
    }

    /// Registers a right; checked by [`Self::check_new_asset`].
    pub(crate) fn add_asset(&mut self, register: &RegisterAsset) -> AssetId {
        let asset = AssetId(id(self.assets.len()));
        let key = asset_key(register);
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
            instruments: Vec::new(),
            extra: None,
        });
        self.asset_of.insert(key, asset);
        asset
    }

    /// Whether a batch of rights repeats one of its own, in numbers or symbols.
    pub(crate) fn check_distinct<'a>(
        imports: impl Iterator<Item = (&'a RegisterAsset, &'a BookTerms)>,
    ) -> Result<(), Reject> {
        let (mut keys, mut symbols) = (BTreeSet::new(), BTreeSet::new());
        for (asset, terms) in imports {
            if !keys.insert(asset_key(asset)) {
                return Err(Reject::AssetExists);
            }
            if !symbols.insert(terms.symbol) {
                return Err(Reject::SymbolExists);
            }
        }
        Ok(())
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
        Self::check_terms(terms)
    }

    /// Whether a book can be kept on these terms.
    fn check_terms(terms: &BookTerms) -> Result<(), Reject> {
        let (tick, low, high) = (terms.tick.minor(), terms.price_low.minor(), terms.price_high.minor());
        if !(1..=PRICE_MAX).contains(&tick) {
            return Err(Reject::TickInvalid);
        }
        if low < 1 || low > high || high > PRICE_MAX || low % tick != 0 || high % tick != 0 {
            return Err(Reject::BandInvalid);
        }
        if (high - low) / tick >= BAND_TICKS_MAX {
            return Err(Reject::BandTooWide);
        }
        let (lot, order_max, supply) = (terms.lot.units(), terms.order_max.units(), terms.supply.units());
        if lot < 1 || !(lot..=QUANTITY_MAX).contains(&order_max) || order_max % lot != 0 {
            return Err(Reject::LotInvalid);
        }
        if !(lot..=QUANTITY_MAX).contains(&supply) || supply % lot != 0 {
            return Err(Reject::SupplyInvalid);
        }
        Ok(())
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

    /// Whether the listed supply has room for `quantity` more.
    pub(crate) fn check_supply(instrument: &Instrument, quantity: Quantity) -> Result<(), Reject> {
        if quantity.units() < 1 || quantity.units() % instrument.terms.lot.units() != 0 {
            return Err(Reject::QuantityInvalid);
        }
        match instrument.issued.checked_add(quantity) {
            Some(issued) if issued <= instrument.terms.supply => Ok(()),
            _ => Err(Reject::SupplyExhausted),
        }
    }

    /// Counts units that are issued; checked by [`Self::check_supply`]. Returns how many there are now.
    pub(crate) fn add_issued(&mut self, instrument: InstrumentId, quantity: Quantity) -> Quantity {
        let issued = &mut self.instruments[instrument.index()].issued;
        *issued = issued.plus(quantity);
        *issued
    }

    /// Whether any book of units is listed that could still trade.
    pub(crate) fn has_open_books(&self) -> bool {
        self.instruments
            .iter()
            .any(|instrument| instrument.status != TradingStatus::Closed)
    }

    /// Rebuilds the indexes of a registry that was read, or says why it is none.
    pub(crate) fn restore(&mut self) -> Result<(), &'static str> {
        let has_entity = |entity: EntityId| entity.index() < self.entities.len();
        if !self.users.iter().all(|user| has_entity(user.entity)) {
            return Err("a user of no entity");
        }
        if !self.keys.iter().all(|key| key.user.index() < self.users.len()) {
            return Err("a key of no user");
        }
        if !self.assets.iter().all(|asset| has_entity(asset.owner)) {
            return Err("a right of no entity");
        }
        let behind = |entity: &Entity| entity.beneficiaries.iter().all(|behind| has_entity(*behind));
        if !self.entities.iter().all(behind) {
            return Err("a nominee of nobody");
        }
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
        let sound = |instrument: &Instrument| Self::check_terms(&instrument.terms).is_ok();
        if !self.instruments.iter().all(sound) {
            return Err("a listing whose terms no book can be kept on");
        }
        Ok(())
    }
}

/// What makes a right the same right: its number without the prefixes and dots that are a matter of writing.
pub(crate) fn asset_key(register: &RegisterAsset) -> AssetKey {
    let number = register.number.as_str();
    let plain = if register.class == AssetClass::Patent && register.office == Office::CN {
        let bare = number
            .strip_prefix("ZL")
            .or_else(|| number.strip_prefix("CN"))
            .unwrap_or(number);
        let mut plain = alloc::string::String::with_capacity(bare.len());
        plain.extend(bare.chars().filter(|&c| c != '.'));
        Bounded::new(&plain).expect("a checked number has digits")
    } else {
        register.number.clone()
    };
    (register.class, register.office, plain)
}

fn is_well_formed(classification: &Classification) -> bool {
    match classification {
        Classification::Ipc(code) => identifiers::ipc(code.as_str()),
        Classification::Nice(class) => (1..=45).contains(class),
        Classification::Locarno(class) => (1..=32).contains(class),
    }
}

/// Whether the dates of a right, filed, granted and expires as far as they are known, run in this order and its end lies ahead.
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
