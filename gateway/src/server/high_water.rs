//! What is known of the journal from outside of it: the high-water mark, a file beside the seal key that says how far the
//! journal was durable, and receipts that somebody brings. Nothing inside the journal tells that its end was taken away,
//! or that an older copy of its folder was put in its place.
//!
//! What always holds: the mark never says more than is durable, and it is written whole or not at all. Where it cannot
//! be written the venue goes on, and says so: it is evidence, and no copy.

use super::{config::ServerConfig, error::RunError};
use crate::proof::{
    receipt::BidReceipt,
    seal::{self, Seal},
    signing::{self, Key},
    venue_key,
};
use protocol::{Digest, Seq, Timestamp};
use sequencer::{Handle, Known, Mark};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval};

/// How often it is written, while it changes.
const EVERY: Duration = Duration::from_secs(1);

/// The mark, as the file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    journal_seq: u64,
    batch: u64,
    link: String,
    closed: bool,
}

/// The high-water mark of one data folder.
#[derive(Clone, Debug)]
pub(super) struct HighWater(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// What was written last, or why it was not.
    last: Mutex<Result<Option<Mark>, String>>,
}

/// What is known of the journal of this configuration, from outside of it.
///
/// # Errors
/// Where the mark or a receipt cannot be read, or a receipt is not of this venue.
pub(super) fn known(config: &ServerConfig, key: &Key, mark: &HighWater) -> Result<Known, RunError> {
    let mut known = config.sequencer.known.clone();
    known.mark = mark.read()?;
    if config.genesis.epoch.approval.is_demo() && !seal::has_segments(&config.data_dir.join("journal")) {
        // Its market is made up, and may begin anew where its folder was emptied.
        known.mark = None;
    }
    let public = signing::hex(&venue_key::public(key).0);
    for path in &config.receipts {
        known.receipts.extend(receipts(path, &public)?);
    }
    known.unsynchronised = config.asks_for_synchronised && is_unsynchronised();
    Ok(known)
}

/// The commands in this file of which the venue signed receipts, with their times.
fn receipts(path: &Path, public: &str) -> Result<Vec<(Seq, Timestamp)>, RunError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Receipts {
        One(Box<BidReceipt>),
        Many(Vec<BidReceipt>),
    }
    let wrong = |why: String| RunError::Evidence(path.into(), why);
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let receipts = match serde_json::from_slice(&bytes) {
        Ok(Receipts::One(receipt)) => vec![*receipt],
        Ok(Receipts::Many(receipts)) => receipts,
        Err(_) => return Err(wrong("no receipt of a bidder, and no list of them".into())),
    };
    let checked = receipts.iter().map(|receipt| {
        if receipt.holds(public) {
            Ok((Seq(receipt.journal_seq), receipt.at))
        } else {
            Err(wrong(format!(
                "the receipt of command {} was not signed by this venue's key",
                receipt.journal_seq
            )))
        }
    });
    checked.collect()
}

/// Whether the kernel says that nobody sets the clock right. What a machine does not tell is no reason not to start.
fn is_unsynchronised() -> bool {
    /// `STA_UNSYNC` of adjtimex(2).
    const UNSYNCHRONISED: i32 = 0x40;
    let mut clock = rtime_clock::adjtime::Timex::new();
    match rtime_clock::adjtime::adjtimex(&mut clock) {
        Ok(_) => clock.0.status & UNSYNCHRONISED != 0,
        Err(error) => {
            tracing::warn!(%error, "the kernel does not tell whether the machine's clock is synchronised");
            false
        }
    }
}

impl HighWater {
    /// The mark of this data folder.
    pub(super) fn new(data_dir: &Path, seal: &Seal) -> Self {
        Self(Arc::new(Inner {
            path: seal::apart(data_dir, seal, "mark"),
            last: Mutex::new(Ok(None)),
        }))
    }

