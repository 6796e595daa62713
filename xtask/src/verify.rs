//! `verify`: the whole truth about the tree, on a laptop and in CI, and nothing edited. `fix`: what can be mended by a
//! machine.

use crate::{
    arrows, contract, docs, licences,
    metadata::Metadata,
    page,
    step::{Steps, cargo, run},
    unused,
};
use anyhow::{Context as _, ensure};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Shows all that the commands print
    #[arg(short, long)]
    verbose: bool,
    /// Only the steps that build nothing
    #[arg(long)]
    quick: bool,
}

pub(crate) fn verify(options: &Options) -> anyhow::Result<()> {
    let mut steps = Steps::new(options.verbose);
    steps.step("format", |verbose| {
        let mut command = cargo(["fmt", "--all", "--", "--check", "-l", "--color", "never"]);
        run("format", &mut command, verbose)
            .context("`cargo xtask fix` formats these")
            .map(|_| String::new())
    });
    let metadata = Metadata::read()?;
    steps.step("arrows", |_| arrows::check(&metadata));
    steps.step("unused", |_| unused::check(&metadata));
    steps.step("licences", |_| licences::check(&metadata));
    steps.step("cargo-deny", licences::cargo_deny);
    steps.step("links", |_| docs::check());
    let mut tests = None;
    if !options.quick {
        // Clippy and rustdoc share the checked dependencies; the tests build theirs once.
        steps.step("clippy", |verbose| {
            let arguments = [
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ];
            run("clippy", &mut cargo(arguments), verbose).map(|_| String::new())
        });
        steps.step("docs", |verbose| {
            let mut command = cargo(["doc", "--workspace", "--no-deps", "--locked"]);
            command.env("RUSTDOCFLAGS", "-D warnings");
            run("docs", &mut command, verbose).map(|_| String::new())
        });
        steps.step("tests", |verbose| {
            let mut command = cargo(["test", "--workspace", "--locked", "--no-fail-fast"]);
            // One tree, one verdict: the caller's settings are not for the tests, and their random cases are the same
            // each time. Whoever runs a test alone gets others.
            // What the program is built with (`ZHIHENG_PAGE`) stays as it is for every step: another word would build it anew.
            let of_tests = |name: &str| {
                name != page::BUILT_WITH && (name.starts_with("ZHIHENG_") || name.starts_with("PROPTEST_"))
            };
            for (name, _) in std::env::vars().filter(|(name, _)| of_tests(name)) {
                command.env_remove(name);
            }
            command.env("PROPTEST_RNG_SEED", "1");
            let output = run("tests", &mut command, verbose)?;
            let counted = Counted::of(&output);
            ensure!(counted.passed > 0, "no test ran");
            let note = format!("{} passed, {} ignored", counted.passed, counted.ignored);
            tests = Some(counted);
            Ok(note)
        });
    }
    if !options.quick {
        steps.step("contract", |verbose| {
            let (seconds, examples) = contract::IN_VERIFY;
            contract::check(verbose, seconds, examples)
        });
        steps.step("page", |verbose| page::check(verbose, &page::IN_VERIFY));
    }
    if let Some(Counted { passed, failed, .. }) = tests {
        println!("{passed} passed, {failed} failed");
    }
    steps.finish()
}

pub(crate) fn fix() -> anyhow::Result<()> {
    let mut steps = Steps::new(false);
    steps.step("clippy", |verbose| {
        let arguments = [
            "clippy",
            "--fix",
            "--allow-dirty",
            "--allow-staged",
            "--workspace",
            "--all-targets",
        ];
        run("clippy", &mut cargo(arguments), verbose).map(|_| String::new())
    });
    steps.step("format", |verbose| {
        run("format", &mut cargo(["fmt", "--all"]), verbose).map(|_| String::new())
    });
    steps.step("expected", |verbose| {
        // Tests that hold a text against an expected file write the file instead. Golden bytes are not renewed: a change
        // of those is a new version of a format.
        let mut command = cargo(["test", "--workspace", "--no-fail-fast"]);
        command.env("ZHIHENG_RENEW", "1");
        run("expected", &mut command, verbose).map(|_| "read the changes before you commit them".to_owned())
    });
    steps.finish()
}

/// What the test runner counted, over all binaries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counted {
    fn of(output: &str) -> Self {
        let mut sum = Self::default();
        for line in output.lines().filter(|line| line.starts_with("test result:")) {
            let count = |what: &str| {
                let words: Vec<_> = line.split_whitespace().collect();
                words
                    .windows(2)
                    .find(|pair| pair[1].trim_end_matches(';') == what)
                    .and_then(|pair| pair[0].parse().ok())
            };
            sum.passed += count("passed").unwrap_or(0);
            sum.failed += count("failed").unwrap_or(0);
            sum.ignored += count("ignored").unwrap_or(0);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_is_counted_over_all_its_binaries() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 9 filtered out; finished in 0.19s\n\
            test result: FAILED. 40 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        assert_eq!(
            Counted::of(output),
            Counted {
                passed: 42,
                failed: 3,
                ignored: 1
            }
        );
    }
}
