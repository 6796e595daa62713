//! Which member of a command a broken rule is about: the one home of what clients are told as `field`.
//!
//! A row names members that a rule may be about; of a command that has several of them, the first counts. A rule that is
//! about who asks, about how a matter stands, or about several members together is about none, and says so below. The tests
//! hold that no pair of a command and a rule that it can break is left out.

use crate::{
    command::Op,
    describe::{Object, Shape},
    reject::Reject,
};
use alloc::{format, string::String};

macro_rules! fields {
    (
        of_rules {$($($rule:ident)+: $($name:literal)+;)*}
        of_none {$($none:ident)*}
        of_none_here {$($not:ident: $($op:ident)+;)*}
    ) => {
        /// The members that a rule may be about; of a command that has several of them, the first.
        const fn names(rule: Reject) -> &'static [&'static str] {
            match rule {
                $($(Reject::$rule)|+ => &[$($name),+],)*
                _ => &[],
            }
        }

        /// The rules that are about no single member of any command.
        #[cfg(test)]
        const OF_NONE: &[Reject] = &[$(Reject::$none),*];

        /// The rules that are about a member of other commands, and about no single one of these.
        const OF_NONE_HERE: &[(Reject, &[Op])] = &[$((Reject::$not, &[$(Op::$op),+]),)*];
    };
}

impl Op {
    /// The member of this command that a broken rule is about, as a JSON Pointer (RFC 6901); none where it is about
    /// several or about none. Of what stands in a list, the list is named.
    pub fn field(self, rule: Reject) -> Option<String> {
        let not_here = |(not, ops): &(Reject, &[Self])| *not == rule && ops.contains(&self);
        if OF_NONE_HERE.iter().any(not_here) {
            return None;
        }
        let Shape::Object(command) = self.shape() else {
            return None;
        };
        names(rule).iter().find_map(|name| place(command, name))
    }
}

/// Where a member of this name stands in an object, if it does: by itself, or within another. An amount is one member.
fn place(object: &Object, name: &str) -> Option<String> {
    if object.fields.iter().any(|field| field.name == name) {
        return Some(format!("/{name}"));
    }
    object.fields.iter().find_map(|field| match within(&field.shape) {
        (Some(inner), false) => Some(format!("/{}{}", field.name, place(inner, name)?)),
        (Some(inner), true) => place(inner, name).map(|_| format!("/{}", field.name)),
        (None, _) => None,
    })
}

/// The object that a shape is or holds, and whether it holds several.
fn within(shape: &Shape) -> (Option<&'static Object>, bool) {
    match shape {
        Shape::Object(object) => (Some(*object).filter(|object| object.name != "Amount"), false),
        Shape::Optional(inner) | Shape::OrBoolean(inner) => within(inner),
        Shape::List(item) => (within(item).0, true),
        Shape::Integer(_) | Shape::Boolean | Shape::Text(..) | Shape::Word(_) | Shape::OneOf(..) => (None, false),
    }
}

