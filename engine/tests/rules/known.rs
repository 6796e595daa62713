//! What a refusal tells: of what is another's, no more than of what is not there. One table over the whole roll: each
//! command that names something which not everybody may know of is given by a stranger with a number that stands for
//! another's and with one that stands for nothing, and both are refused alike.

use crate::floor::{
    OPERATOR, Party, asset as patent, buyers, cash_move, conversions, day, disposals,
    grants::{
        self, EVIDENCE, accept, ask_open, freeze, made, offering, pay, record, take_open, terminate, withdraw_open,
    },
    limit, order, pledges, pools, reverse,
    room::{self, ascending, bid, enter, maximum, pause, step_of},
    sales::{
        self, CONTRACT, Market, PAPER, answer, cancel, describe, export_check, express, file, fund, qualify, sign,
    },
    subsidies, terms, titles,
    units::{close, interest, subscribe, tranche},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    AccountId, AssetId, Bounded, Command, ConversionId, Digest, DisposalId, EntityId, HoldId, InstrumentId, KeyId,
    LicenceId, LoanId, LotId, MeasureId, OpenLicenceId, OrderId, PledgeId, PoolId, ProposalId, PutId, Quantity,
    Receipt, Reject, ReverseLicenceId, Seq, Side, SubsidyId, Symbol, TrancheId, TransferId, UserId, WithdrawalId,
    account::{PayOut, RefuseWithdrawal, RequestWithdrawal, WithdrawalStep},
    auction::{AnnounceLot, BuyLot, CommitBid, NegotiateLot, PayLot, Ranked, RevealBid, SettleDefault},
    buyers::{Connection, LendingValue},
    claim::Befell,
    command::Op,
    control::{Approve, Deputy, Encoded, LogRead, NameApprovers, NameDeputy, Propose, Refuse, SetDualControl},
    describe::Shape,
    disposal::{Bankruptcy, CaseAgreement, SchemeShare},
    licence::{AuditConsumption, LicenceStep, ReportConsumption, SetUnitContract},
    listing::{IssueUnits, ListUnits},
    party::{KeyMaterial, RegisterKey, RegisterUser, Roles, Scopes},
    plan::PayerKind,
    pledge::{DefaultCause, DemandKind, FixCause, PledgeAct, PledgeRefusal, SubstitutePledge},
    questions::QuestionPart,
    risk::{CostItem, DutyStep, GUANGZHOU_2023, PoolLoanEnd},
    subsidy::CostShown,
    time::DAY,
    title::{
        Act, Appraisal, AssetChange, Basis, ChangeAsset, HoldKind, LiftHold, LinkMarks, NewRight, PlaceHold,
        RecordDues, RecordValuation, RegisterRights, SetAppraiser, Share, WithdrawConsent,
    },
    transfer::{AnswerPriority, EndDisclosure, SetAudience},
    wire::encode_alone,
};

/// What a command names and not everybody may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noun {
    User,
    Entity,
    Key,
    Account,
    Asset,
    Order,
    Hold,
    Licence,
    Transfer,
    Proposal,
    Withdrawal,
    Loan,
    Pledge,
    Disposal,
    ReverseLicence,
    Conversion,
    Subsidy,
    Put,
}

const NOUNS: [Noun; 18] = [
    Noun::User,
    Noun::Entity,
    Noun::Key,
    Noun::Account,
    Noun::Asset,
    Noun::Order,
    Noun::Hold,
    Noun::Licence,
    Noun::Transfer,
    Noun::Proposal,
    Noun::Withdrawal,
    Noun::Loan,
    Noun::Pledge,
    Noun::Disposal,
    Noun::ReverseLicence,
    Noun::Conversion,
    Noun::Subsidy,
    Noun::Put,
];

/// What a firm shows of its costs.
const COST: CostShown = subsidies::cost(CostItem::Guarantee, 1, 1);

/// A number that stands for nothing, whatever it counts.
const NOTHING: u64 = 999_999;

/// What a field of a command stands for; none: everyone knows it, or it tells nothing of who has what.
fn noun(field: &str) -> Option<Noun> {
    Some(match field {
        "user_id" | "of_user_id" | "approver_user_ids" => Noun::User,
        "entity_id" | "owner_id" | "licensee_id" | "appraiser_id" | "beneficiary_ids" | "priority_ids"
        | "allow_ids" | "deny_ids" | "debtor_id" | "pledgor_id" | "to_id" | "on_id" | "insurer_id" | "fund_id" => {
            Noun::Entity
        }
        "key_id" => Noun::Key,
        "account_id" | "trust_account_id" | "issue_to_account_id" => Noun::Account,
        "asset_id" | "asset_ids" => Noun::Asset,
        "order_id" => Noun::Order,
        "hold_id" | "renews_hold_id" => Noun::Hold,
        "licence_id" => Noun::Licence,
        // What sold a lot anew is a lot, which everyone knows, or a sale.
        "transfer_id" | "resale_lot_id" => Noun::Transfer,
        "proposal_id" => Noun::Proposal,
        "withdrawal_id" => Noun::Withdrawal,
        "loan_id" => Noun::Loan,
        "disposal_id" => Noun::Disposal,
        "reverse_licence_id" => Noun::ReverseLicence,
        "conversion_id" => Noun::Conversion,
        "subsidy_id" => Noun::Subsidy,
        "put_id" => Noun::Put,
        "pledge_id" | "by_pledge_id" | "replaces_pledge_id" => Noun::Pledge,
        // They are announced to everyone. A valuation's number says nothing: it counts where it is of the right.
        "lot_id" | "after_lot_id" | "open_licence_id" | "tranche_id" | "valuation_id" | "more_valuation_ids" => {
            return None;
        }
        // A pool of public money takes any bank's loans.
        "pool_id" => return None,
        // A measure is published.
        "measure_id" => return None,
        // An identity by which a participant is known outside.
        "legal_id" => return None,
        other => panic!("{other}: say whether everyone may know of it"),
    })
}

