//! What lies in the exchange's memory, the seal key above all, comes into no file: neither by a core dump nor by swap.

use anyhow::{Context as _, ensure};
use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
    path::Path,
};
use zhiheng_tests::{program::zhiheng, venue::Venue};

/// A line of what the system says of a process.
fn of_process(process: u32, file: &str, name: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    Ok(line.with_context(|| format!("{name} in {text}"))?.trim().to_owned())
}

/// A program that starts `program` where cores are written, however long.
fn with_cores(program: &Path, folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    let script = folder.join("zhiheng-with-cores");
    let lines = format!(
        "#!/bin/sh\nulimit -c \"$(ulimit -H -c)\"\ncd '{}'\nexec '{}' \"$@\"\n",
        folder.display(),
        program.display()
    );
    fs::write(&script, lines)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(script)
}

#[test]
fn no_core_is_dumped_of_an_exchange_and_its_memory_is_locked_or_it_says_so() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let venue = Venue::new(&with_cores(zhiheng()?, folder.path())?, 1 << 20)?;
    let server = venue.start()?;
    let limit = of_process(server.process(), "limits", "Max core file size")?;
    ensure!(limit.split_whitespace().take(2).all(|limit| limit == "0"), "{limit}");
    let locked = of_process(server.process(), "status", "VmLck:")?;
    ensure!(
        !locked.starts_with("0 ") || server.said().contains("memory is not locked"),
        "{locked}: {}",
        server.said()
    );
    let end = server.abort()?;
    ensure!(end.signal() == Some(6) && !end.core_dumped(), "{end}");
    let left: Vec<_> = fs::read_dir(folder.path())?.collect::<Result<_, _>>()?;
    ensure!(left.len() == 1, "a core lies there: {left:?}");
    Ok(())
}
