//! What every handler shares: the views, the keys, what clients have left to spend, and how the server stands.
//!
//! What always holds: commands are taken in the phase `Open` alone. How one gets to the core is `give`'s business.

use super::{
    attachments::Attachments, audience::Audience, metrics::Metrics, past::Past, sealed_file::SealedError,
    secrets::Secrets,
};
use crate::{
    proof::{seal, signing, venue_key},
    server::{
        config::{Entitlements, Limits, PayIn, ServerConfig},
        door::{
            limits::{Connections, Rates},
            proxies::Proxies,
            replay::Replays,
        },
        error::RunError,
        people::store::People,
        said::problem::{Fault, Problem},
        tls::Tls,
    },
};
use history::History;
use market_data::MarketData;
use protocol::{Seq, Timestamp};
use sequencer::{Clock, Handle, SealKey};
use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A clock that was set back by less than this while the exchange was stopped is no reason to call anybody.
const STANDS_STILL: Duration = Duration::from_secs(1);

/// The state that every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct State(pub(crate) Arc<Shared>);

/// The phase that the server is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The journal is being replayed.
    Starting,
    /// Commands are taken.
    Open,
    /// No more connections and commands are taken.
    Stopping,
    /// The journal failed: nothing more may be acknowledged.
    Failed,
}

/// What is known of a server once it is open.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The venue's public id.
    pub(crate) venue_id: String,
    /// The last timestamp of a command or a login that a process before this one can have taken, in Unix milliseconds;
    /// 0 where there was none.
    pub(crate) former_ms: u64,
}

/// How far ahead of the venue's clock a command or a login may be signed. Who starts the venue again waits as long, so
/// that nothing which the process before it may have taken is good once more.
const AHEAD_MAX: Duration = Duration::from_secs(1);

/// The inside of [`State`].
pub struct Shared {
    /// The folder on whose disk the journal lies.
    data_dir: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) entitlements: Entitlements,
    pub(crate) pay_in: Option<PayIn>,
    pub(crate) receive_window: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) market: MarketData,
    pub(crate) past: Past,
    pub(crate) secrets: Secrets,
    pub(crate) attachments: Attachments,
    pub(crate) people: Arc<People>,
    /// Closes bidders' requests, and draws their numbers.
    pub(crate) seal_key: SealKey,
    /// Signs certificates, heads of lots and bidders' receipts.
    pub(crate) certificate_key: signing::Key,
    pub(crate) replays: Replays,
    pub(crate) rates: Rates,
    pub(crate) connections: Arc<Connections>,
    pub(crate) proxies: Proxies,
    /// None: the listener speaks HTTP without TLS.
    pub(crate) tls: Option<Tls>,
    pub(crate) metrics: Metrics,
    pub(crate) audience: Arc<Audience>,
    core: OnceLock<Handle>,
    /// Known once the journal was replayed.
    opened: OnceLock<Opened>,
    phase: watch::Sender<Phase>,
    /// Whether somebody in this process still fills the market.
    seeding: AtomicBool,
}

