//! What a record does, read from the office's own words.
//!
//! The class that an extract gives is derived from the words, and not always rightly: an assignment of a security interest is
//! classed as a security interest. So the words decide where they say what they are, the class where they don't
//! (`SEE DOCUMENT FOR DETAILS`), and where both speak and can't both be right, nothing is guessed.
//!
//! What a release cites decides how much it gives up. So a text that speaks of a reel and can't be read is refused: taken for
//! one that cites nothing, it would close what nobody released.

use super::place::ReelFrame;
use protocol::identity::plain;
use std::str::FromStr;

/// What the extract says that a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A security interest, or what looks like one.
    SecurityInterest,
    /// A release.
    Release,
    /// Something else: its words alone say what.
    Other,
}

impl FromStr for Class {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "security_interest" => Ok(Self::SecurityInterest),
            "release" => Ok(Self::Release),
            "assignment" | "correction" | "other" => Ok(Self::Other),
            _ => Err(()),
        }
    }
}

/// What a record does to liens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Opens one.
    Opens,
    /// Moves one to another holder.
    Moves,
    /// Closes one, or takes a holder out of it.
    Closes,
}

/// A record's words, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conveyance {
    /// What it does; of a correction, what it confirms.
    pub(crate) deed: Deed,
    /// Whether it says again what another record said.
    pub(crate) corrects: bool,
    /// The records that it names, once each.
    pub(crate) cites: Vec<ReelFrame>,
}

/// Why words are not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// What the record does can't be told.
    Deed,
    /// It speaks of a reel, and which one can't be told.
    Citation,
}

