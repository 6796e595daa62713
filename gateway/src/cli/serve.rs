//! `serve` and the demo: running an exchange in this process until it is told to stop.

use super::{
    args::{Accepted, DemoArgs},
    ask,
    error::CliError,
    memory,
};
use crate::{config, demo, server};
use std::{
    fs,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};
use tokio::{runtime, sync::oneshot};
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Which log lines are shown, in the words of `tracing`: `info`, `gateway=debug,warn`, …
const LOG_ENV: &str = "ZHIHENG_LOG";

/// Runs a real exchange.
pub(super) fn serve(path: &Path, allow_demo: bool, receipts: &[PathBuf], accepted: &Accepted) -> Result<(), CliError> {
    let mut config = config::load(path)?;
    config.takes_demo = allow_demo;
    config.receipts = receipts.to_vec();
    config.sequencer.known = accepted.of(config.sequencer.known);
    log("info");
    if let Err(error) = memory::lock() {
        tracing::warn!(%error, "the memory is not locked: keys and open bids may come to lie in swap; LimitMEMLOCK=infinity, or none or encrypted swap");
    }
    let data = config.data_dir.display().to_string();
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    runtime()?.block_on(server::run(config, signal(), move |ready| {
        let epoch = ready.market.directory().epoch().cloned();
        if epoch.as_ref().is_some_and(|epoch| epoch.calendar.is_absent()) {
            tracing::warn!("the rules have no calendar: Monday to Friday are working days, 1 October among them");
        }
        let profile = epoch.map_or("none", |epoch| epoch.profile.word());
        let metrics = ready.metrics.map(|at| format!(" metrics http://{at}/metrics"));
        let metrics = metrics.unwrap_or_default();
        say(&format!(
            "ready {scheme}://{} profile {profile} data {data}{metrics}",
            ready.address
        ));
    }))?;
    Ok(())
}

/// Runs the demo market.
pub(super) fn demo(args: &DemoArgs) -> Result<(), CliError> {
    log("warn");
    if !demo::has_begun(&args.data_dir)? && !demo::was_beginning(&args.data_dir) {
        may_begin(&args.data_dir, args.yes)?;
    }
    let (mut config, plan) = demo::prepare(args.listen, &args.data_dir, args.bots)?;
    config.metrics_listen = args.metrics_listen;
    let (failed, failing) = oneshot::channel();
    let mut running = None;
    let shutdown = async {
        // The demo's own failure stops the exchange; its success is no reason to.
        tokio::select! {
            () = signal() => {}
            Ok(()) = failing => {}
        }
    };
    let ran = runtime()?.block_on(server::run(config, shutdown, |ready| {
        if let Some(at) = ready.metrics {
            say(&format!("metrics http://{at}/metrics"));
        }
        running = Some(std::thread::spawn(move || {
            let ran = demo::run(&plan, &ready, &mut |line| say(line));
            if ran.is_err() {
                let _ = failed.send(());
            }
            ran
        }));
    }));
    let demo = running.map(|thread| thread.join());
    ran?;
    match demo {
        None | Some(Ok(Ok(()))) => Ok(()),
        Some(Ok(Err(error))) => Err(error.into()),
        Some(Err(_)) => Err(CliError::failed("the demo's thread panicked")),
    }
}

/// Asks before a demo market is begun. Where nobody is there to be asked, a folder of its own needs no word: nothing is
/// in it that could be harmed.
fn may_begin(data_dir: &Path, yes: bool) -> Result<(), CliError> {
    let empty = match fs::read_dir(data_dir) {
        Ok(mut files) => files.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if empty && !ask::somebody() {
        return Ok(());
    }
    let holds = if empty { "" } else { ", which holds other things" };
    let question = format!(
        "A demo market with made up participants and money begins in {}{holds}. Go on?",
        data_dir.display()
    );
    ask::confirm(&question, yes)
}

/// A line on standard output, at once. Nobody may be reading it any more: that is no reason to stop an exchange.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn log(default: &str) {
    let filter = EnvFilter::try_from_env(LOG_ENV).unwrap_or_else(|_| EnvFilter::new(default));
    let lines = fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_filter(filter.and(filter_fn(may_be_told)));
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Whether a line may be shown at all, whoever asks for it: libraries print at their loudest what clients send, and
/// what bidders send is theirs (法释〔2016〕18号 8, 18). What this program says of itself holds nothing of it.
fn may_be_told(line: &Metadata<'_>) -> bool {
    const OURS: [&str; 4] = ["gateway", "sequencer", "journal", "market_data"];
    let target = line.target();
    let module = target.split("::").next().unwrap_or(target);
    *line.level() <= Level::INFO || OURS.contains(&module)
}

pub(super) fn runtime() -> Result<runtime::Runtime, CliError> {
    runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("cannot start the runtime: {error}")))
}

/// Resolves when the process is asked to stop: SIGINT or SIGTERM.
pub(super) async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
