//! What a proposal would do, told to those who decide on it: the command as it would be given, and in words.
//!
//! What always holds: what is told here is the proposal's own, and of others no more than the reader may see anyway.

use crate::{
    json::written,
    server::core::{caller::UserCaller, names::ViewNames},
};
use market_data::{
    MarketData,
    records::{Key, Kind, Told},
};
use protocol::{
    AccountId, AssetId, Command, EntityId, LotId, Notice, UserId, control::Encoded, describe::Shape, wire::decode_alone,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// So many lines tell of a command's fields at the most: the command itself stands beside them.
const LINES_MAX: usize = 200;

/// A proposal's command, readable.
#[derive(Debug, Serialize)]
pub(crate) struct Proposed {
    /// The command with its `op`, as it could be given.
    command: Value,
    /// What it does, and what each field of it means and names.
    effects: Vec<String>,
}

impl Proposed {
    /// What a proposal of this command does, for this reader.
    pub(crate) fn of(encoded: &Encoded, market: &MarketData, reader: &UserCaller) -> Option<Self> {
        let command: Command = decode_alone(&encoded.0).ok()?;
        let Value::Object(mut written) = written(&command, &ViewNames(market))? else {
            return None;
        };
        let op = command.op();
        let mut words = Words {
            naming: Naming { market, reader },
            lines: vec![format!("{}: {}", op.name(), op.meaning())],
            untold: 0,
        };
        // The gateway draws it: nobody who gives the command says it.
        written.remove("draw");
        words.fields(&op.shape(), &written, "");
        if words.untold > 0 {
            let more = format!(
                "And {} values more: read the command itself before you decide.",
                words.untold
            );
            words.lines.push(more);
        }
        Some(Self {
            command: Value::Object(written),
            effects: words.lines,
        })
    }
}

/// The words as they are being found.
struct Words<'a> {
    naming: Naming<'a>,
    lines: Vec<String>,
    /// How many values stand in no line.
    untold: usize,
}

impl Words<'_> {
    fn fields(&mut self, shape: &Shape, fields: &Map<String, Value>, within: &str) {
        match shape {
            Shape::Object(object) => {
                for field in object.fields {
                    if let Some(value) = fields.get(field.name) {
                        let path = format!("{within}{}", field.name);
                        let meaning = field.meaning.iter().map(|line| line.trim()).collect::<Vec<_>>();
                        self.value(&field.shape, value, &path, &meaning.join(" "));
                    }
                }
            }
            Shape::OneOf(_, variants) => {
                for (name, meaning, inner) in *variants {
                    if let Some(value) = fields.get(*name) {
                        self.value(inner, value, &format!("{within}{name}"), meaning.trim());
                    }
                }
            }
            Shape::Optional(inner) | Shape::OrBoolean(inner) => self.fields(inner, fields, within),
            _ => {}
        }
    }

    fn value(&mut self, shape: &Shape, value: &Value, path: &str, meaning: &str) {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                let inner = match shape {
                    Shape::List(inner) => inner,
                    other => other,
                };
                for item in items {
                    self.value(inner, item, path, meaning);
                }
            }
            Value::Object(fields) => match amount(fields) {
                Some(amount) => self.line(path, &amount, meaning),
                None => self.fields(shape, fields, &format!("{path}.")),
            },
            Value::String(text) => self.line(path, text, meaning),
            scalar => self.line(path, &scalar.to_string(), meaning),
        }
    }

    fn line(&mut self, path: &str, value: &str, meaning: &str) {
        if self.lines.len() < LINES_MAX {
            let name = path.rsplit('.').next().unwrap_or(path);
            let named = value.parse().ok().and_then(|number| self.naming.named(name, number));
            let named = named.map(|named| format!(" It is {}.", named.en)).unwrap_or_default();
            self.lines.push(format!("{path} {value}: {meaning}{named}"));
        } else {
            self.untold += 1;
        }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Both {
    /// 中文
    pub(crate) zh: String,
    /// English
    pub(crate) en: String,
}

/// Who knows the names, and who asks for them.
#[derive(Clone, Copy)]
pub(crate) struct Naming<'a> {
    pub(crate) market: &'a MarketData,
    pub(crate) reader: &'a UserCaller,
}

impl Naming<'_> {
    /// Whom or what the number in a field of this name names, where the reader may know.
    pub(crate) fn named(&self, field: &str, number: u32) -> Option<Both> {
        let name = field.strip_suffix("_id").or_else(|| field.strip_suffix("_ids"))?;
        let last = name.rsplit('_').next()?;
        match last {
            "account" => {
                let owner = self.market.directory().account(AccountId(number))?.owner;
                let Both { zh, en } = self.participant(owner)?;
                Some(Both {
                    zh: format!("{zh}的账户"),
                    en: format!("an account of {en}"),
                })
            }
            "user" => {
                let entity = self.market.directory().user(UserId(number))?.entity;
                let Both { zh, en } = self.participant(entity)?;
                Some(Both {
                    zh: format!("{zh}的用户"),
                    en: format!("a user of {en}"),
                })
            }
            "asset" => {
                let asset = self.market.directory().asset(AssetId(number))?.clone();
                let open = asset.is_listed() || self.reader.may_see(asset.details.owner).is_ok();
                let details = &asset.details;
                let text = format!(
                    "{} {}, {}",
                    details.office,
                    details.number.as_str(),
                    details.title.as_str()
                );
                open.then(|| Both {
                    zh: text.replace(", ", "，"),
                    en: text,
                })
            }
            "lot" => {
                let records = self.market.records();
                let told = records.get(Key::new(Kind::Lot, LotId(number.into()).0))?;
                let Told::Notice(Notice::Lot(lot)) = &told.told else {
                    return None;
                };
                let assets: Vec<_> = lot.assets.iter().map(|asset| asset.0.to_string()).collect();
                Some(Both {
                    zh: format!("权利 {} 的竞价标的", assets.join("、")),
                    en: format!("a lot of the rights {}", assets.join(", ")),
                })
            }
            "entity" | "owner" | "licensee" | "licensor" | "appraiser" | "buyer" | "beneficiary" => {
                self.participant(EntityId(number))
            }
            _ => None,
        }
    }

    fn participant(&self, entity: EntityId) -> Option<Both> {
        self.reader.may_see(entity).ok()?;
        let directory = self.market.directory();
        let details = &directory.entity(entity)?.details;
        let name = details.as_ref().map(|details| details.name.as_str());
        Some(Both {
            zh: format!("{}（主体{}）", name.unwrap_or("本场所"), entity.0),
            en: format!("{} (participant {})", name.unwrap_or("the venue"), entity.0),
        })
    }
}

/// An amount in one word, if it is one.
fn amount(fields: &Map<String, Value>) -> Option<String> {
    let (amount, currency) = (fields.get("amount")?.as_str()?, fields.get("currency")?.as_str()?);
    (fields.len() == 2).then(|| format!("{amount} {currency}"))
}
