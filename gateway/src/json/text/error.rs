//! Why JSON is not a command: a stable code, where in the document, and what is wrong there.

use protocol::{ClientId, Reject};
use serde::{Serialize, de};
use std::fmt;
use utoipa::ToSchema;

macro_rules! input_codes {
    ($($name:ident = $code:literal, $en:literal, $zh:literal;)*) => {
        /// The kind of a mistake in an input, found before any rule of the exchange is asked. Such an input is not
        /// journaled, and its client id is not used.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum InputCode {
            $(#[doc = $en] $name,)*
        }

        impl InputCode {
            /// Every code.
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

input_codes! {
    MalformedJson = "MALFORMED_JSON", "This is not one JSON object.", "内容不是一个合法的 JSON 对象。";
    DuplicateField = "DUPLICATE_FIELD", "A field stands twice.", "字段重复出现。";
    UnknownField = "UNKNOWN_FIELD", "There is no such field here.", "不存在该字段。";
    MissingField = "MISSING_FIELD", "A field is missing.", "缺少字段。";
    ConflictingFields = "CONFLICTING_FIELDS", "These fields exclude each other.", "字段相互排斥。";
    WrongType = "WRONG_TYPE", "The value is of the wrong JSON type.", "值的 JSON 类型不符。";
    UnknownValue = "UNKNOWN_VALUE", "The value is not one of those known.", "值不在已知范围之内。";
    UnknownOperation = "UNKNOWN_OPERATION", "There is no such operation.", "不存在该操作。";
    MalformedNumber = "MALFORMED_NUMBER", "A number is digits with at most one point, no exponent and no sign.", "数字须由数码组成，至多一个小数点，不得用指数或符号。";
    WrongScale = "WRONG_SCALE", "The number has more decimals than its unit.", "小数位数超过其单位的精度。";
    OutOfRange = "OUT_OF_RANGE", "The value is outside its range.", "值超出允许范围。";
    TextInvalid = "TEXT_INVALID", "The text is empty, too long, or holds control characters.", "文本为空、过长或含控制字符。";
    SymbolInvalid = "SYMBOL_INVALID", "A symbol is 1 to 24 of A-Z, 0-9, - and ., and starts with a letter or digit.", "代码须为1至24位大写字母、数字、连字符或句点，并以字母或数字开头。";
    ClientIdInvalid = "CLIENT_ID_INVALID", "A client id is 1 to 64 characters without control characters.", "客户端编号须为1至64个字符，不含控制字符。";
    TimeInvalid = "TIME_INVALID", "A time is RFC 3339 in UTC, as in 2026-03-02T02:00:00.000000000Z.", "时间须为 RFC 3339 的 UTC 形式。";
    DateInvalid = "DATE_INVALID", "A date is YYYY-MM-DD.", "日期须为 YYYY-MM-DD。";
    HexInvalid = "HEX_INVALID", "This is hex of another length, or no hex.", "十六进制长度不符或格式有误。";
    NetworkInvalid = "NETWORK_INVALID", "A network is an address and a prefix, as in 10.0.0.0/8.", "网段须为地址加前缀长度，如 10.0.0.0/8。";
    // The same word as the core's: it is asked here already, since the price's scale hangs on it.
    UnknownInstrument = "UNKNOWN_INSTRUMENT", "There is no such instrument.", "交易品种不存在。";
    UnknownOrder = "UNKNOWN_ORDER", "There is no such open order.", "委托不存在或已了结。";
    UnknownName = "UNKNOWN_NAME", "No line before gave this name to anything of this kind.", "此前没有命令以该名称登记此类对象。";
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Detail {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

/// A mistake in an input: which one, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {}{}", code.code(), place(path), code.english(), bracketed(note))]
pub struct InputError {
    /// Which mistake.
    pub code: InputCode,
    /// A JSON Pointer (RFC 6901) to the value; empty for the whole document.
    pub path: String,
    /// What exactly, beyond the code: a name, a bound, what was expected. May be empty.
    pub note: String,
    /// The client's name for the command, where that much was read.
    pub client_id: Option<Box<ClientId>>,
}

fn place(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at {path}")
    }
}

fn bracketed(note: &str) -> String {
    if note.is_empty() {
        String::new()
    } else {
        format!(" ({note})")
    }
}

impl InputError {
    /// This mistake, at the value itself.
    pub fn new(code: InputCode, note: impl Into<String>) -> Self {
        Self {
            code,
            path: String::new(),
            note: clipped(note.into()),
            client_id: None,
        }
    }

    /// The same mistake, seen from the object that holds the value as `field` (or the list, at that index).
    #[must_use]
    pub fn within(mut self, field: impl fmt::Display) -> Self {
        let field = field.to_string().replace('~', "~0").replace('/', "~1");
        self.path = format!("/{}{}", clipped(field), self.path);
        self
    }

    /// The same mistake, in a command of this client's name.
    #[must_use]
    pub fn under(mut self, client_id: Option<ClientId>) -> Self {
        self.client_id = client_id.map(Box::new);
        self
    }

    /// What is wrong, in both languages.
    pub fn detail(&self) -> Detail {
        Detail {
            zh: format!("{}{}", self.code.chinese(), bracketed(&self.note)),
            en: format!("{}{}", self.code.english(), bracketed(&self.note)),
        }
    }
}

/// A result that can say where in its holder a value stands, should it be wrong.
pub trait At {
    /// Puts `field` in front of the path of an error.
    #[must_use]
    fn at(self, field: impl fmt::Display) -> Self;
}

impl<T> At for Result<T, InputError> {
    fn at(self, field: impl fmt::Display) -> Self {
        self.map_err(|error| error.within(field))
    }
}

/// Quotes what a client sent, but never at length.
fn clipped(text: String) -> String {
    const MAX: usize = 200;
    if text.len() <= MAX {
        return text;
    }
    let mut end = MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

impl From<Reject> for Detail {
    fn from(reject: Reject) -> Self {
        Self {
            zh: reject.chinese().into(),
            en: reject.english().into(),
        }
    }
}

impl de::Error for InputError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // The protocol's own types tell their mistakes by the codes of the wire, some in which field.
        let message = message.to_string();
        let word = message
            .split(|c: char| !c.is_ascii_uppercase() && c != '_')
            .next()
            .unwrap_or("");
        let Some(code) = InputCode::ALL.iter().find(|code| code.code() == word) else {
            return Self::new(InputCode::UnknownValue, message);
        };
        let rest = &message[word.len()..];
        match rest.strip_prefix(" at /").and_then(|placed| placed.split_once(':')) {
            Some((field, note)) => Self::new(*code, note.trim_start()).within(field),
            None => Self::new(*code, rest.trim_start()),
        }
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(InputCode::WrongType, format!("found {unexpected}, expected {expected}"))
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(
            InputCode::OutOfRange,
            format!("found {unexpected}, expected {expected}"),
        )
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::new(
            InputCode::OutOfRange,
            format!("found {length} of them, expected {expected}"),
        )
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(
            InputCode::UnknownValue,
            format!("known: {}; found {variant:?}", expected.join(", ")),
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(InputCode::UnknownField, format!("known: {}", expected.join(", "))).within(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(InputCode::MissingField, "").within(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(InputCode::DuplicateField, "").within(field)
    }
}
