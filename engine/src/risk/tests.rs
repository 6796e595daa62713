use crate::{
    risk::state::Pools,
    sums::pools::{Lost, Recovered},
};
use alloc::vec::Vec;
use proptest::prelude::*;
use protocol::{
    AccountId, Amount, BasisPoints, Currency, Date, Digest, EntityId, LoanId, Money, PoolId, Reject, Seq,
    risk::{
        ANHUI_2022, Bearer, ClaimOnPool, EnrolLoan, GUANGZHOU_541_SPLIT, GUANGZHOU_2023, HAIKOU_2023, LossShare,
        OpenPool, Payment, PoolLoan, PoolLoanEnd, PoolLoanState, PoolProfile, SHENZHEN_2024, SetPoolFigures,
    },
};

const POOL: PoolId = PoolId(1);
/// 2026-03-02.
const TODAY: Date = Date(20_514);
const EVIDENCE: Digest = Digest([7; 32]);
const MUCH: Money = Money::from_minor(i64::MAX);

fn cny(yuan: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(yuan * 100))
}

fn with(profile: PoolProfile, shares: &[LossShare]) -> Pools {
    let mut pools = Pools::default();
    let order = OpenPool {
        account: AccountId(9),
        currency: Currency::Cny,
        profile,
        shares: shares.to_vec(),
    };
    assert_eq!(pools.open(POOL, &order), Ok(()));
    pools
}

/// Enrols a loan of so many yuan on intellectual property, lent so many days ago.
fn enrol(pools: &mut Pools, loan: u64, yuan: i64, days_ago: i32) -> Result<i64, Reject> {
    let order = EnrolLoan {
        pool: POOL,
        loan: LoanId(loan),
        ip_share: Some(cny(yuan)),
        favoured: false,
    };
    let known = PoolLoan {
        borrower: EntityId(5),
        principal: cny(yuan),
        ip_share: order.ip_share,
        lent: Date(TODAY.0 - days_ago),
        favoured: order.favoured,
    };
    let enrolling = pools.to_enrol(&order, known, TODAY, (None, false))?;
    pools.enrol(enrolling);
    pools.check().unwrap();
    Ok(pools.loans[&order.loan].covered.minor() / 100)
}

fn turn_bad(pools: &mut Pools, loan: u64) -> Result<(), Reject> {
    pools.turn_bad(LoanId(loan), TODAY.next())
}

fn lost(yuan: i64) -> Lost {
    Lost {
        principal: cny(yuan).money,
        interest: Money::ZERO,
    }
}

fn order(loan: u64, payee: Bearer, own_liability: i64, other_public: i64) -> ClaimOnPool {
    ClaimOnPool {
        loan: LoanId(loan),
        account: AccountId(3),
        payee,
        paid: None,
        own_liability: cny(own_liability),
        other_public: cny(other_public),
        evidence: EVIDENCE,
    }
}

fn claim_by(pools: &mut Pools, order: &ClaimOnPool, yuan: i64, seq: u64) -> Result<(), Reject> {
    let claiming = pools.to_claim(order.loan, order.payee, lost(yuan), None)?;
    pools.claim(order, lost(yuan), claiming, Seq(seq));
    pools.check().unwrap();
    Ok(())
}

fn claim(pools: &mut Pools, loan: u64, yuan: i64, seq: u64) -> Result<(), Reject> {
    claim_by(pools, &order(loan, Bearer::Bank, yuan, 0), yuan, seq)
}

fn bad_and_claimed(pools: &mut Pools, loan: u64, yuan: i64) {
    turn_bad(pools, loan).unwrap();
    claim(pools, loan, yuan, loan).unwrap();
}

/// Pays a claim of which so many yuan are still lost.
fn pay_still(pools: &mut Pools, loan: u64, still: i64, free: Money) -> Result<(i64, Payment), Reject> {
    let on = TODAY.next();
    let paying = pools.to_pay(LoanId(loan), lost(still), on, free)?;
    let paid = paying.paid;
    pools.pay_claim(LoanId(loan), on, paying);
    pools.check().unwrap();
    Ok((paid.amount.minor() / 100, paid.payment))
}

fn pay(pools: &mut Pools, loan: u64, free: Money) -> Result<(i64, Payment), Reject> {
    pay_still(pools, loan, 1_000_000_000, free)
}

fn recover(pools: &mut Pools, loan: u64, yuan: i64, cost: i64) -> Result<Recovered, Reject> {
    let recovering = pools.to_recover(LoanId(loan), cny(yuan).money, cny(cost).money)?;
    pools.recover(LoanId(loan), &recovering);
    pools.check().unwrap();
    assert_eq!(Some(&recovering.fund), recovering.shared.each.last());
    Ok(recovering.shared)
}

