//! `crash`: kills the real server with SIGKILL under load at random moments, start-up and the turn of a segment among
//! them, and starts it again. The judges are the clients' own record of what was acknowledged, and a replay of the
//! journal on the plain book. It kills it again at the steps of disposals, and holds every account, debt and statement
//! against a paper. Then it takes the journal away under the server, deletes its lock, puts an old folder back and sets the
//! clock. The work is done by `tests/src/crash.rs`, `disposals.rs` and `thefts.rs`; here both programs are built.

use anyhow::{Context as _, bail};
use std::{env, process::Command};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often the server is killed, under load and again at the steps of disposals
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Where the random moments come from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Build the server as it is shipped; without this, as the tests have it already
    #[arg(long)]
    dist: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let profile: &[&str] = if options.dist { &["--profile", "dist"] } else { &[] };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(&cargo)
        .args([
            "build",
            "--quiet",
            "-p",
            "zhiheng-gateway",
            "--bin",
            "zhiheng",
            "-p",
            "zhiheng-tests",
            "--bin",
            "crash",
        ])
        .args(profile)
        .status()
        .context("cannot run cargo")?;
    if !built.success() {
        bail!("the server or its judge does not build");
    }
    // This program lies where cargo puts the others of its profile.
    let ours = env::current_exe()?;
    let target = ours.ancestors().nth(2).context("this program has no target folder")?;
    let folder = target.join(if options.dist { "dist" } else { "debug" });
    let judged = Command::new(folder.join("crash"))
        .arg("--binary")
        .arg(folder.join("zhiheng"))
        .args([
            "--rounds",
            &options.rounds.to_string(),
            "--seed",
            &options.seed.to_string(),
        ])
        .status()
        .context("cannot run the judge")?;
    if !judged.success() {
        bail!("the judge found a fault");
    }
    Ok(())
}
