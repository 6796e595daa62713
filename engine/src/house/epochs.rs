//! The rules come into force: which version, which profile, at what fees; and what the first of them brings into being.
//!
//! Invariant: an order is charged by the epoch in which it was taken, whatever opened since. The numbers of the rule
//! book are the business of `control`, asking for what is in force that of `register::rules`.

use crate::{
    book::Book,
    kit::ids::{FEE_ACCOUNT, FIRST_OPERATOR, VENUE},
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::boxed::Box;
use protocol::{
    Notice, PrivateEvent, PublicEvent, Receipt, Reject, StaffEvent,
    party::Roles,
    rules::{Approval, Epoch, RULES_VERSION},
};

impl<B: Book> Exchange<B> {
    /// Brings rules into force. By an operator; the first brings the venue itself into being.
    pub(crate) fn open_epoch(&mut self, user: User, epoch: &Epoch, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        if epoch.rules_version != RULES_VERSION {
            return Err(Reject::RulesVersionUnsupported);
        }
        if !epoch.fees.is_valid() {
            return Err(Reject::FeesOutOfRange);
        }
        let year = tell.at.venue_date().to_civil().0;
        let ahead = |covered: &&u16| i32::from(**covered) >= year;
        let mut before = self.epochs.last().map_or(&[][..], |last| &last.calendar.years).iter();
        // What was counted by a calendar is not counted anew without it.
        let keeps = before.clone().next().is_none() || !epoch.calendar.is_absent();
        let keeps = keeps && before.all(|known| !ahead(&known) || epoch.calendar.years.contains(known));
        if !epoch.calendar.is_valid() || !keeps {
            return Err(Reject::CalendarInvalid);
        }
        if epoch.profile.permits_unit_books() {
            if epoch.approval == Approval::None {
                return Err(Reject::ApprovalMissing);
            }
        } else if self.register.has_open_books() {
            return Err(Reject::BooksAreListed);
        }
        // Made up money is never taken for real, nor real money for made up: the first epoch says which it is.
        let began = self.epochs.first().unwrap_or(epoch);
        if epoch.approval.is_demo() != began.approval.is_demo() {
            return Err(Reject::DemoMark);
        }

        let first = self.epochs.is_empty();
        let before = (!first).then(|| self.rule_book());
        // Another profile begins with its own numbers.
        if self.epochs.last().is_some_and(|last| last.profile != epoch.profile) {
            self.control.forget_rule_book();
        }
        let calendar_before = self.epochs.last().map(|last| last.calendar.clone());
        self.epochs.push(epoch.clone());
        tell.public(PublicEvent::EpochOpened(Box::new(epoch.clone())));
        tell.notice(Notice::RuleBook(self.rule_book()));
        if let Some(before) = before {
            self.settle_holders(&before, tell);
        }
        if let Some(before) = calendar_before {
            // Every last day that somebody was told, whatever it is the last day of.
            self.recount_sales(tell);
            self.recount_lots(tell);
            self.move_lapses(&before, tell);
            self.move_recordals(tell);
            self.recount_reverse(tell);
            self.recount_guarantees(tell);
            self.move_reports(&before, tell);
        }
        if first {
            // The venue, its operator and its fee account exist from the first command on.
            let venue = self.add_entity(None);
            let operator = self.register.add_user(venue, Roles::OPERATOR);
            self.control.note_user(Roles::OPERATOR);
            tell.staff(StaffEvent::UserRegistered {
                user: operator,
                entity: venue,
                roles: Roles::OPERATOR,
            });
            let account = self.ledger.open_account(venue);
            tell.private(venue, PrivateEvent::AccountOpened { account });
            assert!(
                (venue, operator, account) == (VENUE, FIRST_OPERATOR, FEE_ACCOUNT),
                "the venue comes first"
            );
        }
        Ok(Receipt::Done)
    }
}
