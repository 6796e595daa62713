//! The State Council's list of days off and working weekends, as public data sets give it (holiday-cn):
//! `{"year":2026,"papers":["…"],"days":[{"name":"元旦","date":"2026-01-01","isOffDay":true}]}`, a file a year.
//!
//! The year is that of the notice: it may name days of the December before. A list that is not out yet is a file without
//! days. A day that is none, or that the calendar could not except, is named; nothing of such a file is used.

use protocol::{Bounded, Date, rules::Calendar, text::Name};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// The list of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holidays {
    /// The year of the notice.
    pub(crate) year: u16,
    papers: Vec<Name>,
    /// Each day that the list names, and whether it is off.
    days: BTreeMap<Date, bool>,
}

#[derive(Deserialize)]
struct File {
    year: u16,
    #[serde(default)]
    papers: Vec<String>,
    days: Vec<Day>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    #[serde(default)]
    name: String,
    date: String,
    is_off_day: bool,
}

/// Days that are off in every year by law (全国年节及纪念日放假办法 2): a list without one of them is not whole.
const ALWAYS_OFF: [(u32, u32); 3] = [(1, 1), (5, 1), (10, 1)];

impl Holidays {
    /// Reads a list, or says what is wrong with it: one line a mistake.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Vec<String>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let file: File = serde_json::from_slice(bytes).map_err(|error| {
            vec![format!(
                "{error}; a list is {{\"year\":…,\"papers\":[…],\"days\":[{{\"name\":…,\"date\":\"YYYY-MM-DD\",\"isOffDay\":…}}]}}"
            )]
        })?;
        if file.days.is_empty() {
            return Err(vec![format!(
                "it names no day: the list of {} is not out yet",
                file.year
            )]);
        }
        let mut wrong = Vec::new();
        let mut days = BTreeMap::new();
        for (place, day) in file.days.iter().enumerate() {
            match file.day(day) {
                Ok(date) => {
                    if days.insert(date, day.is_off_day).is_some() {
                        wrong.push(format!("days[{place}] {} {} stands twice", day.date, day.name));
                    }
                }
                Err(why) => wrong.push(format!("days[{place}] {} {}: {why}", day.date, day.name)),
            }
        }
        for (month, day) in ALWAYS_OFF {
            let date = Date::from_civil(i32::from(file.year), month, day);
            if wrong.is_empty() && date.is_none_or(|date| days.get(&date) != Some(&true)) {
                wrong.push(format!("{}-{month:02}-{day:02} is not among the days off", file.year));
            }
        }
        let papers = file.papers.iter().map(|paper| Bounded::new(paper));
        let papers: Option<Vec<_>> = papers.collect();
        if papers.is_none() {
            wrong.push("a paper is 1 to 256 bytes".into());
        }
        match papers {
            Some(papers) if wrong.is_empty() => Ok(Self {
                year: file.year,
                papers,
                days,
            }),
            _ => Err(wrong),
        }
    }

    /// Reads the list in a file.
    pub(crate) fn load(path: &Path) -> Result<Self, Vec<String>> {
        let named = |why: String| format!("{}: {why}", path.display());
        let bytes = std::fs::read(path).map_err(|error| vec![named(error.to_string())])?;
        Self::read(&bytes).map_err(|wrong| wrong.into_iter().map(named).collect())
    }
}

impl File {
    /// The day, if it is one that this year's list can name.
    fn day(&self, day: &Day) -> Result<Date, &'static str> {
        let date: Date = day.date.parse().map_err(|_| "there is no such day (YYYY-MM-DD)")?;
        let (year, month, _) = date.to_civil();
        let own = year == i32::from(self.year) || year + 1 == i32::from(self.year) && month == 12;
        if !own {
            return Err("it lies in another year");
        }
        if !day.is_off_day && date.weekday() < 5 {
            return Err("a weekday works anyway: isOffDay is false for weekends that work");
        }
        Ok(date)
    }
}

