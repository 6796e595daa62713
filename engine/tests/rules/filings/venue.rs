//! What the venue's staff, courts and offices do: rights come and go, holds, dues, rules, participants.

use super::{Filing, Filings, PAPER, cny, later};
use crate::{
    auditor::{Auditor, Order, Right},
    floor::{self, CODES, OPERATOR, stream::Random, terms},
};
use protocol::{
    Amount, AssetId, BasisPoints, Bounded, Command, Date, Digest, EntityId, Money, Office, Quantity, Side, UserId,
    account::{CashMove, PayOut, RefuseWithdrawal, RequestWithdrawal, Withdrawal, WithdrawalState, WithdrawalStep},
    asset::{AssetClass, RegisterAsset},
    control::{Approve, DescribeEntity, LogRead, Refuse, RuleBook, SetDualControl, SetRuleBook},
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
    rules::{Approval, Profile},
    title::{
        Act, AssetChange, AssetState, ChangeAsset, DescribeRight, Extract, GiveConsent, HoldKind, LayoutFacts,
        LiftHold, LinkMarks, NewRight, PatentKind, PlaceHold, RecordDues, RegisterRights, RightFacts, Share,
        VerifyAsset, WithdrawConsent, WorkFacts, WorkRight,
    },
    transfer::RecordExportCheck,
};

/// Participants beside the venue: eight at home and one abroad.
pub const PARTIES: usize = 9;
/// The one abroad.
pub const ABROAD: EntityId = EntityId(9);
const LEI: &str = "5493001KJTIIGC8Y1R12";

fn epoch(profile: Profile, random: &mut Random) -> Command {
    let approval = match profile {
        Profile::CnVenue => Approval::None,
        Profile::UnitMarket => Approval::Sandbox,
    };
    let Command::Epoch(mut epoch) = floor::epoch(profile, approval, 10, 20) else {
        unreachable!()
    };
    epoch.fees.maker = BasisPoints(random.of(&[0, 5, 10, 37]));
    epoch.fees.taker = BasisPoints(random.of(&[0, 20, 33]));
    // The National Day of 2026, with a Sunday worked for it.
    epoch.calendar.holidays = (1..8).filter_map(|day| Date::from_civil(2026, 10, day)).collect();
    epoch.calendar.holidays.retain(|day| day.weekday() < 5);
    epoch.calendar.years = (2026..=2028).collect();
    epoch.calendar.working_weekends = Date::from_civil(2026, 9, 27).into_iter().collect();
    Command::Epoch(epoch)
}

/// The first steps of a venue.
pub fn opening(profile: Profile, random: &mut Random) -> Vec<(UserId, Command)> {
    let mut steps = vec![epoch(profile, random)];
    for number in 1..=PARTIES {
        let entity = EntityId(number as u32);
        let legal_id = match CODES.get(number - 1) {
            Some(code) => LegalId::Uscc(Bounded::new(code).unwrap()),
            None => LegalId::Lei(Bounded::new(LEI).unwrap()),
        };
        steps.push(Command::RegisterEntity(Box::new(RegisterEntity {
            name: Bounded::new(&format!("Party {number}")).unwrap(),
            kind: EntityKind::Company,
            legal_id,
            evidence: None,
        })));
        let roles = Roles::FIRM.with(Roles::TRADER);
        steps.extend([roles, roles].map(|roles| Command::RegisterUser(RegisterUser { entity, roles })));
        steps.extend((0..1 + number % 2).map(|_| Command::OpenAccount { entity }));
    }
    let court = RegisterUser {
        entity: EntityId(8),
        roles: Roles::COURT,
    };
    steps.push(Command::RegisterUser(court));
    steps.into_iter().map(|step| (OPERATOR, step)).collect()
}

impl Filings {
    pub(super) fn run_the_venue(&mut self, books: &Auditor) -> Filing {
        match self.random.below(100) {
            0..14 => self.register(books),
            14..26 => self.verify(books),
            26..34 => self.change(books),
            34..44 => self.pay_dues(books),
            44..56 => self.hold(books),
            56..62 => self.lift(books),
            62..72 => self.move_cash(books),
            72..76 => self.set_rules(books),
            76..80 => self.describe(books),
            80..86 => self.check_export(books),
            86..88 => self.link(books),
            88 => self.describe_right(books),
            89..94 => self.decide(books),
            94..96 => self.set_dual(books),
            96 => self.second_operator(books),
            97 => {
                let entity = self.party();
                let record = Bounded::new("/v1/rights/3").unwrap();
                Some((
                    self.operator(books),
                    Command::LogRead(Box::new(LogRead { entity, record })),
                ))
            }
            _ => Some((OPERATOR, Command::Tick)),
        }
    }

