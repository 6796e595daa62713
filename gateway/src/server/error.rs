//! The ways in which a server ends, other than by being asked to.

use crate::proof::seal::SealKeyError;
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
    /// The store of secrets does not open with this key, or is damaged.
    #[error("the store of secrets does not open: {0}")]
    Secrets(String),
    /// The seal key is missing, or cannot be used.
    #[error(transparent)]
    SealKey(#[from] SealKeyError),
    /// The certificate or the key of the listener cannot be used.
    #[error("tls: {0}")]
    Tls(String),
    /// The key for certificates cannot be used.
    #[error("the key for certificates: {0}")]
    Certificates(String),
    /// The journal does not open: damaged, locked by another process, or written by a later version.
    #[error("the journal does not open: {0}")]
    Start(String),
    /// The genesis was refused by the core.
    #[error("the first command of the journal was refused: {0}")]
    Genesis(&'static str),
    /// The journal failed while running: nothing more may be acknowledged, so the process must end.
    #[error("the venue had to stop: {0}")]
    Stopped(String),
}
