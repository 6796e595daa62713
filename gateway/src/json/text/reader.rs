//! A deserializer over what was sent: it says where a mistake is, and knows what the exchange's names stand for.
//!
//! What always holds: a symbol is read as the instrument that it names now, and prices and money in the scale of the
//! currency that stands beside them, whichever comes first. A number that is not a whole one is refused.

use super::{
    error::{At as _, InputCode, InputError},
    names::Names,
    scalar::{read_money, read_price, read_quantity, read_symbol},
    value::{Object, Value},
};
use protocol::{Command, Currency, InstrumentId, command::Op, describe::Shape};
use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
        SeqAccess, VariantAccess, Visitor,
    },
    forward_to_deserialize_any,
};
use std::{borrow::Cow, cell::Cell};

impl Object<'_> {
    /// Takes an optional field out; `null` is as good as none.
    ///
    /// # Errors
    /// Where it is there and not a `T`.
    pub fn take_as<T: DeserializeOwned>(&mut self, field: &str) -> Result<Option<T>, InputError> {
        match self.take(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(Reader::of(value, &Manner::default()))
                .map(Some)
                .at(field),
        }
    }

    /// The whole object as a `T`, which should deny unknown fields.
    ///
    /// # Errors
    /// Where it is none; the path says where.
    pub fn into_dto<T: DeserializeOwned>(self) -> Result<T, InputError> {
        T::deserialize(Reader::of(Value::Object(self), &Manner::default()))
    }

    /// Checks that every field was taken out: these are all that are known.
    ///
    /// # Errors
    /// Where one is left.
    pub fn none_left(&self, known: &'static [&'static str]) -> Result<(), InputError> {
        let left = self.0.first();
        left.map_or(Ok(()), |(name, _)| Err(InputError::unknown_field(name, known)))
    }

    /// The whole object as the fields of a command. Of several mistakes the first is told: those of the shape (a field
    /// that is missing, unknown or of the wrong type) before those of values, and values in the order in which the
    /// command lists its fields.
    ///
    /// # Errors
    /// Where it is none; the path says where.
    pub fn into_command(self, op: Op, names: &dyn Names) -> Result<Command, InputError> {
        let Shape::Object(shape) = op.shape() else {
            return self.read_as(op, &Manner::of(names));
        };
        if !shape.full {
            return self.read_as(op, &Manner::of(names));
        }
        let full = |reads| Manner {
            is_full: true,
            reads,
            ..Manner::of(names)
        };
        let mut again = self.clone();
        let read = self.read_as(op, &full(Reads::Values));
        if read.is_ok() {
            return read;
        }
        let of_shape = |error: &InputError| {
            use InputCode::{MissingField, UnknownField, UnknownValue, WrongType};
            matches!(error.code, MissingField | UnknownField | UnknownValue | WrongType)
        };
        let shaped = again.clone().read_as(op, &full(Reads::Shape));
        if shaped.as_ref().is_err_and(of_shape) {
            return shaped;
        }
        again
            .0
            .sort_by_key(|(name, _)| shape.fields.iter().position(|field| field.name == name));
        again.read_as(op, &full(Reads::Values))
    }

    fn read_as(self, op: Op, manner: &Manner<'_>) -> Result<Command, InputError> {
        let fields = self;
        Command::deserialize(Given { op, fields, manner })
    }
}

/// What is read of a value.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Reads {
    /// The value itself.
    #[default]
    Values,
    /// Whether it is a text where a text is due, whatever the text says.
    Shape,
}

/// How values are read.
#[derive(Default)]
struct Manner<'n> {
    /// What symbols name.
    names: Option<&'n dyn Names>,
    /// Whether what texts say is read.
    reads: Reads,
    /// Whether a mistake quotes what was found.
    is_full: bool,
    /// The currency that stands in the object which is being read, by its code or by its symbol.
    scale: Cell<Option<Currency>>,
}

impl<'n> Manner<'n> {
    fn of(names: &'n dyn Names) -> Self {
        Self {
            names: Some(names),
            ..Self::default()
        }
    }
}

/// A value, and how it is read.
struct Reader<'m, 'de> {
    value: Value<'de>,
    manner: &'m Manner<'m>,
}

impl<'m, 'de> Reader<'m, 'de> {
    fn of(value: Value<'de>, manner: &'m Manner<'m>) -> Self {
        Self { value, manner }
    }

