//! An auction house with two lots and three bidders, and whatever can be read of it.

use crate::secrets::*;
use anyhow::{Context as _, ensure};
use gateway::{proof::signing, server::documents};
use protocol::time::SECOND;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, path::Path, process::Command};
use zhiheng_tests::{
    board::{self, Trader, admit, announce, number},
    client::{Http, Socket},
    program::{apart, good, zhiheng},
    venue::Venue,
};

/// The auction house and all who come to it.
pub(crate) struct House {
    pub(crate) venue: Venue,
    pub(crate) operator: Http,
    pub(crate) url: String,
    /// The lot whose price rises, and the one whose bids are sealed.
    pub(crate) lots: [u64; 2],
    pub(crate) seller: Trader,
    pub(crate) bidders: [Trader; 3],
    /// The second user of the third bidder.
    pub(crate) second: Http,
    pub(crate) second_user: u64,
}

impl House {
    pub(crate) fn as_bidder(&self, i: usize) -> Http {
        Http::new(&self.url, self.bidders[i].key.clone())
    }

    pub(crate) fn whose(&self, bidders: &[usize]) -> Whose {
        let of = |number: fn(&Trader) -> u64| bidders.iter().map(|&i| number(&self.bidders[i])).collect();
        Whose {
            entities: of(|bidder| bidder.entity),
            accounts: of(|bidder| bidder.account),
            // Users were registered with their entities, in the same order.
            users: bidders
                .iter()
                .map(|&i| self.bidders[i].entity)
                .chain([self.second_user])
                .collect(),
        }
    }

    /// Admits who runs the lots and who comes to them.
    pub(crate) fn open(venue: Venue, url: &str) -> anyhow::Result<Self> {
        let operator = Http::new(url, venue.operator.clone());
        let seller = admit(&operator, 1, &["firm", "trader"])?;
        let bidders = [
            admit(&operator, 2, &["trader", "investor"])?,
            admit(&operator, 3, &["trader", "investor"])?,
            admit(&operator, 4, &["trader", "investor"])?,
        ];
        let (second_user, second) = join(
            &operator,
            bidders[2].entity,
            "second",
            &["trader", "investor"],
            &["read", "trade", "list"],
        )?;
        Ok(Self {
            venue,
            operator,
            url: url.to_owned(),
            lots: [0; 2],
            seller,
            bidders,
            second,
            second_user,
        })
    }

    /// Announces two lots, of which the second takes sealed bids for so many seconds.
    pub(crate) fn announce(&mut self, seconds: u64) -> anyhow::Result<()> {
        let (operator, seller) = (&self.operator, &self.seller);
        let http = Http::new(&self.url, seller.key.clone());
        let rising = json!({"ascending": {"start": cny("1004321.09"), "steps": [{"from": cny("0.00"), "step": cny("10000.00")}],
            "clock": {"window_seconds": 0, "extension": "from_bid"}, "buy_now": cny(FIXED), "maxima": true}});
        let sealed = json!({"sealed": {"start": cny("3000000.00"), "pays": "first", "reveal_seconds": 7200, "penalty": cny("0.00")}});
        for (i, (format, deposit, open)) in [(rising, DEPOSIT_RISING, 7_200), (sealed, DEPOSIT_SEALED, seconds)]
            .into_iter()
            .enumerate()
        {
            let right = json!({"asset": {"owner_id": seller.entity, "class": "patent", "office": "US",
                "number": format!("1180357{i}"), "title": "A technology", "filed_on": "2014-03-31", "texts_sha256": "ab".repeat(32)},
                "extract": board::extract()});
            let rights = json!({"client_id": format!("right-{i}"), "rights": [right]});
            let asset = number(&operator.must("/v1/rights", &rights)?, "asset_id")?;
            self.lots[i] = announce(&http, &format!("lot-{i}"), |qualifies| {
                let opens = qualifies.after(2 * SECOND);
                json!({"asset_ids": [asset], "account_id": seller.account,
                    "basis": "venue_rule", "state_owned": false, "format": format, "deposit": cny(deposit),
                    "opens_at": opens.to_string(), "closes_at": opens.after(open * SECOND).to_string(), "viewing_days": 0,
                    "fees": {"seller": 0, "premium": 0, "commission": false}, "payment_days": 5, "refunds_excess": false,
                    "defects_sha256": "dd".repeat(32), "notices_sha256": "ee".repeat(32)})
            })?;
        }
        Ok(())
    }

    /// Waits until a lot is in one of these states.
    pub(crate) fn wait_for(&self, lot: u64, states: &[&str]) -> anyhow::Result<()> {
        board::wait_for_lot(&self.operator, lot, states).map(drop)
    }

