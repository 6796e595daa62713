//! What a command did to a default or its pledges is the end of its case, or of the way out that it is on: looked at once
//! the command is done.

use crate::{book::Book, disposal::life::Input, state::Exchange, tell::Tell};
use protocol::{
    LoanId,
    disposal::{DisposalGround, DisposalState},
    pledge::LoanState,
};

impl<B: Book> Exchange<B> {
    /// Ends or closes the cases and puts whose loans or pledges changed by this command.
    pub(crate) fn settle_disposals(&mut self, tell: &mut Tell<'_>) {
        // A licence that ends leaves its case to be looked at again.
        while !self.disposals.unsettled.is_empty() {
            for loan in core::mem::take(&mut self.disposals.unsettled) {
                self.settle_case(loan, tell);
            }
        }
    }

    fn settle_case(&mut self, loan: LoanId, tell: &mut Tell<'_>) {
        self.settle_puts(loan, tell);
        self.look_at_security(loan, tell);
        let Some(case) = self.disposals.of_loan(loan) else {
            return;
        };
        let id = case.record.disposal;
        if self.settle_conversion(id, tell) {
            return;
        }
        let case = self.disposals.of(id);
        let (holds, sold) = (case.record.holds(), !case.record.sales.is_empty());
        let licensed = case.record.state == DisposalState::Licensed;
        let left = !self.assets_of_case(loan).is_empty();
        match self.pledging.lent(loan).loan.state {
            LoanState::Running if case.record.ground == DisposalGround::ValueFalls => {
                if !holds && !left {
                    self.end_case(id, if sold { Input::Close } else { Input::GiveUp }, tell);
                } else if self.is_early_ended(loan) && tell.at.venue_date() < self.auction_day(case, tell.at) {
                    self.end_case(id, Input::Cure, tell);
                }
            }
            LoanState::Running => self.end_case(id, Input::Cure, tell),
            LoanState::Repaid if !holds && self.check_cure(loan, tell.at).is_ok() => {
                self.end_case(id, if sold || licensed { Input::Close } else { Input::Cure }, tell);
            }
            LoanState::Default if licensed && self.is_cleared(loan, tell.at) => self.clear_licence(id, tell),
            LoanState::Default if !holds && !left && !self.awaits_last_fee(id, tell.at) => {
                self.end_case(id, if sold { Input::Close } else { Input::GiveUp }, tell);
            }
            LoanState::Repaid | LoanState::Default => {}
        }
        self.stop_enough(id, tell);
    }
}
