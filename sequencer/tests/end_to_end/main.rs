//! The sequencer from its inbox to the disk and back.

mod durability;
mod evidence;
mod fair_close;
mod inbox;
mod load;
mod lots;
mod outages;
mod restart;
mod secrecy;
mod standstill;
mod storm;
mod support;
mod ticks;
