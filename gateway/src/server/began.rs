//! How the exchange in a data folder began, asked before a start changes anything: as the demo market, whose
//! participants and money are made up, or as a real one.
//!
//! What always holds: neither goes on with the other's journal. The demo would bring an administrator and millions into
//! a real one; a real one would take made up money for real.

use super::{config::ServerConfig, error::RunError};
use crate::proof::seal;
use protocol::{Command, Seq, rules::Epoch};
use sequencer::offline;
use std::path::Path;

/// The rules that the exchange in this folder began with; none if it has not begun.
///
/// # Errors
/// Where its journal cannot be read, or the folder is a journal's own: a start there would begin another exchange inside
/// of it.
pub fn first_rules(data_dir: &Path) -> Result<Option<Epoch>, RunError> {
    if seal::has_segments(data_dir) {
        return Err(RunError::Journal(data_dir.into()));
    }
    let journal = data_dir.join("journal");
    if !journal.is_dir() {
        return Ok(None);
    }
    let mut first = None;
    offline::dump(&journal, Seq(1), &mut |request| {
        if let Command::Epoch(epoch) = &request.body.command {
            first = Some((**epoch).clone());
        }
        first.is_none()
    })
    .map_err(|error| RunError::Start(error.to_string()))?;
    Ok(first)
}

/// Whether a start under this configuration may go on with what its folder holds.
///
/// # Errors
/// Where it holds a market of the other kind, or cannot be read.
pub(super) fn check(config: &ServerConfig) -> Result<(), RunError> {
    let Some(began) = first_rules(&config.data_dir)? else {
        return Ok(());
    };
    match (config.genesis.epoch.approval.is_demo(), began.approval.is_demo()) {
        (true, false) => Err(RunError::NotTheDemo(config.data_dir.clone())),
        (false, true) if !config.takes_demo => Err(RunError::TheDemo(config.data_dir.clone())),
        _ => Ok(()),
    }
}
