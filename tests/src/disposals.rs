//! SIGKILL at the steps of a disposal: a loan, its pledge, the plan, the default, its case, a licence back to the owner
//! whose fee is paid in part, a sale, the release, the recordal and the distribution.
//!
//! The judge is a paper beside the clients' own record of what was acknowledged: the same client id, sent again after a
//! restart, gets the first answer again; the journal has each of them where its answer said; and in the end every
//! account, the debt and the statement are what the commands come to when each is done once.

use crate::{
    board::{self, Trader, admit, number},
    client::Http,
    crash::Random,
    venue::{Running, Venue},
};
use anyhow::{Context as _, ensure};
use protocol::{Command, Request, Seq, Stamped, wire};
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    thread::{self, JoinHandle},
    time::Duration,
};

/// What is lent, in fen, and what becomes of it.
const LENT: i64 = 100_000_000;
const ANNUITY: i64 = 120_000;
const FEE_PAID: i64 = 4_000_000;
const PRICE: i64 = 56_000_000;
const APPRAISER: i64 = 1_500_000;
/// What everybody came with.
const CAME_WITH: i64 = 1_000_000_000;
/// Commands from the registered right to the statement.
const STEPS: usize = 27;
/// How long a command is under way at most before the kill.
const UNDER_WAY_MICROS: u64 = 10_000;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Disposals from the loan to the statement.
    pub walks: u32,
    /// Kills.
    pub kills: u32,
    /// Those before the client had its answer.
    pub unanswered: u32,
    /// Commands acknowledged.
    pub acknowledged: usize,
    /// Commands sent again.
    pub repeated: u64,
}

impl Verdict {
    /// The line that the run ends with.
    pub fn line(&self) -> String {
        format!(
            "{} disposals, {} kills, {} before the answer, {} acknowledged, {} sent again: nothing lost, nothing posted twice",
            self.walks, self.kills, self.unanswered, self.acknowledged, self.repeated
        )
    }
}

/// Who gives a step.
#[derive(Clone, Copy)]
enum By {
    Operator,
    Bank,
    Firm,
    Buyer,
}

/// A command that was acknowledged, and what it was answered.
struct Done {
    by: By,
    path: String,
    body: Value,
    answer: Value,
}

/// A venue under kills, its people, and what they know.
struct Walk<'a> {
    venue: &'a Venue,
    bank: Trader,
    firm: Trader,
    buyer: Trader,
    trust: u64,
    server: Option<Running>,
    /// Which of the steps to come are killed.
    kills: Vec<bool>,
    moments: Random,
    done: Vec<Done>,
    verdict: Verdict,
}

fn yuan(fen: i64) -> Value {
    json!({"currency": "CNY", "amount": format!("{}.{:02}", fen / 100, fen % 100)})
}

/// Fen, of an amount's text.
fn fen(text: &Value) -> anyhow::Result<i64> {
    let text = text.as_str().with_context(|| format!("no amount: {text}"))?;
    Ok(text.replace('.', "").parse()?)
}

/// What two answers must have in common: the numbers of the rate limit may differ.
fn same(first: &Value, again: &Value) -> bool {
    ["journal_seq", "at", "outcome", "code"]
        .iter()
        .all(|name| first[name] == again[name])
}

