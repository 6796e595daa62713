//! Valuations: what a right is worth, who may say so, and what it brought (法释〔2018〕15号; the Guidance, art. 4).
//!
//! Invariant: of each right the last valuation is kept, and an appraisal is recorded only while its appraiser is on the
//! panel. The mean of platforms rounds here and nowhere else: half-up to the minor unit.

use crate::{book::Book, kit::checks::ensure, register::party::User, state::Exchange, tell::Tell};
use alloc::{collections::BTreeSet, format, string::String};
use protocol::{
    Amount, AssetId, EntityId, Money, Readers, Receipt, Record, Reject, ValuationId, identity,
    party::Roles,
    title::{Appraiser, Basis, PlatformQuotes, QUOTES_MAX, Quote, Realised, RecordValuation, SetAppraiser, Valuation},
};

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
    let name = |quote: &Quote| identity::plain(quote.platform.as_str()).to_lowercase();
    let names: BTreeSet<_> = quotes.iter().map(name).collect();
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
        // Appraisers of the panel value the rights of others, so they name any.
        let its_own = appraiser == Some(user.entity) && user.roles.has_any(Roles::APPRAISER);
        if its_own {
            self.check_admitted(user.entity)?;
        } else {
            user.may(Roles::OPERATOR)?;
        }
        if let Some(appraiser) = appraiser {
            self.register.check_entity(appraiser)?;
        }
        self.register.asset(*asset)?;
        check_amounts(basis)?;
        if let Some(appraiser) = appraiser {
            self.check_admitted(appraiser)?;
        }
        let (value, quotes) = match basis {
            Basis::Agreed(named) | Basis::Asked(named) => (named.amount, 0),
            Basis::Appraised(appraisal) => (appraisal.amount, 0),
            Basis::Platforms(platforms) => (check_quotes(platforms)?, in_time(platforms).count()),
        };
        if asked.expires <= tell.at.venue_date() {
            return Err(Reject::ValuationExpired);
        }
        // 参考价规定 27.
        if asked.expires > tell.at.venue_date().plus_months(12) {
            return Err(Reject::ValuationTooLong);
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
        let extra = self.register.right_mut(*asset).extra_mut();
        if let Some(before) = extra.valuation.replace(valuation.valuation) {
            self.valuations.last.remove(&before);
        }
        self.valuations.last.insert(valuation.valuation, valuation);
        tell.record(self.owners_of(*asset), Record::Valuation(valuation));
        self.valued_anew(*asset, tell);
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
        user.may(Roles::OPERATOR)?;
        self.register.check_entity(entity)?;
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

    /// A right was sold at this price: if a valuation of it is good, the owners learn how the two compare, and its
    /// appraiser that one more was put to the test; but not one who must not know of the sale. Asked while the seller
    /// is still the owner.
    pub(crate) fn realise(
        &mut self,
        asset: AssetId,
        price: Amount,
        denied: &[EntityId],
        tell: &mut Tell<'_>,
    ) -> Option<Realised> {
        let valuation = self.register.right(asset).extra().valuation?;
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
        }
        let known = realised
            .appraiser
            .filter(|entity| denied.binary_search(entity).is_err());
        if let Some(appraiser) = known.and_then(|entity| self.valuations.appraisers.get(&entity)) {
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
            .register
            .assets
            .iter()
            .filter(|right| right.extra().valuation.is_some());
        ensure(valued.count() == self.valuations.last.len(), || {
            format!("{} valuations, not one a right", self.valuations.last.len())
        })?;
        for (id, valuation) in &self.valuations.last {
            let right = self.register.right(valuation.asset);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::PlainBook;
    use alloc::{boxed::Box, vec, vec::Vec};
    use protocol::{
        Bounded, Command, Currency, Date, Digest, Event, Office, Outcome, Request, Seq, Stamped, Timestamp, UserId,
        asset::{AssetClass, RegisterAsset},
        party::{EntityKind, LegalId, RegisterEntity},
        rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
        title::{Appraisal, NamedValue},
    };

    const OPENING: u64 = 1_772_416_800_000_000_000;
    const APPRAISER: EntityId = EntityId(1);
    const RIGHT: AssetId = AssetId(0);

    fn ask(exchange: &mut Exchange<PlainBook>, command: Command) {
        let request = Request {
            by: UserId(0),
            client: None,
            command,
        };
        let stamped = Stamped {
            seq: exchange.seq().next(),
            at: Timestamp(OPENING),
            body: request,
        };
        let answer = exchange.apply(&stamped, &mut Vec::new());
        assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
    }

    /// A venue with an appraiser and a right of the venue's own.
    fn venue() -> Exchange<PlainBook> {
        let mut exchange = Exchange::new();
        let epoch = Epoch {
            rules_version: RULES_VERSION,
            profile: Profile::CnVenue,
            approval: Approval::None,
            fees: Fees::default(),
            calendar: Calendar::default(),
            judicial_listing: None,
        };
        let register = RegisterEntity {
            name: Bounded::new("appraiser").unwrap(),
            kind: EntityKind::Company,
            legal_id: LegalId::Uscc(Bounded::new("914403001922038216").unwrap()),
            evidence: None,
        };
        let admit = SetAppraiser {
            entity: APPRAISER,
            admitted: true,
            evidence: Digest([1; 32]),
        };
        let right = RegisterAsset {
            owner: EntityId(0),
            class: AssetClass::Trademark,
            office: Office::CN,
            number: Bounded::new("1").unwrap(),
            title: Bounded::new("mark").unwrap(),
            filed: None,
            granted: None,
            expires: None,
            classifications: vec![],
            texts: Digest([1; 32]),
        };
        ask(&mut exchange, Command::Epoch(Box::new(epoch)));
        ask(&mut exchange, Command::RegisterEntity(Box::new(register)));
        ask(&mut exchange, Command::SetAppraiser(Box::new(admit)));
        ask(&mut exchange, Command::RegisterAsset(Box::new(right)));
        exchange
    }

    fn yuan(minor: i64) -> Amount {
        Amount::new(Currency::Cny, Money::from_minor(minor))
    }

    fn value(exchange: &mut Exchange<PlainBook>, basis: Basis) {
        let asked = RecordValuation {
            asset: RIGHT,
            basis,
            expires: Date::from_civil(2026, 3, 3).unwrap(),
            evidence: Digest([1; 32]),
        };
        ask(exchange, Command::RecordValuation(Box::new(asked)));
    }

    /// Sells the right at this moment; what came of it, and the records that were told.
    fn sell(exchange: &mut Exchange<PlainBook>, at: u64) -> (Option<Realised>, Vec<(Readers, Record)>) {
        let mut events = Vec::new();
        let mut tell = Tell {
            events: &mut events,
            seq: Seq(99),
            at: Timestamp(at),
            secret: false,
        };
        let realised = exchange.realise(RIGHT, yuan(90), &[], &mut tell);
        let records = events.into_iter().map(|event: Stamped<Event>| match event.body {
            Event::Record(changed) => (changed.readers, changed.record),
            other => panic!("{other:?}"),
        });
        let records = records.collect();
        exchange.check_valuations().unwrap();
        (realised, records)
    }

    #[test]
    fn a_sale_is_held_against_the_last_good_valuation() {
        let mut exchange = venue();
        assert_eq!(sell(&mut exchange, OPENING), (None, vec![]));
        value(&mut exchange, Basis::Agreed(NamedValue { amount: yuan(70) }));
        let (realised, records) = sell(&mut exchange, OPENING);
        let realised = realised.expect("a valuation is good");
        assert_eq!((realised.value, realised.price), (yuan(70), yuan(90)));
        assert_eq!(records, [(Readers::one(EntityId(0)), Record::Realised(realised))]);

        let appraisal = Appraisal {
            appraiser: APPRAISER,
            amount: yuan(80),
        };
        value(&mut exchange, Basis::Appraised(appraisal));
        let end = Date::from_civil(2026, 3, 3).unwrap().start().0;
        for count in 1..=2 {
            let (realised, records) = sell(&mut exchange, end - 1);
            let realised = realised.expect("the last one counts");
            assert_eq!((realised.value, realised.appraiser), (yuan(80), Some(APPRAISER)));
            let tested = Appraiser {
                entity: APPRAISER,
                admitted: true,
                realised_count: count,
            };
            assert_eq!(records[1], (Readers::one(APPRAISER), Record::Appraiser(tested)));
        }
        assert_eq!(sell(&mut exchange, end), (None, vec![]), "its last day has passed");
    }
}
