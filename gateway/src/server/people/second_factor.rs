//! The second factor of a user: begun, confirmed, used at each sign-in, removed.

use super::{
    kept::{FACTOR_SECRET, Factor, Kept},
    session::Session,
    sign_in::{throttled, uses_code},
    store::People,
    totp,
};
use crate::server::said::problem::{Fault, Problem};
use protocol::{Timestamp, UserId};
use std::{sync::Arc, time::Instant};

/// What is told once of a new second factor: its secret, and the address that authenticator programs read.
pub(crate) struct Begun {
    pub(crate) secret: String,
    pub(crate) uri: String,
}

/// Begins a second factor. One that was begun before and not confirmed is none any more.
pub(crate) async fn begin(people: &Arc<People>, user: UserId, now: Timestamp) -> Result<Begun, Problem> {
    let mut secret = [0; FACTOR_SECRET];
    getrandom::fill(&mut secret).map_err(|_| Fault::Internal)?;
    let begin = move |kept: &mut Kept| {
        let person = kept.people.get_mut(&user.0).ok_or(Fault::CredentialsMissing)?;
        if person.factor.is_some() {
            return Err(Fault::SecondFactorStands.into());
        }
        person.begun = Some(secret);
        let (secret, uri) = totp::told(&secret, &person.login);
        Ok(Begun { secret, uri })
    };
    people.change(now, begin).await
}

/// Confirms it with a code. Other sessions of the user end: nobody proved it in them.
pub(crate) async fn confirm(
    people: &Arc<People>,
    session: &Session,
    code: String,
    now: Timestamp,
) -> Result<(), Problem> {
    let (user, id) = (session.user.0, session.id);
    people.codes.take(user, Instant::now()).map_err(throttled)?;
    let confirm = move |kept: &mut Kept| {
        let person = kept.people.get_mut(&user).ok_or(Fault::CredentialsMissing)?;
        let secret = person.begun.ok_or(Fault::NoSecondFactor)?;
        let mut factor = Factor { secret, last_step: 0 };
        if !factor.takes(code.trim(), now) {
            return Err(Problem::from(Fault::SecondFactorRefused).at_field("/code"));
        }
        (person.factor, person.begun) = (Some(factor), None);
        kept.end_all(user, Some(id));
        for session in kept.sessions.iter_mut().filter(|session| session.id == id) {
            session.proven = true;
        }
        Ok(())
    };
    let confirmed = people.change(now, confirm).await;
    give_back(people, user, &confirmed);
    confirmed
}

/// Removes it, with a code of it unless its user proved itself by a key: who lost it has none. All its sessions but
/// `but` end.
pub(crate) async fn remove(
    people: &Arc<People>,
    user: UserId,
    code: Option<Option<String>>,
    but: Option<u64>,
    now: Timestamp,
) -> Result<(), Problem> {
    let asks = code.is_some();
    if asks {
        people.codes.take(user.0, Instant::now()).map_err(throttled)?;
    }
    let remove = move |kept: &mut Kept| {
        let person = kept.people.get_mut(&user.0).ok_or(Fault::CredentialsMissing)?;
        if person.factor.is_none() {
            return Err(Fault::NoSecondFactor.into());
        }
        if let Some(code) = code {
            uses_code(person, code.as_deref(), now)?;
        }
        (person.factor, person.begun) = (None, None);
        kept.end_all(user.0, but);
        for session in kept.sessions.iter_mut().filter(|session| session.user == user.0) {
            session.proven = false;
        }
        Ok(())
    };
    let removed = people.change(now, remove).await;
    if asks {
        give_back(people, user.0, &removed);
    }
    removed
}

/// A try that was no wrong guess is given back.
fn give_back(people: &People, user: u32, tried: &Result<(), Problem>) {
    let guessed = |problem: &Problem| problem.code() == Fault::SecondFactorRefused.code();
    if !tried.as_ref().is_err_and(guessed) {
        people.codes.give_back(user);
    }
}