/// The fields of this shape that name something.
fn names(shape: Shape, found: &mut Vec<&'static str>) {
    match shape {
        Shape::Object(object) => {
            for field in object.fields {
                if field.name.ends_with("_id") || field.name.ends_with("_ids") {
                    found.push(field.name);
                }
                names(field.shape, found);
            }
        }
        Shape::List(inner) | Shape::Optional(inner) | Shape::OrBoolean(inner) => names(*inner, found),
        Shape::OneOf(_, variants) => variants.iter().for_each(|(_, _, shape)| names(*shape, found)),
        _ => {}
    }
}

/// A number for each noun.
#[derive(Clone, Copy)]
struct Named([u64; NOUNS.len()]);

impl Named {
    fn with(mut self, noun: Noun, number: u64) -> Self {
        self.0[noun as usize] = number;
        self
    }

    fn small(&self, noun: Noun) -> u32 {
        u32::try_from(self.0[noun as usize]).unwrap()
    }

    fn user(&self) -> UserId {
        UserId(self.small(Noun::User))
    }

    fn entity(&self) -> EntityId {
        EntityId(self.small(Noun::Entity))
    }

    fn account(&self) -> AccountId {
        AccountId(self.small(Noun::Account))
    }

    fn asset(&self) -> AssetId {
        AssetId(self.small(Noun::Asset))
    }

    fn hold(&self) -> HoldId {
        HoldId(self.0[Noun::Hold as usize])
    }

    fn licence(&self) -> LicenceId {
        LicenceId(self.0[Noun::Licence as usize])
    }

    fn transfer(&self) -> TransferId {
        TransferId(self.0[Noun::Transfer as usize])
    }

    fn proposal(&self) -> ProposalId {
        ProposalId(self.0[Noun::Proposal as usize])
    }

    fn withdrawal(&self) -> WithdrawalId {
        WithdrawalId(self.0[Noun::Withdrawal as usize])
    }

    fn loan(&self) -> LoanId {
        LoanId(self.0[Noun::Loan as usize])
    }

    fn pledge(&self) -> PledgeId {
        PledgeId(self.small(Noun::Pledge))
    }

    fn disposal(&self) -> DisposalId {
        DisposalId(self.0[Noun::Disposal as usize])
    }

    fn reverse(&self) -> ReverseLicenceId {
        ReverseLicenceId(self.0[Noun::ReverseLicence as usize])
    }

    fn conversion(&self) -> ConversionId {
        ConversionId(self.0[Noun::Conversion as usize])
    }

    fn subsidy(&self) -> SubsidyId {
        SubsidyId(self.0[Noun::Subsidy as usize])
    }

    fn put(&self) -> PutId {
        PutId(self.0[Noun::Put as usize])
    }

    /// Who acts.
    fn party(&self) -> Party {
        Party {
            entity: self.entity(),
            user: self.user(),
            account: self.account(),
        }
    }
}

/// Where the table is tried: what is ana's and bo's, and cy, who is a stranger to it and has the like.
struct Scene {
    market: Market,
    instrument: InstrumentId,
    open_licence: OpenLicenceId,
    tranche: TrancheId,
    lot: LotId,
    measure: MeasureId,
    /// What is cy's own.
    own: Named,
    /// What is another's, of each noun.
    others: Vec<(Noun, u64)>,
    /// Ana's right and sale that everyone may know of.
    public: Vec<(Noun, u64)>,
}

