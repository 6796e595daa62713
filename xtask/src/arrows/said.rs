//! What one source file says of others: what it names, which methods it calls, which it defines.

use super::tree::Place;
use proc_macro2::Span;
use syn::{Ident, Type};

/// The type whose methods are defined all over the engine.
pub(super) const EXCHANGE: &str = "Exchange";

/// A path that a file names.
pub(super) struct Named {
    pub(super) line: usize,
    /// The module in which it stands.
    pub(super) place: Place,
    pub(super) path: Vec<String>,
    pub(super) how: How,
}

/// How a path is named.
pub(super) enum How {
    /// Where something is done with it.
    Used,
    /// By a `use`, and it is called so from there on; none if all of it is.
    Imported(Option<String>),
    /// By a `use` that hands it on to others.
    HandedOn,
}

/// A method or function of a type that a file calls.
pub(super) struct Called {
    pub(super) line: usize,
    pub(super) name: String,
    /// Whether it is certainly one of the exchange.
    pub(super) certain: bool,
}

/// A method, function or constant of a type that a file defines.
pub(super) struct Defined {
    pub(super) line: usize,
    pub(super) name: String,
    /// Whether it is one of the exchange, and of no trait.
    pub(super) of_exchange: bool,
}

#[derive(Default)]
pub(super) struct Said {
    pub(super) named: Vec<Named>,
    pub(super) called: Vec<Called>,
    pub(super) defined: Vec<Defined>,
    /// The module that is being read.
    pub(super) place: Place,
    /// Whether `self` and `Self` are the exchange here.
    pub(super) in_exchange: bool,
    /// The parameters here that are the exchange.
    pub(super) exchanges: Vec<String>,
}

impl Said {
    pub(super) fn name(&mut self, line: usize, path: Vec<String>, how: How) {
        let place = self.place.clone();
        self.named.push(Named { line, place, path, how });
    }

    /// A path outside of `use`: it may end in a function of the exchange.
    pub(super) fn name_path(&mut self, path: &[&Ident]) {
        if let [.., of, name] = path
            && self.is_exchange_type(of)
        {
            self.call(name, true);
        }
        let words = path.iter().map(ToString::to_string).collect();
        self.name(line(path[0].span()), words, How::Used);
    }

    pub(super) fn call(&mut self, name: &Ident, certain: bool) {
        self.called.push(Called {
            line: line(name.span()),
            name: name.to_string(),
            certain,
        });
    }

    pub(super) fn define(&mut self, name: &Ident, of_exchange: bool) {
        self.defined.push(Defined {
            line: line(name.span()),
            name: name.to_string(),
            of_exchange,
        });
    }

    /// Whether a word is the exchange here.
    pub(super) fn is_exchange(&self, word: &Ident) -> bool {
        word == "exchange" || (self.in_exchange && word == "self") || self.exchanges.iter().any(|name| word == name)
    }

    /// Whether a word is the exchange's type here.
    pub(super) fn is_exchange_type(&self, word: &Ident) -> bool {
        word == EXCHANGE || (self.in_exchange && word == "Self")
    }

    /// Whether a value of this type is the exchange, itself or borrowed.
    pub(super) fn holds_exchange(&self, r#type: &Type) -> bool {
        match r#type {
            Type::Reference(borrowed) => self.holds_exchange(&borrowed.elem),
            Type::Path(path) => {
                let last = path.path.segments.last();
                last.is_some_and(|last| self.is_exchange_type(&last.ident))
            }
            _ => false,
        }
    }

    /// Does what is to be done where `self` is the exchange, or is not.
    pub(super) fn inside(&mut self, in_exchange: bool, does: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.in_exchange, in_exchange);
        does(self);
        self.in_exchange = before;
    }
}

pub(super) fn line(span: Span) -> usize {
    span.start().line
}
