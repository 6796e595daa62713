//! Keys: two ways to sign a text, and the file that holds a secret. What the text of a request is stands in
//! [`super::request`].

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use protocol::KeyId;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// The length of an Ed25519 seed and of the HMAC secrets made here, in bytes.
pub const SECRET_LENGTH: usize = 32;
/// The shortest HMAC secret that may sign, in bytes.
pub const HMAC_SECRET_MIN: usize = 16;

/// A secret that signs. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub enum Secret {
    /// An Ed25519 signing key, from its 32-byte seed.
    Ed25519(Box<SigningKey>),
    /// A secret shared with the server, at least [`HMAC_SECRET_MIN`] bytes.
    HmacSha256(Vec<u8>),
}

impl Secret {
    /// A new Ed25519 key from the system's randomness.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn generate_ed25519() -> io::Result<Self> {
        Ok(Self::Ed25519(Box::new(SigningKey::from_bytes(&random()?))))
    }

    /// A new HMAC secret from the system's randomness.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn generate_hmac() -> io::Result<Self> {
        Ok(Self::HmacSha256(random::<SECRET_LENGTH>()?.to_vec()))
    }

    /// The Ed25519 public key; an HMAC secret has none.
    pub fn public_key(&self) -> Option<[u8; 32]> {
        match self {
            Self::Ed25519(key) => Some(key.verifying_key().to_bytes()),
            Self::HmacSha256(_) => None,
        }
    }

    /// The signature of `text`, in hex.
    pub fn sign(&self, text: &str) -> String {
        match self {
            Self::Ed25519(key) => hex(&key.sign(text.as_bytes()).to_bytes()),
            Self::HmacSha256(secret) => hex(&hmac(secret).chain_update(text).finalize().into_bytes()),
        }
    }

    /// The verifier of its signatures.
    pub fn verifier(&self) -> Verifier {
        match self {
            Self::Ed25519(key) => Verifier::Ed25519(key.verifying_key().to_bytes()),
            Self::HmacSha256(secret) => Verifier::HmacSha256(secret.clone()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519(_) => "Ed25519(..)",
            Self::HmacSha256(_) => "HmacSha256(..)",
        })
    }
}

/// A verifier of signatures: the public half of an Ed25519 key, or the shared secret.
#[derive(Clone)]
pub enum Verifier {
    /// The Ed25519 public key.
    Ed25519([u8; 32]),
    /// The shared secret.
    HmacSha256(Vec<u8>),
}

impl Verifier {
    /// Whether `signature` (hex) is one of `text`. Takes as long for a wrong HMAC as for a right one; weak
    /// Ed25519 keys and malleable signatures are refused.
    pub fn verify(&self, text: &str, signature: &str) -> bool {
        match self {
            Self::Ed25519(public) => {
                let (Ok(key), Some(bytes)) = (VerifyingKey::from_bytes(public), unhex_array::<64>(signature)) else {
                    return false;
                };
                key.verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes))
                    .is_ok()
            }
            Self::HmacSha256(secret) => {
                let Some(bytes) = unhex_array::<32>(signature) else {
                    return false;
                };
                secret.len() >= HMAC_SECRET_MIN && hmac(secret).chain_update(text).verify_slice(&bytes).is_ok()
            }
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519(public) => f.debug_tuple("Ed25519").field(&hex(public)).finish(),
            Self::HmacSha256(_) => f.write_str("HmacSha256(..)"),
        }
    }
}

fn hmac(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes a key of any length")
}

/// The wall clock, in Unix milliseconds.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A key that signs: the number under which the venue knows it, and the secret.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key's number at the venue.
    pub id: KeyId,
    /// The secret that signs.
    pub secret: Secret,
    /// A word on what the key is for, to be read by people; may be empty.
    pub label: String,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// The file is not a key file.
    #[error("{0} is not a key file: {1}")]
    Malformed(PathBuf, String),
    /// Others than its owner may read the file.
    #[error("{0} can be read by others than its owner; run: chmod 600 {0}")]
    Exposed(PathBuf),
}

/// The key file: TOML, readable by its owner alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    key_id: u32,
    /// `ed25519` or `hmac-sha256`.
    algorithm: String,
    /// Hex: the Ed25519 seed, or the HMAC secret.
    secret: String,
    /// Hex, for Ed25519: told for the reader's convenience, checked against the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    label: String,
}

