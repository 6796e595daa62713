//! Sales that begin with their contract: who buys, and for how much, was agreed before, by a put or because the creditor
//! takes what a lot left. From there they are signed, paid, released, recorded and distributed as any other sale of a case.
//!
//! Invariant: such a sale has one interest, its buyer's, at its price: so its buyer's default is any buyer's.

use crate::{
    auction::lot::Lot,
    book::Book,
    kit::checks::{first_fault, require},
    register::{party::User, pledgees::Use},
    sales::sale::{Opening, Sale},
    state::Exchange,
    tell::Tell,
};
use protocol::{
    AccountId, Amount, AssetId, Digest, EntityId, LotId, Money, Reject, Timestamp, TransferId,
    title::Act,
    transfer::{Interest, InterestState, LegalBasis, Transfer, TransferState},
};

/// What was agreed.
pub(crate) struct AgreedSale {
    pub buyer: EntityId,
    pub account: AccountId,
    pub price: Amount,
    pub contract: Digest,
    /// Whether both sides have signed with what they did before.
    pub signed: bool,
    /// Whether a creditor takes what the lot left.
    pub takes: bool,
}

/// Under which law a sale is made of what a lot left: a court goes on as a court, all others sell by agreement.
fn basis_of(lot: &Lot) -> LegalBasis {
    match lot.terms.basis {
        LegalBasis::AuctionLaw => LegalBasis::VenueRule,
        other => other,
    }
}

impl<B: Book> Exchange<B> {
    /// Whether what a lot of a case left may be sold so. The pledgor agreed to the price by what it signed, or a court
    /// sells.
    pub(crate) fn check_agreed_sale(
        &self,
        user: User,
        lot: &Lot,
        deal: &AgreedSale,
        at: Timestamp,
    ) -> Result<(), Reject> {
        let assets = &lot.terms.assets;
        let by_court = lot.terms.basis == LegalBasis::Judicial;
        let wanted = Use::sale(deal.price, assets.len());
        let free = |asset: &AssetId| {
            let right = self.register.right(*asset);
            let act = match right.check_act(Act::Transfer, Some(deal.price), at) {
                Err(Reject::RightFrozen | Reject::CoOwnerConsent) if by_court => Ok(()),
                other => other,
            };
            let pledgees = if by_court {
                Ok(())
            } else {
                self.check_pledgees(*asset, &wanted, at.venue_date())
            };
            first_fault([
                require(right.is_owned_as(&lot.owners), Reject::LotOfRightsInvalid),
                require(!self.is_on_offer(*asset), Reject::AlreadyOffered),
                act,
                require(
                    right.extra().bundle.iter().all(|mark| assets.contains(mark)),
                    Reject::BundleIncomplete,
                ),
                pledgees,
            ])
        };
        first_fault(assets.iter().map(free))?;
        let sold = (&assets[..], deal.price.currency);
        let in_case = |asset: &AssetId| self.check_case(user, *asset, sold, basis_of(lot), at);
        first_fault(assets.iter().map(in_case))?;
        self.check_bundle(assets, deal.price, basis_of(lot), at)?;
        if by_court {
            return Ok(());
        }
        self.check_price(assets, (deal.price, true), at)
    }

    /// Makes the sale: its contract stands, and its buyer has the days of a step to sign what it has not, and to pay.
    pub(crate) fn contract_agreed(&mut self, lot: LotId, deal: AgreedSale, tell: &mut Tell<'_>) -> TransferId {
        let id = TransferId::from(tell.seq);
        let today = tell.at.venue_date();
        let by = self.next_step_by(today);
        let of = self.lots.of(lot);
        let opened = Sale::opened(Opening {
            transfer: id,
            assets: of.terms.assets.clone(),
            seller: of.seller,
            account: of.terms.account,
            owners: of.owners.clone(),
            ask: deal.price,
            increment: Amount::new(deal.price.currency, Money::from_minor(1)),
            basis: basis_of(of),
            state_owned: of.terms.state_owned,
            disclosed: today,
            at: tell.at,
        });
        let signed = deal.signed.then_some(deal.contract);
        let mut sale = Sale {
            record: Transfer {
                state: TransferState::Contract,
                interested: 1,
                qualified: 1,
                bids: 1,
                best: Some(deal.price),
                buyer: Some(deal.buyer),
                buyer_account: Some(deal.account),
                price: Some(deal.price),
                contract: Some(deal.contract),
                seller_signed: signed,
                buyer_signed: signed,
                ..opened.record
            },
            best_bidder: Some(deal.buyer),
            agreed_at: tell.at,
            took: deal.takes.then_some(lot),
            ..opened
        };
        let interest = Interest {
            transfer: id,
            entity: deal.buyer,
            account: deal.account,
            state: InterestState::Qualified,
            bid: Some(deal.price),
            best: true,
        };
        sale.interests.insert(deal.buyer, interest);
        for asset in sale.record.assets.clone() {
            self.register.right_mut(asset).extra_mut().transfer = Some(id);
            self.offered(asset, tell);
        }
        let (readers, interest) = sale.interest(deal.buyer);
        self.sales.insert(sale);
        self.set_step(id, Some(by));
        tell.record(readers, interest);
        self.tell_sale(id, tell);
        id
    }
}
