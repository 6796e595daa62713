//! A trading floor for tests: an exchange with its parties, spoken to in the words of the floor.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

pub mod buyers;
pub mod conversions;
pub mod disposals;
pub mod grants;
pub mod pledges;
pub mod pools;
pub mod reverse;
pub(crate) mod room;
pub mod sales;
pub mod stream;
pub mod subsidies;
pub mod titles;
pub(crate) mod units;

use crate::auditor::deed;
use engine::{
    Exchange,
    book::{Book, FastBook, PlainBook},
};
use protocol::{
    AccountId, Amount, Answer, AssetId, BasisPoints, Bounded, Command, Currency, Date, Digest, EntityId, Event,
    InstrumentId, Money, Outcome, Price, PrivateEvent, PublicEvent, Quantity, Receipt, Reject, Request, Side, Stamped,
    Symbol, Timestamp, UserId, WithdrawalId,
    account::{CashMove, PayOut, RequestWithdrawal, WithdrawalStep},
    asset::{AssetClass, RegisterAsset},
    command::ClientKey,
    listing::{BookTerms, IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
    record::RecordChanged,
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    title::{
        AssetChange, ChangeAsset, DescribeRight, Extract, NewRight, RegisterRights, RightFacts, WorkFacts, WorkRight,
    },
};

/// The venue's first operator.
pub const OPERATOR: UserId = UserId(0);
/// A valid code each (RULES.md 5).
pub const CODES: [&str; 8] = [
    "91110000600037341L",
    "914403001922038216",
    "91440300708461136T",
    "9144030071526726XG",
    "91100000100003962T",
    "911000001000013428",
    "91440300192185379H",
    "91512081MA62K0260E",
];
/// When the floor opens: 2026-03-02T02:00:00Z.
pub const OPENING: u64 = 1_772_416_800_000_000_000;

/// An exchange and where it stands.
pub struct Floor<B: Book> {
    pub exchange: Exchange<B>,
    pub events: Vec<Stamped<Event>>,
    pub at: u64,
    references: u64,
}

/// A floor of the book that the venue runs on.
pub type Fast = Floor<FastBook>;

impl Clone for Fast {
    fn clone(&self) -> Self {
        Self {
            exchange: self.exchange.clone(),
            events: self.events.clone(),
            ..*self
        }
    }
}

/// How much of a search to make: `ZHIHENG_SEARCH=200` makes it 200 times as long as a run of `verify` does, and `0.05` a
/// twentieth of it.
#[expect(clippy::disallowed_types, reason = "how long to search is no matter of the core")]
pub fn times(usual: u64) -> u64 {
    let factor = std::env::var("ZHIHENG_SEARCH").map_or(1.0, |factor| factor.parse().expect("a number"));
    ((usual as f64 * factor) as u64).max(1)
}

/// Whether a search is as long as usual at least: only then it has to have seen what is rare.
pub fn searches_all() -> bool {
    times(1_000) >= 1_000
}

/// A vector of the rule book.
pub fn vectors(name: &str) -> serde_json::Value {
    let all: serde_json::Value = serde_json::from_str(include_str!("../../../../docs/rules/vectors.json")).unwrap();
    all[name].clone()
}

/// A party on the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    pub entity: EntityId,
    pub user: UserId,
    pub account: AccountId,
}

pub fn epoch(profile: Profile, approval: Approval, maker: u16, taker: u16) -> Command {
    Command::Epoch(Box::new(Epoch {
        rules_version: RULES_VERSION,
        profile,
        approval,
        fees: Fees {
            maker: BasisPoints(maker),
            taker: BasisPoints(taker),
        },
        calendar: Calendar::default(),
        judicial_listing: None,
    }))
}

/// A day, from its civil date.
pub fn day(year: i32, month: u32, day: u32) -> Date {
    Date::from_civil(year, month, day).unwrap()
}

/// An extract drawn on the day the floor opens.
pub fn extract() -> Extract {
    Extract {
        drawn: day(2026, 3, 2),
        evidence: Digest([8; 32]),
    }
}