    /// Rights that this holds for.
    pub(super) fn right(&mut self, books: &Auditor, wanted: impl Fn(&Right) -> bool) -> Option<AssetId> {
        let rights = books.rights.iter().filter(|(_, right)| wanted(right));
        let rights = rights.map(|(asset, _)| *asset).collect();
        self.pick(rights)
    }

    fn register(&mut self, books: &Auditor) -> Filing {
        let active = books.rights.values().filter(|right| !right.is_over()).count();
        if active > 24 && !self.often(10) {
            return None;
        }
        let today = books.today();
        let (owner, number) = (self.party(), self.number());
        let class = self.random.of(&[
            AssetClass::Patent,
            AssetClass::Patent,
            AssetClass::Patent,
            AssetClass::Trademark,
            AssetClass::Trademark,
            AssetClass::Copyright,
            AssetClass::KnowHow,
            AssetClass::CircuitLayout,
            AssetClass::GeographicalIndication,
        ]);
        let expires = match self.random.below(3) {
            0 => Some(later(today, self.between(20, 250))),
            1 => Some(later(today, 3_650)),
            _ => (class == AssetClass::Patent).then(|| later(today, 2_000)),
        };
        let due = match (expires, self.random.below(3)) {
            (Some(expires), 0) if class == AssetClass::Trademark => Some(Date(expires.0 - 1)),
            (_, 0 | 1) => Some(later(today, self.between(0, 120))),
            _ => None,
        };
        let asset = RegisterAsset {
            owner,
            class,
            office: Office(*b"US"),
            number: Bounded::new(&format!("US{number}")).unwrap(),
            title: Bounded::new("Approximation query").unwrap(),
            filed: Date::from_civil(if class == AssetClass::CircuitLayout { 2022 } else { 2014 }, 3, 31),
            granted: (!self.often(10)).then_some(Date(today.0 - 900)),
            expires,
            classifications: vec![],
            texts: Digest([7; 32]),
        };
        let mut owners = vec![];
        if self.often(45) {
            owners.push(Share {
                entity: owner,
                parts: self.between(1, 7) as u32,
            });
            for _ in 0..self.between(1, 3) {
                let entity = self.party();
                if owners.iter().all(|share: &Share| share.entity != entity) {
                    owners.push(Share {
                        entity,
                        parts: self.between(1, 7) as u32,
                    });
                }
            }
        }
        let by_operator = self.often(80);
        let listed = by_operator && self.profile == Profile::UnitMarket && self.often(45);
        let right = NewRight {
            asset,
            owners,
            kind: (class == AssetClass::Patent).then(|| {
                self.random
                    .of(&[PatentKind::Invention, PatentKind::Invention, PatentKind::Design])
            }),
            extract: by_operator.then_some(Extract {
                drawn: today,
                evidence: PAPER,
            }),
            due: due.filter(|due| expires.is_none_or(|expires| *due < expires)),
            units: listed.then(|| {
                let mut terms = terms(&format!("U{number}"));
                terms.supply = Quantity::from_units(2_000);
                terms
            }),
        };
        let issue_to = listed.then(|| self.account(books, owner));
        let by = if by_operator {
            self.operator(books)
        } else {
            self.user(books, owner)
        };
        let rights = vec![right];
        Some((
            by,
            Command::RegisterRights(Box::new(RegisterRights { rights, issue_to })),
        ))
    }

    fn verify(&mut self, books: &Auditor) -> Filing {
        let waits = |right: &Right| {
            matches!(
                right.title.state,
                AssetState::Draft | AssetState::Transferred | AssetState::Delisted
            )
        };
        let asset = if self.often(85) {
            self.right(books, waits)?
        } else {
            self.right(books, |_| true)?
        };
        let title = &books.rights[&asset].title;
        let mut owners = vec![];
        if title.owners.len() > 1 && self.often(50) || title.state == AssetState::Draft && self.often(40) {
            owners.clone_from(&title.owners);
            owners[0].parts = self.between(1, 7) as u32;
            if owners.len() == 1 {
                let entity = self.party();
                owners.push(Share { entity, parts: 2 });
            }
        }
        let verify = VerifyAsset {
            asset,
            extract: Extract {
                drawn: Date(books.today().0 - self.random.below(34) as i32),
                evidence: PAPER,
            },
            owners,
            granted: None,
            expires: None,
        };
        Some((self.operator(books), Command::VerifyAsset(Box::new(verify))))
    }

