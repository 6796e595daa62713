//! The life of a lot, derived anew from its public steps: which state may follow which and when, and what a record must
//! then say.

use super::{
    check::{ensure, falls_for, ladder, start},
    hidden::Hidden,
};
use protocol::{
    Amount, Timestamp,
    auction::{Format, Lot, LotState, PriceStep},
    event::{LotBid, LotEvent},
    time::SECOND,
    transfer::LegalBasis,
};

/// A paused lot that is resumed has at least this left (18号 28; RULES.md 2.6).
const LEFT_MIN: u64 = 300 * SECOND;

/// A change of a lot's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The step that moved it.
    pub seq: u64,
    /// The reason.
    pub why: Why,
    /// The end before.
    pub from: Timestamp,
    /// The end since then.
    pub to: Timestamp,
}

/// The reason for which a lot's end moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A late bid.
    Bid,
    /// The first bid for a fixed price, which opens the bidding.
    FirstBid,
    /// A purchase at the fixed price.
    Bought,
    /// A pause: the lot stood still meanwhile.
    Pause,
}

/// What is known of a lot up to here.
pub(super) struct Rules {
    /// As it has to stand.
    pub(super) lot: Lot,
    /// When the last step was.
    pub(super) at: Timestamp,
    /// When the clock of a falling price began, moved on by pauses: the earliest and the latest that it can have been.
    pub(super) began: (Timestamp, Timestamp),
    /// When the revealing ends: the earliest and the latest. Hours in which nobody could reveal do not count, and the
    /// log does not tell them.
    reveals: (Timestamp, Timestamp),
    /// The bid before this step, and who led before it.
    pub(super) last: Option<(Timestamp, LotBid, Option<u32>)>,
    /// Whether the bid that was just taken ends the lot.
    pub(super) taken: bool,
    pub(super) hidden: Hidden,
    pub(super) moved: Vec<Moved>,
    /// By how much bids have moved the end, in nanoseconds.
    pub(super) extended: u64,
    notes: Vec<String>,
}

impl Rules {
    /// Begins with the announcement.
    pub(super) fn begin(at: Timestamp, event: &LotEvent) -> Result<Self, String> {
        let LotEvent::Lot(lot) = event else {
            return Err("a log begins with the announcement".into());
        };
        let fresh = lot.state == LotState::Announced
            && lot.best.is_none()
            && lot.number.is_none()
            && (lot.bids, lot.extensions) == (0, 0)
            && lot.price.is_none()
            && lot.buyer.is_none()
            && lot.step_by.is_none();
        ensure(fresh, || "the announcement tells of what comes later".into())?;
        let ordered = at <= lot.qualifies_at && lot.qualifies_at <= lot.opens_at && lot.opens_at < lot.ends_at;
        ensure(ordered, || "its times do not lie ahead in order".into())?;
        if let Some((steps, _)) = ladder(&lot.format) {
            let from = |step: &PriceStep| step.from.money.minor();
            let rise = !steps.is_empty()
                && from(&steps[0]) == 0
                && steps.is_sorted_by(|a, b| from(a) < from(b))
                && steps.iter().all(|step| step.step.money.minor() > 0);
            ensure(rise, || "the steps do not rise from zero".into())?;
        }
        let above = |amounts: &[&Amount]| amounts.iter().all(|amount| amount.money.minor() > 0);
        let sane = match &lot.format {
            Format::Descending(terms) => above(&[&terms.start, &terms.step, &terms.floor]) && terms.every_s > 0,
            Format::Uniform(terms) => above(&[&terms.start, &terms.step]) && terms.units.units() > 0,
            Format::Sealed(_) | Format::SealedReverse(_) => above(&[&start(&lot.format)]),
            Format::Ascending(_) | Format::SellOff(_) | Format::Reverse(_) => true,
        };
        ensure(sane, || "a price, a step or a number of its terms is none".into())?;
        if let Format::Descending(terms) = &lot.format {
            let ends = lot.opens_at.after(falls_for(terms));
            ensure(lot.ends_at == ends, || format!("the price falls until {ends}"))?;
        }
        Ok(Self {
            lot: lot.clone(),
            at,
            began: (lot.opens_at, lot.opens_at),
            reveals: (Timestamp::NEVER, Timestamp::NEVER),
            last: None,
            taken: false,
            hidden: Hidden::default(),
            moved: vec![],
            extended: 0,
            notes: vec![],
        })
    }

