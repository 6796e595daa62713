//! As-of certificates: what the registry says of a right on a date, signed by the venue, so that a bank, a court or a
//! buyer can check it without asking the venue again.
//!
//! The signature (Ed25519) is over [`PREFIX`] and the statement in canonical JSON: no blanks, the fields of every
//! object sorted by name. So a file that was printed anew still verifies, and one whose meaning was changed does not.

use super::signing::{self, Key, Verifier};
use protocol::{
    Amount, AssetId, Date, Digest, EntityId, PledgeId, Timestamp,
    asset::RegisterAsset,
    licence::Licence,
    pledge::{Maximum, Pledge, PledgeConsent, PledgeState, Registrar},
    text::Reference,
    title::{Hold, Share, Title},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The words before the signed text, so that nothing else the venue may sign can pass for a certificate.
pub const PREFIX: &str = "zhiheng certificate 1\n";
/// The words before the signed text of a court sale's confirmation.
pub const CONFIRMATION_PREFIX: &str = "zhiheng sale confirmation 1\n";
/// The algorithm of every signature here.
pub const ALGORITHM: &str = "ed25519";
/// The largest file that is read as a certificate, in bytes.
pub const FILE_MAX: u64 = 16 << 20;

/// A statement of the registry about a right on a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The right.
    pub asset_id: AssetId,
    /// Its bibliographic data, as registered.
    pub registered: RegisterAsset,
    /// The moment that it tells of: the end of that day at the venue, or the moment it was issued.
    pub as_of: Timestamp,
    /// The moment it was issued.
    pub issued_at: Timestamp,
    /// The last command that the venue had seen when it was issued.
    pub journal_seq: u64,
    /// Owners, state, term and dues.
    pub title: Title,
    /// Licences that bind the right.
    pub licences: Vec<Licence>,
    /// Holds that stand or wait.
    pub holds: Vec<Hold>,
    /// Disputes over the right: who owns it, whether it is valid.
    pub disputes: Vec<Hold>,
    /// Pledges that stand on the right, by rank.
    pub pledges: Vec<Pledged>,
}

/// A pledge as far as it concerns the right: of the other rights that stand for the same debt a certificate says
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pledged {
    /// Which.
    pub pledge_id: PledgeId,
    /// Its rank on the right by the time of its recording, from 1, equal where that is equal (民法典 414); none where it
    /// does not stand against others.
    pub rank: Option<u32>,
    /// Who gave it.
    pub pledgor_id: EntityId,
    /// Whose it is, with their parts: the holders of the claim.
    pub pledgees: Vec<Share>,
    /// How much of the debt it stands for.
    pub amount: Amount,
    /// Under which maximum amount.
    pub maximum: Option<Maximum>,
    /// Until when the debt runs, as it was recorded.
    pub debt_ends_on: Date,
    /// In which state.
    pub state: PledgeState,
    /// Who recorded it.
    pub registrar: Registrar,
    /// When.
    pub registered_at: Option<Timestamp>,
    /// Under which number.
    pub number: Option<Reference>,
    /// Whether others hold the claim by now than the register says.
    pub register_behind: bool,
    /// What its holder has consented to and not taken back, as long as it is good.
    pub consents: Vec<PledgeConsent>,
}

impl Pledged {
    /// The pledges of these that stand on a right, by rank, each with what `consents` says of it.
    pub fn on(asset: AssetId, mut pledges: Vec<Pledge>, consents: impl Fn(&Pledge) -> Vec<PledgeConsent>) -> Vec<Self> {
        pledges.retain(|pledge| pledge.binds(asset));
        pledges.sort_by_key(|pledge| (pledge.registered_at, pledge.pledge));
        let (mut rank, mut before) = (0, None);
        let ranked = pledges.into_iter().map(|pledge| {
            if pledge.in_rem && before != pledge.registered_at {
                (rank, before) = (rank + 1, pledge.registered_at);
            }
            Self {
                consents: consents(&pledge),
                pledge_id: pledge.pledge,
                rank: pledge.in_rem.then_some(rank),
                pledgor_id: pledge.pledgor,
                pledgees: pledge.pledgees,
                amount: pledge.amount,
                maximum: pledge.maximum,
                debt_ends_on: pledge.debt_ends,
                state: pledge.state,
                registrar: pledge.registrar,
                registered_at: pledge.registered_at,
                number: pledge.number,
                register_behind: pledge.register_behind,
            }
        });
        ranked.collect()
    }
}

