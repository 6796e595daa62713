//! What commands made, and whether it is still open: until then no repeat of a command makes it a second time.

use crate::{
    auction::{self, lot::Lots},
    book::{Book, Orders},
    house::state::Control,
    kit::answers::{Answers, Memory},
    licences::{self, state::Licensing},
    money::clearing::OrderTerms,
    register::{
        disposals::Disposals,
        pledges::{Pledging, is_live},
        right::Titles,
    },
    sales::sale::Sales,
    state::Exchange,
    units::state::Units,
};
use protocol::{
    Answer, EntityId, Receipt, Seq, Timestamp, buyers::PutState, command::ClientKey, equity::ConversionState,
    pledge::LoanState,
};

/// All that a command can make and that ends by itself or by another command.
struct Made<'a> {
    orders: &'a Orders<OrderTerms>,
    control: &'a Control,
    titles: &'a Titles,
    licensing: &'a Licensing,
    units: &'a Units,
    sales: &'a Sales,
    lots: &'a Lots,
    pledging: &'a Pledging,
    disposals: &'a Disposals,
}

impl Made<'_> {
    fn is_open(&self, receipt: Receipt) -> bool {
        match receipt {
            Receipt::Order(order) => self.orders.find(order).is_some(),
            Receipt::Deal(deal) => self.is_live(deal),
            Receipt::Pledges(first, count) => {
                let filed = self.pledging.pledges.states().skip(first.index());
                filed.take(count as usize).any(is_live)
            }
            // They never end: a repeat is refused by what there is, or makes one more of what harms nobody.
            Receipt::Done
            | Receipt::Entity(_)
            | Receipt::User(_)
            | Receipt::Key(_)
            | Receipt::Account(_)
            | Receipt::Asset(_)
            | Receipt::Instrument(_)
            | Receipt::Rights(..) => false,
        }
    }

    /// Whether the deal that the command at this place made can still come to something.
    fn is_live(&self, deal: Seq) -> bool {
        let licensing = self.licensing;
        let licence = licensing.licences.get(&deal.into());
        let offer = licensing.open.get(&deal.into());
        let tranche = self.units.tranches.get(&deal.into());
        let case = self.disposals.cases.get(&deal.into());
        let reverse = self.disposals.licences.get(&deal.into());
        let conversion = self.disposals.conversions.get(&deal.into());
        let put = self.disposals.puts.get(&deal.into());
        self.control.proposals.open.contains_key(&deal.into())
            || self.titles.holds.contains_key(&deal.into())
            || licence.is_some_and(|licence| !licences::life::has_ended(licence.state))
            || offer.is_some_and(|offer| offer.licence.standing)
            || tranche.is_some_and(|offer| offer.tranche.open)
            || case.is_some_and(|case| !case.record.state.is_over())
            || reverse.is_some_and(|reverse| reverse.record.state.is_live())
            || conversion.is_some_and(|conversion| conversion.state == ConversionState::Running)
            || put.is_some_and(|put| put.state != PutState::Ended)
            || self
                .pledging
                .loans
                .get(deal.into())
                .is_some_and(|lent| lent.loan.state != LoanState::Repaid)
            || self.sales.get(deal.into()).is_some_and(|sale| sale.is_live())
            || self
                .lots
                .get(deal.into())
                .is_some_and(|lot| auction::life::is_live(lot.state))
    }
}

impl<B: Book> Exchange<B> {
    /// What is known of a client id.
    pub(super) fn recall(&self, entity: EntityId, key: &ClientKey, at: Timestamp) -> Memory {
        let (answers, made) = self.made();
        answers.recall(entity, key, at, &|receipt| made.is_open(receipt))
    }

    /// Remembers the answer to a client id that was new.
    pub(super) fn remember(&mut self, entity: EntityId, key: ClientKey, answer: Answer) {
        let mut answers = core::mem::take(&mut self.answers);
        let (_, made) = self.made();
        answers.remember(entity, key, answer, &|receipt| made.is_open(receipt));
        self.answers = answers;
    }

    fn made(&self) -> (&Answers, Made<'_>) {
        let Self {
            answers,
            orders,
            control,
            titles,
            licensing,
            units,
            sales,
            lots,
            pledging,
            disposals,
            ..
        } = self;
        let made = Made {
            orders,
            control,
            titles,
            licensing,
            units,
            sales,
            lots,
            pledging,
            disposals,
        };
        (answers, made)
    }
}
