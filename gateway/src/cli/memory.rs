//! What lies in this process's memory stays there: the seal key and others, and what bidders ask, in the clear.
//!
//! No core is dumped of it, whoever asks and wherever `core_pattern` sends it, and no other process of the same user
//! reads or traces it. Root does, and so does whoever copies the machine's memory.

use super::error::CliError;
use rustix::io;

/// Before anything secret is read: no core dump, no tracing.
pub(super) fn keep() -> Result<(), CliError> {
    undumpable().map_err(|error| CliError::failed(format!("cannot keep the memory out of core dumps: {error}")))
}

/// A limit of nothing alone would not do: a core that a pipe of `core_pattern` takes is written under any limit, but of
/// no process that says so.
fn undumpable() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)
}

/// Keeps all the memory of this process, now and later, off the disk, where the system lets it have as much as it
/// likes: single keys are not enough, since what bidders ask lies elsewhere, and no safe call locks those alone.
pub(super) fn lock() -> io::Result<()> {
    use rustix::{
        mm::{MlockAllFlags, mlockall},
        process::{Resource, Rlimit, getrlimit, setrlimit},
        thread::{CapabilitySet, capabilities},
    };
    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    let may = getrlimit(Resource::Memlock) == unlimited
        || capabilities(None).is_ok_and(|ours| ours.effective.contains(CapabilitySet::IPC_LOCK));
    if !may {
        // Under a limit it would hold at first, and later end the exchange for want of memory.
        setrlimit(Resource::Memlock, unlimited)?;
    }
    // What is never touched takes no memory.
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)
}
