//! Two people: what is done by approval was proposed by another of the same house, once; what takes two is not done by
//! one.

use super::{Audit, Auditor, must};
use protocol::{
    Command, EntityId, UserId,
    alone::DoneAlone,
    control::{Proposal, ProposalState, SetDualControl},
    party::Roles,
    transfer::QualifyInterest,
};

/// What moves money, title or the rules takes two operators where there are two.
fn takes_two_operators(command: &Command) -> bool {
    use Command as C;
    matches!(
        command,
        C::Epoch(_)
            | C::SetRuleBook(_)
            | C::RegisterUser(_)
            | C::CashIn(_)
            | C::CashOut(_)
            | C::ApproveWithdrawal(_)
            | C::RefuseWithdrawal(_)
            | C::ListUnits(_)
            | C::IssueUnits(_)
            | C::RegisterRights(_)
            | C::VerifyAsset(_)
            | C::ChangeAsset(_)
            | C::RecordDues(_)
            | C::PlaceHold(_)
            | C::LiftHold(_)
            | C::RecordLicence(_)
            | C::ListTransfer(_)
            | C::QualifyInterest(_)
            | C::AnswerRecordal(_)
            | C::CancelTransfer(_)
            | C::FilePledge(_)
            | C::AnswerPledge(_)
            | C::WithdrawPledge(_)
            | C::ChangePledge(_)
            | C::ReleasePledge(_)
            | C::SubstitutePledge(_)
            | C::DeclareDefault(_)
            | C::ProposePlan(_)
            | C::OpenDisposal(_)
            | C::ReleaseForSale(_)
            | C::DistributeProceeds(_)
            | C::EndDisposal(_)
            | C::SettleSecurity(_)
            | C::OpenPool(_)
            | C::SetPoolFigures(_)
            | C::DecidePoolClaim(_)
            | C::EndPoolLoan(_)
            | C::ProposeConversion(_)
            | C::RecordConversionStep(_)
            | C::EndConversion(_)
            | C::OpenMeasure(_)
            | C::DecideSubsidy(_)
            | C::WithdrawSuit(_)
            | C::NameApprovers(_)
            | C::SetBuyerRules(_)
            | C::EndPut(_)
            | C::AdmitParties(_)
            | C::CorrectDistribution(_)
            | C::AgreeCorrection(_)
    )
}

/// What binds a participant, pays for it or gives its right away takes two of it, if it asked for that.
fn takes_two_of_a_house(command: &Command) -> bool {
    use Command as C;
    matches!(
        command,
        C::SetDualControl(SetDualControl { required: false })
            | C::ListUnits(_)
            | C::IssueUnits(_)
            | C::ChangeAsset(_)
            | C::GiveConsent(_)
            | C::WithdrawConsent(_)
            | C::OfferLicence(_)
            | C::AcceptLicence(_)
            | C::PayLicence(_)
            | C::AskOpenLicence(_)
            | C::TakeOpenLicence(_)
            | C::OpenTranche(_)
            | C::SubscribeTranche(_)
            | C::ListTransfer(_)
            | C::BidTransfer(_)
            | C::AnswerPriority(_)
            | C::SignContract(_)
            | C::FundEscrow(_)
            | C::FilePledge(_)
            | C::SignPledge(_)
            | C::WithdrawPledge(_)
            | C::ReleasePledge(_)
            | C::SubstitutePledge(_)
            | C::AssignClaim(_)
            | C::DeclareDefault(_)
            | C::ProposePlan(_)
            | C::SignPlan(_)
            | C::OpenDisposal(_)
            | C::AgreeBelow(_)
            | C::ReleaseForSale(_)
            | C::DistributeProceeds(_)
            | C::EndDisposal(_)
            | C::SettleSecurity(_)
            | C::AgreeInDisposal(_)
            | C::RecordRecovery(_)
            | C::EndPoolLoan(_)
            | C::ProposeConversion(_)
            | C::RecordConversionStep(_)
            | C::EndConversion(_)
            | C::DecidePoolClaim(_)
            | C::WithdrawSubsidy(_)
            | C::DecideSubsidy(_)
            | C::CorrectBranchBooks(_)
            | C::PayGuarantee(_)
            | C::WithdrawSuit(_)
            | C::InsureLoan(_)
            | C::PayInsurance(_)
            | C::ReGuarantee(_)
            | C::NameApprovers(_)
            | C::NameDeputy(_)
            | C::AgreePut(_)
            | C::SignPut(_)
            | C::ExercisePut(_)
            | C::EndPut(_)
            | C::AgreeTaking(_)
            | C::TakeAtReserve(_)
            | C::ConsentConnectedBuyer(_)
            | C::AdmitParties(_)
            | C::CorrectDistribution(_)
            | C::AgreeCorrection(_)
    )
}

