//! What waits, held against the core over the histories that it keeps: whoever is told that something waits may do it, what
//! is over waits for nobody, and the day that is told is the last one.

mod answers;
#[path = "../../../engine/tests/histories/read.rs"]
mod read;
mod world;

use answers::{NOT_MADE, command};
use market_data::{
    records::{Key, Kind, Records, Told},
    waits::{Does, Party, Wait, Who},
};
use protocol::{
    Bounded, Command, LotId, Notice, Record, Reject, Request, Stamped, Timestamp, UserId,
    command::Op,
    pledge::{LoanState, PledgeState},
    questions::AskLot,
    transfer::TransferState,
};
use read::History;
use std::collections::{BTreeMap, BTreeSet};
use world::World;

/// The histories that are kept, and one more: they are from before there were questions about a lot.
fn histories() -> Vec<History> {
    let mut all = read::histories();
    let asked = all.iter().find_map(asked).expect("a lot is announced in one of them");
    all.push(asked);
    all
}

/// A history up to its first lot that somebody asks about.
fn asked(history: &History) -> Option<History> {
    let mut world = World::new();
    for (place, command) in history.iter().enumerate() {
        world.apply(command);
        // Of units, no record tells who sells.
        if !matches!(&command.body.command, Command::AnnounceLot(terms) if !terms.assets.is_empty()) {
            continue;
        }
        let ask = Command::AskLot(Box::new(AskLot {
            lot: LotId::from(command.seq),
            question: Bounded::new("?").expect("a short text"),
        }));
        let takes = |user: &UserId| world.trial().refused(*user, world.at(), &ask) == Some(Ok(()));
        if let Some(by) = world.users().into_iter().find(takes) {
            let mut longer = history[..=place].to_vec();
            longer.push(Stamped {
                seq: command.seq.next(),
                at: command.at,
                body: Request {
                    by,
                    client: None,
                    command: ask,
                },
            });
            return Some(longer);
        }
    }
    None
}

/// An entry by which it is known again.
type Name = (Party, Key, Does);

fn name(wait: &Wait) -> Name {
    (wait.party, wait.record, wait.does)
}

/// Everything that waits now, by its name.
fn waits(world: &World) -> BTreeMap<Name, Wait> {
    let today = world.at().venue_date();
    let waits = world.market.waits();
    let begun = waits.all().filter(|wait| wait.from.is_none_or(|from| from <= today));
    begun.map(|wait| (name(wait), wait.clone())).collect()
}

/// Goes through all histories, and shows each moment at which something waits that did not wait before.
fn through(mut see: impl FnMut(&World, &[Wait])) {
    let mut before: History = Vec::new();
    for history in histories() {
        // What a history shares with the one before was seen with that.
        let shared = history
            .iter()
            .zip(&before)
            .take_while(|(one, other)| one == other)
            .count();
        let (mut world, mut known) = (World::new(), BTreeMap::new());
        for (place, asked) in history.iter().enumerate() {
            world.apply(asked);
            let now = waits(&world);
            let new: Vec<Wait> = now
                .iter()
                .filter(|(name, _)| !known.contains_key(*name))
                .map(|(_, wait)| wait.clone())
                .collect();
            if place >= shared && !new.is_empty() {
                see(&world, &new);
            }
            known = now;
        }
        before = history;
    }
}

/// Refusals that say that this is nobody's to do, or not now.
const NOT_THEIRS: [Reject; 16] = [
    Reject::NotPermitted,
    Reject::NotAParty,
    Reject::StateForbids,
    Reject::LotClosed,
    Reject::NotRevealing,
    Reject::NothingOwed,
    Reject::NothingToFund,
    Reject::NoPriority,
    Reject::NotQualified,
    Reject::SamePerson,
    Reject::UnknownTransfer,
    Reject::UnknownLicence,
    Reject::UnknownLoan,
    Reject::UnknownPledge,
    Reject::UnknownDisposal,
    Reject::UnknownProposal,
];

/// Who of its party may give what answers an entry.
fn givers(world: &World, wait: &Wait) -> Vec<UserId> {
    let users = world.users_of(wait.party).into_iter();
    users
        .filter(|user| match wait.who {
            Who::Anyone => true,
            Who::Only(only) => *user == only,
            Who::Having(roles) => world.roles(*user).has_any(roles),
            Who::Second(by) => *user != by,
        })
        .collect()
}

