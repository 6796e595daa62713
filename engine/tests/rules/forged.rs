//! An image whose digest is right and that nobody wrote: `Exchange::load` refuses it, or what it loads is a state like any
//! other, which hears whatever comes. Numbers are put for numbers at random, in states that have some of everything.

use crate::{
    auditor::Auditor,
    filings::Filings,
    floor::{
        Floor, OPENING, OPERATOR, Party, change,
        conversions::{self, Claimed},
        day,
        grants::EVIDENCE,
        pledges::{self, Desk, guarantor},
        pools::{self, Town},
        reverse as licences,
        room::{Room, ascending, bid, enter, maximum, pay, seal, step_of},
        stream::{Ask, Random},
        subsidies::{self, Council},
        times, yuan,
    },
    lots_of_units::{announce_by, bid_for, demand, reverse, uniform, units_room, without_rights},
};
use engine::{
    Exchange, SnapshotError,
    book::{Book, FastBook, PlainBook},
};
use protocol::{
    BasisPoints, Command, Digest, Request, Stamped, SubsidyId, Timestamp, UserId,
    auction::{AnnounceLot, BuyLot, CommitBid, Descending, Format, Rationing, RevealBid, Sealed, SealedPrice},
    claim::{Cycle, EquityOrigin, GuaranteeKind},
    equity::ConversionStep,
    plan::PayerKind,
    pledge::{DefaultCause, DemandKind, FixCause, Maximum, PledgeRefusal, RegisterLoan},
    risk::{
        ANHUI_2022, Bearer, CostItem, DutyStep, GUANGZHOU_2023, PoolLoanEnd, PoolProfile, PoolScheme, SHENZHEN_SPLIT,
        SubsidyScheme,
    },
    rules::Profile,
    time::{DAY, SECOND},
    title::AssetChange,
    wire::encode,
};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// Magic, version, length; and the digest at the end.
const HEADER: usize = 16;
const DIGEST: usize = 32;

/// A state, and what is asked of it next.
struct Material {
    name: String,
    image: Vec<u8>,
    head: Vec<u8>,
    next: Vec<(u64, UserId, Command)>,
    /// What led to it, where that is a script.
    all: Option<Vec<(u64, UserId, Command)>>,
}

impl Material {
    fn of<B: Book>(name: String, exchange: &Exchange<B>, next: Vec<(u64, UserId, Command)>) -> Self {
        let bytes = exchange.save();
        Self {
            name,
            image: bytes[HEADER..bytes.len() - DIGEST].to_vec(),
            head: bytes[..8].to_vec(),
            next,
            all: None,
        }
    }

    /// What an image that is loaded says otherwise.
    fn changed(&self, image: &[u8]) -> String {
        let said = [&self.image, image].map(|image| {
            let loaded = Exchange::<FastBook>::load(&self.framed(image)).unwrap();
            format!("{loaded:#?}")
        });
        let lines = said[0].lines().zip(said[1].lines());
        let other = lines.enumerate().filter(|(_, (one, other))| one != other).take(8);
        other
            .map(|(line, (one, other))| format!("\n{line}: {one} -> {other}"))
            .collect()
    }

    /// A snapshot of this image, right or wrong.
    fn framed(&self, image: &[u8]) -> Vec<u8> {
        let length = (image.len() as u64).to_le_bytes();
        [&self.head, &length[..], image, &Sha256::digest(image)].concat()
    }
}

