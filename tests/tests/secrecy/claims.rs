//! Loans, pledges, plans, cases, statements, reverse licences, conversions and loans in pools: a bank's house lends, sells
//! and is paid, twice; the second time all that is private is another: terms, amounts, payees, plan, fees, shares. Who is
//! no party to it reads the same, hears the same and is refused the same, to the byte, whatever it asks or gives.

use crate::house::{every_route, join};
use anyhow::{Context as _, ensure};
use gateway::proof::signing;
use market_data::Channel;
use protocol::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};
use zhiheng_tests::{
    board::{self, Trader, admit, number},
    client::{Http, Socket},
    program::zhiheng,
    venue::{Running, Venue},
};

/// How long a watcher hears nothing until all is told.
const QUIET: Duration = Duration::from_secs(3);
/// Who may read what is its house's, and act in nothing.
const CLERK: &str = "clerk";
/// Who reads by office.
const OFFICE: &str = "office";
/// The price that the buyer pays: it knows it.
const PRICE: &str = "560000.00";

fn cny(amount: &str) -> Value {
    json!({"currency": "CNY", "amount": amount})
}

/// What everybody saw of a run who is no party to it, by who and where.
type Seen = BTreeMap<(String, String), String>;

/// A run: who takes part, what each outsider saw, and which commands the parties gave.
struct Run {
    url: String,
    /// Whether what is private is the second.
    second: bool,
    operator: Http,
    bank: Trader,
    firm: Trader,
    buyer: Trader,
    fund: Trader,
    outsiders: Vec<(&'static str, Http)>,
    /// What the outsiders give: the parties' commands of the first run.
    probes: Vec<(String, Value)>,
    given: Vec<(String, Value)>,
    seen: Seen,
    /// Which reads by office the parties are told of.
    noted: BTreeSet<String>,
}

/// Without what differs from run to run by itself: the time of day, what is signed with it, and how far the views are.
fn masked(text: &str) -> String {
    let mut parts: Vec<&str> = text.split('"').collect();
    for at in 0..parts.len() {
        let part = parts[at];
        if part.parse::<Timestamp>().is_ok() {
            parts[at] = "a time";
        } else if part.len() == 128 && part.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            parts[at] = "a signature";
        } else if at > 0 && parts[at - 1] == "applied_seq" {
            parts[at] = part.trim_start_matches(|letter: char| letter == ':' || letter.is_ascii_digit());
        }
    }
    parts.join("\"")
}

impl Run {
    fn open(second: bool, probes: Vec<(String, Value)>) -> anyhow::Result<(Self, Venue, Running)> {
        let venue = Venue::new(zhiheng()?, 1 << 20)?;
        let server = venue.start()?;
        let url = server.url.clone();
        let operator = Http::new(&url, venue.operator.clone());
        let parties = [&["bank"][..], &["firm", "trader"], &["trader", "investor"], &["fund"]];
        let [bank, firm, buyer, fund] = {
            let admitted = parties
                .iter()
                .enumerate()
                .map(|(i, roles)| admit(&operator, 1 + i, roles));
            let admitted: Vec<Trader> = admitted.collect::<anyhow::Result<_>>()?;
            <[Trader; 4]>::try_from(admitted).ok().context("four")?
        };
        let rival = admit(&operator, 5, &["bank"])?;
        let bidder = admit(&operator, 6, &["trader", "investor"])?;
        // Of the bank's own house: a key that may neither act for it nor read; one that reads what is its house's, and gives
        // what anybody may try.
        let (_, colleague) = join(&operator, bank.entity, "colleague", &["data_consumer"], &["trade"])?;
        let (_, clerk) = join(&operator, bank.entity, "clerk", &["data_consumer"], &["read", "trade"])?;
        let outsiders = vec![
            ("colleague", colleague),
            (CLERK, clerk),
            ("rival", Http::new(&url, rival.key)),
            ("bidder", Http::new(&url, bidder.key)),
            ("buyer", Http::new(&url, buyer.key.clone())),
        ];
        let rules = json!({"holder_cap": null, "lock_days": 0, "extract_days": 30, "disclosure_days": 0,
            "state_disclosure_days": 20, "priority_days": 5, "step_days": 5, "print_delay_days": 30, "recordal_months": 3,
            "preservation_months": 6, "court_hold_months": 12, "grace_months": 6, "proposal_days": 7});
        operator.must("/v1/rules/numbers", &json!({"client_id": "rules", "rules": rules}))?;
        let run = Self {
            url,
            second,
            operator,
            bank,
            firm,
            buyer,
            fund,
            outsiders,
            probes,
            given: Vec::new(),
            seen: Seen::new(),
            noted: BTreeSet::new(),
        };
        Ok((run, venue, server))
    }

