//! A list of mostly one: the one stands in its place, and only where there are more do they lie elsewhere, in just the room
//! that they need.

use alloc::{boxed::Box, vec::Vec};
use core::{ops::Deref, slice};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A short list.
#[derive(Clone, Debug)]
pub(crate) enum Few<T> {
    One(T),
    /// None, or more than one.
    Many(Box<[T]>),
}

impl<T> Few<T> {
    /// Adds one at the end. Takes time in the order of what is there.
    pub(crate) fn push(&mut self, more: T) {
        *self = core::mem::take(self).into_vec().into_iter().chain([more]).collect();
    }

    /// Keeps only those that are such.
    pub(crate) fn retain(&mut self, such: impl FnMut(&T) -> bool) {
        *self = core::mem::take(self).into_vec().into_iter().filter(such).collect();
    }

    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => Vec::from([one]),
            Self::Many(many) => many.into_vec(),
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::Many(Box::default())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::One(one) => slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        let mut all: Vec<T> = all.into_iter().collect();
        match all.pop() {
            Some(one) if all.is_empty() => Self::One(one),
            last => Self::Many(all.into_iter().chain(last).collect()),
        }
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T: Serialize> Serialize for Few<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const _: () = assert!(size_of::<Few<u32>>() == 16);

    #[test]
    fn it_is_a_list() {
        let mut few = Few::default();
        for number in 0..4 {
            assert!(few.iter().copied().eq(0..number));
            few.push(number);
        }
        few.retain(|number| number % 2 == 1);
        assert_eq!(*few, [1, 3]);
        few.retain(|number| *number == 3);
        assert!(matches!(few, Few::One(3)));
        few.retain(|_| false);
        assert!(few.is_empty());
    }
}
