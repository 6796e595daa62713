//! Who takes part, what is listed and under which rules: what the gateway needs to authenticate a request, to parse
//! its decimal strings in the instrument's currency, and to render an answer.
//! Invariant: ids are dense, so each list is an array indexed by id; nothing is ever taken out.
//! Long texts live here and not in the core. Who may see an entry is the gateway's business.

use protocol::{
    AccountId, AssetId, Currency, EntityId, InstrumentId, KeyId, PrivateEvent, PublicEvent, Quantity, Stamped, Symbol,
    Timestamp, UserId,
    asset::RegisterAsset,
    event::{Event, StaffEvent, TradingStatus, UnitsListed},
    listing::BookTerms,
    party::{RegisterEntity, RegisterKey, Roles},
    rules::Epoch,
    text::Heading,
    title::TitleLanguage,
};
use std::{
    collections::HashMap,
    fmt,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering},
    },
};
use tokio::sync::Notify;

/// A listing. Its terms never change; what does is read through methods and is as of the moment of reading.
#[derive(Debug)]
pub struct Instrument {
    /// The listing's number.
    pub id: InstrumentId,
    /// The right whose units are listed.
    pub asset: AssetId,
    /// Symbol, currency, tick, band, lot, largest order and supply.
    pub terms: BookTerms,
    /// Whether it was listed on a sandbox board.
    pub sandbox: bool,
    /// When it was listed.
    pub listed_at: Timestamp,
    /// CRC32 of the symbol: which shard of `*` it belongs to.
    pub(crate) symbol_crc: u32,
    issued: AtomicI64,
    status: AtomicU8,
}

/// What a frame of `instruments` says: the member that tells the listing, written by whoever knows the API.
pub trait ListingText: fmt::Debug + Send + Sync {
    /// The member of a frame, as `"name":value`. Only the instrument itself is to be read.
    fn instrument(&self, instrument: &Instrument) -> String;
}

impl Instrument {
    pub(crate) fn new(listed: &UnitsListed, at: Timestamp) -> Self {
        Self {
            id: listed.instrument,
            asset: listed.asset,
            symbol_crc: crc32fast::hash(listed.terms.symbol.as_str().as_bytes()),
            terms: listed.terms.clone(),
            sandbox: listed.sandbox,
            listed_at: at,
            issued: AtomicI64::new(0),
            status: AtomicU8::new(TradingStatus::Trading as u8),
        }
    }

    /// The symbol that it is listed under.
    pub fn symbol(&self) -> Symbol {
        self.terms.symbol
    }

    /// The currency that units are paid in.
    pub fn currency(&self) -> Currency {
        self.terms.currency
    }

    /// How many units have been issued.
    pub fn issued(&self) -> Quantity {
        Quantity::from_units(self.issued.load(Ordering::Relaxed))
    }

    /// Whether the listing trades.
    pub fn status(&self) -> TradingStatus {
        match self.status.load(Ordering::Relaxed) {
            0 => TradingStatus::Trading,
            1 => TradingStatus::Halted,
            3 => TradingStatus::Frozen,
            _ => TradingStatus::Closed,
        }
    }
}

/// A registered right.
#[derive(Debug)]
pub struct Asset {
    /// The right's number here.
    pub id: AssetId,
    /// The right as it was registered: owner, class, office, number, title, dates, classes.
    pub details: RegisterAsset,
    /// When the right was registered.
    pub registered_at: Timestamp,
    /// The title in English, as its owner or the venue gave it for display; no title of the register.
    pub title_en: Option<Heading>,
    listed: AtomicBool,
}

impl Asset {
    /// Whether units of the right were listed, which makes its facts public.
    pub fn is_listed(&self) -> bool {
        self.listed.load(Ordering::Relaxed)
    }
}