/// The command of this name, about what is named. None: the sequencer alone gives it.
fn command(op: Op, scene: &Scene, named: Named) -> Option<Command> {
    let (party, asset, transfer) = (named.party(), named.asset(), named.transfer());
    let withdrawal = named.withdrawal();
    let (licence, lot, symbol) = (named.licence(), scene.lot, Symbol::new("ANA").unwrap());
    let shares = |entity| vec![Share { entity, parts: 1 }];
    Some(match op {
        Op::Epoch | Op::Tick | Op::Sealed | Op::Resumed | Op::Stalled => return None,
        Op::SetVenueKey | Op::Recover | Op::AcceptLoss => return None,
        Op::RegisterEntity | Op::SetRuleBook => return None,
        Op::RegisterUser => Command::RegisterUser(RegisterUser {
            entity: party.entity,
            roles: Roles::TRADER,
        }),
        Op::RegisterKey => Command::RegisterKey(Box::new(RegisterKey {
            user: party.user,
            material: KeyMaterial::HmacSha256,
            scopes: Scopes::TRADE,
            networks: vec![],
        })),
        Op::RevokeKey => Command::RevokeKey {
            key: KeyId(named.small(Noun::Key)),
        },
        Op::OpenAccount => Command::OpenAccount { entity: party.entity },
        Op::CashIn => Command::CashIn(cash_move(party.account, 1, "known")),
        Op::CashOut => Command::CashOut(Box::new(PayOut {
            withdrawal,
            reference: Bounded::new("known").unwrap(),
        })),
        Op::RequestWithdrawal => Command::RequestWithdrawal(RequestWithdrawal {
            account: party.account,
            amount: yuan(1_000_000_000),
        }),
        Op::CancelWithdrawal => Command::CancelWithdrawal(WithdrawalStep { withdrawal }),
        Op::ApproveWithdrawal => Command::ApproveWithdrawal(WithdrawalStep { withdrawal }),
        Op::RefuseWithdrawal => Command::RefuseWithdrawal(Box::new(RefuseWithdrawal {
            withdrawal,
            reason: Bounded::new("known").unwrap(),
        })),
        Op::RegisterAsset => Command::RegisterAsset(Box::new(patent(party.entity, "KNOWN"))),
        Op::ListUnits => Command::ListUnits(Box::new(ListUnits {
            asset,
            terms: terms("KNOWN"),
        })),
        Op::IssueUnits => Command::IssueUnits(IssueUnits {
            instrument: scene.instrument,
            account: party.account,
            quantity: Quantity::from_units(1),
        }),
        Op::SetTrading => Command::SetTrading {
            instrument: scene.instrument,
            trading: false,
        },
        Op::PlaceOrder => order(party.account, scene.instrument, Side::Sell, limit(5), 1),
        Op::CancelOrder => Command::CancelOrder {
            order: OrderId(named.0[Noun::Order as usize]),
        },
        Op::DescribeEntity => describe(party.entity, "CN", &[party.entity]),
        Op::SetDualControl => Command::SetDualControl(SetDualControl { required: true }),
        // What is proposed is asked when it is approved: see below.
        Op::Propose => Command::Propose(Box::new(Propose {
            encoded: Encoded(vec![]),
        })),
        Op::Approve => Command::Approve(Approve {
            proposal: named.proposal(),
        }),
        Op::Refuse => Command::Refuse(Refuse {
            proposal: named.proposal(),
        }),
        Op::LogRead => Command::LogRead(Box::new(LogRead {
            entity: party.entity,
            record: Bounded::new("/v1/holds/7").unwrap(),
        })),
        Op::RegisterRights => {
            let mut right = NewRight::from(patent(scene.own.entity(), "KNOWN"));
            right.owners = [scene.own.entity(), party.entity]
                .map(|entity| Share { entity, parts: 1 })
                .to_vec();
            Command::RegisterRights(Box::new(RegisterRights {
                rights: vec![right],
                issue_to: Some(party.account),
            }))
        }
        Op::VerifyAsset => {
            let mut verify = titles::verify(asset);
            verify.owners = shares(party.entity);
            titles::verified(&verify)
        }
        Op::ChangeAsset => Command::ChangeAsset(Box::new(ChangeAsset {
            asset,
            change: AssetChange::Delist,
            evidence: PAPER,
        })),
        Op::RecordDues => Command::RecordDues(Box::new(RecordDues {
            asset,
            due: None,
            expires: None,
            evidence: PAPER,
        })),
        Op::LinkMarks => Command::LinkMarks(Box::new(LinkMarks {
            assets: vec![asset, asset],
        })),
        Op::PlaceHold => Command::PlaceHold(Box::new(PlaceHold {
            asset,
            kind: HoldKind::OwnershipDispute,
            holder: Bounded::new("Court of Shenzhen").unwrap(),
            reference: Bounded::new("(2026) 1").unwrap(),
            until: None,
            renews: Some(named.hold()),
            evidence: EVIDENCE,
        })),
        Op::LiftHold => Command::LiftHold(Box::new(LiftHold {
            hold: named.hold(),
            evidence: EVIDENCE,
        })),
        Op::GiveConsent => grants::consent(asset, Act::Transfer),
        Op::WithdrawConsent => Command::WithdrawConsent(WithdrawConsent {
            asset,
            act: Act::Transfer,
        }),
        Op::RecordValuation => Command::RecordValuation(Box::new(RecordValuation {
            asset,
            basis: Basis::Appraised(Appraisal {
                appraiser: party.entity,
                amount: yuan(1),
            }),
            expires: day(2027, 3, 1),
            evidence: PAPER,
        })),
        Op::SetAppraiser => Command::SetAppraiser(Box::new(SetAppraiser {
            entity: party.entity,
            admitted: true,
            evidence: PAPER,
        })),
        Op::OfferLicence => offering(asset, party, party, |_| {}),
        Op::AcceptLicence => accept(licence),
        Op::WithdrawLicence => Command::WithdrawLicence(LicenceStep { licence }),
        Op::PayLicence => pay(licence, party.account),
        Op::RecordLicence => record(licence, None),
        Op::TerminateLicence => terminate(licence),
        Op::AskOpenLicence => ask_open(asset, party.account, |_| {}),
        Op::WithdrawOpenLicence => withdraw_open(scene.open_licence),
        Op::TakeOpenLicence => take_open(scene.open_licence, party.account),
        Op::SetUnitContract => Command::SetUnitContract(SetUnitContract {
            symbol,
            size: 1,
            cumulative: true,
            report_days: 0,
        }),
        Op::ReportConsumption => Command::ReportConsumption(ReportConsumption {
            symbol,
            account: party.account,
            products: 1,
        }),
        Op::AuditConsumption => Command::AuditConsumption(Box::new(AuditConsumption {
            symbol,
            account: party.account,
            products: 1,
            evidence: PAPER,
        })),
        Op::OpenTranche => tranche(party.account, |open| open.symbol = symbol),
        Op::IndicateInterest => interest(scene.tranche, -1),
        Op::SubscribeTranche => subscribe(scene.tranche, party.account, -1),
        Op::CloseTranche => close(scene.tranche),
        Op::ListTransfer => {
            let mut list = sales::terms_of(&[asset], party);
            (list.priority, list.allow, list.deny) = (vec![party.entity], vec![party.entity], vec![party.entity]);
            Command::ListTransfer(Box::new(list))
        }
        Op::SetAudience => Command::SetAudience(Box::new(SetAudience {
            transfer,
            allow: vec![party.entity],
            deny: vec![party.entity],
        })),
        Op::ExpressInterest => express(transfer, party),
        Op::WithdrawInterest => sales::withdraw(transfer),
        Op::QualifyInterest => qualify(transfer, party.entity, true),
        Op::RecordExportCheck => export_check(asset, party.entity, true),
        Op::BidTransfer => sales::bid(transfer, 1),
        Op::AnswerPriority => Command::AnswerPriority(AnswerPriority {
            transfer,
            account: Some(party.account),
        }),
        Op::SignContract => sign(transfer, CONTRACT),
        Op::FundEscrow => fund(transfer),
        Op::FileRecordal => file(transfer),
        Op::AnswerRecordal => answer(transfer, None),
        Op::CancelTransfer => cancel(transfer),
        Op::EndDisclosure => Command::EndDisclosure(EndDisclosure { transfer }),
        Op::DescribeRight => crate::floor::described_work(asset, &[]),
        Op::AnnounceLot => {
            let at = protocol::Timestamp(scene.market.floor.at + 30 * DAY);
            let format = ascending(1_000, 10);
            let mut lot = AnnounceLot::plain(vec![asset], party.account, format, yuan(10), at, at);
            lot.priority = vec![Ranked {
                entity: party.entity,
                rank: 1,
            }];
            Command::AnnounceLot(Box::new(lot))
        }
        Op::EnterLot => enter(lot, party),
        Op::BidLot => bid(lot, 1),
        Op::SetMaximum => maximum(lot, 1),
        Op::BuyLot => Command::BuyLot(BuyLot { lot }),
        Op::CommitBid => Command::CommitBid(Box::new(CommitBid { lot, commitment: PAPER })),
        Op::RevealBid => Command::RevealBid(Box::new(RevealBid {
            lot,
            price: yuan(1),
            nonce: Digest([0; 32]),
        })),
        Op::PauseLot => pause(lot),
        Op::ResumeLot => Command::ResumeLot(step_of(lot)),
        Op::WithdrawLot => Command::WithdrawLot(step_of(lot)),
        Op::ConfirmLot => Command::ConfirmLot(step_of(lot)),
        Op::AnnulLot => Command::AnnulLot(step_of(lot)),
        Op::ServeRuling => Command::ServeRuling(step_of(lot)),
        Op::PayLot => Command::PayLot(PayLot { lot }),
        Op::NegotiateLot => Command::NegotiateLot(NegotiateLot { lot, price: None }),
        Op::SettleDefault => Command::SettleDefault(SettleDefault {
            lot,
            resale: LotId(transfer.0),
            costs: yuan(0),
        }),
        Op::RegisterLoan => pledges::register_loan(pledges::lent(scene.market.bo, party, |_| {})),
        Op::FilePledge => {
            let mut application = pledges::application(named.loan(), party, &[asset]);
            application.replaces = Some(named.pledge());
            pledges::file(vec![application])
        }
        Op::SignPledge => pledges::sign(named.pledge()),
        Op::AnswerPledge => pledges::recorded(named.pledge()),
        Op::MendPledge => pledges::mend(named.pledge(), &[PledgeRefusal::ContractIncomplete]),
        Op::WithdrawPledge => pledges::withdraw(named.pledge()),
        Op::ChangePledge => pledges::change(named.pledge(), None, None, false),
        Op::ReleasePledge => pledges::release(named.pledge(), &[asset]),
        Op::SubstitutePledge => Command::SubstitutePledge(Box::new(SubstitutePledge {
            pledge: named.pledge(),
            assets: vec![asset],
            by: named.pledge(),
            evidence: PAPER,
        })),
        Op::AssignClaim => pledges::assign(named.loan(), party, None, false),
        Op::FixClaim => pledges::fix(named.pledge(), FixCause::Law, day(2026, 3, 2), yuan(1)),
        Op::RecordDemand => pledges::demand(named.loan(), DemandKind::Payment, party, day(2026, 3, 2)),
        Op::DeclareDefault => pledges::default(named.loan(), DefaultCause::AgreedEvent),
        Op::CureDefault => pledges::cure(named.loan()),
        Op::RecordRepayment => pledges::repaid_by(named.loan(), yuan(1), day(2026, 3, 2), party, PayerKind::Interested),
        Op::GivePledgeConsent => crate::pledge_consents::consent(named.pledge(), PledgeAct::Licence, |_| {}),
        Op::RevokePledgeConsent => crate::pledge_consents::revoke(named.pledge(), PledgeAct::Licence),
        Op::ApplyProceeds => crate::pledge_consents::apply(named.loan(), party),
        Op::ProposePlan => disposals::propose_plan(named.loan(), disposals::plan(&[party])),
        Op::SignPlan => disposals::sign_plan(named.loan(), &disposals::plan(&[party])),
        Op::OpenDisposal => disposals::opening(named.loan(), |_| {}),
        Op::AgreeBelow => disposals::below(named.disposal(), yuan(1)),
        Op::ReleaseForSale => disposals::release(named.disposal(), transfer),
        Op::DistributeProceeds => disposals::distribute(named.disposal(), transfer, |asked| {
            asked.claims.later = vec![disposals::payee(party)];
            asked.trust = Some(party.account);
            asked.scheme = disposals::scheme(vec![SchemeShare {
                payee: disposals::payee(party),
                amount: yuan(1),
                debt: yuan(0),
            }]);
        }),
        Op::EndDisposal => disposals::end(named.disposal()),
        Op::AskSecurity => disposals::ask_security(named.loan(), 15),
        Op::SettleSecurity => disposals::settle_security(named.loan()),
        Op::PressForSale => disposals::press(named.loan()),
        Op::AgreeInDisposal => disposals::agree_in(named.disposal(), CaseAgreement::SellAll),
        Op::RecordBankruptcy => disposals::bankrupt(named.loan(), Bankruptcy::Liquidation, day(2026, 3, 2), false),
        Op::RecordUpkeep => disposals::upkeep(named.loan(), Some(asset), yuan(1)),
        Op::OpenPool => pools::open(party.account, GUANGZHOU_2023, &[]),
        Op::SetPoolFigures => pools::figures(PoolId(1), GUANGZHOU_2023),
        Op::EnrolLoan => pools::enrol(PoolId(1), named.loan(), Some(yuan(1))),
        Op::RecordNpl => pools::npl(named.loan(), day(2026, 3, 2)),
        Op::ClaimOnPool => pools::claim(named.loan(), party, 1),
        Op::DecidePoolClaim => pools::decide(named.loan(), true),
        Op::RecordRecovery => pools::recover(named.loan(), 1, 0),
        Op::EndPoolLoan => pools::end(named.loan(), PoolLoanEnd::Repaid),
        Op::ProposeReverseLicence => reverse::proposing(named.disposal(), party, |_| {}),
        Op::ConsentReverseLicence => reverse::consenting(named.reverse(), party),
        Op::PayReverseFee => reverse::pay_fee(named.reverse(), day(2026, 4, 1), 1),
        Op::SettleReverseLicence => reverse::settle(named.reverse()),
        Op::TerminateReverseLicence => reverse::terminate(named.reverse()),
        Op::ProposeConversion => conversions::proposing(named.disposal(), named.entity(), day(2026, 3, 2), |_| {}),
        Op::RecordConversionStep => conversions::step(named.conversion(), conversions::valued(1), day(2026, 3, 2)),
        Op::EndConversion => conversions::give_up(named.conversion()),
        Op::OpenMeasure => subsidies::open(subsidies::own(party.account, 440_300, subsidies::fees(|_| {}))),
        Op::ApplyForSubsidy => subsidies::apply(scene.measure, named.loan(), party, &[COST]),
        Op::WithdrawSubsidy => subsidies::withdraw(named.subsidy()),
        Op::DecideSubsidy => subsidies::decide(named.subsidy(), false),
        Op::TellBranchBooks => subsidies::tell_books("known", day(2026, 3, 2), [0; 4]),
        Op::CorrectBranchBooks => subsidies::correct_books("known", day(2026, 3, 2), [0; 4]),
        Op::RecordDutyStep => subsidies::duty(named.loan(), DutyStep::Valued, day(2026, 3, 2)),
        Op::DrawOfficerFile => subsidies::draw(named.loan(), named.user()),
        Op::PayGuarantee => pledges::pay_guarantee(named.loan(), party),
        Op::WithdrawSuit => pledges::withdraw_suit(named.loan(), party, day(2026, 3, 2), false),
        Op::RecordGuarantor => pledges::figures(party, 1, |_| {}),
        Op::InsureLoan => pledges::insure(named.loan(), party, 1, |_| {}),
        Op::PayInsurance => pledges::pay_insurance(named.loan(), party),
        Op::ReGuarantee => pools::re_guarantee(PoolId(1), named.loan(), party, 2_000),
        Op::NameApprovers => Command::NameApprovers(Box::new(NameApprovers {
            entity: named.entity(),
            approvers: vec![named.user()],
        })),
        Op::NameDeputy => Command::NameDeputy(NameDeputy {
            of: named.user(),
            deputy: Some(Deputy {
                user: named.user(),
                from: day(2026, 3, 2),
                until: day(2026, 3, 2),
            }),
        }),
        Op::SetBuyerRules => buyers::buyer_rules(|_| {}),
        Op::AgreePut => buyers::put(named.loan(), &[asset], party, day(2027, 3, 2), |_| {}),
        Op::SignPut => buyers::sign_put(named.put()),
        Op::ExercisePut => buyers::exercise(named.put(), scene.lot),
        Op::EndPut => buyers::end_put(named.put()),
        Op::AgreeTaking => buyers::agree_taking(named.disposal(), scene.lot),
        Op::TakeAtReserve => buyers::take(named.disposal(), scene.lot, party),
        Op::NameConnectedBuyer => buyers::name(named.disposal(), named.entity(), Connection::Creditor),
        Op::ConsentConnectedBuyer => buyers::consent_to(named.disposal(), named.entity()),
        Op::AdmitParties => buyers::admit(scene.lot),
        Op::RecordClaimFact => disposals::befell(named.loan(), Befell::CapPleaded {}),
        Op::CorrectDistribution => disposals::correct(named.disposal(), transfer, |asked| {
            asked.claims.later = vec![disposals::payee(party)];
            asked.trust = Some(party.account);
        }),
        Op::AgreeCorrection => disposals::agree(named.disposal(), transfer, 1, true),
        Op::AskLot => room::ask(scene.lot, "?"),
        Op::AnswerQuestion => room::answer_to(scene.lot, 1, "!"),
        Op::WithholdText => room::withhold(scene.lot, 1, QuestionPart::Question),
        Op::TranslateTitle => titles::translate(asset, Some("A title")),
    })
}