    /// The first run's, or the second's.
    fn private<T>(&self, first: T, second: T) -> T {
        if self.second { second } else { first }
    }

    fn amount(&self, first: &str, second: &str) -> Value {
        cny(self.private(first, second))
    }

    fn digest(&self) -> String {
        self.private("a1", "b2").repeat(32)
    }

    /// A command of the parties; then each outsider gives the same, in the first run's words, and is refused.
    fn give(&mut self, by: &Http, path: &str, body: Value) -> anyhow::Result<Value> {
        let place = self.given.len();
        let mut named = body.clone();
        named["client_id"] = json!(format!("given-{place}"));
        let outcome = by.must(path, &named)?;
        self.given.push((path.to_owned(), body.clone()));
        let (probe, mut told) = match self.probes.get(place) {
            Some(probe) => probe.clone(),
            None => (path.to_owned(), body),
        };
        for (who, http) in &self.outsiders {
            told["client_id"] = json!(format!("probe-{place}"));
            let (status, answer) = http.post(&probe, &told)?;
            ensure!(status >= 400, "{who} gives {probe} {told}: {answer}");
            let seen = format!("{status} {}", masked(&answer.to_string()));
            self.seen.insert(((*who).to_owned(), format!("{place} {probe}")), seen);
        }
        Ok(outcome)
    }

    /// What an outsider reads at each route, and the operator, who is noted where it reads of others.
    fn look(&mut self, when: &str, numbers: &BTreeSet<u64>) -> anyhow::Result<()> {
        let seen = &mut self.seen;
        for (who, http) in self.outsiders.iter().filter(|(who, _)| *who != CLERK) {
            every_route(http, true, numbers, |path, text| {
                seen.insert(((*who).to_owned(), format!("{when} {path}")), masked(text));
                Ok(())
            })?;
        }
        every_route(&self.operator, false, numbers, |path, text| {
            seen.insert(("nobody".to_owned(), format!("{when} {path}")), masked(text));
            Ok(())
        })?;
        Ok(())
    }