/// A participant.
#[derive(Debug)]
pub struct Entity {
    /// The participant's number here.
    pub id: EntityId,
    /// The participant as it was registered. `None` for entity 0, the venue, which no command registers.
    pub details: Option<RegisterEntity>,
    /// When the participant was admitted.
    pub registered_at: Timestamp,
}

/// A user of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's number here.
    pub id: UserId,
    /// The participant that the user acts for.
    pub entity: EntityId,
    /// What the user may do.
    pub roles: Roles,
}

/// A key of a user.
#[derive(Debug)]
pub struct Key {
    /// The key's number here.
    pub id: KeyId,
    /// Whose key it is, how it signs, what for and from where.
    pub details: RegisterKey,
    revoked: AtomicBool,
    /// Tells those who wait in [`Self::revoked`].
    ended: Notify,
}

impl Key {
    /// Whether the key was revoked.
    pub fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    /// Waits until the key is revoked.
    pub async fn revoked(&self) {
        let mut ended = pin!(self.ended.notified());
        // From here on no revocation is missed.
        ended.as_mut().enable();
        if !self.is_revoked() {
            ended.await;
        }
    }
}

/// What somebody acts by, such as a key: good until it has ended, and from then on for ever not.
pub trait Mandate: fmt::Debug + Send + Sync {
    /// Whether it has ended.
    fn has_ended(&self) -> bool;
}

impl Mandate for Key {
    fn has_ended(&self) -> bool {
        self.is_revoked()
    }
}

/// An account and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account's number.
    pub id: AccountId,
    /// The participant whose account it is.
    pub owner: EntityId,
    /// When the account was opened.
    pub opened_at: Timestamp,
}

/// The directory of everybody and everything that a command names. User 0 (the venue's first operator), entity 0 (the
/// venue) and account 0 (its fees) are there from the start.
#[derive(Debug)]
pub struct Directory {
    epoch: Option<Arc<Epoch>>,
    epochs: Vec<Arc<Epoch>>,
    began: Option<Timestamp>,
    entities: Vec<Option<Arc<Entity>>>,
    users: Vec<Option<User>>,
    keys: Vec<Option<Arc<Key>>>,
    accounts: Vec<Option<Account>>,
    assets: Vec<Option<Arc<Asset>>>,
    instruments: Vec<Option<Arc<Instrument>>>,
    symbols: HashMap<Symbol, InstrumentId>,
}

/// Up to `limit` entries of a dense array behind position `after`.
fn page<T: Clone>(entries: &[Option<T>], after: Option<usize>, limit: usize) -> Vec<T> {
    let from = after.map_or(0, |after| after.saturating_add(1)).min(entries.len());
    entries[from..].iter().flatten().take(limit).cloned().collect()
}

/// Puts `entry` at its place in a dense array.
fn put<T>(entries: &mut Vec<Option<T>>, index: usize, entry: T) {
    if entries.len() <= index {
        entries.resize_with(index + 1, || None);
    }
    entries[index] = Some(entry);
}

impl Directory {
    pub(crate) fn new() -> Self {
        let venue = EntityId(0);
        Self {
            epoch: None,
            epochs: Vec::new(),
            began: None,
            entities: vec![Some(Arc::new(Entity {
                id: venue,
                details: None,
                registered_at: Timestamp(0),
            }))],
            users: vec![Some(User {
                id: UserId(0),
                entity: venue,
                roles: Roles::OPERATOR,
            })],
            keys: vec![],
            accounts: vec![Some(Account {
                id: AccountId(0),
                owner: venue,
                opened_at: Timestamp(0),
            })],
            assets: vec![],
            instruments: vec![],
            symbols: HashMap::new(),
        }
    }

    /// The rules in force; `None` before the first command.
    pub fn epoch(&self) -> Option<&Arc<Epoch>> {
        self.epoch.as_ref()
    }

    /// All rules that were ever in force, the first ones first; none before the first command.
    pub fn epochs(&self) -> &[Arc<Epoch>] {
        &self.epochs
    }