/// Whoever sells, licenses or registers for others names them by their numbers, and learns whether they are here, once
/// all else of its own is in order.
const NAMES_OTHERS: [Op; 6] = [
    Op::OfferLicence,
    Op::ListTransfer,
    Op::SetAudience,
    Op::AnnounceLot,
    Op::RegisterRights,
    Op::ProposePlan,
];

fn deal(receipt: Receipt) -> u64 {
    match receipt {
        Receipt::Deal(Seq(place)) => place,
        other => panic!("{other:?}"),
    }
}

/// The numbers of one party: a right with a hold, a licence offered to another, a sale for another alone, an order, a
/// key, a proposal.
fn numbers(
    market: &mut Market,
    of: Party,
    to: Party,
    code: &str,
    (instrument, measure): (InstrumentId, MeasureId),
) -> Named {
    let apart = market.dee;
    let floor = &mut market.floor;
    let [held, licensed, sold] = ["H", "L", "S"].map(|kind| floor.right(of.entity, &format!("{code}{kind}"), |_| {}));
    let hold = freeze(floor, held).0;
    let licence = made(floor, of.user, offering(licensed, of, to, |_| {})).0;
    let mut list = sales::terms_of(&[sold], of);
    list.allow = vec![to.entity];
    let transfer = deal(floor.must(of.user, Command::ListTransfer(Box::new(list))));
    let key = RegisterKey {
        user: of.user,
        material: KeyMaterial::HmacSha256,
        scopes: Scopes::TRADE,
        networks: vec![],
    };
    let Receipt::Key(key) = floor.must(OPERATOR, Command::RegisterKey(Box::new(key))) else {
        panic!()
    };
    floor.cash_in(of.account, 1_000_000);
    let Receipt::Order(order) = floor.must(of.user, order(of.account, instrument, Side::Buy, limit(5), 1)) else {
        panic!()
    };
    let encoded = Encoded(encode_alone(&express(TransferId(1), of)));
    let proposal = deal(floor.must(of.user, Command::Propose(Box::new(Propose { encoded }))));
    let asked = RequestWithdrawal {
        account: of.account,
        amount: yuan(1),
    };
    let withdrawal = deal(floor.must(of.user, Command::RequestWithdrawal(asked)));
    let pledged = floor.right(of.entity, &format!("{code}P"), |_| {});
    let loan = pledges::made_loan(floor, OPERATOR, pledges::lent(to, of, |_| {}));
    let pledge = pledges::filed(floor, OPERATOR, pledges::application(loan, of, &[pledged]));
    floor.must(OPERATOR, pledges::recorded(pledge));
    let subsidy = deal(floor.must(of.user, subsidies::apply(measure, loan, of, &[COST])));
    let disposal = disposals::in_disposal(floor, loan, (to, of));
    let reverse = reverse::proposed(floor, to.user, reverse::proposing(disposal, of, |_| {}));
    let turns = conversions::proposing(disposal, of.entity, day(2026, 3, 2), |_| {});
    let conversion = conversions::proposed(floor, to.user, turns).0;
    let put = buyers::put(loan, &[pledged], apart, day(2027, 3, 2), |asked| {
        let valued = LendingValue {
            value: yuan(1_000_000),
            evidence: Digest([1; 32]),
        };
        asked.rights[0].valued = Some(valued);
    });
    let put = buyers::made_put(floor, to, put);
    let numbers = [
        (Noun::Withdrawal, withdrawal),
        (Noun::Loan, loan.0),
        (Noun::Pledge, u64::from(pledge.0)),
        (Noun::Disposal, disposal.0),
        (Noun::ReverseLicence, reverse.0),
        (Noun::Conversion, conversion),
        (Noun::Subsidy, subsidy),
        (Noun::Put, put.0),
        (Noun::User, u64::from(of.user.0)),
        (Noun::Entity, u64::from(of.entity.0)),
        (Noun::Key, u64::from(key.0)),
        (Noun::Account, u64::from(of.account.0)),
        (Noun::Asset, u64::from(held.0)),
        (Noun::Order, order.0),
        (Noun::Hold, hold),
        (Noun::Licence, licence),
        (Noun::Transfer, transfer),
        (Noun::Proposal, proposal),
    ];
    let all = Named([0; NOUNS.len()]);
    numbers
        .into_iter()
        .fold(all, |all, (noun, number)| all.with(noun, number))
}