impl std::ops::Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl State {
    /// A server that does not answer commands yet: `open` opens it. Opens (or begins) the stores of secrets and
    /// of people in the data folder, with the seal key that lies apart from it.
    pub fn new(config: &ServerConfig, clock: Arc<dyn Clock>, market: MarketData) -> Result<Self, RunError> {
        let tls = config.tls.as_ref().map(Tls::load).transpose()?;
        let key = seal::open(&config.data_dir, &config.seal)?;
        let not_opened = |error| match error {
            SealedError::Io(path, error) => RunError::Data(path, error),
            other => RunError::Secrets(other.to_string()),
        };
        let secrets = Secrets::open(&config.data_dir, key.store()).map_err(not_opened)?;
        let has_tls = config.tls.is_some() || !config.trusted_proxies.is_empty();
        let secure = config.sign_in.secure_cookie.unwrap_or(has_tls);
        let is_demo = config.genesis.epoch.approval.is_demo();
        let sign_in = config.sign_in.clone();
        let people = People::open(&config.data_dir, key.store(), sign_in, (secure, is_demo)).map_err(not_opened)?;
        let certificate_key = venue_key::open(&config.data_dir)?;
        let window = config.receive_window;
        // What a key may send within twice the window, and its burst.
        let per_window = (window * 2)
            .as_secs()
            .saturating_add(1)
            .saturating_mul(config.limits.key_rate.per_second.into());
        let most = per_window.saturating_add(config.limits.key_rate.burst.into());
        Ok(Self(Arc::new(Shared {
            data_dir: config.data_dir.clone(),
            receive_window: window,
            clock,
            market,
            past: Past::new(),
            secrets,
            attachments: Attachments::open(&config.data_dir)
                .map_err(|error| RunError::Data(config.data_dir.join("attachments"), error))?,
            people: Arc::new(people),
            seal_key: key.journal(),
            certificate_key,
            replays: Replays::new(window, usize::try_from(most).unwrap_or(usize::MAX)),
            rates: Rates::new(&config.limits),
            connections: Connections::new(&config.limits),
            proxies: Proxies::new(config.trusted_proxies.clone(), config.forwarded_header),
            tls,
            metrics: Metrics::new(),
            audience: Arc::default(),
            limits: config.limits.clone(),
            entitlements: config.entitlements.clone(),
            pay_in: config.pay_in.clone(),
            core: OnceLock::new(),
            opened: OnceLock::new(),
            phase: watch::Sender::new(Phase::Starting),
            seeding: AtomicBool::new(config.seeds),
        })))
    }

    /// Takes commands from here on, in the name of this venue. `replayed` is the time of the journal's last command, if
    /// it had any before this process.
    pub(crate) async fn open(&self, handle: Handle, venue_id: String, replayed: Option<Timestamp>) {
        let former_ms = match replayed {
            Some(last) => self.outwait_former(last).await,
            None => 0,
        };
        // A second opening is none.
        let _ = self.opened.set(Opened { venue_id, former_ms });
        if self.core.set(handle).is_ok() {
            self.phase.send_replace(Phase::Open);
        }
    }

    /// How far ahead of the clock a command or a login may be signed.
    pub(crate) fn ahead_max(&self) -> Duration {
        self.receive_window.min(AHEAD_MAX)
    }

    /// Waits until nobody with a right clock signs anything that a process before this one can have taken; gives the
    /// last timestamp of such. That process had ended before the journal was opened, and took nothing that was signed
    /// further ahead than is allowed. Its clock may have run ahead of this one: it was where the journal's last command
    /// is, at least. That much is refused for up to a receive window, and waited for by nobody.
    async fn outwait_former(&self, last: Timestamp) -> u64 {
        let ms = |at: Timestamp| at.0 / 1_000_000;
        let span = |of: Duration| u64::try_from(of.as_millis()).unwrap_or(u64::MAX);
        let (now, ahead) = (ms(self.now()), span(self.ahead_max()));
        let over = now.saturating_add(ahead);
        while ms(self.now()) <= over {
            tokio::time::sleep(Duration::from_millis(over.saturating_sub(ms(self.now())) + 1)).await;
        }
        let furthest = now.saturating_add(span(self.receive_window));
        ms(last).clamp(now, furthest).saturating_add(ahead)
    }

    /// The way to the core, once the server is open.
    pub(super) fn handle(&self) -> Option<&Handle> {
        self.core.get()
    }

