//! What a caller sees of a record: whose it is, who may read it by office, and what of it is hidden all the same.

use crate::{
    json::scalar::write_time,
    server::{
        core::{
            caller::{Caller, UserCaller},
            state::State,
        },
        said::proposed::Proposed,
    },
};
use history::Reader;
use market_data::records::{Key, Kind, Records, Told, Version};
use protocol::{
    EntityId, Notice, Record, Reject, Timestamp,
    describe::{Describe as _, Shape},
    party::{Roles, Scopes},
};
use serde::Serialize;

/// Records that are read at one place.
pub(super) struct Resource {
    /// `/v1/` and this.
    pub(super) name: &'static str,
    /// What they are called in Chinese.
    pub(super) chinese: &'static str,
    /// What they are.
    pub(super) kind: Kind,
    /// Whether a record has a number of its own, by which it can be asked for.
    pub(super) numbered: bool,
    /// The refusal for whoever asks for one that isn't there.
    pub(super) unknown: Reject,
    /// The roles that may read others' records of this kind, beside operators and regulators: the agencies of the
    /// Guidance's article 1, each within its scope, and courts.
    pub(super) agencies: Roles,
}

/// A record and since when it is so.
#[derive(Debug, Serialize)]
pub(super) struct View {
    at: String,
    #[serde(flatten)]
    told: Said,
    /// Of a proposal, or of what one did alone: the command.
    #[serde(flatten)]
    proposed: Option<Proposed>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "made, written and dropped")]
enum Said {
    Record(Record),
    Notice(Notice),
}

/// How a record comes to the caller.
pub(super) enum Sight {
    /// It is for the caller, or for everyone.
    Own,
    /// It is others', and the caller's office lets it be read: that is noted.
    Others(Vec<EntityId>),
    /// It is not the caller's to read.
    None,
}

impl Resource {
    pub(super) fn sight(&self, state: &State, caller: &Caller, version: &Version) -> Sight {
        let Caller::User(caller) = caller else {
            return if is_notice(version) { Sight::Own } else { Sight::None };
        };
        if is_notice(version) {
            return Sight::Own;
        }
        if caller.needs(Scopes::READ).is_err() {
            return Sight::None;
        }
        if version.is_for(caller.entity) {
            return Sight::Own;
        }
        // From who asks about a lot an operator learns who is interested.
        if version.is_apart() && !caller.roles.has_any(Roles::REGULATOR) {
            return Sight::None;
        }
        if version.is_sealed() || !caller.sees_all() && !caller.roles.has_any(self.agencies) {
            return Sight::None;
        }
        if matches!(&version.told, Told::Record(record) if tells_of_reading(record, caller)) {
            return Sight::Others(Vec::new());
        }
        // An offer is its seller's, whoever may see it.
        if self.kind == Kind::Offer {
            let records = state.market.records();
            let sale = records.get(Key::new(Kind::Transfer, version.key.numbers[0]));
            return Sight::Others(sale.map_or_else(Vec::new, |sale| sale.owners().to_vec()));
        }
        Sight::Others(version.owners().to_vec())
    }
}

/// The addresses at which an office comes upon what others read.
const OF_READS: [&str; 2] = ["/v1/reads", "/v1/changes"];

/// Whether a record tells of a read of which nobody needs to be told again: one by the caller's own house, or one of a list
/// in which such records stand. Were that a read of another's, each page of them would make more of them: a walk would
/// never end, and two offices that follow the same list would keep each other busy for ever.
pub(super) fn tells_of_reading(record: &Record, caller: &UserCaller) -> bool {
    let Record::Read(read) = record else { return false };
    read.reader == caller.entity || OF_READS.contains(&read.record.as_str())
}

fn is_notice(version: &Version) -> bool {
    matches!(version.told, Told::Notice(_))
}

/// Whether a change of this record is hidden from the caller: who bids is nobody's business before the close, the
/// operator's neither (法释〔2016〕18号 8, 18), and when somebody's interest changed would tell.
pub(super) fn is_hidden(told: &Told, own: bool, caller: &Caller) -> bool {
    matches!(told, Told::Record(Record::Interest(_))) && !own && !is_regulator(caller)
}

/// Since when the record is as the caller sees it.
pub(super) fn since(records: &Records, version: &Version, own: bool, caller: &Caller) -> Timestamp {
    if !is_hidden(&version.told, own, caller) {
        return version.at;
    }
    let state = |version: &Version| match &version.told {
        Told::Record(Record::Interest(interest)) => Some(interest.state),
        _ => None,
    };
    let versions = records.history(version.key);
    let here = versions.partition_point(|other| other.seq <= version.seq);
    let same = versions[..here]
        .iter()
        .rev()
        .take_while(|other| state(other) == state(version));
    same.last().map_or(version.at, |first| first.at)
}

pub(super) fn render(state: &State, told: &Told, at: Timestamp, own: bool, caller: &Caller) -> View {
    let proposed = match (told, caller) {
        (Told::Record(Record::Proposal(proposal)), Caller::User(reader)) => {
            Proposed::of(&proposal.encoded, &state.market, reader)
        }
        (Told::Record(Record::DoneAlone(done)), Caller::User(reader)) => done
            .encoded
            .as_ref()
            .and_then(|encoded| Proposed::of(encoded, &state.market, reader)),
        _ => None,
    };
    let told = match told {
        Told::Notice(Notice::LotQuestion(question)) => {
            // What is withheld by now is shown in no earlier version either, wherever that was kept.
            let mut question = question.clone();
            if let Some(now) = state.market.records().question(question.lot, question.number) {
                question.hide_as(now);
            }
            Said::Notice(Notice::LotQuestion(question))
        }
        Told::Notice(notice) => Said::Notice(notice.clone()),
        Told::Record(Record::Interest(interest)) if is_hidden(told, own, caller) => {
            let mut interest = *interest;
            (interest.bid, interest.best) = (None, false);
            Said::Record(Record::Interest(interest))
        }
        Told::Record(record) => Said::Record(record.clone()),
    };
    View {
        at: write_time(at),
        told,
        proposed,
    }
}

/// The members in which records and notices are told: name, meaning, shape.
pub(super) fn members() -> impl Iterator<Item = &'static (&'static str, &'static str, Shape)> {
    let shapes = [&Record::SHAPE, &Notice::SHAPE].into_iter();
    shapes.flat_map(|shape| match shape {
        Shape::OneOf(_, variants) => variants.iter(),
        _ => unreachable!("they are one of several"),
    })
}

/// As whom the caller reads.
pub(super) fn reader(caller: &Caller) -> Option<EntityId> {
    match caller {
        Caller::User(caller) => Some(caller.entity),
        _ => None,
    }
}

/// As whom the caller reads the change feed: what is hidden from the venue's staff is no change to it.
pub(super) fn reader_of(caller: &UserCaller) -> Reader {
    if caller.roles.has_any(Roles::REGULATOR) {
        Reader::All
    } else if caller.sees_all() {
        Reader::Staff
    } else {
        Reader::Entity(caller.entity)
    }
}

fn is_regulator(caller: &Caller) -> bool {
    matches!(caller, Caller::User(caller) if caller.roles.has_any(Roles::REGULATOR))
}
