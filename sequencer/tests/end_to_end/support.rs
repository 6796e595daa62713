//! A small venue, and a disk whose syncs a test can hold or fail.

use journal::{DiskError, DiskFile};
use protocol::{
    AccountId, Answer, Asked, AssetId, BasisPoints, Bounded, Command, Currency, Date, Digest, EntityId, Event,
    InstrumentId, Money, OrderId, Outcome, Price, Quantity, Receipt, Request, Seq, Side, Stamped, Symbol, Timestamp,
    UserId,
    account::CashMove,
    asset::{AssetClass, RegisterAsset},
    listing::{BookTerms, IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    title::{Extract, NewRight, RegisterRights},
    wire,
};
use sequencer::{
    BookKind, Clock, Config, Disk, Handle, JournalOptions, ManualClock, Publisher, Refused, Replica, Running, SealKey,
    Sealing, Subscriber, views,
};
use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// 2026-03-02T02:00:00Z, a Monday in Shenzhen.
pub(crate) const START: Timestamp = Timestamp(1_772_416_800_000_000_000);
/// The day on which the venue's one right ends.
pub(crate) const EXPIRY: Date = Date(20_520);
pub(crate) const ANA: AccountId = AccountId(1);
pub(crate) const BO: AccountId = AccountId(2);

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(START))
}

pub(crate) fn seal_key() -> SealKey {
    SealKey::new([0x5E; 32])
}

/// How long a slow machine may take for what is to come; whatever comes ends the wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Small segments, so that tests turn over several of them.
pub(crate) fn config() -> Config {
    Config {
        journal: JournalOptions {
            segment_bytes: 1 << 20,
            batch_bytes_max: 128 << 10,
            ..JournalOptions::default()
        },
        batch_bytes: 64 << 10,
        // A machine that runs many tests may let one sleep for seconds.
        standstill: Duration::from_secs(60),
        standstill_near_end: Duration::from_secs(60),
        arrival_wait: Duration::from_secs(3_600),
        seal_key: Some(seal_key()),
        ..Config::default()
    }
}

pub(crate) fn start<D: Disk>(disk: D, config: Config, clock: Arc<ManualClock>) -> Running {
    sequencer::start(disk, config, clock, Publisher::none()).unwrap()
}

/// Starts with views, and a thread that collects their events until the sequencer ends.
pub(crate) fn start_watched<D: Disk>(
    disk: D,
    config: Config,
    clock: Arc<dyn Clock>,
) -> (Running, thread::JoinHandle<Seen>) {
    let (publisher, subscriber) = views();
    let watcher = thread::spawn(move || Seen::all(&subscriber));
    (sequencer::start(disk, config, clock, publisher).unwrap(), watcher)
}

/// What the views were told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Stamped<Event>>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) up_to: Seq,
}

impl Seen {
    fn all(subscriber: &Subscriber) -> Self {
        let mut seen = Self::default();
        while let Some(committed) = subscriber.recv() {
            assert!(
                committed.events.first().is_none_or(|event| event.seq > seen.up_to),
                "events come in order"
            );
            assert!(committed.events.last().is_none_or(|event| event.seq <= committed.up_to));
            let behind = seen.up_to;
            assert!(
                committed
                    .asked
                    .iter()
                    .all(|asked| (behind..=committed.up_to).contains(&asked.seq)),
                "what was asked comes with what came of it"
            );
            seen.asked.extend_from_slice(&committed.asked);
            seen.events.extend_from_slice(&committed.events);
            seen.up_to = committed.up_to;
        }
        seen
    }
}

pub(crate) fn request(by: u32, command: Command) -> Request {
    Request {
        by: UserId(by),
        client: None,
        command,
    }
}

pub(crate) fn named(by: u32, client_id: &str, command: Command) -> Request {
    Request {
        by: UserId(by),
        client: Some(wire::client(client_id.parse().unwrap(), &command)),
        command,
    }
}

/// Submits and waits; asks again while the inbox is full or the next segment is being made.
pub(crate) fn ask(handle: &Handle, request: Request) -> Answer {
    let patience = Instant::now() + PATIENCE;
    loop {
        match handle.submit(request.clone(), handle.now()) {
            Ok(pending) => return pending.wait().unwrap(),
            Err(Refused::Busy { .. }) if Instant::now() < patience => thread::sleep(Duration::from_millis(1)),
            Err(refused) => panic!("{refused}"),
        }
    }
}

pub(crate) fn done(answer: Answer) -> Receipt {
    match answer.outcome {
        Outcome::Done(receipt) => receipt,
        Outcome::Rejected(reject) => panic!("command {} was rejected: {reject:?}", answer.seq.0),
    }
}