#[test]
fn a_loan_from_its_enrolment_to_what_is_recovered() {
    let mut pools = with(GUANGZHOU_2023, &[]);
    assert_eq!(enrol(&mut pools, 1, 4_000_000, 10), Ok(4_000_000));
    let told = pools.pools[&POOL].record(POOL);
    assert_eq!((told.backed, told.loans, told.claims), (cny(4_000_000), 1, 0));
    bad_and_claimed(&mut pools, 1, 3_000_000);
    assert_eq!(pay(&mut pools, 1, MUCH), Ok((1_500_000, Payment::InFull)));
    assert_eq!(pools.pools[&POOL].backed, Money::ZERO);
    let shared = recover(&mut pools, 1, 200_000, 10_000).unwrap();
    assert_eq!(shared.each, [cny(95_000).money, cny(95_000).money]);
    let shared = recover(&mut pools, 1, 3_000_000, 0).unwrap();
    assert_eq!(shared.surplus, cny(190_000).money, "who bore the loss is whole");
    assert_eq!(pools.end(LoanId(1), PoolLoanEnd::WrittenOff), Ok(()));
    assert_eq!(claim(&mut pools, 1, 1, 2), Err(Reject::SecondClaim));
    let told = pools.loans[&LoanId(1)].record(LoanId(1));
    assert_eq!((told.state, told.paid), (PoolLoanState::Closed, Some(cny(1_500_000))));
    assert_eq!(
        told.borne.iter().map(|one| one.got).collect::<Vec<_>>(),
        [cny(1_500_000); 2]
    );
}

#[test]
fn a_blank_takes_no_loan_until_its_figures_are_given() {
    let mut pools = with(SHENZHEN_2024, &[]);
    assert_eq!(enrol(&mut pools, 1, 100, 0), Err(Reject::PoolFiguresMissing));
    let given = SetPoolFigures {
        pool: POOL,
        profile: PoolProfile {
            bank: Some(BasisPoints(5_000)),
            ..SHENZHEN_2024
        },
    };
    assert_eq!(pools.set_figures(&given), Ok(()));
    assert_eq!(enrol(&mut pools, 1, 100, 0), Ok(100));
    assert_eq!(
        pools.set_figures(&given),
        Err(Reject::StateForbids),
        "a loan relies on them"
    );
}

#[test]
fn a_pool_in_another_currency_or_without_its_own_part_is_none() {
    let order = |currency, shares: &[LossShare]| OpenPool {
        account: AccountId(9),
        currency,
        profile: HAIKOU_2023,
        shares: shares.to_vec(),
    };
    let mut pools = Pools::default();
    assert_eq!(pools.open(POOL, &order(Currency::Hkd, &[])), Err(Reject::AmountInvalid));
    let without = &GUANGZHOU_541_SPLIT[..2];
    assert_eq!(
        pools.open(POOL, &order(Currency::Cny, without)),
        Err(Reject::LossSharesInvalid)
    );
    assert_eq!(enrol(&mut pools, 1, 100, 0), Err(Reject::UnknownPool));
}

#[test]
fn what_was_lent_first_is_covered_first_though_it_is_enrolled_later() {
    let mut pools = with(GUANGZHOU_2023, &[]);
    assert_eq!(enrol(&mut pools, 1, 12_000_000, 10), Ok(10_000_000));
    assert_eq!(enrol(&mut pools, 2, 9_000_000, 5), Ok(9_000_000));
    assert_eq!(enrol(&mut pools, 3, 9_000_000, 1), Ok(1_000_000));
    assert_eq!(enrol(&mut pools, 4, 9_000_000, 0), Err(Reject::PoolBorrowerCap));
    // The second is claimed on and keeps its part; what was lent before it takes from the third alone.
    bad_and_claimed(&mut pools, 2, 9_000_000);
    assert_eq!(enrol(&mut pools, 5, 500_000, 20), Ok(500_000));
    assert_eq!(pools.loans[&LoanId(3)].covered, cny(500_000).money);
    assert_eq!(pools.pools[&POOL].backed, cny(20_000_000).money);
    // A year before is another year.
    assert_eq!(enrol(&mut pools, 6, 9_000_000, 300), Ok(9_000_000));
}

#[test]
fn a_loan_that_all_others_came_before_is_not_claimed_on() {
    let mut pools = with(GUANGZHOU_2023, &[]);
    assert_eq!(enrol(&mut pools, 1, 10_000_000, 1), Ok(10_000_000));
    assert_eq!(enrol(&mut pools, 2, 10_000_000, 3), Ok(10_000_000));
    assert_eq!(enrol(&mut pools, 3, 10_000_000, 2), Ok(10_000_000));
    turn_bad(&mut pools, 1).unwrap();
    assert_eq!(claim(&mut pools, 1, 5, 1), Err(Reject::PoolBorrowerCap));
}

