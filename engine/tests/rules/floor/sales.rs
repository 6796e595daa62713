//! Sales on the floor: a right of ana's, and those who may buy it.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{CODES, Floor, OPERATOR, Party, yuan};
use engine::book::FastBook;
use protocol::{
    AssetId, Command, Date, Digest, EntityId, Event, Notice, Office, PublicEvent, Readers, Receipt, Record, Reject,
    Stamped, TransferId,
    asset::AssetClass,
    control::{DescribeEntity, RuleBook, SetRuleBook},
    party::Roles,
    title::Title,
    transfer::{
        AnswerPriority, AnswerRecordal, BidTransfer, CancelTransfer, Disclosure, ExpressInterest, FileRecordal,
        FundEscrow, Interest, LegalBasis, ListTransfer, Offer, QualifyInterest, RecordExportCheck, SetAudience,
        SignContract, TitlePrint, Transfer, TransferRefusal, TransferState, WithdrawInterest,
    },
};

/// The paper behind a step.
pub const PAPER: Digest = Digest([5; 32]);
/// The contract that is signed.
pub const CONTRACT: Digest = Digest([6; 32]);

/// A Chinese venue with a right of ana's, and bo, cy and dee with ten million yuan each.
pub struct Market {
    pub floor: Floor<FastBook>,
    pub ana: Party,
    pub bo: Party,
    pub cy: Party,
    pub dee: Party,
    pub right: AssetId,
}

/// The usual terms: an ask of 1,000.00, steps of 10.00, five working days to look and three to bid.
pub fn terms_of(assets: &[AssetId], seller: Party) -> ListTransfer {
    ListTransfer {
        assets: assets.to_vec(),
        account: seller.account,
        ask: yuan(100_000),
        increment: yuan(1_000),
        basis: LegalBasis::VenueRule,
        disclosure_days: 5,
        bidding_days: 3,
        state_owned: false,
        priority: vec![],
        disclosure: Disclosure::Full,
        anonymous: false,
        allow: vec![],
        deny: vec![],
        teaser: None,
        contract: None,
        purpose: None,
    }
}

pub fn express(transfer: TransferId, party: Party) -> Command {
    let account = party.account;
    Command::ExpressInterest(ExpressInterest { transfer, account })
}

pub fn withdraw(transfer: TransferId) -> Command {
    Command::WithdrawInterest(WithdrawInterest { transfer })
}

pub fn qualify(transfer: TransferId, entity: EntityId, qualified: bool) -> Command {
    Command::QualifyInterest(Box::new(QualifyInterest {
        transfer,
        entity,
        qualified,
        evidence: PAPER,
    }))
}

pub fn export_check(asset: AssetId, entity: EntityId, cleared: bool) -> Command {
    Command::RecordExportCheck(Box::new(RecordExportCheck {
        asset,
        entity,
        cleared,
        evidence: PAPER,
    }))
}

pub fn bid(transfer: TransferId, minor: i64) -> Command {
    let price = yuan(minor);
    Command::BidTransfer(BidTransfer { transfer, price })
}

pub fn enter(transfer: TransferId, party: Party) -> Command {
    let account = Some(party.account);
    Command::AnswerPriority(AnswerPriority { transfer, account })
}

pub fn waive(transfer: TransferId) -> Command {
    let account = None;
    Command::AnswerPriority(AnswerPriority { transfer, account })
}

pub fn sign(transfer: TransferId, contract: Digest) -> Command {
    Command::SignContract(Box::new(SignContract { transfer, contract }))
}

pub fn fund(transfer: TransferId) -> Command {
    Command::FundEscrow(FundEscrow { transfer })
}

pub fn file(transfer: TransferId) -> Command {
    let evidence = PAPER;
    Command::FileRecordal(Box::new(FileRecordal { transfer, evidence }))
}

pub fn answer(transfer: TransferId, refused: Option<TransferRefusal>) -> Command {
    Command::AnswerRecordal(Box::new(AnswerRecordal {
        transfer,
        refused,
        evidence: PAPER,
    }))
}

pub fn cancel(transfer: TransferId) -> Command {
    let evidence = PAPER;
    Command::CancelTransfer(Box::new(CancelTransfer { transfer, evidence }))
}

pub fn audience(transfer: TransferId, allow: &[Party], deny: &[Party]) -> Command {
    let entities = |parties: &[Party]| parties.iter().map(|party| party.entity).collect();
    Command::SetAudience(Box::new(SetAudience {
        transfer,
        allow: entities(allow),
        deny: entities(deny),
    }))
}

