//! Scripts of `zhiheng apply`. `scripts/refused/CODE.jsonl` comes to the refusal `CODE` with its last line and to none
//! before. `scripts/paths/NAME.jsonl` goes one way that a pledge may go, from its loan to where [`ENDS`] says.

use gateway::cli::script::Script;
use protocol::{Outcome, Reject};
use sequencer::BookKind;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Codes without a script, and why.
const WITHOUT: [(&str, &str); 12] = [
    ("EXTRACT_MISSING", "no command is refused with it any more"),
    ("TOO_MANY_ORDERS", "a bound: a billion orders"),
    ("LICENCES_TOO_MANY", "a bound: 10,000 licences of a right"),
    ("BIDDERS_TOO_MANY", "a bound: 10,000 bidders of a lot"),
    ("PLEDGES_TOO_MANY", "a bound: 64 pledges of a right"),
    ("CLAIMS_TOO_MANY", "a bound: 1,000 claims of a kind"),
    ("BRANCHES_FULL", "a bound: 1,024 branches of a bank"),
    ("CHARGES_TOO_LARGE", "a bound: costs of a trillion yuan"),
    ("DRAW_TOO_LARGE", "the sums' own: a loan is drawn whole"),
    (
        "PLAN_CONSENT_MISSING",
        "the sums' own: a plan that is made after the default waits for its signatures",
    ),
    (
        "CLAIM_PARTS_INVALID",
        "the sums' own: pledges and owners are found, and told by nobody",
    ),
    ("APPRAISALS_INVALID", "the sums' own: what is bundled is valued before"),
];

/// What is told last of each path's case, if there is one, and of its loan.
const ENDS: [(&str, &str, &str); 20] = [
    ("agreement", "closed", "repaid"),
    ("auction", "closed", "repaid"),
    ("bundle", "closed", "default"),
    ("correction", "closed", "default"),
    ("court", "closed", "default"),
    ("cure", "cured", "running"),
    ("debt_to_equity", "closed", "repaid"),
    ("defaulting_buyer", "open", "default"),
    ("early_sale", "closed", "repaid"),
    ("guarantor_paid", "closed", "repaid"),
    ("insurance", "closed", "default"),
    ("office_refuses", "open", "default"),
    ("pool", "", "running"),
    ("pressed_by_the_pledgor", "given_up", "default"),
    ("put", "closed", "repaid"),
    ("reverse_licence", "closed", "repaid"),
    ("reverse_licence_in_grace", "licensed", "default"),
    ("reverse_licence_terminated", "cured", "repaid"),
    ("subsidy", "", "running"),
    ("taking", "closed", "repaid"),
];

/// The scripts of a folder, by their names.
fn scripts(folder: &str) -> BTreeMap<String, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scripts")
        .join(folder);
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("a file").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        (name.to_owned(), fs::read_to_string(&path).expect("a text"))
    };
    fs::read_dir(folder).expect("the scripts").map(read).collect()
}

/// The code that a line was refused with, itself or as the proposal that it approved.
fn refused(script: &mut Script, line: &str) -> Option<Reject> {
    let answer = script
        .apply(line.as_bytes())
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    script.core().check_invariants().unwrap();
    if let Outcome::Rejected(reject) = answer.outcome {
        return Some(reject);
    }
    script.events().find_map(|event| {
        let told = serde_json::to_value(&event).expect("plain data is JSON");
        let code = told["record"]["proposal"]["failed"].as_str()?.to_owned();
        Reject::ALL.iter().copied().find(|reject| reject.code() == code)
    })
}

#[test]
fn a_script_comes_to_its_refusal_with_its_last_line() {
    let scripts = scripts("refused");
    for (code, text) in &scripts {
        let mut script = Script::new(BookKind::Fast);
        let mut said = text.lines().map(|line| refused(&mut script, line));
        let first = said.by_ref().flatten().next();
        assert_eq!(first.map(Reject::code), Some(code.as_str()));
        assert_eq!(said.count(), 0, "{code}: lines behind its refusal");
    }
    for reject in Reject::ALL {
        let why = WITHOUT.iter().find(|(code, _)| *code == reject.code());
        assert_ne!(
            scripts.contains_key(reject.code()),
            why.is_some(),
            "{}: {why:?}",
            reject.code()
        );
    }
}

#[test]
fn a_path_is_done_line_by_line_and_ends_where_it_says() {
    let scripts = scripts("paths");
    assert!(scripts.keys().eq(ENDS.map(|(name, ..)| name)), "a row for each script");
    for (name, case, loan) in ENDS {
        let mut script = Script::new(BookKind::Fast);
        let mut states = BTreeMap::new();
        for line in scripts[name].lines() {
            assert_eq!(refused(&mut script, line), None, "{name}: {line}");
            for event in script.events() {
                let told = serde_json::to_value(&event).expect("plain data is JSON");
                for kind in ["disposal", "loan"] {
                    if let Some(state) = told["record"][kind]["state"].as_str() {
                        states.insert(kind, state.to_owned());
                    }
                }
            }
        }
        let last = |kind| states.get(kind).map_or("", String::as_str);
        assert_eq!((last("disposal"), last("loan")), (case, loan), "{name}");
    }
}