#[test]
fn a_year_of_a_borrower_has_room_for_so_many_loans() {
    let mut pools = with(HAIKOU_2023, &GUANGZHOU_541_SPLIT);
    for loan in 1..=256 {
        assert_eq!(enrol(&mut pools, loan, 1, 1), Ok(1));
    }
    // A loan that is over was one of them.
    assert_eq!(pools.end(LoanId(1), PoolLoanEnd::Repaid), Ok(()));
    assert_eq!(enrol(&mut pools, 257, 1, 1), Err(Reject::PoolBorrowerCap));
    assert_eq!(enrol(&mut pools, 257, 1, 300), Ok(1), "another year has room");
    assert_eq!(enrol(&mut pools, 258, 300_000_000, 300), Err(Reject::PoolLeverage));
}

#[test]
fn enrolment_comes_before_the_day_on_which_a_loan_turns_bad() {
    let mut pools = with(GUANGZHOU_2023, &[]);
    enrol(&mut pools, 1, 100, 10).unwrap();
    assert_eq!(pools.turn_bad(LoanId(1), TODAY), Err(Reject::EnrolledAfterNpl));
    assert_eq!(pools.turn_bad(LoanId(1), TODAY.next()), Ok(()));
    assert_eq!(enrol(&mut pools, 1, 100, 10), Err(Reject::AlreadyEnrolled));
    let known = pools.loans[&LoanId(1)].loan;
    let late = EnrolLoan {
        pool: POOL,
        loan: LoanId(2),
        ip_share: None,
        favoured: false,
    };
    let enrolling = pools.to_enrol(&late, known, TODAY, (Some(TODAY), false));
    assert_eq!(enrolling.err(), Some(Reject::EnrolledAfterNpl));
}

#[test]
fn claims_are_paid_in_their_order_and_the_last_in_part() {
    let profile = PoolProfile {
        year_total: Some(cny(600)),
        ..GUANGZHOU_2023
    };
    let mut pools = with(profile, &[]);
    for loan in 1..=3 {
        enrol(&mut pools, loan, 1_000, 1).unwrap();
    }
    bad_and_claimed(&mut pools, 2, 1_000);
    bad_and_claimed(&mut pools, 1, 800);
    assert_eq!(
        pay(&mut pools, 1, MUCH),
        Ok((400, Payment::InFull)),
        "its number is the line's"
    );
    assert_eq!(pay(&mut pools, 2, MUCH), Ok((200, Payment::PoolShort)));
    // What the pool lacked the bank bears, and gets back first of all once the pool has its own.
    assert_eq!(
        recover(&mut pools, 2, 500, 0).unwrap().each,
        [cny(300).money, cny(200).money]
    );
    turn_bad(&mut pools, 3).unwrap();
    assert_eq!(claim(&mut pools, 3, 0, 7), Err(Reject::FullyRecovered));
    claim(&mut pools, 3, 100, 7).unwrap();
    assert_eq!(
        pay(&mut pools, 3, MUCH),
        Ok((0, Payment::PoolShort)),
        "the year has nothing left"
    );
    assert_eq!(claim(&mut pools, 3, 100, 8), Err(Reject::SecondClaim));
}

#[test]
fn a_claim_behind_another_waits_for_it() {
    let mut pools = with(GUANGZHOU_2023, &[]);
    for loan in [1, 2] {
        enrol(&mut pools, loan, 1_000, 1).unwrap();
        bad_and_claimed(&mut pools, loan, 1_000);
    }
    assert_eq!(pay(&mut pools, 2, MUCH), Err(Reject::StateForbids));
    assert_eq!(pools.decline(LoanId(1)), Ok(()));
    assert_eq!(pay(&mut pools, 2, MUCH), Ok((500, Payment::InFull)));
    // What was turned down may be claimed again; what is repaid meanwhile is not paid.
    claim(&mut pools, 1, 1_000, 9).unwrap();
    assert_eq!(claim(&mut pools, 1, 1_000, 10), Err(Reject::SecondClaim));
    assert_eq!(pools.end(LoanId(1), PoolLoanEnd::Repaid), Ok(()));
    pools.check().unwrap();
    assert_eq!(pay(&mut pools, 1, MUCH), Err(Reject::StateForbids));
    assert_eq!(claim(&mut pools, 1, 1_000, 11), Err(Reject::FullyRecovered));
}

