//! Who takes part: legal entities, their users and the keys these sign with.

use crate::{
    describe::{Describe, Shape, Words, other_for_people, record, words},
    ids::{EntityId, UserId},
    text::{Bounded, Digest, InField, Name, Unreadable, text_for_people},
};
use alloc::{string::String, vec::Vec};
use core::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, SeqAccess, Visitor},
};

/// How a legal entity is known outside. To people, `{"scheme":"uscc","code":"914403001922038216"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum LegalId {
    /// Unified social credit code, 18 characters (GB 32100-2015).
    Uscc(Bounded<18>),
    /// Legal entity identifier, 20 characters (ISO 17442).
    Lei(Bounded<20>),
}

other_for_people!(LegalId as WrittenLegalId);

words! {
    /// A register of legal entities.
    pub enum LegalIdScheme in full {
        /// Unified social credit code, 18 characters (GB 32100-2015).
        Uscc = 0, "uscc";
        /// Legal entity identifier, 20 characters (ISO 17442). Who is known by it alone is taken to be from abroad until
        /// `describe_entity` says where it is at home: technology passes to it after the export-control check only.
        Lei = 1, "lei";
    }
}

record! {
    /// How a legal entity is known outside.
    pub struct WrittenLegalId as "LegalId" in full {
        /// Which register.
        scheme: LegalIdScheme,
        /// The code there.
        code: String => "914403001922038216",
    }
}

impl From<&LegalId> for WrittenLegalId {
    fn from(id: &LegalId) -> Self {
        let (scheme, code) = match id {
            LegalId::Uscc(code) => (LegalIdScheme::Uscc, code.as_str()),
            LegalId::Lei(code) => (LegalIdScheme::Lei, code.as_str()),
        };
        Self {
            scheme,
            code: code.into(),
        }
    }
}

impl TryFrom<WrittenLegalId> for LegalId {
    type Error = InField;

    fn try_from(written: WrittenLegalId) -> Result<Self, InField> {
        let (code, field) = (Unreadable::TEXT.0, "code");
        let (id, note) = match written.scheme {
            LegalIdScheme::Uscc => (Bounded::new(&written.code).map(Self::Uscc), "1 to 18 bytes of UTF-8"),
            LegalIdScheme::Lei => (Bounded::new(&written.code).map(Self::Lei), "1 to 20 bytes of UTF-8"),
        };
        id.ok_or(InField { code, field, note })
    }
}

words! {
    /// What kind of body an entity is.
    pub enum EntityKind in full {
        /// A company.
        Company = 0, "company";
        /// A commercial bank.
        Bank = 1, "bank";
        /// A fund or other investment vehicle.
        Fund = 2, "fund";
        /// A university or research institute.
        Institute = 3, "institute";
        /// A public body.
        PublicBody = 4, "public_body";
        /// The venue itself.
        Venue = 5, "venue";
    }
}

