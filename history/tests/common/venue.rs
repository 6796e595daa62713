//! A small venue that makes events from a seed: orders, deals, records with changing readers, notices, and lots with
//! what is sealed in them. It knows no rules but those that history stands on.
//!
//! Invariant: hidden commands draw from a source of their own, so two venues of one seed tell the same openly, whether
//! they have hidden commands or not.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use protocol::{
    AccountId, Amount, Asked, AssetId, Bounded, Client, Command, Committed, Currency, EntityId, Event, InstrumentId,
    LotId, Money, Notice, OrderId, Price, PrivateEvent, ProposalId, PublicEvent, Quantity, Readers, Record,
    RecordChanged, Reject, Seq, Side, StaffEvent, Stamped, Symbol, Timestamp, TradeId, TransferId, UserId,
    account::CashMove,
    alone::DoneAlone,
    auction::{BidLot, Bidder, Lot},
    command::Op,
    control::{Encoded, Holders, Proposal, Read},
    describe::Describe,
    event::{BidTaken, CancelReason, CashPosting, LotBid, PostingReason, UnitsListed, UnitsPosting},
    listing::BookTerms,
    order::{OrderKind, PlaceOrder},
    sealed::Claimed,
    text::Reference,
    transfer::{Interest, InterestState},
    wire::encode_alone,
};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

pub const ENTITIES: u32 = 4;
/// Two of each entity; account 0 receives the fees.
pub const ACCOUNTS: u32 = 8;
pub const INSTRUMENTS: u32 = 3;
/// An amount that nothing open has: what is bid in secret.
pub const SECRET: i64 = 0x005E_A1ED_BEEF_0000;
/// What a client's name makes of a request.
fn client(name: &str) -> Client {
    protocol::wire::client(name.parse().unwrap(), &Command::Tick)
}

/// A client's name of a secret bid.
pub const SECRET_ID: &str = "a-secret-bid";

#[derive(Clone, Copy)]
struct Resting {
    order: OrderId,
    account: AccountId,
    instrument: InstrumentId,
    side: Side,
    price: i64,
    left: i64,
    held: i64,
}

struct OpenLot {
    lot: Lot,
    bidders: Vec<u32>,
}

pub struct Venue {
    random: Random,
    hidden: Option<Random>,
    seq: u64,
    at: u64,
    next_order: u32,
    next_trade: u64,
    next_deal: u64,
    resting: Vec<Resting>,
    lots: Vec<OpenLot>,
    committed: Committed,
    /// Whether lots are closed now and then, so that who bid is told.
    pub closes: bool,
    /// How many bids were hidden.
    pub hidden_bids: u64,
}

pub fn entity_of(account: AccountId) -> EntityId {
    EntityId(account.0.div_ceil(2))
}

pub fn currency_of(instrument: InstrumentId) -> Currency {
    Currency::ALL[instrument.0 as usize % Currency::ALL.len()]
}

