use super::{page, table};
use crate::json::scalar::read_money;
use protocol::{
    AccountId, Amount, Currency, Digest, DisposalId, EntityId, Money, Timestamp, TransferId,
    disposal::{CourtScheme, Distribution, MiddleRate, SchemeShare},
    plan::{ClaimKind, Payee, Proceeds, Split, Statement, StatementLine, StatementTier, TierKind},
    text::Name,
};
use std::collections::BTreeMap;

fn cny(fen: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(fen))
}

fn participant(entity: u32) -> Payee {
    let account = AccountId(entity + 10);
    let entity = EntityId(entity);
    Payee::Participant { entity, account }
}

fn outsider(name: &str) -> Payee {
    let name = Name::new(name).unwrap();
    Payee::Outsider { name }
}

fn tier(kind: TierKind, [available, asked, paid]: [i64; 3], weights: u64) -> StatementTier {
    StatementTier {
        kind,
        place: Some(0),
        rank: (kind == TierKind::Secured).then_some(1),
        available: cny(available),
        asked: cny(asked),
        paid: cny(paid),
        short: cny(asked - paid),
        split: Split::ProRata,
        shared: cny(if weights > 0 { available } else { 0 }),
        weights,
    }
}

fn line(tier: u32, payee: u32, [asked, paid]: [i64; 2], weight: u64, extra: bool) -> StatementLine {
    StatementLine {
        tier,
        payee,
        kind: [ClaimKind::Appraiser, ClaimKind::Principal][tier as usize],
        asked: cny(asked),
        beyond: cny(7),
        paid: cny(paid),
        short: cny(asked - paid),
        weight,
        extra,
    }
}

/// 100.00 for an appraiser and three banks that are owed 30.00, 30.00 and 60.01: of the 95.00 that are left they have
/// 23.75 each, and 47.50 with the fen of the larger remainder.
fn paid() -> Distribution {
    let owed = [3_000, 3_000, 6_001];
    let weights = 12_001;
    let has = [2_375, 2_375, 4_750];
    let mut lines = vec![line(0, 0, [500, 500], 0, false)];
    for (payee, (owed, has)) in (1..).zip(owed.into_iter().zip(has)) {
        let down = 9_500 * owed / weights;
        lines.push(line(1, payee, [owed, has], owed.unsigned_abs(), has > down));
    }
    Distribution {
        disposal: DisposalId(23),
        transfer: TransferId(27),
        part: 0,
        payees: vec![
            outsider("评估 \"A\" & <b onclick='x'>, 公司"),
            participant(1),
            participant(2),
            participant(3),
        ],
        statement: Statement {
            plan: Digest([7; 32]),
            gross: cny(10_000),
            paid: cny(10_000),
            surplus: cny(0),
            tiers: vec![
                tier(TierKind::SaleCosts, [10_000, 500, 500], 0),
                tier(TierKind::Secured, [9_500, 12_001, 9_500], weights.unsigned_abs()),
            ],
            lines,
        },
        scheme: None,
        proceeds: Proceeds {
            price: cny(10_000),
            gap: None,
            debt: None,
        },
        rates: vec![],
        correction: 0,
    }
}

/// The rows of a table, each by its column.
fn rows(paid: &Distribution) -> Vec<BTreeMap<String, String>> {
    let bytes = table(paid);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader.deserialize().map(Result::unwrap).collect()
}

/// What a column comes to in the rows of a kind.
fn column(rows: &[BTreeMap<String, String>], kind: &str, column: &str) -> Money {
    let of = rows.iter().filter(|row| row["row"] == kind);
    of.map(|row| read_money(&row[column], Currency::Cny).unwrap())
        .fold(Money::ZERO, Money::plus)
}