/// A statement with the venue's signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The statement.
    pub statement: Value,
    /// [`ALGORITHM`].
    pub algorithm: String,
    /// The venue's public key, in hex.
    pub public_key: String,
    /// The signature, in hex.
    pub signature: String,
}

/// Why a certificate does not hold.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file is no certificate.
    #[error("this is no certificate: {0}")]
    Malformed(String),
    /// The certificate is signed in a way that this program does not know.
    #[error("signed with {0}, which is not known here; known: {ALGORITHM}")]
    Algorithm(String),
    /// The certificate is signed with another key than the trusted one.
    #[error("signed with the key {found}, not with {trusted}")]
    AnotherKey {
        /// The key in the file.
        found: String,
        /// The key that was asked for.
        trusted: String,
    },
    /// The statement is not what was signed.
    #[error("the signature does not hold: the statement was changed, or another key signed it")]
    Broken,
}

/// The signed text.
fn signed_text(prefix: &str, statement: &Value) -> String {
    // A map of serde_json is sorted by name.
    format!("{prefix}{statement}")
}

impl Certificate {
    /// Signs a statement.
    ///
    /// # Panics
    /// If the key is not an Ed25519 key: the venue's never is another.
    pub fn sign(statement: &Statement, key: &Key) -> Self {
        Self::sign_as(PREFIX, statement, key)
    }

    /// Signs a statement of any kind under this prefix.
    ///
    /// # Panics
    /// As [`Self::sign`].
    pub fn sign_as(prefix: &str, statement: &impl Serialize, key: &Key) -> Self {
        let statement = serde_json::to_value(statement).expect("a statement is plain data");
        let public = key.secret.public_key().expect("the venue's key is an Ed25519 key");
        Self {
            signature: key.secret.sign(&signed_text(prefix, &statement)),
            statement,
            algorithm: ALGORITHM.into(),
            public_key: signing::hex(&public),
        }
    }

    /// Reads the text of a certificate.
    ///
    /// # Errors
    /// Where the text is no certificate.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        serde_json::from_str(text).map_err(|error| CertificateError::Malformed(error.to_string()))
    }

    /// Whether the signature holds, and is of the `trusted` key (hex) where one is given.
    ///
    /// # Errors
    /// Which of it fails.
    pub fn verify(&self, trusted: Option<&str>) -> Result<(), CertificateError> {
        self.verify_as(PREFIX, trusted)
    }

    /// [`Self::verify`], for what was signed under this prefix.
    ///
    /// # Errors
    /// Which of it fails.
    pub fn verify_as(&self, prefix: &str, trusted: Option<&str>) -> Result<(), CertificateError> {
        if self.algorithm != ALGORITHM {
            return Err(CertificateError::Algorithm(self.algorithm.clone()));
        }
        if let Some(trusted) = trusted.filter(|trusted| !trusted.eq_ignore_ascii_case(&self.public_key)) {
            return Err(CertificateError::AnotherKey {
                found: self.public_key.clone(),
                trusted: trusted.into(),
            });
        }
        let malformed = || CertificateError::Malformed("public_key is not 64 hex digits".into());
        let public = signing::unhex_array(&self.public_key).ok_or_else(malformed)?;
        if Verifier::Ed25519(public).verify(&signed_text(prefix, &self.statement), &self.signature) {
            Ok(())
        } else {
            Err(CertificateError::Broken)
        }
    }
}

/// The moment that a certificate of a date tells of: its last nanosecond at the venue.
pub fn end_of(date: Date) -> Timestamp {
    Timestamp(date.next().start().0.saturating_sub(1))
}