    /// From the loan to the statement.
    fn deal(&mut self) -> anyhow::Result<()> {
        let (bank, firm, operator) = (self.bank.clone(), self.firm.clone(), self.operator.clone());
        let [by_bank, by_firm, by_buyer, by_fund] =
            [&self.bank, &self.firm, &self.buyer, &self.fund].map(|party| Http::new(&self.url, party.key.clone()));
        let buyer = self.buyer.clone();
        let today = board::now().venue_date();
        let from = today.to_string();
        let evidence = "ee".repeat(32);
        let digest = self.digest();
        let right = |number: &str| {
            json!({"asset": {"owner_id": firm.entity, "class": "patent", "office": "US", "number": number, "title": "A technology",
                "filed_on": "2020-03-31", "granted_on": "2022-05-12", "texts_sha256": "ab".repeat(32)}, "extract": board::extract()})
        };
        let rights =
            json!({"client_id": "rights", "rights": [right("11803561"), right("11803562"), right("11803563")]});
        let asset = number(&operator.must("/v1/rights", &rights)?, "asset_id")?;

        let lend = |run: &mut Self, principal: Value, rate: u32, assets: &[u64]| -> anyhow::Result<[u64; 2]> {
            let loan = json!({"creditors": [{"entity_id": bank.entity, "parts": 1}], "debtor_id": firm.entity,
                "terms": {"principal": principal, "drawn_on": from, "due_on": today.plus_months(run.private(36, 31)).to_string(),
                    "day_count": run.private("act_360", "act_365"), "rates": [{"from_on": from, "rate_e6": rate}],
                    "settlement": {"cycle": "at_end"}, "compounding": "none", "order": "interest_first"},
                "reference": run.private("2026-9", "private words"), "contract_sha256": digest});
            let loan = number(&run.give(&by_bank, "/v1/loans", loan)?, "deal_id")?;
            let rights: Vec<_> = assets.iter().map(|asset| json!({"asset_id": asset})).collect();
            let pledge = json!({"applications": [{"loan_id": loan, "pledgor_id": firm.entity, "rights": rights,
                "amount": principal, "contract": {"states": ["parties", "claim", "debt_term", "rights", "cover"], "sha256": digest},
                "intake": {"kind": "company", "taxes_sha256": digest}}]});
            let pledge = number(&run.give(&by_bank, "/v1/pledges", pledge)?, "pledge_id")?;
            run.give(
                &by_firm,
                "/v1/pledges/sign",
                json!({"pledge_id": pledge, "contract_sha256": digest}),
            )?;
            let answer = json!({"pledge_id": pledge,
                "answer": {"registered": {"number": run.private("Y1", "Y2"), "evidence_sha256": digest}}});
            run.give(&operator, "/v1/pledges/answer", answer)?;
            Ok([loan, pledge])
        };
        let principal = self.amount("1000000.00", "1234567.89");
        let rate = self.private(43_500, 61_200);
        let [loan, pledge] = lend(self, principal, rate, &[asset, asset + 1])?;
        let principal = self.amount("400000.00", "876543.21");
        let [second, other] = lend(self, principal, rate, &[asset + 2])?;
        let consent = json!({"pledge_id": pledge, "act": self.private("licence", "bundle"), "floor": self.amount("50000.00", "71234.56"),
            "quantity": self.private(3, 8), "proceeds": self.private("prepay", "escrow")});
        self.give(&by_bank, "/v1/pledges/consent", consent)?;

        // Its plan, signed by both; the default and its case.
        let payee = |who: &Trader| json!({"participant": {"entity_id": who.entity, "account_id": who.account}});
        let mut cases = vec![];
        for loan in [loan, second] {
            let plan = json!({"loan_id": loan, "plan": {"currency": "CNY",
                "payees": [payee(&bank), payee(&firm), {"outsider": {"name": self.private("An appraiser", "Somebody private")}}],
                "tiers": [{"kind": "sale_costs", "payees": [{"payee": 2, "weight": 1, "cap": self.amount("15000.00", "17654.32")}]},
                    {"kind": "earlier_tax"}, {"kind": "secured"}, {"kind": "later_tax"}, {"kind": "attaching"}, {"kind": "surplus"}]}});
            self.give(&by_bank, "/v1/loans/plan", plan)?;
            let (_, told) = by_firm.get(&format!("/v1/loan-plans/{loan}"))?;
            let plan = told["loan_plan"]["proposed"]["plan_sha256"].clone();
            self.give(
                &by_firm,
                "/v1/loans/plan/sign",
                json!({"loan_id": loan, "plan_sha256": plan}),
            )?;
            if loan == second {
                self.pool(&by_bank, &by_fund, second)?;
            }
            let default = json!({"loan_id": loan, "cause": "agreed_event", "evidence_sha256": digest});
            self.give(&by_bank, "/v1/loans/default", default)?;
            let case = json!({"loan_id": loan, "road": self.private("mandate", "assignment"), "instrument_sha256": digest,
                "floor_bps": self.private(8_000, 3_000)});
            cases.push(number(&self.give(&by_bank, "/v1/disposals", case)?, "deal_id")?);
        }
        let upkeep = json!({"loan_id": loan, "asset_id": asset, "kind": "annuity", "amount": self.amount("1200.00", "1345.67"), "evidence_sha256": digest});
        self.give(&by_bank, "/v1/loans/upkeep", upkeep)?;
        for asset in [asset, asset + 1] {
            let value = json!({"asset_id": asset, "basis": {"agreed": {"amount": self.amount("350000.00", "312345.67")}},
                "expires_on": today.plus_months(6).to_string(), "evidence_sha256": digest});
            self.give(&operator, "/v1/valuations", value)?;
        }
        // Licensed back, a fee paid in part, and ended; then the claim of the other loan becomes shares.
        let licence = json!({"disposal_id": cases[0], "licensee_id": firm.entity, "authority": "pledgor_agreement",
            "fees": {"fee": self.amount("260000.00", "212345.67"), "cycle": self.private("quarterly", "half_yearly"), "begins_on": from,
                "ends_on": today.plus_months(24).to_string(), "grace_days": self.private(15, 31), "late_rate_e6": rate},
            "contract_sha256": digest});
        let licence = number(&self.give(&by_bank, "/v1/reverse-licences", licence)?, "deal_id")?;
        let agreed = json!({"reverse_licence_id": licence, "account_id": firm.account, "contract_sha256": digest});
        self.give(&by_firm, "/v1/reverse-licences/consent", agreed)?;
        let (_, told) = by_firm.get(&format!("/v1/reverse-licences/{licence}"))?;
        let due = told["reverse_licence"]["next"]["due_on"].clone();
        let fee = json!({"reverse_licence_id": licence, "due_on": due, "amount": self.amount("40000.00", "51234.56")});
        self.give(&by_firm, "/v1/reverse-licences/pay", fee)?;
        let conversion = self.convert(&by_bank, &by_fund, second, cases[1])?;
        let mut numbers: BTreeSet<u64> = (0..4).collect();
        numbers.extend([loan, second, cases[0], cases[1], licence, conversion, pledge, other]);
        self.look("while it runs", &numbers)?;
        let ruling = json!({"reverse_licence_id": licence, "evidence_sha256": digest});
        self.give(&operator, "/v1/reverse-licences/terminate", ruling)?;

        // Sold and paid out.
        let listed = json!({"client_id": "listed", "asset_ids": [asset, asset + 1], "account_id": firm.account, "ask": cny(PRICE),
            "increment": cny("0.01"), "basis": "venue_rule", "disclosure_days": 5, "bidding_days": 1, "state_owned": false,
            "disclosure": "full", "anonymous": false});
        let sale = number(&by_bank.must("/v1/transfers", &listed)?, "deal_id")?;
        numbers.insert(sale);
        let of = |more: Value| {
            let mut body = json!({"transfer_id": sale, "client_id": "of-sale"});
            if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
                body.extend(more.clone());
            }
            body
        };
        by_buyer.must("/v1/transfers/interest", &of(json!({"account_id": buyer.account})))?;
        let qualified = json!({"entity_id": buyer.entity, "qualified": true, "evidence_sha256": evidence});
        operator.must("/v1/transfers/qualify", &of(qualified))?;
        by_bank.must("/v1/transfers/end-disclosure", &of(json!({})))?;
        by_buyer.must(
            "/v1/transfers/bids",
            &of(json!({"price": cny(PRICE), "client_id": "bids"})),
        )?;
        by_bank.must(
            "/v1/transfers/sign",
            &of(json!({"contract_sha256": evidence, "client_id": "signs"})),
        )?;
        by_buyer.must(
            "/v1/transfers/sign",
            &of(json!({"contract_sha256": evidence, "client_id": "signs"})),
        )?;
        by_buyer.must("/v1/transfers/fund", &of(json!({"client_id": "funds"})))?;
        let release = json!({"disposal_id": cases[0], "transfer_id": sale, "evidence_sha256": digest});
        self.give(&by_bank, "/v1/disposals/release", release)?;
        by_bank.must(
            "/v1/transfers/file",
            &of(json!({"evidence_sha256": evidence, "client_id": "files"})),
        )?;
        operator.must(
            "/v1/transfers/answer",
            &of(json!({"evidence_sha256": evidence, "client_id": "answers"})),
        )?;
        let trust = operator.must("/v1/accounts", &json!({"client_id": "trust", "entity_id": 0}))?;
        let paid_out = json!({"disposal_id": cases[0], "transfer_id": sale, "trust_account_id": number(&trust, "account_id")?,
            "claims": {"costs": [{"payee": 2, "kind": "appraiser", "amount": cny("12345.67")}]}});
        self.give(&by_bank, "/v1/disposals/distribute", paid_out)?;
        self.look("in the end", &numbers)?;
        self.office(&numbers)
    }
}