/// What is asked after so many filings of a year, and the state by then.
fn filed(profile: Profile, seed: u64, filings: usize, more: usize) -> Material {
    let mut exchange = Exchange::<FastBook>::new();
    let (mut books, mut year) = (Auditor::default(), Filings::new(seed, profile));
    let (mut at, mut material, mut next, mut all) = (OPENING, None, Vec::new(), Vec::new());
    for number in 0..filings + more {
        if number == filings {
            material = Some(exchange.clone());
        }
        let ask = year.next(&books);
        at += ask.wait + 1;
        let Ask {
            by, client, command, ..
        } = &ask;
        let list = if number < filings { &mut all } else { &mut next };
        list.push((ask.wait + 1, *by, command.clone()));
        let body = Request {
            by: *by,
            client: client.map(Into::into),
            command: command.clone(),
        };
        let stamped = Stamped {
            seq: exchange.seq().next(),
            at: Timestamp(at),
            body,
        };
        let mut events = Vec::new();
        let answer = exchange.apply(&stamped, &mut events);
        books.hear(&stamped, &answer, &events).unwrap();
        year.heard(&ask, &answer, &books);
    }
    let name = format!("{} {seed}, {filings} filings", profile.word());
    Material {
        // A short one is a seed of the scripts.
        all: (all.len() < 400).then_some(all),
        ..Material::of(name, &material.unwrap(), next)
    }
}

/// A lot of each format at each stage: announced, entered, under way, ended, and long after.
fn lots() -> Vec<Material> {
    let falling = Format::Descending(Descending {
        start: yuan(200_000),
        step: yuan(1_000),
        every_s: 60,
        floor: yuan(100_000),
        hold_s: 600,
    });
    let sealed = Format::Sealed(Sealed {
        start: yuan(100_000),
        pays: SealedPrice::First,
        reveal_s: 600,
        penalty: yuan(0),
    });
    let mut all = Vec::new();
    for (name, format) in [
        ("rising", ascending(100_000, 1_000)),
        ("falling", falling),
        ("sealed", sealed),
    ] {
        let room = Room::new();
        let (terms, by) = (room.terms(format), room.market.ana);
        stages(name, room, &terms, by, &mut all);
    }
    let (room, _) = units_room();
    let (terms, by) = (without_rights(&room, uniform(60, Rationing::ProRata)), room.market.ana);
    stages("uniform", room, &terms, by, &mut all);
    let room = Room::new();
    let (terms, by) = (demand(&room, reverse(100_000, 1_000)), room.market.dee);
    stages("reverse", room, &terms, by, &mut all);
    all
}

/// A lot on these terms, from stage to stage.
fn stages(name: &str, mut room: Room, terms: &AnnounceLot, by: Party, all: &mut Vec<Material>) {
    const NONCE: [u8; 32] = [3; 32];
    let [bo, cy, dee] = room.bidders();
    let id = announce_by(&mut room, by, terms);
    let nonce = Digest(NONCE);
    let price = yuan(110_000);
    let mut number = 0;
    // Every way to say a price: most are refused, each by another format.
    let says = |number: u32| {
        let commitment = seal(id, number, 110_000, NONCE);
        [
            (bo.user, bid(id, 100_000)),
            (bo.user, bid_for(id, 150, 30)),
            (cy.user, bid(id, 90_000)),
            (cy.user, bid_for(id, 120, 50)),
            (cy.user, maximum(id, 120_000)),
            (bo.user, Command::CommitBid(Box::new(CommitBid { lot: id, commitment }))),
        ]
    };
    let after = [
        (
            bo.user,
            Command::RevealBid(Box::new(RevealBid { lot: id, price, nonce })),
        ),
        (OPERATOR, Command::ConfirmLot(step_of(id))),
        (cy.user, pay(id)),
    ];
    let mut keep = |stage: &str, room: &Room, number| {
        let mut next = vec![
            (1, dee.user, enter(id, dee)),
            (1, dee.user, maximum(id, 130_000)),
            (1, dee.user, Command::BuyLot(BuyLot { lot: id })),
        ];
        next.extend(says(number).map(|(by, command)| (1, by, command)));
        next.push((DAY, OPERATOR, Command::Tick));
        next.extend(after.clone().map(|(by, command)| (1, by, command)));
        next.push((1, bo.user, pay(id)));
        all.push(Material::of(
            format!("{name} {stage}"),
            &room.market.floor.exchange,
            next,
        ));
    };
    keep("announced", &room, number);
    room.go(terms.qualifies_at);
    for party in [bo, cy] {
        room.enter(id, party);
    }
    number = room.number(id, bo);
    keep("entered", &room, number);
    room.tick(terms.opens_at);
    for (by, command) in says(number) {
        let _ = room.market.floor.try_(by, command);
    }
    keep("open", &room, number);
    room.tick(terms.closes_at);
    keep("ended", &room, number);
    for (by, command) in after.clone() {
        let _ = room.market.floor.try_(by, command);
    }
    keep("after", &room, number);
    room.tick(terms.closes_at.after(3_600 * SECOND));
    keep("over", &room, number);
    room.tick(terms.closes_at.after(60 * DAY));
    keep("late", &room, number);
}

