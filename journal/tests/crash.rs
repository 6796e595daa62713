//! Power cuts at every boundary: the client's own record is the judge.

mod support;

use journal::{Disk, DiskError, Faults, SimDisk, SimFile};
use support::{Ended, Random, Record, SMALL, times};

/// Runs of one seed: a crash at every call that changes the disk, in a session that opens, appends over several
/// segments and closes; then crashes while recovering; and at last a session without any. Returns how many crashes
/// there were, and what the judge had to say.
fn crash_everywhere<D: Disk>(seed: u64, faults: Faults, wrap: impl Fn(SimDisk) -> D) -> (u64, Vec<String>) {
    let mut crashes = 0;
    let mut verdicts = Vec::new();
    for boundary in 1.. {
        let mut random = Random(seed ^ (boundary << 32));
        let disk = SimDisk::new(
            random.next(),
            Faults {
                crash_at: Some(boundary),
                ..faults
            },
        );
        let (crashed, verdict) = one_life(&disk, &wrap, &mut Random(seed), &mut random, &mut crashes);
        verdicts.extend(
            verdict
                .err()
                .map(|verdict| format!("seed {seed}, boundary {boundary}: {verdict}")),
        );
        if !crashed {
            break;
        }
    }
    (crashes, verdicts)
}

/// `script` says what is appended, `random` what goes wrong. Whether the first crash came before the first session's
/// end.
fn one_life<D: Disk>(
    disk: &SimDisk,
    wrap: impl Fn(SimDisk) -> D,
    script: &mut Random,
    random: &mut Random,
    crashes: &mut u64,
) -> (bool, Result<(), String>) {
    let mut record = Record::default();
    let mut first = true;
    loop {
        let batches = if first { 8 + script.below(20) } else { script.below(12) };
        let ended = match record.session(wrap(disk.clone()), SMALL, script, batches as usize, random.below(3) > 0) {
            Ok(ended) => ended,
            Err(wrong) => return (true, Err(wrong)),
        };
        let crashed = !disk.has_power();
        *crashes += u64::from(crashed);
        match ended {
            Ended::Closed | Ended::Abandoned => {}
            Ended::NotOpened(_) | Ended::Stopped(_) if crashed => {}
            Ended::NotOpened(error) => return (true, Err(format!("refused after a crash: {error}"))),
            Ended::Stopped(error) => return (true, Err(format!("stopped without a fault: {error}"))),
        }
        if first && !crashed {
            return (false, Ok(()));
        }
        first = false;
        if !crashed {
            break;
        }
        // Sometimes only the process dies, and the power fails later.
        if random.one_in(4) {
            disk.kill();
        } else {
            disk.power_cut();
        }
        if random.one_in(2) {
            let soon = random.one_in(2);
            let crash_at = Some(1 + random.below(if soon { 8 } else { 60 }));
            let ignore_sync = disk.faults().ignore_sync;
            disk.set_faults(Faults {
                crash_at,
                ignore_sync,
                ..Faults::default()
            });
        }
    }
    // The last session went well: nothing of it may be missing after one more power cut.
    disk.power_cut();
    let verdict = match record.open(wrap(disk.clone()), SMALL) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(format!("refused at the end: {error}")),
        Err(wrong) => Err(wrong),
    };
    (true, verdict)
}

#[test]
fn nothing_acknowledged_is_lost_at_100_000_crash_points() {
    let mut crashes = 0;
    let mut seeds = 0;
    while crashes < times(100_000) {
        let (more, verdicts) = crash_everywhere(seeds, Faults::default(), |disk| disk);
        assert_eq!(verdicts, Vec::<String>::new());
        crashes += more;
        seeds += 1;
    }
    println!("{crashes} crash points in {seeds} seeds, nothing acknowledged lost");
}

#[test]
fn the_same_test_turns_red_without_sync() {
    let (mut crashes, mut lost) = (0, 0);
    for seed in 0..10 {
        let (more, verdicts) = crash_everywhere(
            seed,
            Faults {
                ignore_sync: true,
                ..Faults::default()
            },
            |disk| disk,
        );
        crashes += more;
        lost += verdicts
            .iter()
            .filter(|verdict| verdict.contains("lost acknowledged commands"))
            .count();
    }
    println!("without sync: {crashes} crash points, {lost} times acknowledged commands were lost");
    assert!(lost > 100, "only {lost} of {crashes} crash points lost something");
}

#[test]
fn the_same_test_turns_red_without_sync_of_the_directory() {
    let mut lost = 0;
    for seed in 0..10 {
        let (_, verdicts) = crash_everywhere(seed, Faults::default(), NoDirectorySync);
        lost += verdicts.len();
    }
    assert!(lost > 10, "only {lost}");
}

/// A disk whose directory is never synced.
#[derive(Debug)]
struct NoDirectorySync(SimDisk);

impl Disk for NoDirectorySync {
    type File = SimFile;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        self.0.list()
    }

    fn create(&self, name: &str) -> Result<SimFile, DiskError> {
        self.0.create(name)
    }

    fn open(&self, name: &str) -> Result<SimFile, DiskError> {
        self.0.open(name)
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.0.remove(name)
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        Ok(())
    }

    fn prepares_in_background(&self) -> bool {
        false
    }
}
