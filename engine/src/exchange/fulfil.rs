//! Every command that there is with the rule that answers it, and every deadline with what follows: the two matches.

use crate::{
    book::Book,
    kit::deadlines::{DUE_MAX, Deadline},
    register::party::User,
    state::Exchange,
    tell::Tell,
};
use protocol::{Command, Receipt, Reject, Request, UserId, party::Roles};

impl<B: Book> Exchange<B> {
    /// Answers a command: an order by its rule at once, anything else if one person may ask it.
    pub(crate) fn answer(&mut self, request: &Request, user: User, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        match &request.command {
            Command::PlaceOrder(order) => self.place_order(user, order, tell),
            Command::CancelOrder { order } => self.cancel_order(user, *order, tell),
            other => {
                self.check_two_people(request.by, user, other)?;
                let done = self.carry_out(request.by, user, other, tell)?;
                self.tell_done_alone(request.by, user, other, tell);
                Ok(done)
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

    /// Hands a command to its rule.
    pub(crate) fn fulfil(
        &mut self,
        by: UserId,
        user: User,
        command: &Command,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        match command {
            // Orders are answered before, and never proposed.
            Command::PlaceOrder(_) | Command::CancelOrder { .. } => Err(Reject::NotProposable),
            // What they do is done before anything is asked.
            Command::Tick | Command::Resumed { .. } | Command::Stalled { .. } => {
                user.may(Roles::OPERATOR).map(|()| Receipt::Done)
            }
            Command::Sealed(_) => unreachable!("a sealed request is opened at the border"),
            Command::Epoch(epoch) => self.open_epoch(user, epoch, tell),
            Command::RegisterEntity(register) => self.register_entity(user, register, tell),
            Command::RegisterUser(register) => self.register_user(user, register, tell),
            Command::RegisterKey(register) => self.register_key(user, register, tell),
            Command::RevokeKey { key } => self.revoke_key(user, *key, tell),
            Command::OpenAccount { entity } => self.open_account(user, *entity, tell),
            Command::CashIn(cash) => self.cash_in(user, cash, tell),
            Command::CashOut(asked) => self.cash_out(user, asked, tell),
            Command::RegisterAsset(register) => self.register_asset(user, register, tell),
            Command::ListUnits(list) => self.list_units(user, list, tell),
            Command::ImportAssets(never) => match *never {},
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
            Command::SetVenueKey(key) => self.set_venue_key(*key, tell),
            Command::Recover(asked) => self.recover(asked, tell),
            Command::RequestWithdrawal(asked) => self.request_withdrawal(user, asked, tell),
            Command::CancelWithdrawal(asked) => self.cancel_withdrawal(user, asked, tell),
            Command::ApproveWithdrawal(asked) => self.approve_withdrawal(user, asked, tell),
            Command::RefuseWithdrawal(asked) => self.refuse_withdrawal(user, asked, tell),
            Command::AcceptLoss(loss) => self.accept_loss(*loss, tell),
            Command::RegisterLoan(asked) => self.register_loan(user, asked, tell),
            Command::FilePledge(asked) => self.file_pledge(user, asked, tell),
            Command::SignPledge(asked) => self.sign_pledge(user, asked, tell),
            Command::AnswerPledge(asked) => self.answer_pledge(user, asked, tell),
            Command::MendPledge(asked) => self.mend_pledge(user, asked, tell),
            Command::WithdrawPledge(asked) => self.withdraw_pledge(user, asked, tell),
            Command::ChangePledge(asked) => self.change_pledge(user, asked, tell),
            Command::ReleasePledge(asked) => self.release_pledge(user, asked, tell),
            Command::SubstitutePledge(asked) => self.substitute_pledge(user, asked, tell),
            Command::AssignClaim(asked) => self.assign_claim(user, asked, tell),
            Command::FixClaim(asked) => self.fix_claim(user, asked, tell),
            Command::RecordDemand(asked) => self.record_demand(user, asked, tell),
            Command::DeclareDefault(asked) => self.declare_default(user, asked, tell),
            Command::CureDefault(asked) => self.cure_default(user, asked, tell),
            Command::RecordRepayment(asked) => self.record_repayment(user, asked, tell),
            Command::GivePledgeConsent(asked) => self.give_pledge_consent(user, asked, tell),
            Command::RevokePledgeConsent(asked) => self.revoke_pledge_consent(user, asked, tell),
            Command::ApplyProceeds(asked) => self.apply_proceeds(user, asked, tell),
            Command::ProposePlan(asked) => self.propose_plan(user, asked, tell),
            Command::SignPlan(asked) => self.sign_plan(user, asked, tell),
            Command::OpenDisposal(asked) => self.open_disposal(user, asked, tell),
            Command::AgreeBelow(asked) => self.agree_below(user, asked, tell),
            Command::ReleaseForSale(asked) => self.release_for_sale(user, asked, tell),
            Command::DistributeProceeds(asked) => self.distribute_proceeds(user, asked, tell),
            Command::EndDisposal(asked) => self.end_disposal(user, asked, tell),
            Command::AskSecurity(asked) => self.ask_security(user, asked, tell),
            Command::SettleSecurity(asked) => self.settle_security(user, asked, tell),
            Command::PressForSale(asked) => self.press_for_sale(user, asked, tell),
            Command::AgreeInDisposal(asked) => self.agree_in_disposal(user, asked, tell),
            Command::RecordBankruptcy(asked) => self.record_bankruptcy(user, asked, tell),
            Command::RecordUpkeep(asked) => self.record_upkeep(user, asked, tell),
            Command::RecordClaimFact(asked) => self.record_claim_fact(user, asked, tell),
            Command::CorrectDistribution(asked) => self.correct_distribution(user, asked, tell),
            Command::AgreeCorrection(asked) => self.agree_correction(user, asked, tell),
            Command::OpenPool(asked) => self.open_pool(user, asked, tell),
            Command::SetPoolFigures(asked) => self.set_pool_figures(user, asked, tell),
            Command::EnrolLoan(asked) => self.enrol_loan(user, asked, tell),
            Command::RecordNpl(asked) => self.record_npl(user, asked, tell),
            Command::ClaimOnPool(asked) => self.claim_on_pool(user, asked, tell),
            Command::DecidePoolClaim(asked) => self.decide_pool_claim(user, asked, tell),
            Command::RecordRecovery(asked) => self.record_recovery(user, asked, tell),
            Command::EndPoolLoan(asked) => self.end_pool_loan(user, asked, tell),
            Command::ProposeReverseLicence(asked) => self.propose_reverse_licence(user, asked, tell),
            Command::ConsentReverseLicence(asked) => self.consent_reverse_licence(user, asked, tell),
            Command::PayReverseFee(asked) => self.pay_reverse_fee(user, asked, tell),
            Command::SettleReverseLicence(asked) => self.settle_reverse_licence(user, asked, tell),
            Command::TerminateReverseLicence(asked) => self.terminate_reverse_licence(user, asked, tell),
            Command::ProposeConversion(asked) => self.propose_conversion(user, asked, tell),
            Command::RecordConversionStep(asked) => self.record_conversion_step(user, asked, tell),
            Command::EndConversion(asked) => self.end_conversion(user, asked, tell),
            Command::OpenMeasure(asked) => self.open_measure(user, asked, tell),
            Command::ApplyForSubsidy(asked) => self.apply_for_subsidy(user, asked, tell),
            Command::WithdrawSubsidy(asked) => self.withdraw_subsidy(user, asked, tell),
            Command::DecideSubsidy(asked) => self.decide_subsidy(user, asked, tell),
            Command::TellBranchBooks(asked) => self.tell_branch_books(user, asked, tell),
            Command::CorrectBranchBooks(asked) => self.correct_branch_books(user, asked, tell),
            Command::RecordDutyStep(asked) => self.record_duty_step(by, user, asked, tell),
            Command::DrawOfficerFile(asked) => self.draw_officer_file(user, asked, tell),
            Command::PayGuarantee(asked) => self.pay_guarantee(user, asked, tell),
            Command::WithdrawSuit(asked) => self.withdraw_suit(user, asked, tell),
            Command::RecordGuarantor(asked) => self.record_guarantor(user, asked, tell),
            Command::InsureLoan(asked) => self.insure_loan(user, asked, tell),
            Command::PayInsurance(asked) => self.pay_insurance(user, asked, tell),
            Command::ReGuarantee(asked) => self.re_guarantee(user, asked, tell),
            Command::NameApprovers(asked) => self.name_approvers(user, asked, tell),
            Command::NameDeputy(asked) => self.name_deputy(user, asked, tell),
            Command::SetBuyerRules(asked) => self.set_buyer_rules(user, asked, tell),
            Command::AgreePut(asked) => self.agree_put(user, asked, tell),
            Command::SignPut(asked) => self.sign_put(user, asked, tell),
            Command::ExercisePut(asked) => self.exercise_put(user, asked, tell),
            Command::EndPut(asked) => self.end_put(user, asked, tell),
            Command::AgreeTaking(asked) => self.agree_taking(user, asked, tell),
            Command::TakeAtReserve(asked) => self.take_at_reserve(user, asked, tell),
            Command::NameConnectedBuyer(asked) => self.name_connected_buyer(user, asked, tell),
            Command::ConsentConnectedBuyer(asked) => self.consent_connected_buyer(user, asked, tell),
            Command::AdmitParties(asked) => self.admit_parties(user, asked, tell),
            Command::AskLot(asked) => self.ask_lot(user, asked, tell),
            Command::AnswerQuestion(asked) => self.answer_question(user, asked, tell),
            Command::WithholdText(asked) => self.withhold_text(user, asked, tell),
            Command::TranslateTitle(asked) => self.translate_title(user, asked, tell),
        }
    }

    /// Fires what is due, each at its own time, and at most [`DUE_MAX`] of it.
    pub(crate) fn fire_due(&mut self, tell: &mut Tell<'_>) {
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
                Deadline::WindowEnds(pledge) => self.window_ends(pledge, tell),
                Deadline::ClaimFixes(pledge) => self.claim_fixes(pledge, tell),
                Deadline::Limitation(loan) => self.limitation_runs(loan, tell),
                Deadline::GuaranteeEnds(loan, entity) => self.guarantee_runs_out(loan, entity, tell),
                Deadline::PledgeConsentEnds(pledge, act) => self.pledge_consent_ends(pledge, act, tell),
                Deadline::ValuationEnds(asset) => self.valuation_ends(asset, tell),
                Deadline::ReverseStep(licence) => self.reverse_step(licence, tell),
                Deadline::SharesLate(conversion) => self.shares_are_late(conversion, tell),
                Deadline::DeputyEnds(of) => self.deputy_ends(of, tell),
                Deadline::ProposalAlarms(proposal) => self.proposal_alarms(proposal, tell),
                Deadline::PutEnds(put) => self.put_expires(put, tell),
                Deadline::TakingDue(lot) => self.taking_is_due(lot, tell),
            }
            self.stop_used_up(tell);
            self.settle_disposals(tell);
        }
        tell.at = now;
    }
}