pub fn example<T: Describe + serde::de::DeserializeOwned>() -> T {
    serde_json::from_str(&T::SHAPE.example()).unwrap()
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn units(units: i64) -> Quantity {
    Quantity::from_units(units)
}

impl Venue {
    pub fn new(seed: u64, hidden: Option<u64>) -> Self {
        let mut venue = Self {
            random: Random(seed),
            hidden: hidden.map(Random),
            seq: 0,
            at: 1_772_416_800_000_000_000,
            next_order: 0,
            next_trade: 0,
            next_deal: 1 << 40,
            resting: vec![],
            lots: vec![],
            committed: Committed::default(),
            closes: true,
            hidden_bids: 0,
        };
        venue.command();
        for instrument in 1..=INSTRUMENTS {
            let instrument = InstrumentId(instrument);
            let terms = BookTerms {
                symbol: Symbol::new(&format!("LIC-{}", instrument.0)).unwrap(),
                currency: currency_of(instrument),
                tick: Price::from_minor(1),
                price_low: Price::from_minor(1),
                price_high: Price::from_minor(100_000),
                lot: units(1),
                order_max: units(1_000),
                supply: units(1_000_000),
            };
            venue.public(PublicEvent::UnitsListed(Box::new(UnitsListed {
                instrument,
                asset: AssetId(instrument.0),
                terms,
                sandbox: instrument.0 == 1,
            })));
        }
        venue
    }

    /// So many more commands.
    pub fn run(&mut self, commands: usize) -> Committed {
        for _ in 0..commands {
            self.step();
        }
        self.taken()
    }

    pub fn taken(&mut self) -> Committed {
        let mut committed = std::mem::take(&mut self.committed);
        committed.up_to = Seq(self.seq);
        committed.at = Timestamp(self.at);
        committed
    }

    /// Everything in batches of a few commands.
    pub fn batches(seed: u64, hidden: Option<u64>, count: usize, commands: usize) -> Vec<Committed> {
        let mut venue = Self::new(seed, hidden);
        (0..count).map(|_| venue.run(commands)).collect()
    }

    fn command(&mut self) {
        self.seq += 1;
        // Now and then some hours, so that candles end.
        let hours = if self.random.below(40) == 0 {
            3_600_000_000_000 * (1 + self.random.below(20))
        } else {
            0
        };
        self.at += 1 + self.random.below(20_000_000_000) + hours;
    }

    fn tell(&mut self, body: Event) {
        let (seq, at) = (Seq(self.seq), Timestamp(self.at));
        self.committed.events.push(Stamped { seq, at, body });
    }

    fn public(&mut self, event: PublicEvent) {
        self.tell(Event::Public(event));
    }

    fn notice(&mut self, notice: Notice) {
        self.public(PublicEvent::Notice(Box::new(notice)));
    }

    fn private(&mut self, account: AccountId, event: PrivateEvent) {
        self.tell(Event::Private(entity_of(account), event));
    }

    fn record(&mut self, readers: Readers, record: Record) {
        self.tell(Event::Record(Box::new(RecordChanged { readers, record })));
    }

    fn ask(&mut self, client: Option<Client>, order: Option<PlaceOrder>) {
        let asked = Asked {
            seq: Seq(self.seq),
            by: UserId(7),
            client,
            order,
        };
        self.committed.asked.push(asked);
    }

    fn account(&mut self) -> AccountId {
        AccountId(1 + self.random.below(ACCOUNTS.into()) as u32)
    }

    fn instrument(&mut self) -> InstrumentId {
        InstrumentId(1 + self.random.below(INSTRUMENTS.into()) as u32)
    }

    fn deal(&mut self) -> Seq {
        self.next_deal += 1;
        Seq(self.next_deal)
    }

    pub fn step(&mut self) {
        self.hide();
        self.command();
        match self.random.below(100) {
            0..10 => self.move_cash(),
            10..16 => self.move_units(),
            16..55 => self.place(),
            55..65 => self.cancel(),
            65..70 => self.refuse(),
            70..86 => self.change_record(),
            86..90 => {
                let rules = example();
                self.notice(Notice::BuyerRules(rules));
            }
            90..92 => self.announce(),
            92..97 => self.bid(),
            97..98 => self.alone(),
            _ => self.disclose(),
        }
    }

    fn move_cash(&mut self) {
        let account = self.account();
        let currency = Currency::ALL[self.random.below(2) as usize];
        let amount = money(1 + self.random.below(1_000_000) as i64);
        let reference = Reference::new(&format!("BANK-{}", self.random.below(1_000_000))).unwrap();
        match self.random.below(4) {
            0 | 1 => {
                let moved = CashMove {
                    account,
                    currency,
                    amount,
                    reference,
                };
                self.private(account, PrivateEvent::CashReceived(Box::new(moved)));
            }
            2 => {
                let moved = CashMove {
                    account,
                    currency,
                    amount,
                    reference,
                };
                self.private(account, PrivateEvent::CashPaid(Box::new(moved)));
            }
            _ => {
                let deal = self.deal();
                let posting = |free, held, reason| CashPosting {
                    account,
                    currency,
                    free: money(free),
                    held: money(held),
                    reason,
                    deal,
                };
                let held = posting(-amount.minor(), amount.minor(), PostingReason::Held);
                let paid = posting(0, -amount.minor(), PostingReason::Paid);
                self.private(account, PrivateEvent::CashPosted(Box::new(held)));
                self.private(account, PrivateEvent::CashPosted(Box::new(paid)));
            }
        }
    }

    fn move_units(&mut self) {
        let (account, instrument) = (self.account(), self.instrument());
        let quantity = 1 + self.random.below(100) as i64;
        if self.random.below(2) == 0 {
            let quantity = units(quantity);
            self.private(
                account,
                PrivateEvent::UnitsReceived {
                    account,
                    instrument,
                    quantity,
                },
            );
        } else {
            let deal = self.deal();
            let posting = UnitsPosting {
                account,
                instrument,
                free: units(-quantity),
                held: units(quantity),
                reason: PostingReason::Held,
                deal,
            };
            self.private(account, PrivateEvent::UnitsPosted(Box::new(posting)));
        }
    }

    fn asked_order(&mut self) -> PlaceOrder {
        let price = Price::from_minor(900 + self.random.below(200) as i64);
        PlaceOrder {
            account: self.account(),
            instrument: self.instrument(),
            side: if self.random.below(2) == 0 {
                Side::Buy
            } else {
                Side::Sell
            },
            kind: match self.random.below(4) {
                0 => OrderKind::Market,
                1 => OrderKind::ImmediateOrCancel(price),
                _ => OrderKind::Limit(price),
            },
            quantity: units(1 + self.random.below(50) as i64),
        }
    }

    /// One in four names it again. Of some the trace alone is known, as in a journal of before names were kept.
    fn client(&mut self) -> Option<Client> {
        match self.random.below(5) {
            0 => None,
            found => {
                let named = client(&format!("order-{}", self.random.below(400)));
                Some(Client {
                    id: named.id.filter(|_| found > 1),
                    ..named
                })
            }
        }
    }

    fn place(&mut self) {
        let asked = self.asked_order();
        let client = self.client();
        if self.random.below(10) > 0 {
            self.ask(client, Some(asked));
        }
        let price = match asked.kind {
            OrderKind::Limit(price) | OrderKind::ImmediateOrCancel(price) => price.minor(),
            OrderKind::Market if asked.side == Side::Buy => 2_000,
            OrderKind::Market => 1,
        };
        let quantity = asked.quantity.units();
        self.next_order += 1;
        let order = OrderId::new(self.next_order % 64, self.next_order / 64 + (1 << 31));
        let hold = match asked.side {
            Side::Buy => price * quantity + price * quantity / 500,
            Side::Sell => 0,
        };
        let mut taker = Resting {
            order,
            account: asked.account,
            instrument: asked.instrument,
            side: asked.side,
            price,
            left: quantity,
            held: hold,
        };
        self.private(
            asked.account,
            PrivateEvent::OrderAccepted {
                order,
                account: asked.account,
                instrument: asked.instrument,
                side: asked.side,
                price: Price::from_minor(price),
                quantity: asked.quantity,
                held: money(hold),
            },
        );
        while taker.left > 0 {
            let crosses = |resting: &Resting| {
                let (buy, sell) = if taker.side == Side::Buy {
                    (taker.price, resting.price)
                } else {
                    (resting.price, taker.price)
                };
                resting.instrument == taker.instrument && resting.side != taker.side && buy >= sell
            };
            let Some(place) = self.resting.iter().position(crosses) else {
                break;
            };
            let mut maker = self.resting.remove(place);
            self.trade(&mut taker, &mut maker);
            if maker.left > 0 {
                self.resting.insert(place, maker);
            }
        }
        if taker.left == 0 {
            return;
        }
        if matches!(asked.kind, OrderKind::Limit(_)) {
            self.public(PublicEvent::OrderAdded {
                instrument: taker.instrument,
                order,
                side: taker.side,
                price: Price::from_minor(price),
                quantity: units(taker.left),
            });
            self.resting.push(taker);
        } else {
            self.end(taker, CancelReason::NotFilled);
        }
    }

    fn trade(&mut self, taker: &mut Resting, maker: &mut Resting) {
        let quantity = taker.left.min(maker.left);
        self.next_trade += 1;
        let trade = TradeId(self.next_trade);
        let value = maker.price * quantity;
        self.public(PublicEvent::Traded {
            instrument: taker.instrument,
            trade,
            maker: maker.order,
            taker_side: taker.side,
            price: Price::from_minor(maker.price),
            quantity: units(quantity),
            sandbox: taker.instrument.0 == 1,
        });
        let price = maker.price;
        let mut fees = 0;
        for (side, rate) in [(taker, 500), (maker, 1_000)] {
            let fee = value / rate;
            fees += fee;
            side.left -= quantity;
            let kept = match (side.side, side.left) {
                (Side::Buy, 0) => 0,
                (Side::Buy, left) => side.price * left + side.price * left / 500,
                (Side::Sell, _) => 0,
            };
            let released = match side.side {
                Side::Buy => side.held - kept - value - fee,
                Side::Sell => 0,
            };
            side.held = kept;
            let event = PrivateEvent::OrderFilled {
                order: side.order,
                account: side.account,
                instrument: side.instrument,
                side: side.side,
                trade,
                price: Price::from_minor(price),
                quantity: units(quantity),
                fee: money(fee),
                released: money(released),
            };
            self.private(side.account, event);
            if fees > 0 && rate == 1_000 {
                let currency = currency_of(side.instrument);
                let amount = money(fees);
                self.private(
                    AccountId(0),
                    PrivateEvent::FeesCollected {
                        account: AccountId(0),
                        trade,
                        currency,
                        amount,
                    },
                );
            }
        }
    }

    fn end(&mut self, order: Resting, reason: CancelReason) {
        self.private(
            order.account,
            PrivateEvent::OrderCancelled {
                order: order.order,
                account: order.account,
                instrument: order.instrument,
                side: order.side,
                reason,
                quantity: units(order.left),
                released: money(order.held),
            },
        );
    }

    fn cancel(&mut self) {
        if !self.resting.is_empty() {
            let place = self.random.below(self.resting.len() as u64) as usize;
            let order = self.resting.remove(place);
            self.end(order, CancelReason::Requested);
        }
    }

    fn refuse(&mut self) {
        let asked = self.asked_order();
        let client = self.client();
        if self.random.below(4) > 0 {
            self.ask(client, Some(asked));
        }
        let (by, entity) = (UserId(7), entity_of(asked.account));
        if self.random.below(3) == 0 {
            let reject = Reject::InsufficientCash;
            self.tell(Event::Sealed(entity, PrivateEvent::Rejected { by, reject }));
        } else {
            let reject = Reject::UnknownInstrument;
            self.tell(Event::Private(entity, PrivateEvent::Rejected { by, reject }));
        }
    }

    fn readers(&mut self) -> Readers {
        let chosen = self.random.below(1 << ENTITIES);
        let chosen = (0..ENTITIES)
            .filter(|bit| chosen >> bit & 1 == 1)
            .map(|bit| EntityId(bit + 1))
            .collect();
        if self.random.below(3) == 0 {
            Readers::AllBut(chosen)
        } else {
            Readers::Only(chosen)
        }
    }

    fn change_record(&mut self) {
        let asset = AssetId(self.random.below(6) as u32);
        match self.random.below(6) {
            5 => {
                let entity = EntityId(1 + self.random.below(2) as u32);
                let price = money(1 + self.random.below(9) as i64);
                let interest = Interest {
                    transfer: TransferId(1),
                    entity,
                    account: AccountId(1),
                    state: InterestState::ALL[self.random.below(2) as usize],
                    bid: Some(Amount::new(Currency::Cny, price)),
                    best: false,
                };
                self.record(Readers::one(entity), Record::Interest(interest));
            }
            0 => {
                let readers = self.readers();
                let read = Read {
                    by: UserId(1),
                    reader: EntityId(1),
                    entity: EntityId(2),
                    record: Bounded::new("titles").unwrap(),
                };
                self.record(readers, Record::Read(read));
            }
            1 => {
                // Several forms of one moment.
                for _ in 0..2 {
                    let count = self.random.below(1_000) as u32;
                    let readers = self.readers();
                    self.record(readers, Record::Holders(Holders { asset, count }));
                }
            }
            _ => {
                let count = self.random.below(1_000) as u32;
                let readers = self.readers();
                self.record(readers, Record::Holders(Holders { asset, count }));
            }
        }
    }

    fn announce(&mut self) {
        let mut lot: Lot = example();
        lot.lot = LotId(self.deal().0);
        lot.bids = 0;
        self.notice(Notice::Lot(lot.clone()));
        self.lots.push(OpenLot { lot, bidders: vec![] });
    }

    fn bid(&mut self) {
        if self.lots.is_empty() {
            return;
        }
        let place = self.random.below(self.lots.len() as u64) as usize;
        let lot = &mut self.lots[place].lot;
        let bid = LotBid {
            lot: lot.lot,
            number: 4,
            price: Amount::new(Currency::Cny, money(100 + i64::from(lot.bids))),
            automatic: false,
            matched: false,
            bids: lot.bids + 1,
            ends_at: lot.ends_at,
            extensions: 0,
            reserve_met: None,
        };
        bid.change(lot);
        self.public(PublicEvent::LotBid(bid));
    }

    fn alone(&mut self) {
        let entity = EntityId(2);
        let done = DoneAlone {
            entity,
            by: UserId(3),
            op: Op::RecordDemand,
            seq: Seq(self.seq),
            encoded: None,
        };
        self.record(Readers::Sealed(entity), Record::DoneAlone(done));
    }

    /// A hidden command, where there are any: a bid with its deposit, or a proposal of one.
    fn hide(&mut self) {
        let Some(mut random) = self.hidden.take() else { return };
        if !self.lots.is_empty() && random.below(3) == 0 {
            self.seq += 1;
            let place = random.below(self.lots.len() as u64) as usize;
            let lot = self.lots[place].lot.lot;
            let account = 1 + random.below(ACCOUNTS.into()) as u32;
            self.lots[place].bidders.push(account);
            let amount = SECRET + random.below(0xFFFF) as i64;
            self.hide_bid(lot, AccountId(account), amount, random.below(3) == 0);
            self.hidden_bids += 1;
        }
        self.hidden = Some(random);
    }

    fn bidder(lot: LotId, account: AccountId, amount: Money) -> Record {
        let mut bidder: Bidder = example();
        (bidder.lot, bidder.entity, bidder.account) = (lot, entity_of(account), account);
        bidder.bid = Some(Amount::new(Currency::Cny, amount));
        Record::Bidder(bidder)
    }

    fn hide_bid(&mut self, lot: LotId, account: AccountId, amount: i64, proposed: bool) {
        let entity = entity_of(account);
        let price = Amount::new(Currency::Cny, money(amount));
        self.ask(Some(client(SECRET_ID)), None);
        if proposed {
            let mut bid: BidLot = example();
            (bid.lot, bid.price) = (lot, price);
            let mut proposal: Proposal = serde_json::from_str(
                r#"{"proposal_id":1,"entity_id":1,"by_user_id":1,"encoded":"00","state":"open","lapses_at":"2026-03-02T02:00:00.000000000Z"}"#,
            )
            .unwrap();
            (proposal.proposal, proposal.entity) = (ProposalId(self.seq), entity);
            proposal.encoded = Encoded(encode_alone(&Command::BidLot(bid)));
            self.record(Readers::Sealed(entity), Record::Proposal(proposal));
        }
        let posting = CashPosting {
            account,
            currency: Currency::Cny,
            free: money(-amount),
            held: money(amount),
            reason: PostingReason::Held,
            deal: Seq(lot.0),
        };
        self.tell(Event::Sealed(entity, PrivateEvent::CashPosted(Box::new(posting))));
        let claimed = Claimed::Bid { price, units: None };
        self.tell(Event::Sealed(
            entity,
            PrivateEvent::BidTaken(BidTaken {
                lot,
                number: 5,
                claimed,
            }),
        ));
        self.record(Readers::Sealed(entity), Self::bidder(lot, account, money(amount)));
        self.tell(Event::Sealed(
            entity,
            PrivateEvent::BidStands {
                lot,
                number: 5,
                price,
                leads: true,
            },
        ));
    }

    fn disclose(&mut self) {
        if !self.lots.is_empty() && self.closes {
            let place = self.random.below(self.lots.len() as u64) as usize;
            self.close(place);
        }
    }

    /// Closes every lot.
    pub fn close_all(&mut self) -> Committed {
        while !self.lots.is_empty() {
            self.command();
            self.close(0);
        }
        self.taken()
    }

    fn close(&mut self, place: usize) {
        let OpenLot { lot, bidders } = self.lots.remove(place);
        for account in &bidders {
            let posting = CashPosting {
                account: AccountId(*account),
                currency: Currency::Cny,
                free: money(11),
                held: money(-11),
                reason: PostingReason::Released,
                deal: Seq(lot.lot.0),
            };
            let entity = entity_of(AccountId(*account));
            self.tell(Event::Sealed(entity, PrivateEvent::CashPosted(Box::new(posting))));
        }
        self.tell(Event::Staff(StaffEvent::LotDisclosed { lot: lot.lot }));
        for account in bidders {
            let account = AccountId(account);
            self.record(
                Readers::one(entity_of(account)),
                Self::bidder(lot.lot, account, money(5)),
            );
        }
        self.notice(Notice::Lot(lot));
    }
}
