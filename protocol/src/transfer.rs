//! How a title passes for money, from its listing to the office's record (RULES.md 2.5).

use crate::{
    describe::{record, words},
    ids::{AccountId, AssetId, EntityId, LicenceId, TransferId},
    rules::CalendarTerm,
    text::{Bounded, Digest, Name, Office},
    time::{Date, Timestamp},
    title::Realised,
    units::{Amount, Money},
};
use alloc::vec::Vec;

/// The most participants on an allow or deny list, or of priority holders.
pub const PARTIES_MAX: usize = 256;

words! {
    /// Under which law a sale runs (RULES.md F3).
    pub enum LegalBasis {
        /// A court sells (法释〔2016〕18号).
        Judicial = 0, "judicial";
        /// An auction house sells (拍卖法).
        AuctionLaw = 1, "auction_law";
        /// The venue's own rules.
        VenueRule = 2, "venue_rule";
        /// The parties among themselves.
        Private = 3, "private";
    }

    /// What a buyer takes a title for.
    pub enum SalePurpose {
        /// To have it.
        Title = 0, "title";
        /// As its seller's contribution to the buyer's capital (作价入股; 公司法 48).
        Capital = 1, "capital";
    }

    /// What the market learns of a sale. The regulator sees all of it at once.
    pub enum Disclosure {
        /// The print names right and price when it happens.
        Full = 0, "full";
        /// The same, after the rule book's delay.
        Delayed = 1, "delayed";
        /// Nothing of this sale.
        Aggregated = 2, "aggregated";
    }

    /// The life of a sale (RULES.md 2.5): `LISTED(disclosure) → INTEREST → {agreement | bidding} → PRIORITY_WINDOW →
    /// CONTRACT → ESCROW_FUNDED → RECORDAL_FILED → RECORDED → RELEASED`, `RECORDAL_REFUSED → REFUNDED`.
    pub enum TransferState {
        /// Disclosed; whoever is interested says so.
        Listed = 0, "listed";
        /// The disclosure is over and one qualified party is there: it may agree at or above the ask.
        Interest = 1, "interest";
        /// The disclosure is over and several are there: they bid, any time, the best price first (动态报价).
        Bidding = 2, "bidding";
        /// A price stands; holders of priority may enter at it.
        PriorityWindow = 3, "priority_window";
        /// Buyer and price stand; both sides sign.
        Contract = 4, "contract";
        /// The buyer's money is held.
        EscrowFunded = 5, "escrow_funded";
        /// The change of owner was filed at the office.
        RecordalFiled = 6, "recordal_filed";
        /// The office recorded it: the title has passed.
        Recorded = 7, "recorded";
        /// The seller has the money. The end.
        Released = 8, "released";
        /// The office refused.
        RecordalRefused = 9, "recordal_refused";
        /// The buyer has its money back. The end.
        Refunded = 10, "refunded";
        /// It ended without a buyer, or before money moved. The end.
        Cancelled = 11, "cancelled";
        /// The holder of priority that had entered did not sign or pay: the best bidder may take it at its price, or
        /// decline without loss.
        SecondOffer = 12, "second_offer";
    }

    /// How somebody's interest stands.
    pub enum InterestState {
        /// Said; to be qualified by an operator.
        Expressed = 0, "expressed";
        /// From abroad: nothing may be negotiated before the export-control check is recorded (技术进出口条例 30, 33).
        Stopped = 1, "stopped";
        /// May agree or bid.
        Qualified = 2, "qualified";
        /// Turned down.
        Excluded = 3, "excluded";
        /// Withdrawn by the party.
        Withdrawn = 4, "withdrawn";
    }

    /// What a holder of priority did.
    pub enum PriorityState {
        /// Notified, nothing said yet.
        Open = 0, "open";
        /// Waived, or let the window pass.
        Waived = 1, "waived";
        /// Entered at the price.
        Exercised = 2, "exercised";
        /// Entered, and did not sign or pay.
        Defaulted = 3, "defaulted";
    }

    /// Why an office does not record a transfer.
    pub enum TransferRefusal {
        /// The seller is not the registered owner.
        WrongOwner = 0, "wrong_owner";
        /// The right has ended.
        RightTerminated = 1, "right_terminated";
        /// A co-owner's consent is missing.
        CoOwnerConsent = 2, "co_owner_consent";
        /// The right is suspended or preserved.
        Preserved = 3, "preserved";
        /// The right is pledged, and the pledgee did not consent.
        PledgedWithoutConsent = 4, "pledged_without_consent";
        /// Similar marks were left behind.
        SimilarMarks = 5, "similar_marks";
        /// An export needs a licence that is not there.
        ExportControl = 6, "export_control";
        /// The documents are incomplete.
        Documents = 7, "documents";
        /// Another ground; the evidence says which.
        Other = 8, "other";
    }
}

