//! The fold of records into liens.
//!
//! Records apply in the order of their days, those of one day in the order of their places, and what cites another of the
//! same day after that one: a release and the new lien of the same bank stand often on one day, and so does a lien that
//! is recorded with its own assignment.
//!
//! Invariant: a lien that is closed stays closed, and its holders are never empty while it stands.

use super::{
    conveyance::{Conveyance, Deed},
    number::{Found, Numbers, Rights},
    party::Party,
    place::ReelFrame,
};
use protocol::Date;
use std::collections::{BTreeMap, BTreeSet};

/// An instrument as the office recorded it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Where it stands.
    pub(crate) place: ReelFrame,
    /// The day of recording: the register's day.
    pub(crate) recorded: Date,
    /// The day on which it was signed, if it is told.
    pub(crate) executed: Option<Date>,
    /// The office's words.
    pub(crate) words: String,
    /// What they say.
    pub(crate) conveyance: Conveyance,
    /// Who gives: the owner a lien, the secured party its release.
    pub(crate) from: Vec<Party>,
    /// Who takes.
    pub(crate) to: Vec<Party>,
    /// Its rights, each once.
    pub(crate) rights: Vec<usize>,
}

impl Record {
    /// The day on which it was signed at the latest.
    fn signed(&self) -> Date {
        self.executed.unwrap_or(self.recorded)
    }
}

/// What befell a lien.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It began.
    Opened,
    /// It has other holders.
    Moved,
    /// Its parties were said again.
    Corrected,
    /// One of several holders gave up its part.
    Left,
    /// It ended.
    Closed,
}

/// A step in a lien's life.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The register's day.
    pub(crate) on: Date,
    /// The record that did it, by its number in the register.
    pub(crate) record: usize,
    /// What it did.
    pub(crate) effect: Effect,
    /// The holders from then on; none of a lien that is closed.
    pub(crate) holders: Vec<Party>,
    /// Whether nobody who released or assigned held it by the register: a successor whom no record names.
    pub(crate) by_stranger: bool,
}

/// A security interest in one right.
#[derive(Clone, Debug)]
pub(crate) struct Lien {
    /// The right.
    pub(crate) right: usize,
    /// The record whose lien it is, by its number; a correction may have opened it later.
    pub(crate) of: usize,
    /// Who gave it.
    pub(crate) grantors: Vec<Party>,
    /// Its life, from the step that opened it.
    pub(crate) steps: Vec<Step>,
}

impl Lien {
    /// The step that ended it.
    pub(crate) fn closed(&self) -> Option<&Step> {
        self.steps.last().filter(|step| step.effect == Effect::Closed)
    }

    /// The latest step of this day or before.
    pub(crate) fn at(&self, on: Date) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.on <= on)
    }

    /// Whether it stands on a day: from the one that opened it to the one before it was closed.
    pub(crate) fn stands(&self, on: Date) -> bool {
        self.at(on).is_some_and(|step| step.effect != Effect::Closed)
    }

    fn is_open(&self) -> bool {
        self.closed().is_none()
    }

    fn holders(&self) -> &[Party] {
        self.steps.last().map_or(&[], |step| &step.holders)
    }
}

/// What a reader should know of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    /// It cites a record that the register does not hold, or not yet.
    CitesUnknown(ReelFrame),
    /// It changed nothing on this many of its rights.
    Idle(usize),
    /// What it cites still stands on this many rights that it does not name.
    Leaves(ReelFrame, usize),
    /// Nobody who gave held this many of the liens that it cites.
    Stranger(usize),
    /// It is of the same parties and the same day of signing as another, and opens a lien of its own.
    Again(ReelFrame),
}

/// What a record did, kept for those that cite it.
struct Applied {
    deed: Deed,
    /// The records whose liens it opened, moved or closed.
    liens_of: BTreeSet<ReelFrame>,
    /// Whether it named them; if not, its parties did.
    cited: bool,
}

/// A historical register of security interests.
pub(crate) struct Register {
    records: Vec<Record>,
    rights: Rights,
    liens: Vec<Lien>,
    /// The liens on each right, in the order in which they were opened.
    on_right: Vec<Vec<usize>>,
    /// The records that name a right and changed nothing on it.
    idle: Vec<Vec<usize>>,
    remarks: BTreeMap<usize, Vec<Remark>>,
}

