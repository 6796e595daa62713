//! The demo's deals in titles: a firm with three rights, one of them licensed, one sold and waiting for the office's
//! record, one under an open licence. Each step looks at the records and does what comes next, so a start that broke
//! off goes on.

use super::{
    content::{REGISTERED, Right},
    seed::{Market, OPERATOR, Party, find_asset, new_right},
    venue::{DemoError, Failure, Venue},
};
use market_data::records::{Kind, Told};
use protocol::{
    Amount, AssetId, Command, Currency, Date, Digest, LicenceId, Money, Record, Timestamp, TransferId,
    control::{RuleBook, SetRuleBook},
    licence::{AskOpenLicence, Licence, LicenceState, LicenceStep, OfferLicence, PayLicence, RecordLicence, Scope},
    rules::Profile,
    title::RegisterRights,
    transfer::{
        BidTransfer, Disclosure, EndDisclosure, ExpressInterest, FileRecordal, FundEscrow, LegalBasis, ListTransfer,
        QualifyInterest, SignContract, Transfer, TransferState,
    },
};
use sha2::{Digest as _, Sha256};

/// Who owns the rights, and who licenses and buys.
const OWNER: &str = "firm-a";
const BUYER: &str = "firm-b";
/// What the licence costs, and what the title is offered at, in fen.
const FEE: i64 = 6_000_000;
const ASK: i64 = 68_000_000;
const OPEN_PRICE: i64 = 1_500_000;

/// Seeds what is missing.
pub(super) fn seed(venue: &Venue<'_>, market: &Market) -> Result<(), Failure> {
    let (owner, buyer) = (market.party(OWNER), market.party(BUYER));
    if venue
        .ready
        .market
        .records()
        .rule_book()
        .is_none_or(|rules| rules.disclosure_days > 0)
    {
        // A demo has no five days to wait for.
        let rules = RuleBook {
            disclosure_days: 0,
            ..RuleBook::of(Profile::UnitMarket)
        };
        let set = Command::SetRuleBook(Box::new(SetRuleBook { rules }));
        venue.must(OPERATOR, "set_rule_book", set)?;
    }
    let [licensed, sold, open] = &REGISTERED;
    let (licensed, sold, open) = (
        right(venue, owner, licensed)?,
        right(venue, owner, sold)?,
        right(venue, owner, open)?,
    );
    while let Some((party, command)) = next_of_licence(venue, owner, buyer, licensed) {
        give(venue, party, command)?;
    }
    while let Some((party, command)) = next_of_sale(venue, owner, buyer, sold) {
        give(venue, party, command)?;
    }
    if last(venue, open, Kind::OpenLicence, |_| Some(())).is_none() {
        let ask = AskOpenLicence {
            asset: open,
            price: yuan(OPEN_PRICE),
            days: 365,
            until: None,
            report: None,
            account: owner.account,
        };
        venue.must(owner.user, "ask_open_licence", Command::AskOpenLicence(Box::new(ask)))?;
    }
    Ok(())
}

/// Who does something.
pub(super) enum By<'a> {
    Operator,
    Party(&'a Party),
}

pub(super) fn give(venue: &Venue<'_>, by: By<'_>, (what, command): (&'static str, Command)) -> Result<(), Failure> {
    let user = match by {
        By::Operator => OPERATOR,
        By::Party(party) => party.user,
    };
    venue.must(user, what, command).map(|_| ())
}

pub(super) fn yuan(fen: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(fen))
}

pub(super) fn digest(what: &str) -> Digest {
    Digest(Sha256::digest(format!("made up: {what}")).into())
}

pub(super) fn today(venue: &Venue<'_>) -> Date {
    venue.ready.handle.now().venue_date()
}

pub(super) fn right(venue: &Venue<'_>, owner: &Party, content: &Right<'_>) -> Result<AssetId, Failure> {
    if let Some(asset) = find_asset(venue, content.number) {
        return Ok(asset);
    }
    let register = RegisterRights {
        rights: vec![new_right(venue, owner.entity, content)],
        issue_to: None,
    };
    venue.must(OPERATOR, "register_rights", Command::RegisterRights(Box::new(register)))?;
    Ok(find_asset(venue, content.number).ok_or(DemoError::Views)?)
}

/// The last record of a kind that concerns a right.
pub(super) fn last<T>(venue: &Venue<'_>, asset: AssetId, kind: Kind, read: impl Fn(&Told) -> Option<T>) -> Option<T> {
    let versions = venue.ready.market.records().of_asset(asset, kind, Timestamp::NEVER);
    versions.last().and_then(|version| read(&version.told))
}

