//! A disk in memory that does what disks do at their worst, and the same again for the same seed.
//!
//! Always true: a read sees what was written last (the page cache); what survives [`SimDisk::power_cut`] is what was
//! synced, with any subset of the 512-byte sectors written since. After a failed sync the cache still shows what was
//! written, and no later sync makes it durable (fsyncgate). Names are durable after a sync of the directory; one that a
//! failed sync lost is so only once it was created, or removed, again.
//!
//! Tests of every crate use it; it is deterministic as long as one thread does.

use crate::{
    disk::{CUT, Disk, DiskError, DiskFile, REMOVED, REPLACED},
    format::SECTOR,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

/// What goes wrong on a [`SimDisk`]. Counters start at 1, and again with [`SimDisk::set_faults`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The power fails in the middle of the call of this number, of those that change the disk.
    pub crash_at: Option<u64>,
    /// The call of this number, of all, fails so.
    pub fail_at: Option<(u64, Failure)>,
    /// The write of this number goes wrong on its way from the cache to the disk, unnoticed until the cache is gone.
    pub mishap_at: Option<(u64, Mishap)>,
    /// Syncs say yes and do nothing: what a build without sync does.
    pub ignore_sync: bool,
    /// How many bytes all files together may have; more is ENOSPC.
    pub capacity: Option<u64>,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The call fails with EIO. A write has reached any of its sectors; a sync has made any of them durable, the others
    /// never will be.
    InputOutput,
    /// The call fails with ENOSPC, with the same consequences.
    NoSpace,
    /// A read or write takes fewer bytes than it was given, one at least; other calls are not affected.
    Short,
}

/// What becomes of a write between cache and disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The write never arrives.
    Lost,
    /// Some sectors of the write never arrive, so that older bytes stay there.
    Stale,
    /// The write arrives elsewhere: in any file at any sector.
    Misdirected,
}

/// A seeded disk in memory. A clone is another handle on the same disk.
#[derive(Clone, Debug)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

/// An open file of a [`SimDisk`]. It is of no use after a power cut.
#[derive(Debug)]
pub struct SimFile {
    state: Arc<Mutex<State>>,
    name: String,
    inode: usize,
    boot: u64,
    claim: OnceLock<Arc<()>>,
}

#[derive(Clone, Debug)]
struct State {
    random: Random,
    faults: Faults,
    calls: u64,
    changes: u64,
    writes: u64,
    power: bool,
    /// How often the power came back.
    boot: u64,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Changed, and lost by a failed sync of the directory, which shows them all the same.
    lost_names: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    cache: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors written and not synced, in order.
    dirty: Vec<Dirty>,
    /// Held by the open file that claimed it.
    claimed: Weak<()>,
}

#[derive(Clone, Debug)]
struct Dirty {
    sector: usize,
    bytes: [u8; SECTOR],
    fate: Fate,
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    /// Arrives at this inode and sector.
    Elsewhere(usize, usize),
}

/// SplitMix64.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`, which is above 0.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }

    /// Which of `n` things survive: none, all, any, the first, the last, all but one, or only one of them.
    fn survivors(&mut self, n: usize) -> impl FnMut(usize) -> bool + use<> {
        let way = if n == 0 { 0 } else { self.below(7) };
        let pivot = if n == 0 { 0 } else { self.below(n) };
        let mut coins = Self(self.next());
        move |i| match way {
            0 => false,
            1 => true,
            2 => coins.coin(),
            3 => i < pivot,
            4 => i >= pivot,
            5 => i != pivot,
            _ => i == pivot,
        }
    }
}

