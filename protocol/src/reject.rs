//! Why a command is refused: one stable code each, in the order in which the core asks.

use serde::{Deserialize, Serialize};

macro_rules! rejects {
    ($($(#[$group:meta])* $name:ident = $number:literal, $code:literal, $en:literal, $zh:literal;)*) => {
        /// The rule that a command broke. The order is the order of the checks: with several faults, the first counts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum Reject {
            $(#[doc = $en] $(#[$group])* $name = $number,)*
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

    NotPermitted = 30, "NOT_PERMITTED", "The user's roles do not permit this.", "用户角色无此权限。";
    NotYourAccount = 31, "NOT_YOUR_ACCOUNT", "The account belongs to another legal entity.", "该账户属于其他法律主体。";
    NotTheOwner = 33, "NOT_THE_OWNER", "The right belongs to another legal entity.", "该权利属于其他法律主体。";
    KeyRevoked = 34, "KEY_REVOKED", "The key was revoked before.", "该密钥已被撤销。";

    RulesVersionUnsupported = 50, "RULES_VERSION_UNSUPPORTED", "This version of the rules is not implemented here.", "本系统不支持该规则版本。";
    FeesOutOfRange = 51, "FEES_OUT_OF_RANGE", "A fee is at most 10000 basis points.", "费率不得超过一万个基点。";
    CalendarInvalid = 52, "CALENDAR_INVALID", "The calendar's days must be sorted, without repeats, and on days they can except.", "日历日期须有序、无重复且确属例外日。";
    ApprovalMissing = 53, "APPROVAL_MISSING", "This profile needs an approval reference or the word sandbox.", "该规则档案须有批准文号或标明沙盒。";
    BooksAreListed = 54, "BOOKS_ARE_LISTED", "Order books are listed that the new profile does not permit.", "已有新规则档案不允许的订单簿挂牌。";
    ModeNotPermitted = 55, "MODE_NOT_PERMITTED", "The venue's rule profile does not permit order books of units.", "本场所规则档案不允许份额订单簿交易。";

    IdentifierInvalid = 70, "IDENTIFIER_INVALID", "The identifier is malformed or its check digit is wrong.", "标识代码格式有误或校验位不符。";
    WarnNeedsReview = 71, "WARN_NEEDS_REVIEW", "The code's check digit fails; give the digest of the evidence that it was issued so.", "代码校验位不符，请附发证依据的摘要以供复核。";
    EntityExists = 72, "ENTITY_EXISTS", "An entity with this identifier is registered.", "该标识的法律主体已登记。";
    RolesInvalid = 73, "ROLES_INVALID", "At least one known role is needed, and no unknown one.", "须至少有一个有效角色，且不得含未知角色。";
    ScopesInvalid = 74, "SCOPES_INVALID", "At least one known scope is needed, and no unknown one.", "须至少有一个有效权限范围，且不得含未知范围。";
    NetworksInvalid = 75, "NETWORKS_INVALID", "A key is bound to at most 16 networks, each with a prefix of at most 128 bits.", "密钥最多绑定16个网段，前缀不超过128位。";

    OfficeInvalid = 90, "OFFICE_INVALID", "The office is two letters (WIPO ST.3).", "登记机关代码须为两位字母（WIPO ST.3）。";
    NumberInvalid = 91, "NUMBER_INVALID", "The number is malformed or its check digit is wrong.", "编号格式有误或校验位不符。";
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_shaped_alike() {
        for (i, reject) in Reject::ALL.iter().enumerate() {
            assert!(
                reject.code().bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
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