    /// The text that it is.
    fn text(self) -> Result<Cow<'de, str>, InputError> {
        match self.value {
            Value::Text(text) => Ok(text),
            _ => String::deserialize(self).map(Cow::Owned),
        }
    }

    /// A text that its own type reads; a mistake is told with what was found.
    fn quoted<V: Visitor<'de>>(self, name: &str, visitor: V) -> Result<V::Value, InputError> {
        let bound = (name == "Bounded").then(|| format!("{:#}", &visitor as &dyn Expected));
        let text = self.text()?;
        let read = visitor.visit_newtype_struct(text.as_ref().into_deserializer());
        read.map_err(|error: InputError| match (bound, name) {
            (Some(bound), _) => InputError::new(error.code, bound),
            (None, "Digest") => InputError::new(error.code, "64 hex digits are needed"),
            (None, _) => InputError::new(error.code, format!("found {text:?}")),
        })
    }

    /// Money or a price in the scale that stands beside it. Where none does, that is the mistake, and it is told
    /// instead.
    fn minor(self, read: impl Fn(&str, Currency) -> Result<i64, InputError>) -> Result<i64, InputError> {
        let scale = self.manner.scale.get();
        let text = self.text()?;
        scale.map_or(Ok(0), |currency| read(&text, currency))
    }
}

/// A text that the type of this name takes, where it is one that JSON tells as a text; `0` for those that are numbers in
/// the core.
fn any_text(name: &str) -> Option<&'static str> {
    Some(match name {
        "InstrumentId" | "Price" | "Money" => "0",
        "Quantity" | "Bounded" => "1",
        "Date" => "2000-01-01",
        "Timestamp" => "2000-01-01T00:00:00Z",
        "Digest" => "0000000000000000000000000000000000000000000000000000000000000000",
        "Network" => "0.0.0.0/0",
        _ => return None,
    })
}

/// The instrument that a symbol names.
fn listed(symbol: &str, names: &dyn Names) -> Result<(InstrumentId, Currency), InputError> {
    let symbol = read_symbol(symbol)?;
    let unknown = || InputError::new(InputCode::UnknownInstrument, symbol.as_str());
    names.instrument(&symbol).ok_or_else(unknown)
}

