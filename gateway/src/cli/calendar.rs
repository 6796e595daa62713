//! `calendar import` and `calendar show`: which days the venue works.

use super::{
    args::{CalendarImportArgs, CalendarShowArgs},
    client::Client,
    error::CliError,
};
use crate::{
    holidays::{self, Holidays},
    json::{LocalNames, read_body},
    proof::signing,
};
use protocol::{
    Command, Date, Reject, Timestamp,
    command::Op,
    rules::{Calendar, Epoch},
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::PathBuf,
};

/// Where the rules in force are read and set, and where what takes two people is proposed.
const RULES: &str = "/v1/rules";
const PROPOSALS: &str = "/v1/proposals";
/// What an epoch says, of all that `GET /v1/rules` does.
const EPOCH: [&str; 6] = [
    "rules_version",
    "profile",
    "approval",
    "fees",
    "calendar",
    "judicial_listing",
];

/// Reads lists of days off, and brings the rules in force with the calendar that they make.
pub(super) fn import(args: &CalendarImportArgs) -> Result<(), CliError> {
    let lists = read(&args.files)?;
    let mut out = io::stdout().lock();
    if args.check {
        let calendar = holidays::calendar(&Calendar::default(), &lists);
        writeln!(out, "{}; nothing was sent", summary(&calendar))?;
        return Ok(());
    }
    let client = Client::new(&args.remote)?;
    let (mut epoch, before) = in_force(&client)?;
    let calendar = holidays::calendar(&before.calendar, &lists);
    if calendar == before.calendar {
        writeln!(out, "{}; it is in force already", summary(&calendar))?;
        return Ok(());
    }
    let said = serde_json::to_value(&calendar).expect("plain data is JSON");
    epoch.insert("calendar".into(), said);
    // Brought twice it says the same, and what is in force already was asked: an answer of before would tell of rules
    // that others have replaced since.
    let mut alone = epoch.clone();
    alone.insert("client_id".into(), client_id(&epoch, signing::now_ms()).into());
    let reply = client.post(RULES, Value::from(alone).to_string().as_bytes())?;
    if reply.is_success() {
        writeln!(out, "{}; in force", summary(&calendar))?;
        return Ok(());
    }
    if !reply.is(Reject::TwoPeopleNeeded.code()) {
        return Err(CliError::failed(reply.problem()));
    }
    let proposal = propose(&client, epoch)?;
    writeln!(
        out,
        "{}; proposed as {proposal}: another operator reads it (zhiheng proposals) and approves it",
        summary(&calendar)
    )?;
    Ok(())
}

/// Proposes rules; the same that wait already are found by their client id. Where that answers of a proposal that was
/// decided since, or of one that was refused, they are proposed anew.
fn propose(client: &Client, mut epoch: Map<String, Value>) -> Result<Value, CliError> {
    let [once, anew] = [0, signing::now_ms()].map(|moment| client_id(&epoch, moment));
    epoch.insert("op".into(), Op::Epoch.name().into());
    let send = |client_id| {
        let propose = json!({ "client_id": client_id, "command": epoch });
        client.post(PROPOSALS, propose.to_string().as_bytes())
    };
    let reply = send(once)?;
    let proposal = &reply.body["outcome"]["deal_id"];
    if reply.is_success() {
        let told = client.get(&format!("{PROPOSALS}/{proposal}?min_seq={proposal}"))?;
        if told.body["proposal"]["state"] == "open" {
            return Ok(proposal.clone());
        }
    }
    let reply = send(anew)?;
    if reply.is_success() {
        Ok(reply.body["outcome"]["deal_id"].clone())
    } else {
        Err(CliError::failed(reply.problem()))
    }
}

/// The client id of rules that are brought at this moment.
fn client_id(epoch: &Map<String, Value>, moment: u64) -> String {
    let digest = Sha256::digest(format!("{moment} {}", Value::from(epoch.clone())));
    format!("calendar-{}", &signing::hex(&digest)[..40])
}

/// Prints a month: by the files given, or as the exchange has it.
pub(super) fn show(args: &CalendarShowArgs) -> Result<(), CliError> {
    let calendar = if args.files.is_empty() {
        in_force(&Client::public(&args.exchange)?)?.1.calendar
    } else {
        holidays::calendar(&Calendar::default(), &read(&args.files)?)
    };
    let first = match &args.month {
        Some(month) => format!("{month}-01")
            .parse()
            .map_err(|_| CliError::failed(format!("a month is YYYY-MM; found {month:?}")))?,
        None => {
            let (year, month, _) = Timestamp(signing::now_ms().saturating_mul(1_000_000))
                .venue_date()
                .to_civil();
            Date::from_civil(year, month, 1).expect("every month begins")
        }
    };
    write!(io::stdout().lock(), "{}", page(&calendar, first))?;
    Ok(())
}

