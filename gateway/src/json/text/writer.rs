//! Commands and events as JSON: one object, what it is in a field of its own (`op`, `type`), its fields beside it.
//!
//! What always holds: instruments are named by symbol, and prices and money have the scale of the currency that stands
//! before them. What the names do not know (no event can tell of such) is `#` and its number, and its money in minor
//! units.

use super::{
    error::Detail,
    names::Names,
    scalar::{write_money, write_price},
};
use protocol::{Currency, InstrumentId, Money, Price, Reject};
use serde::{
    Serialize, Serializer,
    ser::{self, Impossible, SerializeMap, SerializeStruct, SerializeStructVariant},
};
use std::fmt;

/// Writes an enum into an object that is open: its word as `tag`, then what the word carries, field by field.
pub(in crate::json) struct Flat<'a, M> {
    map: &'a mut M,
    names: &'a dyn Names,
    tag: &'static str,
    /// The word, once it is written: what it carries may be a choice itself, and stands under it.
    word: Option<&'static str>,
}

impl<'a, M: SerializeMap> Flat<'a, M> {
    pub(in crate::json) fn new(map: &'a mut M, tag: &'static str, names: &'a dyn Names) -> Self {
        let word = None;
        Self { map, names, tag, word }
    }

    /// Writes the word; what it carries follows.
    pub(in crate::json) fn word(mut self, word: &'static str) -> Result<Self, M::Error> {
        self.map.serialize_entry(self.tag, word)?;
        self.word = Some(word);
        Ok(self)
    }

    fn fields(self) -> Fields<'a, M> {
        Fields {
            map: self.map,
            names: self.names,
            scale: None,
        }
    }
}

/// The fields of an object.
pub(in crate::json) struct Fields<'a, M> {
    map: &'a mut M,
    names: &'a dyn Names,
    /// The currency that was named last.
    scale: Option<Currency>,
}

impl<M: SerializeMap> Fields<'_, M> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), M::Error> {
        match value.serialize(Probe) {
            Ok(Kind::Instrument(instrument)) => match self.names.listing(instrument) {
                Some((symbol, currency)) => {
                    self.scale = Some(currency);
                    self.map.serialize_entry(key, symbol.as_str())
                }
                None => self.map.serialize_entry(key, &format_args!("#{}", instrument.0)),
            },
            Ok(Kind::Minor(minor)) => {
                let text = match self.scale {
                    Some(currency) => write_money(Money::from_minor(minor), currency),
                    None => write_price(Price::from_minor(minor), None),
                };
                self.map.serialize_entry(key, &text)
            }
            Ok(Kind::Reject(reject)) => {
                self.map.serialize_entry(key, reject.code())?;
                self.map.serialize_entry("detail", &Detail::from(reject))
            }
            Ok(Kind::Currency(currency)) => {
                self.scale = Some(currency);
                self.map.serialize_entry(key, value)
            }
            Ok(Kind::Number(_)) | Err(Other) => self.map.serialize_entry(key, value),
        }
    }
}

impl<M: SerializeMap> SerializeStruct for Fields<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), M::Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<M: SerializeMap> SerializeStructVariant for Fields<'_, M> {
    type Ok = ();
    type Error = M::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), M::Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), M::Error> {
        Ok(())
    }
}

/// A word and what it carries, as an object of its own.
struct Carried<'a, T: ?Sized>(&'static str, &'a T);

impl<T: Serialize + ?Sized> Serialize for Carried<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, self.1)?;
        map.end()
    }
}

