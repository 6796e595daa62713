//! The way of a command beyond the books, each part beside what it can't outrun on the same machine in the same run:
//! the replay beside the engine alone, sequencer and journal beside the bare disk, an order over a WebSocket beside a
//! bare echo and beside one sync, orders before an audience beside orders before none; and an order while others flood
//! the venue beside one in the calm.
//!
//! Everything here is the real thing on a real folder beside this program; what is left out is the network.

mod audience;
mod disk;
mod flood;
mod replay;
mod row;
mod sequencer;
mod socket;
mod venue;

use crate::{
    engines,
    workload::{W1, Workload},
};
pub(crate) use row::grouped;
pub use row::{Measured, Row, Size, head};

/// Takes all of it, and hands each row out as soon as it is known.
pub fn run(size: Size, print: &mut dyn FnMut(&Row)) -> anyhow::Result<()> {
    let workload = match size.short {
        None => Workload::generate(W1),
        Some((preload, commands)) => Workload::short(preload, commands),
    };
    let requests = engines::requests(&workload);
    let name = format!("{} as {} requests", workload.spec.name, grouped(requests.len()));
    let alone = replay::alone(&requests, size.rounds);
    print(&replay::row(&name, &requests, &alone, size.rounds)?);
    print(&sequencer::row(&name, &requests, &alone, size.rounds)?);
    drop(requests);
    socket::rows(size)?.iter().for_each(&mut *print);
    print(&flood::row(size)?);
    audience(size, print)
}

/// Takes the rows of orders before an audience alone.
pub fn audience(size: Size, print: &mut dyn FnMut(&Row)) -> anyhow::Result<()> {
    audience::rows(size)?.iter().for_each(print);
    Ok(())
}

/// Takes the row of the flood alone.
pub fn flood(size: Size) -> anyhow::Result<Row> {
    flood::row(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken() {
        let size = Size {
            short: Some((100, 300)),
            rounds: 1,
            orders: 20,
            followers: 20,
        };
        let mut rows = Vec::new();
        run(size, &mut |row| rows.push(row.clone())).unwrap();
        let [replay, sequencer, echo, sync, flood, audience, delay] = &rows[..] else {
            panic!("{rows:?}");
        };
        for row in &rows {
            assert!(row.ratio().is_finite() && row.ratio() > 0.0, "{row}");
            assert_eq!(
                row.to_string().matches('|').count(),
                head().lines().next().unwrap().matches('|').count()
            );
        }
        assert!(matches!(replay.measured, Measured::Rate(_)), "{replay}");
        assert!(matches!(sequencer.measured, Measured::Rate(_)), "{sequencer}");
        assert!(echo.what.contains("WebSocket") && sync.beside.contains("fdatasync"));
        assert!(audience.what.contains("followers") && delay.beside.contains("pacing"));
        assert!(flood.what.contains("floods") && flood.beside.contains("nobody"));
        // Both are held against the same orders.
        assert_eq!(echo.measured.figure(), sync.measured.figure());
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            ["1", "12", "123", "1,234", "1,234,567"].map(str::to_owned),
            [1, 12, 123, 1_234, 1_234_567].map(grouped)
        );
    }
}
