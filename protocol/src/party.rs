//! Who takes part: legal entities, their users and the keys these sign with.

use crate::{
    ids::{EntityId, UserId},
    text::{Bounded, Digest, Name},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How a legal entity is known outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LegalId {
    /// Unified social credit code, 18 characters (GB 32100-2015).
    Uscc(Bounded<18>),
    /// Legal entity identifier, 20 characters (ISO 17442).
    Lei(Bounded<20>),
}

/// What kind of body an entity is; holder rules and barred buyers will depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum EntityKind {
    /// A company.
    Company = 0,
    /// A commercial bank.
    Bank = 1,
    /// A fund or other investment vehicle.
    Fund = 2,
    /// A university or research institute.
    Institute = 3,
    /// A public body.
    PublicBody = 4,
    /// The venue itself.
    Venue = 5,
}

macro_rules! bits {
    ($(#[$doc:meta])* $name:ident { $($(#[$bit_doc:meta])* $bit:ident = $position:literal, $label:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u16);

        impl $name {
            /// None of them.
            pub const NONE: Self = Self(0);
            $($(#[$bit_doc])* pub const $bit: Self = Self(1 << $position);)*
            /// Every one, with its name on the wire.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$bit, $label)),*];

            /// Both sets together.
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether the two sets share a member.
            pub const fn has_any(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// Whether every member is one that exists.
            pub fn is_known(self) -> bool {
                Self::ALL.iter().fold(self.0, |left, (bit, _)| left & !bit.0) == 0
            }

            /// The member of this name on the wire.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|(_, label)| *label == name).map(|&(bit, _)| bit)
            }

            /// The names on the wire, in order.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::ALL.iter().filter(move |(bit, _)| self.has_any(*bit)).map(|&(_, label)| label)
            }
        }
    };
}

bits! {
    /// What a user may do, as a set (API.md, "Who may").
    Roles {
        /// Places and cancels orders for its entity.
        TRADER = 0, "trader";
        /// Acts for a pledgee.
        BANK = 1, "bank";
        /// Registers and lists what its entity owns.
        FIRM = 2, "firm";
        /// Subscribes to data.
        DATA_CONSUMER = 3, "data_consumer";
        /// Runs the venue: admits participants, books cash, lists.
        OPERATOR = 4, "operator";
        /// Reads and audits.
        REGULATOR = 5, "regulator";
        /// Values rights.
        APPRAISER = 6, "appraiser";
        /// Guarantees debts.
        GUARANTOR = 7, "guarantor";
        /// Buys titles and stakes for its entity.
        INVESTOR = 8, "investor";
        /// Insures debts.
        INSURER = 9, "insurer";
        /// Runs a risk-sharing fund.
        FUND = 10, "fund";
        /// Places and lifts holds on a court's behalf.
        COURT = 11, "court";
        /// 市知识产权主管部门 (the Guidance, art. 1): reads rights, licences and sales.
        AGENCY_IP = 12, "agency_ip";
        /// 人民银行 (art. 1): reads valuations and what rights brought.
        AGENCY_CENTRAL_BANK = 13, "agency_central_bank";
        /// 银保监局 (art. 1): reads what concerns banks, insurers and guarantors.
        AGENCY_BANKING = 14, "agency_banking";
        /// 地方金融监督管理局 (art. 1): reads the venue's own affairs.
        AGENCY_LOCAL_FINANCE = 15, "agency_local_finance";
    }
}

bits! {
    /// What a key may be used for, as a set; a key never does more than its user's roles.
    Scopes {
        /// Read what the user may see.
        READ = 0, "read";
        /// Place and cancel orders.
        TRADE = 1, "trade";
        /// Register and list assets.
        LIST = 2, "list";
        /// Admit participants, book cash, rule the venue.
        ADMIN = 3, "admin";
    }
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyMaterial {
    /// The Ed25519 public key.
    Ed25519([u8; 32]),
    /// HMAC-SHA256. The secret is kept by the gateway's own store and never enters the journal.
    HmacSha256,
}

/// Registers a legal entity as a participant. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RegisterEntity {
    /// Its registered name.
    pub name: Name,
    /// What it is.
    pub kind: EntityKind,
    /// How it is known outside; unique.
    pub legal_id: LegalId,
    /// Digest of the evidence that a code whose check digit fails was issued all the same (RULES.md F10).
    pub evidence: Option<Digest>,
}

/// Registers a user of an entity. By an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RegisterUser {
    /// The entity it acts for.
    pub entity: EntityId,
    /// What it may do.
    pub roles: Roles,
}

/// Registers a key of a user. By an operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RegisterKey {
    /// Who signs with it.
    pub user: UserId,
    /// How it signs.
    pub material: KeyMaterial,
    /// What it may be used for.
    pub scopes: Scopes,
    /// Networks it may come from; empty: anywhere. At most [`NETWORKS_MAX`].
    pub networks: Vec<Network>,
}

/// The most networks a key may be bound to.
pub const NETWORKS_MAX: usize = 16;

/// A network: an IPv6 address (IPv4 as mapped) and the length of its prefix in bits, 0 to 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Network {
    /// The address in network order.
    pub address: [u8; 16],
    /// How many leading bits count.
    pub prefix: u8,
}
