//! What may be fed any bytes, a function each ([`TARGETS`]): it ends without a panic, and what it promises of its answer
//! holds. An ordinary test runs each over its seeds (`corpus/`), `cargo xtask fuzz` searches on from there.

mod core;
#[cfg(feature = "edge")]
mod edge;

/// A target: its name, which its seeds lie under, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("wire", core::wire),
    ("scripts", core::scripts),
    ("load", core::load),
    ("journal", core::journal),
    #[cfg(feature = "edge")]
    ("lines", edge::lines),
    #[cfg(feature = "edge")]
    ("csv", edge::csv),
    #[cfg(feature = "edge")]
    ("liens", edge::liens),
    #[cfg(feature = "edge")]
    ("auction_log", edge::auction_log),
    #[cfg(feature = "edge")]
    ("certificate", edge::certificate),
    #[cfg(feature = "edge")]
    ("operations", edge::operations),
];

/// Feeds the bytes to the target of this name.
///
/// # Panics
/// Where that breaks a promise, and where there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a target's name");
    target(bytes);
}