impl Run {
    /// A pool of the fund's stands behind a loan.
    fn pool(&mut self, by_bank: &Http, by_fund: &Http, loan: u64) -> anyhow::Result<()> {
        let profile = json!({"scheme": "shenzhen_2024", "base": "principal", "ip_share": "ignored",
            "bank_bps": self.private(5_000, 3_300), "balance_limited": true});
        let opens = json!({"account_id": self.fund.account, "currency": "CNY", "profile": profile});
        let operator = self.operator.clone();
        let pool = number(&self.give(&operator, "/v1/pools", opens)?, "deal_id")?;
        let enrol = json!({"pool_id": pool, "loan_id": loan, "ip_share": self.amount("200000.00", "654321.09"),
            "favoured": self.private(false, true)});
        self.give(by_bank, "/v1/pools/enrol", enrol)?;
        let (_, told) = by_fund.get(&format!("/v1/pool-loans/{loan}"))?;
        ensure!(told["pool_standing"]["pool_id"] == pool, "{told}");
        Ok(())
    }

    /// The fund buys a claim and turns it into shares.
    fn convert(&mut self, by_bank: &Http, by_fund: &Http, loan: u64, case: u64) -> anyhow::Result<u64> {
        let digest = self.digest();
        let today = board::now().venue_date().to_string();
        let sold = json!({"loan_id": loan, "to_id": self.fund.entity, "evidence_sha256": digest});
        self.give(by_bank, "/v1/loans/assign", sold)?;
        let deal = json!({"disposal_id": case, "converter": "fund", "sold": {"on": today, "evidence_sha256": digest},
            "issuer": {"participant": {"entity_id": self.firm.entity}}, "form": "limited", "price": self.amount("2.00", "3.21"),
            "shares_before": self.private(10_000_000, 23_456_789), "holders_before": self.private(3, 7),
            "excess": self.private("waived", "stays"), "agreement_sha256": digest});
        let deal = number(&self.give(by_fund, "/v1/conversions", deal)?, "deal_id")?;
        let steps = [
            json!({"valued": {"value": self.amount("300000.00", "765432.10"), "months": self.private(12, 7)}}),
            json!({"voted": {"all": 10_000_000, "present": 9_000_000, "in_favour": self.private(6_666_667, 8_123_456)}}),
            json!({"preemption_waived": {"holders": self.private(3, 7)}}),
            json!({"issued": {}}),
            json!({"registered": {}}),
            json!({"pledge_released": {}}),
        ];
        for step in steps {
            let step = json!({"conversion_id": deal, "step": step, "on": today, "evidence_sha256": digest});
            self.give(by_fund, "/v1/conversions/step", step)?;
        }
        Ok(deal)
    }

