//! What lies between a replayed journal and a venue that takes commands: readers see what is so now, and an empty
//! journal gets its first commands.

use super::{config::ServerConfig, core::secrets::Secrets, error::RunError, unchanged};
use crate::proof::{
    request,
    signing::{self, Key},
    venue_key::{self, VenueKeyError},
};
use market_data::MarketData;
use protocol::{
    Answer, Command, Outcome, Request, Seq, UserId,
    control::{AcceptLoss, VenueKey},
    party::{KeyMaterial, RegisterKey, Scopes},
};
use sequencer::{CaughtUp, Handle, Missed, PendingAnswer, RecoveryReport, Refused};
use std::{
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// How long readers wait at most until the views show what the core did first, such as the pause of lots that were
/// open: a disk that hangs keeps nobody from reading for ever.
const FIRST_SHOWN: Duration = Duration::from_secs(10);

/// A venue before it opens.
pub(super) struct Opening<'a> {
    pub(super) config: &'a ServerConfig,
    pub(super) handle: &'a Handle,
    pub(super) market: &'a MarketData,
    /// What the venue signs with.
    pub(super) venue_key: &'a Key,
}

/// Waits until the views show the journal up to `last`. `folding` folds events into the views.
pub(super) async fn replayed(market: &MarketData, folding: &JoinHandle<()>, last: Seq) -> Result<(), RunError> {
    // An idle sequencer does not notice that nobody takes its events.
    while !market.wait_for(last, Duration::from_secs(1)).await {
        if folding.is_finished() {
            return Err(RunError::Stopped(
                "the views failed while the journal was replayed".into(),
            ));
        }
    }
    Ok(())
}

/// Waits until the views show what the core did first: whoever reads first finds no lot open that stands paused since
/// the venue was down.
pub(super) async fn caught_up(market: &MarketData, caught_up: CaughtUp) {
    let first = async {
        match caught_up.await {
            Some(seq) => market.wait_for(seq, FIRST_SHOWN).await,
            // The sequencer ended, and whoever waits for that is told why.
            None => std::future::pending().await,
        }
    };
    if !timeout(FIRST_SHOWN, first).await.unwrap_or(false) {
        tracing::warn!("the views do not show yet what fell due while the venue was down");
    }
}

/// Waits until the journal has room for an order: whoever is told that the venue is ready may give one. A disk that
/// hangs or is full keeps nobody from reading.
pub(super) async fn has_room(handle: &Handle) {
    let since = Instant::now();
    while !handle.has_room() && !handle.status().disk_full && since.elapsed() < FIRST_SHOWN {
        sleep(Duration::from_millis(5)).await;
    }
}

/// Gives what the venue says of itself, and waits until it is durable.
pub(super) async fn own(handle: &Handle, command: Command) -> Result<Answer, RunError> {
    let pending = taken(|| handle.submit_own(command.clone())).await?;
    pending.await.map_err(|stopped| RunError::Stopped(stopped.to_string()))
}

/// Says in the journal what a start went on without: nobody is served before that is durable.
pub(super) async fn say_loss(handle: &Handle, recovery: &RecoveryReport) -> Result<(), RunError> {
    let Some(Missed { left, known }) = recovery.missed else {
        return Ok(());
    };
    match own(handle, Command::AcceptLoss(AcceptLoss { left, known }))
        .await?
        .outcome
    {
        Outcome::Done(_) => Ok(()),
        Outcome::Rejected(reject) => Err(RunError::Refused(reject.code())),
    }
}

/// Hands over as soon as it is taken: the journal's next segment may be about to be made.
async fn taken(submit: impl Fn() -> Result<PendingAnswer, Refused>) -> Result<PendingAnswer, RunError> {
    loop {
        match submit() {
            Ok(pending) => return Ok(pending),
            Err(Refused::Busy { retry_after_ms }) => sleep(Duration::from_millis(retry_after_ms.into())).await,
            Err(Refused::StorageFull) => return Err(RunError::Start("the disk is full".into())),
            Err(other) => return Err(RunError::Start(other.to_string())),
        }
    }
}

