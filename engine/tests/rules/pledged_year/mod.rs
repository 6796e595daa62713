//! A year of pledges on the live core, judged by a paper that shares nothing with the engine but units: loans of several
//! holders, pledges of several ranks and maximum amounts, consents, plans, defaults and cures, disposals by each road and
//! each other way out (licensed back, turned into shares, put to a fund, taken), pools, and each fen of what they bring.
//!
//! Each evening every account, every hold, every title and every debt is compared; after each payout the statement too. At
//! the year's end each case is over, or says why it is not. `ZHIHENG_SEARCH=66` makes the 50,000 cases of a long run; it goes
//! on past a year that fails, and says at its end which have. `ZHIHENG_YEAR=277` runs that year alone, on each profile, and
//! writes down all that is asked in it and all that is told: a line each, with its place in the journal, by which a deal's
//! number is found.

mod acts;
mod cases;
mod converted;
mod deal;
mod debt;
mod fees;
mod left;
mod licensed;
mod matter;
mod offers;
mod paper;
mod payout;
mod pooled;
mod pools;
mod told;
mod venue;

use crate::floor::{searches_all, times};
use protocol::rules::Profile;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
};
use venue::Year;

/// Years on each profile.
const SEEDS: u64 = 8;

/// Years that failed once. In 277 the last right of a claim was declared void once shares were issued for it, and what was
/// held in place of rights stayed held when the pledge went. In 452 a claim came back to who had taken its consent back. In
/// 501 a default was to be cured on the very day on which all of the debt fell due.
const ONCE_FAILED: [(Profile, u64); 3] = [
    (Profile::CnVenue, 277),
    (Profile::CnVenue, 452),
    (Profile::UnitMarket, 501),
];

/// What the years of a profile have to have seen, all seeds taken together: every road and every end of a case, and every
/// gate in the way.
const ENDS: [&str; 120] = [
    "cases",
    "cases closed",
    "cases cured",
    "cases given up",
    "claimed on a pool",
    "claims assigned",
    "claims turned down",
    "claims turned into shares",
    "claims waived in part",
    "closed with a debt left",
    "consents",
    "consents revoked",
    "converted with a debt left",
    "covers that made room",
    "cured in a pool",
    "cures",
    "deals given up",
    "deals that ended",
    "debts cleared by a licence",
    "defaults",
    "deposits",
    "deposits applied",
    "deposits forfeited",
    "disposals",
    "distributions",
    "distributions by a court",
    "fees missed",
    "fees paid",
    "fees paid in grace",
    "fees paid in part",
    "given up without a plan",
    "in_full",
    "late fees settled early",
    "late interest on fees",
    "licences dissolved",
    "licences ended with their case",
    "licences expired",
    "licences settled early",
    "licences terminated",
    "licences under a consent",
    "listed by an owner",
    "listed in a case",
    "lots announced",
    "lots of a court",
    "lots withdrawn",
    "nothing stands pledged any more",
    "paid",
    "paid by the debtor",
    "paid in the debtor's place",
    "paid of what shares leave",
    "paid off",
    "plans",
    "plans after the default",
    "plans unsigned",
    "pool_short",
    "public_cap",
    "puts exercised",
    "recoveries shared",
    "refused",
    "refused by the office",
    "repaid in a pool",
    "rights declared void",
    "rights lapsed",
    "rights released",
    "sales by owners",
    "sales that failed",
    "sales undone by the venue",
    "taken",
    "taken from a court",
    "titles passed in a case",
    "titles passed under consents",
    "unpaid",
    "upkeep",
    "withdrawals",
    "written off",
    "ALREADY_DISTRIBUTED",
    "BANK_DIRECT_D2E",
    "BARRED_PARTY",
    "BELOW_MARKET",
    "CLAIMS_KNOWN",
    "CLAIM_NOT_FIXED",
    "CLAIM_SHARED",
    "CLAIM_SPOKEN_FOR",
    "CONSENT_REVOKED",
    "CURE_INCOMPLETE",
    "CURE_TOO_LATE",
    "DISPOSAL_OPEN",
    "DISTRIBUTED_BEFORE_RECORDED",
    "ENROLLED_AFTER_NPL",
    "FEE_AMOUNT_INVALID",
    "FEE_NOT_OPEN",
    "FULLY_RECOVERED",
    "GRACE_RUNS",
    "INSUFFICIENT_CASH",
    "IP_SHARE_NOT_STATED",
    "LICENCE_DAYS_INVALID",
    "LICENSEE_NOT_OWNER",
    "NOT_A_PARTY",
    "NOT_IN_DEFAULT",
    "NO_AUTHORITY",
    "PAYEE_ACCOUNT_MISSING",
    "PLAN_MISSING",
    "PLEDGE_CONSENT_REQUIRED",
    "PLEDGE_R9_PLEDGED",
    "POOL_BORROWER_CAP",
    "PREEMPTION_STANDS",
    "PUT_INVALID",
    "RELEASE_BEFORE_ESCROW",
    "RELEASE_BEFORE_REGISTERED",
    "RELEASE_MISSING",
    "REPAYMENT_INVALID",
    "SCHEME_INVALID",
    "SCHEME_MISSING",
    "SECOND_CLAIM",
    "STATE_FORBIDS",
    "TAKING_NOT_AGREED",
    "TITLE_ROAD_MISSING",
    "UNDER_DISPOSAL",
    "UNKNOWN_LOAN",
    "VOTE_SHORT",
];

/// The one year that is run, if it is one.
fn one_year() -> Option<u64> {
    let year = env::var("ZHIHENG_YEAR").ok()?;
    Some(year.parse().expect("the number of a year"))
}

/// The years of a profile.
fn years(profile: Profile) -> BTreeSet<u64> {
    if let Some(year) = one_year() {
        return [year].into();
    }
    let once_failed = ONCE_FAILED.into_iter().filter(|(of, _)| *of == profile);
    (0..times(SEEDS)).chain(once_failed.map(|(_, seed)| seed)).collect()
}

#[test]
fn a_year_of_pledges_adds_up_on_paper() {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let all = one_year().is_none() && searches_all();
    for profile in [Profile::CnVenue, Profile::UnitMarket] {
        let years = Mutex::new(years(profile));
        let sums = Mutex::new(BTreeMap::<&str, u64>::new());
        let failed = Mutex::new(BTreeSet::new());
        let run = |seed| {
            let year = || Year::run(seed, profile, one_year().is_some());
            let Ok(counts) = catch_unwind(AssertUnwindSafe(year)) else {
                eprintln!("in the year {seed} of {}", profile.word());
                failed.lock().unwrap().insert(seed);
                return;
            };
            let mut sums = sums.lock().unwrap();
            for (what, count) in counts {
                *sums.entry(what).or_default() += count;
            }
        };
        let next = || years.lock().unwrap().pop_first();
        thread::scope(|scope| {
            for _ in 0..cores {
                scope.spawn(|| {
                    while let Some(seed) = next() {
                        run(seed);
                    }
                });
            }
        });
        let (sums, failed) = (sums.into_inner().unwrap(), failed.into_inner().unwrap());
        eprintln!("{}: {sums:#?}", profile.word());
        assert!(failed.is_empty(), "{}: the years {failed:?} fail", profile.word());
        for end in ENDS.into_iter().filter(|_| all) {
            assert!(sums.contains_key(end), "{}: no {end}", profile.word());
        }
    }
}