pub(super) type Next<'a> = Option<(By<'a>, (&'static str, Command))>;

/// What comes next in the life of the licence; nothing, once it is recorded.
fn next_of_licence<'a>(venue: &Venue<'_>, owner: &'a Party, buyer: &'a Party, asset: AssetId) -> Next<'a> {
    let licence = last(venue, asset, Kind::Licence, |told| match told {
        Told::Record(Record::Licence(licence)) => Some(licence.clone()),
        _ => None,
    });
    let Some(Licence { licence, state, .. }) = licence else {
        let from = today(venue);
        let offer = OfferLicence {
            asset,
            licensee: buyer.entity,
            kind: None,
            scope: Scope {
                territories: vec![],
                fields: vec![],
                from,
                until: from.plus_months(36),
            },
            sublicence: false,
            fee: yuan(FEE),
            account: owner.account,
            contract: digest("licence contract"),
        };
        return Some((
            By::Party(owner),
            ("offer_licence", Command::OfferLicence(Box::new(offer))),
        ));
    };
    let step = LicenceStep { licence };
    match state {
        LicenceState::Offered => Some((By::Party(buyer), ("accept_licence", Command::AcceptLicence(step)))),
        LicenceState::Agreed => {
            let pay = PayLicence {
                licence,
                account: buyer.account,
            };
            Some((By::Party(buyer), ("pay_licence", Command::PayLicence(pay))))
        }
        LicenceState::Effective => Some((By::Operator, ("record_licence", record(licence)))),
        LicenceState::Paid
        | LicenceState::Recorded
        | LicenceState::Expired
        | LicenceState::Terminated
        | LicenceState::Withdrawn => None,
    }
}

fn record(licence: LicenceId) -> Command {
    Command::RecordLicence(Box::new(RecordLicence {
        licence,
        refused: None,
        evidence: digest("licence recordal"),
    }))
}

/// What comes next in the sale; nothing, once it waits for the office.
fn next_of_sale<'a>(venue: &Venue<'_>, owner: &'a Party, buyer: &'a Party, asset: AssetId) -> Next<'a> {
    let sale = last(venue, asset, Kind::Transfer, |told| match told {
        Told::Record(Record::Transfer(transfer)) => Some(transfer.clone()),
        _ => None,
    });
    let Some(sale) = sale else {
        return Some((By::Party(owner), ("list_transfer", list(owner, asset))));
    };
    let (owner, buyer) = (By::Party(owner), (By::Party(buyer), buyer));
    let transfer = sale.transfer;
    match sale.state {
        TransferState::Listed => Some(next_of_listing(&sale, owner, buyer)),
        TransferState::Interest | TransferState::Bidding => {
            let bid = BidTransfer {
                transfer,
                price: sale.ask,
            };
            Some((buyer.0, ("bid_transfer", Command::BidTransfer(bid))))
        }
        TransferState::Contract => {
            let contract = digest("contract of sale");
            let sign = Command::SignContract(Box::new(SignContract { transfer, contract }));
            match (sale.seller_signed, sale.buyer_signed) {
                (None, _) => Some((owner, ("sign_contract", sign))),
                (_, None) => Some((buyer.0, ("sign_contract", sign))),
                _ => Some((buyer.0, ("fund_escrow", Command::FundEscrow(FundEscrow { transfer })))),
            }
        }
        TransferState::EscrowFunded => {
            let evidence = digest("filing receipt");
            let file = Command::FileRecordal(Box::new(FileRecordal { transfer, evidence }));
            Some((owner, ("file_recordal", file)))
        }
        TransferState::PriorityWindow
        | TransferState::SecondOffer
        | TransferState::RecordalFiled
        | TransferState::Recorded
        | TransferState::Released
        | TransferState::RecordalRefused
        | TransferState::Refunded
        | TransferState::Cancelled => None,
    }
}

fn next_of_listing<'a>(sale: &Transfer, owner: By<'a>, buyer: (By<'a>, &Party)) -> (By<'a>, (&'static str, Command)) {
    let transfer: TransferId = sale.transfer;
    match (sale.interested, sale.qualified) {
        (0, _) => {
            let interest = ExpressInterest {
                transfer,
                account: buyer.1.account,
            };
            (buyer.0, ("express_interest", Command::ExpressInterest(interest)))
        }
        (_, 0) => {
            let qualify = QualifyInterest {
                transfer,
                entity: buyer.1.entity,
                qualified: true,
                evidence: digest("what was checked"),
            };
            (
                By::Operator,
                ("qualify_interest", Command::QualifyInterest(Box::new(qualify))),
            )
        }
        _ => (
            owner,
            ("end_disclosure", Command::EndDisclosure(EndDisclosure { transfer })),
        ),
    }
}

fn list(owner: &Party, asset: AssetId) -> Command {
    Command::ListTransfer(Box::new(ListTransfer {
        assets: vec![asset],
        account: owner.account,
        ask: yuan(ASK),
        increment: yuan(1_000_000),
        basis: LegalBasis::VenueRule,
        disclosure_days: 20,
        bidding_days: 5,
        state_owned: false,
        priority: vec![],
        disclosure: Disclosure::Full,
        anonymous: false,
        allow: vec![],
        deny: vec![],
        teaser: None,
        contract: None,
        purpose: None,
    }))
}
