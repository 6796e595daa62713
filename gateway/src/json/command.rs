//! Commands as JSON: one DTO each, in the words of the wire. What a field may hold is the rule book's business; how it
//! is written is told here, and the module `convert` leads to the protocol and back.

use super::{
    described::Described,
    error::{InputCode, InputError},
    value::{Object, Value},
};
use protocol::Command;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
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

/// The venue takes bids again after an outage. By the sequencer alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resumed {
    /// Since when bids could not be taken.
    #[schema(example = "2026-03-02T02:00:00.000000000Z")]
    pub down_from: String,
}

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

/// Proposes a command: nothing of it is done before another person of the same entity approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The command, with its `op`.
    #[schema(value_type = Object, example = json!({"op": "cash_in", "account_id": 1, "currency": "CNY", "amount": "1000.00", "reference": "ICBC-1"}))]
    pub command: Box<Nested>,
}

/// A command inside of a command: `{"op":…}` and its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Nested(pub CommandJson);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |mut object: Object<'_>| {
            let op = object.take_as::<String>("op")?;
            let op = op.ok_or_else(|| InputError::new(InputCode::MissingField, "op"))?;
            match Op::from_name(&op) {
                Some(Op::Propose) | None => Err(InputError::new(InputCode::UnknownOperation, op)),
                Some(op) => CommandJson::from_object(op, object),
            }
        };
        match Value::deserialize(deserializer)? {
            Value::Object(object) => read(object).map(Self).map_err(D::Error::custom),
            _ => Err(D::Error::custom(InputCode::WrongType.code())),
        }
    }
}

macro_rules! described {
    ($($module:ident: $($name:ident),*;)*) => {
        $($(
            #[doc = concat!("[`protocol::", stringify!($module), "::", stringify!($name), "`] in JSON.")]
            pub type $name = Described<protocol::$module::$name>;
        )*)*
    };
}

// What describes itself needs no DTO.
described! {
    asset: RegisterAsset;
    listing: BookTerms, ListUnits, Import, ImportAssets;
    sealed: SealedRequest;
    control: SetRuleBook, DescribeEntity, SetDualControl, Approve, Refuse, LogRead;
    title: RegisterRights, VerifyAsset, ChangeAsset, RecordDues, LinkMarks, DescribeRight, PlaceHold, LiftHold, GiveConsent, WithdrawConsent, RecordValuation, SetAppraiser;
    auction: AnnounceLot, EnterLot, BidLot, SetMaximum, BuyLot, CommitBid, RevealBid, LotStep, PayLot, NegotiateLot, SettleDefault;
    licence: OfferLicence, LicenceStep, PayLicence, RecordLicence, TerminateLicence, AskOpenLicence, WithdrawOpenLicence, TakeOpenLicence, SetUnitContract, ReportConsumption, AuditConsumption, OpenTranche, IndicateInterest, SubscribeTranche, CloseTranche;
    transfer: ListTransfer, SetAudience, ExpressInterest, WithdrawInterest, QualifyInterest, RecordExportCheck, BidTransfer, AnswerPriority, SignContract, FundEscrow, FileRecordal, AnswerRecordal, CancelTransfer, EndDisclosure;
}

