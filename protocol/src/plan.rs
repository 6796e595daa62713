//! Who is paid out of what a pledged right brought: the plan that was agreed before, the claims of the day, and the
//! statement of what became of each fen (RULES.md 2.8, PLEDGES.md 2.8).
//!
//! A plan is tiers in order. The law's own stand in every plan, once, in the law's order; what the parties agree stands
//! between them. It is agreed and hashed before the first step of a disposal (深知联〔2023〕1号 11), so that nobody
//! changes its share once the price is known. What is asked, a plan can't know: that are the [`Claims`]. A tier or a
//! claim names a payee by its place: first the plan's, then those that came later.

use crate::{
    describe::{one_of, record, words},
    ids::{AccountId, EntityId},
    text::{Digest, Name},
    time::Date,
    units::{Amount, BasisPoints, Currency, MONEY_MAX, Money},
};
use alloc::{vec, vec::Vec};
use sha2::{Digest as _, Sha256};

/// The most payees of one distribution, and the most entries of each list of claims.
pub const PAYEES_MAX: usize = 1_000;
/// The most tiers of a plan.
pub const TIERS_MAX: usize = 32;
/// The most ranks that a plan moves.
pub const RANKS_MOVED_MAX: usize = 64;
/// The most money that there is to share out, that is asked in all, or that the caps of one tier come to: their sums
/// stay below what money can be.
pub const SHARED_MAX: i64 = MONEY_MAX / 4;
/// The most rights of different lenders that are sold as one.
pub const BUNDLE_PARTS_MAX: usize = 64;

