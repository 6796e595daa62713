//! Read models and numbered feeds, folded from the events of durable commands.
//!
//! One [`Folder`] writes, any number of [`MarketData`] clones read, and a read never touches the core. The views are:
//!
//! | module | answers |
//! |---|---|
//! | [`directory`] | who takes part, what is listed on which terms, under which rules |
//! | [`accounts`] | cash, holdings and open orders of each account |
//! | [`records`] | the registry: titles, licences, sales … with their history and their readers |
//! | [`depth`], [`levels`] | the levels of each book, and the checksum that proves a copy |
//! | [`auction_log`] | the public log of each lot, chained and signed |
//! | [`tape`] | the last trades of each instrument |
//! | [`executions`] | what happens to each participant, for itself alone |
//! | [`frame`] | the text of what the feed sends, its decimals and times |
//! | [`feed`] | the channels: a snapshot, then numbered deltas, in one ordered stream |
//! | [`replica`] | the other end of a feed: a client's copy that proves itself |
//!
//! What always holds: everything here is a function of the events alone (and of `now`, which only fills `sent_at`), so
//! a start that folds the whole journal again gives the same numbers to the same frames, however the events were
//! batched. The public feeds are made of [`protocol::PublicEvent`]s and nothing else. There is no clock here: the
//! caller gives the time.
//!
//! Left to others: who may see what (`gateway`), and every rule (`engine`). A fold that meets events which contradict
//! each other panics: a wrong view is worse than none, and the process should stop.

pub mod feed;
mod folder;
mod limits;
mod market_data;
mod memory;
pub mod replica;
mod state;
mod stream;
mod views;

pub use feed::{
    ends::{Receiver, Subscriber},
    pacer::Pacer,
};
pub use folder::Folder;
pub use limits::Limits;
pub use market_data::{Depth, new};
pub use state::{MarketData, PrivateText};
pub use stream::{Channel, Closed, Pace, Resume, Selection, Shard, SubscribeError, Wanted};
pub use views::{
    accounts::{self, Accounts, OrderState, OrderView},
    auction_log::{self, LotPage, SignedHead, Signer},
    depth,
    directory::{self, Directory, ListingText, Mandate},
    executions, frame, levels,
    markets::Against,
    records, tape, waits,
};
