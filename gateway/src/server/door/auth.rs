//! The proof of who asks: the signature, its age, whether it was seen before, and the key's networks.
//!
//! What always holds: nothing is charged to a key, remembered for it or done in its name before its signature was
//! verified, and a captured request does nothing a second time. A read is read again. A command is done once, by its
//! client id; where so much came since that the core may have forgotten that, it is refused, and so it is where a process
//! before this one may have taken it. A socket's login is good once: behind it everything may be sent.
//!
//! What a user may do is the core's business (roles); what its key may do is asked where a command is given (scopes,
//! from the roll).

use super::{
    limits::{Cost, Origin, Standing},
    networks,
    replay::Seen,
};
use crate::{
    proof::{
        request::{self, NONCE_MAX, Parts, is_nonce},
        signing::{self, Verifier},
    },
    server::{
        core::{
            caller::{Proof, UserCaller},
            state::State,
        },
        said::problem::{Fault, Problem},
    },
};
use axum::http::HeaderMap;
use protocol::{KeyId, command::Op, party::KeyMaterial};
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

/// The header that narrows the receive window of this request, in milliseconds.
pub const WINDOW_HEADER: &str = "zhiheng-window";

/// The address that every login of a socket signs, with GET, no query and no body.
pub(crate) const LOGIN_PATH: &str = "/v1/ws";

/// The claim of a signed request: which key, when, and the proof.
pub(crate) struct Claim {
    pub(crate) key: KeyId,
    pub(crate) timestamp_ms: u64,
    /// Tells equal requests of one millisecond apart; empty where there is none.
    pub(crate) nonce: String,
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
        let (key, timestamp) = (text(request::KEY_HEADER)?, text(request::TIMESTAMP_HEADER)?);
        let (signature, window) = (text(request::SIGNATURE_HEADER)?, text(WINDOW_HEADER)?);
        let (key, timestamp, signature) = match (key, timestamp, signature) {
            (None, None, None) => return Ok(None),
            (Some(key), Some(timestamp), Some(signature)) => (key, timestamp, signature),
            (key, timestamp, _) => {
                let missing = match (key, timestamp) {
                    (None, _) => request::KEY_HEADER,
                    (_, None) => request::TIMESTAMP_HEADER,
                    _ => request::SIGNATURE_HEADER,
                };
                return Err(Problem::from(Fault::NotAuthenticated).at_field(missing));
            }
        };
        let nonce = Self::nonce(text(request::NONCE_HEADER)?, request::NONCE_HEADER)?;
        let key = number(request::KEY_HEADER, key)?;
        Ok(Some(Self {
            key: KeyId(u32::try_from(key).map_err(|_| Fault::KeyNotAccepted)?),
            timestamp_ms: number(request::TIMESTAMP_HEADER, timestamp)?,
            nonce,
            signature: signature.into(),
            window_ms: window.map(|window| number(WINDOW_HEADER, window)).transpose()?,
        }))
    }

    /// The nonce of a claim, if it has one: `field` says where it stands.
    pub(crate) fn nonce(nonce: Option<&str>, field: &'static str) -> Result<String, Problem> {
        match nonce {
            None => Ok(String::new()),
            Some(nonce) if is_nonce(nonce) => Ok(nonce.to_owned()),
            Some(_) => {
                let hint = format!("1 to {NONCE_MAX} visible ASCII characters");
                Err(Problem::from(Fault::NotAuthenticated).at_field(field).hint(hint))
            }
        }
    }
}

/// What a signed request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It changes nothing.
    Read,
    /// It is done once.
    Command,
    /// It opens a socket for its key, or sets how the key's user signs in: good once, and nothing to be repeated.
    Login,
}

/// A request whose signature holds.
pub(crate) struct Proven {
    pub(crate) caller: UserCaller,
    /// Where the very same was received before: how many commands its participant had given by then.
    pub(crate) repeat_of: Option<u64>,
}

/// Verifies a claim and charges its key. A failure is charged to the address it came from, and so is a request that was
/// received before: whoever captured it spends nothing of the key's.
pub(crate) fn authenticate(
    state: &State,
    claim: &Claim,
    parts: &Parts<'_>,
    peer: IpAddr,
    (purpose, cost): (Purpose, Cost),
) -> (Result<Proven, Problem>, Option<Standing>) {
    let now = Instant::now();
    let origin = Origin::from(peer);
    if let Err(refusal) = state.rates.admit(origin, now) {
        return (Err(refusal.into()), Some(refusal.standing));
    }
    let (caller, signature) = match verify(state, claim, parts, peer, purpose) {
        Ok(proven) => proven,
        Err(problem) => {
            state.rates.failed(origin, now);
            return (Err(problem), None);
        }
    };
    let replayed = || {
        state.rates.failed(origin, now);
        (Err(Fault::SignatureReplayed.into()), None)
    };
    let before = state.replays.seen(claim.key, &signature);
    if before.is_some() && purpose == Purpose::Login {
        return replayed();
    }
    // A request that is refused for its rate is not remembered: the very same may be sent again.
    let charged = match before {
        None => state.rates.charge_key(claim.key, cost),
        Some(_) => state.rates.charge_origin(origin, cost),
    };
    let standing = match charged {
        Ok(standing) => standing,
        Err(refusal) => return (Err(refusal.into()), Some(refusal.standing)),
    };
    let repeat_of = match state.replays.remember(claim.key, &signature, caller.entity, now) {
        Seen::New => None,
        Seen::Before(_) if purpose == Purpose::Login => return replayed(),
        Seen::Before(given) => Some(given),
        // What is read again does no harm.
        Seen::Full if purpose == Purpose::Read => None,
        Seen::Full => {
            let problem = Problem::from(Fault::RateLimited).retry_after(1_000);
            return (Err(problem), Some(standing));
        }
    };
    (Ok(Proven { caller, repeat_of }), Some(standing))
}

