//! Kills the real server with SIGKILL under load and judges what is left; kills it at the steps of disposals and counts
//! the fen; then takes its journal away, its lock, its last commands and its clock. `cargo xtask crash` runs it.

use clap::Parser;
use std::path::PathBuf;
use zhiheng_tests::{crash, disposals, thefts};

#[derive(Parser)]
struct Options {
    /// The server's program
    #[arg(long)]
    binary: PathBuf,
    /// How often the server is killed, under load and again at the steps of disposals
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Where the random moments come from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let Options { binary, rounds, seed } = Options::parse();
    let verdict = crash::run(&binary, rounds, seed, &mut |line| println!("{line}"))?;
    println!(
        "{} kills during the start, {} segments, {} commands sent again, {} answers changed",
        verdict.during_start, verdict.segments, verdict.repeated, verdict.changed
    );
    println!("{}", verdict.line(rounds));
    verdict.check(rounds)?;
    let disposed = disposals::run(&binary, rounds, seed, &mut |line| println!("{line}"))?;
    println!("{}", disposed.line());
    thefts::run(&binary, &mut |line| println!("{line}"))
}
