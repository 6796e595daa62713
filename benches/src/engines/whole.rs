//! The whole engine: the exchange with its accounts, holds, fees, events, and its memory of client ids.

use super::Engine;
use crate::{
    lending,
    workload::{Op, Record, Tally, Workload},
};
use engine::{
    Exchange,
    book::{Book, FastBook, PlainBook},
};
use protocol::{
    AccountId, Amount, Answer, AssetId, BasisPoints, Bounded, Client, ClientId, Command, Currency, Digest, EntityId,
    Event, InstrumentId, LoanId, LotId, Money, OrderId, Outcome, Price, PublicEvent, Quantity, Receipt, Request, Seq,
    Side, Stamped, Symbol, Timestamp, UserId,
    account::CashMove,
    asset::{AssetClass, RegisterAsset},
    auction::{AnnounceLot, Ascending, BidLot, Clock, EnterLot, Extension, Format, PriceStep},
    command::ClientKey,
    identifiers,
    listing::{BookTerms, IssueUnits, ListUnits},
    maxima::Maxima,
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
    pledge::FilePledge,
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
    time::DAY,
    title::{Extract, NewRight, RegisterRights},
};

/// How many accounts trade; an order's is its id modulo this.
const ACCOUNTS: u32 = 1_024;
/// When everything begins, and how far its commands lie apart, in nanoseconds.
const BEGIN: u64 = 1_772_416_800_000_000_000;
const APART: u64 = 250;
/// What each account holds of each book before the stream.
const UNITS: i64 = 900_000;
/// The venue's first operator.
const OPERATOR: UserId = UserId(0);

/// An exchange with 1,024 funded accounts, fees of 10 and 20 basis points, on the profile `unit-market`.
pub struct Whole<B: Book> {
    exchange: Exchange<B>,
    events: Vec<Stamped<Event>>,
    /// How long the setting has waited, beyond a moment for each command.
    waited: u64,
}

/// A record as requests with their places and times: a modify is a cancel and an order.
pub struct Requests(Stamped<Request>, Option<Stamped<Request>>);

fn entity(number: u32) -> EntityId {
    EntityId(number % ACCOUNTS + 1)
}

/// The exchange numbers users and accounts as it does entities: 0 is the venue's.
fn user(number: u32) -> UserId {
    UserId(entity(number).0)
}

fn account(number: u32) -> AccountId {
    AccountId(entity(number).0)
}

fn place(record: &Record, id: u32) -> Command {
    let price = Price::from_minor(record.price.into());
    let kind = if record.op == Op::ImmediateOrCancel {
        OrderKind::ImmediateOrCancel(price)
    } else {
        OrderKind::Limit(price)
    };
    Command::PlaceOrder(PlaceOrder {
        account: account(id),
        instrument: InstrumentId(record.book),
        side: if record.buy { Side::Buy } else { Side::Sell },
        kind,
        quantity: Quantity::from_units(record.quantity.into()),
    })
}

impl<B: Book> Whole<B> {
    fn empty() -> Self {
        Self {
            exchange: Exchange::new(),
            events: Vec::with_capacity(1 << 12),
            waited: 0,
        }
    }

    fn must(&mut self, by: UserId, command: Command) -> Receipt {
        let client = None;
        let mut request = stamp(self.exchange.seq().next(), Request { by, client, command });
        request.at = request.at.after(self.waited);
        let answer = self.exchange.apply(&request, &mut self.events);
        self.events.clear();
        match answer.outcome {
            Outcome::Done(receipt) => receipt,
            Outcome::Rejected(reject) => panic!("the setting is refused: {reject:?}"),
        }
    }

    fn run(&mut self, requests: &Requests, tally: &mut Tally) -> Answer {
        let mut answer = self.exchange.apply(&requests.0, &mut self.events);
        if let Some(second) = &requests.1 {
            answer = self.exchange.apply(second, &mut self.events);
        }
        for event in &self.events {
            if let Event::Public(PublicEvent::Traded {
                trade,
                maker,
                price,
                quantity,
                ..
            }) = &event.body
            {
                tally.fill(
                    maker.slot(),
                    trade.0 as u32,
                    quantity.units() as u32,
                    price.minor() as u32,
                );
            }
        }
        self.events.clear();
        answer
    }
}

/// Does a command of the setting, which is not refused.
type Must<'a> = &'a mut dyn FnMut(UserId, Command) -> Receipt;

