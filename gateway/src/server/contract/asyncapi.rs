//! The AsyncAPI document: what goes over `/v1/ws`, message by message. The schemas are those of the OpenAPI document; the
//! frames of the feeds, which are written by hand for speed, have theirs here.

use super::form::{bound, forget, keep_referred, merge, open_all};
use crate::{
    json::{
        described::{self, GIVEN},
        event, shapes,
    },
    server::ws::own::{HEARTBEAT, RECORDS},
};
use market_data::Channel;
use protocol::{
    PrivateEvent,
    auction::Lot,
    command::Op,
    describe::{Describe as _, Shape},
    event::LotEvent,
    record::RecordChanged,
};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema as _;

/// The schemas that this document needs beside those of the routes.
pub(super) fn schemas() -> Vec<(String, Value)> {
    let mut named = Vec::new();
    for shape in [
        &PrivateEvent::SHAPE,
        &RecordChanged::SHAPE,
        &LotEvent::SHAPE,
        &Lot::SHAPE,
        &Op::SHAPE,
    ] {
        described::collect(shape, &mut named);
    }
    let plain = |(name, schema)| (name, serde_json::to_value(schema).expect("a schema is plain data"));
    named.into_iter().map(plain).collect()
}

/// The document, with these schemas to choose from.
pub(super) fn document(schemas: &Value, info: &Value) -> Value {
    let told = told();
    let asked = asked();
    let messages = |messages: &[Message]| -> Map<String, Value> {
        let whole = |message: &Message| {
            let (name, payload) = (&message.name, message.payload.clone());
            let summary = message.summary;
            json!({ "name": name, "title": name, "summary": summary, "payload": payload })
        };
        messages.iter().map(|message| (message.key(), whole(message))).collect()
    };
    let named = |messages: &[Message]| -> Vec<Value> {
        let one = |message: &Message| json!({ "$ref": format!("#/channels/stream/messages/{}", message.key()) });
        messages.iter().map(one).collect()
    };
    let of_channel = |messages: &[Message]| -> Map<String, Value> {
        let one = |message: &Message| {
            let key = message.key();
            (key.clone(), json!({ "$ref": format!("#/components/messages/{key}") }))
        };
        messages.iter().map(one).collect()
    };
    let mut all = of_channel(&asked);
    all.extend(of_channel(&told));
    let mut known = messages(&asked);
    known.extend(messages(&told));
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": info["title"], "version": info["version"], "license": { "name": "Apache-2.0" },
            "description": "Feeds and commands over one WebSocket. Requests over HTTP: /openapi.json. \
                以一个 WebSocket 连接收取行情并发出命令；HTTP 接口见 /openapi.json。",
        },
        "defaultContentType": "application/json",
        "servers": { "venue": { "host": "localhost:7431", "protocol": "ws", "description": "The venue that serves this document. 提供本文档的场所。" } },
        "channels": { "stream": {
            "address": "/v1/ws",
            "description": "One socket. Answers to commands come in the order in which they are durable; the frames of one channel and symbol in the order of their `seq`, without a gap.",
            "messages": all,
        } },
        "operations": {
            "ask": { "action": "receive", "channel": { "$ref": "#/channels/stream" }, "summary": "What a client sends. 客户端发送。", "messages": named(&asked) },
            "tell": { "action": "send", "channel": { "$ref": "#/channels/stream" }, "summary": "What a client is sent. 客户端收到。", "messages": named(&told) },
        },
        "components": { "messages": known, "schemas": schemas },
    });
    merge(&mut document, schemas);
    bound(&mut document);
    open_all(&mut document["components"]["schemas"]);
    forget(&mut document, GIVEN);
    let messages = document["components"]["messages"].clone();
    keep_referred(&mut document["components"]["schemas"], [&messages]);
    document
}

/// A message of the socket.
struct Message {
    name: String,
    summary: &'static str,
    payload: Value,
}

impl Message {
    fn new(name: impl Into<String>, summary: &'static str, payload: Value) -> Self {
        let name = name.into();
        Self { name, summary, payload }
    }

    /// What it is called where it stands in the document.
    fn key(&self) -> String {
        self.name.replace(['.', ' '], "_")
    }
}

