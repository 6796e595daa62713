//! Every command survives JSON, and no bytes panic.

use super::{commands::convert::CommandJson, read::write_line, scalar::*, *};
use proptest::{collection::vec, option, prelude::*};
use protocol::{
    AccountId, Amount, AssetId, BasisPoints, Bounded, Client, ClientId, Command, Currency, Date, Digest, EntityId,
    InstrumentId, KeyId, Money, OrderId, Price, Quantity, Request, Seq, Side, Stamped, Symbol, Timestamp, UserId,
    WithdrawalId,
    account::{CashMove, PayOut, RequestWithdrawal},
    asset::{AssetClass, Classification, RegisterAsset},
    command::{ClientKey, Op},
    listing::{BookTerms, IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, KeyMaterial, LegalId, Network, RegisterEntity, RegisterKey, RegisterUser, Roles, Scopes},
    rules::{Approval, Calendar, Epoch, Fees, Profile},
    title::{NewRight, RegisterRights},
    wire,
};

/// Three listings, in currencies of three scales.
struct Board;

const LISTED: [(&str, Currency); 3] = [
    ("CN201910513128.U", Currency::Cny),
    ("JP7000001.U", Currency::Jpy),
    ("KW-1", Currency::Kwd),
];

impl Names for Board {
    fn instrument(&self, symbol: &Symbol) -> Option<(InstrumentId, Currency)> {
        (1..)
            .zip(LISTED)
            .find(|(_, (name, _))| *name == symbol.as_str())
            .map(|(id, (_, c))| (InstrumentId(id), c))
    }

    fn listing(&self, instrument: InstrumentId) -> Option<(Symbol, Currency)> {
        let (symbol, currency) = LISTED.get(instrument.index().checked_sub(1)?)?;
        Some((Symbol::new(symbol)?, *currency))
    }
}

fn text<const MAX: usize, const CHARACTERS: bool>() -> impl Strategy<Value = Bounded<MAX, CHARACTERS>> {
    "[ -~专利\u{10348}]{1,64}".prop_filter_map("too long", |text| {
        let end = text
            .char_indices()
            .map(|(i, c)| i + c.len_utf8())
            .take_while(|end| *end <= MAX)
            .last()?;
        Bounded::new(&text[..end])
    })
}

fn currency() -> impl Strategy<Value = Currency> {
    proptest::sample::select(Currency::ALL.to_vec())
}

fn price() -> impl Strategy<Value = Price> {
    prop_oneof![Just(0), Just(protocol::PRICE_MAX), 0..=protocol::PRICE_MAX].prop_map(Price::from_minor)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    prop_oneof![Just(0), Just(protocol::QUANTITY_MAX), 0..=protocol::QUANTITY_MAX].prop_map(Quantity::from_units)
}

