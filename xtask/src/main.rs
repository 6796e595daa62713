//! `cargo xtask`: everything that is done to the project rather than with it.

mod arrows;
mod bench;
mod contract;
mod crash;
mod docs;
mod fuzz;
mod licences;
mod metadata;
mod mutants;
mod page;
mod sources;
mod step;
mod tables;
mod unused;
mod verify;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Everything that is done to the project rather than with it"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks everything and edits nothing: format, lints, docs, tests, arrows, licences, links
    Verify(verify::Options),
    /// Formats, applies what clippy suggests, and renews the tests' expected files
    Fix,
    /// Prints who calls whom between the rooms of the engine, and whoever stands in a circle of files
    Arrows,
    /// Prints the benchmark table
    Bench(bench::Options),
    /// Holds the API's documents with the tools that clients are made with
    Contract(contract::Options),
    /// Holds the page with its own tools, and walks through it in a browser
    Page(page::Options),
    /// Takes pictures of the page's screens into docs/pictures/
    Pictures,
    /// Kills the server under load at random moments and judges what it kept
    Crash(crash::Options),
    /// Makes the core wrong in one place at a time, and tells what its tests don't notice
    Mutants(mutants::Options),
    /// Searches with libFuzzer for bytes that break a promise, a target after the other
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    // Every path here is relative to the workspace, wherever the command was typed.
    std::env::set_current_dir(root())?;
    match Arguments::parse().task {
        Task::Verify(options) => verify::verify(&options),
        Task::Fix => verify::fix(),
        Task::Arrows => arrows::print(&metadata::Metadata::read()?),
        Task::Bench(options) => bench::run(&options),
        Task::Contract(options) => contract::command(&options),
        Task::Page(options) => page::command(&options),
        Task::Pictures => page::pictures(false),
        Task::Crash(options) => crash::run(&options),
        Task::Mutants(options) => mutants::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
    }
}

fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().expect("xtask lies in the workspace").to_owned()
}
