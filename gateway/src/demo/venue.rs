//! The exchange as the demo sees it: commands go in through the sequencer, and are waited for in the views.

use crate::{
    proof::{
        pin::PinError,
        signing::{self, KeyFileError},
    },
    server::{Ready, RunError},
};
use market_data::records::{Key, Kind, Told};
use protocol::{
    Command, Outcome, ProposalId, Receipt, Record, Reject, Request, Seq, UserId,
    control::{Approve, Encoded, Propose},
    wire::encode_alone,
};
use sequencer::{PendingAnswer, Refused};
use std::{
    io,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

/// More of anything than the demo has: one page of the directory.
pub(super) const PAGE: usize = 10_000;
/// How long the views may take to show a command.
const VIEWS_WAIT: Duration = Duration::from_secs(30);

/// Why the demo could not be prepared or seeded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file or folder cannot be used.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// Which venue a key signs for cannot be written.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The folder holds an exchange that is not the demo market, or one that cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The key of the demo's operator is gone.
    #[error("{0} is gone, and no other key rules this demo market; bring it back, or begin another one (--data-dir)")]
    OperatorKey(PathBuf),
    /// A command of the seeding was refused: the folder holds a market of another kind.
    #[error("the demo cannot be seeded into this folder: {what} was refused with {code}; choose another --data-dir")]
    Refused {
        /// The command.
        what: &'static str,
        /// The code of the refusal.
        code: &'static str,
    },
    /// The views did not follow.
    #[error("the views do not follow the journal")]
    Views,
}

/// The plan of a demo: what it needs beside the server.
pub struct Plan {
    pub(super) data_dir: PathBuf,
    pub(super) operator: signing::Key,
    /// Orders a second of the quoting bots; 0: none, and no auctions.
    pub(super) bots: u32,
}

/// Why a command of the demo did not come through.
pub(super) enum Failure {
    Stopping,
    Demo(DemoError),
}

impl<E: Into<DemoError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Demo(error.into())
    }
}

/// The exchange as the demo sees it.
pub(super) struct Venue<'a> {
    pub(super) ready: &'a Ready,
}

impl Venue<'_> {
    /// Gives a command, and waits for its durable answer; `Err` inside for a reject. What takes two people is proposed by
    /// this one, and approved by another of its house.
    pub(super) fn ask(&self, by: UserId, command: &Command) -> Result<Result<(Seq, Receipt), Reject>, Failure> {
        match self.ask_alone(by, command)? {
            Err(Reject::TwoPeopleNeeded) => self.ask_together(by, command),
            answer => Ok(answer),
        }
    }

    fn ask_together(&self, by: UserId, command: &Command) -> Result<Result<(Seq, Receipt), Reject>, Failure> {
        let Some(second) = self.second_of(by) else {
            return Ok(Err(Reject::TwoPeopleNeeded));
        };
        let encoded = Encoded(encode_alone(command));
        let proposal = match self.ask_alone(by, &Command::Propose(Box::new(Propose { encoded })))? {
            Ok((seq, _)) => ProposalId::from(seq),
            Err(reject) => return Ok(Err(reject)),
        };
        let approved = self.ask_alone(second, &Command::Approve(Approve { proposal }))?;
        if let Ok((seq, _)) = approved {
            self.wait_for(seq)?;
        }
        Ok(match self.failed(proposal) {
            Some(reject) => Err(reject),
            None => approved,
        })
    }

    /// Who else decides for this user's house.
    fn second_of(&self, by: UserId) -> Option<UserId> {
        let directory = self.ready.market.directory();
        let first = directory.user(by)?;
        let others = directory.users(None, PAGE).into_iter();
        let mut others = others.filter(|other| other.entity == first.entity && other.id != by);
        others
            .find(|other| other.roles.has_any(first.roles))
            .map(|other| other.id)
    }

    /// The rule that a proposal broke when it was approved.
    fn failed(&self, proposal: ProposalId) -> Option<Reject> {
        let records = self.ready.market.records();
        let code = match &records.get(Key::new(Kind::Proposal, proposal.0))?.told {
            Told::Record(Record::Proposal(proposal)) => proposal.failed.clone()?,
            _ => return None,
        };
        Reject::ALL
            .iter()
            .copied()
            .find(|reject| reject.code() == code.as_str())
    }

    fn ask_alone(&self, by: UserId, command: &Command) -> Result<Result<(Seq, Receipt), Reject>, Failure> {
        let answer = self.give(by, command)?.wait().map_err(|_| Failure::Stopping)?;
        Ok(match answer.outcome {
            Outcome::Done(receipt) => Ok((answer.seq, receipt)),
            Outcome::Rejected(reject) => Err(reject),
        })
    }

    /// Gives a command as soon as the venue takes it. A full disk may have room again; the demo has time.
    pub(super) fn give(&self, by: UserId, command: &Command) -> Result<PendingAnswer, Failure> {
        loop {
            match self.offer(by, command)? {
                Some(pending) => return Ok(pending),
                None => thread::sleep(Duration::from_secs(1)),
            }
        }
    }

    /// Gives a command as soon as the venue takes it; none where the disk is full.
    pub(super) fn offer(&self, by: UserId, command: &Command) -> Result<Option<PendingAnswer>, Failure> {
        let handle = &self.ready.handle;
        loop {
            let request = Request {
                by,
                client: None,
                command: command.clone(),
            };
            match handle.submit(request, handle.now()) {
                Ok(pending) => return Ok(Some(pending)),
                Err(Refused::Busy { retry_after_ms }) => thread::sleep(Duration::from_millis(retry_after_ms.into())),
                Err(Refused::StorageFull) => return Ok(None),
                Err(Refused::TooLarge) => unreachable!("the demo's commands are small"),
                Err(Refused::Stopping) => return Err(Failure::Stopping),
            }
        }
    }

    /// Gives a command that must be done, and waits until the views show it.
    pub(super) fn must(&self, by: UserId, what: &'static str, command: Command) -> Result<Receipt, Failure> {
        match self.ask(by, &command)? {
            Ok((seq, receipt)) => {
                self.wait_for(seq)?;
                Ok(receipt)
            }
            Err(reject) => Err(DemoError::Refused {
                what,
                code: reject.code(),
            }
            .into()),
        }
    }

    pub(super) fn wait_for(&self, seq: Seq) -> Result<(), DemoError> {
        let began = Instant::now();
        while self.ready.market.applied() < seq {
            if began.elapsed() > VIEWS_WAIT {
                return Err(DemoError::Views);
            }
            thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }
}