impl Walk<'_> {
    fn http(&self, by: By) -> Http {
        let key = match by {
            By::Operator => &self.venue.operator,
            By::Bank => &self.bank.key,
            By::Firm => &self.firm.key,
            By::Buyer => &self.buyer.key,
        };
        Http::new(&self.venue.url(), key.clone())
    }

    /// A step: acknowledged in the end, by a server that was killed before the command arrived, while it was under way
    /// or after its answer, if it is this one's turn.
    fn step(&mut self, by: By, path: &str, mut body: Value) -> anyhow::Result<Value> {
        body["client_id"] = json!(format!("step-{}", self.done.len()));
        let killed = self.kills.pop().unwrap_or_default();
        let first = if killed {
            self.kill_under(by, path, &body)?
        } else {
            None
        };
        let (status, answer) = self.http(by).post(path, &body)?;
        ensure!(status == 200, "{path} {body}: {status} {answer}");
        if let Some(first) = first {
            self.verdict.repeated += 1;
            ensure!(same(&first, &answer), "{path}: {first}, and again {answer}");
        }
        let outcome = answer["outcome"].clone();
        self.done.push(Done {
            by,
            path: path.to_owned(),
            body,
            answer,
        });
        Ok(outcome)
    }

    /// Kills the server under a command and starts it again; what was acknowledged before is answered as it was. The
    /// answer that the command got, if it came.
    fn kill_under(&mut self, by: By, path: &str, body: &Value) -> anyhow::Result<Option<Value>> {
        let http = self.http(by);
        let sent = thread::spawn({
            let (path, body) = (path.to_owned(), body.clone());
            move || http.post(&path, &body).ok().filter(|(status, _)| *status == 200)
        });
        let join = |sent: JoinHandle<_>| sent.join().ok().flatten().map(|(_, answer): (u16, Value)| answer);
        let first = if self.moments.below(3) == 0 {
            let first = join(sent);
            self.server.take().context("a server runs")?.kill()?;
            first
        } else {
            thread::sleep(Duration::from_micros(self.moments.below(UNDER_WAY_MICROS)));
            self.server.take().context("a server runs")?.kill()?;
            join(sent)
        };
        self.verdict.kills += 1;
        self.verdict.unanswered += u32::from(first.is_none());
        self.server = Some(self.venue.start()?);
        self.repeat()?;
        Ok(first)
    }

    /// Sends all that was acknowledged again.
    fn repeat(&mut self) -> anyhow::Result<()> {
        for done in &self.done {
            let (_, again) = self.http(done.by).post(&done.path, &done.body)?;
            ensure!(
                same(&done.answer, &again),
                "{}: {}, and again {again}",
                done.path,
                done.answer
            );
            self.verdict.repeated += 1;
        }
        Ok(())
    }

    /// A whole disposal; its loan, its case and its sale.
    fn dispose(&mut self) -> anyhow::Result<[u64; 3]> {
        let (bank, firm, buyer) = (self.bank.clone(), self.firm.clone(), self.buyer.clone());
        let walks = self.verdict.walks;
        let today = board::now().venue_date();
        let (from, until) = (today.to_string(), today.plus_months(36).to_string());
        let evidence = "ee".repeat(32);
        let digest = "cc".repeat(32);
        let right = json!({"asset": {"owner_id": firm.entity, "class": "patent", "office": "US",
            "number": format!("1180{walks:04}"), "title": "A technology", "filed_on": "2020-03-31", "granted_on": "2022-05-12",
            "texts_sha256": "ab".repeat(32)}, "extract": board::extract()});
        let asset = number(
            &self.step(By::Operator, "/v1/rights", json!({"rights": [right]}))?,
            "asset_id",
        )?;
        let loan = json!({"creditors": [{"entity_id": bank.entity, "parts": 1}], "debtor_id": firm.entity,
            "terms": {"principal": yuan(LENT), "drawn_on": from, "due_on": until, "day_count": "act_360",
                "rates": [{"from_on": from, "rate_e6": 0}], "settlement": {"cycle": "at_end"}, "compounding": "none",
                "order": "interest_first"},
            "reference": "2026-9", "contract_sha256": digest});
        let loan = number(&self.step(By::Bank, "/v1/loans", loan)?, "deal_id")?;
        let pledge = json!({"applications": [{"loan_id": loan, "pledgor_id": firm.entity, "rights": [{"asset_id": asset}],
            "amount": yuan(LENT), "contract": {"states": ["parties", "claim", "debt_term", "rights", "cover"], "sha256": digest},
            "intake": {"kind": "company", "taxes_sha256": evidence}}]});
        let pledge = number(&self.step(By::Bank, "/v1/pledges", pledge)?, "pledge_id")?;
        self.step(
            By::Firm,
            "/v1/pledges/sign",
            json!({"pledge_id": pledge, "contract_sha256": digest}),
        )?;
        let answer = json!({"pledge_id": pledge, "answer": {"registered": {"number": format!("Y{walks}"), "evidence_sha256": evidence}}});
        self.step(By::Operator, "/v1/pledges/answer", answer)?;
        let payee = |who: &Trader| json!({"participant": {"entity_id": who.entity, "account_id": who.account}});
        let plan = json!({"loan_id": loan, "plan": {"currency": "CNY",
            "payees": [payee(&bank), payee(&firm), {"outsider": {"name": "An appraiser"}}],
            "tiers": [{"kind": "sale_costs", "payees": [{"payee": 2, "weight": 1, "cap": yuan(APPRAISER)}]}, {"kind": "earlier_tax"},
                {"kind": "secured"}, {"kind": "later_tax"}, {"kind": "attaching"}, {"kind": "surplus"}]}});
        self.step(By::Bank, "/v1/loans/plan", plan)?;
        let (_, told) = self.http(By::Firm).get(&format!("/v1/loan-plans/{loan}"))?;
        let plan = told["loan_plan"]["proposed"]["plan_sha256"].clone();
        self.step(
            By::Firm,
            "/v1/loans/plan/sign",
            json!({"loan_id": loan, "plan_sha256": plan}),
        )?;
        let default = json!({"loan_id": loan, "cause": "agreed_event", "evidence_sha256": evidence});
        self.step(By::Bank, "/v1/loans/default", default)?;
        let case = json!({"loan_id": loan, "road": "mandate", "instrument_sha256": digest, "floor_bps": 8000});
        let case = number(&self.step(By::Bank, "/v1/disposals", case)?, "deal_id")?;
        let upkeep = json!({"loan_id": loan, "asset_id": asset, "kind": "annuity", "amount": yuan(ANNUITY), "evidence_sha256": evidence});
        self.step(By::Bank, "/v1/loans/upkeep", upkeep)?;
        let value = json!({"asset_id": asset, "basis": {"agreed": {"amount": yuan(70_000_000)}}, "expires_on": today.plus_months(6).to_string(),
            "evidence_sha256": evidence});
        self.step(By::Operator, "/v1/valuations", value)?;
        self.license_back(case, &from, &until)?;
        let sale = self.sell(asset, case)?;
        let paid_out = json!({"disposal_id": case, "transfer_id": sale, "trust_account_id": self.trust,
            "claims": {"costs": [{"payee": 2, "kind": "appraiser", "amount": yuan(APPRAISER)}]}});
        self.step(By::Bank, "/v1/disposals/distribute", paid_out)?;
        let (_, title) = self.http(By::Operator).get(&format!("/v1/titles/{asset}"))?;
        ensure!(
            title["title"]["owners"][0]["entity_id"] == json!(buyer.entity),
            "{title}"
        );
        Ok([loan, case, sale])
    }

    /// The right is licensed back; a part of the first fee is paid, and a ruling ends it.
    fn license_back(&mut self, case: u64, from: &str, until: &str) -> anyhow::Result<()> {
        let contract = "dd".repeat(32);
        let licence = json!({"disposal_id": case, "licensee_id": self.firm.entity, "authority": "pledgor_agreement",
            "fees": {"fee": yuan(26_000_000), "cycle": "quarterly", "begins_on": from, "ends_on": until, "grace_days": 15, "late_rate_e6": 65250},
            "contract_sha256": contract});
        let licence = number(&self.step(By::Bank, "/v1/reverse-licences", licence)?, "deal_id")?;
        let consent =
            json!({"reverse_licence_id": licence, "account_id": self.firm.account, "contract_sha256": contract});
        self.step(By::Firm, "/v1/reverse-licences/consent", consent)?;
        let (_, told) = self.http(By::Firm).get(&format!("/v1/reverse-licences/{licence}"))?;
        let due = told["reverse_licence"]["next"]["due_on"].clone();
        let fee = json!({"reverse_licence_id": licence, "due_on": due, "amount": yuan(FEE_PAID)});
        self.step(By::Firm, "/v1/reverse-licences/pay", fee)?;
        let over = json!({"reverse_licence_id": licence, "evidence_sha256": "ee".repeat(32)});
        self.step(By::Operator, "/v1/reverse-licences/terminate", over)?;
        Ok(())
    }

    /// The right is sold by agreement, up to its recordal; the sale.
    fn sell(&mut self, asset: u64, case: u64) -> anyhow::Result<u64> {
        let evidence = "ee".repeat(32);
        let listed = json!({"asset_ids": [asset], "account_id": self.firm.account, "ask": yuan(PRICE), "increment": yuan(1),
            "basis": "venue_rule", "disclosure_days": 5, "bidding_days": 1, "state_owned": false, "disclosure": "full", "anonymous": false});
        let sale = number(&self.step(By::Bank, "/v1/transfers", listed)?, "deal_id")?;
        let contract = json!({"transfer_id": sale, "contract_sha256": "cc".repeat(32)});
        let filed = json!({"transfer_id": sale, "evidence_sha256": evidence});
        let (entity, account) = (self.buyer.entity, self.buyer.account);
        let steps = [
            (
                By::Buyer,
                "transfers/interest",
                json!({"transfer_id": sale, "account_id": account}),
            ),
            (
                By::Operator,
                "transfers/qualify",
                json!({"transfer_id": sale, "entity_id": entity, "qualified": true, "evidence_sha256": evidence}),
            ),
            (By::Bank, "transfers/end-disclosure", json!({"transfer_id": sale})),
            (
                By::Buyer,
                "transfers/bids",
                json!({"transfer_id": sale, "price": yuan(PRICE)}),
            ),
            (By::Bank, "transfers/sign", contract.clone()),
            (By::Buyer, "transfers/sign", contract),
            (By::Buyer, "transfers/fund", json!({"transfer_id": sale})),
            (
                By::Bank,
                "disposals/release",
                json!({"disposal_id": case, "transfer_id": sale, "evidence_sha256": evidence}),
            ),
            (By::Bank, "transfers/file", filed.clone()),
            (By::Operator, "transfers/answer", filed),
        ];
        for (by, path, body) in steps {
            self.step(by, &format!("/v1/{path}"), body)?;
        }
        Ok(sale)
    }

    /// What the paper says of so many disposals, against what stands there.
    fn judge(&self, [loan, case, sale]: [u64; 3]) -> anyhow::Result<()> {
        let operator = self.http(By::Operator);
        let to_bank = PRICE - APPRAISER;
        let walks = i64::from(self.verdict.walks);
        let expected = [
            (self.bank.account, CAME_WITH + walks * (FEE_PAID + to_bank)),
            (self.firm.account, CAME_WITH - walks * FEE_PAID),
            (self.buyer.account, CAME_WITH - walks * PRICE),
            (self.trust, walks * APPRAISER),
        ];
        for (account, expected) in expected {
            let (_, told) = operator.get(&format!("/v1/accounts/{account}"))?;
            let cash = told["cash"]
                .as_array()
                .and_then(|cash| cash.iter().find(|cash| cash["currency"] == "CNY"));
            let cash = cash.with_context(|| format!("no yuan: {told}"))?;
            let found = (fen(&cash["total"])?, fen(&cash["held"])?);
            ensure!(
                found == (expected, 0),
                "account {account}: {found:?}, and on paper {expected}"
            );
        }
        let (_, told) = operator.get(&format!("/v1/loans/{loan}"))?;
        // The annuity is paid before the principal.
        let left = LENT - (FEE_PAID + to_bank - ANNUITY);
        ensure!(fen(&told["loan"]["outstanding"]["amount"])? == left, "{told}");
        let (_, told) = operator.get(&format!("/v1/disposals/{case}"))?;
        ensure!(told["disposal"]["state"] == "closed", "{told}");
        let (_, told) = operator.get(&format!("/v1/distributions/{sale}"))?;
        let distribution = &told["distribution"];
        let mut each: BTreeMap<u64, i64> = BTreeMap::new();
        for line in distribution["statement"]["lines"].as_array().context("lines")? {
            *each.entry(number(line, "payee")?).or_default() += fen(&line["paid"]["amount"])?;
        }
        each.retain(|_, fen| *fen > 0);
        ensure!(each.into_iter().eq([(0, to_bank), (2, APPRAISER)]), "{told}");
        Ok(())
    }
}

