//! The demo's people, of whom anybody may be any by a click. A real exchange has none.

use protocol::UserId;

/// Somebody of the demo.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// The name in the demo, as of its key file.
    pub name: &'static str,
    /// The user.
    pub user: UserId,
}