    /// When the first rules came into force, with which every journal begins; `None` before that.
    pub fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// The participant of this number.
    pub fn entity(&self, id: EntityId) -> Option<&Arc<Entity>> {
        self.entities.get(id.index())?.as_ref()
    }

    /// Up to `limit` participants behind `after` (from the first where `None`), by number.
    pub fn entities(&self, after: Option<EntityId>, limit: usize) -> Vec<Arc<Entity>> {
        page(&self.entities, after.map(EntityId::index), limit)
    }

    /// The user of this number.
    pub fn user(&self, id: UserId) -> Option<User> {
        *self.users.get(id.index())?
    }

    /// Up to `limit` users behind `after`, by number.
    pub fn users(&self, after: Option<UserId>, limit: usize) -> Vec<User> {
        page(&self.users, after.map(UserId::index), limit)
    }

    /// The key of this number.
    pub fn key(&self, id: KeyId) -> Option<&Arc<Key>> {
        self.keys.get(id.index())?.as_ref()
    }

    /// Up to `limit` keys behind `after`, by number.
    pub fn keys(&self, after: Option<KeyId>, limit: usize) -> Vec<Arc<Key>> {
        page(&self.keys, after.map(KeyId::index), limit)
    }

    /// The account of this number, with its owner.
    pub fn account(&self, id: AccountId) -> Option<Account> {
        *self.accounts.get(id.index())?
    }

    /// Up to `limit` accounts behind `after`, by number; of one owner where it is given.
    pub fn accounts(&self, owner: Option<EntityId>, after: Option<AccountId>, limit: usize) -> Vec<Account> {
        let from = after.map_or(0, |after| after.index() + 1).min(self.accounts.len());
        let of_owner = |account: &Account| owner.is_none_or(|owner| account.owner == owner);
        self.accounts[from..]
            .iter()
            .flatten()
            .copied()
            .filter(of_owner)
            .take(limit)
            .collect()
    }

    /// The right of this number.
    pub fn asset(&self, id: AssetId) -> Option<&Arc<Asset>> {
        self.assets.get(id.index())?.as_ref()
    }

    /// Up to `limit` rights behind `after`, by number.
    pub fn assets(&self, after: Option<AssetId>, limit: usize) -> Vec<Arc<Asset>> {
        page(&self.assets, after.map(AssetId::index), limit)
    }

    /// The listing of this number.
    pub fn instrument(&self, id: InstrumentId) -> Option<&Arc<Instrument>> {
        self.instruments.get(id.index())?.as_ref()
    }

    /// The listing of this symbol.
    pub fn by_symbol(&self, symbol: &Symbol) -> Option<&Arc<Instrument>> {
        self.instrument(*self.symbols.get(symbol)?)
    }

    /// Up to `limit` listings behind `after`, by number.
    pub fn instruments(&self, after: Option<InstrumentId>, limit: usize) -> Vec<Arc<Instrument>> {
        page(&self.instruments, after.map(InstrumentId::index), limit)
    }

    /// How many listings there are.
    pub fn instrument_count(&self) -> usize {
        self.symbols.len()
    }

    /// Whether this event changes the directory.
    pub(crate) fn concerns(event: &Event) -> bool {
        match event {
            Event::Public(public) => matches!(
                public,
                PublicEvent::EpochOpened(_)
                    | PublicEvent::UnitsListed(_)
                    | PublicEvent::UnitsIssued { .. }
                    | PublicEvent::TradingChanged { .. }
            ),
            Event::Private(_, private) => {
                matches!(
                    private,
                    PrivateEvent::AccountOpened { .. }
                        | PrivateEvent::AssetRegistered { .. }
                        | PrivateEvent::TitleTranslated { .. }
                )
            }
            Event::Staff(_) => true,
            Event::Record(_) | Event::Sealed(..) => false,
        }
    }