impl Key {
    /// The verifier of its signatures.
    pub fn verifier(&self) -> Verifier {
        self.secret.verifier()
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// Where the file cannot be read, is no key file, or others than its owner may read it.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let io = |error| KeyFileError::Io(path.into(), error);
        let text = fs::read_to_string(path).map_err(io)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            if fs::metadata(path).map_err(io)?.permissions().mode() & 0o077 != 0 {
                return Err(KeyFileError::Exposed(path.into()));
            }
        }
        Self::parse(&text).map_err(|why| KeyFileError::Malformed(path.into(), why))
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// In words, where the text is no key file. They never hold the secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        // The parser's own words would quote the line that holds the secret.
        let file: KeyFile = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let secret = match file.algorithm.as_str() {
            "ed25519" => {
                let seed = unhex_array(&file.secret).ok_or("the secret is not 64 hex digits")?;
                Secret::Ed25519(Box::new(SigningKey::from_bytes(&seed)))
            }
            "hmac-sha256" => {
                let secret = unhex(&file.secret).ok_or("the secret is not hex")?;
                if secret.len() < HMAC_SECRET_MIN {
                    return Err(format!("the secret is shorter than {HMAC_SECRET_MIN} bytes"));
                }
                Secret::HmacSha256(secret)
            }
            other => return Err(format!("unknown algorithm {other:?}; known: ed25519, hmac-sha256")),
        };
        if file
            .public_key
            .is_some_and(|told| Some(told) != secret.public_key().map(|key| hex(&key)))
        {
            return Err("the public key does not belong to the secret".into());
        }
        Ok(Self {
            id: KeyId(file.key_id),
            secret,
            label: file.label,
        })
    }

    /// The text of the key file. It holds the secret.
    pub fn to_text(&self) -> String {
        let (algorithm, secret) = match &self.secret {
            Secret::Ed25519(key) => ("ed25519", hex(&key.to_bytes())),
            Secret::HmacSha256(secret) => ("hmac-sha256", hex(secret)),
        };
        let file = KeyFile {
            key_id: self.id.0,
            algorithm: algorithm.into(),
            secret,
            public_key: self.secret.public_key().map(|key| hex(&key)),
            label: self.label.clone(),
        };
        toml::to_string(&file).expect("a key file is plain text")
    }

    /// Writes a new key file, readable by its owner alone (mode 0600), durably.
    ///
    /// # Errors
    /// Where the file exists already (a key is never overwritten) or cannot be written.
    pub fn save_new(&self, path: &Path) -> Result<(), KeyFileError> {
        write_private(path, self.to_text().as_bytes()).map_err(|error| KeyFileError::Io(path.into(), error))
    }
}

/// Writes a new file that its owner alone may read, and syncs it.
///
/// # Errors
/// Where the file exists already or cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// `N` bytes of the system's randomness.
///
/// # Errors
/// Where the system gives none.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The bytes of a hex text of even length, upper or lower case; `None` for anything else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}

/// The bytes of a hex text of exactly `N` bytes; `None` for anything else.
pub fn unhex_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let fits = HEXLOWER_PERMISSIVE.decode_len(text.len()) == Ok(N);
    (fits && HEXLOWER_PERMISSIVE.decode_mut(text.as_bytes(), &mut bytes) == Ok(N)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> [Key; 2] {
        [
            Key {
                id: KeyId(3),
                secret: Secret::Ed25519(Box::new(SigningKey::from_bytes(&[7; 32]))),
                label: "ana".into(),
            },
            Key {
                id: KeyId(4),
                secret: Secret::HmacSha256(vec![9; 32]),
                label: String::new(),
            },
        ]
    }

    #[test]
    fn a_signature_is_of_one_text_and_written_in_one_way() {
        for key in keys() {
            let verifier = key.verifier();
            let signature = key.secret.sign("what is signed");
            assert!(verifier.verify("what is signed", &signature));
            assert!(verifier.verify("what is signed", &signature.to_uppercase()));
            assert!(!verifier.verify("what is signed ", &signature));
            for bad in [
                "",
                "zz",
                "é",
                &signature[1..],
                &signature[2..],
                &format!("{signature}00"),
            ] {
                assert!(!verifier.verify("what is signed", bad), "{bad}");
            }
        }
    }

    #[test]
    fn one_key_never_verifies_anothers_signature() {
        let [ed, mac] = keys();
        let text = "what is signed";
        assert!(!ed.verifier().verify(text, &mac.secret.sign(text)));
        assert!(!mac.verifier().verify(text, &ed.secret.sign(text)));
        // The point of order one accepts anything under lax rules.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        assert!(!Verifier::Ed25519(identity).verify(text, &hex(&forged)));
        assert!(
            !Verifier::HmacSha256(vec![]).verify(text, &hex(&hmac(&[]).chain_update(text).finalize().into_bytes()))
        );
    }

    #[test]
    fn a_key_file_round_trips_is_private_and_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        for key in keys() {
            let path = dir.path().join(format!("{}.key", key.id.0));
            key.save_new(&path).unwrap();
            let read = Key::load(&path).unwrap();
            assert_eq!((read.id, &read.label), (key.id, &key.label));
            assert_eq!(read.secret.sign("x"), key.secret.sign("x"));
            assert!(matches!(key.save_new(&path), Err(KeyFileError::Io(..))));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
                assert!(matches!(Key::load(&path), Err(KeyFileError::Exposed(_))));
            }
        }
    }

    #[test]
    fn a_bad_key_file_is_refused_without_showing_the_secret() {
        let secret = "07".repeat(32);
        for (text, why) in [
            (
                format!("key_id = 1\nalgorithm = \"ed25519\"\nsecret = \"{secret}\"\nextra = 1"),
                "unknown field",
            ),
            (
                format!("key_id = 1\nalgorithm = \"rsa\"\nsecret = \"{secret}\""),
                "unknown algorithm",
            ),
            (
                format!("key_id = 1\nalgorithm = \"ed25519\"\nsecret = \"{secret}00\""),
                "64 hex",
            ),
            (format!("key_id = 1\nalgorithm = \"ed25519\"\nsecret = {secret}"), ""),
            (
                "key_id = 1\nalgorithm = \"hmac-sha256\"\nsecret = \"00\"".into(),
                "shorter",
            ),
            (
                format!("key_id = 1\nalgorithm = \"ed25519\"\nsecret = \"{secret}\"\npublic_key = \"{secret}\""),
                "public key",
            ),
        ] {
            let error = Key::parse(&text).unwrap_err();
            assert!(error.contains(why), "{error}");
            assert!(!error.contains(&secret), "{error}");
        }
    }
}
