//! What the tests of reverse licences share: the commands, and how a licence stands.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{Floor, Party, day, grants::EVIDENCE, yuan};
use engine::book::Book;
use protocol::{
    Command, Date, Digest, DisposalId, Rate, Receipt, Record, ReverseLicenceId, UserId,
    claim::{Cycle, LicenceAuthority, LicenceFees},
    reverse::{
        ConsentReverseLicence, PayReverseFee, ProposeReverseLicence, ReverseLicence, SettleReverseLicence,
        TerminateReverseLicence,
    },
};

/// The contract of a reverse licence.
pub const LICENCE_CONTRACT: Digest = Digest([6; 32]);

/// 260,000 yuan a quarter of 2026, with fifteen days of grace and late interest at half as much again.
pub fn fees() -> LicenceFees {
    LicenceFees {
        fee: yuan(26_000_000),
        cycle: Cycle::Quarterly,
        begins: day(2026, 1, 1),
        ends: day(2027, 1, 1),
        periods_from: None,
        grace_days: 15,
        late: Rate(65_250),
    }
}

pub fn proposing(disposal: DisposalId, licensee: Party, change: impl FnOnce(&mut ProposeReverseLicence)) -> Command {
    let mut asked = ProposeReverseLicence {
        disposal,
        licensee: licensee.entity,
        kind: None,
        authority: Some(LicenceAuthority::PledgorAgreement),
        fees: fees(),
        contract: LICENCE_CONTRACT,
    };
    change(&mut asked);
    Command::ProposeReverseLicence(Box::new(asked))
}

pub fn consenting(licence: ReverseLicenceId, party: Party) -> Command {
    Command::ConsentReverseLicence(Box::new(ConsentReverseLicence {
        licence,
        account: party.account,
        contract: LICENCE_CONTRACT,
    }))
}

pub fn pay_fee(licence: ReverseLicenceId, due: Date, minor: i64) -> Command {
    Command::PayReverseFee(PayReverseFee {
        licence,
        due,
        amount: yuan(minor),
    })
}

pub fn settle(licence: ReverseLicenceId) -> Command {
    Command::SettleReverseLicence(SettleReverseLicence { licence })
}

pub fn terminate(licence: ReverseLicenceId) -> Command {
    Command::TerminateReverseLicence(Box::new(TerminateReverseLicence {
        licence,
        evidence: EVIDENCE,
    }))
}

pub fn proposed<B: Book>(floor: &mut Floor<B>, by: UserId, command: Command) -> ReverseLicenceId {
    match floor.must(by, command) {
        Receipt::Deal(seq) => ReverseLicenceId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// Each time that a licence was told since `first`.
pub fn told<B: Book>(floor: &Floor<B>, first: usize, id: ReverseLicenceId) -> Vec<ReverseLicence> {
    let records = floor.records(first).into_iter();
    let licences = records.filter_map(|changed| match changed.record {
        Record::ReverseLicence(licence) if licence.licence == id => Some(licence),
        _ => None,
    });
    licences.collect()
}

/// A licence as its parties last heard.
pub fn reverse<B: Book>(floor: &Floor<B>, id: ReverseLicenceId) -> ReverseLicence {
    told(floor, 0, id).pop().expect("it was proposed")
}
