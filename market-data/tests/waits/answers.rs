//! The commands that answer an entry, as far as its record alone tells them.

use super::world::World;
use market_data::{
    records::{Key, Kind, Records, Told},
    waits::{Party, Wait},
};
use protocol::{
    AccountId, Amount, Bounded, Command, Date, Digest, LotId, Notice, Record, TransferId, WithdrawalId,
    account::{PayOut, RefuseWithdrawal, WithdrawalStep},
    auction::{LotStep, NegotiateLot, PayLot},
    buyers::{ConsentConnectedBuyer, EndPut, ExercisePut, SignPut, TakeAtReserve},
    command::Op,
    control::{Approve, Refuse},
    disposal::{AgreeCorrection, EndDisposal, OpenDisposal, ReleaseForSale, SettleSecurity, SignPlan, TitleRoad},
    equity::{ConversionStep, EndConversion, RecordConversionStep},
    licence::{LicenceRefusal, LicenceStep, PayLicence, RecordLicence, ReportConsumption},
    pledge::{
        AnswerPledge, CureDefault, DeclareDefault, DefaultCause, DemandKind, InsureLoan, MendPledge, PayGuarantee,
        PayInsurance, PledgeRefusal, RecordDemand, RecordRepayment, RecordingRefused, RegistrarAnswer, ReleasePledge,
        SignPledge, WithdrawPledge,
    },
    questions::AnswerQuestion,
    reverse::{ConsentReverseLicence, PayReverseFee, SettleReverseLicence, TerminateReverseLicence},
    risk::{Bearer, ClaimOnPool, DecidePoolClaim, EndPoolLoan, PoolLoanEnd},
    subsidy::DecideSubsidy,
    text::Reference,
    title::{Extract, LiftHold, VerifyAsset},
    transfer::{
        AnswerPriority, AnswerRecordal, BidTransfer, CancelTransfer, FileRecordal, FundEscrow, QualifyInterest,
        RecordExportCheck, SignContract, Transfer, TransferRefusal, WithdrawInterest,
    },
    units::BasisPoints,
};

/// A paper that shows something.
const PAPER: Digest = Digest([7; 32]);

/// What of an entry's commands can't be made of its record alone, and why.
pub(crate) const NOT_MADE: [(Op, &str); 11] = [
    (Op::PlaceHold, "an order of a court, with its number"),
    (Op::SettleDefault, "the resale, which the lot does not name"),
    (Op::FilePledge, "rights and a contract of their own"),
    (Op::AnnounceLot, "the terms of a lot"),
    (Op::ListTransfer, "the terms of a sale"),
    (Op::ProposeReverseLicence, "fees and a term"),
    (Op::ProposeConversion, "an issuer and its shares"),
    (Op::DistributeProceeds, "what is asked of the price"),
    (Op::RevealBid, "the bid and its nonce, which the bidder alone has"),
    (Op::RecordRecovery, "what was recovered"),
    (Op::RecordDutyStep, "which step was done when"),
];

fn record(records: &Records, kind: Kind, number: u64) -> Option<Record> {
    match &records.get(Key::new(kind, number))?.told {
        Told::Record(record) => Some(record.clone()),
        Told::Notice(_) => None,
    }
}

fn sale(records: &Records, id: u64) -> Option<Transfer> {
    match record(records, Kind::Transfer, id)? {
        Record::Transfer(sale) => Some(sale),
        _ => None,
    }
}

fn bid(sale: &Transfer) -> Amount {
    let mut price = sale.best.unwrap_or(sale.ask);
    if sale.best.is_some() {
        price.money = price.money.plus(sale.increment.money);
    }
    price
}

