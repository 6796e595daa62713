//! `docs/LIENS.md` is run: its files are written, its commands typed, and what they print is what stands below them. With
//! `ZHIHENG_RENEW=1` the output is written anew, to be read in review.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const BINARY: &str = env!("CARGO_BIN_EXE_zhiheng");

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/LIENS.md")
}

/// Runs the program in a folder; what it printed, and said.
fn run(dir: &Path, args: &[&str]) -> (bool, String, String) {
    let output = Command::new(BINARY)
        .args(args)
        .current_dir(dir)
        .env_remove("ZHIHENG_PLEDGES")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// The words of a command line; a quoted one may hold blanks.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(i, part)| {
            if i % 2 == 1 {
                vec![part]
            } else {
                part.split_whitespace().collect()
            }
        })
        .collect()
}

/// Writes the page's files into the folder, and gives the page with the output that its commands print there.
fn typed(text: &str, dir: &Path) -> String {
    let (mut told, mut printed) = (String::new(), String::new());
    let mut lines = text.lines();
    let mut file = None;
    while let Some(line) = lines.next() {
        told += &format!("{line}\n");
        if let Some(name) = line
            .strip_prefix("<!-- file: ")
            .and_then(|rest| rest.strip_suffix(" -->"))
        {
            file = Some(name);
        }
        if !matches!(line, "```csv" | "```sh" | "```text") {
            continue;
        }
        let block: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        match line {
            "```csv" => {
                let path = dir.join(file.take().expect("a file is named"));
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &block).unwrap();
            }
            "```sh" => {
                for command in block.lines() {
                    let args = words(command.strip_prefix("zhiheng ").unwrap());
                    let (good, out, err) = run(dir, &args);
                    assert!(good && err.is_empty(), "{command}: {err}");
                    printed += &out;
                }
            }
            _ => {}
        }
        told += if line == "```text" { &printed } else { &block };
        if line == "```text" {
            printed.clear();
        }
        told += "```\n";
    }
    told
}

#[test]
fn the_examples_run_and_print_what_the_page_says() {
    let dir = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(page()).unwrap();
    let told = typed(&text, dir.path());
    if std::env::var_os("ZHIHENG_RENEW").is_some() {
        fs::write(page(), told).unwrap();
        return;
    }
    assert_eq!(told, text);
    // Without a number it is the right with the most liens, and the files themselves are a register too.
    let (_, most, _) = run(dir.path(), &["pledges", "history", "--register", "extract"]);
    let (_, named, _) = run(dir.path(), &["pledges", "history", "10000001"]);
    assert_eq!(most, format!("the right with the most liens\n{named}"));
}

#[test]
fn a_faulty_extract_is_refused_whole_and_the_register_stays_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (good, _, err) = run(dir.path(), &["pledges", "history"]);
    assert!(
        !good && err.contains("there is no register at zhiheng-pledges"),
        "{err}"
    );
    typed(&fs::read_to_string(page()).unwrap(), dir.path());
    let (_, before, _) = run(dir.path(), &["pledges", "history"]);
    let file = dir.path().join("extract/properties.csv");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replacen("10000001", "1.0E+07", 1)).unwrap();
    let (good, out, err) = run(dir.path(), &["import", "pledges", "extract"]);
    assert!(!good && out.is_empty(), "{out}");
    assert!(
        err.starts_with("extract/properties.csv:2: patent_number: NUMBER_INVALID: found \"1.0E+07\"\n"),
        "{err}"
    );
    assert!(err.ends_with("zhiheng: 1 fault, nothing was read\n"), "{err}");
    assert_eq!(run(dir.path(), &["pledges", "history"]).1, before);

    // A check keeps nothing; a good extract takes the place of the register.
    let title = whole.replace("CUTTING TOOL AND ITS HOLDER", "ANOTHER TOOL");
    fs::write(&file, title).unwrap();
    assert!(run(dir.path(), &["import", "pledges", "extract", "--check"]).0);
    assert_eq!(run(dir.path(), &["pledges", "history"]).1, before);
    assert!(run(dir.path(), &["import", "pledges", "extract"]).0);
    assert!(run(dir.path(), &["pledges", "history"]).1.contains("ANOTHER TOOL"));
    let left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_folder_with_other_things_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    typed(&fs::read_to_string(page()).unwrap(), dir.path());
    fs::create_dir(dir.path().join("letters")).unwrap();
    fs::write(dir.path().join("letters/one"), "dear").unwrap();
    let (good, _, err) = run(dir.path(), &["import", "pledges", "extract", "--register", "letters"]);
    assert!(!good && err.contains("letters holds other things"), "{err}");
    assert_eq!(fs::read_to_string(dir.path().join("letters/one")).unwrap(), "dear");
    // The extract itself is a register already.
    assert!(run(dir.path(), &["import", "pledges", "extract", "--register", "extract"]).0);
    let unknown = run(dir.path(), &["pledges", "standing", "10000009", "--on", "2021-01-01"]);
    assert!(
        !unknown.0 && unknown.2.contains("no right of this number"),
        "{}",
        unknown.2
    );
}