/// Everything before the stream: the epoch, the accounts with their cash, the books with their units.
fn settle(books: u32, must: Must<'_>) {
    let epoch = Epoch {
        rules_version: RULES_VERSION,
        profile: Profile::UnitMarket,
        approval: Approval::Sandbox,
        fees: Fees {
            maker: BasisPoints(10),
            taker: BasisPoints(20),
        },
        calendar: Calendar::default(),
        judicial_listing: None,
    };
    must(OPERATOR, Command::Epoch(Box::new(epoch)));
    (0..ACCOUNTS).for_each(|number| fund(must, number));
    (0..books).for_each(|book| list(must, book));
}

/// The code of a participant, by its number up to 9999.
pub(crate) fn uscc(number: u32) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    ALPHABET
        .iter()
        .map(|&digit| format!("9144030019220{number:04}{}", char::from(digit)))
        .find(|code| identifiers::uscc(code) == Some(true))
        .expect("one digit is the check digit")
}

fn fund(must: Must<'_>, number: u32) {
    let code = Bounded::new(&uscc(number)).expect("a code");
    let register = RegisterEntity {
        name: Bounded::new("trader").expect("a name"),
        kind: EntityKind::Company,
        legal_id: LegalId::Uscc(code),
        evidence: None,
    };
    must(OPERATOR, Command::RegisterEntity(Box::new(register)));
    let entity = entity(number);
    let roles = Roles::TRADER.with(Roles::FIRM);
    must(OPERATOR, Command::RegisterUser(RegisterUser { entity, roles }));
    must(OPERATOR, Command::OpenAccount { entity });
    let cash = CashMove {
        account: account(number),
        currency: Currency::Cny,
        amount: Money::from_minor(1_000_000_000_000_000),
        reference: Bounded::new(&format!("bank-{number}")).expect("a reference"),
    };
    must(OPERATOR, Command::CashIn(Box::new(cash)));
}

/// A right of the first account's, verified by an extract of the day on which everything begins.
fn verified(must: Must<'_>, number: u32) -> AssetId {
    let asset = RegisterAsset {
        owner: entity(0),
        class: AssetClass::Patent,
        office: protocol::Office(*b"US"),
        number: Bounded::new(&format!("{number}")).expect("a number"),
        title: Bounded::new("A method").expect("a title"),
        filed: protocol::Date::from_civil(2019, 6, 14),
        granted: protocol::Date::from_civil(2022, 3, 8),
        expires: protocol::Date::from_civil(2039, 1, 1),
        classifications: Vec::new(),
        texts: Digest::default(),
    };
    let right = NewRight {
        extract: Some(Extract {
            drawn: Timestamp(BEGIN).venue_date(),
            evidence: Digest::default(),
        }),
        ..NewRight::from(asset)
    };
    let register = RegisterRights {
        rights: vec![right],
        issue_to: None,
    };
    match must(OPERATOR, Command::RegisterRights(Box::new(register))) {
        Receipt::Rights(asset, _) => asset,
        other => unreachable!("a right's receipt, not {other:?}"),
    }
}

/// Lists a book, and hands everyone units of it: issued to the owner, bought from it one by one.
fn list(must: Must<'_>, book: u32) {
    let asset = verified(must, 10_000_000 + book);
    let units = Quantity::from_units;
    let terms = BookTerms {
        symbol: Symbol::new(&format!("B{book}")).expect("a symbol"),
        currency: Currency::Cny,
        tick: Price::from_minor(1),
        price_low: Price::from_minor(1),
        price_high: Price::from_minor(200_000),
        lot: units(1),
        order_max: units(1_000_000),
        supply: units(1_000_000_000),
    };
    must(OPERATOR, Command::ListUnits(Box::new(ListUnits { asset, terms })));
    let instrument = InstrumentId(book);
    let issue = IssueUnits {
        instrument,
        account: account(0),
        quantity: units(1_000_000_000),
    };
    must(OPERATOR, Command::IssueUnits(issue));
    for number in 1..ACCOUNTS {
        for (number, side) in [(0, Side::Sell), (number, Side::Buy)] {
            let (account, quantity) = (account(number), units(UNITS));
            let kind = OrderKind::Limit(Price::from_minor(1));
            let order = PlaceOrder {
                account,
                instrument,
                side,
                kind,
                quantity,
            };
            must(user(number), Command::PlaceOrder(order));
        }
    }
}

