//! SIGKILL under load, at random moments, start-up and the turn of a segment among them.
//!
//! The judges share nothing with the server: the clients' own record of what was acknowledged, and the journal replayed
//! on the plain book. After each kill every acknowledged command must stand in the journal at the place that its answer
//! named, with the client's own id and body; both books must come to one state; and the same client id, sent again,
//! must get the first answer again.

use crate::{
    board::{self, SYMBOL, Trader},
    client::{Http, Socket, put_off},
    venue::Venue,
};
use anyhow::{Context as _, bail, ensure};
use protocol::{Client, ClientId, Command, Request, Seq, Stamped, wire};
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// Traders who send at the same time.
const TRADERS: usize = 6;
/// Commands that one trader has under way at once.
const WINDOW: usize = 64;
/// So many acknowledged commands of each trader are sent again after each restart.
const REPEATS: usize = 50;
/// Small segments, so that some kills fall into a turn.
const SEGMENT_BYTES: u64 = 1 << 20;

/// How long the first answer may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a run came to.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Commands whose answer reached a client.
    pub acknowledged: u64,
    /// Those that the journal does not have, or has otherwise.
    pub lost: u64,
    /// Rounds after which both books came to one state.
    pub states_equal: u32,
    /// Answers that came out differently when the command was sent again.
    pub changed: u64,
    /// Commands sent again.
    pub repeated: u64,
    /// Segments that the journal filled.
    pub segments: usize,
    /// Kills before the server was ready.
    pub during_start: u32,
}

/// SplitMix64: the moments are random and can be had again.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// What one trader knows.
struct Record {
    trader: Trader,
    random: Random,
    sent: u64,
    /// Commands by client id, with their answer once it came.
    commands: BTreeMap<u64, (Value, Option<Value>)>,
    /// Orders that it believes to rest.
    open: Vec<String>,
}

impl Record {
    /// The next command: mostly orders around one price, often cancels.
    fn next(&mut self) -> (u64, Value) {
        let number = self.sent;
        self.sent += 1;
        let client_id = format!("c-{number}");
        let command = if !self.open.is_empty() && self.random.below(100) < 40 {
            let order = self
                .open
                .swap_remove(self.random.below(self.open.len() as u64) as usize);
            json!({"op": "cancel_order", "id": number, "client_id": client_id, "order_id": order})
        } else {
            let side = if self.random.below(2) == 0 { "buy" } else { "sell" };
            let price = 9_950 + self.random.below(100);
            let kind = if self.random.below(10) == 0 { "ioc" } else { "limit" };
            json!({"op": "place_order", "id": number, "client_id": client_id, "account_id": self.trader.account,
                   "symbol": SYMBOL, "side": side, "type": kind, "price": format!("{}.{:02}", price / 100, price % 100),
                   "quantity": (1 + self.random.below(20)).to_string()})
        };
        self.commands.insert(number, (command.clone(), None));
        (number, command)
    }

    /// Notes an answer, and tells whether it acknowledges a command. A refusal that was not journaled uses no client id
    /// and is forgotten.
    fn note(&mut self, message: &Value) -> bool {
        let Some(number) = message["id"].as_u64() else {
            return false;
        };
        let acknowledges = message["journal_seq"].is_u64();
        if acknowledges {
            if let Some(order) = message["outcome"]["order_id"].as_str() {
                self.open.push(order.to_owned());
            }
            if let Some((_, answer)) = self.commands.get_mut(&number) {
                *answer = Some(message.clone());
            }
        } else {
            self.commands.remove(&number);
        }
        acknowledges
    }

    /// Keeps the window full until the socket breaks. Lets go of `begun` with the first acknowledged command.
    async fn load(&mut self, url: &str, begun: mpsc::Sender<()>) -> anyhow::Result<()> {
        let mut socket = Socket::connect(url, &self.trader.key).await?.unheld();
        let mut begun = Some(begun);
        let mut under_way = 0;
        loop {
            while under_way < WINDOW {
                let (_, command) = self.next();
                if socket.send(&command).await.is_err() {
                    return Ok(());
                }
                under_way += 1;
            }
            match socket.next().await {
                Some(message) => {
                    under_way -= 1;
                    if self.note(&message) {
                        drop(begun.take());
                    }
                }
                None => return Ok(()),
            }
        }
    }

    /// Sends the latest acknowledged commands again, and those whose answer was lost. Returns how many answers were
    /// asked for again, and how many of them changed.
    async fn repeat(&mut self, url: &str) -> anyhow::Result<(u64, u64)> {
        let mut socket = Socket::connect(url, &self.trader.key).await?.unheld();
        let acknowledged = self
            .commands
            .iter()
            .rev()
            .filter(|(_, (_, answer))| answer.is_some())
            .take(REPEATS);
        let open = self.commands.iter().filter(|(_, (_, answer))| answer.is_none());
        let again: Vec<u64> = acknowledged.chain(open).map(|(number, _)| *number).collect();
        let (mut repeated, mut changed) = (0, 0);
        for number in again {
            let (command, first) = self.commands[&number].clone();
            let answer = loop {
                socket.send(&command).await?;
                let answer = socket.next().await.context("the server closed a repeat")?;
                // Put off, not answered: the journal is still preparing its next segment.
                match put_off(&answer) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => break answer,
                }
            };
            match first {
                Some(first) => {
                    repeated += 1;
                    // The numbers of the rate limit may differ, the answer may not.
                    let same = ["journal_seq", "at", "outcome", "code"]
                        .iter()
                        .all(|name| first[name] == answer[name]);
                    changed += u64::from(!same);
                }
                None => {
                    self.note(&answer);
                }
            }
        }
        Ok((repeated, changed))
    }

    /// How many acknowledged commands the journal does not have as they were sent and answered.
    fn lost(&self, journal: &HashMap<Seq, Client>) -> u64 {
        let acknowledged = self
            .commands
            .values()
            .filter_map(|(command, answer)| Some((command, answer.as_ref()?)));
        let lost = acknowledged.filter(|(command, answer)| {
            let seq = Seq(answer["journal_seq"].as_u64().unwrap_or(0));
            let client_id = command["client_id"].as_str().unwrap_or_default();
            // The id's own digest, taken here: the bodies are compared through the repeats.
            let expected = wire::client_key(client_id, &Command::Tick).id;
            journal.get(&seq).is_none_or(|found| {
                let id = found.id.as_ref().map(ClientId::as_str);
                (found.key.id, id) != (expected, Some(client_id))
            })
        });
        lost.count() as u64
    }
}

