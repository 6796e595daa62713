//! When a right ends by law, as far as its dates and its number tell (RULES.md 2.1). A register that says another day is
//! believed: terms are renewed, extended and cut, so that an end is data; but without any end nothing is verified.

use crate::{asset::AssetClass, identity, text::Office, time::Date, title::PatentKind, units::Money};

const US: Office = Office(*b"US");
/// The years by which a patent outlives its law at most.
const EXTENSION_YEARS: u32 = 15;

/// What is known of a right from which the law counts.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its class.
    pub class: AssetClass,
    /// The office that registered it.
    pub office: Office,
    /// Its key, as [`identity::key`] gives it.
    pub key: &'a str,
    /// What kind of patent it is.
    pub kind: Option<PatentKind>,
    /// When it was filed.
    pub filed: Option<Date>,
    /// When it was granted or registered.
    pub granted: Option<Date>,
}

/// Whether a right of this class has an end at all: a secret lasts as long as it is kept, an indication as long as what
/// it stands for.
pub const fn ends(class: AssetClass) -> bool {
    !matches!(class, AssetClass::KnowHow | AssetClass::GeographicalIndication)
}

/// The first day without protection by law, where that can be counted.
pub fn by_law(known: &Known<'_>) -> Option<Date> {
    let first = [known.filed, known.granted].into_iter().flatten().min();
    match known.class {
        AssetClass::Patent => patent(known),
        // 商标法 39; the Madrid Protocol, art. 6; ten years everywhere by the TRIPS agreement's art. 18 at least.
        AssetClass::Trademark => Some(years(known.granted.or(known.filed)?, 10)),
        // 著作权法 23: fifty years, to the last of December, from what the register tells first.
        AssetClass::Copyright => Date::from_civil(first?.to_civil().0 + 51, 1, 1),
        // 集成电路布图设计保护条例 12; what else the register tells can only bring it forward.
        AssetClass::CircuitLayout => Some(years(first?, 10)),
        // It ends with the licence, which the register has to tell.
        AssetClass::LicenceIncome | AssetClass::KnowHow | AssetClass::GeographicalIndication => None,
    }
}

/// The latest first day without protection that a register can tell: no office extends a patent by more, for its own
/// delay and for that of an approval together (专利法 42; 35 U.S.C. 154, 156) (a design of ours). Of other classes: none, since marks
/// are renewed and works outlive their authors by as long as those lived.
pub fn latest(known: &Known<'_>) -> Option<Date> {
    let by_law = by_law(known).filter(|_| known.class == AssetClass::Patent);
    by_law.map(|end| years(end, EXTENSION_YEARS))
}

/// The most months of the late fee of an annuity.
const LATE_FEE_MONTHS: u32 = 5;

/// What an annuity costs more on a day after the one on which it was due: a twentieth of the whole for each month that is
/// over, five at most (专利法实施细则 115). Half-up to the minor unit.
pub fn late_fee(annuity: Money, due: Date, on: Date) -> Money {
    let over = |months: &u32| due.plus_months(*months) < on;
    let months = (1..=LATE_FEE_MONTHS).filter(over).count();
    let twentieths = i128::from(annuity.minor()) * months as i128;
    let fee = (2 * twentieths + 20).div_euclid(40);
    Money::from_minor(i64::try_from(fee).expect("a quarter of an amount at most"))
}

/// From when to when a mark that ends on this day is renewed: the year before, and six months after (商标法 40).
pub fn renewal(ends: Date) -> (Date, Date) {
    let (year, month, day) = ends.to_civil();
    let before = Date::from_civil(year - 1, month, day).or(Date::from_civil(year - 1, month, 28));
    (before.unwrap_or(ends), ends.plus_months(6))
}

/// 专利法 42; 35 U.S.C. 154, 173; the Convention of 1973, art. 63. What other offices grant ends by the TRIPS agreement's
/// art. 33 after twenty years.
fn patent(known: &Known<'_>) -> Option<Date> {
    let Known {
        office, filed, granted, ..
    } = *known;
    let design = known.kind == Some(PatentKind::Design) || identity::is_design(office, known.key);
    match office {
        US if design => {
            // Fourteen years from the grant where it was filed before 2015-05-13, fifteen since.
            let before = filed.or(granted)? < Date::from_civil(2015, 5, 13)?;
            Some(years(granted?, if before { 14 } else { 15 }))
        }
        US => american(filed, granted),
        Office::CN => {
            let filed = filed?;
            Some(match known.kind? {
                PatentKind::Invention => years(filed, 20),
                PatentKind::UtilityModel => years(filed, 10),
                PatentKind::Design if filed < Date::from_civil(2021, 6, 1)? => years(filed, 10),
                PatentKind::Design => years(filed, 15),
            })
        }
        _ if design => Some(years(filed?, 25)),
        _ => match known.kind {
            Some(PatentKind::UtilityModel) => Some(years(filed?, 10)),
            _ => Some(years(filed?, 20)),
        },
    }
}

