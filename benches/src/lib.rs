//! The reference workloads, and the engines they are run on.
