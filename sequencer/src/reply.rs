//! A value that one thread hands to one waiter, who may be a task or a blocked thread. The cells are used again, so
//! that a command costs no allocation once the venue is warm.
//!
//! A [`Promise`] that is dropped without a value tells its waiter so: nobody waits for ever.

use crossbeam::queue::ArrayQueue;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
};

/// The side that waits. A future, or [`Waiting::wait`] for a thread.
pub(crate) struct Waiting<T: Send>(Option<Arc<Cell<T>>>);

/// The side that gives the value, at most once.
pub(crate) struct Promise<T: Send>(Option<Arc<Cell<T>>>);

/// The promise was dropped without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dropped;

/// Cells for later use; cheap to clone.
pub(crate) struct Cells<T: Send>(Arc<ArrayQueue<Arc<Cell<T>>>>);

struct Cell<T: Send> {
    state: Mutex<State<T>>,
    /// How many of the two sides still hold it. The last one gives it back.
    sides: AtomicU8,
    home: Weak<ArrayQueue<Arc<Cell<T>>>>,
}

enum State<T> {
    /// No value yet, and perhaps someone to wake.
    Open(Option<Waker>),
    Given(T),
    Dropped,
    /// The value was taken.
    Taken,
}

impl<T: Send> Clone for Cells<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send> Cells<T> {
    /// Keeps up to `kept` cells for later use.
    pub(crate) fn new(kept: usize) -> Self {
        Self(Arc::new(ArrayQueue::new(kept.max(1))))
    }

    /// A promise and the one who waits for it.
    pub(crate) fn pair(&self) -> (Promise<T>, Waiting<T>) {
        let cell = match self.0.pop() {
            Some(cell) => {
                *cell.lock() = State::Open(None);
                cell.sides.store(2, Ordering::Relaxed);
                cell
            }
            None => Arc::new(Cell {
                state: Mutex::new(State::Open(None)),
                sides: AtomicU8::new(2),
                home: Arc::downgrade(&self.0),
            }),
        };
        (Promise(Some(Arc::clone(&cell))), Waiting(Some(cell)))
    }
}

impl<T: Send> Cell<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of ours panics under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, settled: State<T>) {
        let before = std::mem::replace(&mut *self.lock(), settled);
        if let State::Open(Some(waker)) = before {
            waker.wake();
        }
    }

    fn release(self: Arc<Self>) {
        if self.sides.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(home) = self.home.upgrade()
        {
            // A full store lets the cell go.
            let _ = home.push(self);
        }
    }
}

impl<T: Send> Promise<T> {
    /// Gives the value and wakes the waiter.
    pub(crate) fn give(mut self, value: T) {
        if let Some(cell) = self.0.take() {
            cell.settle(State::Given(value));
            cell.release();
        }
    }
}

impl<T: Send> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            cell.settle(State::Dropped);
            cell.release();
        }
    }
}

impl<T: Send> Waiting<T> {
    /// Blocks the thread until the value is there.
    pub(crate) fn wait(mut self) -> Result<T, Dropped> {
        thread_local! {
            static WAKER: Waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        }
        WAKER.with(|waker| {
            let mut context = Context::from_waker(waker);
            loop {
                if let Poll::Ready(result) = Pin::new(&mut self).poll(&mut context) {
                    return result;
                }
                std::thread::park();
            }
        })
    }
}

impl<T: Send> Future for Waiting<T> {
    type Output = Result<T, Dropped>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let cell = self.0.as_ref().expect("held until dropped");
        let mut state = cell.lock();
        match &mut *state {
            State::Open(Some(waker)) if waker.will_wake(context.waker()) => Poll::Pending,
            State::Open(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            State::Given(_) => match std::mem::replace(&mut *state, State::Taken) {
                State::Given(value) => Poll::Ready(Ok(value)),
                _ => unreachable!("just matched"),
            },
            State::Dropped => Poll::Ready(Err(Dropped)),
            State::Taken => panic!("polled after it was ready"),
        }
    }
}

impl<T: Send> Drop for Waiting<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            cell.release();
        }
    }
}

impl<T: Send> fmt::Debug for Waiting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting")
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_value_reaches_a_thread_that_waits_before_or_after() {
        let cells = Cells::new(4);
        let (promise, waiting) = cells.pair();
        promise.give(7);
        assert_eq!(waiting.wait(), Ok(7));
        let (promise, waiting) = cells.pair();
        let waiter = thread::spawn(move || waiting.wait());
        thread::sleep(std::time::Duration::from_millis(5));
        promise.give(8);
        assert_eq!(waiter.join().unwrap(), Ok(8));
    }

    #[test]
    fn a_dropped_promise_is_told() {
        let (promise, waiting) = Cells::<u8>::new(1).pair();
        drop(promise);
        assert_eq!(waiting.wait(), Err(Dropped));
    }

    #[test]
    fn cells_are_used_again_and_never_carry_an_old_value() {
        let cells = Cells::new(2);
        for round in 0..1_000 {
            let (promise, waiting) = cells.pair();
            if round % 3 == 0 {
                drop(waiting);
                promise.give(round);
            } else {
                promise.give(round);
                assert_eq!(waiting.wait(), Ok(round));
            }
        }
        assert_eq!(cells.0.len(), 1);
    }

    #[test]
    fn many_threads_get_their_own_values() {
        let cells = Cells::new(8);
        let (sender, receiver) = crossbeam::channel::unbounded::<(u64, Promise<u64>)>();
        let giver = thread::spawn(move || receiver.iter().for_each(|(value, promise)| promise.give(value)));
        let askers: Vec<_> = (0..4u64)
            .map(|asker| {
                let (cells, sender) = (cells.clone(), sender.clone());
                thread::spawn(move || {
                    for value in (0..2_000).map(|n| n << 8 | asker) {
                        let (promise, waiting) = cells.pair();
                        sender.send((value, promise)).unwrap();
                        assert_eq!(waiting.wait(), Ok(value));
                    }
                })
            })
            .collect();
        drop(sender);
        askers.into_iter().for_each(|asker| asker.join().unwrap());
        giver.join().unwrap();
    }
}
