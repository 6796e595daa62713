//! Who may ask what: every operation of the documents, asked by every role with every key, and by those who have none that
//! is good. What each is to be answered follows from one table of the rules ([`rules`]), and from what the roll of
//! commands and the documents say of scopes and signatures.
//!
//! A key of one scope after another is used, so that no scope stands for another's. The whole product is asked where
//! `ZHIHENG_WHOLE` is set; without it a part, in which every operation is asked by every role.

mod rules;
#[path = "../server_support/mod.rs"]
mod server_support;

use futures_util::future::join_all;
use gateway::{
    proof::signing::{self, Key},
    server::documents,
};
use protocol::{KeyId, command::Op, party::Roles};
use rules::{Says, of_sign_in, reads_all, said_to_reader, who_gives};
use serde_json::{Value, json};
use server_support::*;
use std::{collections::BTreeMap, fs};

/// The book in which the examples trade.
const SYMBOL: &str = "CN201910513128.U";
/// All scopes that there are.
const SCOPES: [&str; 4] = ["read", "trade", "list", "admin"];

/// A body for each command: the first example of it in the documents for users.
fn examples() -> BTreeMap<String, Value> {
    let mut examples: BTreeMap<String, Value> = BTreeMap::new();
    for page in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap() {
        let Ok(text) = fs::read_to_string(page.unwrap().path()) else {
            continue;
        };
        for line in text.lines().filter(|line| line.starts_with("{\"at\":")) {
            let Ok(Value::Object(mut body)) = serde_json::from_str(line) else {
                continue;
            };
            let (Some(_), Some(Value::String(op))) = (body.remove("by"), body.remove("op")) else {
                continue;
            };
            body.remove("at");
            // A script draws what the venue draws.
            body.remove("draw");
            examples.entry(op).or_insert(body.into());
        }
    }
    for (op, member, value) in [
        // Nobody is to lose a key, or to need a second person, while it is asked what it may.
        ("revoke_key", "key_id", json!(9_999)),
        ("set_dual_control", "required", json!(false)),
    ] {
        examples.get_mut(op).unwrap()[member] = value;
    }
    for body in examples.values_mut() {
        if body.get("symbol").is_some() {
            body["symbol"] = SYMBOL.into();
        }
    }
    examples
}

/// Something that can be asked, as the documents tell of it.
struct Operation {
    name: String,
    method: String,
    path: String,
    body: Option<Value>,
    /// Whether a signature is asked for, is taken, or changes nothing.
    security: Security,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Needed,
    Taken,
    None,
}

