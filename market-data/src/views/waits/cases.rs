//! What waits of cases of disposal, and of the ways out of them: licences back to the owner, shares, puts, takings.

use super::{
    around::{Around, house},
    day::Day,
    kinds::Does,
    wait::Wait,
};
use crate::views::records::{Key, Kind, Told};
use protocol::{
    Date, Notice,
    auction::LotState,
    buyers::{ConnectedBuyer, Put, PutState, Taking, TakingState},
    claim::EquityStep,
    disposal::{Correction, CorrectionState, Disposal, DisposalState},
    equity::{Conversion, ConversionState},
    reverse::{ReverseLicence, ReverseLicenceState},
};

pub(super) fn disposal(key: Key, case: &Disposal, around: Around<'_>) -> Vec<Wait> {
    if case.state.is_over() {
        return Vec::new();
    }
    let Some(acting) = around.acting(case.loan).map(house) else {
        return Vec::new();
    };
    let held = case.sales.iter().filter(|sale| sale.distributed_at.is_none());
    let held: Vec<_> = held.collect();
    if let Some(first) = held.first() {
        let assets = held.iter().flat_map(|sale| sale.assets.iter().copied());
        // The next one is paid out first; the others stand behind it.
        return vec![
            Wait::new(Does::Distribute, acting, key)
                .assets(assets)
                .stake(first.price),
        ];
    }
    match case.state {
        DisposalState::Open if !around.is_on_offer(&case.rights) => vec![Wait::new(Does::GoOnWithCase, acting, key)],
        // What is on offer waits for the market; a licence or a deal says itself what waits.
        DisposalState::Open | DisposalState::Licensed | DisposalState::Converting => Vec::new(),
        DisposalState::Closed | DisposalState::Cured | DisposalState::GivenUp => Vec::new(),
    }
}

pub(super) fn reverse(key: Key, licence: &ReverseLicence) -> Vec<Wait> {
    let licensee = |does| Wait::new(does, house(licence.licensee), key).until(licence.last.map(Day::Last));
    match licence.state {
        ReverseLicenceState::Proposed => vec![licensee(Does::ConsentReverseLicence).stake(licence.fees.fee)],
        ReverseLicenceState::Active | ReverseLicenceState::Missed | ReverseLicenceState::Grace => {
            let pay =
                |next: protocol::reverse::NextFee| licensee(Does::PayReverseFee).stake(next.unpaid).from(next.from);
            licence.next.map(pay).into_iter().collect()
        }
        // Its first day comes by itself.
        ReverseLicenceState::Consented => Vec::new(),
        ReverseLicenceState::DebtCleared
        | ReverseLicenceState::Terminated
        | ReverseLicenceState::Expired
        | ReverseLicenceState::Ended
        | ReverseLicenceState::Withdrawn => Vec::new(),
    }
}

pub(super) fn conversion(key: Key, deal: &Conversion) -> Vec<Wait> {
    let holder = |does| Wait::new(does, house(deal.holder), key);
    let done = |step| deal.done(step).is_some();
    match deal.state {
        ConversionState::Running => {
            let day = if done(EquityStep::Voted) && !done(EquityStep::Registered) {
                deal.shown_by
            } else if !done(EquityStep::Voted) {
                deal.opinion.map(|opinion| opinion.good_until)
            } else {
                None
            };
            let paid = deal.issued.map(|issued| issued.paid);
            vec![holder(Does::GoOnWithConversion).until(day.map(Day::Last)).stake(paid)]
        }
        ConversionState::Done => {
            let by = deal.sell_by.filter(|_| !done(EquityStep::Disposed));
            let paid = deal.issued.map(|issued| issued.paid);
            let sell = |by: protocol::equity::SellBy| holder(Does::SellShares).until(Day::Last(by.last_day));
            by.map(|by| sell(by).stake(paid)).into_iter().collect()
        }
        ConversionState::GivenUp => Vec::new(),
    }
}

