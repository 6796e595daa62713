//! `tail`: follows a channel over WebSocket, rebuilds the book from what comes, and proves each frame.

use super::{args::TailArgs, client, error::CliError, progress, serve, tls};
use futures_util::{SinkExt as _, StreamExt as _};
use indicatif::ProgressBar;
use market_data::replica::{self, Replica};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    time::Duration,
};
use tokio::{
    runtime,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

/// How much of a subscription may be taken by the numbers to go on behind, in bytes: the exchange takes messages of
/// 64 KiB.
const FROM_SEQ_BYTES: usize = 48 << 10;
/// How long it waits before it goes on over another connection: longer each time in vain.
const PAUSE_LEAST: Duration = Duration::from_millis(50);
const PAUSE_MOST: Duration = Duration::from_secs(5);
/// How long an exchange may be silent: it pings more often.
const SILENCE: Duration = Duration::from_secs(60);

pub(super) fn tail(args: &TailArgs) -> Result<(), CliError> {
    let mut tail = Tail::new(args)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("cannot start the runtime: {error}")))?;
    let ended = runtime.block_on(tail.follow());
    tail.bar.finish_and_clear();
    // What was taken in is whole, however it ended.
    tail.save()?;
    tail.report();
    ended
}

struct Tail<'a> {
    args: &'a TailArgs,
    all: bool,
    copy: Replica,
    /// The last number of each symbol.
    seqs: BTreeMap<String, u64>,
    /// How far the copies were at the start: what was asked to go on behind.
    from: BTreeMap<String, u64>,
    frames: u64,
    snapshots: u64,
    proven: u64,
    /// How often it went on over another connection, and how often the venue had no longer what lay between.
    connections: u64,
    gaps: u64,
    bar: ProgressBar,
}

/// Why a connection ended before it was told to.
enum Ended {
    /// It can be made again.
    Lost(String),
    Failed(CliError),
}

impl From<CliError> for Ended {
    fn from(error: CliError) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Tail<'a> {
    fn new(args: &'a TailArgs) -> Result<Self, CliError> {
        let all = args.symbols.iter().any(|symbol| symbol == "*");
        if all && args.symbols.len() > 1 {
            return Err(CliError::failed("--symbol: * stands alone"));
        }
        let shows = !args.quiet && io::stdout().is_terminal();
        let bar = if shows {
            ProgressBar::hidden()
        } else {
            progress::count("frames")
        };
        let mut tail = Self {
            args,
            all,
            copy: Replica::new(),
            seqs: BTreeMap::new(),
            from: BTreeMap::new(),
            frames: 0,
            snapshots: 0,
            proven: 0,
            connections: 0,
            gaps: 0,
            bar,
        };
        if let Some(path) = args.state.as_deref().filter(|path| path.exists()) {
            tail.load(path)?;
        }
        if let Some(seq) = args.from_seq {
            let [symbol] = args.symbols.as_slice() else {
                return Err(CliError::failed(
                    "--from-seq goes with one --symbol; for more, use --state",
                ));
            };
            if all {
                return Err(CliError::failed(
                    "--from-seq goes with one --symbol; for *, use --state",
                ));
            }
            if tail.seqs.get(symbol) != Some(&seq) {
                tail.resume(symbol, seq)?;
            }
        }
        tail.from = tail.seqs.clone();
        Ok(tail)
    }

    /// Goes on behind `seq` without a copy, but for the beginning, where every book is empty.
    fn resume(&mut self, symbol: &str, seq: u64) -> Result<(), CliError> {
        self.copy.resume(&self.args.channel, symbol, seq);
        if seq == 0 && self.args.channel.starts_with("book.") {
            let time = "1970-01-01T00:00:00.000000000Z";
            let empty = json!({
                "type": "snapshot", "channel": self.args.channel, "symbol": symbol, "seq": 0,
                "matched_at": time, "sent_at": time, "bids": [], "asks": [], "checksum": 0,
            });
            self.copy.apply(&empty.to_string()).map_err(CliError::failed)?;
        }
        self.seqs.insert(symbol.into(), seq);
        Ok(())
    }

