//! Finds what could be wrong in a source and still compile: a comparison the other way round, a question that isn't
//! asked, a deed that isn't done, a function that always says the same.
//!
//! What cannot be switched while a program runs is left out: constants, types, patterns, and what stands in a macro.
//! So is what only checks ourselves: an invariant that says nothing breaks nothing. And so is what nobody can tell: what
//! only looks ahead, in memory or for it, and how a value is printed for whoever looks for a fault.

use std::ops::Range;
use syn::{
    Attribute, BinOp, Block, Expr, ExprIf, ExprRepeat, FnArg, ImplItemConst, ImplItemFn, Item, ItemConst, ItemFn,
    ItemImpl, ItemStatic, Lit, Local, Pat, ReceiverKind, ReturnType, Signature, Stmt, TraitItemConst, TraitItemFn,
    Type, UnOp,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Stands in an edit for the question whether its mutant is chosen.
pub(super) const CHOSEN: &str = "\u{1}";

/// A text in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// One thing that could be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mutant {
    /// The file, from the workspace.
    pub(super) file: String,
    pub(super) line: usize,
    /// In which function.
    pub(super) function: String,
    /// What is changed, in a line.
    pub(super) says: String,
    pub(super) edits: Vec<Edit>,
}

/// All mutants of a file, in their order.
pub(super) fn mutants(file: &str, source: &str) -> syn::Result<Vec<Mutant>> {
    let syntax = syn::parse_file(source)?;
    let mut finder = Finder {
        file,
        source,
        functions: Vec::new(),
        found: Vec::new(),
    };
    if !syntax.attrs.iter().any(is_of_tests) {
        finder.visit_file(&syntax);
    }
    finder.found.sort_by_key(|mutant| mutant.edits[0].range.start);
    Ok(finder.found)
}

struct Finder<'a> {
    file: &'a str,
    source: &'a str,
    functions: Vec<String>,
    found: Vec<Mutant>,
}

/// Whether what this stands on is for tests alone.
fn is_of_tests(attribute: &Attribute) -> bool {
    let path = attribute.path();
    path.is_ident("test")
        || path.is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
}

/// Whether a condition binds something: it can't stand in brackets.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(both) => binds(&both.left) || binds(&both.right),
        _ => false,
    }
}

/// The operator that one is taken for.
fn instead(op: &BinOp) -> Option<(&'static str, &'static str)> {
    Some(match op {
        BinOp::Eq(_) => ("==", "!="),
        BinOp::Ne(_) => ("!=", "=="),
        BinOp::Lt(_) => ("<", "<="),
        BinOp::Le(_) => ("<=", "<"),
        BinOp::Gt(_) => (">", ">="),
        BinOp::Ge(_) => (">=", ">"),
        BinOp::And(_) => ("&&", "||"),
        BinOp::Or(_) => ("||", "&&"),
        BinOp::Add(_) => ("+", "-"),
        BinOp::Sub(_) => ("-", "+"),
        BinOp::Mul(_) => ("*", "+"),
        BinOp::Div(_) => ("/", "*"),
        BinOp::Rem(_) => ("%", "/"),
        BinOp::AddAssign(_) => ("+=", "-="),
        BinOp::SubAssign(_) => ("-=", "+="),
        _ => return None,
    })
}

/// What a function of this type might always say.
fn answers(output: &ReturnType) -> &'static [&'static str] {
    let ReturnType::Type(_, output) = output else {
        return &["()"];
    };
    let Type::Path(path) = &**output else {
        return &[];
    };
    let Some(last) = path.path.segments.last() else {
        return &[];
    };
    match (last.ident.to_string().as_str(), last.arguments.is_empty()) {
        ("bool", _) => &["true", "false"],
        ("i64" | "u64" | "u32" | "i32" | "usize", _) => &["0", "1"],
        ("Option", _) => &["None"],
        ("Result", _) if first_is_nothing(last) => &["Ok(())"],
        ("Vec", _) => &["Vec::new()"],
        _ => &[],
    }
}