/// The command of this kind that answers the entry.
pub(crate) fn command(world: &World, wait: &Wait, op: Op, today: Date) -> Option<Command> {
    let records = world.market.records();
    let told = records.get(wait.record)?.told.clone();
    let id = wait.record.numbers[0];
    let own = match wait.party {
        Party::House(house) => world.accounts.get(&house).copied(),
        Party::Operators | Party::Courts => None,
    };
    let account = own.unwrap_or(AccountId(0));
    let evidence = PAPER;
    let lot = LotId(id);
    let lot_step = || Box::new(LotStep { lot, evidence });
    let transfer = TransferId(id);
    let withdrawal = WithdrawalId(id);
    Some(match (op, told) {
        (Op::Approve, Told::Record(Record::Proposal(proposal))) => Command::Approve(Approve {
            proposal: proposal.proposal,
        }),
        (Op::Refuse, Told::Record(Record::Proposal(proposal))) => Command::Refuse(Refuse {
            proposal: proposal.proposal,
        }),
        (Op::ApproveWithdrawal, _) => Command::ApproveWithdrawal(WithdrawalStep { withdrawal }),
        (Op::RefuseWithdrawal, _) => {
            let reason = Bounded::new("the bank knows no account of this name").expect("it is short");
            Command::RefuseWithdrawal(Box::new(RefuseWithdrawal { withdrawal, reason }))
        }
        (Op::CashOut, _) => {
            let reference = Reference::new("BANK-1").expect("it is short");
            Command::CashOut(Box::new(PayOut { withdrawal, reference }))
        }
        (Op::VerifyAsset, Told::Record(Record::Title(title))) => Command::VerifyAsset(Box::new(VerifyAsset {
            asset: title.asset,
            extract: Extract { drawn: today, evidence },
            owners: title.owners,
            granted: None,
            expires: None,
        })),
        (Op::LiftHold, Told::Record(Record::Hold(hold))) => Command::LiftHold(Box::new(LiftHold {
            hold: hold.hold,
            evidence,
        })),
        (Op::AcceptLicence, Told::Record(Record::Licence(licence))) => Command::AcceptLicence(LicenceStep {
            licence: licence.licence,
        }),
        (Op::WithdrawLicence, Told::Record(Record::Licence(licence))) => Command::WithdrawLicence(LicenceStep {
            licence: licence.licence,
        }),
        (Op::PayLicence, Told::Record(Record::Licence(licence))) => Command::PayLicence(PayLicence {
            licence: licence.licence,
            account,
        }),
        (Op::RecordLicence, Told::Record(Record::Licence(licence))) => {
            Command::RecordLicence(Box::new(RecordLicence {
                licence: licence.licence,
                refused: Some(LicenceRefusal::Other),
                evidence,
            }))
        }
        (Op::ReportConsumption, Told::Record(Record::Consumption(report))) => {
            Command::ReportConsumption(ReportConsumption {
                symbol: report.symbol,
                account: report.account,
                products: 0,
            })
        }
        (Op::QualifyInterest, Told::Record(Record::Interest(interest))) => {
            Command::QualifyInterest(Box::new(QualifyInterest {
                transfer: interest.transfer,
                entity: interest.entity,
                qualified: true,
                evidence,
            }))
        }
        (Op::RecordExportCheck, Told::Record(Record::Interest(interest))) => {
            Command::RecordExportCheck(Box::new(RecordExportCheck {
                asset: *sale(&records, id)?.assets.first()?,
                entity: interest.entity,
                cleared: true,
                evidence,
            }))
        }
        (Op::BidTransfer, _) => Command::BidTransfer(BidTransfer {
            transfer,
            price: bid(&sale(&records, id)?),
        }),
        (Op::WithdrawInterest, _) => Command::WithdrawInterest(WithdrawInterest { transfer }),
        (Op::AnswerPriority, _) => Command::AnswerPriority(AnswerPriority {
            transfer,
            account: None,
        }),
        (Op::SignContract, _) => {
            let sale = sale(&records, id)?;
            let other = sale.contract.or(sale.seller_signed).or(sale.buyer_signed);
            Command::SignContract(Box::new(SignContract {
                transfer,
                contract: other.unwrap_or(PAPER),
            }))
        }
        (Op::FundEscrow, _) => Command::FundEscrow(FundEscrow { transfer }),
        (Op::ReleaseForSale, Told::Record(Record::Offer(offer))) => {
            let assets = sale(&records, offer.transfer.0)?.assets;
            let all = records.list(Kind::Disposal, None, usize::MAX, None);
            let acts = |loan| match record(&records, Kind::Loan, loan) {
                Some(Record::Loan(loan)) => Party::House(loan.creditors[0].entity) == wait.party,
                _ => false,
            };
            let case = all.iter().find_map(|version| match &version.told {
                Told::Record(Record::Disposal(case)) if !case.state.is_over() && acts(case.loan.0) => {
                    let sold = case.rights.iter().any(|right| assets.contains(right));
                    sold.then_some(case.disposal)
                }
                _ => None,
            });
            Command::ReleaseForSale(Box::new(ReleaseForSale {
                disposal: case?,
                transfer,
                evidence,
            }))
        }
        (Op::FileRecordal, _) => Command::FileRecordal(Box::new(FileRecordal { transfer, evidence })),
        (Op::CancelTransfer, _) => Command::CancelTransfer(Box::new(CancelTransfer { transfer, evidence })),
        (Op::AnswerRecordal, _) => Command::AnswerRecordal(Box::new(AnswerRecordal {
            transfer,
            refused: Some(TransferRefusal::Other),
            evidence,
        })),
        (Op::ServeRuling, Told::Notice(_)) => Command::ServeRuling(lot_step()),
        (Op::ServeRuling, _) => {
            // What a creditor takes of a court's lot: the taking names the lot.
            let all = records.list(Kind::Taking, None, usize::MAX, None);
            let taken = all.iter().find_map(|version| match &version.told {
                Told::Record(Record::Taking(taking)) if taking.transfer == Some(transfer) => Some(taking.lot),
                _ => None,
            });
            Command::ServeRuling(Box::new(LotStep { lot: taken?, evidence }))
        }
        (Op::ResumeLot, _) => Command::ResumeLot(lot_step()),
        (Op::WithdrawLot, _) => Command::WithdrawLot(lot_step()),
        (Op::ConfirmLot, _) => Command::ConfirmLot(lot_step()),
        (Op::AnswerQuestion, Told::Notice(Notice::LotQuestion(question))) => {
            Command::AnswerQuestion(Box::new(AnswerQuestion {
                lot: question.lot,
                number: question.number,
                answer: Bounded::new("是。").expect("a short text"),
            }))
        }
        (Op::NegotiateLot, _) => Command::NegotiateLot(NegotiateLot { lot, price: None }),
        (Op::PayLot, _) => Command::PayLot(PayLot { lot }),
        (Op::SignPledge, Told::Record(Record::Pledge(pledge))) => Command::SignPledge(Box::new(SignPledge {
            pledge: pledge.pledge,
            contract: pledge.contract.digest,
        })),
        (Op::WithdrawPledge, Told::Record(Record::Pledge(pledge))) => {
            Command::WithdrawPledge(WithdrawPledge { pledge: pledge.pledge })
        }
        (Op::AnswerPledge, Told::Record(Record::Pledge(pledge))) => Command::AnswerPledge(Box::new(AnswerPledge {
            pledge: pledge.pledge,
            answer: RegistrarAnswer::Refused(RecordingRefused {
                ground: PledgeRefusal::Other,
                evidence,
            }),
        })),
        (Op::MendPledge, Told::Record(Record::Pledge(pledge))) => Command::MendPledge(Box::new(MendPledge {
            pledge: pledge.pledge,
            grounds: pledge.defects,
            contract: None,
            acknowledged: Vec::new(),
            evidence,
        })),
        (Op::ReleasePledge, Told::Record(Record::Pledge(pledge))) => Command::ReleasePledge(Box::new(ReleasePledge {
            pledge: pledge.pledge,
            assets: Vec::new(),
            evidence,
        })),
        (Op::InsureLoan, Told::Record(Record::Insurance(known))) => Command::InsureLoan(Box::new(InsureLoan {
            loan: known.loan,
            insurer: known.insurer,
            terms: known.terms,
            policy: known.policy,
        })),
        (Op::SignPlan, Told::Record(Record::LoanPlan(plan))) => Command::SignPlan(SignPlan {
            loan: plan.loan,
            plan: plan.proposed?.digest,
        }),
        (Op::RecordDemand, Told::Record(Record::Loan(loan))) => Command::RecordDemand(Box::new(RecordDemand {
            loan: loan.loan,
            kind: DemandKind::Payment,
            on: loan.debtor,
            served: today,
            ground: None,
            executed_in_vain: false,
            proof: PAPER,
        })),
        (Op::RecordRepayment, Told::Record(Record::Loan(loan))) => {
            let mut amount = loan.outstanding;
            amount.money = protocol::Money::from_minor(1);
            Command::RecordRepayment(Box::new(RecordRepayment {
                loan: loan.loan,
                amount,
                on: today,
                payer: None,
                evidence,
            }))
        }
        (Op::DeclareDefault, Told::Record(Record::Loan(loan))) => Command::DeclareDefault(Box::new(DeclareDefault {
            loan: loan.loan,
            cause: DefaultCause::DueUnpaid,
            evidence,
        })),
        (Op::CureDefault, Told::Record(Record::Loan(loan))) => Command::CureDefault(Box::new(CureDefault {
            loan: loan.loan,
            evidence,
        })),
        (Op::OpenDisposal, told) => {
            let loan = match told {
                Told::Record(Record::Loan(loan)) => loan.loan,
                Told::Record(Record::Security(security)) => security.loan,
                Told::Record(Record::SalePress(pressed)) => pressed.loan,
                _ => return None,
            };
            let ruled = wait.does == market_data::waits::Does::AskCourt;
            Command::OpenDisposal(Box::new(OpenDisposal {
                loan,
                road: Some(if ruled { TitleRoad::Ruling } else { TitleRoad::Mandate }),
                instrument: Some(PAPER),
                floor: BasisPoints(8_000),
            }))
        }
        (Op::PayGuarantee, Told::Record(Record::Loan(loan))) => Command::PayGuarantee(PayGuarantee {
            loan: loan.loan,
            account,
        }),
        (Op::PayInsurance, Told::Record(Record::Loan(loan))) => Command::PayInsurance(PayInsurance {
            loan: loan.loan,
            account,
        }),
        (Op::SettleSecurity, Told::Record(Record::Security(security))) => Command::SettleSecurity(SettleSecurity {
            loan: security.loan,
            evidence,
        }),
        (Op::EndDisposal, Told::Record(Record::Disposal(case))) => Command::EndDisposal(Box::new(EndDisposal {
            disposal: case.disposal,
            evidence,
        })),
        (Op::AgreeCorrection, Told::Record(Record::Correction(asked))) => {
            Command::AgreeCorrection(Box::new(AgreeCorrection {
                disposal: asked.disposal,
                transfer: asked.transfer,
                part: Some(asked.part),
                number: asked.number,
                agrees: false,
                evidence,
            }))
        }
        (Op::ConsentConnectedBuyer, Told::Record(Record::ConnectedBuyer(named))) => {
            Command::ConsentConnectedBuyer(ConsentConnectedBuyer {
                disposal: named.disposal,
                entity: named.entity,
                evidence,
            })
        }
        (Op::ConsentReverseLicence, Told::Record(Record::ReverseLicence(licence))) => {
            Command::ConsentReverseLicence(Box::new(ConsentReverseLicence {
                licence: licence.licence,
                account,
                contract: licence.contract,
            }))
        }
        (Op::TerminateReverseLicence, Told::Record(Record::ReverseLicence(licence))) => {
            Command::TerminateReverseLicence(Box::new(TerminateReverseLicence {
                licence: licence.licence,
                evidence,
            }))
        }
        (Op::PayReverseFee, Told::Record(Record::ReverseLicence(licence))) => Command::PayReverseFee(PayReverseFee {
            licence: licence.licence,
            due: licence.next?.due,
            amount: licence.next?.unpaid,
        }),
        (Op::SettleReverseLicence, Told::Record(Record::ReverseLicence(licence))) => {
            Command::SettleReverseLicence(SettleReverseLicence {
                licence: licence.licence,
            })
        }
        (Op::RecordConversionStep, Told::Record(Record::Conversion(deal))) => {
            Command::RecordConversionStep(Box::new(RecordConversionStep {
                conversion: deal.conversion,
                step: ConversionStep::Disposed {},
                on: today,
                evidence,
            }))
        }
        (Op::EndConversion, Told::Record(Record::Conversion(deal))) => Command::EndConversion(EndConversion {
            conversion: deal.conversion,
            evidence,
        }),
        (Op::SignPut, Told::Record(Record::Put(put))) => Command::SignPut(SignPut {
            put: put.put,
            contract: put.contract,
        }),
        (Op::EndPut, Told::Record(Record::Put(put))) => Command::EndPut(EndPut { put: put.put, evidence }),
        (Op::ExercisePut, Told::Record(Record::Put(put))) => {
            let all = records.list(Kind::Lot, None, usize::MAX, None);
            let lot = all.iter().rev().find_map(|version| match &version.told {
                Told::Notice(Notice::Lot(lot)) if lot.assets == wait.assets => Some(lot.lot),
                _ => None,
            });
            Command::ExercisePut(ExercisePut {
                put: put.put,
                lot: lot?,
            })
        }
        (Op::TakeAtReserve, Told::Record(Record::Taking(taking))) => Command::TakeAtReserve(TakeAtReserve {
            disposal: taking.disposal,
            lot: taking.lot,
            account,
        }),
        (Op::ClaimOnPool, Told::Record(Record::PoolStanding(standing))) => {
            let none = Amount::new(standing.covered.currency, protocol::Money::ZERO);
            let acting = match record(&records, Kind::Loan, standing.loan.0) {
                Some(Record::Loan(loan)) => Party::House(loan.creditors[0].entity),
                _ => return None,
            };
            let guarantor = standing.re_guaranteed.is_some() || acting != wait.party;
            Command::ClaimOnPool(Box::new(ClaimOnPool {
                loan: standing.loan,
                account,
                payee: if guarantor { Bearer::Guarantor } else { Bearer::Bank },
                paid: None,
                own_liability: none,
                other_public: none,
                evidence,
            }))
        }
        (Op::DecidePoolClaim, Told::Record(Record::PoolStanding(standing))) => {
            Command::DecidePoolClaim(Box::new(DecidePoolClaim {
                loan: standing.loan,
                paid: false,
                evidence,
            }))
        }
        (Op::EndPoolLoan, Told::Record(Record::PoolStanding(standing))) => {
            let how = if standing.paid.is_some() {
                PoolLoanEnd::WrittenOff
            } else {
                PoolLoanEnd::Cured
            };
            Command::EndPoolLoan(Box::new(EndPoolLoan {
                loan: standing.loan,
                how,
                evidence,
            }))
        }
        (Op::DecideSubsidy, Told::Record(Record::Subsidy(subsidy))) => {
            Command::DecideSubsidy(Box::new(DecideSubsidy {
                subsidy: subsidy.subsidy,
                granted: false,
                evidence,
            }))
        }
        _ => return None,
    })
}
