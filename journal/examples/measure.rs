//! What an append costs on a real disk, beside a raw write + fdatasync of the same bytes to a zero-filled file in the
//! same run, and how fast a journal is replayed.
//!
//! `cargo run --profile dist -p zhiheng-journal --example measure [DIRECTORY]`; the directory must be on the disk to
//! measure and is emptied of what was written. The official figures come from `cargo xtask bench`.

use journal::{Batch, Journal, Options, RealDisk, encoded_bytes};
use protocol::{
    AccountId, Client, ClientId, Command, InstrumentId, Price, Quantity, Request, Seq, Side, Stamped, Timestamp,
    UserId,
    command::ClientKey,
    order::{OrderKind, PlaceOrder},
};
use std::{
    env, fs,
    os::unix::fs::FileExt as _,
    path::Path,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

fn order(seq: u64) -> Stamped<Request> {
    let command = Command::PlaceOrder(PlaceOrder {
        account: AccountId(seq as u32 % 1_024),
        instrument: InstrumentId(1),
        side: if seq & 1 == 0 { Side::Buy } else { Side::Sell },
        kind: OrderKind::Limit(Price::from_minor(100_000 + (seq % 500) as i64)),
        quantity: Quantity::from_units(1 + (seq % 100) as i64),
    });
    let key = ClientKey {
        id: u128::from(seq).to_le_bytes(),
        body: seq.to_le_bytes(),
    };
    let id = ClientId::new(&format!("{seq:032x}"));
    let client = Some(Client { key, id });
    Stamped {
        seq: Seq(seq),
        at: Timestamp(seq),
        body: Request {
            by: UserId(seq as u32 % 1_024),
            client,
            command,
        },
    }
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

fn print(name: &str, mut taken: Vec<Duration>) {
    taken.sort_unstable();
    let (p50, p99) = (percentile(&taken, 0.5), percentile(&taken, 0.99));
    println!("  {name:<28} p50 {p50:>10.1?}   p99 {p99:>10.1?}");
}

fn raw(path: &Path, bytes: usize, rounds: usize) -> Vec<Duration> {
    let file = fs::File::create(path).expect("a file");
    let zeros = vec![0; 1 << 20];
    let length = (bytes * rounds).next_multiple_of(zeros.len());
    (0..length)
        .step_by(zeros.len())
        .for_each(|at| file.write_all_at(&zeros, at as u64).expect("room"));
    file.sync_all().expect("a sync");
    let content = vec![7; bytes];
    let write = |round| {
        let start = Instant::now();
        file.write_all_at(&content, (round * bytes) as u64).expect("a write");
        file.sync_data().expect("a sync");
        start.elapsed()
    };
    let taken = (0..rounds).map(write).collect();
    fs::remove_file(path).expect("the file");
    taken
}

/// The time this thread has had a processor, where the system tells it.
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0))
}

fn main() {
    let place = env::args().nth(1).map_or_else(env::temp_dir, Into::into);
    let directory = place.join(format!("zhiheng-journal-measure-{}", std::process::id()));
    let options = Options::default();
    for (count, rounds) in [(1, 2_000), (64, 2_000), (1_024, 1_000), (8_192, 200)] {
        let (mut journal, _) = Journal::open(RealDisk::open(&directory).expect("a directory"), options, &mut |_| {
            Ok(())
        })
        .expect("a journal");
        let space = journal.space();
        let mut batch = Batch::new(&options);
        let mut taken = Vec::with_capacity(rounds);
        let (mut seq, mut bytes) = (0, 0);
        for _ in 0..rounds {
            for _ in 0..count {
                seq += 1;
                let order = order(seq);
                assert!(space.reserve_within(encoded_bytes(&order.body), PATIENCE), "no room");
                batch.push(&order).expect("it fits");
            }
            bytes = batch.bytes() as usize;
            let start = Instant::now();
            journal.append(&mut batch).expect("an append");
            taken.push(start.elapsed());
        }
        journal.close().expect("an end mark");
        println!("{count} orders a batch, {bytes} bytes:");
        print("append", taken);
        print("raw write + fdatasync", raw(&directory.join("raw"), bytes, rounds));

        let (start, start_on) = (Instant::now(), processor_time());
        let mut sum = 0;
        let replay = &mut |batch: journal::ReplayedBatch<'_>| {
            sum += batch.requests.iter().map(|request| request.seq.0).sum::<u64>();
            Ok(())
        };
        let (_, recovery) =
            Journal::open(RealDisk::open(&directory).expect("a directory"), options, replay).expect("a journal");
        let (taken, on) = (start.elapsed(), processor_time() - start_on);
        assert_eq!((recovery.requests, sum), (seq, seq * (seq + 1) / 2));
        let rate = |time: Duration| seq as f64 / time.as_secs_f64() / 1e6;
        println!(
            "  replay of {seq} orders in {taken:.1?}: {:.1} M/s, {:.1} M/s of processor time",
            rate(taken),
            rate(on)
        );
        fs::remove_dir_all(&directory).expect("the directory");
    }
}
