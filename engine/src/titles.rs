//! Titles: the life of a right, its owners, their consents, what freezes it (RULES.md 2.1).

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
};
use protocol::{
    Receipt, Reject,
    title::{
        ChangeAsset, GiveConsent, LiftHold, LinkMarks, PlaceHold, RecordDues, RegisterRights, VerifyAsset,
        WithdrawConsent,
    },
};
use serde::{Deserialize, Serialize};

/// State.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Titles {}

impl<B: Book> Exchange<B> {
    pub(crate) fn register_rights(
        &mut self,
        _user: User,
        _asked: &RegisterRights,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn verify_asset(
        &mut self,
        _user: User,
        _asked: &VerifyAsset,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn change_asset(
        &mut self,
        _user: User,
        _asked: &ChangeAsset,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn record_dues(
        &mut self,
        _user: User,
        _asked: &RecordDues,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn link_marks(
        &mut self,
        _user: User,
        _asked: &LinkMarks,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn place_hold(
        &mut self,
        _user: User,
        _asked: &PlaceHold,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn lift_hold(
        &mut self,
        _user: User,
        _asked: &LiftHold,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn give_consent(
        &mut self,
        _user: User,
        _asked: &GiveConsent,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn withdraw_consent(
        &mut self,
        _user: User,
        _asked: &WithdrawConsent,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn dues_are_late(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    pub(crate) fn dues_lapse(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    pub(crate) fn hold_ends(&mut self, _hold: protocol::HoldId, _tell: &mut Tell<'_>) {}

    pub(crate) fn consent_ends(
        &mut self,
        _asset: protocol::AssetId,
        _entity: protocol::EntityId,
        _act: protocol::title::Act,
        _tell: &mut Tell<'_>,
    ) {
    }
}
