//! Refusals at the door: `application/problem+json` (RFC 9457), one stable code each, in both languages.
//!
//! A rule of the core that was broken keeps the name and text of its [`Reject`]; a [`Fault`] is the door's own. One
//! table gives every code its status. The same object travels over WebSocket. No cause chain ever leaves the process.

use crate::json::{InputCode, InputError, shapes};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{Answer, ClientId, Reject, Seq, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

macro_rules! faults {
    ($($name:ident = $status:literal, $code:literal, $en:literal, $zh:literal;)*) => {
        /// A mistake that is found before a command reaches the core, or instead of a read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = $en] $name,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What is wrong, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }

            /// What is wrong, in Chinese.
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$name => $zh,)* }
            }
        }
    };
}

faults! {
    QueryInvalid = 400, "QUERY_INVALID", "A query parameter is unknown or malformed.", "查询参数未知或格式有误。";
    MinSeqAhead = 400, "MIN_SEQ_AHEAD", "No command has reached the place min_seq yet.", "尚无命令达到 min_seq 的序号。";
    UnknownChannel = 400, "UNKNOWN_CHANNEL", "There is no such channel.", "没有此频道。";
    TooManySymbols = 400, "TOO_MANY_SYMBOLS", "This connection names as many symbols as it may; follow * or a shard of it.", "该连接指名订阅的代码数已达上限，请订阅 * 或其分片。";
    SubscriptionOverlap = 409, "SUBSCRIPTION_OVERLAP", "A channel is followed either by * or by names; unsubscribe first.", "同一频道只能以 * 或以代码订阅，请先退订。";
    ShardInvalid = 400, "SHARD_INVALID", "A shard is [k, n] with k below n and n at most 1024.", "分片须为 [k, n]，k 小于 n，n 不超过1024。";
    NotAWebSocket = 400, "NOT_A_WEBSOCKET", "This address speaks WebSocket (RFC 6455, version 13).", "此地址只接受 WebSocket 连接（RFC 6455，版本13）。";
    BadRequest = 400, "BAD_REQUEST", "The request cannot be read.", "无法读取该请求。";

    NotAuthenticated = 401, "NOT_AUTHENTICATED", "This needs a signature: the headers Zhiheng-Key, Zhiheng-Timestamp and Zhiheng-Signature, and Zhiheng-Nonce where there is one; or the cookie of a session.", "此操作须签名：请附 Zhiheng-Key、Zhiheng-Timestamp、Zhiheng-Signature 请求头，使用随机数的另附 Zhiheng-Nonce；或先登录，随会话 Cookie 请求。";
    StaleTimestamp = 401, "STALE_TIMESTAMP", "The timestamp lies outside the receive window; compare your clock with the server's.", "时间戳超出接收窗口，请核对时钟。";
    BadSignature = 401, "BAD_SIGNATURE", "The signature does not fit the request.", "签名与请求不符。";
    SignatureOutdated = 401, "SIGNATURE_OUTDATED", "The signature is of the first form, which names no venue; sign the text `zhiheng request 2`, with the id that GET /v1/venue tells.", "签名为旧格式，未指明交易场所；请按 zhiheng request 2 格式签名，场所编号见 GET /v1/venue。";
    KeyNotAccepted = 401, "KEY_NOT_ACCEPTED", "The key is unknown or was revoked.", "密钥未知或已被撤销。";
    SignatureReplayed = 401, "SIGNATURE_REPLAYED", "This signed request was received before and is good once; sign again with a nonce or a new timestamp, a command with the same client_id.", "该签名请求已收到过，仅一次有效；请以随机数或新时间戳重新签名，命令沿用原 client_id。";

    SignInRefused = 401, "SIGN_IN_REFUSED", "Login or password is wrong.", "登录名或密码有误。";
    SecondFactorNeeded = 401, "SECOND_FACTOR_NEEDED", "The password is right; this login needs the code of its second factor, too.", "密码无误，该登录名还须提供动态验证码。";
    SecondFactorRefused = 401, "SECOND_FACTOR_REFUSED", "The code is wrong, too old, or was used before.", "动态验证码有误、已过期或已使用过。";
    SessionEnded = 401, "SESSION_ENDED", "The session has ended; sign in again.", "会话已结束，请重新登录。";
    EnrolmentRefused = 401, "ENROLMENT_REFUSED", "The enrolment code is unknown, was used, or is older than a day; an operator gives another.", "开户码不存在、已使用或已满一天，请向运营方另行索取。";

    SecondFactorMissing = 403, "SECOND_FACTOR_MISSING", "The venue's staff acts with a second factor alone; set one up first.", "场所工作人员须启用动态验证码后方可操作，请先设置。";
    SessionNeeded = 403, "SESSION_NEEDED", "This is done in a session, and not with a key.", "此操作须在登录会话中进行，不能以密钥签名。";
    CrossOrigin = 403, "CROSS_ORIGIN", "A request by a session comes from a page of this venue: Sec-Fetch-Site or Origin has to say so.", "会话请求须来自本场所的页面：请求头 Sec-Fetch-Site 或 Origin 须能证明。";
    ScopeMissing = 403, "SCOPE_MISSING", "The key's scopes do not permit this.", "密钥权限范围不允许此操作。";
    DataNotEntitled = 403, "DATA_NOT_ENTITLED", "The market's data is not yours to this depth or freshness; GET /v1/venue tells what is.", "您的行情权限不含该深度或时效的数据；权限见 GET /v1/venue。";
    NetworkNotAllowed = 403, "NETWORK_NOT_ALLOWED", "The key may not be used from this address.", "该密钥不得从此网络地址使用。";

    NotFound = 404, "NOT_FOUND", "There is nothing at this address.", "此地址没有内容。";
    AttachmentNotNamed = 404, "ATTACHMENT_NOT_NAMED", "The record names no such file.", "该记录未指明此文件。";
    AttachmentMissing = 404, "ATTACHMENT_MISSING", "The record names this file, and nobody has handed it in.", "该记录指明了此文件，但尚未提交。";
    MethodNotAllowed = 405, "METHOD_NOT_ALLOWED", "This address does not take this method.", "此地址不支持该方法。";
    AlreadySignedIn = 409, "ALREADY_SIGNED_IN", "This socket acts for the session that opened it; connect without its cookie to log in with a key.", "该连接已代表打开它的会话；如须以密钥登录，请不带 Cookie 另行连接。";
    LoginTaken = 409, "LOGIN_TAKEN", "Another user has this login.", "该登录名已被他人使用。";
    CredentialsMissing = 409, "CREDENTIALS_MISSING", "This user has no login and password yet.", "该用户尚未设置登录名和密码。";
    SecondFactorStands = 409, "SECOND_FACTOR_STANDS", "There is a second factor already; remove it first.", "已启用动态验证码，请先移除。";
    NoSecondFactor = 409, "NO_SECOND_FACTOR", "There is no second factor, or none that waits to be confirmed.", "未启用动态验证码，或没有待确认的动态验证码。";
    RequestTimeout = 408, "REQUEST_TIMEOUT", "The request did not arrive in time.", "请求未在时限内送达。";
    MessageTooLarge = 413, "MESSAGE_TOO_LARGE", "The message is larger than this address takes.", "消息超过大小上限。";
    UnsupportedMediaType = 415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.", "请求体须为 application/json。";
    AttachmentDiffers = 422, "ATTACHMENT_DIFFERS", "The file is not what its SHA-256 says.", "文件内容与其 SHA-256 不符。";
    LoginInvalid = 422, "LOGIN_INVALID", "A login is 3 to 64 letters, digits and . _ - @ +.", "登录名须为3至64个字母、汉字、数字或 . _ - @ +。";
    PasswordInvalid = 422, "PASSWORD_INVALID", "A password is 12 to 128 characters, not all the same and not the login.", "密码须为12至128个字符，不得全为同一字符，也不得与登录名相同。";
    RateLimited = 429, "RATE_LIMITED", "Too many requests; wait as Retry-After says.", "请求过于频繁，请按 Retry-After 等待。";

    Internal = 500, "INTERNAL", "The server failed at this request; the failure was logged.", "服务器处理该请求时出错，已记录。";
    Busy = 503, "BUSY", "The exchange is busy; nothing was done and the client id was not used.", "系统繁忙，命令未执行，客户端编号未被占用。";
    StorageFull = 503, "STORAGE_FULL", "The journal's disk is full; nothing was done and the client id was not used.", "日志存储已满，命令未执行，客户端编号未被占用。";
    TimeStandsStill = 503, "TIME_STANDS_STILL", "The machine's clock is behind the last command: until it has caught up no lot opens or ends.", "本机时钟落后于最后一条命令，追上之前时间停滞，竞价不开始也不结束。";
    Starting = 503, "STARTING", "The exchange is replaying its journal.", "系统正在重放日志。";
    Stopping = 503, "STOPPING", "The exchange is shutting down; nothing was done and the client id was not used.", "系统正在停机，命令未执行，客户端编号未被占用。";
    OutcomeUnknown = 503, "OUTCOME_UNKNOWN", "The exchange stopped before the command was durable or refused; send it again with the same client_id.", "系统在命令落盘前停止，结果未知；请以相同 client_id 重发。";
    ViewBehind = 503, "VIEW_BEHIND", "The view has not reached min_seq within the wait.", "视图在等待时间内未达到 min_seq。";
    HistoryStarting = 503, "HISTORY_STARTING", "The history is being held against the journal, or made anew from it; the venue trades all the same.", "历史数据正在与日志核对或据日志重建，交易照常进行。";
    HistoryUnavailable = 503, "HISTORY_UNAVAILABLE", "The history can't be read until the venue is started again; the venue trades all the same.", "历史数据在交易场所重新启动之前不可读，交易照常进行。";
    TooManyConnections = 503, "TOO_MANY_CONNECTIONS", "No more connections are taken now.", "连接数已达上限。";
}

