//! Records: what the registry knows, as its readers see it after each change; and notices, which everyone may read.
//!
//! A record names its readers, and nobody else learns of it: not even by a gap.

use crate::{
    account::Withdrawal,
    alone::DoneAlone,
    auction::{Bidder, Forfeit, Lot, LotCommitted, LotOpened, LotOutage},
    buyers::{BuyerRules, ConnectedBuyer, PartiesAdmitted, Put, RelatedBidder, Taking},
    claim::ClaimFact,
    control::{AcceptLoss, EntityFacts, Holders, Proposal, Read, Recovery, RuleBook, VenueKey},
    describe::{one_of, record},
    diligence::BranchStanding,
    disposal::{Correction, Disposal, Distribution, LoanPlan, SalePress, Security, Upkeep},
    equity::Conversion,
    ids::EntityId,
    licence::{Consumption, Licence, OpenLicence, SetUnitContract, Tranche},
    pledge::{
        Demand, GuarantorFreed, Insurance, Loan, Pledge, PledgeConsent, ProceedsPassed, RecordGuarantor, Repayment,
    },
    questions::{AskedQuestion, LotAnswer, LotQuestion, TextWithheld},
    reverse::ReverseLicence,
    risk::{OfficerFile, PoolStanding, RiskPool},
    subsidy::{Measure, Subsidy},
    title::{Appraiser, Consent, Facts, Hold, Realised, Title, Valuation},
    transfer::{ExportCheck, Interest, Offer, TitlePrint, Transfer},
};
use alloc::vec::Vec;

