//! A step of a task: one line with its name and time; what it says in full only where it fails.

use anyhow::{Context as _, bail};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    mem,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
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

/// A command that says nothing for so long hangs.
const SILENCE_MAX: Duration = Duration::from_secs(45 * 60);

/// What a command has said so far.
struct Said {
    text: String,
    log: fs::File,
}

/// Runs a command and gives what it printed. If it fails or hangs, the end of that is the error; the whole is in a log,
/// line by line as it came.
pub(crate) fn run(name: &str, command: &mut Command, verbose: bool) -> anyhow::Result<String> {
    let program = Path::new(command.get_program())
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let shown = format!("{program} {}", words.join(" "));
    let path = log_folder()?.join(format!("{name}.log"));
    let log = fs::File::create(&path).with_context(|| path.display().to_string())?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{shown} could not be started"))?;
    let said = Arc::new(Mutex::new(Said {
        text: String::new(),
        log,
    }));
    let (heard, lines) = mpsc::channel();
    if verbose {
        println!();
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        stdout.map(|from| Box::new(from) as _),
        stderr.map(|from| Box::new(from) as _),
    ];
    for from in streams.into_iter().flatten() {
        let (said, heard) = (Arc::clone(&said), heard.clone());
        thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if verbose {
                    println!("{line}");
                }
                let mut said = said.lock().expect("no reader panics");
                said.text.push_str(&line);
                said.text.push('\n');
                // A disk without room for it is no fault of the command.
                let _ = writeln!(said.log, "{line}");
                let _ = heard.send(());
            }
        });
    }
    drop(heard);
    let ended = loop {
        match lines.recv_timeout(SILENCE_MAX) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => break Some(child.wait()?),
            Err(RecvTimeoutError::Timeout) => {
                // What it started may outlive it and say nothing.
                let ended = child.try_wait()?;
                if ended.is_none() {
                    child.kill()?;
                    child.wait()?;
                }
                break ended;
            }
        }
    };
    let text = mem::take(&mut said.lock().expect("no reader panics").text);
    let why = match ended {
        Some(status) if status.success() => return Ok(text),
        Some(status) => status.to_string(),
        None => format!("it said nothing for {} minutes", SILENCE_MAX.as_secs() / 60),
    };
    let lines: Vec<_> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
    bail!("{shown}: {why}; everything it said is in {}\n{end}", path.display());
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
