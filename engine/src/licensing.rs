//! Licences: who may use a right, where, for what and how long (RULES.md 2.3).

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
};
use protocol::{
    Receipt, Reject,
    licence::{
        AskOpenLicence, LicenceStep, OfferLicence, PayLicence, RecordLicence, TakeOpenLicence, TerminateLicence,
        WithdrawOpenLicence,
    },
};
use serde::{Deserialize, Serialize};

/// State.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Licensing {}

impl<B: Book> Exchange<B> {
    /// Whether a licence of the right is offered and not answered.
    pub(crate) fn has_licence_offer(&self, _asset: protocol::AssetId) -> bool {
        false
    }

    /// Offers of licences and the open licence end with the right, its freeze or its passing; licences that are agreed stay.
    pub(crate) fn end_licence_offers(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    /// The right has ended: live licences end with it.
    pub(crate) fn end_licences(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    /// The title passed: the new owner is the licensor of what survives.
    pub(crate) fn pass_licences(&mut self, _asset: protocol::AssetId, _to: protocol::EntityId, _tell: &mut Tell<'_>) {}

    /// The licences that stand whoever owns the right.
    pub(crate) fn surviving_licences(&self, _asset: protocol::AssetId) -> alloc::vec::Vec<protocol::LicenceId> {
        alloc::vec::Vec::new()
    }

    pub(crate) fn offer_licence(
        &mut self,
        _user: User,
        _asked: &OfferLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn accept_licence(
        &mut self,
        _user: User,
        _asked: &LicenceStep,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn withdraw_licence(
        &mut self,
        _user: User,
        _asked: &LicenceStep,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn pay_licence(
        &mut self,
        _user: User,
        _asked: &PayLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn record_licence(
        &mut self,
        _user: User,
        _asked: &RecordLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn terminate_licence(
        &mut self,
        _user: User,
        _asked: &TerminateLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn ask_open_licence(
        &mut self,
        _user: User,
        _asked: &AskOpenLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn withdraw_open_licence(
        &mut self,
        _user: User,
        _asked: &WithdrawOpenLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn take_open_licence(
        &mut self,
        _user: User,
        _asked: &TakeOpenLicence,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn licence_begins(&mut self, _l: protocol::LicenceId, _tell: &mut Tell<'_>) {}

    pub(crate) fn licence_ends(&mut self, _l: protocol::LicenceId, _tell: &mut Tell<'_>) {}

    pub(crate) fn open_licence_ends(&mut self, _o: protocol::OpenLicenceId, _tell: &mut Tell<'_>) {}
}
