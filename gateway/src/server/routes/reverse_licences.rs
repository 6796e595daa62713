//! Reverse licences: proposed, consented to, paid, settled, ended.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses of reverse licences.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "disposals",
    rows: &[
        ("/v1/reverse-licences", Op::ProposeReverseLicence),
        ("/v1/reverse-licences/consent", Op::ConsentReverseLicence),
        ("/v1/reverse-licences/pay", Op::PayReverseFee),
        ("/v1/reverse-licences/settle", Op::SettleReverseLicence),
        ("/v1/reverse-licences/terminate", Op::TerminateReverseLicence),
    ],
};