    pub(super) fn lot(&self) -> &Lot {
        &self.lot
    }

    pub(super) fn end(self) -> (Lot, Vec<Moved>, Vec<String>) {
        (self.lot, self.moved, self.notes)
    }

    /// Takes in a step.
    pub(super) fn step(&mut self, seq: u64, at: Timestamp, event: &LotEvent) -> Result<(), String> {
        ensure(at >= self.at, || {
            format!("it happened before the step before it, at {}", self.at)
        })?;
        let concludes = matches!(event, LotEvent::Lot(lot) if lot.state != self.lot.state);
        ensure(!self.taken || concludes, || "the lot was taken, and goes on".into())?;
        let opens = matches!(event, LotEvent::Opened(_));
        ensure(
            self.hidden.opened.is_empty() || opens || concludes || self.is_over(),
            || "its bids were opened, and it goes on".into(),
        )?;
        match event {
            LotEvent::Lot(lot) => self.turn(seq, at, lot)?,
            LotEvent::Bid(bid) => self.bid(seq, at, bid)?,
            LotEvent::Committed(committed) => {
                self.is_open(at)?;
                let sealed = self.lot.format.sealed().is_some();
                ensure(sealed, || "nothing is committed to in this format".into())?;
                self.hidden.commit(committed);
            }
            LotEvent::Opened(opened) => {
                let (from, until) = self.due().ok_or("bids are opened at the close")?;
                ensure(from <= at && at <= until, || "bids are opened at the close".into())?;
                self.hidden.open(&self.lot, opened)?;
            }
        }
        self.at = at;
        Ok(())
    }

    /// Whether bids are taken now.
    pub(super) fn is_open(&self, at: Timestamp) -> Result<(), String> {
        let state = self.lot.state;
        ensure(state == LotState::Open, || {
            format!("no bid is taken of a lot that is {}", word(state))
        })?;
        ensure(at < self.lot.ends_at, || {
            format!("the lot ended at {}", self.lot.ends_at)
        })
    }

    /// When the bidding, or the revealing, comes to its result: the earliest and the latest.
    fn due(&self) -> Option<(Timestamp, Timestamp)> {
        match (self.lot.state, &self.lot.format) {
            (LotState::Open, format) if format.sealed().is_some() => None,
            (LotState::Open, _) => Some((self.lot.ends_at, self.lot.ends_at)),
            (LotState::Revealing, _) => Some(self.reveals),
            _ => None,
        }
    }

    /// A paused lot goes on: with what it had left when it came to stand, and at least 300 seconds. In an outage that
    /// was before the venue could say so, and the end tells when.
    fn resume(&mut self, seq: u64, at: Timestamp, ends_at: Timestamp) -> Result<(), String> {
        let (ends, paused_at) = (self.lot.ends_at, self.at);
        let left = ends_at.0.checked_sub(at.0).ok_or("it goes on behind its end")?;
        let least = ends.0.saturating_sub(paused_at.0).max(LEFT_MIN);
        let most = (ends.0 - self.lot.opens_at.0.min(ends.0)).max(LEFT_MIN);
        ensure((least..=most).contains(&left), || {
            let seconds = |nanoseconds: u64| nanoseconds / SECOND;
            format!(
                "it goes on with {} seconds, and had {} left",
                seconds(left),
                seconds(least)
            )
        })?;
        let latest = Timestamp(ends.0 - left.min(ends.0)).min(paused_at);
        // With the least it may have come to stand at any moment since.
        let since = if left > LEFT_MIN {
            (latest, latest)
        } else {
            (latest.max(self.lot.opens_at).min(paused_at), paused_at)
        };
        if left > least {
            self.notes.push(format!(
                "step {seq}: the venue says that from {latest} on, when it last knew itself to be up, nobody could bid before the lot was paused"
            ));
        }
        let (earliest, last) = self.began;
        self.began = (earliest.after(at.0 - since.1.0), last.after(at.0 - since.0.0));
        self.moves(seq, Why::Pause, ends_at);
        Ok(())
    }

    fn is_over(&self) -> bool {
        !matches!(self.lot.state, LotState::Open | LotState::Revealing)
    }

