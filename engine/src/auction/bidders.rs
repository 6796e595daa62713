//! Who enters a lot: the deposit is set aside before the first bid, and a number drawn that stands for the bidder until
//! the close; and what the venue tells each that it took.
//!
//! Invariant: a bidder's deposit is held from its entering to the close. Nobody is asked whether somebody may enter:
//! there is no way to keep a bidder out by hand (法释〔2016〕18号 8).

use super::{Bidder, Input, Lot};
use crate::{
    book::Book,
    kit::{
        checks::{check_account_of, require},
        ids::VENUE,
    },
    register::{
        party::{MAY_BUY, User},
        taker::Road,
    },
    state::Exchange,
    tell::Tell,
};
use protocol::{
    Amount, EntityId, LotId, Money, Notice, PrivateEvent, Receipt, Reject, Seq,
    auction::{BIDDERS_MAX, EnterLot, LotState},
    buyers::{AdmitParties, PartiesAdmitted, RelatedBidder},
    event::BidTaken,
    party::Roles,
    sealed::Claimed,
    transfer::LegalBasis,
};

/// Bidders' numbers: 90,000 of them, from 10,000 on.
const NUMBERS: u64 = 90_000;
const FIRST_NUMBER: u32 = 10_000;

impl Lot {
    /// The number that is drawn: the next free one.
    fn draw(&self, draw: u64) -> u32 {
        let taken = |number: u32| self.bidders.iter().any(|bidder| bidder.number == number);
        let numbers = (0..NUMBERS).map(|more| FIRST_NUMBER + ((draw % NUMBERS + more) % NUMBERS) as u32);
        let mut free = numbers.filter(|number| !taken(*number));
        free.next().expect("fewer bidders than numbers")
    }

    /// What this participant sets aside: the creditor that asked for the sale only what its claim does not cover (18号
    /// 17).
    fn deposit_of(&self, entity: EntityId) -> Money {
        let deposit = self.terms.deposit.money;
        let creditor = self.terms.creditor.filter(|creditor| creditor.entity == entity);
        creditor.map_or(deposit, |creditor| {
            Money::from_minor((deposit.minor() - creditor.claim.money.minor()).max(0))
        })
    }
}

impl<B: Book> Exchange<B> {
    /// Enters a lot.
    pub(crate) fn enter_lot(&mut self, user: User, asked: &EnterLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let EnterLot { lot: id, account, draw } = *asked;
        let payer = self.account_for(user, account)?;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        user.may(MAY_BUY)?;
        check_account_of(payer, user.entity)?;
        let taker = self.taker(Road::of(lot.terms.basis), &lot.rights, payer, tell.at.venue_date());
        taker.check_place()?;
        let deposit = Amount::new(lot.currency(), lot.deposit_of(payer));
        self.check_escrow(account, deposit)?;
        taker.check_export()?;
        self.check_stranger(lot, payer)?;
        taker.check_barred()?;
        // Nobody is its own rival, through no nominee either.
        let entered = lot.bidders.iter().map(|bidder| bidder.entity);
        require(!self.is_among(entered, payer), Reject::AlreadyEntered)?;
        require(lot.bidders.len() < BIDDERS_MAX, Reject::BiddersTooMany)?;
        lot.check(Input::Enter)?;

        let ranked = lot.terms.priority.iter().find(|holder| holder.entity == payer);
        let bidder = Bidder {
            entity: payer,
            account,
            number: lot.draw(draw),
            deposit: deposit.money,
            rank: ranked.map(|holder| holder.rank),
            bid: None,
            maximum: None,
            matched: None,
            placed: None,
            commitment: None,
            nonce: None,
            units: None,
            won_units: None,
        };
        let lot = self.lots.of_mut(id);
        let place = lot.bidders.partition_point(|other| other.entity < payer);
        lot.bidders.insert(place, bidder);
        tell.secretly(|tell| self.hold_escrow(Seq(id.0), account, deposit, tell));
        self.tell_bidder(id, payer, tell);
        self.tell_related(id, payer, tell);
        Ok(Receipt::Done)
    }

    /// Whether this participant stands apart from a lot: neither the venue nor who sells. A court lets debtor and
    /// applicant bid (拍卖变卖财产规定 12).
    pub(super) fn check_outsider(
        &self,
        basis: LegalBasis,
        sellers: impl Iterator<Item = EntityId>,
        entity: EntityId,
    ) -> Result<(), Reject> {
        let apart = match basis {
            LegalBasis::Judicial => entity != VENUE,
            _ => self.stands_apart(sellers, entity),
        };
        require(apart, Reject::BarredParty)
    }

    /// Whether this participant stands apart from this lot: asked at the door, at the match, and when it is told who
    /// stands behind whom.
    pub(crate) fn check_stranger(&self, lot: &Lot, entity: EntityId) -> Result<(), Reject> {
        if lot.admits.is_some() {
            return require(entity != VENUE, Reject::BarredParty);
        }
        let sellers = lot.owners.iter().map(|share| share.entity).chain([lot.seller]);
        self.check_outsider(lot.terms.basis, sellers, entity)
    }

    /// Announces that pledgor and pledgee may bid for what is disposed of for them, before anybody entered.
    pub(crate) fn admit_parties(
        &mut self,
        user: User,
        asked: &AdmitParties,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let AdmitParties { lot: id, notices } = *asked;
        self.lot_now(id, tell)?;
        user.may(MAY_BUY.with(Roles::OPERATOR))?;
        let lot = self.lots.of(id);
        let acts = user.is_operator() || self.disposes(user, &lot.terms.assets);
        require(acts, Reject::NotAParty)?;
        let early = matches!(lot.state, LotState::Announced | LotState::Qualifying) && lot.bidders.is_empty();
        require(early && lot.admits.is_none(), Reject::StateForbids)?;
        // Under the auction law who sells does not buy; a court's law lets them (拍卖法 30; 拍卖变卖财产规定 12).
        require(Road::of(lot.terms.basis) == Road::Lot, Reject::BasisInvalid)?;
        let disposed = !self.cases_of(&lot.terms.assets).is_empty();
        require(disposed, Reject::NothingToDispose)?;

        self.lots.of_mut(id).admits = Some(notices);
        tell.notice(Notice::PartiesAdmitted(PartiesAdmitted { lot: id, notices }));
        Ok(Receipt::Done)
    }

    /// Shows a bidder as what it is to the sale: by its number, as bidders are known until the close. A court shows nobody
    /// before it (18号 14).
    fn tell_related(&self, id: LotId, entity: EntityId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let related = self.relation(&lot.terms.assets, entity);
        if let Some(relation) = related.filter(|_| lot.terms.basis != LegalBasis::Judicial) {
            let number = lot.bidder(entity).expect("it entered").number;
            tell.notice(Notice::RelatedBidder(RelatedBidder {
                lot: id,
                number,
                relation,
            }));
        }
    }

    /// Tells a bidder that a command of its own was taken: the venue's receipt is made of this.
    pub(crate) fn tell_taken(&self, lot: LotId, entity: EntityId, claimed: Claimed, tell: &mut Tell<'_>) {
        let number = self.lots.of(lot).bidder(entity).expect("its command was taken").number;
        tell.sealed(entity, PrivateEvent::BidTaken(BidTaken { lot, number, claimed }));
    }
}
