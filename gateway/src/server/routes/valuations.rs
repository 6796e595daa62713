//! Valuations: what a right is worth, and who says so.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses at which a valuation is told, and an appraiser admitted.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "valuations",
    rows: &[
        ("/v1/valuations", Op::RecordValuation),
        ("/v1/appraisers", Op::SetAppraiser),
    ],
};
