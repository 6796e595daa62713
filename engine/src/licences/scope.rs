//! Where, for what and how long a licence holds, and whether two licences meet (RULES.md 2.3).
//!
//! Invariant: two scopes meet if some act of use lies in both: in a country, in a field, on a day. What is left open
//! holds for all of it. The classification of fields is read as a tree by the beginnings of its symbols, so a doubt is
//! a meeting.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use protocol::{
    Date, Reject, identifiers,
    licence::{SCOPE_MAX, Scope},
    title::WorkRight,
};

/// A field of use in its plain form, so that the same field is the same text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// A Nice class.
    Nice(u8),
    /// A right in a work.
    Use(WorkRight),
    /// A place in the International Patent Classification and everything below it: no blank, no filling zeros, and a
    /// main group without its `00`, because its subgroups are what begins with the rest.
    Ipc(String),
}

impl Field {
    /// Reads `nice:9`, `use:reproduction`, an IPC symbol or the section, class or subclass that it begins with.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("use:") {
            return WorkRight::from_word(name).map(Self::Use);
        }
        if let Some(class) = text.strip_prefix("nice:") {
            let plain = !class.starts_with('0') && class.bytes().all(|byte| byte.is_ascii_digit());
            let class = class.parse().ok().filter(|class| (1..=45).contains(class))?;
            return plain.then_some(Self::Nice(class));
        }
        if is_section_or_class(text) {
            return Some(Self::Ipc(text.into()));
        }
        if !identifiers::ipc(text) {
            return None;
        }
        let (subclass, group) = text.split_at(4);
        let mut plain = String::from(subclass);
        if let Some((main, sub)) = group.split_once('/') {
            plain.push_str(main.trim_start_matches(' ').trim_start_matches('0'));
            plain.push('/');
            // Digits from the third on divide decimally (IPC Guide, 3.4): a zero at their end says nothing.
            let (tens, decimals) = sub.split_at(2);
            let decimals = decimals.trim_end_matches('0');
            if tens != "00" || !decimals.is_empty() {
                plain.push_str(tens);
                plain.push_str(decimals);
            }
        }
        Some(Self::Ipc(plain))
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nice(one), Self::Nice(other)) => one == other,
            (Self::Use(one), Self::Use(other)) => one == other,
            (Self::Ipc(one), Self::Ipc(other)) => one.starts_with(other.as_str()) || other.starts_with(one.as_str()),
            (Self::Nice(_) | Self::Use(_) | Self::Ipc(_), _) => false,
        }
    }
}

/// `G` or `G06`: what an IPC symbol may begin with above its subclass.
fn is_section_or_class(text: &str) -> bool {
    match *text.as_bytes() {
        [b'A'..=b'H'] => true,
        [b'A'..=b'H', tens, ones] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => false,
    }
}

/// The fields in plain form; `None` if one of them is none.
fn fields(scope: &Scope) -> Option<Vec<Field>> {
    scope.fields.iter().map(|field| Field::read(field.as_str())).collect()
}

/// Whether the fields are ones that can be compared, and the term has days.
pub(crate) fn is_readable(scope: &Scope) -> bool {
    scope.fields.len() <= SCOPE_MAX && fields(scope).is_some() && scope.from < scope.until
}

/// Whether a licence of this scope may be offered today on a right that ends then.
pub(crate) fn check_scope(scope: &Scope, today: Date, expires: Option<Date>) -> Result<(), Reject> {
    let territories: BTreeSet<_> = scope.territories.iter().map(|office| office.0).collect();
    if scope.territories.len() > SCOPE_MAX
        || territories.len() < scope.territories.len()
        || !scope.territories.iter().all(|office| office.is_well_formed())
    {
        return Err(Reject::TerritoryInvalid);
    }
    let distinct = |fields: Vec<Field>| fields.into_iter().collect::<BTreeSet<_>>().len() == scope.fields.len();
    if scope.fields.len() > SCOPE_MAX || !fields(scope).is_some_and(distinct) {
        return Err(Reject::FieldInvalid);
    }
    if scope.from < today {
        return Err(Reject::TermInvalid);
    }
    check_term(scope, today, expires)
}

