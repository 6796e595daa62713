//! A small house that was made up: what is refused in it, and that each refusal names both ends.

use super::{circles, crates::Crate, rooms};
use crate::sources::Sources;

const PAGE: &str = "\
## The rooms of the engine
| room | holds | state | may call |
|---|---|---|---|
| `exchange` | the match | none | anything |
| `rights` | what befalls a right | none | `register` |
| `register` | who and what | `right.rs` | nothing |
| `state` | what is kept | all | nothing |
";

const MATCH: &str = "use crate::state::Exchange; mod fulfil; impl Exchange { pub fn apply(&mut self) { self.end(); } }";
const FULFIL: &str = "use crate::state::Exchange; impl Exchange { fn fulfil(&self) -> bool { self.is_open() } }";
const STATE: &str = "use crate::register::Right; pub struct Exchange { right: Right }";
const BOOKS: &str = "use crate::state::Exchange; impl<B: Book> Exchange<B> { pub(crate) fn end(&mut self) { \
    assert!(self.is_open(), \"it is open\"); } }";
const GATE: &str = "use crate::state::Exchange;\n\
    impl Exchange {\n    pub(crate) fn is_open(&self) -> bool { self.right.open }\n    fn id(&self) {}\n}";

/// The house, with other texts for some of its files.
fn house(changes: &[(&str, &str)]) -> Crate {
    let files = [
        (
            "lib.rs",
            "mod exchange; mod register; mod rights; mod state; pub use state::Exchange;",
        ),
        ("exchange.rs", MATCH),
        ("exchange/fulfil.rs", FULFIL),
        ("state.rs", STATE),
        ("rights/mod.rs", "mod books;"),
        ("rights/books.rs", BOOKS),
        ("register/mod.rs", "mod gate; mod right; pub use right::Right;"),
        ("register/gate.rs", GATE),
        ("register/right.rs", "pub struct Right { pub open: bool }"),
    ];
    parsed("engine", files.iter().chain(changes))
}

fn parsed<'a>(folder: &str, files: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> Crate {
    let sources: Sources = files
        .into_iter()
        .map(|(path, text)| (format!("{folder}/src/{path}"), (*text).to_owned()))
        .collect();
    Crate::parse(folder, &sources).expect("the sources parse")
}

fn faults_by(page: &str, changes: &[(&str, &str)]) -> Vec<String> {
    rooms::check(&house(changes), &rooms::rows(page).expect("the page has its table")).1
}

fn faults(changes: &[(&str, &str)]) -> Vec<String> {
    faults_by(PAGE, changes)
}

#[test]
fn a_house_in_order_has_no_fault() {
    let engine = house(&[]);
    assert_eq!(rooms::check(&engine, &rooms::rows(PAGE).unwrap()), (4, vec![]));
    assert_eq!(circles::check(&[engine], &circles::pairs(PAGE).unwrap()), [""; 0]);
}

#[test]
fn an_upward_call_is_refused_with_both_names() {
    let gate = GATE.replace("fn id(&self) {}", "fn id(&mut self) {\n        self.end();\n    }");
    let refused = "engine/src/register/gate.rs:5 calls end of rights (engine/src/rights/books.rs); \
        register may not call rights (docs/ARCHITECTURE.md)";
    assert_eq!(faults(&[("register/gate.rs", &gate)]), [refused]);
}

#[test]
fn a_call_is_seen_however_it_is_made() {
    let by = [
        "fn id(&mut self) { assert!(!self.end(), \"no\"); }",
        "fn id(&mut self) { require!(self.end::<u8>()); }",
        "fn id(&mut self) { matches!(x, Exchange::end) }",
        "fn id(&mut self) { Self::end(self); }",
        "fn id(&mut self) { with(Self::end) }",
        "fn id(&mut self) { <Exchange<Fast>>::end(self) }",
        "fn id(it: &mut Exchange<Fast>) { it.end() }",
        "fn id(&mut self) { let it = self; it.end() }",
        "fn id(&mut self) { (&mut *self).end() }",
    ];
    for call in by {
        let gate = GATE.replace("fn id(&self) {}", call);
        let faults = faults(&[("register/gate.rs", &gate)]);
        assert!(
            faults.len() == 1 && faults[0].contains("gate.rs:4 calls end of rights"),
            "{call}: {faults:?}"
        );
    }
    let table =
        "macro_rules! table { () => { impl<B: Book> Exchange<B> { fn id(&mut self) { self.end() } } } } table!();";
    assert_eq!(
        faults(&[("register/table.rs", table)]).len(),
        2,
        "a call, and id once more"
    );
}

