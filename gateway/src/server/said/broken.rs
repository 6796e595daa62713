//! A rule that a command broke, told with what the core's word leaves out: which field is meant (`Op::field` of the
//! protocol), and how many days, or which limit, the rule asks.
//!
//! What always holds: what is told here is public or the caller's own, and the code says what it said before.

use super::problem::Problem;
use crate::{
    json::scalar::{write_digest, write_money, write_price, write_quantity, write_time},
    proof::auction_log::rungs_around,
};
use market_data::{
    MarketData,
    records::{Key, Kind, Told},
};
use protocol::{
    Answer, Command, InstrumentId, LotId, Money, Notice, Reject,
    auction::{Format, Pause, PauseGround},
    command::Op,
    control::RuleBook,
    listing::BookTerms,
    maxima::Maxima,
};

/// What a refusal of a command may be about. Small: what is done pays nothing for it.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    op: Op,
    instrument: Option<InstrumentId>,
    /// For which lot something was bid, and how much, in minor units.
    bid: Option<(LotId, i64)>,
    /// The lot that a bidder's command is about.
    lot: Option<LotId>,
}

impl Subject {
    pub(crate) fn of(command: &Command) -> Self {
        let instrument = match command {
            Command::PlaceOrder(order) => Some(order.instrument),
            Command::IssueUnits(issue) => Some(issue.instrument),
            _ => None,
        };
        let bid = match command {
            Command::BidLot(bid) => Some((bid.lot, bid.price)),
            Command::SetMaximum(set) => Some((set.lot, set.maximum)),
            _ => None,
        };
        Self {
            op: command.op(),
            instrument,
            bid: bid.map(|(lot, amount)| (lot, amount.money.minor())),
            lot: command.secret_of(),
        }
    }

    /// The problem of a rule that this command broke.
    pub(crate) fn broke(self, reject: Reject, answer: &Answer, market: &MarketData) -> Problem {
        let mut problem = Problem::rejected(reject, answer);
        if let Some(field) = self.op.field(reject) {
            problem = problem.at_field(field);
        }
        match self.asked(reject, market) {
            Some(asked) => problem.hint(asked),
            None => problem,
        }
    }

    /// What the rule asks, in numbers.
    fn asked(self, reject: Reject, market: &MarketData) -> Option<String> {
        let of_terms = |say: &dyn Fn(&BookTerms) -> String| {
            let listed = market.directory().instrument(self.instrument?).cloned()?;
            Some(say(&listed.terms))
        };
        let in_book = || {
            let told = market.records().rule_book();
            told.or_else(|| Some(RuleBook::of(market.directory().epoch()?.profile)))
        };
        let price = |terms: &BookTerms, price| write_price(price, Some(terms.currency));
        match reject {
            Reject::PriceOutsideBand => of_terms(&|terms| {
                format!(
                    "{} to {}",
                    price(terms, terms.price_low),
                    price(terms, terms.price_high)
                )
            }),
            Reject::BidOffGrid => self.neighbours(market),
            Reject::PriceOffTick => of_terms(&|terms| format!("a multiple of {}", price(terms, terms.tick))),
            Reject::QuantityInvalid => of_terms(&|terms| format!("a multiple of {}", write_quantity(terms.lot))),
            Reject::QuantityTooLarge => of_terms(&|terms| format!("at most {}", write_quantity(terms.order_max))),
            Reject::SupplyExhausted => {
                let listed = market.directory().instrument(self.instrument?).cloned()?;
                let (supply, issued) = (write_quantity(listed.terms.supply), write_quantity(listed.issued()));
                Some(format!("{issued} of {supply} are issued"))
            }
            Reject::LotPaused => self.pause(market),
            Reject::ExtractStale => Some(format!("at most {} days old", in_book()?.extract_days)),
            Reject::DisclosureInvalid => {
                let book = in_book()?;
                Some(format!(
                    "at least {} working days, {} for what the State owns, and at most 366",
                    book.disclosure_days, book.state_disclosure_days
                ))
            }
            Reject::T5Lock => Some(format!("{} trading days", in_book()?.lock_days)),
            Reject::HolderCap => Some(format!("at most {} holders", in_book()?.holder_cap?)),
            Reject::ValueNotFallen => Some(format!("by {} per cent at least", in_book()?.fall_pct())),
            Reject::NotPressed => Some(format!("within {} days", in_book()?.press_days())),
            Reject::ProposalDecided => Some(format!(
                "one lapses after {} days, or with the legal deadline that waits for it",
                in_book()?.proposal_days
            )),
            Reject::HoldTermInvalid => {
                let book = in_book()?;
                Some(format!(
                    "at most {} months for a preservation order on a patent, {} for a court's hold on a trademark",
                    book.preservation_months, book.court_hold_months
                ))
            }
            _ => None,
        }
    }
}

impl Subject {
    /// Why the lot stands still.
    fn pause(self, market: &MarketData) -> Option<String> {
        let records = market.records();
        let told = records.get(Key::new(Kind::Lot, self.lot?.0))?;
        let Told::Notice(Notice::Lot(lot)) = &told.told else {
            return None;
        };
        let Pause {
            ground,
            since,
            evidence,
        } = lot.pause?;
        let why = match ground {
            PauseGround::Outage => "nobody could bid",
            PauseGround::Venue => "the venue paused it",
            PauseGround::Court => "a court had it paused",
        };
        let digest = evidence.map(|digest| format!(", on the ground of digest {}", write_digest(digest)));
        let since = write_time(since);
        Some(format!(
            "{why}, since {since}{}; an operator resumes it",
            digest.unwrap_or_default()
        ))
    }

    /// The prices on both sides of a bid that lies between the steps of its lot.
    fn neighbours(self, market: &MarketData) -> Option<String> {
        let (lot, price) = self.bid?;
        let records = market.records();
        let told = records.get(Key::new(Kind::Lot, lot.0))?;
        let Told::Notice(Notice::Lot(lot)) = &told.told else {
            return None;
        };
        let (steps, from) = match &lot.format {
            // Where maxima lie on the ladder that begins at the start, so do bids; else it runs on from the best bid.
            Format::Ascending(terms) if terms.maxima == Maxima::Ladder => (&terms.steps, terms.start),
            Format::Ascending(terms) => (&terms.steps, lot.best.unwrap_or(terms.start)),
            Format::SellOff(terms) => (&terms.steps, lot.best.unwrap_or(terms.start)),
            _ => return None,
        };
        let (below, above) = rungs_around(steps, from.money.minor(), price);
        let amount = |minor| write_money(Money::from_minor(minor), from.currency);
        Some(format!(
            "the steps beside it are {} and {}",
            amount(below),
            amount(above)
        ))
    }
}
