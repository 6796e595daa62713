//! The page for people: both documents on one sheet of HTML, made on the server, without a script and without anything
//! from elsewhere.
//!
//! What always holds: it is made of the documents alone, so it says what they say; each operation, message and shape has
//! an anchor of its name; no text of theirs is taken for markup.

use super::{
    Documents,
    form::{SCHEMAS, referred},
};
use data_encoding::BASE64;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, fmt::Write as _};

const CSS: &str = include_str!("page.css");

/// What the page may load and do: nothing, but to look as it looks.
pub(crate) fn policy() -> String {
    let style = BASE64.encode(&Sha256::digest(CSS));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The page.
///
/// # Panics
/// Where a document is none: a mistake of ours, met by every test of the page.
pub(crate) fn page(documents: &Documents) -> String {
    let (http, ws) = (&documents.openapi, &documents.asyncapi);
    let mut page = Page::default();
    let title = "Zhiheng 知衡 API";
    page.add(format_args!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title><style>{CSS}</style></head><body>"
    ));
    page.add(format_args!(
        "<header><h1>{title} <small>{}</small></h1>",
        escaped(text(&http["info"]["version"]))
    ));
    page.begin(http);
    page.add("</header>");
    let operations = operations(http);
    page.contents(http, &operations, ws);
    page.add("<main>");
    let shapes = Shapes {
        own: &http["components"]["schemas"],
        known: None,
    };
    for tag in list(&http["tags"]) {
        page.add(format_args!(
            "<h2 id=\"tag-{}\">{0}</h2><p>{}</p>",
            escaped(text(&tag["name"])),
            in_line(text(&tag["description"]))
        ));
        for (method, path, operation) in operations
            .iter()
            .filter(|(.., operation)| operation["tags"][0] == tag["name"])
        {
            page.operation(method, path, operation, http, &shapes);
        }
    }
    let told = Shapes {
        own: &ws["components"]["schemas"],
        known: Some(&http["components"]["schemas"]),
    };
    page.messages(ws, &told);
    page.refusals(http);
    page.shapes(&shapes, &shared(shapes.own, &operations), &told);
    page.add("</main><footer>Zhiheng 知衡 · <a href=\"/openapi.json\">/openapi.json</a> · <a href=\"/asyncapi.json\">/asyncapi.json</a></footer></body></html>\n");
    page.0
}

/// Each operation with its method and address, in the order of addresses.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = members(&document["paths"]);
    paths
        .flat_map(|(path, operations)| members(operations).map(move |(method, operation)| (method, path, operation)))
        .collect()
}

/// The shapes but for those that one operation alone is asked with: it tells of them itself.
fn shared<'d>(schemas: &'d Value, operations: &[(&str, &str, &Value)]) -> BTreeSet<&'d str> {
    let mut elsewhere = BTreeSet::new();
    referred(schemas, &mut elsewhere);
    let bodies: BTreeSet<_> = operations
        .iter()
        .flat_map(|(.., operation)| members(&operation["requestBody"]["content"]))
        .filter_map(|(_, content)| name_of(&content["schema"]))
        .collect();
    let names = members(schemas).map(|(name, _)| name);
    names
        .filter(|name| !bodies.contains(name) || elsewhere.contains(*name))
        .collect()
}

/// Where shapes are found, and how they are called on the page.
struct Shapes<'d> {
    own: &'d Value,
    /// Those of the other document: what is the same there is told once, there.
    known: Option<&'d Value>,
}

