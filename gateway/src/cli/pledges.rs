//! `import pledges` and `pledges`: a historical register of security interests beside the exchange (docs/LIENS.md).
//!
//! The register is a folder with the office's two files as they were read. What is asked is answered from them anew, so there
//! is no second form that could say something else. An import replaces the folder whole: it is written beside, and takes the
//! other's name; where the machine ends between the two, there is no register, and none that is half of each.

use super::{args::ImportPledgesArgs, error::CliError};
use crate::liens::{self, Effect, FILE_MAX, Faults, INTERESTS, Lien, PROPERTIES, Party, Register, Remark};
use protocol::Date;
use std::{
    ffi::OsString,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// The files of a register.
const FILES: [&str; 2] = [INTERESTS, PROPERTIES];

/// Checks an extract, keeps it as the register, and says what is in it.
pub(super) fn import(args: &ImportPledgesArgs) -> Result<(), CliError> {
    let files = files(&args.folder)?;
    let register = read(&args.folder, &files)?;
    let mut page = summary(&register);
    if args.check {
        page.push_str("every row is good; nothing was kept\n");
    } else {
        keep(&args.folder, &args.register.register, &files)?;
        let _ = writeln!(page, "kept in {}", args.register.register.display());
    }
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(())
}

/// Prints the life of each lien on a right.
pub(super) fn history(folder: &Path, number: Option<&str>) -> Result<(), CliError> {
    let register = open(folder)?;
    let (right, mut page) = match number {
        Some(number) => find(&register, number)?,
        None => {
            let (right, having) = register
                .most_liens()
                .ok_or_else(|| CliError::failed("the register is empty"))?;
            let others = match having {
                1 => String::new(),
                _ => format!(", the first of {having} that had as many"),
            };
            (right, format!("the right with the most liens{others}\n"))
        }
    };
    page.push_str(&history_page(&register, right));
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(())
}

/// Prints the liens that stand on a right on a day.
pub(super) fn standing(folder: &Path, number: &str, on: Date) -> Result<(), CliError> {
    let register = open(folder)?;
    let (right, mut page) = find(&register, number)?;
    page.push_str(&standing_page(&register, right, on));
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(())
}

fn open(folder: &Path) -> Result<Register, CliError> {
    if !folder.is_dir() {
        return Err(CliError::failed(format!(
            "there is no register at {}: zhiheng import pledges FOLDER makes one, --register names another",
            folder.display()
        )));
    }
    read(folder, &files(folder)?)
}

/// The files of a folder, each within its bound.
fn files(folder: &Path) -> Result<[Vec<u8>; 2], CliError> {
    let file = |name: &str| -> Result<Vec<u8>, CliError> {
        let path = folder.join(name);
        let failed = |error: io::Error| CliError::failed(format!("{}: {error}", path.display()));
        let mut bytes = Vec::new();
        // A byte beyond the bound is read, so that the bound is told.
        let most = FILE_MAX as u64 + 1;
        File::open(&path)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .map_err(failed)?;
        Ok(bytes)
    };
    Ok([file(INTERESTS)?, file(PROPERTIES)?])
}

fn read(folder: &Path, [interests, properties]: &[Vec<u8>; 2]) -> Result<Register, CliError> {
    liens::read(interests, properties).map_err(|Faults { named, count }| {
        for fault in &named {
            eprintln!("{}", folder.join(fault.to_string()).display());
        }
        if count > named.len() {
            eprintln!("and {} more", count - named.len());
        }
        CliError::failed(format!("{}, nothing was read", counted(count, "fault")))
    })
}

/// Keeps the files as the register.
fn keep(from: &Path, register: &Path, files: &[Vec<u8>; 2]) -> Result<(), CliError> {
    let failed = |error: io::Error| CliError::failed(format!("{}: {error}", register.display()));
    if register.exists() {
        let is_same = fs::canonicalize(from).map_err(failed)? == fs::canonicalize(register).map_err(failed)?;
        if is_same {
            return Ok(());
        }
        if !is_register(register).map_err(failed)? {
            return Err(CliError::failed(format!(
                "{} holds other things than {INTERESTS} and {PROPERTIES}: --register names another folder",
                register.display()
            )));
        }
    }
    let [new, old] = [".new", ".old"].map(|end| beside(register, end));
    for left in [&new, &old] {
        // Of an import that broke off.
        if left.exists() {
            fs::remove_dir_all(left).map_err(failed)?;
        }
    }
    fs::create_dir_all(&new).map_err(failed)?;
    for (name, bytes) in FILES.into_iter().zip(files) {
        let mut file = File::create_new(new.join(name)).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    }
    if register.exists() {
        fs::rename(register, &old).map_err(failed)?;
    }
    fs::rename(&new, register).map_err(failed)?;
    if old.exists() {
        fs::remove_dir_all(&old).map_err(failed)?;
    }
    Ok(())
}

/// Whether a folder holds nothing but a register, so that it may be replaced.
fn is_register(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !FILES.iter().any(|file| name == *file) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn beside(folder: &Path, end: &str) -> PathBuf {
    let mut name = folder.file_name().map(OsString::from).unwrap_or_default();
    name.push(end);
    folder.with_file_name(name)
}

/// The right of a number, and what must be said of the number.
fn find(register: &Register, number: &str) -> Result<(usize, String), CliError> {
    let found = register
        .find(number)
        .ok_or_else(|| CliError::failed(format!("{number}: no right of this number is in the register")))?;
    let other = found
        .also
        .and_then(|also| register.numbers(also).application.as_deref());
    let said = other.map_or_else(String::new, |application| {
        format!(
            "{number} is a patent's number, and that of another right's application: ask for {application} to see it\n"
        )
    });
    Ok((found.right, said))
}

/// What the register holds, and what a reader should know of its records.
fn summary(register: &Register) -> String {
    let records = register.records();
    let mut page = format!(
        "{}, {}, {}",
        counted(records.len(), "record"),
        counted(register.right_count(), "right"),
        counted(register.lien_count(), "lien")
    );
    if let (Some(first), Some(last)) = (records.first(), records.last()) {
        let _ = write!(page, "; recorded {} to {}", first.recorded, last.recorded);
    }
    page.push('\n');
    for (record, remark) in register.remarks() {
        let said = said(remark, record.rights.len());
        let _ = writeln!(page, "note: {} of {}: {said}", record.place, record.recorded);
    }
    page
}

fn said(remark: &Remark, rights: usize) -> String {
    match remark {
        Remark::CitesUnknown(place) => format!("cites {place}, which the register does not hold by then"),
        Remark::Idle(idle) => format!("changes nothing on {idle} of its {}", counted(rights, "right")),
        Remark::Leaves(place, open) => format!("leaves {place} standing on {}", counted(*open, "right")),
        Remark::Stranger(liens) => {
            let liens = counted(*liens, "lien");
            format!("{liens} that it cites were held by others: taken for those of its parties' predecessors")
        }
        Remark::Again(place) => {
            format!("has the parties and the day of execution of {place}: each opens liens of its own")
        }
    }
}

/// A number of things.
fn counted(count: usize, thing: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{end}")
}

fn heading(register: &Register, right: usize) -> String {
    let numbers = register.numbers(right);
    let mut names = Vec::new();
    names.extend(numbers.patent.as_ref().map(|number| format!("patent US{number}")));
    names.extend(
        numbers
            .application
            .as_ref()
            .map(|number| format!("application {number}")),
    );
    names.extend(
        numbers
            .publications
            .iter()
            .map(|number| format!("publication US{number}")),
    );
    let mut page = names.join(", ");
    page.push('\n');
    if !numbers.title.is_empty() {
        page.push_str(&numbers.title);
        page.push('\n');
    }
    page
}

fn names(parties: &[Party]) -> String {
    let names: Vec<&str> = parties.iter().map(|party| party.name.as_str()).collect();
    names.join(" | ")
}

/// The life of every lien on a right. The days are those of recording.
fn history_page(register: &Register, right: usize) -> String {
    let mut page = heading(register, right);
    let count = register.history(right).count();
    let open = register.history(right).filter(|lien| lien.closed().is_none()).count();
    let _ = writeln!(
        page,
        "{}, {open} never closed{}",
        counted(count, "lien"),
        last_day(register)
    );
    for lien in register.history(right) {
        page.push_str(&life(register, lien));
    }
    let idle: Vec<_> = register.idle(right).collect();
    if !idle.is_empty() {
        page.push_str("\nnamed by, without effect on it:\n");
    }
    for record in idle {
        let why = if record.conveyance.cites.is_empty() {
            "its parties held no lien on it that was signed before"
        } else {
            "no lien that it cites stood on it"
        };
        let _ = writeln!(page, "  {}  {}  {}: {why}", record.recorded, record.place, record.words);
    }
    page
}

fn last_day(register: &Register) -> String {
    let last = register.records().last();
    last.map_or_else(String::new, |last| {
        format!("; the register's last record is of {}", last.recorded)
    })
}

fn life(register: &Register, lien: &Lien) -> String {
    let of = &register.records()[lien.of];
    let mut page = format!("\n{}  ", of.place);
    let began = lien.steps[0].on;
    let _ = match lien.closed() {
        Some(step) => writeln!(page, "from {began} to {}, the first day without", step.on),
        None => writeln!(page, "from {began}, never closed"),
    };
    let _ = writeln!(page, "  granted by {}", names(&lien.grantors));
    for step in &lien.steps {
        let record = &register.records()[step.record];
        let what = match step.effect {
            Effect::Opened => format!("opened for {}", names(&step.holders)),
            Effect::Moved => format!("moved to {}", names(&step.holders)),
            Effect::Corrected => format!("corrected: held by {}", names(&step.holders)),
            Effect::Left => format!("left by {}, held by {}", names(&record.from), names(&step.holders)),
            Effect::Closed => format!("closed by {}", names(&record.from)),
        };
        let stranger = if step.by_stranger {
            ", who did not hold it by the register"
        } else {
            ""
        };
        let executed = record
            .executed
            .map_or_else(String::new, |day| format!(", executed {day}"));
        let _ = writeln!(page, "  {}  {}  {what}{stranger}{executed}", step.on, record.place);
        let _ = writeln!(page, "                           {}", record.words);
    }
    for remark in register.remarks_of(lien.of) {
        if matches!(remark, Remark::Again(_)) {
            let _ = writeln!(page, "  note: {}", said(remark, of.rights.len()));
        }
    }
    page
}

/// The liens that stand on a right on a day.
fn standing_page(register: &Register, right: usize, on: Date) -> String {
    let mut page = heading(register, right);
    let count = register.standing(right, on).count();
    let beyond = register.records().last().is_none_or(|last| last.recorded < on);
    let beyond = if beyond { last_day(register) } else { String::new() };
    let _ = writeln!(page, "on {on}: {} standing{beyond}", counted(count, "lien"));
    for lien in register.standing(right, on) {
        let (Some(began), Some(now)) = (lien.steps.first(), lien.at(on)) else {
            continue;
        };
        let place = register.records()[lien.of].place;
        let _ = writeln!(page, "{place}  since {}  held by {}", began.on, names(&now.holders));
        let _ = writeln!(page, "  granted by {}", names(&lien.grantors));
    }
    page
}