/// Loans with pledges in each state: drafts, before the registrar, deficient, under a maximum amount, changed, in
/// default, over.
fn pledged() -> Material {
    let mut desk = Desk::new();
    let guarantee = guarantor(desk.other_firm, |_| {});
    let loan = desk.loan(|asked| asked.terms.guarantors = vec![guarantee]);
    let assets = ["A", "B", "C", "D", "E"].map(|name| desk.patent(name));
    let work = desk.floor.work(desk.firm.entity, "W");
    let mut draft = desk.application(loan, &[assets[0], work]);
    draft.mandate = None;
    draft.rights.pop();
    let draft = desk.file(draft);
    let submitted = desk.file(desk.application(loan, &[assets[1]]));
    let mended = desk.file(desk.application(loan, &[assets[2]]));
    let seven = PledgeRefusal::ContractIncomplete;
    desk.floor.must(OPERATOR, pledges::deficient(mended, &[seven]));
    let several = desk.pledged(loan, work);
    let mut under = desk.application(loan, &[work]);
    under.maximum = Some(Maximum {
        limit: under.amount,
        until: Some(day(2026, 9, 1)),
    });
    let under = desk.recorded(under);
    let mut two = desk.application(loan, &assets[3..]);
    two.rights[0].value = Some(yuan(1_000));
    let two = desk.recorded(two);
    desk.floor.must(desk.bank.user, pledges::release(two, &assets[3..4]));
    let mut by = desk.application(loan, &assets[3..4]);
    by.replaces = Some(two);
    let by = desk.recorded(by);
    let (bank, firm) = (desk.bank.user, desk.firm.user);
    let today = day(2026, 3, 2);
    let next = [
        (firm, pledges::sign(draft)),
        (OPERATOR, pledges::recorded(submitted)),
        (firm, pledges::mend(mended, &[seven])),
        (OPERATOR, pledges::recorded(mended)),
        (OPERATOR, pledges::change(several, Some(yuan(1)), None, true)),
        (bank, pledges::substitute(two, by)),
        (bank, pledges::fix(under, FixCause::Law, today, yuan(1))),
        (bank, pledges::demand(loan, DemandKind::Payment, desk.firm, today)),
        (
            bank,
            pledges::demand(loan, DemandKind::Guarantee, desk.other_firm, today),
        ),
        (bank, pledges::default(loan, DefaultCause::AgreedEvent)),
        (bank, pledges::repay(loan, yuan(1_000), today)),
        (bank, pledges::demand(loan, DemandKind::Acceleration, desk.firm, today)),
        (bank, pledges::cure(loan)),
        (bank, pledges::assign(loan, desk.other_bank, Some(10), true)),
        (OPERATOR, change(assets[2], AssetChange::Invalidate)),
        (bank, pledges::release(several, &[])),
        (OPERATOR, change(work, AssetChange::Invalidate)),
    ];
    let next = next.map(|(by, command)| (1, by, command)).into();
    Material::of("pledged".into(), &desk.floor.exchange, next)
}

