//! The exchange: one command in, its events and its answer out.
//!
//! Time is an input. Every command is answered, a refused one with its [`Reject`]; questions come first, then deeds
//! that can't fail. What the rules are stands in the modules; here is who may ask what, and in which order. What is told, and
//! to whom, goes through [`Tell`].

pub(crate) mod invariants;
pub(crate) mod snapshot;
pub(crate) mod two_people;

use crate::{
    book::Book,
    kit::{
        answers::Memory,
        deadlines::{DUE_MAX, Deadline},
        ids::{FIRST_OPERATOR, VENUE},
    },
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Answer, Command, EntityId, Event, Outcome, PrivateEvent, Receipt, Reject, Request, Seq, Stamped, Timestamp, UserId,
    party::Roles,
};

impl<B: Book> Exchange<B> {
    /// An exchange before its first command, which is an [`Epoch`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The place of the last command; 0 before the first.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The time of the last command.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// When the next deadline is due; [`Timestamp::NEVER`] if there is none.
    pub fn next_deadline(&self) -> Timestamp {
        self.deadlines.next()
    }

    /// Asks for the memory that `request` will need first, and changes nothing. A caller that knows the next few commands
    /// asks for all of them and then applies them: so their memory is fetched at once instead of one after another.
    pub fn touch(&self, request: &Request) {
        if let (Some(key), Some(user)) = (&request.client, self.register.users.get(request.by.index())) {
            self.answers.touch(user.entity, key);
        }
        match &request.command {
            Command::PlaceOrder(order) => {
                self.ledger.touch(order.account, order.instrument);
                if let Some(book) = self.books.get(order.instrument.index()) {
                    book.touch();
                }
            }
            Command::CancelOrder { order } => self.orders.touch(*order),
            _ => {}
        }
    }

    /// Answers one command: fires what was due before it, appends what happened to `events`.
    ///
    /// # Panics
    /// If `stamped` is not the next in order, or earlier than the last: the sequencer's fault, not a participant's.
    pub fn apply(&mut self, stamped: &Stamped<Request>, events: &mut Vec<Stamped<Event>>) -> Answer {
        let Stamped { seq, at, body: request } = stamped;
        assert!(*seq == self.seq.next(), "commands come in order, without a gap");
        assert!(*at >= self.at, "time never runs backwards");
        (self.seq, self.at) = (*seq, *at);
        let mut tell = Tell {
            events,
            seq: *seq,
            at: *at,
            secret: false,
        };
        // Lots stand still before anything falls due: nobody loses a right in hours in which nobody could act.
        if let Command::Resumed { down_from } = request.command
            && self.admit(request).is_ok()
        {
            self.pause_for_outage(down_from, &mut tell);
        }
        if self.deadlines.next() <= *at {
            self.fire_due(&mut tell);
        }
        let answer = |outcome| Answer {
            seq: *seq,
            at: *at,
            outcome,
        };

        let (entity, outcome) = match self.admit(request) {
            Ok(user) => {
                if let Some(key) = &request.client {
                    match self.answers.recall(user.entity, key, *at) {
                        Memory::Same(first) => return first,
                        Memory::Other => {
                            return refuse(answer, Reject::ClientIdReused, request, user.entity, &mut tell);
                        }
                        Memory::New => {}
                    }
                }
                (user.entity, self.answer(request, user, &mut tell))
            }
            Err(reject) => return refuse(answer, reject, request, VENUE, &mut tell),
        };
        let answer = match outcome {
            Ok(receipt) => answer(Outcome::Done(receipt)),
            Err(reject) => refuse(answer, reject, request, entity, &mut tell),
        };
        if let Some(key) = request.client {
            self.answers.remember(entity, key, answer);
        }
        answer
    }

    /// Who asks, if anyone may ask anything yet. Before the first epoch there is nobody but the sequencer.
    fn admit(&self, request: &Request) -> Result<User, Reject> {
        if self.epochs.is_empty() {
            return match request.command {
                Command::Epoch(_) if request.by == FIRST_OPERATOR && request.client.is_none() => Ok(User {
                    entity: VENUE,
                    roles: Roles::OPERATOR,
                    abroad: false,
                }),
                _ => Err(Reject::NoEpoch),
            };
        }
        let own = request.by == FIRST_OPERATOR && request.client.is_none();
        if matches!(request.command, Command::Resumed { .. }) && !own {
            return Err(Reject::NotPermitted);
        }
        self.register.user(request.by)
    }

    /// Every command that there is, and the rule that answers it.
    fn answer(&mut self, request: &Request, user: User, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        match &request.command {
            Command::PlaceOrder(order) => self.place_order(user, order, tell),
            Command::CancelOrder { order } => self.cancel_order(user, *order, tell),
            other => {
                self.check_two_people(request.by, user, other)?;
                self.carry_out(request.by, user, other, tell)
            }
        }
    }

