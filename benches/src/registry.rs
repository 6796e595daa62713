//! The registry at the size of a national one: a million rights with their owners and fifty thousand live licences in
//! one engine; and the same with two hundred thousand loans for which rights are pledged. What a right and a pledge with
//! its loan take of the heap, and how long the whole state takes to be saved and loaded; beside both, the SHA-256 of the
//! same bytes, which no snapshot that is checked can outrun.

use crate::{
    lending::{self, day},
    measure::Heap,
    path::grouped,
};
use engine::{Exchange, book::FastBook};
use protocol::{
    AccountId, Amount, AssetId, BasisPoints, Bounded, Command, Currency, Date, Digest, EntityId, LicenceId, LoanId,
    Money, Office, Outcome, PledgeId, Receipt, Request, Seq, Stamped, Timestamp, UserId,
    account::CashMove,
    asset::{AssetClass, RegisterAsset},
    licence::{LicenceStep, OfferLicence, PayLicence, Scope},
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
    pledge::FilePledge,
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    title::{Extract, NewRight, RIGHTS_MAX, RegisterRights},
};
use sha2::{Digest as _, Sha256};
use std::{ops::Range, time::Instant};

/// When the registry is filled: 2026-03-02T02:00:00Z.
const BEGIN: u64 = 1_772_416_800_000_000_000;
/// Applications of one filing.
const FILED: u32 = 100;
/// What the state takes while nothing is registered is no right's.
pub(crate) const OPERATOR: UserId = UserId(0);

/// How much is registered.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Rights; a multiple of 1000.
    pub rights: u32,
    /// Live licences, one a right.
    pub licences: u32,
    /// Pledges, each of one right for a loan of its own; a multiple of 100.
    pub pledges: u32,
}

impl Size {
    /// What the figures are taken from.
    pub const FULL: Self = Self {
        rights: 1_000_000,
        licences: 50_000,
        pledges: 0,
    };
    /// Enough to see that it works.
    pub const QUICK: Self = Self {
        rights: 10_000,
        licences: 500,
        pledges: 0,
    };

    /// The same with a fifth of the rights pledged.
    pub const fn pledged(self) -> Self {
        Self {
            pledges: self.rights / 5,
            ..self
        }
    }
}

/// An exchange and what it is asked.
pub(crate) struct Registry {
    pub(crate) exchange: Exchange<FastBook>,
    events: Vec<Stamped<protocol::Event>>,
}

impl Registry {
    /// An exchange with its rules.
    pub(crate) fn new() -> Self {
        let mut registry = Self {
            exchange: Exchange::new(),
            events: Vec::new(),
        };
        let epoch = Epoch {
            rules_version: RULES_VERSION,
            profile: Profile::UnitMarket,
            approval: Approval::Sandbox,
            fees: Fees {
                maker: BasisPoints(0),
                taker: BasisPoints(0),
            },
            calendar: Calendar::default(),
            judicial_listing: None,
        };
        registry.must(OPERATOR, Command::Epoch(Box::new(epoch)));
        registry
    }

    pub(crate) fn must(&mut self, by: UserId, command: Command) -> Receipt {
        let seq = self.exchange.seq().next();
        let stamped = Stamped {
            seq,
            at: self.time_of(seq),
            body: Request {
                by,
                client: None,
                command,
            },
        };
        let answer = self.exchange.apply(&stamped, &mut self.events);
        self.events.clear();
        match answer.outcome {
            Outcome::Done(receipt) => receipt,
            Outcome::Rejected(reject) => panic!("{reject:?}: {:?}", stamped.body),
        }
    }

    /// The time of a command at a place.
    pub(crate) fn time_of(&self, seq: Seq) -> Timestamp {
        Timestamp(BEGIN + seq.0)
    }