/// Kills a server under `kills` commands of disposals, as many as it takes.
pub fn run(binary: &Path, kills: u32, seed: u64, say: &mut dyn FnMut(&str)) -> anyhow::Result<Verdict> {
    let venue = Venue::new(binary, 1 << 20)?;
    let server = venue.start()?;
    let operator = Http::new(&server.url, venue.operator.clone());
    let bank = admit(&operator, 1, &["bank"])?;
    let firm = admit(&operator, 2, &["firm", "trader"])?;
    let buyer = admit(&operator, 3, &["trader", "investor"])?;
    let trust = operator.must("/v1/accounts", &json!({"client_id": "trust", "entity_id": 0}))?;
    let rules = json!({"holder_cap": null, "lock_days": 0, "extract_days": 30, "disclosure_days": 0,
        "state_disclosure_days": 20, "priority_days": 5, "step_days": 5, "print_delay_days": 30, "recordal_months": 3,
        "preservation_months": 6, "court_hold_months": 12, "grace_months": 6, "proposal_days": 7});
    operator.must("/v1/rules/numbers", &json!({"client_id": "rules", "rules": rules}))?;
    let mut walk = Walk {
        venue: &venue,
        bank,
        firm,
        buyer,
        trust: number(&trust, "account_id")?,
        server: Some(server),
        kills: Vec::new(),
        moments: Random(seed),
        done: Vec::new(),
        verdict: Verdict::default(),
    };
    while walk.verdict.kills < kills {
        walk.kills = drawn(&mut walk.moments, (kills - walk.verdict.kills) as usize);
        let steps = walk.done.len() + STEPS;
        let deals = walk.dispose()?;
        ensure!(
            walk.done.len() == steps && walk.kills.is_empty(),
            "a disposal has {STEPS} steps"
        );
        walk.verdict.walks += 1;
        walk.judge(deals)?;
        let Verdict { walks, kills, .. } = walk.verdict;
        say(&format!(
            "disposal {walks}: {kills} kills so far, every account, the debt and the statement exact"
        ));
    }
    walk.repeat()?;
    walk.server.take().context("a server runs")?.stop()?;
    judge_journal(&venue, &walk.done)?;
    walk.verdict.acknowledged = walk.done.len();
    Ok(walk.verdict)
}

