//! Lives: how a life is written as a table, and drawn as a picture that a reader and a test can hold against the rules.
//!
//! A life is `step(state, input)`: one `match` that names every legal pair and what follows; every other pair is
//! refused. Its picture has a row for each state and a letter for each input, so a pair that changes shows as a letter
//! that changes.

/// What moves a life, with the list of it.
macro_rules! inputs {
    ($(#[$doc:meta])* $name:ident { $($(#[$meaning:meta])* $input:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$meaning])* $input,)*
        }

        #[cfg(test)]
        impl $name {
            /// Every one, in the order in which pictures have them.
            pub(crate) const ALL: &[Self] = &[$(Self::$input),*];
        }
    };
}

pub(crate) use inputs;

/// A life as a picture: a row for each state, in it for each input the letter of the state that follows, or of the
/// refusal.
#[cfg(test)]
pub(crate) fn picture<S: Copy, I: Copy>(
    states: &[S],
    inputs: &[I],
    step: impl Fn(S, I) -> Result<S, protocol::Reject>,
    letter: impl Fn(S) -> char,
    refusal: impl Fn(protocol::Reject) -> char,
) -> alloc::vec::Vec<alloc::string::String> {
    let row = |state: S| {
        let after = inputs.iter().map(|&input| match step(state, input) {
            Ok(next) => letter(next),
            Err(reject) => refusal(reject),
        });
        [letter(state), ' '].into_iter().chain(after).collect()
    };
    states.iter().map(|&state| row(state)).collect()
}

/// The refusal of what a life knows no step for.
#[cfg(test)]
pub(crate) fn forbidden(reject: protocol::Reject) -> char {
    assert_eq!(
        reject,
        protocol::Reject::StateForbids,
        "another refusal needs a letter of its own"
    );
    '-'
}