    fn change(&mut self, books: &Auditor) -> Filing {
        let suspended = |right: &Right| right.title.state == AssetState::Suspended;
        let on = |right: &Right| matches!(right.title.state, AssetState::Verified | AssetState::Listed);
        let (asset, change) = match self.random.below(20) {
            0..10 => (self.right(books, suspended)?, AssetChange::Resume),
            10..15 => (self.right(books, on)?, AssetChange::Suspend),
            15..18 => (self.right(books, on)?, AssetChange::Delist),
            18 => (self.right(books, |_| true)?, AssetChange::Invalidate),
            _ => (self.right(books, |_| true)?, AssetChange::Delist),
        };
        let by = if change == AssetChange::Delist && self.often(50) {
            let owner = books.rights[&asset].title.owners[0].entity;
            self.user(books, owner)
        } else {
            self.operator(books)
        };
        let evidence = PAPER;
        Some((
            by,
            Command::ChangeAsset(Box::new(ChangeAsset {
                asset,
                change,
                evidence,
            })),
        ))
    }

    fn pay_dues(&mut self, books: &Auditor) -> Filing {
        let today = books.today();
        let late = |right: &Right| right.title.late && !right.is_over();
        let soon = |right: &Right| right.title.due.is_some_and(|due| due.0 - today.0 < 20) && !right.is_over();
        let asset = if self.often(60) {
            self.right(books, late)?
        } else {
            self.right(books, soon)?
        };
        let right = &books.rights[&asset];
        let renews = right.awaits_renewal();
        let expires = renews.then(|| later(today, self.between(60, 400)));
        let due = if renews && self.often(50) {
            expires.map(|expires| Date(expires.0 - 1))
        } else {
            (!self.often(30)).then(|| later(today, self.between(10, 150)))
        };
        let last = expires.or(right.title.expires);
        let dues = RecordDues {
            asset,
            due: due.filter(|due| last.is_none_or(|last| *due < last)),
            expires,
            evidence: PAPER,
        };
        Some((self.operator(books), Command::RecordDues(Box::new(dues))))
    }

    fn describe_right(&mut self, books: &Auditor) -> Filing {
        let undescribed = |right: &Right| right.needs_facts() && !right.is_over() && right.facts.is_none();
        let asset = self.right(books, |right| {
            undescribed(right) || right.class() == AssetClass::Copyright
        })?;
        let facts = match books.rights[&asset].class() {
            AssetClass::CircuitLayout => RightFacts::Layout(LayoutFacts {
                created: Date::from_civil(2013, 1, 1).unwrap(),
                used: self.often(50).then(|| Date::from_civil(2016, 12, 1).unwrap()),
            }),
            _ => RightFacts::Work(WorkFacts {
                rights: match self.random.below(10) {
                    0 => vec![WorkRight::Attribution],
                    1 | 2 => vec![WorkRight::Network],
                    _ => vec![WorkRight::Adaptation, WorkRight::Network],
                },
            }),
        };
        let described = DescribeRight {
            asset,
            facts,
            evidence: PAPER,
        };
        Some((self.operator(books), Command::DescribeRight(Box::new(described))))
    }

    fn keeper(&mut self, books: &Auditor) -> UserId {
        let court = books.users.iter().find(|(_, (_, roles))| roles.has_any(Roles::COURT));
        match court.map(|(user, _)| *user) {
            Some(court) if self.often(70) => court,
            _ => self.operator(books),
        }
    }

    fn hold(&mut self, books: &Auditor) -> Filing {
        if books.holds.len() > 6 && !self.often(20) {
            return None;
        }
        let asset = self.right(books, |right| !right.is_over())?;
        let kind = self.random.of(HoldKind::ALL);
        let until = later(books.today(), self.between(1, 90));
        let until = (matches!(kind, HoldKind::Preservation | HoldKind::CourtHold) || self.often(70)).then_some(until);
        let standing = books.holds.values().filter(|hold| hold.asset == asset);
        let standing = standing.map(|hold| hold.hold).collect();
        let renews = if self.often(40) { self.pick(standing) } else { None };
        let hold = PlaceHold {
            asset,
            kind: renews.map_or(kind, |renewed| books.holds[&renewed].kind),
            holder: Bounded::new("深圳市中级人民法院").unwrap(),
            reference: Bounded::new(&format!("No. {}", self.number())).unwrap(),
            until,
            renews,
            evidence: PAPER,
        };
        Some((self.keeper(books), Command::PlaceHold(Box::new(hold))))
    }

