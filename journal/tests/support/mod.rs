//! What the tests share: seeded requests, and a client that keeps its own record of what was acknowledged.
#![allow(dead_code, unreachable_pub)]

use journal::{AppendError, Batch, Disk, Journal, OpenError, Options, Recovery, ReplayedBatch, encoded_bytes};
use protocol::{
    AccountId, Bounded, Client, ClientId, Command, Currency, EntityId, InstrumentId, Money, OrderId, Price, Quantity,
    Request, Seq, Side, Stamped, Timestamp, UserId,
    account::CashMove,
    command::ClientKey,
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
};

/// Small segments, so that a few batches fill one.
pub const SMALL: Options = Options {
    segment_bytes: 8 << 10,
    batch_bytes_max: 2 << 10,
    prepared_ahead: 1,
};

/// How much of a search to make: `ZHIHENG_SEARCH=200` makes it 200 times as long as a run of `verify` does.
pub fn times(usual: u64) -> u64 {
    let factor = std::env::var("ZHIHENG_SEARCH").map_or(1.0, |factor| factor.parse().expect("a number"));
    (usual as f64 * factor) as u64
}

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Any request.
pub fn request(random: &mut Random) -> Request {
    let client = random.one_in(2).then(|| {
        let (a, b) = (random.next().to_le_bytes(), random.next().to_le_bytes());
        let mut id = [0; 16];
        id[..8].copy_from_slice(&a);
        id[8..].copy_from_slice(&b);
        let key = ClientKey {
            id,
            body: random.next().to_le_bytes(),
        };
        // Of before names were kept, of a short one, of one beyond what stands in the value itself.
        let name = match random.below(3) {
            0 => None,
            1 => ClientId::new(&format!("c-{}", random.next())),
            _ => ClientId::new(&"名".repeat(1 + random.below(64) as usize)),
        };
        Client { key, id: name }
    });
    let number = random.next() as u32;
    let command = match random.below(20) {
        0 => Command::Tick,
        1 => Command::RegisterUser(RegisterUser {
            entity: EntityId(number),
            roles: Roles::TRADER,
        }),
        2 => Command::RegisterEntity(Box::new(RegisterEntity {
            name: Bounded::new(&"深".repeat(1 + random.below(80) as usize)).unwrap(),
            kind: EntityKind::Bank,
            legal_id: LegalId::Lei(Bounded::new("529900T8BM49AURSDO55").unwrap()),
            evidence: None,
        })),
        3 => Command::CashIn(Box::new(CashMove {
            account: AccountId(number),
            currency: Currency::Cny,
            amount: Money::from_minor(random.next() as i64),
            reference: Bounded::new(&format!("bank-{number}")).unwrap(),
        })),
        4..8 => Command::CancelOrder {
            order: OrderId(random.next()),
        },
        _ => Command::PlaceOrder(PlaceOrder {
            account: AccountId(number),
            instrument: InstrumentId(random.next() as u32),
            side: if random.one_in(2) { Side::Buy } else { Side::Sell },
            kind: match random.below(3) {
                0 => OrderKind::Market,
                1 => OrderKind::ImmediateOrCancel(Price::from_minor(random.next() as i64)),
                _ => OrderKind::Limit(Price::from_minor(random.next() as i64)),
            },
            quantity: Quantity::from_units(random.next() as i64),
        }),
    };
    Request {
        by: UserId(number),
        client,
        command,
    }
}

/// The client's own record: every request that was ever handed to the journal, and how many of them it was told are
/// durable. It is the judge.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub written: Vec<Stamped<Request>>,
    /// The length of `written` after each batch.
    pub ends: Vec<usize>,
    pub acknowledged: usize,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Closed,
    /// The journal is dropped without an end mark.
    Abandoned,
    NotOpened(OpenError),
    Stopped(AppendError),
}

impl Record {
    pub fn last_at(&self) -> Timestamp {
        self.written.last().map_or(Timestamp(0), |last| last.at)
    }