/// A number of eight digits that a name stands for; a Chinese one, and the rule book's wrong one, stand for themselves.
pub fn number_of(name: &str) -> Bounded<32> {
    if protocol::identifiers::cn_application(name) || name == "202310123456.7" {
        return Bounded::new(name).unwrap();
    }
    let hash = name
        .bytes()
        .fold(7_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    Bounded::new(&format!("{}", 10_000_000 + hash % 89_999_999)).unwrap()
}

/// A US patent whose number the name stands for.
pub fn asset(owner: EntityId, name: &str) -> RegisterAsset {
    RegisterAsset {
        owner,
        class: AssetClass::Patent,
        office: protocol::Office(*b"US"),
        number: number_of(name),
        title: Bounded::new("Approximation query").unwrap(),
        filed: Date::from_civil(2014, 3, 31),
        granted: Date::from_civil(2023, 10, 31),
        expires: Date::from_civil(2034, 3, 31),
        classifications: vec![],
        texts: Digest([7; 32]),
    }
}

pub fn terms(symbol: &str) -> BookTerms {
    BookTerms {
        symbol: Symbol::new(symbol).unwrap(),
        currency: Currency::Cny,
        tick: Price::from_minor(5),
        price_low: Price::from_minor(5),
        price_high: Price::from_minor(1_000),
        lot: Quantity::from_units(1),
        order_max: Quantity::from_units(1_000_000),
        supply: Quantity::from_units(1_000_000),
    }
}

impl<B: Book> Floor<B> {
    /// An empty exchange.
    pub fn new() -> Self {
        Self {
            exchange: Exchange::new(),
            events: Vec::new(),
            at: OPENING,
            references: 0,
        }
    }

    /// A sandbox board with fees of 10 and 20 basis points.
    pub fn unit_market() -> Self {
        let mut floor = Self::new();
        floor.must(OPERATOR, epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20));
        floor
    }

    /// A Chinese venue.
    pub fn cn_venue() -> Self {
        let mut floor = Self::new();
        let Command::Epoch(epoch) = epoch(Profile::CnVenue, Approval::None, 10, 20) else {
            unreachable!()
        };
        // Listed for courts' sales.
        let judicial_listing = Bounded::new("法〔2026〕7号");
        let epoch = Epoch {
            judicial_listing,
            ..*epoch
        };
        floor.must(OPERATOR, Command::Epoch(Box::new(epoch)));
        floor
    }

    /// A verified work of `owner`, all of whose rights but the personal ones are held here.
    pub fn work(&mut self, owner: EntityId, number: &str) -> AssetId {
        let asset = self.right(owner, number, |right| right.asset.class = AssetClass::Copyright);
        self.must(OPERATOR, described_work(asset, &WorkRight::ALL[4..]));
        asset
    }

    /// A verified right of `owner`, as [`asset`] says it, changed by `change`.
    pub fn right(&mut self, owner: EntityId, number: &str, change: impl FnOnce(&mut NewRight)) -> AssetId {
        let mut right = NewRight::from(asset(owner, number));
        right.extract = Some(extract());
        change(&mut right);
        let register = Command::RegisterRights(Box::new(RegisterRights {
            rights: vec![right],
            issue_to: None,
        }));
        match self.must(OPERATOR, register) {
            Receipt::Rights(asset, 1) => asset,
            other => panic!("{other:?}"),
        }
    }

    /// The first moment of a day, unless it is later already.
    pub fn until(&mut self, day: Date) {
        self.at = self.at.max(day.start().0);
        self.must(OPERATOR, Command::Tick);
    }

    /// The records that were told since `first`, with their readers.
    pub fn records(&self, first: usize) -> Vec<RecordChanged> {
        let record = |event: &Stamped<Event>| match &event.body {
            Event::Record(changed) => Some((**changed).clone()),
            _ => None,
        };
        self.events[first..].iter().filter_map(record).collect()
    }

    /// One command, a nanosecond after the last; the invariants hold after it, and a bidder was told if it was taken.
    pub fn ask(&mut self, by: UserId, client: Option<ClientKey>, command: Command) -> Answer {
        self.at += 1;
        let client = client.map(Into::into);
        let request = Request { by, client, command };
        let stamped = Stamped {
            seq: self.exchange.seq().next(),
            at: Timestamp(self.at),
            body: request,
        };
        let first = self.events.len();
        let answer = self.exchange.apply(&stamped, &mut self.events);
        if let Err(broken) = self.exchange.check_invariants() {
            panic!("after {stamped:?}: {broken}");
        }
        check_taken(&stamped, &answer, &self.events[first..]);
        check_named(&stamped, &answer);
        answer
    }

    /// The next command of a stream.
    pub fn hear(&mut self, next: &stream::Ask) -> Answer {
        self.at += next.wait;
        self.ask(next.by, next.client, next.command.clone())
    }

    /// A floor that goes on with an exchange.
    pub fn of(exchange: Exchange<B>) -> Self {
        Self {
            at: exchange.at().0,
            exchange,
            events: Vec::new(),
            references: 0,
        }
    }

    /// How many rights and listings the public has heard of.
    pub fn count(&self) -> usize {
        self.events
            .iter()
            .filter(|event| matches!(event.body, Event::Public(PublicEvent::UnitsListed(_))))
            .count()
    }

    /// One command; whatever state it leaves can be saved and loaded, as is tried now and then.
    pub fn try_(&mut self, by: UserId, command: Command) -> Result<Receipt, Reject> {
        let answer = self.ask(by, None, command);
        // A time of after the year 2262 is not loaded.
        if answer.seq.0.is_multiple_of(3) && answer.at.0 < u64::MAX / 2 {
            let loaded = Exchange::<PlainBook>::load(&self.exchange.save());
            assert_eq!(loaded.map(|same| same.state_hash()), Ok(self.exchange.state_hash()));
        }
        match answer.outcome {
            Outcome::Done(receipt) => Ok(receipt),
            Outcome::Rejected(reject) => Err(reject),
        }
    }

    pub fn must(&mut self, by: UserId, command: Command) -> Receipt {
        self.try_(by, command.clone())
            .unwrap_or_else(|reject| panic!("{command:?}: {reject:?}"))
    }

    /// An entity with a user and an account.
    pub fn party(&mut self, code: &str, roles: Roles) -> Party {
        let register = RegisterEntity {
            name: Bounded::new(code).unwrap(),
            kind: EntityKind::Company,
            legal_id: LegalId::Uscc(Bounded::new(code).unwrap()),
            evidence: None,
        };
        let Receipt::Entity(entity) = self.must(OPERATOR, Command::RegisterEntity(Box::new(register))) else {
            panic!()
        };
        let Receipt::User(user) = self.must(OPERATOR, Command::RegisterUser(RegisterUser { entity, roles })) else {
            panic!()
        };
        let Receipt::Account(account) = self.must(OPERATOR, Command::OpenAccount { entity }) else {
            panic!()
        };
        Party { entity, user, account }
    }

    pub fn cash(&mut self, account: AccountId, minor: i64) -> Box<CashMove> {
        self.references += 1;
        cash_move(account, minor, &format!("bank-{}", self.references))
    }

    pub fn cash_in(&mut self, account: AccountId, minor: i64) {
        let cash = self.cash(account, minor);
        self.must(OPERATOR, Command::CashIn(cash));
    }

    /// A withdrawal that its owner asked for and the venue approved.
    pub fn approved_withdrawal(&mut self, owner: Party, minor: i64) -> WithdrawalId {
        let asked = RequestWithdrawal {
            account: owner.account,
            amount: Amount::new(Currency::Cny, Money::from_minor(minor)),
        };
        let Receipt::Deal(seq) = self.must(owner.user, Command::RequestWithdrawal(asked)) else {
            panic!()
        };
        let withdrawal = WithdrawalId::from(seq);
        self.must(OPERATOR, Command::ApproveWithdrawal(WithdrawalStep { withdrawal }));
        withdrawal
    }

    /// Cash of `owner` leaves the venue.
    pub fn withdraw(&mut self, owner: Party, minor: i64) {
        let withdrawal = self.approved_withdrawal(owner, minor);
        self.references += 1;
        let reference = Bounded::new(&format!("bank-{}", self.references)).unwrap();
        let paid = PayOut { withdrawal, reference };
        self.must(OPERATOR, Command::CashOut(Box::new(paid)));
    }

    /// Lists a verified right of `owner` on the usual terms and issues `units` to it.
    pub fn list(&mut self, owner: Party, symbol: &str, units: i64) -> (AssetId, InstrumentId) {
        let asset = self.right(owner.entity, symbol, |_| {});
        let list = Command::ListUnits(Box::new(ListUnits {
            asset,
            terms: terms(symbol),
        }));
        let Receipt::Instrument(instrument) = self.must(OPERATOR, list) else {
            panic!()
        };
        let quantity = Quantity::from_units(units);
        self.must(
            OPERATOR,
            Command::IssueUnits(IssueUnits {
                instrument,
                account: owner.account,
                quantity,
            }),
        );
        (asset, instrument)
    }
}