/// Reads the words of a record of this class.
pub(crate) fn read(class: Class, text: &str) -> Result<Conveyance, Unclear> {
    let tokens = tokens(text);
    if says_that_another_was_wrong(&tokens) {
        return Err(Unclear::Deed);
    }
    let mut cites = cites(&tokens)?;
    let mut seen = std::collections::BTreeSet::new();
    cites.retain(|place| seen.insert(*place));
    let corrects = !cites.is_empty() && is_correction(&tokens);
    // A correction ends with what it confirms, and its head speaks of what was wrong.
    let confirms = tokens
        .iter()
        .position(|token| token.is_word(&["CONFIRM", "CONFIRMS", "CONFIRMING"]));
    let said = match confirms {
        Some(place) if corrects => &tokens[place..],
        _ => &tokens[..],
    };
    Ok(Conveyance {
        deed: deed(class, said)?,
        corrects,
        cites,
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Digits(String),
    Sign(char),
}

impl Token {
    fn is_word(&self, words: &[&str]) -> bool {
        matches!(self, Self::Word(word) if words.contains(&word.as_str()))
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for part in text.split_whitespace() {
        let mut glued = false;
        for c in plain(part).to_uppercase().chars() {
            match tokens.last_mut() {
                Some(Token::Word(word)) if glued && c.is_alphabetic() => word.push(c),
                Some(Token::Digits(digits)) if glued && c.is_ascii_digit() => digits.push(c),
                _ if c.is_ascii_digit() => tokens.push(Token::Digits(c.into())),
                _ if c.is_alphabetic() => tokens.push(Token::Word(c.into())),
                _ => tokens.push(Token::Sign(c)),
            }
            glued = true;
        }
    }
    tokens
}

const RELEASE: [&str; 12] = [
    "RELEASE",
    "RELEASES",
    "RELEASING",
    "TERMINATION",
    "TERMINATIONS",
    "TERMINATES",
    "DISCHARGE",
    "SATISFACTION",
    "RECONVEYANCE",
    "REASSIGNMENT",
    "RELINQUISHMENT",
    "CANCELLATION",
];
const ASSIGNMENT: [&str; 3] = ["ASSIGNMENT", "ASSIGNMENTS", "TRANSFER"];
const CHANGE: [&str; 6] = [
    "SUCCESSION",
    "SUCCESSOR",
    "SUBSTITUTION",
    "REPLACEMENT",
    "CHANGE",
    "RESIGNATION",
];
const SECURITY: [&str; 11] = [
    "SECURITY",
    "LIEN",
    "LIENS",
    "MORTGAGE",
    "MORTGAGES",
    "PLEDGE",
    "CHARGE",
    "HYPOTHECATION",
    "HYPOTHEC",
    "DEBENTURE",
    "COLLATERAL",
];
/// What is no object of an assignment any more: `ASSIGNMENT OF PATENTS FOR SECURITY` is a security.
const PURPOSE: [&str; 5] = ["FOR", "AS", "TO", "BY", "IN"];
/// How far from `ASSIGNMENT OF` its object may stand, in words.
const OBJECT_WORDS: usize = 8;

/// What a record does: by its words, or by its class where these say nothing.
fn deed(class: Class, tokens: &[Token]) -> Result<Deed, Unclear> {
    let words: Vec<&Token> = tokens.iter().filter(|token| matches!(token, Token::Word(_))).collect();
    let said = (0..words.len()).find_map(|place| deed_at(&words, place));
    let releases = words.iter().any(|word| word.is_word(&RELEASE));
    match (class, said) {
        (Class::Release, Some(Deed::Opens)) if !releases => Err(Unclear::Deed),
        (Class::Release, Some(Deed::Moves)) if !releases => Ok(Deed::Moves),
        (Class::Release, _) => Ok(Deed::Closes),
        (Class::SecurityInterest, said) => Ok(said.unwrap_or(Deed::Opens)),
        (Class::Other, said) => said.ok_or(Unclear::Deed),
    }
}

/// What the words do that begin here, if they say so: the first that do are the title of the document.
fn deed_at(words: &[&Token], place: usize) -> Option<Deed> {
    let word = words[place];
    if word.is_word(&RELEASE) {
        return Some(Deed::Closes);
    }
    if word.is_word(&ASSIGNMENT) {
        // A collateral assignment is a security.
        let is_security = place > 0 && words[place - 1].is_word(&["COLLATERAL", "SECURITY", "CONDITIONAL"]);
        return (!is_security && is_of_security(&words[place + 1..])).then_some(Deed::Moves);
    }
    if word.is_word(&CHANGE) {
        let of_agent = words[place..]
            .iter()
            .any(|word| word.is_word(&["AGENT", "AGENCY", "TRUSTEE"]));
        return of_agent.then_some(Deed::Moves);
    }
    if word.is_word(&SECURITY) {
        let rest = &words[place + 1..];
        let rest = match rest {
            [next, behind @ ..] if next.is_word(&["INTEREST", "INTERESTS", "AGREEMENT"]) => behind,
            _ => rest,
        };
        let releases = rest.first().is_some_and(|word| word.is_word(&RELEASE));
        // `COLLATERAL` alone says what is assigned, and to what end its neighbours say.
        let says = word.is_word(&SECURITY[..SECURITY.len() - 1]);
        return match (releases, says) {
            (true, _) => Some(Deed::Closes),
            (false, true) => Some(Deed::Opens),
            (false, false) => None,
        };
    }
    None
}

/// Whether what is assigned is a security: `OF … SECURITY INTEREST`, and no purpose before it.
fn is_of_security(rest: &[&Token]) -> bool {
    let of = rest.iter().take(3).position(|word| word.is_word(&["OF"]));
    let Some(of) = of else { return false };
    let object = rest[of + 1..].iter().take(OBJECT_WORDS);
    object
        .take_while(|word| !word.is_word(&PURPOSE))
        .any(|word| word.is_word(&SECURITY[..SECURITY.len() - 1]))
}

/// Whether a record says again what another said.
fn is_correction(tokens: &[Token]) -> bool {
    let words: Vec<&Token> = tokens.iter().filter(|token| matches!(token, Token::Word(_))).collect();
    words.iter().enumerate().any(|(place, word)| {
        let next = |words_next: &[&str]| words.get(place + 1).is_some_and(|next| next.is_word(words_next));
        word.is_word(&["CORRECTIVE", "CORRECTION", "RERECORD", "RERECORDING", "RERECORDATION"])
            || word.is_word(&["TO"]) && next(&["CORRECT"])
            || word.is_word(&["RE"]) && next(&["RECORD", "RECORDING", "RECORDATION"])
    })
}

/// Whether a record takes back another: which rights that is for can't be told from its words.
fn says_that_another_was_wrong(tokens: &[Token]) -> bool {
    const WRONG: [&str; 9] = [
        "RESCISSION",
        "RESCIND",
        "RESCINDS",
        "REINSTATEMENT",
        "REINSTATES",
        "ERRONEOUS",
        "ERRONEOUSLY",
        "NULLIFICATION",
        "VOID",
    ];
    let in_error = |pair: &[Token]| pair[0].is_word(&["IN"]) && pair[1].is_word(&["ERROR"]);
    tokens.iter().any(|token| token.is_word(&WRONG)) || tokens.windows(2).any(in_error)
}

/// Which number is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    /// Behind `REEL`.
    Reel,
    /// Behind `FRAME`, with a reel before it.
    Frame,
    /// Behind `REEL/FRAME`: both.
    Pair,
}

/// The places that a text names, as often as it does.
fn cites(tokens: &[Token]) -> Result<Vec<ReelFrame>, Unclear> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is_word(&REELS) {
            at = clause(tokens, at, &mut found)?;
        } else if let Some(place) = bare_pair(tokens, at) {
            found.push(place);
            at += 3;
        } else {
            at += 1;
        }
    }
    Ok(found)
}