impl Scene {
    fn new() -> Self {
        let mut market = Market::on(crate::floor::Floor::<FastBook>::unit_market());
        let (ana, bo, cy) = (market.ana, market.bo, market.cy);
        let (listed, instrument) = market.floor.list(ana, "ANA", 1_000);
        let opened = tranche(ana.account, |open| open.symbol = Symbol::new("ANA").unwrap());
        let tranche = TrancheId(deal(market.floor.must(ana.user, opened)));
        let offered = market.floor.right(ana.entity, "OPEN", |_| {});
        let open = market.floor.must(ana.user, ask_open(offered, ana.account, |_| {}));
        let open_licence = OpenLicenceId(deal(open));
        let of_lot = market.floor.right(ana.entity, "LOT", |_| {});
        let at = |days: u64| protocol::Timestamp(crate::floor::OPENING + days * DAY);
        let lot = AnnounceLot::plain(vec![of_lot], ana.account, ascending(1_000, 10), yuan(10), at(2), at(3));
        let lot = LotId(deal(market.floor.must(ana.user, Command::AnnounceLot(Box::new(lot)))));
        let of_sale = market.floor.right(ana.entity, "SALE", |_| {});
        let for_all = market.list(|terms| terms.assets = vec![of_sale]).0;
        let measure = subsidies::own(bo.account, 440_300, subsidies::fees(|_| {}));
        let measure = MeasureId(deal(market.floor.must(OPERATOR, subsidies::open(measure))));
        let anas = numbers(&mut market, ana, bo, "ANAS", (instrument, measure));
        let own = numbers(&mut market, cy, bo, "CYS", (instrument, measure));
        let right = u64::from(market.right.0);
        let others = NOUNS.map(|noun| (noun, anas.0[noun as usize]));
        let others = others.into_iter().chain([
            (Noun::Account, 0),
            (Noun::Entity, 0),
            (Noun::User, 0),
            (Noun::Asset, right),
            (Noun::Account, u64::from(bo.account.0)),
        ]);
        Self {
            instrument,
            open_licence,
            tranche,
            lot,
            measure,
            own,
            others: others.collect(),
            public: vec![(Noun::Asset, u64::from(listed.0)), (Noun::Transfer, for_all)],
            market,
        }
    }
}

