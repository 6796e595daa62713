//! The one writer: inbox → stamp → engine → journal → publish.
//!
//! Commands come in through a [`Handle`] from any thread, get their place and time, are applied by the engine on one
//! thread and made durable by the journal on another, batch by batch. Nothing leaves before it is durable: no answer
//! and no event. What leaves goes to the waiting client and, through [`views`], to the read models.
//!
//! What always holds: one order of everything, `seq` without a gap from 1, `at` never running backwards; no deadline
//! fires before what arrived before it; after an error of the journal or a panic of the engine nothing more is
//! acknowledged, and [`Ended`] says why.
//!
//! What a bidder asks is closed before it is handed to the journal ([`Sealing`]) and opened when it is read back.
//!
//! What it leaves to others: who may send what (the gateway and the engine), what a command does (the engine), and how
//! bytes get on the disk (the journal).

mod arrivals;
mod clock;
mod config;
mod due;
mod engine_thread;
mod evidence;
mod full_disk;
mod handle;
mod hash;
mod inbox;
mod interruption;
mod journal_thread;
pub mod offline;
mod pulse;
mod queue;
mod recovery;
mod replica;
mod reply;
mod run;
mod running;
mod sealing;
mod secret_panic;
mod views;

pub use arrivals::Underway;
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, Fatal, StartError};
pub use engine::previews;
pub use evidence::{Doubt, Known, Mark, Missed};
pub use handle::{Handle, PendingAnswer, Refused, Status, Stopped};
pub use journal::{Disk, Options as JournalOptions, RealDisk, SimDisk};
pub use recovery::RecoveryReport;
pub use replica::{BookKind, Replica};
pub use run::{start, start_in};
pub use running::{CaughtUp, Ended, Running};
pub use sealing::{SealError, SealKey, Sealing};
pub use views::{Delivery, Publisher, Subscriber, views};