impl Operation {
    fn all(owner: &Dealer) -> Vec<Self> {
        let examples = examples();
        let mut all = Vec::new();
        for (path, operations) in documents().openapi["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let name = operation["operationId"].as_str().unwrap().to_owned();
                let security = match operation["security"].as_array().map(Vec::as_slice) {
                    None => Security::Needed,
                    Some([]) => Security::None,
                    // One of the ways is none at all.
                    Some(ways) if ways.contains(&json!({})) => Security::Taken,
                    Some(_) => Security::Needed,
                };
                let mut path = path.clone();
                for (part, value) in [
                    ("{account_id}", owner.account.to_string()),
                    ("{entity_id}", owner.entity.to_string()),
                    ("{symbol}", SYMBOL.to_owned()),
                    ("{asset_id}", "0".to_owned()),
                    ("{order_id}", "4294967303".to_owned()),
                    ("{key_id}", "9999".to_owned()),
                    ("{user_id}", owner.user.to_string()),
                    ("{id}", "1".to_owned()),
                    ("{resource}", "titles".to_owned()),
                    ("{sha256}", "5a".repeat(32)),
                ] {
                    path = path.replace(part, &value);
                }
                assert!(!path.contains('{'), "{path}");
                let needed = operation["parameters"].as_array().into_iter().flatten();
                let needed = needed.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
                for parameter in needed.filter(|parameter| parameter["name"] != "client_id") {
                    let value = match parameter["name"].as_str().unwrap() {
                        "account_id" => owner.account.to_string(),
                        "currency" => "CNY".to_owned(),
                        "symbol" => SYMBOL.to_owned(),
                        "date" | "on" => "2026-03-02".to_owned(),
                        "resolution" => "1d".to_owned(),
                        "act" => "sell".to_owned(),
                        "side" => "buy".to_owned(),
                        "type" => "market".to_owned(),
                        "quantity" => "1".to_owned(),
                        "entities" => owner.entity.to_string(),
                        other => panic!("{path} needs {other}"),
                    };
                    path += if path.contains('?') { "&" } else { "?" };
                    path += &format!("{}={value}", parameter["name"].as_str().unwrap());
                }
                let body = (method != "get").then(|| match method.as_str() {
                    // Of the operation's own document: it is no command.
                    _ if of_sign_in(&name).is_some() => of_sign_in(&name).expect("it is one").0,
                    // A file: whatever it holds.
                    _ if name == "put_attachment" => json!("a file"),
                    // Its address says all but its name.
                    "delete" => json!({}),
                    _ => examples
                        .get(&name)
                        .unwrap_or_else(|| panic!("no example of {name}"))
                        .clone(),
                });
                all.push(Self {
                    name,
                    method: method.to_uppercase(),
                    path,
                    body,
                    security,
                });
            }
        }
        all
    }

    async fn ask(&self, by: &Dealer) -> Answer {
        match &self.body {
            None => by.get(&self.path).await,
            Some(body) => {
                let mut body = body.clone();
                if body.is_object() && of_sign_in(&self.name).is_none() {
                    body["client_id"] = fresh_id().into();
                }
                by.send(&self.method, &self.path, &body).await
            }
        }
    }

    /// What the rules say to who asks, behind a signature that holds.
    fn says(&self, role: &str, scope: &str) -> Says {
        if let Some((_, says)) = of_sign_in(&self.name) {
            return says(role, scope);
        }
        match Op::from_name(&self.name) {
            Some(op) if !op.scopes().names().any(|one| one == scope) => Says::No("SCOPE_MISSING"),
            Some(op) => who_gives(op.name()).say(role),
            None => said_to_reader(&self.name, self.security == Security::Needed, scope),
        }
    }
}

/// Holds an answer against what the rules say.
fn hold(answer: &Answer, says: Says, who: &str, faults: &mut Vec<String>) {
    let code = answer.body["code"].as_str().unwrap_or_default();
    // Anybody's faults, of whom nobody's rights are asked.
    let refused = [
        "NOT_AUTHENTICATED",
        "SCOPE_MISSING",
        "KEY_NOT_ACCEPTED",
        "BAD_SIGNATURE",
        "NETWORK_NOT_ALLOWED",
    ];
    let right = match says {
        Says::No(expected) => code == expected,
        Says::Yes => answer.status < 500 && !refused.contains(&code) && code != "NOT_PERMITTED",
        Says::ByIt => answer.status < 500 && !refused.contains(&code),
        Says::NotDone => (400..500).contains(&answer.status) && !refused.contains(&code),
    };
    if !right {
        faults.push(format!("{who}: {says:?}, and was answered {} {code}", answer.status));
    }
}

/// Somebody with a role and a key for each scope, beside one that is revoked and one that is good elsewhere alone.
struct Holder {
    role: &'static str,
    keys: BTreeMap<&'static str, Dealer>,
}

