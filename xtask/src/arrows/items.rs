//! What an item of a source file is called, what a `use` brings, and what is there for tests alone.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Ident, ImplItem, Item, Meta, UseTree};

/// One name of a `use`.
pub(super) struct Import {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
    /// What it is called from here on; none if it is a `*`.
    pub(super) name: Option<String>,
}

/// The names that a `use` brings, each with its whole path.
pub(super) fn imports(tree: &UseTree) -> Vec<Import> {
    let mut all = Vec::new();
    flatten(tree, &[], &mut all);
    all
}

fn flatten(tree: &UseTree, before: &[String], imports: &mut Vec<Import>) {
    let path_to = |ident: &Ident| {
        let own = (ident != "self").then(|| ident.to_string());
        before.iter().cloned().chain(own).collect::<Vec<_>>()
    };
    let mut bring = |span: proc_macro2::Span, path: Vec<String>, name: Option<String>| {
        let line = span.start().line;
        imports.push(Import { line, path, name });
    };
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &path_to(&path.ident), imports),
        UseTree::Name(name) => {
            let path = path_to(&name.ident);
            let last = path.last().cloned();
            bring(name.ident.span(), path, last);
        }
        UseTree::Rename(name) => bring(name.ident.span(), path_to(&name.ident), Some(name.rename.to_string())),
        UseTree::Glob(star) => bring(star.star_token.spans[0], before.to_vec(), None),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, imports)),
    }
}

/// Whether something is there for tests alone.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && asks_for_test(list.tokens.clone()),
        Meta::Path(path) => path.is_ident("test"),
        Meta::NameValue(_) => false,
    })
}

/// Whether a condition holds in tests alone; `not(…)` is left out of account.
fn asks_for_test(condition: TokenStream) -> bool {
    let mut negated = false;
    condition.into_iter().any(|token| match token {
        TokenTree::Ident(word) => {
            negated = word == "not";
            word == "test"
        }
        TokenTree::Group(group) => !negated && asks_for_test(group.stream()),
        _ => false,
    })
}

pub(super) fn name(item: &Item) -> Option<&Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    })
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The same of an item in a block of methods.
pub(super) fn attributes_within(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        _ => &[],
    }
}
