//! A few kills of the real server under load; `cargo xtask crash` does more of them.

use zhiheng_tests::{crash, disposals, program, thefts};

#[test]
fn nothing_acknowledged_is_lost_in_a_kill() -> anyhow::Result<()> {
    // The moments are random: a failure says its seed, and `crash --seed` does the same again.
    const ROUNDS: u32 = 3;
    const SEED: u64 = 3;
    let verdict = crash::run(program::zhiheng()?, ROUNDS, SEED, &mut |line| println!("{line}"))?;
    println!("{} (seed {SEED})", verdict.line(ROUNDS));
    verdict.check(ROUNDS)
}

#[test]
fn a_kill_at_a_step_of_a_disposal_loses_nothing_and_repeats_no_posting() -> anyhow::Result<()> {
    const KILLS: u32 = 9;
    let verdict = disposals::run(program::zhiheng()?, KILLS, 5, &mut |line| println!("{line}"))?;
    println!("{}", verdict.line());
    Ok(())
}

#[test]
fn what_is_done_to_a_journal_from_outside_is_noticed_and_nothing_is_acknowledged_after_it() -> anyhow::Result<()> {
    thefts::run(program::zhiheng()?, &mut |line| println!("{line}"))
}
