//! Transfers: sales of title, from the disclosure to the office's answer.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses at which a title is offered for sale, bid for and paid.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "transfers",
    rows: &[
        ("/v1/transfers", Op::ListTransfer),
        ("/v1/transfers/audience", Op::SetAudience),
        ("/v1/transfers/end-disclosure", Op::EndDisclosure),
        ("/v1/transfers/interest", Op::ExpressInterest),
        ("/v1/transfers/withdraw", Op::WithdrawInterest),
        ("/v1/transfers/qualify", Op::QualifyInterest),
        ("/v1/transfers/export-check", Op::RecordExportCheck),
        ("/v1/transfers/bids", Op::BidTransfer),
        ("/v1/transfers/priority", Op::AnswerPriority),
        ("/v1/transfers/sign", Op::SignContract),
        ("/v1/transfers/fund", Op::FundEscrow),
        ("/v1/transfers/file", Op::FileRecordal),
        ("/v1/transfers/answer", Op::AnswerRecordal),
        ("/v1/transfers/cancel", Op::CancelTransfer),
    ],
};
