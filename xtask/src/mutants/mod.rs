//! `mutants`: what the tests of the core don't notice. Some of all that could be wrong in engine and journal is made
//! wrong, one thing at a time, and the crate's own tests have to fail. What they let pass stands in `docs/MUTANTS.md`
//! with its reason, or gets a test.

mod find;
mod tree;
mod trial;
mod weave;

use crate::sources;
use anyhow::{Context as _, ensure};
use find::Mutant;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};
use tree::{CRATES, Program, Tree};
use trial::Verdict;

/// Where survivors stand with their reasons.
const PAGE: &str = "docs/MUTANTS.md";
/// What is no part of the core: a disk for tests.
const SIMULATED: &str = "journal/src/sim.rs";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many mutants are tried
    #[arg(long, default_value_t = 40)]
    sample: usize,
    /// Which ones: the same seed tries the same ones of the same tree
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only mutants with this in their line of `--list`; may be given several times
    #[arg(long)]
    only: Vec<String>,
    /// Prints the mutants and tries none
    #[arg(long)]
    list: bool,
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from((u128::from(z) * n as u128) >> 64).expect("below n")
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut all = BTreeMap::new();
    for name in CRATES {
        all.extend(sources::below(&Path::new(name).join("src"))?);
    }
    let mut found = Vec::new();
    let of_core = |file: &str| file != SIMULATED && !file.ends_with("/tests.rs");
    for (file, source) in all.iter().filter(|(file, _)| of_core(file)) {
        found.extend(find::mutants(file, source).with_context(|| file.clone())?);
    }
    let wanted = |mutant: &Mutant| options.only.iter().any(|part| place(mutant).contains(part));
    found.retain(|mutant| options.only.is_empty() || wanted(mutant));
    if options.list {
        for mutant in &found {
            println!("{}", place(mutant));
        }
        println!("{} mutants", found.len());
        return Ok(());
    }
    let order = shuffled(found.len(), options.seed);
    let known = known(&fs::read_to_string(PAGE).context(PAGE)?);

    let begun = Instant::now();
    let tree = Tree::copied()?;
    let (chosen, unviable) = viable(&tree, &all, &found, &order, options.sample)?;
    let programs = tree.programs()?;
    let patience = baseline(&programs)?;
    println!(
        "{} of {} mutants, {unviable} that do not compile left out; built in {} s",
        chosen.len(),
        found.len(),
        begun.elapsed().as_secs()
    );
    let (mut survivors, mut explained) = (0, 0);
    for (number, mutant) in &chosen {
        let begun = Instant::now();
        let verdict = tried(&programs, &patience, *number, mutant)?;
        let said = match &verdict {
            Verdict::Killed(test) => format!("killed by {test}"),
            Verdict::Hangs => "killed: comes to no end".to_owned(),
            Verdict::Survived if known.contains(&key(mutant)) => {
                explained += 1;
                format!("survived, as {PAGE} says")
            }
            Verdict::Survived => "SURVIVED".to_owned(),
        };
        survivors += usize::from(verdict == Verdict::Survived);
        println!("{:4} s  {}: {said}", begun.elapsed().as_secs(), place(mutant));
        let _ = std::io::stdout().flush();
    }
    println!(
        "{} run with seed {}: {} killed, {survivors} survived, {explained} of them with a reason; {} s",
        chosen.len(),
        options.seed,
        chosen.len() - survivors,
        begun.elapsed().as_secs()
    );
    ensure!(
        survivors == explained,
        "{} survived without a reason in {PAGE}: each wants a test, or one",
        survivors - explained
    );
    Ok(())
}

fn place(mutant: &Mutant) -> String {
    let Mutant {
        file,
        line,
        function,
        says,
        ..
    } = mutant;
    format!("{file}:{line} {function}: {says}")
}

/// What tells a mutant from others, wherever its line has gone.
fn key(mutant: &Mutant) -> [String; 3] {
    [mutant.file.clone(), mutant.function.clone(), mutant.says.clone()]
}

/// The survivors that have a reason: rows of file, function, what is changed, and the reason.
fn known(page: &str) -> BTreeSet<[String; 3]> {
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() == 4 && !cells[3].is_empty())
        .map(|cells| {
            let plain = |cell: &str| cell.trim_matches('`').to_owned();
            [plain(cells[0]), plain(cells[1]), cells[2].to_owned()]
        })
        .collect()
}

/// So many numbers in an order that the seed says.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    let mut random = Random(seed);
    for last in (1..count).rev() {
        order.swap(last, random.below(last + 1));
    }
    order
}

/// The first so many of this order that can stand in one build and compile, under their numbers, woven in; and how many
/// didn't compile.
fn viable<'a>(
    tree: &Tree,
    sources: &BTreeMap<String, String>,
    found: &'a [Mutant],
    order: &[usize],
    sample: usize,
) -> anyhow::Result<(Vec<(u32, &'a Mutant)>, usize)> {
    let mut unviable = BTreeSet::new();
    loop {
        let mut chosen: Vec<(u32, &Mutant)> = Vec::new();
        for (number, place) in (1..).zip(order) {
            let mutant = &found[*place];
            let fits = chosen.iter().all(|(_, other)| weave::fit(mutant, other));
            if chosen.len() < sample && fits && !unviable.contains(&number) {
                chosen.push((number, mutant));
            }
        }
        let places = tree.weave(sources, &chosen)?;
        let more = tree.unviable(&places)?;
        if more.is_empty() {
            return Ok((chosen, unviable.len()));
        }
        unviable.extend(more);
    }
}

/// How long each program is waited for: it must be green without a mutant.
fn baseline(programs: &[Program]) -> anyhow::Result<Vec<Duration>> {
    let an_hour = Duration::from_secs(3_600);
    let wait = |program: &Program| {
        let begun = Instant::now();
        let verdict = trial::run(program, 0, an_hour)?;
        ensure!(
            verdict == Verdict::Survived,
            "{} without a mutant: {verdict:?}",
            program.name
        );
        println!("{:4} s  {} without a mutant", begun.elapsed().as_secs(), program.name);
        Ok(Duration::from_secs(60).max(5 * begun.elapsed()))
    };
    programs.iter().map(wait).collect()
}

/// Tries a mutant with each program of its crate.
fn tried(programs: &[Program], patience: &[Duration], number: u32, mutant: &Mutant) -> anyhow::Result<Verdict> {
    let own = programs.iter().zip(patience).filter(|(program, _)| {
        mutant
            .file
            .split('/')
            .next()
            .is_some_and(|name| program.folder.ends_with(name))
    });
    for (program, patience) in own {
        let verdict = trial::run(program, number, *patience)?;
        if verdict != Verdict::Survived {
            return Ok(verdict);
        }
    }
    Ok(Verdict::Survived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_an_order_and_each_is_in_it() {
        let mut order = shuffled(100, 7);
        assert_eq!(order, shuffled(100, 7));
        assert_ne!(order, shuffled(100, 8));
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_survivor_is_known_by_its_row_if_that_has_a_reason() {
        let page = "| file | function | change | why |\n|---|---|---|---|\n| `a.rs` | `f` | `<=` for `<` in `a < b` | never equal |\n| `a.rs` | `g` | says `0` | |\n";
        let row = ["a.rs", "f", "`<=` for `<` in `a < b`"].map(str::to_owned);
        assert_eq!(known(page), BTreeSet::from([row]));
    }
}
