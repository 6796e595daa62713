//! The commitment that stands for a sealed bid until it is revealed (RULES.md 2.6).

use protocol::{Digest, LotId};
use sha2::{Digest as _, Sha256};

/// SHA-256 of `"IPX-SEAL-v1\0"`, the lot, the bidder's number and the price in minor units, 8 bytes each, most
/// significant first, and the nonce.
pub fn commitment(lot: LotId, number: u32, minor: i64, nonce: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"IPX-SEAL-v1\0");
    for word in [lot.0, number.into(), minor.unsigned_abs()] {
        hash.update(word.to_be_bytes());
    }
    hash.update(nonce.0);
    Digest(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scalar::write_digest;

    #[test]
    fn the_seal_of_the_rule_book() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
        let sealed = commitment(LotId(7), 42, 420_000_000, &Digest([0x11; 32]));
        assert_eq!(write_digest(sealed), vectors["seal"].as_str().unwrap());
    }
}