record! {
    /// Lists titles for sale, as one lot. By the owner or an operator.
    pub struct ListTransfer {
        /// Which rights, 1 to 64, of the same owners; they pass together.
        assets as "asset_ids": Vec<AssetId>,
        /// The acting owner's account that is paid; co-owners are paid by their parts into theirs.
        account as "account_id": AccountId,
        /// Not below this.
        ask: Amount,
        /// Each bid is above the best by at least this; at least one minor unit.
        increment: Amount,
        /// Under which law.
        basis: LegalBasis,
        /// Working days of disclosure, at least the rule book's least, and 20 for what the State owns.
        disclosure_days: u32,
        /// Working days of bidding, if several qualify; 1 to 60.
        bidding_days: u32,
        /// Whether the State owns it.
        state_owned: bool,
        /// Holders of priority: those who made it, joint developers; at most 256.
        priority as "priority_ids": Vec<EntityId> = default,
        /// What the market learns.
        disclosure: Disclosure,
        /// Whether the offer leaves out number and owner: a teaser.
        anonymous: bool,
        /// Who may see it; empty: everyone who is not denied.
        allow as "allow_ids": Vec<EntityId> = default,
        /// Who must not learn that it exists.
        deny as "deny_ids": Vec<EntityId> = default,
        /// A short text for the teaser, without names.
        teaser: Option<Name>,
        /// Digest of the contract that is offered, all but buyer and price: that one is signed, and no other. Without it
        /// nobody is held to a contract that the other side wrote.
        contract as "contract_sha256": Option<Digest> = default unsaid,
        /// What the buyer takes it for, if for more than to have it.
        purpose: Option<SalePurpose> = default unsaid,
    }

    /// Ends a disclosure before its day, once the rule book's least has passed. By the seller.
    #[derive(Copy)]
    pub struct EndDisclosure {
        /// Of which sale.
        transfer as "transfer_id": TransferId,
    }

    /// Says that one is interested in a sale.
    #[derive(Copy)]
    pub struct ExpressInterest {
        /// In which.
        transfer as "transfer_id": TransferId,
        /// The account that would pay.
        account as "account_id": AccountId,
    }

    /// Takes one's interest back. Not while one's bid is the best.
    #[derive(Copy)]
    pub struct WithdrawInterest {
        /// In which.
        transfer as "transfer_id": TransferId,
    }

    /// Qualifies a party or turns it down. By an operator.
    #[derive(Copy)]
    pub struct QualifyInterest {
        /// In which sale.
        transfer as "transfer_id": TransferId,
        /// Whom.
        entity as "entity_id": EntityId,
        /// Whether it may agree or bid.
        qualified: bool,
        /// Digest of what was checked.
        evidence as "evidence_sha256": Digest,
    }

    /// Records the export-control check for a party from abroad, or to license it. By an operator.
    #[derive(Copy)]
    pub struct RecordExportCheck {
        /// Of which right.
        asset as "asset_id": AssetId,
        /// For whom.
        entity as "entity_id": EntityId,
        /// Whether it may go there.
        cleared: bool,
        /// Digest of the decision: free technology, intent letter, licence.
        evidence as "evidence_sha256": Digest,
    }

    /// Offers a price: the one qualified party's agreement, or a bid among several. Binding.
    #[derive(Copy)]
    pub struct BidTransfer {
        /// In which sale.
        transfer as "transfer_id": TransferId,
        /// How much, in the ask's currency.
        price: Amount,
    }

    /// Enters a sale at its price, or waives. By a holder of priority; and by the best bidder, once the holder that came
    /// before it did not sign or pay.
    #[derive(Copy)]
    pub struct AnswerPriority {
        /// In which sale.
        transfer as "transfer_id": TransferId,
        /// The account that would pay; none: waives.
        account as "account_id": Option<AccountId>,
    }

