//! Titles: the life of a right, from its registration on; holds of courts; what co-owners agree to.
//!
//! Their records are read by the table in `records`.

use super::address::Addresses;
use protocol::command::Op;

/// The addresses at which a right is registered, verified and held, and its co-owners consent.
pub(super) const ADDRESSES: Addresses = Addresses {
    tag: "titles",
    rows: &[
        ("/v1/rights", Op::RegisterRights),
        ("/v1/rights/verify", Op::VerifyAsset),
        ("/v1/rights/change", Op::ChangeAsset),
        ("/v1/rights/dues", Op::RecordDues),
        ("/v1/rights/marks", Op::LinkMarks),
        ("/v1/rights/facts", Op::DescribeRight),
        ("/v1/rights/title", Op::TranslateTitle),
        ("/v1/holds", Op::PlaceHold),
        ("/v1/holds/lift", Op::LiftHold),
        ("/v1/consents", Op::GiveConsent),
        ("/v1/consents/withdraw", Op::WithdrawConsent),
    ],
};
