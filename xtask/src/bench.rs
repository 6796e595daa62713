//! `bench`: runs the reference workloads on our core and on its peers, and prints one table of ratios. With `--write`
//! the table takes its place on both front pages. `bench -- --page` measures the page in a browser instead.

use crate::{docs::FRONT_PAGES, page, step::cargo};
use anyhow::{Context as _, ensure};
use std::{fs, process::Stdio};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Puts the table into both READMEs
    #[arg(long)]
    write: bool,
    /// What the table's program is told
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// What is measured is built as it is shipped.
const PROFILE: &str = "dist";

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// Says that the page is measured, in a browser, and not the engine.
const PAGE: &str = "--page";

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    if options.arguments == [PAGE] {
        return page::bench(PROFILE);
    }
    // All of its programs: the table starts the one that counts, and must not find an old one beside it.
    let of = ["--profile", PROFILE, "--locked", "--package", "zhiheng-benches"];
    let build = cargo(["build"].into_iter().chain(of).chain(["--bins"])).status()?;
    ensure!(build.success(), "the benchmark does not build");
    let run = ["run"].into_iter().chain(of).chain(["--bin", "table", "--"]);
    let mut command = cargo(run);
    let output = command.args(&options.arguments).stderr(Stdio::inherit()).output()?;
    let table = String::from_utf8(output.stdout).context("the table is text")?;
    print!("{table}");
    ensure!(output.status.success(), "the benchmark failed: {}", output.status);
    if options.write {
        for page in FRONT_PAGES {
            let text = fs::read_to_string(page).with_context(|| page.to_owned())?;
            let text = placed(&text, &table).with_context(|| format!("{page} has no {BEGIN} … {END}"))?;
            fs::write(page, text)?;
        }
    }
    Ok(())
}

/// The page with the table between its markers.
fn placed(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_replaces_the_one_before() {
        let page = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
        let new = placed(page, "\n| new |\n").unwrap();
        assert_eq!(new, "a\n<!-- bench:begin -->\n| new |\n<!-- bench:end -->\nb\n");
        assert_eq!(placed(&new, "| new |").unwrap(), new);
        assert_eq!(placed("nothing", ""), None);
    }
}
