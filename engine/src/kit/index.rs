//! A hash map that can be asked but not walked: hash order can't leak into what the core does.
#![allow(clippy::disallowed_types, reason = "the one place that holds the raw map")]

use core::{borrow::Borrow, fmt, hash::Hash};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// From a key to a value, with a fixed seed and without iteration. Always derivable from the state: a snapshot leaves
/// it out.
#[derive(Clone)]
pub(crate) struct Index<K, V>(HashMap<K, V, FixedState>);

impl<K, V> Default for Index<K, V> {
    fn default() -> Self {
        Self(HashMap::with_hasher(FixedState::with_seed(0x7A68_6968_656E_6701)))
    }
}

impl<K, V> fmt::Debug for Index<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index of {}", self.0.len())
    }
}

impl<K: Hash + Eq, V: Copy> Index<K, V> {
    /// The value at `key`.
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.0.get(key).copied()
    }

    /// Whether there is a value at `key`.
    pub(crate) fn contains<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Puts `value` at `key`, where there was none.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        assert!(self.try_insert(key, value), "an index holds each key once");
    }

    /// Puts `value` at `key`; says whether there was none.
    pub(crate) fn try_insert(&mut self, key: K, value: V) -> bool {
        self.0.insert(key, value).is_none()
    }

    /// Puts `value` at `key`, whether or not there was one.
    pub(crate) fn set(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    /// Forgets `key`, where there was a value.
    pub(crate) fn remove(&mut self, key: &K) {
        assert!(self.0.remove(key).is_some(), "an index forgets what it holds");
    }

    /// Makes room for so many more keys.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }
}