    /// What the operator reads by its office, and what of that those whose it is are told that it read.
    fn office(&mut self, numbers: &BTreeSet<u64>) -> anyhow::Result<()> {
        let seen = &mut self.seen;
        every_route(&self.operator, true, numbers, |path, text| {
            seen.insert((OFFICE.to_owned(), path.to_owned()), masked(text));
            Ok(())
        })?;
        for party in [&self.bank, &self.firm, &self.buyer, &self.fund] {
            let (_, reads) = Http::new(&self.url, party.key.clone()).get("/v1/reads?limit=1000")?;
            let reads = reads["items"].as_array().context("a list")?.clone();
            self.noted.extend(
                reads
                    .iter()
                    .filter_map(|read| read["read"]["record"].as_str())
                    .map(str::to_owned),
            );
        }
        Ok(())
    }
}

/// Follows every feed and passes on what it hears.
fn watch(url: String, http: &Http) -> Receiver<String> {
    let (hears, heard) = mpsc::channel();
    let key = http.key().clone();
    thread::spawn(move || {
        tokio::runtime::Runtime::new()?.block_on(async {
            let mut socket = Socket::connect(&url, &key).await?;
            for channel in Channel::ALL {
                let mut follow = json!({"op": "subscribe", "channel": channel.name(), "symbol": "*"});
                if channel == Channel::Executions {
                    follow["symbol"].take();
                }
                socket.send(&follow).await?;
            }
            while let Some(text) = socket.next_text().await {
                hears.send(text)?;
            }
            anyhow::Ok(())
        })
    });
    heard
}

