//! Valuations: what a right is worth, who may say so, and what it brought.

use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
};
use protocol::{
    Receipt, Reject,
    title::{RecordValuation, SetAppraiser},
};

impl<B: Book> Exchange<B> {
    pub(crate) fn record_valuation(
        &mut self,
        _user: User,
        _asked: &RecordValuation,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }

    pub(crate) fn set_appraiser(
        &mut self,
        _user: User,
        _asked: &SetAppraiser,
        _tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        Err(Reject::NotPermitted)
    }
}