words! {
    /// What a tier is for.
    pub enum TierKind {
        /// T1: what the sale cost, the seller's taxes, the court's fee, the administrator.
        SaleCosts = 0, "sale_costs";
        /// T2: the owner's tax arrears that are older than the pledge (税收征管法 45).
        EarlierTax = 1, "earlier_tax";
        /// T3 to T5: the pledgees by rank, each followed by those who paid it.
        Secured = 2, "secured";
        /// T6: the owner's other tax arrears, before any unsecured creditor (税收征管法 45).
        LaterTax = 3, "later_tax";
        /// T6: creditors that attached the right (民诉法解释 508, 514).
        Attaching = 4, "attaching";
        /// T7: the owners.
        Surplus = 5, "surplus";
        /// What the parties agreed; as the inventors' reward (转化法 45).
        Agreed = 6, "agreed";
        /// A defaulter's deposit that goes to the debt (法释〔2016〕18号 24). In a statement alone.
        Deposit = 7, "deposit";
        /// T4: those who paid a pledgee, in its place and behind its rest. In a statement alone.
        Payers = 8, "payers";
        /// The inventors, whom the plan names: at most their share of what the price leaves once its costs are paid (转化法 45),
        /// half of it where the tier names no share.
        Inventors = 9, "inventors";
        /// Wages that a bankrupt employer owed before 2006-08-27, ahead of the pledgees (企业破产法 132). In a statement alone.
        Wages = 10, "wages";
    }

    /// How equals share what does not suffice.
    pub enum Split {
        /// By what each asks; the fen left over by the larger remainder, then to the earlier (Hamilton).
        ProRata = 0, "pro_rata";
        /// One after another; those of one place by what each asks.
        InOrder = 1, "in_order";
        /// By agreed weights, nobody above its limit: what one does not need, the others share.
        ByWeight = 2, "by_weight";
    }

    /// What a cost of the sale is for. The buyer's taxes are none: each side bears its own (法释〔2016〕18号 30).
    pub enum CostKind {
        /// The venue.
        Venue = 0, "venue";
        /// The appraiser.
        Appraiser = 1, "appraiser";
        /// Who operated the sale.
        Operator = 2, "operator";
        /// The auction house.
        Auctioneer = 3, "auctioneer";
        /// The seller's taxes on the sale.
        SellersTax = 4, "sellers_tax";
        /// The court's fee for enforcing; at most its scale of the price (诉讼费用交纳办法 14).
        CourtFee = 5, "court_fee";
        /// The administrator in bankruptcy; at most a tenth of its scale (管理人报酬规定 13).
        Administrator = 6, "administrator";
        /// Another.
        Other = 7, "other";
        /// The court's fee for accepting the case; at most its scale of the case's claim (诉讼费用交纳办法 13).
        AcceptanceFee = 8, "acceptance_fee";
        /// The court's fee for preserving the right; at most its scale of the case's claim (诉讼费用交纳办法 14).
        PreservationFee = 9, "preservation_fee";
    }

    /// Whose tax is in arrears.
    pub enum Taxpayer {
        /// The owner of the pledged right's.
        Owner = 0, "owner";
        /// Somebody else's, as the debtor's where another gave the pledge: no tier pays it.
        Other = 1, "other";
    }

    /// Who gave the pledge.
    pub enum Pledgor {
        /// The debtor.
        Debtor = 0, "debtor";
        /// A third party.
        ThirdParty = 1, "third_party";
    }

    /// Who paid a pledgee and asks for its place.
    pub enum PayerKind {
        /// A guarantor: takes over what the debtor gave; what a third party gave, by agreement alone (担保解释 13, 18(2)).
        Guarantor = 0, "guarantor";
        /// An insurer: by law, within what it paid, the insured's rest first (保险法 60).
        Insurer = 1, "insurer";
        /// A fund for risks: by contract alone.
        Fund = 2, "fund";
        /// Who has a lawful interest in paying, as a junior pledgee (民法典 524): the claim is its own.
        Interested = 3, "interested";
    }

    /// What a line of a statement is about.
    pub enum ClaimKind {
        /// The venue's fee.
        Venue = 0, "venue";
        /// The appraiser's.
        Appraiser = 1, "appraiser";
        /// The operator's.
        Operator = 2, "operator";
        /// The auction house's.
        Auctioneer = 3, "auctioneer";
        /// The seller's taxes on the sale.
        SellersTax = 4, "sellers_tax";
        /// The court's fee.
        CourtFee = 5, "court_fee";
        /// The administrator's.
        Administrator = 6, "administrator";
        /// Another cost of the sale.
        OtherCost = 7, "other_cost";
        /// A share of the price that the plan gives.
        AgreedRate = 8, "agreed_rate";
        /// Tax in arrears.
        Tax = 9, "tax";
        /// The surcharge on it.
        Surcharge = 10, "surcharge";
        /// A pledgee's costs.
        Costs = 11, "costs";
        /// Its interest.
        Interest = 12, "interest";
        /// Its principal.
        Principal = 13, "principal";
        /// The doubled part of the interest on a judgment debt (法释〔2014〕8号).
        DoubledInterest = 14, "doubled_interest";
        /// What one took over who paid the pledgee.
        TakenOver = 15, "taken_over";
        /// An attachment.
        Attachment = 16, "attachment";
        /// What exceeds a pledge, and was attached.
        AttachedExcess = 17, "attached_excess";
        /// What the plan gives.
        Agreed = 18, "agreed";
        /// An owner's part of the surplus.
        OwnersPart = 19, "owners_part";
        /// The court's fee for accepting the case.
        AcceptanceFee = 20, "acceptance_fee";
        /// The court's fee for preserving the right.
        PreservationFee = 21, "preservation_fee";
        /// Wages that are ahead of the pledgees.
        Wages = 22, "wages";
        /// The inventors' reward.
        InventorsReward = 23, "inventors_reward";
    }
}

impl CostKind {
    /// What its line is about.
    pub const fn line(self) -> ClaimKind {
        match self {
            Self::Venue => ClaimKind::Venue,
            Self::Appraiser => ClaimKind::Appraiser,
            Self::Operator => ClaimKind::Operator,
            Self::Auctioneer => ClaimKind::Auctioneer,
            Self::SellersTax => ClaimKind::SellersTax,
            Self::CourtFee => ClaimKind::CourtFee,
            Self::Administrator => ClaimKind::Administrator,
            Self::Other => ClaimKind::OtherCost,
            Self::AcceptanceFee => ClaimKind::AcceptanceFee,
            Self::PreservationFee => ClaimKind::PreservationFee,
        }
    }
}

#[allow(clippy::derivable_impls, reason = "the macro declares the variants")]
impl Default for Split {
    fn default() -> Self {
        Self::ProRata
    }
}

one_of! {
    /// Who is paid.
    pub enum Payee {
        /// A participant.
        Participant {
            /// Which.
            entity as "entity_id": EntityId,
            /// The account that is paid.
            account as "account_id": AccountId,
        } = "participant";
        /// Somebody else: a tax office, a court, an attaching creditor.
        Outsider {
            /// By which name.
            name: Name,
        } = "outsider";
    }
}

