//! The names of records and notices, without a number that counts commands.

use crate::model::{Name, Told};
use protocol::{LotId, Notice, Record};
use std::borrow::Cow;

impl Told {
    /// Its name.
    pub fn name(&self) -> Name {
        match self {
            Self::Record(record) => Name::of_record(record),
            Self::Notice(notice) => Name::of_notice(notice),
        }
    }

    /// Whether it is told once and has no versions: another of its name is another thing.
    pub fn is_told_once(&self) -> bool {
        match self {
            Self::Record(record) => matches!(
                record,
                Record::Realised(_)
                    | Record::Read(_)
                    | Record::Recovery(_)
                    | Record::Demand(_)
                    | Record::GuarantorFreed(_)
                    | Record::Repayment(_)
                    | Record::ProceedsPassed(_)
                    | Record::Upkeep(_)
                    | Record::ClaimFact(_)
                    | Record::DoneAlone(_)
            ),
            Self::Notice(notice) => matches!(
                notice,
                Notice::LotCommitted(_) | Notice::LotOpened(_) | Notice::VenueKey(_) | Notice::LossAccepted(_)
            ),
        }
    }
}

impl Name {
    /// The name of a lot.
    pub fn of_lot(lot: LotId) -> Self {
        Self {
            kind: Cow::Borrowed("lot"),
            id: lot.0.to_string().into(),
        }
    }

    /// The name of the question of this number about a lot.
    fn of_question(lot: LotId, number: u32) -> Self {
        Self {
            kind: Cow::Borrowed("lot_question"),
            id: format!("{}/{number}", lot.0).into(),
        }
    }

    /// The name of a record.
    pub fn of_record(record: &Record) -> Self {
        let id = match record {
            Record::Title(title) => title.asset.0.to_string(),
            Record::Hold(hold) => hold.hold.0.to_string(),
            Record::Consent(consent) => format!("{}/{}/{}", consent.asset.0, consent.entity.0, consent.act as u8),
            Record::Valuation(valuation) => valuation.valuation.0.to_string(),
            Record::Appraiser(appraiser) => appraiser.entity.0.to_string(),
            Record::Realised(realised) => format!("{}/{}", realised.valuation.0, realised.asset.0),
            Record::Licence(licence) => licence.licence.0.to_string(),
            Record::Consumption(consumption) => format!("{}/{}", consumption.symbol, consumption.account.0),
            Record::Transfer(transfer) => transfer.transfer.0.to_string(),
            Record::Offer(offer) => offer.transfer.0.to_string(),
            Record::Interest(interest) => format!("{}/{}", interest.transfer.0, interest.entity.0),
            Record::ExportCheck(check) => format!("{}/{}", check.asset.0, check.entity.0),
            Record::Proposal(proposal) => proposal.proposal.0.to_string(),
            Record::Entity(entity) => entity.entity.0.to_string(),
            Record::Read(read) => format!("{}/{}", read.entity.0, read.reader.0),
            Record::Holders(holders) => holders.asset.0.to_string(),
            Record::Facts(facts) => facts.asset.0.to_string(),
            Record::Bidder(bidder) => format!("{}/{}", bidder.lot.0, bidder.entity.0),
            Record::Forfeit(forfeit) => forfeit.lot.0.to_string(),
            Record::Recovery(recovery) => recovery.key.0.to_string(),
            Record::Withdrawal(withdrawal) => withdrawal.withdrawal.0.to_string(),
            Record::Loan(loan) => loan.loan.0.to_string(),
            Record::Pledge(pledge) => pledge.pledge.0.to_string(),
            Record::Demand(demand) => demand.loan.0.to_string(),
            Record::GuarantorFreed(freed) => format!("{}/{}", freed.loan.0, freed.entity.0),
            Record::Repayment(repayment) => repayment.loan.0.to_string(),
            Record::PledgeConsent(consent) => format!("{}/{}", consent.pledge.0, consent.act as u8),
            Record::ProceedsPassed(passed) => format!("{}/{}", passed.pledge.0, passed.asset.0),
            Record::LoanPlan(plan) => plan.loan.0.to_string(),
            Record::Disposal(disposal) => disposal.disposal.0.to_string(),
            Record::Distribution(paid) => format!("{}/{}", paid.transfer.0, paid.part),
            Record::Upkeep(upkeep) => upkeep.loan.0.to_string(),
            Record::RiskPool(pool) => pool.pool.0.to_string(),
            Record::PoolStanding(standing) => standing.loan.0.to_string(),
            Record::ReverseLicence(licence) => licence.licence.0.to_string(),
            Record::Conversion(deal) => deal.conversion.0.to_string(),
            Record::Subsidy(subsidy) => subsidy.subsidy.0.to_string(),
            Record::BranchStanding(standing) => format!("{}/{}", standing.bank.0, standing.branch.as_str()),
            Record::OfficerFile(file) => format!("{}/{}", file.loan.0, file.officer.0),
            Record::Guarantor(figures) => figures.entity.0.to_string(),
            Record::Insurance(insurance) => format!("{}/{}", insurance.loan.0, insurance.insurer.0),
            Record::DoneAlone(done) => done.entity.0.to_string(),
            Record::Put(put) => put.put.0.to_string(),
            Record::Taking(taking) => taking.lot.0.to_string(),
            Record::ConnectedBuyer(named) => format!("{}/{}", named.disposal.0, named.entity.0),
            Record::Security(security) => security.loan.0.to_string(),
            Record::SalePress(pressed) => format!("{}/{}", pressed.loan.0, pressed.pledgor.0),
            Record::ClaimFact(fact) => fact.loan.0.to_string(),
            Record::Correction(correction) => {
                format!("{}/{}/{}", correction.transfer.0, correction.part, correction.number)
            }
            Record::AskedQuestion(asked) => format!("{}/{}", asked.lot.0, asked.number),
        };
        Self {
            kind: Cow::Borrowed(record.word()),
            id: id.into(),
        }
    }

    /// The name of a notice.
    pub fn of_notice(notice: &Notice) -> Self {
        let id = match notice {
            // One of each.
            Notice::RuleBook(_) | Notice::BuyerRules(_) => String::new(),
            Notice::OpenLicence(open_licence) => open_licence.open_licence.0.to_string(),
            Notice::Tranche(tranche) => tranche.tranche.0.to_string(),
            Notice::TitleSold(print) => print.transfer.0.to_string(),
            Notice::UnitContract(contract) => contract.symbol.to_string(),
            Notice::Lot(lot) => lot.lot.0.to_string(),
            Notice::LotCommitted(committed) => format!("{}/{}", committed.lot.0, committed.number),
            Notice::LotOpened(opened) => format!("{}/{}", opened.lot.0, opened.number),
            Notice::VenueKey(_) | Notice::LossAccepted(_) => String::new(),
            Notice::LotOutage(outage) => format!("{}/{}", outage.lot.0, outage.count),
            Notice::Measure(measure) => measure.measure.0.to_string(),
            Notice::PartiesAdmitted(admitted) => admitted.lot.0.to_string(),
            Notice::RelatedBidder(related) => format!("{}/{}", related.lot.0, related.number),
            Notice::LotQuestion(question) => return Self::of_question(question.lot, question.number),
            Notice::LotAnswer(answer) => return Self::of_question(answer.lot, answer.number),
            Notice::TextWithheld(gone) => return Self::of_question(gone.lot, gone.number),
        };
        Self {
            kind: Cow::Borrowed(notice.word()),
            id: id.into(),
        }
    }
}