pub(crate) fn epoch() -> Command {
    Command::Epoch(Box::new(Epoch {
        rules_version: RULES_VERSION,
        profile: Profile::UnitMarket,
        approval: Approval::Sandbox,
        fees: Fees {
            maker: BasisPoints(10),
            taker: BasisPoints(20),
        },
        calendar: Calendar::default(),
        judicial_listing: None,
    }))
}

pub(crate) fn entity(name: &str, code: &str) -> Command {
    Command::RegisterEntity(Box::new(RegisterEntity {
        name: Bounded::new(name).unwrap(),
        kind: EntityKind::Company,
        legal_id: LegalId::Uscc(Bounded::new(code).unwrap()),
        evidence: Some(Digest([7; 32])),
    }))
}

pub(crate) fn cash(account: AccountId, reference: &str) -> Command {
    Command::CashIn(Box::new(CashMove {
        account,
        currency: Currency::Cny,
        amount: Money::from_minor(100_000_000_000),
        reference: Bounded::new(reference).unwrap(),
    }))
}

/// Opens a venue with two traders, ana (user 1, account 1, owner of the right) and bo (user 2, account 2), and one
/// listed right. 13 commands.
pub(crate) fn found(handle: &Handle) -> InstrumentId {
    let ask = |by, command| done(ask(handle, request(by, command)));
    ask(0, epoch());
    ask(0, entity("Ana", "91350211M000100Y43"));
    ask(0, entity("Bo", "91350211M000100Y44"));
    let trader = |entity| RegisterUser {
        entity: EntityId(entity),
        roles: Roles::TRADER.with(Roles::FIRM),
    };
    assert_eq!(ask(0, Command::RegisterUser(trader(1))), Receipt::User(UserId(1)));
    assert_eq!(ask(0, Command::RegisterUser(trader(2))), Receipt::User(UserId(2)));
    assert_eq!(
        ask(0, Command::OpenAccount { entity: EntityId(1) }),
        Receipt::Account(ANA)
    );
    assert_eq!(
        ask(0, Command::OpenAccount { entity: EntityId(2) }),
        Receipt::Account(BO)
    );
    ask(0, cash(ANA, "in-1"));
    ask(0, cash(BO, "in-2"));
    let asset = RegisterAsset {
        owner: EntityId(1),
        class: AssetClass::Patent,
        office: protocol::Office(*b"US"),
        number: Bounded::new("7000001").unwrap(),
        title: Bounded::new("A method").unwrap(),
        filed: None,
        granted: None,
        expires: Some(EXPIRY),
        classifications: Vec::new(),
        texts: Digest::default(),
    };
    let right = NewRight {
        extract: Some(Extract {
            drawn: handle.now().venue_date(),
            evidence: Digest::default(),
        }),
        ..NewRight::from(asset)
    };
    let register = RegisterRights {
        rights: vec![right],
        issue_to: None,
    };
    let Receipt::Rights(asset, 1) = ask(0, Command::RegisterRights(Box::new(register))) else {
        panic!("no right")
    };
    let instrument = list(handle, asset);
    let units = IssueUnits {
        instrument,
        account: ANA,
        quantity: Quantity::from_units(1_000_000),
    };
    ask(0, Command::IssueUnits(units));
    // One command by a participant, so that a resend of its name has something to find.
    done(self::ask(
        handle,
        named(1, "first", order(ANA, instrument, Side::Sell, 1_000, 5)),
    ));
    instrument
}

fn list(handle: &Handle, asset: AssetId) -> InstrumentId {
    let terms = BookTerms {
        symbol: Symbol::new("US7000001").unwrap(),
        currency: Currency::Cny,
        tick: Price::from_minor(1),
        price_low: Price::from_minor(1),
        price_high: Price::from_minor(100_000),
        lot: Quantity::from_units(1),
        order_max: Quantity::from_units(10_000),
        supply: Quantity::from_units(1_000_000),
    };
    match done(ask(
        handle,
        request(0, Command::ListUnits(Box::new(ListUnits { asset, terms }))),
    )) {
        Receipt::Instrument(instrument) => instrument,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn order(account: AccountId, instrument: InstrumentId, side: Side, price: i64, quantity: i64) -> Command {
    Command::PlaceOrder(PlaceOrder {
        account,
        instrument,
        side,
        kind: OrderKind::Limit(Price::from_minor(price)),
        quantity: Quantity::from_units(quantity),
    })
}

/// The `n`-th of a stream of orders and cancels of both traders; some trade, some rest, some are refused.
pub(crate) fn nth(instrument: InstrumentId, n: u64) -> Request {
    let random = n
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(31)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let (by, account) = if random & 1 == 0 { (1, ANA) } else { (2, BO) };
    let side = if random & 2 == 0 { Side::Buy } else { Side::Sell };
    let command = match random >> 2 & 7 {
        0..=1 => Command::CancelOrder {
            order: OrderId::new((random >> 40) as u32 & 63, (random >> 50) as u32 & 3),
        },
        _ => order(
            account,
            instrument,
            side,
            990 + (random >> 8 & 15) as i64,
            1 + (random >> 16 & 7) as i64,
        ),
    };
    named(by, &format!("n-{n}"), command)
}

/// A core that was fed the journal in `dir`, on either book.
pub(crate) fn replica(dir: &std::path::Path, kind: BookKind) -> (Replica, Vec<Stamped<Event>>) {
    let mut replica = Replica::new(kind);
    let mut sealing = Sealing::new(Some(seal_key()));
    let mut events = Vec::new();
    sequencer::offline::dump(dir, Seq(1), &mut |request| {
        let opened = sealing.open(request).unwrap();
        replica.apply(&opened, &mut events);
        true
    })
    .unwrap();
    replica.check_invariants().unwrap();
    (replica, events)
}

pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < patience, "never: {what}");
        thread::sleep(Duration::from_micros(200));
    }
}

