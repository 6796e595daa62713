//! The composition root: disk, sequencer, views, listener; and their end in the right order.

use super::{
    RunError, app,
    config::{Genesis, ServerConfig},
    listen,
    state::{Phase, State},
};
use market_data::{Folder, MarketData};
use protocol::{
    Command, Outcome, Request, Seq, UserId,
    party::{KeyMaterial, RegisterKey, Scopes},
};
use sequencer::{Clock, Handle, Refused, Running, StartError, Subscriber, SystemClock, start_in};
use std::{
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    time::{MissedTickBehavior, interval, timeout},
};

/// How much one connection may have unsent in the kernel: what a slow reader is behind stays bounded.
const SEND_BUFFER: u32 = 256 << 10;
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;
/// How often what need not be remembered is forgotten.
const SWEEP: Duration = Duration::from_secs(5);
/// How long readers wait at most until the views show what the core did first, such as the pause of lots that were open: a disk that hangs
/// keeps nobody from reading for ever.
const FIRST_SHOWN: Duration = Duration::from_secs(10);
/// How long clients have to read why the venue ended, after the journal failed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A server that answers.
#[derive(Clone)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
    /// The way to the sequencer, for those in this process (the demo's seeding).
    pub handle: Handle,
    /// The views.
    pub market: MarketData,
    /// Whether the journal was empty at the start, so that the genesis was written.
    pub fresh: bool,
}