impl Shapes<'_> {
    /// Whether another document tells of this shape.
    fn is_known(&self, name: &str) -> bool {
        self.known.is_some_and(|known| known[name] == self.own[name])
    }

    fn anchor(&self, name: &str) -> String {
        let place = if self.known.is_none() || self.is_known(name) {
            "shape"
        } else {
            "message-shape"
        };
        format!("{place}-{name}")
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn add(&mut self, what: impl std::fmt::Display) {
        let _ = write!(self.0, "{what}");
    }

    /// What a newcomer has to know.
    fn begin(&mut self, http: &Value) {
        let info = in_line(text(&http["info"]["description"]));
        self.add(format_args!("<p class=\"lead\">{info}</p>"));
        self.add(concat!(
            "<p class=\"lead\" lang=\"zh-CN\">知识产权交易场所的接口。金额、价格与数量均为十进制文本，时间为 UTC（RFC 3339，九位小数）。拒绝一律为带稳定 <code>code</code> 的问题对象。",
            "每条命令带 <code>client_id</code>：同一编号与正文重发，得到首次的应答。行情与命令亦可经 WebSocket <code>/v1/ws</code>。</p>",
            "<p>In the machine's form: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1), <a href=\"/asyncapi.json\">/asyncapi.json</a> (AsyncAPI 3.0). ",
            "<span lang=\"zh-CN\">机器可读的形式见以上两份文档。</span></p>",
            "<h3>First steps · 入门</h3><ol>",
            "<li>Look, without a key: <span lang=\"zh-CN\">无须密钥即可查看：</span> <code>GET /v1/venue</code>, <code>GET /v1/market</code>.</li>",
            "<li>Sign with a key that the venue has registered: <span lang=\"zh-CN\">以场所登记的密钥签名：</span>"
        ));
        for (_, scheme) in members(&http["components"]["securitySchemes"]) {
            let (header, words) = (escaped(text(&scheme["name"])), in_line(text(&scheme["description"])));
            self.add(format_args!(" <code>{header}</code>: {words}"));
        }
        self.add(concat!(
            "</li><li>Give a command with a <code>client_id</code>, and read what it brought with its <code>journal_seq</code> as <code>min_seq</code>. ",
            "<span lang=\"zh-CN\">发出带 <code>client_id</code> 的命令，并以应答的 <code>journal_seq</code> 作 <code>min_seq</code> 读取其结果。</span></li>",
            "<li>Follow: <a href=\"#messages\">the WebSocket</a>, or poll <a href=\"#list_changes\"><code>GET /v1/changes</code></a>. ",
            "<span lang=\"zh-CN\">持续跟进：订阅 WebSocket，或轮询变更流。</span></li></ol>"
        ));
    }

    fn contents(&mut self, http: &Value, operations: &[(&str, &str, &Value)], ws: &Value) {
        self.add("<nav aria-label=\"Contents · 目录\"><ul>");
        for tag in list(&http["tags"]) {
            let count = operations
                .iter()
                .filter(|(.., operation)| operation["tags"][0] == tag["name"])
                .count();
            self.add(format_args!(
                "<li><a href=\"#tag-{}\">{0}</a><span>{count}</span></li>",
                escaped(text(&tag["name"]))
            ));
        }
        let messages = members(&ws["components"]["messages"]).count();
        self.add(format_args!(
            "<li><a href=\"#messages\">WebSocket</a><span>{messages}</span></li>"
        ));
        let shapes = shared(&http["components"]["schemas"], operations).len();
        self.add("<li><a href=\"#refusals\">refusals · 拒绝</a></li>");
        self.add(format_args!(
            "<li><a href=\"#shapes\">shapes · 数据形状</a><span>{shapes}</span></li></ul></nav>"
        ));
    }

    fn operation(&mut self, method: &str, path: &str, operation: &Value, http: &Value, shapes: &Shapes<'_>) {
        let id = escaped(text(&operation["operationId"]));
        let does = if method == "get" { "" } else { " class=\"does\"" };
        self.add(format_args!(
            "<details id=\"{id}\"><summary><b{does}>{}</b><code>{}</code><span>{}",
            method.to_uppercase(),
            escaped(path),
            in_line(text(&operation["summary"]))
        ));
        let (chinese, more): (Vec<_>, Vec<_>) = text(&operation["description"])
            .split("\n\n")
            .partition(|part| is_chinese(part));
        for part in &chinese {
            self.add(format_args!("<span lang=\"zh-CN\">{}</span>", in_line(part)));
        }
        self.add("</span></summary><div>");
        for part in more.iter().filter(|part| !part.is_empty()) {
            self.add(format_args!("<p>{}</p>", in_line(part)));
        }
        self.add(format_args!(
            "<p class=\"facts\"><a href=\"#{id}\">#{id}</a> · {}",
            signature(operation)
        ));
        self.add("</p>");
        let parameters: Vec<_> = list(&operation["parameters"])
            .map(|parameter| followed(http, parameter))
            .collect();
        if !parameters.is_empty() {
            self.add("<h3>Parameters · 参数</h3><table>");
            for parameter in parameters {
                let place = format!(" <i>{}</i>", escaped(text(&parameter["in"])));
                let name = escaped(text(&parameter["name"])) + &place;
                self.row(
                    &name,
                    parameter["required"] == true,
                    &parameter["schema"],
                    text(&parameter["description"]),
                    shapes,
                );
            }
            self.add("</table>");
        }
        for (_, content) in members(&operation["requestBody"]["content"]) {
            self.add("<h3>Body · 正文</h3>");
            // What one command alone is asked with is told here, and not among the shapes.
            let schema = &content["schema"];
            let schema = name_of(schema).map_or(schema, |name| &shapes.own[name]);
            self.schema(schema, shapes);
        }
        self.add("<h3>Answers · 应答</h3><table>");
        for (status, response) in members(&operation["responses"]) {
            let target = reference(response);
            let response = followed(http, response);
            let schema = members(&response["content"])
                .map(|(media_type, content)| (media_type, &content["schema"]))
                .next();
            self.add(format_args!("<tr><td>{status}</td><td>"));
            match schema {
                Some((_, schema)) if name_of(schema).is_some() => self.kind(schema, shapes),
                Some((media_type, _)) => self.add(format_args!("<code>{}</code>", escaped(media_type))),
                None => {}
            }
            let words = text(&response["description"]).split('\n').next().unwrap_or_default();
            match target {
                Some(name) if status.ends_with("XX") => self.add(format_args!(
                    "</td><td><a href=\"#refusal-{}\">{0}</a></td></tr>",
                    escaped(name)
                )),
                _ => self.add(format_args!("</td><td>{}</td></tr>", in_line(words))),
            }
        }
        self.add("</table>");
        let codes: Vec<_> = list(&operation["x-codes"]).map(text).map(escaped).collect();
        if !codes.is_empty() {
            self.add("<h3>Rules that it can break · 可能违反的规则</h3><p class=\"facts\">");
            self.add(
                codes
                    .iter()
                    .map(|code| format!("<code>{code}</code>"))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            self.add("</p>");
        }
        self.add("</div></details>");
    }

    fn messages(&mut self, ws: &Value, shapes: &Shapes<'_>) {
        self.add(format_args!(
            "<h2 id=\"messages\">WebSocket</h2><p>{}</p>",
            in_line(text(&ws["info"]["description"]))
        ));
        for (_, channel) in members(&ws["channels"]) {
            self.add(format_args!(
                "<p><code>{}</code> {}</p>",
                escaped(text(&channel["address"])),
                in_line(text(&channel["description"]))
            ));
        }
        for (key, message) in members(&ws["components"]["messages"]) {
            let asked = key.starts_with("ask_");
            let (does, word) = if asked {
                (" class=\"does\"", "ASK")
            } else {
                ("", "TOLD")
            };
            let name = escaped(key);
            self.add(format_args!(
                "<details id=\"message-{name}\"><summary><b{does}>{word}</b><code>{name}</code><span>{}</span></summary><div><p class=\"facts\"><a href=\"#message-{name}\">#message-{name}</a></p>",
                in_line(text(&message["summary"]))
            ));
            self.schema(&message["payload"], shapes);
            self.add("</div></details>");
        }
    }

    fn refusals(&mut self, http: &Value) {
        self.add("<h2 id=\"refusals\">Refusals · 拒绝</h2><p>A client looks at <code>code</code> alone. <span lang=\"zh-CN\">客户端只依 <code>code</code> 判断。</span></p>");
        for (name, response) in
            members(&http["components"]["responses"]).filter(|(_, response)| response["x-codes"].is_array())
        {
            let name = escaped(name);
            self.add(format_args!(
                "<details id=\"refusal-{name}\"><summary><b></b><code>{name}</code><span></span></summary><div>"
            ));
            let (points, words): (Vec<_>, Vec<_>) = text(&response["description"])
                .lines()
                .partition(|line| line.starts_with("- "));
            self.add(format_args!("<p>{}</p><ul>", in_line(&words.join(" "))));
            for point in points {
                self.add(format_args!("<li>{}</li>", in_line(&point[2..])));
            }
            self.add("</ul></div></details>");
        }
    }

    fn shapes(&mut self, shapes: &Shapes<'_>, shared: &BTreeSet<&str>, told: &Shapes<'_>) {
        self.add("<h2 id=\"shapes\">Shapes · 数据形状</h2><p>What is sent is closed, what is told is open: a member may come to it. <span lang=\"zh-CN\">请求不得含未列明的成员，应答可能增加成员。</span></p>");
        let common = shared.iter().map(|&name| (shapes, name));
        let others = members(told.own)
            .map(|(name, _)| name)
            .filter(|name| !told.is_known(name));
        for (shapes, name) in common.chain(others.map(|name| (told, name))) {
            let schema = &shapes.own[name];
            let anchor = escaped(&shapes.anchor(name));
            self.add(format_args!(
                "<details id=\"{anchor}\"><summary><b></b><code>{}</code><span>{}</span></summary><div>",
                escaped(name),
                in_line(text(&schema["description"]))
            ));
            self.schema(schema, shapes);
            self.add("</div></details>");
        }
    }

    /// A schema in full: its members, or of what kind it is.
    fn schema(&mut self, schema: &Value, shapes: &Shapes<'_>) {
        if schema["properties"].is_object() {
            self.members(schema, shapes);
        } else {
            self.add("<p>");
            self.kind(schema, shapes);
            self.add("</p>");
        }
    }

    fn members(&mut self, schema: &Value, shapes: &Shapes<'_>) {
        self.add("<table>");
        for (name, member) in members(&schema["properties"]) {
            let needed = list(&schema["required"]).any(|needed| needed == name);
            self.row(&escaped(name), needed, member, text(&member["description"]), shapes);
        }
        self.add("</table>");
    }

    fn row(&mut self, name: &str, needed: bool, schema: &Value, meaning: &str, shapes: &Shapes<'_>) {
        let may = if needed { "" } else { " <i>optional</i>" };
        self.add(format_args!("<tr><td>{name}{may}</td><td>"));
        self.kind(schema, shapes);
        self.add(format_args!("</td><td>{}</td></tr>", in_line(meaning)));
    }

    /// Of what kind a value is, in words.
    fn kind(&mut self, schema: &Value, shapes: &Shapes<'_>) {
        if let Some(name) = name_of(schema) {
            return self.add(format_args!(
                "<a href=\"#{}\">{}</a>",
                escaped(&shapes.anchor(name)),
                escaped(name)
            ));
        }
        if let Some(only) = schema.get("const") {
            return self.add(format_args!("<code>{}</code>", escaped(&plain(only))));
        }
        if schema["enum"].is_array() {
            let words: Vec<_> = list(&schema["enum"])
                .map(|word| format!("<code>{}</code>", escaped(&plain(word))))
                .collect();
            return self.add(words.join(" "));
        }
        if schema["oneOf"].is_array() {
            for (place, one) in list(&schema["oneOf"]).enumerate() {
                self.add(if place == 0 { "" } else { " or " });
                self.kind(one, shapes);
            }
            return;
        }
        if schema["properties"].is_object() {
            return self.members(schema, shapes);
        }
        if !schema["items"].is_null() {
            self.add("list of ");
            self.kind(&schema["items"], shapes);
        } else if schema["additionalProperties"].is_object() {
            self.add("by name: ");
            self.kind(&schema["additionalProperties"], shapes);
        } else if let Some(place) = schema["prefixItems"].as_array() {
            self.add("in order: ");
            for (at, one) in place.iter().enumerate() {
                self.add(if at == 0 { "" } else { ", " });
                self.kind(one, shapes);
            }
        } else {
            let kinds: Vec<_> = match &schema["type"] {
                Value::String(kind) => vec![kind.as_str()],
                kinds => list(kinds).map(text).collect(),
            };
            self.add(if kinds.is_empty() {
                "anything".to_owned()
            } else {
                escaped(&kinds.join(" or "))
            });
        }
        self.bounds(schema);
    }

    /// What a value has to keep to.
    fn bounds(&mut self, schema: &Value) {
        let pair = |least: &str, most: &str| {
            let (least, most) = (&schema[least], &schema[most]);
            // Every number that has no sign fits in its width: no news.
            let most = if most.as_u64() == Some(u32::MAX.into()) {
                &Value::Null
            } else {
                most
            };
            match (least, most) {
                (Value::Null, Value::Null) => None,
                (least, Value::Null) if least == 0 => None,
                (least, Value::Null) => Some(format!("from {least}")),
                (Value::Null, most) => Some(format!("to {most}")),
                (least, most) => Some(format!("{least} to {most}")),
            }
        };
        let sized = |pair: Option<String>, what: &str| pair.map(|pair| format!("{pair} {what}"));
        let mut said: Vec<String> = Vec::new();
        said.extend(pair("minimum", "maximum"));
        said.extend(sized(pair("minLength", "maxLength"), "characters"));
        said.extend(sized(pair("minItems", "maxItems"), "of them"));
        if !schema["default"].is_null() {
            said.push(format!("{} if left out", plain(&schema["default"])));
        }
        for one in said {
            self.add(format_args!(" <i>{}</i>", escaped(&one)));
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            self.add(format_args!(" <code>{}</code>", escaped(pattern)));
        }
        let examples = schema.get("examples").map_or(schema.get("example"), |all| all.get(0));
        if let Some(example) = examples {
            self.add(format_args!(" <i>as in</i> <code>{}</code>", escaped(&plain(example))));
        }
    }
}

/// Who may ask.
fn signature(operation: &Value) -> &'static str {
    match operation.get("security").and_then(Value::as_array).map(Vec::as_slice) {
        None => "signed · <span lang=\"zh-CN\">须签名</span>",
        Some([]) => "anybody · <span lang=\"zh-CN\">任何人</span>",
        Some(_) => "anybody; who signs may see more · <span lang=\"zh-CN\">任何人；签名者可见更多</span>",
    }
}

