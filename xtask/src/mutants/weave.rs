//! Weaves mutants into a source, each under a switch: one build holds them all, and the environment says which is on.

use super::find::{CHOSEN, Mutant};
use std::ops::Range;

/// What a crate's root is given beside its own: which mutant is on, as the environment says.
pub(super) const SWITCH: &str = "extern crate std;

static CHOSEN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();

/// Whether the environment chose this mutant.
pub(crate) fn on(number: u32) -> bool {
    *CHOSEN.get_or_init(|| match std::env::var(\"ZHIHENG_MUTANT\") {
        Ok(number) => number.parse().expect(\"a number\"),
        Err(_) => 0,
    }) == number
}
";

/// A source with mutants, and where in it each of them stands.
#[derive(Debug)]
pub(super) struct Woven {
    pub(super) text: String,
    pub(super) places: Vec<(u32, Range<usize>)>,
}

/// Whether both can stand in one source: neither is within or beside what the other changes.
pub(super) fn fit(one: &Mutant, other: &Mutant) -> bool {
    let touch = |a: &Range<usize>, b: &Range<usize>| a.start <= b.end && b.start <= a.end;
    one.file != other.file
        || !one
            .edits
            .iter()
            .any(|a| other.edits.iter().any(|b| touch(&a.range, &b.range)))
}

/// The mutants of one file, which fit, under their numbers.
pub(super) fn weave(source: &str, mutants: &[(u32, &Mutant)]) -> Woven {
    let edits = mutants
        .iter()
        .flat_map(|(number, mutant)| mutant.edits.iter().map(move |edit| (*number, edit)));
    let mut edits: Vec<_> = edits.collect();
    edits.sort_by_key(|(_, edit)| edit.range.start);
    let mut woven = Woven {
        text: String::new(),
        places: Vec::new(),
    };
    let mut until = 0;
    for (number, edit) in edits {
        woven.text.push_str(&source[until..edit.range.start]);
        let start = woven.text.len();
        let question = format!("crate::mutant::on({number})");
        woven.text.push_str(&edit.text.replace(CHOSEN, &question));
        until = edit.range.end;
        let end = woven.text.len();
        match woven.places.iter_mut().find(|(known, _)| *known == number) {
            Some((_, place)) => place.end = end,
            None => woven.places.push((number, start..end)),
        }
    }
    woven.text.push_str(&source[until..]);
    woven
}

impl Woven {
    /// Whose fault it is that the compiler stumbles here: those that stand there, else the last before it.
    pub(super) fn at_fault(&self, at: usize) -> Vec<u32> {
        let here = self.places.iter().filter(|(_, place)| place.contains(&at));
        let here: Vec<_> = here.map(|(number, _)| *number).collect();
        if !here.is_empty() {
            return here;
        }
        let before = self.places.iter().filter(|(_, place)| place.start <= at);
        let last = before.max_by_key(|(_, place)| place.start);
        last.map(|(number, _)| *number).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::find;

    #[test]
    fn mutants_that_fit_are_switched_one_by_one() {
        let source = "fn f(a: u8, b: u8) -> Kind { g(a < b); h(a) }";
        let found = find::mutants("a.rs", source).unwrap();
        let [without, smaller] = &found[..] else {
            panic!("{found:?}")
        };
        assert!(fit(without, smaller));
        assert!(!fit(smaller, smaller));
        let woven = weave(source, &[(7, smaller), (8, without)]);
        assert_eq!(
            woven.text,
            "fn f(a: u8, b: u8) -> Kind { if !crate::mutant::on(8) { g((if crate::mutant::on(7) { a <= b } else { a < b })); } h(a) }"
        );
        syn::parse_file(&woven.text).unwrap();
        let at = woven.text.find("a <= b").unwrap();
        assert_eq!(woven.at_fault(at), [8, 7]);
        assert_eq!(
            woven.at_fault(woven.text.len() - 1),
            [7],
            "nobody's: the last before it"
        );
        assert_eq!(woven.at_fault(0), [0; 0]);
    }
}