/// The methods of a serializer that takes none of these.
macro_rules! none_of {
    ($error:expr; $($method:ident($($type:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, Self::Error> {
            Err($error)
        }
    )*};
}

impl<'a, M: SerializeMap> Serializer for Flat<'a, M> {
    type Ok = ();
    type Error = M::Error;
    type SerializeSeq = Impossible<(), M::Error>;
    type SerializeTuple = Impossible<(), M::Error>;
    type SerializeTupleStruct = Impossible<(), M::Error>;
    type SerializeTupleVariant = Impossible<(), M::Error>;
    type SerializeMap = Impossible<(), M::Error>;
    type SerializeStruct = Fields<'a, M>;
    type SerializeStructVariant = Fields<'a, M>;

    fn serialize_unit_variant(self, _: &'static str, _: u32, word: &'static str) -> Result<(), M::Error> {
        self.word(word).map(|_| ())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        value: &T,
    ) -> Result<(), M::Error> {
        match self.word {
            None => value.serialize(self.word(word)?),
            Some(outer) => self.map.serialize_entry(outer, &Carried(word, value)),
        }
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        word: &'static str,
        _: usize,
    ) -> Result<Fields<'a, M>, M::Error> {
        self.word(word).map(Self::fields)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a, M>, M::Error> {
        Ok(self.fields())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), M::Error> {
        value.serialize(self)
    }

    none_of! {
        ser::Error::custom("not an object");
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
    }
}

/// A value for which the exchange has names, or from which others get their scale.
enum Kind {
    Instrument(InstrumentId),
    Currency(Currency),
    /// Money or a price, in minor units.
    Minor(i64),
    Reject(Reject),
    Number(i64),
}

/// Any other value.
#[derive(Debug)]
struct Other;

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another value")
    }
}

impl std::error::Error for Other {}

impl ser::Error for Other {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Asks a value of which kind it is; writes nothing.
struct Probe;

impl Serializer for Probe {
    type Ok = Kind;
    type Error = Other;
    type SerializeSeq = Impossible<Kind, Other>;
    type SerializeTuple = Impossible<Kind, Other>;
    type SerializeTupleStruct = Impossible<Kind, Other>;
    type SerializeTupleVariant = Impossible<Kind, Other>;
    type SerializeMap = Impossible<Kind, Other>;
    type SerializeStruct = Impossible<Kind, Other>;
    type SerializeStructVariant = Impossible<Kind, Other>;

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Kind, Other> {
        let number = || match value.serialize(self)? {
            Kind::Number(number) => Ok(number),
            _ => Err(Other),
        };
        match name {
            "InstrumentId" => u32::try_from(number()?)
                .map(|id| Kind::Instrument(InstrumentId(id)))
                .map_err(|_| Other),
            "Price" | "Money" => number().map(Kind::Minor),
            _ => Err(Other),
        }
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, _: &'static str) -> Result<Kind, Other> {
        let index = index as usize;
        match name {
            "Currency" => Currency::ALL.get(index).map(|currency| Kind::Currency(*currency)),
            "Reject" => Reject::ALL.get(index).map(|reject| Kind::Reject(*reject)),
            _ => None,
        }
        .ok_or(Other)
    }

    fn serialize_u32(self, number: u32) -> Result<Kind, Other> {
        Ok(Kind::Number(number.into()))
    }

    fn serialize_i64(self, number: i64) -> Result<Kind, Other> {
        Ok(Kind::Number(number))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Kind, Other> {
        value.serialize(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<Kind, Other> {
        Err(Other)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Kind, Other> {
        Err(Other)
    }

    none_of! {
        Other;
        serialize_bool(bool) -> Kind;
        serialize_i8(i8) -> Kind;
        serialize_i16(i16) -> Kind;
        serialize_i32(i32) -> Kind;
        serialize_u8(u8) -> Kind;
        serialize_u16(u16) -> Kind;
        serialize_u64(u64) -> Kind;
        serialize_f32(f32) -> Kind;
        serialize_f64(f64) -> Kind;
        serialize_char(char) -> Kind;
        serialize_str(&str) -> Kind;
        serialize_bytes(&[u8]) -> Kind;
        serialize_none() -> Kind;
        serialize_unit() -> Kind;
        serialize_unit_struct(&'static str) -> Kind;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}