pub fn cash_move(account: AccountId, minor: i64, reference: &str) -> Box<CashMove> {
    Box::new(CashMove {
        account,
        currency: Currency::Cny,
        amount: Money::from_minor(minor),
        reference: Bounded::new(reference).unwrap(),
    })
}

pub fn order(account: AccountId, instrument: InstrumentId, side: Side, kind: OrderKind, units: i64) -> Command {
    Command::PlaceOrder(PlaceOrder {
        account,
        instrument,
        side,
        kind,
        quantity: Quantity::from_units(units),
    })
}

pub fn limit(minor: i64) -> OrderKind {
    OrderKind::Limit(Price::from_minor(minor))
}

/// Nobody.
pub const NOBODY: EntityId = EntityId(999);
/// No right.
pub const NOTHING: AssetId = AssetId(999);

/// A command is refused for this reason, and tells nobody else anything.
pub fn refuses<B: Book>(floor: &mut Floor<B>, by: UserId, command: Command, reject: Reject) {
    let first = floor.events.len();
    assert_eq!(floor.try_(by, command.clone()), Err(reject), "{command:?}");
    let told = &floor.events[first..];
    assert!(
        matches!(told, [only] if is_refusal(&only.body, reject)),
        "{command:?}: {told:?}"
    );
}

