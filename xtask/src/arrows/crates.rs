//! One of our crates: its files, what each says, and which of them names which.

use super::{
    reader,
    said::{How, Said},
    tree::Tree,
};
use crate::sources::{self, Sources};
use std::{collections::BTreeSet, path::Path};

pub(super) struct Crate {
    pub(super) folder: String,
    pub(super) said: Vec<Said>,
    /// Each once for all places in a file that name the same.
    pub(super) arrows: Vec<Arrow>,
    tree: Tree,
}

/// A file names something that another defines.
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) line: usize,
    pub(super) to: usize,
    pub(super) what: String,
}

impl Crate {
    pub(super) fn read(folder: &str) -> anyhow::Result<Self> {
        Self::parse(folder, &sources::below(&Path::new(folder).join("src"))?)
    }

    pub(super) fn parse(folder: &str, sources: &Sources) -> anyhow::Result<Self> {
        let tree = Tree::parse(sources)?;
        let said: Vec<_> = tree.files.iter().map(reader::read).collect();
        let arrows = said
            .iter()
            .enumerate()
            .flat_map(|(from, said)| arrows(&tree, from, said));
        Ok(Self {
            folder: folder.to_owned(),
            arrows: arrows.collect(),
            said,
            tree,
        })
    }

    pub(super) fn path(&self, file: usize) -> &str {
        &self.tree.files[file].path
    }
}

/// What a file names of others. A re-export of what lies below it is no arrow; what it imports counts there alone.
fn arrows(tree: &Tree, from: usize, said: &Said) -> Vec<Arrow> {
    let mut arrows: Vec<Arrow> = Vec::new();
    let mut imported = BTreeSet::new();
    for named in &said.named {
        let Some(to) = tree.leads_to(&named.place, &named.path).filter(|to| *to != from) else {
            continue;
        };
        let what = named.path.join("::");
        let known = match &named.how {
            How::Used => imported.contains(&(&named.path[0], to)),
            How::Imported(name) => {
                imported.extend(name.as_ref().map(|name| (name, to)));
                false
            }
            How::HandedOn => tree.files[to].place.starts_with(&tree.files[from].place),
        };
        if !known && !arrows.iter().any(|arrow| arrow.to == to && arrow.what == what) {
            let line = named.line;
            arrows.push(Arrow { from, line, to, what });
        }
    }
    arrows
}
