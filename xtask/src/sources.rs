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

/// What these sources take in from elsewhere, by `#[path = "…"]`.
pub(crate) fn borrowed(sources: &Sources) -> anyhow::Result<Sources> {
    let mut all = Sources::new();
    for (name, text) in sources {
        let folder = Path::new(name).parent().context("a file lies in a folder")?;
        let named = text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \""));
        for rest in named {
            let path = folder.join(rest.split('"').next().unwrap_or_default());
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            all.insert(path.to_string_lossy().into_owned(), text);
        }
    }
    Ok(all)
}

/// A source without its comments. What stands behind `//` in a text is lost too.
pub(crate) fn code(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.split("//").next())
}