macro_rules! statuses {
    ($($status:literal: $($reject:ident)*;)*) => {
        /// The HTTP status of a broken rule. Each rule is named in the table: one without a status does not compile.
        pub const fn reject_status(reject: Reject) -> u16 {
            match reject { $($(Reject::$reject)|* => $status,)* }
        }
    };
}

statuses! {
    // What it names does not exist.
    404:
        UnknownUser UnknownEntity UnknownKey UnknownAccount UnknownAsset UnknownInstrument UnknownOrder
        UnknownHold UnknownLicence UnknownOpenLicence UnknownTranche UnknownTransfer UnknownProposal UnknownLot
        UnknownWithdrawal UnknownLoan UnknownPledge UnknownDisposal UnknownReverseLicence UnknownPool NotEnrolled
        UnknownConversion UnknownMeasure UnknownSubsidy UnknownPut UnknownQuestion;
    // It is not the caller's to do.
    403:
        NotPermitted NotYourAccount NotTheOwner NotAParty TwoPeopleNeeded SamePerson NotAnApprover ModeNotPermitted
        NotACoOwner ExportCheckRequired NotQualified BarredParty BarredDefaulter
        PledgorBarred ConnectedBuyer PartyWithoutMaximum;
    // It conflicts with how the right or the deal stands now.
    409:
        NoEpoch ClientIdReused CalendarEnds TermUnknown KeyRevoked ProposalDecided TooManyProposals WithdrawalsTooMany BooksAreListed HolderCap T5Lock
        EntityExists AssetExpired AssetExists SymbolExists LotOfRightsInvalid FactsMissing NotTrading MoneyLimit
        ReferenceExists TooManyOrders NotVerified StateForbids AlreadyOffered SecuredProperty PledgeConsentRequired
        ConsentRevoked ConsentExpired ConsentScope ConsentTerm ConsentFloor ConsentQuantity NothingHeld RightFrozen
        AnnuityUnpaid CoOwnerConsent NoSuchConsent HoldStands HoldsTooMany AppraiserNotAdmitted LicenceConflict
        OpenLicenceBlocked UnitContractMissing TrancheNotOpen TrancheFull LicencesTooMany BestBidBinds
        NoPriority ContractDiffers NothingToFund ValuationMissing AlreadyEntered BiddersTooMany NotOpen
        LotPaused LotClosed OwnBestBid PriorityMatched BuyNowOver NotRevealing NoCommitment AlreadyRevealed
        NothingOwed LastAdminKey KeyStands DemoMark JudicialListingMissing DebtDiffers DebtCovered
        DayPassed DrawTooLarge VoteShort PreemptionStands ReleaseBeforeRegistered HolderCap50
        PlanMissing PlanConsentMissing LenderConsentMissing
        PledgesTooMany PledgeNotOwner PledgeEnded PledgeNotGranted PledgeAnnuityUnpaid PledgePreserved
        PledgeDebtBeyondRight PledgeCoOwner PledgePledged PledgeSameDay PledgeInvalidationPending PledgeOther
        TmBundle RankConsent CoverTooLow SubstitutionGap NoMaximum ClaimFixed ClaimNotFixed NotInDefault
        LimitationRun GuaranteeEnded
        PlanDiffers DisposalOpen TitleRoadMissing NothingToDispose UnderDisposal BelowMarket CureTooLate
        ReleaseBeforeEscrow ReleaseMissing DistributedBeforeRecorded AlreadyDistributed PayeeAccountMissing
        SchemeMissing Stayed DuesBeforeRecordal FeeNotOpen GraceRuns RightsChanged ClaimShared ClaimSpokenFor
        ClaimBelowIssue PutNotInForce NotUnsold NotOfPut TakingTooLate TakingNotAgreed BuyerNotNamed
        ValueNotFallen SecurityAwaited NotPressed CureIncomplete EnoughSold
        ForfeitUnsettled NotDistributed NothingToCorrect CorrectionOver CorrectionImpossible
        PoolFiguresMissing AlreadyEnrolled EnrolledAfterNpl PoolLeverage PoolBorrowerCap SecondClaim FullyRecovered
        GuarantorLeverage SingleNameCap GroupCap GuaranteeLapsed DebtorFirst SubsidyTaken SuitUnknown NothingGuaranteed
        GuarantorCurrency PoolOfOthers DualControlMissing
        MeasureOver PaperShown NotFirstLoan AlreadyApplied NothingToGrant BranchesFull BooksOlder BooksTold
        BooksNotTold OfficersFull StepShown QuestionsTooMany AlreadyAnswered NothingToWithhold;
    // It can never be right as it stands.
    422:
        NotProposable ApproversInvalid DeputyInvalid RulesVersionUnsupported FeesOutOfRange CalendarInvalid ApprovalMissing
        RuleBookInvalid SecurityDaysInvalid
        IdentifierInvalid WarnNeedsReview RolesInvalid ScopesInvalid NetworksInvalid BeneficiariesInvalid
        OfficeInvalid NumberInvalid ClassificationInvalid DatesInvalid NotListable TickInvalid BandInvalid
        BandTooWide LotInvalid SupplyInvalid SupplyExhausted ImportEmpty SharesInvalid KindInvalid ExtractStale
        ExtractMissing DuesInvalid FactsInvalid RightWithheld QuantityInvalid QuantityTooLarge PriceOutsideBand
        PriceOffTick AmountInvalid InsufficientCash InsufficientUnits NotTransferable MarksInvalid
        BundleIncomplete HoldTermInvalid QuotesInvalid ValuationExpired ValuationTooLong OwnRight
        TerritoryInvalid FieldInvalid TermInvalid TermBeyondRight EvaluationReportMissing UnitContractInvalid
        DisclosureInvalid PartiesInvalid BasisInvalid BidBelowAsk BidBelowIncrement FormatForbidden StepsInvalid
        LotTimesInvalid NoticeTooShort ViewingTooShort StartTooLow DepositOutOfRange RoundInvalid UselessSale
        RanksInvalid ReserveInvalid BidBelowStart BidBelowStep BidOffGrid MaximaNotTaken MaximumLowered
        RevealMismatch ResaleInvalid CourtOrderMissing PrincipalInvalid ClaimTermInvalid RatesInvalid
        SettlementInvalid PenaltyOutOfBand InstalmentsInvalid GuarantorsInvalid ChargesTooLarge NoAuthority
        PlanPayeesInvalid PlanTiersInvalid PlanCapsInvalid
        PlanRanksInvalid ClaimsTooMany ClaimPayeeUnknown ClaimAmountInvalid ClaimTierUnknown ClaimPartsInvalid
        AppraisalsInvalid MiddleRateInvalid
        LicenceFeesInvalid BankDirectD2e NothingToIssue AicPilotCap AicFundCap LoanInvalid FilingInvalid
        NoResolution TaxDisclosure PledgeContractIncomplete DefectsInvalid RecordingInvalid AssignmentInvalid
        DemandInvalid RepaymentInvalid ClaimsKnown SchemeInvalid BankruptcyInvalid LicenseeNotOwner LicenceDaysInvalid
        FeeAmountInvalid ConversionInvalid IssuerInvalid OpinionInvalid VotesInvalid StepDayInvalid
        ReGuaranteeInvalid InsuranceInvalid
        IpShareNotStated IpShareBelowHalf LossSharesInvalid
        BankShareTooLow SubsidyCondition MeasureInvalid SubsidyCostsInvalid PutInvalid BuyerRulesInvalid
        CostAboveScale WagesNotAhead RateMissing ClaimFactInvalid;
}