#[test]
fn whoever_is_told_that_something_waits_may_do_it() {
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    let not_made: BTreeSet<&str> = NOT_MADE.iter().map(|(op, _)| op.name()).collect();
    let mut made_once: BTreeSet<&str> = BTreeSet::new();
    through(|world, new| {
        for wait in new {
            let word = wait.does.word();
            let count = tried.entry(word).or_default();
            // Of each kind the first ones; the rest are alike.
            if *count >= 20 {
                continue;
            }
            let made: Vec<_> = wait
                .does
                .operations()
                .iter()
                .filter_map(|op| Some((*op, command(world, wait, *op, world.at().venue_date())?)))
                .collect();
            let expected = wait.does.operations().iter().filter(|op| !not_made.contains(op.name()));
            made_once.extend(made.iter().map(|(op, _)| op.name()));
            if made.is_empty() {
                assert_eq!(expected.count(), 0, "{wait:?} has a command that is not made");
                continue;
            }
            *count += 1;
            let users = givers(world, wait);
            // A history may have no user of a house, or no second one.
            let mut told = Vec::new();
            let done = users.is_empty()
                || users.iter().any(|user| {
                    made.iter().any(
                        |(op, command)| match world.trial().refused(*user, world.at(), command) {
                            None | Some(Ok(())) => true,
                            Some(Err(reject)) => {
                                told.push(format!("{} {}", op.name(), reject.code()));
                                !NOT_THEIRS.contains(&reject)
                            }
                        },
                    )
                });
            if !done {
                told.dedup();
                wrong.insert(format!("{word}: {told:?} {wait:?}"));
            }
        }
    });
    // Of what is told, every command is made, or stands among those that can't be, with its reason.
    let told: BTreeSet<&str> = tried.keys().copied().collect();
    let answering = Does::ALL.iter().filter(|does| told.contains(does.word()));
    let answering: BTreeSet<&str> = answering
        .flat_map(|does| does.operations())
        .map(|op| op.name())
        .collect();
    let missing: Vec<_> = answering.difference(&made_once).copied().collect();
    assert!(missing.iter().copied().eq(not_made.iter().copied()), "{missing:?}");
    assert_eq!(told.len(), Does::ALL.len(), "a kind that no history shows: {told:?}");
    println!("{tried:?}");
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// A record's word and its state's, as they are told.
fn state_of(told: &Told) -> (String, String) {
    let value = match told {
        Told::Record(record) => serde_json::to_value(record).expect("plain data"),
        Told::Notice(notice) => serde_json::to_value(notice).expect("plain data"),
    };
    let (kind, value) = value.as_object().and_then(|of| of.iter().next()).expect("one member");
    let state = ["state", "ended"].iter().find_map(|name| value.get(name)?.as_str());
    let state = state.map_or_else(
        || match value.get("given").or_else(|| value.get("standing")) {
            Some(given) => given.to_string(),
            None => "-".to_owned(),
        },
        str::to_owned,
    );
    (kind.clone(), state)
}

/// What waits of records in each state, over all histories: the table that is read in review.
const TABLE: &str = include_str!("table.txt");

#[test]
fn what_waits_of_a_record_in_each_state() {
    let mut table: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut before: History = Vec::new();
    for history in histories() {
        let shared = history
            .iter()
            .zip(&before)
            .take_while(|(one, other)| one == other)
            .count();
        let mut world = World::new();
        for (place, asked) in history.iter().enumerate() {
            world.apply(asked);
            if place < shared {
                continue;
            }
            let (records, waits) = (world.market.records(), world.market.waits());
            let changed = all(&records, asked.seq);
            for told in changed {
                table.entry(state_of(&told)).or_default();
            }
            for wait in waits.all() {
                if let Some(version) = records.get(wait.record) {
                    let party = match wait.party {
                        Party::House(_) => "house",
                        Party::Operators => "operators",
                        Party::Courts => "courts",
                    };
                    let of = table.entry(state_of(&version.told)).or_default();
                    of.insert(format!("{}({party})", wait.does.word()));
                }
            }
        }
        before = history;
    }
    let lines = table.iter().map(|((kind, state), waits)| {
        let waits = waits.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        format!("{kind} {state}: {}\n", if waits.is_empty() { "-" } else { &waits })
    });
    let found: String = lines.collect();
    if std::env::var_os("ZHIHENG_RENEW").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/waits/table.txt");
        std::fs::write(path, &found).expect("the table can be written");
        return;
    }
    assert_eq!(found, TABLE, "renew with ZHIHENG_RENEW=1, and read what changed");
}