#[test]
fn a_name_that_others_share_is_a_call_where_it_is_certain() {
    let kept = "pub struct Right { pub open: bool } impl Right { pub fn end(&self) {} }";
    let of_field = GATE.replace(
        "fn id(&self) {}",
        "fn id(&self) { self.right.end(); let it = self; assert!(it.end()); }",
    );
    let with = |gate: &str| faults(&[("register/right.rs", kept), ("register/gate.rs", gate)]).len();
    assert_eq!(with(&of_field), 0);
    for certain in [
        "fn id(&self) { assert!(self.end()) }",
        "fn id(&mut self) { self.end() }",
        "fn id(&mut self) { Self::end(self) }",
        "fn id(&mut self) { Exchange::end(self) }",
        "fn id(it: &mut Exchange<Fast>) { it.end() }",
        "fn id(x: &mut Other) { exchange.end() }",
    ] {
        assert_eq!(with(&GATE.replace("fn id(&self) {}", certain)), 1, "{certain}");
    }
}

#[test]
fn the_exchange_has_one_name() {
    let other = "use crate::state::Exchange as Core; impl Core { fn id(&mut self) { self.end() } }";
    let faults = faults(&[("register/other.rs", other)]);
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("register/other.rs:1 calls Exchange Core")),
        "{faults:?}"
    );
}

#[test]
fn what_a_test_does_is_not_counted() {
    let tests = format!(
        "{GATE}\n#[cfg(all(test, feature = \"x\"))]\nmod tests {{ use crate::rights::books::Books; \
        impl super::Exchange {{ fn end(&self) {{}} fn more(&mut self) {{ self.end(); }} }} }}"
    );
    let aside = "use crate::state::Exchange; use crate::rights::books::Books; fn t(e: &mut Exchange) { e.end() }";
    let gate = format!("{tests}\n#[cfg(test)]\nmod aside;");
    let changes = [
        ("register/gate.rs", gate.as_str()),
        ("register/gate/aside.rs", aside),
        ("register/tests.rs", aside),
    ];
    assert_eq!(faults(&changes), [""; 0]);
    let not = tests.replace("all(test, feature = \"x\")", "not(test)");
    assert_eq!(
        faults(&[("register/gate.rs", &not)]).len(),
        3,
        "end twice, a name, a call"
    );
}

#[test]
fn a_name_is_refused_as_a_call_is() {
    let refused = "engine/src/register/gate.rs:1 names crate::rights::Books of rights (engine/src/rights/books.rs); \
        register may not call rights (docs/ARCHITECTURE.md)";
    let books = ("rights/books.rs", &*format!("{BOOKS} pub struct Books;"));
    let hall = ("rights/mod.rs", "mod books; pub use books::Books;");
    assert_eq!(
        faults(&[
            books,
            hall,
            ("register/gate.rs", "use crate::{rights::Books};\nfn f(_: Books) {}")
        ])[0],
        refused
    );
    let inline = "fn f() { vec![crate::rights::Books] }\nfn is_open() {}";
    assert!(faults(&[books, hall, ("register/gate.rs", inline)])[0].starts_with(refused.split(';').next().unwrap()));
}

#[test]
fn a_method_that_is_defined_twice_is_refused_with_both_places() {
    let again = "use crate::state::Exchange; impl Exchange { fn id(&self) {} }";
    let refused = "Exchange has id twice: engine/src/register/gate.rs:4 and engine/src/rights/again.rs:1";
    assert_eq!(faults(&[("rights/again.rs", again)]), [refused]);
}

#[test]
fn state_knows_state_alone() {
    let refused = "engine/src/register/right.rs:1 names super::gate::Gate of register (engine/src/register/gate.rs); \
        engine/src/register/right.rs is state and may know state alone (docs/ARCHITECTURE.md)";
    let gate = ("register/gate.rs", &*format!("{GATE} pub struct Gate;"));
    assert_eq!(
        faults(&[
            gate,
            ("register/right.rs", "use super::gate::Gate; pub struct Right(Gate);")
        ]),
        [refused]
    );
    let kept = "use crate::state::Exchange; use protocol::Money; pub struct Right { pub open: bool }";
    assert_eq!(faults(&[("register/right.rs", kept)]), [""; 0]);
}