pub fn describe(entity: EntityId, country: &str, beneficiaries: &[EntityId]) -> Command {
    Command::DescribeEntity(Box::new(DescribeEntity {
        entity,
        country: Office(country.as_bytes().try_into().unwrap()),
        beneficiaries: beneficiaries.to_vec(),
        evidence: PAPER,
    }))
}

impl Market {
    pub fn new() -> Self {
        Self::on(Floor::cn_venue())
    }

    pub fn on(mut floor: Floor<FastBook>) -> Self {
        let roles = Roles::FIRM.with(Roles::TRADER);
        let [ana, bo, cy, dee] = [0, 1, 2, 3].map(|i| floor.party(CODES[i], roles));
        for party in [bo, cy, dee] {
            floor.cash_in(party.account, 1_000_000_000);
        }
        let drawn = protocol::Timestamp(floor.at).venue_date();
        let right = floor.right(ana.entity, "US1", |right| {
            right.extract.as_mut().unwrap().drawn = drawn;
        });
        Self {
            floor,
            ana,
            bo,
            cy,
            dee,
            right,
        }
    }

    /// Another right of ana's.
    pub fn another(&mut self, number: &str, class: AssetClass) -> AssetId {
        if class == AssetClass::Copyright {
            return self.floor.work(self.ana.entity, number);
        }
        self.floor
            .right(self.ana.entity, number, |right| right.asset.class = class)
    }

    /// Lets the lock of what was bought or sold pass.
    pub fn unlock(&mut self) {
        let today = protocol::Timestamp(self.floor.at).venue_date();
        self.floor.until(Date(today.0 + 15));
    }

    /// Changes numbers of the rule book.
    pub fn rule(&mut self, change: impl FnOnce(&mut RuleBook)) {
        let mut rules = RuleBook::of(protocol::rules::Profile::CnVenue);
        change(&mut rules);
        self.floor
            .must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
    }

    /// Lists ana's right on the usual terms, changed so.
    pub fn list(&mut self, change: impl FnOnce(&mut ListTransfer)) -> TransferId {
        let mut terms = terms_of(&[self.right], self.ana);
        change(&mut terms);
        self.list_by(self.ana, terms).unwrap()
    }

    pub fn list_by(&mut self, seller: Party, terms: ListTransfer) -> Result<TransferId, Reject> {
        match self.floor.try_(seller.user, Command::ListTransfer(Box::new(terms)))? {
            Receipt::Deal(seq) => Ok(TransferId::from(seq)),
            other => panic!("{other:?}"),
        }
    }

    /// Says the interest of each, and has it qualified.
    pub fn qualified(&mut self, id: TransferId, parties: &[Party]) {
        for party in parties {
            self.floor.must(party.user, express(id, *party));
            self.floor.must(OPERATOR, qualify(id, party.entity, true));
        }
    }

    /// Lets the step pass that may be taken until this day.
    pub fn pass(&mut self, day: Date) {
        self.floor.until(day.next());
    }

    /// The sale as its seller last saw it.
    pub fn sale(&self, id: TransferId) -> Transfer {
        let records = self.floor.records(0);
        let last = records.into_iter().rev().find_map(|changed| match changed.record {
            Record::Transfer(transfer) if transfer.transfer == id => Some(transfer),
            _ => None,
        });
        last.expect("the sale was told")
    }

    pub fn state(&self, id: TransferId) -> TransferState {
        self.sale(id).state
    }

    /// A party's interest as it last saw it.
    pub fn interest(&self, id: TransferId, party: Party) -> Interest {
        let records = self.floor.records(0);
        let last = records.into_iter().rev().find_map(|changed| match changed.record {
            Record::Interest(interest) if interest.transfer == id && interest.entity == party.entity => Some(interest),
            _ => None,
        });
        last.expect("the interest was told")
    }

    /// A sale in this state, with bo as its buyer as soon as there is one. The day stands in it at which its next step
    /// is due.
    pub fn at(&mut self, state: TransferState, change: impl FnOnce(&mut ListTransfer)) -> TransferId {
        let id = self.list(change);
        let (ana, bo, cy) = (self.ana, self.bo, self.cy);
        let steps = [
            TransferState::Interest,
            TransferState::PriorityWindow,
            TransferState::Contract,
            TransferState::EscrowFunded,
            TransferState::RecordalFiled,
            TransferState::Released,
        ];
        match state {
            TransferState::Listed => return id,
            TransferState::Cancelled => {
                self.floor.must(ana.user, cancel(id));
                return id;
            }
            TransferState::Bidding => {
                self.qualified(id, &[bo, cy]);
                let day = self.sale(id).disclosed;
                self.pass(day);
                assert_eq!(self.state(id), state);
                return id;
            }
            TransferState::Refunded => {
                self.go(id, &steps[..5]);
                let refusal = Some(TransferRefusal::Documents);
                self.floor.must(OPERATOR, answer(id, refusal));
            }
            _ => {
                let to = steps.iter().position(|step| *step == state).unwrap();
                self.go(id, &steps[..=to]);
            }
        }
        assert_eq!(self.state(id), state);
        id
    }