/// What comes of this, which may wait, but not for long.
pub(crate) fn soon<T: Send + 'static>(what: &str, wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (to, done) = mpsc::channel();
    thread::spawn(move || to.send(wait()));
    match done.recv_timeout(PATIENCE) {
        Ok(value) => value,
        Err(_) => panic!("never: {what}"),
    }
}

/// Who comes here waits while it is held.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    /// How many may still pass; all, if none is said.
    left: Mutex<Option<usize>>,
    released: Condvar,
}

impl Latch {
    pub(crate) fn hold(&self) {
        self.hold_after(0);
    }

    pub(crate) fn hold_after(&self, pass: usize) {
        *self.left.lock().unwrap() = Some(pass);
    }

    pub(crate) fn release(&self) {
        *self.left.lock().unwrap() = None;
        self.released.notify_all();
    }

    fn pass(&self) {
        let held = |left: &mut Option<usize>| *left == Some(0);
        let mut left = self.released.wait_while(self.left.lock().unwrap(), held).unwrap();
        *left = left.map(|left| left - 1);
    }
}

/// What a test does to a disk.
#[derive(Debug, Default)]
pub(crate) struct Control {
    syncs: Latch,
    /// Making a file, and so the next segment.
    pub(crate) creates: Latch,
    pub(crate) syncs_fail: AtomicBool,
    pub(crate) full: AtomicBool,
}

impl Control {
    /// From now on no sync returns.
    pub(crate) fn hold(&self) {
        self.syncs.hold();
    }

    pub(crate) fn release(&self) {
        self.syncs.release();
    }

    fn check_space(&self, operation: &'static str) -> Result<(), DiskError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(DiskError::NoSpace {
                operation,
                file: "any".to_owned(),
            });
        }
        Ok(())
    }
}

/// A disk under a test's [`Control`].
#[derive(Debug)]
pub(crate) struct Watched<D>(pub(crate) D, pub(crate) Arc<Control>);

#[derive(Debug)]
pub(crate) struct WatchedFile<F> {
    file: F,
    control: Arc<Control>,
}

impl<D: Disk> Disk for Watched<D> {
    type File = WatchedFile<D::File>;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        self.0.list()
    }

    fn create(&self, name: &str) -> Result<Self::File, DiskError> {
        self.1.creates.pass();
        self.1.check_space("create")?;
        Ok(WatchedFile {
            file: self.0.create(name)?,
            control: Arc::clone(&self.1),
        })
    }

    fn open(&self, name: &str) -> Result<Self::File, DiskError> {
        Ok(WatchedFile {
            file: self.0.open(name)?,
            control: Arc::clone(&self.1),
        })
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.0.remove(name)
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        self.0.sync_directory()
    }

    fn prepares_in_background(&self) -> bool {
        self.0.prepares_in_background()
    }
}

impl<F: DiskFile> DiskFile for WatchedFile<F> {
    fn length(&self) -> Result<u64, DiskError> {
        self.file.length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, DiskError> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> Result<usize, DiskError> {
        // A full disk still takes what lies within a file.
        if offset + bytes.len() as u64 > self.file.length()? {
            self.control.check_space("write")?;
        }
        self.file.write_at(bytes, offset)
    }

    fn sync_data(&self) -> Result<(), DiskError> {
        self.control.syncs.pass();
        if self.control.syncs_fail.load(Ordering::SeqCst) {
            return Err(DiskError::Failed {
                operation: "sync",
                file: "any".to_owned(),
                reason: "EIO".to_owned(),
            });
        }
        self.file.sync_data()
    }

    fn claim(&self) -> Result<(), DiskError> {
        self.file.claim()
    }

    fn in_place(&self, length: u64) -> Result<(), DiskError> {
        self.file.in_place(length)
    }
}
