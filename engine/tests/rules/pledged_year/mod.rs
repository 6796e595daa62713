//! A year of pledges on the live core, judged by a paper that shares nothing with the engine but units: loans of several
//! holders, pledges of several ranks and maximum amounts, consents, plans, defaults and cures, disposals by each road and
//! each other way out (licensed back, turned into shares, put to a fund, taken), pools, and each fen of what they bring.
//!
//! Each evening every account, every hold, every title and every debt is compared; after each payout the statement too. At
//! the year's end each case is over, or says why it is not. `ZHIHENG_SEARCH=66` makes the 50,000 cases of a long run.

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
use std::{collections::BTreeMap, sync::Mutex, thread};
use venue::Year;

/// Years on each profile.
const SEEDS: u64 = 8;

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

/// Names the year that fails.
struct Named(Profile, u64);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("in the year {} of {}", self.1, self.0.word());
        }
    }
}

#[test]
fn a_year_of_pledges_adds_up_on_paper() {
    let cores = thread::available_parallelism().map_or(2, usize::from) as u64;
    for profile in [Profile::CnVenue, Profile::UnitMarket] {
        let seeds = times(SEEDS);
        let sums = Mutex::new(BTreeMap::<&str, u64>::new());
        let run = |seed| {
            let _named = Named(profile, seed);
            let counts = Year::run(seed, profile);
            let mut sums = sums.lock().unwrap();
            for (what, count) in counts {
                *sums.entry(what).or_default() += count;
            }
        };
        thread::scope(|scope| {
            for core in 0..cores {
                scope.spawn(move || (0..seeds).filter(|seed| seed % cores == core).for_each(run));
            }
        });
        let sums = sums.into_inner().unwrap();
        eprintln!("{}: {sums:#?}", profile.word());
        for end in ENDS.into_iter().filter(|_| searches_all()) {
            assert!(sums.contains_key(end), "{}: no {end}", profile.word());
        }
    }
}
