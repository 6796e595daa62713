//! Why a command is refused: one stable code each, in the order in which the core asks.

use crate::describe::{Describe, Shape, Words};
use serde::{Deserialize, Serialize};

macro_rules! rejects {
    ($($(#[$group:meta])* $name:ident = $number:literal, $code:literal, $en:literal, $zh:literal;)*) => {
        /// The rule that a command broke. The order is the order of the checks: with several faults, the first counts. But who
        /// may not give a command at all is told so before anything is looked up, and whom a command names beside what is its
        /// giver's own is looked up after that.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum Reject {
            $(#[doc = $en] $(#[$group])* #[serde(rename = $code)] $name = $number,)*
        }

        impl Reject {
            /// Every reject, in the order of the checks.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
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

        impl Describe for Reject {
            const SHAPE: Shape = Shape::Word(&Words {
                name: "Reject",
                meaning: &["The rule that a command broke."],
                words: &[$(($code, $en)),*],
                full: false,
            });
        }
    };
}

rejects! {
    // The numbers are part of the state and never change meaning; gaps leave room.
    NoEpoch = 1, "NO_EPOCH", "The first command of a journal sets the rules.", "日志的首条命令须设定规则。";
    ClientIdReused = 2, "CLIENT_ID_REUSED", "This client id was used with another body.", "该客户端编号已用于不同内容的请求。";

    UnknownUser = 10, "UNKNOWN_USER", "There is no such user.", "用户不存在。";
    UnknownEntity = 11, "UNKNOWN_ENTITY", "There is no such legal entity.", "法律主体不存在。";
    UnknownKey = 12, "UNKNOWN_KEY", "There is no such key.", "密钥不存在。";
    UnknownAccount = 13, "UNKNOWN_ACCOUNT", "There is no such account.", "账户不存在。";
    UnknownAsset = 14, "UNKNOWN_ASSET", "There is no such asset.", "资产不存在。";
    UnknownInstrument = 15, "UNKNOWN_INSTRUMENT", "There is no such instrument.", "交易品种不存在。";
    UnknownOrder = 16, "UNKNOWN_ORDER", "There is no such open order.", "委托不存在或已了结。";
    UnknownHold = 17, "UNKNOWN_HOLD", "There is no such hold.", "查封、保全或异议记录不存在。";
    UnknownLicence = 18, "UNKNOWN_LICENCE", "There is no such licence.", "许可不存在。";
    UnknownOpenLicence = 19, "UNKNOWN_OPEN_LICENCE", "There is no such open licence.", "开放许可不存在。";
    UnknownTranche = 20, "UNKNOWN_TRANCHE", "There is no such tranche.", "发行批次不存在。";
    UnknownTransfer = 21, "UNKNOWN_TRANSFER", "There is no such sale.", "转让项目不存在。";
    UnknownProposal = 22, "UNKNOWN_PROPOSAL", "There is no such proposal.", "待复核事项不存在。";
    UnknownLot = 23, "UNKNOWN_LOT", "There is no such lot.", "竞价标的不存在。";
    UnknownWithdrawal = 24, "UNKNOWN_WITHDRAWAL", "There is no such withdrawal that waits.", "不存在该项待办出金。";
    UnknownLoan = 25, "UNKNOWN_LOAN", "There is no such loan.", "贷款不存在。";
    UnknownPledge = 26, "UNKNOWN_PLEDGE", "There is no such pledge.", "质押不存在。";

    NotPermitted = 30, "NOT_PERMITTED", "The user's roles do not permit this.", "用户角色无此权限。";
    NotYourAccount = 31, "NOT_YOUR_ACCOUNT", "The account belongs to another legal entity.", "该账户属于其他法律主体。";
    NotTheOwner = 33, "NOT_THE_OWNER", "The right belongs to another legal entity.", "该权利属于其他法律主体。";
    KeyRevoked = 34, "KEY_REVOKED", "The key was revoked before.", "该密钥已被撤销。";
    NotAParty = 35, "NOT_A_PARTY", "You are not a party to this.", "您不是该事项的当事人。";
    TwoPeopleNeeded = 36, "TWO_PEOPLE_NEEDED", "This takes two people: propose it, and have another approve.", "该操作须双人办理：请提交复核，由另一人批准。";
    SamePerson = 37, "SAME_PERSON", "Who proposed it cannot approve it.", "提交人不得自行批准。";
    NotProposable = 38, "NOT_PROPOSABLE", "This command cannot be proposed.", "该命令不得提交复核。";
    ProposalDecided = 39, "PROPOSAL_DECIDED", "The proposal was decided, or lapsed.", "该复核事项已有结论或已失效。";
    TooManyProposals = 40, "TOO_MANY_PROPOSALS", "At most 100 proposals of a participant are open, and 10000 of the venue.", "每个主体未决的复核事项至多100项，全场至多10000项。";
    LastAdminKey = 41, "LAST_ADMIN_KEY", "No operator could rule the venue without this key: register another with the scope admin first.", "撤销后再无运营方可管理本场所：请先登记另一把具有admin权限的密钥。";
    KeyStands = 42, "KEY_STANDS", "This key stands already.", "该密钥现已有效。";

    RulesVersionUnsupported = 50, "RULES_VERSION_UNSUPPORTED", "This version of the rules is not implemented here.", "本系统不支持该规则版本。";
    FeesOutOfRange = 51, "FEES_OUT_OF_RANGE", "A fee is at most 10000 basis points; a court's sale takes none of the buyer, and a commission only where an auction house was commissioned.", "费率不得超过一万个基点；司法处置不得向买受人收费，未委托拍卖机构的不收佣金。";
    CalendarInvalid = 52, "CALENDAR_INVALID", "The calendar's years and days must be sorted, without repeats, on days they can except and in years it covers; years to come that are covered stay covered.", "日历的年份与日期须有序、无重复，日期须确属例外日且在所涵盖年份之内；已涵盖的本年及以后年份不得去除。";
    ApprovalMissing = 53, "APPROVAL_MISSING", "This profile needs an approval reference or the word sandbox.", "该规则档案须有批准文号或标明沙盒。";
    BooksAreListed = 54, "BOOKS_ARE_LISTED", "Order books are listed that the new profile does not permit.", "已有新规则档案不允许的订单簿挂牌。";
    ModeNotPermitted = 55, "MODE_NOT_PERMITTED", "The venue's rule profile does not permit order books of units.", "本场所规则档案不允许份额订单簿交易。";
    RuleBookInvalid = 56, "RULE_BOOK_INVALID", "A number of the rule book is out of range: days are 0 to 366, months 1 to 60, steps and proposals at least a day; under cn-venue at most 200 holders and at least 5 days of lock.", "规则数值超出范围：天数0至366，月数1至60，办理与复核期限至少一天；cn-venue档案下持有人至多200，锁定至少五个交易日。";
    HolderCap = 57, "HOLDER_CAP_200", "The product has had as many holders as it may, counted through nominees and over its whole life.", "该产品的累计持有人数已达上限（穿透计算）。";
    T5Lock = 58, "T5_LOCK", "Between buying and selling the same product five trading days must lie, in both directions.", "同一产品买入后卖出或卖出后买入须间隔五个交易日。";
    CalendarEnds = 59, "CALENDAR_ENDS", "A term in working days runs past the years that the calendar covers; an operator brings the next year's calendar into force first.", "以工作日计算的期限超出现行日历所涵盖的年份，须先由运营方启用下一年度日历。";
    DemoMark = 60, "DEMO_MARK", "An exchange begins as the demo market or not, and stays so.", "是否为演示市场于启用首份规则时即已确定，其后不得更改。";
    JudicialListingMissing = 61, "JUDICIAL_LISTING_MISSING", "Courts sell on listed platforms alone: the rules in force name no judicial_listing, and this is no sandbox.", "司法处置须在名单库内的平台进行：现行规则未载明入库文号，且非沙盒。";
    CourtOrderMissing = 62, "COURT_ORDER_MISSING", "A court's sale names the digest of the court's order.", "司法处置公告须载明法院裁定书的摘要。";

    IdentifierInvalid = 70, "IDENTIFIER_INVALID", "The identifier is malformed or its check digit is wrong.", "标识代码格式有误或校验位不符。";
    WarnNeedsReview = 71, "WARN_NEEDS_REVIEW", "The code's check digit fails; give the digest of the evidence that it was issued so.", "代码校验位不符，请附发证依据的摘要以供复核。";
    EntityExists = 72, "ENTITY_EXISTS", "An entity with this identifier is registered.", "该标识的法律主体已登记。";
    RolesInvalid = 73, "ROLES_INVALID", "At least one known role is needed, and no unknown one.", "须至少有一个有效角色，且不得含未知角色。";
    ScopesInvalid = 74, "SCOPES_INVALID", "At least one known scope is needed, and no unknown one.", "须至少有一个有效权限范围，且不得含未知范围。";
    NetworksInvalid = 75, "NETWORKS_INVALID", "A key is bound to at most 16 networks, each with a prefix of at most 128 bits.", "密钥最多绑定16个网段，前缀不超过128位。";
    BeneficiariesInvalid = 76, "BENEFICIARIES_INVALID", "Beneficial owners are at most 64 other participants, none twice and none itself a nominee.", "实际受益人至多64个，须为其他主体、不得重复，且本身不得为代持人。";

    OfficeInvalid = 90, "OFFICE_INVALID", "The office is two letters (WIPO ST.3).", "登记机关代码须为两位字母（WIPO ST.3）。";
    NumberInvalid = 91, "NUMBER_INVALID", "The number is malformed, its check digit is wrong, or a spreadsheet rounded it; a Chinese patent goes by its application number.", "编号格式有误、校验位不符或已被电子表格改写；中国专利须填申请号。";
    ClassificationInvalid = 92, "CLASSIFICATION_INVALID", "A classification is malformed, or there are more than 64.", "分类号格式有误或超过64个。";
    DatesInvalid = 93, "DATES_INVALID", "The dates must run filed, granted, expires, and lie between the years 1800 and 2300.", "日期须依申请、授权、届满为序，且在1800至2300年之间。";
    AssetExpired = 94, "ASSET_EXPIRED", "The right has expired.", "该权利已届满。";
    AssetExists = 95, "ASSET_EXISTS", "This right is registered.", "该权利已登记。";
    NotListable = 96, "NOT_LISTABLE", "Rights of this class are barred from trading by default.", "该类权利默认不得交易。";
    SymbolExists = 97, "SYMBOL_EXISTS", "This symbol is taken.", "该代码已被使用。";
    TickInvalid = 98, "TICK_INVALID", "The tick is a price above zero.", "最小变动价位须大于零。";
    BandInvalid = 99, "BAND_INVALID", "The price band must run upwards, on the tick, within the highest price.", "价格区间须自低至高、合于最小变动价位且不超过最高价。";
    BandTooWide = 100, "BAND_TOO_WIDE", "The price band spans more than 262143 ticks; choose a coarser tick.", "价格区间超过262143个变动价位，请采用更大的变动价位。";
    LotInvalid = 101, "LOT_INVALID", "The lot is above zero, and the largest order a multiple of it.", "交易单位须大于零，单笔上限须为其整数倍。";
    SupplyInvalid = 102, "SUPPLY_INVALID", "The supply is above zero, within the largest quantity, and a multiple of the lot.", "发行总量须大于零、不超上限且为交易单位的整数倍。";
    SupplyExhausted = 103, "SUPPLY_EXHAUSTED", "Fewer units are left of the listed supply.", "挂牌总量的剩余份额不足。";
    ImportEmpty = 104, "IMPORT_EMPTY", "An import carries 1 to 1000 rights.", "每批导入须含1至1000项权利。";
    SharesInvalid = 105, "SHARES_INVALID", "Owners are 1 to 64 participants, none twice, each with 1 to 1000000 parts, the acting one among them.", "共有人须为1至64个、不得重复，份额各为1至1000000，且含代表人。";
    KindInvalid = 106, "KIND_INVALID", "The kind of patent does not fit its number or class.", "专利类型与编号或类别不符。";
    ExtractStale = 107, "EXTRACT_STALE", "The register's extract is of the future, or older than the rule book allows.", "登记簿副本日期晚于今日或超过规定时限。";
    ExtractMissing = 108, "EXTRACT_MISSING", "An extract of the register is needed.", "须提供登记簿副本。";
    DuesInvalid = 109, "DUES_INVALID", "The dues lie in the past or beyond the right's term.", "缴费期限早于今日或超出权利期限。";
    LotOfRightsInvalid = 110, "LOT_OF_RIGHTS_INVALID", "A lot is 1 to 64 rights of the same owners with the same parts, none twice.", "转让标的须为1至64项权利，共有人及份额一致，不得重复。";

    FactsInvalid = 111, "FACTS_INVALID", "These facts are not those of the right's class, or name no right in a work, one twice, or days to come.", "所述事项与权利类别不符，或未列著作权项、重复列项，或日期晚于今日。";
    FactsMissing = 112, "FACTS_MISSING", "What its register tells is not recorded yet: which rights in a work are held, when a layout was created, or that the obligor acknowledged.", "登记事项尚未载明：著作权的权利种类、布图设计的创作日，或债务人的确认。";
    RightWithheld = 113, "RIGHT_WITHHELD", "A licence of a work names the rights it grants as use:reproduction, and only those held here: what is unstated stays with the author.", "著作权许可须以如use:reproduction列明所许可的权利种类，且以本场所登记者为限，未明示者视为保留。";

    TermUnknown = 114, "TERM_UNKNOWN", "The right's end is not known: give expires_on, or the dates from which its law counts (filed_on, granted_on).", "该权利的届满日不明，请填写expires_on，或法定期限的起算日（filed_on、granted_on）。";

    WithdrawalsTooMany = 119, "WITHDRAWALS_TOO_MANY", "At most 16 withdrawals of one account wait at a time.", "每个账户待办的出金申请至多16项。";
    NotTrading = 120, "NOT_TRADING", "The instrument is halted or closed.", "该品种停牌或已终止。";
    QuantityInvalid = 121, "QUANTITY_INVALID", "The quantity is above zero and a multiple of the lot.", "数量须大于零且为交易单位的整数倍。";
    QuantityTooLarge = 122, "QUANTITY_TOO_LARGE", "The quantity is above the largest order.", "数量超过单笔上限。";
    PriceOutsideBand = 123, "PRICE_OUTSIDE_BAND", "The price lies outside the band.", "价格超出允许区间。";
    PriceOffTick = 124, "PRICE_OFF_TICK", "The price is not a multiple of the tick.", "价格不是最小变动价位的整数倍。";
    AmountInvalid = 125, "AMOUNT_INVALID", "The amount is above zero.", "金额须大于零。";
    MoneyLimit = 126, "MONEY_LIMIT", "The venue cannot hold that much of this currency.", "该币种的总额超过系统上限。";
    ReferenceExists = 127, "REFERENCE_EXISTS", "This reference was booked before.", "该凭证号已入账。";
    InsufficientCash = 128, "INSUFFICIENT_CASH", "The account's free cash does not cover it.", "可用资金不足。";
    InsufficientUnits = 129, "INSUFFICIENT_UNITS", "The account's free units do not cover it.", "可用份额不足。";
    TooManyOrders = 130, "TOO_MANY_ORDERS", "The venue holds as many open orders as it can.", "在途委托数已达系统上限。";

    NotVerified = 140, "NOT_VERIFIED", "The right is a draft, or was transferred or taken off: an operator verifies it first by a fresh extract of its register (verify_asset, or extract in register_rights).", "该权利尚未核验，或已转让、摘牌，须先由运营方凭新的登记簿副本核验（verify_asset，或登记时附extract）。";
    StateForbids = 141, "STATE_FORBIDS", "This cannot follow the state that it is in.", "当前状态不允许该操作。";
    NotTransferable = 143, "NOT_TRANSFERABLE", "The law bars this right from passing.", "法律禁止该权利转让。";
    RightFrozen = 144, "RIGHT_FROZEN", "A hold freezes the right.", "该权利已被查封、保全或存在权属争议。";
    AnnuityUnpaid = 145, "ANNUITY_UNPAID", "The right's dues are late.", "该权利年费或续展费逾期未缴。";
    CoOwnerConsent = 146, "CO_OWNER_CONSENT_REQUIRED", "A co-owner has not consented to this, or not at this price.", "共有人尚未同意，或价格低于其同意的底价。";
    NoSuchConsent = 147, "NO_SUCH_CONSENT", "No such consent is given.", "不存在该项同意。";
    NotACoOwner = 148, "NOT_A_CO_OWNER", "Only a co-owner consents.", "仅共有人可作同意。";
    MarksInvalid = 149, "MARKS_INVALID", "Linked marks are 2 to 64 trademarks of one owner, none twice.", "关联商标须为同一权利人的2至64件商标，不得重复。";
    BundleIncomplete = 150, "BUNDLE_INCOMPLETE", "Similar marks pass together: one is missing from the lot.", "近似商标须一并转让，标的有遗漏。";
    HoldStands = 151, "HOLD_STANDS", "A preservation order stands on this patent or mark; there is no second one.", "该专利或商标已有保全，不得重复保全。";
    HoldTermInvalid = 152, "HOLD_TERM_INVALID", "The hold ends in the past, never, or later than the law allows at a time.", "查封或保全期限无效或超过法定最长期限。";
    HoldsTooMany = 153, "HOLDS_TOO_MANY", "At most 32 holds stand or wait on one right.", "一项权利上的查封、保全与异议至多32项。";

    AppraiserNotAdmitted = 160, "APPRAISER_NOT_ADMITTED", "The appraiser is not on the panel.", "评估机构未入库或已移出。";
    QuotesInvalid = 161, "QUOTES_INVALID", "Quotes are 1 to 32, of one currency, one a platform, and at least one came in time.", "报价须为1至32份、同一币种、每平台一份，且至少一份按时。";
    ValuationExpired = 162, "VALUATION_EXPIRED", "The valuation's last day has passed.", "估值已过有效期。";

    ValuationTooLong = 163, "VALUATION_TOO_LONG", "A valuation is good for a year at most.", "估值有效期不得超过一年。";

    OwnRight = 170, "OWN_RIGHT", "An owner needs no licence of its own right, and does not buy it.", "权利人无须就自有权利取得许可或受让。";
    TerritoryInvalid = 171, "TERRITORY_INVALID", "Territories are at most 64 countries of two letters, none twice.", "许可地域至多64个，须为两位字母且不得重复。";
    FieldInvalid = 172, "FIELD_INVALID", "Fields are at most 64 beginnings of IPC symbols, Nice classes as nice:9 or uses of a work as use:reproduction, none twice.", "许可领域至多64个，须为IPC分类号前缀、如nice:9的尼斯类别或如use:reproduction的著作权使用方式，不得重复。";
    TermInvalid = 173, "TERM_INVALID", "The term is empty, or lies in the past.", "许可期限为空或早于今日。";
    TermBeyondRight = 174, "TERM_BEYOND_RIGHT", "The term runs beyond the right's.", "许可期限超出权利有效期。";
    LicenceConflict = 175, "LICENCE_CONFLICT", "It conflicts with a licence that stands, in territory, field and time.", "与现存许可在地域、领域和时间上冲突。";
    OpenLicenceBlocked = 176, "OPEN_LICENCE_BLOCKED", "An exclusive or sole licence stands, or the right is no granted patent.", "存在独占或排他许可，或该权利并非已授权专利，不得开放许可。";
    EvaluationReportMissing = 177, "EVALUATION_REPORT_MISSING", "A utility model or design needs an evaluation report.", "实用新型或外观设计开放许可须提交专利权评价报告。";
    UnitContractMissing = 178, "UNIT_CONTRACT_MISSING", "Nobody has said yet what one unit stands for.", "尚未约定每份额对应的产品数量。";
    UnitContractInvalid = 179, "UNIT_CONTRACT_INVALID", "A unit stands for 1 to 1000000000 products, reports are due within 3660 days, and it stands once somebody bought under it or consumed.", "每份额对应1至1000000000件产品，报告周期不超过3660天；约定后一经售出或消耗，不得变更。";
    TrancheNotOpen = 180, "TRANCHE_NOT_OPEN", "The tranche is not open at this time.", "该批次未在认购时间内。";
    TrancheFull = 181, "TRANCHE_FULL", "Fewer units are left in the tranche.", "该批次剩余份额不足。";
    LicencesTooMany = 182, "LICENCES_TOO_MANY", "At most 10000 licences of one right are offered or run at a time.", "一项权利上在册及要约中的许可至多10000项。";

    DisclosureInvalid = 190, "DISCLOSURE_INVALID", "The disclosure is shorter than the rule book's least or a day, or longer than 366 days; bidding runs 1 to 60 days.", "披露期短于规定或超过366天；竞价期须为1至60天。";
    PartiesInvalid = 191, "PARTIES_INVALID", "A list holds at most 256 participants, none twice, none both allowed and denied, and not the seller; a holder of priority is not denied.", "名单至多256个，不得重复、不得既准入又排除，不得含转让方，且不得排除优先权人。";
    BasisInvalid = 192, "BASIS_INVALID", "This legal basis needs an auction.", "该法律依据须以拍卖方式进行。";
    ExportCheckRequired = 193, "EXPORT_CHECK_REQUIRED", "A party from abroad goes no further before the export-control check is recorded.", "境外主体须先完成技术出口管制审查。";
    NotQualified = 194, "NOT_QUALIFIED", "You are not qualified in this sale.", "您未取得该项目的受让资格。";
    BidBelowAsk = 195, "BID_BELOW_ASK", "The price is below the ask.", "报价低于挂牌价。";
    BidBelowIncrement = 196, "BID_BELOW_INCREMENT", "The price is not above the best by the increment.", "报价未达到最小加价幅度。";
    BestBidBinds = 197, "BEST_BID_BINDS", "The best bid binds; it cannot be taken back.", "当前最高报价具有约束力，不得撤回。";
    NoPriority = 198, "NO_PRIORITY", "You hold no priority in this sale, or have answered.", "您在该项目中无优先权，或已作答复。";
    ContractDiffers = 199, "CONTRACT_DIFFERS", "The contract that was announced is another.", "公告的合同是另一份。";
    NothingToFund = 200, "NOTHING_TO_FUND", "The contract is not signed by both sides yet.", "双方尚未签署合同。";

    FormatForbidden = 210, "FORMAT_FORBIDDEN", "The sale's legal basis forbids this format, or a term of it.", "该处置依据不允许此竞价方式或条款。";
    StepsInvalid = 211, "STEPS_INVALID", "Steps are 1 to 16, above zero, the first from zero and each from a higher price.", "加价幅度须为1至16档，首档自零起，各档起点递增且幅度大于零。";
    LotTimesInvalid = 212, "LOT_TIMES_INVALID", "A lot's times lie ahead in order: deposits, opening, end; a court's bidding lasts a day at least, no clock is empty, and payment takes 1 to 366 working days.", "各时点须依次晚于当前：报名、开始、结束；司法处置竞价不少于24小时，各时限不得为零，付款期为1至366个工作日。";
    NoticeTooShort = 213, "NOTICE_TOO_SHORT", "The notice is shorter than the law's: 30 days for a court's first round, 15 for its second, 7 for an auction house; or the parties were told of it less than 3 days before.", "公告期短于法定期限（司法处置首轮三十日、二轮十五日，拍卖行七日），或通知当事人不足三日。";
    ViewingTooShort = 214, "VIEWING_TOO_SHORT", "The lot is viewed for two days at least.", "展示时间不得少于两日。";
    ValuationMissing = 215, "VALUATION_MISSING", "This sale needs a valuation of the right that is good when it is announced, and that ran out at most six months before bidding opens.", "该处置须有公告时仍有效的估值，且竞价开始时该估值届满不得超过六个月。";
    StartTooLow = 216, "START_TOO_LOW", "The start is below what the valuation or the round before allows.", "起拍价低于评估价或上一轮所允许的下限。";
    DepositOutOfRange = 217, "DEPOSIT_OUT_OF_RANGE", "The deposit lies outside 5 to 20 per cent of the start, or is negative.", "保证金须为起拍价的百分之五至百分之二十，且不得为负。";
    RoundInvalid = 218, "ROUND_INVALID", "A next round follows an unsold lot of the same rights, in time, and a sell-off two rounds.", "后续轮次须承接同一权利的流拍标的并在期限内，变卖须在两轮流拍之后。";
    UselessSale = 219, "USELESS_SALE", "The start does not exceed prior claims and costs, whoever insists.", "起拍价不超过优先债权及费用，申请人坚持亦不得处置。";
    RanksInvalid = 220, "RANKS_INVALID", "Holders of priority are at most 64, none twice, with ranks from 1, and none that sells or stands before who does.", "优先购买权人至多64个，不得重复，顺位自1起，且不得为转让方或其代持人。";
    ReserveInvalid = 221, "RESERVE_INVALID", "A reserve lies above the start, on the steps of the lot and not above its fixed price; a court has none beside the start.", "保留价须高于起拍价、位于加价阶梯上且不高于一口价；司法处置以起拍价为保留价。";
    BarredParty = 222, "BARRED_PARTY", "The venue, and who sells, do not bid.", "场所及转让方不得参与竞买。";
    BarredDefaulter = 223, "BARRED_DEFAULTER", "Who did not pay for this right before does not bid for it again.", "曾就该权利悔拍者不得再次竞买。";
    AlreadyEntered = 224, "ALREADY_ENTERED", "You have entered this lot.", "您已报名。";
    BiddersTooMany = 225, "BIDDERS_TOO_MANY", "A lot has at most 10000 bidders.", "每个标的至多10000名竞买人。";
    NotOpen = 226, "NOT_OPEN", "The lot is not open yet.", "竞价尚未开始。";
    LotPaused = 227, "LOT_PAUSED", "The lot is paused.", "竞价已中止。";
    LotClosed = 228, "CLOSED", "The lot is closed.", "竞价已结束。";
    BidBelowStart = 229, "BID_BELOW_START", "The price is below the start; in reverse, above it.", "报价低于起拍价（反向竞价高于最高限价）。";
    BidBelowStep = 230, "BID_BELOW_STEP", "The price is not beyond the best by a step.", "报价未达到一个加价幅度。";
    BidOffGrid = 231, "BID_OFF_GRID", "The price does not lie on the lot's steps.", "报价不在加价阶梯上。";
    OwnBestBid = 232, "OWN_BEST_BID", "Your bid is the best; nobody bids against itself.", "您的报价已为最高，不得自我加价。";
    PriorityMatched = 233, "PRIORITY_MATCHED", "You have answered this price by your priority.", "您已就该价格行使优先购买权。";
    MaximaNotTaken = 234, "MAXIMA_NOT_TAKEN", "This lot takes no maxima.", "该标的不接受委托最高价。";
    MaximumLowered = 235, "MAXIMUM_LOWERED", "A maximum is raised, never lowered.", "委托最高价只可提高。";
    BuyNowOver = 236, "BUY_NOW_OVER", "There is no fixed price at which this lot can be ended now.", "该标的当前不可一口价成交。";
    NotRevealing = 237, "NOT_REVEALING", "Bids are revealed after the close and before the end of the revealing.", "须在截止后的开标期内开标。";
    NoCommitment = 238, "NO_COMMITMENT", "You have committed to no bid.", "您未提交密封报价。";
    RevealMismatch = 239, "REVEAL_MISMATCH", "This is not what you committed to.", "与所提交的密封报价不符。";
    AlreadyRevealed = 240, "ALREADY_REVEALED", "Your bid is revealed.", "您已开标。";
    NothingOwed = 241, "NOTHING_OWED", "You owe nothing for this lot.", "您在该标的下无应付款项。";
    ResaleInvalid = 242, "RESALE_INVALID", "The other lot or sale did not sell these rights anew, or a part of them that is not settled yet, or its price is not paid.", "另一标的并非该权利或其未结清部分的重新处置，或价款尚未付清。";
    DebtDiffers = 243, "DEBT_DIFFERS", "The lots of one court order are sold for one debt; the others name another.", "同一裁定项下的标的须为同一债权额处置，其他标的所载不同。";
    DebtCovered = 244, "DEBT_COVERED", "What the lots of this court order have brought covers its debt: the rest is not sold.", "该裁定项下已得价款足以清偿债务，其余财产应停止处置。";
    AlreadyOffered = 245, "ALREADY_OFFERED", "This right is on offer here already, or its title is passing.", "该权利已在本场所挂牌或正在转让。";
    SecuredProperty = 246, "SECURED_PROPERTY_NOT_CONTRIBUTABLE", "A right under a pledge is not put in as capital, whoever consents.", "设定担保的财产不得作价出资，质权人同意亦然。";
    PledgeConsentRequired = 247, "PLEDGE_CONSENT_REQUIRED", "A pledgee of the right has not consented to this: its acting holder of the claim now (give_pledge_consent).", "须经质权人（现债权行权者）同意（give_pledge_consent）。";
    ConsentRevoked = 248, "CONSENT_REVOKED", "A pledgee has revoked its consent to this.", "质权人已撤回同意。";
    ConsentExpired = 249, "CONSENT_EXPIRED", "A pledgee's consent to this is over.", "质权人的同意已过期。";
    ConsentScope = 250, "CONSENT_SCOPE", "The licence shuts out more than a pledgee consented to.", "许可方式超出质权人同意的范围。";
    ConsentTerm = 251, "CONSENT_TERM", "The licence runs longer than a pledgee consented to.", "许可期限超出质权人同意的期限。";
    ConsentFloor = 252, "CONSENT_FLOOR", "The price is below what a pledgee consented to, or in another currency.", "价格低于质权人同意的底价，或币种不同。";
    ConsentQuantity = 253, "CONSENT_QTY", "More than a pledgee consented to, with what is on offer and what was granted.", "连同在挂及已许可的，数量超出质权人同意的数量。";
    NothingHeld = 254, "NOTHING_HELD", "Nothing is held in place of a pledged right for this loan in this account.", "该账户中无为该贷款提存的价款。";

    LoanInvalid = 260, "LOAN_INVALID", "A loan has 1 to 64 creditors, none twice and none of them its debtor or its guarantor, the acting one first, and was drawn on no day to come.", "贷款须有1至64个债权人，行权者居首、不得重复且不得为债务人或保证人，放款日不得晚于今日。";
    FilingInvalid = 261, "FILING_INVALID", "A filing carries 1 to 100 applications, each of 1 to 64 rights of one registrar, none twice, with amounts above zero in the loan's currency, a maximum that is its amount and lasts, and nothing named twice.", "每次申请1至100件，每件含同一登记机关的1至64项权利、不得重复，金额大于零且与贷款同币种，最高额与登记额一致且期间未过，所列事项不得重复。";
    PledgorBarred = 262, "PLEDGOR_BARRED", "Government bodies and committees of residents or villagers give no security.", "机关法人、居民委员会、村民委员会不得提供担保。";
    NoResolution = 263, "NO_RESOLUTION", "A company gives security for another by a resolution: for its holder or controller by the other holders', and a listed company by one that was published.", "公司为他人提供担保须经决议；为股东或实际控制人担保须经股东会决议且该股东回避；上市公司须公告决议。";
    TaxDisclosure = 264, "TAX_DISCLOSURE", "Who pledges states first whether it owes taxes.", "出质人须先说明欠税情况。";
    PledgesTooMany = 265, "PLEDGES_TOO_MANY", "At most 64 pledges stand on one right or are filed to.", "一项权利上登记及申请中的质押至多64项。";
    PledgeNotOwner = 266, "PLEDGE_R1_NOT_OWNER", "R1: the pledgor is not the registered owner.", "理由一：出质人与登记簿记载的权利人不一致。";
    PledgeEnded = 267, "PLEDGE_R2_ENDED", "R2: the right has ended or was declared void.", "理由二：权利已终止或被宣告无效。";
    PledgeNotGranted = 268, "PLEDGE_R3_NOT_GRANTED", "R3: the right is not granted yet.", "理由三：尚未授予权利。";
    PledgeAnnuityUnpaid = 269, "PLEDGE_R4_ANNUITY_UNPAID", "R4: the right's dues are late, the months of grace among it.", "理由四：年费逾期未缴，处于滞纳期。";
    PledgePreserved = 270, "PLEDGE_R5_PRESERVED", "R5: the right is suspended, preserved, seized or in dispute.", "理由五：权利被中止、保全、查封或存在权属争议。";
    PledgeDebtBeyondRight = 271, "PLEDGE_R6_DEBT_BEYOND_RIGHT", "R6: the debt runs longer than the right, or the first of several that ends.", "理由六：债务履行期限超过权利有效期（多项权利以最早届满者为准）。";
    PledgeContractIncomplete = 272, "PLEDGE_R7_CONTRACT_INCOMPLETE", "R7: the contract of pledge lacks what it has to say: parties, claim, debt_term, rights, cover.", "理由七：质押合同缺少必备条款（当事人、债权、履行期限、质押权利、担保范围）。";
    PledgeCoOwner = 273, "PLEDGE_R8_CO_OWNER", "R8: a co-owner has not consented (give_consent, act pledge), and they agreed on nothing else.", "理由八：未取得全体共有人同意，且无其他约定。";
    PledgePledged = 274, "PLEDGE_R9_PLEDGED", "R9: the patent is under a recorded pledge.", "理由九：专利权已被登记质押。";
    PledgeSameDay = 275, "PLEDGE_R10_SAME_DAY", "R10: the same invention was applied for on the same day, and the parties signed no acknowledgement of that.", "理由十：同日另行申请发明专利，当事人未签署知悉声明。";
    PledgeInvalidationPending = 276, "PLEDGE_R11_INVALIDATION_PENDING", "R11: the right's invalidation is asked for, and the parties signed no acknowledgement of that.", "理由十一：已有无效宣告请求，当事人未签署知悉声明。";
    PledgeOther = 277, "PLEDGE_R12_OTHER", "R12: the law bars this right from being pledged.", "理由十二：法律禁止该权利出质，或有其他不予登记的情形。";
    TmBundle = 278, "TM_BUNDLE", "Similar marks are pledged together: one is missing.", "近似商标须一并出质，申请有遗漏。";
    DefectsInvalid = 280, "DEFECTS_INVALID", "Defects are 1 to 12, none twice, and those that are mended are among them.", "缺陷须为1至12项、不得重复，补正事项须在其列。";
    RecordingInvalid = 281, "RECORDING_INVALID", "A pledge is recorded after it was filed, and not in days to come.", "登记时间不得早于申请，亦不得晚于当前。";
    RankConsent = 282, "RANK_CONSENT", "Who ranks behind this pledge has not consented in writing to what it gains.", "该变更不利于其他质权人，须取得其书面同意。";
    CoverTooLow = 283, "COVER_TOO_LOW", "What the rights that stay are worth covers less of the debt than the contract asks.", "剩余质押权利的价值低于合同约定的覆盖比例。";
    SubstitutionGap = 284, "SUBSTITUTION_GAP", "The right that takes the place is recorded for the same debt before the old one is released.", "置换的权利须先就同一债权登记，方可解除原质押。";
    NoMaximum = 285, "NO_MAXIMUM", "The pledge stands for no maximum amount.", "该质押并非最高额质押。";
    ClaimFixed = 286, "CLAIM_FIXED", "The claims under this maximum amount are determined.", "该最高额质押的债权已确定。";
    ClaimNotFixed = 287, "CLAIM_NOT_FIXED", "The claims under a maximum amount are not determined: a part of them takes no pledge along unless that was agreed; and they are determined from a day that is past, by a period that is over or two years after the recording.", "最高额质押的债权尚未确定：部分债权转让的，除另有约定外质权不随之转让；确定日期不得在今日之后，并须期间届满或登记满二年。";
    AssignmentInvalid = 288, "ASSIGNMENT_INVALID", "A creditor assigns some of its parts, or all, to another than the debtor, and a loan has 64 creditors at most.", "债权人仅得将其份额的部分或全部转让给债务人以外的主体，且债权人至多64个。";
    DemandInvalid = 289, "DEMAND_INVALID", "A demand is served on the debtor or a guarantor, on a day that is past, and acceleration and payment on the debtor.", "催收须送达债务人或保证人，送达日不得晚于今日；付款及提前到期的通知须送达债务人。";
    RepaymentInvalid = 290, "REPAYMENT_INVALID", "A repayment is above zero, in the loan's currency, at most what is owed, and of no day to come.", "还款额须大于零、与贷款同币种、不超过所欠金额，且日期不晚于今日。";
    NotInDefault = 291, "NOT_IN_DEFAULT", "The debt is not due, or is paid.", "债务尚未到期或已清偿。";
    LimitationRun = 292, "LIMITATION_RUN", "The claim's limitation has run: its pledges cannot be enforced.", "主债权诉讼时效已届满，质权不再受保护。";
    GuaranteeEnded = 293, "GUARANTEE_ENDED", "The guarantor was not asked in time, and is free.", "保证期间已届满，保证人不再承担保证责任。";

    PrincipalInvalid = 300, "PRINCIPAL_INVALID", "The principal of a claim is above zero and at most a trillion yuan.", "债权本金须大于零且不超过一万亿元。";
    ClaimTermInvalid = 301, "CLAIM_TERM_INVALID", "A claim is due after the day it is drawn, within a hundred years, and drawn between the years 1800 and 2300.", "债务到期日须晚于放款日、不超过一百年，放款日须在1800至2300年之间。";
    RatesInvalid = 302, "RATES_INVALID", "Rates are 1 to 512 steps, each at most 100 per cent and from a later day than the one before, the first from the day of the drawing or before; so is a cap.", "利率须为1至512档，每档不超过百分之百且起始日递增，首档不晚于放款日；上限亦不超过百分之百。";
    SettlementInvalid = 303, "SETTLEMENT_INVALID", "The day of settlement is a day of a month, 1 to 31, and none where interest is settled at the end.", "结息日须为1至31日；利随本清者不设结息日。";
    PenaltyOutOfBand = 304, "PENALTY_OUT_OF_BAND", "Penalty interest lies 30 to 50 per cent above the contract's rate where the claim is overdue, 50 to 100 where it was misused.", "罚息利率在合同利率基础上加收：逾期30%至50%，挪用50%至100%。";
    InstalmentsInvalid = 305, "INSTALMENTS_INVALID", "Instalments are at most 1200, above zero, in order of days after the drawing, the last on the due day, and add up to the principal.", "分期至多1200期，每期金额大于零、日期递增且晚于放款日，末期为到期日，合计等于本金。";
    GuarantorsInvalid = 306, "GUARANTORS_INVALID", "Guarantors are at most 64 participants, none twice, each for an amount above zero in the claim's currency and a part above zero, with one period, of a hundred years at most.", "保证人至多64个、不得重复，保证金额须大于零且与债权币种一致，担保比例须大于零，保证期间仅可约定一种且不超过一百年。";
    DayPassed = 307, "DAY_PASSED", "The claim was reckoned beyond that day already.", "该日期早于债权已结算至的日期。";
    DrawTooLarge = 308, "DRAW_TOO_LARGE", "More than the claim's principal would be drawn, or outside of its term.", "提款超过约定本金，或不在借款期限之内。";
    ChargesTooLarge = 309, "CHARGES_TOO_LARGE", "Costs and fees of a claim are at most a trillion yuan.", "一项债权的费用合计不超过一万亿元。";
    NoAuthority = 310, "NO_AUTHORITY", "A pledged right is licensed back on the pledgor's agreement, its mandate, or an exclusive licence of a company for it alone.", "质押权利的反向许可须有出质人同意、委托授权或特殊目的载体的独占许可。";
    LicenceFeesInvalid = 311, "LICENCE_FEES_INVALID", "Licence fees are above zero, at most 1200, of periods that begin with the licence or at most a year before, with at most 366 days of grace and a late rate of at most 100 per cent.", "许可费须大于零、至多1200期，计费期自许可起始日或其前一年内起算，宽限期至多366天，逾期利率至多百分之百。";
    BankDirectD2e = 312, "BANK_DIRECT_D2E", "A bank does not turn its own claim into shares: it sells the claim to who may.", "银行不得直接将债权转为股权，须先转让予实施机构。";
    NothingToIssue = 313, "NOTHING_TO_ISSUE", "The claim is worth less than one share.", "债权价值不足一股。";
    HolderCap50 = 314, "HOLDER_CAP_50", "A limited company has 1 to 50 holders.", "有限责任公司股东为一人以上五十人以下。";
    VoteShort = 315, "VOTE_SHORT", "An increase of capital takes two thirds of the votes: of all in a limited company, of those present in one of shares.", "增资决议须经三分之二以上表决权通过（有限公司以全体计，股份公司以出席计）。";
    PreemptionStands = 316, "PREEMPTION_STANDS", "The holders of a limited company subscribe first by their paid-in shares, unless all of them agreed otherwise.", "有限责任公司股东按实缴出资比例优先认缴，全体股东另有约定的除外。";
    ReleaseBeforeRegistered = 317, "RELEASE_BEFORE_REGISTERED", "The pledge is released once the register shows the holder of the shares, not before.", "质权须待股权登记完成后方可解除。";
    AicPilotCap = 318, "AIC_PILOT_CAP", "An investment company puts at most a tenth of its last quarter's total assets into shares with its own money.", "金融资产投资公司自有资金股权投资不得超过上季末总资产的百分之十。";
    AicFundCap = 319, "AIC_FUND_CAP", "An investment company holds at most three tenths of one fund.", "金融资产投资公司对单只基金的投资不得超过其规模的百分之三十。";

    PlanMissing = 320, "PLAN_MISSING", "No plan of who is paid was agreed and frozen before the disposal began.", "处置开始前未约定并锁定收益分配方案。";
    PlanPayeesInvalid = 321, "PLAN_PAYEES_INVALID", "A plan names 1 to 1000 payees, none twice; a tier names them by their places, none twice, with weights from 1.", "分配方案须载明1至1000名受偿人，不得重复；各顺位按序号列明受偿人，不得重复，权重自1起。";
    PlanTiersInvalid = 322, "PLAN_TIERS_INVALID", "A plan has each tier of the law once, in the law's order, and what was agreed between them: at most 32, and only costs and what was agreed name payees, caps or another split.", "分配方案须依法定次序各含法定顺位一次，约定顺位列于其间，合计至多32个；仅费用顺位与约定顺位可载明受偿人、上限或其他分配方式。";
    PlanCapsInvalid = 323, "PLAN_CAPS_INVALID", "Caps are of the plan's currency and within what can be shared, a share is at most 100 per cent, and so are a tier's rates together.", "上限须为方案所用币种且在可分配金额之内，各比例及同一顺位费率之和不得超过百分之百。";
    PlanRanksInvalid = 324, "PLAN_RANKS_INVALID", "Ranks that are moved are at most 64, in order and none twice.", "变更的质权顺位至多64个，须依次列明且不得重复。";
    PlanConsentMissing = 325, "PLAN_CONSENT_MISSING", "Somebody whose share or rank the plan worsens has not consented in writing.", "分配方案对其份额或顺位不利者尚未书面同意。";
    ClaimsTooMany = 326, "CLAIMS_TOO_MANY", "At most 1000 payees share, and each list of claims holds at most 1000.", "受偿人至多1000名，各类债权至多1000项。";
    ClaimPayeeUnknown = 327, "CLAIM_PAYEE_UNKNOWN", "A claim names a payee that neither the plan nor the claims list.", "债权所指受偿人未列于方案或债权清单。";
    ClaimAmountInvalid = 328, "CLAIM_AMOUNT_INVALID", "What there is and what is asked are amounts of the plan's currency, not negative, and together within what can be shared.", "价款及债权须为方案所用币种的非负金额，且合计在可分配金额之内。";
    ClaimTierUnknown = 329, "CLAIM_TIER_UNKNOWN", "A claim on an agreed tier names one that was not agreed, or a payee that is not in it.", "所主张的约定顺位不存在，或受偿人不在该顺位之内。";
    ClaimPartsInvalid = 330, "CLAIM_PARTS_INVALID", "Parts and weights are at least 1, and a pledge secures somebody's claim.", "份额与权重至少为1，质权须有所担保的债权。";
    AppraisalsInvalid = 331, "APPRAISALS_INVALID", "Each right of a bundle, 2 to 64, has an appraisal, and one at least is above zero.", "合并处置的权利为2至64项，均须有评估价且至少一项大于零。";
    LenderConsentMissing = 332, "LENDER_CONSENT_MISSING", "Rights of different lenders are sold as one with the consent of each.", "不同债权人的质物合并处置须经各债权人同意。";
    MiddleRateInvalid = 333, "MIDDLE_RATE_INVALID", "A middle rate and the number of units it is quoted for are above zero, and what it comes to is within what can be shared.", "汇率中间价及其计价单位须大于零，折算金额须在可分配金额之内。";

    UnknownPool = 340, "UNKNOWN_POOL", "There is no such risk pool.", "风险补偿资金池不存在。";
    PoolFiguresMissing = 341, "POOL_FIGURES_MISSING", "The figures of this scheme are not given for this case: what was published leaves them blank.", "该方案在此情形下的比例尚未给定，公开文件未载明，须先由配置提供。";
    NotEnrolled = 342, "NOT_ENROLLED", "The loan is not enrolled in a pool.", "该贷款未纳入风险补偿资金池。";
    AlreadyEnrolled = 343, "ALREADY_ENROLLED", "The loan is enrolled in a pool.", "该贷款已纳入风险补偿资金池。";
    EnrolledAfterNpl = 344, "ENROLLED_AFTER_NPL", "A loan is enrolled before the day on which it turns non-performing.", "贷款须在形成不良之日以前纳入资金池。";
    IpShareNotStated = 345, "IP_SHARE_NOT_STATED", "The loan contract does not state which part of the loan stands on intellectual property.", "借款合同未载明知识产权质押所占额度。";
    IpShareBelowHalf = 346, "IP_SHARE_BELOW_HALF", "The part on intellectual property is below the pool's least, as half of the loan.", "知识产权质押所占额度低于资金池规定的下限（如贷款的百分之五十）。";
    PoolLeverage = 347, "POOL_LEVERAGE", "The pool stands behind as many loans as its fund allows.", "资金池所支持的贷款已达规定的放大倍数。";
    PoolBorrowerCap = 348, "POOL_BORROWER_CAP", "The borrower's loans of this year have used up what the pool stands behind, in the order of lending.", "该借款人当年的贷款按发放先后已用尽资金池的支持额度。";
    SecondClaim = 349, "SECOND_CLAIM", "A pool is claimed on once for a loan.", "同一笔贷款仅可申请一次风险补偿。";
    FullyRecovered = 350, "FULLY_RECOVERED", "Nothing of the loan is lost any more that the pool looks at.", "该贷款中纳入补偿范围的部分已全部收回，不得申请补偿。";
    LossSharesInvalid = 351, "LOSS_SHARES_INVALID", "A loss is borne by 1 to 16 parties, none twice, with parts that are not all zero; the fund's is within its terms, and no percentage is above a hundred.", "损失分担方须为1至16个、不得重复、权重不得全为零，基金份额须合于其条件，且百分比不得超过一百。";
    GuarantorLeverage = 352, "GUARANTOR_LEVERAGE", "A guarantor's outstanding liability is at most ten times its net assets, fifteen if it mainly serves small business.", "融资担保责任余额不得超过净资产的十倍（主要服务小微企业和三农的为十五倍）。";
    SingleNameCap = 353, "SINGLE_NAME_CAP", "For one debtor a guarantor stands for at most a tenth of its net assets.", "对同一被担保人的担保责任余额不得超过净资产的百分之十。";
    GroupCap = 354, "GROUP_CAP", "For a debtor and its affiliates a guarantor stands for at most 15 per cent of its net assets.", "对同一被担保人及其关联方的担保责任余额合计不得超过净资产的百分之十五。";
    BankShareTooLow = 355, "BANK_SHARE_TOO_LOW", "The bank bears less of the loss than the re-guarantor's terms ask.", "银行分担比例低于再担保条件的下限。";
    GuaranteeLapsed = 356, "GUARANTEE_LAPSED", "The guarantor was not called on within its period: asked, if it is liable jointly; else by a suit or arbitration against the debtor.", "债权人未在保证期间内依法主张：连带责任保证须请求保证人承担责任，一般保证须对债务人起诉或申请仲裁。";
    DebtorFirst = 357, "DEBTOR_FIRST", "The guarantor answers for what the debtor and its pledge leave, and that is not known yet.", "保证人就债务人及其质物处置后的不足部分承担责任，该不足尚未确定。";
    SubsidyCondition = 358, "SUBSIDY_CONDITION", "A condition of the subsidy is not met: the class of the right, the loan's term, its repayment, or the years that are paid.", "不符合补贴条件：权利类别、贷款期限、是否还清或资助年限。";
    SubsidyTaken = 359, "SUBSIDY_TAKEN", "One project has one subsidy of a government.", "同一项目不得重复享受同级补贴。";

    UnknownDisposal = 360, "UNKNOWN_DISPOSAL", "There is no such case of disposal.", "处置案件不存在。";
    PlanDiffers = 361, "PLAN_DIFFERS", "The plan that is proposed is another.", "当前拟定的分配方案与所签署的不同。";
    DisposalOpen = 362, "DISPOSAL_OPEN", "A case of this default, or of one of its rights, is open.", "该违约或其中权利已有处置案件。";
    TitleRoadMissing = 363, "TITLE_ROAD_MISSING", "A case names by which instrument the title passes: the pledgor's assignment, an irrevocable mandate, or a court's ruling; and is sold by that road.", "处置须载明权利转移依据：出质人签署的转让文件、不可撤销的授权或法院裁定，并依该依据处置。";
    NothingToDispose = 364, "NOTHING_TO_DISPOSE", "No pledge in default stands on a right for this loan.", "该贷款无处于违约状态且有质物的质权。";
    UnderDisposal = 365, "UNDER_DISPOSAL", "The right is disposed of for a pledge: it is sold in its case, by who disposes of it, in the debt's currency, and with none but rights that are in cases too.", "该权利正在处置：仅可由处置人在案件中以债权币种出售，且只能与同在处置案件中的权利合并。";
    BelowMarket = 366, "BELOW_MARKET", "Without an auction the price is the plan's floor at least, or what the pledgor agreed to in writing.", "非拍卖处置的价格不得低于约定底价，出质人书面同意的除外。";
    CureTooLate = 367, "CURE_TOO_LATE", "The day of the auction has come, a contract stands, a price is held, or shares are issued: the default is cured no more.", "已至拍卖日、合同已成立、价款已托管或股权已发行，不得再以补正终止处置。";
    ReleaseBeforeEscrow = 368, "RELEASE_BEFORE_ESCROW", "The pledge is released against the price that is held, not before.", "质权须待价款托管后方可解除。";
    ReleaseMissing = 369, "RELEASE_MISSING", "The pledgee has not filed its release against the price yet.", "质权人尚未就托管价款出具解除质押文件。";
    DistributedBeforeRecorded = 370, "DISTRIBUTED_BEFORE_RECORDED", "What a sale brought is paid out once the title is recorded, not before.", "价款须待权利变更登记后方可分配。";
    AlreadyDistributed = 371, "ALREADY_DISTRIBUTED", "What this sale brought is paid out.", "该笔价款已分配。";
    ClaimsKnown = 372, "CLAIMS_KNOWN", "Pledges and owners are known here and are not named again.", "质权与权利人由系统确定，不得另行列明。";
    PayeeAccountMissing = 373, "PAYEE_ACCOUNT_MISSING", "Who has no account here is paid from one of the venue's, which is not named.", "受偿人在本场所无账户的，须指定场所的代付账户。";
    SchemeMissing = 374, "SCHEME_MISSING", "A court sold: its scheme of distribution is recorded, and it alone is paid.", "法院处置的价款须依法院分配方案支付，方案尚未录入。";
    SchemeInvalid = 375, "SCHEME_INVALID", "A court's scheme gives 1 to 1000 payees, none twice, all that is held, and to the debt no more than is owed; no other sale has one.", "法院分配方案须载明1至1000名受偿人、不得重复、合计等于托管价款、归于债权部分不超过所欠；非法院处置不适用。";
    Stayed = 376, "STAYED", "The debtor's bankruptcy holds its pledgees back until the court lifts the stay or rules.", "债务人破产程序中，担保权须待法院解除中止或裁定后行使。";
    BankruptcyInvalid = 377, "BANKRUPTCY_INVALID", "A bankruptcy was accepted on a day that is past, up to which nothing was paid beyond it; what is recorded stands, and is lifted once.", "破产受理日不得晚于今日，且不得早于债权已结算日；已登记者不得更改，解除仅一次。";
    DuesBeforeRecordal = 378, "DUES_BEFORE_RECORDAL", "A due of the right falls before its sale can be recorded: it is paid first.", "年费在预计变更登记前到期，须先行缴纳。";

    UnknownReverseLicence = 380, "UNKNOWN_REVERSE_LICENCE", "There is no such reverse licence.", "反向许可不存在。";
    LicenseeNotOwner = 381, "LICENSEE_NOT_OWNER", "The rights of a case are licensed back to the owner who pledged them all, and to nobody else here.", "处置案件中的权利仅可反向许可给出质全部权利的权利人本人。";
    LicenceDaysInvalid = 382, "LICENCE_DAYS_INVALID", "A reverse licence begins within twelve months, and its first fee is not due before today.", "反向许可须在十二个月内起始，且首期许可费的应付日不得早于当日。";
    FeeNotOpen = 383, "FEE_NOT_OPEN", "What is paid is the oldest fee that is unpaid, named by its due day, from the first day that it is for.", "仅可支付最早一期未付清的许可费，以其应付日指明，且不早于该期起始日。";
    FeeAmountInvalid = 384, "FEE_AMOUNT_INVALID", "No more is paid of a fee than is unpaid of it.", "支付金额不得超过该期未付金额。";
    GraceRuns = 385, "GRACE_RUNS", "The fee can still be paid: the licence is not terminated before its grace is over.", "宽限期尚未届满，不得终止许可。";
    RightsChanged = 386, "RIGHTS_CHANGED", "The rights of the case are others by now: the licence is proposed anew.", "案件中的权利已有变化，须重新提出反向许可。";
    UnknownConversion = 390, "UNKNOWN_CONVERSION", "There is no such deal that turns a claim into shares.", "该债转股交易不存在。";
    ConversionInvalid = 391, "CONVERSION_INVALID", "A deal names a price above zero in the claim's currency, 1 to 10^15 shares and at least one holder before it; what limits ask is in one currency.", "债转股须载明大于零且与债权同币种的每股价格、增资前一至10^15股及至少一名股东；限额所涉金额须为同一币种。";
    IssuerInvalid = 392, "ISSUER_INVALID", "Shares are issued by the debtor, or by who is shown to control it, and not to the issuer itself.", "股权须由债务人或经证明控制债务人的公司发行，且不得由发行人自身持有。";
    ClaimShared = 393, "CLAIM_SHARED", "A claim is turned into shares by who holds all of it: nobody else holds a part, and nobody paid one in the debtor's place.", "债转股须由持有全部债权者实施：无其他共有债权人，亦无代偿人取得部分债权。";
    OpinionInvalid = 394, "OPINION_INVALID", "A claim is valued above zero, in its own currency, for 1 to 12 months.", "债权评估价值须大于零、与债权同币种，有效期为1至12个月。";
    VotesInvalid = 395, "VOTES_INVALID", "No more votes are present than there are, and no more in favour than present.", "出席表决权不得多于全部表决权，赞成表决权不得多于出席表决权。";
    StepDayInvalid = 396, "STEP_DAY_INVALID", "A step's day is not after today nor before the day of the step before.", "步骤日期不得晚于今日，亦不得早于上一步骤的日期。";
    ClaimSpokenFor = 397, "CLAIM_SPOKEN_FOR", "Shares are issued for the claim: until the register shows their holder or the deal is given up it is not passed on, and no more of it is paid than they leave.", "已就该债权发行股权：在股权登记完成或交易终止前，债权不得转让，且仅可清偿股权对价以外的部分。";
    ClaimBelowIssue = 398, "CLAIM_BELOW_ISSUE", "Less is owed by now than shares were issued for: the deal is given up.", "所欠债权已低于股权发行对价，该交易须终止。";

    SuitUnknown = 400, "SUIT_UNKNOWN", "No suit of that day against that party keeps a guarantor of the loan bound.", "不存在使保证人仍受约束的、该日对该方提起的诉讼或仲裁。";
    NothingGuaranteed = 401, "NOTHING_GUARANTEED", "Nothing of what is owed is the payer's: it paid its part, or is free of it.", "所欠款项中已无该代偿方应承担的部分：其已代偿，或已在相应范围内免责。";
    GuarantorCurrency = 402, "GUARANTOR_CURRENCY", "A guarantor's limits are asked in the currency of its figures, and it stands for loans in that alone.", "担保限额按保证人所报数据的币种核算，其担保的贷款须为同一币种。";
    PoolOfOthers = 403, "POOL_OF_OTHERS", "A fund that re-guarantees stands behind guarantors, and another pool behind no guarantor by itself.", "再担保基金仅为保证人分担，其他资金池不办理再担保。";
    ReGuaranteeInvalid = 404, "RE_GUARANTEE_INVALID", "A re-guarantee says what its fund's terms ask: parts of bank, guarantor and fund of which the bank's is what the guarantor does not cover, or a part of what the guarantor pays.", "再担保须依基金条件载明：银行、保证人与基金的分担比例（银行部分等于保证人未担保部分），或基金分担保证人代偿额的比例。";
    InsuranceInvalid = 405, "INSURANCE_INVALID", "An insurer is no party of the loan and answers for it in no other way; it covers some of a loss, up to a limit above zero in the loan's currency.", "保险人不得为贷款当事人或保证人；承保比例及限额须大于零，限额与贷款同币种。";
    UnknownMeasure = 415, "UNKNOWN_MEASURE", "There is no such measure that pays subsidies.", "补贴措施不存在。";
    UnknownSubsidy = 416, "UNKNOWN_SUBSIDY", "There is no such application that waits or was granted.", "该补贴申请不存在，或已撤回、未获批准。";
    MeasureInvalid = 417, "MEASURE_INVALID", "A measure names its government's division code and not a day that is past as its last; it pays of 1 to 64 costs, none twice, at most all of each, with caps of its own currency; a published scheme is its own government's, in yuan.", "补贴措施须载明政府行政区划代码且截止日不早于今日；补贴项目1至64项、不得重复、比例不超过全额、上限为同一币种；已公布方案须为其本级政府、以人民币计。";
    MeasureOver = 418, "MEASURE_OVER", "The last day on which a firm could apply has passed.", "该补贴措施的申请期已过。";
    SubsidyCostsInvalid = 419, "SUBSIDY_COSTS_INVALID", "What a firm paid beside interest is shown in at most 63 costs above zero, in the measure's currency; interest stands in the loan's own books.", "利息以外的费用至多63项，金额大于零且为措施币种；利息以贷款账载为准，不得另行申报。";
    PaperShown = 420, "PAPER_SHOWN", "A paper shows one cost, once to a government.", "同一凭证仅证明一项费用，对同级政府仅可使用一次。";
    NotFirstLoan = 421, "NOT_FIRST_LOAN", "Another loan of the firm was granted for as its first.", "该企业另有贷款已按首贷获得补贴。";
    AlreadyApplied = 422, "ALREADY_APPLIED", "An application to this measure for this loan waits.", "就该贷款向该措施提出的申请尚待审定。";
    NothingToGrant = 423, "NOTHING_TO_GRANT", "Nothing is left to be granted: no cost counts, or the caps of the year or of the measure's life, or its years, are used up.", "无可补贴金额：无可计入费用，或年度、措施期间上限或年数已用尽。";
    BranchesFull = 424, "BRANCHES_FULL", "A bank tells of at most 1024 branches.", "每家银行至多报送1024家机构。";
    BooksOlder = 425, "BOOKS_OLDER", "Books of a later day were told of this branch.", "该机构已报送较后日期的数据。";
    BooksTold = 426, "BOOKS_TOLD", "Other books of this branch were told for this day: they are corrected.", "该机构当日数据已报送且不一致，须办理更正。";
    BooksNotTold = 427, "BOOKS_NOT_TOLD", "Only books that were told last of a branch are corrected, and for their own day.", "仅可更正该机构最近一次报送的数据，且日期须一致。";
    OfficersFull = 428, "OFFICERS_FULL", "At most 64 officers show steps for one loan.", "同一笔贷款至多64名经办人员留存履职记录。";
    StepShown = 429, "STEP_SHOWN", "The officer has shown this step for this loan.", "该经办人员就该贷款的该项履职步骤已留存。";
    UnknownPut = 430, "UNKNOWN_PUT", "There is no such put.", "该收储承诺不存在。";
    PutInvalid = 431, "PUT_INVALID", "A put names 1 to 64 rights that stand pledged for the loan, none twice, each valued in the loan's currency, a share above zero and within the rule's bound, and a last day within twenty years that is not past.", "收储承诺须载明1至64项现为该贷款出质、不重复且以贷款币种估值的权利，比例大于零且不超过规定上限，行使期限不早于当日且不超过二十年。";
    PutNotInForce = 432, "PUT_NOT_IN_FORCE", "Not all have signed the put, or it is over.", "收储承诺尚未经各方签署或已终止。";
    NotUnsold = 433, "NOT_UNSOLD", "What others take is what a lot of the case left: one that was announced in it and ended unsold.", "仅可就该案件中公告且流拍的标的行使。";
    NotOfPut = 434, "NOT_OF_PUT", "The lot sold a right that the put does not name.", "该标的含收储承诺未列明的权利。";
    TakingTooLate = 435, "TAKING_TOO_LATE", "The days in which the creditor may take what the lot left are over.", "以流拍保留价接受标的的期限已过。";
    TakingNotAgreed = 436, "TAKING_NOT_AGREED", "No default moves a title by itself: where no court sells, the pledgor agrees to the taking first.", "违约本身不转移权利；非法院处置的，须先经出质人同意折价。";
    ConnectedBuyer = 437, "CONNECTED_BUYER", "A buyer connected with who holds the claim, the venue or the appraiser is named, and everybody else who is paid by the plan and takes part here consents.", "与债权人、场所或评估机构有关联的买受人须经披露，并经方案中其他在场受偿人同意。";
    PartyWithoutMaximum = 438, "PARTY_WITHOUT_MAXIMUM", "Who is party to what the lot sells, or connected with one, leaves no maximum.", "当事人及其关联方不得设置最高出价。";
    BuyerNotNamed = 439, "BUYER_NOT_NAMED", "The case names no such connected buyer.", "该案件未披露此关联买受人。";
    BuyerRulesInvalid = 440, "BUYER_RULES_INVALID", "A put promises up to all of a value, and what a lot left is taken in 1 to 366 days.", "收储承诺比例不超过百分之百，接受流拍标的的期限为1至366天。";
    ValueNotFallen = 445, "VALUE_NOT_FALLEN", "The rights are not worth visibly less than when they were pledged.", "质押权利的价值较设定时未明显减少。";
    SecurityAwaited = 446, "SECURITY_AWAITED", "The pledgor may still give other security: the days that it was given are not over.", "要求补充担保的期限尚未届满。";
    SecurityDaysInvalid = 447, "SECURITY_DAYS_INVALID", "Other security is asked for within 1 to 366 days.", "补充担保的期限须为1至366日。";
    NotPressed = 448, "NOT_PRESSED", "A pledgor asks a court once it pressed for a sale and the pledgee opened no case in time.", "出质人须先请求质权人及时行使质权，逾期未行使的方可请求法院处置。";
    CureIncomplete = 449, "CURE_INCOMPLETE", "Once a case is open its default is cured by the whole debt that is due; the costs of the case stay owed.", "案件开立后须清偿全部到期债务方可终止处置，案件费用仍须负担。";
    EnoughSold = 450, "ENOUGH_SOLD", "What is held of the case's sales covers the debt: the rest is sold only if its pledgor agrees.", "案件已得价款足以清偿债务，非经出质人同意不再处置其余权利。";
    CostAboveScale = 458, "COST_ABOVE_SCALE", "A court's fee, an administrator's or an appraiser's is above its scale.", "法院费用、管理人报酬或评估费超过法定标准。";
    WagesNotAhead = 459, "WAGES_NOT_AHEAD", "Wages are ahead of a pledge only where the debtor is bankrupt and they were owed before 2006-08-27.", "职工债权仅在债务人破产且于2006年8月27日前所欠的，方可优先于质权受偿。";
    RateMissing = 460, "RATE_MISSING", "A claim is in another currency than the price, and no middle rate of the day that counts for it is told; none is told twice, of a day to come, or for the price's own currency.", "债权与价款币种不同，须列明规定日期的汇率中间价；不得重复、不得为未来日期、不得为价款本币。";
    ForfeitUnsettled = 461, "FORFEIT_UNSETTLED", "A buyer that did not pay bid for these rights before: what its deposit gives is settled first (settle_default).", "该权利此前的悔拍保证金尚未结清，须先行结算。";
    ClaimFactInvalid = 462, "CLAIM_FACT_INVALID", "What befell a claim is of its currency and of no day to come nor before it was reckoned; a judgment is recorded once and for no more than the claim can come to, a suspension needs one, no more is misused than is lent, and the cap is pleaded once.", "所记事实须与债权同币种，日期不得为未来、不得早于已计算之日；判决仅记录一次且不超过债权额，中止须有判决，挪用额不超过本金，上限抗辩仅提出一次。";
    NotDistributed = 463, "NOT_DISTRIBUTED", "Nothing that is paid out can be corrected here: this sale's price is held still.", "该笔价款尚未分配，无从更正。";
    NothingToCorrect = 464, "NOTHING_TO_CORRECT", "Told so, everybody has what it has.", "更正后各方所得不变。";
    CorrectionOver = 465, "CORRECTION_OVER", "No such correction of this distribution waits.", "该更正不存在或已终结。";
    CorrectionImpossible = 466, "CORRECTION_IMPOSSIBLE", "By now more was paid on a debt, or had back by who paid it, than the correction leaves room for.", "债务其后已获清偿或代偿人已受偿，无法按此更正。";
    DualControlMissing = 470, "DUAL_CONTROL_MISSING", "Who approves is named by a house that asked for two people.", "未设定双人复核的主体不得指定复核人。";
    ApproversInvalid = 471, "APPROVERS_INVALID", "A house names 2 to 16 people to approve, none twice, who may all decide for it; or none.", "复核人须为2至16名，不得重复，且均有权代表本主体作出决定；亦可不作指定。";
    NotAnApprover = 472, "NOT_AN_APPROVER", "The house named who approves: this person is none of them, and stands in for none today.", "本主体已指定复核人，该用户既非复核人，当日亦非其代理人。";
    DeputyInvalid = 473, "DEPUTY_INVALID", "A deputy decides for the same house, is not named to approve itself, and stands in from today or a day of the next 366, for at most 366 days.", "代理人须有权代表同一主体作出决定，本人未被指定为复核人，代理自当日起或自其后366日内起，最长366日。";
    UnknownQuestion = 480, "UNKNOWN_QUESTION", "There is no such question about the lot.", "该竞价标的不存在此提问。";
    QuestionsTooMany = 481, "QUESTIONS_TOO_MANY", "A participant asks at most 10 questions about a lot, and of all at most 200 are taken.", "每个主体就一个竞价标的至多提问10次，全部提问至多200次。";
    AlreadyAnswered = 482, "ALREADY_ANSWERED", "The question is answered: what bidders rely on does not change under them.", "该提问已作答复；供竞买人信赖的答复不再更改。";
    NothingToWithhold = 483, "NOTHING_TO_WITHHOLD", "This text is withheld already, or there is none yet.", "该文字已停止展示，或尚不存在。";
}

impl Reject {
    /// Whether it says how much cash of an account is free, and so what that holds for a sealed bid: it is its house's
    /// alone. What units a lot holds, its announcement says.
    pub const fn tells_free_cash(self) -> bool {
        matches!(self, Self::InsufficientCash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_shaped_alike() {
        for (i, reject) in Reject::ALL.iter().enumerate() {
            assert!(
                reject
                    .code()
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'),
                "{reject:?}"
            );
            assert!(
                Reject::ALL[..i].iter().all(|other| other.code() != reject.code()),
                "{reject:?}"
            );
            assert!(!reject.english().is_empty() && !reject.chinese().is_empty());
        }
        assert!(Reject::ALL.is_sorted());
    }
}
