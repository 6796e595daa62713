//! Who is paid how much of what a pledged right brought (RULES.md 2.8, PLEDGES.md 2.8).
//!
//! Tiers are paid one after another, each in full before the next has a fen. In short: costs of the sale; the owner's
//! tax that is older than the pledge; the pledgees by rank, within the registered maximum costs, interest, principal
//! and last the doubled part, then those who paid that pledgee; later tax; creditors that attached; the owners.
//!
//! Invariant: what is paid and the surplus are what there was, to the fen. Equals share by the largest remainder: so a
//! rank never has less of more, but one of several in it may have a fen less of a fen more.
//!
//! What is asked is looked at first, and nothing is shared of claims that are wrong. How long a claim's interest ran,
//! what a deposit leaves and what a claim in another currency comes to, others say before.

mod check;
mod plan;
mod share;
#[cfg(test)]
mod tests;

pub(crate) use plan::stands_in;
pub use plan::{FrozenPlan, RegisteredRank, Touched, touched};

use crate::sums::{
    disposal::back_to_guarantor,
    scales::{INVENTORS_SHARE, inventors_reward},
};
use alloc::{vec, vec::Vec};
use protocol::{
    Amount, Currency, Date, Money, Reject,
    plan::{
        ClaimKind, Claims, CostKind, Payer, PayerKind, Pledgor, Portion, Proceeds, RankedPledge, SecuredClaim, Split,
        Statement, StatementLine, StatementTier, TaxArrears, Taxpayer, Tier, TierKind, WageClaim,
    },
    transfer::{apportion, portions},
};
use share::{Asks, Shared, Way, share_out};

/// Shares the proceeds out among the claims, as the plan and the law say.
///
/// # Errors
/// [`Reject::ClaimsTooMany`], [`Reject::ClaimPayeeUnknown`], [`Reject::ClaimAmountInvalid`],
/// [`Reject::ClaimTierUnknown`], [`Reject::ClaimPartsInvalid`].
pub fn distribute(frozen: &FrozenPlan, proceeds: &Proceeds, claims: &Claims) -> Result<Statement, Reject> {
    check::check(frozen.plan(), proceeds, claims)?;
    let mut run = Run::new(frozen, proceeds, claims);
    run.pay_from_the_deposit();
    for (place, tier) in frozen.plan().tiers.iter().enumerate() {
        let place = u32::try_from(place).expect("a plan has few tiers");
        match tier.kind {
            TierKind::SaleCosts => run.pay_costs(place, tier),
            TierKind::EarlierTax => run.pay_tax_before_the_first(place),
            TierKind::Secured => run.pay_pledgees(place),
            TierKind::LaterTax => run.pay_later_tax(place),
            TierKind::Attaching => run.pay_attaching(place),
            TierKind::Agreed => run.pay_agreed(place, tier),
            TierKind::Inventors => run.pay_inventors(place, tier),
            TierKind::Surplus => run.pay_owners(place),
            TierKind::Deposit | TierKind::Payers | TierKind::Wages => {
                unreachable!("a frozen plan has the law's tiers and agreed ones")
            }
        }
    }
    Ok(run.state(proceeds))
}

/// Whether somebody who paid a pledgee stands in its place.
pub fn takes_over(payer: &Payer, pledgor: Pledgor) -> bool {
    match payer.kind {
        PayerKind::Insurer | PayerKind::Interested => true,
        PayerKind::Guarantor => payer.agreed || pledgor == Pledgor::Debtor,
        PayerKind::Fund => payer.agreed,
    }
}

/// The day on which tax is in arrears: that after it was due (国税发〔2003〕47号 7).
pub const fn in_arrears_on(tax: &TaxArrears) -> Date {
    tax.due.next()
}

/// Whether tax is ahead of a pledge (税收征管法 45): the owner's, and in arrears before the day of the registration.
pub fn is_ahead(tax: &TaxArrears, registered: Date) -> bool {
    tax.taxpayer == Taxpayer::Owner && in_arrears_on(tax) < registered
}

