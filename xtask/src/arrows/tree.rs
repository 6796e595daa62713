//! A crate's sources as a tree of modules: which file is which module, what each module defines, and to which file a
//! name leads.
//!
//! What always holds: a name leads to the file that defines it, through whatever re-exports it. Tests are left out:
//! what stands below `#[cfg(test)]`, files named `tests.rs`, folders named `tests`. So are programs beside the library,
//! `main.rs` and `src/bin/`: nobody can know them. A name that only a macro defines is the file's in which the macro is
//! called.

use super::items::{attributes, imports, is_test, name};
use crate::sources::Sources;
use anyhow::Context as _;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Ident, Item};

/// Where a module stands: the names from the root of its crate.
pub(super) type Place = Vec<String>;

/// How many re-exports a name may lead through.
const STEPS_MAX: u32 = 32;

pub(super) struct Tree {
    pub(super) files: Vec<File>,
    modules: BTreeMap<Place, Module>,
}

pub(super) struct File {
    pub(super) path: String,
    pub(super) place: Place,
    pub(super) syntax: syn::File,
}

#[derive(Default)]
struct Module {
    file: usize,
    items: BTreeSet<String>,
    /// What a name that is imported stands for, as it is written.
    imports: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// The words in the macros that are called where items stand: one of them may be an item's name.
    words: BTreeSet<String>,
}

impl Tree {
    pub(super) fn parse(sources: &Sources) -> anyhow::Result<Self> {
        let library = sources.keys().any(|path| path.ends_with("/src/lib.rs"));
        let mut files = Vec::new();
        for (path, text) in sources {
            if let Some(place) = place(path, library) {
                let syntax = syn::parse_file(text).with_context(|| path.clone())?;
                let path = path.clone();
                files.push(File { path, place, syntax });
            }
        }
        let tests: Vec<_> = files.iter().flat_map(tests).collect();
        files.retain(|file| !tests.iter().any(|test| file.place.starts_with(test)));
        let mut modules = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            define(&file.place, number, &file.syntax.items, &mut modules);
        }
        Ok(Self { files, modules })
    }

    /// The file that defines what `path` names in the module at `place`; none if that is a module or not of this crate.
    pub(super) fn leads_to(&self, place: &[String], path: &[String]) -> Option<usize> {
        self.follow(place, path, STEPS_MAX)
    }

    fn follow(&self, place: &[String], path: &[String], steps: u32) -> Option<usize> {
        let (start, rest) = beginning(place, path)?;
        self.look_up(&start, rest, rest.len() < path.len(), steps.checked_sub(1)?)
    }

    /// The file of what the module at `place` knows by a path that begins with a name of its own. If it is `certain`
    /// that such a name exists, one that isn't found is the module's: a macro makes it.
    fn look_up(&self, place: &[String], path: &[String], certain: bool, steps: u32) -> Option<usize> {
        let module = self.modules.get(place)?;
        let (name, rest) = path.split_first()?;
        let child = below(place, name);
        let is_module = self.modules.contains_key(&child);
        if is_module && !rest.is_empty() {
            return self.look_up(&child, rest, true, steps);
        }
        if module.items.contains(name) || module.words.contains(name) {
            return Some(module.file);
        }
        if let Some(import) = module.imports.get(name) {
            // A library may be called as what comes from it.
            let whole: Vec<_> = import.iter().chain(rest).cloned().collect();
            return (whole != path).then(|| self.follow(place, &whole, steps))?;
        }
        if is_module {
            return None;
        }
        let through_globs = || {
            module.globs.iter().find_map(|glob| {
                let (start, rest) = beginning(place, glob)?;
                let target: Place = start.iter().chain(rest).cloned().collect();
                (target != place).then(|| self.look_up(&target, path, false, steps.checked_sub(1)?))?
            })
        };
        through_globs().or_else(|| certain.then_some(module.file))
    }
}

/// The module from which a path goes, and the names that are left.
fn beginning<'a>(place: &[String], path: &'a [String]) -> Option<(Place, &'a [String])> {
    let (first, after) = path.split_first()?;
    Some(match first.as_str() {
        "crate" => (Place::new(), after),
        "self" => (place.to_vec(), after),
        "super" => {
            let up = path.iter().take_while(|name| *name == "super").count();
            (place[..place.len().checked_sub(up)?].to_vec(), &path[up..])
        }
        _ => (place.to_vec(), path),
    })
}

/// The module that a file is; none if nobody can know it or if it is a test.
fn place(path: &str, library: bool) -> Option<Place> {
    let (_, inside) = path.split_once("/src/")?;
    let mut place: Place = inside.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    if place.iter().any(|name| name == "tests") || place[0] == "bin" {
        return None;
    }
    let root = if library { "lib" } else { "main" };
    match place.last()?.as_str() {
        "mod" => _ = place.pop(),
        name if place.len() == 1 && name == root => place.clear(),
        "main" if place.len() == 1 => return None,
        _ => {}
    }
    Some(place)
}

/// The modules that a file says are there for tests alone, itself among them.
fn tests(file: &File) -> Vec<Place> {
    let inner = file.syntax.items.iter().filter_map(|item| match item {
        Item::Mod(module) if is_test(&module.attrs) => Some(below(&file.place, &module.ident.to_string())),
        _ => None,
    });
    let own = is_test(&file.syntax.attrs).then(|| file.place.clone());
    inner.chain(own).collect()
}

fn below(place: &[String], name: &str) -> Place {
    let mut place = place.to_vec();
    place.push(name.to_owned());
    place
}

/// Enters a module and those within it.
fn define(place: &[String], file: usize, items: &[Item], modules: &mut BTreeMap<Place, Module>) {
    let mut module = Module {
        file,
        ..Module::default()
    };
    for item in items.iter().filter(|item| !is_test(attributes(item))) {
        match item {
            Item::Mod(inner) => {
                if let Some((_, items)) = &inner.content {
                    define(&below(place, &inner.ident.to_string()), file, items, modules);
                }
            }
            Item::Use(item) if item.leading_colon.is_none() => {
                for import in imports(&item.tree) {
                    match import.name {
                        Some(name) => _ = module.imports.insert(name, import.path),
                        None => module.globs.push(import.path),
                    }
                }
            }
            Item::Macro(called) if called.ident.is_none() => words(called.mac.tokens.clone(), &mut module.words),
            item => module.items.extend(name(item).map(Ident::to_string)),
        }
    }
    modules.insert(place.to_vec(), module);
}

fn words(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => _ = found.insert(word.to_string()),
            TokenTree::Group(group) => words(group.stream(), found),
            _ => {}
        }
    }
}
