//! Checks: how a question is asked and which fault counts.

use alloc::string::String;
use protocol::{EntityId, Reject};

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

/// Whether two lists name the same, in whatever order; neither names anything twice.
pub(crate) fn same_set<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    one.len() == other.len() && one.iter().all(|item| other.contains(item))
}

/// Whether an account is of the one who pays from it or is paid into it.
pub(crate) fn check_account_of(of: EntityId, party: EntityId) -> Result<(), Reject> {
    require(of == party, Reject::NotYourAccount)
}
