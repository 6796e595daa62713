//! How the roll of commands is read. A row of it says what a command means, what it carries, its name on the wire,
//! whose key may give it, and how many people it takes:
//!
//! ```text
//! /// Puts the price of a sale into escrow.
//! FundEscrow(FundEscrow) = "fund_escrow", key TRADE | LIST, pairs ENTITIES;
//! ```
//!
//! - *key*: the scopes of which a key needs one; `sequencer` where nobody may ask.
//! - *people*: `alone`: one person may, though two can; `told`: so may one, and the others of its house are told at once,
//!   where it asked for two; `pairs X`: who does not do it alone ([`Pairs`]); `at once`: one
//!   person, and nobody can wait for a second: what is timed by its place, and what decides itself.
//! - `sealed` at the end: a bidder's secret until its lot closes. Its record says what it claims ([`Claims`]).
//!
//! A row that begins with `-` is a command that is gone, and says what does its work now. Its number stays unused, so
//! that the numbers of those behind it stay; whoever gives its name or its bytes is refused by that name ([`Gone`]).
//!
//! [`Pairs`]: crate::command::Pairs
//! [`Claims`]: crate::sealed::Claims

use serde::{Deserialize, Serialize};

/// A command that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// What it was called.
    pub name: &'static str,
    /// What does its work now.
    pub now: &'static str,
}

impl core::fmt::Display for Gone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} is gone: use {}", self.name, self.now)
    }
}

/// What a command carries that is gone: there is none, so nobody gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NeverGiven {}

/// Declares the commands, and what is known of each.
macro_rules! commands {
    ($(
        $(- $gone:ident = $gone_op:literal, now $now:literal;)*
        $(#[doc = $meaning:literal])*
        $name:ident $(($type:ty))? $({$(
            $(#[doc = $about:literal])* $field:ident $(as $wire:literal)? : $inner:ty $(=> $example:literal)?,
        )*})? = $op:literal, $who:ident $($scope:ident)|*, $($people:ident)+ $(, $sealed:ident)?;
    )*) => {
        /// What can be asked of the core.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub enum Command {$(
            $(
                #[doc = concat!("Gone: ", $now, ".")]
                #[serde(rename = $gone_op)]
                $gone(NeverGiven),
            )*
            $(#[doc = $meaning])*
            #[serde(rename = $op)]
            $name $(($type))? $({$($(#[doc = $about])* $(#[serde(rename = $wire)])? $field: $inner,)*})?,
        )*}

        impl Command {
            /// The name of the command.
            pub const fn op(&self) -> Op {
                match self { $(
                    $(Self::$gone(never) => match *never {},)*
                    Self::$name { .. } => Op::$name,
                )* }
            }

            /// The lot for which this is a bidder's command, and what it says of it.
            pub fn claimed(&self) -> Option<(LotId, Claimed)> {
                match self {
                    $($(Self::$name(asked) => $crate::roll::secret!($sealed, asked.claims()),)?)*
                    _ => None,
                }
            }
        }

        /// The name of a command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Op {$(
            $(#[doc = $meaning])*
            #[serde(rename = $op)]
            $name,
        )*}

        impl Op {
            /// Every command, in the order of the journal's numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $op,)* }
            }

            /// The command of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|op| op.name() == name)
            }

            /// What is at each of the journal's numbers, where it is gone.
            const GONE: &'static [Option<Gone>] = &[$(
                $(Some(Gone { name: $gone_op, now: $now }),)*
                $crate::roll::stands!($op),
            )*];

            /// The command of this name that is gone.
            pub fn gone(name: &str) -> Option<Gone> {
                Self::GONE.iter().flatten().find(|gone| gone.name == name).copied()
            }

            /// The command of this number in the journal that is gone.
            pub(crate) fn gone_at(number: u32) -> Option<Gone> {
                Self::GONE.get(number as usize).copied().flatten()
            }

            /// The command's meaning, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($meaning),*).trim(),)* }
            }

            /// The shape of the command's fields in a format for people.
            pub const fn shape(self) -> Shape {
                match self { $(Self::$name => $crate::describe::carried!(
                    $name in full [$($meaning),*] $(($type))?
                    $({$([$($about),*] $field $(as $wire)? : $inner $(=> $example)?,)*})?
                ),)* }
            }

            /// The scopes of which a key needs one to give the command.
            pub const fn scopes(self) -> Scopes {
                match self { $(Self::$name => $crate::roll::scopes!($who $($scope)*),)* }
            }

            /// The people who do not give the command alone, whatever it says.
            pub(crate) const fn pairs(self) -> Pairs {
                match self { $(Self::$name => $crate::roll::pairs!($($people)+),)* }
            }

            /// Whether the others of a house that asked for two are told what one of them did alone.
            pub const fn is_told(self) -> bool {
                match self { $(Self::$name => $crate::roll::is_told!($($people)+),)* }
            }

            /// Whether the command can wait for a second person.
            pub const fn can_wait(self) -> bool {
                match self { $(Self::$name => $crate::roll::can_wait!($($people)+),)* }
            }

            /// Whether the command is a bidder's secret until its lot closes.
            pub const fn is_sealed(self) -> bool {
                match self { $($(Self::$name => $crate::roll::is_sealed!($sealed),)?)* _ => false }
            }

            /// Whether the command is the sequencer's own: nobody asks for it.
            pub const fn is_sequencers(self) -> bool {
                match self { $(Self::$name => $crate::roll::is_sequencers!($who),)* }
            }
        }

        impl Describe for Op {
            const SHAPE: Shape = Shape::Word(&Words {
                name: "Op",
                meaning: &["The name of a command."],
                words: &[$(($op, concat!($($meaning),*))),*],
                full: false,
            });
        }
    };
}

/// Nothing is gone in the place of a row that stands.
macro_rules! stands {
    ($op:literal) => {
        None
    };
}

/// What a bidder's command claims, where the roll says that it is sealed.
macro_rules! secret {
    (sealed, $claims:expr) => {
        Some($claims)
    };
}

/// What the roll calls sealed.
macro_rules! is_sealed {
    (sealed) => {
        true
    };
}

/// The scopes of a row. Nobody's key gives what is the sequencer's; whoever proposes it is asked for an
/// administrator's.
macro_rules! scopes {
    (sequencer) => {
        Scopes::ADMIN
    };
    (key $first:ident $($more:ident)*) => {
        Scopes::$first$(.with(Scopes::$more))*
    };
}

/// Who does not do a command alone.
macro_rules! pairs {
    (alone) => {
        Pairs::Nobody
    };
    (told) => {
        Pairs::Nobody
    };
    (at once) => {
        Pairs::Nobody
    };
    (pairs OPERATORS) => {
        Pairs::Operators
    };
    (pairs ENTITIES) => {
        Pairs::Entities
    };
    (pairs BOTH) => {
        Pairs::Both
    };
}

/// Whether what one person did alone is told to the others.
macro_rules! is_told {
    (told) => {
        true
    };
    ($($people:ident)+) => {
        false
    };
}

/// Whether a command can wait for a second person.
macro_rules! can_wait {
    (at once) => {
        false
    };
    ($($people:ident)+) => {
        true
    };
}

/// Whether a command is the sequencer's own.
macro_rules! is_sequencers {
    (sequencer) => {
        true
    };
    (key) => {
        false
    };
}

pub(crate) use {can_wait, commands, is_sealed, is_sequencers, is_told, pairs, scopes, secret, stands};