#[test]
fn a_pool_with_agreed_parts_pays_its_own_and_only_who_bears_a_part_claims() {
    let mut pools = with(GUANGZHOU_2023, &GUANGZHOU_541_SPLIT);
    enrol(&mut pools, 1, 1_000, 1).unwrap();
    bad_and_claimed(&mut pools, 1, 1_000);
    assert_eq!(pay(&mut pools, 1, MUCH), Ok((500, Payment::InFull)));
    let bears: Vec<_> = pools.loans[&LoanId(1)]
        .borne
        .iter()
        .map(|one| (one.share.bearer, one.amount.minor() / 100))
        .collect();
    assert_eq!(
        bears,
        [(Bearer::Bank, 100), (Bearer::Insurer, 400), (Bearer::Fund, 500)]
    );
    enrol(&mut pools, 2, 1_000, 1).unwrap();
    turn_bad(&mut pools, 2).unwrap();
    for nobody in [Bearer::Guarantor, Bearer::Fund] {
        assert_eq!(pools.pays(LoanId(2), nobody), nobody == Bearer::Fund);
    }
    assert!(pools.pays(LoanId(2), Bearer::Bank));
}

#[test]
fn public_money_stops_at_its_part_of_one_s_own_liability() {
    let mut pools = with(ANHUI_2022, &[]);
    enrol(&mut pools, 1, 1_000, 1).unwrap();
    turn_bad(&mut pools, 1).unwrap();
    claim_by(&mut pools, &order(1, Bearer::Guarantor, 500, 300), 1_000, 5).unwrap();
    assert_eq!(pay(&mut pools, 1, MUCH), Ok((100, Payment::PublicCap)));
}

#[test]
fn a_cured_loan_leaves_the_line_and_is_enrolled_as_before() {
    let mut pools = with(GUANGZHOU_2023, &[]);
    enrol(&mut pools, 1, 1_000, 1).unwrap();
    bad_and_claimed(&mut pools, 1, 1_000);
    assert_eq!(pools.end(LoanId(1), PoolLoanEnd::WrittenOff), Err(Reject::StateForbids));
    assert_eq!(pools.end(LoanId(1), PoolLoanEnd::Cured), Ok(()));
    pools.check().unwrap();
    let enrolment = &pools.loans[&LoanId(1)];
    assert_eq!(
        (enrolment.state, enrolment.npl, enrolment.claim),
        (PoolLoanState::Enrolled, None, None)
    );
    assert!(pools.pools[&POOL].line.is_empty());
    assert_eq!(recover(&mut pools, 1, 1, 0), Err(Reject::StateForbids));
    assert_eq!(pools.decline(LoanId(2)), Err(Reject::NotEnrolled));
}

proptest! {
    /// Whatever is asked in whatever order: what always holds holds, and the pool's money adds up.
    #[test]
    fn the_money_of_a_pool_adds_up(
        parts: bool,
        deeds in prop::collection::vec((0_u8..8, 0_u64..12, 1_i64..15_000_000, 0_i32..20), 1..120),
    ) {
        let mut pools = with(GUANGZHOU_2023, if parts { &GUANGZHOU_541_SPLIT } else { &[] });
        let (mut free, mut out, mut back) = (cny(30_000_000).money, Money::ZERO, Money::ZERO);
        for (seq, (deed, loan, yuan, days)) in (1..).zip(deeds) {
            let id = LoanId(loan);
            match deed {
                0 | 1 => drop(enrol(&mut pools, loan, yuan, days)),
                2 => drop(turn_bad(&mut pools, loan)),
                3 => drop(claim(&mut pools, loan, yuan, seq)),
                4 => {
                    let on = TODAY.next();
                    if let Ok(paying) = pools.to_pay(id, lost(yuan), on, free) {
                        let paid = paying.paid.amount;
                        pools.pay_claim(id, on, paying);
                        free = free.minus(paid);
                        out = out.plus(paid);
                    }
                }
                5 => {
                    if let Ok(shared) = recover(&mut pools, loan, yuan, yuan / 10 * i64::from(days % 3)) {
                        let fund = *shared.each.last().unwrap();
                        free = free.plus(fund);
                        back = back.plus(fund);
                    }
                }
                6 => drop(pools.decline(id)),
                _ => drop(pools.end(id, PoolLoanEnd::ALL[days as usize % 3])),
            }
            prop_assert_eq!(pools.check(), Ok(()));
            prop_assert!(back <= out, "a pool gets back no more than it paid");
            prop_assert_eq!(free.plus(out), cny(30_000_000).money.plus(back));
            prop_assert_eq!(pools.pools[&POOL].paid_in(2026), out);
        }
    }
}