#[test]
fn the_table_adds_up_to_the_record_and_keeps_its_texts() {
    let paid = paid();
    let rows = rows(&paid);
    let words: Vec<&str> = rows.iter().map(|row| row["row"].as_str()).collect();
    assert_eq!(words, ["tier", "line", "tier", "line", "line", "line"]);
    for kind in ["tier", "line"] {
        assert_eq!(column(&rows, kind, "paid"), paid.statement.gross.money);
        assert_eq!(column(&rows, kind, "short"), Money::from_minor(2_501));
    }
    assert_eq!(rows[1]["name"], "评估 \"A\" & <b onclick='x'>, 公司");
    assert_eq!(
        (rows[3]["entity_id"].as_str(), rows[3]["account_id"].as_str()),
        ("1", "11")
    );
    assert_eq!(
        (rows[2]["shared"].as_str(), rows[2]["weights"].as_str()),
        ("95.00", "12001")
    );
    assert_eq!(rows[0]["payee"], "", "what a row has not is empty");
}

#[test]
fn the_page_shows_each_tier_s_arithmetic_and_each_payee_s_sum() {
    let text = page(&paid(), Timestamp(1_775_700_000_000_000_000));
    for part in [
        "<th>处置价款 <span class=\"en\" lang=\"en\">Proceeds</span></th><td class=\"sum\">100.00</td>",
        "⌊95.00 × 3000 ÷ 12001⌋ = 23.74; + 0.01 = 23.75",
        "⌊95.00 × 6001 ÷ 12001⌋ = 47.50</td>",
        "<td class=\"sum\">47.50</td></tr>",
        "按债权比例",
        "2026-04-09",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // The sum of all payees stands under theirs.
    let sums = text.rsplit("What each payee has").next().unwrap();
    let sums: Vec<&str> = sums.split("<td class=\"sum\">").skip(1).collect();
    let sums: Vec<&str> = sums.iter().filter_map(|part| part.split('<').next()).collect();
    assert_eq!(sums, ["5.00", "23.75", "23.75", "47.50", "100.00"]);
}

#[test]
fn what_a_deposit_gave_the_rates_and_a_correction_stand_in_the_statement() {
    let rate = MiddleRate {
        currency: Currency::Jpy,
        e4: 48_765,
        per: 100,
        on: protocol::Date::from_civil(2026, 3, 4).unwrap(),
        source: Digest([8; 32]),
    };
    let paid = Distribution {
        proceeds: Proceeds {
            price: cny(9_000),
            gap: Some(cny(600)),
            debt: Some(cny(400)),
        },
        rates: vec![rate],
        correction: 2,
        ..paid()
    };
    let rows = rows(&paid);
    assert_eq!(column(&rows, "proceeds", "available"), paid.statement.gross.money);
    let text = page(&paid, Timestamp(0));
    for part in [
        "to the gap</span></th><td class=\"sum\">6.00</td>",
        "to the debt</span></th><td class=\"sum\">4.00</td>",
        "100 JPY = 4.8765 (2026-03-04, SHA-256 0808",
        "Correction</span></th><td class=\"digest\">2</td>",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn what_somebody_wrote_is_text_and_nothing_runs() {
    let text = page(&paid(), Timestamp(0));
    assert!(
        text.contains("评估 &quot;A&quot; &amp; &lt;b onclick=&#39;x&#39;&gt;, 公司"),
        "{text}"
    );
    for word in ["<b ", "<script", "javascript:", "http:", "https:", "url(", "@import"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn where_a_court_sold_its_scheme_alone_is_what_was_paid() {
    let share = |payee, fen, debt| SchemeShare {
        payee,
        amount: cny(fen),
        debt: cny(debt),
    };
    let scheme = CourtScheme {
        shares: vec![share(participant(1), 6_000, 5_500), share(outsider("某法院"), 4_000, 0)],
        digest: Digest([9; 32]),
    };
    let paid = Distribution {
        scheme: Some(scheme),
        ..paid()
    };
    let rows = rows(&paid);
    assert_eq!(column(&rows, "scheme", "paid"), paid.statement.gross.money);
    assert_eq!(column(&rows, "scheme", "debt"), Money::from_minor(5_500));
    let text = page(&paid, Timestamp(0));
    let (scheme, tiers) = text.split_once("Tier by tier").unwrap();
    assert!(scheme.contains("价款仅依下列法院分配方案支付") && scheme.contains(&"09".repeat(32)));
    assert!(
        scheme.contains("<td class=\"sum\">55.00</td><td class=\"sum\">100.00</td>"),
        "{scheme}"
    );
    assert!(!tiers.contains("某法院"));
}