/// Loans with guarantors, a fund behind one, and an insurer: bound, asked, sued, paid; offered, agreed; re-guaranteed and
/// claimed for.
fn guaranteed() -> Material {
    let mut town = Town::new();
    let (bank, surety, insurer) = (town.desk.bank, town.desk.other_firm, town.desk.other_bank);
    for party in [town.fund, surety, insurer] {
        town.gives(party, 1_000_000);
    }
    let fund = town.pool(PoolScheme::ShenzhenReGuarantee.published().unwrap(), &[]);
    let joint = guarantor(surety, |guarantor| {
        (guarantor.as_credit, guarantor.part) = (true, Some(BasisPoints(8_000)));
    });
    let general = guarantor(insurer, |guarantor| guarantor.kind = GuaranteeKind::General);
    let due = |asked: &mut RegisterLoan| {
        pools::of(1_000)(asked);
        asked.terms.due = day(2026, 4, 2);
    };
    let asked = town.desk.loan(|loan| {
        due(loan);
        loan.terms.guarantors = vec![joint, general];
    });
    let paid = town.desk.loan(|loan| {
        due(loan);
        loan.terms.guarantors = vec![joint];
    });
    let [offered, agreed] = [0; 2].map(|_| town.desk.loan(due));
    town.must(surety, pledges::figures(surety, 1_000_000, |_| {}));
    town.must(surety, pools::re_guarantee(fund, paid, surety, 5_000));
    for loan in [offered, agreed] {
        town.must(bank, pledges::insure(loan, insurer, 500, |_| {}));
    }
    town.must(insurer, pledges::insure(agreed, insurer, 500, |_| {}));
    let today = day(2026, 4, 3);
    town.desk.floor.until(today);
    for (kind, on) in [(DemandKind::Guarantee, surety), (DemandKind::Suit, town.desk.firm)] {
        town.must(bank, pledges::demand(asked, kind, on, today));
    }
    for loan in [asked, paid, agreed] {
        town.must(bank, pledges::default(loan, DefaultCause::AgreedEvent));
    }
    town.must(surety, pledges::pay_guarantee(paid, surety));
    let claim = pools::claim_so(paid, surety, 0, |asked| asked.payee = Bearer::Guarantor);
    let next = [
        (surety.user, pledges::pay_guarantee(asked, surety)),
        (bank.user, pledges::withdraw_suit(asked, town.desk.firm, today, true)),
        (insurer.user, pledges::insure(offered, insurer, 500, |_| {})),
        (bank.user, pledges::insure(offered, town.fund, 500, |_| {})),
        (insurer.user, pledges::pay_insurance(agreed, insurer)),
        (surety.user, claim),
        (town.fund.user, pools::decide(paid, true)),
        (surety.user, pools::recover(paid, 30, 1)),
        (surety.user, pledges::figures(surety, 1, |_| {})),
        (
            bank.user,
            pledges::demand(asked, DemandKind::Payment, town.desk.firm, today),
        ),
    ];
    let next = next.map(|(by, command)| (1, by, command)).into();
    Material::of("guaranteed".into(), &town.desk.floor.exchange, next)
}