/// What one person may do alone in matters of loans, pledges and pools, and the others of its house hear of.
fn is_told_to_the_house(command: &Command) -> bool {
    use Command as C;
    matches!(
        command,
        C::RegisterLoan(_)
            | C::MendPledge(_)
            | C::FixClaim(_)
            | C::RecordDemand(_)
            | C::CureDefault(_)
            | C::RecordRepayment(_)
            | C::RevokePledgeConsent(_)
            | C::AnswerQuestion(_)
            | C::RecordUpkeep(_)
            | C::RecordBankruptcy(_)
            | C::EnrolLoan(_)
            | C::RecordNpl(_)
            | C::ClaimOnPool(_)
            | C::ApplyForSubsidy(_)
            | C::TellBranchBooks(_)
            | C::RecordDutyStep(_)
            | C::RecordGuarantor(_)
            | C::NameConnectedBuyer(_)
            | C::AskSecurity(_)
            | C::PressForSale(_)
            | C::RecordClaimFact(_)
    )
}

impl Auditor {
    /// For whom a user decides: operators for the venue, others for their entity.
    pub fn house(&self, user: UserId) -> Option<EntityId> {
        let (entity, roles) = self.users.get(&user)?;
        Some(if roles.has_any(Roles::OPERATOR) {
            EntityId(0)
        } else {
            *entity
        })
    }

    /// What was done, one person may do.
    pub(super) fn check_authority(&self) -> Audit {
        let Some(deed) = self.deed.as_ref().filter(|deed| !deed.approved) else {
            return Ok(());
        };
        let Some((entity, roles)) = self.users.get(&deed.by) else {
            return must(self.users.is_empty(), || format!("nobody did {deed:?}"));
        };
        let operator = roles.has_any(Roles::OPERATOR);
        must(
            !(operator && self.operators_before >= 2 && takes_two_operators(&deed.command)),
            || format!("one operator did {deed:?}"),
        )?;
        let dual = self.entities.get(entity).is_some_and(|facts| facts.dual_control);
        must(!(dual && takes_two_of_a_house(&deed.command)), || {
            format!("one person did {deed:?}")
        })?;
        let staff_only = matches!(
            deed.command,
            Command::Epoch(_)
                | Command::SetRuleBook(_)
                | Command::CashIn(_)
                | Command::CashOut(_)
                | Command::ApproveWithdrawal(_)
                | Command::RefuseWithdrawal(_)
                | Command::VerifyAsset(_)
                | Command::RecordDues(_)
                | Command::RecordLicence(_)
                | Command::QualifyInterest(_)
                | Command::AnswerRecordal(_)
                | Command::AnswerPledge(_)
                | Command::ChangePledge(_)
                | Command::OpenPool(_)
                | Command::SetPoolFigures(_)
                | Command::DecidePoolClaim(_)
                | Command::OpenMeasure(_)
        );
        must(operator || !staff_only, || format!("no operator did {deed:?}"))
    }

