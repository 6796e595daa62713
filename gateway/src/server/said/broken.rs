//! A rule that a command broke, told with what the core's word leaves out: which field is meant, and how many days, or
//! which limit, the rule asks.
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
    describe::{Object, Shape},
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
        if let Some(field) = self.field(reject) {
            problem = problem.at_field(field);
        }
        match self.asked(reject, market) {
            Some(asked) => problem.hint(asked),
            None => problem,
        }
    }

    /// The field that the rule is about, as a JSON Pointer; none where it is about several, or about none.
    fn field(self, reject: Reject) -> Option<String> {
        let Shape::Object(command) = self.op.shape() else {
            return None;
        };
        fields(reject).iter().find_map(|name| place(command, name))
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

/// Where a field of this name stands in a command, if it does: by itself, or within an object, or within a list, of
/// which the list alone is named.
fn place(object: &Object, name: &str) -> Option<String> {
    let own = object.fields.iter().find(|field| field.name == name);
    if own.is_some() {
        return Some(format!("/{name}"));
    }
    object.fields.iter().find_map(|field| match within(&field.shape) {
        (Some(inner), false) => Some(format!("/{}{}", field.name, place(inner, name)?)),
        (Some(inner), true) => place(inner, name).map(|_| format!("/{}", field.name)),
        (None, _) => None,
    })
}

/// The object that a shape is or holds, and whether it holds several.
fn within(shape: &Shape) -> (Option<&'static Object>, bool) {
    match shape {
        Shape::Object(object) => (Some(object), false),
        Shape::Optional(inner) | Shape::OrBoolean(inner) => within(inner),
        Shape::List(item) => (within(item).0, true),
        Shape::Integer(_) | Shape::Boolean | Shape::Text(..) | Shape::Word(_) | Shape::OneOf(..) => (None, false),
    }
}

/// The fields that a rule may be about; of a command that has several of them, the first.
const fn fields(reject: Reject) -> &'static [&'static str] {
    match reject {
        Reject::UnknownUser => &["user_id"],
        Reject::UnknownEntity => &["entity_id", "owner_id", "licensee_id"],
        Reject::UnknownKey | Reject::KeyRevoked => &["key_id"],
        Reject::UnknownAccount | Reject::NotYourAccount | Reject::InsufficientCash | Reject::InsufficientUnits => {
            &["account_id", "issue_to_account_id"]
        }
        Reject::UnknownAsset | Reject::AssetExpired | Reject::NotVerified | Reject::RightFrozen => {
            &["asset_id", "asset_ids"]
        }
        Reject::UnknownInstrument | Reject::NotTrading | Reject::SymbolExists => &["symbol"],
        Reject::UnknownOrder => &["order_id"],
        Reject::UnknownHold => &["hold_id"],
        Reject::UnknownLicence => &["licence_id"],
        Reject::UnknownOpenLicence => &["open_licence_id"],
        Reject::UnknownTranche => &["tranche_id"],
        Reject::UnknownTransfer => &["transfer_id"],
        Reject::UnknownProposal | Reject::ProposalDecided => &["proposal_id"],
        Reject::UnknownLot => &["lot_id"],
        Reject::UnknownWithdrawal => &["withdrawal_id"],
        Reject::UnknownLoan => &["loan_id"],
        Reject::UnknownPledge => &["pledge_id"],
        Reject::UnknownPool | Reject::PoolOfOthers => &["pool_id"],
        Reject::SuitUnknown => &["served_on"],
        Reject::InsuranceInvalid => &["terms"],
        Reject::ReGuaranteeInvalid => &["shares", "part_bps"],
        Reject::UnknownConversion => &["conversion_id"],
        Reject::UnknownMeasure | Reject::MeasureOver => &["measure_id"],
        Reject::UnknownSubsidy => &["subsidy_id"],
        Reject::SubsidyCostsInvalid => &["costs"],
        Reject::NotFirstLoan => &["first_loan_sha256"],
        Reject::BooksOlder | Reject::BooksTold | Reject::BooksNotTold => &["on"],
        Reject::StepShown => &["step"],
        Reject::UnknownPut => &["put_id"],
        Reject::NotUnsold | Reject::NotOfPut | Reject::TakingTooLate => &["lot_id"],
        Reject::BuyerNotNamed => &["entity_id"],
        Reject::BuyerRulesInvalid => &["rules"],
        Reject::IssuerInvalid => &["issuer"],
        Reject::RateMissing => &["rates"],
        Reject::ClaimFactInvalid => &["befell"],
        Reject::CorrectionOver | Reject::UnknownQuestion | Reject::AlreadyAnswered => &["number"],
        Reject::NothingToWithhold => &["part"],
        Reject::NotEnrolled | Reject::AlreadyEnrolled => &["loan_id"],
        Reject::IpShareNotStated | Reject::IpShareBelowHalf => &["ip_share"],
        Reject::UnknownReverseLicence => &["reverse_licence_id"],
        Reject::LicenseeNotOwner => &["licensee_id"],
        Reject::LicenceDaysInvalid => &["fees"],
        Reject::FeeNotOpen => &["due_on"],
        Reject::FeeAmountInvalid => &["amount"],
        Reject::RulesVersionUnsupported => &["rules_version"],
        Reject::FeesOutOfRange => &["fees"],
        Reject::CalendarInvalid => &["calendar"],
        Reject::ApprovalMissing => &["approval"],
        Reject::IdentifierInvalid | Reject::WarnNeedsReview | Reject::EntityExists => &["legal_id"],
        Reject::RolesInvalid => &["roles"],
        Reject::ScopesInvalid => &["scopes"],
        Reject::NetworksInvalid => &["networks"],
        Reject::BeneficiariesInvalid => &["beneficiary_ids"],
        Reject::ApproversInvalid => &["approver_user_ids"],
        Reject::DeputyInvalid => &["deputy"],
        Reject::OfficeInvalid => &["office", "country"],
        Reject::NumberInvalid | Reject::AssetExists => &["number"],
        Reject::ClassificationInvalid => &["classifications"],
        Reject::TickInvalid => &["tick"],
        Reject::BandInvalid | Reject::BandTooWide => &["price_high"],
        Reject::LotInvalid => &["lot"],
        Reject::SupplyInvalid => &["supply"],
        Reject::ExtractStale | Reject::ExtractMissing => &["extract"],
        Reject::QuantityInvalid | Reject::QuantityTooLarge | Reject::SupplyExhausted | Reject::TrancheFull => {
            &["quantity"]
        }
        Reject::PriceOutsideBand | Reject::PriceOffTick => &["price"],
        Reject::AmountInvalid | Reject::MoneyLimit => &["amount"],
        Reject::ReferenceExists => &["reference"],
        Reject::TerritoryInvalid => &["territories"],
        Reject::FieldInvalid => &["fields"],
        Reject::HoldTermInvalid => &["until_on"],
        Reject::DisclosureInvalid => &["disclosure_days"],
        Reject::BidBelowAsk
        | Reject::BidBelowIncrement
        | Reject::BidBelowStart
        | Reject::BidBelowStep
        | Reject::BidOffGrid => &["price"],
        Reject::MaximumLowered | Reject::MaximaNotTaken => &["maximum"],
        Reject::NoticeTooShort => &["opens_at"],
        Reject::ViewingTooShort => &["viewing_days"],
        Reject::DepositOutOfRange => &["deposit"],
        Reject::ReserveInvalid => &["reserve"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_a_rule_names_is_one_of_a_command() {
        let commands = || {
            Op::ALL.iter().filter_map(|op| match op.shape() {
                Shape::Object(object) => Some(object),
                _ => None,
            })
        };
        let known = |name: &str| commands().any(|command| place(command, name).is_some());
        let unknown: Vec<_> = Reject::ALL
            .iter()
            .flat_map(|&reject| fields(reject).iter().map(move |name| (reject, *name)))
            .filter(|(_, name)| !known(name))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn a_field_is_found_where_it_stands() {
        let field = |op, reject| {
            let subject = Subject {
                op,
                instrument: None,
                bid: None,
                lot: None,
            };
            subject.field(reject)
        };
        assert_eq!(field(Op::PlaceOrder, Reject::PriceOffTick).as_deref(), Some("/price"));
        assert_eq!(
            field(Op::ListUnits, Reject::TickInvalid).as_deref(),
            Some("/terms/tick")
        );
        assert_eq!(
            field(Op::RegisterRights, Reject::NumberInvalid).as_deref(),
            Some("/rights")
        );
        assert_eq!(field(Op::PlaceOrder, Reject::UnknownLot), None);
    }
}