/// What a client sends: closed, but for commands, whose fields stand in the OpenAPI document.
fn asked() -> Vec<Message> {
    let id = json!({ "type": ["integer", "string"], "description": "Given back with the answer: a number below 2^64, or 1 to 64 characters." });
    let symbol = json!({ "oneOf": [text(&shapes::Symbol::schema()), { "const": "*" }, { "type": "array", "items": shape(&protocol::Symbol::SHAPE) }] });
    let seq = || json!({ "type": "integer", "minimum": 0 });
    let of = |op: &str, required: &[&str], fields: Value| {
        let mut all = fields;
        all["op"] = json!({ "const": op });
        all["id"] = id.clone();
        let required: Vec<_> = ["op"].iter().chain(required).collect();
        json!({ "type": "object", "properties": all, "required": required, "additionalProperties": false })
    };
    let channel = json!({ "enum": channels() });
    let ops: Vec<_> = Op::ALL.iter().map(|op| op.name()).collect();
    vec![
        Message::new(
            "ask_auth",
            "Says who asks from here on. 声明身份。",
            of(
                "auth",
                &["key", "timestamp", "signature"],
                json!({
                    "key": seq(), "timestamp": seq(), "nonce": { "type": ["string", "null"] },
                    "signature": { "type": "string" }, "window": { "type": ["integer", "null"], "minimum": 0 },
                }),
            ),
        ),
        Message::new(
            "ask_subscribe",
            "Follows a channel: a snapshot, or the frames behind `from_seq`, then every frame. 订阅频道。",
            of(
                "subscribe",
                &["channel"],
                json!({
                    "channel": channel, "symbol": symbol,
                    "shard": { "type": "array", "items": seq(), "minItems": 2, "maxItems": 2, "description": "[k, n]: of every symbol those with CRC32(symbol) % n = k." },
                    "from_seq": { "oneOf": [seq(), { "type": "object", "additionalProperties": seq() }] },
                }),
            ),
        ),
        Message::new(
            "ask_unsubscribe",
            "Follows no longer. 退订。",
            of(
                "unsubscribe",
                &["channel"],
                json!({ "channel": channel, "symbol": symbol }),
            ),
        ),
        Message::new(
            "ask_ping",
            "Asks for a sign of life. 心跳。",
            of("ping", &[], json!({})),
        ),
        Message::new(
            "ask_command",
            "Gives a command: its name as `op`, and the members that the body has at its address over HTTP. 发出命令。",
            json!({
                "type": "object", "required": ["op", "client_id"],
                "properties": { "op": { "enum": ops }, "id": id, "client_id": { "type": "string", "minLength": 1, "maxLength": 64 } },
            }),
        ),
    ]
}