/// All lists, or every mistake in them.
fn read(files: &[PathBuf]) -> Result<Vec<Holidays>, CliError> {
    let (mut lists, mut wrong) = (Vec::new(), 0);
    for file in files {
        match Holidays::load(file) {
            Ok(list) => lists.push(list),
            Err(mistakes) => {
                wrong += mistakes.len();
                mistakes.iter().for_each(|mistake| eprintln!("{mistake}"));
            }
        }
    }
    if wrong > 0 {
        return Err(CliError::failed(format!("{wrong} mistakes, nothing was imported")));
    }
    Ok(lists)
}

/// The epoch in force, as it is said and as it is meant.
fn in_force(client: &Client) -> Result<(Map<String, Value>, Epoch), CliError> {
    let reply = client.get(RULES)?;
    if !reply.is_success() {
        return Err(CliError::failed(reply.problem()));
    }
    let said: Map<String, Value> = EPOCH
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), reply.body.get(*name)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect();
    let body = Value::from(said.clone()).to_string();
    let read = read_body(Op::Epoch, body.as_bytes(), &LocalNames::default());
    match read
        .map_err(|error| CliError::failed(format!("{RULES}: {error}")))?
        .command
    {
        Command::Epoch(epoch) => Ok((said, *epoch)),
        _ => unreachable!("it was read as an epoch"),
    }
}

fn summary(calendar: &Calendar) -> String {
    let years: Vec<_> = calendar.years.iter().map(u16::to_string).collect();
    format!(
        "{}: {} weekdays off, {} weekend days that work",
        years.join(", "),
        calendar.holidays.len(),
        calendar.working_weekends.len()
    )
}

/// A month, from Monday on: `*` marks a weekday off, `+` a weekend day that works.
fn page(calendar: &Calendar, first: Date) -> String {
    let (year, month, _) = first.to_civil();
    let next = first.plus_months(1);
    let mut page = format!("{year}-{month:02}\n Mo  Tu  We  Th  Fr  Sa  Su\n");
    page.push_str(&"    ".repeat(first.weekday().into()));
    let mut working = 0;
    let mut date = first;
    while date < next {
        let works = calendar.is_working_day(date);
        working += u32::from(works);
        let mark = match (date.weekday() < 5, works) {
            (true, false) => '*',
            (false, true) => '+',
            _ => ' ',
        };
        let _ = write!(page, "{:>3}{mark}", date.to_civil().2);
        date = date.next();
        if date.weekday() == 0 && date < next {
            page.push('\n');
        }
    }
    let lines: Vec<_> = page.lines().map(str::trim_end).collect();
    let known = if calendar.is_absent() {
        "; no calendar: Monday to Friday"
    } else if calendar.covers(first) {
        ""
    } else {
        "; not covered: a term that runs here is refused with CALENDAR_ENDS"
    };
    let mut page = format!(
        "{}\n{working} working days; * a weekday off, + a weekend day that works{known}\n",
        lines.join("\n")
    );
    for source in calendar.sources.iter().filter(|_| calendar.covers(first)) {
        let _ = writeln!(page, "{}", source.as_str());
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_printed_with_its_exceptions() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let calendar = Calendar {
            years: vec![2026],
            holidays: vec![day("2026-10-01"), day("2026-10-02")],
            working_weekends: vec![day("2026-10-10")],
            ..Calendar::default()
        };
        let october = page(&calendar, day("2026-10-01"));
        let expected = "2026-10\n Mo  Tu  We  Th  Fr  Sa  Su\n              1*  2*  3   4\n  5   6   7   8   9  10+ 11\n \
                        12  13  14  15  16  17  18\n 19  20  21  22  23  24  25\n 26  27  28  29  30  31\n21 working days";
        assert!(october.starts_with(expected), "{october}");
        assert!(page(&calendar, day("2027-10-01")).contains("CALENDAR_ENDS"));
        assert!(page(&Calendar::default(), day("2027-10-01")).contains("no calendar"));
    }
}