/// A run of the first or the second private matters.
fn run(second: bool, probes: Vec<(String, Value)>) -> anyhow::Result<Run> {
    let (mut run, _venue, server) = Run::open(second, probes)?;
    let outsiders = run.outsiders.iter().filter(|(who, _)| *who != CLERK);
    let followers = outsiders
        .map(|(who, http)| (*who, http))
        .chain([("operator", &run.operator)]);
    let watching: Vec<_> = followers
        .map(|(who, http)| (who, watch(run.url.clone(), http)))
        .collect();
    run.deal()?;
    for (who, heard) in watching {
        let mut lines = vec![];
        while let Ok(line) = heard.recv_timeout(QUIET) {
            lines.push(masked(&line));
        }
        ensure!(lines.len() > 3, "{who} hears of nothing: {lines:?}");
        lines.sort();
        run.seen
            .insert((who.to_owned(), "the feeds".to_owned()), lines.join("\n"));
    }
    // Each venue has a number, a time and keys of its own.
    let (_, venue) = run.operator.get("/v1/certificates/key")?;
    let venue = venue["public_key"].as_str().context("a key")?;
    let mut keys = vec![(venue.to_owned(), "the venue's".to_owned())];
    for (who, key) in [&run.bank, &run.firm, &run.buyer, &run.fund]
        .map(|party| &party.key)
        .into_iter()
        .chain(run.outsiders.iter().map(|(_, http)| http.key()))
        .chain([run.operator.key()])
        .enumerate()
    {
        let public = key.secret.public_key().context("a public half")?;
        keys.push((signing::hex(&public), format!("key {who}")));
    }
    run.seen.retain(|(_, place), _| !place.contains("/v1/venue"));
    for text in run.seen.values_mut() {
        for (key, name) in &keys {
            *text = text.replace(key, name);
        }
    }
    server.stop()?;
    Ok(run)
}

#[test]
fn who_is_no_party_sees_hears_and_is_refused_the_same_whatever_is_private() -> anyhow::Result<()> {
    let (first, second) = loop {
        let day = board::now().venue_date();
        let first = run(false, vec![])?;
        let second = run(true, first.given.clone())?;
        // The dates of two days are not those of one.
        if board::now().venue_date() == day {
            break (first, second);
        }
    };
    ensure!(first.given != second.given && first.given.len() == second.given.len());
    let places = |run: &Run| run.seen.keys().cloned().collect::<Vec<_>>();
    ensure!(places(&first) == places(&second), "the same is asked");
    ensure!(first.seen.len() > 2_000, "only {} reads", first.seen.len());
    let (mut by_office, mut told) = (0, vec![]);
    for ((who, place), text) in &first.seen {
        let other = &second.seen[&(who.clone(), place.clone())];
        if text == other {
            continue;
        }
        let path = place.split('?').next().unwrap_or_default();
        let noted = who == OFFICE && first.noted.contains(path) && second.noted.contains(path);
        if noted {
            by_office += 1;
        } else {
            told.push(format!("{who} sees at {place}: {text}\n and then: {other}"));
        }
    }
    ensure!(told.is_empty(), "{}", told.join("\n"));
    ensure!(by_office > 20, "the office reads {by_office} private records");
    Ok(())
}