/// The status of an input that is no command: 400 where its shape is wrong, 422 where a value is, 404 where it names
/// what does not exist.
pub const fn input_status(code: InputCode) -> u16 {
    use InputCode::*;
    match code {
        MalformedJson | DuplicateField | UnknownField | MissingField | ConflictingFields | WrongType
        | UnknownOperation | ClientIdInvalid => 400,
        UnknownInstrument | UnknownOrder | UnknownName => 404,
        UnknownValue | MalformedNumber | WrongScale | OutOfRange | TextInvalid | SymbolInvalid | TimeInvalid
        | DateInvalid | HexInvalid | NetworkInvalid => 422,
    }
}

/// Every code that a problem can carry, with its status.
pub fn codes() -> impl Iterator<Item = (&'static str, u16)> {
    let faults = Fault::ALL.iter().map(|fault| (fault.code(), fault.status()));
    let inputs = InputCode::ALL.iter().map(|&input| (input.code(), input_status(input)));
    let rejects = Reject::ALL.iter().map(|&reject| (reject.code(), reject_status(reject)));
    faults.chain(inputs).chain(rejects)
}

/// A refusal, ready to be rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem(Box<Parts>);

#[derive(Clone, Debug, PartialEq)]
struct Parts {
    status: u16,
    code: &'static str,
    english: Cow<'static, str>,
    chinese: Cow<'static, str>,
    /// Which field or parameter is meant.
    field: Option<String>,
    /// Where and what exactly, in English; never a cause chain.
    hint: Option<String>,
    stood: Option<(Seq, Timestamp)>,
    client_id: Option<ClientId>,
    retry_after_ms: Option<u64>,
}