/// The parts of a secured claim, in the order in which they are paid (民法典 561; 法释〔2014〕8号 4).
const PARTS: [ClaimKind; 4] = [
    ClaimKind::Costs,
    ClaimKind::Interest,
    ClaimKind::Principal,
    ClaimKind::DoubledInterest,
];

/// A holder of a pledge in its place.
struct Entry<'a> {
    pledge: &'a RankedPledge,
    claim: &'a SecuredClaim,
    /// The rank in which it stands; none where the pledge holds against nobody.
    rank: Option<u32>,
    /// What it is owed still, part by part.
    rest: [i64; 4],
    /// What others took over.
    taken: i64,
    /// What of both the pledge secures.
    within: i64,
}

impl Entry<'_> {
    fn owed(&self) -> i64 {
        self.rest.iter().sum()
    }
}

/// Tax of the owner, by the day on which it was in arrears.
#[derive(Clone, Copy)]
struct Tax {
    occurs: Date,
    payee: u32,
    tax: i64,
    surcharge: i64,
}

/// An entry of a tier before it is paid.
#[derive(Clone, Copy)]
struct Item {
    payee: u32,
    kind: ClaimKind,
    asks: Asks,
    beyond: i64,
    /// Whether it asks for its weight, whatever that comes to.
    open: bool,
}

impl Item {
    const fn of(payee: u32, kind: ClaimKind, limit: i64) -> Self {
        let asks = Asks::of(limit);
        Self {
            payee,
            kind,
            asks,
            beyond: 0,
            open: false,
        }
    }
}

/// A distribution under way.
struct Run<'a> {
    frozen: &'a FrozenPlan,
    claims: &'a Claims,
    currency: Currency,
    price: i64,
    /// What is left of price and gap.
    left: i64,
    /// What the sale's costs were paid.
    costs: i64,
    /// What is left of the deposit's part that goes to the debt.
    deposit: i64,
    tiers: Vec<StatementTier>,
    lines: Vec<StatementLine>,
    /// In the order of rank.
    entries: Vec<Entry<'a>>,
    /// In the order of occurrence; those before `next_tax` had their place.
    taxes: Vec<Tax>,
    next_tax: usize,
    /// Where the plan has the tax that is older.
    earlier_tax: u32,
    /// What exceeds a pledge and was attached.
    excess: Vec<Item>,
    asks: Vec<Asks>,
    shared: Vec<Shared>,
}

fn minor(amount: Option<Amount>) -> i64 {
    amount.map_or(0, |amount| amount.money.minor())
}

impl<'a> Run<'a> {
    fn new(frozen: &'a FrozenPlan, proceeds: &Proceeds, claims: &'a Claims) -> Self {
        let price = proceeds.price.money.minor();
        let entries = entries(frozen, claims);
        let agreed = frozen.plan().tiers.iter().map(|tier| tier.payees.len()).sum::<usize>();
        let simple = claims.costs.len() + claims.attachments.len() + claims.owners.len() + agreed;
        Self {
            frozen,
            claims,
            currency: frozen.plan().currency,
            price,
            left: price + minor(proceeds.gap),
            costs: 0,
            deposit: minor(proceeds.debt),
            tiers: Vec::with_capacity(frozen.plan().tiers.len() + claims.pledges.len() + 1),
            lines: Vec::with_capacity(simple + 2 * claims.taxes.len() + 4 * entries.len()),
            entries,
            taxes: taxes(claims),
            next_tax: 0,
            earlier_tax: 0,
            excess: vec![],
            asks: vec![],
            shared: vec![],
        }
    }

    fn amount(&self, minor: i64) -> Amount {
        Amount::new(self.currency, Money::from_minor(minor))
    }

    /// Opens a tier of the statement.
    fn open(&mut self, kind: TierKind, place: Option<u32>, rank: Option<u32>, available: i64, split: Split) {
        let none = self.amount(0);
        self.tiers.push(StatementTier {
            kind,
            place,
            rank,
            available: self.amount(available),
            asked: none,
            paid: none,
            short: none,
            split,
            shared: none,
            weights: 0,
        });
    }

    /// Tells how the tier that is open was shared.
    fn note(&mut self, way: Way) {
        let shared = self.amount(way.shared);
        let tier = self.tier();
        (tier.shared, tier.weights) = (shared, way.weights);
    }

