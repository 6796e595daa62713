//! What is kept of people on the disk, and its form: `postcard` inside a sealed file.
//!
//! What always holds: no password, no cookie and no enrolment code is in it, only what proves them; the secret of a second
//! factor must be known to check a code, so that one is, sealed.

use super::session::{Digest, SESSIONS_PER_USER};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a second factor's secret: as many as SHA-1 gives (RFC 4226, 4, R6).
pub(super) const FACTOR_SECRET: usize = 20;
/// How many addresses are remembered from which somebody signed in.
const KNOWN_ADDRESSES: usize = 4;

/// Everything that is kept.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// By the number of the user.
    pub(super) people: BTreeMap<u32, Person>,
    /// By the number of the user: the last one alone.
    pub(super) enrolments: BTreeMap<u32, Enrolment>,
    /// In the order in which they began.
    pub(super) sessions: Vec<KeptSession>,
    /// The number of the last session.
    pub(super) last_session: u64,
}

/// How a user signs in.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Person {
    /// In small letters; no other user's.
    pub(super) login: String,
    /// A PHC string of argon2id.
    pub(super) password: String,
    /// When both were set, in nanoseconds.
    pub(super) set_at: u64,
    /// The operator who had the enrolment code; none where the user's own key or password set them.
    pub(super) enrolled_by: Option<u32>,
    pub(super) factor: Option<Factor>,
    /// The secret of a second factor that was told and not confirmed yet.
    pub(super) begun: Option<[u8; FACTOR_SECRET]>,
    /// Where the user signed in from, the last one last.
    pub(super) known: Vec<u128>,
}

/// A second factor.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Factor {
    pub(super) secret: [u8; FACTOR_SECRET],
    /// The last time step whose code was used: neither it nor one before is good again (RFC 6238, 5.2).
    pub(super) last_step: u64,
}

/// A code with which a user sets login and password.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Enrolment {
    /// Of the code; none while another operator has to ask for it, too.
    pub(super) digest: Option<Digest>,
    /// The operator who asked first.
    pub(super) asked_by: u32,
    /// In nanoseconds.
    pub(super) until: u64,
}

/// A session as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeptSession {
    pub(super) digest: Digest,
    pub(super) id: u64,
    pub(super) user: u32,
    pub(super) began: u64,
    pub(super) ends: u64,
    pub(super) last_seen: u64,
    pub(super) from: String,
    pub(super) client: String,
    pub(super) proven: bool,
}

impl Kept {
    /// What the bytes hold; none where they are no such thing.
    pub(super) fn decode(plain: &[u8]) -> Option<Self> {
        postcard::from_bytes(plain).ok()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("it is plain data")
    }

    /// The user of this login.
    pub(super) fn by_login(&self, login: &str) -> Option<(u32, &Person)> {
        let mut people = self.people.iter();
        people
            .find(|(_, person)| person.login == login)
            .map(|(&user, person)| (user, person))
    }

    /// Adds a session; where its user has too many, the oldest ones end.
    pub(super) fn begin(&mut self, session: KeptSession) {
        let user = session.user;
        self.last_session = session.id;
        self.sessions.push(session);
        let own = self.sessions.iter().filter(|session| session.user == user).count();
        let mut surplus = own.saturating_sub(SESSIONS_PER_USER);
        self.sessions.retain(|session| {
            let ends = session.user == user && surplus > 0;
            surplus -= usize::from(ends);
            !ends
        });
    }

    /// Ends the sessions of a user but this one.
    pub(super) fn end_all(&mut self, user: u32, but: Option<u64>) {
        self.sessions
            .retain(|session| session.user != user || Some(session.id) == but);
    }
}

impl Person {
    /// Remembers where its user signs in from.
    pub(super) fn seen_at(&mut self, address: u128) {
        self.known.retain(|&known| known != address);
        self.known.push(address);
        if self.known.len() > KNOWN_ADDRESSES {
            self.known.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: u64, user: u32) -> KeptSession {
        KeptSession {
            digest: [0; 32],
            id,
            user,
            began: 0,
            ends: 0,
            last_seen: 0,
            from: String::new(),
            client: String::new(),
            proven: false,
        }
    }

    #[test]
    fn who_signs_in_again_and_again_ends_its_oldest_sessions_and_nobody_elses() {
        let mut kept = Kept::default();
        kept.begin(session(1, 7));
        for id in 2..=40 {
            kept.begin(session(id, 8));
        }
        let ids: Vec<_> = kept.sessions.iter().map(|session| session.id).collect();
        assert_eq!(ids.len(), 1 + SESSIONS_PER_USER);
        assert_eq!((ids[0], ids[1], ids[ids.len() - 1]), (1, 25, 40));
        kept.end_all(8, Some(40));
        assert_eq!(kept.sessions.len(), 2);
        let again = Kept::decode(&kept.encode()).unwrap();
        assert_eq!((again.sessions.len(), again.last_session), (2, 40));
        assert!(Kept::decode(&[1, 2, 3]).is_none());
    }
}
