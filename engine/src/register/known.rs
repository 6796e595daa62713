//! What a user may name: of another's account, and of a right that is neither public nor was ever its own, a refusal tells no more
//! than of one that is not there. Sales, licences, holds, orders, keys and proposals ask so in their own rooms.
//!
//! Whoever names one and may not know of it gets the refusal at the place where it would come for want of one, so there is
//! nothing between the two by which they could be told apart. A user that may not give a command at all is told so before
//! anything is looked up. Whoever sells or licenses names the other side by its number; so it learns, once all else of its
//! own is in order, whether there is one.

use crate::{
    book::Book,
    register::{party::User, right::Asset},
    state::Exchange,
};
use protocol::{AccountId, AssetId, EntityId, Reject, party::Roles};

impl Asset {
    /// Whether everyone may know that it is here: it is listed, on offer to anyone, or in a lot.
    fn is_public(&self) -> bool {
        let extra = self.extra();
        !self.instruments.is_empty() || extra.open_licence.is_some() || extra.lot.is_some()
    }
}

impl<B: Book> Exchange<B> {
    /// Whose account it is, if the asker may know of it: another's is as good as none.
    pub(crate) fn account_for(&self, user: User, account: AccountId) -> Result<EntityId, Reject> {
        let owner = self.ledger.account(account)?.entity;
        if user.is_operator() || owner == user.entity {
            Ok(owner)
        } else {
            Err(Reject::UnknownAccount)
        }
    }

    /// The right, if the asker may know of it: one that is neither public nor was ever its own, licensed or pledged to it,
    /// is as good as none. Courts read all titles.
    pub(crate) fn right_for(&self, user: User, asset: AssetId) -> Result<&Asset, Reject> {
        let right = self.register.asset(asset)?;
        let reads = user.roles.has_any(Roles::OPERATOR.with(Roles::COURT));
        let held = right.is_owned_by(user.entity) || right.extra().holders.binary_search(&user.entity).is_ok();
        let pledges = || right.pledges.iter().map(|id| self.pledging.of(*id));
        let pledged = || pledges().any(|pledge| pledge.pledgees.iter().any(|share| share.entity == user.entity));
        if reads || held || right.is_public() || pledged() {
            Ok(right)
        } else {
            Err(Reject::UnknownAsset)
        }
    }
}
