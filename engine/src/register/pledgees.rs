//! Pledgees: whether the holders of the pledges on a right agree to what is to be done with it (民法典 444; PLEDGES.md 4).
//!
//! Questions only. Every pledge that stands on the right has to agree, whoever asks and by whatever road; what is on
//! offer already is asked anew whenever a consent changes, so that nothing rests that could not be offered now.

use crate::{
    book::Book,
    kit::checks::first_fault,
    register::listing::Instrument,
    state::Exchange,
    sums::consents::{self, Wanted},
};
use protocol::{
    Amount, AssetId, Date, EntityId, Money, PledgeId, Price, Quantity, Reject, Side,
    licence::{Licence, LicenceKind},
    pledge::{PledgeAct, PledgeConsent},
    transfer::{LegalBasis, SalePurpose},
};

/// What somebody wants to do with a pledged right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub act: PledgeAct,
    pub wanted: Wanted,
}

impl Use {
    fn new(act: PledgeAct, price: Amount) -> Self {
        let wanted = Wanted {
            kind: LicenceKind::NonExclusive,
            price: Some(price),
            quantity: 1,
            until: None,
            licence: false,
        };
        Self { act, wanted }
    }

    /// A licence of this kind, up to this day.
    pub(crate) fn licence(kind: LicenceKind, fee: Amount, until: Option<Date>) -> Self {
        let mut used = Self::new(PledgeAct::Licence, fee);
        (used.wanted.kind, used.wanted.until, used.wanted.licence) = (kind, until, true);
        used
    }

    /// A licence as it was offered.
    pub(crate) fn of_licence(licence: &Licence) -> Self {
        Self::licence(licence.kind, licence.fee, Some(licence.scope.until))
    }

    /// A licence for anyone, the last of them up to this day.
    pub(crate) fn open_licence(price: Amount, until: Option<Date>) -> Self {
        let mut used = Self::licence(LicenceKind::NonExclusive, price, until);
        used.act = PledgeAct::OpenLicence;
        used
    }

    /// So many units more, each a licence that runs as long as the right.
    pub(crate) fn units(price: Amount, quantity: Quantity, until: Option<Date>) -> Self {
        let mut used = Self::licence(LicenceKind::NonExclusive, price, until);
        used.wanted.quantity = u64::try_from(quantity.units()).unwrap_or(0);
        used
    }

    /// A sale of this title and those of so many rights in all.
    pub(crate) fn sale(price: Amount, rights: usize) -> Self {
        Self::new(
            if rights > 1 {
                PledgeAct::Bundle
            } else {
                PledgeAct::Transfer
            },
            price,
        )
    }
}

impl<B: Book> Exchange<B> {
    /// Whether all who hold a pledge on the right agree to this on this day.
    pub(crate) fn check_pledgees(&self, asset: AssetId, wanted: &Use, today: Date) -> Result<(), Reject> {
        let pledges = &self.register.right(asset).pledges;
        let standing = pledges.iter().filter(|id| self.pledging.stands(**id));
        // Who disposes of a right agrees to its sale.
        let sells = matches!(wanted.act, PledgeAct::Transfer | PledgeAct::Bundle);
        let asked = standing.filter(|id| !sells || !self.is_disposed_for(**id, asset));
        first_fault(asked.map(|id| self.check_pledgee(*id, wanted, today)))
    }

    /// Whether all who hold a pledge on the right agree to this, those among them who dispose of it.
    pub(crate) fn agree_all(&self, asset: AssetId, wanted: &Use, today: Date) -> bool {
        let pledges = &self.register.right(asset).pledges;
        let mut standing = pledges.iter().filter(|id| self.pledging.stands(**id));
        standing.all(|id| self.check_pledgee(*id, wanted, today).is_ok())
    }

    fn check_pledgee(&self, id: PledgeId, wanted: &Use, today: Date) -> Result<(), Reject> {
        let Use { act, wanted } = wanted;
        let consent = self.pledging.consents.get(&(id, *act));
        let counts = |consent: &PledgeConsent| consent.quantity.is_some() && *act == PledgeAct::Licence;
        let offered = if consent.is_some_and(counts) {
            let pledge = self.pledging.of(id);
            pledge.standing().map(|right| self.units_on_offer(right.asset)).sum()
        } else {
            0
        };
        consents::check(consent, self.pledging.holder_of(id), offered, wanted, today)
    }

    /// Whether the pledgees of a right agree to an owner's order to sell so many units; who bought units resells freely.
    pub(crate) fn check_pledgees_of(
        &self,
        seller: EntityId,
        listing: &Instrument,
        (price, quantity): (Price, Quantity),
        today: Date,
    ) -> Result<(), Reject> {
        let right = self.register.right(listing.asset);
        if right.pledges.is_empty() || !right.is_owned_by(seller) {
            return Ok(());
        }
        let price = Amount::new(listing.terms.currency, Money::from_minor(price.minor()));
        self.check_pledgees(listing.asset, &Use::units(price, quantity, right.expires), today)
    }

    /// Whether a right may be sold for this purpose.
    pub(crate) fn check_purpose(&self, asset: AssetId, purpose: Option<SalePurpose>) -> Result<(), Reject> {
        consents::check_purpose(self.is_pledged(asset), purpose)
    }

    /// Whether a pledge stands on a right.
    pub(crate) fn is_pledged(&self, asset: AssetId) -> bool {
        let pledges = &self.register.right(asset).pledges;
        pledges.iter().any(|id| self.pledging.stands(*id))
    }

    /// Whether pledgees are asked about a lot: a court sells without them, and what it brings is theirs by rank
    /// (拍卖变卖财产规定 28).
    pub(crate) fn asks_pledgees(basis: LegalBasis) -> bool {
        basis != LegalBasis::Judicial
    }

    /// How many units of a right its owners have on offer: in its books, by a tranche or a lot.
    fn units_on_offer(&self, asset: AssetId) -> u64 {
        let right = self.register.right(asset);
        let each = right.instruments.iter().map(|instrument| {
            let book = &self.books[instrument.index()];
            let resting = book.resting(&self.pool, &self.orders, Side::Sell);
            let own = resting.map(|slot| self.orders.get(slot));
            let own = own.filter(|order| right.is_owned_by(order.owner()));
            let resting: u64 = own.map(|order| u64::from(order.left())).sum();
            let step = self.units.steps.get(instrument).and_then(|steps| steps.open);
            let tranche = step.map(|open| &self.units.tranches[&open].tranche);
            let tranche = tranche.map_or(Quantity::ZERO, |tranche| tranche.quantity.minus(tranche.taken));
            let lots = self.lots.of_units(*instrument).into_iter();
            let lots = lots.map(|lot| self.lots.of(lot).units_held);
            resting + lots.chain([tranche]).map(units).sum::<u64>()
        });
        each.sum()
    }
}

fn units(quantity: Quantity) -> u64 {
    u64::try_from(quantity.units()).unwrap_or(0)
}
