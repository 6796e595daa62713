//! Every target over its seeds, as they stand in the repository, and over what lies beside them: so what was found once is
//! not found again, and a slip that is easily found needs no libFuzzer.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Inputs beside the seeds for each target; `ZHIHENG_SEARCH=60` searches each for so many seconds instead.
const BESIDE: u64 = 300;

#[test]
fn every_target_takes_its_seeds_and_what_lies_beside_them() {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut known: Vec<_> = fs::read_dir(&corpus)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    known.sort();
    let mut names: Vec<_> = fuzz::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.sort();
    assert_eq!(known, names, "each target has its seeds, and no seeds are left over");

    let seconds = std::env::var("ZHIHENG_SEARCH").ok().map(|text| text.parse().unwrap());
    let only = std::env::var("ZHIHENG_TARGET").ok();
    for (name, target) in fuzz::TARGETS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let mut paths: Vec<_> = fs::read_dir(corpus.join(name))
            .unwrap()
            .map(|seed| seed.unwrap().path())
            .collect();
        paths.sort();
        let seeds: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        for (path, seed) in paths.iter().zip(&seeds) {
            eprintln!("{name}: {}", path.file_name().unwrap().display());
            target(seed);
        }
        for nothing in [&b""[..], b"\0", b"\x01", b"\xFF\xFF\xFF\xFF"] {
            target(nothing);
        }
        let (begun, mut tried) = (Instant::now(), 0);
        let mut random = Random(seconds.unwrap_or(0));
        let goes_on = |tried| match seconds {
            Some(seconds) => begun.elapsed() < Duration::from_secs(seconds),
            None => tried < BESIDE,
        };
        while goes_on(tried) {
            let bytes = beside(&seeds, &mut random);
            let shown = Shown(&bytes);
            target(shown.0);
            tried += 1;
        }
        eprintln!("{name}: {tried} beside");
    }
}

/// An input that is shown where its target panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let path = std::env::temp_dir().join("zhiheng-fuzz-find");
            fs::write(&path, self.0).unwrap();
            eprintln!("the input is in {}", path.display());
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// What numbers of texts become.
const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "-1",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "92233720368547758.07",
    "0.01",
    "1e9",
];

/// A seed with a few changes: bytes, ranges gone, doubled or from another seed, numbers.
fn beside(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..1 + random.below(4) {
        let place = random.below(bytes.len() + 1);
        let end = (place + 1 + random.below(40)).min(bytes.len());
        match random.below(7) {
            0 | 1 if place < bytes.len() => bytes[place] ^= 1 << random.below(8),
            2 if place < bytes.len() => bytes[place] = random.next() as u8,
            3 => drop(bytes.drain(place..end)),
            4 => {
                let doubled = bytes[place..end].to_vec();
                bytes.splice(place..place, doubled);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let until = (from + 1 + random.below(200)).min(other.len());
                bytes.splice(place..end, other[from..until].iter().copied());
            }
            _ => {
                let digit = |at: &usize| bytes[*at].is_ascii_digit();
                let Some(first) = (place..bytes.len()).find(digit) else {
                    continue;
                };
                let last = (first..bytes.len()).take_while(digit).last().unwrap_or(first);
                let number = NUMBERS[random.below(NUMBERS.len())];
                bytes.splice(first..=last, number.bytes());
            }
        }
    }
    bytes
}
