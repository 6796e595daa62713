//! What stands around a record: the others that say how it stands, and which are made anew when it changes.

use super::wait::Party;
use crate::views::records::{Key, Kind, Records, Told};
use protocol::{
    AssetId, DisposalId, EntityId, LoanId, LotId, Notice, Record, Timestamp, TransferId,
    auction::{Lot, LotState},
    disposal::Disposal,
    pledge::Loan,
    title::Title,
    transfer::{Transfer, TransferState},
};
use std::collections::BTreeSet;

/// The records as they stand now, and which of them are about which loan.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) records: &'a Records,
    pub(super) of_loan: &'a BTreeSet<(LoanId, Key)>,
}

macro_rules! one {
    ($($name:ident: $record:ident, $id:ident;)*) => {
        $(pub(super) fn $name(self, id: $id) -> Option<&'a $record> {
            match &self.records.get(Key::new(Kind::$record, id.0.into()))?.told {
                Told::Record(Record::$record(record)) => Some(record),
                _ => None,
            }
        })*
    };
}

impl<'a> Around<'a> {
    one! {
        title: Title, AssetId;
        transfer: Transfer, TransferId;
        loan: Loan, LoanId;
        disposal: Disposal, DisposalId;
    }

    pub(super) fn lot(self, id: LotId) -> Option<&'a Lot> {
        match &self.records.get(Key::new(Kind::Lot, id.0))?.told {
            Told::Notice(Notice::Lot(lot)) => Some(lot),
            _ => None,
        }
    }

    /// The acting holder of a claim: the first of them.
    pub(super) fn acting(self, loan: LoanId) -> Option<EntityId> {
        self.loan(loan)?.creditors.first().map(|share| share.entity)
    }

    /// What concerns one of these rights, of a kind, as it stands now.
    pub(super) fn of_assets(self, assets: &[AssetId], kind: Kind) -> Vec<&'a Told> {
        let keys: BTreeSet<Key> = assets
            .iter()
            .flat_map(|asset| self.records.keys_of(*asset, kind))
            .collect();
        let versions = keys.into_iter().filter_map(|key| self.records.get(key));
        versions.map(|version| &version.told).collect()
    }

    /// The cases that are not over and dispose of one of these rights.
    pub(super) fn cases_of(self, assets: &[AssetId]) -> Vec<&'a Disposal> {
        let told = self.of_assets(assets, Kind::Disposal).into_iter();
        let cases = told.filter_map(|told| match told {
            Told::Record(Record::Disposal(case)) => Some(case),
            _ => None,
        });
        cases.filter(|case| !case.state.is_over()).collect()
    }

    /// The records about a loan that say another thing when it does.
    pub(super) fn of_loan(self, loan: LoanId) -> impl Iterator<Item = Key> + 'a {
        let of_loan = self.of_loan.range((loan, Key::FIRST)..);
        of_loan.take_while(move |(of, _)| *of == loan).map(|(_, key)| *key)
    }

    /// Whether a loan is disposed of in a case that is not over.
    pub(super) fn has_case(self, loan: LoanId) -> bool {
        let mut cases = self.of_loan(loan).filter(|key| key.kind == Kind::Disposal);
        cases.any(|key| {
            self.disposal(DisposalId(key.numbers[0]))
                .is_some_and(|case| !case.state.is_over())
        })
    }

    /// Whether this participant gave a pledge for a loan that stands.
    pub(super) fn pledges_for(self, loan: LoanId, entity: EntityId) -> bool {
        let stands = |told: &Told| match told {
            Told::Record(Record::Pledge(pledge)) => pledge.pledgor == entity && pledge.state.is_active(),
            _ => false,
        };
        let mut pledges = self.of_loan(loan).filter(|key| key.kind == Kind::Pledge);
        pledges.any(|key| self.records.get(key).is_some_and(|version| stands(&version.told)))
    }

    /// Who disposes of these rights in their owner's place: of each case the acting holder of its claim.
    pub(super) fn disposers(self, assets: &[AssetId]) -> BTreeSet<EntityId> {
        let cases = self.cases_of(assets).into_iter();
        cases.filter_map(|case| self.acting(case.loan)).collect()
    }

    /// Whether one of these rights is on offer, or on its way to who bought it.
    pub(super) fn is_on_offer(self, assets: &[AssetId]) -> bool {
        let lots = self.of_assets(assets, Kind::Lot).into_iter();
        let mut lots = lots.filter_map(|told| match told {
            Told::Notice(Notice::Lot(lot)) => Some(lot.state),
            _ => None,
        });
        let sales = self.of_assets(assets, Kind::Transfer).into_iter();
        let mut sales = sales.filter_map(|told| match told {
            Told::Record(Record::Transfer(sale)) => Some(sale.state),
            _ => None,
        });
        lots.any(|state| state.is_live() || state == LotState::Paid) || sales.any(is_live)
    }

    /// The entities whose record this is, as it was told last.
    pub(super) fn owners(self, key: Key) -> &'a [EntityId] {
        self.records.get(key).map_or(&[], |version| version.owners())
    }

    /// When a record came into the state in which it stands, as `same` says of what was told of it.
    pub(super) fn began(self, key: Key, same: impl Fn(&Told) -> bool) -> Option<Timestamp> {
        let versions = self.records.history(key).iter().rev();
        versions
            .take_while(|version| same(&version.told))
            .last()
            .map(|version| version.at)
    }
}

