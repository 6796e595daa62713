//! From the DTOs of commands to the protocol and back.
//!
//! What always holds: a command that can be written reads back as the same command. What JSON cannot say (a price in
//! a book that does not exist, say) is not written at all: [`CommandJson::from_command`] gives `None`.

use super::{
    command::{self as dto, CommandJson},
    error::{At as _, InputCode, InputError},
    names::Names,
    scalar::*,
    value::Object,
};
use protocol::{
    AccountId, Command, Currency, Digest, EntityId, InstrumentId, KeyId, OrderId, Symbol, UserId,
    account::CashMove,
    control::{Encoded, Propose},
    listing::IssueUnits,
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, KeyMaterial, LegalId, NETWORKS_MAX, RegisterEntity, RegisterKey, RegisterUser, Roles, Scopes},
    rules::{Approval, CALENDAR_DAYS_MAX, Calendar, Epoch, Fees, Profile},
    units::{BasisPoints, Side},
    wire,
};

/// An order that no core has: what an order is called that was never accepted.
const NO_ORDER: OrderId = OrderId(u64::MAX);
/// The word for [`Approval::Sandbox`].
const SANDBOX: &str = "sandbox";

impl CommandJson {
    /// The command.
    ///
    /// # Errors
    /// Where a value cannot be what its field says, or there is no such symbol.
    pub fn into_command(self, names: &dyn Names) -> Result<Command, InputError> {
        Ok(match self {
            Self::Epoch(epoch) => Command::Epoch(Box::new(epoch.into_protocol()?)),
            Self::Tick(dto::Tick {}) => Command::Tick,
            Self::Resumed(dto::Resumed { down_from }) => Command::Resumed {
                down_from: read_time(&down_from).at("down_from")?,
            },
            Self::RegisterEntity(entity) => Command::RegisterEntity(Box::new(entity.into_protocol()?)),
            Self::RegisterUser(user) => Command::RegisterUser(user.into_protocol()?),
            Self::RegisterKey(key) => Command::RegisterKey(Box::new(key.into_protocol()?)),
            Self::RevokeKey(dto::RevokeKey { key_id }) => Command::RevokeKey { key: KeyId(key_id) },
            Self::OpenAccount(dto::OpenAccount { entity_id }) => Command::OpenAccount {
                entity: EntityId(entity_id),
            },
            Self::CashIn(cash) => Command::CashIn(Box::new(cash.into_protocol()?)),
            Self::CashOut(cash) => Command::CashOut(Box::new(cash.into_protocol()?)),
            Self::IssueUnits(dto::IssueUnits {
                symbol,
                account_id,
                quantity,
            }) => {
                let (instrument, _) = instrument(&symbol, names)?;
                let quantity = read_quantity(&quantity).at("quantity")?;
                Command::IssueUnits(IssueUnits {
                    instrument,
                    account: AccountId(account_id),
                    quantity,
                })
            }
            Self::SetTrading(dto::SetTrading { symbol, trading }) => {
                let (instrument, _) = instrument(&symbol, names)?;
                Command::SetTrading { instrument, trading }
            }
            Self::PlaceOrder(order) => Command::PlaceOrder(order.into_protocol(names)?),
            Self::CancelOrder(cancel) => Command::CancelOrder {
                order: cancel.into_protocol(names)?,
            },
            Self::Propose(dto::Propose { command }) => {
                let command = command.0.into_command(names).at("command")?;
                Command::Propose(Box::new(Propose {
                    encoded: Encoded(wire::encode_alone(&command)),
                }))
            }
            other => other.described().expect("what is not written here describes itself"),
        })
    }

    /// The command in JSON, or `None` where JSON has no words for it.
    pub fn from_command(command: &Command, names: &dyn Names) -> Option<Self> {
        let written = Self::written(command, names)?;
        let text = serde_json::to_vec(&written).ok()?;
        let mut object = Object::read(&text).ok()?;
        object.take("op");
        let read = Self::from_object(written.op(), object).and_then(|read| read.into_command(names));
        (read.as_ref() == Ok(command)).then_some(written)
    }