/// Whether the first type that a type is made of is the empty one.
fn first_is_nothing(segment: &syn::PathSegment) -> bool {
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return false;
    };
    matches!(arguments.args.first(), Some(syn::GenericArgument::Type(Type::Tuple(tuple))) if tuple.elems.is_empty())
}

/// Whether a function says what of ourselves is broken.
fn checks_ourselves(signature: &Signature) -> bool {
    let ReturnType::Type(_, output) = &signature.output else {
        return false;
    };
    let Type::Path(path) = &**output else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| {
        let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
            return false;
        };
        let said = arguments.args.iter().nth(1);
        first_is_nothing(last)
            && matches!(said, Some(syn::GenericArgument::Type(Type::Path(path))) if path.path.is_ident("String"))
    })
}

/// Whether a function has nothing to say and nothing to change: it looks ahead, so that memory is near by then.
fn only_looks(signature: &Signature) -> bool {
    let changes = |input: &FnArg| match input {
        FnArg::Receiver(this) => !matches!(this.kind, ReceiverKind::Reference(_, _, None)),
        FnArg::Typed(typed) => {
            !matches!(&*typed.ty, Type::Reference(of) if of.mutability.is_none()) && !is_number(&typed.ty)
        }
    };
    matches!(signature.output, ReturnType::Default) && !signature.inputs.iter().any(changes)
}

/// Whether a value is a number of ours or the language's: a name alone.
fn is_number(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.arguments.is_empty()))
}

/// Whether a statement asks for memory ahead, or gives it back: without that it is asked for as it is needed.
fn is_about_memory(expr: &Expr) -> bool {
    const ROOM: [&str; 3] = ["reserve", "reserve_exact", "shrink_to_fit"];
    matches!(expr, Expr::MethodCall(call) if ROOM.iter().any(|name| call.method == name))
}

/// Whether a branch is left by its only statement: that statement left out is the branch never taken.
fn only_leaves(block: &Block) -> bool {
    let leaves = |expr: &Expr| matches!(expr, Expr::Return(_) | Expr::Continue(_) | Expr::Break(_));
    matches!(&block.stmts[..], [Stmt::Expr(expr, _)] if leaves(expr))
}