/// Which steps of a disposal are killed: so many, or all.
fn drawn(moments: &mut Random, kills: usize) -> Vec<bool> {
    let mut left = kills.min(STEPS);
    let mut of = |steps: usize| {
        let killed = moments.below(steps as u64) < left as u64;
        left -= usize::from(killed);
        killed
    };
    (1..=STEPS).rev().map(&mut of).collect()
}

/// The journal has each acknowledged command first where its answer said: what was sent again stands behind it. Both
/// books come to one state.
fn judge_journal(venue: &Venue, done: &[Done]) -> anyhow::Result<()> {
    let dir = venue.journal_dir();
    let mut found: BTreeMap<[u8; 16], Vec<Seq>> = BTreeMap::new();
    offline::dump(&dir, Seq(1), &mut |stamped: &Stamped<Request>| {
        if let Some(client) = &stamped.body.client {
            found.entry(client.key.id).or_default().push(stamped.seq);
        }
        true
    })?;
    for done in done {
        let id = done.body["client_id"].as_str().context("a client id")?;
        let at = Seq(number(&done.answer, "journal_seq")?);
        let found = found.get(&wire::client_key(id, &Command::Tick).id);
        ensure!(
            found.is_some_and(|found| found.first() == Some(&at)),
            "{id} of {at:?}: {found:?}"
        );
    }
    let verify = |book| offline::verify(&dir, book, None, &mut |_| {});
    let [fast, plain] = [verify(BookKind::Fast)?, verify(BookKind::Plain)?];
    ensure!(fast.state_hash == plain.state_hash, "the books come to two states");
    Ok(())
}