/// The members of an object, if it is one.
fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flat_map(Map::iter)
        .map(|(name, value)| (name.as_str(), value))
}

/// The entries of a list, if it is one.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A value as a reader writes it: a text without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The name of the schema that is referred to.
fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

/// The last name of what is referred to.
fn reference(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.rsplit('/').next()
}

/// What a reference leads to.
fn followed<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("what is referred to is there"),
        None => value,
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// A text of which no character is markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Running text: what stands between backticks is code.
fn in_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // Where one is left open, it is no mark.
    let parts: Vec<_> = text.split('`').collect();
    let pairs = if parts.len() % 2 == 1 {
        parts.len()
    } else {
        parts.len() - 1
    };
    for (place, part) in parts.iter().enumerate() {
        let part = escaped(part);
        let _ = match place {
            _ if place >= pairs => write!(shown, "`{part}"),
            _ if place % 2 == 1 => write!(shown, "<code>{part}</code>"),
            _ => write!(shown, "{part}"),
        };
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_text_is_markup_and_backticks_make_code() {
        for (text, shown) in [
            ("a < b & \"c\"", "a &lt; b &amp; &quot;c&quot;"),
            ("`x<y>` is it's", "<code>x&lt;y&gt;</code> is it&#39;s"),
            ("one ` alone", "one ` alone"),
            ("`a` and ` more", "<code>a</code> and ` more"),
            ("", ""),
        ] {
            assert_eq!(in_line(text), shown);
        }
    }

    #[test]
    fn a_kind_says_what_a_value_keeps_to() {
        let schemas = json!({ "Amount": { "type": "object" } });
        let shapes = Shapes {
            own: &schemas,
            known: None,
        };
        for (schema, shown) in [
            (
                json!({ "$ref": "#/components/schemas/Amount" }),
                "<a href=\"#shape-Amount\">Amount</a>",
            ),
            (json!({ "type": ["string", "null"] }), "string or null"),
            (
                json!({ "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u64 }),
                "integer",
            ),
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 9, "default": 3 }),
                "integer <i>1 to 9</i> <i>3 if left out</i>",
            ),
            (
                json!({ "type": "string", "maxLength": 64, "pattern": "^<", "examples": ["<a"] }),
                "string <i>to 64 characters</i> <code>^&lt;</code> <i>as in</i> <code>&lt;a</code>",
            ),
            (
                json!({ "type": "array", "items": { "enum": ["buy", "sell"] }, "maxItems": 2 }),
                "list of <code>buy</code> <code>sell</code> <i>to 2 of them</i>",
            ),
            (
                json!({ "oneOf": [{ "const": 1 }, { "type": "null" }] }),
                "<code>1</code> or null",
            ),
            (json!({}), "anything"),
        ] {
            let mut page = Page::default();
            page.kind(&schema, &shapes);
            assert_eq!(page.0, shown);
        }
    }

    #[test]
    fn what_both_documents_tell_alike_is_told_once() {
        let (http, ws) = (json!({ "A": 1, "B": 1 }), json!({ "A": 1, "B": 2, "C": 3 }));
        let told = Shapes {
            own: &ws,
            known: Some(&http),
        };
        assert_eq!(
            ["A", "B", "C"].map(|name| told.anchor(name)),
            ["shape-A", "message-shape-B", "message-shape-C"]
        );
    }
}
