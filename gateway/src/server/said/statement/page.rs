//! The statement as a page to be printed, in Chinese and English: what there was, each tier with its arithmetic, each
//! payee's sum, and what a court's scheme gave instead.
//!
//! What always holds: no script is in it, nothing is fetched for it, and what somebody wrote stands in it as text
//! ([`Text`]).

use super::{
    sum,
    words::{self, Both},
};
use crate::json::scalar::{write_money, write_time};
use protocol::{
    Amount, Currency, Money, Timestamp,
    disposal::{CourtScheme, Distribution, MiddleRate, SchemeShare},
    plan::{Payee, StatementLine, StatementTier},
};
use std::fmt::{self, Display, Formatter, Write as _};

/// How it looks: black on white, sums in a column, no row of a table on two sheets.
const STYLE: &str = "\
@page{size:A4;margin:16mm 14mm}
body{font:10.5pt/1.5 'Noto Serif CJK SC','Source Han Serif SC',SimSun,serif;color:#000;background:#fff;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:1.6em 0 .4em}
small,.en{font-size:.88em;color:#444}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}
th{font-weight:600}thead{display:table-header-group}
td.sum{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr.tier td{font-weight:600;border-top:2px solid #000}
tr.way td{color:#444}
.digest{overflow-wrap:anywhere}
p.instead{border:2px solid #000;padding:.5em .8em}
@media print{body{margin:0;padding:0;max-width:none}tr,p.instead{break-inside:avoid}h2{break-after:avoid}}
";

/// The statement as a page, of a distribution that was recorded at this time.
pub(crate) fn page(paid: &Distribution, at: Timestamp) -> String {
    Page { paid, at }.to_string()
}

struct Page<'a> {
    paid: &'a Distribution,
    at: Timestamp,
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Distribution {
            disposal,
            transfer,
            part,
            payees,
            statement,
            scheme,
            proceeds,
            rates,
            correction,
        } = self.paid;
        // A sale of rights that stand pledged alike has one part.
        let sale = match part {
            0 => transfer.0.to_string(),
            part => format!("{} / {part}", transfer.0),
        };
        let case = disposal.0;
        writeln!(
            f,
            "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
             <title>分配清单 {sale} · Statement of distribution</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <h1>分配清单 <small lang=\"en\">Statement of distribution</small></h1>"
        )?;
        let facts = [
            (Both("处置案件", "Case"), case.to_string()),
            (Both("成交项目", "Sale"), sale.clone()),
            (
                Both("记录时间", "Recorded at"),
                format!("{} ({})", self.at.venue_date(), write_time(self.at)),
            ),
            (Both("分配方案", "Plan (SHA-256)"), statement.plan.to_string()),
            (Both("币种", "Currency"), statement.gross.currency.code().to_owned()),
        ];
        writeln!(f, "<table>")?;
        let corrected = (*correction > 0).then(|| (Both("第几次更正", "Correction"), correction.to_string()));
        let rate = |rate: &MiddleRate| {
            let said = format!(
                "{} {} = {}.{:04} ({}, SHA-256 {})",
                rate.per,
                rate.currency.code(),
                rate.e4 / 10_000,
                rate.e4 % 10_000,
                rate.on,
                rate.source
            );
            (Both("汇率中间价", "Middle rate"), said)
        };
        for (name, fact) in facts.into_iter().chain(corrected).chain(rates.iter().map(rate)) {
            writeln!(f, "<tr><th>{name}</th><td class=\"digest\">{fact}</td></tr>")?;
        }
        let parts = [
            (Both("成交价款", "Price"), Some(proceeds.price)),
            (
                Both("悔拍保证金补差", "A defaulter's deposit, to the gap"),
                proceeds.gap,
            ),
            (
                Both("悔拍保证金抵债", "A defaulter's deposit, to the debt"),
                proceeds.debt,
            ),
        ];
        for (name, amount) in parts {
            if let Some(amount) = amount.filter(|amount| *amount != statement.gross) {
                writeln!(f, "<tr><th>{name}</th><td class=\"sum\">{}</td></tr>", sum(amount))?;
            }
        }
        let sums = [
            (Both("处置价款", "Proceeds"), statement.gross),
            (Both("已付债权", "Paid to claims"), statement.paid),
            (Both("归权利人", "The owners'"), statement.surplus),
        ];
        for (name, amount) in sums {
            writeln!(f, "<tr><th>{name}</th><td class=\"sum\">{}</td></tr>", sum(amount))?;
        }
        writeln!(f, "</table>")?;
        let currency = statement.gross.currency;
        if let Some(scheme) = scheme {
            by_court(f, scheme, currency)?;
        }
        self.tiers(f)?;
        heading(f, Both("各受款人合计", "What each payee has"))?;
        head(f, &[Both("受款人", "Payee"), Both("合计", "Sum")])?;
        let sums = statement.by_payee(payees.len());
        for (payee, &has) in payees.iter().zip(&sums) {
            row(f, "", &[To(payee).to_string()], &[write_money(has, currency)])?;
        }
        total(f, &[all(sums)], currency)?;
        writeln!(f, "</body>\n</html>")
    }
}

impl Page<'_> {
    /// The tiers in order, each with its lines and how it was shared.
    fn tiers(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let statement = &self.paid.statement;
        heading(f, Both("逐级分配", "Tier by tier"))?;
        head(
            f,
            &[
                Both("顺位与债权", "Tier and claim"),
                Both("受款人", "Payee"),
                Both("可分配", "Reached it"),
                Both("主张", "Asked"),
                Both("担保外", "Beyond"),
                Both("已付", "Paid"),
                Both("不足", "Short"),
            ],
        )?;
        for (place, tier) in (0..).zip(&statement.tiers) {
            let rank = tier.rank.map(|rank| format!(" · {} {rank}", Both("次序", "rank")));
            let name = format!("{}. {}{}", place + 1, words::tier(tier.kind), rank.unwrap_or_default());
            let sums = [
                sum(tier.available),
                sum(tier.asked),
                String::new(),
                sum(tier.paid),
                sum(tier.short),
            ];
            row(f, "tier", &[name, String::new()], &sums)?;
            let lines = || statement.lines.iter().filter(|line| line.tier == place);
            for line in lines() {
                let name = words::line(line.kind).to_string();
                let payee = To(&self.paid.payees[line.payee as usize]).to_string();
                let sums = [
                    String::new(),
                    sum(line.asked),
                    sum(line.beyond),
                    sum(line.paid),
                    sum(line.short),
                ];
                row(f, "", &[name, payee], &sums)?;
            }
            if tier.weights > 0 {
                self.way(f, tier, lines())?;
            }
        }
        writeln!(f, "</table>")?;
        writeln!(
            f,
            "<p>{}</p>",
            Both(
                "不足时按权重分配：各得⌊可分额×权重÷权重之和⌋，余下的分按余数由大到小各加一分，余数相同者在先者得；质权人的份额为其各行合计，并含代偿人所得。",
                "What does not suffice is shared by weights: each has ⌊shared × weight ÷ weights⌋, and the fen that are left go to the larger remainders, of equal ones to the earlier. A pledgee's part is that of all its lines, and of who paid it."
            )
        )
    }

    /// How a tier was shared: by which way, and each payee's arithmetic, once.
    fn way<'a>(
        &self,
        f: &mut Formatter<'_>,
        tier: &StatementTier,
        lines: impl Iterator<Item = &'a StatementLine>,
    ) -> fmt::Result {
        let mut told = Vec::new();
        write!(f, "<tr class=\"way\"><td colspan=\"7\">{}", words::split(tier.split))?;
        for line in lines.filter(|line| line.weight > 0) {
            let way = (line.payee, line.weight, line.extra);
            if told.contains(&way) {
                continue;
            }
            told.push(way);
            let payee = To(&self.paid.payees[line.payee as usize]);
            write!(f, "<br>{payee}: {}", Portion { tier, line })?;
        }
        writeln!(f, "</td></tr>")
    }
}

/// A payee's part of what was shared, reckoned before the reader.
struct Portion<'a> {
    tier: &'a StatementTier,
    line: &'a StatementLine,
}

impl Display for Portion<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { tier, line } = self;
        let of = |minor: i64| sum(Amount::new(tier.shared.currency, Money::from_minor(minor)));
        let shared = i128::from(tier.shared.money.minor());
        let down = shared * i128::from(line.weight) / i128::from(tier.weights);
        let down = i64::try_from(down).expect("a part of what was shared");
        let (weight, weights) = (line.weight, tier.weights);
        write!(f, "⌊{} × {weight} ÷ {weights}⌋ = {}", sum(tier.shared), of(down))?;
        if line.extra {
            write!(f, "; + {} = {}", of(1), of(down + 1))?;
        }
        Ok(())
    }
}

