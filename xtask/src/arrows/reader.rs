//! Reads what a source file says of others. Attributes, documents and tests say nothing.

use super::{
    items::{Import, attributes, attributes_within, imports, is_test},
    macros,
    said::{How, Said},
    tree::File,
};
use syn::{
    Attribute, Expr, ExprMethodCall, ExprPath, Field, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl,
    ItemMod, ItemTrait, ItemUse, Local, Macro, Pat, Path, Signature, TraitItem, Visibility,
    visit::{self, Visit},
};

pub(super) fn read(file: &File) -> Said {
    let mut said = Said {
        place: file.place.clone(),
        ..Said::default()
    };
    said.visit_file(&file.syntax);
    said
}

/// Does what is to be done inside of a function: its parameters may be the exchange.
fn within(said: &mut Said, signature: &Signature, does: impl FnOnce(&mut Said)) {
    let before = said.exchanges.len();
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input
            && let Pat::Ident(name) = &*typed.pat
            && said.holds_exchange(&typed.ty)
        {
            said.exchanges.push(name.ident.to_string());
        }
    }
    does(said);
    said.exchanges.truncate(before);
}

/// The word that a receiver is, if it is no more.
fn word(mut receiver: &Expr) -> Option<&Ident> {
    loop {
        receiver = match receiver {
            Expr::Paren(inner) => &inner.expr,
            Expr::Reference(inner) => &inner.expr,
            Expr::Path(path) => return path.path.get_ident(),
            _ => return None,
        };
    }
}

impl<'ast> Visit<'ast> for Said {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !is_test(attributes_within(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if !is_test(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.content.is_some() {
            self.place.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.place.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            for Import { line, path, name } in imports(&item.tree) {
                let how = match item.vis {
                    Visibility::Inherited => How::Imported(name),
                    _ => How::HandedOn,
                };
                self.name(line, path, how);
            }
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let of_exchange = self.holds_exchange(&block.self_ty);
        for item in block.items.iter().filter(|item| !is_test(attributes_within(item))) {
            let name = match item {
                ImplItem::Const(item) => &item.ident,
                ImplItem::Fn(item) => &item.sig.ident,
                _ => continue,
            };
            self.define(name, of_exchange && block.trait_.is_none());
        }
        self.inside(of_exchange, |said| visit::visit_item_impl(said, block));
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        for item in &item.items {
            if let TraitItem::Fn(item) = item {
                self.define(&item.sig.ident, false);
            }
        }
        self.inside(false, |said| visit::visit_item_trait(said, item));
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.inside(false, |said| {
            within(said, &function.sig, |said| visit::visit_item_fn(said, function));
        });
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        within(self, &function.sig, |said| visit::visit_impl_item_fn(said, function));
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let certain = word(&call.receiver).is_some_and(|word| self.is_exchange(word));
        self.call(&call.method, certain);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        // `<Exchange<B>>::name`
        if let Some(of) = &path.qself
            && self.holds_exchange(&of.ty)
            && let Some(last) = path.path.segments.last()
        {
            self.call(&last.ident, true);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            self.name_path(&path.segments.iter().map(|segment| &segment.ident).collect::<Vec<_>>());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.visit_path(&called.path);
        macros::scan(self, called.tokens.clone());
    }
}
