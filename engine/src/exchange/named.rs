//! What an image names is there: every id, amount and count in it, in whatever table, is held against the tables before
//! anything follows it. A walk by type and not by place: a field that a table gets later is asked like its neighbours.
//! What is packed is walked as it is opened, by `pledge::sound`.
//!
//! Invariant: an id that passed finds what it names, and a count that passed can go up by one.

use crate::{
    auction::lot::Lots,
    book::Book,
    house::state::Proposals,
    licences::state::Licensing,
    money::ledger::Ledger,
    register::{
        disposals::Disposals,
        pledges::Pledging,
        right::{PARTS_MAX, Titles},
        state::Register,
    },
    risk::{state::Pools, subsidy::Subsidies},
    sales::sale::Sales,
    state::Exchange,
    units::state::Units,
};
use core::fmt;
use protocol::{QUANTITY_MAX, Seq, auction::LOT_PRICE_MAX, units::PRICE_MAX};
use serde::ser::{self, Serialize, Serializer};

/// Counters of a loaded state have as much room again.
pub(super) const COUNTER_MAX: u64 = u64::MAX / 2;

/// What is named and is not there: its type.
#[derive(Debug)]
pub(super) struct Unknown(pub(super) &'static str);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of nothing, or beyond all bounds", self.0)
    }
}

impl core::error::Error for Unknown {}

impl ser::Error for Unknown {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self("value")
    }
}

/// The tables that things are looked up in.
#[derive(Clone, Copy)]
struct Tables<'a> {
    seq: Seq,
    register: &'a Register,
    ledger: &'a Ledger,
    proposals: &'a Proposals,
    titles: &'a Titles,
    licensing: &'a Licensing,
    units: &'a Units,
    sales: &'a Sales,
    lots: &'a Lots,
    pledging: &'a Pledging,
    disposals: &'a Disposals,
    pools: &'a Pools,
    subsidies: &'a Subsidies,
}

/// Whether a number can be what its type says.
type Bound = fn(&Tables<'_>, i128) -> bool;

/// Whether a place in a dense table is one of it.
fn dense<T>(table: &[T], number: i128) -> bool {
    number < table.len() as i128
}

/// What bounds a type's numbers; a type that is not here takes any.
fn bound_of(name: &str) -> Bound {
    match name {
        "EntityId" => |of, n| dense(&of.register.entities, n),
        "UserId" => |of, n| dense(&of.register.users, n),
        "KeyId" => |of, n| dense(&of.register.keys, n),
        "AccountId" => |of, n| dense(of.ledger.parts().0, n),
        "CashSlot" => |of, n| dense(of.ledger.parts().1, n),
        "HoldingSlot" => |of, n| dense(of.ledger.parts().2, n),
        "AssetId" => |of, n| dense(&of.register.assets, n),
        "InstrumentId" => |of, n| dense(&of.register.instruments, n),
        // These stay for good.
        "LicenceId" => |of, n| of.licensing.licences.contains_key(&place(n).into()),
        "OpenLicenceId" => |of, n| of.licensing.open.contains_key(&place(n).into()),
        "TrancheId" => |of, n| of.units.tranches.contains_key(&place(n).into()),
        "TransferId" => |of, n| of.sales.get(place(n).into()).is_some(),
        "LotId" => |of, n| of.lots.get(place(n).into()).is_some(),
        "ProposalId" => |of, n| {
            let Proposals { open, decided } = of.proposals;
            open.contains_key(&place(n).into()) || decided.contains_key(&place(n).into())
        },
        "LoanId" => |of, n| of.pledging.loans.has(place(n).into()),
        "DisposalId" => |of, n| of.disposals.cases.contains_key(&place(n).into()),
        "ReverseLicenceId" => |of, n| of.disposals.licences.contains_key(&place(n).into()),
        "ConversionId" => |of, n| of.disposals.conversions.contains_key(&place(n).into()),
        "PutId" => |of, n| of.disposals.puts.contains_key(&place(n).into()),
        "PledgeId" => |of, n| n < of.pledging.pledges.len() as i128,
        "MeasureId" => |of, n| of.subsidies.measures.contains_key(&place(n).into()),
        "SubsidyId" => |of, n| of.subsidies.subsidies.contains_key(&place(n).into()),
        "PoolId" => |of, n| of.pools.pools.contains_key(&place(n).into()),
        "HoldId" => |of, n| of.titles.holds.contains_key(&place(n).into()),
        // These go, and what is remembered of them may stay.
        "Seq" | "WithdrawalId" => |of, n| (0..=i128::from(of.seq.0)).contains(&n),
        // What is asked for may be more than there can be; what there is, the ledger adds up.
        "Money" => |_, n| n >= 0,
        "Price" => |_, n| (0..=i128::from(PRICE_MAX)).contains(&n),
        "Quantity" => |_, n| (0..=i128::from(QUANTITY_MAX)).contains(&n),
        _ => |_, _| true,
    }
}

/// What bounds a number that has no type of its own, by where it stands.
fn bound_in(record: &str, field: &str) -> Option<Bound> {
    match (record, field) {
        ("Share", "parts") => Some(|_, n| (1..=i128::from(PARTS_MAX)).contains(&n)),
        // What an audit finds may be more than there are.
        ("Use", "consumed" | "short") => Some(|_, n| (0..=i128::from(i64::MAX / 4)).contains(&n)),
        // They are counted on.
        ("Control", "operators")
        | ("Steps", "count")
        | ("Lot", "round" | "extensions" | "bids")
        | ("Transfer", "bids") => Some(|_, n| n <= i128::from(u32::MAX / 2)),
        _ => None,
    }
}

fn place(number: i128) -> Seq {
    Seq(number as u64)
}

/// The walk, at one place.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    of: Tables<'a>,
    /// Of what type or in what field.
    name: &'static str,
    bound: Option<Bound>,
}