    fn lift(&mut self, books: &Auditor) -> Filing {
        let hold = self.pick(books.holds.keys().copied().collect())?;
        let evidence = PAPER;
        Some((
            self.keeper(books),
            Command::LiftHold(Box::new(LiftHold { hold, evidence })),
        ))
    }

    fn move_cash(&mut self, books: &Auditor) -> Filing {
        let account = self.pick(books.accounts.keys().copied().collect())?;
        let currency = protocol::Currency::Cny;
        let (free, _) = books.cash.get(&(account, currency)).copied().unwrap_or_default();
        let into = free < 5_000_000 || self.often(30);
        let amount = if into {
            self.between(1, 20_000_000)
        } else {
            self.between(1, free as u64 + free as u64 / 50)
        };
        if !into && self.often(50) {
            return self.move_withdrawal(books);
        }
        if !into {
            let owner = books.accounts[&account];
            let asked = RequestWithdrawal {
                account,
                amount: Amount::new(currency, Money::from_minor(amount as i64)),
            };
            return Some((self.user(books, owner), Command::RequestWithdrawal(asked)));
        }
        let cash = CashMove {
            account,
            currency,
            amount: Money::from_minor(amount as i64),
            reference: Bounded::new(&format!("bank-{}", self.number())).unwrap(),
        };
        Some((self.operator(books), Command::CashIn(Box::new(cash))))
    }

    /// What becomes of a withdrawal, whether it waits or not.
    fn move_withdrawal(&mut self, books: &Auditor) -> Filing {
        let waiting = books
            .withdrawals
            .values()
            .filter(|told| told.state < WithdrawalState::Paid);
        let waiting = waiting.cloned().collect();
        let any = books.withdrawals.values().cloned().collect();
        let of_those = if self.often(90) { waiting } else { any };
        let told: Withdrawal = self.pick(of_those)?;
        let withdrawal = told.withdrawal;
        let command = match self.between(0, 9) {
            0 => {
                let owner = books.accounts[&told.account];
                let cancel = Command::CancelWithdrawal(WithdrawalStep { withdrawal });
                return Some((self.user(books, owner), cancel));
            }
            1 => Command::RefuseWithdrawal(Box::new(RefuseWithdrawal {
                withdrawal,
                reason: Bounded::new("returned").unwrap(),
            })),
            2..=5 => Command::ApproveWithdrawal(WithdrawalStep { withdrawal }),
            _ => Command::CashOut(Box::new(PayOut {
                withdrawal,
                reference: Bounded::new(&format!("bank-{}", self.number())).unwrap(),
            })),
        };
        Some((self.operator(books), command))
    }

    fn set_rules(&mut self, books: &Auditor) -> Filing {
        if self.often(30) {
            return Some((self.operator(books), epoch(self.profile, &mut self.random)));
        }
        let mut rules = RuleBook::of(self.profile);
        // Books under a cap or a lock are the exception: with it little trades.
        if self.profile == Profile::CnVenue || self.often(10) {
            rules.holder_cap = self.random.of(&[rules.holder_cap, Some(3), Some(5), Some(200)]);
            rules.lock_days = self.random.of(&[rules.lock_days, 5, 12]);
        }
        rules.disclosure_days = self.random.of(&[1, 2, 5]);
        rules.state_disclosure_days = self.random.of(&[3, 8]);
        rules.priority_days = self.random.of(&[0, 2, 5]);
        rules.step_days = self.random.of(&[3, 5, 9]);
        rules.print_delay_days = self.random.of(&[0, 7, 30]);
        rules.grace_months = self.random.of(&[1, 2, 6]);
        rules.proposal_days = self.random.of(&[1, 3, 7]);
        Some((
            self.operator(books),
            Command::SetRuleBook(Box::new(SetRuleBook { rules })),
        ))
    }

