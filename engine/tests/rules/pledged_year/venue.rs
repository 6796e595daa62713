//! The venue of the year: its people, its clock, the paper beside the engine, and what is compared each evening.

use super::{
    debt::{Backer, Debt, Standing},
    matter::Matter,
    paper::{Fen, Paper, Who, shares},
    pooled::open_pools,
    pools::Pools,
    told::Told,
};
use crate::floor::{CODES, Fast, Floor, OPERATOR, Party, pledges::release, refuses, stream::Random, yuan};
use protocol::{
    AccountId, AssetId, Command, Date, EntityId, LoanId, PledgeId, Receipt, Reject, Request, Stamped, Timestamp,
    UserId, party::Roles, pledge::LoanState, rules::Profile,
};
use std::collections::{BTreeMap, BTreeSet};

/// Cases of a year.
pub(super) const CASES: usize = 48;
/// On how many of its days one begins.
const BEGINS: u64 = 220;
/// How long it is.
const DAYS: i32 = 365;
/// The codes of the funds.
const FUNDS: [&str; 3] = ["91440300MA5DEM002C", "91440300MA5DEM003F", "91440300MA5DEM0B2P"];
/// The venue's account for fees.
pub(super) const FEES: AccountId = AccountId(0);
/// The venue.
pub(super) const VENUE: EntityId = EntityId(0);

/// Who takes part.
pub(super) struct People {
    pub banks: [Party; 2],
    /// Buys claims.
    pub manager: Party,
    /// Turns claims into shares.
    pub fund: Party,
    /// Manages pools of public money.
    pub town: Party,
    /// Promises to buy what stays unsold.
    pub keeper: Party,
    pub firms: [Party; 2],
    /// The last of them guarantees loans as well.
    pub buyers: [Party; 3],
}

impl People {
    pub(super) fn guarantor(&self) -> Party {
        self.buyers[2]
    }
}

/// A year under way.
pub(super) struct Year {
    pub floor: Fast,
    pub random: Random,
    pub told: Told,
    pub paper: Paper,
    pub pools: Pools,
    pub people: People,
    /// From which those are paid that have no account here.
    pub trust: AccountId,
    pub counts: BTreeMap<&'static str, u64>,
    /// Who bought a right and did not pay.
    pub barred: BTreeSet<(AssetId, EntityId)>,
    /// When something happens by itself, and to which case.
    wakes: BTreeSet<(Date, usize, bool)>,
    numbers: u32,
}

impl Year {
    fn open(seed: u64, profile: Profile, follows: bool) -> Self {
        let mut floor = match profile {
            Profile::CnVenue => Floor::cn_venue(),
            Profile::UnitMarket => Floor::unit_market(),
        };
        let mut party = |code: &str, roles| floor.party(code, roles);
        let firm = Roles::FIRM.with(Roles::TRADER);
        let people = People {
            banks: [0, 1].map(|at| party(CODES[at], Roles::BANK)),
            manager: party(CODES[2], Roles::BANK),
            fund: party(FUNDS[0], Roles::FUND),
            town: party(FUNDS[1], Roles::FUND),
            keeper: party(FUNDS[2], Roles::FUND),
            firms: [3, 4].map(|at| party(CODES[at], firm)),
            buyers: [5, 6, 7].map(|at| party(CODES[at], firm)),
        };
        let Receipt::Account(trust) = floor.must(OPERATOR, Command::OpenAccount { entity: VENUE }) else {
            panic!("an account was opened")
        };
        let mut year = Self {
            floor,
            // Each profile has years of its own.
            random: Random(seed * 2 + u64::from(profile == Profile::UnitMarket)),
            told: Told::new(follows),
            paper: Paper::default(),
            pools: Pools::default(),
            people,
            trust,
            counts: BTreeMap::new(),
            barred: BTreeSet::new(),
            wakes: BTreeSet::new(),
            numbers: 0,
        };
        for buyer in year.people.buyers {
            year.brings(buyer, 10_000_000_000);
        }
        year.told.hear(&year.floor.events);
        open_pools(&mut year);
        year
    }