impl<'a> Known<'a> {
    /// What these tables know.
    pub(super) fn of<B: Book>(exchange: &'a Exchange<B>) -> Self {
        let Exchange {
            seq,
            register,
            ledger,
            control,
            titles,
            licensing,
            units,
            sales,
            lots,
            pledging,
            disposals,
            pools,
            subsidies,
            ..
        } = exchange;
        let proposals = &control.proposals;
        Self {
            of: Tables {
                seq: *seq,
                register,
                ledger,
                proposals,
                titles,
                licensing,
                units,
                sales,
                lots,
                pledging,
                disposals,
                pools,
                subsidies,
            },
            name: "number",
            bound: None,
        }
    }

    fn plain(self) -> Self {
        Self {
            name: "number",
            bound: None,
            ..self
        }
    }

    /// A number: within its type's bound, or where it has none below `most`.
    fn number(self, number: impl Into<i128>, most: impl Into<i128>) -> Result<(), Unknown> {
        let number = number.into();
        let fits = match self.bound {
            Some(bound) => bound(&self.of, number),
            None => (0..=most.into()).contains(&number),
        };
        if fits { Ok(()) } else { Err(Unknown(self.name)) }
    }
}

/// Serializer methods that have nothing to say.
macro_rules! nothing {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, _: $type) -> Result<(), Unknown> {
            Ok(())
        }
    )*};
}

#[allow(clippy::disallowed_types, reason = "a serializer names floats; no table has one")]
impl Serializer for Known<'_> {
    type Ok = ();
    type Error = Unknown;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    nothing!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i128: i128, serialize_u8: u8, serialize_u16: u16);
    nothing!(serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8]);
    nothing!(serialize_unit_struct: &'static str);

    fn serialize_i64(self, number: i64) -> Result<(), Unknown> {
        self.number(number, LOT_PRICE_MAX)
    }

    fn serialize_u32(self, number: u32) -> Result<(), Unknown> {
        self.number(number, u32::MAX)
    }

    fn serialize_u64(self, number: u64) -> Result<(), Unknown> {
        self.number(number, COUNTER_MAX)
    }

    fn serialize_none(self) -> Result<(), Unknown> {
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Unknown> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unknown> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Unknown> {
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, name: &'static str, value: &T) -> Result<(), Unknown> {
        value.serialize(Self {
            name,
            // A field's own comes first.
            bound: self.bound.or(Some(bound_of(name))),
            ..self
        })
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unknown> {
        value.serialize(self.plain())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Unknown> {
        Ok(self.plain())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unknown> {
        Ok(self.plain())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unknown> {
        Ok(self.plain())
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Unknown> {
        Ok(self.plain())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Unknown> {
        Ok(self.plain())
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self, Unknown> {
        Ok(Self { name, ..self.plain() })
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self, Unknown> {
        Ok(self.plain())
    }

    fn collect_str<T: ?Sized + fmt::Display>(self, _: &T) -> Result<(), Unknown> {
        Ok(())
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// What is made of several: each part is asked by itself.
macro_rules! parts {
    ($($of:ident: $method:ident;)*) => {$(
        impl ser::$of for Known<'_> {
            type Ok = ();
            type Error = Unknown;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unknown> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Unknown> {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

impl ser::SerializeMap for Known<'_> {
    type Ok = ();
    type Error = Unknown;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Unknown> {
        key.serialize(*self)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unknown> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Unknown> {
        Ok(())
    }
}

/// The fields of a record.
macro_rules! fields {
    ($($of:ident),*) => {$(
        impl ser::$of for Known<'_> {
            type Ok = ();
            type Error = Unknown;

            fn serialize_field<T: ?Sized + Serialize>(&mut self, field: &'static str, value: &T) -> Result<(), Unknown> {
                value.serialize(Self { name: field, bound: bound_in(self.name, field), ..*self })
            }

            fn end(self) -> Result<(), Unknown> {
                Ok(())
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);
