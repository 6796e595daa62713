//! Progress of long work: a bar on a terminal, nothing anywhere else.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal as _};

/// A bar over `total` steps.
pub(super) fn bar(total: u64, what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}");
    ProgressBar::new(total)
        .with_style(style.expect("the template is fixed"))
        .with_message(what)
}

/// A count of what has no known end.
pub(super) fn count(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({per_sec})");
    ProgressBar::new_spinner()
        .with_style(style.expect("the template is fixed"))
        .with_message(what)
}
