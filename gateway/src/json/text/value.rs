//! A JSON document as a client sent it, strictly read: one object, no field twice, nothing behind it.
//!
//! What always holds: reading is bounded by the size of the input and by [`FIELDS_MAX`], a number that is not a whole
//! one is never rounded, and no input panics. What the values say is the business of [`reader`](super::reader).

use super::error::{InputCode, InputError};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, collections::HashSet, fmt};

/// The most fields one object may have: `from_seq` of a subscription names a symbol in each.
pub const FIELDS_MAX: usize = 10_000;
/// Up to so many fields, looking through them all is quicker than a set.
const FIELDS_FEW: usize = 24;

/// Said through serde_json's error, whose own words are about syntax.
const DUPLICATE: &str = "duplicate field ";

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number of at most 64 bits.
    Integer(i128),
    /// A number with a point, an exponent, or more than 64 bits: nothing that any field here takes.
    OtherNumber,
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// A JSON object, in the order sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a>(pub(super) Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> FromIterator<(&'static str, Value<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (&'static str, Value<'a>)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<'a> Object<'a> {
    /// Reads a document that is one object.
    ///
    /// # Errors
    /// Where it is none, or a field stands twice in an object.
    pub fn read(bytes: &'a [u8]) -> Result<Self, InputError> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(InputError::new(InputCode::MalformedJson, "not an object")),
            Err(error) => {
                let words = error.to_string();
                let code = if words.starts_with(DUPLICATE) {
                    InputCode::DuplicateField
                } else {
                    InputCode::MalformedJson
                };
                // A document of one line is a line of something else, whose number its reader knows.
                let line = format!(" at line 1 column {}", error.column());
                let words = match words.strip_suffix(&line) {
                    Some(words) => format!("{words} at column {}", error.column()),
                    None => words,
                };
                Err(InputError::new(code, words))
            }
        }
    }

    /// Takes a field out, if it is there.
    pub fn take(&mut self, field: &str) -> Option<Value<'a>> {
        let at = self.0.iter().position(|(name, _)| name == field)?;
        Some(self.0.remove(at).1)
    }

    /// Sets a field.
    pub fn set(&mut self, field: &str, value: Value<'a>) {
        match self.0.iter_mut().find(|(name, _)| name == field) {
            Some((_, there)) => *there = value,
            None => self.0.push((Cow::Owned(field.to_owned()), value)),
        }
    }

    /// Its fields, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value<'a>)> {
        self.0.iter_mut().map(|(name, value)| (&**name, value))
    }

    /// The object within it at this JSON Pointer (RFC 6901), if there is one.
    pub fn within(&mut self, pointer: &str) -> Option<&mut Self> {
        let mut steps = pointer.split('/').skip(1);
        let Some(first) = steps.next() else {
            return Some(self);
        };
        let named = |object: &'_ mut Self, step: &str| object.0.iter_mut().position(|(name, _)| name == step);
        let at = named(self, first)?;
        let last = steps.try_fold(&mut self.0[at].1, |value, step| match value {
            Value::Object(object) => {
                let at = named(object, step)?;
                Some(&mut object.0[at].1)
            }
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        })?;
        match last {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// A field, if it is there.
    pub fn get(&self, field: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::OtherNumber)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value<'de>, A::Error> {
        let mut object: Vec<(Cow<'de, str>, Value<'de>)> = Vec::new();
        let mut names: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(Name(name)) = fields.next_key()? {
            let twice = if object.len() < FIELDS_FEW {
                object.iter().any(|(known, _)| *known == name)
            } else {
                if names.is_empty() {
                    names.extend(object.iter().map(|(known, _)| known.clone()));
                }
                !names.insert(name.clone())
            };
            if twice {
                return Err(de::Error::custom(format!("{DUPLICATE}{name:?}")));
            }
            if object.len() == FIELDS_MAX {
                return Err(de::Error::custom(format!("an object of more than {FIELDS_MAX} fields")));
            }
            object.push((name, fields.next_value()?));
        }
        Ok(Value::Object(Object(object)))
    }
}