record! {
    /// A payee's part in a tier.
    #[derive(Copy)]
    pub struct Portion {
        /// Who, by its place among the plan's payees.
        payee: u32,
        /// Its weight, where weights count; at least 1.
        weight: u32,
        /// Never more than this.
        cap: Option<Amount>,
        /// It is given this share of the price, rounded down; of the sale's costs and of an agreed tier.
        rate as "rate_bps": Option<BasisPoints>,
    }

    /// A step of the plan.
    pub struct Tier {
        /// What it is for.
        kind: TierKind,
        /// How its payees share; the law's tiers but the costs' share as the law says.
        split: Split = default,
        /// The tier is paid no more than this in all.
        cap: Option<Amount>,
        /// The tier is paid no more than this share of what reaches it, rounded down.
        share as "share_bps": Option<BasisPoints>,
        /// Whom the parties named in it.
        payees: Vec<Portion> = default,
    }

    /// A pledge that stands by agreement in another rank than its registration gives it.
    #[derive(Copy)]
    pub struct RankMoved {
        /// The rank by registration.
        registered: u32,
        /// The rank in which it stands.
        stands: u32,
    }

    /// How what a right brings is shared out.
    pub struct Plan {
        /// In which currency.
        currency: Currency,
        /// Who agreed, and who is paid as far as that was known, 1 to 1000; none twice. The bank first, a public fund
        /// last: of equal remainders the earlier has the fen.
        payees: Vec<Payee>,
        /// In order, at most 32: those of the law, and what was agreed between them, the inventors' reward among it.
        tiers: Vec<Tier>,
        /// Ranks that were agreed otherwise, by rank; at most 64.
        ranks: Vec<RankMoved> = default,
        /// How several payers share who took over one pledge: by what each paid, in the order of time, or by weights.
        payers: Split = default,
        /// Whether the surcharge shares the place of tax that is older than the pledge; disputed.
        surcharge_with_tax: bool = default,
    }
}

/// The law's tiers, in the law's order.
pub const TIERS_BY_LAW: [TierKind; 6] = [
    TierKind::SaleCosts,
    TierKind::EarlierTax,
    TierKind::Secured,
    TierKind::LaterTax,
    TierKind::Attaching,
    TierKind::Surplus,
];

impl Tier {
    /// A tier of which nothing else was agreed.
    pub const fn plain(kind: TierKind) -> Self {
        Self {
            kind,
            split: Split::ProRata,
            cap: None,
            share: None,
            payees: vec![],
        }
    }
}

impl Plan {
    /// The plan of the law alone.
    pub fn by_law(currency: Currency, payees: Vec<Payee>) -> Self {
        Self {
            currency,
            payees,
            tiers: TIERS_BY_LAW.into_iter().map(Tier::plain).collect(),
            ranks: vec![],
            payers: Split::ProRata,
            surcharge_with_tax: false,
        }
    }

    /// SHA-256 over the plan's bytes in the journal's form: what the parties agree to.
    pub fn digest(&self) -> Digest {
        let bytes = postcard::to_allocvec(self).expect("a plan is written into memory");
        Digest(Sha256::digest(&bytes).into())
    }
}

record! {
    /// A cost of the sale.
    #[derive(Copy)]
    pub struct SaleCost {
        /// Whose.
        payee: u32,
        /// What for.
        kind: CostKind,
        /// How much.
        amount: Amount,
        /// Of an appraiser: the rate that was agreed, of the lower of price and appraisal (参考价规定 32); none: what it laid
        /// out where nothing was sold.
        rate as "rate_bps": Option<BasisPoints>,
    }

    /// Wages that a bankrupt employer owes.
    #[derive(Copy)]
    pub struct WageClaim {
        /// Whose.
        payee: u32,
        /// Since when they are owed: ahead of a pledge only before 2006-08-27 (企业破产法 132).
        owed as "owed_on": Date,
        /// How much.
        amount: Amount,
    }

    /// Tax that was not paid in time. It is in arrears from the day after it was due (国税发〔2003〕47号 7).
    #[derive(Copy)]
    pub struct TaxArrears {
        /// The tax office.
        payee: u32,
        /// Whose tax.
        taxpayer: Taxpayer,
        /// The last day on which it was in time.
        due as "due_on": Date,
        /// The tax.
        tax: Amount,
        /// The surcharge for late payment.
        surcharge: Option<Amount>,
    }

