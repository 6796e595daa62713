//! The registrar's answer: recorded, refused, or found with defects that can be mended (RULES.md 2.2).
//!
//! Invariant: a pledge is created in the moment of its recording (民法典 444), and whatever would have stood in its way
//! when it was filed is asked again then. The registrar's window begins anew once the last defect is mended.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    pledge::{
        filing::{are_distinct, is_pledgee},
        life::{self, Input},
        loans::MAY_ACT,
    },
    register::{lent::Lent, party::User},
    state::Exchange,
    tell::Tell,
};
use protocol::{
    PledgeId, Receipt, Reject, Timestamp,
    party::Roles,
    pledge::{
        AnswerPledge, Defects, MendPledge, PledgeRefusal, PledgeState, Recording, RecordingRefused, RegistrarAnswer,
    },
};

impl<B: Book> Exchange<B> {
    /// What the registrar answered.
    pub(crate) fn registrar_answers(
        &mut self,
        user: User,
        asked: &AnswerPledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        self.pledging.pledge(asked.pledge)?;
        match &asked.answer {
            RegistrarAnswer::Registered(recording) => self.record_answer(asked.pledge, recording, tell)?,
            RegistrarAnswer::Refused(refused) => self.refuse_recording(asked.pledge, refused, tell)?,
            RegistrarAnswer::Deficient(defects) => self.find_defects(asked.pledge, defects, tell)?,
        }
        Ok(Receipt::Done)
    }

    /// The registrar recorded the pledge, if nothing has come in its way.
    fn record_answer(&mut self, id: PledgeId, recording: &Recording, tell: &mut Tell<'_>) -> Result<(), Reject> {
        let pledge = &self.pledging.of(id);
        let at = recording.at.unwrap_or(tell.at);
        life::step(pledge.state, Input::Record)?;
        let in_time = pledge.submitted_at.is_some_and(|filed| filed <= at) && at <= tell.at;
        first_fault([
            self.examine_pledge(id, tell.at),
            require(in_time, Reject::RecordingInvalid),
        ])?;

        self.close_window(id);
        self.pledging.change(id, |pledge| {
            pledge.number = Some(recording.number.clone());
            pledge.evidence = Some(recording.evidence);
        });
        self.record_pledge(id, at, tell);
        self.tell_pledge(id, tell);
        Ok(())
    }

    /// The pledge is created: from here on it stands on its rights.
    pub(super) fn record_pledge(&mut self, id: PledgeId, at: Timestamp, tell: &mut Tell<'_>) {
        self.pledging.change(id, |pledge| {
            pledge.state = life::step(pledge.state, Input::Record).expect("asked before");
            pledge.registered_at = Some(at);
        });
        let pledge = self.pledging.of(id);
        let classes = pledge.rights.iter().map(|right| self.register.right(right.asset).class);
        let pledged = |lent: &mut Lent| classes.for_each(|class| lent.classes.add(class));
        self.pledging.change_lent(pledge.loan, pledged);
        self.disposals.unsettle(pledge.loan);
        self.await_period(id, tell.at);
        self.watch_valuations(id);
        self.warn_anew(id, tell);
    }

    fn refuse_recording(
        &mut self,
        id: PledgeId,
        refused: &RecordingRefused,
        tell: &mut Tell<'_>,
    ) -> Result<(), Reject> {
        let state = life::step(self.pledging.state(id), Input::Refuse)?;

        self.pledging.change(id, |pledge| {
            pledge.refused = Some(refused.ground);
            pledge.evidence = Some(refused.evidence);
        });
        self.end_pledge(id, state, tell);
        Ok(())
    }

    fn find_defects(&mut self, id: PledgeId, defects: &Defects, tell: &mut Tell<'_>) -> Result<(), Reject> {
        let state = life::step(self.pledging.state(id), Input::FindDefects)?;
        let grounds = &defects.grounds;
        let fits = !grounds.is_empty() && are_distinct(grounds.iter().map(|ground| *ground as u8));
        require(fits, Reject::DefectsInvalid)?;

        self.close_window(id);
        self.pledging.change(id, |pledge| {
            pledge.state = state;
            pledge.defects.clone_from(grounds);
            pledge.evidence = Some(defects.evidence);
        });
        self.tell_pledge(id, tell);
        Ok(())
    }

    /// Mends defects: once all of them are, the registrar has its window again.
    pub(crate) fn mend_pledge(
        &mut self,
        user: User,
        asked: &MendPledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let pledge = &self.pledge_for(user, asked.pledge)?;
        let side = user.entity == pledge.pledgor || is_pledgee(pledge, user.entity);
        require(user.is_operator() || side, Reject::NotAParty)?;
        let mends = |ground: &PledgeRefusal| !asked.grounds.contains(ground);
        let cured = !pledge.defects.iter().any(mends);
        if cured {
            self.window_of(pledge, tell.at.venue_date())?;
        }
        require(pledge.state == PledgeState::Deficient, Reject::StateForbids)?;
        let known = |ground: &PledgeRefusal| pledge.defects.contains(ground);
        let named = asked.grounds.iter().map(|ground| *ground as u8);
        let signed = asked.acknowledged.iter().chain(&pledge.acknowledged);
        let states = asked.contract.iter().flat_map(|contract| &contract.states);
        let fits = !asked.grounds.is_empty()
            && asked.grounds.iter().all(known)
            && are_distinct(named)
            && are_distinct(signed.map(|known| known.what as u8))
            && are_distinct(states.map(|term| *term as u8));
        require(fits, Reject::DefectsInvalid)?;

        self.pledging.change(asked.pledge, |pledge| {
            pledge.defects.retain(|ground| !asked.grounds.contains(ground));
            pledge.acknowledged.extend(asked.acknowledged.iter().copied());
            if let Some(contract) = &asked.contract {
                pledge.contract = contract.clone();
            }
            pledge.evidence = Some(asked.evidence);
            if cured {
                pledge.state = life::step(pledge.state, Input::Mend).expect("asked before");
                pledge.submitted_at = Some(tell.at);
            }
        });
        if cured {
            self.open_window(asked.pledge, tell);
        }
        self.tell_pledge(asked.pledge, tell);
        Ok(Receipt::Done)
    }
}
