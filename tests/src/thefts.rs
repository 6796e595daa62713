//! What is done to a journal from outside: taken away under the server, its lock deleted, an older copy of its folder put
//! back, a clock that is wrong. The real server, each time with commands before and after.
//!
//! The judge: it is refused or stopped with a word that names what happened, nothing is acknowledged after it, and with
//! the folder as it was everything acknowledged before is there.

use crate::{
    client::Http,
    venue::{Running, Venue},
};
use anyhow::{Context as _, bail, ensure};
use protocol::{Command, EntityId, Request, Seq, Stamped, Timestamp, UserId, time::SECOND};
use sequencer::{Clock, JournalOptions, ManualClock, Publisher, RealDisk, SystemClock, offline};
use serde_json::{Value, json};
use std::{fs, path::Path, sync::Arc, thread, time::Duration};

/// All that these write fits one.
const SEGMENT_BYTES: u64 = 1 << 20;
const DAY: u64 = 86_400 * SECOND;

/// A venue, and what it acknowledged.
struct Robbed {
    venue: Venue,
    acknowledged: Vec<u64>,
    sent: u64,
}

/// Does it all.
pub fn run(binary: &Path, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    for deed in ["mv", "rm", "replace", "restore over it", "mv the folder"] {
        let word = taken_away(binary, deed).with_context(|| format!("the journal is taken away: {deed}"))?;
        say(&format!("taken away by {deed}: {word}"));
    }
    say(&format!(
        "no lock: {}",
        without_lock(binary).context("the lock is deleted")?
    ));
    say(&format!(
        "an old folder: {}",
        put_back(binary).context("an old folder is put back")?
    ));
    for word in wrong_clocks(binary).context("the clock is set")? {
        say(&format!("a wrong clock: {word}"));
    }
    Ok(())
}

/// The journal is taken away under a server that has acknowledged commands.
fn taken_away(binary: &Path, deed: &str) -> anyhow::Result<String> {
    let mut robbed = Robbed::new(binary)?;
    let server = robbed.venue.start()?;
    robbed.ask(&server, 10)?;
    let journal = robbed.venue.journal_dir();
    let segment = journal.join("0000000000000001.journal");
    let (backup, kept) = (journal.with_file_name("backup"), journal.with_file_name("kept"));
    fs::copy(&segment, &backup)?;
    robbed.ask(&server, 10)?;
    let bring_back: &dyn Fn() -> anyhow::Result<()> = match deed {
        "mv" => {
            fs::rename(&segment, &kept)?;
            &|| Ok(fs::rename(&kept, &segment)?)
        }
        // A second name, as a thief would leave none.
        "rm" => {
            fs::hard_link(&segment, &kept)?;
            fs::remove_file(&segment)?;
            &|| Ok(fs::rename(&kept, &segment)?)
        }
        "replace" => {
            fs::rename(&segment, &kept)?;
            fs::rename(&backup, &segment)?;
            &|| Ok(fs::rename(&kept, &segment)?)
        }
        "restore over it" => {
            fs::copy(&segment, &kept)?;
            fs::copy(&backup, &segment)?;
            &|| Ok(fs::rename(&kept, &segment)?)
        }
        "mv the folder" => {
            fs::rename(&journal, &kept)?;
            &|| Ok(fs::rename(&kept, &journal)?)
        }
        other => bail!("what is {other}?"),
    };
    robbed.is_not_acknowledged(&server)?;
    let word = line(&server.ended()?, "was taken away under the server")?;
    bring_back()?;
    robbed.all_is_there()?;
    Ok(word)
}

/// The lock is deleted under a server, and a second one comes to the same journal.
fn without_lock(binary: &Path) -> anyhow::Result<String> {
    let mut robbed = Robbed::new(binary)?;
    let server = robbed.venue.start()?;
    robbed.ask(&server, 5)?;
    fs::remove_file(robbed.venue.journal_dir().join("LOCK"))?;
    let word = line(&robbed.venue.refused_elsewhere()?, "the journal does not open")?;
    robbed.ask(&server, 5)?;
    server.stop()?;
    robbed.all_is_there()?;
    Ok(word)
}

