//! Who may know whom: between crates, between the modules of the engine, and what the core may stand on. The tables in
//! `docs/ARCHITECTURE.md` are the rules.

use crate::{
    metadata::Metadata,
    tables::{below, ticked},
};
use anyhow::{Context as _, ensure};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const RULES: &str = "docs/ARCHITECTURE.md";
/// Crates that know neither clock nor file nor thread.
const CORE: [&str; 2] = ["protocol", "engine"];

/// The one file that may hold `unsafe` code.
const UNSAFE_HOME: &str = "engine/src/prefetch.rs";

type Arrows = BTreeMap<String, Option<BTreeSet<String>>>;

pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<String> {
    let rules = fs::read_to_string(RULES).context(RULES)?;
    let mut faults = Vec::new();
    let crates = crate_arrows(metadata, &rules, &mut faults)?;
    let core = core_dependencies(metadata, &rules, &mut faults)?;
    let modules = module_arrows(&rules, &mut faults)?;
    for member in metadata.members() {
        let folder = member.folder.as_deref().context("a member lies in the workspace")?;
        find_unsafe(Path::new(folder), &mut faults)?;
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(format!(
        "{crates} crates, {modules} modules, the core stands on {core} libraries"
    ))
}

/// Reads a table of arrows: the subjects are in the first column, whom they may know in the last: names, `nothing …`, or
/// `anything`.
fn arrows(rules: &str, heading: &str) -> anyhow::Result<Arrows> {
    let mut arrows = Arrows::new();
    for row in below(rules, heading)? {
        let (subjects, may) = (row[0], *row.last().expect("a row has cells"));
        let may = (!may.starts_with("anything")).then(|| ticked(may).map(str::to_owned).collect());
        for subject in ticked(subjects) {
            arrows.insert(subject.to_owned(), may.clone());
        }
    }
    Ok(arrows)
}

fn crate_arrows(metadata: &Metadata, rules: &str, faults: &mut Vec<String>) -> anyhow::Result<usize> {
    let arrows = arrows(rules, "Crates and who may know whom")?;
    let mut members = BTreeSet::new();
    for member in metadata.members() {
        let folder = member.folder.as_deref().context("a member lies in the workspace")?;
        members.insert(folder.to_owned());
        let Some(may) = arrows.get(folder) else {
            faults.push(format!("{folder} has no row in the table of {RULES}"));
            continue;
        };
        let Some(may) = may else { continue };
        for dependency in metadata
            .dependencies(member)
            .filter_map(|dependency| dependency.folder.as_deref())
        {
            if !may.contains(dependency) {
                faults.push(format!("{folder} must not know {dependency} ({RULES})"));
            }
        }
    }
    for (folder, _) in arrows.iter().filter(|(folder, _)| !members.contains(*folder)) {
        faults.push(format!(
            "{folder} stands in the table of {RULES} and not in the workspace"
        ));
    }
    Ok(members.len())
}

/// The core stands on few libraries, each named in the rules, and is `no_std`.
fn core_dependencies(metadata: &Metadata, rules: &str, faults: &mut Vec<String>) -> anyhow::Result<usize> {
    let allowed: BTreeSet<_> = below(rules, "What the core stands on")?
        .iter()
        .flat_map(|row| ticked(row[0]))
        .collect();
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
                faults.push(format!("{folder} stands on {name}, which {RULES} does not name"));
            }
            used.insert(name);
        }
        let root = fs::read_to_string(format!("{folder}/src/lib.rs"))?;
        if !root.lines().any(|line| line == "#![no_std]") || root.contains("extern crate std") {
            faults.push(format!("{folder} is not no_std"));
        }
    }
    for name in allowed.iter().filter(|name| !used.contains(**name)) {
        faults.push(format!("{RULES} lets the core stand on {name}, which it doesn't"));
    }
    Ok(used.len())
}