/// The body of a problem, as documented in OpenAPI.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
#[allow(dead_code, reason = "a schema; the object itself is written by hand")]
pub(crate) struct ProblemBody {
    /// A URN of the code.
    #[schema(example = "urn:zhiheng:problem:INSUFFICIENT_CASH")]
    r#type: String,
    /// The code in words.
    #[schema(example = "Insufficient cash")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// The stable code; clients should look at this alone.
    #[schema(example = "INSUFFICIENT_CASH")]
    code: String,
    /// What is wrong, in both languages.
    detail: DetailBody,
    /// Which field (a JSON Pointer, RFC 6901), header or parameter is meant, where one is.
    #[schema(example = "/price")]
    field: Option<String>,
    /// More about this very case, for whoever debugs a client.
    hint: Option<String>,
    /// The command's place in the one order of everything, where the core refused it. Its client id is used.
    journal_seq: Option<u64>,
    /// The client's name for the command that is refused, where that much could be read.
    #[schema(value_type = Option<shapes::ClientId>)]
    client_id: Option<String>,
    /// The command's time, where the core refused it.
    #[schema(value_type = Option<shapes::Timestamp>)]
    at: Option<String>,
    /// When to try again, where that helps.
    retry_after_ms: Option<u64>,
}

/// A text in both languages.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Detail)]
#[allow(dead_code, reason = "a schema; the object itself is written by hand")]
struct DetailBody {
    /// 中文
    zh: String,
    /// English
    en: String,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::of(fault.status(), fault.code(), fault.english(), fault.chinese())
    }
}

