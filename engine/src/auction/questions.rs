//! Questions about a lot: asked by whoever may bid, answered once by who sells, read by everyone (RULES.md 2.6).
//!
//! Invariant: who asked is told to the asker and the regulators alone, so that nobody learns from a question who is
//! interested: not who sells, not the other bidders, not the venue. Texts travel to the views; what is kept here is who
//! asked, and what can still be done.

use super::{
    life::takes_questions,
    lot::{Lot, Question},
};
use crate::{
    book::Book,
    kit::{
        checks::{ensure, require},
        ids::VENUE,
    },
    register::party::{MAY_BUY, User},
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    EntityId, Notice, Readers, Receipt, Record, Reject,
    party::Roles,
    questions::{
        AnswerQuestion, AskLot, AskedQuestion, LotAnswer, LotQuestion, QUESTIONS_MAX, QUESTIONS_OF_ONE_MAX,
        QuestionPart, TextWithheld, Withheld, WithholdText,
    },
};

impl Lot {
    /// The place of the question of this number.
    fn question(&self, number: u32) -> Result<usize, Reject> {
        let place = (number as usize).checked_sub(1);
        place
            .filter(|place| *place < self.questions.len())
            .ok_or(Reject::UnknownQuestion)
    }

    /// How many questions a participant asked.
    fn asked_by(&self, entity: EntityId) -> usize {
        self.questions.iter().filter(|question| question.by == entity).count()
    }

    /// Whether its questions are ones that could be asked: no more than there may be, and nothing withheld that is not
    /// there.
    pub(crate) fn questions_are_sound(&self) -> bool {
        let asked = |question: &Question| self.asked_by(question.by) <= QUESTIONS_OF_ONE_MAX;
        let answers = |question: &Question| question.answered || !question.answer_hidden;
        self.questions.len() <= QUESTIONS_MAX
            && self
                .questions
                .iter()
                .all(|question| answers(question) && asked(question))
    }
}

impl<B: Book> Exchange<B> {
    /// Takes a question about a lot.
    pub(crate) fn ask_lot(&mut self, user: User, asked: &AskLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        user.may(MAY_BUY)?;
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        // Who can answer has no need to ask, and would praise what it sells.
        let sells = lot.owners.iter().any(|share| share.entity == user.entity) || self.answers(user, lot);
        require(!sells && user.entity != VENUE, Reject::BarredParty)?;
        require(takes_questions(lot.state), Reject::LotClosed)?;
        let room = lot.questions.len() < QUESTIONS_MAX && lot.asked_by(user.entity) < QUESTIONS_OF_ONE_MAX;
        require(room, Reject::QuestionsTooMany)?;

        let lot = self.lots.of_mut(id);
        lot.questions.push(Question {
            by: user.entity,
            answered: false,
            hidden: false,
            answer_hidden: false,
        });
        let number = u32::try_from(lot.questions.len()).expect("they are bounded");
        tell.notice(Notice::LotQuestion(LotQuestion {
            lot: id,
            number,
            asked: tell.at,
            question: Some(asked.question.clone()),
            answered: None,
            answer: None,
            withheld: Vec::new(),
        }));
        let own = AskedQuestion {
            lot: id,
            number,
            entity: user.entity,
        };
        tell.record(Readers::Apart(user.entity), Record::AskedQuestion(own));
        Ok(Receipt::Done)
    }

    /// Answers a question about a lot.
    pub(crate) fn answer_question(
        &mut self,
        user: User,
        asked: &AnswerQuestion,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_BUY.with(Roles::OPERATOR))?;
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        require(self.answers(user, lot), Reject::NotAParty)?;
        require(takes_questions(lot.state), Reject::LotClosed)?;
        let place = lot.question(asked.number)?;
        require(!lot.questions[place].answered, Reject::AlreadyAnswered)?;

        self.lots.of_mut(id).questions[place].answered = true;
        tell.notice(Notice::LotAnswer(LotAnswer {
            lot: id,
            number: asked.number,
            answered: tell.at,
            answer: asked.answer.clone(),
        }));
        Ok(Receipt::Done)
    }

    /// Withholds a text about a lot from display, whenever its harm is seen: after the close too.
    pub(crate) fn withhold_text(
        &mut self,
        user: User,
        asked: &WithholdText,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let WithholdText {
            lot: id,
            number,
            part,
            ground,
            evidence,
        } = *asked;
        self.lot_now(id, tell)?;
        let place = self.lots.of(id).question(number)?;
        let question = &self.lots.of(id).questions[place];
        let shown = match part {
            QuestionPart::Question => !question.hidden,
            QuestionPart::Answer => question.answered && !question.answer_hidden,
        };
        require(shown, Reject::NothingToWithhold)?;

        let question = &mut self.lots.of_mut(id).questions[place];
        match part {
            QuestionPart::Question => question.hidden = true,
            QuestionPart::Answer => question.answer_hidden = true,
        }
        let withheld = Withheld { part, ground, evidence };
        tell.notice(Notice::TextWithheld(TextWithheld {
            lot: id,
            number,
            withheld,
        }));
        Ok(Receipt::Done)
    }

    /// Whether this user answers for a lot: who announced it, who disposes of its rights, or the venue, which stands in
    /// for a court and for who is silent.
    fn answers(&self, user: User, lot: &Lot) -> bool {
        user.is_operator() || user.entity == lot.seller || self.disposes(user, &lot.terms.assets)
    }

    /// What this module promises of what is kept.
    pub(super) fn check_questions(lot: &Lot) -> Result<(), String> {
        ensure(lot.questions_are_sound(), || {
            format!("{:?} has questions that nobody could ask", lot.id)
        })
    }
}