/// Declares sets of words: `NAME = bit, "word"`. In the journal a set is a number, to people a list.
macro_rules! bits {
    (
        $(#[doc = $meaning:literal])*
        $name:ident of $one:literal { $($(#[doc = $about:literal])* $bit:ident = $position:literal, $label:literal;)* }
    ) => {
        $(#[doc = $meaning])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);

        impl $name {
            /// None of them.
            pub const NONE: Self = Self(0);
            $($(#[doc = $about])* pub const $bit: Self = Self(1 << $position);)*
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

        impl Describe for $name {
            const SHAPE: Shape = Shape::List(&Shape::Word(&Words {
                name: $one,
                meaning: &[$($meaning),*],
                words: &[$(($label, concat!($($about),*))),*],
                full: true,
            }));
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_seq(self.names())
                } else {
                    serializer.serialize_u16(self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return u16::deserialize(deserializer).map(Self);
                }
                let known = |word: &str| Self::from_name(word).map(|one| one.0);
                deserializer.deserialize_seq(Set { known, words: &[$($label),*] }).map(Self)
            }
        }
    };
}

/// Reads a set from a list of its words.
struct Set<F> {
    known: F,
    words: &'static [&'static str],
}

impl<'de, F: Fn(&str) -> Option<u16>> Visitor<'de> for Set<F> {
    type Value = u16;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u16, A::Error> {
        struct One<'a, F>(&'a Set<F>);

        impl<'de, F: Fn(&str) -> Option<u16>> de::DeserializeSeed<'de> for One<'_, F> {
            type Value = u16;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u16, D::Error> {
                let word = String::deserialize(deserializer)?;
                let unknown = || de::Error::unknown_variant(&word, self.0.words);
                (self.0.known)(&word).ok_or_else(unknown)
            }
        }

        let most = self.words.len();
        let too_many = || de::Error::custom(format_args!("{} at most {most} of them", Unreadable::RANGE));
        if list.size_hint().is_some_and(|count| count > most) {
            return Err(too_many());
        }
        let mut set = 0;
        for _ in 0..most {
            match list.next_element_seed(One(&self))? {
                Some(one) => set |= one,
                None => return Ok(set),
            }
        }
        match list.next_element::<de::IgnoredAny>()? {
            Some(_) => Err(too_many()),
            None => Ok(set),
        }
    }
}

bits! {
    /// What a user may do, as a set (API.md, "Who may").
    Roles of "Role" {
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
    Scopes of "KeyScope" {
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

/// How a key signs. To people, `{"algorithm":"ed25519","public_key":"…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum KeyMaterial {
    /// The Ed25519 public key.
    Ed25519([u8; 32]),
    /// HMAC-SHA256. The secret is kept by the gateway's own store and never enters the journal.
    HmacSha256,
}

other_for_people!(KeyMaterial as WrittenMaterial);

words! {
    /// An algorithm that signs requests.
    pub enum KeyAlgorithm in full {
        /// Ed25519, preferred.
        Ed25519 = 0, "ed25519";
        /// HMAC-SHA256. The secret is kept by the gateway and never enters the journal.
        HmacSha256 = 1, "hmac-sha256";
    }
}

record! {
    /// How a key signs.
    pub struct WrittenMaterial as "KeyMaterial" in full {
        /// With which algorithm.
        algorithm: KeyAlgorithm,
        /// For `ed25519`: the public key, 64 hex digits.
        public_key: Option<Digest> = default unsaid,
    }
}

impl From<&KeyMaterial> for WrittenMaterial {
    fn from(material: &KeyMaterial) -> Self {
        let (algorithm, public_key) = match material {
            KeyMaterial::Ed25519(public) => (KeyAlgorithm::Ed25519, Some(Digest(*public))),
            KeyMaterial::HmacSha256 => (KeyAlgorithm::HmacSha256, None),
        };
        Self { algorithm, public_key }
    }
}

impl TryFrom<WrittenMaterial> for KeyMaterial {
    type Error = InField;

    fn try_from(written: WrittenMaterial) -> Result<Self, InField> {
        let wrong = |code, note| InField {
            code,
            field: "public_key",
            note,
        };
        match (written.algorithm, written.public_key) {
            (KeyAlgorithm::Ed25519, Some(public)) => Ok(Self::Ed25519(public.0)),
            (KeyAlgorithm::Ed25519, None) => Err(wrong("MISSING_FIELD", "")),
            (KeyAlgorithm::HmacSha256, None) => Ok(Self::HmacSha256),
            (KeyAlgorithm::HmacSha256, Some(_)) => Err(wrong("CONFLICTING_FIELDS", "hmac-sha256 has no public key")),
        }
    }
}

record! {
    /// Admits a legal entity as a participant. By an operator.
    pub struct RegisterEntity in full {
        /// Its registered name, 1 to 256 bytes.
        name: Name => "深圳市示例科技有限公司",
        /// What kind of body it is.
        kind: EntityKind,
        /// How it is known outside; unique.
        legal_id: LegalId,
        /// SHA-256 (hex) of the evidence that a code whose check digit fails was issued all the same.
        evidence as "evidence_sha256": Option<Digest> = default unsaid,
    }

    /// Admits a user of an entity. By an operator.
    #[derive(Copy)]
    pub struct RegisterUser in full {
        /// The entity it acts for.
        entity as "entity_id": EntityId,
        /// What it may do.
        roles: Roles => "trader",
    }

    /// Admits a key of a user. By an operator.
    pub struct RegisterKey in full {
        /// Who signs with it.
        user as "user_id": UserId,
        /// How it signs.
        material: KeyMaterial,
        /// What it may be used for.
        scopes: Scopes => "read trade",
        /// Networks it may come from, as in `10.0.0.0/8`, at most 16; none: anywhere.
        networks: Vec<Network> = default => "10.0.0.0/8",
    }
}

/// The most networks a key may be bound to.
pub const NETWORKS_MAX: usize = 16;

/// A network: an IPv6 address (IPv4 as mapped) and the length of its prefix in bits, 0 to 128. To people `10.0.0.0/8`:
/// IPv4 in its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// The address in network order.
    pub address: [u8; 16],
    /// How many leading bits count.
    pub prefix: u8,
}

/// The bits before an IPv4 address that is mapped into IPv6.
const MAPPED: u8 = 96;

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = Ipv6Addr::from(self.address);
        match (address.to_ipv4_mapped(), self.prefix.checked_sub(MAPPED)) {
            (Some(address), Some(prefix)) => write!(f, "{address}/{prefix}"),
            _ => write!(f, "{address}/{}", self.prefix),
        }
    }
}

impl FromStr for Network {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (address, prefix) = text.split_once('/').ok_or(Unreadable::NETWORK)?;
        let address: IpAddr = address.parse().map_err(|_| Unreadable::NETWORK)?;
        let digits = (1..=3).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|_| digits).ok_or(Unreadable::NETWORK)?;
        let (address, most, before) = match address {
            IpAddr::V4(address) => (address.to_ipv6_mapped(), 32, MAPPED),
            IpAddr::V6(address) => (address, 128, 0),
        };
        if prefix > most {
            return Err(Unreadable::NETWORK);
        }
        Ok(Self {
            address: address.octets(),
            prefix: prefix + before,
        })
    }
}

text_for_people!(
    Network,
    ([u8; 16], u8),
    |network| (network.address, network.prefix),
    |(address, prefix)| Some(Network { address, prefix }),
    Unreadable::NETWORK,
    "an address and a prefix, as in 10.0.0.0/8",
    "^[0-9a-fA-F:.]+/[0-9]{1,3}$",
    "",
    49,
    "10.0.0.0/8"
);