/// Loans in pools in each state: enrolled, bad, claimed by a bank and by a guarantor, paid, recovering, closed.
fn pooled() -> Material {
    let mut town = Town::new();
    let (bank, guarantees) = (town.desk.bank, town.desk.other_firm);
    for party in [town.fund, bank] {
        town.gives(party, 100_000);
    }
    let capped = PoolProfile {
        year_total: Some(yuan(300)),
        per_borrower_year: Some(yuan(1_000)),
        ..GUANGZHOU_2023
    };
    let (by_figures, by_parts, last) = (
        town.pool(capped, &[]),
        town.pool(GUANGZHOU_2023, &SHENZHEN_SPLIT),
        town.pool(ANHUI_2022, &[]),
    );
    let enrolled = town.loan(400);
    let outside = town.loan(100);
    town.must(bank, pools::enrol(by_figures, enrolled, Some(yuan(300))));
    let paid = town.claimed(by_figures, 100);
    pools::pay(&mut town.desk.floor, paid);
    let claimed = town.claimed(by_figures, 100);
    let asked = guarantor(guarantees, |_| {});
    let guaranteed = town.desk.loan(|loan| {
        pools::of(100)(loan);
        loan.terms.guarantors = vec![asked];
    });
    town.bad(last, guaranteed, 100);
    let today = Timestamp(town.desk.floor.at).venue_date();
    let by_guarantor = pledges::repaid_by(guaranteed, yuan(60), today, guarantees, PayerKind::Guarantor);
    town.must(bank, by_guarantor);
    town.must(guarantees, pools::claim_of_guarantor(guaranteed, guarantees, 60));
    let recovering = town.claimed(by_parts, 100);
    pools::pay(&mut town.desk.floor, recovering);
    town.must(bank, pools::recover(recovering, 11, 0));
    let closed = town.claimed(by_parts, 100);
    pools::pay(&mut town.desk.floor, closed);
    town.must(bank, pools::end(closed, PoolLoanEnd::WrittenOff));
    let bad = town.loan(100);
    town.bad(by_figures, bad, 100);
    let today = Timestamp(town.desk.floor.at).venue_date();
    let next = [
        (OPERATOR, pools::figures(last, ANHUI_2022)),
        (bank.user, pools::enrol(by_figures, outside, Some(yuan(100)))),
        (bank.user, pools::npl(enrolled, today)),
        (bank.user, pools::claim(enrolled, bank, 1)),
        (bank.user, pools::claim(bad, bank, 100)),
        (OPERATOR, pools::decide(claimed, true)),
        (OPERATOR, pools::decide(bad, true)),
        (OPERATOR, pools::decide(enrolled, true)),
        (OPERATOR, pools::decide(guaranteed, true)),
        (guarantees.user, pools::recover(guaranteed, 30, 1)),
        (bank.user, pools::recover(paid, 120, 10)),
        (bank.user, pools::recover(recovering, 7, 1)),
        (bank.user, pools::recover(claimed, 33, 0)),
        (bank.user, pools::end(recovering, PoolLoanEnd::WrittenOff)),
        (bank.user, pools::end(outside, PoolLoanEnd::Repaid)),
    ];
    let next = next.map(|(by, command)| (1, by, command)).into();
    Material::of("pooled".into(), &town.desk.floor.exchange, next)
}

/// Applications for subsidies that wait and were granted, one of them for a first loan; a branch's books; an officer's
/// steps.
fn subsidised() -> Material {
    let mut council = Council::new();
    let (bank, firm) = (council.desk.bank, council.desk.firm);
    council.gives(100_000_000);
    let city = council.published(SubsidyScheme::Shenzhen2023);
    let own = council.own(
        subsidies::NANSHAN,
        subsidies::fees(|profile| profile.years_max = Some(2)),
    );
    let loans = ["A", "B", "C"].map(|name| council.loan(name, |_| {}));
    council.floor().until(day(2026, 3, 12));
    council.pays(loans[0], 150_000, day(2026, 3, 12));
    let fee = |number| [subsidies::cost(CostItem::Guarantee, 1_000, number)];
    let first = |loan, number| {
        subsidies::apply_so(city, loan, firm, &fee(number), |asked| {
            asked.first_loan = Some(subsidies::paper(number + 100));
        })
    };
    let granted = SubsidyId(subsidies::deal(council.floor().must(firm.user, first(loans[0], 1))));
    council.floor().must(OPERATOR, subsidies::decide(granted, true));
    council.granted(own, loans[0], &fee(2));
    let waits = council.applied(own, loans[1], &fee(3));
    let taken_back = council.applied(city, loans[1], &fee(4));
    let today = day(2026, 3, 12);
    council
        .floor()
        .must(bank.user, subsidies::tell_books("A", today, [1, 2, 3, 4]));
    council
        .floor()
        .must(bank.user, subsidies::duty(loans[0], DutyStep::Valued, today));
    let next = [
        (firm.user, first(loans[2], 5)),
        (firm.user, subsidies::apply(own, loans[2], firm, &fee(6))),
        (firm.user, subsidies::withdraw(taken_back)),
        (OPERATOR, subsidies::decide(waits, true)),
        (OPERATOR, subsidies::decide(granted, true)),
        (bank.user, subsidies::tell_books("A", today.next(), [0, 2, 3, 4])),
        (bank.user, subsidies::correct_books("A", today, [0, 2, 3, 4])),
        (bank.user, subsidies::duty(loans[0], DutyStep::Approved, today)),
        (bank.user, subsidies::draw(loans[0], bank.user)),
        (firm.user, subsidies::apply(city, loans[1], firm, &fee(4))),
    ];
    let next = next.map(|(by, command)| (1, by, command)).into();
    Material::of("subsidised".into(), &council.desk.floor.exchange, next)
}