/// Kills a server `rounds` times.
pub fn run(binary: &Path, rounds: u32, seed: u64, say: &mut dyn FnMut(&str)) -> anyhow::Result<Verdict> {
    let venue = Venue::new(binary, SEGMENT_BYTES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut random = Random(seed);
    let mut verdict = Verdict::default();

    let server = venue.start()?;
    let traders = board::set_up(&Http::new(&server.url, venue.operator.clone()), TRADERS)?;
    server.stop()?;
    let mut records: Vec<Record> = traders
        .into_iter()
        .map(|trader| Record {
            trader,
            random: Random(random.next()),
            sent: 0,
            commands: BTreeMap::new(),
            open: Vec::new(),
        })
        .collect();

    for round in 1..=rounds {
        // Every fourth kill falls into the start, before anyone is served.
        if round % 4 == 0 {
            let server = venue.spawn()?;
            thread::sleep(Duration::from_millis(random.below(120)));
            server.kill()?;
            verdict.during_start += 1;
        }
        let server = venue.start()?;
        for record in &mut records {
            let (repeated, changed) = runtime.block_on(record.repeat(&server.url))?;
            verdict.repeated += repeated;
            verdict.changed += changed;
        }
        let url = server.url.clone();
        let after = Duration::from_millis(100 + random.below(900));
        let (begun, beginning) = mpsc::channel();
        let tasks: Vec<_> = records
            .drain(..)
            .map(|mut record| {
                let (url, begun) = (url.clone(), begun.clone());
                runtime.spawn(async move {
                    let loaded = record.load(&url, begun).await;
                    (record, loaded)
                })
            })
            .collect();
        // All have something acknowledged before the kill, however slow the machine is; nobody sends here, each lets
        // go.
        drop(begun);
        ensure!(
            beginning.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Disconnected),
            "not every trader gets an answer"
        );
        thread::sleep(after);
        server.kill()?;
        for task in tasks {
            let (record, loaded) = runtime.block_on(task)?;
            loaded?;
            records.push(record);
        }
        judge(&venue, &records, round, &mut verdict, say)?;
    }
    let server = venue.start()?;
    server.stop()?;
    Ok(verdict)
}

/// Reads the journal as a stranger would, and compares it with what the clients know.
fn judge(
    venue: &Venue,
    records: &[Record],
    round: u32,
    verdict: &mut Verdict,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    let since = Instant::now();
    let dir = venue.journal_dir();
    let mut journal: HashMap<Seq, Client> = HashMap::new();
    offline::dump(&dir, Seq(1), &mut |stamped: &Stamped<Request>| {
        if let Some(client) = &stamped.body.client {
            journal.insert(stamped.seq, client.clone());
        }
        true
    })?;
    let acknowledged: usize = records
        .iter()
        .map(|record| record.commands.values().filter(|(_, answer)| answer.is_some()).count())
        .sum();
    let lost: u64 = records.iter().map(|record| record.lost(&journal)).sum();
    verdict.acknowledged = acknowledged as u64;
    verdict.lost = lost;
    let fast = offline::verify(&dir, BookKind::Fast, None, &mut |_| {})?;
    let plain = offline::verify(&dir, BookKind::Plain, None, &mut |_| {})?;
    verdict.states_equal += u32::from(fast.state_hash == plain.state_hash);
    verdict.segments = std::fs::read_dir(&dir)?
        .filter(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.path().extension().is_some_and(|extension| extension == "journal"))
        })
        .count();
    say(&format!(
        "round {round}: {acknowledged} acknowledged, {lost} lost, {} commands in the journal, {}, judged in {:.1} s",
        fast.commands,
        fast.cut.as_deref().unwrap_or("no torn tail"),
        since.elapsed().as_secs_f32()
    ));
    Ok(())
}

impl Verdict {
    /// The line that the run ends with.
    pub fn line(&self, rounds: u32) -> String {
        format!(
            "acknowledged {}, lost {}, state equal {}/{rounds}",
            self.acknowledged, self.lost, self.states_equal
        )
    }

    /// Whether all is as it must be.
    pub fn check(&self, rounds: u32) -> anyhow::Result<()> {
        ensure!(self.acknowledged > 0, "nothing was acknowledged: no proof of anything");
        ensure!(self.repeated > 0 || rounds < 2, "nothing was sent again");
        if self.lost > 0 || self.changed > 0 || self.states_equal != rounds {
            bail!(
                "{}; {} of {} answers changed on repeat",
                self.line(rounds),
                self.changed,
                self.repeated
            );
        }
        Ok(())
    }
}
