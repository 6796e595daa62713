//! Login and password of a user: what they may be, and how they are set.

use super::{
    kept::{Kept, Person},
    store::People,
};
use crate::server::said::problem::{Fault, Problem};
use protocol::{Timestamp, UserId};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Characters of a login.
pub(crate) const LOGIN: std::ops::RangeInclusive<usize> = 3..=64;
/// Characters of a password. A long one is worth more than one of many kinds of characters (NIST SP 800-63B, 5.1.1).
pub(crate) const PASSWORD: std::ops::RangeInclusive<usize> = 12..=128;

/// A login and a password that may be set.
pub(crate) struct Wanted {
    login: String,
    password: Zeroizing<String>,
}

impl Wanted {
    /// Reads both, or says what is wrong with one of them. Logins are the same in capital and in small letters.
    pub(crate) fn read(login: &str, password: Zeroizing<String>) -> Result<Self, Problem> {
        let login = login.trim().to_lowercase();
        let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '@' | '+');
        if !LOGIN.contains(&login.chars().count()) || !login.chars().all(fits) {
            return Err(Problem::from(Fault::LoginInvalid).at_field("/login"));
        }
        let count = password.chars().count();
        let mut letters = password.chars();
        let first = letters.next();
        let repeats = letters.all(|letter| Some(letter) == first);
        if !PASSWORD.contains(&count) || repeats || password.to_lowercase() == login {
            return Err(Problem::from(Fault::PasswordInvalid).at_field("/password"));
        }
        Ok(Self { login, password })
    }

    /// The same, with the password's hash in its place. To be asked before anything is used up.
    pub(super) async fn hashed(self, people: &People) -> Result<Hashed, Problem> {
        Ok(Hashed {
            login: self.login,
            password: people.passwords.hash(self.password).await?,
        })
    }
}

/// A login and the hash of a password.
pub(super) struct Hashed {
    login: String,
    password: String,
}

impl Hashed {
    /// Sets both. All sessions of the user end but `but`; its second factor stays where `keeps_factor` says so.
    pub(super) fn set(
        self,
        kept: &mut Kept,
        user: u32,
        (but, keeps_factor): (Option<u64>, bool),
        (enrolled_by, now): (Option<u32>, Timestamp),
    ) -> Result<(), Problem> {
        if kept.by_login(&self.login).is_some_and(|(other, _)| other != user) {
            return Err(Problem::from(Fault::LoginTaken).at_field("/login"));
        }
        let before = kept.people.remove(&user).filter(|_| keeps_factor);
        let (factor, begun) = before.map_or((None, None), |before| (before.factor, before.begun));
        let person = Person {
            login: self.login,
            password: self.password,
            set_at: now.0,
            enrolled_by,
            factor,
            begun,
            known: Vec::new(),
        };
        kept.people.insert(user, person);
        // Whoever had a code for it has none any more.
        kept.enrolments.remove(&user);
        kept.end_all(user, but);
        Ok(())
    }
}

/// Sets login and password of a user who proved itself. Its sessions end, but for `but`.
pub(crate) async fn set(
    people: &Arc<People>,
    user: UserId,
    wanted: Wanted,
    but: Option<u64>,
    now: Timestamp,
) -> Result<(), Problem> {
    let hashed = wanted.hashed(people).await?;
    let set = move |kept: &mut Kept| hashed.set(kept, user.0, (but, true), (None, now));
    people.change(now, set).await
}

/// What is told of how a user signs in.
pub(crate) struct Told {
    pub(crate) login: String,
    pub(crate) set_at: Timestamp,
    pub(crate) enrolled_by: Option<UserId>,
    pub(crate) has_second_factor: bool,
}

/// How this user signs in; none where it never set that.
pub(crate) fn told(people: &People, user: UserId) -> Option<Told> {
    let person = people.person(user)?;
    Some(Told {
        has_second_factor: person.factor.is_some(),
        login: person.login,
        set_at: Timestamp(person.set_at),
        enrolled_by: person.enrolled_by.map(UserId),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_passwords_keep_their_bounds() {
        let read = |login: &str, password: &str| {
            let wanted = Wanted::read(login, Zeroizing::new(password.to_owned()));
            wanted.map(|wanted| wanted.login).map_err(|problem| problem.code())
        };
        let good = "correct horse";
        assert_eq!(read(" Ana.Li@bank ", good), Ok("ana.li@bank".to_owned()));
        assert_eq!(read("李安娜", good), Ok("李安娜".to_owned()));
        assert_eq!(read(&"a".repeat(64), "密码密码密码密码密码密马"), Ok("a".repeat(64)));
        let long = "a".repeat(65);
        for wrong in ["", "ab", &long, "a b c", "ana\u{0}", "ana\u{301}", "<b>ana"] {
            assert_eq!(read(wrong, good), Err("LOGIN_INVALID"), "{wrong}");
        }
        let long = "ab".repeat(65);
        for wrong in ["", "elevenchars", "aaaaaaaaaaaaaa", &long, "ANA.LI@BANK.CN"] {
            assert_eq!(read("ana.li@bank.cn", wrong), Err("PASSWORD_INVALID"), "{wrong}");
        }
    }
}
