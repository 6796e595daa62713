//! A walk through of a document: its `sh` blocks, typed as they stand.

use crate::program::{apart, good, workspace};
use anyhow::{Context as _, ensure};
use std::{collections::BTreeMap, env, ffi::OsString, fs, path::Path, process::Command};

/// Comes before the output of each command.
const MARK: &str = "@@@@ ";

/// The commands of the `sh` blocks between one heading and the next of its kind, one a line.
pub fn commands(file: &str, heading: &str) -> anyhow::Result<Vec<String>> {
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

/// Whether the tools of a walk are here.
pub fn has_tools() -> bool {
    let missing = ["bash", "curl"]
        .into_iter()
        .find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        println!("skipped: there is no {tool}");
    }
    missing.is_none()
}

/// The search path with the program's own folder first.
pub fn path(binary: &Path) -> anyhow::Result<OsString> {
    let folder = binary.parent().context("the program lies in a folder")?;
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    Ok(path)
}

/// What each command printed, and what all of them said on standard error.
pub struct Walked {
    commands: Vec<String>,
    outputs: BTreeMap<usize, String>,
    /// Standard error.
    pub said: String,
}

/// Types the commands in the folder `dir`, in one shell that ends where a command fails, in a pipe too. `written` in
/// them is replaced by `address`.
pub fn walk(commands: Vec<String>, binary: &Path, dir: &Path, written: &str, address: &str) -> anyhow::Result<Walked> {
    let mut script = "set -euo pipefail\n".to_owned();
    for (i, command) in commands.iter().enumerate() {
        script += &format!("printf '\\n{MARK}{i}\\n'\n{}\n", command.replace(written, address));
    }
    let mut bash = Command::new("bash");
    apart(&mut bash)
        .args(["-c", &script])
        .current_dir(dir)
        .env("PATH", path(binary)?);
    if written != address {
        bash.env("ZHIHENG_URL", format!("http://{address}"));
    }
    let output = good(&mut bash)?;
    let text = String::from_utf8(output.stdout)?;
    let outputs = text
        .split(MARK)
        .skip(1)
        .filter_map(|part| part.split_once('\n'))
        .map(|(number, out)| Ok((number.parse()?, out.trim().to_owned())))
        .collect::<anyhow::Result<_>>()?;
    Ok(Walked {
        commands,
        outputs,
        said: String::from_utf8(output.stderr)?,
    })
}

impl Walked {
    /// What the commands printed that hold all these words.
    pub fn of(&self, words: &[&str]) -> Vec<&str> {
        let found = self.commands.iter().enumerate();
        let found = found.filter(|(_, command)| words.iter().all(|word| command.contains(word)));
        found.map(|(i, _)| self.outputs[&i].as_str()).collect()
    }
}