impl Register {
    /// The register of these records; each place stands once.
    pub(crate) fn of(mut records: Vec<Record>, rights: Rights) -> Self {
        records.sort_by_key(|record| (record.recorded, record.place));
        let order = order(&records);
        let mut fold = Fold {
            records: &records,
            number_of: records
                .iter()
                .enumerate()
                .map(|(number, record)| (record.place, number))
                .collect(),
            applied: BTreeMap::new(),
            liens: Vec::new(),
            open_of: vec![0; records.len()],
            on_right: vec![Vec::new(); rights.count()],
            idle: vec![Vec::new(); rights.count()],
            remarks: BTreeMap::new(),
        };
        order.into_iter().for_each(|number| fold.apply(number));
        fold.remark_repetitions();
        let Fold {
            liens,
            on_right,
            idle,
            remarks,
            ..
        } = fold;
        Self {
            records,
            rights,
            liens,
            on_right,
            idle,
            remarks,
        }
    }

    /// The records in the order of their days.
    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many rights there are.
    pub(crate) fn right_count(&self) -> usize {
        self.rights.count()
    }

    /// How many liens were ever opened, one a right.
    pub(crate) fn lien_count(&self) -> usize {
        self.liens.len()
    }

    /// The numbers of a right.
    pub(crate) fn numbers(&self, right: usize) -> &Numbers {
        self.rights.numbers(right)
    }

    /// The right of a number, however it is written.
    pub(crate) fn find(&self, number: &str) -> Option<Found> {
        self.rights.find(number)
    }

    /// All liens that ever stood on a right, in the order in which they were opened.
    pub(crate) fn history(&self, right: usize) -> impl Iterator<Item = &Lien> {
        self.on_right[right].iter().map(|lien| &self.liens[*lien])
    }

    /// The liens that stand on a right on a day.
    pub(crate) fn standing(&self, right: usize, on: Date) -> impl Iterator<Item = &Lien> {
        self.history(right).filter(move |lien| lien.stands(on))
    }

    /// The records that name a right and changed nothing on it.
    pub(crate) fn idle(&self, right: usize) -> impl Iterator<Item = &Record> {
        self.idle[right].iter().map(|number| &self.records[*number])
    }

    /// The right that ever had the most liens, the first of several, and how many rights had as many.
    pub(crate) fn most_liens(&self) -> Option<(usize, usize)> {
        let most = self.on_right.iter().map(Vec::len).max()?;
        let mut having = (0..self.on_right.len()).filter(|right| self.on_right[*right].len() == most);
        let first = having.next()?;
        Some((first, 1 + having.count()))
    }

    /// What a reader should know of each record, in the order of their days.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = (&Record, &Remark)> {
        let told = self.remarks.iter();
        told.flat_map(|(number, remarks)| remarks.iter().map(|remark| (&self.records[*number], remark)))
    }

    /// What a reader should know of one record.
    pub(crate) fn remarks_of(&self, record: usize) -> &[Remark] {
        self.remarks.get(&record).map_or(&[], Vec::as_slice)
    }
}

/// The numbers of the records, sorted as they are, but for those that cite another of the same day: they come after it.
/// Records that cite each other in a circle come in some order, always the same.
fn order(records: &[Record]) -> Vec<usize> {
    let number_of: BTreeMap<ReelFrame, usize> = records
        .iter()
        .enumerate()
        .map(|(number, record)| (record.place, number))
        .collect();
    let (mut order, mut met) = (Vec::with_capacity(records.len()), vec![false; records.len()]);
    for first in 0..records.len() {
        let mut waiting = vec![first];
        while let Some(number) = waiting.last().copied() {
            met[number] = true;
            let record = &records[number];
            let cited = record.conveyance.cites.iter().filter_map(|place| number_of.get(place));
            let before = cited
                .copied()
                .find(|cited| !met[*cited] && records[*cited].recorded == record.recorded);
            match before {
                Some(cited) => waiting.push(cited),
                None => order.extend(waiting.pop()),
            }
        }
    }
    let mut placed = vec![false; records.len()];
    order.retain(|number| !std::mem::replace(&mut placed[*number], true));
    order
}

struct Fold<'a> {
    records: &'a [Record],
    number_of: BTreeMap<ReelFrame, usize>,
    applied: BTreeMap<ReelFrame, Applied>,
    liens: Vec<Lien>,
    /// How many liens of each record are open.
    open_of: Vec<usize>,
    on_right: Vec<Vec<usize>>,
    idle: Vec<Vec<usize>>,
    remarks: BTreeMap<usize, Vec<Remark>>,
}

/// Which liens a record is about.
enum Meant {
    /// Those that these records opened.
    Of(BTreeSet<ReelFrame>),
    /// Those of the parties that give.
    OfParties,
}

