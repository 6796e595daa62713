//! The statement as CSV: a row for each tier with its lines behind it, then one for each share of a court's
//! scheme; before these, where a defaulter's deposit gave something, one for each part of what there was. Where there is a scheme its rows alone were paid, and those above them are what the plan would have given.

use super::sum;
use protocol::{
    Amount,
    disposal::{Distribution, SchemeShare},
    plan::{Payee, Proceeds, StatementLine, StatementTier},
};
use serde::Serialize;

/// A row, and by its fields' names the heading. What a row has not stays empty.
#[derive(Default, Serialize)]
struct Row<'a> {
    /// `proceeds`, `tier`, `line` or `scheme`.
    row: &'static str,
    /// Which tier of the statement, from 0.
    tier: Option<u32>,
    /// What the part, the tier or the line is about.
    kind: &'static str,
    place: Option<u32>,
    rank: Option<u32>,
    payee: Option<u32>,
    entity_id: Option<u32>,
    account_id: Option<u32>,
    /// Of a payee that is no participant.
    name: Option<&'a str>,
    currency: &'static str,
    available: Option<String>,
    asked: Option<String>,
    beyond: Option<String>,
    paid: Option<String>,
    short: Option<String>,
    split: &'static str,
    shared: Option<String>,
    weight: Option<u64>,
    weights: Option<u64>,
    extra: Option<bool>,
    /// Of a share of the scheme: how much of it is on the case's own debt.
    debt: Option<String>,
}

/// The statement as a table.
pub(crate) fn table(paid: &Distribution) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut write = |row: Row<'_>| out.serialize(row).expect("memory takes what is written");
    for (place, tier) in (0..).zip(&paid.statement.tiers) {
        write(Row::of_tier(place, tier));
        for line in paid.statement.lines.iter().filter(|line| line.tier == place) {
            write(Row::of_line(line, &paid.payees));
        }
    }
    let Proceeds { price, gap, debt } = paid.proceeds;
    let parts = [("price", Some(price)), ("gap", gap), ("debt", debt)];
    // A price that is all that there was, the tiers tell.
    for (kind, part) in parts.into_iter().filter(|_| gap.or(debt).is_some()) {
        part.into_iter().for_each(|part| write(Row::of_part(kind, part)));
    }
    for share in paid.scheme.iter().flat_map(|scheme| &scheme.shares) {
        write(Row::of_share(share));
    }
    out.into_inner().expect("memory takes what is written")
}

impl<'a> Row<'a> {
    fn of_part(kind: &'static str, part: Amount) -> Self {
        Self {
            row: "proceeds",
            kind,
            currency: part.currency.code(),
            available: Some(sum(part)),
            ..Self::default()
        }
    }

    fn of_tier(place: u32, tier: &StatementTier) -> Self {
        Self {
            row: "tier",
            tier: Some(place),
            kind: tier.kind.word(),
            place: tier.place,
            rank: tier.rank,
            currency: tier.paid.currency.code(),
            available: Some(sum(tier.available)),
            asked: Some(sum(tier.asked)),
            paid: Some(sum(tier.paid)),
            short: Some(sum(tier.short)),
            split: tier.split.word(),
            shared: Some(sum(tier.shared)),
            weights: Some(tier.weights),
            ..Self::default()
        }
    }

    fn of_line(line: &StatementLine, payees: &'a [Payee]) -> Self {
        Self {
            row: "line",
            tier: Some(line.tier),
            kind: line.kind.word(),
            payee: Some(line.payee),
            asked: Some(sum(line.asked)),
            beyond: Some(sum(line.beyond)),
            short: Some(sum(line.short)),
            weight: Some(line.weight),
            extra: Some(line.extra),
            ..Self::to(&payees[line.payee as usize], line.paid)
        }
    }

    fn of_share(share: &'a SchemeShare) -> Self {
        Self {
            row: "scheme",
            debt: Some(sum(share.debt)),
            ..Self::to(&share.payee, share.amount)
        }
    }

    /// So much is paid to somebody.
    fn to(payee: &'a Payee, paid: Amount) -> Self {
        let (entity, account, name) = match payee {
            Payee::Participant { entity, account } => (Some(entity.0), Some(account.0), None),
            Payee::Outsider { name } => (None, None, Some(name.as_str())),
        };
        Self {
            entity_id: entity,
            account_id: account,
            name,
            currency: paid.currency.code(),
            paid: Some(sum(paid)),
            ..Self::default()
        }
    }
}
