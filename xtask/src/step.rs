//! A step of a task: one line with its name and time; what it says in full only where it fails.

use anyhow::{Context as _, bail};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// Steps that were done.
pub(crate) struct Steps {
    verbose: bool,
    begun: Instant,
    failed: Vec<&'static str>,
    done: usize,
}

impl Steps {
    /// `verbose`: commands say all they have to say.
    pub(crate) fn new(verbose: bool) -> Self {
        Self {
            verbose,
            begun: Instant::now(),
            failed: Vec::new(),
            done: 0,
        }
    }

    /// Does a step. Its text on success stands behind its time. A failed one doesn't keep the next from being done.
    pub(crate) fn step(&mut self, name: &'static str, does: impl FnOnce(bool) -> anyhow::Result<String>) {
        print!("{name:<10} ");
        let _ = std::io::stdout().flush();
        let begun = Instant::now();
        let result = does(self.verbose);
        self.done += 1;
        let time = seconds(begun.elapsed());
        match result {
            Ok(note) => println!("ok     {time}  {note}"),
            Err(error) => {
                println!("FAILED {time}");
                println!("{error:#}\n");
                self.failed.push(name);
            }
        }
    }

    /// The closing line; an error if a step failed.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let Self {
            begun, failed, done, ..
        } = self;
        let time = seconds(begun.elapsed());
        if !failed.is_empty() {
            bail!(
                "{} of {done} steps failed in {}: {}",
                failed.len(),
                time.trim(),
                failed.join(", ")
            );
        }
        println!("all {done} steps passed in {}", time.trim());
        Ok(())
    }
}

fn seconds(time: Duration) -> String {
    format!("{:6.1} s", time.as_secs_f64())
}

/// How many lines of a failed command are shown; all of them are in its log.
const LINES_SHOWN: usize = 300;

/// Runs a command and gives what it printed. If it fails, the end of that is the error, and the whole is in a log.
pub(crate) fn run(name: &str, command: &mut Command, verbose: bool) -> anyhow::Result<String> {
    let program = Path::new(command.get_program())
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let shown = format!("{program} {}", words.join(" "));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{shown} could not be started"))?;
    let output = Arc::new(Mutex::new(String::new()));
    if verbose {
        println!();
    }
    let readers: Vec<_> = [
        child
            .stdout
            .take()
            .map(|stdout| Box::new(stdout) as Box<dyn Read + Send>),
        child
            .stderr
            .take()
            .map(|stderr| Box::new(stderr) as Box<dyn Read + Send>),
    ]
    .into_iter()
    .flatten()
    .map(|from| {
        let output = Arc::clone(&output);
        thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if verbose {
                    println!("{line}");
                }
                let mut output = output.lock().expect("no reader panics");
                output.push_str(&line);
                output.push('\n');
            }
        })
    })
    .collect();
    let status = child.wait()?;
    for reader in readers {
        reader.join().expect("a reader does not panic");
    }
    let output = std::mem::take(&mut *output.lock().expect("no reader panics"));
    if status.success() {
        return Ok(output);
    }
    let log = log_folder()?.join(format!("{name}.log"));
    fs::write(&log, &output)?;
    let lines: Vec<_> = output.lines().collect();
    let end = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
    bail!("{shown}: {status}; everything it said is in {}\n{end}", log.display());
}

fn log_folder() -> anyhow::Result<PathBuf> {
    let folder = target().join("xtask");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

/// Cargo, as it called us.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // What cargo told us about ourselves is not for those it is told about.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR")
    {
        command.env_remove(name);
    }
    command
}
