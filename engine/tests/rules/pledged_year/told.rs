//! What the engine told so far, read once: cash by account and by deal, and the last of each record.

use protocol::{
    AccountId, Amount, AssetId, ConversionId, DisposalId, EntityId, Event, LoanId, LotId, Notice, PledgeId,
    PrivateEvent, PublicEvent, PutId, Record, ReverseLicenceId, Stamped, TransferId,
    auction::LotState,
    buyers::{Put, Taking},
    disposal::{Disposal, Distribution, LoanPlan},
    equity::Conversion,
    pledge::{Loan, PledgeState},
    reverse::ReverseLicence,
    risk::PoolStanding,
    transfer::TransferState,
};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Told {
    seen: usize,
    /// Whether each event is written down.
    pub follows: bool,
    /// Free and held together.
    pub cash: BTreeMap<AccountId, i64>,
    pub held: BTreeMap<(u64, AccountId), i64>,
    pub owners: BTreeMap<AssetId, EntityId>,
    pub loans: BTreeMap<LoanId, Loan>,
    pub pledges: BTreeMap<PledgeId, PledgeState>,
    pub cases: BTreeMap<DisposalId, Disposal>,
    pub sales: BTreeMap<TransferId, TransferState>,
    pub lots: BTreeMap<LotId, LotState>,
    pub plans: BTreeMap<LoanId, LoanPlan>,
    pub paid_out: BTreeMap<TransferId, Distribution>,
    pub in_pools: BTreeMap<LoanId, PoolStanding>,
    pub puts: BTreeMap<PutId, Put>,
    pub takings: BTreeMap<LotId, Taking>,
    pub prices: BTreeMap<TransferId, Amount>,
    pub conversions: BTreeMap<ConversionId, Conversion>,
    pub licences: BTreeMap<ReverseLicenceId, ReverseLicence>,
}

impl Told {
    pub(super) fn new(follows: bool) -> Self {
        Self {
            follows,
            ..Self::default()
        }
    }

    /// Reads what was told since.
    pub(super) fn hear(&mut self, events: &[Stamped<Event>]) {
        for event in &events[self.seen..] {
            if self.follows {
                eprintln!("{}, {:?}: {:?}", event.seq.0, event.at.venue_date(), event.body);
            }
            match &event.body {
                Event::Private(_, private) | Event::Sealed(_, private) => self.hear_cash(private),
                Event::Record(changed) => self.hear_record(&changed.record),
                Event::Public(PublicEvent::Notice(notice)) => {
                    if let Notice::Lot(lot) = &**notice {
                        self.lots.insert(lot.lot, lot.state);
                    }
                }
                _ => {}
            }
        }
        self.seen = events.len();
    }

    fn hear_cash(&mut self, told: &PrivateEvent) {
        match told {
            PrivateEvent::CashReceived(moved) => *self.cash.entry(moved.account).or_default() += moved.amount.minor(),
            PrivateEvent::CashPaid(moved) => *self.cash.entry(moved.account).or_default() -= moved.amount.minor(),
            PrivateEvent::CashPosted(posted) => {
                let (free, held) = (posted.free.minor(), posted.held.minor());
                *self.cash.entry(posted.account).or_default() += free + held;
                let deal = self.held.entry((posted.deal.0, posted.account)).or_default();
                *deal += held;
                if *deal == 0 {
                    self.held.remove(&(posted.deal.0, posted.account));
                }
            }
            _ => {}
        }
    }

    fn hear_record(&mut self, told: &Record) {
        match told {
            Record::Title(title) => {
                self.owners.insert(title.asset, title.owners[0].entity);
            }
            Record::Loan(loan) => {
                self.loans.insert(loan.loan, loan.clone());
            }
            Record::Pledge(pledge) => {
                self.pledges.insert(pledge.pledge, pledge.state);
            }
            Record::Disposal(case) => {
                self.cases.insert(case.disposal, case.clone());
            }
            Record::LoanPlan(plan) => {
                self.plans.insert(plan.loan, plan.clone());
            }
            Record::Transfer(sale) => {
                self.sales.insert(sale.transfer, sale.state);
                self.prices.extend(sale.price.map(|price| (sale.transfer, price)));
            }
            Record::PoolStanding(standing) => {
                self.in_pools.insert(standing.loan, standing.clone());
            }
            Record::Put(put) => {
                self.puts.insert(put.put, put.clone());
            }
            Record::Taking(taking) => {
                self.takings.insert(taking.lot, taking.clone());
            }
            Record::Conversion(deal) => {
                self.conversions.insert(deal.conversion, deal.clone());
            }
            Record::ReverseLicence(licence) => {
                self.licences.insert(licence.licence, licence.clone());
            }
            Record::Distribution(paid) => {
                self.paid_out.insert(paid.transfer, paid.clone());
            }
            _ => {}
        }
    }
}