/// Whether this tells a refusal to whom it concerns: for want of cash to nobody else, for that tells what a lot holds.
pub fn is_refusal(event: &Event, reject: Reject) -> bool {
    match event {
        Event::Private(_, PrivateEvent::Rejected { reject: told, .. }) => *told == reject && !reject.tells_free_cash(),
        Event::Sealed(_, PrivateEvent::Rejected { reject: told, .. }) => *told == reject && reject.tells_free_cash(),
        _ => false,
    }
}

/// The next command comes at this very moment.
pub fn at_start_of<B: Book>(floor: &mut Floor<B>, day: Date) {
    floor.at = day.start().0 - 1;
}

/// The next command comes a nanosecond before this day.
pub fn just_before<B: Book>(floor: &mut Floor<B>, day: Date) {
    floor.at = day.start().0 - 2;
}

pub fn change(asset: AssetId, change: AssetChange) -> Command {
    Command::ChangeAsset(Box::new(ChangeAsset {
        asset,
        change,
        evidence: Digest([9; 32]),
    }))
}

pub fn yuan(minor: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(minor))
}

/// Which rights in a work are held here.
pub fn described_work(asset: AssetId, rights: &[WorkRight]) -> Command {
    let rights = rights.to_vec();
    Command::DescribeRight(Box::new(DescribeRight {
        asset,
        facts: RightFacts::Work(WorkFacts { rights }),
        evidence: Digest([9; 32]),
    }))
}

/// The rule that a command broke is among those that its operation names to those outside.
pub fn check_named(stamped: &Stamped<Request>, answer: &Answer) {
    let op = stamped.body.command.op();
    // Who repeats a command gets the first answer again, of whichever command that was.
    let is_new = answer.seq == stamped.seq;
    if let Outcome::Rejected(rule) = answer.outcome
        && is_new
    {
        assert!(
            op.may_break(rule),
            "protocol/src/refusals.rs does not name {rule:?} of {op:?}"
        );
    }
}

/// A bidder is told of its command that was taken, at its own time and as it was given or approved; of no other command
/// anybody is.
fn check_taken(asked: &Stamped<Request>, answer: &Answer, events: &[Stamped<Event>]) {
    let told = events.iter().filter_map(|event| match &event.body {
        Event::Sealed(_, PrivateEvent::BidTaken(taken)) => Some((event.seq, event.at, taken.lot, taken.claimed)),
        Event::Private(_, PrivateEvent::BidTaken(_)) => panic!("not sealed: {event:?}"),
        _ => None,
    });
    let done = deed(&asked.body, answer, asked.seq, events).and_then(|deed| deed.command.claimed());
    let expected = done.map(|(lot, claimed)| (answer.seq, answer.at, lot, claimed));
    assert!(told.eq(expected), "after {asked:?}: {events:?}");
}