impl Opening<'_> {
    /// Writes what an empty journal begins with, or what is missing of it: a power cut may have come in between.
    /// Whether anything was written.
    pub(super) async fn begin(&self) -> Result<bool, RunError> {
        let genesis = &self.config.genesis;
        unchanged::check(self.config, &self.market.directory())?;
        let (no_epoch, no_key) = {
            let directory = self.market.directory();
            (directory.epoch().is_none(), directory.keys(None, 1).is_empty())
        };
        if no_epoch {
            self.first(Command::Epoch(Box::new(genesis.epoch.clone()))).await?;
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
            self.first(Command::RegisterKey(Box::new(key))).await?;
        }
        self.name_venue_key().await?;
        Ok(no_epoch || no_key)
    }

    /// Says which HMAC keys lost their secrets: where the store is gone, an empty one is begun, and whoever signs with
    /// them is refused. No reason not to start: between a key and its secret the power may have failed, and the
    /// registration sent again makes one.
    pub(super) fn say_lost_secrets(&self, secrets: &Secrets) {
        let keys = self.market.directory().keys(None, usize::MAX);
        let lost = keys.iter().filter(|key| {
            let shared = key.details.material == KeyMaterial::HmacSha256;
            shared && !key.is_revoked() && secrets.get(key.id).is_none()
        });
        let lost: Vec<u32> = lost.map(|key| key.id.0).collect();
        if !lost.is_empty() {
            tracing::warn!(
                keys = ?lost,
                "these HMAC keys have no secret in secrets.sealed and cannot sign: bring the file back, or revoke them and register others"
            );
        }
    }

    /// Names the key that the venue signs with, where the journal does not name it yet. Where it names another, nothing
    /// is signed: a stranger who looks up which key signed since when would be told wrongly.
    async fn name_venue_key(&self) -> Result<(), RunError> {
        let key = VenueKey {
            public_key: venue_key::public(self.venue_key),
        };
        let named = self.market.records().venue_key();
        match named {
            Some((named, _)) if named == key.public_key => Ok(()),
            Some((named, since)) => Err(VenueKeyError::Another {
                file: self.config.data_dir.join(venue_key::FILE),
                found: signing::hex(&key.public_key.0),
                named: signing::hex(&named.0),
                since: since.0,
            }
            .into()),
            None => self.shows(own(self.handle, Command::SetVenueKey(key)).await?).await,
        }
    }

    /// The venue's public id, if none is configured: of how the journal began.
    pub(super) fn venue_id(&self) -> String {
        let directory = self.market.directory();
        let first_key = directory.keys(None, 1).first().map(|key| key.details.material);
        let operator_key = match first_key {
            Some(KeyMaterial::Ed25519(key)) => key,
            Some(KeyMaterial::HmacSha256) | None => [0; 32],
        };
        request::venue_id(directory.began().unwrap_or_default(), &operator_key)
    }

    /// One of the first commands, by the venue's first operator.
    async fn first(&self, command: Command) -> Result<(), RunError> {
        let request = Request {
            by: UserId(0),
            client: None,
            command,
        };
        let pending = taken(|| self.handle.submit(request.clone(), self.handle.now())).await?;
        let answer = pending
            .await
            .map_err(|stopped| RunError::Stopped(stopped.to_string()))?;
        self.shows(answer).await
    }

    /// Waits until the views show what was done.
    async fn shows(&self, answer: Answer) -> Result<(), RunError> {
        if let Outcome::Rejected(reject) = answer.outcome {
            return Err(RunError::Genesis(reject.code()));
        }
        let since = Instant::now();
        while !self.market.wait_for(answer.seq, Duration::from_secs(1)).await {
            if since.elapsed() > Duration::from_secs(30) {
                return Err(RunError::Stopped(format!(
                    "the views do not reach command {}",
                    answer.seq.0
                )));
            }
        }
        Ok(())
    }
}
