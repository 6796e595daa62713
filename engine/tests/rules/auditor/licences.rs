//! Licences: who may use what, where and when; and that nobody may who is shut out.

use super::{Audit, Auditor, must};
use protocol::{
    AccountId, Command, Date, EntityId,
    asset::AssetClass,
    event::PostingReason,
    licence::{Licence, LicenceKind, LicenceState, OpenLicence, Scope},
    title::{Act, AssetState, RightFacts},
};
use std::collections::{BTreeMap, BTreeSet};

/// Countries in which somebody may use something: those that licences here name, and one that none names.
const COUNTRIES: [&str; 4] = ["CN", "US", "JP", "ZZ"];
/// Uses that a licence may be of: groups and classes that licences here name, some beside them, and one that none
/// names.
const USES: [&str; 10] = [
    "G06Q 50/18",
    "G06Q 50/26",
    "G06Q 10/00",
    "G06F 17/30",
    "H04W 36/00",
    "nice:9",
    "nice:42",
    "other",
    "use:network",
    "use:adaptation",
];
/// The fields that licences here name, and which of the uses each covers.
pub const FIELDS: [(&str, &[usize]); 9] = [
    ("G", &[0, 1, 2, 3]),
    ("G06", &[0, 1, 2, 3]),
    ("G06Q", &[0, 1, 2]),
    ("G06Q 50/18", &[0]),
    ("H04W 36/00", &[4]),
    ("nice:9", &[5]),
    ("nice:42", &[6]),
    ("use:network", &[8]),
    ("use:adaptation", &[9]),
];

/// Whether a licence allows this use in this country on this day.
fn allows(scope: &Scope, country: &str, place: usize, day: Date) -> bool {
    let covers = |field: &str| {
        let known = FIELDS.iter().find(|(name, _)| *name == field);
        known.expect("a field that the auditor knows").1.contains(&place)
    };
    let here = scope.territories.is_empty() || scope.territories.iter().any(|office| office.0 == country.as_bytes());
    let so = scope.fields.is_empty() || scope.fields.iter().any(|field| covers(field.as_str()));
    here && so && scope.from <= day && day < scope.until
}

/// Whether some use is allowed by both: every country, every use and every day is looked at.
fn meet(one: &Scope, other: &Scope) -> bool {
    (one.from.0..one.until.0).any(|day| {
        COUNTRIES.iter().any(|country| {
            (0..USES.len())
                .any(|place| allows(one, country, place, Date(day)) && allows(other, country, place, Date(day)))
        })
    })
}

/// Whether one licence shuts the other out.
fn shuts_out(one: &Licence, other: &Licence) -> bool {
    match one.kind {
        LicenceKind::Exclusive => true,
        LicenceKind::Sole => one.licensee != other.licensee,
        LicenceKind::NonExclusive => false,
    }
}

fn is_live(licence: &Licence) -> bool {
    use LicenceState as S;
    matches!(licence.state, S::Agreed | S::Paid | S::Effective | S::Recorded)
}

pub fn act_of(kind: LicenceKind) -> Act {
    match kind {
        LicenceKind::Exclusive => Act::LicenceExclusive,
        LicenceKind::Sole => Act::LicenceSole,
        LicenceKind::NonExclusive => Act::LicenceNonExclusive,
    }
}