/// Reverse licences that are proposed, consented to, late with a part of a fee paid, and done.
fn licensed() -> Material {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.floor.cash_in(firm.account, 1_000_000_000);
    let begins = [day(2026, 5, 1), day(2026, 5, 20), day(2026, 3, 1), day(2026, 3, 1)];
    let [proposed, consented, late, done] = [0, 1, 2, 3].map(|place: usize| {
        let right = desk.patent(["A", "B", "C", "D"][place]);
        let loan = desk.loan(|_| {});
        desk.pledged(loan, right);
        let case = desk.in_disposal(loan);
        let monthly = licences::proposing(case, firm, |asked| {
            (asked.fees.begins, asked.fees.cycle) = (begins[place], Cycle::Monthly);
        });
        licences::proposed(&mut desk.floor, bank.user, monthly)
    });
    for licence in [consented, late, done] {
        desk.floor.must(firm.user, licences::consenting(licence, firm));
    }
    let pay = |licence, due, minor| licences::pay_fee(licence, due, minor);
    desk.floor.must(firm.user, licences::settle(done));
    desk.floor.must(firm.user, pay(late, day(2026, 4, 1), 26_000_000));
    desk.floor.until(day(2026, 5, 4));
    desk.floor.must(firm.user, pay(late, day(2026, 5, 1), 1_000_000));
    let next = [
        (1, firm.user, pay(late, day(2026, 5, 1), 3_000_000)),
        (0, bank.user, licences::terminate(late)),
        (0, firm.user, licences::consenting(proposed, firm)),
        (1, firm.user, pay(proposed, day(2026, 6, 1), 2_000_000)),
        (1, firm.user, pay(late, day(2026, 5, 1), 22_000_000)),
        (30, firm.user, pay(late, day(2026, 6, 1), 26_000_000)),
        (0, firm.user, licences::settle(consented)),
        (0, firm.user, licences::settle(late)),
        (0, OPERATOR, licences::terminate(consented)),
        (10, bank.user, licences::terminate(proposed)),
    ];
    let next = next.map(|(days, by, command)| (1 + days * DAY, by, command)).into();
    Material::of("licensed".into(), &desk.floor.exchange, next)
}

/// A claim that becomes shares: before the first step, once they are issued, and held.
fn converting() -> Vec<Material> {
    let steps = conversions::all_steps(120_000_000);
    let stage = |done: usize| {
        let mut of = Claimed::of_bank(Floor::<FastBook>::cn_venue(), |_| {});
        let bank = of.desk.bank;
        let asks = of.proposing(|asked| asked.exception = Some(EVIDENCE));
        let id = conversions::proposed(&mut of.desk.floor, bank.user, asks);
        of.fund = bank;
        of.go(id, &steps[..done]);
        let today = of.today();
        let rest = steps.iter().skip(done).map(|one| match one {
            ConversionStep::Held(_) => conversions::held(EquityOrigin::Enforcement),
            other => other.clone(),
        });
        let rest = rest.map(|one| (1, bank.user, conversions::step(id, one, today)));
        let firm = of.desk.firm;
        let ends = [
            (1, bank.user, pledges::repay(of.loan, yuan(1_000), today)),
            (1, bank.user, pledges::assign(of.loan, of.desk.other_bank, None, false)),
            (1, bank.user, pledges::demand(of.loan, DemandKind::Payment, firm, today)),
            (1, bank.user, conversions::give_up(id)),
            (1, bank.user, pledges::cure(of.loan)),
            (800 * DAY, OPERATOR, Command::Tick),
        ];
        let next = if done.is_multiple_of(2) {
            rest.chain(ends).collect()
        } else {
            ends.into_iter().chain(rest).collect()
        };
        Material::of(format!("converting, {done} steps"), &of.desk.floor.exchange, next)
    };
    [0, 3, 4, 6].map(stage).into()
}

