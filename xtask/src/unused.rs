//! Dependencies that nobody needs: of the workspace's table those that no member takes, of a member's those whose name
//! stands in none of its sources. A comment above one that begins with [`EXCEPTION`] says why it is there all the same.

use crate::{metadata::Metadata, sources};
use anyhow::{Context as _, ensure};
use std::{collections::BTreeSet, fs, path::Path};
use toml::{Table, Value};

const EXCEPTION: &str = "# For its feature alone";
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<String> {
    let workspace: Table = fs::read_to_string("Cargo.toml")?.parse()?;
    let offered = workspace["workspace"].get("dependencies").and_then(Value::as_table);
    let mut untaken: BTreeSet<_> = offered
        .context("the workspace has dependencies")?
        .keys()
        .cloned()
        .collect();
    let mut faults = Vec::new();
    let mut count = 0;
    for member in metadata.members() {
        let folder = member.folder.as_deref().context("a member lies in the workspace")?;
        let manifest = fs::read_to_string(format!("{folder}/Cargo.toml"))?;
        let dependencies = dependencies(&manifest)?;
        count += dependencies.len();
        untaken.retain(|name| !dependencies.contains(name));
        let mut sources = sources::below(Path::new(folder))?;
        sources.extend(sources::borrowed(&sources)?);
        let unused = unused(&manifest, &dependencies, sources.values().map(String::as_str));
        faults.extend(unused.map(|name| format!("{folder} takes {name} and doesn't use it")));
    }
    faults.extend(
        untaken
            .iter()
            .map(|name| format!("no member takes {name} of the workspace's dependencies")),
    );
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(format!("{count} dependencies, all in use"))
}

fn dependencies(manifest: &str) -> anyhow::Result<BTreeSet<String>> {
    let manifest: Table = manifest.parse()?;
    let tables = TABLES.iter().filter_map(|table| manifest.get(*table)?.as_table());
    Ok(tables.flat_map(Table::keys).cloned().collect())
}

/// Those of a manifest's dependencies that no source names.
fn unused<'a>(
    manifest: &str,
    dependencies: &'a BTreeSet<String>,
    sources: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = &'a str> {
    let code = sources.flat_map(sources::code);
    let words: BTreeSet<_> = code
        .flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let lines: Vec<_> = manifest.lines().collect();
    let excepted = |name: &str| {
        let mut pairs = lines.windows(2);
        pairs.any(|pair| pair[0].starts_with(EXCEPTION) && pair[1].split(['.', ' ', '=']).next() == Some(name))
    };
    let excepted: BTreeSet<_> = dependencies.iter().filter(|name| excepted(name)).collect();
    dependencies.iter().map(String::as_str).filter(move |name| {
        // Our libraries are called as their folders are.
        let word = name.strip_prefix("zhiheng-").unwrap_or(name).replace('-', "_");
        !words.contains(word.as_str()) && !excepted.iter().any(|excepted| excepted == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_source_names_is_found_but_what_a_comment_excepts() {
        let manifest = "[dependencies]\nzhiheng-market-data.workspace = true\n# For its feature alone: keys are wiped.\n\
            aes = \"1\"\ncsv = \"1\"\n[dev-dependencies]\ndata-encoding = \"2\"\nproptest = \"1\"\n";
        let dependencies = dependencies(manifest).unwrap();
        let sources = ["use market_data::Folder; // csv\n", "use data_encoding::HEXLOWER;"];
        let found: Vec<_> = unused(manifest, &dependencies, sources.into_iter()).collect();
        assert_eq!(found, ["csv", "proptest"]);
    }
}