/// A workload as one list of requests, as a venue would get them: the setting, the preload, the timed part.
pub fn requests(workload: &Workload) -> Vec<Stamped<Request>> {
    let mut requests = Vec::new();
    let mut plain = Whole::<PlainBook>::empty();
    settle(workload.spec.books, &mut |by, command| {
        let request = Request {
            by,
            client: None,
            command: command.clone(),
        };
        requests.push(stamp(plain.exchange.seq().next(), request));
        plain.must(by, command)
    });
    let stream = translate(workload, Whole::new(workload.spec.books)).into_iter();
    requests.extend(stream.flat_map(|Requests(first, second)| [Some(first), second].into_iter().flatten()));
    requests
}

impl<B: Book> Whole<B> {
    /// An exchange with so many open lots, each with so many bidders (of at most 1,000), and bids for them in turn that
    /// are all taken, each a step above the last of its lot.
    pub fn auctions(lots: u32, bidders: u32, bids: u32) -> (Self, Vec<Stamped<Request>>) {
        let mut whole = Self::new(0);
        let opens = Timestamp(BEGIN + DAY);
        let lots: Vec<_> = (0..lots).map(|number| whole.open_lot(number, opens)).collect();
        whole.wait_until(opens);
        for &lot in &lots {
            for number in 1..=bidders {
                let enter = EnterLot {
                    lot,
                    account: account(number),
                    draw: number.into(),
                };
                whole.must(user(number), Command::EnterLot(enter));
            }
        }
        let mut seq = whole.exchange.seq();
        let count = lots.len() as u32;
        let bid = |number: u32| {
            seq = seq.next();
            let (round, lot) = (number / count, lots[(number % count) as usize]);
            let price = Amount::new(Currency::Cny, Money::from_minor(i64::from(round) + 1));
            let body = Request {
                by: user(round % bidders + 1),
                client: Some(client(number.into()).into()),
                command: Command::BidLot(BidLot {
                    lot,
                    price,
                    units: None,
                }),
            };
            Stamped {
                seq,
                at: opens.after(seq.0 * APART),
                body,
            }
        };
        let bids = (0..bids).map(bid).collect();
        (whole, bids)
    }

    /// Gives a bid, which is taken.
    pub fn bid(&mut self, bid: &Stamped<Request>) {
        let answer = self.exchange.apply(bid, &mut self.events);
        assert!(
            matches!(answer.outcome, Outcome::Done(_)),
            "every bid is a step above the last"
        );
        self.events.clear();
    }

    /// A lot of a right of the first account's, that opens then and stays open for a month.
    fn open_lot(&mut self, number: u32, opens: Timestamp) -> LotId {
        let asset = verified(&mut |by, command| self.must(by, command), 20_000_000 + number);
        let fen = |minor| Amount::new(Currency::Cny, Money::from_minor(minor));
        let terms = AnnounceLot::plain(
            vec![asset],
            account(0),
            Format::Ascending(Ascending {
                start: fen(1),
                steps: vec![PriceStep {
                    from: fen(0),
                    step: fen(1),
                }],
                clock: Clock {
                    window_s: 300,
                    extension: Extension::FromBid,
                    extensions_max: None,
                },
                buy_now: None,
                maxima: Maxima::Ladder,
            }),
            fen(100),
            opens,
            opens.after(30 * DAY),
        );
        match self.must(user(0), Command::AnnounceLot(Box::new(terms))) {
            Receipt::Deal(seq) => LotId::from(seq),
            other => unreachable!("a lot's receipt, not {other:?}"),
        }
    }

    /// Lets the time pass: what is due until then happens, and the next command of the setting comes after it.
    fn wait_until(&mut self, at: Timestamp) {
        self.waited = at.0 - BEGIN;
        // A tick fires a part of what is due.
        while self.exchange.next_deadline() <= at {
            self.must(OPERATOR, Command::Tick);
        }
    }
}

/// A request at its place, and at the time that goes with it.
fn stamp(seq: Seq, body: Request) -> Stamped<Request> {
    let at = Timestamp(BEGIN + seq.0 * APART);
    Stamped { seq, at, body }
}

/// A client id as a digest would be: no two alike, every bit in use.
fn client(number: u64) -> ClientKey {
    let mut mixed = u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    mixed = (mixed ^ (mixed >> 61)).wrapping_mul(0xBF58_476D_1CE4_E5B9_94D0_49BB_1331_11EB);
    ClientKey {
        id: (mixed ^ (mixed >> 64)).to_le_bytes(),
        body: number.to_le_bytes(),
    }
}