    /// Who paid a pledgee, and may stand in its place.
    #[derive(Copy)]
    pub struct Payer {
        /// Who.
        payee: u32,
        /// As what.
        kind: PayerKind,
        /// How much it paid; the pledgee's claim is less by it already.
        paid: Amount,
        /// When.
        paid_on: Date,
        /// Whether it was agreed that it takes the pledge over.
        agreed: bool,
        /// Its weight among several payers, where the plan says so; at least 1.
        weight: u32,
    }

    /// What a holder of a pledge is owed still.
    pub struct SecuredClaim {
        /// The holder of the claim, whatever the register says (民法典 407, 547).
        payee: u32,
        /// Costs of enforcing; of a judgment, those it awards.
        costs: Amount,
        /// Interest, late interest and damages; not beyond the day a bankruptcy was accepted (企业破产法 46).
        interest: Amount,
        /// The principal.
        principal: Amount,
        /// The doubled part of a judgment's interest; after all else (法释〔2014〕8号 4).
        doubled: Option<Amount>,
        /// In which place it attached what exceeds its pledge; none: that is not attached.
        excess_attached: Option<u32>,
        /// Who paid it.
        payers: Vec<Payer> = default,
    }

    /// A pledge, and who holds the claims that it secures.
    pub struct RankedPledge {
        /// Its rank by registration; of one rank if the order can't be told (担保解释 59).
        rank: u32,
        /// The day of its registration.
        registered as "registered_on": Date,
        /// Who gave it.
        pledgor: Pledgor,
        /// Whether it holds against others: a pledge that no statute's registrar knows does not (担保解释 63).
        in_rem: bool,
        /// The registered maximum: it takes in costs, interest and principal (担保解释 15).
        maximum: Option<Amount>,
        /// What the contract says of a maximum: told, and never counted where the register differs (担保解释 15(2)).
        contract_maximum: Option<Amount>,
        /// Whose claims it secures: they share its rank and its maximum (担保解释 39(1)).
        holders: Vec<SecuredClaim>,
    }

    /// A creditor that attached the right.
    #[derive(Copy)]
    pub struct Attachment {
        /// Who.
        payee: u32,
        /// In which place.
        order: u32,
        /// For how much.
        amount: Amount,
    }

    /// What a payee asks of a tier that was agreed.
    #[derive(Copy)]
    pub struct AgreedClaim {
        /// Which tier, by its place in the plan.
        tier: u32,
        /// Who.
        payee: u32,
        /// How much.
        amount: Amount,
    }

    /// An owner's part in the surplus.
    #[derive(Copy)]
    pub struct OwnersPart {
        /// Who.
        payee: u32,
        /// Its parts; all the same where nothing was agreed (民法典 309).
        parts: u32,
    }

    /// What is asked of the proceeds.
    #[derive(Default)]
    pub struct Claims {
        /// Payees that the plan did not know; numbered after its own.
        later: Vec<Payee> = default,
        /// Costs of the sale.
        costs: Vec<SaleCost> = default,
        /// Tax in arrears.
        taxes: Vec<TaxArrears> = default,
        /// Wages, where the debtor is bankrupt.
        wages: Vec<WageClaim> = default,
        /// Pledges.
        pledges: Vec<RankedPledge> = default,
        /// Attachments.
        attachments: Vec<Attachment> = default,
        /// Whether the owner is an enterprise: then attachments are paid in their order (民诉法解释 514), else by what each
        /// asks (508).
        enterprise: bool = default,
        /// What is asked of tiers that were agreed.
        agreed: Vec<AgreedClaim> = default,
        /// Owners; none: the surplus waits for them.
        owners: Vec<OwnersPart> = default,
    }

    /// What there is to share out.
    #[derive(Copy)]
    pub struct Proceeds as "SaleProceeds" {
        /// What the right was sold for; agreed rates are of this alone.
        price: Amount,
        /// What a defaulter's deposit makes up of an earlier price: joins it.
        gap: Option<Amount>,
        /// What of a defaulter's deposit goes to the debt: the pledgees by rank, before all tiers.
        debt: Option<Amount>,
    }
}