    /// Takes in one event.
    pub(crate) fn fold(&mut self, event: &Stamped<Event>) {
        match &event.body {
            Event::Public(public) => self.fold_public(public, event.at),
            Event::Private(entity, PrivateEvent::AccountOpened { account }) => {
                let entry = Account {
                    id: *account,
                    owner: *entity,
                    opened_at: event.at,
                };
                put(&mut self.accounts, account.index(), entry);
            }
            Event::Private(_, PrivateEvent::AssetRegistered { asset, details }) => {
                let listed = AtomicBool::new(false);
                let entry = Asset {
                    id: *asset,
                    details: (**details).clone(),
                    registered_at: event.at,
                    title_en: None,
                    listed,
                };
                put(&mut self.assets, asset.index(), Arc::new(entry));
            }
            Event::Private(_, PrivateEvent::TitleTranslated { asset, language, title }) => {
                let Some(before) = self.asset(*asset) else { return };
                let title_en = match language {
                    TitleLanguage::English => title.clone(),
                };
                let entry = Asset {
                    id: before.id,
                    details: before.details.clone(),
                    registered_at: before.registered_at,
                    title_en,
                    listed: AtomicBool::new(before.is_listed()),
                };
                put(&mut self.assets, asset.index(), Arc::new(entry));
            }
            Event::Private(..) | Event::Record(_) | Event::Sealed(..) => {}
            Event::Staff(staff) => self.fold_staff(staff, event.at),
        }
    }

    fn fold_public(&mut self, event: &PublicEvent, at: Timestamp) {
        match event {
            PublicEvent::EpochOpened(epoch) => {
                let epoch = Arc::new((**epoch).clone());
                self.epochs.push(epoch.clone());
                self.epoch = Some(epoch);
                self.began.get_or_insert(at);
            }
            PublicEvent::UnitsListed(listed) => {
                let instrument = Instrument::new(listed, at);
                if let Some(asset) = self.asset(instrument.asset) {
                    asset.listed.store(true, Ordering::Relaxed);
                }
                self.symbols.insert(instrument.symbol(), instrument.id);
                put(&mut self.instruments, instrument.id.index(), Arc::new(instrument));
            }
            PublicEvent::UnitsIssued { instrument, issued, .. } => {
                self.listed(*instrument).issued.store(issued.units(), Ordering::Relaxed);
            }
            PublicEvent::TradingChanged { instrument, status } => {
                self.listed(*instrument).status.store(*status as u8, Ordering::Relaxed);
            }
            PublicEvent::OrderAdded { .. }
            | PublicEvent::OrderRemoved { .. }
            | PublicEvent::Traded { .. }
            | PublicEvent::LotBid(_)
            | PublicEvent::Notice(_) => {}
        }
    }

    fn fold_staff(&mut self, event: &StaffEvent, at: Timestamp) {
        match event {
            StaffEvent::EntityRegistered { entity, details } => {
                let entry = Entity {
                    id: *entity,
                    details: Some((**details).clone()),
                    registered_at: at,
                };
                put(&mut self.entities, entity.index(), Arc::new(entry));
            }
            StaffEvent::UserRegistered { user, entity, roles } => {
                put(
                    &mut self.users,
                    user.index(),
                    User {
                        id: *user,
                        entity: *entity,
                        roles: *roles,
                    },
                );
            }
            StaffEvent::KeyRegistered { key, details } => {
                let entry = Key {
                    id: *key,
                    details: (**details).clone(),
                    revoked: AtomicBool::new(false),
                    ended: Notify::new(),
                };
                put(&mut self.keys, key.index(), Arc::new(entry));
            }
            StaffEvent::LotDisclosed { .. } => {}
            StaffEvent::KeyRevoked { key } => {
                let entry = self.key(*key).expect("only a registered key is revoked");
                entry.revoked.store(true, Ordering::Release);
                entry.ended.notify_waiters();
            }
        }
    }

    fn listed(&self, id: InstrumentId) -> &Instrument {
        self.instrument(id).expect("an event names a listed instrument")
    }
}