    pub(crate) fn party(&mut self, code: &str) -> (EntityId, UserId, AccountId) {
        let register = RegisterEntity {
            name: Bounded::new("a firm").expect("a name"),
            kind: EntityKind::Company,
            legal_id: LegalId::Uscc(Bounded::new(code).expect("a code")),
            evidence: None,
        };
        let Receipt::Entity(entity) = self.must(OPERATOR, Command::RegisterEntity(Box::new(register))) else {
            unreachable!("an entity's receipt")
        };
        let roles = Roles::TRADER.with(Roles::FIRM);
        let Receipt::User(user) = self.must(OPERATOR, Command::RegisterUser(RegisterUser { entity, roles })) else {
            unreachable!("a user's receipt")
        };
        let Receipt::Account(account) = self.must(OPERATOR, Command::OpenAccount { entity }) else {
            unreachable!("an account's receipt")
        };
        (entity, user, account)
    }
}

/// Fills a registry.
pub fn filled(size: Size) -> Exchange<FastBook> {
    let mut registry = Registry::new();
    let (owner, firm, paid) = registry.party("914403001922038216");
    let (licensee, buyer, pays) = registry.party("91440300708461136T");
    let cash = CashMove {
        account: pays,
        currency: Currency::Cny,
        amount: Money::from_minor(1_000_000_000_000),
        reference: Bounded::new("bank-1").expect("a reference"),
    };
    registry.must(OPERATOR, Command::CashIn(Box::new(cash)));
    let extract = Extract {
        drawn: day(2026, 3, 2),
        evidence: Digest([0xee; 32]),
    };
    let right = |number: u32| {
        let asset = RegisterAsset {
            owner,
            class: AssetClass::Patent,
            office: Office(*b"US"),
            number: Bounded::new(&format!("{:08}", 10_000_000 + number)).expect("a number"),
            title: Bounded::new("A method").expect("a title"),
            filed: Some(day(2019, 6, 14)),
            granted: Some(day(2022, 3, 8)),
            expires: Some(Date(day(2039, 1, 1).0 + (number % 1_000) as i32)),
            classifications: Vec::new(),
            texts: Digest([0xab; 32]),
        };
        NewRight {
            extract: Some(extract),
            due: Some(Date(day(2026, 6, 1).0 + (number % 300) as i32)),
            ..NewRight::from(asset)
        }
    };
    for batch in 0..size.rights / RIGHTS_MAX as u32 {
        let first = batch * RIGHTS_MAX as u32;
        let rights = (first..first + RIGHTS_MAX as u32).map(right).collect();
        let command = Command::RegisterRights(Box::new(RegisterRights { rights, issue_to: None }));
        registry.must(OPERATOR, command);
    }
    for asset in 0..size.licences {
        let offer = OfferLicence {
            asset: AssetId(asset),
            licensee,
            kind: None,
            scope: Scope {
                territories: vec![Office::CN],
                fields: vec![Bounded::new("G06Q").expect("a field")],
                from: day(2026, 3, 2),
                until: day(2029, 3, 2),
            },
            sublicence: false,
            fee: Amount::new(Currency::Cny, Money::from_minor(100)),
            account: paid,
            contract: Digest([0xcc; 32]),
        };
        let Receipt::Deal(seq) = registry.must(firm, Command::OfferLicence(Box::new(offer))) else {
            unreachable!("a licence's receipt")
        };
        let licence = LicenceId(seq.0);
        registry.must(buyer, Command::AcceptLicence(LicenceStep { licence }));
        registry.must(buyer, Command::PayLicence(PayLicence { licence, account: pays }));
    }
    pledge_all(
        &mut registry,
        licensee,
        owner,
        size.licences..size.licences + size.pledges,
    );
    registry.exchange
}

/// Pledges each of these rights for a loan of its own.
fn pledge_all(registry: &mut Registry, bank: EntityId, owner: EntityId, assets: Range<u32>) {
    for first in assets.step_by(FILED as usize) {
        let file = |asset: u32| match registry.must(OPERATOR, lending::loan(bank, owner)) {
            Receipt::Deal(seq) => lending::application(LoanId::from(seq), owner, AssetId(asset)),
            _ => unreachable!("a loan's receipt"),
        };
        let applications = (first..first + FILED).map(file).collect();
        let filed = registry.must(OPERATOR, Command::FilePledge(Box::new(FilePledge { applications })));
        let Receipt::Pledges(first, count) = filed else {
            unreachable!("a filing's receipt")
        };
        for pledge in first.0..first.0 + count {
            registry.must(OPERATOR, lending::recorded(PledgeId(pledge)));
        }
    }
}

