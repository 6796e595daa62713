//! Rights as they are registered: what class they are of, where they are classified, and their facts.
//! What befalls a right afterwards is the business of `title`.

use crate::{
    describe::{other_for_people, record, words},
    ids::EntityId,
    text::{Bounded, Digest, Heading, Office, Unreadable},
    time::Date,
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

words! {
    /// The six classes of rights (the Guidance, art. 6; RULES.md 2.1), and know-how. A patent application is a patent
    /// without a grant date.
    pub enum AssetClass {
        /// 专利
        Patent = 0, "patent";
        /// 商标
        Trademark = 1, "trademark";
        /// 著作权
        Copyright = 2, "copyright";
        /// 地理标志. Barred from transfer and pledge by default.
        GeographicalIndication = 3, "geographical_indication";
        /// 集成电路布图设计
        CircuitLayout = 4, "circuit_layout";
        /// 许可收益权
        LicenceIncome = 5, "licence_income";
        /// 技术秘密. No office registers it; it passes by contract.
        KnowHow = 6, "know_how";
    }
}

/// A place in a classification of goods or technology. To people, `{"scheme":"ipc","code":"G06Q 50/18"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Classification {
    /// International Patent Classification, as in `G06Q 50/18`.
    Ipc(Bounded<16>),
    /// Nice class of goods or services, 1 to 45.
    Nice(u8),
    /// Locarno class of designs, 1 to 32.
    Locarno(u8),
}

other_for_people!(Classification as Place);

/// The most classifications a right may carry.
pub const CLASSIFICATIONS_MAX: usize = 64;

words! {
    /// A classification of goods or technology.
    pub enum ClassificationScheme {
        /// International Patent Classification.
        Ipc = 0, "ipc";
        /// Nice class of goods or services, 1 to 45.
        Nice = 1, "nice";
        /// Locarno class of designs, 1 to 32.
        Locarno = 2, "locarno";
    }
}

record! {
    /// A classification and the place in it.
    pub struct Place {
        /// Which classification.
        scheme: ClassificationScheme,
        /// The place: an IPC symbol, or the number of a class.
        code: Bounded<16>,
    }
}

impl Classification {
    /// The classification and the place in it.
    pub fn place(&self) -> Place {
        self.into()
    }
}

impl From<&Classification> for Place {
    fn from(classification: &Classification) -> Self {
        let class = |class: &u8| Bounded::new(&alloc::format!("{class}")).expect("a number is short");
        let (scheme, code) = match classification {
            Classification::Ipc(code) => (ClassificationScheme::Ipc, code.clone()),
            Classification::Nice(number) => (ClassificationScheme::Nice, class(number)),
            Classification::Locarno(number) => (ClassificationScheme::Locarno, class(number)),
        };
        Self { scheme, code }
    }
}

impl TryFrom<Place> for Classification {
    type Error = Unreadable;

    fn try_from(place: Place) -> Result<Self, Unreadable> {
        // One way to write a number: no sign, no leading zero.
        let number = |code: &Bounded<16>| match code.as_str().parse::<u8>() {
            Ok(number) if alloc::format!("{number}") == code.as_str() => Ok(number),
            _ => Err(Unreadable::NUMBER),
        };
        Ok(match place.scheme {
            ClassificationScheme::Ipc => Self::Ipc(place.code),
            ClassificationScheme::Nice => Self::Nice(number(&place.code)?),
            ClassificationScheme::Locarno => Self::Locarno(number(&place.code)?),
        })
    }
}

record! {
    /// Registers a right.
    pub struct RegisterAsset {
        /// Who owns it.
        owner as "owner_id": EntityId,
        /// Its class.
        class: AssetClass,
        /// The office that registered it: two letters (WIPO ST.3).
        office: Office,
        /// Its number at that office; unique with class and office.
        number: Bounded<32>,
        /// Its title, at most 500 characters. Travels to the views; the core keeps only `texts`.
        title: Heading,
        /// When it was filed.
        filed as "filed_on": Option<Date>,
        /// When it was granted or registered.
        granted as "granted_on": Option<Date>,
        /// When it ends: the first day without protection.
        expires as "expires_on": Option<Date>,
        /// Where it is classified; at most 64.
        classifications: Vec<Classification> = default,
        /// Digest of the texts (title, abstract, claims) that stay outside.
        texts as "texts_sha256": Digest,
    }
}