/// The stream as requests, each under a client id of its own. The plain book is asked for the ids of orders. Its fills
/// differ from the pinned ones of the books alone, as nobody trades with itself here.
fn translate(workload: &Workload, mut plain: Whole<PlainBook>) -> Vec<Requests> {
    let mut given = vec![OrderId(0); workload.max_id as usize];
    let mut number = 0_u64;
    let mut seq = plain.exchange.seq();
    let mut request = |by, command| {
        number += 1;
        let key = client(number);
        // As long as a UUID.
        let id = ClientId::new(&format!("{number:036}"));
        let client = Some(Client { key, id });
        seq = seq.next();
        stamp(seq, Request { by, client, command })
    };
    let mut requests = Vec::with_capacity(workload.records().len());
    for record in workload.records() {
        let cancel = Command::CancelOrder {
            order: given[record.id as usize],
        };
        let (tell, id) = match record.op {
            Op::New | Op::ImmediateOrCancel => (
                Requests(request(user(record.id), place(record, record.id)), None),
                record.id,
            ),
            Op::Cancel => (Requests(request(user(record.id), cancel), None), 0),
            Op::Modify => {
                let cancel = request(user(record.id), cancel);
                let order = request(user(record.new_id), place(record, record.new_id));
                (Requests(cancel, Some(order)), record.new_id)
            }
        };
        if let Outcome::Done(Receipt::Order(order)) = plain.run(&tell, &mut Tally::default()).outcome {
            given[id as usize] = order;
        }
        requests.push(tell);
    }
    requests
}

impl<B: Book> Engine for Whole<B> {
    type Command = Requests;

    fn translate(workload: &Workload) -> Vec<Requests> {
        translate(workload, Whole::new(workload.spec.books))
    }

    fn new(books: u32) -> Self {
        let mut whole = Self::empty();
        settle(books, &mut |by, command| whole.must(by, command));
        whole
    }

    #[inline]
    fn execute(&mut self, requests: &Requests, tally: &mut Tally) {
        self.run(requests, tally);
    }
}

/// The whole engine on the fast book, which touches what the next requests of a batch will need first, as the sequencer
/// does with what waits in its inbox.
pub struct WholeLookAhead(Whole<FastBook>);

impl WholeLookAhead {
    /// How many records are looked at together.
    const BATCH: usize = 16;
}

impl Engine for WholeLookAhead {
    type Command = Requests;

    fn translate(workload: &Workload) -> Vec<Requests> {
        translate(workload, Whole::new(workload.spec.books))
    }

    fn new(books: u32) -> Self {
        Self(Whole::new(books))
    }

    fn execute(&mut self, requests: &Requests, tally: &mut Tally) {
        self.0.execute(requests, tally);
    }

    fn execute_all(&mut self, commands: &[Requests], tally: &mut Tally) {
        for batch in commands.chunks(Self::BATCH) {
            let requests = batch
                .iter()
                .flat_map(|Requests(first, second)| [Some(first), second.as_ref()]);
            requests
                .flatten()
                .for_each(|request| self.0.exchange.touch(&request.body));
            for requests in batch {
                self.0.execute(requests, tally);
            }
        }
    }
}

/// The whole engine on books of rights that are pledged, each for a loan of its own, with its holder's consent to all
/// that the stream does.
pub struct WholePledged(Whole<FastBook>);

impl WholePledged {
    fn pledged<B: Book>(books: u32) -> Whole<B> {
        let mut whole = Whole::new(books);
        let (owner, bank) = (entity(0), entity(1));
        for book in 0..books {
            let loan = match whole.must(OPERATOR, lending::loan(bank, owner)) {
                Receipt::Deal(seq) => LoanId::from(seq),
                other => unreachable!("a loan's receipt, not {other:?}"),
            };
            let applications = vec![lending::application(loan, owner, AssetId(book))];
            let pledge = match whole.must(OPERATOR, Command::FilePledge(Box::new(FilePledge { applications }))) {
                Receipt::Pledges(pledge, _) => pledge,
                other => unreachable!("a filing's receipt, not {other:?}"),
            };
            whole.must(OPERATOR, lending::recorded(pledge));
            whole.must(user(1), lending::consent(pledge));
        }
        whole
    }
}

impl Engine for WholePledged {
    type Command = Requests;

    fn translate(workload: &Workload) -> Vec<Requests> {
        translate(workload, Self::pledged(workload.spec.books))
    }

    fn new(books: u32) -> Self {
        Self(Self::pledged(books))
    }

    fn execute(&mut self, requests: &Requests, tally: &mut Tally) {
        self.0.execute(requests, tally);
    }
}