impl Holder {
    async fn admit(venue: &Venue, role: &'static str, seed: u8) -> Self {
        let operator = &venue.operator;
        let legal_id = json!({ "scheme": "uscc", "code": uscc(seed) });
        let entity = json!({ "name": format!("主体 {role}"), "kind": "company", "legal_id": legal_id });
        let entity = operator.done("POST", "/v1/participants/entities", entity).await["entity_id"].clone();
        let user = json!({ "entity_id": entity, "roles": [role] });
        let user = operator.done("POST", "/v1/participants/users", user).await["user_id"].clone();
        let public_key = signing::hex(&secret(seed).public_key().unwrap());
        let material = json!({ "algorithm": "ed25519", "public_key": public_key });
        let mut keys = BTreeMap::new();
        for scope in SCOPES.into_iter().chain(["revoked", "elsewhere"]) {
            let scopes = if SCOPES.contains(&scope) {
                json!([scope])
            } else {
                json!(SCOPES)
            };
            let networks = if scope == "elsewhere" {
                json!(["10.9.8.0/24"])
            } else {
                json!([])
            };
            let key = json!({ "user_id": user, "material": material, "scopes": scopes, "networks": networks });
            let id = operator.done("POST", "/v1/participants/keys", key).await["key_id"]
                .as_u64()
                .unwrap();
            if scope == "revoked" {
                operator
                    .done("DELETE", &format!("/v1/participants/keys/{id}"), json!({}))
                    .await;
            }
            let key = Key {
                id: KeyId(u32::try_from(id).unwrap()),
                secret: secret(seed),
                label: String::new(),
            };
            keys.insert(
                scope,
                Dealer {
                    key: Some(key),
                    ..operator.clone()
                },
            );
        }
        Self { role, keys }
    }
}

/// A venue with somebody of each role, and a second operator: what changes rules and moves money takes both, so no example
/// does that.
async fn venue(dir: &std::path::Path) -> (Venue, Dealer, Vec<Holder>) {
    let venue = Venue::open(config(dir)).await;
    let owner = venue.admit(11, "1000.00").await;
    venue.list(&owner, SYMBOL).await;
    let mut holders = Vec::new();
    let others = Roles::ALL.iter().filter(|(role, _)| *role != Roles::OPERATOR);
    for (&(_, role), seed) in others.zip(20..) {
        holders.push(Holder::admit(&venue, role, seed).await);
    }
    let keys = operator_keys(&venue).await;
    holders.push(Holder { role: "operator", keys });
    let second = json!({ "entity_id": 0, "roles": ["operator"] });
    venue.operator.done("POST", "/v1/participants/users", second).await;
    (venue, owner, holders)
}