impl From<Reject> for Problem {
    fn from(reject: Reject) -> Self {
        Self::of(reject_status(reject), reject.code(), reject.english(), reject.chinese())
    }
}

impl From<InputError> for Problem {
    fn from(error: InputError) -> Self {
        let code = error.code;
        let mut problem = Self::of(input_status(code), code.code(), code.english(), code.chinese());
        problem.0.client_id = error.client_id.as_deref().cloned();
        let detail = error.detail();
        problem.0.english = detail.en.into();
        problem.0.chinese = detail.zh.into();
        if error.path.is_empty() {
            problem
        } else {
            problem.at_field(error.path)
        }
    }
}

impl Problem {
    fn of(status: u16, code: &'static str, english: &'static str, chinese: &'static str) -> Self {
        let (english, chinese) = (Cow::Borrowed(english), Cow::Borrowed(chinese));
        let (field, hint, stood, client_id, retry_after_ms) = (None, None, None, None, None);
        Self(Box::new(Parts {
            status,
            code,
            english,
            chinese,
            field,
            hint,
            stood,
            client_id,
            retry_after_ms,
        }))
    }

    /// The problem of a rule that the core found broken, with the place where the command stands.
    pub fn rejected(reject: Reject, answer: &Answer) -> Self {
        let mut problem = Self::from(reject);
        problem.0.stood = Some((answer.seq, answer.at));
        problem
    }