impl Auditor {
    pub(super) fn hear_licence(&mut self, licence: &Licence) -> Audit {
        let id = licence.licence;
        let ended = self.ended_licences.get(&id);
        must(ended.is_none(), || format!("it was {ended:?}"))?;
        let Some(before) = self.licences.get(&id).cloned() else {
            return self.hear_new_licence(licence);
        };
        let terms = |licence: &Licence| {
            let Licence {
                asset,
                licensee,
                kind,
                sublicence,
                fee,
                account,
                contract,
                ..
            } = *licence;
            (
                asset,
                licensee,
                kind,
                licence.scope.clone(),
                sublicence,
                fee,
                account,
                contract,
            )
        };
        must(terms(&before) == terms(licence), || format!("it was {before:?}"))?;
        let title = self.rights[&licence.asset].title.clone();
        if before.licensor != licence.licensor {
            let buyer = match self.doing() {
                Some(Command::AnswerRecordal(asked)) => {
                    self.sales.get(&asked.transfer).and_then(|sale| sale.record.buyer)
                }
                _ => None,
            };
            must(buyer == Some(licence.licensor), || {
                format!("the licensor was {:?}", before.licensor)
            })?;
            self.count("licences that survived a sale");
        }
        self.check_step(&before, licence)?;
        self.licences.insert(id, licence.clone());
        use LicenceState as S;
        match (before.state, licence.state) {
            (S::Offered, S::Agreed) => {
                self.check_conflicts(licence)?;
                self.check_abroad(licence)?;
                self.check_grant(licence)?;
                self.count("licences agreed");
            }
            (S::Agreed, S::Paid) => {
                self.check_abroad(licence)?;
                self.check_grant(licence)?;
                self.count("licences paid");
            }
            (S::Paid, S::Effective) => {
                let moved = self.moved(id.0, PostingReason::Received);
                let expected = self.fee_of(licence);
                must(moved == expected, || format!("paid {moved:?}, not {expected:?}"))?;
                let over = matches!(title.state, AssetState::Expired | AssetState::Invalidated);
                must(!title.frozen && !over, || format!("it begins while {title:?}"))?;
                self.note_holder(licence.asset, licence.licensee);
                self.count("licences effective");
            }
            (S::Paid, S::Terminated) => {
                let (held, back) = (
                    self.moved(id.0, PostingReason::Held),
                    self.moved(id.0, PostingReason::Released),
                );
                must(held == back, || format!("held {held:?}, gave back {back:?}"))?;
                self.count("licences refunded");
            }
            (S::Effective, S::Effective) if licence.refused.is_some() => self.count("licences refused recordal"),
            (_, S::Recorded) if before.state != S::Recorded => self.count("licences recorded"),
            (_, S::Terminated) => self.count("licences terminated"),
            (_, S::Expired) => self.count("licences expired"),
            (S::Offered, S::Withdrawn) => self.count("licences withdrawn"),
            (S::Agreed, S::Withdrawn) => self.count("licences dissolved"),
            _ => {}
        }
        if matches!(licence.state, S::Expired | S::Terminated | S::Withdrawn) {
            self.licences.remove(&id);
            self.ended_licences.insert(id, licence.state);
        }
        Ok(())
    }

    /// Who receives a licence's fee: the owners by their parts, or after the title passed whom the contract names.
    fn fee_of(&self, licence: &Licence) -> BTreeMap<AccountId, i64> {
        let owners = &self.rights[&licence.asset].title.owners;
        let fee = licence.fee.money.minor();
        if owners
            .iter()
            .any(|share| share.entity == self.accounts[&licence.account])
        {
            self.by_parts(owners, licence.account, fee)
        } else {
            (fee > 0).then_some((licence.account, fee)).into_iter().collect()
        }
    }

