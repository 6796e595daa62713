//! What the tests of those share who take what is disposed of: puts, takings, connected buyers, and a lot that fails.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{
    OPERATOR, Party,
    disposals::opened,
    grants::EVIDENCE,
    pledges::{Desk, free_of_interest},
    room::ascending,
    yuan,
};
use engine::book::{Book, FastBook};
use protocol::{
    AssetId, BasisPoints, Command, Date, Digest, DisposalId, EntityId, Event, LoanId, LotId, Notice, PledgeId,
    PublicEvent, PutId, Receipt, Record, Timestamp, TransferId,
    auction::AnnounceLot,
    buyers::{
        AdmitParties, AgreePut, AgreeTaking, BuyerRules, ConnectedBuyer, Connection, ConsentConnectedBuyer, EndPut,
        ExercisePut, NameConnectedBuyer, OfferedToPut, Put, RelatedBidder, SetBuyerRules, SignPut, TakeAtReserve,
        Taking,
    },
    transfer::Transfer,
};

/// The contract of a put, and of a taking.
pub const PUT_CONTRACT: Digest = Digest([7; 32]);

pub fn put(loan: LoanId, assets: &[AssetId], fund: Party, last: Date, change: impl FnOnce(&mut AgreePut)) -> Command {
    let offered = |asset: &AssetId| OfferedToPut {
        asset: *asset,
        valued: None,
    };
    let mut asked = AgreePut {
        loan,
        rights: assets.iter().map(offered).collect(),
        fund: fund.entity,
        account: fund.account,
        share: BasisPoints(5_000),
        last_day: last,
        contract: PUT_CONTRACT,
    };
    change(&mut asked);
    Command::AgreePut(Box::new(asked))
}

pub fn sign_put(put: PutId) -> Command {
    Command::SignPut(SignPut {
        put,
        contract: PUT_CONTRACT,
    })
}

pub fn exercise(put: PutId, lot: LotId) -> Command {
    Command::ExercisePut(ExercisePut { put, lot })
}

pub fn end_put(put: PutId) -> Command {
    Command::EndPut(EndPut {
        put,
        evidence: EVIDENCE,
    })
}

pub fn buyer_rules(change: impl FnOnce(&mut BuyerRules)) -> Command {
    let mut rules = BuyerRules::START;
    change(&mut rules);
    Command::SetBuyerRules(SetBuyerRules { rules })
}

pub fn agree_taking(disposal: DisposalId, lot: LotId) -> Command {
    Command::AgreeTaking(AgreeTaking {
        disposal,
        lot,
        contract: PUT_CONTRACT,
    })
}

pub fn take(disposal: DisposalId, lot: LotId, party: Party) -> Command {
    Command::TakeAtReserve(TakeAtReserve {
        disposal,
        lot,
        account: party.account,
    })
}

pub fn name(disposal: DisposalId, entity: EntityId, with: Connection) -> Command {
    Command::NameConnectedBuyer(NameConnectedBuyer {
        disposal,
        entity,
        with,
        evidence: EVIDENCE,
    })
}

pub fn consent_to(disposal: DisposalId, entity: EntityId) -> Command {
    Command::ConsentConnectedBuyer(ConsentConnectedBuyer {
        disposal,
        entity,
        evidence: EVIDENCE,
    })
}

pub fn admit(lot: LotId) -> Command {
    Command::AdmitParties(AdmitParties { lot, notices: EVIDENCE })
}

