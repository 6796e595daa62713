//! Commands as JSON: one DTO each, in the words of the wire. What a field may hold is the rule book's business; how it
//! is written is told here, and the module `convert` leads to the protocol and back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The rules from here on. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// The version of the rules that these are written for.
    #[schema(example = 1)]
    pub rules_version: u16,
    /// Which modes the venue may run.
    pub profile: Profile,
    /// For `unit-market`: the word `sandbox`, or the reference of the authority's approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "sandbox")]
    pub approval: Option<String>,
    /// What a fill costs.
    pub fees: Fees,
    /// The exceptions to Monday to Friday.
    #[serde(default)]
    pub calendar: Calendar,
}

/// Which modes a venue may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The default in China: no order book of units.
    CnVenue,
    /// Order books of licence units, on an approval or as a marked sandbox.
    UnitMarket,
}

/// What each side of a fill pays of price × quantity, in basis points (0 to 10000), rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// The order that rested.
    #[schema(example = 10)]
    pub maker_bps: u16,
    /// The order that arrived.
    #[schema(example = 20)]
    pub taker_bps: u16,
}

/// Working days: Monday to Friday, except as listed. Both lists are sorted and without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Weekdays without business, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(example = json!(["2026-10-01"]))]
    pub holidays: Vec<String>,
    /// Weekend days with business, `YYYY-MM-DD`.
    #[serde(default)]
    #[schema(example = json!(["2026-10-10"]))]
    pub working_weekends: Vec<String>,
}

/// Time has passed: fires what is due. By the sequencer alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tick {}

/// Admits a legal entity as a participant. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterEntity {
    /// Its registered name, 1 to 256 bytes.
    #[schema(example = "深圳市示例科技有限公司")]
    pub name: String,
    /// What kind of body it is.
    pub kind: EntityKind,
    /// How it is known outside; unique.
    pub legal_id: LegalId,
    /// SHA-256 (hex) of the evidence that a code whose check digit fails was issued all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
}

/// What kind of body an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A company.
    Company,
    /// A commercial bank.
    Bank,
    /// A fund or other investment vehicle.
    Fund,
    /// A university or research institute.
    Institute,
    /// A public body.
    PublicBody,
    /// The venue itself.
    Venue,
}

/// How a legal entity is known outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalId {
    /// Which register.
    pub scheme: LegalIdScheme,
    /// The code there.
    #[schema(example = "914403001922038216")]
    pub code: String,
}

/// A register of legal entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LegalIdScheme {
    /// Unified social credit code, 18 characters (GB 32100-2015).
    Uscc,
    /// Legal entity identifier, 20 characters (ISO 17442).
    Lei,
}

/// Admits a user of an entity. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterUser {
    /// The entity it acts for.
    pub entity_id: u32,
    /// What it may do: `trader`, `bank`, `firm`, `data_consumer`, `operator`, `regulator`, `appraiser`, `guarantor`.
    #[schema(example = json!(["trader"]))]
    pub roles: Vec<String>,
}

/// Admits a key of a user. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterKey {
    /// Who signs with it.
    pub user_id: u32,
    /// How it signs.
    pub material: KeyMaterial,
    /// What it may be used for: `read`, `trade`, `list`, `admin`.
    #[schema(example = json!(["read", "trade"]))]
    pub scopes: Vec<String>,
    /// Networks it may come from, as in `10.0.0.0/8`, at most 16; none: anywhere.
    #[serde(default)]
    #[schema(example = json!(["10.0.0.0/8"]))]
    pub networks: Vec<String>,
}

/// How a key signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyMaterial {
    /// With which algorithm.
    pub algorithm: KeyAlgorithm,
    /// For `ed25519`: the public key, 64 hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// An algorithm that signs requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// Ed25519, preferred.
    Ed25519,
    /// HMAC-SHA256. The secret is kept by the gateway and never enters the journal.
    HmacSha256,
}

/// Ends a key. By an operator or the key's own entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeKey {
    /// The key.
    pub key_id: u32,
}

/// Opens an account for an entity. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenAccount {
    /// Whose account it is.
    pub entity_id: u32,
}