    fn hear_new_licence(&mut self, licence: &Licence) -> Audit {
        let made = licence.licence.0 == self.seq.0;
        let title = &self.rights[&licence.asset].title;
        let owner = title.owners.iter().any(|share| share.entity == licence.licensor);
        let stranger = !title.owners.iter().any(|share| share.entity == licence.licensee);
        let in_term = title.expires.is_none_or(|day| licence.scope.until <= day);
        let asked = match (licence.open_licence, self.doing()) {
            (None, Some(Command::OfferLicence(asked))) => {
                licence.state == LicenceState::Offered
                    && asked.kind.unwrap_or(LicenceKind::NonExclusive) == licence.kind
                    && (asked.asset, asked.licensee, &asked.scope, asked.fee)
                        == (licence.asset, licence.licensee, &licence.scope, licence.fee)
            }
            (Some(open), Some(Command::TakeOpenLicence(asked))) => {
                let price = self.open_licences.get(&open).map(|open| (open.asset, open.price));
                let expected = self.fee_of(licence);
                asked.open_licence == open
                    && licence.state == LicenceState::Effective
                    && licence.kind == LicenceKind::NonExclusive
                    && price == Some((licence.asset, licence.fee))
                    && self.doer() == Some(licence.licensee)
                    && self.moved(licence.licence.0, PostingReason::Received) == expected
            }
            _ => false,
        };
        must(made && owner && stranger && in_term && asked, || {
            format!("nobody granted it, of {title:?}")
        })?;
        let agreed = self.has_consent(
            licence.asset,
            if licence.open_licence.is_some() {
                Act::OpenLicence
            } else {
                act_of(licence.kind)
            },
            licence.fee.currency,
            Some(licence.fee.money.minor()),
        );
        must(agreed, || "without the other owners".into())?;
        let right = &self.rights[&licence.asset];
        let grants = |field: &str| match (&right.facts, field.strip_prefix("use:")) {
            (Some(RightFacts::Work(work)), Some(name)) => work.rights.iter().any(|right| right.word() == name),
            (Some(RightFacts::Work(_)), None) => false,
            (_, used) => used.is_none(),
        };
        let fields = &licence.scope.fields;
        let stated = right.class() != AssetClass::Copyright || !fields.is_empty();
        must(stated && fields.iter().all(|field| grants(field.as_str())), || {
            format!("it grants {fields:?} of {:?}", right.facts)
        })?;
        if right.class() == AssetClass::Copyright {
            self.count("uses of works licensed");
        }
        self.licences.insert(licence.licence, licence.clone());
        if is_live(licence) {
            self.check_conflicts(licence)?;
            self.check_abroad(licence)?;
            self.count("open licences taken");
        } else {
            self.count("licences offered");
        }
        Ok(())
    }

    /// One step along the life of a licence, by whom or when it may be taken.
    fn check_step(&self, before: &Licence, licence: &Licence) -> Audit {
        use LicenceState as S;
        let id = licence.licence;
        let by = |entity: EntityId| self.doer() == Some(entity);
        let title = &self.rights[&licence.asset].title;
        let over = matches!(title.state, AssetState::Expired | AssetState::Invalidated);
        let ending = over
            || title.expires.is_some_and(|day| day.start() <= self.at)
            || self.rights[&licence.asset].title.late
            || matches!(self.doing(), Some(Command::ChangeAsset(asked)) if asked.asset == licence.asset);
        let terminated = matches!(self.doing(), Some(Command::TerminateLicence(asked)) if asked.licence == id);
        let begins = licence.scope.from.start() == self.at;
        let bought = matches!(self.doing(), Some(Command::AnswerRecordal(asked))
            if self.sales.get(&asked.transfer).and_then(|sale| sale.record.buyer) == Some(licence.licensee));
        let fits = match (before.state, licence.state) {
            (S::Offered, S::Agreed) => {
                by(licence.licensee)
                    && matches!(self.doing(), Some(Command::AcceptLicence(asked)) if asked.licence == id)
            }
            (S::Agreed, S::Paid) => {
                by(licence.licensee) && matches!(self.doing(), Some(Command::PayLicence(asked)) if asked.licence == id)
            }
            (S::Paid, S::Effective) => {
                let pays = matches!(self.doing(), Some(Command::PayLicence(asked)) if asked.licence == id);
                begins || pays && licence.scope.from.start() <= self.at
            }
            (S::Effective, S::Recorded) => {
                matches!(self.doing(), Some(Command::RecordLicence(asked)) if asked.licence == id && asked.refused.is_none())
            }
            (S::Paid, S::Terminated) => terminated || ending || begins || bought,
            (S::Effective | S::Recorded, S::Terminated) => terminated || ending || bought,
            (S::Effective | S::Recorded, S::Expired) => licence.scope.until.start() == self.at,
            (S::Offered | S::Agreed, S::Withdrawn) => true,
            (from, to) => from == to,
        };
        must(fits, || format!("it was {before:?}"))
    }