    /// Signs the contract; the sale goes on when both sides signed the same. A side that does not agree to what the other
    /// signed signs what it holds to be agreed.
    #[derive(Copy)]
    pub struct SignContract {
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// Puts the price into escrow. By the buyer, once both signed.
    #[derive(Copy)]
    pub struct FundEscrow {
        /// Of which sale.
        transfer as "transfer_id": TransferId,
    }

    /// Tells that the change of owner was filed at the office. By the seller or an operator.
    #[derive(Copy)]
    pub struct FileRecordal {
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Digest of the filing's receipt.
        evidence as "evidence_sha256": Digest,
    }

    /// The office's answer. By an operator. Recorded: the title passes and the seller is paid, both or neither.
    /// Refused: the buyer has its money back.
    #[derive(Copy)]
    pub struct AnswerRecordal {
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Why it was refused; none: it was recorded.
        refused: Option<TransferRefusal>,
        /// Digest of the answer.
        evidence as "evidence_sha256": Digest,
    }

    /// Ends a sale. By the seller while nobody is bound; by an operator, on a ground, until the title passes: money
    /// that is held goes back.
    #[derive(Copy)]
    pub struct CancelTransfer {
        /// Which.
        transfer as "transfer_id": TransferId,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Changes who may see a sale. By the seller, while it is listed.
    pub struct SetAudience {
        /// Which sale.
        transfer as "transfer_id": TransferId,
        /// Who may see it; empty: everyone who is not denied.
        allow as "allow_ids": Vec<EntityId> = default,
        /// Who must not learn that it exists.
        deny as "deny_ids": Vec<EntityId> = default,
    }
}

record! {
    /// A holder of priority in a sale.
    #[derive(Copy)]
    pub struct Priority {
        /// Who.
        entity as "entity_id": EntityId,
        /// What it did.
        state: PriorityState,
    }

    /// A sale as its seller and the venue see it. Who bids is not here before the price stands.
    pub struct Transfer {
        /// Which.
        transfer as "transfer_id": TransferId,
        /// The rights.
        assets as "asset_ids": Vec<AssetId>,
        /// The acting owner.
        seller as "seller_id": EntityId,
        /// The acting owner's account.
        account as "account_id": AccountId,
        /// Not below this.
        ask: Amount,
        /// Each bid is above the best by at least this.
        increment: Amount,
        /// Under which law.
        basis: LegalBasis,
        /// Whether the State owns it.
        state_owned: bool,
        /// What the market learns.
        disclosure: Disclosure,
        /// Whether the offer is a teaser.
        anonymous: bool,
        /// Its text.
        teaser: Option<Name>,
        /// Who may see it.
        allow as "allow_ids": Vec<EntityId> = default,
        /// Who must not.
        deny as "deny_ids": Vec<EntityId> = default,
        /// In which state.
        state: TransferState,
        /// The last day of the disclosure.
        disclosed as "disclosed_on": Date,
        /// Working days of bidding, if several qualify.
        bidding_days: u32,
        /// The last day of the bidding.
        bidding_ends as "bidding_ends_on": Option<Date>,
        /// How many parties are interested, and how many of them are qualified.
        interested: u32,
        /// How many may agree or bid.
        qualified: u32,
        /// How many bids there were.
        bids: u32,
        /// The best price.
        best: Option<Amount>,
        /// Holders of priority.
        priority: Vec<Priority> = default,
        /// The last day of the priority window.
        priority_ends as "priority_ends_on": Option<Date>,
        /// Who buys, once the price stands.
        buyer as "buyer_id": Option<EntityId>,
        /// The account that pays.
        buyer_account as "buyer_account_id": Option<AccountId>,
        /// The price, once it stands.
        price: Option<Amount>,
        /// The contract that was announced.
        contract as "contract_sha256": Option<Digest> = default unsaid,
        /// The contract that the seller signed.
        seller_signed as "seller_signed_sha256": Option<Digest>,
        /// The contract that the buyer signed.
        buyer_signed as "buyer_signed_sha256": Option<Digest>,
        /// The last day on which the next step is in time: signing, funding, filing.
        step_by as "step_by_on": Option<Date>,
        /// Whether the filing is late: the money is held, so an operator decides.
        late: bool,
        /// Licences that survive the sale (法释〔2020〕19号 24).
        surviving as "surviving_licence_ids": Vec<LicenceId> = default,
        /// Why the office refused.
        refused: Option<TransferRefusal>,
        /// Digest of the last filing, answer or ground.
        evidence as "evidence_sha256": Option<Digest>,
        /// What it was valued at and what it brought, once it is over.
        realised: Option<Realised>,
        /// `open` where the day of its next step lies past the calendar's end: it is counted anew once a calendar covers it.
        calendar: Option<CalendarTerm> = default unsaid,
    }

