//! Valuations: what a right is worth, who may say so, and what it brought (法释〔2018〕15号; the Guidance, art. 4).
//!
//! Invariant: of each right the last valuation is kept, and an appraisal is recorded only while its appraiser is on the panel. The
//! mean of platforms rounds here and nowhere else: half-up to the minor unit.

use crate::{
    book::Book,
    exchange::{Exchange, Tell, check_operator},
    invariants::ensure,
    registry::User,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
};
use protocol::{
    Amount, AssetId, EntityId, Money, Readers, Receipt, Record, Reject, ValuationId,
    party::Roles,
    title::{Appraiser, Basis, PlatformQuotes, QUOTES_MAX, Quote, Realised, RecordValuation, SetAppraiser, Valuation},
};
use serde::{Deserialize, Serialize};

/// The valuations in use, and the panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Valuations {
    /// The last one of each right.
    last: BTreeMap<ValuationId, Valuation>,
    /// Who is, or was, on the panel.
    appraisers: BTreeMap<EntityId, Appraiser>,
}

/// The quotes that came in time.
fn in_time(platforms: &PlatformQuotes) -> impl Iterator<Item = &Quote> {
    let quotes = platforms.quotes.iter();
    quotes.filter(|quote| quote.quoted_at <= platforms.closed_at)
}

/// The mean of the quotes that came in time, half-up to the minor unit, if there are any.
fn mean(platforms: &PlatformQuotes) -> Option<Amount> {
    let currency = in_time(platforms).next()?.amount.currency;
    let minor = |quote: &Quote| i128::from(quote.amount.money.minor());
    let (count, sum) = in_time(platforms).fold((0, 0), |(count, sum), quote| (count + 1, sum + minor(quote)));
    let mean = i64::try_from((2 * sum + count) / (2 * count)).expect("a mean of amounts is an amount");
    Some(Amount::new(currency, Money::from_minor(mean)))
}

/// Quotes are some, not too many, of one currency, one a platform, and at least one came in time.
fn check_quotes(platforms: &PlatformQuotes) -> Result<Amount, Reject> {
    let PlatformQuotes { quotes, .. } = platforms;
    let names: BTreeSet<_> = quotes.iter().map(|quote| quote.platform.as_str()).collect();
    let mut currencies = quotes.windows(2);
    let fits = (1..=QUOTES_MAX).contains(&quotes.len())
        && names.len() == quotes.len()
        && currencies.all(|two| two[0].amount.currency == two[1].amount.currency);
    mean(platforms).filter(|_| fits).ok_or(Reject::QuotesInvalid)
}

impl<B: Book> Exchange<B> {
    /// Records what a right is worth, and how that was found.
    pub(crate) fn record_valuation(
        &mut self,
        user: User,
        asked: &RecordValuation,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let RecordValuation { asset, basis, .. } = asked;
        let appraiser = match basis {
            Basis::Appraised(appraisal) => Some(appraisal.appraiser),
            Basis::Agreed(_) | Basis::Asked(_) | Basis::Platforms(_) => None,
        };
        if let Some(appraiser) = appraiser {
            self.registry.check_entity(appraiser)?;
        }
        self.registry.asset(*asset)?;
        let its_own = appraiser == Some(user.entity) && user.roles.has_any(Roles::APPRAISER);
        if !its_own {
            check_operator(user)?;
        }
        check_amounts(basis)?;
        if let Some(appraiser) = appraiser {
            self.check_admitted(appraiser)?;
        }
        let (value, quotes) = match basis {
            Basis::Agreed(named) | Basis::Asked(named) => (named.amount, 0),
            Basis::Appraised(appraisal) => (appraisal.amount, 0),
            Basis::Platforms(platforms) => (check_quotes(platforms)?, in_time(platforms).count()),
        };
        if asked.expires <= self.at.venue_date() {
            return Err(Reject::ValuationExpired);
        }

        let valuation = Valuation {
            valuation: ValuationId::from(tell.seq),
            asset: *asset,
            value,
            appraiser,
            quotes: u32::try_from(quotes).expect("at most 32"),
            expires: asked.expires,
            evidence: asked.evidence,
        };
        let extra = self.registry.assets[asset.index()].extra_mut();
        if let Some(before) = extra.valuation.replace(valuation.valuation) {
            self.valuations.last.remove(&before);
        }
        self.valuations.last.insert(valuation.valuation, valuation);
        tell.record(self.owners_of(*asset), Record::Valuation(valuation));
        Ok(Receipt::Deal(tell.seq))
    }

