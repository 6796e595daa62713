//! Sales of title: how each goes from its listing to its end, who was paid what, and who held the product.

use super::{Audit, Auditor, must};
use protocol::{
    AccountId, AssetId, Command, Date, EntityId, Readers, TransferId,
    control::{Holders, RuleBook},
    event::PostingReason,
    title::{Act, AssetState, Share},
    transfer::{
        Interest, InterestState, Offer, PriorityState, TitlePrint, Transfer,
        TransferState::{self as S},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// A sale that has not ended.
#[derive(Clone, Debug)]
pub struct Sale {
    pub record: Transfer,
    /// The owners when it was listed.
    pub owners: Vec<Share>,
    pub interests: BTreeMap<EntityId, Interest>,
    listed_on: Date,
    /// Whose bid is the best.
    best: Option<(EntityId, i64)>,
}

impl Sale {
    pub fn is_funded(&self) -> bool {
        matches!(
            self.record.state,
            S::EscrowFunded | S::RecordalFiled | S::Recorded | S::RecordalRefused
        )
    }
}

/// Which states may be told one after the other.
fn follows(from: S, to: S) -> bool {
    from == to
        || match from {
            S::Listed => matches!(to, S::Interest | S::Bidding | S::Cancelled),
            S::Interest | S::Bidding => matches!(to, S::PriorityWindow | S::Contract | S::Cancelled),
            S::PriorityWindow => matches!(to, S::Contract | S::Cancelled),
            S::Contract => matches!(to, S::EscrowFunded | S::SecondOffer | S::Cancelled),
            S::SecondOffer => matches!(to, S::Contract | S::Cancelled),
            S::EscrowFunded => matches!(to, S::RecordalFiled | S::Refunded),
            S::RecordalFiled => matches!(to, S::Recorded | S::RecordalRefused | S::Refunded),
            S::Recorded => to == S::Released,
            S::RecordalRefused => to == S::Refunded,
            S::Released | S::Refunded | S::Cancelled => false,
        }
}

impl Auditor {
    pub(super) fn hear_sale(&mut self, told: &Transfer) -> Audit {
        let id = told.transfer;
        if let Some(ended) = self.ended_sales.get(&id) {
            // The buyer and the seller each hear how it ended.
            return must(ended.0 == told.state, || format!("it was {ended:?}"));
        }
        let Some(sale) = self.sales.get(&id) else {
            return self.hear_new_sale(told);
        };
        let before = sale.record.clone();
        let terms = |sale: &Transfer| (sale.assets.clone(), sale.seller, sale.account, sale.ask, sale.increment);
        must(
            follows(before.state, told.state) && terms(&before) == terms(told),
            || format!("it was {before:?}"),
        )?;
        let best = sale.best.map(|(_, price)| price);
        must(told.best.map(|best| best.money.minor()) == best, || {
            format!("the best bid is {best:?}")
        })?;
        // Where the best bidder declined or was silent, nobody buys.
        let has_buyer = told.state >= S::Contract && told.state != S::SecondOffer;
        let declined = before.state == S::SecondOffer && told.state == S::Cancelled;
        if has_buyer && !declined && told.price.is_some() {
            self.check_buyer(&before, told)?;
        }
        if before.state != told.state {
            self.check_sale_step(&before, told)?;
        }
        match told.state {
            S::Released => self.end_in_payment(told)?,
            S::Refunded => {
                let held = self.moved(id.0, PostingReason::Held);
                let back = self.moved(id.0, PostingReason::Released);
                let paid = self.moved(id.0, PostingReason::Received);
                let price = told.buyer_account.zip(told.price);
                let expected = price.map(|(account, price)| (account, price.money.minor()));
                let expected: BTreeMap<_, _> = expected.into_iter().collect();
                must(held == expected && back == expected && paid.is_empty(), || {
                    format!("held {held:?}, gave back {back:?}, paid {paid:?}")
                })?;
                self.count(if told.refused.is_some() {
                    "sales refused"
                } else {
                    "sales failed with money held"
                });
            }
            S::Cancelled => {
                let moved = self.history.contains_key(&protocol::Seq(id.0));
                must(!moved, || "it moved money".into())?;
                self.count("sales cancelled");
            }
            _ => {}
        }
        if matches!(told.state, S::Released | S::Refunded | S::Cancelled) {
            let sellers = self.sellers(id).unwrap_or_default();
            self.sales.remove(&id);
            self.ended_sales.insert(id, (told.state, sellers));
        } else {
            self.sales.get_mut(&id).expect("asked above").record = told.clone();
        }
        Ok(())
    }

    /// Who sells in a sale that is or was.
    pub(super) fn sellers(&self, id: TransferId) -> Option<Vec<EntityId>> {
        let live = self.sales.get(&id);
        let live = live.map(|sale| sale.owners.iter().map(|share| share.entity).collect());
        live.or_else(|| self.ended_sales.get(&id).map(|(_, sellers)| sellers.clone()))
    }

    fn hear_new_sale(&mut self, told: &Transfer) -> Audit {
        let Some(Command::ListTransfer(asked)) = self.doing() else {
            return Err("a sale that nobody listed".into());
        };
        let days = if told.state_owned {
            self.rules().state_disclosure_days
        } else {
            self.rules().disclosure_days
        };
        let disclosed = self.working_days_after(self.today(), asked.disclosure_days);
        let fits = told.transfer.0 == self.seq.0
            && told.state == S::Listed
            && asked.assets == told.assets
            && asked.ask == told.ask
            && asked.disclosure_days >= days
            && told.disclosed == disclosed;
        must(fits, || format!("not as asked: {asked:?}"))?;
        let owners = self.rights[&told.assets[0]].title.owners.clone();
        must(owners[0].entity == told.seller, || format!("it is {owners:?} who sell"))?;
        must(self.accounts.get(&told.account) == Some(&told.seller), || {
            "paid to another".into()
        })?;
        let lock = self.rules().lock_days;
        for asset in &told.assets {
            let right = &self.rights[asset];
            let title = &right.title;
            let ready = title.owners == owners && !title.frozen && title.state == AssetState::Listed;
            let together = title.bundle.iter().all(|mark| told.assets.contains(mark));
            must(ready && together, || format!("it sells {title:?}"))?;
            for seller in owners.iter().flat_map(|share| self.traders(share.entity)) {
                let bought = right.bought.get(&seller);
                let free = bought.is_none_or(|day| lock == 0 || self.working_days_after(*day, lock) <= self.today());
                must(free, || format!("{seller:?} bought {asset:?} on {bought:?}"))?;
            }
        }
        let sale = Sale {
            record: told.clone(),
            owners,
            interests: BTreeMap::new(),
            listed_on: self.today(),
            best: None,
        };
        self.sales.insert(told.transfer, sale);
        self.count("sales listed");
        Ok(())
    }

    /// The buyer bid the price, or holds priority and entered at it.
    fn check_buyer(&self, before: &Transfer, told: &Transfer) -> Audit {
        let sale = &self.sales[&told.transfer];
        let (bidder, price) = sale.best.ok_or("a price that nobody bid")?;
        let buyer = told.buyer.ok_or("a price that nobody pays")?;
        let entered = told.priority.iter().any(|holder| {
            holder.entity == buyer && matches!(holder.state, PriorityState::Exercised | PriorityState::Defaulted)
        });
        let account = told.buyer_account.and_then(|account| self.accounts.get(&account));
        // Before the contract nobody is bound yet; one that ends may end for this.
        let bound = matches!(
            told.state,
            S::Contract | S::EscrowFunded | S::RecordalFiled | S::Recorded | S::Released
        );
        let fits = told.price.is_some_and(|told| told.money.minor() == price)
            && price >= told.ask.money.minor()
            && (buyer == bidder || entered)
            && account == Some(&buyer)
            && !sale.owners.iter().any(|share| share.entity == buyer)
            && (!bound || !self.sells_to_itself(&sale.owners, buyer));
        must(fits, || format!("{bidder:?} had bid {price}"))?;
        // A holder of priority that does not sign gives way to the next, at the same price.
        let gives_way = |holder: &protocol::transfer::Priority| {
            Some(holder.entity) == before.buyer && holder.state == PriorityState::Defaulted
        };
        let stays = before.state < S::Contract
            || before.price == told.price
                && (before.buyer == told.buyer
                    || before.state == S::SecondOffer
                    || told.priority.iter().any(gives_way));
        must(stays, || format!("it was {before:?}"))
    }

    fn check_sale_step(&mut self, before: &Transfer, told: &Transfer) -> Audit {
        let id = told.transfer;
        let by = |entity: Option<EntityId>| self.doer() == entity;
        let fits = match told.state {
            S::Interest | S::Bidding => {
                let ended = matches!(self.doing(), Some(Command::EndDisclosure(asked)) if asked.transfer == id);
                let least = if told.state_owned {
                    self.rules().state_disclosure_days
                } else {
                    self.rules().disclosure_days
                };
                let shown = self.working_days_after(self.sales[&id].listed_on, least).next().start();
                let early = ended && (least == 0 || shown <= self.at) && by(Some(told.seller));
                early || before.disclosed.next().start() == self.at
            }
            S::EscrowFunded => {
                let signed = told.seller_signed.is_some() && told.seller_signed == told.buyer_signed;
                let funds = matches!(self.doing(), Some(Command::FundEscrow(asked)) if asked.transfer == id);
                signed && funds && by(told.buyer)
            }
            S::RecordalFiled => matches!(self.doing(), Some(Command::FileRecordal(asked)) if asked.transfer == id),
            S::Recorded | S::RecordalRefused => {
                let recorded = told.state == S::Recorded;
                matches!(self.doing(), Some(Command::AnswerRecordal(asked))
                    if asked.transfer == id && asked.refused.is_none() == recorded && asked.refused == told.refused)
            }
            S::Cancelled => match self.doing() {
                Some(Command::CancelTransfer(asked)) if asked.transfer == id && by(Some(told.seller)) => {
                    told.bids == 0 || self.house(self.deed.as_ref().expect("a deed").by) == Some(EntityId(0))
                }
                _ => true,
            },
            _ => true,
        };
        must(fits, || format!("it was {before:?}"))
    }

    /// What each owner receives of an amount, to the fen: its part without fractions, and those with the largest
    /// fractions one fen more. One of them named the account; the others are paid into the one they opened first.
    pub fn by_parts(&self, owners: &[Share], named: AccountId, amount: i64) -> BTreeMap<AccountId, i64> {
        let whole: i128 = owners.iter().map(|share| i128::from(share.parts)).sum();
        let exact = |share: &Share| i128::from(amount) * i128::from(share.parts);
        let floors: i128 = owners.iter().map(|share| exact(share) / whole).sum();
        let mut order: Vec<_> = owners.iter().collect();
        order.sort_by_key(|share| -(exact(share) % whole));
        let mut received: BTreeMap<AccountId, i64> = BTreeMap::new();
        for (place, share) in (0..).zip(order) {
            let one_more = place < i128::from(amount) - floors;
            let minor = i64::try_from(exact(share) / whole).expect("money") + i64::from(one_more);
            let own = if share.entity == self.accounts[&named] {
                named
            } else {
                *self
                    .accounts
                    .iter()
                    .find(|(_, of)| **of == share.entity)
                    .expect("everyone has an account")
                    .0
            };
            if minor > 0 {
                *received.entry(own).or_default() += minor;
            }
        }
        received
    }

    /// The title has passed, and its price went to those who owned it, by their parts, to the fen.
    fn end_in_payment(&mut self, told: &Transfer) -> Audit {
        let sale = self.sales[&told.transfer].clone();
        let (buyer, account) = told.buyer.zip(told.buyer_account).ok_or("paid by nobody")?;
        let price = told.price.ok_or("paid nothing")?.money.minor();
        must(!self.sells_to_itself(&sale.owners, buyer), || {
            format!("{buyer:?} is one with those who sell")
        })?;
        for asset in &told.assets {
            let owners = &self.rights[asset].title.owners;
            must(owners.iter().map(|share| share.entity).eq([buyer]), || {
                format!("{asset:?} is of {owners:?}")
            })?;
        }
        let paid = self.moved(told.transfer.0, PostingReason::Paid);
        must(paid == BTreeMap::from([(account, price)]), || {
            format!("the buyer paid {paid:?}")
        })?;
        let received = self.moved(told.transfer.0, PostingReason::Received);
        let expected = self.by_parts(&sale.owners, told.account, price);
        must(received == expected, || {
            format!("sellers received {received:?}, not {expected:?}")
        })?;
        for asset in &told.assets {
            for share in &sale.owners {
                let today = self.today();
                self.note_holder(*asset, share.entity);
                for seller in self.traders(share.entity) {
                    self.rights
                        .get_mut(asset)
                        .expect("it is sold")
                        .sold
                        .insert(seller, today);
                }
            }
            self.note_holder(*asset, buyer);
            self.note_buy(*asset, buyer)?;
        }
        self.count("sales paid");
        Ok(())
    }

    /// Who is denied is not among the readers.
    pub(super) fn hear_offer(&mut self, offer: &Offer, readers: &Readers) -> Audit {
        let Some(sale) = self.sales.get(&offer.transfer) else {
            return Ok(());
        };
        let denied = sale.record.deny.iter().find(|entity| readers.has(**entity));
        // Lists that change are told in this very command.
        let changes = matches!(self.doing(), Some(Command::SetAudience(_)));
        must(denied.is_none() || changes, || format!("{denied:?} reads it"))
    }

    pub(super) fn hear_interest(&mut self, told: &Interest) -> Audit {
        use InterestState as I;
        let (qualified, excluded) = (self.qualifies(told.entity, true), self.qualifies(told.entity, false));
        let stopped_by_rule = matches!(self.doing(), Some(Command::SetAudience(_) | Command::DescribeEntity(_)));
        let doer = self.doer();
        let bid = match self.doing() {
            Some(Command::BidTransfer(asked)) if asked.transfer == told.transfer && doer == Some(told.entity) => {
                Some(asked.price)
            }
            _ => None,
        };
        let sale = self.sales.get_mut(&told.transfer).ok_or("an interest in no sale")?;
        let before = sale.interests.insert(told.entity, *told);
        let state = before.map(|before| before.state);
        let fits = match (state, told.state) {
            (None | Some(I::Withdrawn), I::Expressed | I::Stopped) => true,
            (Some(I::Expressed), I::Qualified) => qualified,
            (Some(I::Expressed | I::Stopped | I::Qualified), I::Excluded) => excluded || stopped_by_rule,
            (Some(I::Expressed | I::Qualified), I::Stopped) | (Some(I::Stopped), I::Expressed) => true,
            (Some(I::Expressed | I::Stopped | I::Qualified), I::Withdrawn) => doer == Some(told.entity),
            (Some(from), to) => from == to,
            (None, _) => false,
        };
        must(fits, || format!("it was {before:?}"))?;
        let before = before.and_then(|before| before.bid);
        if let Some(price) = told.bid.filter(|bid| before != Some(*bid)) {
            let price = price.money.minor();
            let increment = sale.record.increment.money.minor();
            let least = sale
                .best
                .map_or(sale.record.ask.money.minor(), |(_, best)| best + increment);
            let may = told.state == I::Qualified && matches!(sale.record.state, S::Interest | S::Bidding);
            must(bid == told.bid && price >= least && may, || {
                format!("{least} is the least, asked was {bid:?}")
            })?;
            sale.best = Some((told.entity, price));
            self.count("bids");
        }
        Ok(())
    }

    pub(super) fn hear_print(&mut self, print: &TitlePrint) -> Audit {
        let ended = self.ended_sales.get(&print.transfer).map(|(state, _)| *state);
        must(ended == Some(S::Released), || format!("it was {ended:?}"))?;
        self.count("sales printed");
        Ok(())
    }

    /// Whether who buys is one of the people who sell, or stands behind one of them, or before one.
    fn sells_to_itself(&self, owners: &[Share], buyer: EntityId) -> bool {
        let buyers = self.traders(buyer);
        let mut sellers = owners.iter().flat_map(|share| self.traders(share.entity));
        sellers.any(|seller| buyers.contains(&seller))
    }

    /// Who trades when a participant does: itself, and those behind it.
    fn traders(&self, entity: EntityId) -> Vec<EntityId> {
        let mut traders = self.behind(entity);
        if !traders.contains(&entity) {
            traders.push(entity);
        }
        traders
    }

    pub(super) fn note_holder(&mut self, asset: AssetId, entity: EntityId) {
        let behind = self.behind(entity);
        self.rights.get_mut(&asset).expect("it is held").holders.extend(behind);
    }

    /// Who buys has not sold within the lock, nor has anybody behind it.
    pub(super) fn note_buy(&mut self, asset: AssetId, entity: EntityId) -> Audit {
        let (lock, today) = (self.rules().lock_days, self.today());
        for buyer in self.traders(entity) {
            let sold = self.rights[&asset].sold.get(&buyer).copied();
            let free = sold.is_none_or(|day| lock == 0 || self.working_days_after(day, lock) <= today);
            must(free, || format!("{buyer:?} sold {asset:?} on {sold:?}"))?;
            let right = self.rights.get_mut(&asset).expect("it is bought");
            right.bought.insert(buyer, today);
        }
        Ok(())
    }

    /// Who sells has not bought within the lock, nor has anybody behind it.
    pub(super) fn note_sale(&mut self, asset: AssetId, entity: EntityId) -> Audit {
        let (lock, today) = (self.rules().lock_days, self.today());
        for seller in self.traders(entity) {
            let bought = self.rights[&asset].bought.get(&seller).copied();
            let free = bought.is_none_or(|day| lock == 0 || self.working_days_after(day, lock) <= today);
            must(free, || format!("{seller:?} bought {asset:?} on {bought:?}"))?;
            let right = self.rights.get_mut(&asset).expect("it is sold");
            right.sold.insert(seller, today);
        }
        Ok(())
    }

    /// Whether books ask who holds and who traded.
    pub(super) fn binds_holders(&self) -> bool {
        self.rules
            .is_some_and(|rules| rules.holder_cap.is_some() || rules.lock_days > 0)
    }

    /// The numbers of the rule book are these from here on: where they bind holders otherwise than before, who has
    /// units counts.
    pub(super) fn hear_rules(&mut self, rules: &RuleBook) -> Audit {
        let binding = |rules: &RuleBook| (rules.holder_cap, rules.lock_days);
        let before = self.rules.replace(*rules);
        self.count("rule books");
        if self.binds_holders() && before.is_some_and(|before| binding(&before) != binding(rules)) {
            let some = self.units.iter().filter(|(_, (free, held))| free + held > 0);
            let holders: Vec<_> = some
                .map(|((account, instrument), _)| (self.listings[instrument].asset, self.accounts[account]))
                .collect();
            for (asset, holder) in holders {
                self.note_holder(asset, holder);
            }
        }
        Ok(())
    }

    pub(super) fn hear_holders(&mut self, told: &Holders) -> Audit {
        let cap = self.rules_before.and_then(|rules| rules.holder_cap);
        let right = self.rights.get(&told.asset).ok_or("holders of nothing")?;
        let bound = self
            .sales
            .values()
            .filter(|sale| sale.record.assets.contains(&told.asset));
        let buyers = bound.filter_map(|sale| sale.record.buyer);
        let owners = right.title.owners.iter().map(|share| share.entity);
        let coming = owners.chain(buyers).flat_map(|entity| self.behind(entity));
        let known: BTreeSet<EntityId> = right.holders.iter().copied().chain(coming).collect();
        let known = known.len() as u32;
        let right = self.rights.get_mut(&told.asset).ok_or("holders of nothing")?;
        let before = std::mem::replace(&mut right.holders_told, told.count);
        must(told.count > 0, || format!("there were {before}"))?;
        // A cap that is set when more hold already, or who is seen behind a holder, shuts out newcomers alone; what an
        // office recorded is so, and who owned it has held it.
        let counted = matches!(
            self.doing(),
            Some(Command::SetRuleBook(_) | Command::Epoch(_) | Command::DescribeEntity(_) | Command::AnswerRecordal(_))
        );
        must(counted || cap.is_none_or(|cap| told.count <= cap.max(known)), || {
            format!("the cap is {cap:?}")
        })
    }

    /// Every step is taken in time, the consents stand that a sale needs, and holders are as many as were told.
    pub(super) fn close_sales(&self) -> Audit {
        for sale in self.sales.values() {
            let record = &sale.record;
            let due = match record.state {
                S::Listed => Some(record.disclosed),
                S::Interest | S::Contract | S::SecondOffer => record.step_by,
                S::EscrowFunded => record.step_by.filter(|_| !record.late),
                S::Bidding => record.bidding_ends,
                S::PriorityWindow => record.priority_ends,
                S::RecordalFiled => None,
                _ => return Err(format!("it should have ended: {record:?}")),
            };
            must(due.is_none_or(|day| day.next().start() > self.now), || {
                format!("late: {record:?}")
            })?;
            if sale.is_funded() {
                continue;
            }
            let ask = Some(record.ask.money.minor());
            for asset in &record.assets {
                let agreed = self.has_consent(*asset, Act::Transfer, record.ask.currency, ask);
                must(agreed, || format!("without the other owners of {asset:?}: {record:?}"))?;
            }
        }
        for (asset, right) in &self.rights {
            let (count, told) = (right.holders.len() as u32, right.holders_told);
            must(told >= count, || format!("{count} held {asset:?}, {told} were told"))?;
        }
        Ok(())
    }
}
