//! The server's program: where it lies, built first where it is missing or older than its sources.
//!
//! Cargo builds it along with `cargo test --workspace`; a run of this package's tests alone would meet an old one.

use anyhow::{Context as _, bail, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant, SystemTime},
};

/// The crates that the server is made of.
const CRATES: [&str; 7] = [
    "protocol",
    "engine",
    "journal",
    "sequencer",
    "market-data",
    "history",
    "gateway",
];
/// How long a program may run until it has done its work.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
}

/// The server's program, of the profile that this process was built in.
pub fn zhiheng() -> anyhow::Result<&'static Path> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FOUND.get_or_init(|| find().map_err(|error| format!("{error:#}"))) {
        Ok(path) => Ok(path),
        Err(why) => bail!("no program to test: {why}"),
    }
}

fn find() -> anyhow::Result<PathBuf> {
    // A test lies in target/PROFILE/deps, a program in target/PROFILE.
    let ours = env::current_exe()?;
    let folder = ours
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps"))
        .context("this program lies nowhere")?;
    let binary = folder.join("zhiheng");
    let built = fs::metadata(&binary).and_then(|found| found.modified()).ok();
    let mut newest = SystemTime::UNIX_EPOCH;
    for name in CRATES {
        newest = newest.max(newest_source(&workspace().join(name).join("src"))?);
    }
    if built.is_none_or(|built| built < newest) {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args([
                "build",
                "--quiet",
                "--locked",
                "-p",
                "zhiheng-gateway",
                "--bin",
                "zhiheng",
            ])
            .arg("--target-dir")
            .arg(folder.parent().context("there is no target folder")?)
            .current_dir(workspace());
        // A profile's folder is called as it is, but that of the one that cargo builds by default.
        let profile = folder.file_name().context("the folder of a profile has a name")?;
        if profile != "debug" {
            cargo.arg("--profile").arg(profile);
        }
        ensure!(
            cargo.status().context("cannot run cargo")?.success(),
            "it does not build"
        );
    }
    Ok(binary)
}

/// When the newest file of a folder was written.
fn newest_source(folder: &Path) -> anyhow::Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        newest = newest.max(if entry.file_type()?.is_dir() {
            newest_source(&entry.path())?
        } else {
            entry.metadata()?.modified()?
        });
    }
    Ok(newest)
}

/// Takes out of a command's environment what would change what the program does: its own settings, and a proxy on the
/// way to it.
pub fn apart(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        let upper = name.to_string_lossy().to_uppercase();
        if upper.starts_with("ZHIHENG_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end and returns what it printed; it must succeed, and within half an hour.
pub fn good(command: &mut Command) -> anyhow::Result<Output> {
    let output = finished(command)?;
    ensure!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output)
}

/// Runs a command to its end, and kills it where it takes too long.
fn finished(command: &mut Command) -> anyhow::Result<Output> {
    let (out, err) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out.reopen()?)
        .stderr(err.reopen()?)
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if since.elapsed() > PATIENCE {
            child.kill()?;
            break child.wait()?;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Ok(Output {
        status,
        stdout: fs::read(out.path())?,
        stderr: fs::read(err.path())?,
    })
}
