//! The ids that the venue itself has, from its first command on.

use protocol::{AccountId, EntityId, UserId};

/// The venue itself.
pub(crate) const VENUE: EntityId = EntityId(0);
/// The venue's first operator, and the voice of the sequencer.
pub(crate) const FIRST_OPERATOR: UserId = UserId(0);
/// The account that the fees go to.
pub(crate) const FEE_ACCOUNT: AccountId = AccountId(0);