    /// What is known since the server is open.
    pub(crate) fn opened(&self) -> Result<&Opened, Problem> {
        self.opened
            .get()
            .ok_or_else(|| Problem::from(Fault::Starting).retry_after(1_000))
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Tells when the phase changes.
    pub(crate) fn watch(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Waits until no more is to be begun.
    pub(crate) async fn ending(&self) {
        let mut phase = self.watch();
        // The sender lives as long as this.
        let _ = phase
            .wait_for(|phase| matches!(phase, Phase::Stopping | Phase::Failed))
            .await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the disk has no room for an order.
    pub(crate) fn disk_is_full(&self) -> bool {
        self.handle().is_some_and(|core| core.status().disk_full)
    }

    /// For how long time stands still: the machine's clock is behind the last command. Nothing, where it is not worth a
    /// word.
    fn stands_still(&self) -> Option<Duration> {
        let behind = Duration::from_nanos(self.handle()?.status().behind_ns);
        Some(behind).filter(|behind| *behind >= STANDS_STILL)
    }

    /// The market is as it should be when somebody comes.
    pub(crate) fn seeded(&self) {
        self.seeding.store(false, Ordering::Release);
    }

    /// Whether whoever comes finds the market, and an order would be taken: the rest is a problem.
    pub(crate) fn ready(&self) -> Result<(), Problem> {
        match self.phase() {
            Phase::Open if self.disk_is_full() => Err(Problem::from(Fault::StorageFull).retry_after(5_000)),
            Phase::Open if self.seeding.load(Ordering::Acquire) => Err(Problem::from(Fault::Starting)
                .hint("the market is being set up")
                .retry_after(1_000)),
            Phase::Open if !self.handle().is_some_and(Handle::has_room) => Err(Problem::from(Fault::Busy)
                .hint("the journal's next segment is being made")
                .retry_after(1_000)),
            Phase::Open => match self.stands_still() {
                None => Ok(()),
                Some(behind) => Err(Problem::from(Fault::TimeStandsStill)
                    .hint(format!("it is {} s behind the last command", behind.as_secs()))
                    .retry_after(60_000)),
            },
            Phase::Starting => Err(Problem::from(Fault::Starting).retry_after(1_000)),
            Phase::Stopping => Err(Problem::from(Fault::Stopping).retry_after(1_000)),
            Phase::Failed => Err(Problem::from(Fault::Stopping)
                .hint("the journal failed")
                .retry_after(1_000)),
        }
    }

    /// The text of the metrics.
    pub(crate) fn render_metrics(&self) -> String {
        let status = self.handle().map(Handle::status);
        let ready = self.ready().is_ok();
        let free = rustix::fs::statvfs(&self.data_dir).ok();
        let free = free.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        self.metrics.render(
            status,
            free,
            self.market.applied().0,
            self.connections.open(),
            ready,
            self.past.standing(),
        )
    }

    /// Forgets what need not be remembered any more. Called now and then.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.replays.sweep(now);
        self.rates.sweep(now);
        self.metrics.upkeep();
        if self.people.is_due(self.now()) {
            let (people, now) = (self.people.clone(), self.now());
            tokio::task::spawn_blocking(move || people.sweep(now));
        }
        // Nobody may ask for how it stands: the log says all the same when a full disk has room again.
        let _ = self.disk_is_full();
    }

    /// What the history says, once it shows this command as the views do.
    pub(crate) async fn past<T: Send + 'static>(
        &self,
        min_seq: Option<u64>,
        query: impl FnOnce(&History) -> Result<T, history::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let wait = min_seq.map(|_| self.limits.min_seq_wait);
        self.past.ask(wait, query).await
    }

    /// Waits until the views show this command. Nobody was told of one above the last that is durable: that is refused
    /// at once, with the newest.
    pub(crate) async fn wait_for(&self, seq: Option<u64>) -> Result<(), Problem> {
        match seq {
            Some(seq) if self.market.applied().0 < seq => {
                let newest = self.handle().map_or(0, |core| core.status().durable.0);
                if seq > newest {
                    let hint = format!("the newest command is {newest}");
                    return Err(Problem::from(Fault::MinSeqAhead).at_field("min_seq").hint(hint));
                }
                if self.market.wait_for(Seq(seq), self.limits.min_seq_wait).await {
                    Ok(())
                } else {
                    Err(Problem::from(Fault::ViewBehind).at_field("min_seq").retry_after(1_000))
                }
            }
            _ => Ok(()),
        }
    }
}