/// A copy of the data folder from before the last commands is put in its place.
fn put_back(binary: &Path) -> anyhow::Result<String> {
    let mut robbed = Robbed::new(binary)?;
    let server = robbed.venue.start()?;
    robbed.ask(&server, 5)?;
    server.stop()?;
    let (data, kept) = (robbed.venue.data_dir(), robbed.venue.data_dir().with_file_name("kept"));
    let old = data.with_file_name("old");
    copy(&data, &old)?;
    let server = robbed.venue.start()?;
    robbed.ask(&server, 5)?;
    // No last word: the mark of a second ago knows of it all the same.
    robbed.mark_reaches(robbed.last())?;
    server.kill()?;
    fs::rename(&data, &kept)?;
    fs::rename(&old, &data)?;
    let word = line(&robbed.venue.refused(&[])?, "are missing")?;
    fs::remove_dir_all(&data)?;
    // Nor is an empty one begun anew.
    line(&robbed.venue.refused(&[])?, "are missing").context("an empty folder")?;
    fs::remove_dir_all(&data)?;
    fs::rename(&kept, &data)?;
    robbed.all_is_there()?;
    Ok(word)
}

/// The clock is set while the server is stopped: forty days on, and an hour back.
fn wrong_clocks(binary: &Path) -> anyhow::Result<[String; 2]> {
    let mut robbed = Robbed::new(binary)?;
    robbed
        .venue
        .reconfigure("receive_window_ms = 60000", "receive_window_ms = 5000")?;
    robbed.venue.start()?.stop()?;
    // The same commands, forty days ago.
    let journal = robbed.venue.journal_dir();
    let requests = requests(&journal)?;
    fs::rename(&journal, journal.with_file_name("kept"))?;
    fs::remove_file(robbed.venue.mark_file())?;
    let now = SystemClock::new().now();
    write(&journal, Timestamp(now.0 - 40 * DAY), requests)?;
    let ahead = line(&robbed.venue.refused(&[])?, "--accept-time")?;
    line(
        &robbed.venue.refused(&["--accept-time", "2020-01-01T00:00:00Z"])?,
        "--accept-time",
    )?;
    let server = robbed.venue.start_with(&["--accept-time", &now.to_string()])?;
    robbed.ask(&server, 3)?;
    server.stop()?;
    // One command under a clock of an hour ahead.
    let open_account = Command::OpenAccount { entity: EntityId(0) };
    let request = Request {
        by: UserId(0),
        client: None,
        command: open_account,
    };
    write(&journal, Timestamp(now.0 + 3_600 * SECOND), vec![request])?;
    let server = robbed.venue.start()?;
    let (status, told) = Http::new(&server.url, robbed.venue.operator.clone()).read("/readyz", false)?;
    ensure!(status == 503 && told.contains("TIME_STANDS_STILL"), "{status}: {told}");
    let behind = line(&server.said(), "time stands still")?;
    // What is journaled in it has the last command's time, and is no later lie.
    robbed.ask(&server, 3)?;
    server.stop()?;
    robbed.all_is_there()?;
    Ok([ahead, behind])
}