    /// This problem, about this field or parameter.
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// This problem, of a command of this client's name.
    pub(crate) fn under(mut self, client_id: impl Into<Option<ClientId>>) -> Self {
        self.0.client_id = client_id.into();
        self
    }

    /// This problem, with more about this very case. Never secrets, never what another participant did.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// This problem, and when to try again.
    pub fn retry_after(mut self, ms: u64) -> Self {
        self.0.retry_after_ms = Some(ms.max(1));
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The problem as an object, as in an HTTP body or a WebSocket frame.
    pub fn to_json(&self) -> Value {
        let parts = &*self.0;
        let mut body = json!({
            "type": format!("urn:zhiheng:problem:{}", parts.code),
            "title": title(parts.code),
            "status": parts.status,
            "code": parts.code,
            "detail": { "zh": &parts.chinese, "en": &parts.english },
        });
        let fields = body.as_object_mut().expect("an object");
        if let Some(field) = &parts.field {
            fields.insert("field".into(), field.as_str().into());
        }
        if let Some(hint) = &parts.hint {
            fields.insert("hint".into(), hint.as_str().into());
        }
        if let Some((seq, at)) = parts.stood {
            fields.insert("journal_seq".into(), seq.0.into());
            fields.insert("at".into(), crate::json::scalar::write_time(at).into());
        }
        if let Some(client_id) = &parts.client_id {
            fields.insert("client_id".into(), client_id.as_str().into());
        }
        if let Some(ms) = parts.retry_after_ms {
            fields.insert("retry_after_ms".into(), ms.into());
        }
        body
    }
}

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
/// `RateLimit-…` and friends are not among the header names that `http` knows.
pub(crate) const fn header_name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

/// The code of a problem, beside its response: for the metrics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code(pub(crate) &'static str);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).expect("a status of the table");
        let mut response = (status, Body::from(self.to_json().to_string())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        // Some refusals may be kept by a cache that is told nothing (RFC 9110, 15.1); the next moment they may be none.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(ms) = self.0.retry_after_ms {
            headers.insert(header::RETRY_AFTER, ms.div_ceil(1_000).into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Zhiheng"));
        }
        response.extensions_mut().insert(Code(self.0.code));
        response
    }
}

/// `INSUFFICIENT_CASH` → `Insufficient cash`.
fn title(code: &str) -> String {
    let mut words = code.to_ascii_lowercase().replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_has_one_status() {
        let mut statuses = std::collections::BTreeMap::new();
        for (code, status) in codes() {
            assert_eq!(*statuses.entry(code).or_insert(status), status, "{code}");
        }
        assert!(
            Fault::ALL
                .iter()
                .all(|fault| Reject::ALL.iter().all(|reject| reject.code() != fault.code()))
        );
    }

    #[test]
    fn a_reject_shows_where_it_stands_and_a_fault_does_not() {
        let outcome = protocol::Outcome::Rejected(Reject::InsufficientCash);
        let answer = Answer {
            seq: Seq(7),
            at: Timestamp(1_772_416_800_000_000_001),
            outcome,
        };
        let body = Problem::rejected(Reject::InsufficientCash, &answer).to_json();
        assert_eq!(body["journal_seq"], 7);
        assert_eq!(body["at"], "2026-03-02T02:00:00.000000001Z");
        assert_eq!(body["status"], 422);
        assert_eq!(body["title"], "Insufficient cash");
        assert_eq!(body["detail"]["zh"], "可用资金不足。");
        assert!(Problem::from(Fault::Busy).to_json().get("journal_seq").is_none());
    }

    #[test]
    fn a_retry_is_rounded_up_to_whole_seconds() {
        let response = Problem::from(Fault::RateLimited).retry_after(1_001).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
