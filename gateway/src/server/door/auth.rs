//! The proof of who asks: the signature, its age, whether it was seen before, and the key's networks.
//!
//! What always holds: nothing is charged to a key, remembered for it or done in its name before its signature was
//! verified. What a user may do is the core's business (roles); what its key may do is asked where a command is
//! given (scopes, from the roll).

use super::{
    limits::{Cost, Origin, Standing},
    replay::Seen,
};
use crate::{
    proof::signing::{self, Verifier},
    server::{
        core::{caller::KeyCaller, state::State},
        said::problem::{Fault, Problem},
    },
};
use axum::http::HeaderMap;
use protocol::{
    KeyId,
    command::Op,
    party::{KeyMaterial, Network},
};
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

/// The header that narrows the receive window of this request, in milliseconds.
pub const WINDOW_HEADER: &str = "zhiheng-window";

/// The claim of a signed request: which key, when, and the proof.
pub(crate) struct Claim {
    pub(crate) key: KeyId,
    pub(crate) timestamp_ms: u64,
    pub(crate) signature: String,
    /// A narrower receive window than the server's.
    pub(crate) window_ms: Option<u64>,
}

impl Claim {
    /// The claim in the headers: `None` where there is no trace of one, a problem where it is torn.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let text = |name: &'static str| match headers.get(name) {
            None => Ok(None),
            Some(value) => value
                .to_str()
                .map(Some)
                .map_err(|_| Problem::from(Fault::NotAuthenticated).at_field(name)),
        };
        let number = |name, text: &str| {
            text.parse::<u64>()
                .map_err(|_| Problem::from(Fault::NotAuthenticated).at_field(name))
        };
        let (key, timestamp) = (text(signing::KEY_HEADER)?, text(signing::TIMESTAMP_HEADER)?);
        let (signature, window) = (text(signing::SIGNATURE_HEADER)?, text(WINDOW_HEADER)?);
        let (key, timestamp, signature) = match (key, timestamp, signature) {
            (None, None, None) => return Ok(None),
            (Some(key), Some(timestamp), Some(signature)) => (key, timestamp, signature),
            (key, timestamp, _) => {
                let missing = match (key, timestamp) {
                    (None, _) => signing::KEY_HEADER,
                    (_, None) => signing::TIMESTAMP_HEADER,
                    _ => signing::SIGNATURE_HEADER,
                };
                return Err(Problem::from(Fault::NotAuthenticated).at_field(missing));
            }
        };
        let key = number(signing::KEY_HEADER, key)?;
        Ok(Some(Self {
            key: KeyId(u32::try_from(key).map_err(|_| Fault::KeyNotAccepted)?),
            timestamp_ms: number(signing::TIMESTAMP_HEADER, timestamp)?,
            signature: signature.into(),
            window_ms: window.map(|window| number(WINDOW_HEADER, window)).transpose()?,
        }))
    }
}

/// The parts of a request that its signature covers.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// Verifies a claim and charges its key. A failure is charged to the address it came from.
pub(crate) fn authenticate(
    state: &State,
    claim: &Claim,
    signed: &Signed<'_>,
    peer: IpAddr,
    cost: Cost,
) -> (Result<KeyCaller, Problem>, Option<Standing>) {
    let now = Instant::now();
    let origin = Origin::from(peer);
    if let Err(refusal) = state.rates.admit(origin, now) {
        return (Err(refusal.into()), Some(refusal.standing));
    }
    let caller = match verify(state, claim, signed, peer) {
        Ok(caller) => caller,
        Err(problem) => {
            state.rates.failed(origin, now);
            return (Err(problem), None);
        }
    };
    // A request that is refused for its rate is not remembered: the very same may be sent again.
    let standing = match state.rates.charge_key(claim.key, cost) {
        Ok(standing) => standing,
        Err(refusal) => return (Err(refusal.into()), Some(refusal.standing)),
    };
    let signature = signing::unhex(&claim.signature).unwrap_or_default();
    let caller = match state.replays.remember(claim.key, &signature, now) {
        Seen::New => Ok(caller),
        Seen::Before => Err(Fault::SignatureReplayed.into()),
        Seen::Full => Err(Problem::from(Fault::RateLimited).retry_after(1_000)),
    };
    (caller, Some(standing))
}

/// Whether the key of this claim, if the claim is true, may import assets.
pub(crate) fn may_import(state: &State, claim: &Claim) -> bool {
    let directory = state.market.directory();
    directory
        .key(claim.key)
        .is_some_and(|key| !key.is_revoked() && key.details.scopes.has_any(Op::RegisterRights.scopes()))
}

