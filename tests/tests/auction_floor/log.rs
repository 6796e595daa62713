//! A watcher's log and the receipts as files, and what can be done to them: by somebody on the way, and by the venue
//! itself.

use anyhow::{Context as _, ensure};
use gateway::proof::{auction_log, signing, venue_key};
use protocol::{Amount, Committed, Event, Notice, PublicEvent, Seq, Stamped, event::LotEvent};
use serde_json::Value;
use std::{fs, path::Path, process::Command};
use zhiheng_tests::program::{apart, zhiheng};

/// A folder with a log and receipts, and whom they are believed of.
pub(crate) struct Files {
    folder: tempfile::TempDir,
    /// The venue's public key, in hex.
    key: String,
}

impl Files {
    pub(crate) fn new(key: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let key = key.to_owned();
        Ok(Self { folder, key })
    }

    /// Writes the answers or frames that hold receipts, one a line.
    pub(crate) fn write_receipts(&self, answers: &[&Value]) -> anyhow::Result<()> {
        let lines: Vec<String> = answers.iter().map(|answer| format!("{answer}\n")).collect();
        Ok(fs::write(self.folder.path().join("receipts.jsonl"), lines.concat())?)
    }

    /// What `zhiheng auction verify` says of a log, with the receipts or without them: its exit code, and all it
    /// printed.
    pub(crate) fn verify(&self, log: &[String], receipts: bool) -> anyhow::Result<(Option<i32>, String)> {
        let path = self.folder.path();
        fs::write(path.join("watcher.jsonl"), log.join("\n") + "\n")?;
        let mut command = Command::new(zhiheng()?);
        apart(&mut command).current_dir(path);
        command.args(["auction", "verify", "watcher.jsonl", "--key", &self.key]);
        if receipts {
            command.args(["--receipts", "receipts.jsonl"]);
        }
        let ended = command.output()?;
        let said = String::from_utf8([ended.stdout, ended.stderr].concat())?;
        Ok((ended.status.code(), said))
    }
}

/// The log with one byte changed, so many parts of the way through it, and its line from 1. What was only sent to the
/// watcher is passed over: the answer to its subscription, and when each frame was sent.
pub(crate) fn changed_byte(log: &[String], part: usize, of: usize) -> anyhow::Result<(Vec<String>, usize)> {
    let proven: Vec<(usize, usize)> = log
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("\"channel\":\"auction\",\"symbol\""))
        .flat_map(|(place, line)| {
            let sent = line.find("\"sent_at\":").unwrap_or(line.len());
            let told = line.find(",\"event\":").unwrap_or(line.len());
            let bytes = (0..line.len()).filter(move |byte| !(sent..told).contains(byte));
            bytes.map(move |byte| (place, byte))
        })
        .collect();
    let (line, byte) = *proven
        .get(proven.len() * part / of + proven.len() / (2 * of))
        .context("the log is not empty")?;
    let mut forged = log.to_vec();
    let mut bytes = forged[line].clone().into_bytes();
    bytes[byte] ^= 1;
    forged[line] = String::from_utf8(bytes)?;
    Ok((forged, line + 1))
}

/// The log without the first bid under this number; the line and the number that it had.
pub(crate) fn without_a_bid_of(log: &[String], number: u32) -> anyhow::Result<(Vec<String>, usize, u64)> {
    for (line, text) in log.iter().enumerate() {
        let frame: Value = serde_json::from_str(text)?;
        if frame["event"]["lot_bid"]["number"] == number {
            let mut cut = log.to_vec();
            cut.remove(line);
            let seq = frame["seq"].as_u64().context("a frame has a number")?;
            return Ok((cut, line + 1, seq));
        }
    }
    anyhow::bail!("nobody bid under {number}")
}

/// What a dishonest venue would publish: the winner's last bid never came, the one before it won, and the venue's own
/// key signs it.
pub(crate) fn forge_without(log: &[String], number: u32, price: Amount, data: &Path) -> anyhow::Result<Vec<String>> {
    let key = venue_key::open(data)?;
    let public = signing::hex(&key.secret.public_key().context("an Ed25519 key")?);
    let proved = auction_log::verify(log.join("\n").as_bytes(), &[&public])?.remove(0);
    let (mut best, mut told, mut left_out) = (None, Vec::new(), 0);
    for step in proved.steps {
        let mut at = step.at;
        let public = match step.event {
            LotEvent::Bid(bid) if bid.number == number && bid.price == price => {
                left_out += 1;
                continue;
            }
            LotEvent::Bid(bid) => {
                best = Some(bid);
                PublicEvent::LotBid(bid)
            }
            LotEvent::Lot(mut lot) => {
                if let (Some(bid), Some(_)) = (best, lot.price) {
                    bid.change(&mut lot);
                    // It was sold when the bid's own time was over.
                    at = if lot.state == protocol::auction::LotState::Sold {
                        bid.ends_at
                    } else {
                        at
                    };
                    lot.price = lot.best;
                }
                PublicEvent::Notice(Box::new(Notice::Lot(lot)))
            }
            other => anyhow::bail!("not of a rising lot: {other:?}"),
        };
        told.push((at, Event::Public(public)));
    }
    ensure!(left_out == 1, "{left_out} bids were left out");

    let (data, mut folder) = market_data::new(market_data::Limits::default());
    data.sign_with(venue_key::signer(&key));
    for (place, (at, body)) in told.into_iter().enumerate() {
        let seq = Seq(place as u64 + 1);
        let events = vec![Stamped { seq, at, body }];
        folder.fold(
            &Committed {
                up_to: seq,
                at,
                events,
                asked: vec![],
            },
            at,
        );
    }
    let page = data.auction_log(proved.lot.lot, 0, usize::MAX).context("it was told")?;
    let head = data.auction_head(proved.lot.lot, page.end).context("it is signed")?;
    let text = String::from_utf8(page.text)?;
    Ok(text.lines().map(str::to_owned).chain([head.line()]).collect())
}