/// Books cash that reached the venue's bank account (`cash_in`) or was paid out (`cash_out`). By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CashMove {
    /// The account it is booked on.
    pub account_id: u32,
    /// The ISO 4217 code: `CNY`, `HKD`, `USD`, `JPY`, `KWD`.
    #[schema(example = "CNY")]
    pub currency: String,
    /// How much, in the currency's scale; above zero.
    #[schema(example = "1000000.00")]
    pub amount: String,
    /// The bank's reference, 1 to 64 bytes; unique among all cash moves.
    #[schema(example = "ICBC-20260302-0001")]
    pub reference: String,
}

/// The class of a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    /// 专利
    Patent,
    /// 商标
    Trademark,
    /// 著作权
    Copyright,
    /// 地理标志
    GeographicalIndication,
    /// 集成电路布图设计
    CircuitLayout,
    /// 许可收益权
    LicenceIncome,
}

/// A place in a classification of goods or technology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Classification {
    /// Which classification.
    pub scheme: ClassificationScheme,
    /// The place: an IPC symbol, or the number of a class.
    #[schema(example = "G06Q 50/18")]
    pub code: String,
}

/// A classification of goods or technology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassificationScheme {
    /// International Patent Classification.
    Ipc,
    /// Nice class of goods or services, 1 to 45.
    Nice,
    /// Locarno class of designs, 1 to 32.
    Locarno,
}

/// Registers a right. By an operator, or a firm for what it owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterAsset {
    /// The entity that owns it.
    pub owner_id: u32,
    /// Its class.
    pub class: AssetClass,
    /// The office that registered it: two letters (WIPO ST.3).
    #[schema(example = "CN")]
    pub office: String,
    /// Its number at that office, 1 to 32 bytes; unique with class and office.
    #[schema(example = "201910513128.0")]
    pub number: String,
    /// Its title, 1 to 256 bytes.
    #[schema(example = "一种近似查询方法")]
    pub title: String,
    /// When it was filed, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2019-06-14")]
    pub filed_on: Option<String>,
    /// When it was granted or registered, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2022-03-08")]
    pub granted_on: Option<String>,
    /// The first day without protection, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2039-06-14")]
    pub expires_on: Option<String>,
    /// Where it is classified; at most 64.
    #[serde(default)]
    pub classifications: Vec<Classification>,
    /// SHA-256 (hex) of the texts (title, abstract, claims) that stay outside.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub texts_sha256: String,
}

/// The terms of an order book of licence units. Prices are in the currency's scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookTerms {
    /// The venue's name for it, 1 to 24 of `A`–`Z`, `0`–`9`, `-` and `.`; unique.
    #[schema(example = "CN201910513128.U")]
    pub symbol: String,
    /// What it is paid in: the ISO 4217 code.
    #[schema(example = "CNY")]
    pub currency: String,
    /// Every price is a multiple of it.
    #[schema(example = "0.05")]
    pub tick: String,
    /// The lowest price, a multiple of the tick.
    #[schema(example = "1.00")]
    pub price_low: String,
    /// The highest price, a multiple of the tick, at most 262143 ticks above the lowest.
    #[schema(example = "1000.00")]
    pub price_high: String,
    /// Every quantity is a multiple of it.
    #[schema(example = "1")]
    pub lot: String,
    /// The largest quantity of one order, a multiple of the lot.
    #[schema(example = "10000")]
    pub order_max: String,
    /// How many units may be issued in all.
    #[schema(example = "1000000")]
    pub supply: String,
}

/// Lists licence units of a registered right. By an operator or the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUnits {
    /// The right.
    pub asset_id: u32,
    /// On which terms.
    pub terms: BookTerms,
}

/// Registers rights and lists their units, all or nothing. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportAssets {
    /// 1 to 1000 of them.
    pub imports: Vec<Import>,
    /// The owner's account that receives the whole supply of each, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_to_account_id: Option<u32>,
}

/// A right to register, and the terms on which its units are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The right.
    pub asset: RegisterAsset,
    /// The terms.
    pub terms: BookTerms,
}

/// Issues units against the listed supply to an account of the owner. By an operator or the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueUnits {
    /// Of what.
    #[schema(example = "CN201910513128.U")]
    pub symbol: String,
    /// To whom.
    pub account_id: u32,
    /// How many.
    #[schema(example = "1000")]
    pub quantity: String,
}

