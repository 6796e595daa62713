//! The deterministic core.
#![no_std]
extern crate alloc;
