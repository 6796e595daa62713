//! What waits for whom: for each house, and for each office, what it must or may do next, the earliest deadline first
//! (decision 0067).
//!
//! Invariant: what waits is a function of the records as they stand now (`of`), made anew wherever one of them changes,
//! and kept in the order in which it is read: a read walks what it shows, and no history. There is one entry at most of a
//! kind, for a record and a party, so their number is bounded by that of the records.
//!
//! Who may see an entry is the gateway's business: each names the record that it is about, and whoever may not read that
//! sees no entry of it.

mod around;
mod cases;
mod day;
mod kinds;
mod loans;
mod of;
mod rights;
mod sales;
mod wait;

pub use day::{Day, Until};
pub use kinds::Does;
pub use wait::{Party, Place, Wait, Who};

use super::records::{Key, Records};
use around::{Around, loan_of, touched};
use protocol::{Date, LoanId, PublicEvent, Stamped, Timestamp, event::Event};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

/// What waits for everybody.
#[derive(Debug, Default)]
pub struct Waits {
    /// What waits now.
    now: BTreeMap<Party, BTreeMap<Place, Arc<Wait>>>,
    /// What begins to wait on a later day.
    ahead: BTreeMap<Party, BTreeMap<(Date, Place), Arc<Wait>>>,
    /// What each record makes wait.
    made: BTreeMap<Key, Vec<Arc<Wait>>>,
    /// The records that say another thing where their loan does.
    of_loan: BTreeSet<(LoanId, Key)>,
    today: Date,
}

impl Waits {
    /// Up to `limit` entries of these parties behind `after`, in their order, as of `today`.
    pub fn page(&self, parties: &[Party], after: Option<Place>, limit: usize, today: Date) -> Vec<Arc<Wait>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found: BTreeMap<Place, Arc<Wait>> = BTreeMap::new();
        for party in parties {
            let now = self.now.get(party).into_iter();
            let now = now.flat_map(|now| now.range((from, Bound::Unbounded))).take(limit);
            found.extend(now.map(|(place, wait)| (*place, wait.clone())));
            // What has begun since the last command.
            let ahead = self.ahead.get(party).into_iter();
            let begun = ahead.flat_map(|ahead| ahead.iter().take_while(|((from, _), _)| *from <= today));
            let begun = begun.filter(|((_, place), _)| after.is_none_or(|after| *place > after));
            found.extend(begun.map(|((_, place), wait)| (*place, wait.clone())));
        }
        found.into_values().take(limit).collect()
    }

    /// Every entry that there is, those of later days among them.
    pub fn all(&self) -> impl Iterator<Item = &Wait> {
        self.made.values().flatten().map(Arc::as_ref)
    }

    /// Takes in that this event changed a record: the records know it already.
    pub(crate) fn fold(&mut self, records: &Records, key: Key, event: &Stamped<Event>) {
        self.begin(event.at.venue_date());
        if let Event::Public(PublicEvent::LotBid(bid)) = &event.body {
            // While bids are taken a lot waits for nobody: its room has its own clock. But a bid that moves its end moves
            // the end of what still can be answered.
            let until = Some(Day::FirstLateAt(bid.ends_at).until());
            let of_lot = self.made.range(Key::of_question(bid.lot, 0)..);
            let of_lot = of_lot.take_while(|(key, _)| key.is_question_of(bid.lot));
            let moved = of_lot.filter(|(_, made)| made.iter().any(|wait| wait.until != until));
            let moved: Vec<Key> = moved.map(|(key, _)| *key).collect();
            self.make_all(records, moved, event.at);
            return;
        }
        if let Some(loan) = records.get(key).and_then(|version| loan_of(&version.told)) {
            self.of_loan.insert((loan, key));
        }
        let around = Around {
            records,
            of_loan: &self.of_loan,
        };
        let touched = touched(around, key);
        self.make_all(records, touched, event.at);
    }

    fn make_all(&mut self, records: &Records, keys: impl IntoIterator<Item = Key>, at: Timestamp) {
        let of_loan = std::mem::take(&mut self.of_loan);
        let around = Around {
            records,
            of_loan: &of_loan,
        };
        keys.into_iter().for_each(|key| self.make(around, key, at));
        self.of_loan = of_loan;
    }

    /// Makes anew what a record makes wait. What waited before goes on to wait since it began.
    fn make(&mut self, around: Around<'_>, key: Key, at: Timestamp) {
        let mut made = around
            .records
            .get(key)
            .map_or_else(Vec::new, |version| of::waits(version, around));
        let before = self.made.remove(&key).unwrap_or_default();
        for wait in &mut made {
            let same = |old: &&Arc<Wait>| (old.does, old.party, old.record) == (wait.does, wait.party, wait.record);
            wait.since = before.iter().find(same).map_or(at, |old| old.since);
        }
        for old in before {
            self.take(&old);
        }
        let made: Vec<_> = made.into_iter().map(Arc::new).collect();
        for wait in &made {
            self.put(wait.clone());
        }
        if !made.is_empty() {
            self.made.insert(key, made);
        }
    }

    fn put(&mut self, wait: Arc<Wait>) {
        let (party, place) = (wait.party, wait.place());
        match wait.from.filter(|from| *from > self.today) {
            Some(from) => self.ahead.entry(party).or_default().insert((from, place), wait),
            None => self.now.entry(party).or_default().insert(place, wait),
        };
    }

    fn take(&mut self, wait: &Wait) {
        let place = wait.place();
        if let Some(now) = self.now.get_mut(&wait.party) {
            now.remove(&place);
        }
        if let Some((from, ahead)) = wait.from.zip(self.ahead.get_mut(&wait.party)) {
            ahead.remove(&(from, place));
        }
    }

    /// A day has begun: what begins to wait with it waits now.
    fn begin(&mut self, today: Date) {
        if today <= self.today {
            return;
        }
        self.today = today;
        for (party, ahead) in &mut self.ahead {
            while let Some(first) = ahead.first_entry().filter(|first| first.key().0 <= today) {
                let ((_, place), wait) = first.remove_entry();
                self.now.entry(*party).or_default().insert(place, wait);
            }
        }
    }
}