/// What a client is sent.
fn told() -> Vec<Message> {
    let level = || json!({ "$ref": "#/components/schemas/PriceLevel" });
    let levels = || json!({ "type": "array", "items": level() });
    let book = || json!({ "bids": levels(), "asks": levels(), "checksum": { "type": "integer", "minimum": 0, "maximum": u32::MAX } });
    let trade = || {
        json!({
            "trade_id": shape(&protocol::TradeId::SHAPE), "price": shape(&protocol::Price::SHAPE),
            "quantity": shape(&protocol::Quantity::SHAPE), "taker_side": shape(&protocol::Side::SHAPE),
            "sandbox": { "type": "boolean" },
        })
    };
    let mut of_snapshot = trade();
    of_snapshot["seq"] = number();
    of_snapshot["matched_at"] = time();
    let trades = json!({ "type": "array", "items": object(of_snapshot.clone(), &[]) });
    let hex = || json!({ "type": "string", "pattern": "^[0-9a-f]*$" });
    let signed = |mut fields: Value| {
        fields["head"] = hex();
        fields["public_key"] = hex();
        fields["signature"] = hex();
        fields
    };
    let signature = ["public_key", "signature"];
    let account = json!({
        "account_id": number(), "more": { "type": "boolean" },
        "cash": list("Cash"), "holdings": list("Holding"), "open_orders": list("Order"),
    });
    let bid = json!({ "at": time(), "bidder": { "$ref": "#/components/schemas/Bidder" } });
    let standing = json!({
        "accounts": { "type": "array", "items": object(account, &[]) },
        "bids": { "type": "array", "items": object(bid, &[]) },
    });
    let named =
        |name: &str, meaning: &str| json!({ "$ref": format!("#/components/schemas/{name}"), "description": meaning });
    let happened = json!({
        "event": event(), "receipt": { "$ref": "#/components/schemas/BidReceipt" },
        "client_id": named("ClientId", "The client's name for the order that it is about, or for the command that was refused."),
        "order": named("Order", "The order that it is about, as it stood right after it."),
    });
    let frame = |channel: Channel, kind: &'static str, summary, fields: Value, optional: &[&str]| {
        let name = format!("{} {kind}", channel.name());
        Message::new(name, summary, head(channel, kind, fields, optional))
    };
    // Of these a delta says behind which number it begins, and has the members of a snapshot.
    let merged = |channel: Channel, [of_snapshot, of_delta]: [&'static str; 2], fields: Value| {
        let mut changed = fields.clone();
        changed["prev_seq"] = json!({ "type": "integer", "minimum": 0, "description": "The number of the frame before: this tells what is so now of all that changed behind it." });
        [
            frame(channel, "snapshot", of_snapshot, fields, &[]),
            frame(channel, "delta", of_delta, changed, &[]),
        ]
    };
    let order = json!({
        "type": "array", "prefixItems": [shape(&protocol::OrderId::SHAPE), shape(&protocol::Price::SHAPE), shape(&protocol::Quantity::SHAPE)],
        "items": { "type": "string" }, "minItems": 3, "maxItems": 3,
        "description": "An order: its number, its price, what is left of it. 订单编号、价格、余量。",
    });
    let orders = || json!({ "type": "array", "items": order });
    let by_order = || json!({ "bids": orders(), "asks": orders(), "checksum": { "type": "integer", "minimum": 0, "maximum": u32::MAX } });
    let or_null = |schema: Value| json!({ "oneOf": [schema, { "type": "null" }] });
    let touch = || json!({ "bid": or_null(level()), "ask": or_null(level()) });
    let candle = || {
        let price = || shape(&protocol::Price::SHAPE);
        json!({
            "begins_at": time(), "open": price(), "high": price(), "low": price(), "close": price(),
            "volume": shape(&protocol::Quantity::SHAPE), "trades": number(), "sandbox": { "type": "boolean" },
        })
    };
    let candles = || json!({ "candles": { "type": "array", "items": object(candle(), &[]) } });
    let mut day = candle();
    day["turnover"] = json!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$", "description": "What its prints come to. 成交额。" });
    day["previous_close"] = or_null(shape(&protocol::Price::SHAPE));
    let mut ticker = touch();
    ticker["last"] = or_null(object(of_snapshot.clone(), &[]));
    ticker["day"] = or_null(object(day, &[]));
    let mut told = vec![
        frame(
            Channel::BookL2,
            "snapshot",
            "All levels of a book, best first. 订单簿全部档位。",
            book(),
            &[],
        ),
        frame(
            Channel::BookL2,
            "delta",
            "The levels that changed, with what is there now; quantity 0: gone. 变动的档位。",
            book(),
            &[],
        ),
        frame(
            Channel::Trades,
            "snapshot",
            "The last prints, oldest first. 最近成交。",
            json!({ "trades": trades }),
            &[],
        ),
        frame(Channel::Trades, "delta", "A print. 一笔成交。", trade(), &[]),
        frame(
            Channel::Auction,
            "snapshot",
            "A lot as it stands. 竞价标的现状。",
            signed(json!({ "lot": shape(&Lot::SHAPE) })),
            &signature,
        ),
        frame(
            Channel::Auction,
            "delta",
            "A step of a lot's public log. 竞价标的公开日志的一步。",
            signed(json!({ "event": shape(&LotEvent::SHAPE) })),
            &signature,
        ),
        frame(
            Channel::Executions,
            "snapshot",
            "How a participant stands. 参与方现状。",
            standing.clone(),
            &[],
        ),
        frame(
            Channel::Executions,
            "delta",
            "What happened to a participant. 参与方事项。",
            happened,
            &["client_id", "order", "receipt"],
        ),
        answer(
            "auth",
            "The socket acts for this key from here on. 身份已确认。",
            json!({ "key_id": number(), "user_id": number(), "entity_id": number() }),
        ),
        answer(
            "subscribe",
            "The channel is followed; its frames come behind this. 已订阅。",
            json!({ "channel": { "enum": channels() } }),
        ),
        answer(
            "unsubscribe",
            "The channel is followed no longer. 已退订。",
            json!({ "channel": { "enum": channels() } }),
        ),
        answer(
            "pong",
            "A sign of life, with the venue's time. 心跳应答。",
            json!({ "at": time() }),
        ),
        Message::new(
            "done",
            "The answer to a command that was done. 命令已执行。",
            with_head("Done"),
        ),
        Message::new("problem", "A refusal, as over HTTP. 拒绝。", with_head("Problem")),
        Message::new(
            "closed",
            "The last frame for a client that was too slow (close code 4008): where to go on. 接收过慢，续传位置。",
            object(
                json!({
                    "op": { "const": "closed" }, "code": number(), "reason": { "type": "string" },
                    "resume": { "type": "array", "items": object(json!({
                        "channel": channel(), "symbol": shape(&protocol::Symbol::SHAPE), "seq": { "type": ["integer", "null"], "minimum": 0 },
                    }), &[]) },
                }),
                &[],
            ),
        ),
        frame(
            Channel::BookL3,
            "snapshot",
            "All orders of a book, best first, those of one price in the order in which they came. 订单簿全部订单。",
            by_order(),
            &[],
        ),
        frame(
            Channel::BookL3,
            "delta",
            "The orders that changed, with what is left; quantity 0: gone. A new one stands behind all of its price. 变动的订单。",
            by_order(),
            &[],
        ),
        frame(
            Channel::Account,
            "snapshot",
            "How a participant stands: at first, and again after what happens to it, at most every 10 ms. 参与方现状（合并）。",
            standing.clone(),
            &[],
        ),
        Message::new(
            "records delta",
            "A change of a record or a notice, as `/v1/changes` tells it; `seq` is its number for the caller. 记录变更。",
            json!({ "allOf": [
                { "$ref": "#/components/schemas/Change" },
                object(json!({ "type": { "const": "delta" }, "channel": { "const": RECORDS }, "seq": number(), "sent_at": time() }), &[]),
            ] }),
        ),
        Message::new(
            "ended",
            "`records` ends here, and why: the key that asked was revoked, or history can't be read. 频道终止及其原因。",
            json!({ "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                object(json!({ "op": { "const": "ended" }, "channel": { "const": RECORDS } }), &[]),
            ] }),
        ),
        Message::new(
            "heartbeat beat",
            "A sign of life each second, and the last number of each stream that is followed by name, 100 at most: where a copy has it, nothing is missing. 每秒一次的存活信号及各流最后序号。",
            object(
                json!({
                    "type": { "const": "beat" }, "channel": { "const": HEARTBEAT }, "seq": number(), "sent_at": time(),
                    "streams": { "type": "array", "items": object(json!({
                        "channel": channel(), "symbol": shape(&protocol::Symbol::SHAPE), "seq": number(),
                    }), &[]) },
                }),
                &[],
            ),
        ),
    ];
    let same = |words: &'static str| [words; 2];
    let all_merged = [
        (
            Channel::BookL1,
            same("The best level a side, at most every 10 ms. 最优买卖档。"),
            touch(),
        ),
        (
            Channel::BookTop,
            same("The best ten levels a side, at most every 10 ms. 最优十档。"),
            book(),
        ),
        (
            Channel::BookPaced,
            [
                "All levels of a book, best first. 订单簿全部档位。",
                "The levels that changed within 100 ms, with what is there now; quantity 0: gone. 100毫秒内变动的档位。",
            ],
            book(),
        ),
        (
            Channel::Ticker,
            same(
                "An instrument at a glance, at most every 100 ms: the touch, the last print, the day (UTC+8) of that print. 行情一览。",
            ),
            ticker,
        ),
        (
            Channel::Status,
            same("How an instrument trades: told when it is halted, resumed, frozen or closed. 交易状态。"),
            json!({ "status": shape(&protocol::event::TradingStatus::SHAPE) }),
        ),
        (
            Channel::Instruments,
            same("A listing: told when it is new, when units are issued and when it trades otherwise. 挂牌信息。"),
            json!({ "listing": { "$ref": "#/components/schemas/Listing" } }),
        ),
    ];
    told.extend(
        all_merged
            .into_iter()
            .flat_map(|(channel, words, fields)| merged(channel, words, fields)),
    );
    let lengths = [Channel::Minutes, Channel::FiveMinutes, Channel::Hours, Channel::Days];
    let words = [
        "The last two candles, the oldest first. 最近两根K线。",
        "The candles that changed, at most every 100 ms. 变动的K线。",
    ];
    told.extend(
        lengths
            .into_iter()
            .flat_map(|channel| merged(channel, words, candles())),
    );
    told
}

