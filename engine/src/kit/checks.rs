//! Checks: how a question is asked and which fault counts.

use alloc::string::String;
use protocol::Reject;

/// `Err` with this reject unless `holds`.
pub(crate) fn require(holds: bool, reject: Reject) -> Result<(), Reject> {
    if holds { Ok(()) } else { Err(reject) }
}

/// Of what several checks found, the one that counts first.
pub(crate) fn first_fault(checks: impl IntoIterator<Item = Result<(), Reject>>) -> Result<(), Reject> {
    match checks.into_iter().filter_map(Result::err).min() {
        Some(reject) => Err(reject),
        None => Ok(()),
    }
}

/// `Err` with what is broken unless `holds`.
pub(crate) fn ensure(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}
