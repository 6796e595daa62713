//! Disposal: who is paid is agreed on, a default has one case, what its sales bring is paid out; and who else
//! takes what is disposed of.
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
        ("/v1/disposals/agree", Op::AgreeInDisposal),
        ("/v1/loans/security", Op::AskSecurity),
        ("/v1/loans/security/settle", Op::SettleSecurity),
        ("/v1/loans/press", Op::PressForSale),
        ("/v1/conversions", Op::ProposeConversion),
        ("/v1/conversions/step", Op::RecordConversionStep),
        ("/v1/conversions/end", Op::EndConversion),
        ("/v1/buyer-rules", Op::SetBuyerRules),
        ("/v1/puts", Op::AgreePut),
        ("/v1/puts/sign", Op::SignPut),
        ("/v1/puts/exercise", Op::ExercisePut),
        ("/v1/puts/end", Op::EndPut),
        ("/v1/takings/agree", Op::AgreeTaking),
        ("/v1/takings", Op::TakeAtReserve),
        ("/v1/connected-buyers", Op::NameConnectedBuyer),
        ("/v1/connected-buyers/consent", Op::ConsentConnectedBuyer),
        ("/v1/auctions/parties", Op::AdmitParties),
    ],
};