    /// The command in JSON, whether or not its values are such as may be read.
    fn written(command: &Command, names: &dyn Names) -> Option<Self> {
        Some(match command {
            Command::Epoch(epoch) => Self::Epoch(dto::Epoch::from(&**epoch)),
            Command::Tick => Self::Tick(dto::Tick {}),
            Command::Resumed { down_from } => Self::Resumed(dto::Resumed {
                down_from: write_time(*down_from),
            }),
            Command::RegisterEntity(entity) => Self::RegisterEntity(dto::RegisterEntity::from(&**entity)),
            Command::RegisterUser(user) => Self::RegisterUser(dto::RegisterUser {
                entity_id: user.entity.0,
                roles: user.roles.names().map(Into::into).collect(),
            }),
            Command::RegisterKey(key) => Self::RegisterKey(dto::RegisterKey::from(&**key)),
            Command::RevokeKey { key } => Self::RevokeKey(dto::RevokeKey { key_id: key.0 }),
            Command::OpenAccount { entity } => Self::OpenAccount(dto::OpenAccount { entity_id: entity.0 }),
            Command::CashIn(cash) => Self::CashIn(dto::CashMove::from(&**cash)),
            Command::CashOut(cash) => Self::CashOut(dto::CashMove::from(&**cash)),
            Command::IssueUnits(issue) => Self::IssueUnits(dto::IssueUnits {
                symbol: names.listing(issue.instrument)?.0.to_string(),
                account_id: issue.account.0,
                quantity: write_quantity(issue.quantity),
            }),
            Command::SetTrading { instrument, trading } => Self::SetTrading(dto::SetTrading {
                symbol: names.listing(*instrument)?.0.to_string(),
                trading: *trading,
            }),
            Command::PlaceOrder(order) => Self::PlaceOrder(dto::PlaceOrder::from_protocol(order, names)?),
            Command::CancelOrder { order } => Self::CancelOrder(dto::CancelOrder {
                order_id: Some(write_order_id(*order)),
                order_client_id: None,
            }),
            Command::Propose(propose) => {
                let command = wire::decode_alone(&propose.encoded.0).ok()?;
                let command = Box::new(dto::Nested(Self::written(&command, names)?));
                Self::Propose(dto::Propose { command })
            }
            other => return Self::of_described(other),
        })
    }
}

fn instrument(symbol: &str, names: &dyn Names) -> Result<(InstrumentId, Currency), InputError> {
    let symbol: Symbol = read_symbol(symbol).at("symbol")?;
    let unknown = || InputError::new(InputCode::UnknownInstrument, symbol.as_str());
    names.instrument(&symbol).ok_or_else(unknown).at("symbol")
}

fn list<T, U>(
    items: &[T],
    max: usize,
    field: &str,
    read: impl Fn(&T) -> Result<U, InputError>,
) -> Result<Vec<U>, InputError> {
    if items.len() > max {
        return Err(InputError::new(InputCode::OutOfRange, format!("at most {max} of them"))).at(field);
    }
    items
        .iter()
        .enumerate()
        .map(|(i, item)| read(item).at(i))
        .collect::<Result<_, _>>()
        .at(field)
}

impl dto::Epoch {
    fn into_protocol(self) -> Result<Epoch, InputError> {
        let approval = match self.approval.as_deref() {
            None => Approval::None,
            Some(SANDBOX) => Approval::Sandbox,
            // Not the word, and no authority's reference either: an unmarked sandbox would come of it.
            Some(word) if word.eq_ignore_ascii_case(SANDBOX) || word == "沙盒" => {
                let why = "a sandbox is said in these very letters: sandbox";
                return Err(InputError::new(InputCode::OutOfRange, why)).at("approval");
            }
            Some(reference) => Approval::Reference(read_text(reference).at("approval")?),
        };
        let days = |days: &[String], field| list(days, CALENDAR_DAYS_MAX, field, |day| read_date(day)).at("calendar");
        let fees = Fees {
            maker: BasisPoints(self.fees.maker_bps),
            taker: BasisPoints(self.fees.taker_bps),
        };
        let calendar = Calendar {
            holidays: days(&self.calendar.holidays, "holidays")?,
            working_weekends: days(&self.calendar.working_weekends, "working_weekends")?,
        };
        Ok(Epoch {
            rules_version: self.rules_version,
            profile: self.profile.into(),
            approval,
            fees,
            calendar,
        })
    }
}