/// Runs the exchange until `shutdown` resolves: opens the journal, replays it into core and views, listens, and calls
/// `ready` once it answers. During the replay it listens already and answers 503.
///
/// # Errors
/// Where it cannot start, or cannot go on: after [`RunError::Stopped`] the process must exit with a failure.
pub async fn run(
    config: ServerConfig,
    shutdown: impl Future<Output = ()> + Send,
    ready: impl FnOnce(Ready) + Send,
) -> Result<(), RunError> {
    let mut shutdown = std::pin::pin!(shutdown);
    std::fs::create_dir_all(&config.data_dir).map_err(|error| RunError::Data(config.data_dir.clone(), error))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (market, folder) = market_data::new(config.views.clone());
    let state = State::new(&config, clock.clone(), market.clone())?;
    let listener = bind(config.listen).map_err(|error| RunError::Listen(config.listen, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| RunError::Listen(config.listen, error))?;
    let accepting = tokio::spawn(listen::accept(listener, state.clone(), app(state.clone())));
    let sweeping = tokio::spawn(sweep(state.clone()));
    tracing::info!(%address, "listening; replaying the journal");

    let (starting, folding) = start(&config, &state, clock, folder);
    let started = tokio::select! {
        started = starting => started.unwrap_or_else(|_| Err(StartError::Journal("the start panicked".into()))),
        // Nothing was taken yet, so nothing needs an end mark.
        () = &mut shutdown => return Ok(()),
    };
    let Running {
        handle,
        recovery,
        caught_up,
        mut ended,
    } = started.map_err(|error| RunError::Start(error.to_string()))?;
    if let Some(cut) = &recovery.cut {
        tracing::warn!(
            cut,
            "the torn end of the journal was cut; nothing acknowledged was in it"
        );
    }
    tracing::info!(
        last = recovery.last.0,
        batches = recovery.batches,
        clean = recovery.clean,
        took_ms = recovery.took.as_millis() as u64,
        "the journal was replayed"
    );
    // A view that fell over ends the sequencer, which `ended` tells below; here it would only be waited for in vain.
    while !market.wait_for(recovery.last, Duration::from_secs(1)).await {
        if folding.is_finished() {
            return Err(RunError::Stopped(
                "the views failed while the journal was replayed".into(),
            ));
        }
    }
    // Whoever reads first reads what is so now: no lot as open that stands paused since the venue was down.
    let shown = async {
        match caught_up.await {
            Some(seq) => market.wait_for(seq, FIRST_SHOWN).await,
            // `ended` tells why.
            None => std::future::pending().await,
        }
    };
    let until = tokio::select! {
        shown = timeout(FIRST_SHOWN, shown) => {
            if !shown.unwrap_or(false) {
                tracing::warn!("the views do not show yet what fell due while the venue was down");
            }
            None
        }
        ended = &mut ended => Some(Some(ended)),
        () = &mut shutdown => Some(None),
    };
    let early = if let Some(early) = until {
        early
    } else {
        let fresh = begin(&config.genesis, &handle, &market).await?;
        state.open(handle.clone());
        ready(Ready {
            address,
            handle: handle.clone(),
            market,
            fresh,
        });
        tokio::select! {
            ended = &mut ended => Some(ended),
            () = &mut shutdown => None,
        }
    };
    let result = match early {
        Some(ended) => {
            state.enter(Phase::Failed);
            listen::drained(&state, LAST_WORDS).await;
            match ended {
                // Somebody else in this process stopped it.
                Ok(last) => Ok(last),
                Err(fatal) => Err(RunError::Stopped(fatal.to_string())),
            }
        }
        None => {
            tracing::info!("stopping: no more connections, finishing what was taken");
            state.enter(Phase::Stopping);
            let left = listen::drained(&state, config.limits.drain).await;
            if left > 0 {
                tracing::warn!(left, "connections did not close in time");
            }
            handle.stop();
            ended.await.map_err(|fatal| RunError::Stopped(fatal.to_string()))
        }
    };
    sweeping.abort();
    accepting.abort();
    let last = result?;
    tracing::info!(last = last.0, "stopped cleanly");
    Ok(())
}

type Starting = oneshot::Receiver<Result<Running, StartError>>;

/// Starts the sequencer and the folding of its events, each on a thread of its own. They are no tasks: a replay takes
/// its time, and the runtime should end without waiting for it.
fn start(
    config: &ServerConfig,
    state: &State,
    clock: Arc<dyn Clock>,
    folder: Folder,
) -> (Starting, thread::JoinHandle<()>) {
    let (publisher, subscriber) = sequencer::views();
    let folding = spawn("views", {
        let clock = clock.clone();
        move || fold(folder, &subscriber, &*clock)
    });
    let (done, starting) = oneshot::channel();
    let journal = config.data_dir.join("journal");
    let sequencer = sequencer::Config {
        seal_key: Some(state.seal_key.clone()),
        ..config.sequencer.clone()
    };
    drop(spawn("start", move || {
        // Nobody waits any more: the sequencer ends with its handle.
        let _ = done.send(start_in(&journal, sequencer, clock, publisher));
    }));
    (starting, folding)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .expect("the system gives a thread at the start")
}

fn fold(mut folder: Folder, subscriber: &Subscriber, clock: &dyn Clock) {
    while let Some(delivery) = subscriber.recv() {
        folder.fold(&delivery, clock.now());
    }
}

async fn sweep(state: State) {
    let mut ticks = interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        state.sweep();
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Writes what an empty journal begins with, or what is missing of it: a power cut may have come in between. Whether
/// anything was written.
async fn begin(genesis: &Genesis, handle: &Handle, market: &MarketData) -> Result<bool, RunError> {
    let (no_epoch, no_key) = {
        let directory = market.directory();
        (directory.epoch().is_none(), directory.keys(None, 1).is_empty())
    };
    if no_epoch {
        first(handle, market, Command::Epoch(Box::new(genesis.epoch.clone()))).await?;
    }
    if no_key {
        let key = RegisterKey {
            user: UserId(0),
            material: KeyMaterial::Ed25519(genesis.operator_key),
            scopes: Scopes::ALL
                .iter()
                .fold(Scopes::NONE, |all, &(scope, _)| all.with(scope)),
            networks: genesis.operator_networks.clone(),
        };
        first(handle, market, Command::RegisterKey(Box::new(key))).await?;
    }
    Ok(no_epoch || no_key)
}

/// One of the first commands, by the venue's first operator.
async fn first(handle: &Handle, market: &MarketData, command: Command) -> Result<(), RunError> {
    let request = Request {
        by: UserId(0),
        client: None,
        command,
    };
    let pending = handle.submit(request, handle.now()).map_err(|refused| {
        RunError::Start(match refused {
            Refused::StorageFull => "the disk is full".into(),
            other => other.to_string(),
        })
    })?;
    let answer = pending
        .await
        .map_err(|stopped| RunError::Stopped(stopped.to_string()))?;
    if let Outcome::Rejected(reject) = answer.outcome {
        return Err(RunError::Genesis(reject.code()));
    }
    let since = Instant::now();
    while !market.wait_for(answer.seq, Duration::from_secs(1)).await {
        if since.elapsed() > Duration::from_secs(30) {
            return Err(RunError::Stopped(format!(
                "the views do not reach command {}",
                answer.seq.0
            )));
        }
    }
    debug_assert!(market.applied() >= Seq(1));
    Ok(())
}