/// Halts or resumes trading. By an operator. A halted book still takes cancels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTrading {
    /// What is halted or resumed.
    #[schema(example = "CN201910513128.U")]
    pub symbol: String,
    /// Whether it trades from here on.
    pub trading: bool,
}

/// Buys or sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// The account that pays or delivers.
    pub account_id: u32,
    /// What is traded.
    #[schema(example = "CN201910513128.U")]
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
    /// At which price, for how long.
    #[serde(rename = "type")]
    pub order_type: OrderType,
    /// The price of one unit, in the currency's scale; with `limit` and `ioc` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "120.00")]
    pub price: Option<String>,
    /// How many units.
    #[schema(example = "5")]
    pub quantity: String,
}

/// The side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Pays cash, receives units.
    Buy,
    /// Delivers units, receives cash.
    Sell,
}

/// How long an order lives and at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// Trades at the price or better; what remains rests in the book.
    Limit,
    /// Trades at the price or better; what remains is cancelled.
    Ioc,
    /// Trades up to the far end of the price band, and is held at that price; what remains is cancelled.
    Market,
}

/// Takes a resting order out of its book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// The order. Scripts of `zhiheng apply` may give `order_client_id` instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "4294967303")]
    pub order_id: Option<String>,
    /// In scripts of `zhiheng apply`: the client id under which the order was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_client_id: Option<String>,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($dto:ident) = $op:literal;)*) => {
        /// The name of a command on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Op {
            $($(#[$doc])* $name,)*
        }

        impl Op {
            /// Every command, in the protocol's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $op,)* }
            }

            /// The command of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|op| op.name() == name)
            }
        }

        /// A command as JSON: what the field `op` says, and its fields beside it.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(tag = "op")]
        pub enum CommandJson {
            $($(#[$doc])* #[serde(rename = $op)] $name($dto),)*
        }

        impl CommandJson {
            /// Which command it is.
            pub const fn op(&self) -> Op {
                match self { $(Self::$name(_) => Op::$name,)* }
            }

            /// The command `op` from the fields of an object.
            ///
            /// # Errors
            /// Where a field is unknown, missing or of the wrong type; what the fields say is checked later.
            pub fn from_object(op: Op, object: super::Object<'_>) -> Result<Self, super::InputError> {
                match op { $(Op::$name => object.into_dto().map(Self::$name),)* }
            }
        }
    };
}

commands! {
    /// The rules from here on.
    Epoch(Epoch) = "epoch";
    /// Time has passed. By the sequencer alone.
    Tick(Tick) = "tick";
    /// Admits a participant.
    RegisterEntity(RegisterEntity) = "register_entity";
    /// Admits a user of a participant.
    RegisterUser(RegisterUser) = "register_user";
    /// Admits a key of a user.
    RegisterKey(RegisterKey) = "register_key";
    /// Ends a key.
    RevokeKey(RevokeKey) = "revoke_key";
    /// Opens an account for an entity.
    OpenAccount(OpenAccount) = "open_account";
    /// Books cash that came in.
    CashIn(CashMove) = "cash_in";
    /// Books cash paid out.
    CashOut(CashMove) = "cash_out";
    /// Registers a right.
    RegisterAsset(RegisterAsset) = "register_asset";
    /// Lists licence units of a right.
    ListUnits(ListUnits) = "list_units";
    /// Registers rights and lists their units, all or nothing.
    ImportAssets(ImportAssets) = "import_assets";
    /// Issues units against the listed supply.
    IssueUnits(IssueUnits) = "issue_units";
    /// Halts or resumes trading.
    SetTrading(SetTrading) = "set_trading";
    /// Buys or sells.
    PlaceOrder(PlaceOrder) = "place_order";
    /// Takes a resting order out of its book.
    CancelOrder(CancelOrder) = "cancel_order";
}

/// The body of a command over HTTP: its fields, and the client's name for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named<T> {
    /// The client's name for the command, 1 to 64 characters: the same id with the same body gets the first answer
    /// again, with another body a 409.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The command's own fields.
    #[serde(flatten)]
    pub command: T,
}
