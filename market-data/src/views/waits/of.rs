//! The one question of every record: what waits now, for whom, by which commands, until when, and what is at stake.
//!
//! A kind of record that comes to be asks it here: there is no arm for the rest.

use super::{around::Around, cases, loans, rights, sales, wait::Wait};
use crate::views::records::{Told, Version};
use protocol::{Notice, Record};

/// What a record makes wait, as it stands now.
pub(super) fn waits(version: &Version, around: Around<'_>) -> Vec<Wait> {
    let key = version.key;
    match &version.told {
        Told::Record(record) => match record {
            Record::Title(title) => rights::title(key, title),
            Record::Hold(hold) => rights::hold(key, hold),
            Record::Licence(licence) => rights::licence(key, licence),
            Record::Consumption(consumption) => rights::consumption(key, consumption, version.owners()),
            Record::Transfer(sale) => sales::transfer(key, sale, around),
            Record::Interest(interest) => sales::interest(key, interest, around),
            Record::Bidder(bidder) => sales::bidder(key, bidder, around),
            Record::Proposal(proposal) => rights::proposal(key, proposal),
            Record::Withdrawal(withdrawal) => rights::withdrawal(key, withdrawal),
            Record::Loan(loan) => loans::loan(key, loan, around),
            Record::Pledge(pledge) => loans::pledge(key, pledge, around),
            Record::Insurance(insurance) => loans::insurance(key, insurance, around),
            Record::LoanPlan(plan) => loans::plan(key, plan, around),
            Record::Security(security) => loans::security(key, security, version.owners(), around),
            Record::SalePress(pressed) => loans::pressed(key, pressed, around),
            Record::PoolStanding(standing) => loans::standing(key, standing, around),
            Record::Subsidy(subsidy) => loans::subsidy(key, subsidy, version.owners()),
            Record::OfficerFile(file) => loans::file(key, file, version.owners()),
            Record::Disposal(case) => cases::disposal(key, case, around),
            Record::ReverseLicence(licence) => cases::reverse(key, licence),
            Record::Conversion(deal) => cases::conversion(key, deal),
            Record::Put(put) => cases::put(key, put, around),
            Record::Taking(taking) => cases::taking(key, taking, around),
            Record::ConnectedBuyer(named) => cases::connected(key, named, around),
            Record::Correction(correction) => cases::correction(key, correction),

            // A sale, as those see it who may buy: the sale itself says who of them has something to do.
            Record::Offer(_)
            // Nobody is asked through the venue for a consent, a valuation or a check: what is recorded was given.
            | Record::Consent(_)
            | Record::PledgeConsent(_)
            | Record::Valuation(_)
            | Record::Appraiser(_)
            | Record::Realised(_)
            | Record::ExportCheck(_)
            | Record::Facts(_)
            // Facts of participants.
            | Record::Entity(_)
            | Record::Holders(_)
            | Record::Guarantor(_)
            | Record::BranchStanding(_)
            // What happened, and is over with that.
            | Record::Read(_)
            | Record::DoneAlone(_)
            | Record::Recovery(_)
            | Record::Forfeit(_)
            | Record::Repayment(_)
            | Record::ProceedsPassed(_)
            | Record::Distribution(_)
            | Record::Upkeep(_)
            | Record::ClaimFact(_)
            | Record::GuarantorFreed(_)
            // What one asked waits of its question, for who sells.
            | Record::AskedQuestion(_)
            // What a demand asks of whom, the loan says: who was asked stands there.
            | Record::Demand(_)
            // What waits of a pool waits of its loans.
            | Record::RiskPool(_) => Vec::new(),
        },
        Told::Notice(notice) => match notice {
            Notice::Lot(lot) => sales::lot(key, lot, around),
            Notice::LotQuestion(question) => sales::question(key, question, around),
            // Offers to everyone ask nobody.
            Notice::OpenLicence(_)
            | Notice::Tranche(_)
            | Notice::Measure(_)
            // Rules, prints and what the venue says of itself.
            | Notice::RuleBook(_)
            | Notice::BuyerRules(_)
            | Notice::TitleSold(_)
            | Notice::UnitContract(_)
            | Notice::VenueKey(_)
            | Notice::LossAccepted(_)
            // Steps and facts of a lot, which says itself what waits.
            | Notice::LotCommitted(_)
            | Notice::LotOpened(_)
            | Notice::LotOutage(_)
            | Notice::PartiesAdmitted(_)
            | Notice::RelatedBidder(_)
            // They are told of the question that they change.
            | Notice::LotAnswer(_)
            | Notice::TextWithheld(_) => Vec::new(),
        },
    }
}
