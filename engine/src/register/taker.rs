//! The taker: whether a party may take a right, or a use of it (RULES.md 2.5, 7.8, F2).
//!
//! One question for every road but an order in a book, which asks the same one by one ([`Exchange::check_order_of`]):
//! it is on the hot path, and its seller is asked too. A new road says in [`Road`] which of them it asks.

use crate::{
    book::Book,
    kit::{
        checks::{first_fault, require},
        ids::VENUE,
    },
    state::Exchange,
};
use protocol::{AssetId, Date, EntityId, Reject, Side, asset::AssetClass, transfer::LegalBasis};

/// By which road a right, or a use of it, is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Road {
    /// Its title, by a sale.
    Sale,
    /// Its title or its units, by a lot.
    Lot,
    /// The same, by an auction house's lot: who sells does not buy (拍卖法 30).
    HouseLot,
    /// Its title, by a court's lot: what the law compels is no trade of the venue (国办发〔2012〕37号 leaves lawful
    /// auctions out).
    CourtLot,
    /// Its title, by a fund's promise to buy what stays unsold.
    Put,
    /// Its title, by the creditor for whom it was disposed of in vain.
    Taking,
    /// Its units, as they are issued.
    Tranche,
    /// A licence.
    Licence,
    /// A licence that is offered to everyone.
    OpenLicence,
}

impl Road {
    /// The road of a lot under this law.
    pub(crate) const fn of(basis: LegalBasis) -> Self {
        match basis {
            LegalBasis::Judicial => Self::CourtLot,
            LegalBasis::AuctionLaw => Self::HouseLot,
            LegalBasis::VenueRule | LegalBasis::Private => Self::Lot,
        }
    }

    /// Whether who takes it counts as a holder: not who takes an open licence (专利法 51).
    pub(crate) const fn counts_holders(self) -> bool {
        match self {
            Self::Sale | Self::Lot | Self::HouseLot | Self::Put | Self::Tranche | Self::Licence => true,
            Self::OpenLicence | Self::CourtLot | Self::Taking => false,
        }
    }

    /// Whether it is a trade, which the lock binds: a licence is none.
    pub(crate) const fn locks(self) -> bool {
        match self {
            Self::Sale | Self::Lot | Self::HouseLot | Self::Put | Self::Tranche => true,
            Self::Licence | Self::OpenLicence | Self::CourtLot | Self::Taking => false,
        }
    }

    /// Whether a title passes by it.
    const fn sells_title(self) -> bool {
        match self {
            Self::Sale | Self::Lot | Self::HouseLot | Self::CourtLot | Self::Put | Self::Taking => true,
            Self::Tranche | Self::Licence | Self::OpenLicence => false,
        }
    }

    /// Whether it is shut to who bought the right by auction and did not pay (18号 24).
    const fn bars_defaulters(self) -> bool {
        self.sells_title()
    }
}

/// What was found of a party that would take rights: asked at once, told where the order of [`Reject`] has its place.
pub(crate) struct Fitness {
    place: Result<(), Reject>,
    export: Result<(), Reject>,
    barred: Result<(), Reject>,
}

impl Fitness {
    /// Whether there is a place for it: the holder cap and the lock of each right (RULES.md F2).
    pub(crate) fn check_place(&self) -> Result<(), Reject> {
        self.place
    }

    /// Whether export control lets it take them (RULES.md 2.5).
    pub(crate) fn check_export(&self) -> Result<(), Reject> {
        self.export
    }

    /// Whether none of them is barred to it: who sells it, and who bought one by auction and did not pay (18号 24).
    pub(crate) fn check_barred(&self) -> Result<(), Reject> {
        self.barred
    }

    /// Whether it may still take them, asked again at the match.
    pub(crate) fn may_still(&self) -> bool {
        self.place.is_ok() && self.export.is_ok() && self.barred.is_ok()
    }
}

impl<B: Book> Exchange<B> {
    /// What is asked of a party that would take these rights by this road on this day: the one question, whatever takes
    /// a right.
    pub(crate) fn taker(&self, road: Road, assets: &[AssetId], entity: EntityId, today: Date) -> Fitness {
        // What is disposed of for a pledge is no trade of the venue: neither cap nor lock (国办发〔2012〕37号) [reading].
        let traded = !road.sells_title() || assets.iter().all(|asset| self.case_of(*asset).is_none());
        let holder = |asset| {
            if road.counts_holders() && traded {
                self.check_holder(asset, entity)
            } else {
                Ok(())
            }
        };
        let lock = |asset| {
            if road.locks() && traded {
                self.check_lock(asset, entity, Side::Buy, today)
            } else {
                Ok(())
            }
        };
        let defaulted = |asset: &AssetId| {
            let defaulters = &self.register.right(*asset).extra().defaulters;
            !defaulters.is_empty() && self.is_among(defaulters.iter().copied(), entity)
        };
        Fitness {
            place: first_fault(assets.iter().flat_map(|&asset| [holder(asset), lock(asset)])),
            export: require(!self.is_stopped(assets, entity), Reject::ExportCheckRequired),
            barred: first_fault([
                self.check_related(road, assets, entity),
                require(
                    !road.bars_defaulters() || !assets.iter().any(defaulted),
                    Reject::BarredDefaulter,
                ),
            ]),
        }
    }

    /// Whether an order may enter a book whose product has a cap or a lock.
    pub(crate) fn check_order_of(
        &self,
        asset: AssetId,
        entity: EntityId,
        side: Side,
        today: Date,
    ) -> Result<(), Reject> {
        if side == Side::Buy {
            self.check_holder(asset, entity)?;
        }
        self.check_lock(asset, entity, side, today)
    }

    /// Whether this participant is one of these: itself, or one behind it who is behind one of them too. Nobody buys what
    /// it sells, through no nominee either (国发〔2011〕38号: five trading days lie between the two).
    ///
    /// So nobody is its own rival either, and a defaulter comes back under no other name.
    pub(crate) fn is_among(&self, mut sellers: impl Iterator<Item = EntityId>, entity: EntityId) -> bool {
        // Asked of each bid: without a list of its own.
        let behind = |entity: EntityId| {
            let beneficiaries = &self.register.entities[entity.index()].beneficiaries;
            beneficiaries.iter().copied().chain([entity])
        };
        sellers.any(|seller| behind(seller).any(|one| behind(entity).any(|other| one == other)))
    }

    /// Whether this participant owns a part of the right, or is one with somebody who does.
    pub(crate) fn is_owners(&self, asset: AssetId, entity: EntityId) -> bool {
        let owners = self.register.right(asset).owners();
        self.is_among(owners.iter().map(|share| share.entity), entity)
    }

    /// Whether this participant stands apart from a sale: neither the venue nor who sells. Only such a one buys, and only
    /// such a one is promised a priority.
    pub(crate) fn stands_apart(&self, sellers: impl Iterator<Item = EntityId>, entity: EntityId) -> bool {
        entity != VENUE && !self.is_among(sellers, entity)
    }

    /// Whether export control stops this participant: it or somebody behind it is from abroad, and a technology among
    /// the rights is not cleared for it (专利法 10; 技术进出口条例 2, 30).
    pub(crate) fn is_stopped(&self, assets: &[AssetId], entity: EntityId) -> bool {
        self.register.is_abroad(entity)
            && assets.iter().any(|asset| {
                let right = self.register.right(*asset);
                matches!(right.class, AssetClass::Patent | AssetClass::KnowHow)
                    && !right.extra().export_checks.contains(&(entity, true))
            })
    }
}
