//! Which of our crates may know which, and what the core may stand on.

use super::page::{self, PAGE};
use crate::{
    metadata::Metadata,
    tables::{below, ticked},
};
use anyhow::Context as _;
use std::{collections::BTreeSet, fs};

const CRATES: &str = "Crates and who may know whom";
const STANDS_ON: &str = "What the core stands on";

/// Crates that know neither clock nor file nor thread.
const CORE: [&str; 2] = ["protocol", "engine"];

/// How many crates there are.
pub(super) fn between_crates(metadata: &Metadata, rules: &str, faults: &mut Vec<String>) -> anyhow::Result<usize> {
    let arrows = page::arrows(rules, CRATES)?;
    let mut members = BTreeSet::new();
    for member in metadata.members() {
        let folder = member.folder.as_deref().context("a member lies in the workspace")?;
        members.insert(folder.to_owned());
        let Some(may) = arrows.get(folder) else {
            faults.push(format!("{folder} has no row in the table of {PAGE}"));
            continue;
        };
        let Some(may) = may else { continue };
        for dependency in metadata
            .dependencies(member)
            .filter_map(|dependency| dependency.folder.as_deref())
        {
            if !may.contains(dependency) {
                faults.push(format!("{folder} must not know {dependency} ({PAGE})"));
            }
        }
    }
    for (folder, _) in arrows.iter().filter(|(folder, _)| !members.contains(*folder)) {
        faults.push(format!(
            "{folder} stands in the table of {PAGE} and not in the workspace"
        ));
    }
    Ok(members.len())
}

/// The core stands on few libraries, each named in the rules, and is `no_std`.
pub(super) fn below_the_core(metadata: &Metadata, rules: &str, faults: &mut Vec<String>) -> anyhow::Result<usize> {
    let allowed: BTreeSet<_> = below(rules, STANDS_ON)?.iter().flat_map(|row| ticked(row[0])).collect();
    let mut used = BTreeSet::new();
    for member in metadata
        .members()
        .filter(|member| member.folder.as_deref().is_some_and(|f| CORE.contains(&f)))
    {
        let folder = member.folder.as_deref().expect("just asked");
        let ours: BTreeSet<_> = metadata.members().map(|member| member.name.as_str()).collect();
        for name in Metadata::closure(member)?
            .into_iter()
            .filter(|name| !ours.contains(name.as_str()))
        {
            if !allowed.contains(name.as_str()) {
                faults.push(format!("{folder} stands on {name}, which {PAGE} does not name"));
            }
            used.insert(name);
        }
        let root = fs::read_to_string(format!("{folder}/src/lib.rs"))?;
        if !root.lines().any(|line| line == "#![no_std]") || root.contains("extern crate std") {
            faults.push(format!("{folder} is not no_std"));
        }
    }
    for name in allowed.iter().filter(|name| !used.contains(**name)) {
        faults.push(format!("{PAGE} lets the core stand on {name}, which it doesn't"));
    }
    Ok(used.len())
}
