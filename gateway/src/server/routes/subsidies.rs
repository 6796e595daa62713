//! Subsidies of what loans cost, branches' books and officers' files.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses of measures, and of what firms ask of them.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "subsidies",
    rows: &[
        ("/v1/measures", Op::OpenMeasure),
        ("/v1/subsidies", Op::ApplyForSubsidy),
        ("/v1/subsidies/withdraw", Op::WithdrawSubsidy),
        ("/v1/subsidies/decide", Op::DecideSubsidy),
    ],
};

/// The addresses of what a bank tells of its branches and its officers show.
pub(super) const OF_DILIGENCE: Addresses = Addresses {
    tag: "diligence",
    rows: &[
        ("/v1/branches", Op::TellBranchBooks),
        ("/v1/branches/correct", Op::CorrectBranchBooks),
        ("/v1/officer-files/step", Op::RecordDutyStep),
        ("/v1/officer-files", Op::DrawOfficerFile),
    ],
};