    /// A sale as those see it who may buy.
    pub struct Offer {
        /// Which.
        transfer as "transfer_id": TransferId,
        /// The rights; empty in a teaser.
        assets as "asset_ids": Vec<AssetId> = default,
        /// The main classes of the rights: the first four letters of their IPC, or `nice:9`.
        fields: Vec<Bounded<16>> = default,
        /// Text of the teaser.
        teaser: Option<Name>,
        /// Not below this.
        ask: Amount,
        /// Under which law.
        basis: LegalBasis,
        /// In which state.
        state: TransferState,
        /// The last day of the disclosure.
        disclosed as "disclosed_on": Date,
        /// The last day of the bidding.
        bidding_ends as "bidding_ends_on": Option<Date>,
        /// How many bids there were.
        bids: u32,
        /// The best price.
        best: Option<Amount>,
        /// The last day of the window for holders of priority.
        priority_ends as "priority_ends_on": Option<Date>,
        /// How many licences survive the sale.
        surviving: u32,
        /// Whether somebody asked to have a right invalidated.
        challenged: bool,
        /// Digest of the contract that is offered, if one was announced.
        contract as "contract_sha256": Option<Digest> = default unsaid,
    }

    /// One's own interest in a sale.
    #[derive(Copy)]
    pub struct Interest {
        /// In which.
        transfer as "transfer_id": TransferId,
        /// Whose.
        entity as "entity_id": EntityId,
        /// The account that would pay.
        account as "account_id": AccountId,
        /// How it stands.
        state: InterestState,
        /// One's last bid.
        bid: Option<Amount>,
        /// Whether it is the best.
        best: bool,
    }

    /// A sale of title as the market sees it (RULES.md 4).
    pub struct TitlePrint {
        /// Which sale.
        transfer as "transfer_id": TransferId,
        /// The rights.
        assets as "asset_ids": Vec<AssetId>,
        /// The price.
        price: Amount,
        /// Under which law.
        basis: LegalBasis,
        /// How many were qualified.
        bidders: u32,
        /// How many bids there were.
        bids: u32,
        /// When the price stood.
        agreed_at: Timestamp,
        /// Licences that survive it.
        surviving as "surviving_licence_ids": Vec<LicenceId> = default,
    }