    /// Does what is asked in this user's name: now, or once another person approved.
    pub(crate) fn carry_out(
        &mut self,
        by: UserId,
        user: User,
        command: &Command,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let done = self.fulfil(by, user, command, tell)?;
        // Told here, so that a bidder hears of every command of its own, whoever gave or approved it.
        if let Some((lot, claimed)) = command.claimed() {
            self.tell_taken(lot, user.entity, claimed, tell);
        }
        Ok(done)
    }

    /// The rule of each command.
    fn fulfil(&mut self, by: UserId, user: User, command: &Command, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        match command {
            // Orders are answered before, and never proposed.
            Command::PlaceOrder(_) | Command::CancelOrder { .. } => Err(Reject::NotProposable),
            // What they do is done before anything is asked.
            Command::Tick | Command::Resumed { .. } => user.may(Roles::OPERATOR).map(|()| Receipt::Done),
            Command::Sealed(_) => unreachable!("a sealed request is opened at the border"),
            Command::Epoch(epoch) => self.open_epoch(user, epoch, tell),
            Command::RegisterEntity(register) => self.register_entity(user, register, tell),
            Command::RegisterUser(register) => self.register_user(user, register, tell),
            Command::RegisterKey(register) => self.register_key(user, register, tell),
            Command::RevokeKey { key } => self.revoke_key(user, *key, tell),
            Command::OpenAccount { entity } => self.open_account(user, *entity, tell),
            Command::CashIn(cash) => self.cash_in(user, cash, tell),
            Command::CashOut(cash) => self.cash_out(user, cash, tell),
            Command::RegisterAsset(register) => self.register_asset(user, register, tell),
            Command::ListUnits(list) => self.list_units(user, list, tell),
            Command::ImportAssets(import) => self.import_assets(user, import, tell),
            Command::IssueUnits(issue) => self.issue_units(user, issue, tell),
            Command::SetTrading { instrument, trading } => self.set_trading(user, *instrument, *trading, tell),
            Command::SetRuleBook(asked) => self.set_rule_book(user, asked, tell),
            Command::DescribeEntity(asked) => self.describe_entity(user, asked, tell),
            Command::SetDualControl(asked) => self.set_dual_control(user, asked, tell),
            Command::Propose(asked) => self.propose(by, user, asked, tell),
            Command::Approve(asked) => self.approve(by, user, asked, tell),
            Command::Refuse(asked) => self.refuse_proposal(by, user, asked, tell),
            Command::LogRead(asked) => self.log_read(by, user, asked, tell),
            Command::RegisterRights(asked) => self.register_rights(user, asked, tell),
            Command::VerifyAsset(asked) => self.verify_asset(user, asked, tell),
            Command::ChangeAsset(asked) => self.change_asset(user, asked, tell),
            Command::RecordDues(asked) => self.record_dues(user, asked, tell),
            Command::LinkMarks(asked) => self.link_marks(user, asked, tell),
            Command::PlaceHold(asked) => self.place_hold(user, asked, tell),
            Command::LiftHold(asked) => self.lift_hold(user, asked, tell),
            Command::GiveConsent(asked) => self.give_consent(user, asked, tell),
            Command::WithdrawConsent(asked) => self.withdraw_consent(user, asked, tell),
            Command::RecordValuation(asked) => self.record_valuation(user, asked, tell),
            Command::SetAppraiser(asked) => self.set_appraiser(user, asked, tell),
            Command::OfferLicence(asked) => self.offer_licence(user, asked, tell),
            Command::AcceptLicence(asked) => self.accept_licence(user, asked, tell),
            Command::WithdrawLicence(asked) => self.withdraw_licence(user, asked, tell),
            Command::PayLicence(asked) => self.pay_licence(user, asked, tell),
            Command::RecordLicence(asked) => self.record_licence(user, asked, tell),
            Command::TerminateLicence(asked) => self.terminate_licence(user, asked, tell),
            Command::AskOpenLicence(asked) => self.ask_open_licence(user, asked, tell),
            Command::WithdrawOpenLicence(asked) => self.withdraw_open_licence(user, asked, tell),
            Command::TakeOpenLicence(asked) => self.take_open_licence(user, asked, tell),
            Command::SetUnitContract(asked) => self.set_unit_contract(user, asked, tell),
            Command::ReportConsumption(asked) => self.report_consumption(user, asked, tell),
            Command::AuditConsumption(asked) => self.audit_consumption(user, asked, tell),
            Command::OpenTranche(asked) => self.open_tranche(user, asked, tell),
            Command::IndicateInterest(asked) => self.indicate_interest(user, asked, tell),
            Command::SubscribeTranche(asked) => self.subscribe_tranche(user, asked, tell),
            Command::CloseTranche(asked) => self.close_tranche(user, asked, tell),
            Command::ListTransfer(asked) => self.list_transfer(user, asked, tell),
            Command::SetAudience(asked) => self.set_audience(user, asked, tell),
            Command::ExpressInterest(asked) => self.express_interest(user, asked, tell),
            Command::WithdrawInterest(asked) => self.withdraw_interest(user, asked, tell),
            Command::QualifyInterest(asked) => self.qualify_interest(user, asked, tell),
            Command::RecordExportCheck(asked) => self.record_export_check(user, asked, tell),
            Command::BidTransfer(asked) => self.bid_transfer(user, asked, tell),
            Command::AnswerPriority(asked) => self.answer_priority(user, asked, tell),
            Command::SignContract(asked) => self.sign_contract(user, asked, tell),
            Command::FundEscrow(asked) => self.fund_escrow(user, asked, tell),
            Command::FileRecordal(asked) => self.file_recordal(user, asked, tell),
            Command::AnswerRecordal(asked) => self.answer_recordal(user, asked, tell),
            Command::CancelTransfer(asked) => self.cancel_transfer(user, asked, tell),
            Command::AnnounceLot(asked) => self.announce_lot(user, asked, tell),
            Command::EnterLot(asked) => self.enter_lot(user, asked, tell),
            Command::BidLot(asked) => self.bid_lot(user, asked, tell),
            Command::SetMaximum(asked) => self.set_maximum(user, asked, tell),
            Command::BuyLot(asked) => self.buy_lot(user, asked, tell),
            Command::CommitBid(asked) => self.commit_bid(user, asked, tell),
            Command::RevealBid(asked) => self.reveal_bid(user, asked, tell),
            Command::PauseLot(asked) => self.pause_lot(user, asked, tell),
            Command::ResumeLot(asked) => self.resume_lot(user, asked, tell),
            Command::WithdrawLot(asked) => self.withdraw_lot(user, asked, tell),
            Command::ConfirmLot(asked) => self.confirm_lot(user, asked, tell),
            Command::AnnulLot(asked) => self.annul_lot(user, asked, tell),
            Command::ServeRuling(asked) => self.serve_ruling(user, asked, tell),
            Command::PayLot(asked) => self.pay_lot(user, asked, tell),
            Command::NegotiateLot(asked) => self.negotiate_lot(user, asked, tell),
            Command::SettleDefault(asked) => self.settle_default(user, asked, tell),
            Command::DescribeRight(asked) => self.describe_right(user, asked, tell),
            Command::EndDisclosure(asked) => self.end_disclosure_early(user, asked, tell),
        }
    }

