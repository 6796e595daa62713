//! What private frames of `executions` say: events as everywhere in the API; beside them the client's own name for what
//! they are about, and an order as it stood right after; the receipt of a bid that was taken; and how their participant
//! stands.

use crate::{
    json::{EventJson, scalar::write_time},
    proof::{receipt::BidReceipt, signing},
    server::{
        core::names::ViewNames,
        said::{account, order},
    },
};
use market_data::{
    Accounts, MarketData, PrivateText,
    executions::{About, Execution},
    records::{Key, Kind, Records, Told},
};
use protocol::{ClientId, EntityId, Event, LotId, Notice, PrivateEvent, Record, Stamped, auction::LotState};
use serde::Serialize;
use std::collections::BTreeSet;

/// The most holdings, and the most open orders, that a snapshot tells of each account; the rest is read by its routes.
const EACH_MAX: usize = 1_000;
/// The most accounts that a snapshot tells of.
const ACCOUNTS_MAX: usize = 1_000;

/// The writer of private frames, with the venue's key.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) key: signing::Key,
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is plain data")
}

/// An account: its balances, and what it has on the books.
#[derive(Serialize)]
struct Account {
    account_id: u32,
    cash: Vec<account::Cash>,
    holdings: Vec<account::Holding>,
    open_orders: Vec<order::Order>,
    /// Whether there is more of either than is told here.
    more: bool,
}

/// A bid: how one stands in a lot, and since when.
#[derive(Serialize)]
struct Bid {
    at: String,
    bidder: protocol::auction::Bidder,
}

/// What happened. Its braces are the frame's.
#[derive(Serialize)]
struct Happened<'a> {
    event: EventJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<order::Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<BidReceipt>,
}

impl PrivateText for Words {
    fn event(&self, market: &MarketData, Execution { event, about }: &Execution) -> String {
        let Stamped { seq, at, ref body } = *event;
        let (receipt, reject) = match *body {
            // It stands where an answer has it.
            Event::Sealed(_, PrivateEvent::BidTaken(body)) => {
                (Some(BidReceipt::sign(&Stamped { seq, at, body }, &self.key)), None)
            }
            Event::Private(_, PrivateEvent::Rejected { reject, .. })
            | Event::Sealed(_, PrivateEvent::Rejected { reject, .. }) => (None, Some(reject)),
            _ => (None, None),
        };
        let (client_id, order) = match about {
            About::Nothing => (None, None),
            About::Order(view) => (view.client_id.as_ref(), order::render(market, view)),
            About::Refused(asked) => (
                asked.client.as_ref().and_then(|client| client.id.as_ref()),
                reject.and_then(|reject| order::refused(market, seq, at, asked, reject)),
            ),
        };
        let names = ViewNames(market);
        let happened = Happened {
            event: EventJson::of(event, &names),
            client_id,
            order,
            receipt,
        };
        let members = text(&happened);
        members[1..members.len() - 1].to_owned()
    }

    fn standing(
        &self,
        market: &MarketData,
        entity: EntityId,
        lots: &BTreeSet<LotId>,
        accounts: &Accounts,
        records: &Records,
    ) -> Box<dyn FnOnce() -> String> {
        let own = market.directory().accounts(Some(entity), None, ACCOUNTS_MAX);
        let account = |account: &market_data::directory::Account| {
            let holdings = accounts.holdings(account.id, None, EACH_MAX + 1);
            let orders = accounts.open_orders(account.id, None, EACH_MAX + 1);
            let more = holdings.len() > EACH_MAX || orders.len() > EACH_MAX;
            let holding = |&(instrument, holding): &_| account::holding(market, instrument, holding);
            Account {
                account_id: account.id.0,
                cash: accounts.all_cash(account.id).into_iter().map(account::cash).collect(),
                holdings: holdings.iter().take(EACH_MAX).map(holding).collect(),
                open_orders: orders
                    .iter()
                    .take(EACH_MAX)
                    .filter_map(|order| order::render(market, order))
                    .collect(),
                more,
            }
        };
        let all: Vec<_> = own.iter().map(account).collect();
        let bid = |lot: &LotId| {
            let Told::Notice(Notice::Lot(told)) = &records.get(Key::new(Kind::Lot, lot.0))?.told else {
                return None;
            };
            let version = records.get_for(Key::of_bidder(*lot, entity), Some(entity))?;
            match &version.told {
                Told::Record(Record::Bidder(bidder)) if is_live(told.state) => Some(Bid {
                    at: write_time(version.at),
                    bidder: *bidder,
                }),
                _ => None,
            }
        };
        let bids: Vec<_> = lots.iter().filter_map(bid).collect();
        Box::new(move || format!("\"accounts\":{},\"bids\":{}", text(&all), text(&bids)))
    }
}

/// Whether the lot can still come to something.
fn is_live(state: LotState) -> bool {
    !matches!(
        state,
        LotState::Delivered | LotState::Defaulted | LotState::Unsold | LotState::Withdrawn | LotState::Annulled
    )
}