/// The keys of the venue's first operator, by their scopes.
async fn operator_keys(venue: &Venue) -> BTreeMap<&'static str, Dealer> {
    let operator = &venue.operator;
    let public_key = signing::hex(&secret(1).public_key().unwrap());
    let material = json!({ "algorithm": "ed25519", "public_key": public_key });
    let mut keys = BTreeMap::new();
    for scope in SCOPES {
        let key = json!({ "user_id": operator.user, "material": material, "scopes": [scope], "networks": [] });
        let id = operator.done("POST", "/v1/participants/keys", key).await["key_id"]
            .as_u64()
            .unwrap();
        let key = Key {
            id: KeyId(u32::try_from(id).unwrap()),
            secret: secret(1),
            label: String::new(),
        };
        keys.insert(
            scope,
            Dealer {
                key: Some(key),
                ..operator.clone()
            },
        );
    }
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_answered_as_the_rules_say() {
    let whole = std::env::var_os("ZHIHENG_WHOLE").is_some();
    let dir = tempfile::tempdir().unwrap();
    let (venue, owner, holders) = venue(dir.path()).await;
    let operations = Operation::all(&owner);
    let (mut faults, mut asked) = (Vec::new(), 0);
    for (number, operation) in operations.iter().enumerate() {
        let who = |whom: &str| format!("{} {} by {whom}", operation.method, operation.path);
        let of_nobody = match operation.security {
            Security::Needed => Says::No("NOT_AUTHENTICATED"),
            Security::Taken | Security::None => Says::ByIt,
        };
        hold(
            &operation.ask(&venue.nobody()).await,
            of_nobody,
            &who("nobody"),
            &mut faults,
        );
        // A claim that does not hold is refused everywhere: nobody is taken for nobody who says to be somebody.
        let holder = &holders[number % (holders.len() - 1)];
        let mut forger = holder.keys["read"].clone();
        forger.key.as_mut().unwrap().secret = secret(99);
        for (dealer, code) in [
            (&holder.keys["revoked"], "KEY_NOT_ACCEPTED"),
            (&holder.keys["elsewhere"], "NETWORK_NOT_ALLOWED"),
            (&forger, "BAD_SIGNATURE"),
        ] {
            hold(&operation.ask(dealer).await, Says::No(code), &who(code), &mut faults);
        }
        let mut asking = Vec::new();
        for (place, holder) in holders.iter().enumerate() {
            for (row, scope) in SCOPES.into_iter().enumerate() {
                let says = operation.says(holder.role, scope);
                // Where the key says all, or nothing, the role says nothing: one pair in eight is asked.
                let of_key = says == Says::No("SCOPE_MISSING") || operation.body.is_none() && scope != "read";
                if whole || !of_key || (number + 3 * place + row) % 8 == 0 {
                    let (role, key) = (holder.role, &holder.keys[scope]);
                    asking.push(async move { (operation.ask(key).await, says, format!("a {role} with {scope}")) });
                }
            }
        }
        asked += asking.len();
        for (answer, says, whom) in join_all(asking).await {
            hold(&answer, says, &who(&whom), &mut faults);
        }
    }
    assert!(asked > 16 * operations.len(), "{asked} asked");
    assert!(faults.is_empty(), "{} of {asked}: {faults:#?}", faults.len());
    venue.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_somebodys_is_read_by_it_and_by_who_sees_all() {
    let dir = tempfile::tempdir().unwrap();
    let (venue, owner, holders) = venue(dir.path()).await;
    let order = owner.place(SYMBOL, "sell", "120.00", "1").await;
    let account = owner.account;
    let order = format!("/v1/orders/{}", order["outcome"]["order_id"].as_str().unwrap());
    let mut faults = Vec::new();
    for (path, unknown) in [
        (format!("/v1/accounts/{account}"), "UNKNOWN_ACCOUNT"),
        (format!("/v1/accounts/{account}/holdings"), "UNKNOWN_ACCOUNT"),
        (format!("/v1/orders?account_id={account}"), "UNKNOWN_ACCOUNT"),
        (format!("/v1/fills?account_id={account}"), "UNKNOWN_ACCOUNT"),
        (
            format!("/v1/statements/cash?account_id={account}&currency=CNY"),
            "UNKNOWN_ACCOUNT",
        ),
        (
            format!("/v1/statements/units?account_id={account}&symbol={SYMBOL}"),
            "UNKNOWN_ACCOUNT",
        ),
        (
            format!("/v1/statements/days/cash?account_id={account}&currency=CNY"),
            "UNKNOWN_ACCOUNT",
        ),
        (order, "UNKNOWN_ORDER"),
        (format!("/v1/participants/entities/{}", owner.entity), "NOT_PERMITTED"),
    ] {
        assert_eq!(owner.get(&path).await.status, 200, "{path}");
        for holder in &holders {
            let says = if reads_all(holder.role) {
                Says::Yes
            } else {
                Says::No(unknown)
            };
            let answer = holder.keys["read"].get(&path).await;
            hold(&answer, says, &format!("{path} by a {}", holder.role), &mut faults);
            assert!(says != Says::Yes || answer.status == 200, "{path}: {}", answer.text);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    venue.stop().await.unwrap();
}

#[test]
fn the_rules_name_every_command_once_and_every_role_by_its_name() {
    let mut seen = BTreeMap::new();
    for (who, ops) in rules::GIVEN_BY {
        for role in who.roles() {
            assert!(Roles::from_name(role).is_some(), "{role}");
        }
        for op in *ops {
            assert!(Op::from_name(op).is_some(), "{op}");
            *seen.entry(*op).or_insert(0) += 1;
        }
    }
    assert!(seen.values().all(|&times| times == 1), "{seen:#?}");
    for (_, operations) in documents().openapi["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(
                Op::from_name(name).is_none() || seen.contains_key(name),
                "nobody is named who gives {name}"
            );
        }
    }
}