    /// Takes in the copies of an earlier run. Each proves itself by its checksum.
    fn load(&mut self, path: &Path) -> Result<(), CliError> {
        let wrong = |why: String| CliError::failed(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        for line in text.lines() {
            let applied = self.copy.apply(line).map_err(|error| wrong(error.to_string()))?;
            let applied = applied.ok_or_else(|| wrong("not a state of tail".into()))?;
            if applied.channel != self.args.channel {
                return Err(wrong(format!(
                    "a state of {}, not of {}",
                    applied.channel, self.args.channel
                )));
            }
            if self.all || self.args.symbols.contains(&applied.symbol) {
                self.seqs.insert(applied.symbol, applied.seq);
            }
        }
        Ok(())
    }

    /// Writes the copies, so that a later run can go on.
    fn save(&self) -> Result<(), CliError> {
        let Some(path) = &self.args.state else { return Ok(()) };
        let wrong = |error: io::Error| CliError::failed(format!("{}: {error}", path.display()));
        let fresh = path.with_extension("new");
        let mut file = fs::File::create(&fresh).map_err(wrong)?;
        for snapshot in self.copy.snapshots() {
            writeln!(file, "{snapshot}").map_err(wrong)?;
        }
        file.sync_all().map_err(wrong)?;
        fs::rename(&fresh, path).map_err(wrong)
    }

    fn subscription(&self) -> Value {
        let args = self.args;
        let mut message = json!({ "op": "subscribe", "id": 1, "channel": args.channel });
        message["symbol"] = match args.symbols.as_slice() {
            [one] => one.as_str().into(),
            many => many.into(),
        };
        if !self.seqs.is_empty() {
            // Where they do not all fit, the others begin with a snapshot, which tells its number too.
            let mut bytes = 0;
            let fitting = self.seqs.iter().take_while(|(symbol, _)| {
                bytes += symbol.len() + 24;
                bytes <= FROM_SEQ_BYTES
            });
            message["from_seq"] = fitting
                .map(|(symbol, seq)| (symbol.clone(), Value::from(*seq)))
                .collect();
        }
        message
    }

    /// Follows until it has enough or is stopped; over as many connections as that takes, where it is to go on.
    async fn follow(&mut self) -> Result<(), CliError> {
        let mut stop = std::pin::pin!(serve::signal());
        let mut pause = PAUSE_LEAST;
        loop {
            let frames = self.frames + self.snapshots;
            let lost = tokio::select! {
                ended = self.connection() => match ended {
                    Err(Ended::Lost(why)) => why,
                    Err(Ended::Failed(error)) => return Err(error),
                    Ok(()) => return Ok(()),
                },
                () = &mut stop => return Ok(()),
            };
            if !self.args.reconnect {
                return Err(CliError::failed(lost));
            }
            // As patient as it was in vain.
            pause = if self.frames + self.snapshots > frames {
                PAUSE_LEAST
            } else {
                (pause * 2).min(PAUSE_MOST)
            };
            self.bar
                .suspend(|| eprintln!("{lost}; going on in {} ms", pause.as_millis()));
            self.connections += 1;
            self.from = self.seqs.clone();
            tokio::select! {
                () = sleep(pause) => {}
                () = &mut stop => return Ok(()),
            }
        }
    }

    /// Follows over one connection.
    async fn connection(&mut self) -> Result<(), Ended> {
        let exchange = &self.args.exchange;
        let base = client::base(&exchange.url)?;
        let lost = |error: &dyn fmt::Display| Ended::Lost(format!("the connection is lost: {error}"));
        let mut socket = tls::websocket(exchange, &base)
            .await
            .map_err(|error| match self.args.reconnect {
                true => lost(&error),
                false => Ended::Failed(error),
            })?;
        let subscription = Message::text(self.subscription().to_string());
        socket.send(subscription).await.map_err(|error| lost(&error))?;
        loop {
            match timeout(SILENCE, socket.next()).await {
                Err(_) => return Err(lost(&"the exchange is silent")),
                Ok(None) => return Err(lost(&"closed")),
                Ok(Some(Err(error))) => return Err(lost(&error)),
                Ok(Some(Ok(Message::Text(text)))) => {
                    if self.take(&text)? {
                        break;
                    }
                }
                Ok(Some(Ok(Message::Close(frame)))) => {
                    let why = frame.map_or_else(String::new, |frame| {
                        format!("{} {}", u16::from(frame.code), frame.reason)
                    });
                    return Err(Ended::Lost(format!("the exchange closed: {why}")));
                }
                Ok(Some(Ok(_))) => {}
            }
        }
        let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
        Ok(())
    }

    /// Takes in a message; whether that was enough.
    fn take(&mut self, text: &str) -> Result<bool, CliError> {
        let frame: Value = serde_json::from_str(text).map_err(CliError::failed)?;
        if let (Some(code), Some(_)) = (frame["code"].as_str(), frame["status"].as_u64()) {
            let hint = frame["hint"]
                .as_str()
                .map_or_else(String::new, |hint| format!(" ({hint})"));
            return Err(CliError::failed(format!(
                "{code}: {}{hint}",
                frame["detail"]["en"].as_str().unwrap_or("")
            )));
        }
        let (Some(symbol), Some(seq)) = (frame["symbol"].as_str(), frame["seq"].as_u64()) else {
            return Ok(false);
        };
        if frame["channel"] != self.args.channel.as_str() {
            return Ok(false);
        }
        let snapshot = frame["type"] == "snapshot";
        if self.args.verify {
            self.prove(&frame, text, symbol, seq)?;
        } else if self.args.state.is_some() {
            self.copy.apply(text).map_err(CliError::failed)?;
        }
        self.seqs.insert(symbol.into(), seq);
        if !self.args.quiet {
            let mut out = io::stdout().lock();
            writeln!(out, "{text}")?;
        }
        if snapshot {
            self.snapshots += 1;
            return Ok(false);
        }
        self.frames += 1;
        self.bar.set_position(self.frames);
        Ok(self.args.count.is_some_and(|count| self.frames >= count))
    }

    /// Checks a frame against the copy: its number, and for a book its checksum.
    fn prove(&mut self, frame: &Value, text: &str, symbol: &str, seq: u64) -> Result<(), CliError> {
        let merges = replica::merges(&self.args.channel);
        let is_gap = frame["gap_too_old"] == true || frame["from_seq_ahead"] == true;
        if is_gap && !merges && self.args.reconnect && frame["from_seq_ahead"].is_null() {
            self.gaps += 1;
        } else if is_gap && !merges {
            let had = self.from.get(symbol).copied().unwrap_or(0);
            return Err(CliError::failed(format!(
                "{symbol}: what lies behind seq {had} is no longer to be had (at {seq})"
            )));
        }
        let applied = self.copy.apply(text).map_err(CliError::failed)?;
        let Some(applied) = applied else {
            return Err(CliError::failed(format!("not a frame that can be checked: {text}")));
        };
        // A snapshot for a symbol that was followed before: nothing may lie between.
        if let Some(&had) = self
            .seqs
            .get(symbol)
            .filter(|had| !merges && !is_gap && applied.snapshot && **had != seq)
        {
            return Err(CliError::failed(format!(
                "{symbol}: a snapshot at seq {seq} came behind seq {had}"
            )));
        }
        self.proven += u64::from(applied.proven && !applied.snapshot);
        Ok(())
    }

    fn told_gaps(&self) -> String {
        match self.gaps {
            0 => "no gap".into(),
            gaps => format!("{gaps} gaps, each told"),
        }
    }

    fn report(&self) {
        let channel = &self.args.channel;
        let has_checksums = channel.starts_with("book.") && channel != "book.l1";
        let proof = match self.args.verify {
            true if has_checksums => format!(", {} checksums right, {}", self.proven, self.told_gaps()),
            true => format!(", {}", self.told_gaps()),
            false => String::new(),
        };
        let connections = match self.connections {
            0 => String::new(),
            again => format!(", over {} connections", again + 1),
        };
        eprintln!(
            "{channel}: {} frames and {} snapshots of {} symbols{connections}{proof}",
            self.frames,
            self.snapshots,
            self.seqs.len()
        );
        match (self.args.state.as_deref(), self.seqs.iter().next()) {
            (Some(path), _) => eprintln!("go on with: --state {}", path.display()),
            (None, Some((symbol, seq))) if self.seqs.len() == 1 => {
                eprintln!("go on with: --symbol {symbol} --from-seq {seq}");
            }
            (None, _) => eprintln!("to go on without a gap later, follow one symbol, or give --state FILE"),
        }
    }
}
