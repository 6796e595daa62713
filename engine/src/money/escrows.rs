//! What deals hold of accounts, by deal and account.

use alloc::collections::BTreeMap;
use protocol::{AccountId, Amount, Money, Seq};
use serde::{Deserialize, Serialize};

/// What deals hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Escrows(pub(super) BTreeMap<(Seq, AccountId), Amount>);

impl Escrows {
    /// What a deal holds of an account.
    pub(crate) fn held(&self, key: (Seq, AccountId)) -> Money {
        self.0.get(&key).map_or(Money::ZERO, |amount| amount.money)
    }

    /// What is held, for which deal and of whose account.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ((Seq, AccountId), Amount)> + '_ {
        self.0.iter().map(|(&key, &amount)| (key, amount))
    }
}
