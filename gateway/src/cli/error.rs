//! The ways in which a command fails, in words for the person who gave it.

use crate::{config::ConfigError, demo::DemoError, proof::signing::KeyFileError, server::RunError};
use std::{fmt, io};

/// Why a command failed, in words for the person who gave it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// What it was given, or what it met.
    #[error("{0}")]
    Failed(String),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// Standard output.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    pub(super) fn failed(words: impl fmt::Display) -> Self {
        Self::Failed(words.to_string())
    }
}
