//! The ways in which a command fails, in words for the person who gave it.

use crate::{
    config::ConfigError,
    demo::DemoError,
    proof::{pin::PinError, seal::SealKeyError, signing::KeyFileError},
    server::RunError,
};
use std::{fmt, io};

/// The failure of a command, in words for the person who gave it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command was given, or met, something that it cannot use.
    #[error("{0}")]
    Failed(String),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// Which venue a key signs for cannot be told.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The seal key cannot be used.
    #[error(transparent)]
    Seal(#[from] SealKeyError),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server did not start, or had to stop.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The demo could not be prepared or seeded.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Standard output cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    pub(super) fn failed(words: impl fmt::Display) -> Self {
        Self::Failed(words.to_string())
    }
}
