//! What lies between a replayed journal and a venue that takes commands: readers see what is so now, and an empty
//! journal gets its first commands.

use super::{config::Genesis, error::RunError};
use crate::proof::request;
use market_data::MarketData;
use protocol::{
    Command, Outcome, Request, Seq, UserId,
    party::{KeyMaterial, RegisterKey, Scopes},
};
use sequencer::{CaughtUp, Handle, Refused};
use std::{
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long readers wait at most until the views show what the core did first, such as the pause of lots that were
/// open: a disk that hangs keeps nobody from reading for ever.
const FIRST_SHOWN: Duration = Duration::from_secs(10);

/// A venue before it opens.
pub(super) struct Opening<'a> {
    pub(super) genesis: &'a Genesis,
    pub(super) handle: &'a Handle,
    pub(super) market: &'a MarketData,
    /// Folds events into the views.
    pub(super) folding: &'a JoinHandle<()>,
}

impl Opening<'_> {
    /// Waits until the views show the journal up to `replayed`, and what the core did first: whoever reads first finds
    /// no lot open that stands paused since the venue was down.
    pub(super) async fn shown(&self, replayed: Seq, caught_up: CaughtUp) -> Result<(), RunError> {
        // An idle sequencer does not notice that nobody takes its events.
        while !self.market.wait_for(replayed, Duration::from_secs(1)).await {
            if self.folding.is_finished() {
                return Err(RunError::Stopped(
                    "the views failed while the journal was replayed".into(),
                ));
            }
        }
        let first = async {
            match caught_up.await {
                Some(seq) => self.market.wait_for(seq, FIRST_SHOWN).await,
                // The sequencer ended, and whoever waits for that is told why.
                None => std::future::pending().await,
            }
        };
        if !timeout(FIRST_SHOWN, first).await.unwrap_or(false) {
            tracing::warn!("the views do not show yet what fell due while the venue was down");
        }
        Ok(())
    }

    /// Writes what an empty journal begins with, or what is missing of it: a power cut may have come in between.
    /// Whether anything was written.
    pub(super) async fn begin(&self) -> Result<bool, RunError> {
        let (no_epoch, no_key) = {
            let directory = self.market.directory();
            (directory.epoch().is_none(), directory.keys(None, 1).is_empty())
        };
        if no_epoch {
            self.first(Command::Epoch(Box::new(self.genesis.epoch.clone()))).await?;
        }
        if no_key {
            let key = RegisterKey {
                user: UserId(0),
                material: KeyMaterial::Ed25519(self.genesis.operator_key),
                scopes: Scopes::ALL
                    .iter()
                    .fold(Scopes::NONE, |all, &(scope, _)| all.with(scope)),
                networks: self.genesis.operator_networks.clone(),
            };
            self.first(Command::RegisterKey(Box::new(key))).await?;
        }
        Ok(no_epoch || no_key)
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
        let pending = self.handle.submit(request, self.handle.now()).map_err(|refused| {
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