    /// An export-control check as recorded.
    #[derive(Copy)]
    pub struct ExportCheck {
        /// Of which right.
        asset as "asset_id": AssetId,
        /// For whom.
        entity as "entity_id": EntityId,
        /// Whether it may go there.
        cleared: bool,
        /// Digest of the decision.
        evidence as "evidence_sha256": Digest,
    }
}

/// Whether a party that is at home in this country is foreign, for export control.
pub fn is_foreign(country: Office) -> bool {
    country != Office::CN
}

/// Splits an amount by parts, as [`apportion`] does.
pub fn split(amount: Money, parts: &[u32]) -> Vec<Money> {
    let shares = portions(amount.minor(), parts);
    shares.into_iter().map(|of| Money::from_minor(of.share)).collect()
}

/// A share of a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apportioned {
    /// How much.
    pub share: i64,
    /// Whether one of it came by the larger remainder.
    pub extra: bool,
}

/// Shares a total out by parts: each gets the floor of its part, and what is left goes by the larger remainder, then to
/// the earlier one (Hamilton; RULES.md 2.8). The sum is exact. No part may be zero in all.
pub fn apportion<P: Copy + Into<u64>>(total: i64, parts: &[P]) -> Vec<i64> {
    portions(total, parts).into_iter().map(|of| of.share).collect()
}

/// Shares a total out as [`apportion`] does, and tells whom the remainders favoured. Nobody has more than its part
/// where the total is no more than all of them.
pub fn portions<P: Copy + Into<u64>>(total: i64, parts: &[P]) -> Vec<Apportioned> {
    let total = u64::try_from(total).expect("a total is not negative");
    let whole: u128 = parts.iter().map(|&part| u128::from(part.into())).sum();
    let mut rests = Vec::with_capacity(parts.len());
    let mut left = total;
    // The larger remainder is ahead, then the earlier place, in one word: a remainder is less than 2^96, as a sum of fewer
    // than 2^32 parts of 64 bits.
    let floor = |(place, &part): (u32, &P)| {
        let (share, rest) = divided(u128::from(total) * u128::from(part.into()), whole);
        left -= share;
        rests.push(rest << 32 | u128::from(u32::MAX - place));
        let share = i64::try_from(share).expect("a share is at most the total");
        Apportioned { share, extra: false }
    };
    let mut shares: Vec<Apportioned> = (0..).zip(parts).map(floor).collect();
    // Fewer are left than there are remainders above zero: their sum is `left` times the whole.
    let left = usize::try_from(left).expect("less than one for each part");
    if left > 0 {
        rests.select_nth_unstable_by(left - 1, |one, other| other.cmp(one));
    }
    for &rest in &rests[..left] {
        let place = (u32::MAX - rest as u32) as usize;
        shares[place].share += 1;
        shares[place].extra = true;
    }
    shares
}

/// Quotient and remainder. Most amounts fit a machine word, whose division costs a tenth.
fn divided(dividend: u128, divisor: u128) -> (u64, u128) {
    if let (Ok(dividend), Ok(divisor)) = (u64::try_from(dividend), u64::try_from(divisor)) {
        return (dividend / divisor, u128::from(dividend % divisor));
    }
    let quotient = dividend / divisor;
    let rest = dividend - quotient * divisor;
    (u64::try_from(quotient).expect("a share is at most the total"), rest)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use alloc::vec;
    use core::cmp::Reverse;
    use proptest::prelude::*;

    #[test]
    fn the_fen_left_over_goes_by_the_larger_remainder_then_to_the_earlier() {
        assert_eq!(apportion(100, &[1_u32, 1, 1]), [34, 33, 33]);
        assert_eq!(
            apportion(164_231_257, &[54_u32, 26, 16, 4]),
            [88_684_879, 42_700_127, 26_277_001, 6_569_250]
        );
        assert_eq!(apportion(0, &[5_u32, 0]), [0, 0]);
        let of = portions(5, &[1_u64, 1]);
        assert_eq!((of[0].share, of[0].extra, of[1].extra), (3, true, false));
        // Parts beyond a machine word in all.
        assert_eq!(
            apportion(i64::MAX, &[u64::MAX, u64::MAX]),
            [i64::MAX / 2 + 1, i64::MAX / 2]
        );
    }

    proptest! {
        /// Exact in sum, each within a fen of its part, and as a plain sort says it.
        #[test]
        fn shares_are_those_of_a_plain_sort(total in 0..=i64::MAX, parts in vec(0..=u64::MAX, 1..20), small in any::<bool>()) {
            let parts: Vec<u64> = parts.iter().map(|&part| if small { part % 7 } else { part }).collect();
            let whole: u128 = parts.iter().map(|&part| u128::from(part)).sum();
            prop_assume!(whole > 0);
            let exact = |&part: &u64| total as u128 * u128::from(part);
            let mut plain: Vec<u128> = parts.iter().map(|part| exact(part) / whole).collect();
            let mut order: Vec<usize> = (0..parts.len()).collect();
            order.sort_by_key(|&place| (Reverse(exact(&parts[place]) % whole), place));
            let left = total as u128 - plain.iter().sum::<u128>();
            order.iter().take(left as usize).for_each(|&place| plain[place] += 1);
            let found: Vec<u128> = apportion(total, &parts).into_iter().map(|share| share as u128).collect();
            prop_assert_eq!(found, plain);
        }
    }

    fn vec<S: Strategy>(of: S, count: core::ops::Range<usize>) -> impl Strategy<Value = vec::Vec<S::Value>> {
        proptest::collection::vec(of, count)
    }
}
