//! The durable ordered log.