impl Robbed {
    fn new(binary: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            venue: Venue::new(binary, SEGMENT_BYTES)?,
            acknowledged: Vec::new(),
            sent: 0,
        })
    }

    fn next(&mut self) -> Value {
        self.sent += 1;
        json!({"client_id": format!("c-{}", self.sent), "entity_id": 0})
    }

    /// So many commands, which are acknowledged.
    fn ask(&mut self, server: &Running, count: usize) -> anyhow::Result<()> {
        let http = Http::new(&server.url, self.venue.operator.clone());
        for _ in 0..count {
            // A refusal that is journaled is acknowledged as well.
            let asked = self.next();
            let (mut status, mut answer) = http.post("/v1/accounts", &asked)?;
            // A clock that was set back: what a server before this one may have taken is refused for a receive window.
            if let (401, Some(wait)) = (status, answer["retry_after_ms"].as_u64()) {
                thread::sleep(Duration::from_millis(wait));
                (status, answer) = http.post("/v1/accounts", &asked)?;
            }
            let seq = answer["journal_seq"].as_u64();
            let seq = seq.with_context(|| format!("not acknowledged: {status} {answer}"))?;
            self.acknowledged.push(seq);
        }
        Ok(())
    }

    fn last(&self) -> u64 {
        self.acknowledged.last().copied().unwrap_or(0)
    }

    /// One command more, which is not.
    fn is_not_acknowledged(&mut self, server: &Running) -> anyhow::Result<()> {
        let http = Http::new(&server.url, self.venue.operator.clone());
        // Or the connection breaks.
        if let Ok((status, answer)) = http.post("/v1/accounts", &self.next()) {
            ensure!(status >= 500 && answer["journal_seq"].is_null(), "{status}: {answer}");
        }
        Ok(())
    }

    /// Waits until the high-water mark has reached this command.
    fn mark_reaches(&self, seq: u64) -> anyhow::Result<()> {
        crate::venue::patiently("the high-water mark is written", || {
            let text = fs::read_to_string(self.venue.mark_file()).unwrap_or_default();
            let mark: Value = serde_json::from_str(&text).unwrap_or_default();
            mark["journal_seq"].as_u64().is_some_and(|marked| marked >= seq)
        })
    }

    /// With the folder as it was, the venue goes on, and has everything that it acknowledged.
    fn all_is_there(&mut self) -> anyhow::Result<()> {
        let server = self.venue.start()?;
        self.ask(&server, 1)?;
        server.stop()?;
        let mut found = Vec::new();
        offline::dump(&self.venue.journal_dir(), Seq(1), &mut |stamped: &Stamped<Request>| {
            if matches!(stamped.body.command, Command::OpenAccount { .. }) && stamped.body.client.is_some() {
                found.push(stamped.seq.0);
            }
            true
        })?;
        // What was not acknowledged may be there or not.
        ensure!(
            self.acknowledged.iter().all(|seq| found.contains(seq)),
            "acknowledged {:?}, journaled {found:?}",
            self.acknowledged
        );
        Ok(())
    }
}

/// The line that holds these words.
fn line(said: &str, words: &str) -> anyhow::Result<String> {
    let found = said.lines().find(|line| line.contains(words));
    Ok(found
        .with_context(|| format!("no word of \"{words}\" in: {said}"))?
        .to_owned())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(path, to.join(name))?;
        }
    }
    Ok(())
}

fn requests(journal: &Path) -> anyhow::Result<Vec<Request>> {
    let mut found = Vec::new();
    offline::dump(journal, Seq(1), &mut |stamped: &Stamped<Request>| {
        found.push(stamped.body.clone());
        true
    })?;
    Ok(found)
}

/// Writes these commands into a journal under a clock that says `now`, by a sequencer of our own.
fn write(journal: &Path, now: Timestamp, requests: Vec<Request>) -> anyhow::Result<()> {
    let config = sequencer::Config {
        journal: JournalOptions {
            segment_bytes: SEGMENT_BYTES,
            batch_bytes_max: SEGMENT_BYTES / 4,
            ..JournalOptions::default()
        },
        ..sequencer::Config::default()
    };
    let clock = Arc::new(ManualClock::new(now));
    let running = sequencer::start(RealDisk::open(journal)?, config, clock, Publisher::none())?;
    for request in requests {
        let pending = match request.command {
            Command::SetVenueKey(_) => running.handle.submit_own(request.command),
            _ => running.handle.submit(request, now),
        };
        pending.map_err(|refused| anyhow::anyhow!("{refused}"))?.wait()?;
    }
    running.handle.stop();
    running.ended.wait()?;
    Ok(())
}
