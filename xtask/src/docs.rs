//! The documents: every link leads somewhere, both front pages show the same commands, and those commands exist.

use anyhow::{Context as _, ensure};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The front pages: one text in two languages.
pub(crate) const FRONT_PAGES: [&str; 2] = ["README.md", "README.zh-CN.md"];

pub(crate) fn check() -> anyhow::Result<String> {
    let mut documents: Vec<PathBuf> = Vec::new();
    find(Path::new("."), &mut documents)?;
    documents.sort();
    let mut faults = Vec::new();
    let mut links = 0;
    for document in &documents {
        let text = fs::read_to_string(document)?;
        for target in links_of(&text) {
            links += 1;
            if let Err(fault) = follow(document, &target) {
                faults.push(format!("{}: {fault}", document.display()));
            }
        }
    }
    let pages = FRONT_PAGES.map(|page| fs::read_to_string(page).with_context(|| page.to_owned()));
    let [english, chinese] = pages;
    let (english, chinese) = (commands(&english?), commands(&chinese?));
    if english != chinese {
        let only = |these: &[String], those: &[String]| these.iter().find(|line| !those.contains(line)).cloned();
        let first = only(&english, &chinese)
            .or_else(|| only(&chinese, &english))
            .unwrap_or_else(|| "the order".to_owned());
        faults.push(format!(
            "{} and {} show other commands: {first}",
            FRONT_PAGES[0], FRONT_PAGES[1]
        ));
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(format!(
        "{links} links in {} documents, {} lines of commands",
        documents.len(),
        english.len()
    ))
}

fn find(folder: &Path, documents: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            // What is built or fetched is not ours.
            if !name.starts_with('.')
                && ![
                    "target",
                    "node_modules",
                    "data",
                    "zhiheng-data",
                    "zhiheng-data-keys",
                    "zhiheng-pledges",
                ]
                .contains(&name)
            {
                find(&path, documents)?;
            }
        } else if name.ends_with(".md") {
            documents.push(path);
        }
    }
    Ok(())
}

/// The lines of a document that are outside of fenced blocks, or inside.
fn lines(text: &str, fenced: bool) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            return false;
        }
        inside == fenced
    })
}

/// The targets of `[text](target)` and `![text](target)`.
fn links_of(text: &str) -> Vec<String> {
    lines(text, false)
        .flat_map(|line| {
            // Code in backticks holds no links.
            let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
            let links = plain
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next().map(str::to_owned));
            links.collect::<Vec<_>>()
        })
        .collect()
}

fn follow(from: &Path, target: &str) -> Result<(), String> {
    // What lies outside is not asked: a check must not depend on the network.
    if target.contains("://") || target.starts_with("mailto:") {
        return Ok(());
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() {
        from.to_owned()
    } else {
        from.parent().unwrap_or(Path::new("")).join(path)
    };
    if !path.exists() {
        return Err(format!("{target} leads nowhere"));
    }
    if !anchor.is_empty() && path.extension().is_some_and(|extension| extension == "md") {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        if !anchors(&text).contains(anchor) {
            return Err(format!("{target} names no heading"));
        }
    }
    Ok(())
}

/// The anchors of a document's headings, as code forges make them.
fn anchors(text: &str) -> BTreeSet<String> {
    lines(text, false)
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .collect::<String>()
                .replace(' ', "-")
        })
        .collect()
}

/// What a document tells people to type: the lines of its `sh` blocks, comments and blank lines left out. The test that
/// types them for real is in `tests/`.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = !inside && matches!(language.trim(), "sh" | "console" | "bash");
        } else if inside && !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            found.push(line.trim_end().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "See [a](b.md#c) and ![d](e.png).\n`[no](no)`\n```\n[no](no)\n```\n[f](https://g)\n";
        assert_eq!(links_of(text), ["b.md#c", "e.png", "https://g"]);
    }

    #[test]
    fn headings_become_anchors() {
        let found = anchors("# What the core, and `it` alone, knows\n## 快速开始\n");
        assert_eq!(
            found,
            ["what-the-core-and-it-alone-knows", "快速开始"]
                .map(str::to_owned)
                .into()
        );
    }

    #[test]
    fn commands_are_the_lines_to_type() {
        let text = "```sh\ncargo run   \n\n# why\nzhiheng tail\n```\n```json\n{}\n```\n";
        assert_eq!(commands(text), ["cargo run", "zhiheng tail"]);
    }
}