const REELS: [&str; 2] = ["REEL", "REELS"];
const FRAMES: [&str; 2] = ["FRAME", "FRAMES"];
/// Words that may stand among the numbers of a clause.
const AMONG: [&str; 7] = ["NO", "NOS", "NUMBER", "NUMBERS", "S", "AND", "AT"];
/// From one frame to another: the pages of one document, which its first names.
const RANGE: [&str; 2] = ["TO", "THROUGH"];

/// Reads from `REEL` on to the first word that is none of such a clause. Gives where that is.
fn clause(tokens: &[Token], start: usize, found: &mut Vec<ReelFrame>) -> Result<usize, Unclear> {
    let (mut reels, mut frames): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut awaits = Awaits::Reel;
    let before = found.len();
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token {
            word if word.is_word(&REELS) => {
                if !frames.is_empty() {
                    pairs(&mut reels, &mut frames, found)?;
                }
                awaits = Awaits::Reel;
            }
            word if word.is_word(&FRAMES) => {
                awaits = if reels.is_empty() { Awaits::Pair } else { Awaits::Frame };
            }
            word if word.is_word(&RANGE) && !frames.is_empty() => {}
            word if word.is_word(&AMONG) => {}
            Token::Word(_) => break,
            Token::Sign(_) => {}
            Token::Digits(_) if is_date(tokens, at) => break,
            Token::Digits(digits) => {
                let linked = second_of_pair(tokens, at);
                match (awaits, linked) {
                    (Awaits::Pair, None) => return Err(Unclear::Citation),
                    (Awaits::Reel, Some((frame, next, true))) | (Awaits::Pair, Some((frame, next, _))) => {
                        found.push(ReelFrame::new(digits, frame).ok_or(Unclear::Citation)?);
                        at = next;
                        continue;
                    }
                    (Awaits::Reel, _) => reels.push(digits),
                    (Awaits::Frame, _) if !is_end_of_range(tokens, at) => frames.push(digits),
                    (Awaits::Frame, _) => {}
                }
            }
        }
        at += 1;
    }
    pairs(&mut reels, &mut frames, found)?;
    if found.len() == before {
        return Err(Unclear::Citation);
    }
    Ok(at)
}

/// Reels and frames that were named apart: one reel with its frames, or as many of each.
fn pairs(reels: &mut Vec<&str>, frames: &mut Vec<&str>, found: &mut Vec<ReelFrame>) -> Result<(), Unclear> {
    let one_reel = reels.len() == 1 && !frames.is_empty();
    if !one_reel && reels.len() != frames.len() {
        return Err(Unclear::Citation);
    }
    for (place, frame) in frames.iter().enumerate() {
        let reel = reels[if one_reel { 0 } else { place }];
        found.push(ReelFrame::new(reel, frame).ok_or(Unclear::Citation)?);
    }
    reels.clear();
    frames.clear();
    Ok(())
}

/// The number that goes with the one here: behind a sign that links them, or a blank or `FRAME` alone. Its digits, what
/// follows it, and whether a sign links them.
fn second_of_pair(tokens: &[Token], at: usize) -> Option<(&str, usize, bool)> {
    let mut next = at + 1;
    let linked = matches!(tokens.get(next), Some(Token::Sign('/' | '-' | ':')));
    next += usize::from(linked);
    while tokens.get(next).is_some_and(|token| token.is_word(&FRAMES)) {
        next += 1;
    }
    match tokens.get(next) {
        // `REEL 48818/FRAME 520` links a word, and the word says which number is what.
        Some(Token::Digits(digits)) => Some((digits, next + 1, linked && next == at + 2)),
        _ => None,
    }
}

fn is_end_of_range(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    before.is_some_and(|token| *token == Token::Sign('-') || token.is_word(&RANGE))
}

/// Whether three linked numbers begin here, as in `05/07/2019`.
fn is_date(tokens: &[Token], at: usize) -> bool {
    let is_link = |place: usize| matches!(tokens.get(place), Some(Token::Sign('/' | '-' | '.')));
    let is_number = |place: usize| matches!(tokens.get(place), Some(Token::Digits(_)));
    is_number(at) && is_link(at + 1) && is_number(at + 2) && is_link(at + 3) && is_number(at + 4)
}