fn module_arrows(rules: &str, faults: &mut Vec<String>) -> anyhow::Result<usize> {
    let arrows = arrows(rules, "The modules of the engine")?;
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    collect(Path::new("engine/src"), None, &mut modules)?;
    for (module, knows) in &modules {
        let Some(may) = arrows.get(module) else {
            faults.push(format!("engine::{module} has no row in the table of {RULES}"));
            continue;
        };
        let Some(may) = may else { continue };
        for known in knows.iter().filter(|known| *known != module && !may.contains(*known)) {
            faults.push(format!("engine::{module} must not know engine::{known} ({RULES})"));
        }
    }
    for (module, _) in arrows.iter().filter(|(module, _)| !modules.contains_key(*module)) {
        faults.push(format!(
            "engine::{module} stands in the table of {RULES} and not in the engine"
        ));
    }
    Ok(modules.len())
}

/// `unsafe` has one home.
fn find_unsafe(folder: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_unsafe(&path, faults)?;
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path != Path::new(UNSAFE_HOME)
            && has_unsafe(&fs::read_to_string(&path)?)
        {
            faults.push(format!("{} has code that only {UNSAFE_HOME} may have", path.display()));
        }
    }
    Ok(())
}

/// Whether a source has the word outside its comments and texts, or lets it pass the lint.
fn has_unsafe(source: &str) -> bool {
    source
        .lines()
        .filter_map(|line| line.split("//").next())
        .any(|code| code.contains(concat!("unsafe", "_code")) || code.split_whitespace().any(|word| word == "unsafe"))
}

/// What each module below `folder` names of its crate. A folder's files count as the module of its name.
fn collect(
    folder: &Path,
    inside: Option<&str>,
    modules: &mut BTreeMap<String, BTreeSet<String>>,
) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .context("a name in UTF-8")?;
        if path.is_dir() {
            collect(&path, Some(inside.unwrap_or(stem)), modules)?;
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && (inside.is_some() || stem != "lib")
            && stem != "tests"
        {
            let module = inside.unwrap_or(stem).to_owned();
            modules
                .entry(module)
                .or_default()
                .extend(named(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The modules of its crate that a source names by `crate::`, its tests and comments left out.
fn named(source: &str) -> BTreeSet<String> {
    let code: String = source
        .split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            found.insert(word(after));
            continue;
        };
        let mut depth = 0;
        let mut at_start = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_start = true,
                c if at_start && !c.is_whitespace() => {
                    found.insert(word(&group[i..]));
                    at_start = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_file_may_hold_is_found() {
        let word = "unsafe";
        assert!(has_unsafe(&format!("let x = {word} {{ y() }};")));
        assert!(has_unsafe(&format!("#![allow({word}_code)]")));
        assert!(!has_unsafe(&format!("// {word} is forbidden here")));
        assert!(has_unsafe(&fs::read_to_string(format!("../{UNSAFE_HOME}")).unwrap()));
    }

    #[test]
    fn what_a_source_names_of_its_crate_is_found_through_groups_and_paths() {
        let source = "//! crate::no\nuse crate::{\n    book::{Book, Fill},\n    ledger, // crate::never\n};\n\
            use crate::index::Index;\nfn f() { crate::clearing::fee() }\n#[cfg(test)]\nmod tests { use crate::tests; }\n";
        let expected: BTreeSet<_> = ["book", "clearing", "index", "ledger"].map(str::to_owned).into();
        assert_eq!(named(source), expected);
    }

    #[test]
    fn arrows_are_read_as_names_nothing_or_anything() {
        let rules =
            "## T\n| a | b |\n|--|--|\n| `x/` | nothing of ours |\n| `y` | `x`, `z` |\n| `z/`, `w/` | anything |\n";
        let arrows = arrows(rules, "T").unwrap();
        assert_eq!(arrows["x"], Some(BTreeSet::new()));
        assert_eq!(arrows["y"], Some(["x", "z"].map(str::to_owned).into()));
        assert_eq!((&arrows["z"], &arrows["w"]), (&None, &None));
    }
}