macro_rules! commands {
    (
        written here { $($(#[doc = $own_doc:literal])* $own:ident($own_dto:ident) = $own_op:literal;)* }
        described in the protocol { $($(#[doc = $doc:literal])* $name:ident($dto:ident) = $op:literal;)* }
    ) => {
        commands! {
            $($(#[doc = $own_doc])* $own($own_dto) = $own_op;)*
            $($(#[doc = $doc])* $name($dto) = $op;)*
        }

        impl CommandJson {
            /// The command, if it describes itself.
            #[allow(
                clippy::useless_conversion,
                reason = "the protocol boxes what is large, and only that"
            )]
            pub(super) fn described(self) -> Option<Command> {
                match self {
                    $(Self::$name(asked) => Some(Command::$name(asked.0.into())),)*
                    _ => None,
                }
            }

            /// The command in JSON, if it describes itself.
            pub(super) fn of_described(command: &Command) -> Option<Self> {
                match command {
                    $(Command::$name(asked) => Some(Self::$name(described(asked))),)*
                    _ => None,
                }
            }
        }
    };
    ($($(#[doc = $doc:literal])* $name:ident($dto:ident) = $op:literal;)*) => {
        /// The name of a command on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Op {
            $($(#[doc = $doc])* $name,)*
        }

        impl Op {
            /// Every command.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $op,)* }
            }

            /// What it does, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim(),)* }
            }

            /// The name of its fields' schema in the API's document.
            pub const fn schema_name(self) -> &'static str {
                match self { $(Self::$name => stringify!($dto),)* }
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
            $($(#[doc = $doc])* #[serde(rename = $op)] $name($dto),)*
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
    written here {
        /// The rules from here on.
        Epoch(Epoch) = "epoch";
        /// Time has passed. By the sequencer alone.
        Tick(Tick) = "tick";
        /// The venue takes bids again after an outage. By the sequencer alone.
        Resumed(Resumed) = "resumed";
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
        /// Issues units against the listed supply.
        IssueUnits(IssueUnits) = "issue_units";
        /// Halts or resumes trading.
        SetTrading(SetTrading) = "set_trading";
        /// Buys or sells.
        PlaceOrder(PlaceOrder) = "place_order";
        /// Takes a resting order out of its book.
        CancelOrder(CancelOrder) = "cancel_order";
        /// Proposes a command.
        Propose(Propose) = "propose";
    }
    described in the protocol {
        /// Registers a right.
        RegisterAsset(RegisterAsset) = "register_asset";
        /// Lists licence units of a right.
        ListUnits(ListUnits) = "list_units";
        /// Registers rights and lists their units, all or nothing.
        ImportAssets(ImportAssets) = "import_assets";
        /// Sets the rule book's numbers.
        SetRuleBook(SetRuleBook) = "set_rule_book";
        /// Says where a participant is at home and who stands behind it.
        DescribeEntity(DescribeEntity) = "describe_entity";
        /// Asks that two users decide together.
        SetDualControl(SetDualControl) = "set_dual_control";
        /// Approves a proposal.
        Approve(Approve) = "approve";
        /// Refuses a proposal.
        Refuse(Refuse) = "refuse";
        /// Tells that a user read another's record.
        LogRead(LogRead) = "log_read";
        /// Registers rights, all or none of them.
        RegisterRights(RegisterRights) = "register_rights";
        /// Verifies a right by an extract of its register.
        VerifyAsset(VerifyAsset) = "verify_asset";
        /// Changes a right's state by hand.
        ChangeAsset(ChangeAsset) = "change_asset";
        /// Records that a right's dues were paid.
        RecordDues(RecordDues) = "record_dues";
        /// Says that marks may only pass together.
        LinkMarks(LinkMarks) = "link_marks";
        /// Records what the register of a right's class tells.
        DescribeRight(DescribeRight) = "describe_right";
        /// Places a hold on a right.
        PlaceHold(PlaceHold) = "place_hold";
        /// Lifts a hold.
        LiftHold(LiftHold) = "lift_hold";
        /// A co-owner consents to an act.
        GiveConsent(GiveConsent) = "give_consent";
        /// A co-owner takes its consent back.
        WithdrawConsent(WithdrawConsent) = "withdraw_consent";
        /// Records a valuation.
        RecordValuation(RecordValuation) = "record_valuation";
        /// Admits an appraiser, or removes it.
        SetAppraiser(SetAppraiser) = "set_appraiser";
        /// Offers a licence to one participant.
        OfferLicence(OfferLicence) = "offer_licence";
        /// Agrees to an offered licence. By the licensee.
        AcceptLicence(LicenceStep) = "accept_licence";
        /// Takes an offer back, or turns it down.
        WithdrawLicence(LicenceStep) = "withdraw_licence";
        /// Pays the fee of an agreed licence.
        PayLicence(PayLicence) = "pay_licence";
        /// The office's answer to a licence's recordal.
        RecordLicence(RecordLicence) = "record_licence";
        /// Ends a licence before its term.
        TerminateLicence(TerminateLicence) = "terminate_licence";
        /// Offers a licence to anyone.
        AskOpenLicence(AskOpenLicence) = "ask_open_licence";
        /// Takes an open licence offer back.
        WithdrawOpenLicence(WithdrawOpenLicence) = "withdraw_open_licence";
        /// Takes an open licence.
        TakeOpenLicence(TakeOpenLicence) = "take_open_licence";
        /// Says what one licence unit stands for.
        SetUnitContract(SetUnitContract) = "set_unit_contract";
        /// Reports products made under licence units.
        ReportConsumption(ReportConsumption) = "report_consumption";
        /// An audit found products that were not reported.
        AuditConsumption(AuditConsumption) = "audit_consumption";
        /// Offers the next units of a listing at one price.
        OpenTranche(OpenTranche) = "open_tranche";
        /// Says how many units of a tranche one would take.
        IndicateInterest(IndicateInterest) = "indicate_interest";
        /// Takes units of a tranche.
        SubscribeTranche(SubscribeTranche) = "subscribe_tranche";
        /// Closes a tranche that is not full.
        CloseTranche(CloseTranche) = "close_tranche";
        /// Lists titles for sale.
        ListTransfer(ListTransfer) = "list_transfer";
        /// Changes who may see a sale.
        SetAudience(SetAudience) = "set_audience";
        /// Says that one is interested in a sale.
        ExpressInterest(ExpressInterest) = "express_interest";
        /// Takes one's interest back.
        WithdrawInterest(WithdrawInterest) = "withdraw_interest";
        /// Qualifies a party or turns it down.
        QualifyInterest(QualifyInterest) = "qualify_interest";
        /// Records the export-control check for a party from abroad.
        RecordExportCheck(RecordExportCheck) = "record_export_check";
        /// Offers a price for a title.
        BidTransfer(BidTransfer) = "bid_transfer";
        /// A holder of priority enters a sale, or waives.
        AnswerPriority(AnswerPriority) = "answer_priority";
        /// Signs the contract of a sale.
        SignContract(SignContract) = "sign_contract";
        /// Puts the price of a sale into escrow.
        FundEscrow(FundEscrow) = "fund_escrow";
        /// Tells that the change of owner was filed.
        FileRecordal(FileRecordal) = "file_recordal";
        /// The office's answer to the filing.
        AnswerRecordal(AnswerRecordal) = "answer_recordal";
        /// Ends a sale before its money is held.
        CancelTransfer(CancelTransfer) = "cancel_transfer";
        /// Ends a sale's disclosure before its day.
        EndDisclosure(EndDisclosure) = "end_disclosure";
        /// Announces a lot.
        AnnounceLot(AnnounceLot) = "announce_lot";
        /// Enters a lot: sets the deposit aside.
        EnterLot(EnterLot) = "enter_lot";
        /// Bids for a lot.
        BidLot(BidLot) = "bid_lot";
        /// Leaves a maximum that is bid for one.
        SetMaximum(SetMaximum) = "set_maximum";
        /// Ends an ascending lot at its fixed price.
        BuyLot(BuyLot) = "buy_lot";
        /// Commits to a sealed bid.
        CommitBid(CommitBid) = "commit_bid";
        /// Reveals a sealed bid.
        RevealBid(RevealBid) = "reveal_bid";
        /// Pauses a lot.
        PauseLot(LotStep) = "pause_lot";
        /// Resumes a paused lot.
        ResumeLot(LotStep) = "resume_lot";
        /// Takes a lot back before it is sold.
        WithdrawLot(LotStep) = "withdraw_lot";
        /// Confirms a sale by the hammer.
        ConfirmLot(LotStep) = "confirm_lot";
        /// Undoes a sale before it is delivered.
        AnnulLot(LotStep) = "annul_lot";
        /// Delivers a court's sale by its ruling.
        ServeRuling(LotStep) = "serve_ruling";
        /// Pays what is owed for a lot.
        PayLot(PayLot) = "pay_lot";
        /// Agrees on a price after a close below the reserve.
        NegotiateLot(NegotiateLot) = "negotiate_lot";
        /// Settles a forfeited deposit after the resale.
        SettleDefault(SettleDefault) = "settle_default";
        /// A bidder's request as the journal holds it. By the sequencer alone.
        Sealed(SealedRequest) = "sealed";
    }
}

/// What describes itself, as it stands in JSON.
fn described<T: Clone>(asked: &(impl std::borrow::Borrow<T> + ?Sized)) -> Described<T> {
    Described(asked.borrow().clone())
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
