//! What one person of a house that asked for two did alone.

use crate::{
    command::Op,
    control::Encoded,
    describe::record,
    ids::{EntityId, Seq, UserId},
};

record! {
    /// What one person of a house that asked for two did alone, as one may: its others are told at once.
    pub struct DoneAlone {
        /// Whose house.
        entity as "entity_id": EntityId,
        /// Who.
        by as "by_user_id": UserId,
        /// What.
        op: Op,
        /// The number of the command, and of what it made.
        seq as "command_seq": Seq,
        /// The command; none: it is longer than 4 KiB.
        encoded: Option<Encoded>,
    }
}
