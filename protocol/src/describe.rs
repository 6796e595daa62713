//! Types that describe themselves: each field is declared once, with its name on the wire and its meaning, and from that
//! come the encoding in the journal, the JSON and the schema of the API.
//!
//! What always holds: a `record!` reads back what it wrote, in postcard and in a format for people; a format for people
//! names every field and takes no unknown one. A field that is optional or a list may be left out there.

use alloc::{format, string::String, vec::Vec};

/// What a value looks like in a format for people.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A whole number from 0 to this.
    Integer(u64),
    /// Yes or no.
    Boolean,
    /// A text: what it looks like, as in `YYYY-MM-DD`, and an example.
    Text(&'static str, &'static str),
    /// One word of several.
    Word(&'static str, &'static [(&'static str, &'static str)]),
    /// An object with these fields.
    Object(&'static Object),
    /// A list.
    List(&'static Shape),
    /// The value, or nothing.
    Optional(&'static Shape),
    /// An object with one field of several: their names, what they mean, and what they carry.
    OneOf(&'static str, &'static [(&'static str, &'static str, Shape)]),
}

/// An object of a format for people.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Its name.
    pub name: &'static str,
    /// What it means; one text a line.
    pub meaning: &'static [&'static str],
    /// Its fields.
    pub fields: &'static [Field],
}

/// A field of an [`Object`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it means; one text a line.
    pub meaning: &'static [&'static str],
    /// What it looks like.
    pub shape: Shape,
}

impl Shape {
    /// An example in JSON: the first word of several, one entry of a list, whatever is optional.
    pub fn example(&self) -> String {
        match self {
            Self::Integer(_) => "1".into(),
            Self::Boolean => "true".into(),
            Self::Text(_, example) => format!("\"{example}\""),
            Self::Word(_, words) => format!("\"{}\"", words[0].0),
            Self::List(item) => format!("[{}]", item.example()),
            Self::Optional(inner) => inner.example(),
            Self::OneOf(_, variants) => format!("{{\"{}\":{}}}", variants[0].0, variants[0].2.example()),
            Self::Object(object) => {
                let field = |field: &Field| format!("\"{}\":{}", field.name, field.shape.example());
                let fields: Vec<_> = object.fields.iter().map(field).collect();
                format!("{{{}}}", fields.join(","))
            }
        }
    }
}

/// A type that says what it looks like in a format for people.
pub trait Describe {
    /// What it looks like there.
    const SHAPE: Shape;
}

impl Describe for bool {
    const SHAPE: Shape = Shape::Boolean;
}

impl<T: Describe> Describe for Option<T> {
    const SHAPE: Shape = Shape::Optional(&T::SHAPE);
}

impl<T: Describe> Describe for alloc::vec::Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

impl<T: Describe> Describe for alloc::boxed::Box<T> {
    const SHAPE: Shape = T::SHAPE;
}

macro_rules! integers {
    ($($type:ident),*) => {$(
        impl Describe for $type {
            const SHAPE: Shape = Shape::Integer($type::MAX as u64);
        }
    )*};
}

integers!(u8, u16, u32, u64);

/// Declares structs whose fields have a name on the wire: `field: Type`, or `field as "name": Type` where the wire says it
/// otherwise. An `Option` may be left out; a field `= default` too.
macro_rules! record {
    ($(
        $(#[doc = $meaning:literal])*
        $(#[derive($($derive:ident),*)])?
        pub struct $name:ident {
            $($(#[doc = $about:literal])* $field:ident $(as $wire:literal)? : $type:ty $(= $default:ident)?,)*
        }
    )*) => {$(
        $(#[doc = $meaning])*
        $(#[derive($($derive),*)])?
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $about])* $(#[serde($default)])? $(#[serde(rename = $wire)])? pub $field: $type,)*
        }

        impl $crate::describe::Describe for $name {
            const SHAPE: $crate::describe::Shape = $crate::describe::Shape::Object(&$crate::describe::Object {
                name: stringify!($name),
                meaning: &[$($meaning),*],
                fields: &[$($crate::describe::Field {
                    name: $crate::describe::wire_name!($field $($wire)?),
                    meaning: &[$($about),*],
                    shape: <$type as $crate::describe::Describe>::SHAPE,
                }),*],
            });
        }
    )*};
}

/// The name of a field on the wire.
macro_rules! wire_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $wire:literal) => {
        $wire
    };
}

/// Declares enums of words: `Variant = number, "word"`. The number stands in the journal and the state.
macro_rules! words {
    ($(
        $(#[doc = $meaning:literal])*
        pub enum $name:ident {
            $($(#[doc = $about:literal])* $variant:ident = $number:literal, $word:literal;)*
        }
    )*) => {$(
        $(#[doc = $meaning])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[repr(u8)]
        pub enum $name {
            $($(#[doc = $about])* #[serde(rename = $word)] $variant = $number,)*
        }

        impl $name {
            /// Each of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The one with this word on the wire.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }

        impl $crate::describe::Describe for $name {
            const SHAPE: $crate::describe::Shape =
                $crate::describe::Shape::Word(stringify!($name), &[$(($word, concat!($($about),*))),*]);
        }
    )*};
}

/// Declares enums of which each variant carries a described type: `Variant(Type) = "word"`.
macro_rules! one_of {
    ($(
        $(#[doc = $meaning:literal])*
        pub enum $name:ident {
            $($(#[doc = $about:literal])* $variant:ident($type:ty) = $word:literal;)*
        }
    )*) => {$(
        $(#[doc = $meaning])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[allow(clippy::large_enum_variant, reason = "an event boxes what it tells: the whole is moved as a pointer")]
        pub enum $name {
            $($(#[doc = $about])* #[serde(rename = $word)] $variant($type),)*
        }

        impl $name {
            /// The word on the wire.
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }
        }

        impl $crate::describe::Describe for $name {
            const SHAPE: $crate::describe::Shape = $crate::describe::Shape::OneOf(
                stringify!($name),
                &[$(($word, concat!($($about),*), <$type as $crate::describe::Describe>::SHAPE)),*],
            );
        }
    )*};
}

pub(crate) use {one_of, record, wire_name, words};
