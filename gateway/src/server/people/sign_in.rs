//! Signing in and out.
//!
//! What always holds: an unknown login is answered as a wrong password is, and in the same time; tries are counted by login
//! and by address, and those that were right are given back. Where somebody signed in from before, the tries of others
//! keep nobody out: there the login is counted by itself.

use super::{
    kept::{Kept, KeptSession, Person},
    session::{self, Session},
    store::People,
};
use crate::server::said::problem::{Fault, Problem};
use protocol::{Timestamp, UserId};
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// The longest word that is kept of what a client says that it is, in characters.
const CLIENT_MAX: usize = 120;

/// Where somebody signs in from.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    address: IpAddr,
    /// The address as far as it counts.
    origin: u128,
    says: String,
}

impl Client {
    /// A client at this address; `says` is what it says that it is.
    pub(crate) fn new(address: IpAddr, origin: u128, says: &str) -> Self {
        let says = says
            .chars()
            .filter(|letter| !letter.is_control())
            .take(CLIENT_MAX)
            .collect();
        Self { address, origin, says }
    }
}

/// What somebody says to sign in.
pub(crate) struct Claim {
    pub(crate) login: String,
    pub(crate) password: Zeroizing<String>,
    pub(crate) code: Option<String>,
}

/// Signs in: the cookie, and the session.
pub(crate) async fn sign_in(
    people: &Arc<People>,
    claim: Claim,
    client: Client,
    now: Timestamp,
) -> Result<(String, Arc<Session>), Problem> {
    let login = claim.login.trim().to_lowercase();
    let kept = people.kept();
    let known = kept.by_login(&login).map(|(user, person)| (user, person.clone()));
    let at_home = known
        .as_ref()
        .is_some_and(|(_, person)| person.known.contains(&client.origin));
    let tries = Tries {
        people,
        login: (login, at_home.then_some(client.origin)),
        origin: client.origin,
    };
    tries.take()?;
    let hash = known.as_ref().map(|(_, person)| person.password.clone());
    let fits = people.passwords.fits(hash, claim.password).await?;
    let Some((user, person)) = known.filter(|_| fits) else {
        return Err(Fault::SignInRefused.into());
    };
    // Whoever has the password has used none of its tries; those of the code are counted by themselves.
    tries.give_back();
    if person.factor.is_some() && claim.code.is_none() {
        return Err(Problem::from(Fault::SecondFactorNeeded).at_field("/code"));
    }
    if person.factor.is_some() {
        people.codes.take(user, Instant::now()).map_err(throttled)?;
    }
    let origin = client.origin;
    let begun = begin(people, UserId(user), client, now, move |kept| {
        let person = still(kept, user, &person.password)?;
        let proven = uses_code(person, claim.code.as_deref(), now)?;
        person.seen_at(origin);
        Ok(proven)
    });
    let begun = begun.await?;
    if begun.1.is_proven() {
        people.codes.give_back(user);
    }
    Ok(begun)
}

/// Signs in as somebody of the demo. On a real exchange there is nobody of it.
pub(crate) async fn sign_in_as(
    people: &Arc<People>,
    name: &str,
    client: Client,
    now: Timestamp,
) -> Result<(String, Arc<Session>), Problem> {
    let known = people.demo().ok_or(Fault::NotFound)?;
    let person = known.iter().find(|person| person.name == name);
    let user = person.ok_or(Fault::NotFound)?.user;
    begin(people, user, client, now, |_| Ok(false)).await
}

/// Begins a session of this user; `allow` says whether a second factor was proven, or refuses.
async fn begin(
    people: &Arc<People>,
    user: UserId,
    client: Client,
    now: Timestamp,
    allow: impl FnOnce(&mut Kept) -> Result<bool, Problem> + Send + 'static,
) -> Result<(String, Arc<Session>), Problem> {
    let (cookie, digest) = session::draw().map_err(|error| {
        tracing::error!(%error, "no random numbers");
        Problem::from(Fault::Internal)
    })?;
    let longest = u64::try_from(people.config.longest.as_nanos()).unwrap_or(u64::MAX);
    let begin = move |kept: &mut Kept| {
        let proven = allow(kept)?;
        kept.begin(KeptSession {
            digest,
            id: kept.last_session + 1,
            user: user.0,
            began: now.0,
            ends: now.after(longest).0,
            last_seen: now.0,
            from: client.address.to_string(),
            client: client.says,
            proven,
        });
        Ok(())
    };
    people.change(now, begin).await?;
    let session = people.session(&cookie, now).ok_or(Fault::SessionEnded)?;
    Ok((cookie, session))
}

/// The person of this user, unless the password was changed meanwhile.
fn still<'k>(kept: &'k mut Kept, user: u32, password: &str) -> Result<&'k mut Person, Problem> {
    let person = kept.people.get_mut(&user);
    person
        .filter(|person| person.password == password)
        .ok_or_else(|| Fault::SignInRefused.into())
}

/// Uses a code of the second factor, where there is one: whether there is.
pub(super) fn uses_code(person: &mut Person, code: Option<&str>, now: Timestamp) -> Result<bool, Problem> {
    let Some(factor) = &mut person.factor else {
        return Ok(false);
    };
    if factor.takes(code.unwrap_or_default().trim(), now) {
        Ok(true)
    } else {
        Err(Problem::from(Fault::SecondFactorRefused).at_field("/code"))
    }
}

/// Whether this is the present password of a user who is signed in.
pub(crate) async fn check_password(
    people: &Arc<People>,
    user: UserId,
    password: Zeroizing<String>,
    origin: u128,
) -> Result<(), Problem> {
    let person = people.person(user).ok_or(Fault::CredentialsMissing)?;
    let tries = Tries {
        people,
        login: (person.login, Some(origin)),
        origin,
    };
    tries.take()?;
    if !people.passwords.fits(Some(person.password), password).await? {
        return Err(Fault::SignInRefused.into());
    }
    tries.give_back();
    Ok(())
}

/// Ends a session.
pub(crate) async fn sign_out(people: &Arc<People>, session: u64, now: Timestamp) -> Result<(), Problem> {
    let end = move |kept: &mut Kept| {
        kept.sessions.retain(|kept| kept.id != session);
        Ok(())
    };
    people.change(now, end).await
}

/// Ends all sessions of a user.
pub(crate) async fn sign_out_everywhere(people: &Arc<People>, user: UserId, now: Timestamp) -> Result<(), Problem> {
    let end = move |kept: &mut Kept| {
        kept.end_all(user.0, None);
        Ok(())
    };
    people.change(now, end).await
}

/// A try of a login from an address.
struct Tries<'p> {
    people: &'p People,
    login: (String, Option<u128>),
    origin: u128,
}

impl Tries<'_> {
    fn take(&self) -> Result<(), Problem> {
        let now = Instant::now();
        self.people.addresses.take(self.origin, now).map_err(throttled)?;
        self.people.logins.take(&self.login, now).map_err(throttled)
    }

    fn give_back(&self) {
        self.people.addresses.give_back(self.origin);
        self.people.logins.give_back(&self.login);
    }
}

/// Too many tries; the next one comes back in so many milliseconds.
pub(super) fn throttled(ms: u64) -> Problem {
    let least = Duration::from_secs(1).as_millis() as u64;
    Problem::from(Fault::RateLimited)
        .hint("too many tries to sign in")
        .retry_after(ms.max(least))
}
