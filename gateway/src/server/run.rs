//! The composition root: disk, sequencer, views, listener; and their end in the right order.

use super::{
    app, began,
    config::ServerConfig,
    core::state::{Phase, State},
    error::RunError,
    high_water::{self, HighWater},
    keeping::Keeping,
    listen, metrics_listen,
    opening::{self, Opening},
    people::demo::DemoPerson,
    routes::listings,
    ws::private::Words,
};
use crate::proof::venue_key;
use market_data::{Folder, MarketData, Pace, Pacer};
use protocol::Seq;
use sequencer::{Clock, Handle, RecoveryReport, Running, StartError, Subscriber, SystemClock, start_in};
use std::{
    convert::Infallible,
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    time::{MissedTickBehavior, interval, sleep},
};

/// How much one connection may have unsent in the kernel: what a slow reader is behind stays bounded.
const SEND_BUFFER: u32 = 256 << 10;
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;
/// How often memory that is no longer needed is swept.
const SWEEP: Duration = Duration::from_secs(5);
/// How long a stop waits for the history to be written. What it lacks then comes with the next start.
const LAST_ROWS: Duration = Duration::from_secs(10);
/// How long clients have to read why the venue ended, after the journal failed.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A server that answers.
#[derive(Clone)]
pub struct Ready {
    /// The address that it listens on.
    pub address: SocketAddr,
    /// The venue's public id, which every signature names.
    pub venue_id: String,
    /// The way to the sequencer, for those in this process (the demo's seeding).
    pub handle: Handle,
    /// The views.
    pub market: MarketData,
    /// Where the metrics are read, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Whether the journal was empty at the start, so that the genesis was written.
    pub fresh: bool,
    state: State,
}

impl Ready {
    /// The demo's people were admitted: from here on one may be any of them by a click. A real exchange has none.
    pub fn tell_people(&self, people: Vec<DemoPerson>) {
        self.state.people.tell_demo(people);
    }

    /// Who was to fill the market has: `/readyz` says so from here on.
    pub fn seeded(&self) {
        self.state.seeded();
    }
}