fn verify(state: &State, claim: &Claim, signed: &Signed<'_>, peer: IpAddr) -> Result<KeyCaller, Problem> {
    let (key, user) = {
        let directory = state.market.directory();
        let key = directory.key(claim.key).ok_or(Fault::KeyNotAccepted)?.clone();
        let user = directory.user(key.details.user).ok_or(Fault::KeyNotAccepted)?;
        (key, user)
    };
    let window = claim.window_ms.map_or(state.receive_window, |ms| {
        Duration::from_millis(ms).min(state.receive_window)
    });
    let off = (state.now().0 / 1_000_000).abs_diff(claim.timestamp_ms);
    if u128::from(off) > window.as_millis() {
        return Err(Problem::from(Fault::StaleTimestamp).hint(format!("off by {off} ms")));
    }
    let verifier = match key.details.material {
        KeyMaterial::Ed25519(public) => Verifier::Ed25519(public),
        KeyMaterial::HmacSha256 => {
            let secret = state.secrets.get(claim.key).ok_or(Fault::KeyNotAccepted)?;
            Verifier::HmacSha256(secret.to_vec())
        }
    };
    let canonical = signing::canonical(
        claim.timestamp_ms,
        signed.method,
        signed.path,
        signed.query,
        signed.body,
    );
    if !verifier.verify(&canonical, &claim.signature) {
        return Err(Fault::BadSignature.into());
    }
    if key.is_revoked() {
        return Err(Fault::KeyNotAccepted.into());
    }
    if !networks_hold(&key.details.networks, peer) {
        return Err(Fault::NetworkNotAllowed.into());
    }
    if signing::unhex(&claim.signature).is_some_and(|signature| state.replays.knows(claim.key, &signature)) {
        return Err(Fault::SignatureReplayed.into());
    }
    Ok(KeyCaller {
        key,
        user: user.id,
        entity: user.entity,
        roles: user.roles,
    })
}

/// Whether an address lies in one of the networks; none at all means anywhere.
fn networks_hold(networks: &[Network], address: IpAddr) -> bool {
    let address = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let bits = address.to_bits();
    let holds = |network: &Network| {
        let mask = u128::MAX
            .checked_shl(128_u32.saturating_sub(network.prefix.into()))
            .unwrap_or(0);
        (bits ^ u128::from_be_bytes(network.address)) & mask == 0
    };
    networks.is_empty() || networks.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix: u8) -> Network {
        let address = match address.parse::<IpAddr>().unwrap() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        Network {
            address: address.octets(),
            prefix,
        }
    }

    #[test]
    fn a_key_is_bound_to_its_networks() {
        let v4 = [network("10.1.2.0", 96 + 24)];
        let v6 = [network("2001:db8::", 32), network("::1", 128)];
        for (networks, address, holds) in [
            (&v4[..], "10.1.2.255", true),
            (&v4[..], "::ffff:10.1.2.7", true),
            (&v4[..], "10.1.3.0", false),
            (&v4[..], "2001:db8::1", false),
            (&v6[..], "2001:db8:ffff::1", true),
            (&v6[..], "::1", true),
            (&v6[..], "::2", false),
            (&[], "192.0.2.1", true),
            (&[network("::", 0)], "192.0.2.1", true),
        ] {
            assert_eq!(
                networks_hold(networks, address.parse().unwrap()),
                holds,
                "{address} in {networks:?}"
            );
        }
    }

    #[test]
    fn half_a_claim_is_not_taken_for_none() {
        let mut headers = HeaderMap::new();
        assert!(Claim::of_headers(&headers).unwrap().is_none());
        headers.insert(signing::KEY_HEADER, "7".parse().unwrap());
        assert_eq!(Claim::of_headers(&headers).err().unwrap().code(), "NOT_AUTHENTICATED");
        headers.insert(signing::TIMESTAMP_HEADER, "x".parse().unwrap());
        headers.insert(signing::SIGNATURE_HEADER, "00".parse().unwrap());
        assert_eq!(Claim::of_headers(&headers).err().unwrap().code(), "NOT_AUTHENTICATED");
        headers.insert(signing::TIMESTAMP_HEADER, "12".parse().unwrap());
        let claim = Claim::of_headers(&headers).unwrap().unwrap();
        assert_eq!((claim.key, claim.timestamp_ms), (KeyId(7), 12));
    }
}
