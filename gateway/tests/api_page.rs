//! The page for people: it tells of everything that the documents tell, is complete in itself, and parses.

mod server_support;

use gateway::server::documents;
use server_support::*;
use std::collections::BTreeSet;

/// What has no end tag.
const VOID: [&str; 2] = ["meta", "br"];

/// A tag of the page, with its attributes.
#[derive(Debug)]
struct Tag<'p> {
    name: &'p str,
    attributes: Vec<(&'p str, &'p str)>,
}

/// The tags of the page in order; each is closed in its turn.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("it says that it is HTML");
    let (mut rest, mut open, mut tags) = (body, Vec::new(), Vec::new());
    while let Some((before, from)) = rest.split_once('<') {
        let in_style = open.last() == Some(&"style");
        assert!(in_style || !before.contains('>'), "a stray mark in {before:?}");
        let (tag, behind) = from.split_once('>').expect("a tag ends");
        rest = behind;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in its turn, behind {before:?}");
            continue;
        }
        let (name, mut more) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while !more.is_empty() {
            let (attribute, from) = more.split_once("=\"").unwrap_or_else(|| panic!("{tag}"));
            let (value, behind) = from.split_once('"').expect("a value ends");
            attributes.push((attribute, value));
            more = behind.trim_start();
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
        tags.push(Tag { name, attributes });
    }
    assert!(open.is_empty(), "{open:?}");
    tags
}

async fn served() -> (Answer, String) {
    let dir = tempfile::tempdir().unwrap();
    let venue = Venue::open(config(dir.path())).await;
    let answer = venue.nobody().get("/api").await;
    venue.stop().await.unwrap();
    let text = answer.text.clone();
    (answer, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_operation_and_message_stands_on_the_page_which_needs_nothing_from_elsewhere() {
    let (answer, page) = served().await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(answer.header("etag").is_some());

    let tags = tags(&page);
    let mut ids = BTreeSet::new();
    for (_, id) in tags
        .iter()
        .flat_map(|tag| &tag.attributes)
        .filter(|(name, _)| *name == "id")
    {
        assert!(ids.insert(*id), "two of {id}");
    }
    for tag in &tags {
        assert!(
            !["script", "link", "img", "iframe", "object", "base", "form"].contains(&tag.name),
            "{tag:?}"
        );
        for (name, value) in &tag.attributes {
            let known = [
                "id",
                "class",
                "href",
                "lang",
                "charset",
                "name",
                "content",
                "aria-label",
            ];
            assert!(known.contains(name), "{tag:?}");
            match value.strip_prefix('#') {
                Some(target) if *name == "href" => assert!(ids.contains(target), "nothing is called {target}"),
                _ if *name == "href" => assert!(["/openapi.json", "/asyncapi.json"].contains(value), "{value}"),
                _ => {}
            }
        }
    }
    let style = &page[page.find("<style>").unwrap()..page.find("</style>").unwrap()];
    assert!(!style.contains("url(") && !style.contains("@import"));

    let named = |id: &str| assert!(ids.contains(id), "{id} is not on the page");
    for (path, operations) in documents().openapi["paths"].as_object().unwrap() {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        for operation in operations.as_object().unwrap().values() {
            named(operation["operationId"].as_str().unwrap());
            let chinese = operation["description"].as_str().unwrap().split("\n\n").last().unwrap();
            let start: String = chinese.chars().take_while(|letter| letter.is_alphanumeric()).collect();
            assert!(page.contains(&start), "{chinese}");
            for code in operation["x-codes"].as_array().into_iter().flatten() {
                assert!(page.contains(&format!("<code>{}</code>", code.as_str().unwrap())));
            }
        }
    }
    for message in documents().asyncapi["components"]["messages"]
        .as_object()
        .unwrap()
        .keys()
    {
        named(&format!("message-{message}"));
    }
}

#[test]
fn a_page_that_is_broken_is_seen() {
    let whole = "<!DOCTYPE html>\n<p id=\"a\">x</p>";
    assert_eq!(tags(whole).len(), 1);
    for broken in [
        "<!DOCTYPE html>\n<p>x",
        "<!DOCTYPE html>\n<p><b>x</p></b>",
        "<!DOCTYPE html>\n<p>a > b</p>",
        "<p>x</p>",
        "<!DOCTYPE html>\n<p id=a>x</p>",
    ] {
        assert!(std::panic::catch_unwind(|| tags(broken)).is_err(), "{broken}");
    }
}
