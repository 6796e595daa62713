//! Types that describe themselves: each field is declared once, with its name on the wire and its meaning, and from
//! that come the encoding in the journal, the JSON and the schema of the API.
//!
//! What always holds: a `record!` reads back what it wrote, in postcard and in a format for people; a format for people
//! names every field and takes no unknown one. A field that is optional or a list may be left out there.
//!
//! Instruments, prices and money are numbers here: which symbol names which instrument, and how many decimals its
//! currency has, the format for people knows. It meets them as the newtypes `InstrumentId`, `Price` and `Money`.

use alloc::{format, string::String, vec::Vec};

/// What a value looks like in a format for people.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A whole number from 0 to this.
    Integer(u64),
    /// Yes or no.
    Boolean,
    /// A text.
    Text(&'static Text),
    /// One word of several.
    Word(&'static Words),
    /// An object with these fields.
    Object(&'static Object),
    /// A list.
    List(&'static Shape),
    /// The value, or nothing.
    Optional(&'static Shape),
    /// The value, or in short whether.
    OrBoolean(&'static Shape),
    /// An object with one field of several: their names, what they mean, and what they carry.
    OneOf(&'static str, &'static [(&'static str, &'static str, Shape)]),
}

/// A text of a certain form.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The name of the form.
    pub name: &'static str,
    /// What it looks like, as in `YYYY-MM-DD`.
    pub looks: &'static str,
    /// A regular expression (ECMA-262) that every such text fits, and most others do not; empty where any does.
    pub pattern: &'static str,
    /// The same of a text that a client gives, where it may give fewer; else empty.
    pub given: &'static str,
    /// The most characters that it may have; 0 where it has no bound of its own.
    pub longest: usize,
    /// An example.
    pub example: &'static str,
}

/// Words of which one is said.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The name of the choice.
    pub name: &'static str,
    /// What it means; one text a line.
    pub meaning: &'static [&'static str],
    /// The words, and what each means.
    pub words: &'static [(&'static str, &'static str)],
    /// Whether it is told in full.
    pub full: bool,
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
    /// Whether it is told in full: its schema gives an example for each field, and a mistake in it quotes what was
    /// found. The commands of the order books and of admission are.
    pub full: bool,
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
    /// An example; of a list, its words with blanks between them.
    pub example: Option<&'static str>,
    /// Whether it may be left out though it is neither optional nor a list.
    pub may_lack: bool,
}

impl Shape {
    /// An example in JSON: the first word of several, one entry of a list, whatever is optional.
    pub fn example(&self) -> String {
        match self {
            Self::Integer(_) => "1".into(),
            Self::Boolean => "true".into(),
            Self::Text(text) => format!("\"{}\"", text.example),
            Self::Word(words) => format!("\"{}\"", words.words[0].0),
            Self::List(item) => format!("[{}]", item.example()),
            Self::Optional(inner) | Self::OrBoolean(inner) => inner.example(),
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

impl Describe for String {
    const SHAPE: Shape = Shape::Text(&Text {
        name: "Text",
        looks: "a text",
        pattern: "",
        given: "",
        longest: 0,
        example: "a text",
    });
}

impl<T: Describe> Describe for Option<T> {
    const SHAPE: Shape = Shape::Optional(&T::SHAPE);
}

impl<T: Describe> Describe for Vec<T> {
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

/// Declares structs whose fields have a name on the wire: `field: Type`, or `field as "name": Type` where the wire says
/// it otherwise. An `Option` may be left out; a field `= default` too. `= default unsaid` is not written for people
/// either where it is the default, and `= default silent` never: it stands in the journal alone. `=> "…"` gives an
/// example.
///
/// `pub struct Name as "Other"` is known to people by another name; `in full` says how it is told ([`Object::full`]).
macro_rules! record {
    ($(
        $(#[doc = $meaning:literal])*
        $(#[derive($($derive:ident),*)])?
        pub struct $name:ident $(as $known:literal)? $(in $manner:ident)? {$(
            $(#[doc = $about:literal])*
            $field:ident $(as $wire:literal)? : $type:ty $(= $default:ident $($how:ident)?)? $(=> $example:literal)?,
        )*}
    )*) => {$(
        $(#[doc = $meaning])*
        $(#[derive($($derive),*)])?
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $about])* $(#[serde($default)])? $(#[serde(rename = $wire)])? pub $field: $type,)*
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #[allow(unused_variables, reason = "most records tell people everything")]
                let people = serializer.is_human_readable();
                let count = <[&str]>::len(&[$($crate::describe::wire_name!($field $($wire)?)),*]);
                #[allow(unused_mut, reason = "some records have no fields")]
                let mut fields = serde::Serializer::serialize_struct(serializer, stringify!($name), count)?;
                $($crate::describe::write_field!(
                    fields, people, $crate::describe::wire_name!($field $($wire)?), &self.$field $(, $($how)?)?
                );)*
                serde::ser::SerializeStruct::end(fields)
            }
        }

        impl $crate::describe::Describe for $name {
            const SHAPE: $crate::describe::Shape = $crate::describe::Shape::Object(&$crate::describe::object!(
                $name $(as $known)? $(in $manner)?, [$($meaning),*],
                {$([$($about),*] $field $(as $wire)? : $type $(= $default $($how)?)? $(=> $example)?,)*}
            ));
        }
    )*};
}

/// Whether a field says nothing.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Writes a field of a struct, as far as people are told of it.
macro_rules! write_field {
    ($fields:ident, $people:ident, $name:expr, $value:expr $(,)?) => {
        serde::ser::SerializeStruct::serialize_field(&mut $fields, $name, $value)?
    };
    ($fields:ident, $people:ident, $name:expr, $value:expr, unsaid) => {
        if $people && $crate::describe::is_default($value) {
            serde::ser::SerializeStruct::skip_field(&mut $fields, $name)?
        } else {
            serde::ser::SerializeStruct::serialize_field(&mut $fields, $name, $value)?
        }
    };
    ($fields:ident, $people:ident, $name:expr, $value:expr, silent) => {
        if $people {
            serde::ser::SerializeStruct::skip_field(&mut $fields, $name)?
        } else {
            serde::ser::SerializeStruct::serialize_field(&mut $fields, $name, $value)?
        }
    };
}

/// An [`Object`], from a declaration.
macro_rules! object {
    ($name:ident $(as $known:literal)? $(in $manner:ident)?, [$($meaning:expr),*], {$(
        [$($about:literal),*]
        $field:ident $(as $wire:literal)? : $type:ty $(= $default:ident $($how:ident)?)? $(=> $example:literal)?,
    )*}) => {
        $crate::describe::Object {
            name: $crate::describe::wire_name!($name $($known)?),
            meaning: &[$($meaning),*],
            fields: &[$($crate::describe::Field {
                name: $crate::describe::wire_name!($field $($wire)?),
                meaning: &[$($about),*],
                shape: <$type as $crate::describe::Describe>::SHAPE,
                example: $crate::describe::given!($($example)?),
                may_lack: $crate::describe::is_given!($($default)?),
            }),*],
            full: $crate::describe::is_given!($($manner)?),
        }
    };
}

/// The shape of what a variant carries: a type's, or that of its own fields, of which it may have none.
macro_rules! carried {
    ($name:ident $(in $manner:ident)? [$($meaning:expr),*] ($type:ty)) => {
        <$type as $crate::describe::Describe>::SHAPE
    };
    ($name:ident $(in $manner:ident)? [$($meaning:expr),*] {$($fields:tt)*}) => {
        $crate::describe::Shape::Object(&$crate::describe::object!(
            $name $(in $manner)?, [$($meaning),*], {$($fields)*}
        ))
    };
    ($name:ident $(in $manner:ident)? [$($meaning:expr),*]) => {
        $crate::describe::carried!($name $(in $manner)? [$($meaning),*] {})
    };
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

/// What is given, if anything is.
macro_rules! given {
    () => {
        None
    };
    ($given:expr) => {
        Some($given)
    };
}

/// Whether anything is given.
macro_rules! is_given {
    () => {
        false
    };
    ($($given:tt)+) => {
        true
    };
}

/// Declares enums of words: `Variant = number, "word"`. The number stands in the journal and the state.
macro_rules! words {
    ($(
        $(#[doc = $meaning:literal])*
        pub enum $name:ident $(in $manner:ident)? {
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
            const SHAPE: $crate::describe::Shape = $crate::describe::Shape::Word(&$crate::describe::Words {
                name: stringify!($name),
                meaning: &[$($meaning),*],
                words: &[$(($word, concat!($($about),*))),*],
                full: $crate::describe::is_given!($($manner)?),
            });
        }
    )*};
}

/// Declares enums of which each variant carries a described type, `Variant(Type) = "word"`, or fields of its own as a
/// `record!` has them.
macro_rules! one_of {
    ($(
        $(#[doc = $meaning:literal])*
        pub enum $name:ident {$(
            $(#[doc = $about:literal])*
            $variant:ident $(($type:ty))? $({$(
                $(#[doc = $told:literal])* $field:ident $(as $wire:literal)? : $inner:ty,
            )*})? = $word:literal;
        )*}
    )*) => {$(
        $(#[doc = $meaning])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(clippy::large_enum_variant, reason = "an event boxes what it tells: the whole is moved as a pointer")]
        pub enum $name {$(
            $(#[doc = $about])*
            #[serde(rename = $word)]
            $variant $(($type))? $({$($(#[doc = $told])* $(#[serde(rename = $wire)])? $field: $inner,)*})?,
        )*}

        impl $name {
            /// The word on the wire.
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $word,)* }
            }
        }

        impl $crate::describe::Describe for $name {
            const SHAPE: $crate::describe::Shape = $crate::describe::Shape::OneOf(stringify!($name), &[$((
                $word,
                concat!($($about),*),
                $crate::describe::carried!(
                    $variant [$($about),*] $(($type))? $({$([$($told),*] $field $(as $wire)? : $inner,)*})?
                ),
            )),*]);
        }
    )*};
}

/// Serde for a type that people are told in another form than it has in the journal. The journal's is derived, under
/// `#[serde(remote = "Self")]`; the other form is made from a reference, and may fail to lead back.
macro_rules! other_for_people {
    ($type:ident as $written:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serde::Serialize::serialize(&<$written>::from(self), serializer)
                } else {
                    Self::serialize(self, serializer)
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let written = <$written as serde::Deserialize>::deserialize(deserializer)?;
                    Self::try_from(written).map_err(<D::Error as serde::de::Error>::custom)
                } else {
                    Self::deserialize(deserializer)
                }
            }
        }

        impl $crate::describe::Describe for $type {
            const SHAPE: $crate::describe::Shape = <$written as $crate::describe::Describe>::SHAPE;
        }
    };
}

pub(crate) use {carried, given, is_given, object, one_of, other_for_people, record, wire_name, words, write_field};