    /// What a run before this left behind.
    pub(super) fn read(&self) -> Result<Option<Mark>, RunError> {
        let path = &self.0.path;
        let wrong = |why: String| RunError::Evidence(path.clone(), why);
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| wrong(error.to_string()))?,
        };
        let written: Option<Written> = serde_json::from_slice(&bytes).ok();
        let mark = written.and_then(|written| {
            Some(Mark {
                seq: Seq(written.journal_seq),
                batch: written.batch,
                link: Digest(signing::unhex_array(&written.link)?),
                closed: written.closed,
            })
        });
        let lost = "no high-water mark of a journal. It tells whether the journal's end is missing: bring it back; or take it away, and \
                    nothing tells that";
        mark.map(Some).ok_or_else(|| wrong(lost.into()))
    }

    /// Writes how far the journal is durable, each second while that changes.
    pub(super) async fn keep(self, handle: Handle) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let (this, mark) = (self.clone(), handle.mark());
            // A disk that hangs holds up nobody else.
            let _ = tokio::task::spawn_blocking(move || this.write(mark)).await;
        }
    }

    /// Writes how far the journal is durable, unless that was written.
    pub(super) fn write(&self, mark: Option<Mark>) {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = last.as_ref().ok().copied().flatten();
        // The last word of a stop may be overtaken by one before it that waited for the disk.
        let is_news = |mark: &Mark| so_far.is_none_or(|so_far| (mark.seq, mark.closed) > (so_far.seq, so_far.closed));
        let Some(mark) = mark.filter(is_news) else { return };
        match replace(&self.0.path, mark) {
            Ok(()) => *last = Ok(Some(mark)),
            Err(error) => {
                let error = error.to_string();
                if last.as_ref().err() != Some(&error) {
                    tracing::warn!(
                        file = %self.0.path.display(), error,
                        "the high-water mark cannot be written: a start would not notice that the journal's end is missing"
                    );
                }
                *last = Err(error);
            }
        }
    }
}

/// Writes the mark whole: durable under another name, then under its own.
fn replace(path: &Path, mark: Mark) -> io::Result<()> {
    let written = Written {
        journal_seq: mark.seq.0,
        batch: mark.batch,
        link: signing::hex(&mark.link.0),
        closed: mark.closed,
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let fresh = path.with_added_extension("new");
    let mut file = File::create(&fresh)?;
    serde_json::to_writer(&file, &written)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::signing::Secret;
    use protocol::{KeyId, LotId, Stamped, event::BidTaken, sealed::Claimed};

    #[test]
    fn the_mark_is_read_as_it_was_written_and_a_broken_one_is_no_mark() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let mark = HighWater::new(&data, &Seal::Beside);
        assert_eq!(mark.read().unwrap(), None);
        let one = Mark {
            seq: Seq(7),
            batch: 3,
            link: Digest([9; 32]),
            closed: false,
        };
        for written in [one, Mark { closed: true, ..one }] {
            mark.write(Some(written));
            assert_eq!(HighWater::new(&data, &Seal::Beside).read().unwrap(), Some(written));
        }
        let path = dir.path().join("data-keys/data.mark");
        fs::write(&path, "{}").unwrap();
        let error = mark.read().unwrap_err().to_string();
        assert!(error.contains("data.mark: no high-water mark"), "{error}");
        // Where it cannot be written, nothing ends.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let later = Mark { seq: Seq(8), ..one };
        mark.write(Some(later));
        assert!(mark.0.last.lock().unwrap().is_err());
        fs::remove_dir(&path).unwrap();
        mark.write(Some(later));
        mark.write(Some(one));
        assert_eq!(mark.read().unwrap(), Some(later), "one from before is overtaken");
        let elsewhere = HighWater::new(&data, &Seal::File(dir.path().join("keys/z.key")));
        assert_eq!(elsewhere.0.path, dir.path().join("keys/data.mark"));
    }
    #[test]
    fn receipts_of_this_venue_tell_what_the_journal_must_hold() {
        let key = || Key {
            id: KeyId(0),
            secret: Secret::generate_ed25519().unwrap(),
            label: String::new(),
        };
        let (ours, others) = (key(), key());
        let receipt = |seq, key: &Key| {
            let taken = Stamped {
                seq: Seq(seq),
                at: Timestamp(seq * 1_000),
                body: BidTaken {
                    lot: LotId(3),
                    number: 1,
                    claimed: Claimed::Purchase,
                },
            };
            serde_json::to_value(BidReceipt::sign(&taken, key)).unwrap()
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("receipts.json");
        let public = signing::hex(&venue_key::public(&ours).0);
        let read = |text: serde_json::Value| {
            fs::write(&path, text.to_string()).unwrap();
            receipts(&path, &public).map_err(|error| error.to_string())
        };
        assert_eq!(read(receipt(5, &ours)), Ok(vec![(Seq(5), Timestamp(5_000))]));
        let both = serde_json::json!([receipt(5, &ours), receipt(9, &ours)]);
        assert_eq!(read(both).unwrap().len(), 2);
        assert!(
            read(receipt(5, &others))
                .unwrap_err()
                .contains("command 5 was not signed")
        );
        let mut forged = receipt(5, &ours);
        forged["journal_seq"] = 6.into();
        assert!(read(forged).is_err());
        assert!(read("none".into()).unwrap_err().contains("no receipt"));
    }
}