impl Fold<'_> {
    fn apply(&mut self, number: usize) {
        let record = &self.records[number];
        let conveyance = &record.conveyance;
        let known = self.cited(number);
        let (deed, meant) = match conveyance.deed {
            _ if conveyance.corrects => self.corrected(record, &known),
            Deed::Opens => (Deed::Opens, Meant::Of([record.place].into())),
            deed if conveyance.cites.is_empty() => (deed, Meant::OfParties),
            deed => (deed, Meant::Of(self.liens_of(&known))),
        };
        let done = match deed {
            Deed::Opens => self.open(number, &meant),
            Deed::Moves | Deed::Closes => self.act(number, deed, &meant),
        };
        let cited = matches!(meant, Meant::Of(_));
        let liens_of = match meant {
            Meant::Of(places) => places,
            Meant::OfParties => done,
        };
        let applied = Applied { deed, liens_of, cited };
        self.applied.insert(record.place, applied);
    }

    /// What a correction does: again what the record did that it corrects. That is, of those that it cites, the one that did
    /// what it confirms; a release may be named beside the lien that it released.
    fn corrected(&self, record: &Record, known: &[ReelFrame]) -> (Deed, Meant) {
        let confirms = record.conveyance.deed;
        let same = known.iter().find(|place| self.applied[place].deed == confirms);
        // Words that say nothing are taken for a security; what is cited says more.
        let says_less = confirms == Deed::Opens;
        match same.or(known.first().filter(|_| says_less)) {
            Some(place) => {
                let Applied { deed, cited, .. } = self.applied[place];
                let meant = if cited {
                    Meant::Of(self.liens_of(&[*place]))
                } else {
                    Meant::OfParties
                };
                (deed, meant)
            }
            // A lien that is confirmed stands, whatever it was opened by.
            None if says_less => (Deed::Opens, Meant::Of([record.place].into())),
            None => (confirms, Meant::Of(self.liens_of(known))),
        }
    }

    /// The records that a record cites and that have applied; the others are remarked.
    fn cited(&mut self, number: usize) -> Vec<ReelFrame> {
        let record = &self.records[number];
        let (known, unknown): (Vec<_>, Vec<_>) = record
            .conveyance
            .cites
            .iter()
            .partition(|place| self.applied.contains_key(*place));
        // What opens a lien of its own cites for its reader alone.
        if record.conveyance.corrects || record.conveyance.deed != Deed::Opens {
            for place in unknown {
                self.remark(number, Remark::CitesUnknown(place));
            }
        }
        known
    }

    /// The records whose liens these records are about: an assignment is cited for the liens that it moved.
    fn liens_of(&self, places: &[ReelFrame]) -> BTreeSet<ReelFrame> {
        places
            .iter()
            .flat_map(|place| self.applied[place].liens_of.iter().copied())
            .collect()
    }

    fn remark(&mut self, number: usize, remark: Remark) {
        self.remarks.entry(number).or_default().push(remark);
    }

    /// Opens a lien on each of a record's rights, or corrects the one that stands there; one that was closed stays so.
    fn open(&mut self, number: usize, meant: &Meant) -> BTreeSet<ReelFrame> {
        let record = &self.records[number];
        let Meant::Of(places) = meant else {
            return BTreeSet::new();
        };
        for right in &record.rights {
            for place in places {
                let of = self.number_of[place];
                let there = self.on_right[*right]
                    .iter()
                    .copied()
                    .find(|lien| self.liens[*lien].of == of);
                match there {
                    Some(lien) => self.correct(number, lien),
                    None => self.begin(number, of, *right),
                }
            }
        }
        places.clone()
    }

    fn begin(&mut self, number: usize, of: usize, right: usize) {
        let record = &self.records[number];
        self.open_of[of] += 1;
        self.on_right[right].push(self.liens.len());
        self.liens.push(Lien {
            right,
            of,
            grantors: record.from.clone(),
            steps: vec![step(record, number, Effect::Opened, record.to.clone())],
        });
    }

    fn correct(&mut self, number: usize, lien: usize) {
        let record = &self.records[number];
        let lien = &mut self.liens[lien];
        if !lien.is_open() {
            self.idle[lien.right].push(number);
            return;
        }
        // A lien that has moved since is not given back to whom it was granted.
        let has_moved = lien
            .steps
            .iter()
            .any(|step| matches!(step.effect, Effect::Moved | Effect::Left));
        let holders = if has_moved {
            lien.holders().to_vec()
        } else {
            record.to.clone()
        };
        lien.grantors.clone_from(&record.from);
        lien.steps.push(step(record, number, Effect::Corrected, holders));
    }

    /// Moves or closes what is meant and stands, on each of a record's rights. Gives the records whose liens these are.
    fn act(&mut self, number: usize, deed: Deed, meant: &Meant) -> BTreeSet<ReelFrame> {
        let record = &self.records[number];
        let givers = self.givers(number, deed);
        let mut done = BTreeSet::new();
        let (mut idle, mut strange) = (0, 0);
        for right in &record.rights {
            let mut acted = false;
            for lien in self.on_right[*right].clone() {
                if !self.is_meant(record, &givers, &self.liens[lien], meant) {
                    continue;
                }
                let (effect, holders, by_stranger) = outcome(record, deed, &givers, self.liens[lien].holders());
                strange += usize::from(by_stranger);
                let of = self.liens[lien].of;
                self.open_of[of] -= usize::from(effect == Effect::Closed);
                let step = Step {
                    by_stranger,
                    ..step(record, number, effect, holders)
                };
                self.liens[lien].steps.push(step);
                done.insert(self.records[of].place);
                acted = true;
            }
            if !acted {
                self.idle[*right].push(number);
                idle += 1;
            }
        }
        if idle > 0 {
            self.remark(number, Remark::Idle(idle));
        }
        let left = done
            .iter()
            .filter(|_| deed == Deed::Closes && matches!(meant, Meant::Of(_)));
        let left: Vec<_> = left
            .map(|place| (*place, self.open_of[self.number_of[place]]))
            .collect();
        for (place, open) in left.into_iter().filter(|(_, open)| *open > 0) {
            self.remark(number, Remark::Leaves(place, open));
        }
        if strange > 0 {
            self.remark(number, Remark::Stranger(strange));
        }
        done
    }

    /// Who gives. Where an assignment is corrected, the one to whom it wrongly went gives too.
    fn givers(&self, number: usize, deed: Deed) -> Vec<Party> {
        let record = &self.records[number];
        let mut givers = record.from.clone();
        if record.conveyance.corrects && deed == Deed::Moves {
            let corrected = record
                .conveyance
                .cites
                .iter()
                .filter_map(|place| self.number_of.get(place));
            givers.extend(corrected.flat_map(|number| self.records[*number].to.iter().cloned()));
        }
        givers
    }

    /// Whether a record is about a lien. Who cites nothing gives what it holds, but nothing that was signed after the
    /// record was: a release may be recorded years later, when the same bank has lent again.
    fn is_meant(&self, record: &Record, givers: &[Party], lien: &Lien, meant: &Meant) -> bool {
        let opened = &self.records[lien.of];
        lien.is_open()
            && match meant {
                Meant::Of(places) => places.contains(&opened.place),
                Meant::OfParties => {
                    opened.signed() <= record.signed() && lien.holders().iter().any(|holder| givers.contains(holder))
                }
            }
    }

    /// Remarks what was recorded twice: each opens a lien of its own, and whoever releases one of them leaves the other.
    fn remark_repetitions(&mut self) {
        let mut first_of: BTreeMap<Date, Vec<usize>> = BTreeMap::new();
        for (number, record) in self.records.iter().enumerate() {
            let Some(signed) = record.executed else { continue };
            if record.conveyance.corrects || record.conveyance.deed != Deed::Opens {
                continue;
            }
            let of_the_day = first_of.entry(signed).or_default();
            let is_same = |other: &&usize| {
                let other = &self.records[**other];
                is_same(&other.from, &record.from) && is_same(&other.to, &record.to)
            };
            match of_the_day.iter().take(REPETITIONS_MAX).find(is_same) {
                Some(first) => {
                    let pair = [(number, *first), (*first, number)];
                    for (one, other) in pair {
                        let again = Remark::Again(self.records[other].place);
                        self.remarks.entry(one).or_default().push(again);
                    }
                }
                None => of_the_day.push(number),
            }
        }
    }
}