/// The head of the table.
pub fn head(size: Size) -> String {
    let [rights, licences] = [size.rights, size.licences].map(|count| grouped(count as usize));
    format!(
        "| {rights} rights with owners, {licences} live licences | measured | goal | SHA-256 of the same bytes alone | ratio |\n\
         |---|---:|---:|---:|---:|"
    )
}

/// How long a registry takes to be saved and loaded, in seconds.
struct Kept {
    megabytes: f64,
    save: f64,
    load: f64,
    hash: f64,
}

fn kept(size: Size) -> Kept {
    let exchange = filled(size);
    let timed = |work: &mut dyn FnMut()| {
        let since = Instant::now();
        work();
        since.elapsed().as_secs_f64()
    };
    let mut image = Vec::new();
    let save = timed(&mut || image = exchange.save());
    let hash = timed(&mut || {
        std::hint::black_box(Sha256::digest(&image));
    });
    let mut loaded = None;
    let load = timed(&mut || loaded = Some(Exchange::<FastBook>::load(&image)));
    let loaded = loaded.expect("it ran").expect("what was saved is loaded");
    assert_eq!(loaded.state_hash(), exchange.state_hash(), "one state");
    Kept {
        megabytes: image.len() as f64 / 1e6,
        save,
        load,
        hash,
    }
}

/// What a right takes of the heap, and what a pledge with its loan takes beside it, in bytes. `heap` reads the counting
/// allocator that the program runs on.
pub fn bytes(size: Size, heap: &dyn Fn() -> Heap) -> [u64; 2] {
    let [alone, pledged] = [size, size.pledged()].map(|size| {
        let before = heap().bytes;
        let _exchange = filled(size);
        heap().bytes - before
    });
    [
        alone / u64::from(size.rights),
        (pledged - alone) / u64::from(size.pledged().pledges),
    ]
}

/// The rows; what is taken of the heap is counted by another program.
pub fn rows(size: Size, bytes: Option<[u64; 2]>) -> Vec<String> {
    let [alone, pledged] = [size, size.pledged()].map(kept);
    let row = |what: &str, seconds: f64, of: &Kept| {
        format!(
            "| {what}, {:.0} MB | {seconds:.2} s | 10 s | {:.2} s | {:.1} |",
            of.megabytes,
            of.hash,
            seconds / of.hash
        )
    };
    let more = |what: &str, seconds: f64, without: f64| {
        format!(
            "| {what}, {:.0} MB; beside it without them, in the same run | {seconds:.2} s | 1.5 times | {without:.2} s | {:.1} |",
            pledged.megabytes,
            seconds / without
        )
    };
    let heap = |what: String, bytes: Option<u64>, goal: u64| {
        let bytes = bytes.map_or_else(String::new, |bytes| bytes.to_string());
        format!("| {what} | {bytes} bytes | {goal} bytes |  |  |")
    };
    let pledges = grouped(size.pledged().pledges as usize);
    vec![
        heap(
            "heap per right, all told".to_owned(),
            bytes.map(|[right, _]| right),
            600,
        ),
        row("snapshot saved", alone.save, &alone),
        row("snapshot loaded and checked", alone.load, &alone),
        heap(
            format!("heap per pledge with its loan, of {pledges}"),
            bytes.map(|[_, pledge]| pledge),
            300,
        ),
        more("the snapshot with the pledges saved", pledged.save, alone.save),
        more("the same loaded and checked", pledged.load, alone.load),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken() {
        let size = Size {
            rights: 1_000,
            licences: 10,
            pledges: 0,
        };
        let rows = rows(size, Some([400, 300]));
        assert_eq!(rows.len(), 6);
        for row in rows {
            assert_eq!(
                row.matches('|').count(),
                head(size).lines().next().unwrap().matches('|').count()
            );
        }
        assert_eq!(filled(size.pledged()).check_invariants(), Ok(()));
    }
}