    pub(super) fn hear_proposal(&mut self, proposal: &Proposal) -> Audit {
        let id = proposal.proposal;
        let decided = self.decided.get(&id);
        must(decided.is_none(), || format!("it was {decided:?}"))?;
        if let Some(open) = self
            .proposals
            .get_mut(&id)
            .filter(|_| proposal.state == ProposalState::Open)
        {
            let alarmed = Proposal {
                alarmed_at: Some(self.at),
                ..open.clone()
            };
            let fits = open.alarms_at == Some(self.at) && open.alarmed_at.is_none() && *proposal == alarmed;
            *open = alarmed;
            must(fits, || format!("no alarm of {open:?}"))?;
            self.count("proposals alarmed");
            return Ok(());
        }
        if proposal.state == ProposalState::Open {
            let days = u64::from(self.rules().proposal_days);
            let undecided = self.at.0 + days * 86_400_000_000_000;
            let fits = id.0 == self.seq.0
                && self.house(proposal.by) == Some(proposal.entity)
                && proposal.decided_by.is_none()
                && proposal.deadline.is_some() == proposal.alarms_at.is_some()
                && proposal.deadline.is_none_or(|deadline| deadline.at > self.at)
                && proposal.lapses_at.0 == undecided.min(proposal.deadline.map_or(undecided, |deadline| deadline.at.0));
            must(fits, || "a proposal that nobody made".into())?;
            self.proposals.insert(id, proposal.clone());
            return Ok(());
        }
        let Some(open) = self.proposals.remove(&id) else {
            return Err("a proposal that did not wait".into());
        };
        self.decided.insert(id, proposal.state);
        let same = (open.by, open.entity, &open.encoded, open.lapses_at)
            == (proposal.by, proposal.entity, &proposal.encoded, proposal.lapses_at);
        must(same, || format!("it was proposed as {open:?}"))?;
        let decider = proposal.decided_by;
        let of_the_house = decider.is_some_and(|user| self.house(user) == Some(open.entity));
        let in_time = self.at < open.lapses_at;
        let (fits, what) = match proposal.state {
            ProposalState::Done | ProposalState::Failed => {
                let deed = self.deed.as_ref();
                let done = deed.is_some_and(|deed| deed.approved) == (proposal.state == ProposalState::Done);
                let failed = proposal.failed.is_some() == (proposal.state == ProposalState::Failed);
                let what = if done && proposal.state == ProposalState::Done {
                    "proposals done"
                } else {
                    "proposals failed"
                };
                (
                    of_the_house && decider != Some(open.by) && in_time && done && failed,
                    what,
                )
            }
            ProposalState::Refused => (of_the_house && in_time, "proposals refused"),
            ProposalState::Lapsed => {
                let missed = open.deadline.filter(|deadline| deadline.at == open.lapses_at);
                let fits = decider.is_none() && proposal.missed == missed.map(|deadline| deadline.kind);
                (fits && self.at == open.lapses_at, "proposals lapsed")
            }
            ProposalState::Open => unreachable!("heard above"),
        };
        must(fits, || format!("decided wrongly, of {open:?}"))?;
        self.count(what);
        Ok(())
    }

    /// One person did alone what one may, of a house that asked for two.
    pub(super) fn hear_done_alone(&mut self, done: &DoneAlone) -> Audit {
        let deed = self.deed.as_ref();
        let own = deed.is_some_and(|deed| {
            !deed.approved && deed.by == done.by && deed.command.op() == done.op && is_told_to_the_house(&deed.command)
        });
        let dual = self.entities.get(&done.entity).is_some_and(|facts| facts.dual_control);
        let two = dual || done.entity == EntityId(0) && self.operators_before >= 2;
        let fits = own && two && self.house(done.by) == Some(done.entity) && done.seq == self.seq;
        must(fits, || format!("nobody did {done:?}"))?;
        self.count("done alone, and told");
        Ok(())
    }

    /// What nobody decided in time does not wait any more.
    pub(super) fn close_house(&self) -> Audit {
        let late = self.proposals.values().find(|proposal| proposal.lapses_at <= self.now);
        must(late.is_none(), || format!("still waits: {late:?}"))
    }

    /// Whether somebody was qualified by an operator in this command.
    pub(super) fn qualifies(&self, entity: EntityId, is_qualified: bool) -> bool {
        matches!(
            self.doing(),
            Some(Command::QualifyInterest(asked))
                if matches!(**asked, QualifyInterest { entity: of, qualified, .. } if of == entity && qualified == is_qualified)
        )
    }
}
