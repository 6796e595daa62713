//! The paper: what somebody with a pencil would say of the year. It shares nothing with the engine but units and ids.
//!
//! A waterfall is the tiers in their order, each paid in full or shared by the largest remainder; and a price under
//! consent goes down the ranks. What nobody told it, it doesn't know.

use super::debt::Debt;
use protocol::{AccountId, AssetId, Date, EntityId, LoanId, PledgeId};
use std::collections::BTreeMap;

/// Money in fen.
pub(super) type Fen = i64;

/// Who is paid: a participant, or somebody without an account here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Participant(EntityId),
    Outsider(&'static str),
}

/// Shares all of a total by weights: everybody the whole fen of its share, and one more to whom most of a fen is missing,
/// the earlier first.
pub(super) fn shares(total: Fen, weights: &[Fen]) -> Vec<Fen> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &Fen| i128::from(total) * i128::from(*weight);
    let mut shares: Vec<Fen> = weights.iter().map(|weight| (exact(weight) / whole) as Fen).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&place| -(exact(&weights[place]) % whole));
    let left = total - shares.iter().sum::<Fen>();
    for &place in order.iter().take(left as usize) {
        shares[place] += 1;
    }
    shares
}

/// What each has of what is left: what it asks, or its share where that does not suffice.
fn by_asks(left: Fen, asks: &[Fen]) -> Vec<Fen> {
    if asks.iter().sum::<Fen>() <= left {
        asks.to_vec()
    } else {
        shares(left, asks)
    }
}

/// The same, one place after another; those of one place share.
fn by_place(mut left: Fen, asks: &[(i64, Fen)]) -> Vec<Fen> {
    let mut paid = vec![0; asks.len()];
    let mut places: Vec<i64> = asks.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    places.dedup();
    for place in places {
        let of: Vec<usize> = (0..asks.len()).filter(|&at| asks[at].0 == place).collect();
        let each: Vec<Fen> = of.iter().map(|&at| asks[at].1).collect();
        for (at, share) in of.into_iter().zip(by_asks(left, &each)) {
            paid[at] = share;
        }
        left -= each.iter().sum::<Fen>().min(left);
    }
    paid
}

/// A pledge on the rights that are sold.
#[derive(Clone, Debug)]
pub(super) struct Lien {
    pub pledge: PledgeId,
    pub loan: LoanId,
    /// When it was recorded: its rank.
    pub recorded: u64,
    pub on: Date,
    pub third_party: bool,
    pub maximum: Option<Fen>,
}

/// Tax in arrears.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tax {
    pub office: Who,
    pub owners: bool,
    /// The last day on which it was in time.
    pub due: Date,
    pub tax: Fen,
    pub surcharge: Fen,
}

/// In which order the first two ranks stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ranks {
    #[default]
    AsRecorded,
    /// They change places.
    Swapped,
    /// They stand level.
    Level,
}

impl Ranks {
    /// When the pledges of each rank were recorded.
    pub(super) fn of(self, liens: &[Lien]) -> Vec<Vec<u64>> {
        let mut recorded: Vec<u64> = liens.iter().map(|lien| lien.recorded).collect();
        recorded.sort_unstable();
        recorded.dedup();
        let mut ranks: Vec<Vec<u64>> = recorded.into_iter().map(|at| vec![at]).collect();
        if ranks.len() > 1 {
            match self {
                Self::AsRecorded => {}
                Self::Swapped => ranks.swap(0, 1),
                Self::Level => {
                    let second = ranks.remove(1);
                    ranks[0].extend(second);
                }
            }
        }
        ranks
    }
}

/// What the parties agreed of the waterfall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    /// The appraiser has no more of the costs than this.
    pub appraiser_cap: Option<Fen>,
    /// The tier of costs has no more than this share of the price, in basis points.
    pub costs_share: Option<u16>,
    pub costs_in_order: bool,
    /// The inventors have this share of the price, before the owner, in basis points.
    pub inventors: Option<u16>,
    pub payers_in_order: bool,
    pub surcharge_with_tax: bool,
    pub ranks: Ranks,
}

