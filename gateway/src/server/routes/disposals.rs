//! Disposal: who is paid is agreed on, a default has one case, what its sales bring is paid out.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses of plans and of cases.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "disposals",
    rows: &[
        ("/v1/loans/plan", Op::ProposePlan),
        ("/v1/loans/plan/sign", Op::SignPlan),
        ("/v1/loans/upkeep", Op::RecordUpkeep),
        ("/v1/loans/bankruptcy", Op::RecordBankruptcy),
        ("/v1/loans/facts", Op::RecordClaimFact),
        ("/v1/disposals", Op::OpenDisposal),
        ("/v1/disposals/below", Op::AgreeBelow),
        ("/v1/disposals/release", Op::ReleaseForSale),
        ("/v1/disposals/distribute", Op::DistributeProceeds),
        ("/v1/disposals/correct", Op::CorrectDistribution),
        ("/v1/disposals/correct/agree", Op::AgreeCorrection),
        ("/v1/disposals/end", Op::EndDisposal),
        ("/v1/conversions", Op::ProposeConversion),
        ("/v1/conversions/step", Op::RecordConversionStep),
        ("/v1/conversions/end", Op::EndConversion),
    ],
};