fn date() -> impl Strategy<Value = Date> {
    (-719_162..=2_932_896).prop_map(Date)
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn epoch() -> impl Strategy<Value = Epoch> {
    let approval = prop_oneof![
        Just(Approval::None),
        Just(Approval::Sandbox),
        Just(Approval::Demo),
        text()
            .prop_filter("the words", |text| !matches!(text.as_str(), "sandbox" | "demo"))
            .prop_map(Approval::Reference)
    ];
    let profile = prop_oneof![Just(Profile::CnVenue), Just(Profile::UnitMarket)];
    (
        any::<u16>(),
        profile,
        approval,
        any::<(u16, u16)>(),
        (vec(any::<u16>(), 0..4), vec(text(), 0..4)),
        vec(date(), 0..4),
        vec(date(), 0..4),
    )
        .prop_map(
            |(rules_version, profile, approval, (maker, taker), (years, sources), holidays, working_weekends)| Epoch {
                rules_version,
                profile,
                approval,
                fees: Fees {
                    maker: BasisPoints(maker),
                    taker: BasisPoints(taker),
                },
                calendar: Calendar {
                    years,
                    sources,
                    holidays,
                    working_weekends,
                },
                judicial_listing: None,
            },
        )
}

fn register_entity() -> impl Strategy<Value = RegisterEntity> {
    let kinds = [
        EntityKind::Company,
        EntityKind::Bank,
        EntityKind::Fund,
        EntityKind::Institute,
        EntityKind::PublicBody,
        EntityKind::Venue,
    ];
    let legal_id = prop_oneof![text().prop_map(LegalId::Uscc), text().prop_map(LegalId::Lei)];
    (
        text(),
        proptest::sample::select(kinds.to_vec()),
        legal_id,
        option::of(digest()),
    )
        .prop_map(|(name, kind, legal_id, evidence)| RegisterEntity {
            name,
            kind,
            legal_id,
            evidence,
        })
}

fn network() -> impl Strategy<Value = Network> {
    let mapped = (any::<[u8; 4]>(), 96..=128_u8).prop_map(|(v4, prefix)| Network {
        address: std::net::Ipv4Addr::from(v4).to_ipv6_mapped().octets(),
        prefix,
    });
    let any_mapped = (any::<[u8; 4]>(), 0..=128_u8).prop_map(|(v4, prefix)| Network {
        address: std::net::Ipv4Addr::from(v4).to_ipv6_mapped().octets(),
        prefix,
    });
    let wide = (any::<[u8; 16]>(), 0..=128_u8).prop_map(|(address, prefix)| Network { address, prefix });
    prop_oneof![mapped, any_mapped, wide]
}

fn register_key() -> impl Strategy<Value = RegisterKey> {
    let material = prop_oneof![
        any::<[u8; 32]>().prop_map(KeyMaterial::Ed25519),
        Just(KeyMaterial::HmacSha256)
    ];
    (any::<u32>(), material, 0..16_u16, vec(network(), 0..4)).prop_map(|(user, material, scopes, networks)| {
        RegisterKey {
            user: UserId(user),
            material,
            scopes: Scopes(scopes),
            networks,
        }
    })
}

fn register_asset() -> impl Strategy<Value = RegisterAsset> {
    let classes = [
        AssetClass::Patent,
        AssetClass::Trademark,
        AssetClass::Copyright,
        AssetClass::GeographicalIndication,
        AssetClass::CircuitLayout,
        AssetClass::LicenceIncome,
    ];
    let classification = prop_oneof![
        text().prop_map(Classification::Ipc),
        any::<u8>().prop_map(Classification::Nice),
        any::<u8>().prop_map(Classification::Locarno)
    ];
    let dates = (option::of(date()), option::of(date()), option::of(date()));
    let office = (0..128_u8, 0..128_u8).prop_map(|(a, b)| [a, b]);
    let facts = (
        any::<u32>(),
        proptest::sample::select(classes.to_vec()),
        office,
        text(),
        text(),
    );
    (facts, dates, vec(classification, 0..4), digest()).prop_map(
        |((owner, class, office, number, title), (filed, granted, expires), classifications, texts)| RegisterAsset {
            owner: EntityId(owner),
            class,
            office: protocol::Office(office),
            number,
            title,
            filed,
            granted,
            expires,
            classifications,
            texts,
        },
    )
}

fn terms() -> impl Strategy<Value = BookTerms> {
    (
        "[A-Z0-9][A-Z0-9.-]{0,23}",
        currency(),
        (price(), price(), price()),
        (quantity(), quantity(), quantity()),
    )
        .prop_map(
            |(symbol, currency, (tick, price_low, price_high), (lot, order_max, supply))| BookTerms {
                symbol: Symbol::new(&symbol).unwrap(),
                currency,
                tick,
                price_low,
                price_high,
                lot,
                order_max,
                supply,
            },
        )
}

fn cash() -> impl Strategy<Value = CashMove> {
    let amount = prop_oneof![Just(0), Just(protocol::MONEY_MAX), 0..=protocol::MONEY_MAX];
    (any::<u32>(), currency(), amount, text()).prop_map(|(account, currency, amount, reference)| CashMove {
        account: AccountId(account),
        currency,
        amount: Money::from_minor(amount),
        reference,
    })
}

fn place_order() -> impl Strategy<Value = PlaceOrder> {
    let kind = prop_oneof![
        price().prop_map(OrderKind::Limit),
        price().prop_map(OrderKind::ImmediateOrCancel),
        Just(OrderKind::Market)
    ];
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    (any::<u32>(), 1..=3_u32, side, kind, quantity()).prop_map(|(account, instrument, side, kind, quantity)| {
        PlaceOrder {
            account: AccountId(account),
            instrument: InstrumentId(instrument),
            side,
            kind,
            quantity,
        }
    })
}

/// Every command that JSON has words for.
fn command() -> impl Strategy<Value = Command> {
    let new = (register_asset(), option::of(date()), option::of(terms())).prop_map(|(asset, due, units)| NewRight {
        due,
        units,
        ..NewRight::from(asset)
    });
    let rights = (vec(new, 0..3), option::of(any::<u32>())).prop_map(|(rights, issue_to)| RegisterRights {
        rights,
        issue_to: issue_to.map(AccountId),
    });
    prop_oneof![
        epoch().prop_map(|epoch| Command::Epoch(Box::new(epoch))),
        Just(Command::Tick),
        any::<u64>().prop_map(|at| Command::Resumed {
            down_from: Timestamp(at)
        }),
        register_entity().prop_map(|entity| Command::RegisterEntity(Box::new(entity))),
        (any::<u32>(), 0..256_u16).prop_map(|(e, roles)| Command::RegisterUser(RegisterUser {
            entity: EntityId(e),
            roles: Roles(roles)
        })),
        register_key().prop_map(|key| Command::RegisterKey(Box::new(key))),
        any::<u32>().prop_map(|key| Command::RevokeKey { key: KeyId(key) }),
        any::<u32>().prop_map(|entity| Command::OpenAccount {
            entity: EntityId(entity)
        }),
        cash().prop_map(|cash| Command::CashIn(Box::new(cash))),
        (any::<u64>(), text()).prop_map(|(withdrawal, reference)| Command::CashOut(Box::new(PayOut {
            withdrawal: WithdrawalId(withdrawal),
            reference
        }))),
        (any::<u32>(), currency(), 0..=protocol::MONEY_MAX).prop_map(|(account, currency, minor)| {
            let amount = Amount::new(currency, Money::from_minor(minor));
            Command::RequestWithdrawal(RequestWithdrawal {
                account: AccountId(account),
                amount,
            })
        }),
        register_asset().prop_map(|asset| Command::RegisterAsset(Box::new(asset))),
        (any::<u32>(), terms()).prop_map(|(asset, terms)| Command::ListUnits(Box::new(ListUnits {
            asset: AssetId(asset),
            terms
        }))),
        rights.prop_map(|rights| Command::RegisterRights(Box::new(rights))),
        (1..=3_u32, any::<u32>(), quantity()).prop_map(|(instrument, account, quantity)| {
            Command::IssueUnits(IssueUnits {
                instrument: InstrumentId(instrument),
                account: AccountId(account),
                quantity,
            })
        }),
        (1..=3_u32, any::<bool>()).prop_map(|(i, trading)| Command::SetTrading {
            instrument: InstrumentId(i),
            trading
        }),
        place_order().prop_map(Command::PlaceOrder),
        any::<u64>().prop_map(|order| Command::CancelOrder { order: OrderId(order) }),
    ]
}

/// Commands beyond what JSON can say: negative and huge numbers, books that do not exist, unknown bits.
fn odd_command() -> impl Strategy<Value = Command> {
    let order = (any::<u32>(), any::<u32>(), any::<i64>(), any::<i64>()).prop_map(|(a, i, price, quantity)| {
        Command::PlaceOrder(PlaceOrder {
            account: AccountId(a),
            instrument: InstrumentId(i),
            side: Side::Sell,
            kind: OrderKind::Limit(Price::from_minor(price)),
            quantity: Quantity::from_units(quantity),
        })
    });
    let user = any::<(u32, u16)>().prop_map(|(e, roles)| {
        Command::RegisterUser(RegisterUser {
            entity: EntityId(e),
            roles: Roles(roles),
        })
    });
    let asset = (register_asset(), any::<[u8; 2]>(), any::<i32>()).prop_map(|(asset, office, filed)| {
        Command::RegisterAsset(Box::new(RegisterAsset {
            office: protocol::Office(office),
            filed: Some(Date(filed)),
            ..asset
        }))
    });
    let epoch = epoch().prop_map(|epoch| {
        let approval = Approval::Reference(Bounded::new("sandbox").unwrap());
        Command::Epoch(Box::new(Epoch { approval, ..epoch }))
    });
    prop_oneof![order, user, asset, epoch, command()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn every_command_round_trips(command in command()) {
        let json = CommandJson::from_command(&command, &Board);
        prop_assert!(json.is_some(), "JSON has no words for {command:?}");
        let text = serde_json::to_vec(&json).unwrap();
        let frame = read_frame(&text).unwrap();
        let op = frame.command().unwrap();
        prop_assert_eq!(frame.into_body(op, &Board).unwrap().command, command);
    }

    #[test]
    fn every_line_round_trips(
        command in odd_command(),
        by in any::<u32>(),
        at in any::<u64>(),
        seq in any::<u64>(),
        key in option::of(any::<([u8; 16], [u8; 8])>()),
        name in option::of("\\PC{1,64}"),
    ) {
        let client = key.map(|(id, body)| match name.map(|name| name.parse::<ClientId>().unwrap()) {
            Some(name) => {
                let id = wire::client_trace(name.as_str());
                Client { key: ClientKey { id, body }, id: Some(name) }
            }
            None => ClientKey { id, body }.into(),
        });
        let client_id = client.as_ref().and_then(|client| client.id.clone());
        let request = Request { by: UserId(by), client, command };
        let line = write_line(&Stamped { seq: Seq(seq), at: Timestamp(at), body: request.clone() }, &Board);
        let read = read_line(line.as_bytes(), &Board).unwrap();
        prop_assert_eq!(read, Line { at: Timestamp(at), journal_seq: Some(Seq(seq)), client_id, request });
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = read_line(&bytes, &Board);
        let _ = read_frame(&bytes);
        for op in Op::ALL {
            let _ = read_body(*op, &bytes, &Board);
        }
    }

    #[test]
    fn no_damaged_command_panics(
        command in command(),
        damage in vec((any::<prop::sample::Index>(), "[ -~专\u{0}\"{}\\[\\]:,0-9eE+.-]"), 1..4),
    ) {
        let json = CommandJson::from_command(&command, &Board);
        let mut text: Vec<char> = serde_json::to_string(&json).unwrap().chars().collect();
        for (at, with) in damage {
            let at = at.index(text.len());
            text.splice(at..=at, with.chars());
        }
        let text: String = text.into_iter().collect();
        if let Ok(frame) = read_frame(text.as_bytes())
            && let Some(op) = frame.command()
            && let Ok(body) = frame.into_body(op, &Board)
        {
            // What reads, writes back.
            prop_assert!(CommandJson::from_command(&body.command, &Board).is_some());
        }
    }

    #[test]
    fn no_text_panics_a_scalar(text in "[ -~\u{0}-\u{ff}专利]{0,40}") {
        let _ = (read_time(&text), read_date(&text), read_network(&text), read_digest(&text), read_order_id(&text));
        for &currency in Currency::ALL {
            if let Ok(money) = read_money(&text, currency) {
                prop_assert_eq!(read_money(&write_money(money, currency), currency), Ok(money));
            }
        }
    }
}

fn order(fields: &str) -> Result<Body, (&'static str, String)> {
    let text = format!("{{\"account_id\":1,\"symbol\":\"CN201910513128.U\",\"side\":\"buy\",{fields}}}");
    read_body(Op::PlaceOrder, text.as_bytes(), &Board).map_err(|error| (error.code.code(), error.path))
}

#[test]
fn null_is_as_good_as_none_in_every_field_of_every_command() {
    use protocol::describe::Shape;
    let read = |op, body: &str| {
        let read = read_body(op, body.as_bytes(), &Board);
        read.map(|body| body.command)
            .map_err(|error| (error.code.code(), error.path))
    };
    let mut asked = 0;
    for &op in Op::ALL {
        let Shape::Object(object) = op.shape() else { continue };
        let none = read(op, "{}");
        for field in object.fields {
            let null = read(op, &format!("{{\"{}\":null}}", field.name));
            // What the wire does not know (the bytes of a proposal, what the venue draws) is unknown as none, too.
            if null == Err(("UNKNOWN_FIELD", format!("/{}", field.name))) {
                continue;
            }
            assert_eq!(null, none, "{} {}", op.name(), field.name);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked} fields");
}

#[test]
fn a_bad_order_is_named_and_placed() {
    assert!(order(r#""type":"limit","price":"120.00","quantity":"5""#).is_ok());
    assert!(order(r#""type":"market","quantity":"5""#).is_ok());
    for (fields, code, path) in [
        (
            r#""type":"limit","price":"120.005","quantity":"5""#,
            "WRONG_SCALE",
            "/price",
        ),
        (
            r#""type":"limit","price":"-120","quantity":"5""#,
            "OUT_OF_RANGE",
            "/price",
        ),
        (
            r#""type":"limit","price":"1e2","quantity":"5""#,
            "MALFORMED_NUMBER",
            "/price",
        ),
        (r#""type":"limit","price":120,"quantity":"5""#, "WRONG_TYPE", "/price"),
        (r#""type":"limit","price":120.5,"quantity":"5""#, "WRONG_TYPE", "/price"),
        (
            r#""type":"limit","price":"40000000.01","quantity":"5""#,
            "OUT_OF_RANGE",
            "/price",
        ),
        (
            r#""type":"limit","price":"120","quantity":"1000000001""#,
            "OUT_OF_RANGE",
            "/quantity",
        ),
        (
            r#""type":"limit","price":"120","quantity":"0.5""#,
            "WRONG_SCALE",
            "/quantity",
        ),
        (r#""type":"limit","quantity":"5""#, "MISSING_FIELD", "/price"),
        (
            r#""type":"market","price":"1","quantity":"5""#,
            "CONFLICTING_FIELDS",
            "/price",
        ),
        (r#""type":"stop","price":"1","quantity":"5""#, "UNKNOWN_VALUE", "/type"),
        (
            r#""type":"limit","price":"1","quantity":"5","tif":"gtc""#,
            "UNKNOWN_FIELD",
            "/tif",
        ),
        (
            r#""type":"limit","price":"1","quantity":"5","side":"sell""#,
            "DUPLICATE_FIELD",
            "",
        ),
        (
            r#""type":"limit","price":"1","quantity":"5","client_id":"""#,
            "CLIENT_ID_INVALID",
            "/client_id",
        ),
        (
            r#""type":"limit","price":"1","quantity":"5","client_id":7"#,
            "WRONG_TYPE",
            "/client_id",
        ),
    ] {
        assert_eq!(order(fields), Err((code, path.into())), "{fields}");
    }
    let unknown = read_body(
        Op::PlaceOrder,
        br#"{"account_id":1,"symbol":"NO.SUCH","side":"buy","type":"market","quantity":"1"}"#,
        &Board,
    );
    assert_eq!(unknown.unwrap_err().code, InputCode::UnknownInstrument);
    let deep = read_body(
        Op::RegisterRights,
        br#"{"rights":[{"asset":{"owner_id":1,"class":"patent","office":"CNX","number":"1","title":"t","texts_sha256":"00"}}]}"#,
        &Board,
    );
    assert_eq!(deep.unwrap_err().path, "/rights/0/asset/office");
}

#[test]
fn of_several_mistakes_the_shape_is_told_first_and_then_values_in_the_order_of_the_fields() {
    for (op, text, code, path) in [
        (
            Op::PlaceOrder,
            r#"{"account_id":0,"symbol":"NOPE"}"#,
            "MISSING_FIELD",
            "/side",
        ),
        (
            Op::PlaceOrder,
            r#"{"account_id":0,"symbol":"NOPE","side":"x","type":"limit","price":"1","quantity":"1"}"#,
            "UNKNOWN_VALUE",
            "/side",
        ),
        (
            Op::PlaceOrder,
            r#"{"account_id":0,"symbol":"NOPE","side":"buy","type":"limit","price":1,"quantity":"1"}"#,
            "WRONG_TYPE",
            "/price",
        ),
        (
            Op::SetTrading,
            r#"{"symbol":"NOPE","trading":"yes"}"#,
            "WRONG_TYPE",
            "/trading",
        ),
        (
            Op::IssueUnits,
            r#"{"quantity":"1.5","symbol":"NOPE","account_id":0}"#,
            "UNKNOWN_INSTRUMENT",
            "/symbol",
        ),
        (
            Op::RegisterEntity,
            r#"{"name":"","kind":"company"}"#,
            "MISSING_FIELD",
            "/legal_id",
        ),
        (
            Op::RegisterEntity,
            r#"{"name":"","kind":"company","legal_id":{"scheme":"lei","code":"5493001KJTIIGC8Y1R12"},"x":1}"#,
            "UNKNOWN_FIELD",
            "/x",
        ),
        (
            Op::RegisterEntity,
            r#"{"name":"","kind":"company","legal_id":{"scheme":"lei","code":"5493001KJTIIGC8Y1R12"}}"#,
            "TEXT_INVALID",
            "/name",
        ),
    ] {
        let error = read_body(op, text.as_bytes(), &Board).unwrap_err();
        assert_eq!((error.code.code(), &*error.path), (code, path), "{text}");
    }
}

#[test]
fn the_scale_of_a_price_is_known_wherever_its_symbol_stands() {
    let read = |symbol: &str, price: &str| {
        let text = format!(
            r#"{{"price":"{price}","type":"limit","quantity":"5","account_id":1,"side":"buy","symbol":"{symbol}"}}"#
        );
        read_body(Op::PlaceOrder, text.as_bytes(), &Board)
            .map(|body| match body.command {
                Command::PlaceOrder(order) => order.kind,
                other => unreachable!("{other:?}"),
            })
            .map_err(|error| (error.code.code(), error.path))
    };
    assert_eq!(
        read("CN201910513128.U", "1.5"),
        Ok(OrderKind::Limit(Price::from_minor(150)))
    );
    assert_eq!(read("KW-1", "1.5"), Ok(OrderKind::Limit(Price::from_minor(1_500))));
    assert_eq!(read("JP7000001.U", "1.5"), Err(("WRONG_SCALE", "/price".into())));
    assert_eq!(read("NO.SUCH", "1.5"), Err(("UNKNOWN_INSTRUMENT", "/symbol".into())));
}

#[test]
fn a_mistake_in_a_proposal_is_placed_in_its_command() {
    for (command, code, path) in [
        ("7", "WRONG_TYPE", "/command"),
        ("{}", "MISSING_FIELD", "/command/op"),
        (r#"{"op":"propose"}"#, "UNKNOWN_OPERATION", "/command/op"),
        (r#"{"op":"revoke_key","key_id":-1}"#, "OUT_OF_RANGE", "/command/key_id"),
        (
            r#"{"op":"set_trading","symbol":"NO.SUCH","trading":true}"#,
            "UNKNOWN_INSTRUMENT",
            "/command/symbol",
        ),
        (
            r#"{"op":"approve","proposal_id":1,"x":1}"#,
            "UNKNOWN_FIELD",
            "/command/x",
        ),
    ] {
        let body = format!(r#"{{"command":{command}}}"#);
        let error = read_body(Op::Propose, body.as_bytes(), &Board).unwrap_err();
        assert_eq!((error.code.code(), error.path.as_str()), (code, path), "{command}");
    }
}

#[test]
fn frames_carry_the_clients_number() {
    let frame = read_frame(br#"{"op":"cancel_order","id":7,"order_id":"5"}"#).unwrap();
    assert_eq!(
        (frame.command(), frame.id.clone()),
        (Some(Op::CancelOrder), Some(FrameId::Number(7)))
    );
    assert!(frame.into_body(Op::CancelOrder, &Board).is_ok());
    let frame = read_frame(br#"{"op":"subscribe","id":"a"}"#).unwrap();
    assert_eq!(
        (frame.command(), frame.id.clone()),
        (None, Some(FrameId::Text("a".into())))
    );
    for bad in [
        r#"{"id":1}"#,
        r#"{"op":7}"#,
        r#"{"op":"x","id":-1}"#,
        r#"{"op":"x","id":[]}"#,
        r#"{"op":"x","id":""}"#,
    ] {
        assert!(read_frame(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn scripts_name_orders_by_client_id() {
    let mut names = LocalNames::default();
    names.name_order("a", Some(OrderId(77)));
    names.name_order("b", None);
    let cancel = |id: &str| {
        let line = format!(r#"{{"at":"2026-03-02T02:00:00Z","op":"cancel_order","order_client_id":"{id}"}}"#);
        read_line(line.as_bytes(), &names)
            .map(|line| line.request.command)
            .map_err(|error| error.code)
    };
    assert_eq!(cancel("a"), Ok(Command::CancelOrder { order: OrderId(77) }));
    assert_eq!(
        cancel("b"),
        Ok(Command::CancelOrder {
            order: OrderId(u64::MAX)
        })
    );
    assert_eq!(cancel("c"), Err(InputCode::UnknownOrder));
}

#[test]
fn codes_are_unique_and_no_word_is_missing() {
    for (i, code) in InputCode::ALL.iter().enumerate() {
        assert!(
            InputCode::ALL[..i].iter().all(|other| other.code() != code.code()),
            "{code:?}"
        );
        assert!(!code.english().is_empty() && !code.chinese().is_empty());
    }
}