impl SimDisk {
    /// An empty disk.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                random: Random(seed),
                faults,
                calls: 0,
                changes: 0,
                writes: 0,
                power: true,
                boot: 0,
                inodes: Vec::new(),
                names: BTreeMap::new(),
                durable_names: BTreeMap::new(),
                lost_names: BTreeSet::new(),
            })),
        }
    }

    /// A disk of its own with the same content, faults and future.
    pub fn fork(&self) -> Self {
        let mut state = self.state().clone();
        state.release();
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Sets other faults from here on; calls are counted from 1 again.
    pub fn set_faults(&self, faults: Faults) {
        let mut state = self.state();
        state.faults = faults;
        state.calls = 0;
        state.changes = 0;
        state.writes = 0;
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        self.state().faults
    }

    /// Sets another seed from here on.
    pub fn reseed(&self, seed: u64) {
        self.state().random = Random(seed);
    }

    /// Sets another capacity from here on.
    pub fn set_capacity(&self, capacity: Option<u64>) {
        self.state().faults.capacity = capacity;
    }

    /// How many calls there were since the faults were set.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// How many of these calls change the disk: creations, removals, writes and syncs.
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// How many of these calls are writes.
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Whether the power is on: it fails at [`Faults::crash_at`].
    pub fn has_power(&self) -> bool {
        self.state().power
    }

    /// Cuts the power (if it is not off already) and restores it, without further faults but the capacity and syncs
    /// that do nothing. Of what was not synced, a seeded subset survives.
    pub fn power_cut(&self) {
        let mut state = self.state();
        let changed = state.changed_names();
        let mut survives = state.random.survivors(changed.len());
        for (i, name) in changed.into_iter().enumerate() {
            if survives(i) {
                state.keep_name(name);
            }
        }
        let State {
            random,
            inodes,
            names,
            durable_names,
            lost_names,
            ..
        } = &mut *state;
        names.clone_from(durable_names);
        lost_names.clear();
        for at in 0..inodes.len() {
            let inode = &mut inodes[at];
            if inode.cache.len() > inode.durable.len() {
                let length = match random.below(3) {
                    0 => inode.durable.len(),
                    1 => inode.cache.len(),
                    _ => inode.durable.len() + random.below(inode.cache.len() - inode.durable.len()),
                };
                inode.durable.resize(length, 0);
            }
            let dirty = std::mem::take(&mut inode.dirty);
            let mut survives = random.survivors(dirty.len());
            for (i, sector) in dirty.into_iter().enumerate() {
                if survives(i) {
                    arrive(inodes, at, &sector);
                }
            }
        }
        for inode in inodes {
            inode.cache.clone_from(&inode.durable);
            inode.dirty.clear();
        }
        state.restart();
    }

    /// Ends the process (its files are of no use any more) and leaves the machine running: the page cache survives,
    /// what was not synced is as unsynced as before. Only what a failed sync left in the cache as if it were clean may
    /// be dropped from it, any part of it, and then the disk's older bytes show again; names that a failed sync lost
    /// are as on the disk. Faults as after [`Self::power_cut`].
    pub fn kill(&self) {
        let mut state = self.state();
        for name in std::mem::take(&mut state.lost_names) {
            match state.durable_names.get(&name).copied() {
                Some(inode) => state.names.insert(name, inode),
                None => state.names.remove(&name),
            };
        }
        let State { random, inodes, .. } = &mut *state;
        for inode in inodes {
            let clean = |sector: &usize| {
                let bytes = sector * SECTOR..(sector + 1) * SECTOR;
                inode
                    .durable
                    .get(bytes.clone())
                    .is_some_and(|durable| inode.cache.get(bytes) != Some(durable))
                    && inode.dirty.iter().all(|dirty| dirty.sector != *sector)
            };
            let phantoms: Vec<usize> = (0..inode.cache.len() / SECTOR).filter(clean).collect();
            let mut dropped = random.survivors(phantoms.len());
            for (i, sector) in phantoms.into_iter().enumerate() {
                if dropped(i) {
                    let bytes = sector * SECTOR..(sector + 1) * SECTOR;
                    inode.cache[bytes.clone()].copy_from_slice(&inode.durable[bytes]);
                }
            }
        }
        state.restart();
    }

    /// The bytes of a file, as a read would see them.
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(name).map(|&inode| state.inodes[inode].cache.clone())
    }

    /// Gives a file other bytes, durably, behind everyone's back; creates it if there is none.
    pub fn replace(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        let inode = state.inodes.len();
        state.inodes.push(Inode {
            cache: bytes.clone(),
            durable: bytes,
            dirty: Vec::new(),
            claimed: Weak::new(),
        });
        state.names.insert(name.to_owned(), inode);
        state.durable_names.insert(name.to_owned(), inode);
        state.lost_names.remove(name);
    }

    /// Takes a file away, durably, behind everyone's back. `false` if there is none.
    pub fn take_away(&self, name: &str) -> bool {
        let mut state = self.state();
        state.durable_names.remove(name);
        state.lost_names.remove(name);
        state.names.remove(name).is_some()
    }

    /// Writes other bytes over a file, durably, behind the back of whoever has it open. `false` if there is none.
    pub fn overwrite(&self, name: &str, bytes: &[u8]) -> bool {
        let mut state = self.state();
        let Some(&inode) = state.names.get(name) else {
            return false;
        };
        let inode = &mut state.inodes[inode];
        inode.cache = bytes.to_vec();
        inode.durable = bytes.to_vec();
        inode.dirty.clear();
        true
    }

    /// Flips one bit of a file, on the disk and in the cache. `false` if there is no such byte.
    pub fn flip_bit(&self, name: &str, offset: u64, bit: u8) -> bool {
        let mut state = self.state();
        let Some(&inode) = state.names.get(name) else {
            return false;
        };
        let inode = &mut state.inodes[inode];
        let mask = 1 << (bit % 8);
        let Some(byte) = inode.cache.get_mut(offset as usize) else {
            return false;
        };
        *byte ^= mask;
        if let Some(byte) = inode.durable.get_mut(offset as usize) {
            *byte ^= mask;
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A sector of the inode `at` reaches the disk, if that is its fate.
fn arrive(inodes: &mut [Inode], at: usize, dirty: &Dirty) {
    let (inode, sector) = match dirty.fate {
        Fate::Arrives => (at, dirty.sector),
        Fate::Lost => return,
        Fate::Elsewhere(inode, sector) => (inode, sector),
    };
    let durable = &mut inodes[inode].durable;
    let start = sector * SECTOR;
    if start < durable.len() {
        let end = durable.len().min(start + SECTOR);
        durable[start..end].copy_from_slice(&dirty.bytes[..end - start]);
    }
}

/// What the faults say about a call.
enum Verdict {
    Do,
    Fail(Failure),
    /// Do half of it; the power is going.
    Crash,
}

impl State {
    fn restart(&mut self) {
        let Faults {
            capacity, ignore_sync, ..
        } = self.faults;
        self.faults = Faults {
            capacity,
            ignore_sync,
            ..Faults::default()
        };
        self.power = true;
        self.boot += 1;
        self.release();
        self.calls = 0;
        self.changes = 0;
        self.writes = 0;
    }

    /// Nobody has a claim any more: its process is gone.
    fn release(&mut self) {
        self.inodes.iter_mut().for_each(|inode| inode.claimed = Weak::new());
    }

    fn call(&mut self, changes: bool) -> Result<Verdict, DiskError> {
        if !self.power {
            return Err(DiskError::PowerOff);
        }
        self.calls += 1;
        self.changes += u64::from(changes);
        if changes && self.faults.crash_at == Some(self.changes) {
            self.power = false;
            return Ok(Verdict::Crash);
        }
        match self.faults.fail_at {
            Some((call, failure)) if call == self.calls => Ok(Verdict::Fail(failure)),
            _ => Ok(Verdict::Do),
        }
    }

    /// A call that has no use for being short.
    fn whole_call(&mut self, changes: bool, operation: &'static str, file: &str) -> Result<Verdict, DiskError> {
        match self.call(changes)? {
            Verdict::Fail(Failure::Short) => Ok(Verdict::Do),
            Verdict::Fail(failure) if operation != "sync" => Err(error(failure, operation, file)),
            verdict => Ok(verdict),
        }
    }

    /// Writes to the cache.
    fn write(&mut self, at: usize, bytes: &[u8], offset: usize) {
        if bytes.is_empty() {
            return;
        }
        let mishap = self
            .faults
            .mishap_at
            .filter(|&(write, _)| write == self.writes)
            .map(|(_, mishap)| mishap);
        let end = offset + bytes.len();
        let sectors = offset / SECTOR..end.div_ceil(SECTOR);
        let elsewhere = self.random.below(self.inodes.len());
        let shift = self.random.below((self.inodes[elsewhere].cache.len() / SECTOR).max(1));
        let mut goes_stale = self.random.survivors(sectors.len());
        let inode = &mut self.inodes[at];
        if inode.cache.len() < end {
            inode.cache.resize(end, 0);
        }
        inode.cache[offset..end].copy_from_slice(bytes);
        for (i, sector) in sectors.enumerate() {
            let fate = match mishap {
                None => Fate::Arrives,
                Some(Mishap::Lost) => Fate::Lost,
                Some(Mishap::Stale) if goes_stale(i) => Fate::Lost,
                Some(Mishap::Stale) => Fate::Arrives,
                Some(Mishap::Misdirected) => Fate::Elsewhere(elsewhere, shift + i),
            };
            let start = sector * SECTOR;
            let len = SECTOR.min(inode.cache.len() - start);
            let mut dirty = Dirty {
                sector,
                bytes: [0; SECTOR],
                fate,
            };
            dirty.bytes[..len].copy_from_slice(&inode.cache[start..start + len]);
            inode.dirty.push(dirty);
        }
    }

    /// Makes `survives` of the unsynced sectors durable and forgets the others.
    fn flush(&mut self, at: usize, mut survives: impl FnMut(usize) -> bool) {
        let inode = &mut self.inodes[at];
        let length = inode.cache.len().max(inode.durable.len());
        inode.durable.resize(length, 0);
        let dirty = std::mem::take(&mut inode.dirty);
        for (i, sector) in dirty.iter().enumerate() {
            if survives(i) {
                arrive(&mut self.inodes, at, sector);
            }
        }
        let mut dirty = dirty;
        dirty.clear();
        self.inodes[at].dirty = dirty;
    }

    /// The names that the next sync of the directory would make durable as they are now, in order.
    fn changed_names(&self) -> Vec<String> {
        let names = self.names.keys().chain(self.durable_names.keys());
        let changed = names.filter(|name| self.names.get(*name) != self.durable_names.get(*name));
        let changed: BTreeSet<_> = changed.filter(|name| !self.lost_names.contains(*name)).collect();
        changed.into_iter().cloned().collect()
    }

    /// A name, or that it is there no more, reaches the disk.
    fn keep_name(&mut self, name: String) {
        match self.names.get(&name) {
            Some(&inode) => self.durable_names.insert(name, inode),
            None => self.durable_names.remove(&name),
        };
    }

    fn used(&self) -> u64 {
        self.names
            .values()
            .map(|&inode| self.inodes[inode].cache.len() as u64)
            .sum()
    }
}

fn error(failure: Failure, operation: &'static str, file: &str) -> DiskError {
    let file = file.to_owned();
    match failure {
        Failure::NoSpace => DiskError::NoSpace { operation, file },
        _ => DiskError::Failed {
            operation,
            file,
            reason: "simulated input/output error".to_owned(),
        },
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        let mut state = self.state();
        state.whole_call(false, "list", "")?;
        Ok(state.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> Result<SimFile, DiskError> {
        let mut state = self.state();
        let verdict = state.whole_call(true, "create", name)?;
        if state.names.contains_key(name) {
            return Err(DiskError::Exists { file: name.to_owned() });
        }
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.names.insert(name.to_owned(), inode);
        state.lost_names.remove(name);
        if matches!(verdict, Verdict::Crash) {
            return Err(DiskError::PowerOff);
        }
        Ok(SimFile {
            state: Arc::clone(&self.state),
            name: name.to_owned(),
            inode,
            boot: state.boot,
            claim: OnceLock::new(),
        })
    }

    fn open(&self, name: &str) -> Result<SimFile, DiskError> {
        let mut state = self.state();
        state.whole_call(false, "open", name)?;
        match state.names.get(name) {
            Some(&inode) => Ok(SimFile {
                state: Arc::clone(&self.state),
                name: name.to_owned(),
                inode,
                boot: state.boot,
                claim: OnceLock::new(),
            }),
            None => Err(DiskError::Missing { file: name.to_owned() }),
        }
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        let mut state = self.state();
        let verdict = state.whole_call(true, "remove", name)?;
        if state.names.remove(name).is_none() {
            return Err(DiskError::Missing { file: name.to_owned() });
        }
        state.lost_names.remove(name);
        if matches!(verdict, Verdict::Crash) {
            Err(DiskError::PowerOff)
        } else {
            Ok(())
        }
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        let mut state = self.state();
        match state.whole_call(true, "sync", "the directory")? {
            Verdict::Crash => Err(DiskError::PowerOff),
            Verdict::Fail(failure) => {
                let changed = state.changed_names();
                let mut survives = state.random.survivors(changed.len());
                for (i, name) in changed.into_iter().enumerate() {
                    if survives(i) {
                        state.keep_name(name);
                    } else {
                        state.lost_names.insert(name);
                    }
                }
                Err(error(failure, "sync", "the directory"))
            }
            Verdict::Do => {
                if !state.faults.ignore_sync {
                    let changed = state.changed_names();
                    changed.into_iter().for_each(|name| state.keep_name(name));
                }
                Ok(())
            }
        }
    }

    fn prepares_in_background(&self) -> bool {
        false
    }
}

impl SimFile {
    fn state(&self) -> Result<MutexGuard<'_, State>, DiskError> {
        let state = lock(&self.state);
        if state.boot == self.boot {
            Ok(state)
        } else {
            Err(DiskError::PowerOff)
        }
    }
}

impl DiskFile for SimFile {
    fn length(&self) -> Result<u64, DiskError> {
        let mut state = self.state()?;
        state.whole_call(false, "measure", &self.name)?;
        Ok(state.inodes[self.inode].cache.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, DiskError> {
        let mut state = self.state()?;
        let verdict = state.call(false)?;
        let cache = &state.inodes[self.inode].cache;
        let start = cache.len().min(offset as usize);
        let mut len = buffer.len().min(cache.len() - start);
        match verdict {
            Verdict::Fail(Failure::Short) if len > 1 => len = 1 + state.random.below(len - 1),
            Verdict::Fail(Failure::Short) | Verdict::Do | Verdict::Crash => {}
            Verdict::Fail(failure) => return Err(error(failure, "read", &self.name)),
        }
        buffer[..len].copy_from_slice(&state.inodes[self.inode].cache[start..start + len]);
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> Result<usize, DiskError> {
        let mut state = self.state()?;
        state.writes += 1;
        let verdict = state.call(true)?;
        let offset = offset as usize;
        let mut len = bytes.len();
        if let Some(capacity) = state.faults.capacity {
            let room = capacity.saturating_sub(state.used()) as usize;
            let most = (state.inodes[self.inode].cache.len() + room).saturating_sub(offset);
            if most == 0 && len > 0 {
                return Err(error(Failure::NoSpace, "write", &self.name));
            }
            len = len.min(most);
        }
        match verdict {
            Verdict::Do => state.write(self.inode, &bytes[..len], offset),
            Verdict::Crash => {
                state.write(self.inode, &bytes[..len], offset);
                return Err(DiskError::PowerOff);
            }
            Verdict::Fail(Failure::Short) => {
                len = if len > 1 { 1 + state.random.below(len - 1) } else { len };
                state.write(self.inode, &bytes[..len], offset);
            }
            Verdict::Fail(failure) => {
                let mut reached = state.random.survivors(len.div_ceil(SECTOR));
                for (i, chunk) in bytes[..len].chunks(SECTOR).enumerate() {
                    if reached(i) {
                        state.write(self.inode, chunk, offset + i * SECTOR);
                    }
                }
                return Err(error(failure, "write", &self.name));
            }
        }
        Ok(len)
    }

    fn sync_data(&self) -> Result<(), DiskError> {
        let mut state = self.state()?;
        match state.whole_call(true, "sync", &self.name)? {
            Verdict::Crash => Err(DiskError::PowerOff),
            Verdict::Fail(failure) => {
                let survives = {
                    let count = state.inodes[self.inode].dirty.len();
                    state.random.survivors(count)
                };
                state.flush(self.inode, survives);
                Err(error(failure, "sync", &self.name))
            }
            Verdict::Do => {
                if !state.faults.ignore_sync {
                    state.flush(self.inode, |_| true);
                }
                Ok(())
            }
        }
    }

    fn claim(&self) -> Result<(), DiskError> {
        let mut state = self.state()?;
        state.whole_call(false, "lock", &self.name)?;
        let claimed = &mut state.inodes[self.inode].claimed;
        if claimed.strong_count() > 0 && self.claim.get().is_none() {
            return Err(DiskError::Locked {
                directory: self.name.clone(),
                process: None,
            });
        }
        *claimed = Arc::downgrade(self.claim.get_or_init(Arc::default));
        Ok(())
    }

    fn in_place(&self, length: u64) -> Result<(), DiskError> {
        let mut state = self.state()?;
        state.whole_call(false, "look at", &self.name)?;
        let how = match state.names.get(&self.name) {
            None => REMOVED,
            Some(&inode) if inode != self.inode => REPLACED,
            Some(&inode) if state.inodes[inode].cache.len() as u64 != length => CUT,
            Some(_) => return Ok(()),
        };
        let file = self.name.clone();
        Err(DiskError::TakenAway { file, how })
    }
}