    fn tier(&mut self) -> &mut StatementTier {
        self.tiers.last_mut().expect("a tier is open")
    }

    /// Tells what a claim came to, and adds it to its tier.
    fn tell(&mut self, item: &Item, shared: Shared) {
        let paid = shared.paid;
        let asked = if item.open { paid } else { item.asks.limit };
        let line = StatementLine {
            tier: u32::try_from(self.tiers.len() - 1).expect("tiers are bounded"),
            payee: item.payee,
            kind: item.kind,
            asked: self.amount(asked),
            beyond: self.amount(item.beyond),
            paid: self.amount(paid),
            short: self.amount(asked - paid),
            weight: shared.weight,
            extra: shared.extra,
        };
        let tier = self.tier();
        for (sum, of) in [
            (&mut tier.asked, asked),
            (&mut tier.paid, paid),
            (&mut tier.short, asked - paid),
        ] {
            sum.money = sum.money.plus(Money::from_minor(of));
        }
        self.lines.push(line);
    }

    /// Shares what is available among the items of the tier that is open.
    fn pay(&mut self, available: i64, split: Split, items: &[Item]) {
        let (mut asks, mut shared) = (core::mem::take(&mut self.asks), core::mem::take(&mut self.shared));
        asks.clear();
        asks.extend(items.iter().map(|item| item.asks));
        let way = share_out(split, available, &asks, &mut shared);
        self.note(way);
        for (item, &shared) in items.iter().zip(&shared) {
            self.left -= shared.paid;
            self.tell(item, shared);
        }
        (self.asks, self.shared) = (asks, shared);
    }

    /// What a tier of the plan may take of what reaches it.
    fn available(&self, tier: &Tier) -> i64 {
        let cap = tier.cap.map_or(i64::MAX, |cap| cap.money.minor());
        let share = |left| tier.share.map_or(left, |share| share.of(left));
        share(Money::from_minor(self.left)).minor().min(cap)
    }

    /// A defaulter's deposit reduces what the pledgees are owed, by rank (法释〔2016〕18号 24).
    fn pay_from_the_deposit(&mut self) {
        if self.deposit > 0 {
            self.open(TierKind::Deposit, None, None, self.deposit, Split::InOrder);
            let mut entries = core::mem::take(&mut self.entries);
            for entry in &mut entries {
                for (part, kind) in entry.rest.iter_mut().zip(PARTS) {
                    // What it does not reach is asked of the tiers.
                    let paid = self.deposit.min(*part);
                    self.deposit -= paid;
                    *part -= paid;
                    if paid > 0 {
                        self.tell(
                            &Item::of(entry.claim.payee, kind, paid),
                            Shared {
                                paid,
                                ..Shared::default()
                            },
                        );
                    }
                }
            }
            self.entries = entries;
            // What it leaves once all debts are paid is as good as price.
            self.left += core::mem::take(&mut self.deposit);
        }
        secure(&mut self.entries);
    }

    fn pay_costs(&mut self, place: u32, tier: &Tier) {
        let mut caps = caps(tier, self.payees());
        let mut items = Vec::with_capacity(self.claims.costs.len() + tier.payees.len());
        let mut ask = |payee: u32, kind: ClaimKind, asked: i64| {
            let mut limit = asked;
            if let Some(cap) = caps.get_mut(payee as usize) {
                limit = limit.min(*cap);
                *cap -= limit;
            }
            let mut item = Item::of(payee, kind, limit);
            item.beyond = asked - limit;
            item.asks.place = i64::try_from(items.len()).expect("a list is bounded");
            items.push(item);
        };
        for cost in &self.claims.costs {
            ask(cost.payee, CostKind::line(cost.kind), cost.amount.money.minor());
        }
        for portion in &tier.payees {
            if let Some(rate) = portion.rate {
                ask(
                    portion.payee,
                    ClaimKind::AgreedRate,
                    rate.of(Money::from_minor(self.price)).minor(),
                );
            }
        }
        let available = self.available(tier);
        self.open(TierKind::SaleCosts, Some(place), None, available, tier.split);
        self.pay(available, tier.split, &items);
        self.costs = self.tier().paid.money.minor();
    }