impl From<&Epoch> for dto::Epoch {
    fn from(epoch: &Epoch) -> Self {
        let days = |days: &[protocol::Date]| days.iter().map(|day| write_date(*day)).collect();
        Self {
            rules_version: epoch.rules_version,
            profile: match epoch.profile {
                Profile::CnVenue => dto::Profile::CnVenue,
                Profile::UnitMarket => dto::Profile::UnitMarket,
            },
            approval: match &epoch.approval {
                Approval::None => None,
                Approval::Sandbox => Some(SANDBOX.into()),
                Approval::Reference(reference) => Some(reference.as_str().into()),
            },
            fees: dto::Fees {
                maker_bps: epoch.fees.maker.0,
                taker_bps: epoch.fees.taker.0,
            },
            calendar: dto::Calendar {
                holidays: days(&epoch.calendar.holidays),
                working_weekends: days(&epoch.calendar.working_weekends),
            },
        }
    }
}

impl From<dto::Profile> for Profile {
    fn from(profile: dto::Profile) -> Self {
        match profile {
            dto::Profile::CnVenue => Self::CnVenue,
            dto::Profile::UnitMarket => Self::UnitMarket,
        }
    }
}

impl dto::RegisterEntity {
    fn into_protocol(self) -> Result<RegisterEntity, InputError> {
        let code = &self.legal_id.code;
        let legal_id = match self.legal_id.scheme {
            dto::LegalIdScheme::Uscc => read_text(code).map(LegalId::Uscc),
            dto::LegalIdScheme::Lei => read_text(code).map(LegalId::Lei),
        };
        Ok(RegisterEntity {
            name: read_text(&self.name).at("name")?,
            kind: self.kind.into(),
            legal_id: legal_id.at("code").at("legal_id")?,
            evidence: self
                .evidence_sha256
                .as_deref()
                .map(read_digest)
                .transpose()
                .at("evidence_sha256")?,
        })
    }
}

impl From<&RegisterEntity> for dto::RegisterEntity {
    fn from(entity: &RegisterEntity) -> Self {
        let (scheme, code) = match &entity.legal_id {
            LegalId::Uscc(code) => (dto::LegalIdScheme::Uscc, code.as_str()),
            LegalId::Lei(code) => (dto::LegalIdScheme::Lei, code.as_str()),
        };
        Self {
            name: entity.name.as_str().into(),
            kind: entity.kind.into(),
            legal_id: dto::LegalId {
                scheme,
                code: code.into(),
            },
            evidence_sha256: entity.evidence.map(write_digest),
        }
    }
}

/// Enums that say the same in both vocabularies.
macro_rules! same {
    ($($name:ident { $($variant:ident),* })*) => {$(
        impl From<dto::$name> for $name {
            fn from(value: dto::$name) -> Self {
                match value { $(dto::$name::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for dto::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant,)* }
            }
        }
    )*};
}

same! {
    EntityKind { Company, Bank, Fund, Institute, PublicBody, Venue }
    Side { Buy, Sell }
}

impl dto::RegisterUser {
    fn into_protocol(self) -> Result<RegisterUser, InputError> {
        let roles = list(&self.roles, Roles::ALL.len(), "roles", |name| {
            Roles::from_name(name).ok_or_else(|| unknown_name(name, Roles::ALL.iter().map(|(_, name)| *name)))
        })?;
        let roles = roles.into_iter().fold(Roles::NONE, Roles::with);
        Ok(RegisterUser {
            entity: EntityId(self.entity_id),
            roles,
        })
    }
}

fn unknown_name<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> InputError {
    let known: Vec<&str> = known.collect();
    InputError::new(
        InputCode::UnknownValue,
        format!("known: {}; found {name:?}", known.join(", ")),
    )
}

impl dto::RegisterKey {
    fn into_protocol(self) -> Result<RegisterKey, InputError> {
        let scopes = list(&self.scopes, Scopes::ALL.len(), "scopes", |name| {
            Scopes::from_name(name).ok_or_else(|| unknown_name(name, Scopes::ALL.iter().map(|(_, name)| *name)))
        })?;
        Ok(RegisterKey {
            user: UserId(self.user_id),
            material: self.material.into_protocol().at("material")?,
            scopes: scopes.into_iter().fold(Scopes::NONE, Scopes::with),
            networks: list(&self.networks, NETWORKS_MAX, "networks", |text| read_network(text))?,
        })
    }
}