/// What a court's scheme gave: it alone was paid.
fn by_court(f: &mut Formatter<'_>, scheme: &CourtScheme, currency: Currency) -> fmt::Result {
    let instead = Both(
        "本案由法院处置，价款仅依下列法院分配方案支付；其后的逐级分配为按收益分配方案的估算，并未支付。",
        "A court sold: the price was paid by the court's scheme below and by nothing else. The tiers behind it are what the plan would have given, and were not paid.",
    );
    heading(f, Both("法院分配方案", "The court's scheme"))?;
    writeln!(
        f,
        "<p class=\"instead\">{instead}<br><span class=\"digest\">SHA-256 {}</span></p>",
        scheme.digest
    )?;
    let columns = [
        Both("受款人", "Payee"),
        Both("其中清偿本案债权", "Of it on the case's debt"),
        Both("已付", "Paid"),
    ];
    head(f, &columns)?;
    for share in &scheme.shares {
        let sums = [sum(share.debt), sum(share.amount)];
        row(f, "", &[To(&share.payee).to_string()], &sums)?;
    }
    let of = |part: fn(&SchemeShare) -> Amount| all(scheme.shares.iter().map(|share| part(share).money));
    total(f, &[of(|share| share.debt), of(|share| share.amount)], currency)
}

fn all(sums: impl IntoIterator<Item = Money>) -> Money {
    sums.into_iter().fold(Money::ZERO, Money::plus)
}