    fn payees(&self) -> usize {
        self.frozen.plan().payees.len() + self.claims.later.len()
    }

    fn pay_tax_before_the_first(&mut self, place: u32) {
        self.earlier_tax = place;
        let first = self.ranks().next();
        let (rank, before) = first.map_or((None, Date(i32::MIN)), |(rank, before, _)| (rank, before));
        self.pay_tax_before(rank, before);
    }

    /// The ranks in order: the day before which tax is ahead of one, and how many entries it has. Of pledges that stand
    /// level by agreement the youngest counts: the tax office is bound by no agreement.
    fn ranks(&self) -> impl Iterator<Item = (Option<u32>, Date, usize)> {
        let ranks = self.entries.chunk_by(|a, b| a.rank == b.rank);
        ranks.map(|rank| {
            let days = rank.iter().map(|entry| entry.pledge.registered);
            let secured = rank[0].rank.is_some();
            let youngest = days.max().filter(|_| secured).unwrap_or(Date(i32::MIN));
            (rank[0].rank, youngest, rank.len())
        })
    }

    /// Pays tax that was in arrears before a rank's pledge was registered (税收征管法 45).
    fn pay_tax_before(&mut self, rank: Option<u32>, before: Date) {
        let older = self.taxes[self.next_tax..].partition_point(|tax| tax.occurs < before);
        let of = self.next_tax..self.next_tax + older;
        self.next_tax = of.end;
        let surcharge = self.frozen.plan().surcharge_with_tax;
        let items: Vec<Item> = self.taxes[of]
            .iter()
            .flat_map(|tax| tax_items(tax, surcharge))
            .collect();
        self.open(
            TierKind::EarlierTax,
            Some(self.earlier_tax),
            rank,
            self.left,
            Split::ProRata,
        );
        self.pay(self.left, Split::ProRata, &items);
    }

    /// Wages that are ahead of the pledgees (企业破产法 132); which are, was asked before.
    fn pay_wages(&mut self, place: u32) {
        let item = |wage: &WageClaim| Item::of(wage.payee, ClaimKind::Wages, wage.amount.money.minor());
        let items: Vec<Item> = self.claims.wages.iter().map(item).collect();
        if !items.is_empty() {
            self.open(TierKind::Wages, Some(place), None, self.left, Split::ProRata);
            self.pay(self.left, Split::ProRata, &items);
        }
    }

    fn pay_pledgees(&mut self, place: u32) {
        self.pay_wages(place);
        let ranks: Vec<_> = self.ranks().collect();
        let entries = core::mem::take(&mut self.entries);
        let mut from = 0;
        for (rank, before, count) in ranks {
            if self.taxes.get(self.next_tax).is_some_and(|tax| tax.occurs < before) {
                self.pay_tax_before(rank, before);
            }
            self.pay_rank(place, rank, &entries[from..from + count]);
            from += count;
        }
        if from == 0 {
            self.open(TierKind::Secured, Some(place), None, self.left, Split::ProRata);
        }
    }

