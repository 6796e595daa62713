//! Loans, and pledges of rights for them: filed, answered, changed, released; demanded, in default, paid.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses of loans and of pledges.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "pledges",
    rows: &[
        ("/v1/loans", Op::RegisterLoan),
        ("/v1/loans/assign", Op::AssignClaim),
        ("/v1/loans/demand", Op::RecordDemand),
        ("/v1/loans/default", Op::DeclareDefault),
        ("/v1/loans/cure", Op::CureDefault),
        ("/v1/loans/repay", Op::RecordRepayment),
        ("/v1/loans/apply-proceeds", Op::ApplyProceeds),
        ("/v1/loans/withdraw-suit", Op::WithdrawSuit),
        ("/v1/loans/guarantee", Op::PayGuarantee),
        ("/v1/loans/insure", Op::InsureLoan),
        ("/v1/loans/insurance", Op::PayInsurance),
        ("/v1/guarantors", Op::RecordGuarantor),
        ("/v1/pledges", Op::FilePledge),
        ("/v1/pledges/sign", Op::SignPledge),
        ("/v1/pledges/answer", Op::AnswerPledge),
        ("/v1/pledges/mend", Op::MendPledge),
        ("/v1/pledges/withdraw", Op::WithdrawPledge),
        ("/v1/pledges/change", Op::ChangePledge),
        ("/v1/pledges/release", Op::ReleasePledge),
        ("/v1/pledges/substitute", Op::SubstitutePledge),
        ("/v1/pledges/fix", Op::FixClaim),
        ("/v1/pledges/consent", Op::GivePledgeConsent),
        ("/v1/pledges/revoke", Op::RevokePledgeConsent),
    ],
};