    /// Fires what is due, each at its own time, and at most [`DUE_MAX`] of it.
    fn fire_due(&mut self, tell: &mut Tell<'_>) {
        let now = tell.at;
        for _ in 0..DUE_MAX {
            let Some((due, deadline)) = self.deadlines.pop_due(now) else {
                break;
            };
            tell.at = due;
            match deadline {
                Deadline::AssetExpires(asset) => self.expire(asset, tell),
                Deadline::DuesLate(asset) => self.dues_are_late(asset, tell),
                Deadline::DuesLapse(asset) => self.dues_lapse(asset, tell),
                Deadline::HoldEnds(hold) => self.hold_ends(hold, tell),
                Deadline::ConsentEnds(asset, entity, act) => self.consent_ends(asset, entity, act, tell),
                Deadline::LicenceBegins(licence) => self.licence_begins(licence, tell),
                Deadline::LicenceEnds(licence) => self.licence_ends(licence, tell),
                Deadline::OpenLicenceEnds(open_licence) => self.open_licence_ends(open_licence, tell),
                Deadline::ReportDue(instrument, account) => self.report_due(instrument, account, tell),
                Deadline::TransferStep(transfer) => self.transfer_step(transfer, tell),
                Deadline::LotStep(lot) => self.lot_step(lot, tell),
                Deadline::PrintDue(transfer) => self.print_due(transfer, tell),
                Deadline::ProposalLapses(proposal) => self.proposal_lapses(proposal, tell),
            }
        }
        tell.at = now;
    }
}

/// Tells the asker that it broke a rule; nothing else changed.
fn refuse(
    answer: impl Fn(Outcome) -> Answer,
    reject: Reject,
    request: &Request,
    party: EntityId,
    tell: &mut Tell<'_>,
) -> Answer {
    let event = PrivateEvent::Rejected { by: request.by, reject };
    if request.command.bids_for().is_some() {
        tell.sealed(party, event);
    } else {
        tell.private(party, event);
    }
    answer(Outcome::Rejected(reject))
}
