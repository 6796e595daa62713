//! Zhiheng.

fn main() {}