/// Whether the term has days to come, all of them within the right's.
pub(crate) fn check_term(scope: &Scope, today: Date, expires: Option<Date>) -> Result<(), Reject> {
    if scope.from >= scope.until || scope.until <= today {
        return Err(Reject::TermInvalid);
    }
    if expires.is_some_and(|expires| scope.until > expires) {
        return Err(Reject::TermBeyondRight);
    }
    Ok(())
}

/// Whether two scopes, both checked, have an act of use in common.
pub(crate) fn meet(one: &Scope, other: &Scope) -> bool {
    if one.from >= other.until || other.from >= one.until {
        return false;
    }
    let territories = one.territories.is_empty()
        || other.territories.is_empty()
        || one.territories.iter().any(|office| other.territories.contains(office));
    if !territories {
        return false;
    }
    if one.fields.is_empty() || other.fields.is_empty() {
        return true;
    }
    let (ours, theirs) = (fields(one), fields(other));
    let (ours, theirs) = (
        ours.expect("checked when offered"),
        theirs.expect("checked when offered"),
    );
    ours.iter().any(|field| theirs.iter().any(|other| field.meets(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, vec};
    use proptest::prelude::*;
    use protocol::{Bounded, Office};

    fn scope(territories: &[&[u8; 2]], fields: &[&str], from: i32, until: i32) -> Scope {
        Scope {
            territories: territories.iter().map(|office| Office(**office)).collect(),
            fields: fields.iter().map(|field| Bounded::new(field).unwrap()).collect(),
            from: Date(from),
            until: Date(until),
        }
    }

    #[test]
    fn a_symbol_holds_what_begins_with_it() {
        let meets = |one, other| meet(&scope(&[], &[one], 1, 2), &scope(&[], &[other], 1, 2));
        for (one, other, expected) in [
            ("G06Q", "G06Q 50/18", true),
            ("G06Q50/18", "G06Q 50/18", true),
            ("G06Q 0050/180000", "G06Q 50/18", true),
            ("G", "G06Q 50/18", true),
            ("G06", "G06Q", true),
            ("H04W 36/00", "H04W 36/08", true),
            ("H04W 36/00", "H04W 36/0055", true),
            ("G06Q 5/00", "G06Q 50/18", false),
            ("G06Q 50/18", "G06Q 50/20", false),
            ("G06Q", "G06F", false),
            ("G06Q", "H", false),
            ("nice:9", "nice:9", true),
            ("nice:9", "nice:42", false),
            ("use:reproduction", "use:reproduction", true),
            ("use:reproduction", "use:adaptation", false),
            ("use:network", "G06Q", false),
            ("nice:9", "G06Q", false),
        ] {
            assert_eq!(meets(one, other), expected, "{one} and {other}");
            assert_eq!(meets(other, one), expected, "{other} and {one}");
        }
    }

    /// Goods are in the classes 1 to 34 of the Nice Agreement, services in those from 35 to 45.
    #[test]
    fn every_nice_class_is_a_field_and_no_other_number_is() {
        for class in 0..=100 {
            let expected = (1..=45).contains(&class).then_some(Field::Nice(class));
            assert_eq!(Field::read(&format!("nice:{class}")), expected);
        }
    }

    #[test]
    fn a_licence_that_is_read_holds_for_a_day_at_least_and_in_fields_that_there_are() {
        let field = &["nice:9"][..];
        for (fields, from, until, expected) in [
            (field, 100, 101, true),
            (field, 100, 100, false),
            (field, 101, 100, false),
            (&[], 100, 101, true),
            (&["nice:9", "nice:46"], 100, 101, false),
            (&["G"; 64], 100, 101, true),
            (&["G"; 65], 100, 101, false),
        ] {
            let said = is_readable(&scope(&[], fields, from, until));
            assert_eq!(said, expected, "{fields:?} from {from} until {until}");
        }
    }

    #[test]
    fn a_scope_is_asked_in_order() {
        let (today, expires) = (Date(100), Some(Date(200)));
        let check = |scope: &Scope| check_scope(scope, today, expires);
        let long = [b"CN"; 65];
        for (territories, fields, from, until, expected) in [
            (&[b"cn"][..], &["?"][..], 50, 50, Err(Reject::TerritoryInvalid)),
            (&[b"CN", b"US", b"CN"], &["?"], 50, 50, Err(Reject::TerritoryInvalid)),
            (&long, &["?"], 50, 50, Err(Reject::TerritoryInvalid)),
            (&[b"CN", b"US"], &["?"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["nice:0"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["nice:46"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["nice:09"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["nice:+9"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["I"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["G0"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["G06Q50/18", "G06Q 50/18"], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["G"; 65], 50, 50, Err(Reject::FieldInvalid)),
            (&[], &["G06Q", "nice:45"], 99, 250, Err(Reject::TermInvalid)),
            (&[], &[], 150, 150, Err(Reject::TermInvalid)),
            (&[], &[], 100, 201, Err(Reject::TermBeyondRight)),
            (&[], &[], 100, 200, Ok(())),
        ] {
            assert_eq!(
                check(&scope(territories, fields, from, until)),
                expected,
                "{fields:?} {from} {until}"
            );
        }
        assert_eq!(
            check_term(&scope(&[], &[], 50, 100), today, None),
            Err(Reject::TermInvalid)
        );
        assert_eq!(check_term(&scope(&[], &[], 50, 101), today, None), Ok(()));
    }

    /// Countries, acts of use and days that the plain oracle walks through: every symbol below has one of these under
    /// it.
    const COUNTRIES: [&[u8; 2]; 3] = [b"CN", b"US", b"DE"];
    const ACTS: [&str; 8] = [
        "G06Q50/18",
        "G06Q50/20",
        "G06Q5/02",
        "G06F16/2458",
        "H04W36/08",
        "A61K31/44",
        "nice:9",
        "nice:42",
    ];
    const FIELDS: [(&str, &str); 14] = [
        ("G", "G"),
        ("G06", "G06"),
        ("G06Q", "G06Q"),
        ("G06Q 50/00", "G06Q50/"),
        ("G06Q 50/18", "G06Q50/18"),
        ("G06Q50/20", "G06Q50/20"),
        ("G06Q 5/00", "G06Q5/"),
        ("G06F 16/2458", "G06F16/2458"),
        ("G06F", "G06F"),
        ("H", "H"),
        ("H04W 36/00", "H04W36/"),
        ("A61K 31/44", "A61K31/44"),
        ("nice:9", "nice:9"),
        ("nice:42", "nice:42"),
    ];

    fn any_scope() -> impl Strategy<Value = (Scope, Vec<usize>)> {
        let territories = proptest::sample::subsequence(vec![0, 1, 2], 0..=2);
        let fields = proptest::sample::subsequence((0..FIELDS.len()).collect::<Vec<_>>(), 0..=3);
        (territories, fields, 0..6_i32, 1..4_i32).prop_map(|(territories, fields, from, days)| {
            let territories: Vec<_> = territories.into_iter().map(|i: usize| COUNTRIES[i]).collect();
            let symbols: Vec<_> = fields.iter().map(|&i| FIELDS[i].0).collect();
            (scope(&territories, &symbols, from, from + days), fields)
        })
    }

    proptest! {
        /// The plain oracle: somewhere, some act, some day lies in both.
        #[test]
        fn two_scopes_meet_if_an_act_of_use_lies_in_both((one, ours) in any_scope(), (other, theirs) in any_scope()) {
            let holds = |scope: &Scope, fields: &[usize], country: &[u8; 2], act: &str, day: i32| {
                (scope.territories.is_empty() || scope.territories.contains(&Office(*country)))
                    && (fields.is_empty() || fields.iter().any(|&i| act.starts_with(FIELDS[i].1)))
                    && (scope.from..scope.until).contains(&Date(day))
            };
            let expected = COUNTRIES.iter().any(|country| ACTS.iter().any(|act| (0..10).any(|day| {
                holds(&one, &ours, country, act, day) && holds(&other, &theirs, country, act, day)
            })));
            prop_assert_eq!(meet(&one, &other), expected);
            prop_assert_eq!(meet(&other, &one), expected);
        }
    }
}