/// What is asked of a price.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub price: Fen,
    /// What a deposit makes up of an earlier price.
    pub gap: Fen,
    /// What of it goes to the debt.
    pub to_debt: Fen,
    pub agreed: Agreed,
    /// In order; the venue's fee last.
    pub costs: Vec<(Who, Fen)>,
    pub taxes: Vec<Tax>,
    /// By their recording.
    pub liens: Vec<Lien>,
    /// Who attached, in which place, for how much.
    pub attached: Vec<(Who, u32, Fen)>,
    pub enterprise: bool,
    pub owner: Who,
    pub on: Date,
}

/// Who has a price.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    pub to: BTreeMap<Who, Fen>,
    /// What of it is counted on which loan.
    pub on_debts: Vec<(LoanId, Fen)>,
    /// How much which backer of which loan has back.
    pub back: Vec<(LoanId, usize, Fen)>,
    left: Fen,
}

impl Split {
    fn pay(&mut self, who: Who, fen: Fen) {
        *self.to.entry(who).or_default() += fen;
        self.left -= fen;
    }

    fn pay_all(&mut self, asks: &[(Who, Fen)], paid: &[Fen]) {
        for ((who, _), fen) in asks.iter().zip(paid) {
            self.pay(*who, *fen);
        }
    }

    fn pay_by_asks(&mut self, asks: &[(Who, Fen)]) {
        let each: Vec<Fen> = asks.iter().map(|(_, ask)| *ask).collect();
        let paid = by_asks(self.left, &each);
        self.pay_all(asks, &paid);
    }
}

/// A holder of a claim in a rank: what it is owed, what others took over of it, and what of both its pledge secures.
struct Entry<'a> {
    loan: LoanId,
    lien: &'a Lien,
    holder: EntityId,
    owed: Fen,
    /// The backer's place in its loan, and what it took over.
    taken: Vec<(usize, Fen)>,
    within: Fen,
}

