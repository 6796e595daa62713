//! Which rules each command can break: a part of the contract with those outside, who are told the codes of each
//! operation. The core is not asked here; its tests turn red where it gives a code that is not named, and say which.

use crate::{command::Op, reject::Reject};

/// The rules that any command can break, before it is looked at.
pub const OF_ANY_COMMAND: &[Reject] = &[
    Reject::NoEpoch,
    Reject::UnknownUser,
    Reject::ClientIdReused,
    Reject::NotPermitted,
];

macro_rules! refusals {
    ($($op:ident: $($reject:ident)*;)*) => {
        impl Op {
            /// The rules that this command can break, beside [`OF_ANY_COMMAND`].
            pub const fn refusals(self) -> &'static [Reject] {
                match self {
                    $(Self::$op => &[$(Reject::$reject),*],)*
                }
            }

            /// Whether this command can break this rule.
            pub fn may_break(self, rule: Reject) -> bool {
                OF_ANY_COMMAND.contains(&rule) || self.refusals().contains(&rule)
            }
        }
    };
}

refusals! {
    Epoch: TwoPeopleNeeded RulesVersionUnsupported FeesOutOfRange CalendarInvalid ApprovalMissing BooksAreListed
        DemoMark;
    Tick:;
    RegisterEntity: IdentifierInvalid WarnNeedsReview EntityExists;
    RegisterUser: UnknownEntity TwoPeopleNeeded RolesInvalid;
    RegisterKey: TwoPeopleNeeded ScopesInvalid NetworksInvalid;
    RevokeKey: UnknownKey KeyRevoked TwoPeopleNeeded LastAdminKey;
    OpenAccount: UnknownEntity;
    CashIn: UnknownAccount TwoPeopleNeeded AmountInvalid MoneyLimit ReferenceExists;
    CashOut: UnknownWithdrawal TwoPeopleNeeded ReferenceExists StateForbids;
    RegisterAsset: UnknownEntity NotTheOwner OfficeInvalid NumberInvalid ClassificationInvalid DatesInvalid
        AssetExpired AssetExists;
    ListUnits: UnknownAsset NotTheOwner TwoPeopleNeeded ModeNotPermitted AssetExpired NotListable SymbolExists
        TickInvalid BandInvalid BandTooWide LotInvalid SupplyInvalid FactsMissing NotVerified StateForbids RightFrozen
        AnnuityUnpaid CoOwnerConsent AlreadyOffered;
    IssueUnits: UnknownAccount UnknownInstrument NotTheOwner TwoPeopleNeeded ModeNotPermitted SupplyExhausted
        NotTrading QuantityInvalid LicenceConflict;
    SetTrading: UnknownInstrument NotTrading RightFrozen;
    PlaceOrder: UnknownAccount UnknownInstrument NotYourAccount ModeNotPermitted HolderCap T5Lock CalendarEnds
        NotTrading QuantityInvalid QuantityTooLarge PriceOutsideBand PriceOffTick InsufficientCash InsufficientUnits
        CoOwnerConsent ExportCheckRequired PledgeConsentRequired ConsentFloor ConsentQuantity;
    CancelOrder: UnknownOrder;
    SetRuleBook: TwoPeopleNeeded RuleBookInvalid;
    DescribeEntity: UnknownEntity TwoPeopleNeeded BeneficiariesInvalid OfficeInvalid;
    SetDualControl: TwoPeopleNeeded;
    Propose: NotProposable TooManyProposals;
    Approve: UnknownProposal SamePerson ProposalDecided NotAnApprover;
    Refuse: UnknownProposal ProposalDecided;
    LogRead: UnknownEntity;
    RegisterRights: UnknownEntity UnknownAccount NotTheOwner TwoPeopleNeeded ModeNotPermitted NumberInvalid
        DatesInvalid AssetExpired AssetExists NotListable SymbolExists TickInvalid LotInvalid ImportEmpty ExtractStale
        DuesInvalid FactsMissing NotVerified CoOwnerConsent;
    VerifyAsset: UnknownEntity UnknownAsset TwoPeopleNeeded DatesInvalid AssetExpired SharesInvalid ExtractStale
        TermUnknown StateForbids;
    ChangeAsset: UnknownAsset NotTheOwner TwoPeopleNeeded StateForbids;
    RecordDues: UnknownAsset TwoPeopleNeeded DatesInvalid AssetExpired DuesInvalid StateForbids;
    LinkMarks: UnknownAsset MarksInvalid AlreadyOffered;
    PlaceHold: UnknownAsset UnknownHold TwoPeopleNeeded AssetExpired StateForbids HoldStands HoldTermInvalid
        HoldsTooMany;
    LiftHold: UnknownHold TwoPeopleNeeded;
    GiveConsent: UnknownAsset TwoPeopleNeeded AmountInvalid NotACoOwner TermInvalid;
    WithdrawConsent: UnknownAsset TwoPeopleNeeded NoSuchConsent;
    RecordValuation: UnknownEntity UnknownAsset AmountInvalid AppraiserNotAdmitted QuotesInvalid ValuationExpired
        ValuationTooLong;
    SetAppraiser: UnknownEntity TwoPeopleNeeded AppraiserNotAdmitted;
    OfferLicence: UnknownEntity UnknownAccount UnknownAsset NotYourAccount NotTheOwner TwoPeopleNeeded AssetExpired
        FactsMissing RightWithheld AmountInvalid NotVerified StateForbids NotTransferable RightFrozen AnnuityUnpaid
        CoOwnerConsent OwnRight TerritoryInvalid FieldInvalid TermInvalid TermBeyondRight LicenceConflict
        LicencesTooMany AlreadyOffered PledgeConsentRequired ConsentRevoked ConsentExpired ConsentScope ConsentTerm
        ConsentFloor ConsentQuantity;
    AcceptLicence: UnknownLicence NotAParty TwoPeopleNeeded HolderCap AssetExpired StateForbids OwnRight
        LicenceConflict ExportCheckRequired;
    WithdrawLicence: UnknownLicence StateForbids;
    PayLicence: UnknownAccount UnknownLicence NotYourAccount NotAParty TwoPeopleNeeded HolderCap AssetExpired
        InsufficientCash NotVerified StateForbids RightFrozen AnnuityUnpaid CoOwnerConsent OwnRight
        ExportCheckRequired ConsentRevoked;
    RecordLicence: UnknownLicence TwoPeopleNeeded StateForbids;
    TerminateLicence: UnknownLicence NotAParty TwoPeopleNeeded StateForbids;
    AskOpenLicence: UnknownAccount UnknownAsset NotYourAccount NotTheOwner TwoPeopleNeeded AssetExpired AmountInvalid
        NotVerified RightFrozen AnnuityUnpaid CoOwnerConsent TermInvalid TermBeyondRight OpenLicenceBlocked
        EvaluationReportMissing AlreadyOffered PledgeConsentRequired;
    WithdrawOpenLicence: UnknownOpenLicence NotTheOwner StateForbids;
    TakeOpenLicence: UnknownAccount UnknownOpenLicence NotYourAccount TwoPeopleNeeded AssetExpired InsufficientCash
        StateForbids OwnRight TermBeyondRight ExportCheckRequired ConsentTerm;
    SetUnitContract: UnknownInstrument NotTheOwner ModeNotPermitted UnitContractInvalid;
    ReportConsumption: UnknownAccount UnknownInstrument NotYourAccount ModeNotPermitted InsufficientUnits
        UnitContractMissing;
    AuditConsumption: UnknownAccount UnknownInstrument ModeNotPermitted QuantityInvalid UnitContractMissing;
    OpenTranche: UnknownAccount UnknownInstrument NotYourAccount NotTheOwner TwoPeopleNeeded ModeNotPermitted T5Lock
        AssetExpired NotTrading QuantityInvalid QuantityTooLarge AmountInvalid InsufficientUnits CoOwnerConsent
        TermInvalid AlreadyOffered PledgeConsentRequired;
    IndicateInterest: UnknownTranche ModeNotPermitted NotTrading QuantityInvalid QuantityTooLarge OwnRight
        TrancheNotOpen;
    SubscribeTranche: UnknownAccount UnknownTranche NotYourAccount TwoPeopleNeeded ModeNotPermitted HolderCap T5Lock
        AssetExpired NotTrading QuantityInvalid QuantityTooLarge InsufficientCash CoOwnerConsent OwnRight
        TrancheNotOpen TrancheFull ExportCheckRequired ConsentTerm;
    CloseTranche: UnknownTranche NotTheOwner ModeNotPermitted StateForbids;
    ListTransfer: UnknownEntity UnknownAccount UnknownAsset NotYourAccount NotTheOwner TwoPeopleNeeded HolderCap
        T5Lock CalendarEnds AssetExpired LotOfRightsInvalid FactsMissing AmountInvalid NotVerified StateForbids
        NotTransferable RightFrozen CoOwnerConsent BundleIncomplete DisclosureInvalid PartiesInvalid BasisInvalid
        ValuationMissing AlreadyOffered SecuredProperty PledgeConsentRequired ConsentRevoked ConsentFloor
        LenderConsentMissing TitleRoadMissing UnderDisposal BelowMarket Stayed EnoughSold;
    SetAudience: UnknownEntity UnknownTransfer NotAParty StateForbids PartiesInvalid;
    ExpressInterest: UnknownAccount UnknownTransfer NotYourAccount HolderCap T5Lock StateForbids OwnRight BarredParty
        BarredDefaulter ConnectedBuyer;
    WithdrawInterest: UnknownTransfer NotAParty StateForbids BestBidBinds;
    QualifyInterest: UnknownEntity UnknownTransfer TwoPeopleNeeded StateForbids ExportCheckRequired;
    RecordExportCheck: UnknownEntity UnknownAsset TwoPeopleNeeded;
    BidTransfer: UnknownTransfer TwoPeopleNeeded HolderCap T5Lock AmountInvalid StateForbids OwnRight
        ExportCheckRequired NotQualified BidBelowAsk BidBelowIncrement OwnBestBid ConnectedBuyer;
    AnswerPriority: UnknownAccount UnknownTransfer NotYourAccount TwoPeopleNeeded HolderCap T5Lock StateForbids
        OwnRight ExportCheckRequired NoPriority BarredDefaulter;
    SignContract: UnknownTransfer NotAParty TwoPeopleNeeded StateForbids ContractDiffers;
    FundEscrow: UnknownTransfer NotAParty TwoPeopleNeeded HolderCap InsufficientCash StateForbids ExportCheckRequired
        NothingToFund;
    FileRecordal: UnknownTransfer NotAParty StateForbids ReleaseMissing;
    AnswerRecordal: UnknownTransfer TwoPeopleNeeded StateForbids RightFrozen ExportCheckRequired;
    CancelTransfer: UnknownTransfer NotAParty TwoPeopleNeeded StateForbids;
    EndDisclosure: UnknownTransfer NotAParty CalendarEnds StateForbids DisclosureInvalid;
    DescribeRight: UnknownAsset AssetExpired NotListable FactsInvalid StateForbids LicenceConflict AlreadyOffered;
    AnnounceLot: UnknownEntity UnknownAccount UnknownAsset UnknownInstrument UnknownLot NotYourAccount NotTheOwner
        TwoPeopleNeeded FeesOutOfRange ModeNotPermitted HolderCap T5Lock CalendarEnds JudicialListingMissing
        CourtOrderMissing AssetExpired LotOfRightsInvalid NotTrading QuantityInvalid AmountInvalid InsufficientCash
        InsufficientUnits NotVerified RightFrozen CoOwnerConsent BundleIncomplete DisclosureInvalid FormatForbidden
        StepsInvalid LotTimesInvalid NoticeTooShort ValuationMissing StartTooLow DepositOutOfRange RoundInvalid
        UselessSale RanksInvalid ReserveInvalid DebtDiffers DebtCovered AlreadyOffered SecuredProperty
        PledgeConsentRequired ConsentFloor ConsentQuantity LenderConsentMissing UnderDisposal BelowMarket
        DuesBeforeRecordal;
    EnterLot: UnknownAccount UnknownLot NotYourAccount TwoPeopleNeeded HolderCap T5Lock InsufficientCash
        ExportCheckRequired BarredParty BarredDefaulter AlreadyEntered NotOpen LotClosed ConnectedBuyer;
    BidLot: UnknownLot TwoPeopleNeeded QuantityInvalid QuantityTooLarge AmountInvalid InsufficientCash NotQualified
        FormatForbidden NotOpen LotPaused LotClosed BidBelowStart BidBelowStep BidOffGrid OwnBestBid PriorityMatched;
    SetMaximum: UnknownLot TwoPeopleNeeded AmountInvalid NotQualified NotOpen LotClosed BidBelowStart BidBelowStep
        BidOffGrid OwnBestBid MaximaNotTaken MaximumLowered PartyWithoutMaximum;
    BuyLot: UnknownLot TwoPeopleNeeded NotQualified NotOpen LotClosed BuyNowOver;
    CommitBid: UnknownLot TwoPeopleNeeded NotQualified FormatForbidden NotOpen LotClosed;
    RevealBid: UnknownLot AmountInvalid NotQualified NotRevealing NoCommitment RevealMismatch AlreadyRevealed;
    PauseLot: UnknownLot TwoPeopleNeeded StateForbids;
    ResumeLot: UnknownLot StateForbids;
    WithdrawLot: UnknownLot TwoPeopleNeeded StateForbids;
    ConfirmLot: UnknownLot TwoPeopleNeeded StateForbids;
    AnnulLot: UnknownLot TwoPeopleNeeded StateForbids;
    ServeRuling: UnknownLot TwoPeopleNeeded StateForbids;
    PayLot: UnknownLot NotAParty TwoPeopleNeeded InsufficientCash NothingOwed;
    NegotiateLot: UnknownLot NotAParty TwoPeopleNeeded HolderCap AmountInvalid StateForbids ExportCheckRequired
        BarredParty NothingOwed;
    SettleDefault: UnknownLot TwoPeopleNeeded AmountInvalid StateForbids ResaleInvalid;
    Resumed:;
    Sealed:;
    SetVenueKey: KeyStands;
    Recover: NetworksInvalid;
    RequestWithdrawal: UnknownAccount NotYourAccount TwoPeopleNeeded WithdrawalsTooMany AmountInvalid InsufficientCash;
    CancelWithdrawal: UnknownWithdrawal StateForbids;
    ApproveWithdrawal: UnknownWithdrawal TwoPeopleNeeded StateForbids;
    RefuseWithdrawal: UnknownWithdrawal TwoPeopleNeeded;
    AcceptLoss:;
    Stalled:;
    RegisterLoan: UnknownEntity NotAParty LoanInvalid PrincipalInvalid ClaimTermInvalid RatesInvalid PenaltyOutOfBand
        InstalmentsInvalid GuarantorsInvalid GuarantorLeverage SingleNameCap GroupCap GuarantorCurrency;
    FilePledge: UnknownLoan UnknownPledge NotAParty TwoPeopleNeeded FilingInvalid PledgorBarred NoResolution
        TaxDisclosure PledgesTooMany PledgeNotOwner PledgeEnded PledgeNotGranted PledgeAnnuityUnpaid PledgePreserved
        PledgeDebtBeyondRight PledgeContractIncomplete PledgeCoOwner PledgePledged PledgeSameDay
        PledgeInvalidationPending PledgeOther TmBundle;
    SignPledge: UnknownPledge NotAParty TwoPeopleNeeded NotVerified StateForbids ContractDiffers PledgeEnded;
    AnswerPledge: UnknownPledge TwoPeopleNeeded StateForbids PledgeEnded PledgePreserved PledgePledged
        DefectsInvalid RecordingInvalid;
    MendPledge: UnknownPledge NotAParty StateForbids DefectsInvalid;
    WithdrawPledge: UnknownPledge NotAParty TwoPeopleNeeded StateForbids;
    ChangePledge: UnknownPledge TwoPeopleNeeded AmountInvalid StateForbids PledgeDebtBeyondRight RankConsent
        ClaimFixed;
    ReleasePledge: UnknownAsset UnknownPledge NotAParty TwoPeopleNeeded StateForbids ValuationMissing TmBundle
        CoverTooLow ReleaseBeforeRegistered ReleaseBeforeEscrow;
    SubstitutePledge: UnknownPledge NotAParty TwoPeopleNeeded StateForbids SubstitutionGap ReleaseBeforeEscrow;
    AssignClaim: UnknownEntity UnknownLoan NotAParty TwoPeopleNeeded ClaimNotFixed AssignmentInvalid ClaimSpokenFor;
    FixClaim: UnknownPledge AmountInvalid StateForbids NoMaximum ClaimFixed ClaimNotFixed;
    RecordDemand: UnknownLoan NotAParty DemandInvalid LimitationRun GuaranteeEnded DebtorFirst;
    DeclareDefault: UnknownLoan NotAParty TwoPeopleNeeded StateForbids NotInDefault LimitationRun;
    CureDefault: UnknownLoan NotAParty StateForbids CureTooLate CureIncomplete;
    RecordRepayment: UnknownLoan NotAParty StateForbids RepaymentInvalid DayPassed ClaimSpokenFor;
    GivePledgeConsent: UnknownAccount UnknownPledge NotAParty TwoPeopleNeeded AmountInvalid StateForbids
        TermInvalid;
    RevokePledgeConsent: UnknownPledge NoSuchConsent;
    ApplyProceeds: UnknownAccount UnknownLoan NotAParty TwoPeopleNeeded NothingHeld NotInDefault ClaimSpokenFor;
    ProposePlan: UnknownAccount UnknownLoan NotAParty TwoPeopleNeeded StateForbids PlanPayeesInvalid
        PlanTiersInvalid PlanCapsInvalid;
    SignPlan: UnknownLoan NotAParty TwoPeopleNeeded StateForbids PlanDiffers;
    OpenDisposal: UnknownLoan NotAParty TwoPeopleNeeded AmountInvalid NotInDefault LimitationRun PlanMissing
        DisposalOpen TitleRoadMissing NothingToDispose Stayed SecurityAwaited NotPressed;
    AgreeBelow: NotAParty TwoPeopleNeeded AmountInvalid StateForbids UnknownDisposal;
    ReleaseForSale: UnknownTransfer NotAParty TwoPeopleNeeded UnknownDisposal ReleaseBeforeEscrow;
    DistributeProceeds: UnknownAccount UnknownTransfer NotAParty TwoPeopleNeeded ClaimPayeeUnknown
        ClaimAmountInvalid MiddleRateInvalid UnknownDisposal DistributedBeforeRecorded AlreadyDistributed
        ClaimsKnown PayeeAccountMissing SchemeMissing SchemeInvalid CostAboveScale WagesNotAhead RateMissing
        ForfeitUnsettled;
    EndDisposal: NotAParty TwoPeopleNeeded StateForbids UnknownDisposal;
    RecordUpkeep: UnknownAsset UnknownLoan NotAParty AmountInvalid StateForbids;
    RecordBankruptcy: UnknownLoan NotAParty StateForbids BankruptcyInvalid;
    OpenPool: UnknownAccount TwoPeopleNeeded AmountInvalid LossSharesInvalid;
    SetPoolFigures: TwoPeopleNeeded AmountInvalid StateForbids UnknownPool LossSharesInvalid;
    EnrolLoan: UnknownLoan NotAParty AmountInvalid StateForbids UnknownPool PoolFiguresMissing AlreadyEnrolled
        EnrolledAfterNpl IpShareNotStated IpShareBelowHalf PoolLeverage PoolBorrowerCap PoolOfOthers;
    RecordNpl: UnknownLoan NotAParty DatesInvalid StateForbids NotEnrolled EnrolledAfterNpl;
    ClaimOnPool: UnknownAccount UnknownLoan NotYourAccount NotAParty AmountInvalid StateForbids PoolFiguresMissing
        NotEnrolled EnrolledAfterNpl PoolBorrowerCap SecondClaim FullyRecovered;
    DecidePoolClaim: UnknownLoan NotAParty TwoPeopleNeeded InsufficientCash StateForbids NotEnrolled FullyRecovered;
    RecordRecovery: UnknownLoan NotAParty TwoPeopleNeeded AmountInvalid InsufficientCash StateForbids NotEnrolled;
    EndPoolLoan: UnknownLoan NotAParty TwoPeopleNeeded StateForbids NotEnrolled;
    ProposeReverseLicence: UnknownEntity NotAParty TwoPeopleNeeded StateForbids TermBeyondRight NoAuthority
        LicenceFeesInvalid UnknownDisposal Stayed LicenseeNotOwner LicenceDaysInvalid;
    ConsentReverseLicence: UnknownAccount NotYourAccount NotAParty TwoPeopleNeeded StateForbids TermBeyondRight
        ContractDiffers AlreadyOffered UnknownReverseLicence LicenseeNotOwner RightsChanged;
    PayReverseFee: NotAParty TwoPeopleNeeded AmountInvalid InsufficientCash StateForbids UnknownReverseLicence
        FeeNotOpen FeeAmountInvalid;
    SettleReverseLicence: NotAParty TwoPeopleNeeded InsufficientCash StateForbids UnknownReverseLicence;
    TerminateReverseLicence: NotAParty TwoPeopleNeeded StateForbids UnknownReverseLicence GraceRuns;
    ProposeConversion: UnknownEntity NotAParty TwoPeopleNeeded HolderCap StateForbids BankDirectD2e HolderCap50
        AicPilotCap AicFundCap UnknownDisposal Stayed ConversionInvalid IssuerInvalid ClaimShared StepDayInvalid;
    RecordConversionStep: NotAParty TwoPeopleNeeded StateForbids ValuationExpired DayPassed NothingToIssue VoteShort
        PreemptionStands ReleaseBeforeRegistered Stayed UnknownConversion OpinionInvalid VotesInvalid StepDayInvalid
        ClaimBelowIssue;
    EndConversion: NotAParty TwoPeopleNeeded StateForbids UnknownConversion;
    OpenMeasure: UnknownAccount TwoPeopleNeeded PoolFiguresMissing MeasureInvalid;
    ApplyForSubsidy: UnknownAccount UnknownLoan NotAParty AmountInvalid SubsidyCondition SubsidyTaken UnknownMeasure
        MeasureOver SubsidyCostsInvalid PaperShown NotFirstLoan AlreadyApplied NothingToGrant;
    WithdrawSubsidy: NotAParty TwoPeopleNeeded StateForbids UnknownSubsidy;
    DecideSubsidy: NotAParty TwoPeopleNeeded InsufficientCash StateForbids SubsidyCondition SubsidyTaken
        UnknownSubsidy NotFirstLoan NothingToGrant;
    TellBranchBooks: DatesInvalid AmountInvalid BranchesFull BooksOlder BooksTold;
    CorrectBranchBooks: TwoPeopleNeeded DatesInvalid AmountInvalid BooksNotTold;
    RecordDutyStep: UnknownLoan NotAParty DatesInvalid OfficersFull StepShown;
    DrawOfficerFile: UnknownLoan NotAParty;
    PayGuarantee: UnknownAccount UnknownLoan NotYourAccount NotAParty TwoPeopleNeeded InsufficientCash StateForbids
        NotInDefault GuaranteeLapsed DebtorFirst PayeeAccountMissing ClaimSpokenFor NothingGuaranteed;
    WithdrawSuit: UnknownLoan NotAParty TwoPeopleNeeded StateForbids SuitUnknown;
    RecordGuarantor: UnknownEntity NotAParty DatesInvalid AmountInvalid GuarantorCurrency;
    InsureLoan: UnknownEntity UnknownLoan NotAParty TwoPeopleNeeded StateForbids InsuranceInvalid;
    PayInsurance: UnknownAccount UnknownLoan NotAParty TwoPeopleNeeded InsufficientCash NotInDefault
        NothingGuaranteed;
    ReGuarantee: UnknownAccount UnknownLoan NotAParty TwoPeopleNeeded InsufficientCash StateForbids GuaranteeEnded
        UnknownPool PoolFiguresMissing AlreadyEnrolled EnrolledAfterNpl LossSharesInvalid BankShareTooLow
        PoolOfOthers ReGuaranteeInvalid;
    NameApprovers: UnknownEntity TwoPeopleNeeded DualControlMissing;
    NameDeputy: TwoPeopleNeeded;
    SetBuyerRules: TwoPeopleNeeded BuyerRulesInvalid;
    AgreePut: UnknownEntity UnknownAccount UnknownLoan NotAParty TwoPeopleNeeded StateForbids ValuationMissing
        BarredParty PutInvalid;
    SignPut: NotAParty TwoPeopleNeeded StateForbids ContractDiffers UnknownPut;
    ExercisePut: UnknownLot NotAParty TwoPeopleNeeded BundleIncomplete ExportCheckRequired ValuationMissing
        BarredDefaulter AlreadyOffered UnknownDisposal UnknownPut PutNotInForce NotUnsold NotOfPut ConnectedBuyer;
    EndPut: NotAParty TwoPeopleNeeded StateForbids UnknownPut;
    AgreeTaking: UnknownLot NotAParty TwoPeopleNeeded StateForbids UnknownDisposal TitleRoadMissing NotUnsold
        TakingTooLate;
    TakeAtReserve: UnknownAccount UnknownLot NotYourAccount NotAParty TwoPeopleNeeded LotOfRightsInvalid
        CoOwnerConsent ExportCheckRequired BarredDefaulter AlreadyOffered ConsentRevoked UnknownDisposal Stayed
        NotUnsold TakingTooLate TakingNotAgreed;
    NameConnectedBuyer: UnknownEntity NotAParty StateForbids BarredParty UnknownDisposal;
    ConsentConnectedBuyer: NotAParty TwoPeopleNeeded StateForbids UnknownDisposal BuyerNotNamed;
    AdmitParties: UnknownLot NotAParty TwoPeopleNeeded StateForbids BasisInvalid NothingToDispose;
    AskSecurity: UnknownLoan NotAParty StateForbids ValuationMissing ValueNotFallen SecurityDaysInvalid;
    SettleSecurity: UnknownLoan NotAParty TwoPeopleNeeded StateForbids;
    PressForSale: UnknownLoan NotAParty StateForbids NotInDefault;
    AgreeInDisposal: NotAParty TwoPeopleNeeded StateForbids UnknownDisposal;
    RecordClaimFact: UnknownLoan NotAParty StateForbids ClaimFactInvalid;
    CorrectDistribution: UnknownAccount UnknownTransfer NotAParty TwoPeopleNeeded UnknownDisposal SchemeMissing
        NotDistributed NothingToCorrect CorrectionImpossible;
    AgreeCorrection: NotAParty TwoPeopleNeeded InsufficientCash StateForbids UnknownDisposal CorrectionOver
        CorrectionImpossible;
    AskLot: UnknownLot BarredParty LotClosed QuestionsTooMany;
    AnswerQuestion: UnknownLot NotAParty LotClosed UnknownQuestion AlreadyAnswered;
    WithholdText: UnknownLot UnknownQuestion NothingToWithhold;
    TranslateTitle: UnknownAsset NotTheOwner;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Pairs;

    #[test]
    fn what_may_take_two_people_says_so() {
        for op in Op::ALL {
            let may = op.refusals().contains(&Reject::TwoPeopleNeeded);
            assert!(may || op.pairs() == Pairs::Nobody, "{}", op.name());
        }
    }
}