    fn pay_rank(&mut self, place: u32, rank: Option<u32>, entries: &[Entry<'_>]) {
        self.open(TierKind::Secured, Some(place), rank, self.left, Split::ProRata);
        let (mut asks, mut shared) = (core::mem::take(&mut self.asks), core::mem::take(&mut self.shared));
        asks.clear();
        asks.extend(entries.iter().map(|entry| Asks::of(entry.within)));
        let way = share_out(Split::ProRata, self.left, &asks, &mut shared);
        self.note(way);
        for (entry, &shared) in entries.iter().zip(&shared) {
            self.left -= shared.paid;
            self.pay_entry(entry, shared);
        }
        for (entry, shared) in entries.iter().zip(&shared) {
            if !entry.claim.payers.is_empty() {
                self.pay_payers(place, entry, shared.paid);
            }
        }
        (self.asks, self.shared) = (asks, shared);
    }

    /// Pays a holder of a pledge its rest, part by part.
    fn pay_entry(&mut self, entry: &Entry<'_>, shared: Shared) {
        let payee = entry.claim.payee;
        let owed = entry.owed();
        let (mut secured, mut paid) = (owed.min(entry.within), shared.paid);
        let beyond = owed - secured;
        for (kind, part) in PARTS.into_iter().zip(entry.rest).filter(|&(_, part)| part > 0) {
            let mut item = Item::of(payee, kind, part.min(secured));
            item.beyond = part - item.asks.limit;
            let of_it = paid.min(item.asks.limit);
            secured -= item.asks.limit;
            paid -= of_it;
            self.tell(&item, Shared { paid: of_it, ..shared });
        }
        if let Some(place) = entry.claim.excess_attached.filter(|_| beyond > 0) {
            let mut item = Item::of(payee, ClaimKind::AttachedExcess, beyond);
            item.asks.place = place.into();
            self.excess.push(item);
        }
    }

    /// Those who paid a pledgee share what its rest left within its pledge.
    fn pay_payers(&mut self, place: u32, entry: &Entry<'_>, share: i64) {
        let secured = entry.owed().min(entry.within);
        let room = entry.within - secured;
        let [all, taken, share] = [entry.owed() + entry.taken, entry.taken, share].map(Money::from_minor);
        let paid = back_to_guarantor(all, taken, share).minor();
        let rule = self.frozen.plan().payers;
        self.open(TierKind::Payers, Some(place), entry.rank, paid, rule);
        let asks_for = |payer: &Payer| Asks {
            limit: taken_over(payer, entry.pledge.pledgor),
            weight: payer.weight,
            place: payer.paid_on.0.into(),
        };
        let payers = &entry.claim.payers;
        let mut asks: Vec<Asks> = payers.iter().map(asks_for).collect();
        let mut shared = Vec::with_capacity(asks.len());
        share_out(rule, room, &asks, &mut shared);
        asks.iter_mut()
            .zip(&shared)
            .for_each(|(asks, within)| asks.limit = within.paid);
        let way = share_out(rule, paid, &asks, &mut shared);
        self.note(way);
        for ((payer, asks), &shared) in payers.iter().zip(asks).zip(&shared) {
            let mut item = Item::of(payer.payee, ClaimKind::TakenOver, asks.limit);
            item.beyond = payer.paid.money.minor() - asks.limit;
            self.tell(&item, shared);
        }
    }

    /// The owner's tax that no pledge stands behind, and surcharges that do not share the place of their tax.
    fn pay_later_tax(&mut self, place: u32) {
        let apart = !self.frozen.plan().surcharge_with_tax;
        let earlier = self.taxes[..self.next_tax]
            .iter()
            .filter(|tax| apart && tax.surcharge > 0);
        let surcharges = earlier.map(|tax| Item::of(tax.payee, ClaimKind::Surcharge, tax.surcharge));
        let later = self.taxes[self.next_tax..].iter().flat_map(|tax| tax_items(tax, true));
        let others = self.claims.taxes.iter().filter(|tax| tax.taxpayer == Taxpayer::Other);
        let others = others.map(|tax| Item {
            beyond: tax.tax.money.minor() + minor(tax.surcharge),
            ..Item::of(tax.payee, ClaimKind::Tax, 0)
        });
        let items: Vec<Item> = surcharges.chain(later).chain(others).collect();
        self.open(TierKind::LaterTax, Some(place), None, self.left, Split::ProRata);
        self.pay(self.left, Split::ProRata, &items);
    }

    /// Creditors that attached the right, before any surplus: an enterprise's in their order (民诉法解释 514), others' by
    /// what each asks (508).
    fn pay_attaching(&mut self, place: u32) {
        let attached = self.claims.attachments.iter().map(|one| {
            let mut item = Item::of(one.payee, ClaimKind::Attachment, one.amount.money.minor());
            item.asks.place = one.order.into();
            item
        });
        let items: Vec<Item> = attached.chain(core::mem::take(&mut self.excess)).collect();
        let split = if self.claims.enterprise {
            Split::InOrder
        } else {
            Split::ProRata
        };
        self.open(TierKind::Attaching, Some(place), None, self.left, split);
        self.pay(self.left, split, &items);
    }

    fn pay_agreed(&mut self, place: u32, tier: &Tier) {
        let available = self.available(tier);
        let mut claimed = vec![None; self.frozen.plan().payees.len()];
        for claim in self.claims.agreed.iter().filter(|claim| claim.tier == place) {
            let sum: &mut Option<i64> = &mut claimed[claim.payee as usize];
            *sum = Some(sum.unwrap_or(0) + claim.amount.money.minor());
        }
        let ask = |(at, portion): (usize, &Portion)| {
            let claim = claimed[portion.payee as usize];
            let most = self.most(portion).into_iter().chain(claim).min();
            // Without any limit a weight takes what there is for it; where no weights count, nothing is asked.
            let by_weight = tier.split == Split::ByWeight;
            let limit = most.unwrap_or(if by_weight { available } else { 0 });
            Item {
                payee: portion.payee,
                kind: ClaimKind::Agreed,
                asks: Asks {
                    limit,
                    weight: portion.weight,
                    place: i64::try_from(at).expect("a list is bounded"),
                },
                beyond: claim.map_or(0, |claim| claim - limit),
                open: most.is_none() && by_weight,
            }
        };
        let items: Vec<Item> = tier.payees.iter().enumerate().map(ask).collect();
        self.open(TierKind::Agreed, Some(place), None, available, tier.split);
        self.pay(available, tier.split, &items);
    }

    /// The inventors have their share of what the price leaves once its costs are paid, by their weights (转化法 45).
    fn pay_inventors(&mut self, place: u32, tier: &Tier) {
        let [price, costs] = [self.price, self.costs].map(Money::from_minor);
        let reward = inventors_reward(price, costs, tier.share.unwrap_or(INVENTORS_SHARE)).minor();
        let shares = apportion(
            reward,
            &tier.payees.iter().map(|one| one.weight.into()).collect::<Vec<u64>>(),
        );
        let items = tier.payees.iter().zip(shares);
        let items: Vec<Item> = items
            .map(|(one, share)| Item::of(one.payee, ClaimKind::InventorsReward, share))
            .collect();
        self.open(TierKind::Inventors, Some(place), None, self.left, Split::ProRata);
        self.pay(self.left, Split::ProRata, &items);
    }

    /// The most that a portion of an agreed tier is paid, if the plan says so.
    fn most(&self, portion: &Portion) -> Option<i64> {
        let rate = portion.rate.map(|rate| rate.of(Money::from_minor(self.price)).minor());
        let cap = portion.cap.map(|cap| cap.money.minor());
        rate.into_iter().chain(cap).min()
    }

    /// The surplus, by the owners' parts; without an owner it waits.
    fn pay_owners(&mut self, place: u32) {
        let surplus = self.left;
        self.open(TierKind::Surplus, Some(place), None, surplus, Split::ByWeight);
        let owners = &self.claims.owners;
        if owners.is_empty() {
            return;
        }
        let parts: Vec<u32> = owners.iter().map(|owner| owner.parts).collect();
        let weights = parts.iter().map(|&part| u64::from(part)).sum();
        let shared = surplus;
        self.note(Way { shared, weights });
        let shares = portions(surplus, &parts);
        for (owner, of) in owners.iter().zip(shares) {
            let shared = Shared {
                paid: of.share,
                weight: owner.parts.into(),
                extra: of.extra,
            };
            self.tell(&Item::of(owner.payee, ClaimKind::OwnersPart, of.share), shared);
        }
    }

    fn state(self, proceeds: &Proceeds) -> Statement {
        let gross = proceeds.price.money.minor() + minor(proceeds.gap) + minor(proceeds.debt);
        let surplus = self.left;
        let before = self.tiers.iter().filter(|tier| tier.kind != TierKind::Surplus);
        let paid: i64 = before.map(|tier| tier.paid.money.minor()).sum();
        assert!(
            paid + surplus == gross && surplus >= 0,
            "no fen is lost: {paid} and {surplus} of {gross}"
        );
        Statement {
            plan: self.frozen.digest(),
            gross: self.amount(gross),
            paid: self.amount(paid),
            surplus: self.amount(surplus),
            tiers: self.tiers,
            lines: self.lines,
        }
    }
}

/// What a payer asks of a pledge.
fn taken_over(payer: &Payer, pledgor: Pledgor) -> i64 {
    if takes_over(payer, pledgor) {
        payer.paid.money.minor()
    } else {
        0
    }
}

/// The lines of a tax: itself, and the surcharge where it is asked in the same place.
fn tax_items(tax: &Tax, surcharge: bool) -> impl Iterator<Item = Item> {
    let itself = (tax.tax > 0).then(|| Item::of(tax.payee, ClaimKind::Tax, tax.tax));
    let more = (surcharge && tax.surcharge > 0).then(|| Item::of(tax.payee, ClaimKind::Surcharge, tax.surcharge));
    itself.into_iter().chain(more)
}

/// The owner's tax, by the day on which it was in arrears.
fn taxes(claims: &Claims) -> Vec<Tax> {
    let owners = claims.taxes.iter().filter(|tax| tax.taxpayer == Taxpayer::Owner);
    let tax = owners.map(|tax| Tax {
        occurs: in_arrears_on(tax),
        payee: tax.payee,
        tax: tax.tax.money.minor(),
        surcharge: minor(tax.surcharge),
    });
    let mut taxes: Vec<Tax> = tax.collect();
    taxes.sort_by_key(|tax| tax.occurs);
    taxes
}

/// What of the costs each payee may have in all; empty where nothing is capped.
fn caps(tier: &Tier, payees: usize) -> Vec<i64> {
    if tier.payees.iter().all(|portion| portion.cap.is_none()) {
        return vec![];
    }
    let mut caps = vec![i64::MAX; payees];
    for portion in &tier.payees {
        if let Some(cap) = portion.cap {
            caps[portion.payee as usize] = cap.money.minor();
        }
    }
    caps
}

/// The holders of pledges in their order: by rank, then as they were named; pledges that hold against nobody last.
fn entries<'a>(frozen: &FrozenPlan, claims: &'a Claims) -> Vec<Entry<'a>> {
    let moved = &frozen.plan().ranks;
    let rank = |pledge: &RankedPledge| pledge.in_rem.then(|| plan::stands_in(moved, pledge.rank));
    let mut order: Vec<(Option<u32>, &RankedPledge)> = claims.pledges.iter().map(|one| (rank(one), one)).collect();
    order.sort_by_key(|&(rank, _)| (rank.is_none(), rank));
    let of_pledge = |(rank, pledge): (Option<u32>, &'a RankedPledge)| {
        let entry = move |claim: &'a SecuredClaim| Entry {
            pledge,
            claim,
            rank,
            rest: [
                Some(claim.costs),
                Some(claim.interest),
                Some(claim.principal),
                claim.doubled,
            ]
            .map(minor),
            taken: claim.payers.iter().map(|payer| taken_over(payer, pledge.pledgor)).sum(),
            within: 0,
        };
        pledge.holders.iter().map(entry)
    };
    order.into_iter().flat_map(of_pledge).collect()
}

/// What of each claim its pledge secures: the registered maximum takes in all that is owed on it (担保解释 15), and the
/// holders of one pledge share it.
fn secure(entries: &mut [Entry<'_>]) {
    for of_pledge in entries.chunk_by_mut(|a, b| core::ptr::eq(a.pledge, b.pledge)) {
        let pledge = of_pledge[0].pledge;
        if !pledge.in_rem {
            continue;
        }
        let totals: Vec<u64> = of_pledge
            .iter()
            .map(|entry| (entry.owed() + entry.taken).unsigned_abs())
            .collect();
        let total = totals.iter().map(|&of| u128::from(of)).sum::<u128>();
        let maximum = pledge.maximum.map(|maximum| maximum.money.minor());
        match maximum.filter(|maximum| u128::from(maximum.unsigned_abs()) < total) {
            Some(maximum) => {
                let within = apportion(maximum, &totals);
                of_pledge
                    .iter_mut()
                    .zip(within)
                    .for_each(|(entry, within)| entry.within = within);
            }
            None => of_pledge
                .iter_mut()
                .for_each(|entry| entry.within = entry.owed() + entry.taken),
        }
    }
}
