//! `fuzz`: searches with libFuzzer for bytes that break a promise of what may be fed any (`tests/fuzz`), a target after the
//! other, from the seeds in the repository on. What it finds lies below the target folder, for a test and a mend; the
//! seeds themselves are run by an ordinary test.
//!
//! cargo-fuzz is installed here, at one version, and drives a stable compiler: no sanitizer, for none of our code is
//! unsafe but one hint to the cache.

use crate::step::{cargo, target};
use anyhow::{Context as _, bail, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

const VERSION: &str = "0.13.2";
/// The crate that links libFuzzer, apart from the workspace.
const FOLDER: &str = "tests/fuzz/libfuzzer";
const SEEDS: &str = "tests/fuzz/corpus";
/// How often an installation is tried: a registry may be away for a moment.
const TRIES: u32 = 4;
/// A target that needs the gateway, which takes long to build, and comes last.
const EDGE: [&str; 6] = ["lines", "csv", "liens", "auction_log", "certificate", "operations"];
const CORE: [&str; 4] = ["wire", "scripts", "load", "journal"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long each target is searched
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only these; without any, all in turn
    #[arg(long = "target")]
    targets: Vec<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let all = || CORE.into_iter().chain(EDGE);
    for name in &options.targets {
        let known: Vec<_> = all().collect();
        ensure!(
            known.contains(&name.as_str()),
            "no target {name}; there are {}",
            known.join(", ")
        );
    }
    let tools = install()?;
    // The same versions as the workspace; cargo adds libFuzzer's own.
    fs::copy("Cargo.lock", Path::new(FOLDER).join("Cargo.lock")).context("the workspace has a lock")?;
    let wanted = |name: &&str| options.targets.is_empty() || options.targets.iter().any(|one| one == name);
    let mut found = Vec::new();
    for name in all().filter(wanted) {
        let (ended_well, executions) = search(name, options.seconds, &tools)?;
        println!(
            "{name:<12} {executions:>12} executions{}",
            if ended_well { "" } else { "  A FIND" }
        );
        if !ended_well {
            found.push(name);
        }
    }
    if !found.is_empty() {
        bail!(
            "finds in {}: see {}",
            found.join(", "),
            target().join("fuzz").join("finds").display()
        );
    }
    Ok(())
}

/// The folder with cargo-fuzz.
fn install() -> anyhow::Result<PathBuf> {
    let root = target().join("xtask").join(format!("cargo-fuzz-{VERSION}"));
    let bin = fs::canonicalize(&root).unwrap_or(root.clone()).join("bin");
    for attempt in 0..TRIES {
        let works = Command::new(bin.join("cargo-fuzz")).arg("--version").output();
        if works.is_ok_and(|output| output.status.success()) {
            return Ok(fs::canonicalize(bin)?);
        }
        if attempt > 0 {
            thread::sleep(Duration::from_secs(5 << attempt));
        }
        let mut command = cargo(["install", "cargo-fuzz", "--locked", "--force", "--version"]);
        command.arg(format!("={VERSION}")).arg("--root").arg(&root);
        let _ = command.status().context("cargo install cannot be run")?;
    }
    bail!("cargo-fuzz {VERSION} cannot be installed")
}

/// Searches one target. Whether nothing was found, and how many inputs were tried.
fn search(name: &str, seconds: u64, tools: &Path) -> anyhow::Result<(bool, String)> {
    let folder = |what: &str| -> anyhow::Result<PathBuf> {
        let folder = target().join("fuzz").join(what).join(name);
        fs::create_dir_all(&folder)?;
        Ok(fs::canonicalize(folder)?)
    };
    let (grown, finds) = (folder("corpus")?, folder("finds")?);
    let mut command = cargo([
        "fuzz",
        "run",
        "--fuzz-dir",
        FOLDER,
        "--sanitizer",
        "none",
        "--target-dir",
    ]);
    command.arg(target().join("fuzz"));
    if EDGE.contains(&name) {
        command.args(["--features", "edge"]);
    }
    command.arg(name).arg(grown).arg(Path::new(SEEDS).join(name)).arg("--");
    command.args([
        "-timeout=20",
        "-rss_limit_mb=3072",
        "-max_len=65536",
        "-print_final_stats=1",
    ]);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/", finds.display()));
    let path = env::var_os("PATH").unwrap_or_default();
    let paths = [tools.to_owned()].into_iter().chain(env::split_paths(&path));
    // Coverage is a flag of the nightly compiler that a stable one knows as well.
    command.env("PATH", env::join_paths(paths)?).env("RUSTC_BOOTSTRAP", "1");
    let output = command.output().context("cargo fuzz cannot be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let log = target().join("xtask").join(format!("fuzz-{name}.log"));
    fs::write(&log, said.as_bytes())?;
    let executions = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    match executions {
        Some(executions) => Ok((output.status.success(), executions.trim().to_owned())),
        None if output.status.success() => bail!("{name} says no figures: see {}", log.display()),
        None => {
            let lines: Vec<_> = said.lines().collect();
            bail!(
                "{name}: {}\n{}",
                log.display(),
                lines[lines.len().saturating_sub(40)..].join("\n")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_target_has_seeds_and_a_program() {
        let ours: BTreeSet<String> = CORE.into_iter().chain(EDGE).map(str::to_owned).collect();
        let seeds = fs::read_dir(Path::new("..").join(SEEDS)).unwrap();
        let seeds: BTreeSet<String> = seeds
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(ours, seeds);
        let manifest = fs::read_to_string(Path::new("..").join(FOLDER).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let programs = manifest["bin"].as_array().unwrap();
        let edge = |program: &toml::Value| program.get("required-features").is_some();
        let named = |program: &toml::Value| program["name"].as_str().unwrap().to_owned();
        assert_eq!(ours, programs.iter().map(named).collect());
        assert!(
            programs
                .iter()
                .all(|program| edge(program) == EDGE.contains(&named(program).as_str()))
        );
    }
}
