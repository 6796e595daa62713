//! History: what became of everything, for years, in an embedded database.
//!
//! Orders with their fate, fills, statements of cash and units, prints, candles and every version of a record are
//! folded from the events that the core has made durable, and can be asked a restart and a million orders later. The
//! core and the live views never wait for it: what comes faster than it writes waits in memory and then on the disk.
//!
//! What always holds: the file follows from what is open alone. An event that is sealed to a bidder reaches neither the
//! database nor its log nor the spool before its lot is closed (`border`), and no number in the file counts commands
//! or hidden events. The file is a whole prefix of what was told, at the end of a command, and is made anew from the
//! journal where it is not.
//!
//! Who asks, and whose account it is, are the gateway's business.

mod audience;
mod border;
mod error;
mod fact;
mod fold;
mod keeper;
mod model;
mod name;
mod options;
mod queue;
mod read;
mod rows;
mod spool;
mod sql;
mod state;
mod store;
mod writer;

pub use error::Error;
pub use keeper::{Keeper, open};
pub use model::{
    Balance, Cause, Change, Changed, Day, Fill, Kind, Moved, Movement, Name, Order, OrderState, Print, Reader, Sum,
    Told, Version,
};
pub use options::Options;
pub use protocol::candle::{Candle, Resolution};
pub use read::{
    History,
    orders::{Asked, Owner, Status},
    page::{Cursor, LIMIT_MAX, Page, Window},
};
pub use state::{Standing, State, Stopped};
