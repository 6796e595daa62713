//! A copy of the crates under trial, apart from the tree: the mutants stand in it, and it is built once for all of them.

use super::{
    find::Mutant,
    weave::{SWITCH, Woven, weave},
};
use crate::step::{cargo, target};
use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use toml::Table;

/// The crates under trial.
pub(super) const CRATES: [&str; 2] = ["engine", "journal"];
/// What is copied: they, what they stand on, and what their tests read.
const COPIED: [&str; 5] = ["protocol", "engine", "journal", "docs/rules", "tests/fuzz/corpus"];

/// The copy.
pub(super) struct Tree {
    folder: PathBuf,
}

/// A program of tests.
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The folder of its crate: it runs there.
    pub(super) folder: PathBuf,
    pub(super) name: String,
    /// Whether it holds the crate's unit tests.
    of_units: bool,
}

impl Tree {
    /// Copies what is needed. What has not changed since the last time keeps its date, so that it is not built again.
    pub(super) fn copied() -> anyhow::Result<Self> {
        let folder = std::path::absolute(target())?.join("mutants");
        let tree = Self { folder };
        for part in COPIED {
            tree.copy(Path::new(part))?;
        }
        let mut manifest: Table = fs::read_to_string("Cargo.toml")?.parse()?;
        let workspace = manifest.get_mut("workspace").and_then(|table| table.as_table_mut());
        let workspace = workspace.context("the manifest of a workspace")?;
        workspace.insert("members".to_owned(), COPIED[..3].to_vec().into());
        workspace.remove("default-members");
        // A mutant that is tried a hundred times is worth a little optimising, and no more.
        let packages = manifest["profile"]["dev"]["package"].as_table_mut();
        for (name, settings) in packages.context("profiles of packages")? {
            if name.starts_with("zhiheng-") {
                settings["opt-level"] = 1.into();
            }
        }
        tree.write(Path::new("Cargo.toml"), &manifest.to_string())?;
        tree.write(Path::new("Cargo.lock"), &fs::read_to_string("Cargo.lock")?)?;
        Ok(tree)
    }

    fn copy(&self, part: &Path) -> anyhow::Result<()> {
        if part.is_dir() {
            for entry in fs::read_dir(part)? {
                self.copy(&entry?.path())?;
            }
            return Ok(());
        }
        let to = self.folder.join(part);
        let bytes = fs::read(part).with_context(|| part.display().to_string())?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        fs::create_dir_all(to.parent().context("a file in a folder")?)?;
        fs::write(&to, bytes).with_context(|| to.display().to_string())
    }

    fn write(&self, file: &Path, text: &str) -> anyhow::Result<()> {
        let to = self.folder.join(file);
        if fs::read_to_string(&to).is_ok_and(|there| there == text) {
            return Ok(());
        }
        fs::write(&to, text).with_context(|| to.display().to_string())
    }

    /// Weaves these in, and takes out what was there before. Returns where they stand, by file.
    pub(super) fn weave(
        &self,
        sources: &BTreeMap<String, String>,
        mutants: &[(u32, &Mutant)],
    ) -> anyhow::Result<BTreeMap<String, Woven>> {
        let mut places = BTreeMap::new();
        for (file, source) in sources {
            let here: Vec<_> = mutants
                .iter()
                .filter(|(_, mutant)| mutant.file == *file)
                .copied()
                .collect();
            let mut woven = weave(source, &here);
            if CRATES.iter().any(|name| *file == format!("{name}/src/lib.rs")) {
                woven.text.push_str("\nmod mutant;\n");
            }
            self.write(Path::new(file), &woven.text)?;
            places.insert(file.clone(), woven);
        }
        for name in CRATES {
            self.write(&Path::new(name).join("src/mutant.rs"), SWITCH)?;
        }
        Ok(places)
    }

    /// What cargo says in this tree, a value a line, and whether it succeeded.
    fn cargo(&self, what: &[&str]) -> anyhow::Result<(bool, Vec<Value>)> {
        let mut command: Command = cargo(what.iter().copied());
        for name in CRATES {
            command.arg("-p").arg(format!("zhiheng-{name}"));
        }
        command.args(["--message-format", "json", "--quiet"]);
        command.env("CARGO_TARGET_DIR", std::path::absolute(target())?);
        command.current_dir(&self.folder).stderr(Stdio::null());
        let said = command.output().context("cargo could not be started")?;
        let lines = String::from_utf8_lossy(&said.stdout);
        let values = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
        Ok((said.status.success(), values.collect()))
    }

    /// Whether what is woven in compiles; if not, the numbers of those that don't.
    pub(super) fn unviable(&self, places: &BTreeMap<String, Woven>) -> anyhow::Result<BTreeSet<u32>> {
        let (compiles, said) = self.cargo(&["check"])?;
        let mut unviable = BTreeSet::new();
        if compiles {
            return Ok(unviable);
        }
        let mut stumbles = Vec::new();
        for message in said
            .iter()
            .map(|line| &line["message"])
            .filter(|said| said["level"] == "error")
        {
            for span in message["spans"].as_array().into_iter().flatten() {
                let file = span["file_name"].as_str().unwrap_or_default();
                let at = span["byte_start"].as_u64().and_then(|at| usize::try_from(at).ok());
                if let (Some(woven), Some(at), Some(true)) = (places.get(file), at, span["is_primary"].as_bool()) {
                    unviable.extend(woven.at_fault(at));
                }
            }
            stumbles.push(message["rendered"].as_str().unwrap_or_default());
        }
        ensure!(
            !unviable.is_empty(),
            "the copy does not compile:\n{}",
            stumbles.join("\n")
        );
        Ok(unviable)
    }

    /// Builds the tests.
    pub(super) fn programs(&self) -> anyhow::Result<Vec<Program>> {
        let (built, said) = self.cargo(&["test", "--lib", "--tests", "--no-run"])?;
        if !built {
            let errors = said.iter().filter_map(|line| line["message"]["rendered"].as_str());
            bail!("the tests do not build:\n{}", errors.collect::<String>());
        }
        let mut programs = Vec::new();
        for line in &said {
            let (Some(path), Some(manifest)) = (line["executable"].as_str(), line["manifest_path"].as_str()) else {
                continue;
            };
            let folder = Path::new(manifest).parent().context("a manifest in a folder")?;
            programs.push(Program {
                path: path.into(),
                folder: folder.to_owned(),
                name: line["target"]["name"].as_str().unwrap_or_default().to_owned(),
                of_units: line["target"]["kind"] == json!(["lib"]),
            });
        }
        // Rules notice most, and what notices is asked first.
        programs.sort_by_key(|program| program.of_units);
        ensure!(!programs.is_empty(), "no tests were built");
        Ok(programs)
    }
}
