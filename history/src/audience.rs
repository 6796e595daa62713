//! Who may know: sets of participants, of whom some are still to come.
//!
//! Invariant: a list holds each participant once, in order, so equal sets have equal bytes.

use protocol::{EntityId, Readers};

/// The readers of versions that one command told of one record, taken together.
pub(crate) fn union(a: &Readers, b: &Readers) -> Readers {
    use Readers::{AllBut, Only};
    match (&flat(a), &flat(b)) {
        (Only(a), Only(b)) => Only(sorted(a.iter().chain(b).copied())),
        (AllBut(a), AllBut(b)) => AllBut(sorted(a.iter().copied().filter(|entity| b.contains(entity)))),
        (Only(some), AllBut(but)) | (AllBut(but), Only(some)) => {
            AllBut(sorted(but.iter().copied().filter(|entity| !some.contains(entity))))
        }
        (Readers::Sealed(_) | Readers::Apart(_), _) | (_, Readers::Sealed(_) | Readers::Apart(_)) => {
            unreachable!("a flat audience is a list")
        }
    }
}

/// Who could read before and can't now; nothing where that is nobody.
pub(crate) fn lost(before: &Readers, now: &Readers) -> Option<Readers> {
    use Readers::{AllBut, Only};
    let lost = match (&flat(before), &flat(now)) {
        (Only(before), now) => Only(sorted(before.iter().copied().filter(|entity| !now.has(*entity)))),
        (AllBut(before), AllBut(now)) => Only(sorted(now.iter().copied().filter(|entity| !before.contains(entity)))),
        (AllBut(before), Only(now)) => AllBut(sorted(before.iter().chain(now).copied())),
        (AllBut(_) | Readers::Sealed(_) | Readers::Apart(_), _) => unreachable!("a flat audience is a list"),
    };
    (lost != Only(Vec::new())).then_some(lost)
}

/// A list in place of the one who alone may read.
pub(crate) fn flat(readers: &Readers) -> Readers {
    match readers {
        Readers::Only(some) => Readers::Only(sorted(some.iter().copied())),
        Readers::AllBut(but) => Readers::AllBut(sorted(but.iter().copied())),
        Readers::Sealed(entity) | Readers::Apart(entity) => Readers::one(*entity),
    }
}

fn sorted(entities: impl Iterator<Item = EntityId>) -> Vec<EntityId> {
    let mut entities: Vec<_> = entities.collect();
    entities.sort_unstable();
    entities.dedup();
    entities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_what_their_members_say() {
        let entities = |bits: u32| {
            (0..3)
                .filter(|bit| bits >> bit & 1 == 1)
                .map(EntityId)
                .collect::<Vec<_>>()
        };
        let sets: Vec<_> = (0..8)
            .flat_map(|bits| [Readers::Only(entities(bits)), Readers::AllBut(entities(bits))])
            .chain([Readers::Sealed(EntityId(1))])
            .collect();
        for a in &sets {
            for b in &sets {
                let (both, gone) = (union(a, b), lost(a, b));
                // The last one stands for those who are still to come.
                for entity in (0..4).map(EntityId) {
                    assert_eq!(both.has(entity), a.has(entity) || b.has(entity), "{a:?} {b:?}");
                    let is_gone = gone.as_ref().is_some_and(|gone| gone.has(entity));
                    assert_eq!(is_gone, a.has(entity) && !b.has(entity), "{a:?} {b:?}");
                }
            }
        }
    }
}
