//! RULES.md's table of features ticks what is there: each ✔ of our own names what it is, and that exists; what is not
//! built has none.

use gateway::server::documents;
use protocol::{Reject, command::Op};
use std::{fs, path::PathBuf, process::Command};

/// Feature and our own cell of each row.
fn rows() -> Vec<(String, String)> {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/rules/RULES.md");
    let text = fs::read_to_string(page).unwrap();
    let table = text
        .split_once("## 6. Feature table")
        .unwrap()
        .1
        .split_once("\n## 7.")
        .unwrap()
        .0;
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|line| {
        let cells: Vec<_> = line.split('|').collect();
        assert_eq!(cells.len(), 9, "{line}");
        (cells[1].to_owned(), cells[7].to_owned())
    })
    .collect()
}

/// Whether a command, a code, an address of records or a subcommand has this name.
fn is_there(name: &str) -> bool {
    if let Some(words) = name.strip_prefix("zhiheng ") {
        let mut program = Command::new(env!("CARGO_BIN_EXE_zhiheng"));
        let shown = program.args(words.split(' ')).arg("--help").output().unwrap();
        return shown.status.success();
    }
    let code = Reject::ALL.iter().any(|reject| reject.code() == name);
    code || Op::from_name(name).is_some() || !documents().openapi["paths"][format!("/v1/{name}")].is_null()
}

#[test]
fn every_tick_names_what_is_there() {
    let rows = rows();
    assert_eq!(rows.len(), 20);
    for (feature, ours) in &rows {
        // Between backticks.
        let names: Vec<_> = ours.split('`').skip(1).step_by(2).collect();
        if ours.starts_with('✔') {
            assert!(!names.is_empty(), "{feature}: a tick that names nothing");
        }
        for name in names {
            assert!(is_there(name), "{feature}: there is no {name}");
        }
    }
    assert!(!is_there("dispose_pledge") && !is_there("zhiheng waterfall"));
    let unticked = rows.iter().filter(|(_, ours)| !ours.starts_with('✔'));
    for (feature, _) in unticked {
        let words = ["pledge", "encumbrance", "waterfall", "reverse licence", "blind"];
        assert!(words.iter().any(|word| feature.contains(word)), "{feature} is built");
    }
}