/// States of every kind, small ones first.
fn materials() -> Vec<Material> {
    let mut all = lots();
    all.push(pledged());
    all.push(pooled());
    all.push(subsidised());
    all.push(guaranteed());
    all.push(licensed());
    all.extend(converting());
    for (profile, seeds) in [(Profile::CnVenue, 0..5), (Profile::UnitMarket, 5..10)] {
        for seed in seeds {
            all.push(filed(profile, seed, 60 + 90 * seed as usize, 40));
        }
    }
    all
}

/// A number as the image has it: seven bits a byte, the last without the eighth.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7F {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Where the number at a place ends, and the number.
fn number_at(image: &[u8], place: usize) -> (usize, u64) {
    let mut number = 0_u64;
    for (length, byte) in image[place..].iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7F) << (7 * length as u32).min(63);
        if byte & 0x80 == 0 {
            return (place + length + 1, number);
        }
    }
    (place + 1, image[place].into())
}

/// Something else in a number's place.
fn mutate(random: &mut Random, image: &mut Vec<u8>) {
    let place = random.below(image.len() as u64) as usize;
    let (end, number) = number_at(image, place);
    match random.below(12) {
        0..7 => {
            let edges = [
                0,
                1,
                2,
                3,
                7,
                0x7F,
                0x80,
                0xFF,
                0xFFFF,
                1 << 30,
                (1 << 31) - 1,
                1 << 31,
                u32::MAX as u64,
                1 << 40,
                1 << 62,
                (1 << 63) - 1,
                1 << 63,
                u64::MAX - 1,
                u64::MAX,
            ];
            let other = match random.below(6) {
                0 => number.wrapping_add(1),
                1 => number.wrapping_sub(1),
                2 => number.wrapping_add(2),
                3 => {
                    let other = random.below(image.len() as u64) as usize;
                    number_at(image, other).1
                }
                4 => random.of(&edges),
                _ => random.below(2_000),
            };
            image.splice(place..end, varint(other));
        }
        7 => image[place] = random.next() as u8,
        8 => image[place] ^= 1 << random.below(8),
        9 => {
            image.remove(place);
        }
        10 => image.insert(place, random.below(4) as u8),
        _ => {
            let length = 1 + random.below(40) as usize;
            let from = random.below(image.len() as u64) as usize;
            let copied = image[from..(from + length).min(image.len())].to_vec();
            let to = (place + copied.len() * random.below(2) as usize).min(image.len());
            image.splice(place..to, copied);
        }
    }
    if image.is_empty() {
        image.push(0);
    }
}

/// Loads it and, where that is done, goes on without a panic. Says whether it was loaded: its invariants held then.
fn try_forged<B: Book>(material: &Material, image: &[u8]) -> bool {
    let mut exchange = match Exchange::<B>::load(&material.framed(image)) {
        Ok(exchange) => exchange,
        Err(error) => {
            assert!(matches!(error, SnapshotError::Malformed(_)), "{error}");
            return false;
        }
    };
    let mut events = Vec::new();
    let ticks = [1, 40, 400, 4_000].map(|days| (days * DAY, OPERATOR, Command::Tick));
    for (wait, by, command) in material.next.iter().chain(&ticks) {
        let at = exchange.at().after(*wait);
        let body = Request {
            by: *by,
            client: None,
            command: command.clone(),
        };
        let seq = exchange.seq().next();
        exchange.apply(&Stamped { seq, at, body }, &mut events);
    }
    true
}

