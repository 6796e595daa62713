//! The ways in which a server ends, other than by being asked to.

use crate::proof::{seal::SealKeyError, venue_key::VenueKeyError};
use sequencer::StartError;
use std::{io, net::SocketAddr, path::PathBuf};

/// Why a server ended, other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The data folder or a file in it cannot be used.
    #[error("cannot use {0}: {1}")]
    Data(PathBuf, io::Error),
    /// A sealed store, of secrets or of people, does not open with this key, or is damaged.
    #[error("a sealed store does not open: {0}")]
    Secrets(String),
    /// The seal key is missing, or cannot be used.
    #[error(transparent)]
    SealKey(#[from] SealKeyError),
    /// The key that the venue signs with is missing, or is not the one that the journal names.
    #[error(transparent)]
    VenueKey(#[from] VenueKeyError),
    /// The demo market was to go on with an exchange that it did not begin.
    #[error(
        "{0} holds an exchange that is not the demo market; nothing was written. `zhiheng serve --config FILE` serves it; the demo market \
         takes another folder (--data-dir)"
    )]
    NotTheDemo(PathBuf),
    /// A real exchange was to go on with the demo market's journal.
    #[error(
        "{0} holds the demo market, whose participants and money are made up; nothing was written. A real exchange takes a data_dir of its \
         own. Should this one be served all the same: `zhiheng serve --allow-demo`"
    )]
    TheDemo(PathBuf),
    /// The configuration says something else than the exchange began with.
    #[error(
        "{field} of the configuration is {configured}, and the exchange began with {began}{now}. A configuration changes no exchange that \
         has begun: {way}; or put the old value back"
    )]
    Changed {
        /// What differs.
        field: &'static str,
        /// What the configuration says.
        configured: String,
        /// What the exchange began with.
        began: String,
        /// What is in force, where that is something else again.
        now: String,
        /// How it is changed.
        way: &'static str,
    },
    /// What the venue was to say of itself was refused.
    #[error("the exchange refused it: {0}")]
    Refused(&'static str),
    /// The folder is a journal's own.
    #[error("{0} is the folder of a journal itself; nothing was written. The data folder is the one above it")]
    Journal(PathBuf),
    /// There is no exchange in the folder.
    #[error("{0} holds no exchange yet: a first start makes its keys and its journal")]
    NothingBegun(PathBuf),
    /// The certificate or the key of the listener cannot be used.
    #[error("tls: {0}")]
    Tls(String),
    /// The journal does not open: damaged, locked by another process, or written by a later version.
    #[error("the journal does not open: {0}")]
    Start(String),
    /// The journal lacks what is known to have been durable, or the clock cannot be believed.
    #[error(transparent)]
    Doubt(#[from] sequencer::Doubt),
    /// What is known of the journal from outside of it cannot be used.
    #[error("{0}: {1}")]
    Evidence(PathBuf, String),
    /// The genesis was refused by the core.
    #[error("the first command of the journal was refused: {0}")]
    Genesis(&'static str),
    /// The journal failed while running: nothing more may be acknowledged, so the process must end.
    #[error("the venue had to stop: {0}")]
    Stopped(String),
}

impl From<StartError> for RunError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Doubt(doubt) => Self::Doubt(doubt),
            other => Self::Start(other.to_string()),
        }
    }
}
