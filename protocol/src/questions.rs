//! Questions about a lot, and their answers: both are everyone's to read, who asked is not (RULES.md 2.6).
//!
//! The texts travel to the views and stay out of the core, as titles and names do. A question is one command, its answer
//! another, and what is withheld from display a third, so a reader puts the three together: [`LotAnswer::change`],
//! [`TextWithheld::change`].

use crate::{
    describe::{record, words},
    ids::{EntityId, LotId},
    text::{Bounded, Digest},
    time::Timestamp,
};
use alloc::vec::Vec;

/// The longest question, in bytes of UTF-8.
pub const QUESTION_MAX: usize = 1_000;
/// The longest answer, in bytes of UTF-8.
pub const ANSWER_MAX: usize = 2_000;
/// The most questions that are taken about one lot.
pub const QUESTIONS_MAX: usize = 200;
/// The most questions that one participant asks about one lot.
pub const QUESTIONS_OF_ONE_MAX: usize = 10;

/// The text of a question.
pub type QuestionText = Bounded<QUESTION_MAX>;
/// The text of an answer.
pub type AnswerText = Bounded<ANSWER_MAX>;

words! {
    /// A text of a question and its answer.
    pub enum QuestionPart {
        /// What was asked.
        Question = 0, "question";
        /// What was answered.
        Answer = 1, "answer";
    }

    /// Why a text is not shown.
    pub enum WithholdGround {
        /// It injures somebody's name (民法典 1024).
        Defamation = 0, "defamation";
        /// It tells of a person what is nobody's business (民法典 1034).
        PersonalData = 1, "personal_data";
        /// It tells a trade secret (反不正当竞争法 9).
        TradeSecret = 2, "trade_secret";
        /// The law forbids it otherwise.
        Unlawful = 3, "unlawful";
    }
}

record! {
    /// Asks about a lot. Everyone may read the question; who asked, nobody but the asker and the regulator.
    pub struct AskLot {
        /// About which lot.
        lot as "lot_id": LotId,
        /// The question: 1 to 1000 bytes of UTF-8, no control characters.
        question: QuestionText,
    }

    /// Answers a question about a lot, once: what bidders rely on does not change under them. By who sells it, who
    /// disposes of it, or an operator.
    pub struct AnswerQuestion {
        /// About which lot.
        lot as "lot_id": LotId,
        /// Which question: its number in the lot.
        number: u32,
        /// The answer: 1 to 2000 bytes of UTF-8, no control characters.
        answer: AnswerText,
    }

    /// Withholds the text of a question or of its answer from display. That there is one, and the ground, stay. By an
    /// operator.
    #[derive(Copy)]
    pub struct WithholdText {
        /// About which lot.
        lot as "lot_id": LotId,
        /// Which question: its number in the lot.
        number: u32,
        /// Which of its texts.
        part: QuestionPart,
        /// Why.
        ground: WithholdGround,
        /// Digest of the ground: a complaint, a decision.
        evidence as "evidence_sha256": Digest,
    }

    /// A text that is not shown, and why.
    #[derive(Copy)]
    pub struct Withheld {
        /// Which text.
        part: QuestionPart,
        /// Why.
        ground: WithholdGround,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// A question about a lot as it stands: with its answer, once there is one.
    pub struct LotQuestion {
        /// About which lot.
        lot as "lot_id": LotId,
        /// Its number in the lot, from 1 on.
        number: u32,
        /// When it was asked.
        asked as "asked_at": Timestamp,
        /// What was asked; nothing where that is withheld.
        question: Option<QuestionText>,
        /// When it was answered; nothing until then.
        answered as "answered_at": Option<Timestamp>,
        /// What was answered; nothing until then, and where that is withheld.
        answer: Option<AnswerText>,
        /// The texts that are not shown.
        withheld: Vec<Withheld> = default,
    }

    /// A question about a lot was answered.
    pub struct LotAnswer {
        /// About which lot.
        lot as "lot_id": LotId,
        /// The number of the question in the lot.
        number: u32,
        /// When.
        answered as "answered_at": Timestamp,
        /// What was answered.
        answer: AnswerText,
    }

    /// A text about a lot is not shown from here on.
    #[derive(Copy)]
    pub struct TextWithheld {
        /// About which lot.
        lot as "lot_id": LotId,
        /// The number of the question in the lot.
        number: u32,
        /// Which text, and why.
        withheld: Withheld,
    }

    /// A question that one asked: for oneself and the regulator alone.
    #[derive(Copy)]
    pub struct AskedQuestion {
        /// About which lot.
        lot as "lot_id": LotId,
        /// Its number in the lot.
        number: u32,
        /// Who asked.
        entity as "entity_id": EntityId,
    }
}

impl LotAnswer {
    /// Changes the question to how it stands with this answer.
    pub fn change(&self, question: &mut LotQuestion) {
        question.answered = Some(self.answered);
        question.answer = Some(self.answer.clone());
    }
}

impl TextWithheld {
    /// Changes the question to how it stands without this text.
    pub fn change(&self, question: &mut LotQuestion) {
        question.withheld.push(self.withheld);
        question.hide(self.withheld.part);
    }
}

impl LotQuestion {
    /// Takes out the texts that `now`, the same question at a later time, does not show.
    pub fn hide_as(&mut self, now: &Self) {
        now.withheld.iter().for_each(|withheld| self.hide(withheld.part));
    }

    fn hide(&mut self, part: QuestionPart) {
        match part {
            QuestionPart::Question => self.question = None,
            QuestionPart::Answer => self.answer = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_withheld_is_gone_from_what_was_told_before() {
        let asked = LotQuestion {
            lot: LotId(7),
            number: 1,
            asked: Timestamp(1),
            question: QuestionText::new("年费缴到哪一年？"),
            answered: None,
            answer: None,
            withheld: Vec::new(),
        };
        let mut now = asked.clone();
        let answer = LotAnswer {
            lot: LotId(7),
            number: 1,
            answered: Timestamp(2),
            answer: AnswerText::new("2027年。").unwrap(),
        };
        answer.change(&mut now);
        let answered = now.clone();
        let withheld = |part| TextWithheld {
            lot: LotId(7),
            number: 1,
            withheld: Withheld {
                part,
                ground: WithholdGround::Defamation,
                evidence: Digest::default(),
            },
        };
        withheld(QuestionPart::Question).change(&mut now);
        assert_eq!((&now.question, &now.answer), (&None, &answered.answer));
        let mut before = answered;
        before.hide_as(&now);
        assert_eq!((before.question, before.answer.is_some()), (None, true));
        withheld(QuestionPart::Answer).change(&mut now);
        assert_eq!((now.answer, now.answered), (None, Some(Timestamp(2))));
        assert_eq!(now.withheld.len(), 2);
    }
}
