//! The history, as handlers ask it: not before it is confirmed to be the journal's, and never on a thread of the runtime.

use crate::server::said::problem::{Fault, Problem};
use history::{Error, History, Options, Standing, State};
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::sleep};

/// How long it takes to try again, in milliseconds.
const RETRY_MS: u64 = 1_000;
/// How often it is looked whether history shows what somebody waits for: half of what a transaction takes to fill.
const LOOK: Duration = Duration::from_millis(5);

/// The reading end, once there is one.
#[derive(Debug)]
pub(crate) struct Past {
    history: OnceLock<History>,
    /// As many ask at once as there are connections: who comes then waits without a thread.
    askers: Semaphore,
}

impl Past {
    pub(crate) fn new() -> Self {
        Self {
            history: OnceLock::new(),
            askers: Semaphore::new(Options::default().readers),
        }
    }

    /// It can be asked from here on, as far as it is confirmed.
    pub(crate) fn opened(&self, history: History) {
        // A second opening is none.
        let _ = self.history.set(history);
    }

    /// How it stands; nothing before it was opened.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.history.get().map(History::state)
    }

    /// What it says; where somebody waits that long at most for what the views show, once it shows that.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        wait: Option<Duration>,
        query: impl FnOnce(&History) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let history = self.history.get().ok_or_else(starting)?;
        if let Some(wait) = wait {
            shown_by(history, wait).await?;
        }
        // Nobody closes it.
        let asking = self.askers.acquire().await.map_err(|_| starting())?;
        let history = history.clone();
        let answer = spawn_blocking(move || query(&history)).await;
        drop(asking);
        match answer.map_err(|_| Fault::Internal)? {
            Ok(answer) => Ok(answer),
            Err(Error::Starting) => Err(starting()),
            Err(error) => {
                tracing::error!(%error, "history can't be read");
                Err(unavailable())
            }
        }
    }
}

fn starting() -> Problem {
    Problem::from(Fault::HistoryStarting).retry_after(RETRY_MS)
}

fn unavailable() -> Problem {
    Problem::from(Fault::HistoryUnavailable).retry_after(60 * RETRY_MS)
}

/// Waits until history shows what the views show. What they show it was given before.
async fn shown_by(history: &History, at_most: Duration) -> Result<(), Problem> {
    let (since, given) = (Instant::now(), history.state().taken);
    loop {
        let Standing { state, kept, .. } = history.state();
        match state {
            State::Confirming => return Err(starting()),
            _ if kept >= given => return Ok(()),
            State::Stopped(_) => return Err(unavailable()),
            State::Writing | State::DiskRefuses => {}
        }
        if since.elapsed() >= at_most {
            let behind = Problem::from(Fault::ViewBehind).at_field("min_seq");
            return Err(behind.retry_after(RETRY_MS));
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{
        AccountId, Committed, Currency, EntityId, Event, Money, PrivateEvent, Seq, Stamped, Timestamp,
        account::CashMove, text::Reference,
    };

    fn cash() -> Committed {
        let moved = CashMove {
            account: AccountId(1),
            currency: Currency::Cny,
            amount: Money::from_minor(5),
            reference: Reference::new("bank").unwrap(),
        };
        Committed {
            events: vec![Stamped {
                seq: Seq(1),
                at: Timestamp(1),
                body: Event::Private(EntityId(1), PrivateEvent::CashReceived(Box::new(moved))),
            }],
            ..Committed::default()
        }
    }

    #[tokio::test]
    async fn nobody_reads_before_the_file_is_confirmed_and_who_waits_is_told_why() {
        let code = |answer: Result<usize, Problem>| answer.map_err(|problem| problem.code());
        let lines = |history: &History| {
            let page = history.cash(AccountId(1), Currency::Cny, &history::Window::default())?;
            Ok(page.entries.len())
        };
        let wait = Some(Duration::from_secs(60));
        let past = Past::new();
        assert_eq!(code(past.ask(None, lines).await), Err("HISTORY_STARTING"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history.sqlite");
        let (mut keeper, history) = history::open(&file, Options::default()).unwrap();
        past.opened(history);
        keeper.take(&cash());
        assert_eq!(code(past.ask(wait, lines).await), Ok(1));
        keeper.close();

        let past = Past::new();
        let (mut keeper, history) = history::open(&file, Options::default()).unwrap();
        past.opened(history);
        // It waits for the replay, and nobody waits for it.
        assert_eq!(code(past.ask(None, lines).await), Err("HISTORY_STARTING"));
        assert_eq!(code(past.ask(wait, lines).await), Err("HISTORY_STARTING"));
        assert_eq!(past.standing().map(|standing| standing.state), Some(State::Confirming));
        keeper.take(&cash());
        keeper.replayed();
        while code(past.ask(None, lines).await) == Err("HISTORY_STARTING") {
            sleep(LOOK).await;
        }
        assert_eq!(code(past.ask(wait, lines).await), Ok(1));
    }
}