pub fn made_put<B: Book>(floor: &mut crate::floor::Floor<B>, by: Party, command: Command) -> PutId {
    match floor.must(by.user, command) {
        Receipt::Deal(seq) => PutId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// A patent of the firm, pledged for a million that the bank lent without interest, valued at 1.2 million; the other firm
/// and the bank have ten million each.
pub fn pledged(names: &[&str]) -> (Desk<FastBook>, Vec<AssetId>, LoanId, PledgeId) {
    let mut desk = Desk::new();
    for party in [desk.other_firm, desk.bank, desk.firm] {
        desk.floor.cash_in(party.account, 1_000_000_000);
    }
    let rights: Vec<_> = names.iter().map(|name| desk.patent(name)).collect();
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.recorded(desk.application(loan, &rights));
    for right in &rights {
        desk.floor
            .must(OPERATOR, crate::floor::pledges::valued(*right, 120_000_000));
    }
    (desk, rights, loan, pledge)
}

impl Desk<FastBook> {
    pub fn day(&self) -> Date {
        Timestamp(self.floor.at).venue_date()
    }

    pub fn in_days(&self, days: i32) -> Date {
        Date(self.day().0 + days)
    }

    /// A put to a fund that all have signed, for three years.
    pub fn put_in_force(&mut self, loan: LoanId, assets: &[AssetId], fund: Party) -> PutId {
        let asked = put(loan, assets, fund, self.in_days(1_000), |_| {});
        let id = made_put(&mut self.floor, self.bank, asked);
        for by in [fund, self.firm] {
            self.floor.must(by.user, sign_put(id));
        }
        id
    }

    /// The terms of a lot of the bank's that opens in two days and closes in three.
    pub fn lot_terms(&self, assets: &[AssetId], change: impl FnOnce(&mut AnnounceLot)) -> AnnounceLot {
        let at = |days: i32| self.in_days(days).start();
        let mut terms = AnnounceLot {
            qualifies_at: at(1),
            ..AnnounceLot::plain(
                assets.to_vec(),
                self.firm.account,
                ascending(100_000_000, 1_000_000),
                yuan(1_000_000),
                at(2),
                at(3),
            )
        };
        change(&mut terms);
        terms
    }

    pub fn announce(&mut self, by: Party, terms: AnnounceLot) -> LotId {
        match self.floor.must(by.user, Command::AnnounceLot(Box::new(terms))) {
            Receipt::Deal(seq) => LotId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    /// A lot of these rights that nobody bid for.
    pub fn unsold(&mut self, assets: &[AssetId]) -> LotId {
        let terms = self.lot_terms(assets, |_| {});
        let lot = self.announce(self.bank, terms);
        self.floor.until(self.in_days(4));
        lot
    }

    pub fn made_sale(&mut self, by: Party, command: Command) -> TransferId {
        match self.floor.must(by.user, command) {
            Receipt::Deal(seq) => TransferId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    /// What is told of somebody last.
    fn last<T>(&self, what: impl Fn(Record) -> Option<T>) -> T {
        let told = self.floor.records(0).into_iter().rev();
        let mut told = told.filter_map(|changed| what(changed.record));
        told.next().expect("it was told")
    }

    pub fn put(&self, id: PutId) -> Put {
        self.last(|record| match record {
            Record::Put(put) if put.put == id => Some(put),
            _ => None,
        })
    }

    pub fn taking(&self, id: LotId) -> Taking {
        self.last(|record| match record {
            Record::Taking(taking) if taking.lot == id => Some(taking),
            _ => None,
        })
    }

    pub fn connected(&self, entity: EntityId) -> ConnectedBuyer {
        self.last(|record| match record {
            Record::ConnectedBuyer(named) if named.entity == entity => Some(named),
            _ => None,
        })
    }

    pub fn told_sale(&self, id: TransferId) -> Transfer {
        self.last(|record| match record {
            Record::Transfer(sale) if sale.transfer == id => Some(sale),
            _ => None,
        })
    }

    /// Who is shown as related to a lot.
    pub fn related(&self, id: LotId) -> Vec<RelatedBidder> {
        let told = self.floor.events.iter().filter_map(|event| match &event.body {
            Event::Public(PublicEvent::Notice(notice)) => match &**notice {
                Notice::RelatedBidder(related) if related.lot == id => Some(*related),
                _ => None,
            },
            _ => None,
        });
        told.collect()
    }

    /// A case of the bank's by this road.
    pub fn case_by(&mut self, loan: LoanId, change: impl FnOnce(&mut protocol::disposal::OpenDisposal)) -> DisposalId {
        use crate::floor::disposals::{agreed, opening, plan};
        let (bank, firm) = (self.bank, self.firm);
        agreed(&mut self.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
        let default = crate::floor::pledges::default(loan, protocol::pledge::DefaultCause::AgreedEvent);
        self.floor.must(OPERATOR, default);
        opened(&mut self.floor, bank.user, opening(loan, change))
    }
}
