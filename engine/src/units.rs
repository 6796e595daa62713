//! Licence units in use: consumption and audits, and their issue in tranches (RULES.md 2.3).

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
};
use protocol::{
    Receipt, Reject,
    licence::{
        AuditConsumption, CloseTranche, IndicateInterest, OpenTranche, ReportConsumption, SetUnitContract,
        SubscribeTranche,
    },
};
use serde::{Deserialize, Serialize};

/// State.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Units {}

impl<B: Book> Exchange<B> {
    pub(crate) fn set_unit_contract(
        &mut self,
        _user: User,
        _asked: &SetUnitContract,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn report_consumption(
        &mut self,
        _user: User,
        _asked: &ReportConsumption,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn audit_consumption(
        &mut self,
        _user: User,
        _asked: &AuditConsumption,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn open_tranche(
        &mut self,
        _user: User,
        _asked: &OpenTranche,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn indicate_interest(
        &mut self,
        _user: User,
        _asked: &IndicateInterest,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn subscribe_tranche(
        &mut self,
        _user: User,
        _asked: &SubscribeTranche,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn close_tranche(
        &mut self,
        _user: User,
        _asked: &CloseTranche,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn report_due(&mut self, _i: protocol::InstrumentId, _a: protocol::AccountId, _tell: &mut Tell<'_>) {}
}
