//! The vectors of the rules on pledges (`docs/rules/pledge_vectors.json`), by the functions that the commands call: a
//! module a section, a test a kind of case. A case that no test has looked at fails the section.

#[path = "../rules/auditor/mod.rs"]
#[allow(unused_imports, reason = "the floor uses a part of it")]
mod auditor;
mod consents;
mod equity;
#[path = "../rules/floor/mod.rs"]
mod floor;
mod interest;
mod pools;
mod proceeds;
mod registration;
mod reverse;
mod waterfall;

use serde_json::Value;

/// The cases of a section, and which of them a test has looked at.
struct Section {
    name: &'static str,
    cases: Vec<Value>,
    seen: Vec<bool>,
}

impl Section {
    /// Reads a section by its name in the file.
    fn read(name: &'static str) -> Self {
        let all: Value = serde_json::from_str(include_str!("../../../docs/rules/pledge_vectors.json")).unwrap();
        let cases = all[name].as_array().expect(name).clone();
        let count = usize::try_from(all["meta"]["counts"][name].as_u64().unwrap()).unwrap();
        assert_eq!(cases.len(), count, "{name} has all of its cases");
        let seen = vec![false; count];
        Self { name, cases, seen }
    }

    /// The cases of a section that one test claims by their ids: another that claims all but these has the rest.
    fn part(name: &'static str, claims: impl Fn(&str) -> bool) -> Self {
        let mut section = Self::read(name);
        section.cases.retain(|case| case["id"].as_str().is_some_and(&claims));
        section.seen.truncate(section.cases.len());
        section
    }

    /// Whether it has a case of this id.
    fn has(&self, id: &str) -> bool {
        self.cases.iter().any(|case| case["id"] == id)
    }

    /// A case by its id.
    fn case(&mut self, id: &str) -> Case {
        let place = self.cases.iter().position(|case| case["id"] == id);
        let place = place.unwrap_or_else(|| panic!("{} has {id}", self.name));
        assert!(
            !std::mem::replace(&mut self.seen[place], true),
            "{id} is looked at once"
        );
        let case = &self.cases[place];
        Case {
            given: case["in"].clone(),
            expected: case["out"].clone(),
        }
    }

    /// Every case was looked at.
    fn end(self) {
        let missed: Vec<_> = self.cases.iter().zip(&self.seen).filter(|(_, seen)| !**seen).collect();
        assert!(missed.is_empty(), "{}: nobody looked at {missed:?}", self.name);
    }
}

/// What goes in, and what has to come out.
struct Case {
    given: Value,
    expected: Value,
}
