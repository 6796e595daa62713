//! Bidders' requests, closed before they reach the journal and opened when they are read back (法释〔2016〕18号 8, 18).
//!
//! Each lot has a key of its own, derived from the venue's seal key: one lot's can be disclosed after its close without
//! the others. A request is padded to one length whatever it asks and under whatever name, closed with AES-256-GCM-SIV
//! under a random nonce, and bound to its lot, its place and its time: none can be moved or told by its length. A place may be used twice,
//! after a torn end was cut, so the nonce never comes from it; and were one drawn twice, by a copy of the machine, it
//! would tell equal requests alone.
//!
//! What always holds: what is secret of a lot is in no batch in the clear, and the core sees opened requests alone.
//! Where the key lies is the gateway's business; memory is trusted.

use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce, Tag, aead::AeadInOut as _};
use hmac::{Hmac, Mac as _};
use journal::encoded_bytes;
use protocol::{
    Answer, ClientId, Command, LotId, Outcome, ProposalId, Request, Seq, Stamped, Timestamp, UserId,
    control::{Approve, Encoded, Refuse},
    sealed::SealedRequest,
    wire,
};
use sha2::Sha256;
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
};
use zeroize::Zeroizing;

const LOT_KEY: &[u8] = b"zhiheng lot key 1\0";
const DRAW: &[u8] = b"zhiheng draw 1\0";
const BOUND: &[u8] = b"zhiheng sealed request 1\0";
const NONCE: usize = 12;
const TAG: usize = 16;
/// The length of a request stands before it.
const LENGTH: usize = 2;
/// What is closed beside the client's name has this length, or a multiple of it where a request is longer than any
/// bidder's command can be.
const STEP: usize = 128;
/// What is kept for the client's name: the longest fits, and no shorter one can be told by its length.
const NAME: usize = ClientId::BYTES_MAX;
/// A bidder's command in the journal, in encoded bytes.
const SEALED: usize = wire::SEALED_HEAD + NONCE + STEP + NAME + TAG;
/// Keys of so many lots are kept at hand; more than are ever open.
const CIPHERS_MAX: usize = 16_384;
/// Nonces that are drawn at once: asking the system for each would cost more than closing a request.
const NONCES: usize = 64;

/// The venue's key for what bidders ask. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

impl SealKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key of one lot.
    fn of_lot(&self, lot: LotId) -> Zeroizing<[u8; 32]> {
        mac(&self.0, &[LOT_KEY, &lot.0.to_be_bytes()])
    }

    /// The randomness from which a bidder's number is drawn: nobody can tell it without the key, and the same request
    /// sent again draws the same.
    pub fn draw(&self, lot: LotId, by: UserId, client_id: &str) -> u64 {
        let drawn = mac(&self.of_lot(lot), &[DRAW, &by.0.to_be_bytes(), client_id.as_bytes()]);
        u64::from_be_bytes(drawn[..8].try_into().expect("8 of 32 bytes"))
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Why a sealed request cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There is no key to open it.
    #[error(
        "command {} is a bidder's request of lot {}, sealed, and there is no key to open it. Give the seal key that this journal was \
         written with: its file, or ZHIHENG_SEAL_KEY", seq.0, lot.0
    )]
    NoKey {
        /// The command.
        seq: Seq,
        /// The lot whose bidder sent it.
        lot: LotId,
    },
    /// The key does not open the request.
    #[error(
        "command {} is a bidder's request of lot {}, and this key does not open it: it was sealed with another key, or changed since. Give \
         the seal key that this journal was written with, or restore the journal from a copy", seq.0, lot.0
    )]
    WrongKey {
        /// The command.
        seq: Seq,
        /// The lot whose bidder sent it.
        lot: LotId,
    },
    /// The request opens, and is no bidder's request of its lot: a bug of ours, or a key in wrong hands.
    #[error("command {} opens to something that is no bidder's request of lot {}", seq.0, lot.0)]
    Strange {
        /// The command.
        seq: Seq,
        /// The lot whose bidder sent it.
        lot: LotId,
    },
}