impl Finder<'_> {
    fn text(&self, part: &impl Spanned) -> &str {
        &self.source[part.span().byte_range()]
    }

    fn add(&mut self, says: String, edits: Vec<Edit>) {
        let (Some(function), Some(first)) = (self.functions.last(), edits.first()) else {
            return;
        };
        let line = self.source[..first.range.start].matches('\n').count() + 1;
        // One line, which stands in a table.
        let words: Vec<_> = says.split_whitespace().collect();
        self.found.push(Mutant {
            file: self.file.to_owned(),
            line,
            function: function.clone(),
            says: words.join(" ").replace('|', "¦"),
            edits,
        });
    }

    /// Something else in the place of an expression.
    fn instead(&mut self, of: &Expr, other: &str, says: String) {
        let text = self.text(of);
        let edit = Edit {
            range: of.span().byte_range(),
            text: format!("(if {CHOSEN} {{ {other} }} else {{ {text} }})"),
        };
        self.add(says, vec![edit]);
    }

    fn function(&mut self, attributes: &[Attribute], signature: &Signature, block: &Block) {
        let left_out = signature.constness.is_some() || checks_ourselves(signature) || only_looks(signature);
        if left_out || attributes.iter().any(is_of_tests) {
            return;
        }
        self.functions.push(signature.ident.to_string());
        let inside = block.brace_token.span.open().byte_range().end;
        for answer in answers(&signature.output) {
            let edit = Edit {
                range: inside..inside,
                text: format!(" if {CHOSEN} {{ return {answer}; }}"),
            };
            self.add(format!("says `{answer}`"), vec![edit]);
        }
        self.visit_block(block);
        self.functions.pop();
    }

    fn statement(&mut self, statement: &Stmt) {
        let Stmt::Expr(expr, Some(_)) = statement else {
            return;
        };
        let deed = match expr {
            Expr::Assign(_) | Expr::MethodCall(_) | Expr::Call(_) | Expr::Try(_) | Expr::Return(_) => true,
            Expr::Continue(_) | Expr::Break(_) => true,
            Expr::Binary(both) => matches!(both.op, BinOp::AddAssign(_) | BinOp::SubAssign(_)),
            _ => false,
        };
        if !deed || is_about_memory(expr) {
            return;
        }
        let range = statement.span().byte_range();
        let says = format!("without `{}`", self.text(expr));
        let edits = [(range.start, format!("if !{CHOSEN} {{ ")), (range.end, " }".to_owned())];
        let edits = edits.map(|(at, text)| Edit { range: at..at, text });
        self.add(says, edits.into());
    }

    fn expression(&mut self, expr: &Expr) {
        match expr {
            Expr::Binary(both) if !binds(expr) => {
                let Some((op, other)) = instead(&both.op) else { return };
                let (left, right) = (self.text(&both.left), self.text(&both.right));
                let says = format!("`{other}` for `{op}` in `{}`", self.text(expr));
                let other = format!("{left} {other} {right}");
                self.instead(expr, &other, says);
            }
            Expr::Unary(not) if matches!(not.op, UnOp::Not(_)) => {
                let other = self.text(&not.expr).to_owned();
                self.instead(expr, &other, format!("`{other}` for `{}`", self.text(expr)));
            }
            Expr::If(branch) if !binds(&branch.cond) => {
                let says = format!("never `if {}`", self.text(&branch.cond));
                self.instead(&branch.cond, "false", says);
            }
            Expr::MethodCall(call) if call.args.len() == 1 && (call.method == "min" || call.method == "max") => {
                let other = self.text(&call.receiver).to_owned();
                self.instead(expr, &other, format!("`{other}` for `{}`", self.text(expr)));
            }
            Expr::Call(call) if self.text(&call.func) == "first_fault" => {
                // The answers to several questions: each of them might not be asked.
                if let Some(Expr::Array(answers)) = call.args.first() {
                    for answer in &answers.elems {
                        self.instead(answer, "Ok(())", format!("without `{}`", self.text(answer)));
                    }
                }
            }
            Expr::Lit(literal) => {
                if let Lit::Int(number) = &literal.lit {
                    let more = format!("{number} + 1");
                    self.instead(expr, &more, format!("`{more}` for `{number}`"));
                }
            }
            Expr::Match(choice) => {
                let rest = choice.arms.last();
                if !rest.is_some_and(|arm| matches!(arm.pat, Pat::Wild(_))) {
                    return;
                }
                for arm in &choice.arms[..choice.arms.len() - 1] {
                    let says = format!("without the arm `{}`", self.text(&arm.pat));
                    let edit = match &arm.pat {
                        Pat::Guard(guarded) if binds(&guarded.guard) => continue,
                        Pat::Guard(guarded) => Edit {
                            range: guarded.guard.span().byte_range(),
                            text: format!("!{CHOSEN} && ({})", self.text(&*guarded.guard)),
                        },
                        _ => {
                            let end = arm.pat.span().byte_range().end;
                            Edit {
                                range: end..end,
                                text: format!(" if !{CHOSEN}"),
                            }
                        }
                    };
                    self.add(says, vec![edit]);
                }
            }
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_type(&mut self, _: &'ast Type) {}

    /// What a pattern says is constant; what it asks beside that is not.
    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Guard(guarded) = pattern {
            self.visit_expr(&guarded.guard);
        }
    }

    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}

    fn visit_impl_item_const(&mut self, _: &'ast ImplItemConst) {}

    fn visit_trait_item_const(&mut self, _: &'ast TraitItemConst) {}

    fn visit_item(&mut self, item: &'ast Item) {
        let debug = |item: &ItemImpl| {
            let implements = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
            implements.is_some_and(|last| last.ident == "Debug")
        };
        let (attributes, for_us) = match item {
            Item::Mod(item) => (&item.attrs, false),
            Item::Impl(item) => (&item.attrs, debug(item)),
            _ => return visit::visit_item(self, item),
        };
        if !for_us && !attributes.iter().any(is_of_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.attrs, &item.sig, block);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        self.statement(statement);
        visit::visit_stmt(self, statement);
    }

    /// What leaves a `let … else` has to leave.
    fn visit_local(&mut self, local: &'ast Local) {
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
        }
    }

    /// How often something is repeated is a constant.
    fn visit_expr_repeat(&mut self, repeat: &'ast ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.expression(expr);
        visit::visit_expr(self, expr);
    }

    /// A branch that only leaves is mutated by its condition.
    fn visit_expr_if(&mut self, branch: &'ast ExprIf) {
        if branch.else_branch.is_some() || binds(&branch.cond) || !only_leaves(&branch.then_branch) {
            return visit::visit_expr_if(self, branch);
        }
        self.visit_expr(&branch.cond);
        for statement in &branch.then_branch.stmts {
            visit::visit_stmt(self, statement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str) -> Vec<String> {
        let found = mutants("a.rs", source).unwrap();
        found.into_iter().map(|mutant| mutant.says).collect()
    }

    #[test]
    fn what_could_be_wrong_is_found() {
        let source = "fn may(&self, at: u64) -> Result<(), Reject> {\n    require(at < self.ends, Reject::Late)?;\n    self.bids += 1;\n    Ok(())\n}";
        assert_eq!(
            said(source),
            [
                "says `Ok(())`",
                "without `require(at < self.ends, Reject::Late)?`",
                "`<=` for `<` in `at < self.ends`",
                "without `self.bids += 1`",
                "`-=` for `+=` in `self.bids += 1`",
                "`1 + 1` for `1`",
            ]
        );
        assert_eq!(
            said("fn is(&self) -> bool { !self.was }")[2],
            "`self.was` for `!self.was`"
        );
        let bound = "fn of(x: i64) -> Money { a.min(x) }";
        assert_eq!(said(bound), ["`a` for `a.min(x)`"]);
        let questions = "fn may() -> Reject { first_fault([one(), two()]) }";
        assert_eq!(said(questions), ["without `one()`", "without `two()`"]);
        let leaves = "fn of(a: &mut A) { if a.is_over { return; } a.go(); }";
        assert_eq!(said(leaves), ["says `()`", "never `if a.is_over`", "without `a.go()`"]);
        let choice = "fn of(x: u8) -> char { match x { 1 => 'a', 2 if y => 'b', _ => 'c' } }";
        assert_eq!(said(choice), ["without the arm `1`", "without the arm `2 if y`"]);
    }

    #[test]
    fn what_cannot_be_switched_or_only_checks_ourselves_is_none() {
        for none in [
            "const A: u32 = 1 + 1;",
            "const fn f() -> u32 { 1 + 1 }",
            "fn check(&self) -> Result<(), String> { ensure(1 == 2) }",
            "#[cfg(test)] mod tests { fn f() -> u32 { 1 } }",
            "fn f() -> Kind { let [a, 1] = b else { return c; }; a }",
            "fn f() -> Kind { [a; 32] }",
            "fn touch(&self, id: OrderId) { prefetch(&self.orders[1]); }",
            "impl fmt::Debug for Entry { fn fmt(&self) -> Kind { if self.is_none() { a } else { b } } }",
            "fn f() -> Kind { self.orders.reserve(more); a }",
        ] {
            assert_eq!(said(none), Vec::<String>::new(), "{none}");
        }
        assert_eq!(
            said("fn f() -> Kind { if let Some(a) = b && a { c } else { d } }"),
            Vec::<String>::new()
        );
    }
}
