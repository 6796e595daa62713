//! What is kept: the whole state of the venue, each room's part in its own type.
//!
//! Invariant: the order of the fields is the order of the image (`exchange/snapshot.rs`); nothing else of the state is
//! kept anywhere.

use crate::{
    auction::lot::Lots,
    book::{Book, FastBook, Orders},
    house::state::{Border, Control},
    kit::{answers::Answers, deadlines::Deadlines},
    licences::state::Licensing,
    money::{clearing::OrderTerms, escrows::Escrows, ledger::Ledger},
    register::{
        disposals::Disposals,
        pledges::Pledging,
        right::{Titles, Valuations},
        state::Register,
    },
    risk::{diligence::Diligence, state::Pools, subsidy::Subsidies},
    sales::sale::Sales,
    units::state::Units,
};
use alloc::vec::Vec;
use protocol::{Seq, Timestamp, rules::Epoch};

/// The deterministic core: the same commands give the same events, answers and state, on every machine.
#[derive(Clone, Debug)]
pub struct Exchange<B: Book = FastBook> {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    /// The rules that were in force, the last ones now. An order names its own by position.
    pub(crate) epochs: Vec<Epoch>,
    pub(crate) register: Register,
    pub(crate) ledger: Ledger,
    /// What deals hold.
    pub(crate) escrows: Escrows,
    pub(crate) control: Control,
    pub(crate) titles: Titles,
    pub(crate) valuations: Valuations,
    pub(crate) licensing: Licensing,
    pub(crate) units: Units,
    pub(crate) sales: Sales,
    pub(crate) lots: Lots,
    pub(crate) border: Border,
    pub(crate) pledging: Pledging,
    pub(crate) disposals: Disposals,
    pub(crate) pools: Pools,
    pub(crate) subsidies: Subsidies,
    pub(crate) diligence: Diligence,
    pub(crate) answers: Answers,
    pub(crate) deadlines: Deadlines,
    pub(crate) trades: u64,
    pub(crate) orders: Orders<OrderTerms>,
    /// The books, by instrument.
    pub(crate) books: Vec<B>,
    pub(crate) pool: B::Pool,
}

impl<B: Book> Default for Exchange<B> {
    fn default() -> Self {
        Self {
            seq: Seq::default(),
            at: Timestamp::default(),
            epochs: Vec::new(),
            register: Register::default(),
            ledger: Ledger::default(),
            escrows: Escrows::default(),
            control: Control::default(),
            titles: Titles::default(),
            valuations: Valuations::default(),
            licensing: Licensing::default(),
            units: Units::default(),
            sales: Sales::default(),
            lots: Lots::default(),
            border: Border::default(),
            pledging: Pledging::default(),
            disposals: Disposals::default(),
            pools: Pools::default(),
            subsidies: Subsidies::default(),
            diligence: Diligence::default(),
            answers: Answers::default(),
            deadlines: Deadlines::default(),
            trades: 0,
            orders: Orders::default(),
            books: Vec::new(),
            pool: B::Pool::default(),
        }
    }
}