/// What this command changed.
fn all(records: &Records, seq: protocol::Seq) -> Vec<Told> {
    let kinds = [
        Kind::Title,
        Kind::Hold,
        Kind::Licence,
        Kind::Consumption,
        Kind::Transfer,
        Kind::Interest,
        Kind::Bidder,
        Kind::Proposal,
        Kind::Withdrawal,
        Kind::Loan,
        Kind::Pledge,
        Kind::Insurance,
        Kind::LoanPlan,
        Kind::Security,
        Kind::SalePress,
        Kind::PoolStanding,
        Kind::Subsidy,
        Kind::OfficerFile,
        Kind::Disposal,
        Kind::ReverseLicence,
        Kind::Conversion,
        Kind::Put,
        Kind::Taking,
        Kind::ConnectedBuyer,
        Kind::Correction,
        Kind::Lot,
    ];
    let each = kinds
        .into_iter()
        .flat_map(|kind| records.list(kind, None, usize::MAX, None));
    each.filter(|version| version.seq == seq)
        .map(|version| version.told.clone())
        .collect()
}

/// Whether a record is at an end from which nothing leads on.
fn is_over(told: &Told) -> bool {
    match told {
        Told::Record(Record::Transfer(sale)) => matches!(
            sale.state,
            TransferState::Released | TransferState::Refunded | TransferState::Cancelled
        ),
        Told::Record(Record::Disposal(case)) => case.state.is_over(),
        Told::Record(Record::Loan(loan)) => loan.state == LoanState::Repaid,
        Told::Record(Record::Pledge(pledge)) => !pledge.state.is_active() && !pledge.state.is_pending(),
        Told::Record(Record::ReverseLicence(licence)) => !licence.state.is_live(),
        Told::Record(Record::Proposal(proposal)) => proposal.decided_by.is_some(),
        Told::Record(Record::Put(put)) => put.ended.is_some(),
        Told::Record(Record::Security(security)) => security.ended.is_some(),
        Told::Notice(Notice::Lot(lot)) => !lot.state.is_live() && lot.step_by.is_none() && lot.price.is_none(),
        _ => false,
    }
}