fn heading(f: &mut Formatter<'_>, words: Both) -> fmt::Result {
    writeln!(f, "<h2>{words}</h2>")
}

/// Opens a table with these columns.
fn head(f: &mut Formatter<'_>, columns: &[Both]) -> fmt::Result {
    write!(f, "<table>\n<thead><tr>")?;
    columns.iter().try_for_each(|name| write!(f, "<th>{name}</th>"))?;
    writeln!(f, "</tr></thead>")
}

/// A row: words, then sums.
fn row(f: &mut Formatter<'_>, class: &str, words: &[String], sums: &[String]) -> fmt::Result {
    write!(f, "<tr class=\"{class}\">")?;
    words.iter().try_for_each(|word| write!(f, "<td>{word}</td>"))?;
    sums.iter()
        .try_for_each(|sum| write!(f, "<td class=\"sum\">{sum}</td>"))?;
    writeln!(f, "</tr>")
}

/// The last row of a table, and its end.
fn total(f: &mut Formatter<'_>, sums: &[Money], currency: Currency) -> fmt::Result {
    let sums: Vec<_> = sums.iter().map(|sum| write_money(*sum, currency)).collect();
    row(f, "tier", &[Both("合计", "Sum").to_string()], &sums)?;
    writeln!(f, "</table>")
}

impl Display for Both {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(zh, en) = self;
        write!(f, "{zh} <span class=\"en\" lang=\"en\">{en}</span>")
    }
}

/// Who is paid.
struct To<'a>(&'a Payee);

impl Display for To<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Payee::Participant { entity, account } => {
                let who = Both("参与主体", "participant");
                write!(f, "{who} {} · {} {}", entity.0, Both("账户", "account"), account.0)
            }
            Payee::Outsider { name } => write!(f, "<bdi>{}</bdi>", Text(name.as_str())),
        }
    }
}

/// What somebody wrote, as text.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            _ => f.write_char(char),
        })
    }
}
