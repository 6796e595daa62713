//! Who may know whom: between crates, between the rooms of the engine and between the files of each crate, and what the
//! core may stand on. The tables in `docs/ARCHITECTURE.md` are the rules; what the sources say is read by a parser, so
//! that a call through `self.` counts like a `use`.

mod circles;
mod crates;
mod home;
mod items;
mod layers;
mod macros;
mod page;
mod reader;
mod rooms;
mod said;
#[cfg(test)]
mod tests;
mod tree;

use self::{crates::Crate, page::PAGE};
use crate::metadata::Metadata;
use anyhow::{Context as _, ensure};
use std::{fs, path::Path};

/// The crate whose folders are rooms.
const IN_ROOMS: &str = "engine";

pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<String> {
    let rules = fs::read_to_string(PAGE).context(PAGE)?;
    let mut faults = Vec::new();
    let count = layers::between_crates(metadata, &rules, &mut faults)?;
    let core = layers::below_the_core(metadata, &rules, &mut faults)?;
    let crates = crates(metadata)?;
    let (rooms, wrong) = rooms::check(in_rooms(&crates)?, &rooms::rows(&rules)?);
    faults.extend(wrong);
    faults.extend(circles::check(&crates, &circles::pairs(&rules)?));
    for one in &crates {
        home::find_unsafe(Path::new(&one.folder), &mut faults)?;
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    let files: usize = crates.iter().map(|one| one.said.len()).sum();
    Ok(format!(
        "{count} crates, {rooms} rooms, {files} files without a circle, the core stands on {core} libraries"
    ))
}

/// Prints every arrow between two rooms, then every one between files of a knot.
pub(crate) fn print(metadata: &Metadata) -> anyhow::Result<()> {
    let crates = crates(metadata)?;
    for line in rooms::shown(in_rooms(&crates)?) {
        println!("{line}");
    }
    for line in circles::shown(&crates) {
        println!("{line}");
    }
    Ok(())
}

fn crates(metadata: &Metadata) -> anyhow::Result<Vec<Crate>> {
    let folders = metadata.members().map(|member| member.folder.as_deref());
    folders
        .map(|folder| Crate::read(folder.context("a member lies in the workspace")?))
        .collect()
}

fn in_rooms(crates: &[Crate]) -> anyhow::Result<&Crate> {
    let found = crates.iter().find(|one| one.folder == IN_ROOMS);
    found.with_context(|| format!("no crate {IN_ROOMS}"))
}