one_of! {
    /// Something the registry knows, as it stands now.
    pub enum Record {
        /// A right.
        Title(Title) = "title";
        /// A hold on a right.
        Hold(Hold) = "hold";
        /// A co-owner's consent.
        Consent(Consent) = "consent";
        /// A valuation.
        Valuation(Valuation) = "valuation";
        /// An appraiser of the panel.
        Appraiser(Appraiser) = "appraiser";
        /// What an appraised right brought.
        Realised(Realised) = "realised";
        /// A licence.
        Licence(Licence) = "licence";
        /// What a holder of licence units consumed.
        Consumption(Consumption) = "consumption";
        /// A sale, to its seller.
        Transfer(Transfer) = "transfer";
        /// A sale, to those who may buy.
        Offer(Offer) = "offer";
        /// One's own interest in a sale.
        Interest(Interest) = "interest";
        /// An export-control check.
        ExportCheck(ExportCheck) = "export_check";
        /// A proposal.
        Proposal(Proposal) = "proposal";
        /// A participant's home and those behind it.
        Entity(EntityFacts) = "entity";
        /// Who read whose record.
        Read(Read) = "read";
        /// How many have held a product.
        Holders(Holders) = "holders";
        /// What the register of a right's class tells.
        Facts(Facts) = "facts";
        /// How one stands in a lot.
        Bidder(Bidder) = "bidder";
        /// What became of a forfeited deposit.
        Forfeit(Forfeit) = "forfeit";
        /// The venue was given back to its first operator.
        Recovery(Recovery) = "recovery";
        /// Cash that its owner asked out.
        Withdrawal(Withdrawal) = "withdrawal";
        /// A loan.
        Loan(Loan) = "loan";
        /// A pledge.
        Pledge(Pledge) = "pledge";
        /// A demand.
        Demand(Demand) = "demand";
        /// A guarantor became free.
        GuarantorFreed(GuarantorFreed) = "guarantor_freed";
        /// A payment on a loan.
        Repayment(Repayment) = "repayment";
        /// What a pledgee consented to.
        PledgeConsent(PledgeConsent) = "pledge_consent";
        /// What a pledgee was paid, or is held for it, out of the price of what it consented to.
        ProceedsPassed(ProceedsPassed) = "proceeds_passed";
        /// Who is paid out of what the pledged rights of a loan bring.
        LoanPlan(LoanPlan) = "loan_plan";
        /// A case of disposal.
        Disposal(Disposal) = "disposal";
        /// What became of a sale's price.
        Distribution(Distribution) = "distribution";
        /// What a creditor advanced on a pledged right, or spent.
        Upkeep(Upkeep) = "upkeep";
        /// A risk pool.
        RiskPool(RiskPool) = "risk_pool";
        /// How a loan stands in its pool.
        PoolStanding(PoolStanding) = "pool_standing";
        /// A reverse licence.
        ReverseLicence(ReverseLicence) = "reverse_licence";
        /// A deal that turns a claim into shares.
        Conversion(Conversion) = "conversion";
        /// An application for a subsidy.
        Subsidy(Subsidy) = "subsidy";
        /// How a bank's branch stands against what is tolerated.
        BranchStanding(BranchStanding) = "branch_standing";
        /// What an officer shows for a loan.
        OfficerFile(OfficerFile) = "officer_file";
        /// A guarantor's figures.
        Guarantor(RecordGuarantor) = "guarantor";
        /// An insurance of a loan.
        Insurance(Insurance) = "insurance";
        /// What one person did alone in a house that asked for two.
        DoneAlone(DoneAlone) = "done_alone";
        /// A fund's promise to buy what stays unsold.
        Put(Put) = "put";
        /// What a creditor takes of a lot that failed.
        Taking(Taking) = "taking";
        /// A connected buyer of a case.
        ConnectedBuyer(ConnectedBuyer) = "connected_buyer";
        /// What was asked for because the value of pledged rights falls.
        Security(Security) = "security";
        /// A pledgor pressed for a sale.
        SalePress(SalePress) = "sale_press";
        /// What befell a claim.
        ClaimFact(ClaimFact) = "claim_fact";
        /// A correction of a distribution.
        Correction(Correction) = "correction";
        /// A question about a lot, to who asked it.
        AskedQuestion(AskedQuestion) = "asked_question";
    }

    /// Something that everyone may know, as it stands now.
    pub enum Notice {
        /// The rule book's numbers.
        RuleBook(RuleBook) = "rule_book";
        /// An open licence.
        OpenLicence(OpenLicence) = "open_licence";
        /// A tranche of licence units.
        Tranche(Tranche) = "tranche";
        /// A title was sold.
        TitleSold(TitlePrint) = "title_sold";
        /// What one licence unit stands for.
        UnitContract(SetUnitContract) = "unit_contract";
        /// A lot.
        Lot(Lot) = "lot";
        /// Somebody committed to a sealed bid.
        LotCommitted(LotCommitted) = "lot_committed";
        /// A hidden bid is opened.
        LotOpened(LotOpened) = "lot_opened";
        /// The key that the venue signs with.
        VenueKey(VenueKey) = "venue_key";
        /// Commands that were durable are gone.
        LossAccepted(AcceptLoss) = "loss_accepted";
        /// The venue stood still near a lot's end.
        LotOutage(LotOutage) = "lot_outage";
        /// A measure that pays subsidies.
        Measure(Measure) = "measure";
        /// The numbers by which others take what is disposed of.
        BuyerRules(BuyerRules) = "buyer_rules";
        /// Pledgor and pledgee may bid for a lot.
        PartiesAdmitted(PartiesAdmitted) = "parties_admitted";
        /// A bidder is party to what the lot sells, or connected with one.
        RelatedBidder(RelatedBidder) = "related_bidder";
        /// A question about a lot.
        LotQuestion(LotQuestion) = "lot_question";
        /// A question about a lot was answered.
        LotAnswer(LotAnswer) = "lot_answer";
        /// A text about a lot is not shown.
        TextWithheld(TextWithheld) = "text_withheld";
    }

    /// Who may read a record, beside the venue's operators and the regulators; but what is sealed those learn after the
    /// close.
    pub enum Readers {
        /// These participants.
        Only(Vec<EntityId>) = "only";
        /// Everyone but these.
        AllBut(Vec<EntityId>) = "all_but";
        /// This participant, and nobody else: neither operators nor regulators.
        Sealed(EntityId) = "sealed";
        /// This participant and the regulators: the venue's operators never.
        Apart(EntityId) = "apart";
    }
}

record! {
    /// A record changed.
    pub struct RecordChanged {
        /// Who may know.
        readers: Readers,
        /// What it is now.
        record: Record,
    }
}

impl Readers {
    /// Whether this participant may know the record.
    pub fn has(&self, entity: EntityId) -> bool {
        match self {
            Self::Only(entities) => entities.contains(&entity),
            Self::AllBut(entities) => !entities.contains(&entity),
            Self::Sealed(reader) | Self::Apart(reader) => *reader == entity,
        }
    }

    /// The readers where one participant alone may know.
    pub fn one(entity: EntityId) -> Self {
        Self::Only(Vec::from([entity]))
    }
}
