//! The walk through of both READMEs, typed as it stands, on the demo market.

use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    net::{Ipv4Addr, TcpListener},
    process::Command,
};
use zhiheng_tests::{
    program::{good, workspace, zhiheng},
    venue,
};

/// Where the READMEs say that the demo market listens.
const ADDRESS: &str = "127.0.0.1:7420";
const PORT: u16 = 7420;
/// Comes before the output of each command.
const MARK: &str = "@@@@ ";

/// The commands of the `sh` blocks between one heading and the next, one a line.
fn commands(file: &str, heading: &str) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(workspace().join(file))?;
    let mut part = text.lines().skip_while(|line| *line != heading);
    part.next().with_context(|| format!("{file} has no `{heading}`"))?;
    let (mut commands, mut within) = (Vec::new(), false);
    for line in part.take_while(|line| !line.starts_with("## ")) {
        match line {
            "```sh" => within = true,
            "```" => within = false,
            _ if within && !line.is_empty() => commands.push(line.to_owned()),
            _ => {}
        }
    }
    ensure!(!commands.is_empty(), "`{heading}` of {file} has no commands");
    Ok(commands)
}

#[test]
fn every_command_of_the_walk_through_works_as_typed() -> anyhow::Result<()> {
    let english = commands("README.md", "## A walk through")?;
    let chinese = commands("README.zh-CN.md", "## 走一遍")?;
    assert_eq!(english, chinese, "both READMEs show the same commands");
    for tool in ["bash", "curl"] {
        if Command::new(tool).arg("--version").output().is_err() {
            println!("skipped: there is no {tool}");
            return Ok(());
        }
    }

    let dir = tempfile::tempdir()?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok();
    let binary = zhiheng()?;
    let market = venue::demo(binary, dir.path(), if free { PORT } else { 0 }, 20)?;
    let address = market.url.trim_start_matches("http://").to_owned();
    if !free {
        println!("port {PORT} is taken: {address} stands in for {ADDRESS}");
    }

    // Each command ends the run where it fails, in a pipe too.
    let mut script = "set -euo pipefail\n".to_owned();
    for (i, command) in english.iter().enumerate() {
        script += &format!("printf '\\n{MARK}{i}\\n'\n{}\n", command.replace(ADDRESS, &address));
    }
    let folder = binary.parent().context("the program lies in a folder")?;
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["-c", &script])
        .current_dir(dir.path())
        .env("PATH", path)
        .env("no_proxy", "*");
    if !free {
        bash.env("ZHIHENG_URL", &market.url);
    }
    let output = good(&mut bash)?;
    let text = String::from_utf8(output.stdout)?;
    let said = String::from_utf8(output.stderr)?;
    let outputs: BTreeMap<usize, &str> = text
        .split(MARK)
        .skip(1)
        .filter_map(|part| part.split_once('\n'))
        .map(|(number, out)| Ok((number.parse()?, out.trim())))
        .collect::<anyhow::Result<_>>()?;
    let of = |words: &[&str]| -> Vec<&str> {
        let found = english.iter().enumerate();
        let found = found.filter(|(_, command)| words.iter().all(|word| command.contains(word)));
        found.map(|(i, _)| outputs[&i]).collect()
    };

    let listed: Value = serde_json::from_str(of(&["/v1/market?limit=3"])[0])?;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3), "{listed}");
    let book: Value = serde_json::from_str(of(&["/book?depth=3"])[0])?;
    for side in ["bids", "asks"] {
        assert!(book[side].as_array().is_some_and(|levels| !levels.is_empty()), "{book}");
    }
    let answers = of(&["-d \"$ORDER\""]);
    assert_eq!(answers.len(), 2, "an order and its repeat");
    assert!(answers[0].contains(r#""status":"done""#), "{}", answers[0]);
    assert_eq!(answers[0], answers[1], "the repeat is answered as before");
    let account: Value = serde_json::from_str(of(&["/v1/accounts/5\" "])[0])?;
    assert_eq!(account["account_id"], 5, "{account}");
    assert_eq!(
        of(&["zhiheng tail", "--count 5"])[0].lines().count(),
        6,
        "a snapshot and five changes"
    );
    assert!(said.contains("5 checksums right, no gap"), "{said}");
    assert!(state_hash(of(&["journal verify"])[0]).is_some());
    assert!(state_hash(of(&["zhiheng apply"])[0]).is_some());

    // Between the two proofs the desks quoted on. At rest both come to one state.
    market.stop()?;
    let proof = |word: &str| -> anyhow::Result<String> {
        let command = english
            .iter()
            .find(|command| command.contains(word))
            .context("no proof")?;
        let mut bash = Command::new("bash");
        bash.args(["-c", &format!("set -euo pipefail; PATH=\"$FOLDER:$PATH\"; {command}")])
            .env("FOLDER", folder)
            .current_dir(dir.path());
        let text = String::from_utf8(good(&mut bash)?.stdout)?;
        state_hash(&text).with_context(|| format!("no state hash in {text}"))
    };
    assert_eq!(proof("journal verify")?, proof("zhiheng apply")?);
    Ok(())
}

/// The 64 digits behind the word `state_hash`.
fn state_hash(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("state_hash")?;
    let hash: String = rest
        .chars()
        .skip_while(|char| !char.is_ascii_hexdigit())
        .take_while(char::is_ascii_hexdigit)
        .collect();
    (hash.len() == 64).then_some(hash)
}