/// Whatever can be followed.
fn channels() -> Vec<&'static str> {
    Channel::ALL
        .iter()
        .map(|channel| channel.name())
        .chain([HEARTBEAT, RECORDS])
        .collect()
}

/// A channel of the market, of a lot or of a participant.
fn channel() -> Value {
    let names: Vec<_> = Channel::ALL.iter().map(|channel| channel.name()).collect();
    json!({ "enum": names })
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn time() -> Value {
    shape(&protocol::Timestamp::SHAPE)
}

/// A list of what the routes tell in these words.
fn list(of: &str) -> Value {
    json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{of}") } })
}

/// A described shape where it is used.
fn shape(shape: &Shape) -> Value {
    serde_json::to_value(described::schema(shape)).expect("a schema is plain data")
}

fn text(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).expect("a schema is plain data")
}

/// An object that has all of these members but the optional ones.
fn object(properties: Value, optional: &[&str]) -> Value {
    let names = properties.as_object().expect("members").keys();
    let required: Vec<_> = names
        .filter(|name| !optional.contains(&name.as_str()))
        .cloned()
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// A frame: what all have, and these.
fn head(of: Channel, kind: &str, fields: Value, optional: &[&str]) -> Value {
    let mut all = json!({
        "type": { "const": kind }, "channel": { "const": of.name() }, "symbol": shape(&protocol::Symbol::SHAPE),
        "seq": number(), "matched_at": time(), "sent_at": time(),
        "gap_too_old": { "const": true, "description": "What was asked for has left the memory." },
        "from_seq_ahead": { "const": true, "description": "What was asked for is not there yet." },
    });
    all.as_object_mut()
        .expect("members")
        .extend(fields.as_object().expect("members").clone());
    object(all, &[&["gap_too_old", "from_seq_ahead"], optional].concat())
}

/// What stands beside every answer.
fn beside() -> Value {
    json!({
        "id": { "type": ["integer", "string"], "description": "The `id` of the question, if it had one." },
        "rate_limit": object(json!({ "limit": number(), "remaining": number(), "reset_ms": number() }), &[]),
    })
}

/// The answer to one of the socket's own questions.
fn answer(op: &'static str, summary: &'static str, fields: Value) -> Message {
    let mut all = beside();
    all["op"] = json!({ "const": op });
    all.as_object_mut()
        .expect("members")
        .extend(fields.as_object().expect("members").clone());
    Message::new(op, summary, object(all, &["id", "rate_limit"]))
}

/// What a route answers, with what stands beside every answer.
fn with_head(of: &str) -> Value {
    json!({ "allOf": [{ "$ref": format!("#/components/schemas/{of}") }, { "type": "object", "properties": beside() }] })
}

/// An event as its participant is told it: its word as `type`, and what the word carries beside it.
fn event() -> Value {
    let Shape::OneOf(_, private) = &PrivateEvent::SHAPE else {
        unreachable!("an event is one of several")
    };
    let changed = (event::RECORD_CHANGED, "A record changed.", RecordChanged::SHAPE);
    let one = |(word, meaning, carried): &(&str, &str, Shape)| {
        let Shape::Object(carried) = carried else {
            unreachable!("what happened has members")
        };
        let mut all = json!({
            "journal_seq": number(), "at": time(), "type": { "const": word },
            "audience": { "enum": ["private", "sealed", "readers"] }, "for_entity_id": number(),
        });
        let mut optional = vec!["for_entity_id"];
        for field in carried.fields {
            all[field.name] = shape(&field.shape);
            if field.may_lack {
                optional.push(field.name);
            }
        }
        let mut event = object(all, &optional);
        event["description"] = meaning.trim().into();
        event
    };
    let each: Vec<_> = private.iter().chain([&changed]).map(one).collect();
    json!({ "oneOf": each })
}
