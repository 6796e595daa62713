//! Codes with which a user who has no key sets login and password: from an operator, once, within a day.
//!
//! What always holds: where the venue has two operators who can act, no one of them gives a code alone: the first asks, and
//! another who asks for the same is told it. Else one operator could be anybody, and do by a participant's name what takes
//! two (as a key of another's takes two). A code is good once, and the last one of a user alone.

use super::{
    credentials::Wanted,
    kept::{Enrolment, Kept},
    session::Digest,
    sign_in::throttled,
    store::People,
};
use crate::server::said::problem::{Fault, Problem};
use data_encoding::BASE32_NOPAD;
use protocol::{Timestamp, UserId};
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Instant};

/// How long a code is good, and how long a first operator's word waits for the second's: a day.
const GOOD_FOR: u64 = 86_400_000_000_000;
/// Random bytes of a code: sixteen letters and digits.
const BYTES: usize = 10;
/// How many may be open at once.
const OPEN_MAX: usize = 10_000;

/// What came of asking for a code.
pub(crate) enum Given {
    /// The code, told this once; and until when it is good.
    Code(String, Timestamp),
    /// Another operator has to ask, too, before this time.
    Waits(Timestamp),
}

/// An operator asks for a code of this user. `alone`: nobody else could ask.
pub(crate) async fn give(
    people: &Arc<People>,
    user: UserId,
    (by, alone): (UserId, bool),
    now: Timestamp,
) -> Result<Given, Problem> {
    let mut code = [0; BYTES];
    getrandom::fill(&mut code).map_err(|_| Fault::Internal)?;
    let code = BASE32_NOPAD.encode(&code);
    let digest = digest(&code);
    let give = move |kept: &mut Kept| {
        kept.enrolments.retain(|_, enrolment| enrolment.until > now.0);
        let before = kept.enrolments.get(&user.0);
        let asked = before
            .filter(|before| before.digest.is_none())
            .map(|before| before.asked_by);
        let both = alone || asked.is_some_and(|first| first != by.0);
        if before.is_none() && kept.enrolments.len() >= OPEN_MAX {
            return Err(Problem::from(Fault::Busy)
                .hint("too many enrolment codes are open")
                .retry_after(3_600_000));
        }
        let until = now.after(GOOD_FOR);
        let enrolment = Enrolment {
            digest: both.then_some(digest),
            asked_by: by.0,
            until: until.0,
        };
        kept.enrolments.insert(user.0, enrolment);
        Ok(if both {
            Given::Code(spaced(&code), until)
        } else {
            Given::Waits(until)
        })
    };
    people.change(now, give).await
}

/// Sets login and password with a code: whose.
pub(crate) async fn enrol(
    people: &Arc<People>,
    code: &str,
    wanted: Wanted,
    origin: u128,
    now: Timestamp,
) -> Result<UserId, Problem> {
    people.addresses.take(origin, Instant::now()).map_err(throttled)?;
    let digest = digest(code);
    // Before the password is hashed: what takes long is for those who have a code.
    of_code(&people.kept(), &digest, now).ok_or(Fault::EnrolmentRefused)?;
    let hashed = wanted.hashed(people).await?;
    let enrol = move |kept: &mut Kept| {
        let (user, by) = of_code(kept, &digest, now).ok_or(Fault::EnrolmentRefused)?;
        // Who lost the password may have lost the second factor with it.
        hashed.set(kept, user, (None, false), (Some(by), now))?;
        Ok(UserId(user))
    };
    let user = people.change(now, enrol).await?;
    people.addresses.give_back(origin);
    Ok(user)
}

/// Whose code this is, and which operator had it.
fn of_code(kept: &Kept, digest: &Digest, now: Timestamp) -> Option<(u32, u32)> {
    let mut open = kept.enrolments.iter();
    let (&user, enrolment) =
        open.find(|(_, enrolment)| enrolment.digest.as_ref() == Some(digest) && enrolment.until > now.0)?;
    Some((user, enrolment.asked_by))
}

/// The digest of a code, however it was typed: its blanks, dashes and small letters mean nothing.
fn digest(code: &str) -> Digest {
    let letters = code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let typed: String = letters
        .map(|letter| letter.to_ascii_uppercase())
        .take(2 * BYTES)
        .collect();
    Sha256::digest(typed).into()
}

/// A code as it is read out: in groups of four.
fn spaced(code: &str) -> String {
    let groups: Vec<_> = code.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        assert_eq!(spaced("ABCDEFGHIJKLMNOP"), "ABCD-EFGH-IJKL-MNOP");
        assert_eq!(digest("ABCDEFGHIJKLMNOP"), digest(" abcd efgh-ijkl-mnop"));
        assert_ne!(digest("ABCDEFGHIJKLMNOP"), digest("ABCDEFGHIJKLMNOQ"));
    }
}
