//! Whether what a pledgee consented to covers what a pledgor wants to do (民法典 444; PLEDGES.md 4, gate).
//!
//! The newest consent replaces the one before, and it is the present holder of the claim that consents (民法典 547): what
//! its predecessor agreed to is none of its own.

use crate::kit::checks::require;
use protocol::{
    Amount, Date, EntityId, Money, Reject, licence::LicenceKind, pledge::PledgeConsent, transfer::SalePurpose,
};

/// What a pledgor wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// How much a licence shuts out; of a sale and an open licence, nobody.
    pub kind: LicenceKind,
    /// The price of each licence or unit, or of the whole sale.
    pub price: Option<Amount>,
    /// How many more than are on offer.
    pub quantity: u64,
    /// The first day without the licence; none: it runs as long as the right, and a sale has no end.
    pub until: Option<Date>,
    /// Whether it is a licence, and so has a term.
    pub licence: bool,
}

/// How much a licence shuts out: the narrower grant passes on a wider consent.
const fn shuts_out(kind: LicenceKind) -> u8 {
    match kind {
        LicenceKind::NonExclusive => 0,
        LicenceKind::Sole => 1,
        LicenceKind::Exclusive => 2,
    }
}

/// Whether a right may be sold for this purpose: what is under a pledge is not put in as capital, whoever consents
/// (市场主体登记管理条例 13).
///
/// # Errors
/// `SECURED_PROPERTY_NOT_CONTRIBUTABLE`.
pub fn check_purpose(pledged: bool, purpose: Option<SalePurpose>) -> Result<(), Reject> {
    require(
        !pledged || purpose != Some(SalePurpose::Capital),
        Reject::SecuredProperty,
    )
}

/// Whether the last consent that was given to this act covers it on this day, for the acting holder of the claim. What
/// is on offer under it already counts.
///
/// # Errors
/// `PLEDGE_CONSENT_REQUIRED`, `CONSENT_REVOKED`, `CONSENT_EXPIRED`, `CONSENT_SCOPE`, `CONSENT_TERM`, `CONSENT_FLOOR`,
/// `CONSENT_QTY`, the first that applies in this order.
pub fn check(
    consent: Option<&PledgeConsent>,
    holder: EntityId,
    offered: u64,
    wanted: &Wanted,
    today: Date,
) -> Result<(), Reject> {
    let consent = consent.filter(|consent| consent.entity == holder);
    let consent = consent.ok_or(Reject::PledgeConsentRequired)?;
    require(consent.given, Reject::ConsentRevoked)?;
    require(consent.until.is_none_or(|until| today < until), Reject::ConsentExpired)?;
    require(shuts_out(wanted.kind) <= shuts_out(consent.kind), Reject::ConsentScope)?;
    let in_term = consent
        .licence_until
        .is_none_or(|last| !wanted.licence || wanted.until.is_some_and(|until| until <= last));
    require(in_term, Reject::ConsentTerm)?;
    let floor = consent.floor.map_or(Money::ZERO, |floor| floor.money);
    let reached = |price: Amount| price.currency == consent.currency && price.money >= floor;
    require(wanted.price.is_some_and(reached), Reject::ConsentFloor)?;
    let taken = consent.used.saturating_add(offered).saturating_add(wanted.quantity);
    require(
        consent.quantity.is_none_or(|most| taken <= most),
        Reject::ConsentQuantity,
    )
}