    fn describe(&mut self, books: &Auditor) -> Filing {
        let entity = self.party();
        let foreign = entity == ABROAD || self.often(5);
        let beneficiaries = if self.often(50) { vec![] } else { vec![self.party()] };
        let describe = DescribeEntity {
            entity,
            country: if foreign { Office(*b"US") } else { Office::CN },
            beneficiaries,
            evidence: PAPER,
        };
        Some((self.operator(books), Command::DescribeEntity(Box::new(describe))))
    }

    fn check_export(&mut self, books: &Auditor) -> Filing {
        let check = RecordExportCheck {
            asset: self.right(books, |right| !right.is_over())?,
            entity: if self.often(70) { ABROAD } else { self.party() },
            cleared: self.often(80),
            evidence: PAPER,
        };
        Some((self.operator(books), Command::RecordExportCheck(Box::new(check))))
    }

    fn link(&mut self, books: &Auditor) -> Filing {
        let mark = |right: &Right| right.class() == AssetClass::Trademark && !right.is_over();
        let one = self.right(books, mark)?;
        let owner = books.rights[&one].title.owners[0].entity;
        let beside = |right: &Right| mark(right) && right.title.asset != one && right.title.owners[0].entity == owner;
        let assets = vec![one, self.right(books, beside)?];
        Some((self.operator(books), Command::LinkMarks(Box::new(LinkMarks { assets }))))
    }

    /// Somebody looks at what waits.
    fn decide(&mut self, books: &Auditor) -> Filing {
        let open = self.pick(books.proposals.values().collect())?;
        let proposal = open.proposal;
        let house = books
            .users
            .keys()
            .copied()
            .filter(|user| books.house(*user) == Some(open.entity));
        let by = self.pick(house.collect())?;
        let command = if self.often(60) {
            Command::Approve(Approve { proposal })
        } else {
            Command::Refuse(Refuse { proposal })
        };
        Some((by, command))
    }

    fn set_dual(&mut self, books: &Auditor) -> Filing {
        let entity = EntityId(self.between(1, 3) as u32);
        let required = !books.entities[&entity].dual_control;
        Some((
            self.user(books, entity),
            Command::SetDualControl(SetDualControl { required }),
        ))
    }

    /// A second operator comes some time after the first quarter.
    fn second_operator(&mut self, books: &Auditor) -> Filing {
        let since = books.today().0 - Date::from_civil(2026, 3, 2)?.0;
        if books.operators() >= 3 || since < 60 {
            return None;
        }
        let entity = EntityId(0);
        let roles = Roles::OPERATOR;
        Some((
            self.operator(books),
            Command::RegisterUser(RegisterUser { entity, roles }),
        ))
    }

    /// A co-owner agrees to an act, for a while or above a price.
    pub(super) fn consent(&mut self, books: &Auditor, asset: AssetId, act: Act, entity: EntityId) -> (UserId, Command) {
        let floor = self.often(30).then(|| cny(self.random.below(150_000)));
        let until = self.often(40).then(|| later(books.today(), self.between(1, 60)));
        let consent = GiveConsent {
            asset,
            act,
            floor,
            until,
        };
        (self.user(books, entity), Command::GiveConsent(Box::new(consent)))
    }

    /// The other owners of a right agree one after the other, if they have to.
    pub(super) fn ask_consents(&mut self, books: &Auditor, asset: AssetId, act: Act) -> Filing {
        let right = &books.rights[&asset];
        if !right.takes_all_owners(act) {
            return None;
        }
        for share in &right.title.owners[1..] {
            if !books.consents.contains_key(&(asset, share.entity, act)) {
                let filing = self.consent(books, asset, act, share.entity);
                self.queue.push_back(filing);
            }
        }
        self.queue.pop_front()
    }

    pub(super) fn withdraw_consent(&mut self, books: &Auditor) -> Filing {
        // Those under which an owner's units are on offer this very moment, first.
        let open = |(asset, _, act): &(AssetId, EntityId, Act)| {
            let owners = &books.rights[asset].title.owners;
            let sells = |order: &Order| {
                order.side == Side::Sell
                    && books.listings[&order.instrument].asset == *asset
                    && owners.iter().any(|share| share.entity == order.owner)
            };
            *act == Act::Units && books.orders.values().any(sells)
        };
        let under: Vec<_> = books.consents.keys().copied().filter(open).collect();
        let all = books.consents.keys().copied().collect();
        let (asset, entity, act) = self.pick(if under.is_empty() { all } else { under })?;
        Some((
            self.user(books, entity),
            Command::WithdrawConsent(WithdrawConsent { asset, act }),
        ))
    }
}
