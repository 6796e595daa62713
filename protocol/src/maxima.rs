//! Maxima: whether the bidders of a lot may leave one, and at which price its leader stands above the others
//! (RULES.md 2.6).

use crate::describe::{Describe, Shape, other_for_people, record, words};
use core::fmt;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Whether bidders may leave a maximum that is bid for them, and where its price stands above another's. To people,
/// `false` or `{"above":"ladder"}`; `true` is read as the latter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[repr(u8)]
pub enum Maxima {
    /// They may not.
    NotTaken = 0,
    /// They may, and every price is a rung of the ladder that begins at the start.
    Ladder = 1,
    /// They may, to the minor unit, and the price is the other's limit and one increment of its tier.
    Step = 2,
}

other_for_people!(Maxima as WrittenMaxima);

words! {
    /// Where the price of a leader under a maximum stands.
    pub enum Above {
        /// On the lowest rung above the other's limit, of the ladder that begins at the start: maxima and bids lie on it.
        Ladder = 0, "ladder";
        /// One increment of its tier above the other's limit, as on eBay: maxima may lie between the steps.
        Step = 1, "step";
    }
}

record! {
    /// How maxima are taken.
    #[derive(Copy)]
    pub struct MaximaTerms {
        /// Where the price of a leader stands: never above its own maximum.
        above: Above,
    }
}

/// Maxima as people are told of them.
enum WrittenMaxima {
    Whether(bool),
    Terms(MaximaTerms),
}

impl Describe for WrittenMaxima {
    const SHAPE: Shape = Shape::OrBoolean(&MaximaTerms::SHAPE);
}

impl From<&Maxima> for WrittenMaxima {
    fn from(maxima: &Maxima) -> Self {
        match maxima {
            Maxima::NotTaken => Self::Whether(false),
            Maxima::Ladder => Self::Terms(MaximaTerms { above: Above::Ladder }),
            Maxima::Step => Self::Terms(MaximaTerms { above: Above::Step }),
        }
    }
}

impl From<WrittenMaxima> for Maxima {
    fn from(written: WrittenMaxima) -> Self {
        match written {
            WrittenMaxima::Whether(false) => Self::NotTaken,
            WrittenMaxima::Whether(true) | WrittenMaxima::Terms(MaximaTerms { above: Above::Ladder }) => Self::Ladder,
            WrittenMaxima::Terms(MaximaTerms { above: Above::Step }) => Self::Step,
        }
    }
}

impl Serialize for WrittenMaxima {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whether(whether) => whether.serialize(serializer),
            Self::Terms(terms) => terms.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for WrittenMaxima {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = WrittenMaxima;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or an object that says above what")
            }

            fn visit_bool<E: de::Error>(self, whether: bool) -> Result<WrittenMaxima, E> {
                Ok(WrittenMaxima::Whether(whether))
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<WrittenMaxima, A::Error> {
                MaximaTerms::deserialize(MapAccessDeserializer::new(fields)).map(WrittenMaxima::Terms)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maxima_are_read_in_short_and_told_in_full() {
        for (said, told, read) in [
            ("false", "false", Maxima::NotTaken),
            ("true", r#"{"above":"ladder"}"#, Maxima::Ladder),
            (r#"{"above":"ladder"}"#, r#"{"above":"ladder"}"#, Maxima::Ladder),
            (r#"{"above":"step"}"#, r#"{"above":"step"}"#, Maxima::Step),
        ] {
            assert_eq!(serde_json::from_str::<Maxima>(said).unwrap(), read);
            assert_eq!(serde_json::to_string(&read).unwrap(), told);
            let bytes = postcard::to_allocvec(&read).unwrap();
            assert_eq!(
                bytes,
                [read as u8],
                "one byte, the one of yes or no where that says it all"
            );
            assert_eq!(postcard::from_bytes::<Maxima>(&bytes).unwrap(), read);
        }
        for wrong in [
            "1",
            "null",
            "{}",
            r#"{"above":"rung"}"#,
            r#"{"above":"step","x":1}"#,
            r#""step""#,
        ] {
            assert!(serde_json::from_str::<Maxima>(wrong).is_err(), "{wrong}");
        }
    }
}