    /// Admits an appraiser to the panel, or removes it: then it gets no new work, and what it appraised stays.
    pub(crate) fn set_appraiser(
        &mut self,
        user: User,
        asked: &SetAppraiser,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let SetAppraiser { entity, admitted, .. } = *asked;
        self.registry.check_entity(entity)?;
        check_operator(user)?;
        if !admitted {
            self.check_admitted(entity)?;
        }

        let known = self.valuations.appraisers.entry(entity).or_insert(Appraiser {
            entity,
            admitted,
            realised_count: 0,
        });
        known.admitted = admitted;
        tell.record(Readers::one(entity), Record::Appraiser(*known));
        Ok(Receipt::Done)
    }

    /// A right was sold at this price: if a valuation of it is good, the owners learn how the two compare, and its appraiser that
    /// one more was put to the test. Asked while the seller is still the owner.
    pub(crate) fn realise(&mut self, asset: AssetId, price: Amount, tell: &mut Tell<'_>) -> Option<Realised> {
        let valuation = self.registry.assets[asset.index()].extra().valuation?;
        let valuation = self.valuations.last.get(&valuation)?;
        if valuation.expires <= tell.at.venue_date() {
            return None;
        }
        let realised = Realised {
            asset,
            valuation: valuation.valuation,
            appraiser: valuation.appraiser,
            value: valuation.value,
            price,
        };
        tell.record(self.owners_of(asset), Record::Realised(realised));
        let appraiser = realised
            .appraiser
            .and_then(|entity| self.valuations.appraisers.get_mut(&entity));
        if let Some(appraiser) = appraiser {
            appraiser.realised_count += 1;
            tell.record(Readers::one(appraiser.entity), Record::Appraiser(*appraiser));
        }
        Some(realised)
    }

    fn check_admitted(&self, appraiser: EntityId) -> Result<(), Reject> {
        match self.valuations.appraisers.get(&appraiser) {
            Some(known) if known.admitted => Ok(()),
            _ => Err(Reject::AppraiserNotAdmitted),
        }
    }

    /// What this module promises.
    pub(crate) fn check_valuations(&self) -> Result<(), String> {
        let valued = self
            .registry
            .assets
            .iter()
            .filter(|right| right.extra().valuation.is_some());
        ensure(valued.count() == self.valuations.last.len(), || {
            format!("{} valuations, not one a right", self.valuations.last.len())
        })?;
        for (id, valuation) in &self.valuations.last {
            let right = &self.registry.assets[valuation.asset.index()];
            let known = |appraiser| self.valuations.appraisers.contains_key(&appraiser);
            let fits = right.extra().valuation == Some(*id)
                && valuation.value.money > Money::ZERO
                && valuation.appraiser.is_none_or(known);
            ensure(fits, || format!("{valuation:?} is not its right's last"))?;
        }
        Ok(())
    }
}

/// Every amount is above zero.
fn check_amounts(basis: &Basis) -> Result<(), Reject> {
    let is_positive = |amount: Amount| amount.money > Money::ZERO;
    let fits = match basis {
        Basis::Agreed(named) | Basis::Asked(named) => is_positive(named.amount),
        Basis::Appraised(appraisal) => is_positive(appraisal.amount),
        Basis::Platforms(platforms) => platforms.quotes.iter().all(|quote| is_positive(quote.amount)),
    };
    if fits { Ok(()) } else { Err(Reject::AmountInvalid) }
}