    /// The lot is told anew: whether it may stand so now, and whether it says what it has to.
    fn turn(&mut self, seq: u64, at: Timestamp, new: &Lot) -> Result<(), String> {
        use LotState as S;
        let (old, mut expected) = (self.lot.state, self.lot.clone());
        expected.state = new.state;
        // Licences come and go without a step.
        expected.surviving = new.surviving;
        let on_time = |due: Timestamp| ensure(at == due, || format!("{} is due at {due}", word(new.state)));
        let between = |(from, until): (Timestamp, Timestamp)| {
            ensure(from <= at && at <= until, || {
                format!("{} is due at {from}", word(new.state))
            })
        };
        match (old, new.state) {
            (S::Announced, S::Qualifying) => on_time(self.lot.qualifies_at)?,
            (S::Qualifying, S::Open) => {
                on_time(self.lot.opens_at)?;
                self.began = (at, at);
            }
            (S::Open, S::Open) => {
                self.is_open(at)?;
                expected.bids = self.hidden.count(&self.lot, new.bids)?;
            }
            // After an outage also what would have opened or ended in it.
            (S::Open, S::Paused) => {}
            (S::Announced | S::Qualifying, S::Paused) => {
                ensure(at >= self.lot.opens_at, || "it stands still before it opened".into())?;
            }
            (S::Paused, S::Open) => {
                self.resume(seq, at, new.ends_at)?;
                expected.ends_at = new.ends_at;
            }
            (S::Open, S::Revealing) if self.lot.format.sealed().is_some() => {
                on_time(self.lot.ends_at)?;
                if let Some(terms) = self.lot.format.sealed() {
                    let until = at.after(u64::from(terms.reveal_s) * SECOND);
                    self.reveals = (until, until);
                }
            }
            // An outage takes no time from who has to reveal, to agree or to pay.
            (S::Revealing, S::Revealing) => {
                let (from, until) = (at.after(LEFT_MIN), self.reveals.1.after(at.0 - self.lot.ends_at.0));
                self.reveals = (self.reveals.0.max(from), until.max(from));
            }
            (S::Sold, S::Sold) | (S::Closed, S::Closed) => {}
            // Nor from who has to resume it; and a new calendar may move their days. What was forfeited is settled.
            (S::Paused, S::Paused) | (S::Defaulted, S::Defaulted) => {}
            (S::Open | S::Revealing, S::Closed | S::Negotiating | S::Sold | S::Unsold | S::Delivered) => {
                if self.taken {
                    on_time(self.at)?;
                } else {
                    between(self.due().ok_or("its bids are still to be revealed")?)?;
                }
                self.conclude(new, &mut expected)?;
            }
            (S::Closed, S::Negotiating | S::Sold | S::Unsold) => self.conclude(new, &mut expected)?,
            (S::Negotiating, S::Negotiating | S::Unsold) => {}
            (S::Negotiating, S::Sold) => {
                let (best, price) = (self.best()?, new.price.ok_or("a sold lot has a price")?.money.minor());
                let agreed = if self.falls() { price <= best } else { price >= best };
                ensure(agreed, || "it was sold for worse than the best bid".into())?;
                expected.price = new.price;
            }
            (S::Sold, S::Paid) | (S::Paid, S::Delivered) => {}
            (S::Sold, S::Defaulted) | (S::Sold | S::Paid, S::Annulled) => {
                (expected.price, expected.buyer) = (None, None)
            }
            (
                S::Announced | S::Qualifying | S::Open | S::Paused | S::Revealing | S::Closed | S::Negotiating,
                S::Withdrawn,
            ) => (expected.best, expected.number, expected.reserve_met) = (None, None, None),
            _ => return Err(format!("{} does not follow {}", word(new.state), word(old))),
        }
        let sold = matches!(new.state, S::Sold | S::Paid | S::Delivered);
        if sold && !matches!(old, S::Sold | S::Paid) {
            // A court's buyer is named (18号 14, 22), no other.
            let named = new.buyer.is_some() == (self.lot.basis == LegalBasis::Judicial);
            ensure(named, || "a court's sale names its buyer, and no other does".into())?;
            expected.buyer = new.buyer;
        }
        expected.pause = new.pause;
        ensure(new.pause.is_some() == (new.state == S::Paused), || {
            "a paused lot says why, and no other does".into()
        })?;
        ensure(new.pause.is_none_or(|pause| pause.since <= at), || {
            "it stands still since a time to come".into()
        })?;
        self.waits(new)?;
        (expected.step_by, expected.calendar) = (new.step_by, new.calendar);
        self.taken = false;
        same(&expected, new)?;
        self.lot = expected;
        Ok(())
    }