/// What of the claims of one loan's holders its pledge secures.
fn secure(entries: &mut [Entry<'_>]) {
    let all: Vec<Fen> = entries
        .iter()
        .map(|entry| entry.owed + entry.taken.iter().map(|(_, fen)| fen).sum::<Fen>())
        .collect();
    let within = by_asks(entries[0].lien.maximum.unwrap_or(Fen::MAX), &all);
    for (entry, within) in entries.iter_mut().zip(within) {
        entry.within = within;
    }
}

/// The books of the year.
#[derive(Default)]
pub(super) struct Paper {
    /// What an account has, free and held together.
    pub cash: BTreeMap<AccountId, Fen>,
    /// What is held in it, by the number of the deal.
    pub held: BTreeMap<(u64, AccountId), Fen>,
    pub came_in: Fen,
    pub went_out: Fen,
    pub debts: BTreeMap<LoanId, Debt>,
    pub owners: BTreeMap<AssetId, EntityId>,
}

impl Paper {
    pub(super) fn came_in(&mut self, to: AccountId, fen: Fen) {
        *self.cash.entry(to).or_default() += fen;
        self.came_in += fen;
    }

    pub(super) fn went_out(&mut self, from: AccountId, fen: Fen) {
        *self.cash.entry(from).or_default() -= fen;
        self.went_out += fen;
    }

    pub(super) fn move_cash(&mut self, from: AccountId, to: AccountId, fen: Fen) {
        *self.cash.entry(from).or_default() -= fen;
        *self.cash.entry(to).or_default() += fen;
    }

    pub(super) fn hold(&mut self, deal: u64, account: AccountId, fen: Fen) {
        let held = self.held.entry((deal, account)).or_default();
        *held += fen;
        assert!(*held >= 0, "{deal} holds less than nothing");
        if *held == 0 {
            self.held.remove(&(deal, account));
        }
    }

    /// Nothing is held for a deal any more.
    pub(super) fn free(&mut self, deal: u64) {
        self.held.retain(|(of, _), _| *of != deal);
    }

    /// What is held for a deal.
    pub(super) fn held_for(&self, deal: u64) -> Fen {
        let of = self.held.iter().filter(|((of, _), _)| *of == deal);
        of.map(|(_, fen)| fen).sum()
    }

    pub(super) fn debt(&mut self, loan: LoanId) -> &mut Debt {
        self.debts.get_mut(&loan).expect("it was lent")
    }

    /// Who has a price, tier by tier.
    pub(super) fn split(&self, asked: &Asked) -> Split {
        let mut split = Split {
            left: asked.price + asked.gap,
            ..Split::default()
        };
        let ranks = self.ranks(asked, &mut split);
        self.pay_costs(asked, &mut split);
        let mut taxes: Vec<Tax> = asked.taxes.iter().filter(|tax| tax.owners).copied().collect();
        taxes.sort_by_key(|tax| tax.due);
        let mut surcharges = vec![];
        for rank in ranks {
            // In arrears from the day after it was due, and before the youngest pledge of the rank was recorded.
            let youngest = rank
                .iter()
                .map(|entry| entry.lien.on)
                .max()
                .expect("a rank is of somebody");
            let (older, rest) = taxes.into_iter().partition(|tax| tax.due.next() < youngest);
            taxes = rest;
            let older: Vec<Tax> = older;
            split.pay_by_asks(&tax_asks(&older, asked.agreed.surcharge_with_tax));
            surcharges.extend(older);
            self.pay_rank(asked, &rank, &mut split);
        }
        let mut later: Vec<(Who, Fen)> = vec![];
        if !asked.agreed.surcharge_with_tax {
            later.extend(surcharges.iter().map(|tax| (tax.office, tax.surcharge)));
        }
        later.extend(tax_asks(&taxes, true));
        split.pay_by_asks(&later);
        let attached: Vec<(Who, Fen)> = asked.attached.iter().map(|(who, _, fen)| (*who, *fen)).collect();
        if asked.enterprise {
            let places: Vec<_> = asked
                .attached
                .iter()
                .map(|(_, place, fen)| (i64::from(*place), *fen))
                .collect();
            let paid = by_place(split.left, &places);
            split.pay_all(&attached, &paid);
        } else {
            split.pay_by_asks(&attached);
        }
        if let Some(points) = asked.agreed.inventors {
            let most = points_of(asked.price, points);
            split.pay(Who::Outsider("inventors"), most.min(split.left));
        }
        split.pay(asked.owner, split.left);
        split.to.retain(|_, fen| *fen > 0);
        split
    }

    fn pay_costs(&self, asked: &Asked, split: &mut Split) {
        let agreed = &asked.agreed;
        let mut cap = agreed.appraiser_cap.unwrap_or(Fen::MAX);
        let mut asks = asked.costs.clone();
        for (who, ask) in &mut asks {
            if *who == Who::Outsider("appraiser") {
                *ask = (*ask).min(cap);
                cap -= *ask;
            }
        }
        let there = agreed
            .costs_share
            .map_or(split.left, |share| points_of(split.left, share));
        let each: Vec<Fen> = asks.iter().map(|(_, ask)| *ask).collect();
        let paid = if agreed.costs_in_order {
            let places: Vec<_> = (0..).zip(each).collect();
            by_place(there, &places)
        } else {
            by_asks(there, &each)
        };
        split.pay_all(&asks, &paid);
    }

    /// The ranks in their order, each with the holders of its claims, once a deposit has paid what it can of them.
    fn ranks<'a>(&self, asked: &'a Asked, split: &mut Split) -> Vec<Vec<Entry<'a>>> {
        let of = |recorded: &u64| {
            let liens = asked.liens.iter().filter(|lien| lien.recorded == *recorded);
            liens.flat_map(|lien| self.entries(lien, asked.on)).collect::<Vec<_>>()
        };
        let recorded = asked.agreed.ranks.of(&asked.liens);
        let mut ranks: Vec<Vec<Entry<'_>>> = recorded.iter().map(|rank| rank.iter().flat_map(of).collect()).collect();
        let mut deposit = asked.to_debt;
        for entry in ranks.iter_mut().flatten() {
            let given = deposit.min(entry.owed);
            (deposit, entry.owed) = (deposit - given, entry.owed - given);
            *split.to.entry(Who::Participant(entry.holder)).or_default() += given;
            split.on_debts.push((entry.loan, given));
        }
        split.left += deposit;
        for of_lien in ranks
            .iter_mut()
            .flat_map(|rank| rank.chunk_by_mut(|a, b| a.loan == b.loan))
        {
            secure(of_lien);
        }
        ranks
    }

    fn entries<'a>(&self, lien: &'a Lien, on: Date) -> Vec<Entry<'a>> {
        let debt = &self.debts[&lien.loan];
        let weights = debt.weights();
        let parts = debt.parts(on).map(|part| shares(part, &weights));
        let backers: Vec<Vec<Fen>> = debt
            .backers
            .iter()
            .map(|backer| shares(backer.left, &weights))
            .collect();
        let mut entries: Vec<Entry<'_>> = vec![];
        for (place, (holder, _)) in debt.holders.iter().enumerate() {
            let taken = debt.backers.iter().zip(&backers).enumerate();
            let taken = taken.map(|(at, (backer, of))| {
                (
                    at,
                    if backer.takes_over(lien.third_party) > 0 {
                        of[place]
                    } else {
                        0
                    },
                )
            });
            entries.push(Entry {
                loan: lien.loan,
                lien,
                holder: *holder,
                owed: parts.iter().map(|part| part[place]).sum(),
                taken: taken.collect(),
                within: 0,
            });
        }
        entries
    }

    /// The holders of a rank share by what their pledges secure; each one's share is its own rest first, then theirs who
    /// paid it.
    fn pay_rank(&self, asked: &Asked, rank: &[Entry<'_>], split: &mut Split) {
        let asks: Vec<Fen> = rank.iter().map(|entry| entry.within).collect();
        let paid = by_asks(split.left, &asks);
        for (entry, share) in rank.iter().zip(paid) {
            let own = share.min(entry.owed);
            split.pay(Who::Participant(entry.holder), own);
            split.on_debts.push((entry.loan, own));
            let room = entry.within - entry.owed.min(entry.within);
            let backers = &self.debts[&entry.loan].backers;
            let share_out = |there: Fen, asks: &[Fen]| {
                if !asked.agreed.payers_in_order {
                    return by_asks(there, asks);
                }
                let days = entry.taken.iter().map(|(at, _)| i64::from(backers[*at].on.0));
                by_place(there, &days.zip(asks.iter().copied()).collect::<Vec<_>>())
            };
            let asks: Vec<Fen> = entry.taken.iter().map(|(_, fen)| *fen).collect();
            let back = share_out(share - own, &share_out(room, &asks));
            for ((at, _), fen) in entry.taken.iter().zip(back) {
                split.pay(Who::Participant(backers[*at].entity), fen);
                split.back.push((entry.loan, *at, fen));
            }
        }
    }

    /// Who has a price to which the pledgees consented, down the ranks: what each is owed, or all that is left is held from
    /// the first on that chose a deposit. The rest is the owner's.
    pub(super) fn earned(&self, price: Fen, liens: &[(Lien, bool)], on: Date) -> (Vec<Fen>, Option<(LoanId, Fen)>) {
        let mut to = vec![0; liens.len()];
        let mut left = price;
        let mut recorded: Vec<u64> = liens.iter().map(|(lien, _)| lien.recorded).collect();
        recorded.sort_unstable();
        recorded.dedup();
        for rank in recorded {
            let of: Vec<usize> = (0..liens.len()).filter(|&at| liens[at].0.recorded == rank).collect();
            let owed = |at: &usize| self.debts[&liens[*at].0.loan].owed(on);
            let of: Vec<usize> = of.into_iter().filter(|at| owed(at) > 0).collect();
            let paid = by_asks(left, &of.iter().map(owed).collect::<Vec<_>>());
            for (&at, share) in of.iter().zip(paid).filter(|(at, _)| !liens[**at].1) {
                to[at] = share;
                left -= share;
            }
            if let Some(&at) = of.iter().find(|at| liens[**at].1) {
                return (to, Some((liens[at].0.loan, left)));
            }
        }
        (to, None)
    }
}

fn tax_asks(taxes: &[Tax], surcharge: bool) -> Vec<(Who, Fen)> {
    let asks = |tax: &Tax| {
        [
            (tax.office, tax.tax),
            (tax.office, if surcharge { tax.surcharge } else { 0 }),
        ]
    };
    taxes.iter().flat_map(asks).filter(|(_, fen)| *fen > 0).collect()
}

/// Basis points of an amount, rounded down.
pub(super) fn points_of(fen: Fen, points: u16) -> Fen {
    (i128::from(fen) * i128::from(points) / 10_000) as Fen
}