    /// No licence that has been agreed to meets another that it shuts out, or that shuts it out.
    fn check_conflicts(&self, licence: &Licence) -> Audit {
        let others = self.licences.values();
        let others = others.filter(|other| other.asset == licence.asset && other.licence != licence.licence);
        for other in others.filter(|other| is_live(other)) {
            let shut = shuts_out(licence, other) || shuts_out(other, licence);
            must(!shut || !meet(&licence.scope, &other.scope), || {
                format!("it meets {other:?}")
            })?;
        }
        Ok(())
    }

    /// Technology goes abroad only after the check, through nobody else's hands either.
    fn check_abroad(&self, licence: &Licence) -> Audit {
        let class = self.rights[&licence.asset].class();
        let technology = matches!(class, AssetClass::Patent | AssetClass::KnowHow);
        let cleared = self.export_checks.get(&(licence.asset, licence.licensee)) == Some(&true);
        must(!technology || !self.is_foreign(licence.licensee) || cleared, || {
            "it went abroad unchecked".into()
        })
    }

    /// What may not be licensed at the moment is neither agreed nor paid.
    fn check_grant(&self, licence: &Licence) -> Audit {
        let title = &self.rights[&licence.asset].title;
        let on = matches!(title.state, AssetState::Verified | AssetState::Listed);
        let agreed = self.has_consent(
            licence.asset,
            act_of(licence.kind),
            licence.fee.currency,
            Some(licence.fee.money.minor()),
        );
        must(on && !title.frozen && !title.late && agreed, || {
            format!("granted while {title:?}")
        })
    }

    pub(super) fn hear_open_licence(&mut self, open: &OpenLicence) -> Audit {
        let id = open.open_licence;
        let Some(before) = self.open_licences.get(&id).copied() else {
            let right = &self.rights[&open.asset];
            let granted = right.class() == AssetClass::Patent && right.title.granted.is_some();
            let asked = id.0 == self.seq.0 && matches!(self.doing(), Some(Command::AskOpenLicence(_)));
            must(asked && open.standing && granted, || "nobody asked for it".into())?;
            self.open_licences.insert(id, *open);
            self.count("open licences asked");
            return Ok(());
        };
        let same =
            (before.asset, before.price, before.days, before.until) == (open.asset, open.price, open.days, open.until);
        let taken = open.taken - before.taken;
        let takes = matches!(self.doing(), Some(Command::TakeOpenLicence(asked)) if asked.open_licence == id);
        must(same && taken == u32::from(takes && open.standing), || {
            format!("it was {before:?}")
        })?;
        if open.standing {
            self.open_licences.insert(id, *open);
        } else {
            self.open_licences.remove(&id);
            self.count("open licences ended");
        }
        Ok(())
    }

    /// No licence outlives its time or begins late, and none stands beside what it shuts out.
    pub(super) fn close_licences(&self) -> Audit {
        let mut open_rights = BTreeSet::new();
        for open in self.open_licences.values() {
            let in_time = open.until.is_none_or(|until| until.start() > self.now);
            must(in_time && open_rights.insert(open.asset), || {
                format!("{open:?} cannot stand")
            })?;
            let price = Some(open.price.money.minor());
            let agreed = self.has_consent(open.asset, Act::OpenLicence, open.price.currency, price);
            must(agreed, || format!("{open:?} without the other owners"))?;
        }
        for licence in self.licences.values() {
            let in_time = licence.scope.until.start() > self.now;
            let begun = licence.state != LicenceState::Paid || licence.scope.from.start() > self.now;
            must(in_time && begun, || format!("{licence:?} has not moved in time"))?;
            if licence.state == LicenceState::Offered {
                let fee = Some(licence.fee.money.minor());
                let agreed = self.has_consent(licence.asset, act_of(licence.kind), licence.fee.currency, fee);
                must(agreed, || format!("{licence:?} without the other owners"))?;
            }
            if is_live(licence) && licence.kind != LicenceKind::NonExclusive {
                let units = self.listings.values();
                let out = units
                    .filter(|listing| listing.asset == licence.asset)
                    .any(|listing| listing.issued > listing.consumed);
                let open = open_rights.contains(&licence.asset);
                must(!out && !open, || format!("{licence:?} beside a licence of everyone"))?;
            }
        }
        Ok(())
    }
}
