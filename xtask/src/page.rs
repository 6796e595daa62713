//! `page`: the page is held by its own tools. Its types and its texts (svelte-check), its rules (vitest), its build, and walks
//! through it in a real browser against the real program. `pictures` takes its screens.
//!
//! Node and the browser may be missing on a laptop: then the step says so. With `CI=true` that is an error.

use crate::step::{cargo, run, target};
use anyhow::{Context as _, bail, ensure};
use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// Where the page lies.
const PAGE: &str = "web";
/// Says whether the program must have its page (`require`); CI says so for all that it runs.
pub(crate) const BUILT_WITH: &str = "ZHIHENG_PAGE";
/// A test of the gateway's that needs the program.
const OF_THE_PAGE: &str = "site";
/// The walks of `verify`; the others wait for lots to end, or look at each screen as everybody.
pub(crate) const IN_VERIFY: [&str; 7] = ["floor", "trade", "once", "keys", "clock", "hostile", "line"];
/// Where its pictures go.
const PICTURES: &str = "docs/pictures";
/// Names under which the browser is known.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// What is installed where there is none.
const PACKAGES: [&str; 3] = ["chromium", "fonts-liberation", "fonts-noto-cjk"];
/// Waits before another try at a mirror or a registry that is away for a moment (s).
const AGAIN: [u64; 3] = [0, 5, 20];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Shows all that the commands print
    #[arg(short, long)]
    verbose: bool,
    /// Only these walks; none: all of them
    walks: Vec<String>,
}

pub(crate) fn command(options: &Options) -> anyhow::Result<()> {
    println!("{}", check(options.verbose, &options.walks)?);
    Ok(())
}

/// Holds the types, texts and rules of the page, and gives a word on what was held.
fn tools(verbose: bool) -> anyhow::Result<String> {
    if !has("node") || !has("npm") {
        return skipped("there is no Node");
    }
    install(verbose)?;
    let npm = |name: &str, script: &str| {
        let mut command = Command::new("npm");
        command.args(["run", "--silent", script]).current_dir(PAGE);
        run(name, &mut command, verbose)
    };
    npm("page-types", "check").context("types or texts of the page are wrong")?;
    let tested = npm("page-tests", "test")?;
    let tests = tested
        .lines()
        .find(|line| line.contains("Tests"))
        .map_or_else(String::new, |line| {
            counted(line).map_or_else(String::new, |count| format!("{count} tests, "))
        });
    Ok(tests)
}

/// Holds the page, in a browser too, and gives a word on what was held.
pub(crate) fn check(verbose: bool, walks: &[impl AsRef<OsStr>]) -> anyhow::Result<String> {
    // First: the tools write the types of the API among the sources, and cargo would build the program anew.
    let program = program(verbose)?;
    let tests = tools(verbose)?;
    if !has("node") {
        return Ok(tests);
    }
    let Some(browser) = browser(verbose) else {
        return skipped(&format!("{tests}but no browser can be had"));
    };
    let mut walk = node("tests/walk.mjs");
    walk.arg(&program).arg(&browser).args(walks);
    let walked = run("page-walks", &mut walk, verbose)?;
    let all = || walked.lines().filter(|line| line.starts_with("walked "));
    let (count, again) = (
        all().count(),
        all().filter(|line| line.ends_with("at its second try")).count(),
    );
    ensure!(
        count > 0,
        "no walk was walked; a program without its page fails each of them"
    );
    let size = walked
        .lines()
        .find_map(|line| line.trim().strip_prefix("first load: "))
        .unwrap_or("no size was told");
    let again = if again == 0 {
        String::new()
    } else {
        format!(" ({again} at its second try)")
    };
    Ok(format!("{tests}{count} walks{again}, {size}"))
}

/// Takes the pictures of `docs/pictures/`.
pub(crate) fn pictures(verbose: bool) -> anyhow::Result<()> {
    install(verbose)?;
    let program = program(verbose)?;
    let browser = browser(verbose).context("no browser can be had")?;
    let mut command = node("tests/pictures.mjs");
    command
        .arg(program)
        .arg(browser)
        .arg(env::current_dir()?.join(PICTURES));
    run("page-pictures", &mut command, verbose)?;
    Ok(())
}

/// Measures the page in a browser against the program of this profile, and prints a table.
pub(crate) fn bench(profile: &str) -> anyhow::Result<()> {
    install(true)?;
    let built = cargo([
        "build",
        "--profile",
        profile,
        "--locked",
        "--package",
        "zhiheng-gateway",
        "--bin",
        "zhiheng",
    ])
    .status()?;
    ensure!(built.success(), "the program does not build");
    let browser = browser(true).context("no browser can be had")?;
    let program = env::current_dir()?.join(target()).join(profile).join("zhiheng");
    let measured = node("tests/bench.mjs").arg(program).arg(browser).status()?;
    ensure!(measured.success(), "the page can't be measured: {measured}");
    Ok(())
}

fn skipped(why: &str) -> anyhow::Result<String> {
    if env::var_os("CI").is_some_and(|ci| ci == "true") {
        bail!("{why}, and CI=true");
    }
    Ok(format!("skipped: {why}"))
}

fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script).current_dir(PAGE);
    command
}

/// What the page's tools are, as its lock says; nothing where they are there already.
fn install(verbose: bool) -> anyhow::Result<()> {
    let page = Path::new(PAGE);
    let lock = fs::read(page.join("package-lock.json"))?;
    let stamp = page.join("node_modules/.zhiheng-lock");
    if fs::read(&stamp).is_ok_and(|before| before == lock) {
        return Ok(());
    }
    let mut last = None;
    for pause in AGAIN {
        thread::sleep(Duration::from_secs(pause));
        let mut command = Command::new("npm");
        command
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(PAGE);
        match run("page-install", &mut command, verbose) {
            Ok(_) => return Ok(fs::write(stamp, lock)?),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("it was tried")?)
}

/// The program with its page, as the tests have built it: asked for in their way, since another one would build its libraries
/// anew.
fn program(verbose: bool) -> anyhow::Result<PathBuf> {
    let mut command = cargo(["test", "--workspace", "--locked", "--no-run", "--test", OF_THE_PAGE]);
    run("page-program", &mut command, verbose)?;
    Ok(env::current_dir()?.join(target()).join("debug/zhiheng"))
}

/// A browser: one that is there, else Debian's, where we may install it.
fn browser(verbose: bool) -> Option<PathBuf> {
    if let Some(found) = found() {
        return Some(found);
    }
    for pause in AGAIN {
        thread::sleep(Duration::from_secs(pause));
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            run("page-browser", &mut command, verbose).is_ok()
        };
        if apt(&["update"]) && apt(&[&["install", "-y", "--no-install-recommends"], &PACKAGES[..]].concat()) {
            return found();
        }
    }
    None
}

fn found() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .flat_map(|folder| BROWSERS.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

/// The number before "passed" in a line of the test runner, whatever colours it has.
fn counted(line: &str) -> Option<u64> {
    let words: Vec<_> = line
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let passed = words.iter().position(|word| word.ends_with("passed"))?;
    words[..passed]
        .iter()
        .rev()
        .find_map(|word| word.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_s_line_is_read_with_and_without_colours() {
        assert_eq!(counted("      Tests  40 passed (40)"), Some(40));
        assert_eq!(counted("no tests"), None);
    }
}
