//! The sequencer from its inbox to the disk and back.

mod durability;
mod inbox;
mod load;
mod restart;
mod support;
mod ticks;