/// Whose secret a request is. It is asked once on a request's way in, and goes with it to the core and the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Nobody's.
    Open,
    /// The bidders' of this lot.
    Bidders(LotId),
    /// Whose the proposal is that it decides of: that is known when its turn comes.
    OfProposal(ProposalId),
}

impl Secrecy {
    /// Whose secret this command is.
    pub(crate) fn of(command: &Command) -> Self {
        match command {
            Command::Approve(Approve { proposal }) | Command::Refuse(Refuse { proposal, .. }) => {
                Self::OfProposal(*proposal)
            }
            command => command.secret_of().map_or(Self::Open, Self::Bidders),
        }
    }
}

/// Closes and opens the requests of one journal, in its order.
pub struct Sealing {
    key: Option<SealKey>,
    /// In boxes: a map that grows moves them, and each has its whole key schedule.
    ciphers: HashMap<LotId, Box<Aes256GcmSiv>>,
    /// Bidders' commands that wait or waited for a second user: who decides of one is the bidder's as well.
    proposals: BTreeMap<ProposalId, LotId>,
    nonces: Box<[[u8; NONCE]; NONCES]>,
    /// Those that are used up.
    drawn: usize,
    /// The last closed request; its buffer is used again.
    closed: Stamped<Request>,
}

impl Sealing {
    /// Seals with this key; without one, nothing secret can be closed or opened.
    pub fn new(key: Option<SealKey>) -> Self {
        Self {
            key,
            ciphers: HashMap::new(),
            proposals: BTreeMap::new(),
            nonces: Box::new([[0; NONCE]; NONCES]),
            drawn: NONCES,
            closed: Stamped {
                seq: Seq(0),
                at: Timestamp(0),
                body: Request {
                    by: UserId(0),
                    client: None,
                    command: Command::Sealed(Box::new(SealedRequest {
                        lot: LotId(0),
                        sealed: Encoded(Vec::new()),
                    })),
                },
            },
        }
    }

    /// The lot whose bidders' secret this is, now that its turn has come.
    pub(crate) fn lot_of(&self, secrecy: Secrecy) -> Option<LotId> {
        match secrecy {
            Secrecy::Open => None,
            Secrecy::Bidders(lot) => Some(lot),
            Secrecy::OfProposal(proposal) => self.proposals.get(&proposal).copied(),
        }
    }

