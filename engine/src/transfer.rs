//! Transfers: a title passes for money, from the listing to the office's record (RULES.md 2.5).

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
};
use protocol::{
    Receipt, Reject,
    transfer::{
        AnswerPriority, AnswerRecordal, BidTransfer, CancelTransfer, ExpressInterest, FileRecordal, FundEscrow,
        ListTransfer, QualifyInterest, RecordExportCheck, SetAudience, SignContract, WithdrawInterest,
    },
};
use serde::{Deserialize, Serialize};

/// State.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sales {}

impl<B: Book> Exchange<B> {
    /// A right in a sale was frozen, ended or taken off: the sale ends if its money is not yet held, and is refunded if it is
    /// held and the right has ended.
    pub(crate) fn end_sale_of(&mut self, _asset: protocol::AssetId, _tell: &mut Tell<'_>) {}

    pub(crate) fn list_transfer(
        &mut self,
        _user: User,
        _asked: &ListTransfer,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn set_audience(
        &mut self,
        _user: User,
        _asked: &SetAudience,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn express_interest(
        &mut self,
        _user: User,
        _asked: &ExpressInterest,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn withdraw_interest(
        &mut self,
        _user: User,
        _asked: &WithdrawInterest,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn qualify_interest(
        &mut self,
        _user: User,
        _asked: &QualifyInterest,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn record_export_check(
        &mut self,
        _user: User,
        _asked: &RecordExportCheck,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn bid_transfer(
        &mut self,
        _user: User,
        _asked: &BidTransfer,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn answer_priority(
        &mut self,
        _user: User,
        _asked: &AnswerPriority,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn sign_contract(
        &mut self,
        _user: User,
        _asked: &SignContract,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn fund_escrow(
        &mut self,
        _user: User,
        _asked: &FundEscrow,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn file_recordal(
        &mut self,
        _user: User,
        _asked: &FileRecordal,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn answer_recordal(
        &mut self,
        _user: User,
        _asked: &AnswerRecordal,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn cancel_transfer(
        &mut self,
        _user: User,
        _asked: &CancelTransfer,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn transfer_step(&mut self, _t: protocol::TransferId, _tell: &mut Tell<'_>) {}

    pub(crate) fn print_due(&mut self, _t: protocol::TransferId, _tell: &mut Tell<'_>) {}
}