/// The digest of a certificate's signed text, by which it can be named.
pub fn digest(certificate: &Certificate) -> Digest {
    use sha2::Digest as _;
    Digest(sha2::Sha256::digest(signed_text(PREFIX, &certificate.statement)).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::venue_key;
    use protocol::describe::Describe;

    fn example<T: Describe + serde::de::DeserializeOwned>() -> T {
        serde_json::from_str(&T::SHAPE.example()).unwrap()
    }

    /// A pledge of the right 7 that was recorded at this time.
    fn pledge(id: u32, registered: u64) -> Pledge {
        let mut pledge: Pledge = example();
        (pledge.pledge, pledge.state, pledge.in_rem) = (PledgeId(id), PledgeState::Registered, true);
        pledge.registered_at = Some(Timestamp(registered));
        pledge.rights.truncate(1);
        pledge.rights[0].asset = AssetId(7);
        (pledge.rights[0].released_at, pledge.rights[0].ended) = (None, None);
        pledge
    }

    #[test]
    fn pledges_are_told_by_rank_and_those_alone_that_stand_on_the_right() {
        let mut released = pledge(4, 5);
        released.rights[0].released_at = Some(Timestamp(6));
        let mut pending = pledge(5, 6);
        pending.state = PledgeState::Submitted;
        let mut unnamed = pledge(6, 7);
        unnamed.in_rem = false;
        let all = vec![pledge(3, 30), unnamed, pledge(2, 20), released, pledge(1, 20), pending];
        let ranks = |asset| -> Vec<_> {
            let on = Pledged::on(asset, all.clone(), |_| vec![]);
            on.iter().map(|pledged| (pledged.pledge_id.0, pledged.rank)).collect()
        };
        assert_eq!(ranks(AssetId(7)), [(6, None), (1, Some(1)), (2, Some(1)), (3, Some(2))]);
        assert_eq!(ranks(AssetId(8)), []);
    }

    fn certificate() -> (Certificate, Key) {
        let folder = tempfile::tempdir().unwrap();
        let key = venue_key::open(folder.path()).unwrap();
        let statement = Statement {
            asset_id: AssetId(7),
            registered: example(),
            as_of: end_of(Date::from_civil(2026, 3, 2).unwrap()),
            issued_at: Timestamp(1_772_500_000_000_000_000),
            journal_seq: 9,
            title: example(),
            licences: vec![example()],
            holds: vec![example()],
            disputes: vec![],
            pledges: Pledged::on(AssetId(7), vec![pledge(1, 20)], |_| vec![example()]),
        };
        (Certificate::sign(&statement, &key), key)
    }

    #[test]
    fn a_certificate_holds_however_it_is_printed() {
        let (certificate, key) = certificate();
        let public = signing::hex(&key.secret.public_key().unwrap());
        for text in [
            serde_json::to_string(&certificate).unwrap(),
            serde_json::to_string_pretty(&certificate).unwrap(),
        ] {
            let read = Certificate::parse(&text).unwrap();
            read.verify(None).unwrap();
            read.verify(Some(&public.to_uppercase())).unwrap();
            assert_eq!(digest(&read), digest(&certificate));
        }
        assert_eq!(
            certificate.statement["as_of"],
            Value::from("2026-03-02T15:59:59.999999999Z"),
            "a day ends at midnight in Shenzhen"
        );
    }

    #[test]
    fn a_changed_statement_or_key_does_not_hold() {
        let (certificate, _) = certificate();
        let text = serde_json::to_string(&certificate).unwrap();
        let number = certificate.statement["registered"]["number"].as_str().unwrap();
        let forged = Certificate::parse(&text.replace(number, "999")).unwrap();
        assert!(matches!(forged.verify(None), Err(CertificateError::Broken)));
        let other = "00".repeat(32);
        assert!(matches!(
            certificate.verify(Some(&other)),
            Err(CertificateError::AnotherKey { .. })
        ));
        let mut other_key = certificate.clone();
        other_key.public_key = other;
        assert!(matches!(other_key.verify(None), Err(CertificateError::Broken)));
        let mut other_way = certificate.clone();
        other_way.algorithm = "sm2".into();
        assert!(matches!(other_way.verify(None), Err(CertificateError::Algorithm(_))));
        for text in ["", "{}", "[]", "{\"statement\":1}"] {
            assert!(matches!(Certificate::parse(text), Err(CertificateError::Malformed(_))));
        }
    }
}
