//! A panic of the core on a bidder's request, without its words: they may hold what the bidder asked, and a panic
//! prints them.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::Once,
};

thread_local! {
    /// Whether this thread is at a bidder's request.
    static SECRET: Cell<bool> = const { Cell::new(false) };
    /// Where its last panic was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Does what is asked. A panic comes back as the place where it was, and that is all that is printed of it.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(hook);
    SECRET.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    SECRET.set(false);
    done.map_err(|_| format!("at {}, on a bidder's request", PLACE.take()))
}

/// Puts itself before the hook that is there.
fn hook() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !SECRET.get() {
            return before(info);
        }
        let place = info
            .location()
            .map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        eprintln!("the core panicked at {place}, on a bidder's request: its words are withheld");
        PLACE.set(place);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_on_a_bidders_request_tells_where_and_not_what() {
        let told = catch(|| -> () { panic!("the maximum 1234567") }).unwrap_err();
        assert!(told.contains("secret_panic.rs") && !told.contains("1234567"), "{told}");
        assert_eq!(catch(|| 7), Ok(7));
        assert!(!SECRET.get());
    }
}