/// Whether a sale can still come to something.
pub(super) fn is_live(state: TransferState) -> bool {
    !matches!(
        state,
        TransferState::Released | TransferState::Refunded | TransferState::Cancelled
    )
}

/// Which loan a record is about, where it says another thing when that does.
pub(super) fn loan_of(told: &Told) -> Option<LoanId> {
    let Told::Record(record) = told else { return None };
    match record {
        Record::Loan(loan) => Some(loan.loan),
        Record::Pledge(pledge) => Some(pledge.loan),
        Record::Insurance(insurance) => Some(insurance.loan),
        Record::Disposal(case) => Some(case.loan),
        Record::Put(put) => Some(put.loan),
        Record::Security(security) => Some(security.loan),
        Record::SalePress(pressed) => Some(pressed.loan),
        Record::PoolStanding(standing) => Some(standing.loan),
        Record::LoanPlan(plan) => Some(plan.loan),
        _ => None,
    }
}

/// The records that are made anew with one that changed: those of its loan, and those that share its lot, its sale, its case
/// or its rights.
pub(super) fn touched(around: Around<'_>, key: Key) -> BTreeSet<Key> {
    let mut touched = BTreeSet::from([key]);
    let Some(version) = around.records.get(key) else {
        return touched;
    };
    let records = around.records;
    let mut of_assets = |assets: &[AssetId], kinds: &[Kind]| {
        let each = |asset: &AssetId| {
            kinds
                .iter()
                .flat_map(|kind| records.keys_of(*asset, *kind))
                .collect::<Vec<_>>()
        };
        touched.extend(assets.iter().flat_map(each));
    };
    match &version.told {
        Told::Notice(Notice::Lot(lot)) => {
            of_assets(&lot.assets, &[Kind::Disposal, Kind::Put, Kind::Taking]);
            touched.extend(records.keys_with(Kind::LotQuestion, lot.lot.0));
            // Before the bidding is over nobody who entered has anything to do.
            let early = matches!(lot.state, LotState::Announced | LotState::Qualifying | LotState::Open);
            if !early {
                touched.extend(records.keys_with(Kind::Bidder, lot.lot.0));
            }
        }
        Told::Notice(Notice::LotOutage(outage)) => touched.extend(records.keys_with(Kind::Bidder, outage.lot.0)),
        Told::Record(Record::Transfer(sale)) => {
            of_assets(&sale.assets, &[Kind::Disposal, Kind::Put, Kind::Taking]);
            touched.extend(records.keys_with(Kind::Interest, sale.transfer.0));
        }
        Told::Record(Record::Disposal(case)) => {
            of_assets(&case.rights, &[Kind::Transfer, Kind::Taking, Kind::Lot]);
            touched.extend(records.keys_with(Kind::ConnectedBuyer, case.disposal.0));
            touched.insert(Key::new(Kind::Loan, case.loan.0));
            touched.extend(around.of_loan(case.loan));
        }
        Told::Record(Record::Loan(loan)) => {
            let of_loan: Vec<Key> = around.of_loan(loan.loan).collect();
            for case in of_loan.iter().filter(|key| key.kind == Kind::Disposal) {
                if let Some(case) = around.disposal(DisposalId(case.numbers[0])) {
                    of_assets(&case.rights, &[Kind::Transfer, Kind::Taking, Kind::Lot]);
                }
            }
            touched.extend(of_loan);
        }
        Told::Record(_) | Told::Notice(_) => {}
    }
    touched
}

/// The party of a house.
pub(super) fn house(entity: EntityId) -> Party {
    Party::House(entity)
}