    /// A request as it stands in the journal: itself, or closed where it is the `secret` of a lot's bidders.
    ///
    /// # Panics
    /// If it is secret and there is no key: [`Handle::submit`](crate::Handle::submit) lets none in.
    pub fn seal<'a>(&'a mut self, request: &'a Stamped<Request>, secret: Option<LotId>) -> &'a Stamped<Request> {
        let Some(lot) = secret else {
            return request;
        };
        let nonce = self.nonce();
        let Stamped { seq, at, body } = request;
        (self.closed.seq, self.closed.at) = (*seq, *at);
        let Command::Sealed(closed) = &mut self.closed.body.command else {
            unreachable!("made so");
        };
        closed.lot = lot;
        let bytes = &mut closed.sealed.0;
        bytes.clear();
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&[0; LENGTH]);
        wire::encode(body, bytes);
        let length = bytes.len() - NONCE - LENGTH;
        let prefix = u16::try_from(length)
            .expect("a bidder's request is short")
            .to_le_bytes();
        bytes[NONCE..NONCE + LENGTH].copy_from_slice(&prefix);
        bytes.resize(NONCE + padded(length - name(body)), 0);
        let cipher = cipher(&mut self.ciphers, self.key.as_ref(), lot).expect("nothing secret is taken without a key");
        let tag = cipher
            .encrypt_inout_detached(
                &Nonce::from(nonce),
                &bound(lot, *seq, *at),
                (&mut bytes[NONCE..]).into(),
            )
            .expect("a request is short");
        bytes.extend_from_slice(&tag);
        &self.closed
    }

    /// A request of the journal as the core is given it: itself, or opened.
    pub fn open<'a>(&mut self, request: &'a Stamped<Request>) -> Result<Cow<'a, Stamped<Request>>, SealError> {
        let Command::Sealed(closed) = &request.body.command else {
            return Ok(Cow::Borrowed(request));
        };
        let SealedRequest { lot, sealed } = &**closed;
        let (lot, seq, at) = (*lot, request.seq, request.at);
        let cipher = cipher(&mut self.ciphers, self.key.as_ref(), lot).ok_or(SealError::NoKey { seq, lot })?;
        let opened = || {
            let (nonce, rest) = sealed.0.split_first_chunk::<NONCE>()?;
            let (body, tag) = rest.split_last_chunk::<TAG>()?;
            let mut body = Zeroizing::new(body.to_vec());
            cipher
                .decrypt_inout_detached(
                    &Nonce::from(*nonce),
                    &bound(lot, seq, at),
                    body.as_mut_slice().into(),
                    &Tag::from(*tag),
                )
                .ok()?;
            Some(body)
        };
        let body = opened().ok_or(SealError::WrongKey { seq, lot })?;
        let (prefix, rest) = body.split_first_chunk().ok_or(SealError::Strange { seq, lot })?;
        let body = rest
            .get(..usize::from(u16::from_le_bytes(*prefix)))
            .and_then(|bytes| wire::decode(bytes).ok())
            .filter(|body| match body.command {
                // That it decides of this lot's bid was known when it was closed.
                Command::Approve(_) | Command::Refuse(_) => true,
                ref command => command.secret_of() == Some(lot),
            })
            .ok_or(SealError::Strange { seq, lot })?;
        Ok(Cow::Owned(Stamped { seq, at, body }))
    }

    /// The core has answered this request: a bidder's proposal that was taken makes what decides of it secret too.
    pub(crate) fn note(&mut self, request: &Stamped<Request>, secret: Option<LotId>, answer: &Answer) {
        if let (Some(lot), Command::Propose(_), Outcome::Done(_)) = (secret, &request.body.command, &answer.outcome) {
            self.proposals.insert(ProposalId::from(request.seq), lot);
        }
    }

    fn nonce(&mut self) -> [u8; NONCE] {
        if self.drawn == NONCES {
            getrandom::fill(self.nonces.as_flattened_mut()).expect("the system gives randomness");
            self.drawn = 0;
        }
        self.drawn += 1;
        self.nonces[self.drawn - 1]
    }
}

/// The cipher of a lot, if there is a key.
fn cipher<'a>(
    ciphers: &'a mut HashMap<LotId, Box<Aes256GcmSiv>>,
    key: Option<&SealKey>,
    lot: LotId,
) -> Option<&'a Aes256GcmSiv> {
    let key = key?;
    if ciphers.len() == CIPHERS_MAX && !ciphers.contains_key(&lot) {
        ciphers.clear();
    }
    let derive = || Box::new(Aes256GcmSiv::new(&(*key.of_lot(lot)).into()));
    Some(ciphers.entry(lot).or_insert_with(derive))
}

/// What a closed request is bound to.
fn bound(lot: LotId, seq: Seq, at: Timestamp) -> [u8; BOUND.len() + 24] {
    let mut bound = [0; BOUND.len() + 24];
    let (head, numbers) = bound.split_at_mut(BOUND.len());
    head.copy_from_slice(BOUND);
    for (place, number) in numbers.chunks_exact_mut(8).zip([lot.0, seq.0, at.0]) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    bound
}

/// What is closed of a request of this length without its client's name.
const fn padded(length: usize) -> usize {
    (LENGTH + length).next_multiple_of(STEP) + NAME
}

/// How many bytes of a request are its client's name.
fn name(request: &Request) -> usize {
    let id = request.client.as_ref().and_then(|client| client.id.as_ref());
    id.map_or(0, ClientId::bytes)
}

/// What a request takes in the journal, in encoded bytes: room is set aside for it before it has a place.
pub(crate) fn journaled_bytes(request: &Request, secrecy: Secrecy) -> usize {
    match (secrecy, &request.command) {
        (Secrecy::Open, _) => encoded_bytes(request),
        // Whichever it turns out to be.
        (Secrecy::OfProposal(_), _) => encoded_bytes(request).max(SEALED),
        (Secrecy::Bidders(_), Command::Propose(_)) => {
            SEALED - STEP - NAME + padded(encoded_bytes(request) - name(request))
        }
        (Secrecy::Bidders(_), _) => SEALED,
    }
}

#[cfg(test)]
mod tests;
