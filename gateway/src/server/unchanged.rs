//! A configuration that was changed after the exchange had begun: what it says of the first rules and of the operator's
//! key was written into the journal once, and is not read again. So a change there is refused and never passed over.
//!
//! What always holds: each of these fields says what is in force by now, or was at some time since the exchange began.

use super::{config::ServerConfig, error::RunError};
use crate::proof::signing;
use market_data::directory::{Directory, Key};
use protocol::{
    KeyId,
    party::{KeyMaterial, Network, Roles, Scopes},
    rules::{Approval, Epoch},
};
use serde::Serialize;
use std::sync::Arc;

/// How rules are changed.
const BY_EPOCH: &str = "new rules come into force by the command `epoch` (POST /v1/rules)";
/// How keys are changed.
const BY_KEYS: &str = "an operator registers another key (POST /v1/participants/keys); where none can sign any more, stop the exchange \
                       and run `zhiheng recover --config FILE`";

/// Whether the configuration says what the journal does, as far as it has begun.
///
/// # Errors
/// The first field that says something else, with the way to change it.
pub(super) fn check(config: &ServerConfig, directory: &Directory) -> Result<(), RunError> {
    if !directory.epochs().is_empty() {
        rules(config, directory.epochs())?;
    }
    if let Some(first) = directory.key(KeyId(0)) {
        operator(config, directory, first)?;
    }
    Ok(())
}

fn rules(config: &ServerConfig, epochs: &[Arc<Epoch>]) -> Result<(), RunError> {
    let said = &config.genesis.epoch;
    let all = || epochs.iter().map(|epoch| &**epoch);
    let began = &epochs[0];
    same(
        "profile",
        said.profile.word(),
        all().map(|epoch| epoch.profile.word()),
        BY_EPOCH,
    )?;
    // The demo market, served as it is: no configuration has that word.
    let demo_served = config.takes_demo && began.approval.is_demo() && said.approval == Approval::Sandbox;
    if !demo_served {
        same("approval", &said.approval, all().map(|epoch| &epoch.approval), BY_EPOCH)?;
    }
    let listing = |epoch: &Epoch| epoch.judicial_listing.clone();
    same("judicial_listing", listing(said), all().map(listing), BY_EPOCH)?;
    same("fees", &said.fees, all().map(|epoch| &epoch.fees), BY_EPOCH)?;
    same("calendar", &said.calendar, all().map(|epoch| &epoch.calendar), BY_EPOCH)
}

/// Whether a field says what it says in force now, or did at any time before: a configuration may follow what commands
/// changed, and need not.
fn same<T: PartialEq + Serialize>(
    field: &'static str,
    said: T,
    so_far: impl Iterator<Item = T>,
    way: &'static str,
) -> Result<(), RunError> {
    let so_far: Vec<T> = so_far.collect();
    let (Some(began), Some(now)) = (so_far.first(), so_far.last()) else {
        return Ok(());
    };
    if said == *now {
        return Ok(());
    }
    if so_far.contains(&said) {
        tracing::info!(
            field,
            in_force = shown(now),
            "the configuration says what was in force before; since then it was changed"
        );
        return Ok(());
    }
    Err(RunError::Changed {
        field,
        configured: shown(&said),
        now: if now == began {
            String::new()
        } else {
            format!("; in force is {}", shown(now))
        },
        began: shown(began),
        way,
    })
}

/// A value in words, as far as a line takes them: a calendar has hundreds of days.
fn shown(value: &impl Serialize) -> String {
    const MOST: usize = 160;
    let text = serde_json::to_string(value).unwrap_or_default();
    if text.chars().count() <= MOST {
        return text;
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// Whether the configuration's key is the first operator's of the start, or one with which an operator rules by now.
fn operator(config: &ServerConfig, directory: &Directory, first: &Key) -> Result<(), RunError> {
    let genesis = &config.genesis;
    let material = KeyMaterial::Ed25519(genesis.operator_key);
    let rules = |key: &&Key| {
        let user = directory.user(key.details.user);
        let is_operator = user.is_some_and(|user| user.roles.has_any(Roles::OPERATOR));
        is_operator && !key.is_revoked() && key.details.scopes.has_any(Scopes::ADMIN)
    };
    let all = directory.keys(None, usize::MAX);
    let mut known: Vec<&Key> = all.iter().map(|key| &**key).filter(rules).collect();
    let stands = known.iter().any(|key| key.details.material == material);
    if !known.iter().any(|key| key.id == first.id) {
        known.push(first);
    }
    known.retain(|key| key.details.material == material);
    if known.is_empty() {
        return Err(RunError::Changed {
            field: "operator_public_key",
            configured: signing::hex(&genesis.operator_key),
            began: public(first),
            now: String::new(),
            way: BY_KEYS,
        });
    }
    if !known
        .iter()
        .any(|key| key.details.networks == genesis.operator_networks)
    {
        return Err(RunError::Changed {
            field: "operator_networks",
            configured: list(&genesis.operator_networks),
            began: list(&known[0].details.networks),
            now: String::new(),
            way: BY_KEYS,
        });
    }
    if !stands {
        tracing::warn!(
            "operator_public_key of the configuration was revoked: put there what stands now, for `zhiheng recover` brings it back"
        );
    }
    Ok(())
}

fn public(key: &Key) -> String {
    match &key.details.material {
        KeyMaterial::Ed25519(public) => signing::hex(public),
        KeyMaterial::HmacSha256 => "a shared secret".into(),
    }
}

fn list(networks: &[Network]) -> String {
    let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
    format!("{networks:?}")
}