/// Whether the key of this claim, if the claim is true, may import assets.
pub(crate) fn may_import(state: &State, claim: &Claim) -> bool {
    let directory = state.market.directory();
    directory
        .key(claim.key)
        .is_some_and(|key| !key.is_revoked() && key.details.scopes.has_any(Op::RegisterRights.scopes()))
}

/// Who asks, and the signature's bytes.
fn verify(
    state: &State,
    claim: &Claim,
    parts: &Parts<'_>,
    peer: IpAddr,
    purpose: Purpose,
) -> Result<(UserCaller, Vec<u8>), Problem> {
    let opened = state.opened()?;
    let (key, user) = {
        let directory = state.market.directory();
        let key = directory.key(claim.key).ok_or(Fault::KeyNotAccepted)?.clone();
        let user = directory.user(key.details.user).ok_or(Fault::KeyNotAccepted)?;
        (key, user)
    };
    let window = claim.window_ms.map_or(state.receive_window, |ms| {
        Duration::from_millis(ms).min(state.receive_window)
    });
    let now_ms = state.now().0 / 1_000_000;
    let off = now_ms.abs_diff(claim.timestamp_ms);
    if u128::from(off) > window.as_millis() {
        let hint = format!("off by {off} ms; the window is {} ms", window.as_millis());
        return Err(Problem::from(Fault::StaleTimestamp).hint(hint));
    }
    if purpose != Purpose::Read {
        // What is signed for a time to come outlives a restart, and with it the memory of what was taken.
        let most = u64::try_from(state.ahead_max().as_millis()).unwrap_or(u64::MAX);
        if claim.timestamp_ms > now_ms.saturating_add(most) {
            let hint = format!("signed {off} ms ahead of the venue's clock; commands and logins at most {most} ms");
            return Err(Problem::from(Fault::StaleTimestamp).hint(hint));
        }
        // The process before this one may have taken it, and this one does not remember that.
        if claim.timestamp_ms <= opened.former_ms {
            let left = opened.former_ms - claim.timestamp_ms;
            let problem = Problem::from(Fault::StaleTimestamp).retry_after(left + 1);
            return Err(problem.hint("signed before the venue's last start; sign again"));
        }
    }
    let verifier = match key.details.material {
        KeyMaterial::Ed25519(public) => Verifier::Ed25519(public),
        KeyMaterial::HmacSha256 => {
            let secret = state.secrets.get(claim.key).ok_or(Fault::KeyNotAccepted)?;
            Verifier::HmacSha256(secret.to_vec())
        }
    };
    let text = parts.text(&opened.venue_id, claim.timestamp_ms, &claim.nonce);
    if !verifier.verify(&text, &claim.signature) {
        let outdated = parts.outdated_text(claim.timestamp_ms);
        if verifier.verify(&outdated, &claim.signature) {
            return Err(Fault::SignatureOutdated.into());
        }
        let hint = format!("this venue is {}, as GET /v1/venue tells", opened.venue_id);
        return Err(Problem::from(Fault::BadSignature).hint(hint));
    }
    if key.is_revoked() {
        return Err(Fault::KeyNotAccepted.into());
    }
    let bound = &key.details.networks;
    if !bound.is_empty() && !networks::hold(bound, peer) {
        // Behind a proxy that is not known for one, every client comes from the proxy's.
        let hint = format!("the request came from {peer}");
        return Err(Problem::from(Fault::NetworkNotAllowed).hint(hint));
    }
    let caller = UserCaller {
        proof: Proof::Key(key),
        user: user.id,
        entity: user.entity,
        roles: user.roles,
    };
    Ok((caller, signing::unhex(&claim.signature).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_claim_is_not_taken_for_none() {
        let mut headers = HeaderMap::new();
        assert!(Claim::of_headers(&headers).unwrap().is_none());
        headers.insert(request::KEY_HEADER, "7".parse().unwrap());
        assert_eq!(Claim::of_headers(&headers).err().unwrap().code(), "NOT_AUTHENTICATED");
        headers.insert(request::TIMESTAMP_HEADER, "x".parse().unwrap());
        headers.insert(request::SIGNATURE_HEADER, "00".parse().unwrap());
        assert_eq!(Claim::of_headers(&headers).err().unwrap().code(), "NOT_AUTHENTICATED");
        headers.insert(request::TIMESTAMP_HEADER, "12".parse().unwrap());
        let claim = Claim::of_headers(&headers).unwrap().unwrap();
        assert_eq!(
            (claim.key, claim.timestamp_ms, claim.nonce.as_str()),
            (KeyId(7), 12, "")
        );
        headers.insert(request::NONCE_HEADER, "a b".parse().unwrap());
        assert_eq!(Claim::of_headers(&headers).err().unwrap().code(), "NOT_AUTHENTICATED");
        headers.insert(request::NONCE_HEADER, "n-1".parse().unwrap());
        assert_eq!(Claim::of_headers(&headers).unwrap().unwrap().nonce, "n-1");
    }
}
