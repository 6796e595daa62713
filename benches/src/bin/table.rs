//! Prints the benchmark table. Call it through `cargo xtask bench`, or with
//! `cargo run --release -p zhiheng-benches --bin table`.

use anyhow::{Context, ensure};
use benches::{measure::Footprint, table};
use std::{collections::BTreeMap, env, process::Command};

fn main() -> anyhow::Result<()> {
    let footprints = footprints()?;
    println!("{}", table::head());
    let find = |workload: &str, name: &str| footprints.get(&(workload.to_owned(), name.to_owned())).copied();
    table::run(&find, &mut |row| println!("{row}"));
    Ok(())
}

/// Runs the program that counts, beside this one; cargo builds it where it is missing.
fn footprints() -> anyhow::Result<BTreeMap<(String, String), Footprint>> {
    let beside = env::current_exe()?.with_file_name("footprint");
    let mut command = if beside.exists() {
        Command::new(beside)
    } else {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args([
            "run",
            "--quiet",
            "--release",
            "-p",
            "zhiheng-benches",
            "--bin",
            "footprint",
        ]);
        cargo
    };
    let output = command.output().context("running the footprint program")?;
    ensure!(
        output.status.success(),
        "footprint: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = |line: &str| {
        let mut cells = line.splitn(3, '\t').map(str::to_owned);
        let (workload, name, numbers) = (cells.next(), cells.next(), cells.next());
        let (workload, name) = workload.zip(name).context("a line without a name")?;
        Ok(((workload, name), numbers.context("a line without numbers")?.parse()?))
    };
    String::from_utf8(output.stdout)?.lines().map(line).collect()
}