/// How many images a test tries; `ZHIHENG_SEARCH=20` tries twenty times as many, others first.
const IMAGES: u64 = 40_000;

#[test]
fn an_image_that_nobody_wrote_is_refused_or_is_a_state_that_hears_what_comes() {
    let materials = materials();
    for material in &materials {
        assert!(try_forged::<FastBook>(material, &material.image), "{}", material.name);
        assert!(try_forged::<PlainBook>(material, &material.image), "{}", material.name);
    }
    let images = times(IMAGES);
    let seed = (images / IMAGES).max(1);
    let cores = thread::available_parallelism().map_or(2, usize::from) as u64;
    let loaded = AtomicU64::new(0);
    let run = |number: u64| {
        let mut random = Random(seed << 32 | number);
        let material = &materials[random.below(materials.len() as u64) as usize];
        let mut image = material.image.clone();
        for _ in 0..1 + random.below(2) {
            mutate(&mut random, &mut image);
        }
        let tried = || {
            if number.is_multiple_of(2) {
                try_forged::<FastBook>(material, &image)
            } else {
                try_forged::<PlainBook>(material, &image)
            }
        };
        match panic::catch_unwind(AssertUnwindSafe(tried)) {
            Ok(done) => loaded.fetch_add(u64::from(done), Ordering::Relaxed),
            Err(_) => panic!("{}, image {number}: {}", material.name, material.changed(&image)),
        };
    };
    thread::scope(|scope| {
        for core in 0..cores {
            scope.spawn(move || (0..images).filter(|number| number % cores == core).for_each(run));
        }
    });
    let loaded = loaded.into_inner();
    assert!(
        loaded > images / 10 && loaded < images / 2,
        "{loaded} of {images} were loaded"
    );
}

/// A script as the fuzz targets read it: a wait, a length and an encoded request each.
fn frames(asked: &[(u64, UserId, Command)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (wait, by, command) in asked {
        let mut request = Vec::new();
        let body = Request {
            by: *by,
            client: None,
            command: command.clone(),
        };
        encode(&body, &mut request);
        bytes.push(wait.ilog2() as u8);
        bytes.extend((request.len() as u16).to_le_bytes());
        bytes.extend(request);
    }
    bytes
}

/// The seeds of the fuzz targets `load` and `scripts` (`tests/fuzz`) are these states and what led to some of them; where
/// none can be loaded any more, `ZHIHENG_RENEW=1` writes them anew.
#[test]
fn the_seeds_of_the_fuzz_targets_can_be_loaded() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus");
    let renew = std::env::var_os("ZHIHENG_RENEW").is_some();
    let mut loaded = 0;
    for material in materials() {
        let name = material.name.replace([' ', ','], "_");
        let script = frames(&material.next);
        let length = u16::try_from(script.len()).unwrap_or_default();
        let script = &script[..length.into()];
        let seed = [&length.to_le_bytes()[..], script, &material.image].concat();
        let mut seeds = vec![("load", seed)];
        seeds.extend(material.all.as_deref().map(|all| ("scripts", frames(all))));
        for (target, seed) in seeds.iter().filter(|_| renew) {
            fs::create_dir_all(corpus.join(target)).unwrap();
            fs::write(corpus.join(target).join(&name), seed).unwrap();
        }
        let seed = fs::read(corpus.join("load").join(&name)).unwrap_or_default();
        let image = seed
            .split_first_chunk()
            .and_then(|(length, rest)| rest.get(u16::from_le_bytes(*length).into()..));
        loaded += u32::from(image.is_some_and(|image| Exchange::<FastBook>::load(&material.framed(image)).is_ok()));
    }
    assert!(loaded > 0, "ZHIHENG_RENEW=1 renews the seeds");
}
