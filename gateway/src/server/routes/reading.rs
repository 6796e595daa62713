//! Reads of another's record: an operator, the regulator, an agency or a court may, and each is journaled before it is
//! answered (the Guidance, art. 1: every read is logged).

use crate::server::{
    core::{call::Call, caller::Caller, give::hand_over, state::State},
    said::problem::{Fault, Problem},
};
use protocol::{Bounded, Command, EntityId, control::LogRead};
use std::collections::BTreeSet;

/// The longest path that a note keeps, in bytes.
const PATH_MAX: usize = 128;

/// Journals that the caller reads records of these participants at this path, and waits until that is durable. One's
/// own records, and the venue's, are nobody else's.
pub(crate) async fn note(
    state: &State,
    call: &Call,
    owners: impl IntoIterator<Item = EntityId>,
    path: &str,
) -> Result<(), Problem> {
    let Caller::User(caller) = &call.caller else {
        return Ok(());
    };
    let own = [caller.entity, EntityId(0)];
    let others: BTreeSet<EntityId> = owners.into_iter().filter(|owner| !own.contains(owner)).collect();
    let record = Bounded::<PATH_MAX>::new(path).ok_or(Fault::NotFound)?;
    let mut pending = Vec::with_capacity(others.len());
    for entity in others {
        let record = record.clone();
        let command = Command::LogRead(Box::new(LogRead { entity, record }));
        pending.push(hand_over(state, caller, None, command, &call.arrival)?);
    }
    for noted in pending {
        noted.await?;
    }
    Ok(())
}