    /// A year of this seed; what happened in it, and how often. Who follows it reads each command and each event.
    pub(super) fn run(seed: u64, profile: Profile, follows: bool) -> BTreeMap<&'static str, u64> {
        let mut year = Self::open(seed, profile, follows);
        let first = year.today();
        let mut matters: Vec<Matter> = (0..CASES).map(|_| Matter::new()).collect();
        for at in 0..CASES {
            let begins = 1 + year.random.below(BEGINS) as i32;
            year.wakes.insert((Date(first.0 + begins), at, false));
        }
        while let Some((day, at, by_itself)) = year.wakes.pop_first() {
            if day.0 > first.0 + DAYS {
                break;
            }
            if day > year.today() {
                year.compare();
                year.floor.until(day);
                year.told.hear(&year.floor.events);
            }
            matters[at].look_at_rights(&mut year);
            matters[at].look_at_licence(&mut year);
            if !by_itself {
                let pooled = year.one_in(3) && matters[at].pooled(&mut year);
                // What is over waits for what is recovered of it.
                let waits = pooled.then(|| 1 + year.random.below(12) as i32);
                let next = matters[at].wake(&mut year).or(waits);
                year.wakes
                    .extend(next.map(|days| (Date(day.0 + days.max(1)), at, false)));
            }
            for comes in matters[at].comes() {
                if comes > day {
                    year.wakes.insert((comes, at, true));
                }
            }
        }
        year.compare();
        year.close(&matters);
        year.counts
    }

    pub(super) fn today(&self) -> Date {
        Timestamp(self.floor.at).venue_date()
    }

    /// In so many days.
    pub(super) fn in_days(&self, days: i32) -> Date {
        Date(self.today().0 + days)
    }

    /// A day from so many days on, at random among so many.
    pub(super) fn within(&mut self, first: i32, among: u64) -> Date {
        let more = self.random.below(among) as i32;
        self.in_days(first + more)
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.random.below(n) == 0
    }

    /// Fen between these, odd ones too.
    pub(super) fn fen(&mut self, least: Fen, most: Fen) -> Fen {
        least + self.random.below((most - least).max(0) as u64 + 1) as Fen
    }

    pub(super) fn must(&mut self, by: UserId, command: Command) -> Receipt {
        self.follow(by, &command);
        let receipt = self.floor.must(by, command);
        self.told.hear(&self.floor.events);
        receipt
    }

    /// Writes down what is asked next, where the year is followed.
    fn follow(&self, by: UserId, command: &Command) {
        if self.told.follows {
            let place = self.floor.exchange.seq().next();
            eprintln!("{}, {:?}: {by:?} asks {command:?}", place.0, self.today());
        }
    }

    /// A deal's number.
    pub(super) fn deal(&mut self, by: UserId, command: Command) -> u64 {
        match self.must(by, command) {
            Receipt::Deal(seq) => seq.0,
            other => panic!("{other:?}"),
        }
    }

    /// What must be refused is, for this reason, and nothing else is told; the state is that which any other refusal would
    /// have left, so nothing of it changed but its place in the journal.
    pub(super) fn refused(&mut self, by: UserId, command: Command, reject: Reject) {
        self.follow(by, &command);
        let mut other = self.floor.exchange.clone();
        refuses(&mut self.floor, by, command, reject);
        let nothing = Request {
            by,
            client: None,
            command: release(PledgeId(u32::MAX), &[]),
        };
        let stamped = Stamped {
            seq: other.seq().next(),
            at: Timestamp(self.floor.at),
            body: nothing,
        };
        other.apply(&stamped, &mut vec![]);
        assert_eq!(
            other.state_hash(),
            self.floor.exchange.state_hash(),
            "{reject:?} changed something"
        );
        self.told.hear(&self.floor.events);
        self.count(reject.code());
        self.count("refused");
    }

    /// Some of what somebody has free leaves the venue.
    pub(super) fn withdraw(&mut self, owner: Party) {
        let held: Fen = self
            .paper
            .held
            .iter()
            .filter(|((_, account), _)| *account == owner.account)
            .map(|(_, fen)| fen)
            .sum();
        let free = self.paper.cash.get(&owner.account).copied().unwrap_or(0) - held;
        if free > 0 {
            let fen = self.fen(1, free);
            self.floor.withdraw(owner, fen);
            self.told.hear(&self.floor.events);
            self.paper.went_out(owner.account, fen);
            self.count("withdrawals");
        }
    }

    /// A number of a right that no other has.
    pub(super) fn number(&mut self) -> u32 {
        self.numbers += 1;
        10_000_000 + self.numbers
    }

    pub(super) fn party(&self, entity: EntityId) -> Party {
        let People {
            banks,
            manager,
            fund,
            town,
            keeper,
            firms,
            buyers,
        } = &self.people;
        let all = banks
            .iter()
            .chain([manager, fund, town, keeper])
            .chain(firms)
            .chain(buyers);
        *all.into_iter()
            .find(|party| party.entity == entity)
            .expect("it takes part")
    }

    /// The account into which somebody is paid.
    pub(super) fn account(&self, who: Who) -> AccountId {
        match who {
            Who::Participant(VENUE) => FEES,
            Who::Participant(entity) => self.party(entity).account,
            Who::Outsider(_) => self.trust,
        }
    }

    /// Who acts for a loan's claim.
    pub(super) fn acting(&self, loan: LoanId) -> Party {
        self.party(self.paper.debts[&loan].acting())
    }

    pub(super) fn lent(&mut self, loan: LoanId, debt: Debt) {
        self.paper.debts.insert(loan, debt);
    }

    /// Counts a payment on the paper, and what of it is costs, interest and principal; with the last of it what is held
    /// for the loan goes back.
    pub(super) fn counted(&mut self, loan: LoanId, amount: Fen, by: Option<Backer>) -> [Fen; 3] {
        let today = self.today();
        let debt = self.paper.debt(loan);
        debt.backers.extend(by);
        let parts = debt.pay(amount, today);
        self.free_if_paid(loan);
        parts
    }

    /// A debt was paid early out of an account: to its holders by their parts.
    pub(super) fn prepaid(&mut self, loan: LoanId, from: AccountId, fen: Fen) {
        if fen > 0 {
            self.pass_to_holders(loan, from, fen);
            self.counted(loan, fen, None);
        }
    }

    /// Cash goes to who holds a claim, by their parts.
    pub(super) fn pass_to_holders(&mut self, loan: LoanId, from: AccountId, fen: Fen) {
        let debt = &self.paper.debts[&loan];
        let each: Vec<_> = debt
            .holders
            .iter()
            .map(|(entity, _)| *entity)
            .zip(shares(fen, &debt.weights()))
            .collect();
        for (entity, part) in each {
            let to = self.party(entity).account;
            self.paper.move_cash(from, to, part);
        }
    }

    /// Cash comes in from outside, into an account of somebody's.
    pub(super) fn brings(&mut self, owner: Party, fen: Fen) {
        self.floor.cash_in(owner.account, fen);
        self.told.hear(&self.floor.events);
        self.paper.came_in(owner.account, fen);
    }

    pub(super) fn free_if_paid(&mut self, loan: LoanId) {
        if self.paper.debts[&loan].state == Standing::Repaid {
            self.paper.free(loan.0);
        }
    }

    /// Each evening: every account's cash, what is held and for what, whose each right is, what is owed on each loan and
    /// how it stands.
    pub(super) fn compare(&mut self) {
        self.compare_cash();
        let nonzero = |held: &BTreeMap<(u64, AccountId), Fen>| -> BTreeMap<_, _> {
            held.iter()
                .filter(|(_, fen)| **fen != 0)
                .map(|(key, fen)| (*key, *fen))
                .collect()
        };
        assert_eq!(
            nonzero(&self.told.held),
            nonzero(&self.paper.held),
            "what is held, {:?}",
            self.today()
        );
        assert_eq!(
            self.told.owners,
            self.paper.owners,
            "whose the rights are, {:?}",
            self.today()
        );
        for (id, debt) in &self.paper.debts {
            let told = &self.told.loans[id];
            let state = match debt.state {
                Standing::Running => LoanState::Running,
                Standing::Default => LoanState::Default,
                Standing::Repaid => LoanState::Repaid,
            };
            assert_eq!(
                (told.outstanding, told.state),
                (yuan(debt.principal), state),
                "{id:?}: {debt:?}"
            );
            let holders: Vec<_> = told.creditors.iter().map(|share| (share.entity, share.parts)).collect();
            assert_eq!(holders, debt.holders, "{id:?}");
        }
    }

    /// Every account's cash, and all of it.
    pub(super) fn compare_cash(&self) {
        let nonzero = |cash: &BTreeMap<AccountId, Fen>| -> BTreeMap<_, _> {
            cash.iter()
                .filter(|(_, fen)| **fen != 0)
                .map(|(key, fen)| (*key, *fen))
                .collect()
        };
        assert_eq!(
            nonzero(&self.told.cash),
            nonzero(&self.paper.cash),
            "cash, {:?}",
            self.today()
        );
        let all: Fen = self.told.cash.values().sum();
        assert_eq!(all, self.paper.came_in - self.paper.went_out, "no fen comes or goes");
    }

    /// At the year's end every case is over, or says why it is not; nothing is held for one that is.
    fn close(&mut self, matters: &[Matter]) {
        for matter in matters {
            let ends = matter.explained(self);
            self.count("cases");
            self.count(ends);
        }
        for case in self.told.cases.values().filter(|case| case.state.is_over()) {
            let held = self.told.held.keys().any(|(deal, _)| *deal == case.disposal.0);
            assert!(!held, "{case:?}");
        }
    }
}
