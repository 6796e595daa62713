//! Brings the demo's content into an exchange. Each step looks first whether its result is there.

use super::{
    content::{ORDER_MAX, PARTICIPANTS, Participant, REGULATOR, RIGHTS, Right, SECONDS, SUPPLY, TICK, in_english},
    keys,
    venue::{DemoError, Failure, PAGE, Plan, Venue},
};
use protocol::{
    AccountId, AssetId, Bounded, Command, Currency, Date, Digest, EntityId, InstrumentId, KeyId, Money, Office, Price,
    Quantity, Reject, Side, Symbol, UserId,
    account::CashMove,
    asset::{AssetClass, Classification, RegisterAsset},
    control::DescribeEntity,
    listing::{BookTerms, IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    party::{KeyMaterial, LegalId, RegisterEntity, RegisterKey, RegisterUser, Scopes},
    title::{Extract, NewRight, RegisterRights, TitleLanguage, TranslateTitle},
};
use sha2::{Digest as _, Sha256};

/// The venue's first operator.
pub(super) const OPERATOR: UserId = UserId(0);

/// The demo's content, with the numbers it got.
pub(super) struct Market {
    pub(super) parties: Vec<Party>,
    pub(super) rights: Vec<Listed>,
}

/// A participant with its numbers.
pub(super) struct Party {
    pub(super) name: &'static str,
    pub(super) entity: EntityId,
    pub(super) user: UserId,
    pub(super) account: AccountId,
    pub(super) key: Option<KeyId>,
}

/// A listed right.
pub(super) struct Listed {
    pub(super) symbol: Symbol,
    pub(super) instrument: InstrumentId,
    pub(super) fair: i64,
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Market {
    pub(super) fn party(&self, name: &str) -> &Party {
        self.parties
            .iter()
            .find(|party| party.name == name)
            .expect("the content names its own participants")
    }
}

/// Seeds what is missing. Cheap where everything is there: no command is given then.
pub(super) fn seed(venue: &Venue<'_>, plan: &Plan) -> Result<Market, Failure> {
    let mut parties = vec![Party {
        name: "operator",
        entity: EntityId(0),
        user: OPERATOR,
        account: AccountId(0),
        key: None,
    }];
    let operator = plan.operator.clone();
    parties[0].key = Some(key(venue, plan, "operator", OPERATOR, every_scope(), operator)?);
    for participant in &PARTICIPANTS {
        parties.push(party(venue, plan, participant)?);
    }
    for (name, of) in SECONDS {
        let second = second(venue, plan, name, &parties, of)?;
        parties.push(second);
    }
    parties.push(party(venue, plan, &REGULATOR)?);
    let mut market = Market {
        parties,
        rights: vec![],
    };
    for right in &RIGHTS {
        let listed = listing(venue, &market, right)?;
        market.rights.push(listed);
    }
    Ok(market)
}

fn party(venue: &Venue<'_>, plan: &Plan, content: &Participant) -> Result<Party, Failure> {
    let entity = entity(venue, content)?;
    let directory = || venue.ready.market.directory();
    let found = directory()
        .users(None, PAGE)
        .into_iter()
        .find(|user| user.entity == entity);
    let user = match found {
        Some(user) => user.id,
        None => {
            let command = Command::RegisterUser(RegisterUser {
                entity,
                roles: content.roles,
            });
            venue.must(OPERATOR, "register_user", command)?;
            let registered = directory()
                .users(None, PAGE)
                .into_iter()
                .find(|user| user.entity == entity);
            registered.ok_or(DemoError::Views)?.id
        }
    };
    let found = directory().accounts(Some(entity), None, 1).first().copied();
    let account = match found {
        Some(account) => account.id,
        None => {
            venue.must(OPERATOR, "open_account", Command::OpenAccount { entity })?;
            directory()
                .accounts(Some(entity), None, 1)
                .first()
                .ok_or(DemoError::Views)?
                .id
        }
    };
    cash(venue, content, account)?;
    let key = if content.scopes == Scopes::NONE {
        None
    } else {
        let file = keys::load_or_make(&plan.data_dir, content.name)?;
        Some(key(venue, plan, content.name, user, content.scopes, file)?)
    };
    Ok(Party {
        name: content.name,
        entity,
        user,
        account,
        key,
    })
}

fn every_scope() -> Scopes {
    let all = Scopes::ALL.iter();
    all.fold(Scopes::NONE, |all, &(scope, _)| all.with(scope))
}

/// The second person of a participant, with the first's roles and a key of the same scopes.
fn second(venue: &Venue<'_>, plan: &Plan, name: &'static str, parties: &[Party], of: &str) -> Result<Party, Failure> {
    let first = parties.iter().find(|party| party.name == of);
    let first = first.expect("the content names its own participants");
    let content = PARTICIPANTS.iter().find(|content| content.name == of);
    let content = content.expect("the content names its own participants");
    let (roles, scopes) = (content.roles, content.scopes);
    let (entity, account) = (first.entity, first.account);
    let find = || {
        let users = venue.ready.market.directory().users(None, PAGE);
        let mut others = users.into_iter().filter(|user| user.id != first.user);
        others.find(|user| user.entity == entity).map(|user| user.id)
    };
    let user = match find() {
        Some(user) => user,
        None => {
            let register = Command::RegisterUser(RegisterUser { entity, roles });
            venue.must(OPERATOR, "register_user", register)?;
            find().ok_or(DemoError::Views)?
        }
    };
    let file = keys::load_or_make(&plan.data_dir, name)?;
    let key = Some(key(venue, plan, name, user, scopes, file)?);
    Ok(Party {
        name,
        entity,
        user,
        account,
        key,
    })
}

fn entity(venue: &Venue<'_>, content: &Participant) -> Result<EntityId, Failure> {
    let legal_id = Bounded::new(content.legal_id)
        .map(LegalId::Uscc)
        .or(Bounded::new(content.legal_id).map(LegalId::Lei));
    let legal_id = legal_id.expect("the content's codes are 18 or 20 characters");
    let find = || {
        let entities = venue.ready.market.directory().entities(None, PAGE);
        entities
            .into_iter()
            .find(|entity| {
                entity
                    .details
                    .as_ref()
                    .is_some_and(|details| details.legal_id == legal_id)
            })
            .map(|entity| entity.id)
    };
    if let Some(entity) = find() {
        return Ok(entity);
    }
    let name = Bounded::new(content.registered).expect("the content's names are short");
    let register = RegisterEntity {
        name,
        kind: content.kind,
        legal_id: legal_id.clone(),
        evidence: None,
    };
    venue.must(OPERATOR, "register_entity", Command::RegisterEntity(Box::new(register)))?;
    let entity = find().ok_or(DemoError::Views)?;
    if matches!(legal_id, LegalId::Lei(_)) {
        // An LEI does not tell where its holder is at home.
        let home = DescribeEntity {
            entity,
            country: Office::CN,
            beneficiaries: Vec::new(),
            evidence: Digest::default(),
        };
        venue.must(OPERATOR, "describe_entity", Command::DescribeEntity(Box::new(home)))?;
    }
    Ok(entity)
}

/// The cash of the start. Its reference is unique in the venue, so it is never booked twice.
fn cash(venue: &Venue<'_>, content: &Participant, account: AccountId) -> Result<(), Failure> {
    let had = venue.ready.market.accounts().cash(account, Currency::Cny).total;
    if content.yuan == 0 || had != Money::ZERO {
        return Ok(());
    }
    let reference = format!("DEMO-{}", content.name);
    let cash = CashMove {
        account,
        currency: Currency::Cny,
        amount: Money::from_minor(content.yuan * 100),
        reference: Bounded::new(&reference).expect("the content's names are short"),
    };
    match venue.ask(OPERATOR, &Command::CashIn(Box::new(cash)))? {
        Ok((seq, _)) => Ok(venue.wait_for(seq)?),
        // It was there once, and is spent.
        Err(Reject::ReferenceExists) => Ok(()),
        Err(reject) => Err(DemoError::Refused {
            what: "cash_in",
            code: reject.code(),
        }
        .into()),
    }
}

/// Registers the key, if the exchange does not know it, and numbers its file.
fn key(
    venue: &Venue<'_>,
    plan: &Plan,
    name: &str,
    user: UserId,
    scopes: Scopes,
    file: crate::proof::signing::Key,
) -> Result<KeyId, Failure> {
    let public = file.secret.public_key().expect("the demo's keys are Ed25519");
    let material = KeyMaterial::Ed25519(public);
    let find = || {
        let keys = venue.ready.market.directory().keys(None, PAGE);
        keys.into_iter()
            .find(|key| key.details.user == user && key.details.material == material && !key.is_revoked())
            .map(|key| key.id)
    };
    let id = match find() {
        Some(id) => id,
        None => {
            let register = RegisterKey {
                user,
                material,
                scopes,
                networks: vec![],
            };
            venue.must(OPERATOR, "register_key", Command::RegisterKey(Box::new(register)))?;
            find().ok_or(DemoError::Views)?
        }
    };
    keys::number(&plan.data_dir, name, file, id, &venue.ready.venue_id)?;
    Ok(id)
}

fn listing(venue: &Venue<'_>, market: &Market, right: &Right<'_>) -> Result<Listed, Failure> {
    let plain: String = right.number.chars().filter(|c| *c != '.').collect();
    let symbol = Symbol::new(&format!("CN{plain}.U")).expect("a number and a suffix are a symbol");
    let owner = market.party(right.owner);
    let (low, high) = (right.fair / 4 / TICK * TICK, right.fair * 4);
    let directory = || venue.ready.market.directory();
    let found = directory().by_symbol(&symbol).map(|listed| listed.id);
    let instrument = match found {
        Some(instrument) => instrument,
        None => {
            let asset = asset(venue, owner.entity, right)?;
            let terms = BookTerms {
                symbol,
                currency: Currency::Cny,
                tick: Price::from_minor(TICK),
                price_low: Price::from_minor(low),
                price_high: Price::from_minor(high),
                lot: Quantity::from_units(1),
                order_max: Quantity::from_units(ORDER_MAX),
                supply: Quantity::from_units(SUPPLY),
            };
            let list = Command::ListUnits(Box::new(ListUnits { asset, terms }));
            venue.must(OPERATOR, "list_units", list)?;
            directory().by_symbol(&symbol).ok_or(DemoError::Views)?.id
        }
    };
    let issued = directory().instrument(instrument).map(|listed| listed.issued());
    if issued == Some(Quantity::ZERO) {
        let quantity = Quantity::from_units(SUPPLY);
        let issue = IssueUnits {
            instrument,
            account: owner.account,
            quantity,
        };
        venue.must(owner.user, "issue_units", Command::IssueUnits(issue))?;
    }
    let held = venue.ready.market.accounts().holding(owner.account, instrument).total;
    // Whoever still has everything has sold nothing yet.
    if held == Quantity::from_units(SUPPLY) {
        place(venue, market, owner, instrument, right.fair)?;
    }
    Ok(Listed {
        symbol,
        instrument,
        fair: right.fair,
        low,
        high,
    })
}

/// The right of this number, if it is registered.
pub(super) fn find_asset(venue: &Venue<'_>, number: &str) -> Option<AssetId> {
    let assets = venue.ready.market.directory().assets(None, PAGE);
    let found = assets.into_iter().find(|asset| asset.details.number.as_str() == number);
    found.map(|asset| asset.id)
}

/// An extract of a register, drawn today.
pub(super) fn extract(venue: &Venue<'_>, of: &str) -> Extract {
    Extract {
        drawn: venue.ready.handle.now().venue_date(),
        evidence: Digest(Sha256::digest(format!("a made-up extract of {of}")).into()),
    }
}

/// A right of the content with its extract, drawn today.
pub(super) fn new_right(venue: &Venue<'_>, owner: EntityId, right: &Right<'_>) -> NewRight {
    let date = |(year, month, day)| Date::from_civil(year, month, day);
    let (year, month, day) = right.filed;
    let asset = RegisterAsset {
        owner,
        class: AssetClass::Patent,
        office: protocol::Office(*b"CN"),
        number: Bounded::new(right.number).expect("a number is short"),
        title: Bounded::new(right.title).expect("the content's titles are short"),
        filed: date(right.filed),
        granted: date(right.granted),
        expires: date((year + 20, month, day)),
        classifications: vec![Classification::Ipc(Bounded::new(right.ipc).expect("a symbol is short"))],
        texts: Digest(Sha256::digest(right.title).into()),
    };
    NewRight {
        extract: Some(extract(venue, right.number)),
        ..NewRight::from(asset)
    }
}

/// Gives the rights of the demo their titles in English, those that have none.
pub(super) fn translate(venue: &Venue<'_>) -> Result<(), Failure> {
    let assets = venue.ready.market.directory().assets(None, PAGE);
    for asset in assets.iter().filter(|asset| asset.title_en.is_none()) {
        let Some(english) = in_english(asset.details.title.as_str()) else {
            continue;
        };
        let translate = TranslateTitle {
            asset: asset.id,
            language: TitleLanguage::English,
            title: Bounded::new(english),
        };
        venue.must(
            OPERATOR,
            "translate_title",
            Command::TranslateTitle(Box::new(translate)),
        )?;
    }
    Ok(())
}

fn asset(venue: &Venue<'_>, owner: EntityId, right: &Right<'_>) -> Result<AssetId, Failure> {
    if let Some(asset) = find_asset(venue, right.number) {
        return Ok(asset);
    }
    let register = RegisterRights {
        rights: vec![new_right(venue, owner, right)],
        issue_to: None,
    };
    venue.must(OPERATOR, "register_rights", Command::RegisterRights(Box::new(register)))?;
    Ok(find_asset(venue, right.number).ok_or(DemoError::Views)?)
}

/// The first sales: the owner offers at the fair price, and traders and desks buy, so that everybody has something to
/// sell and the tape a first print.
fn place(
    venue: &Venue<'_>,
    market: &Market,
    owner: &Party,
    instrument: InstrumentId,
    fair: i64,
) -> Result<(), Failure> {
    for content in PARTICIPANTS.iter().filter(|participant| participant.units > 0) {
        let buyer = market.party(content.name);
        for (party, side) in [(owner, Side::Sell), (buyer, Side::Buy)] {
            let order = PlaceOrder {
                account: party.account,
                instrument,
                side,
                kind: OrderKind::Limit(Price::from_minor(fair)),
                quantity: Quantity::from_units(content.units),
            };
            venue.must(party.user, "place_order", Command::PlaceOrder(order))?;
        }
    }
    Ok(())
}