/// The currency that an object names, by itself or by its symbol.
fn scale(object: &Object<'_>, names: &dyn Names) -> Option<Currency> {
    match (object.get("symbol"), object.get("currency")) {
        (Some(Value::Text(symbol)), _) => listed(symbol, names).ok().map(|(_, currency)| currency),
        (_, Some(Value::Text(code))) => Currency::from_code(code),
        _ => None,
    }
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = InputError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        let manner = self.manner;
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Integer(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => Err(InputError::invalid_type(Value::OtherNumber.unexpected(), &visitor)),
            },
            Value::OtherNumber => Err(InputError::invalid_type(self.value.unexpected(), &visitor)),
            Value::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Value::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Value::List(items) => visitor.visit_seq(Items {
                items: items.into_iter(),
                index: 0,
                manner,
            }),
            Value::Object(Object(fields)) => visitor.visit_map(Fields {
                fields: fields.into_iter(),
                next: None,
                manner,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InputError> {
        let manner = self.manner;
        match self.value {
            Value::Text(name) => visitor.visit_enum(name.into_deserializer()),
            // Told in full it is a text among others, with its words in the description.
            _ if manner.is_full && name == "Currency" => visitor.visit_enum(self.text()?.into_deserializer()),
            // A name and what it carries.
            Value::Object(Object(mut fields)) if fields.len() == 1 => {
                let (name, value) = fields.remove(0);
                visitor.visit_enum(Carrying { name, value, manner })
            }
            other => Err(InputError::new(
                InputCode::WrongType,
                format!("found {}, expected a name", other.unexpected()),
            )),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, InputError> {
        let Some(names) = self.manner.names else {
            return visitor.visit_newtype_struct(self);
        };
        if self.manner.reads == Reads::Shape
            && let Some(any) = any_text(name)
        {
            self.text()?;
            return match any {
                "0" => visitor.visit_newtype_struct(0_u32.into_deserializer()),
                text => visitor.visit_newtype_struct(text.into_deserializer()),
            };
        }
        match name {
            "InstrumentId" => {
                let (instrument, _) = listed(&self.text()?, names)?;
                visitor.visit_newtype_struct(instrument.0.into_deserializer())
            }
            "Price" => {
                let minor = self.minor(|text, currency| read_price(text, Some(currency)).map(|price| price.minor()))?;
                visitor.visit_newtype_struct(minor.into_deserializer())
            }
            "Money" => {
                let minor = self.minor(|text, currency| read_money(text, currency).map(|money| money.minor()))?;
                visitor.visit_newtype_struct(minor.into_deserializer())
            }
            "Quantity" if self.manner.is_full => {
                let text = self.text()?;
                read_quantity(&text)?;
                visitor.visit_newtype_struct(text.as_ref().into_deserializer())
            }
            "Bounded" | "Date" | "Digest" | "Network" | "Timestamp" if self.manner.is_full => {
                self.quoted(name, visitor)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InputError> {
        match &mut self.value {
            // Serde would take a list for a struct, field by field: nothing that a client should lean on.
            Value::Object(object) => {
                // `null` is as good as none, whatever the field would take.
                let is_none = |name: &str, value: &Value<'_>| matches!(value, Value::Null) && known.contains(&name);
                object.0.retain(|(name, value)| !is_none(name, value));
                let manner = self.manner;
                let around = manner.scale.get();
                if let Some(names) = manner.names
                    && let Some(currency) = scale(object, names)
                {
                    manner.scale.set(Some(currency));
                }
                let read = self.deserialize_any(visitor);
                manner.scale.set(around);
                read
            }
            other => Err(InputError::new(
                InputCode::WrongType,
                format!("found {}, expected an object", other.unexpected()),
            )),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// A command whose name is given apart from its fields.
struct Given<'m, 'de> {
    op: Op,
    fields: Object<'de>,
    manner: &'m Manner<'m>,
}

impl<'de> Deserializer<'de> for Given<'_, 'de> {
    type Error = InputError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InputError> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'m, 'de> EnumAccess<'de> for Given<'m, 'de> {
    type Error = InputError;
    type Variant = Reader<'m, 'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Reader<'m, 'de>), InputError> {
        let variant = seed.deserialize(self.op.name().into_deserializer())?;
        Ok((variant, Reader::of(Value::Object(self.fields), self.manner)))
    }
}

/// What a command's name stands for: its fields.
impl<'de> VariantAccess<'de> for Reader<'_, 'de> {
    type Error = InputError;

    fn unit_variant(self) -> Result<(), InputError> {
        match self.value {
            Value::Object(object) => object.none_left(&[]),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, InputError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, InputError> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InputError> {
        self.deserialize_struct("", fields, visitor)
    }
}

/// The name of a variant, and what it carries.
struct Carrying<'m, 'de> {
    name: Cow<'de, str>,
    value: Value<'de>,
    manner: &'m Manner<'m>,
}

impl<'de> EnumAccess<'de> for Carrying<'_, 'de> {
    type Error = InputError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), InputError> {
        let variant = seed.deserialize(self.name.as_ref().into_deserializer())?;
        Ok((variant, self))
    }
}

/// That a name was due, and nothing with it.
fn carries() -> InputError {
    InputError::new(InputCode::WrongType, "found an object, expected a name")
}

impl<'de> VariantAccess<'de> for Carrying<'_, 'de> {
    type Error = InputError;

    fn unit_variant(self) -> Result<(), InputError> {
        Err(carries())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, InputError> {
        seed.deserialize(Reader::of(self.value, self.manner)).at(self.name)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, InputError> {
        Err(carries())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InputError> {
        let carried = Reader::of(self.value, self.manner);
        carried.deserialize_struct("", fields, visitor).at(self.name)
    }
}

struct Items<'m, 'de> {
    items: std::vec::IntoIter<Value<'de>>,
    index: usize,
    manner: &'m Manner<'m>,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = InputError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, InputError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Reader::of(item, self.manner)).map(Some).at(index)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields<'m, 'de> {
    fields: std::vec::IntoIter<(Cow<'de, str>, Value<'de>)>,
    next: Option<(Cow<'de, str>, Value<'de>)>,
    manner: &'m Manner<'m>,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = InputError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, InputError> {
        self.next = self.fields.next();
        match &self.next {
            None => Ok(None),
            Some((name, _)) => seed.deserialize(name.as_ref().into_deserializer()).map(Some),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, InputError> {
        let (name, value) = self.next.take().expect("serde asks for a value after its key");
        seed.deserialize(Reader::of(value, self.manner)).at(name)
    }
}

impl Value<'_> {
    fn unexpected(&self) -> de::Unexpected<'_> {
        match self {
            Self::Null => de::Unexpected::Unit,
            Self::Bool(value) => de::Unexpected::Bool(*value),
            Self::Integer(_) => de::Unexpected::Other("a number"),
            Self::OtherNumber => de::Unexpected::Other("a number that is not a whole one of 64 bits"),
            Self::Text(text) => de::Unexpected::Str(text),
            Self::List(_) => de::Unexpected::Seq,
            Self::Object(_) => de::Unexpected::Map,
        }
    }
}