    /// Enters, bids, commits, reveals, proposes, and is refused. Gives the nonce and the commitment.
    pub(crate) fn bid(&self) -> anyhow::Result<([u8; 32], [u8; 32])> {
        let [rising, sealed] = self.lots;
        self.wait_for(rising, &["qualifying", "open"])?;
        self.wait_for(sealed, &["qualifying", "open"])?;
        for (i, lot) in [(0, rising), (0, sealed), (1, rising), (1, sealed), (2, rising)] {
            let (http, account) = (self.as_bidder(i), self.bidders[i].account);
            let enter = json!({"client_id": format!("enter-{i}-{lot}"), "lot_id": lot, "account_id": account});
            // No client draws its own number, now or by a proposal.
            let mut chosen = enter.clone();
            chosen["draw"] = json!(7);
            let refused = http.post("/v1/auctions/enter", &chosen)?;
            ensure!(
                refused.0 == 400 && refused.1["code"] == "UNKNOWN_FIELD" && refused.1["field"] == "/draw",
                "{refused:?}"
            );
            chosen["op"] = json!("enter_lot");
            chosen.as_object_mut().context("an object")?.remove("client_id");
            let refused = http.post("/v1/proposals", &json!({"client_id": "chosen", "command": chosen}))?;
            ensure!(
                refused.1["code"] == "UNKNOWN_FIELD" && refused.1["field"] == "/command/draw",
                "{refused:?}"
            );
            // What is sent again gets the first answer: it draws the same.
            let first = http.post("/v1/auctions/enter", &enter)?;
            let again = http.post("/v1/auctions/enter", &enter)?;
            ensure!(first.0 == 200 && again == first, "{first:?} {again:?}");
        }
        self.wait_for(rising, &["open"])?;
        self.wait_for(sealed, &["open"])?;
        let [ana, bo, cy] = [0, 1, 2].map(|i| self.as_bidder(i));

        let (nonce, price) = ([0x5A; 32], minor(SEALED));
        let commit = |http: &Http, name: &str| -> anyhow::Result<[u8; 32]> {
            let (_, own) = http.get("/v1/bidders?limit=1000")?;
            let mine = own["items"].as_array().context("a list")?.iter();
            let mut mine = mine.map(|item| &item["record"]["bidder"]).chain(
                own["items"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|item| &item["bidder"]),
            );
            let mine = mine
                .find(|bidder| bidder["lot_id"] == sealed)
                .with_context(|| format!("{own}"))?;
            let mut hash = Sha256::new();
            hash.update(b"IPX-SEAL-v1\0");
            for word in [sealed, number(mine, "number")?, price.unsigned_abs()] {
                hash.update(word.to_be_bytes());
            }
            hash.update(nonce);
            let commitment: [u8; 32] = hash.finalize().into();
            let body = json!({"client_id": name, "lot_id": sealed, "commitment": signing::hex(&commitment)});
            http.must("/v1/auctions/commitments", &body)?;
            Ok(commitment)
        };
        let commitment = commit(&ana, "ana-commits")?;
        commit(&bo, "bo-commits")?;

        // Who asks is interested: that is nobody's business either. One question is refused, the other taken.
        let ask = |name: &str, lot: u64| json!({"client_id": name, "lot_id": lot, "question": "Until when are its annuities paid?"});
        ana.must("/v1/auctions/questions", &ask("ana-asks", rising))?;
        let seller = Http::new(&self.url, self.seller.key.clone());
        let barred = seller.post("/v1/auctions/questions", &ask("seller-asks", rising))?;
        ensure!(barred.1["code"] == "BARRED_PARTY", "{barred:?}");
        let proposed = json!({"op": "ask_lot", "lot_id": rising, "question": "?"});
        let proposed = ana.post(
            "/v1/proposals",
            &json!({"client_id": "ana-asks-by-two", "command": proposed}),
        )?;
        ensure!(proposed.1["code"] == "NOT_PROPOSABLE", "{proposed:?}");

        let maximum = json!({"client_id": "ana-most", "lot_id": rising, "maximum": cny(MAXIMUM)});
        ana.must("/v1/auctions/maximum", &maximum)?;
        bo.must(
            "/v1/auctions/bids",
            &json!({"client_id": "bo-bids", "lot_id": rising, "price": cny("1054321.09")}),
        )?;
        let off = bo.post(
            "/v1/auctions/bids",
            &json!({"client_id": "bo-off", "lot_id": rising, "price": cny(REFUSED)}),
        )?;
        ensure!(off.0 != 200, "{off:?}");
        // Over a socket as well, where the log could tell frames.
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let mut socket = Socket::connect(&self.url, &self.bidders[1].key).await?;
            let off =
                json!({"op": "bid_lot", "id": 1, "client_id": "bo-socket", "lot_id": rising, "price": cny(REFUSED)});
            socket.send(&off).await?;
            let answer = socket.next().await.context("an answer")?;
            ensure!(answer["code"].is_string(), "{answer}");
            let chosen =
                json!({"op": "enter_lot", "id": 2, "client_id": "x", "lot_id": rising, "account_id": 1, "draw": 7});
            socket.send(&chosen).await?;
            let answer = socket.next().await.context("an answer")?;
            ensure!(answer["code"] == "UNKNOWN_FIELD", "{answer}");
            anyhow::Ok(())
        })?;
        // The third bidder decides by two.
        cy.must(
            "/v1/participants/dual-control",
            &json!({"client_id": "cy-two", "required": true}),
        )?;
        let bid = json!({"op": "bid_lot", "lot_id": rising, "price": cny("1204321.09")});
        let proposal = cy.must("/v1/proposals", &json!({"client_id": "cy-proposes", "command": bid}))?;
        let approve = json!({"client_id": "cy-approves", "proposal_id": number(&proposal, "deal_id")?});
        self.second.must("/v1/proposals/approve", &approve)?;

        self.wait_for(sealed, &["revealing"])?;
        let reveal = |name: &str, price: &str| json!({"client_id": name, "lot_id": sealed, "price": cny(price), "nonce": signing::hex(&nonce)});
        ana.must("/v1/auctions/reveals", &reveal("ana-reveals", SEALED))?;
        let other = bo.post("/v1/auctions/reveals", &reveal("bo-reveals", MISMATCHED))?;
        ensure!(other.0 != 200, "{other:?}");
        Ok((nonce, commitment))
    }

    /// Everything that can be read at the door: every route that the document names, with every number that there is.
    pub(crate) fn everything(
        &self,
        http: &Http,
        signed: bool,
        see: impl FnMut(&str, &str) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut numbers: BTreeSet<u64> = (0..8).collect();
        numbers.extend(self.lots);
        every_route(http, signed, &numbers, see)
    }

    pub(crate) fn tool(&self, args: &[&str], data: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(zhiheng()?);
        apart(&mut command).args(args).arg(data);
        Ok(command)
    }

    pub(crate) fn dump(&self, data: &Path) -> anyhow::Result<String> {
        let output = good(&mut self.tool(&["journal", "dump"], data)?)?;
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// What is read at every route that the document names, with each of these numbers; how many reads.
pub(crate) fn every_route(
    http: &Http,
    signed: bool,
    numbers: &BTreeSet<u64>,
    mut see: impl FnMut(&str, &str) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let mut read = 0;
    let paths = &documents().openapi;
    for (path, methods) in paths["paths"].as_object().context("paths")? {
        if methods["get"].is_null() || path == "/v1/ws" || path == "/openapi.json" {
            continue;
        }
        let asked: Vec<String> = if path.contains('{') {
            let fill = |number: &u64| {
                let mut parts = path.split('/').map(|part| match part.starts_with('{') {
                    true => number.to_string(),
                    false => part.to_owned(),
                });
                let first = parts.next().unwrap_or_default();
                parts.fold(first, |path, part| path + "/" + &part)
            };
            numbers.iter().map(fill).collect()
        } else {
            vec![path.clone(), format!("{path}?limit=1000")]
        };
        for path in asked {
            let (_, text) = http.read(&path, signed)?;
            see(&path, &text).with_context(|| path.clone())?;
            read += 1;
        }
    }
    Ok(read)
}

/// A user of an entity, with a key of these scopes.
pub(crate) fn join(
    operator: &Http,
    entity: u64,
    name: &str,
    roles: &[&str],
    scopes: &[&str],
) -> anyhow::Result<(u64, Http)> {
    let user = operator.must(
        "/v1/participants/users",
        &json!({"client_id": format!("{name}-user"), "entity_id": entity, "roles": roles}),
    )?;
    let secret = signing::Secret::generate_ed25519()?;
    let public = signing::hex(&secret.public_key().context("a public half")?);
    let key = operator.must(
        "/v1/participants/keys",
        &json!({"client_id": format!("{name}-key"), "user_id": user["user_id"], "scopes": scopes,
            "material": {"algorithm": "ed25519", "public_key": public}}),
    )?;
    let key = signing::Key {
        id: protocol::KeyId(u32::try_from(number(&key, "key_id")?)?),
        secret,
        label: String::new(),
    };
    Ok((number(&user, "user_id")?, Http::new(operator.url(), key)))
}
