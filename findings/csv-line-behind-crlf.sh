#!/bin/sh
# The guess: a CSV reader that tells on which line a record stands tells the line that an editor shows, above all for lines
# that end as RFC 4180 asks (CRLF).
# What is: the csv crate 1.4.0 (Rust) counts a line when it reads LF, and it leaves the LF of a CRLF to the record behind
# it. So in a file with CRLF each record but the first has the number of the line before its own, in `position()` and in the words of its
# errors; the same file with LF has the right one. A record behind blank lines has the number of the first of these
# (rust-csv issues 395 and 208). Whoever is told "line 2" mends a good line. Python's csv says 3.
# Seen 2026-11-29, on Rust 1.95 and Python 3.11:
#   LF:         record "2,x" is line 3: CSV deserialize error: record 2 (line: 3, byte: 8): field 1: invalid digit found in string
#   CRLF:       record "2,x" is line 2: CSV deserialize error: record 2 (line: 2, byte: 9): field 1: invalid digit found in string
#   blank line: record "2,x" is line 3 (of an editor's 4)
#   Python:     3
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "lines"
version = "0.1.0"
edition = "2021"
[dependencies]
csv = "=1.4.0"
TOML
cat >src/main.rs <<'RUST'
fn line(text: &str) -> u64 {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let last = reader.records().last().unwrap().unwrap();
    last.position().unwrap().line()
}

fn error(text: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let error = reader.deserialize::<(u32, u32)>().find_map(Result::err);
    error.unwrap().to_string()
}

fn main() {
    for text in ["a,b\n1,1\n2,x\n", "a,b\r\n1,1\r\n2,x\r\n"] {
        println!("{} {}", line(text), error(text));
    }
    println!("{}", line("a,b\n1,1\n\n2,x\n"));
}
RUST
cargo run --quiet >out 2>log || { cat log; exit 1; }
python=$(printf 'a,b\r\n1,1\r\n2,x\r\n' | python3 -c '
import csv, io, sys
reader = csv.reader(io.TextIOWrapper(sys.stdin.buffer, newline=""))
for row in reader:
    pass
print(reader.line_num)
')
lf=$(sed -n 1p out)
crlf=$(sed -n 2p out)
blank=$(sed -n 3p out)
echo "LF:         record \"2,x\" is line ${lf%% *}: ${lf#* }"
echo "CRLF:       record \"2,x\" is line ${crlf%% *}: ${crlf#* }"
echo "blank line: record \"2,x\" is line $blank (of an editor's 4)"
echo "Python:     $python"
[ "${lf%% *} ${crlf%% *} $blank $python" = "3 2 3 3" ]
case $crlf in *"(line: 2, byte: 9)"*) ;; *) exit 1 ;; esac