    /// Whether a lot that waits for somebody says until when, no sooner than it said before, and no other does.
    fn waits(&self, new: &Lot) -> Result<(), String> {
        use LotState as S;
        let says = new.step_by.is_some();
        let fits = match new.state {
            S::Paused | S::Closed | S::Negotiating => says,
            // The buyer of a demand has paid before.
            S::Sold => says != self.falls(),
            // Until it is settled.
            S::Defaulted => true,
            _ => !says,
        };
        ensure(fits && (says || new.calendar.is_none()), || {
            "it says until when it waits, and waits for nobody, or the other way about".into()
        })?;
        match (self.lot.step_by, new.step_by) {
            (Some(before), Some(now)) if self.lot.state == new.state && now < before => {
                Err(format!("it waited until {before} already"))
            }
            _ => Ok(()),
        }
    }

    /// What the bidding came to.
    fn conclude(&mut self, new: &Lot, expected: &mut Lot) -> Result<(), String> {
        use LotState as S;
        let from_open = self.lot.state != S::Closed;
        if let Format::Uniform(_) = self.lot.format {
            return self.conclude_units(new, expected);
        }
        if from_open && self.lot.format.sealed().is_some() {
            self.hidden.winner(&self.lot, new)?;
            (expected.best, expected.number) = (new.best, new.number);
            expected.reserve_met = new.reserve_met;
            let told = new.reserve_met.is_some() == (new.best.is_some() && new.reserved);
            ensure(told, || "it hides whether the reserve is met".into())?;
        }
        let has_best = expected.best.is_some();
        let by_hammer = self.lot.basis == LegalBasis::AuctionLaw;
        match new.state {
            S::Sold => {
                ensure(has_best, || "it was sold, and nobody bid".into())?;
                ensure(!(by_hammer && from_open), || "no hammer fell before it was sold".into())?;
                let met = expected.reserve_met != Some(false);
                ensure(met, || "it was sold below its reserve, and nobody had agreed to that".into())?;
                expected.price = expected.best;
            }
            S::Closed => ensure(has_best && by_hammer, || "it waits for a hammer that is not due".into())?,
            S::Negotiating => {
                let open = has_best && self.lot.reserved && self.lot.basis != LegalBasis::Judicial;
                ensure(open, || "nothing is to be negotiated".into())?;
            }
            S::Unsold if has_best => self.notes.push(if self.lot.reserved {
                "unsold with a best bid: the venue says that the hidden reserve was not met, or that the bidder may not buy".into()
            } else {
                "unsold with a best bid: the venue says that the bidder may not buy".into()
            }),
            S::Unsold => {}
            _ => return Err(format!("{} does not follow the bidding", word(new.state))),
        }
        Ok(())
    }

    fn conclude_units(&mut self, new: &Lot, expected: &mut Lot) -> Result<(), String> {
        let price = self.hidden.cleared(&self.lot, &mut self.notes)?;
        match (price, new.state) {
            (Some(_), LotState::Delivered) => {
                expected.price = price
                    .map(|minor| Amount::new(start(&self.lot.format).currency, protocol::Money::from_minor(minor)));
                Ok(())
            }
            (None, LotState::Unsold) => Ok(()),
            _ => Err(format!("{} is not what the opened bids come to", word(new.state))),
        }
    }

    /// The end moves.
    pub(super) fn moves(&mut self, seq: u64, why: Why, to: Timestamp) {
        let from = self.lot.ends_at;
        self.moved.push(Moved { seq, why, from, to });
    }

    /// Whether the lowest offer wins.
    pub(super) fn falls(&self) -> bool {
        self.lot.format.is_demand()
    }

    fn best(&self) -> Result<i64, String> {
        Ok(self.lot.best.ok_or("nobody bid")?.money.minor())
    }
}

/// The word for a state on the wire.
fn word(state: LotState) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Whether a record says what it has to; else the first field that does not.
fn same(expected: &Lot, told: &Lot) -> Result<(), String> {
    if expected == told {
        return Ok(());
    }
    let value = |lot: &Lot| serde_json::to_value(lot).unwrap_or_default();
    let (expected, told) = (value(expected), value(told));
    let fields = expected.as_object().into_iter().flatten();
    let wrong = fields.into_iter().find(|(name, value)| told[name.as_str()] != **value);
    let (name, value) = wrong.ok_or("the record is not what it has to be")?;
    Err(format!("{name} is {}, and follows as {value}", told[name.as_str()]))
}
