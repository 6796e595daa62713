//! What is said in a macro, where no parser goes: its words are read as they stand.
//!
//! `assert!(self.is_sold())` calls, `matches!(x, crate::sale::Way::Bid)` names, and a block of methods defines. A single
//! word names something if it is called or begins with a capital; any other may be a variable.

use super::said::{EXCHANGE, Said};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

pub(super) fn scan(said: &mut Said, tokens: TokenStream) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        at += match &tokens[at] {
            TokenTree::Group(group) => {
                scan(said, group.stream());
                1
            }
            TokenTree::Ident(_) => match block(&tokens, at) {
                Some((head, body)) => {
                    scan_block(said, head, body);
                    head.len() + 2
                }
                None => scan_path(said, &tokens, at),
            },
            _ => 1,
        };
    }
}

/// The head and the body of a block of methods, if a word begins one: not so behind `->` or inside of a type.
fn block(tokens: &[TokenTree], at: usize) -> Option<(&[TokenTree], &Group)> {
    let begins = at == 0 || is(&tokens[at - 1], ';') || matches!(tokens[at - 1], TokenTree::Group(_));
    let after = &tokens[at + 1..];
    let end = after
        .iter()
        .position(|token| is(token, ';') || braced(token).is_some())?;
    (begins && is_word(&tokens[at], "impl")).then_some((&after[..end], braced(&after[end])?))
}

fn scan_block(said: &mut Said, head: &[TokenTree], body: &Group) {
    let has = |wanted: &str| head.iter().any(|token| is_word(token, wanted));
    let of_exchange = has(EXCHANGE);
    let inner: Vec<_> = body.stream().into_iter().collect();
    for pair in inner.windows(2) {
        if let [keyword, TokenTree::Ident(name)] = pair
            && is_word(keyword, "fn")
        {
            said.define(name, of_exchange && !has("for"));
        }
    }
    said.inside(of_exchange, |said| scan(said, body.stream()));
}

/// The path or call that a word begins; how many tokens that takes.
fn scan_path(said: &mut Said, tokens: &[TokenTree], at: usize) -> usize {
    let mut path = Vec::new();
    let mut next = at;
    while let Some(TokenTree::Ident(word)) = tokens.get(next) {
        path.push(word);
        next += 1;
        if !is_double_colon(&tokens[next..]) {
            break;
        }
        next += 2;
    }
    let called = next > at + 1
        || tokens
            .get(next)
            .is_some_and(|token| is_group(token, Delimiter::Parenthesis));
    let before = &tokens[..at];
    if before.last().is_some_and(|token| is(token, '.')) {
        if called {
            said.call(path[0], certainly(said, before));
        }
    } else if called || path[0].to_string().starts_with(char::is_uppercase) {
        said.name_path(&path);
    }
    next - at
}

/// Whether what stands before a call, dot and all, is the exchange.
fn certainly(said: &Said, before: &[TokenTree]) -> bool {
    match before {
        [.., dot, TokenTree::Ident(_), _] if is(dot, '.') => false,
        [.., TokenTree::Ident(word), _] => said.is_exchange(word),
        _ => false,
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_double_colon(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [one, two, ..] if is(one, ':') && is(two, ':'))
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn braced(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}
