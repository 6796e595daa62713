//! Licences: their offers and their end, open licences, the use of licence units, and units issued in tranches.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses of licences, of open licences, of licence units in use, and of tranches of units.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "licences",
    rows: &[
        ("/v1/licences", Op::OfferLicence),
        ("/v1/licences/accept", Op::AcceptLicence),
        ("/v1/licences/withdraw", Op::WithdrawLicence),
        ("/v1/licences/pay", Op::PayLicence),
        ("/v1/licences/record", Op::RecordLicence),
        ("/v1/licences/terminate", Op::TerminateLicence),
        ("/v1/open-licences", Op::AskOpenLicence),
        ("/v1/open-licences/withdraw", Op::WithdrawOpenLicence),
        ("/v1/open-licences/take", Op::TakeOpenLicence),
        ("/v1/units/contract", Op::SetUnitContract),
        ("/v1/units/consume", Op::ReportConsumption),
        ("/v1/units/audit", Op::AuditConsumption),
        ("/v1/tranches", Op::OpenTranche),
        ("/v1/tranches/interest", Op::IndicateInterest),
        ("/v1/tranches/subscribe", Op::SubscribeTranche),
        ("/v1/tranches/close", Op::CloseTranche),
    ],
};