impl dto::KeyMaterial {
    fn into_protocol(self) -> Result<KeyMaterial, InputError> {
        let field = "public_key";
        match (self.algorithm, self.public_key) {
            (dto::KeyAlgorithm::Ed25519, Some(key)) => read_hex(&key).map(KeyMaterial::Ed25519).at(field),
            (dto::KeyAlgorithm::Ed25519, None) => Err(InputError::new(InputCode::MissingField, "")).at(field),
            (dto::KeyAlgorithm::HmacSha256, None) => Ok(KeyMaterial::HmacSha256),
            (dto::KeyAlgorithm::HmacSha256, Some(_)) => Err(InputError::new(
                InputCode::ConflictingFields,
                "hmac-sha256 has no public key",
            ))
            .at(field),
        }
    }
}

impl From<&RegisterKey> for dto::RegisterKey {
    fn from(key: &RegisterKey) -> Self {
        let material = match key.material {
            KeyMaterial::Ed25519(public) => dto::KeyMaterial {
                algorithm: dto::KeyAlgorithm::Ed25519,
                public_key: Some(write_digest(Digest(public))),
            },
            KeyMaterial::HmacSha256 => dto::KeyMaterial {
                algorithm: dto::KeyAlgorithm::HmacSha256,
                public_key: None,
            },
        };
        Self {
            user_id: key.user.0,
            material,
            scopes: key.scopes.names().map(Into::into).collect(),
            networks: key.networks.iter().map(|network| write_network(*network)).collect(),
        }
    }
}

impl dto::CashMove {
    fn into_protocol(self) -> Result<CashMove, InputError> {
        let currency = read_currency(&self.currency).at("currency")?;
        Ok(CashMove {
            account: AccountId(self.account_id),
            currency,
            amount: read_money(&self.amount, currency).at("amount")?,
            reference: read_text(&self.reference).at("reference")?,
        })
    }
}

impl From<&CashMove> for dto::CashMove {
    fn from(cash: &CashMove) -> Self {
        Self {
            account_id: cash.account.0,
            currency: cash.currency.code().into(),
            amount: write_money(cash.amount, cash.currency),
            reference: cash.reference.as_str().into(),
        }
    }
}

impl dto::PlaceOrder {
    fn into_protocol(self, names: &dyn Names) -> Result<PlaceOrder, InputError> {
        let (instrument, currency) = instrument(&self.symbol, names)?;
        let price = self
            .price
            .map(|text| read_price(&text, Some(currency)))
            .transpose()
            .at("price")?;
        let kind = match (self.order_type, price) {
            (dto::OrderType::Limit, Some(price)) => OrderKind::Limit(price),
            (dto::OrderType::Ioc, Some(price)) => OrderKind::ImmediateOrCancel(price),
            (dto::OrderType::Market, None) => OrderKind::Market,
            (dto::OrderType::Market, Some(_)) => {
                return Err(InputError::new(
                    InputCode::ConflictingFields,
                    "a market order has no price",
                ))
                .at("price");
            }
            (_, None) => return Err(InputError::new(InputCode::MissingField, "")).at("price"),
        };
        Ok(PlaceOrder {
            account: AccountId(self.account_id),
            instrument,
            side: self.side.into(),
            kind,
            quantity: read_quantity(&self.quantity).at("quantity")?,
        })
    }

    fn from_protocol(order: &PlaceOrder, names: &dyn Names) -> Option<Self> {
        let (symbol, currency) = names.listing(order.instrument)?;
        let (order_type, price) = match order.kind {
            OrderKind::Limit(price) => (dto::OrderType::Limit, Some(price)),
            OrderKind::ImmediateOrCancel(price) => (dto::OrderType::Ioc, Some(price)),
            OrderKind::Market => (dto::OrderType::Market, None),
        };
        Some(Self {
            account_id: order.account.0,
            symbol: symbol.to_string(),
            side: order.side.into(),
            order_type,
            price: price.map(|price| write_price(price, Some(currency))),
            quantity: write_quantity(order.quantity),
        })
    }
}

impl dto::CancelOrder {
    fn into_protocol(self, names: &dyn Names) -> Result<OrderId, InputError> {
        match (self.order_id, self.order_client_id) {
            (Some(order), None) => read_order_id(&order).at("order_id"),
            (None, Some(client_id)) => match names.order(&client_id) {
                Some(named) => Ok(named.unwrap_or(NO_ORDER)),
                None => Err(InputError::new(InputCode::UnknownOrder, client_id)).at("order_client_id"),
            },
            (None, None) => Err(InputError::new(InputCode::MissingField, "")).at("order_id"),
            (Some(_), Some(_)) => {
                let note = "order_id excludes order_client_id";
                Err(InputError::new(InputCode::ConflictingFields, note)).at("order_client_id")
            }
        }
    }
}
