//! What every handler shares, and the one way from a handler to the core.

use super::{
    metrics::Metrics,
    secrets::{Secrets, SecretsError},
};
use crate::{
    proof::{certificate, seal, signing},
    server::{
        config::{Limits, ServerConfig},
        door::{
            auth::KeyCaller,
            limits::{Connections, Rates},
            replay::Replays,
        },
        said::problem::{Fault, Problem},
    },
};
use market_data::MarketData;
use protocol::{Answer, Command, Outcome, Receipt, Request, Seq, Timestamp, command::ClientKey, wire};
use sequencer::{Clock, Handle, Refused, SealKey, Underway};
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct State(pub(crate) Arc<Shared>);

/// How the server stands.
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

/// The inside of [`State`].
pub struct Shared {
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
    pub(crate) metrics: Metrics,
    core: OnceLock<Handle>,
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
    pub fn new(
        config: &ServerConfig,
        clock: Arc<dyn Clock>,
        market: MarketData,
    ) -> Result<Self, crate::server::RunError> {
        let key = seal::open(&config.data_dir, &config.seal)?;
        let secrets = Secrets::open(&config.data_dir, key.store()).map_err(|error| match error {
            SecretsError::Io(path, error) => crate::server::RunError::Data(path, error),
            other => crate::server::RunError::Secrets(other.to_string()),
        })?;
        let certificate_key = certificate::load_or_make_key(&config.data_dir)
            .map_err(|error| crate::server::RunError::Certificates(error.to_string()))?;
        market.sign_with(certificate::signer(&certificate_key));
        market.tell_private(crate::server::ws::private::Words {
            key: certificate_key.clone(),
        });
        let window = config.receive_window;
        // What a key may send within twice the window, and its burst.
        let per_window = (window * 2)
            .as_secs()
            .saturating_add(1)
            .saturating_mul(config.limits.key_rate.per_second.into());
        let most = per_window.saturating_add(config.limits.key_rate.burst.into());
        Ok(Self(Arc::new(Shared {
            receive_window: window,
            clock,
            market,
            secrets,
            seal_key: key.journal(),
            certificate_key,
            replays: Replays::new(window, usize::try_from(most).unwrap_or(usize::MAX)),
            rates: Rates::new(&config.limits),
            connections: Connections::new(&config.limits),
            metrics: Metrics::new(),
            limits: config.limits.clone(),
            core: OnceLock::new(),
            phase: watch::Sender::new(Phase::Starting),
        })))
    }

    /// Takes commands from here on.
    pub fn open(&self, handle: Handle) {
        if self.core.set(handle).is_ok() {
            self.phase.send_replace(Phase::Open);
        }
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

    /// The text of `/metrics`.
    pub(crate) fn render_metrics(&self) -> String {
        let status = self.core.get().map(Handle::status);
        let ready = self.phase() == Phase::Open;
        self.metrics
            .render(status, self.market.applied().0, self.connections.open(), ready)
    }

    /// Forgets what need not be remembered any more. Called now and then.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.replays.sweep(now);
        self.rates.sweep(now);
        self.metrics.upkeep();
    }

    /// Hands a command to the core; the future is its durable answer. The hand-over happens here and now, so commands
    /// of one caller keep their order. Refusals at this point are never journaled and use no client id.
    pub(crate) fn submit(
        &self,
        caller: &KeyCaller,
        client_id: &str,
        command: Command,
        arrived: &Arrival,
    ) -> Result<impl Future<Output = Result<Answered, Problem>> + Send + use<>, Problem> {
        let client = Some(wire::client_key(client_id, &command));
        self.hand_over(caller, client, command, arrived)
    }

    /// Hands over a command that the door itself gives in a caller's name: no client repeats it.
    pub(crate) fn submit_unnamed(
        &self,
        caller: &KeyCaller,
        command: Command,
        arrived: &Arrival,
    ) -> Result<impl Future<Output = Result<Answered, Problem>> + Send + use<>, Problem> {
        self.hand_over(caller, None, command, arrived)
    }

    fn hand_over(
        &self,
        caller: &KeyCaller,
        client: Option<ClientKey>,
        command: Command,
        arrived: &Arrival,
    ) -> Result<impl Future<Output = Result<Answered, Problem>> + Send + use<>, Problem> {
        let fault = match self.phase() {
            Phase::Starting => Some(Fault::Starting),
            Phase::Open => None,
            Phase::Stopping | Phase::Failed => Some(Fault::Stopping),
        };
        if let Some(fault) = fault {
            return Err(Problem::from(fault).retry_after(1_000));
        }
        let handle = self.core.get().ok_or(Fault::Starting)?;
        let request = Request {
            by: caller.user,
            client,
            command,
        };
        let submitted = Instant::now();
        self.metrics
            .parse
            .record(submitted.saturating_duration_since(arrived.instant));
        let handed_over = match &arrived.underway {
            Some(underway) => handle.submit_arrived(request, underway),
            None => handle.submit(request, arrived.at),
        };
        let pending = handed_over.map_err(|refused| match refused {
            Refused::Busy { retry_after_ms } => Problem::from(Fault::Busy).retry_after(retry_after_ms.into()),
            Refused::StorageFull => Problem::from(Fault::StorageFull).retry_after(5_000),
            Refused::TooLarge => Fault::MessageTooLarge.into(),
            Refused::Stopping => Problem::from(Fault::Stopping).retry_after(1_000),
        })?;
        let state = self.clone();
        Ok(async move {
            let answer = pending
                .await
                .map_err(|_| Problem::from(Fault::OutcomeUnknown).retry_after(1_000))?;
            let durable = Instant::now();
            state
                .metrics
                .durable
                .record(durable.saturating_duration_since(submitted));
            match answer.outcome {
                Outcome::Done(receipt) => {
                    state.metrics.commands_done.increment(1);
                    Ok(Answered {
                        answer,
                        receipt,
                        durable,
                    })
                }
                Outcome::Rejected(reject) => Err(Problem::rejected(reject, &answer)),
            }
        })
    }

    /// Waits until the views show this command.
    pub(crate) async fn wait_for(&self, seq: Option<u64>) -> Result<(), Problem> {
        match seq {
            Some(seq) if self.market.applied().0 < seq => {
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

/// When the last byte of a request was read: by the venue's clock for the order of everything, and by the monotonic
/// one for the metrics.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Timestamp,
    pub(crate) instant: Instant,
    /// What may be a command: no deadline goes ahead of it until it was handed over or refused. Nothing may wait for anything slow in
    /// between.
    underway: Option<Arc<Underway>>,
}

impl Arrival {
    /// A command has arrived, now: to be called right after the last byte, before anything is looked at.
    pub(crate) fn of_command(state: &State) -> Self {
        match state.core.get() {
            Some(core) => {
                let underway = core.arrive();
                Self {
                    at: underway.at(),
                    instant: Instant::now(),
                    underway: Some(Arc::new(underway)),
                }
            }
            None => Self::of_question(state),
        }
    }

    /// What only asks has arrived: it may take its time, and holds nothing up.
    pub(crate) fn of_question(state: &State) -> Self {
        Self {
            at: state.now(),
            instant: Instant::now(),
            underway: None,
        }
    }
}

/// A command that was done.
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) receipt: Receipt,
    /// When the answer was there.
    pub(crate) durable: Instant,
}
