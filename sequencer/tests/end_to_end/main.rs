//! The sequencer from its inbox to the disk and back.

mod durability;
mod inbox;
mod load;
mod restart;
mod secrecy;
mod support;
mod ticks;
