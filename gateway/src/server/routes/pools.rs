//! Risk pools: opened, relied on by loans, claimed on; what comes back.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses of pools and of the loans in them.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "pools",
    rows: &[
        ("/v1/pools", Op::OpenPool),
        ("/v1/pools/figures", Op::SetPoolFigures),
        ("/v1/pools/enrol", Op::EnrolLoan),
        ("/v1/pools/npl", Op::RecordNpl),
        ("/v1/pools/claim", Op::ClaimOnPool),
        ("/v1/pools/decide", Op::DecidePoolClaim),
        ("/v1/pools/recover", Op::RecordRecovery),
        ("/v1/pools/end", Op::EndPoolLoan),
        ("/v1/pools/re-guarantee", Op::ReGuarantee),
    ],
};