fields! {
    of_rules {
        UnknownUser: "user_id";
        UnknownEntity: "entity_id" "owner_id" "licensee_id" "to_id" "insurer_id" "fund_id" "basis";
        UnknownKey KeyRevoked LastAdminKey: "key_id";
        UnknownAccount: "account_id" "issue_to_account_id" "plan" "proceeds" "claims";
        UnknownAsset NotTransferable: "asset_id" "asset_ids";
        UnknownInstrument: "symbol" "format";
        UnknownOrder: "order_id";
        UnknownHold: "hold_id" "renews_hold_id";
        UnknownLicence: "licence_id";
        UnknownOpenLicence: "open_licence_id";
        UnknownTranche TrancheNotOpen: "tranche_id";
        UnknownTransfer: "transfer_id";
        UnknownProposal ProposalDecided: "proposal_id";
        UnknownLot: "lot_id" "after_lot_id";
        UnknownWithdrawal: "withdrawal_id";
        UnknownLoan NotEnrolled AlreadyEnrolled: "loan_id";
        UnknownPledge: "pledge_id" "replaces_pledge_id";
        NotYourAccount InsufficientCash: "account_id";
        NotTheOwner: "asset_id" "asset_ids" "symbol" "open_licence_id" "tranche_id" "owner_id";
        RulesVersionUnsupported: "rules_version";
        FeesOutOfRange LicenceFeesInvalid LicenceDaysInvalid: "fees";
        CalendarInvalid: "calendar";
        ApprovalMissing: "approval";
        BooksAreListed: "profile";
        RuleBookInvalid BuyerRulesInvalid: "rules";
        CourtOrderMissing DebtDiffers DebtCovered: "court";
        IdentifierInvalid WarnNeedsReview EntityExists: "legal_id";
        RolesInvalid: "roles";
        ScopesInvalid: "scopes";
        NetworksInvalid: "networks";
        BeneficiariesInvalid: "beneficiary_ids";
        OfficeInvalid: "office" "country";
        NumberInvalid AssetExists CorrectionOver UnknownQuestion AlreadyAnswered: "number";
        ClassificationInvalid: "classifications";
        DatesInvalid: "on" "as_of" "due_on";
        AssetExpired: "asset_id" "asset_ids" "symbol" "licence_id" "open_licence_id" "tranche_id" "expires_on";
        NotListable: "asset_id" "rights";
        SymbolExists UnitContractMissing: "symbol";
        TickInvalid: "tick";
        BandInvalid BandTooWide: "price_high";
        LotInvalid: "lot";
        SupplyInvalid: "supply";
        SupplyExhausted TrancheFull: "quantity";
        ImportEmpty: "rights";
        SharesInvalid: "owners";
        ExtractStale: "extract";
        DuesInvalid ClaimTermInvalid FeeNotOpen: "due_on";
        LotOfRightsInvalid BundleIncomplete: "asset_ids" "lot_id";
        FactsInvalid: "facts";
        FactsMissing PledgeConsentRequired: "asset_id" "asset_ids" "symbol";
        RightWithheld NotACoOwner HoldStands HoldsTooMany OpenLicenceBlocked LicencesTooMany: "asset_id";
        TermUnknown ValuationTooLong: "expires_on";
        NotTrading: "symbol" "tranche_id" "format";
        QuantityInvalid: "quantity" "units" "products" "format";
        QuantityTooLarge: "quantity" "units";
        PriceOutsideBand PriceOffTick BidBelowAsk BidBelowIncrement: "price";
        AmountInvalid: "amount" "price" "maximum" "fee" "ask" "floor" "floor_bps" "costs" "principal" "ip_share"
            "books" "basis";
        MoneyLimit FeeAmountInvalid: "amount";
        ReferenceExists: "reference";
        InsufficientUnits: "quantity" "account_id";
        NotVerified: "asset_id" "asset_ids" "symbol" "licence_id" "pledge_id";
        RightFrozen: "asset_id" "asset_ids" "symbol" "licence_id" "transfer_id";
        AnnuityUnpaid: "asset_id" "licence_id";
        CoOwnerConsent: "asset_id" "asset_ids" "symbol" "licence_id" "tranche_id" "lot_id";
        NoSuchConsent: "act";
        MarksInvalid SecuredProperty CoverTooLow UnderDisposal: "asset_ids";
        HoldTermInvalid: "until_on";
        AppraiserNotAdmitted: "entity_id" "basis";
        QuotesInvalid: "basis";
        ValuationExpired: "expires_on" "step";
        OwnRight: "licensee_id" "licence_id" "open_licence_id" "tranche_id" "transfer_id";
        TerritoryInvalid: "territories";
        FieldInvalid: "fields";
        TermInvalid: "until_on" "opens_at";
        TermBeyondRight: "until_on" "open_licence_id" "fees" "reverse_licence_id";
        LicenceConflict: "scope" "licence_id" "symbol" "asset_id";
        EvaluationReportMissing: "report_sha256";
        DisclosureInvalid: "disclosure_days" "opens_at" "transfer_id";
        BasisInvalid: "basis" "lot_id";
        ContractDiffers: "contract_sha256";
        FormatForbidden: "format" "lot_id";
        StepsInvalid StartTooLow: "format";
        NoticeTooShort: "opens_at";
        ValuationMissing: "asset_ids" "rights" "lot_id" "loan_id";
        DepositOutOfRange: "deposit";
        RoundInvalid: "after_lot_id";
        RanksInvalid: "priority";
        ReserveInvalid: "reserve";
        BarredParty: "fund_id" "entity_id";
        AlreadyEntered NotUnsold NotOfPut TakingTooLate: "lot_id";
        BidBelowStart BidBelowStep BidOffGrid: "price" "maximum";
        MaximaNotTaken MaximumLowered PartyWithoutMaximum: "maximum";
        ResaleInvalid: "resale_lot_id";
        AlreadyOffered: "asset_id" "asset_ids" "symbol" "lot_id" "reverse_licence_id";
        ConsentScope: "scope";
        ConsentTerm: "until_on" "open_licence_id" "tranche_id";
        ConsentFloor: "price" "fee" "ask" "format";
        ConsentQuantity: "quantity" "format";
        FilingInvalid PledgorBarred NoResolution TaxDisclosure PledgesTooMany PledgeNotOwner PledgeNotGranted
            PledgeAnnuityUnpaid PledgeContractIncomplete PledgeCoOwner PledgeSameDay PledgeInvalidationPending
            PledgeOther: "applications";
        PledgeEnded PledgePreserved PledgePledged: "applications" "pledge_id";
        PledgeDebtBeyondRight: "applications" "due_on";
        TmBundle: "applications" "asset_ids";
        DefectsInvalid: "grounds" "answer";
        RecordingInvalid: "answer";
        RankConsent: "consent_sha256";
        SubstitutionGap: "by_pledge_id";
        NoMaximum ClaimFixed: "pledge_id";
        PrincipalInvalid: "principal";
        RatesInvalid MiddleRateInvalid RateMissing: "rates";
        PenaltyOutOfBand: "penalty";
        InstalmentsInvalid: "instalments";
        GuarantorsInvalid GuarantorLeverage SingleNameCap GroupCap: "guarantors";
        DayPassed: "paid_on" "on";
        NoAuthority: "authority";
        BankDirectD2e: "converter";
        NothingToIssue VoteShort PreemptionStands ReleaseBeforeRegistered OpinionInvalid VotesInvalid ClaimBelowIssue
            StepShown: "step";
        AicPilotCap: "pilot";
        AicFundCap: "fund";
        PlanPayeesInvalid: "payees";
        PlanTiersInvalid PlanCapsInvalid: "tiers";
        ClaimPayeeUnknown ClaimAmountInvalid ClaimsKnown CostAboveScale WagesNotAhead: "claims";
        UnknownPool PoolFiguresMissing PoolOfOthers: "pool_id";
        IpShareNotStated IpShareBelowHalf: "ip_share";
        LossSharesInvalid: "shares" "profile";
        BankShareTooLow ReGuaranteeInvalid: "shares";
        UnknownDisposal: "disposal_id";
        PlanDiffers: "plan_sha256";
        BelowMarket: "ask" "format";
        SchemeMissing SchemeInvalid: "scheme";
        UnknownReverseLicence: "reverse_licence_id";
        LicenseeNotOwner: "licensee_id";
        UnknownConversion: "conversion_id";
        IssuerInvalid: "issuer";
        StepDayInvalid BooksOlder BooksTold BooksNotTold: "on";
        SuitUnknown: "served_on";
        GuarantorCurrency: "guarantors" "net_assets";
        InsuranceInvalid MeasureInvalid: "terms";
        UnknownMeasure MeasureOver AlreadyApplied: "measure_id";
        UnknownSubsidy: "subsidy_id";
        SubsidyCostsInvalid PaperShown: "costs";
        NotFirstLoan: "first_loan_sha256";
        BranchesFull: "branch";
        UnknownPut PutNotInForce: "put_id";
        BuyerNotNamed: "entity_id";
        SecurityDaysInvalid: "days";
        ClaimFactInvalid: "befell";
        NothingToWithhold: "part";
    }
    of_none {
        NotAParty TwoPeopleNeeded NotProposable SamePerson TooManyProposals KeyStands ModeNotPermitted HolderCap T5Lock CalendarEnds
            DemoMark JudicialListingMissing WithdrawalsTooMany StateForbids UnitContractInvalid PartiesInvalid
            ExportCheckRequired NotQualified BestBidBinds NoPriority NothingToFund LotTimesInvalid UselessSale
            BarredDefaulter NotOpen LotPaused LotClosed OwnBestBid PriorityMatched BuyNowOver NotRevealing NoCommitment
            RevealMismatch AlreadyRevealed NothingOwed ConsentRevoked ConsentExpired NothingHeld LoanInvalid ClaimNotFixed
            AssignmentInvalid DemandInvalid RepaymentInvalid NotInDefault LimitationRun GuaranteeEnded HolderCap50
            PlanMissing LenderConsentMissing EnrolledAfterNpl PoolLeverage PoolBorrowerCap SecondClaim FullyRecovered
            GuaranteeLapsed DebtorFirst SubsidyCondition SubsidyTaken DisposalOpen TitleRoadMissing NothingToDispose
            CureTooLate ReleaseBeforeEscrow ReleaseMissing DistributedBeforeRecorded AlreadyDistributed
            PayeeAccountMissing Stayed BankruptcyInvalid DuesBeforeRecordal GraceRuns RightsChanged ConversionInvalid
            ClaimShared ClaimSpokenFor NothingGuaranteed NothingToGrant OfficersFull PutInvalid TakingNotAgreed QuestionsTooMany
            ConnectedBuyer ValueNotFallen SecurityAwaited NotPressed CureIncomplete EnoughSold ForfeitUnsettled
            NotDistributed NothingToCorrect CorrectionImpossible DualControlMissing NotAnApprover
    }
    of_none_here {
        UnknownEntity: SetAudience ProposeConversion;
        DatesInvalid: RegisterAsset VerifyAsset;
        AmountInvalid: RecordRecovery RecordGuarantor;
        InsufficientCash: FundEscrow BidLot PayLot DecidePoolClaim RecordRecovery PayReverseFee SettleReverseLicence
            DecideSubsidy AgreeCorrection;
        BarredParty: ExpressInterest EnterLot NegotiateLot AskLot;
        ConsentQuantity: OfferLicence;
        ReleaseBeforeRegistered: ReleasePledge;
        PoolFiguresMissing: ClaimOnPool OpenMeasure;
        UnknownDisposal: ExercisePut;
        LicenseeNotOwner: ConsentReverseLicence;
        NotFirstLoan: DecideSubsidy;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusals::OF_ANY_COMMAND;
    use alloc::vec::Vec;

    /// Each command with each rule that it can break, but for those that any can.
    fn pairs() -> impl Iterator<Item = (Op, Reject)> {
        Op::ALL
            .iter()
            .flat_map(|&op| op.refusals().iter().map(move |&rule| (op, rule)))
    }

    #[test]
    fn every_rule_that_a_command_can_break_names_a_member_or_is_listed_as_about_none() {
        let listed = |op: Op, rule: Reject| {
            OF_NONE.contains(&rule) || OF_NONE_HERE.iter().any(|(not, ops)| *not == rule && ops.contains(&op))
        };
        let wrong: Vec<_> = pairs()
            .filter(|&(op, rule)| op.field(rule).is_some() == listed(op, rule))
            .collect();
        assert!(wrong.is_empty(), "neither or both: {wrong:?}");
    }

    #[test]
    fn every_member_that_a_rule_names_is_one_of_its_command() {
        for (op, rule) in pairs() {
            let Some(field) = op.field(rule) else { continue };
            let Shape::Object(mut object) = op.shape() else {
                panic!("{op:?} is an object to people")
            };
            let mut names = field.split('/').skip(1).peekable();
            while let Some(name) = names.next() {
                let found = object.fields.iter().find(|field| field.name == name);
                let found = found.unwrap_or_else(|| panic!("{op:?} has no {field}"));
                if names.peek().is_some() {
                    object = within(&found.shape).0.expect("it holds what is named behind it");
                }
            }
        }
    }

    #[test]
    fn nothing_is_listed_that_is_never_asked() {
        for &(not, ops) in OF_NONE_HERE {
            for op in ops {
                assert!(op.refusals().contains(&not), "{op:?} never breaks {not:?}");
            }
        }
        for rule in OF_NONE {
            assert!(names(*rule).is_empty(), "{rule:?} names a member");
            assert!(pairs().any(|(_, broken)| broken == *rule), "{rule:?} is never broken");
        }
        for &rule in Reject::ALL {
            for name in names(rule) {
                let first = |op: &Op| {
                    op.field(rule)
                        .is_some_and(|field| first_of(*op, rule) == Some(*name) && !field.is_empty())
                };
                let broken = |op: &&Op| op.may_break(rule);
                assert!(Op::ALL.iter().filter(broken).any(first), "{rule:?} never names {name}");
            }
        }
        assert!(OF_ANY_COMMAND.contains(&Reject::UnknownUser));
    }

    /// Which of the names counts.
    fn first_of(op: Op, rule: Reject) -> Option<&'static str> {
        let Shape::Object(command) = op.shape() else {
            return None;
        };
        names(rule).iter().copied().find(|name| place(command, name).is_some())
    }

    #[test]
    fn a_field_is_found_where_it_stands() {
        let field = |op: Op, rule| op.field(rule);
        assert_eq!(field(Op::PlaceOrder, Reject::PriceOffTick).as_deref(), Some("/price"));
        assert_eq!(
            field(Op::PlaceOrder, Reject::InsufficientUnits).as_deref(),
            Some("/quantity")
        );
        assert_eq!(
            field(Op::ListUnits, Reject::TickInvalid).as_deref(),
            Some("/terms/tick")
        );
        assert_eq!(
            field(Op::RegisterRights, Reject::NumberInvalid).as_deref(),
            Some("/rights")
        );
        assert_eq!(field(Op::OfferLicence, Reject::AmountInvalid).as_deref(), Some("/fee"));
        assert_eq!(field(Op::PlaceOrder, Reject::UnknownLot), None);
        assert_eq!(field(Op::FundEscrow, Reject::InsufficientCash), None);
    }
}
