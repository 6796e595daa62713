//! The sources that we wrote.

use anyhow::Context as _;
use std::{collections::BTreeMap, fs, path::Path};

/// The texts of files, by their paths from the workspace.
pub(crate) type Sources = BTreeMap<String, String>;

/// All that is Rust below a folder.
pub(crate) fn below(folder: &Path) -> anyhow::Result<Sources> {
    let mut sources = Sources::new();
    collect(folder, &mut sources)?;
    Ok(sources)
}

fn collect(folder: &Path, sources: &mut Sources) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.to_str().context("a name in UTF-8")?.to_owned();
            sources.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// A source without its comments. What stands behind `//` in a text is lost too.
pub(crate) fn code(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.split("//").next())
}