/// The calendar that these lists make of another: their years are covered by them alone, other years as before. Days of
/// the December before the first list are used where their year is covered too.
pub(crate) fn calendar(before: &Calendar, lists: &[Holidays]) -> Calendar {
    let mut years: Vec<u16> = before
        .years
        .iter()
        .copied()
        .chain(lists.iter().map(|list| list.year))
        .collect();
    years.sort_unstable();
    years.dedup();
    let year = |date: &Date| u16::try_from(date.to_civil().0).unwrap_or(0);
    let listed = |date: &Date| lists.iter().any(|list| list.year == year(date));
    let weekdays = before.holidays.iter().map(|date| (*date, true));
    let weekends = before.working_weekends.iter().map(|date| (*date, false));
    let mut days: BTreeMap<Date, bool> = weekdays.chain(weekends).filter(|(date, _)| !listed(date)).collect();
    // A later notice has the last word on the December that both name.
    let mut lists: Vec<_> = lists.iter().collect();
    lists.sort_by_key(|list| list.year);
    days.extend(
        lists
            .iter()
            .flat_map(|list| list.days.iter().map(|(date, off)| (*date, *off))),
    );
    days.retain(|date, _| years.contains(&year(date)));
    let excepted = |off: bool| {
        let fits = move |(date, is_off): &(&Date, &bool)| **is_off == off && (date.weekday() < 5) == off;
        days.iter().filter(fits).map(|(date, _)| *date).collect()
    };
    let mut sources = before.sources.clone();
    for paper in lists.iter().flat_map(|list| &list.papers) {
        if !sources.contains(paper) {
            sources.push(paper.clone());
        }
    }
    Calendar {
        years,
        sources,
        holidays: excepted(true),
        working_weekends: excepted(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(year: u16, days: &str) -> String {
        format!(
            r#"{{"$schema":"x","year":{year},"papers":["https://example.org/{year}"],"days":[{{"name":"元旦","date":"{year}-01-01","isOffDay":true}},{{"name":"劳动节","date":"{year}-05-01","isOffDay":true}},{{"name":"国庆节","date":"{year}-10-01","isOffDay":true}}{days}]}}"#
        )
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn lists_make_a_calendar_year_by_year() {
        let of_2026 = r#",{"name":"元旦","date":"2026-01-02","isOffDay":true},{"name":"元旦","date":"2026-01-03","isOffDay":true},{"name":"元旦","date":"2026-01-04","isOffDay":false},{"name":"元旦","date":"2025-12-31","isOffDay":true}"#;
        let [first, second] =
            [list(2025, ""), list(2026, of_2026)].map(|text| Holidays::read(text.as_bytes()).unwrap());
        let alone = calendar(&Calendar::default(), std::slice::from_ref(&second));
        assert_eq!(alone.years, [2026]);
        assert!(alone.is_valid(), "the December before is not covered: {alone:?}");
        assert_eq!(
            alone.holidays,
            [
                day("2026-01-01"),
                day("2026-01-02"),
                day("2026-05-01"),
                day("2026-10-01")
            ]
        );
        assert_eq!(alone.working_weekends, [day("2026-01-04")]);
        let both = calendar(&Calendar::default(), &[second.clone(), first.clone()]);
        assert!(both.is_valid() && both.holidays.contains(&day("2025-12-31")));
        let one_by_one = calendar(&calendar(&Calendar::default(), &[first]), std::slice::from_ref(&second));
        assert_eq!(one_by_one, both);
        // A list that is given again takes the place of the first.
        assert_eq!(calendar(&both, &[second]), both);
    }

    #[test]
    fn a_faulty_day_is_named() {
        for (days, part) in [
            (
                r#",{"name":"x","date":"2026-02-30","isOffDay":true}"#,
                "days[3] 2026-02-30 x: there is no such day",
            ),
            (
                r#",{"name":"x","date":"2026-2-3","isOffDay":true}"#,
                "there is no such day",
            ),
            (r#",{"name":"x","date":"2027-02-03","isOffDay":true}"#, "another year"),
            (r#",{"name":"x","date":"2025-11-30","isOffDay":true}"#, "another year"),
            (r#",{"name":"x","date":"2026-10-01","isOffDay":true}"#, "stands twice"),
            (
                r#",{"name":"x","date":"2026-10-05","isOffDay":false}"#,
                "a weekday works anyway",
            ),
            (r#",{"name":"x","date":"2026-10-05"}"#, "isOffDay"),
        ] {
            let wrong = Holidays::read(list(2026, days).as_bytes()).unwrap_err();
            assert!(wrong.len() == 1 && wrong[0].contains(part), "{days}: {wrong:?}");
        }
        let empty = Holidays::read(br#"{"year":2027,"papers":[],"days":[]}"#).unwrap_err();
        assert!(empty[0].contains("not out yet"), "{empty:?}");
        let partial = list(2026, "").replace("2026-10-01", "2026-10-02");
        let wrong = Holidays::read(partial.as_bytes()).unwrap_err();
        assert!(wrong[0].contains("2026-10-01 is not among"), "{wrong:?}");
        assert!(Holidays::read(b"[]").is_err() && Holidays::read(b"{").is_err());
    }

    /// The State Council's lists of three years, as the notices say them.
    fn three_years() -> Calendar {
        let lists = [
            include_str!("../tests/fixtures/2024.json"),
            include_str!("../tests/fixtures/2025.json"),
            include_str!("../tests/fixtures/2026.json"),
        ];
        let lists = lists.map(|list| Holidays::read(list.as_bytes()).unwrap());
        calendar(&Calendar::default(), &lists)
    }

    /// Each day of the three years and whether it works, by another's count; the file says whose.
    fn judged() -> Vec<(Date, bool)> {
        let months = include_str!("../tests/fixtures/workdays_2024_2026.txt").lines().skip(1);
        let days = months.flat_map(|line| {
            let (month, days) = line.split_once(' ').unwrap();
            let first: Date = format!("{month}-01").parse().unwrap();
            days.bytes()
                .zip(first.0..)
                .map(|(works, number)| (Date(number), works == b'1'))
                .collect::<Vec<_>>()
        });
        days.collect()
    }

    #[test]
    fn each_day_of_three_years_works_as_another_calendar_says() {
        let calendar = three_years();
        let judged = judged();
        assert_eq!(judged.len(), 366 + 365 + 365);
        // As docs/COMMANDS.md says beside other packages.
        for (from, days, expected) in [("2026-03-07", 5, "2026-03-13"), ("2026-10-01", 20, "2026-11-03")] {
            assert_eq!(calendar.plus_working_days(day(from), days), Ok(day(expected)));
        }
        for (date, works) in judged {
            assert_eq!(calendar.is_working_day(date), works, "{date}");
        }
    }

    #[test]
    fn ten_thousand_terms_are_counted_as_the_rule_says() {
        let calendar = three_years();
        let judged = judged();
        let mut random = 20_261_128_u64;
        let mut refused = 0;
        for _ in 0..10_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let place = (random >> 33) as usize % judged.len();
            let days = (random >> 20) as u32 % 61;
            // RULES.md, head: the n-th working day is the n-th that works after the day itself, which is not counted,
            // whether or not it works; the 0th is the day itself, or the next that works.
            let mut left = days;
            let mut expected = None;
            for (date, works) in judged.iter().skip(if days == 0 { place } else { place + 1 }) {
                if !works {
                    continue;
                }
                left = left.saturating_sub(1);
                if left == 0 {
                    expected = Some(*date);
                    break;
                }
            }
            let from = judged[place].0;
            let counted = calendar.plus_working_days(from, days);
            match expected {
                Some(date) => assert_eq!(counted, Ok(date), "{days} after {from}"),
                None => {
                    refused += 1;
                    assert_eq!(counted, Err(protocol::Reject::CalendarEnds), "{days} after {from}");
                }
            }
        }
        assert!((1..1_000).contains(&refused), "{refused} ran past the end");
    }
}