#[test]
fn the_page_and_the_house_have_the_same_rooms() {
    let other = PAGE
        .replace("`register` | who", "`registers` | who")
        .replace("right.rs", "rights.rs");
    let lost = [
        "register of the engine has no row in docs/ARCHITECTURE.md",
        "registers has a row in docs/ARCHITECTURE.md and is no room of the engine",
    ];
    assert_eq!(faults_by(&other, &[]), lost);
    let other = PAGE.replace("right.rs", "rights.rs");
    assert_eq!(
        faults_by(&other, &[])[0],
        "the row of register in docs/ARCHITECTURE.md names rights.rs, which isn't there"
    );
    let upward = PAGE.replace("`right.rs` | nothing", "`right.rs` | `rights`");
    assert_eq!(
        faults_by(&upward, &[]),
        ["docs/ARCHITECTURE.md lets rooms call each other: register -> rights -> register"]
    );
}

/// What is said of a crate of three files.
fn circles_of(files: [(&str, &str); 3], pairs: &str) -> Vec<String> {
    let root = [("lib.rs", "mod a; mod b; mod c;")];
    let page = format!("# P\n## Pairs of files that know each other\n| pair | why |\n|---|---|\n{pairs}");
    let pairs = if pairs.is_empty() { "" } else { &page };
    circles::check(
        &[parsed("made", root.iter().chain(&files))],
        &circles::pairs(pairs).unwrap(),
    )
}

const A: (&str, &str) = ("a.rs", "use crate::b::B;\npub struct A;");

#[test]
fn a_circle_is_refused_with_both_names() {
    let both = "made/src/a.rs:1 names crate::b::B of made/src/b.rs,\n    \
        made/src/b.rs:2 names crate::a::A of made/src/a.rs: a circle of files";
    let b = ("b.rs", "pub struct B;\nfn f() -> crate::a::A {}");
    assert_eq!(circles_of([A, b, ("c.rs", "use crate::a::A;")], ""), [both]);
    // Over a re-export and a third file.
    let b = ("b.rs", "pub use crate::c::C; pub struct B;");
    let c = ("c.rs", "pub struct C; fn f() { matches!(x, crate::a::A) }");
    assert!(circles_of([A, b, c], "")[0].contains("c.rs:1 names crate::a::A of made/src/a.rs: a circle"));
    assert_eq!(circles_of([A, ("b.rs", "pub struct B;"), c], ""), [""; 0]);
}

#[test]
fn a_parent_hands_its_children_on_and_uses_none_that_knows_it() {
    let child = ("a/d.rs", "pub struct D; pub fn d() -> super::A {}");
    let with = |parent: &str| {
        let files = [("lib.rs", "mod a;"), ("a.rs", parent), child];
        circles::check(&[parsed("made", &files)], &circles::pairs("").unwrap()).len()
    };
    assert_eq!(with("mod d; pub use d::{D, d}; pub struct A;"), 0);
    assert_eq!(with("mod d; pub use d::D; pub struct A(D);"), 1);
    assert_eq!(with("mod d; pub struct A; fn f() { d::d() }"), 1);
    assert_eq!(with("mod d; use d::D; pub struct A;"), 1);
}

#[test]
fn a_pair_that_the_page_names_counts_as_one_file() {
    let b = ("b.rs", "use crate::a::A; pub struct B;");
    let pair = "| `made/src/b.rs`, `made/src/a.rs` | one thing in two files |\n";
    assert_eq!(circles_of([A, b, ("c.rs", "use crate::a::A;")], pair), [""; 0]);
    let b = ("b.rs", "use crate::{a::A, c::C}; pub struct B;");
    let over = circles_of([A, b, ("c.rs", "use crate::a::A; pub struct C;")], pair);
    assert!(
        over.len() == 1 && over[0].contains("c.rs:1 names crate::a::A of made/src/a.rs"),
        "{over:?}"
    );
    let none = circles_of([A, ("b.rs", "pub struct B;"), ("c.rs", "")], pair);
    assert_eq!(
        none,
        ["docs/ARCHITECTURE.md names made/src/a.rs and made/src/b.rs, which don't know each other"]
    );
    let rules = "## Pairs of files that know each other\n| pair | why |\n|---|---|\n| `a.rs`, `b.rs` | |\n";
    assert!(circles::pairs(rules).is_err(), "a pair has a reason");
}