/// Filed before 1995-06-08: seventeen years from the grant, or twenty from the filing where that is later.
fn american(filed: Option<Date>, granted: Option<Date>) -> Option<Date> {
    let old = filed.or(granted)? < Date::from_civil(1995, 6, 8)?;
    let from_filing = filed.map(|filed| years(filed, 20));
    let from_grant = granted.filter(|_| old).map(|granted| years(granted, 17));
    [from_filing, from_grant].into_iter().flatten().max()
}

fn years(from: Date, years: u32) -> Date {
    from.plus_months(12 * years)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<Date> {
        text.parse().ok()
    }

    #[test]
    fn each_class_ends_as_its_law_says() {
        use AssetClass::{CircuitLayout, Copyright, GeographicalIndication, KnowHow, LicenceIncome, Patent, Trademark};
        use PatentKind::{Design, Invention, UtilityModel};
        for (class, office, key, kind, filed, granted, end) in [
            (Patent, "CN", "", Some(Invention), "2010-01-01", "", "2030-01-01"),
            (Patent, "CN", "", Some(UtilityModel), "2010-01-01", "", "2020-01-01"),
            (Patent, "CN", "", Some(Design), "2021-05-31", "", "2031-05-31"),
            (Patent, "CN", "", Some(Design), "2021-06-01", "", "2036-06-01"),
            (Patent, "CN", "", None, "2021-06-01", "", ""),
            (Patent, "US", "1234567", None, "1920-01-01", "1922-01-01", "1940-01-01"),
            (Patent, "US", "5123456", None, "1994-01-01", "1999-01-01", "2016-01-01"),
            (Patent, "US", "5123456", None, "1994-01-01", "1995-01-01", "2014-01-01"),
            (Patent, "US", "5123456", None, "", "1992-06-23", "2009-06-23"),
            (Patent, "US", "8123456", None, "1995-06-08", "2012-02-28", "2015-06-08"),
            (Patent, "US", "8123456", None, "", "2012-02-28", ""),
            (Patent, "US", "D512345", None, "2004-01-01", "2005-12-06", "2019-12-06"),
            (Patent, "US", "D912345", None, "2019-01-01", "2021-03-02", "2036-03-02"),
            (Patent, "US", "D912345", None, "2019-01-01", "", ""),
            (Patent, "EP", "1234567", None, "2001-02-03", "2005-01-01", "2021-02-03"),
            (Patent, "JP", "D1234567", None, "2021-02-03", "", "2046-02-03"),
            (
                Patent,
                "DE",
                "202010012345",
                Some(UtilityModel),
                "2010-02-03",
                "",
                "2020-02-03",
            ),
            (Patent, "SE", "1234567", None, "", "", ""),
            (Trademark, "CN", "1", None, "2012-01-01", "2014-05-21", "2024-05-21"),
            (Trademark, "EM", "1", None, "2012-01-01", "", "2022-01-01"),
            (Trademark, "CN", "1", None, "", "", ""),
            (Copyright, "CN", "1", None, "", "2024-05-21", "2075-01-01"),
            (CircuitLayout, "CN", "1", None, "2016-01-01", "2016-09-01", "2026-01-01"),
            (LicenceIncome, "CN", "1", None, "2016-01-01", "2016-09-01", ""),
            (KnowHow, "CN", "1", None, "2016-01-01", "", ""),
            (GeographicalIndication, "CN", "1", None, "2016-01-01", "", ""),
        ] {
            let office = office.parse().expect("two letters");
            let (filed, granted) = (day(filed), day(granted));
            let known = Known {
                class,
                office,
                key,
                kind,
                filed,
                granted,
            };
            assert_eq!(by_law(&known), day(end), "{known:?}");
        }
        assert!(ends(LicenceIncome) && !ends(KnowHow));
        let known = |class, filed| Known {
            class,
            office: Office(*b"US"),
            key: "1234567",
            kind: None,
            filed: day(filed),
            granted: None,
        };
        assert_eq!(latest(&known(Patent, "2000-01-01")), day("2035-01-01"));
        assert_eq!(
            (latest(&known(Patent, "")), latest(&known(Trademark, "2000-01-01"))),
            (None, None)
        );
    }
}