    /// Sells ana's right to bo on this day, after a disclosure of one.
    pub fn sold_on(&mut self, day: Date) -> TransferId {
        let id = self.at(TransferState::Interest, |terms| terms.disclosure_days = 1);
        self.floor.until(day);
        let steps = [
            TransferState::PriorityWindow,
            TransferState::Contract,
            TransferState::EscrowFunded,
            TransferState::RecordalFiled,
            TransferState::Released,
        ];
        self.go(id, &steps);
        id
    }

    /// Takes a listed sale with bo alone through these states.
    fn go(&mut self, id: TransferId, states: &[TransferState]) {
        let (ana, bo) = (self.ana, self.bo);
        for state in states {
            match state {
                TransferState::Interest => {
                    self.qualified(id, &[bo]);
                    let day = self.sale(id).disclosed;
                    self.pass(day);
                }
                TransferState::PriorityWindow => {
                    self.floor.must(bo.user, bid(id, 100_000));
                }
                TransferState::Contract => {
                    let sale = self.sale(id);
                    if sale.state == TransferState::PriorityWindow {
                        self.pass(sale.priority_ends.unwrap());
                    }
                }
                TransferState::EscrowFunded => {
                    self.floor.must(ana.user, sign(id, CONTRACT));
                    self.floor.must(bo.user, sign(id, CONTRACT));
                    self.floor.must(bo.user, fund(id));
                }
                TransferState::RecordalFiled => {
                    self.floor.must(ana.user, file(id));
                }
                TransferState::Released => {
                    self.floor.must(OPERATOR, answer(id, None));
                }
                other => panic!("{other:?} is no step"),
            }
        }
    }

    /// Gives each command in turn and expects its reject; nothing else is told.
    pub fn rejects(&mut self, by: Party, cases: impl IntoIterator<Item = (Command, Reject)>) {
        for (command, reject) in cases {
            let first = self.floor.events.len();
            assert_eq!(self.floor.try_(by.user, command.clone()), Err(reject), "{command:?}");
            assert_eq!(self.floor.events.len(), first + 1, "{command:?}");
        }
    }
}

/// The venue's first operator, as a party.
pub fn operator() -> Party {
    Party {
        entity: EntityId(0),
        user: OPERATOR,
        account: protocol::AccountId(0),
    }
}

/// Every print.
pub fn prints(market: &Market) -> Vec<(u64, TitlePrint)> {
    let print = |event: &Stamped<Event>| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match &**notice {
            Notice::TitleSold(print) => Some((event.at.0, print.clone())),
            _ => None,
        },
        _ => None,
    };
    market.floor.events.iter().filter_map(print).collect()
}

/// The states that a sale's seller saw, in turn.
pub fn states(market: &Market, id: TransferId) -> Vec<TransferState> {
    let mut states: Vec<_> = market
        .floor
        .records(0)
        .into_iter()
        .filter_map(|changed| match changed.record {
            Record::Transfer(transfer) if transfer.transfer == id => Some(transfer.state),
            _ => None,
        })
        .collect();
    states.dedup();
    states
}

/// What its readers were told of a sale, in turn, and who they were.
pub fn offers(market: &Market, id: TransferId) -> Vec<(Readers, Offer)> {
    let offer = |changed: protocol::record::RecordChanged| match changed.record {
        Record::Offer(offer) if offer.transfer == id => Some((changed.readers, offer)),
        _ => None,
    };
    market.floor.records(0).into_iter().filter_map(offer).collect()
}

/// A title as it was last told, and to whom.
pub fn title(market: &Market, asset: AssetId) -> (Readers, Title) {
    let records = market.floor.records(0);
    let last = records.into_iter().rev().find_map(|changed| match changed.record {
        Record::Title(title) if title.asset == asset => Some((changed.readers, title)),
        _ => None,
    });
    last.unwrap()
}

/// The floor as it is, at another time: what is tried there is not kept.
pub fn copy_at(market: &Market, at: u64) -> Floor<FastBook> {
    let mut floor = Floor::new();
    floor.exchange = market.floor.exchange.clone();
    floor.at = at;
    floor
}
