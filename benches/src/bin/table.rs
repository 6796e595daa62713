//! Prints the benchmark tables. Call it through `cargo xtask bench`, or with
//! `cargo run --profile dist -p zhiheng-benches --bin table`. With `--quick`, one round of a small part: a smoke test
//! whose figures count for nothing. With `--path`, the tables but the first; with `--room`, that of the auction room
//! alone; with `--audience` or `--flood` the rows of an audience or of a flood alone; with `--only WORD`, of the first
//! one the peer and the rows whose name holds the word, and nothing counted.

use anyhow::{Context, bail, ensure};
use benches::{
    auction,
    measure::Footprint,
    path::{self, Size},
    pledges, registry, table,
};
use std::{collections::BTreeMap, env, process::Command};

/// The allocator of the program itself, for all who are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let (mut quick, mut only_path, mut only_room, mut only) = (false, false, false, None);
    let (mut only_audience, mut only_flood) = (false, false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--path" => only_path = true,
            "--room" => only_room = true,
            "--audience" => only_audience = true,
            "--flood" => only_flood = true,
            "--only" => only = Some(arguments.next().context("--only needs a word")?),
            other => bail!(
                "unknown argument {other}; there are --quick, --path, --room, --audience, --flood and --only WORD"
            ),
        }
    }
    if let Some(word) = only {
        println!("{}", table::head());
        table::run(quick, Some(&word), &|_, _| None, &mut |row| println!("{row}"));
        return Ok(());
    }
    if only_room {
        return print_room(quick);
    }
    let size = if quick { Size::QUICK } else { Size::FULL };
    if only_audience {
        println!("{}", path::head());
        return path::audience(size, &mut |row| println!("{row}"));
    }
    if only_flood {
        println!("{}", path::head());
        println!("{}", path::flood(size)?);
        return Ok(());
    }
    if !only_path {
        let footprints = if quick { BTreeMap::new() } else { footprints()? };
        println!("{}", table::head());
        let find = |workload: &str, name: &str| footprints.get(&(workload.to_owned(), name.to_owned())).copied();
        table::run(quick, None, &find, &mut |row| println!("{row}"));
        println!();
    }
    println!("{}", path::head());
    path::run(size, &mut |row| println!("{row}"))?;
    println!();
    let size = if quick {
        registry::Size::QUICK
    } else {
        registry::Size::FULL
    };
    let bytes = if quick {
        None
    } else {
        Some(two(&footprint(&["registry"])?)?)
    };
    print_room(quick)?;
    println!();
    println!("{}", pledges::head());
    for row in pledges::rows(if quick {
        pledges::Size::QUICK
    } else {
        pledges::Size::FULL
    }) {
        println!("{row}");
    }
    println!();
    println!("{}", registry::head(size));
    for row in registry::rows(size, bytes) {
        println!("{row}");
    }
    Ok(())
}

/// Runs the program that counts, beside this one; cargo builds it where it is missing. Returns what it printed.
fn footprint(arguments: &[&str]) -> anyhow::Result<String> {
    let beside = env::current_exe()?.with_file_name("footprint");
    let mut command = if beside.exists() {
        Command::new(beside)
    } else {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args([
            "run",
            "--quiet",
            "--profile",
            "dist",
            "-p",
            "zhiheng-benches",
            "--bin",
            "footprint",
            "--",
        ]);
        cargo
    };
    let output = command
        .args(arguments)
        .output()
        .context("running the footprint program")?;
    ensure!(
        output.status.success(),
        "footprint: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// What a bid costs.
fn print_room(quick: bool) -> anyhow::Result<()> {
    let room = if quick {
        auction::Size::QUICK
    } else {
        auction::Size::FULL
    };
    let counted = if quick {
        None
    } else {
        Some(two(&footprint(&["auction"])?)?)
    };
    println!("{}", auction::head());
    for row in auction::rows(room, counted) {
        println!("{row}");
    }
    Ok(())
}

/// Two numbers of a line.
fn two(text: &str) -> anyhow::Result<[u64; 2]> {
    let numbers: Vec<_> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    numbers.try_into().ok().context("two numbers")
}

/// What each contestant takes of the heap.
fn footprints() -> anyhow::Result<BTreeMap<(String, String), Footprint>> {
    eprintln!("what each takes of the heap");
    let line = |line: &str| {
        let mut cells = line.splitn(3, '\t').map(str::to_owned);
        let (workload, name, numbers) = (cells.next(), cells.next(), cells.next());
        let (workload, name) = workload.zip(name).context("a line without a name")?;
        Ok(((workload, name), numbers.context("a line without numbers")?.parse()?))
    };
    footprint(&[])?.lines().map(line).collect()
}