/// Runs the exchange until `shutdown` resolves: opens the journal, replays it into core and views, listens, and calls
/// `ready` once it answers. During the replay it listens already and answers 503.
///
/// # Errors
/// Where the server cannot start, or cannot go on: after [`RunError::Stopped`] the process must exit with a failure.
pub async fn run(
    config: ServerConfig,
    shutdown: impl Future<Output = ()> + Send,
    ready: impl FnOnce(Ready) + Send,
) -> Result<(), RunError> {
    let mut shutdown = std::pin::pin!(shutdown);
    // Before anything is written: a folder of the other kind of market stays as it is.
    began::check(&config)?;
    std::fs::create_dir_all(&config.data_dir).map_err(|error| RunError::Data(config.data_dir.clone(), error))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (market, folder) = market_data::new(config.views.clone());
    let state = State::new(&config, clock.clone(), market.clone())?;
    sign(&market, &state);
    let listener = bind(config.listen).map_err(|error| RunError::Listen(config.listen, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| RunError::Listen(config.listen, error))?;
    let accepting = tokio::spawn(listen::accept(listener, state.clone(), app(state.clone())));
    let metrics = metrics_listen::begin(&config, &state).await?;
    let sweeping = tokio::spawn(sweep(state.clone()));
    let renewing = tokio::spawn(renew(state.clone()));
    let pacing = tokio::spawn(pace(market.pacer(), clock.clone()));
    let mark = HighWater::new(&config.data_dir, &config.seal);
    let known = high_water::known(&config, &state.certificate_key, &mark)?;
    tracing::info!(%address, "listening; replaying the journal");

    let sequencer = sequencer::Config {
        known,
        seal_key: Some(state.seal_key.clone()),
        ..config.sequencer.clone()
    };
    let keeping = Arc::new(Keeping::new(&config.data_dir, state.clone()));
    let (starting, folding) = start(&config.data_dir, sequencer, clock, folder, Some(keeping.clone()));
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
    } = started?;
    report(&recovery);
    let opening = Opening {
        config: &config,
        handle: &handle,
        market: &market,
        venue_key: &state.certificate_key,
    };
    let kept = OnceLock::new();
    let serving = async {
        // Whoever reads first reads what is so now: no lot as open that stands paused since the venue was down.
        opening::replayed(&market, &folding, recovery.last).await?;
        keeping.replayed();
        opening::caught_up(&market, caught_up).await;
        let fresh = opening.begin().await?;
        opening::say_loss(&handle, &recovery).await?;
        // Not before the journal says what it lacks: from here on the evidence is of this journal.
        let marking = tokio::spawn(mark.clone().keep(handle.clone()));
        let _ = kept.set(marking);
        opening::has_room(&handle).await;
        opening.say_lost_secrets(&state.secrets);
        let venue_id = config.venue_id.clone().unwrap_or_else(|| opening.venue_id());
        let replayed = (recovery.last > Seq(0)).then_some(recovery.last_at);
        state.open(handle.clone(), venue_id.clone(), replayed).await;
        ready(Ready {
            address,
            venue_id,
            handle: handle.clone(),
            market: market.clone(),
            metrics,
            fresh,
            state: state.clone(),
        });
        // From here on, only its end is waited for.
        Ok(std::future::pending::<Infallible>().await)
    };
    let early = tokio::select! {
        biased;
        ended = &mut ended => Some(ended),
        () = &mut shutdown => None,
        failed = serving => {
            let Err(failed) = failed;
            return Err(failed);
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
    state.people.keep_seen(state.now());
    renewing.abort();
    pacing.abort();
    accepting.abort();
    if let Some(marking) = kept.into_inner() {
        marking.abort();
        mark.write(handle.mark());
    }
    written(&folding).await;
    let last = result?;
    tracing::info!(last = last.0, "stopped cleanly");
    Ok(())
}

/// Gives the views the venue's key, to sign the heads of lots and each bidder's receipts, and the words of the API.
fn sign(market: &MarketData, state: &State) {
    let key = state.certificate_key.clone();
    market.sign_with(venue_key::signer(&key));
    market.tell_private(Words { key });
    market.tell_listings(listings::Words);
}

/// Waits until the history is written as well: the views' thread ends with it.
async fn written(folding: &thread::JoinHandle<()>) {
    let since = Instant::now();
    while !folding.is_finished() {
        if since.elapsed() >= LAST_ROWS {
            tracing::warn!("the history is not written to its end; what it lacks comes with the next start");
            return;
        }
        sleep(Duration::from_millis(2)).await;
    }
}

/// Says in the log what the start found in the journal.
fn report(recovery: &RecoveryReport) {
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
}

type Starting = oneshot::Receiver<Result<Running, StartError>>;

/// Starts the sequencer and the folding of its events, each on a thread of its own. They are no tasks: a replay takes
/// its time, and the runtime should end without waiting for it.
pub(super) fn start(
    data_dir: &Path,
    config: sequencer::Config,
    clock: Arc<dyn Clock>,
    folder: Folder,
    history: Option<Arc<Keeping>>,
) -> (Starting, thread::JoinHandle<()>) {
    let (publisher, subscriber) = sequencer::views();
    let folding = spawn("views", {
        let clock = clock.clone();
        move || fold(folder, &subscriber, &*clock, history.as_deref())
    });
    let (done, starting) = oneshot::channel();
    let journal = data_dir.join("journal");
    drop(spawn("start", move || {
        // Nobody waits any more: the sequencer ends with its handle.
        let _ = done.send(start_in(&journal, config, clock, publisher));
    }));
    (starting, folding)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .expect("the system gives a thread at the start")
}

fn fold(mut folder: Folder, subscriber: &Subscriber, clock: &dyn Clock, history: Option<&Keeping>) {
    while let Some(delivery) = subscriber.recv() {
        // Before anybody can know of it: who asks for what it was told waits for history, too.
        if let Some(history) = history {
            history.take(&delivery);
        }
        folder.fold(&delivery, clock.now());
    }
    if let Some(history) = history {
        history.close();
    }
}

/// Tells the paced channels, each at its pace.
async fn pace(mut pacer: Pacer, clock: Arc<dyn Clock>) {
    let mut ticks = interval(Pace::Fast.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let slow_every = Pace::Slow.interval().as_millis() / Pace::Fast.interval().as_millis();
    for tick in 1_u128.. {
        ticks.tick().await;
        pacer.tick(Pace::Fast, clock.now());
        if tick.is_multiple_of(slow_every) {
            pacer.tick(Pace::Slow, clock.now());
        }
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

/// Reads the certificate again at each SIGHUP.
async fn renew(state: State) {
    let Some(tls) = &state.tls else { return };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::hangup()) {
            Ok(mut hangups) => {
                while hangups.recv().await.is_some() {
                    tls.renew();
                }
            }
            Err(error) => tracing::error!(%error, "SIGHUP cannot be heard; the certificate is read again at a start"),
        }
    }
    #[cfg(not(unix))]
    let _ = tls;
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
