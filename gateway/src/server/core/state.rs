//! What every handler shares: the views, the keys, what clients have left to spend, and how the server stands.
//!
//! What always holds: commands are taken in the phase `Open` alone. How one gets to the core is `give`'s business.

use super::{
    metrics::Metrics,
    secrets::{Secrets, SecretsError},
};
use crate::{
    proof::{seal, signing, venue_key},
    server::{
        config::{Limits, ServerConfig},
        door::{
            limits::{Connections, Rates},
            proxies::Proxies,
            replay::Replays,
        },
        error::RunError,
        said::problem::{Fault, Problem},
        tls::Tls,
    },
};
use market_data::MarketData;
use protocol::{Seq, Timestamp};
use sequencer::{Clock, Handle, SealKey, Status};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
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
    /// When it opened, in Unix milliseconds.
    pub(crate) at_ms: u64,
}

/// The inside of [`State`].
pub struct Shared {
    /// The folder on whose disk the journal lies.
    data_dir: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) receive_window: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) market: MarketData,
    pub(crate) secrets: Secrets,
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
    core: OnceLock<Handle>,
    /// Known once the journal was replayed.
    opened: OnceLock<Opened>,
    phase: watch::Sender<Phase>,
}

impl std::ops::Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl State {
    /// A server that does not answer commands yet: [`Self::open`] opens it. Opens (or begins) the store of secrets in
    /// the data folder, with the seal key that lies apart from it.
    pub fn new(config: &ServerConfig, clock: Arc<dyn Clock>, market: MarketData) -> Result<Self, RunError> {
        let tls = config.tls.as_ref().map(Tls::load).transpose()?;
        let key = seal::open(&config.data_dir, &config.seal)?;
        let secrets = Secrets::open(&config.data_dir, key.store()).map_err(|error| match error {
            SecretsError::Io(path, error) => RunError::Data(path, error),
            other => RunError::Secrets(other.to_string()),
        })?;
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
            secrets,
            seal_key: key.journal(),
            certificate_key,
            replays: Replays::new(window, usize::try_from(most).unwrap_or(usize::MAX)),
            rates: Rates::new(&config.limits),
            connections: Connections::new(&config.limits),
            proxies: Proxies::new(config.trusted_proxies.clone(), config.forwarded_header),
            tls,
            metrics: Metrics::new(),
            limits: config.limits.clone(),
            core: OnceLock::new(),
            opened: OnceLock::new(),
            phase: watch::Sender::new(Phase::Starting),
        })))
    }

    /// Takes commands from here on, in the name of this venue.
    pub fn open(&self, handle: Handle, venue_id: String) {
        let at_ms = self.now().0 / 1_000_000;
        // A second opening is none.
        let _ = self.opened.set(Opened { venue_id, at_ms });
        if self.core.set(handle).is_ok() {
            self.phase.send_replace(Phase::Open);
        }
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
    pub(crate) fn stands_still(&self) -> Option<Duration> {
        self.handle().and_then(|core| stands_still(&core.status()))
    }

    fn is_ready(&self, status: &Status) -> bool {
        self.phase() == Phase::Open && !status.disk_full && stands_still(status).is_none()
    }

    /// The text of the metrics.
    pub(crate) fn render_metrics(&self) -> String {
        let status = self.handle().map(Handle::status);
        let ready = status.is_some_and(|status| self.is_ready(&status));
        let free = rustix::fs::statvfs(&self.data_dir).ok();
        let free = free.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        self.metrics
            .render(status, free, self.market.applied().0, self.connections.open(), ready)
    }

    /// Forgets what need not be remembered any more. Called now and then.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.replays.sweep(now);
        self.rates.sweep(now);
        self.metrics.upkeep();
        // Nobody may ask for how it stands: the log says all the same when a full disk has room again.
        let _ = self.disk_is_full();
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

fn stands_still(status: &Status) -> Option<Duration> {
    Some(Duration::from_nanos(status.behind_ns)).filter(|behind| *behind >= STANDS_STILL)
}
