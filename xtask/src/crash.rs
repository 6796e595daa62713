//! `crash`: kills the real server with SIGKILL under load at random moments, start-up and the turn of a segment among
//! them, and starts it again. The judges are the clients' own record of what was acknowledged, and a replay of the
//! journal on the plain book.

use anyhow::bail;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often the server is killed
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Where the random moments come from
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    bail!("not built yet ({} rounds from seed {})", options.rounds, options.seed)
}