pub(super) fn put(key: Key, put: &Put, around: Around<'_>) -> Vec<Wait> {
    let until = Day::Last(put.last_day);
    let Some(acting) = around.acting(put.loan) else {
        return Vec::new();
    };
    match put.state {
        PutState::Proposed => {
            let signers = put.pledgors.iter().copied().chain([acting, put.fund]);
            let open = signers.filter(|entity| !put.signed.contains(entity));
            open.map(|entity| Wait::new(Does::SignPut, house(entity), key).until(until))
                .collect()
        }
        PutState::InForce => {
            let assets: Vec<_> = put.rights.iter().map(|right| right.asset).collect();
            let case = around.cases_of(&assets).into_iter().find(|case| case.loan == put.loan);
            let Some(case) = case.filter(|case| case.state == DisposalState::Open) else {
                return Vec::new();
            };
            // What a lot of this case left, where it left nothing else.
            let lots = around.of_assets(&assets, Kind::Lot).into_iter();
            let left = lots.filter_map(|told| match told {
                Told::Notice(Notice::Lot(lot)) if lot.state == LotState::Unsold => Some(lot),
                _ => None,
            });
            let mut left = left
                .filter(|lot| lot.opens_at >= case.opened_at && lot.assets.iter().all(|asset| assets.contains(asset)));
            let left = left.find(|lot| !around.is_on_offer(&lot.assets));
            let exercise = |lot: &protocol::auction::Lot| {
                let wait = Wait::new(Does::ExercisePut, house(acting), key).until(until);
                wait.assets(lot.assets.iter().copied())
            };
            left.map(exercise).into_iter().collect()
        }
        PutState::Ended => Vec::new(),
    }
}

pub(super) fn taking(key: Key, taking: &Taking, around: Around<'_>) -> Vec<Wait> {
    match taking.state {
        TakingState::Agreed => {
            let case = around
                .disposal(taking.disposal)
                .filter(|case| case.state == DisposalState::Open);
            let acting = case.and_then(|case| around.acting(case.loan));
            let free = acting.filter(|_| !around.is_on_offer(&taking.assets));
            let take = |entity| Wait::new(Does::TakeAtReserve, house(entity), key).stake(taking.price);
            free.map(|entity| take(entity).until(around.taken_until(taking)))
                .into_iter()
                .collect()
        }
        TakingState::Held => {
            let sell = taking.taker.zip(taking.sell_by);
            let sell = sell.map(|(taker, by)| {
                let wait = Wait::new(Does::SellTaken, house(taker), key).until(Day::Last(by.last_day));
                wait.stake(taking.price)
            });
            sell.into_iter().collect()
        }
        // The sale to the creditor says what waits.
        TakingState::Taken | TakingState::SoldOn => Vec::new(),
    }
}

pub(super) fn connected(key: Key, named: &ConnectedBuyer, around: Around<'_>) -> Vec<Wait> {
    if around.disposal(named.disposal).is_none_or(|case| case.state.is_over()) {
        return Vec::new();
    }
    let open = named.needed.iter().filter(|entity| !named.consented.contains(entity));
    open.map(|entity| Wait::new(Does::ConsentConnectedBuyer, house(*entity), key))
        .collect()
}

pub(super) fn correction(key: Key, correction: &Correction) -> Vec<Wait> {
    match correction.state {
        CorrectionState::Proposed => {
            let open = correction
                .back
                .iter()
                .filter(|back| !correction.agreed.contains(&back.entity));
            let agree = |back: &protocol::disposal::Difference| {
                Wait::new(Does::AgreeCorrection, house(back.entity), key).stake(back.amount)
            };
            open.map(agree).collect()
        }
        CorrectionState::Posted | CorrectionState::Dropped => Vec::new(),
    }
}

impl Around<'_> {
    /// The last day on which the creditor may take what a lot left, before a calendar moves it off a day off: the days of
    /// the rule after the lot's end.
    fn taken_until(self, taking: &Taking) -> Option<Day> {
        let lot = self.lot(taking.lot)?;
        let days = match self
            .records
            .get(Key::new(Kind::BuyerRules, 0))
            .map(|version| &version.told)
        {
            Some(Told::Notice(Notice::BuyerRules(rules))) => rules.taking_days,
            _ => protocol::buyers::BuyerRules::START.taking_days,
        };
        let last = lot.ends_at.venue_date().0.saturating_add(i32::try_from(days).ok()?);
        Some(Day::Last(Date(last)))
    }
}