/// A place without the words: `048811/0679`, five or six digits and four. Nothing else in such texts looks like it.
fn bare_pair(tokens: &[Token], at: usize) -> Option<ReelFrame> {
    match tokens.get(at..at + 3)? {
        [Token::Digits(reel), Token::Sign('/' | '-'), Token::Digits(frame)]
            if matches!(reel.len(), 5 | 6) && frame.len() == 4 && !is_date(tokens, at) =>
        {
            ReelFrame::new(reel, frame)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(class: Class, text: &str) -> (Deed, bool) {
        let read = read(class, text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        (read.deed, read.corrects)
    }

    #[test]
    fn the_words_say_what_a_record_does() {
        use Class::{Other, Release, SecurityInterest};
        use Deed::{Closes, Moves, Opens};
        for (class, text, expected) in [
            (SecurityInterest, "SECURITY INTEREST (SEE DOCUMENT FOR DETAILS).", Opens),
            (SecurityInterest, "SEE DOCUMENT FOR DETAILS", Opens),
            (SecurityInterest, "INTELLECTUAL PROPERTY SECURITY AGREEMENT", Opens),
            (SecurityInterest, "GRANT OF SECURITY INTEREST IN PATENTS", Opens),
            (SecurityInterest, "COLLATERAL ASSIGNMENT OF PATENTS", Opens),
            (SecurityInterest, "ASSIGNMENT FOR SECURITY -- PATENTS", Opens),
            (SecurityInterest, "ASSIGNMENT OF PATENTS AS COLLATERAL SECURITY", Opens),
            (SecurityInterest, "SECOND LIEN PATENT SECURITY AGREEMENT", Opens),
            (
                SecurityInterest,
                "SUPPLEMENT TO SECURITY AGREEMENT RECORDED AT REEL 1 FRAME 2",
                Opens,
            ),
            // The class says less than the words.
            (
                SecurityInterest,
                "ASSIGNMENT OF PATENT SECURITY INTEREST RECORDED AT REEL/FRAME 1/2",
                Moves,
            ),
            (SecurityInterest, "NOTICE OF ASSIGNMENT OF SECURITY INTEREST", Moves),
            (SecurityInterest, "ASSIGNMENT AND ASSUMPTION OF LIEN", Moves),
            (SecurityInterest, "TRANSFER OF SECURITY AGREEMENT", Moves),
            (SecurityInterest, "NOTICE OF SUCCESSION OF AGENCY", Moves),
            (
                SecurityInterest,
                "CHANGE OF NAME OF GRANTOR IN SECURITY AGREEMENT",
                Opens,
            ),
            (SecurityInterest, "RELEASE OF SECURITY INTEREST", Closes),
            (SecurityInterest, "PATENT SECURITY INTEREST RELEASE", Closes),
            (SecurityInterest, "LIEN TERMINATION", Closes),
            (Release, "ASSIGNMENT OF SECURITY INTEREST", Moves),
            (Release, "RELEASE BY SECURED PARTY (SEE DOCUMENT FOR DETAILS).", Closes),
            (Release, "TERMINATION AND RELEASE OF PATENT SECURITY AGREEMENT", Closes),
            (Release, "PARTIAL RELEASE OF SECURITY INTEREST", Closes),
            (Release, "RELEASE AND REASSIGNMENT OF PATENTS", Closes),
            (Release, "ASSIGNMENT OF SECURITY INTEREST AND RELEASE", Closes),
            (Release, "SEE DOCUMENT FOR DETAILS", Closes),
            (Release, "release of security interest", Closes),
            (Other, "ASSIGNMENT OF SECURITY INTEREST", Moves),
            (Other, "RELEASE BY SECURED PARTY", Closes),
            (Other, "PATENT SECURITY AGREEMENT", Opens),
        ] {
            assert_eq!(said(class, text), (expected, false), "{text}");
        }
    }

    #[test]
    fn a_correction_says_what_it_confirms() {
        let head = "CORRECTIVE ASSIGNMENT TO CORRECT THE RELEASE DATE PREVIOUSLY RECORDED AT REEL: 1 FRAME: 2. ASSIGNOR(S) HEREBY CONFIRMS THE";
        for (end, expected) in [
            ("SECURITY INTEREST", Deed::Opens),
            ("RELEASE BY SECURED PARTY", Deed::Closes),
            ("ASSIGNMENT OF SECURITY INTEREST", Deed::Moves),
        ] {
            assert_eq!(
                said(Class::SecurityInterest, &format!("{head} {end}.")),
                (expected, true)
            );
        }
        for text in [
            "RE-RECORD TO CORRECT THE ASSIGNEE, SECURITY INTEREST AT 012345/0678",
            "RERECORDING OF SECURITY AGREEMENT, REEL 1 FRAME 2",
        ] {
            assert_eq!(said(Class::SecurityInterest, text), (Deed::Opens, true), "{text}");
        }
        // What it corrects is not told: it stands for itself.
        let alone = said(Class::SecurityInterest, "CORRECTIVE SECURITY AGREEMENT");
        assert_eq!(alone, (Deed::Opens, false));
    }

    #[test]
    fn what_contradicts_itself_or_takes_another_record_back_is_not_guessed() {
        for (class, text) in [
            (Class::Release, "SECURITY AGREEMENT"),
            (
                Class::Release,
                "RELEASE OF SECURITY INTEREST RECORDED IN ERROR AT REEL 1 FRAME 2",
            ),
            (Class::SecurityInterest, "RESCISSION OF RELEASE"),
            (
                Class::Other,
                "ASSIGNMENT OF ASSIGNORS INTEREST (SEE DOCUMENT FOR DETAILS).",
            ),
            (Class::Other, "CHANGE OF NAME"),
            (Class::SecurityInterest, "REINSTATEMENT OF SECURITY INTEREST"),
        ] {
            assert_eq!(read(class, text), Err(Unclear::Deed), "{text}");
        }
    }

    fn cited(text: &str) -> Result<Vec<String>, Unclear> {
        let read = read(Class::Release, &format!("RELEASE OF SECURITY INTEREST {text}"))?;
        Ok(read.cites.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_place_is_cited_in_many_ways() {
        for text in [
            "RECORDED AT REEL 012345/FRAME 0678",
            "AT REEL/FRAME NO. 12345/0678",
            "AT REEL/FRAME 012345/0678.",
            "(REEL 12345 / FRAME 678)",
            "REEL: 012345 FRAME: 0678",
            "REEL/FRAME: 012345-0678",
            "REEL-FRAME 012345 0678",
            "REEL NO. 012345, FRAME NO. 0678 ON 05/07/2019",
            "DATED 05/07/2019 AT REEL012345/FRAME0678",
            "REEL/FRAME 012345/0678, 05/07/2019",
            "REEL(S)/FRAME(S) 012345/0678",
            "REEL 012345/0678",
            "RECORDED AT 012345/0678",
            "REEL 012345 FRAME 0678-0690",
            "REEL 012345 FRAMES 0678 THROUGH 0690",
            "REEL/FRAME 012345/0678 AND REEL 12345 FRAME 0678",
            "reel ０１２３４５ frame ０６７８",
            "REEL/FRAME 012345/FRAME 0678",
        ] {
            assert_eq!(cited(text), Ok(vec!["012345-0678".into()]), "{text}");
        }
        for text in [
            "REEL/FRAME 012345/0678 AND 023456/0001",
            "REEL/FRAME NOS. 012345/0678; 23456/0001",
            "REEL 012345 FRAME 0678 AND REEL 023456 FRAME 0001",
            "REELS 012345 AND 023456, FRAMES 0678 AND 0001",
            "AT 012345/0678 AND AT 023456/0001",
            "REEL 012345/0678, REEL 023456/0001",
        ] {
            let expected = ["012345-0678", "023456-0001"].map(str::to_owned);
            assert_eq!(cited(text), Ok(expected.into()), "{text}");
        }
        let one_reel = ["012345-0678", "012345-0700"].map(str::to_owned);
        assert_eq!(cited("REEL 012345, FRAMES 0678 AND 0700"), Ok(one_reel.into()));
    }

    #[test]
    fn no_other_number_is_a_place() {
        for text in [
            "",
            "DATED 05/07/2019",
            "DATED 2019-05-07",
            "LOAN NO. 12345-01",
            "PATENT 10,000,001, APPLICATION 16/123,456",
            "12345/0678/2019",
        ] {
            assert_eq!(cited(text), Ok(vec![]), "{text}");
        }
    }

    #[test]
    fn a_reel_that_cannot_be_read_is_not_taken_for_none() {
        for text in [
            "AT REEL AND FRAME AS STATED",
            "AT REEL 012345",
            "AT REEL/FRAME 012345",
            "AT REEL/FRAME 0123456/0678",
            "AT REEL 012345 FRAME 06789",
            "AT FRAME/REEL 0678/012345",
            "AT REEL 000000 FRAME 0001",
            "REELS 012345 AND 023456, FRAME 0678",
            "REEL/FRAME 05/07/2019",
        ] {
            assert_eq!(cited(text), Err(Unclear::Citation), "{text}");
        }
    }
}
