//! A word of the venue about itself, given by hand on its machine while the exchange is stopped: whoever holds its data
//! folder and its keys could write anything there; so what is written is a command like any other, told to whom it
//! concerns.

use super::{error::RunError, high_water::HighWater, opening, run};
use crate::proof::seal::{self, Seal};
use market_data::MarketData;
use protocol::{Answer, Command, Outcome};
use sequencer::{Clock, Known, Running, SystemClock};
use std::{path::Path, sync::Arc};

/// Opens the exchange in this folder for nobody else, gives it the command that `decide` finds right in view of how it
/// stands, and closes it again. None where nothing was to be given.
///
/// # Errors
/// Where the exchange has not begun, is running, or does not open; and where the command was refused.
pub async fn tell(
    data_dir: &Path,
    seal: &Seal,
    sequencer: &sequencer::Config,
    decide: impl FnOnce(&MarketData) -> Option<Command>,
) -> Result<Option<Answer>, RunError> {
    if super::began::first_rules(data_dir)?.is_none() {
        return Err(RunError::NothingBegun(data_dir.into()));
    }
    let key = seal::open(data_dir, seal)?.journal();
    let mark = HighWater::new(data_dir, seal);
    let sequencer = sequencer::Config {
        seal_key: Some(key),
        known: Known {
            mark: mark.read()?,
            ..sequencer.known.clone()
        },
        ..sequencer.clone()
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (market, folder) = market_data::new(market_data::Limits::default());
    let (starting, folding) = run::start(data_dir, sequencer, clock, folder, None);
    let started = starting
        .await
        .map_err(|_| RunError::Start("the start panicked".into()))?;
    let Running {
        handle,
        recovery,
        caught_up,
        ended,
    } = started?;
    opening::replayed(&market, &folding, recovery.last).await?;
    opening::caught_up(&market, caught_up).await;
    opening::say_loss(&handle, &recovery).await?;
    let told = match decide(&market) {
        None => Ok(None),
        Some(command) => opening::own(&handle, command).await.map(Some),
    };
    handle.stop();
    ended.await.map_err(|fatal| RunError::Stopped(fatal.to_string()))?;
    mark.write(handle.mark());
    match told? {
        Some(answer) => match answer.outcome {
            Outcome::Done(_) => Ok(Some(answer)),
            Outcome::Rejected(reject) => Err(RunError::Refused(reject.code())),
        },
        None => Ok(None),
    }
}