#[test]
fn every_field_that_names_something_is_in_the_table() {
    let scene = Scene::new();
    for &op in Op::ALL {
        let mut fields = vec![];
        names(op.shape(), &mut fields);
        for noun in fields.into_iter().filter_map(noun) {
            let Some(plain) = command(op, &scene, scene.own) else {
                assert!(op.is_sequencers(), "{op:?} names a {noun:?}");
                continue;
            };
            let other = command(op, &scene, scene.own.with(noun, NOTHING)).unwrap();
            assert_ne!(plain, other, "{op:?} names a {noun:?}, and the table tries none");
        }
    }
}

#[test]
fn a_stranger_is_refused_alike_for_what_is_anothers_and_for_what_is_not_there() {
    let mut scene = Scene::new();
    let cy = scene.market.cy;
    let others = [Roles::INVESTOR, Roles::DATA_CONSUMER, Roles::INSURER];
    let others = others.map(|roles| grants::user(&mut scene.market.floor, cy.entity, roles));
    let public = scene.public.iter();
    let public = public.fold(scene.own, |named, (noun, number)| named.with(*noun, *number));
    let mut tried = 0;
    for &op in Op::ALL {
        for (beside, near) in [("its own", scene.own), ("what everyone knows", public)] {
            let Some(plain) = command(op, &scene, near) else {
                continue;
            };
            for &(noun, number) in &scene.others {
                let its_own = beside == "its own" && noun == Noun::Entity;
                if its_own && NAMES_OTHERS.contains(&op) || op == Op::RegisterRights && noun == Noun::Entity {
                    continue;
                }
                let there = command(op, &scene, near.with(noun, number)).unwrap();
                let nowhere = command(op, &scene, near.with(noun, NOTHING)).unwrap();
                if there == plain && nowhere == plain {
                    continue;
                }
                for by in [cy.user].into_iter().chain(others) {
                    let floor = &mut scene.market.floor;
                    let (one, other) = (floor.try_(by, there.clone()), floor.try_(by, nowhere.clone()));
                    assert!(one.is_err(), "{there:?} beside {beside}: done");
                    assert_eq!(one, other, "{op:?} tells user {by:?} of a {noun:?} beside {beside}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

/// What every user of a house may ask, whatever its role: what stops harm, and of a lot what is asked of who entered it.
const ANYBODYS: [Op; 9] = [
    Op::RevokeKey,
    Op::CancelOrder,
    Op::BidLot,
    Op::SetMaximum,
    Op::BuyLot,
    Op::CommitBid,
    Op::RevealBid,
    Op::PayLot,
    Op::NegotiateLot,
];

#[test]
fn who_only_reads_for_its_house_gives_none_of_its_commands() {
    let mut scene = Scene::new();
    let floor = &mut scene.market.floor;
    let reader = grants::user(floor, scene.market.cy.entity, Roles::DATA_CONSUMER);
    let mut heard = vec![];
    for &op in Op::ALL {
        if let Some(command) = command(op, &scene, scene.own) {
            let answer = scene.market.floor.try_(reader, command);
            if answer != Err(Reject::NotPermitted) && !ANYBODYS.contains(&op) {
                heard.push((op, answer));
            }
        }
    }
    assert_eq!(heard, []);
}

#[test]
fn nor_does_a_proposal_tell_what_its_proposer_may_not_know() {
    let mut scene = Scene::new();
    let (ana, cy) = (scene.market.ana, scene.market.cy);
    let floor = &mut scene.market.floor;
    let second = grants::user(floor, cy.entity, Roles::TRADER);
    let failed = [ana.account, AccountId(NOTHING as u32)].map(|account| {
        let first = floor.events.len();
        let command = take_open(scene.open_licence, account);
        let encoded = Encoded(encode_alone(&command));
        let proposal = deal(floor.must(cy.user, Command::Propose(Box::new(Propose { encoded }))));
        let proposal = ProposalId(proposal);
        floor.must(second, Command::Approve(Approve { proposal }));
        let told = floor.records(first);
        let failed = told.iter().rev().find_map(|changed| match &changed.record {
            protocol::Record::Proposal(proposal) => proposal.failed.clone(),
            _ => None,
        });
        failed.expect("it failed").as_str().to_owned()
    });
    assert_eq!(failed, [Reject::UnknownAccount.code(); 2]);
}

#[test]
fn nor_does_the_deadline_that_a_proposal_has_to_keep() {
    let mut scene = Scene::new();
    let (cy, own) = (scene.market.cy, scene.own);
    let (mut tried, mut known) = (0, 0);
    for &op in Op::ALL.iter().filter(|op| op.can_wait()) {
        let proposed = |scene: &mut Scene, named| {
            let command = command(op, scene, named)?;
            let encoded = Encoded(encode_alone(&command));
            let floor = &mut scene.market.floor;
            let first = floor.events.len();
            let proposal = deal(floor.must(cy.user, Command::Propose(Box::new(Propose { encoded }))));
            let told = floor.records(first).into_iter().find_map(|told| match told.record {
                protocol::Record::Proposal(proposal) => Some(proposal.deadline),
                _ => None,
            });
            let proposal = ProposalId(proposal);
            floor.must(cy.user, Command::Refuse(Refuse { proposal }));
            told
        };
        known += usize::from(proposed(&mut scene, own).flatten().is_some());
        for (noun, number) in scene.others.clone() {
            // What it does not name it cannot tell of.
            let plain = command(op, &scene, own);
            if plain == command(op, &scene, own.with(noun, NOTHING)) {
                continue;
            }
            let there = proposed(&mut scene, own.with(noun, number));
            let nowhere = proposed(&mut scene, own.with(noun, NOTHING));
            assert_eq!(there, nowhere, "{op:?} tells of a {noun:?}");
            tried += 1;
        }
    }
    assert!(tried > 200 && known > 0, "{tried} {known}");
}

/// An operator, who sees all, is told what is wrong.
#[test]
fn an_operator_is_told_whose_it_is() {
    let mut scene = Scene::new();
    let (ana, bo) = (scene.market.ana, scene.market.bo);
    let right = scene.market.right;
    let floor = &mut scene.market.floor;
    let ask = |account| ask_open(right, account, |_| {});
    assert_eq!(floor.try_(OPERATOR, ask(bo.account)), Err(Reject::NotYourAccount));
    assert_eq!(
        floor.try_(OPERATOR, ask(AccountId(99_999))),
        Err(Reject::UnknownAccount)
    );
    floor.must(OPERATOR, ask(ana.account));
}

/// An operator sees every account; one that buys for a participant as well pays from that participant's own.
#[test]
fn who_operates_and_trades_pays_for_nothing_from_anothers_account() {
    let (mut room, book) = crate::lots_of_units::units_room();
    let (ana, [bo, cy, _]) = (room.market.ana, room.bidders());
    let symbol = Symbol::new("ANA").unwrap();
    let [auctioned, sold, licensed, open] =
        ["US2", "US3", "US4", "US5"].map(|name| room.market.floor.right(ana.entity, name, grants::plain));
    let mut terms = room.terms(ascending(100_000, 1_000));
    terms.assets = vec![auctioned];
    let lot = room.announce(&terms);
    let sale = room.market.list(|terms| terms.assets = vec![sold]);
    let tick = room.at(3_700);
    let floor = &mut room.market.floor;
    let licence = grants::agreed(floor, licensed, ana, bo, grants::plain);
    let open = made(floor, ana.user, ask_open(open, ana.account, |_| {}));
    let open = OpenLicenceId(open.0);
    let tranche = crate::floor::units::opened(floor, ana, |open| open.symbol = symbol);
    let both = grants::user(floor, bo.entity, Roles::OPERATOR.with(Roles::TRADER));
    crate::floor::units::at(floor, tick);
    floor.must(OPERATOR, Command::Tick);
    let paid = |party: Party| {
        [
            enter(lot, party),
            express(sale, party),
            pay(licence, party.account),
            take_open(open, party.account),
            subscribe(tranche, party.account, 5),
            titles::buys(party, book, 500, 5),
            Command::ReportConsumption(ReportConsumption {
                symbol,
                account: party.account,
                products: 0,
            }),
        ]
    };
    for command in paid(cy) {
        assert_eq!(
            floor.try_(both, command.clone()),
            Err(Reject::NotYourAccount),
            "{command:?}"
        );
    }
    let contract = SetUnitContract {
        symbol,
        size: 1,
        cumulative: true,
        report_days: 0,
    };
    floor.must(ana.user, Command::SetUnitContract(contract));
    for command in paid(bo) {
        floor.must(both, command);
    }
}