record! {
    /// What a tier came to; of the pledgees, a rank, and those who paid one of it.
    #[derive(Copy)]
    pub struct StatementTier {
        /// What it is for.
        kind: TierKind,
        /// Which tier of the plan; of a deposit, none.
        place: Option<u32>,
        /// The rank that was paid, or ahead of which the tax was.
        rank: Option<u32>,
        /// What had reached it.
        available: Amount,
        /// What was asked within pledges and caps.
        asked: Amount,
        /// What was paid.
        paid: Amount,
        /// What was asked and not paid.
        short: Amount,
        /// How it was shared where it did not suffice.
        split: Split,
        /// What was shared by weights: what had reached the place at which it no longer sufficed, or what those left
        /// who were paid in full; 0 where all was paid or nothing was left.
        shared: Amount,
        /// The sum of the weights by which it was shared; of pledgees, of all that is asked in the rank.
        weights: u64,
    }

    /// What a claim came to.
    #[derive(Copy)]
    pub struct StatementLine {
        /// In which of the statement's tiers.
        tier: u32,
        /// Whose.
        payee: u32,
        /// What about.
        kind: ClaimKind,
        /// What was asked within pledges and caps.
        asked: Amount,
        /// What lies beyond the registered maximum or a cap, or is not secured: not asked here.
        beyond: Amount,
        /// What was paid.
        paid: Amount,
        /// What was asked and not paid.
        short: Amount,
        /// The weight by which its payee shared: it has ⌊shared · weight / weights⌋ of the tier, and a fen more where
        /// `extra`. A pledgee's lines have it all, together with those who paid it. 0 where nothing was shared.
        weight: u64,
        /// Whether the larger remainder gave its payee a fen.
        extra: bool,
    }

    /// What became of the proceeds, to the fen.
    pub struct Statement {
        /// By which plan.
        plan as "plan_sha256": Digest,
        /// What there was.
        gross: Amount,
        /// What the claims were paid.
        paid: Amount,
        /// What is the owners'. With what was paid it is what there was.
        surplus: Amount,
        /// The tiers as they were paid.
        tiers: Vec<StatementTier>,
        /// The claims as they were paid.
        lines: Vec<StatementLine>,
    }
}

impl Statement {
    /// What a payee has in all.
    pub fn paid_to(&self, payee: u32) -> Money {
        let lines = self.lines.iter().filter(|line| line.payee == payee);
        lines.fold(Money::ZERO, |sum, line| sum.plus(line.paid.money))
    }

    /// What each payee has in all, by its place.
    pub fn by_payee(&self, count: usize) -> Vec<Money> {
        let mut sums = vec![Money::ZERO; count];
        for line in &self.lines {
            let sum = &mut sums[line.payee as usize];
            *sum = sum.plus(line.paid.money);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let bank = Payee::Participant {
            entity: EntityId(1),
            account: AccountId(2),
        };
        Plan::by_law(Currency::Cny, vec![bank])
    }

    #[test]
    fn a_plan_is_one_hash_and_every_field_of_it_counts() {
        let hash = plan().digest();
        assert_eq!(hash, plan().digest());
        type Change = fn(&mut Plan);
        let changes: [Change; 6] = [
            |plan| plan.currency = Currency::Hkd,
            |plan| plan.payees.clear(),
            |plan| plan.tiers[0].split = Split::InOrder,
            |plan| {
                plan.ranks.push(RankMoved {
                    registered: 2,
                    stands: 1,
                })
            },
            |plan| plan.payers = Split::InOrder,
            |plan| plan.surcharge_with_tax = true,
        ];
        for change in changes {
            let mut other = plan();
            change(&mut other);
            assert_ne!(other.digest(), hash, "{other:?}");
        }
    }

    #[test]
    fn what_parties_signed_years_ago_has_its_hash_still() {
        let mut plan = plan();
        let name = Name::new("深圳市税务局").unwrap();
        plan.payees.push(Payee::Outsider { name });
        let amount = Amount::new(Currency::Cny, Money::from_minor(2_500_000));
        plan.tiers[0].payees.push(Portion {
            payee: 0,
            weight: 1,
            cap: Some(amount),
            rate: Some(BasisPoints(300)),
        });
        let hash = alloc::string::ToString::to_string(&plan.digest());
        assert_eq!(hash, "77edf279d809202d4bd2c79e8f166a3d8e4bd1dd3f528cee8253a2f5ad82cf9a");
    }

    #[test]
    fn a_plan_reads_back_what_it_wrote() {
        let plan = plan();
        let bytes = postcard::to_allocvec(&plan).unwrap();
        assert_eq!(postcard::from_bytes::<Plan>(&bytes).unwrap(), plan);
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        assert!(text.contains(r#""kind":"sale_costs""#), "{text}");
    }
}