    /// The running hash of the events, as the tests imagine them.
    pub fn event_hash(length: usize) -> u64 {
        (length as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// Opens the journal and compares what it replays with the record: nothing acknowledged may be missing, nothing may
    /// be there that was not written, and batches are there as a whole or not at all. What was replayed counts as
    /// acknowledged from then on.
    pub fn open<D: Disk>(
        &mut self,
        disk: D,
        options: Options,
    ) -> Result<Result<(Journal<D>, Recovery), OpenError>, String> {
        let mut replayed = 0;
        let mut wrong = None;
        let opened = Journal::open(disk, options, &mut |batch| {
            wrong = wrong.take().or(self.compare(&mut replayed, batch).err());
            Ok(())
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let (journal, recovery) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        if replayed < self.acknowledged {
            return Err(format!(
                "lost acknowledged commands: {replayed} of {} are left",
                self.acknowledged
            ));
        }
        if recovery.last != Seq(replayed as u64) || journal.durable_up_to() != recovery.last {
            return Err(format!("{} replayed, the report says {recovery:?}", replayed));
        }
        if recovery
            .cut
            .as_ref()
            .is_some_and(|cut| cut.from_seq != recovery.last.next())
        {
            return Err(format!("the cut does not follow the last sequence: {recovery:?}"));
        }
        if recovery.next_is_missing {
            return Err(format!("nobody took a segment away: {recovery:?}"));
        }
        self.written.truncate(replayed);
        self.ends.retain(|&end| end <= replayed);
        self.acknowledged = replayed;
        Ok(Ok((journal, recovery)))
    }

    /// Compares a replayed batch with what was written next.
    pub fn compare(&self, replayed: &mut usize, batch: ReplayedBatch<'_>) -> Result<(), String> {
        let start = *replayed;
        *replayed += batch.requests.len();
        if self.written.get(start..*replayed) != Some(batch.requests) {
            return Err(format!(
                "replay differs from what was written, from sequence {}",
                start + 1
            ));
        }
        if !self.ends.contains(replayed) {
            return Err(format!("half a batch was replayed, up to sequence {replayed}"));
        }
        if batch.event_hash != Self::event_hash(*replayed) {
            return Err(format!("a wrong event hash at sequence {replayed}"));
        }
        Ok(())
    }

    /// Appends a batch of up to `most` requests that the space lets in. `None` if it let none in.
    pub fn append<D: Disk>(
        &mut self,
        journal: &mut Journal<D>,
        batch: &mut Batch,
        random: &mut Random,
        most: u64,
    ) -> Result<Option<Result<Seq, AppendError>>, String> {
        let space = journal.space();
        batch.clear();
        let start = self.written.len();
        for _ in 0..1 + random.below(most) {
            let body = request(random);
            let bytes = encoded_bytes(&body);
            if !space.try_reserve(bytes) {
                break;
            }
            let seq = Seq(self.written.len() as u64 + 1);
            let stamped = Stamped {
                seq,
                at: self.last_at().after(random.below(3)),
                body,
            };
            if batch.push(&stamped).is_err() {
                space.release(bytes);
                break;
            }
            self.written.push(stamped);
        }
        if batch.is_empty() {
            return Ok(None);
        }
        batch.set_event_hash(Self::event_hash(self.written.len()));
        self.ends.push(self.written.len());
        let appended = journal.append(batch);
        match &appended {
            Ok(durable) if durable.0 != self.written.len() as u64 => {
                return Err(format!("{durable:?} durable after {} were written", self.written.len()));
            }
            Ok(_) => self.acknowledged = self.written.len(),
            Err(AppendError::Full) => return Err("no room for what was reserved".to_owned()),
            Err(AppendError::Poisoned { .. }) => {}
        }
        if self.written.len() == start {
            return Err("an empty batch".to_owned());
        }
        Ok(Some(appended))
    }

    /// Opens, appends `batches`, closes or not. After a failure it tries once more, and nothing may be taken then.
    pub fn session<D: Disk>(
        &mut self,
        disk: D,
        options: Options,
        random: &mut Random,
        batches: usize,
        close: bool,
    ) -> Result<Ended, String> {
        let (mut journal, _) = match self.open(disk, options)? {
            Ok(opened) => opened,
            Err(error) => return Ok(Ended::NotOpened(error)),
        };
        let mut batch = Batch::new(&options);
        for _ in 0..batches {
            match self.append(&mut journal, &mut batch, random, 8)? {
                None | Some(Ok(_)) => {}
                Some(Err(error)) => {
                    let again = journal.append(&mut batch);
                    if again != Err(error.clone()) || journal.space().try_reserve(32) {
                        return Err(format!("after {error:?} the journal went on with {again:?}"));
                    }
                    return match journal.close() {
                        Ok(()) => Err(format!("after {error:?} the journal closed as if sound")),
                        Err(_) => Ok(Ended::Stopped(error)),
                    };
                }
            }
        }
        if !close {
            return Ok(Ended::Abandoned);
        }
        Ok(journal.close().map_or_else(Ended::Stopped, |()| Ended::Closed))
    }
}