/// With how many instruments of its day one is compared.
const REPETITIONS_MAX: usize = 256;

fn is_same(one: &[Party], other: &[Party]) -> bool {
    one.len() == other.len() && one.iter().all(|party| other.contains(party))
}

fn step(record: &Record, number: usize, effect: Effect, holders: Vec<Party>) -> Step {
    Step {
        on: record.recorded,
        record: number,
        effect,
        holders,
        by_stranger: false,
    }
}

/// What becomes of a lien's holders. Nobody gives what is another's: of several holders those leave who give. Where nobody
/// who gives holds anything by the register, the record was cited by a successor, and it is all that is given.
fn outcome(record: &Record, deed: Deed, givers: &[Party], holders: &[Party]) -> (Effect, Vec<Party>, bool) {
    let mut stay: Vec<Party> = holders
        .iter()
        .filter(|holder| !givers.contains(holder))
        .cloned()
        .collect();
    let by_stranger = stay.len() == holders.len();
    if by_stranger {
        stay.clear();
    }
    match deed {
        Deed::Moves | Deed::Opens => {
            stay.extend(record.to.iter().cloned());
            (Effect::Moved, stay, by_stranger)
        }
        Deed::Closes if stay.is_empty() => (Effect::Closed, stay, by_stranger),
        Deed::Closes => (Effect::Left, stay, by_stranger),
    }
}
