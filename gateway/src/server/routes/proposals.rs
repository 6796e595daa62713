//! Proposals: commands that wait for a second person. What takes two people is the core's business.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses at which a command that takes two people is proposed, approved and refused.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "proposals",
    rows: &[
        ("/v1/proposals", Op::Propose),
        ("/v1/proposals/approve", Op::Approve),
        ("/v1/proposals/refuse", Op::Refuse),
    ],
};