/// The name of a field, borrowed where JSON needed no escape.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Reader)? {
            Value::Text(name) => Ok(Self(name)),
            _ => Err(de::Error::custom("a field without a name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        count: u16,
        #[serde(default)]
        inner: Vec<Inner>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        name: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        OneWay,
        Another,
    }

    fn read(text: &str) -> Result<Outer, (&'static str, String)> {
        Object::read(text.as_bytes())
            .and_then(Object::into_dto)
            .map_err(|e| (e.code.code(), e.path))
    }

    #[test]
    fn a_mistake_is_named_and_placed() {
        for (text, code, path) in [
            ("", "MALFORMED_JSON", ""),
            ("[]", "MALFORMED_JSON", ""),
            ("{\"count\":1} {}", "MALFORMED_JSON", ""),
            ("{\"count\":NaN}", "MALFORMED_JSON", ""),
            ("{\"count\":1,\"count\":1}", "DUPLICATE_FIELD", ""),
            (
                "{\"count\":1,\"inner\":[{\"name\":\"a\",\"name\":\"b\"}]}",
                "DUPLICATE_FIELD",
                "",
            ),
            ("{}", "MISSING_FIELD", "/count"),
            ("{\"count\":null}", "MISSING_FIELD", "/count"),
            ("{\"count\":1,\"x\":null}", "UNKNOWN_FIELD", "/x"),
            ("{\"count\":1,\"inner\":[null]}", "WRONG_TYPE", "/inner/0"),
            (
                "{\"count\":1,\"inner\":[{\"name\":null}]}",
                "MISSING_FIELD",
                "/inner/0/name",
            ),
            ("{\"count\":1.0}", "WRONG_TYPE", "/count"),
            ("{\"count\":1e2}", "WRONG_TYPE", "/count"),
            ("{\"count\":\"1\"}", "WRONG_TYPE", "/count"),
            ("{\"count\":-1}", "OUT_OF_RANGE", "/count"),
            ("{\"count\":65536}", "OUT_OF_RANGE", "/count"),
            ("{\"count\":99999999999999999999999}", "WRONG_TYPE", "/count"),
            ("{\"count\":1,\"a/b~\":1}", "UNKNOWN_FIELD", "/a~1b~0"),
            (
                "{\"count\":1,\"inner\":[{\"name\":\"a\"},{\"nam\":\"b\"}]}",
                "UNKNOWN_FIELD",
                "/inner/1/nam",
            ),
            ("{\"count\":1,\"inner\":[[\"a\"]]}", "WRONG_TYPE", "/inner/0"),
            ("{\"count\":1,\"inner\":{}}", "WRONG_TYPE", "/inner"),
            ("{\"count\":1,\"kind\":\"third\"}", "UNKNOWN_VALUE", "/kind"),
            ("{\"count\":1,\"kind\":{\"one_way\":null}}", "WRONG_TYPE", "/kind"),
        ] {
            assert_eq!(read(text), Err((code, path.into())), "{text}");
        }
        assert_eq!(
            read("{\"count\":1,\"inner\":[{\"name\":\"\\u4e13\"}],\"kind\":\"one_way\"}"),
            Ok(Outer {
                count: 1,
                inner: vec![Inner { name: "专".into() }],
                kind: Some(Kind::OneWay)
            })
        );
        let none = read("{\"count\":1,\"kind\":null,\"inner\":null}").unwrap();
        assert_eq!((none.kind, none.inner), (None, vec![]), "null is as good as none");
    }

    #[test]
    fn depth_and_width_are_bounded() {
        let deep = format!("{{\"count\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep).unwrap_err().0, "MALFORMED_JSON");
        let wide: Vec<String> = (0..=FIELDS_MAX).map(|i| format!("\"f{i}\":1")).collect();
        assert_eq!(
            read(&format!("{{{}}}", wide.join(","))).unwrap_err().0,
            "MALFORMED_JSON"
        );
        let twice = format!("{{{},\"f7\":1}}", wide[..100].join(","));
        assert_eq!(read(&twice).unwrap_err().0, "DUPLICATE_FIELD");
        let long = format!("{{\"{}\":1}}", "专".repeat(100_000));
        let error = Object::read(long.as_bytes()).unwrap().into_dto::<Outer>().unwrap_err();
        assert!(error.to_string().len() < 1_000);
    }
}