#[test]
fn what_is_over_waits_for_nobody() {
    let mut seen = 0;
    through(|world, _| {
        let (records, waits) = (world.market.records(), world.market.waits());
        for wait in waits.all() {
            let version = records.get(wait.record).expect("an entry names a record");
            assert!(!is_over(&version.told), "{wait:?} of {:?}", version.told);
            seen += 1;
        }
    });
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn a_state_that_a_deadline_ends_is_told_with_its_day() {
    let mut seen = BTreeSet::new();
    through(|world, _| {
        let (records, waits) = (world.market.records(), world.market.waits());
        let told: BTreeSet<Key> = waits
            .all()
            .filter(|wait| wait.until.is_some())
            .map(|wait| wait.record)
            .collect();
        let offers = |id| told.contains(&Key::new(Kind::Offer, id)) || told.contains(&Key::new(Kind::Transfer, id));
        for version in records.list(Kind::Transfer, None, usize::MAX, None) {
            let Told::Record(Record::Transfer(sale)) = &version.told else {
                continue;
            };
            // What a court sold passes by its ruling, for which no day is set.
            let court = sale.basis == protocol::transfer::LegalBasis::Judicial;
            let waits = match sale.state {
                TransferState::Contract | TransferState::PriorityWindow => true,
                TransferState::EscrowFunded => !court,
                _ => false,
            };
            assert!(!waits || offers(sale.transfer.0), "{sale:?}");
            seen.extend(waits.then_some("sale"));
        }
        for version in records.list(Kind::Pledge, None, usize::MAX, None) {
            let Told::Record(Record::Pledge(pledge)) = &version.told else {
                continue;
            };
            let waits = pledge.state == PledgeState::Submitted && pledge.window.is_some();
            assert!(!waits || told.contains(&version.key), "{pledge:?}");
            seen.extend(waits.then_some("pledge"));
        }
        for version in records.list(Kind::Lot, None, usize::MAX, None) {
            let Told::Notice(Notice::Lot(lot)) = &version.told else {
                continue;
            };
            let bidders = |wait: &&Wait| wait.record.kind == Kind::Bidder && wait.record.numbers[0] == lot.lot.0;
            let waits_for = lot.step_by.is_some() && !matches!(lot.format, protocol::auction::Format::Uniform(_));
            let is = told.contains(&version.key) || waits.all().any(|wait| bidders(&wait));
            assert!(!waits_for || is, "{lot:?}");
            seen.extend(waits_for.then_some("lot"));
        }
        for version in records.list(Kind::ReverseLicence, None, usize::MAX, None) {
            let Told::Record(Record::ReverseLicence(licence)) = &version.told else {
                continue;
            };
            let waits = licence.last.is_some() && licence.state != protocol::reverse::ReverseLicenceState::Consented;
            assert!(!waits || told.contains(&version.key), "{licence:?}");
            seen.extend(waits.then_some("licence"));
        }
    });
    assert_eq!(seen.len(), 4, "{seen:?}");
}

/// What a day ends by itself: a moment later the deadline has fired. Of the others a day is told that nothing fires on, and
/// why.
fn fires(does: Does) -> bool {
    match does {
        Does::ApproveProposal
        | Does::HoldEnds
        | Does::PayDues
        | Does::AnswerLicence
        | Does::PayLicence
        | Does::ReportConsumption
        | Does::BidForTitle
        | Does::AnswerPriority
        | Does::AnswerSecondOffer
        | Does::SignContract
        | Does::FundEscrow
        | Does::ResumeLot
        | Does::ConfirmLot
        | Does::NegotiateLot
        | Does::PayLot
        | Does::SettleDefault
        | Does::RevealBid
        | Does::AnswerPledge
        | Does::QualifyInterest
        | Does::CheckExport
        | Does::CallGuarantor
        | Does::ConsentReverseLicence
        | Does::PayReverseFee
        | Does::SignPut
        | Does::ExercisePut => true,
        // The price is held, so a late filing is told and ends nothing: the second time nothing fires.
        Does::FileRecordal | Does::ReleaseForSale | Does::DecideLateFiling => false,
        // The limitation runs on while payments and demands interrupt it: it fires once, where nothing did.
        Does::CollectLoan | Does::EnforceDefault => false,
        // A duty under the office's own rule: late is late, and nothing fires.
        Does::RecordLicence => false,
        // Its days are asked by the commands that keep them.
        Does::GiveSecurity | Does::AnswerPress | Does::TakeAtReserve | Does::GoOnWithConversion => false,
        // The alarm runs on the nominal day, which may come before.
        Does::SellShares | Does::SellTaken => false,
        // The lot's end ends it, and bids move that.
        Does::AnswerQuestion => false,
        // No deadline runs.
        Does::ApproveWithdrawal
        | Does::BookWithdrawal
        | Does::VerifyRight
        | Does::AnswerRecordal
        | Does::ServeRuling
        | Does::ConfirmDelivery
        | Does::SignPledge
        | Does::MendPledge
        | Does::ReleasePledge
        | Does::AgreeInsurance
        | Does::SignPlan
        | Does::PayGuarantee
        | Does::PayInsurance
        | Does::SellEarly
        | Does::AskCourt
        | Does::GoOnWithCase
        | Does::Distribute
        | Does::AgreeCorrection
        | Does::ConsentConnectedBuyer
        | Does::ClaimOnPool
        | Does::DecidePoolClaim
        | Does::Recover
        | Does::DecideSubsidy
        | Does::CompleteFile => false,
    }
}

/// Whether what was told changes the record of an entry.
fn changed(wait: &Wait, told: &[Told]) -> bool {
    let (kind, number) = (wait.record.kind, wait.record.numbers[0]);
    told.iter().any(|told| match told {
        Told::Record(Record::Transfer(sale)) => {
            matches!(kind, Kind::Transfer | Kind::Offer | Kind::Interest) && sale.transfer.0 == number
        }
        Told::Record(Record::Proposal(proposal)) => kind == Kind::Proposal && proposal.proposal.0 == number,
        Told::Record(Record::Hold(hold)) => kind == Kind::Hold && hold.hold.0 == number,
        Told::Record(Record::Title(title)) => kind == Kind::Title && u64::from(title.asset.0) == number,
        Told::Record(Record::Licence(licence)) => kind == Kind::Licence && licence.licence.0 == number,
        Told::Record(Record::Consumption(_)) => kind == Kind::Consumption,
        Told::Record(Record::Pledge(pledge)) => kind == Kind::Pledge && u64::from(pledge.pledge.0) == number,
        Told::Record(Record::Loan(loan)) => kind == Kind::Loan && loan.loan.0 == number,
        Told::Record(Record::ReverseLicence(licence)) => kind == Kind::ReverseLicence && licence.licence.0 == number,
        Told::Record(Record::Put(put)) => kind == Kind::Put && put.put.0 == number,
        Told::Record(Record::Forfeit(forfeit)) => kind == Kind::Lot && forfeit.lot.0 == number,
        Told::Notice(Notice::Lot(lot)) => matches!(kind, Kind::Lot | Kind::Bidder) && lot.lot.0 == number,
        _ => false,
    })
}

#[test]
fn the_day_that_is_told_is_the_last_one() {
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = BTreeSet::new();
    through(|world, new| {
        for wait in new {
            let Some(until) = wait.until.filter(|_| fires(wait.does)) else {
                continue;
            };
            let count = tried.entry(wait.does.word()).or_default();
            if *count >= 25 || until.late_at() <= world.at() {
                continue;
            }
            *count += 1;
            let late_at = until.late_at();
            let mut trial = world.trial();
            let early = trial.fires(Timestamp(late_at.0 - 1));
            let late = trial.fires(late_at);
            // Where dues fall on a day off, or lay in an outage, they are late some days after: never before.
            let later = wait.does == Does::PayDues && {
                let later = trial.fires(Timestamp(late_at.0 + 30 * protocol::time::DAY));
                changed(wait, &later)
            };
            if !later && !changed(wait, &late) && !changed(wait, &early) {
                wrong.insert(format!("{}: nothing fires at {late_at}: {wait:?}", wait.does.word()));
            }
        }
    });
    println!("{tried:?}");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_command_is_in_time_to_the_end_of_its_day_and_not_a_moment_longer() {
    // What answers an entry and is refused once its day is over, though it was taken on it.
    let answered = [
        (Does::FundEscrow, Op::FundEscrow),
        (Does::SignContract, Op::SignContract),
        (Does::PayLot, Op::PayLot),
        (Does::AnswerPriority, Op::AnswerPriority),
        (Does::BidForTitle, Op::WithdrawInterest),
        (Does::ConfirmLot, Op::ConfirmLot),
        (Does::NegotiateLot, Op::NegotiateLot),
        (Does::ConsentReverseLicence, Op::TerminateReverseLicence),
        (Does::AnswerLicence, Op::WithdrawLicence),
        (Does::ApproveProposal, Op::Refuse),
        (Does::QualifyInterest, Op::QualifyInterest),
        (Does::HoldEnds, Op::LiftHold),
        (Does::SignPut, Op::EndPut),
        (Does::ResumeLot, Op::ResumeLot),
    ];
    let mut tried: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut wrong = BTreeSet::new();
    through(|world, new| {
        for wait in new {
            let Some((does, op)) = answered.iter().find(|(does, _)| *does == wait.does) else {
                continue;
            };
            let Some(until) = wait.until.filter(|until| until.late_at() > world.at()) else {
                continue;
            };
            let count = tried.entry(does.word()).or_default();
            if count[0] >= 15 {
                continue;
            }
            let late_at = until.late_at();
            let last = Timestamp(late_at.0 - 1);
            let Some(asked) = command(world, wait, *op, last.venue_date()) else {
                continue;
            };
            let Some(user) = givers(world, wait).first().copied() else {
                continue;
            };
            let is_done = |at| world.trial().refused(user, at, &asked) == Some(Ok(()));
            // What money, or another day before this one, stands in the way of says nothing.
            if !is_done(last) {
                continue;
            }
            count[0] += 1;
            if is_done(late_at) {
                wrong.insert(format!("{}: taken at {late_at}: {wait:?}", does.word()));
            } else {
                count[1] += 1;
            }
        }
    });
    println!("{tried:?}");
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
    for (does, _) in answered {
        let counts = tried.get(does.word()).copied().unwrap_or_default();
        assert!(counts[1] > 0, "{}: no history shows its day: {tried:?}", does.word());
    }
}

#[test]
fn what_is_kept_is_what_would_be_made_anew_and_two_houses_share_no_entry() {
    let last: Vec<History> = histories();
    for history in last.iter().step_by(3) {
        let mut world = World::new();
        for asked in history {
            world.apply(asked);
        }
        let today = world.at().venue_date();
        let waits = world.market.waits();
        let mut by_party: BTreeMap<Party, Vec<&Wait>> = BTreeMap::new();
        for wait in waits.all().filter(|wait| wait.from.is_none_or(|from| from <= today)) {
            by_party.entry(wait.party).or_default().push(wait);
        }
        for (party, mut expected) in by_party {
            expected.sort_by_key(|wait| wait.place());
            let whole = waits.page(&[party], None, usize::MAX, today);
            assert!(
                whole.iter().map(AsRef::as_ref).eq(expected.iter().copied()),
                "{party:?}"
            );
            assert!(whole.iter().all(|wait| wait.party == party), "{party:?}");
            // Page by page it is the same.
            let (mut after, mut found) = (None, Vec::new());
            loop {
                let page = waits.page(&[party], after, 2, today);
                after = page.last().map(|wait| wait.place());
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            assert_eq!(found, whole);
        }
    }
}
