//! Attachments: the files that a record names by their SHA-256, handed in by whoever has them and read by whoever may
//! read the record.
//!
//! What always holds: the record says which file it is, before or after the file is there, and nobody can hand in
//! another. A read of what another's record names is journaled as that of the record is.

use super::{
    page::{Listed, json},
    records,
    sight::View,
};
use crate::server::{
    core::{
        attachments::{self, AttachmentError},
        call::{Call, Pieces},
        state::State,
    },
    said::{
        problem::{Fault, Problem},
        responses::ReadProblems,
    },
};
use axum::{
    extract::State as Shared,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use protocol::Digest;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

/// How a member is called that holds the digest of a file.
const NAMED: &str = "_sha256";

/// The codes of an operation: these, and those of records that there are not.
fn codes(own: &[&'static str]) -> BTreeSet<&'static str> {
    own.iter().copied().chain(records::unknown()).collect()
}

/// A file that a record names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttachedFile)]
pub(crate) struct Attachment {
    /// Its SHA-256, in hex.
    #[schema(
        pattern = "^[0-9a-f]{64}$",
        example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )]
    sha256: String,
    /// Where in the record it is named, as a JSON Pointer (RFC 6901).
    #[schema(example = "/lot/notices_sha256")]
    named_at: String,
    /// How many bytes it has; nothing while nobody has handed it in.
    bytes: Option<u64>,
}

/// The files that a record names, and whether they are here.
#[utoipa::path(
    get, path = "/v1/attachments/{resource}/{id}", operation_id = "list_attachments", tag = "registry",
    extensions(("x-chinese" = json!("一项记录以摘要指明的文件，及其是否已提交。")), ("x-codes" = json!(codes(&[])))),
    params(
        ("resource" = String, Path, description = "Where the record is read, as in /v1/auctions: auctions"),
        ("id" = u64, Path, description = "Its number")
    ),
    responses((status = 200, description = "Its files", body = Listed<Attachment>), ReadProblems), security((), ("signature" = []))
)]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    call: Call,
    Pieces((resource, id)): Pieces<(String, u64)>,
) -> Result<Response, Problem> {
    let named = named(&records::shown(&state, &call, &resource, id).await?);
    let store = state.clone();
    let items = spawn_blocking(move || {
        named
            .into_iter()
            .map(|(digest, named_at)| {
                Ok(Attachment {
                    sha256: digest.to_string(),
                    named_at,
                    bytes: store.attachments.length(&digest)?,
                })
            })
            .collect::<Result<Vec<_>, AttachmentError>>()
    });
    let items = items.await.map_err(|_| Fault::Internal)?.map_err(failed)?;
    Ok(json(&Listed { items, next: None }))
}

/// A file that a record names. Its media type is told by its first bytes; a browser that gets it runs nothing of it.
#[utoipa::path(
    get, path = "/v1/attachments/{resource}/{id}/{sha256}", operation_id = "get_attachment", tag = "registry",
    extensions(("x-chinese" = json!("一项记录所指明的文件。")), ("x-codes" = json!(codes(&["ATTACHMENT_NOT_NAMED", "ATTACHMENT_MISSING"])))),
    params(
        ("resource" = String, Path, description = "Where the record is read, as in /v1/auctions: auctions"),
        ("id" = u64, Path, description = "Its number"),
        ("sha256" = String, Path, description = "The file's SHA-256, in hex", pattern = "^[0-9a-f]{64}$")
    ),
    responses(
        (
            status = 200, description = "The file",
            content(
                (String = "application/pdf"), (String = "image/png"), (String = "image/jpeg"), (String = "text/plain"),
                (String = "application/octet-stream")
            )
        ),
        ReadProblems
    ),
    security((), ("signature" = []))
)]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    call: Call,
    Pieces((resource, id, sha256)): Pieces<(String, u64, String)>,
) -> Result<Response, Problem> {
    let sha256 = asked_for(&state, &call, &resource, id, &sha256).await?;
    let store = state.clone();
    let found = spawn_blocking(move || store.attachments.read(&sha256));
    let found = found.await.map_err(|_| Fault::Internal)?.map_err(failed)?;
    let bytes = found.ok_or(Fault::AttachmentMissing)?;
    let media_type = attachments::media_type(&bytes);
    let ending = match media_type {
        "application/pdf" => "pdf",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "application/octet-stream" => "bin",
        _ => "txt",
    };
    let name = format!("inline; filename=\"{}.{ending}\"", &sha256.to_string()[..16]);
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let mut put = |name, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    put(header::CONTENT_TYPE, media_type);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    put(header::REFERRER_POLICY, "no-referrer");
    let name = HeaderValue::try_from(name).expect("hex and an ending");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Hands in a file that a record names. Whoever may read the record may: what it must be the record says.
#[utoipa::path(
    put, path = "/v1/attachments/{resource}/{id}/{sha256}", operation_id = "put_attachment", tag = "registry",
    extensions(
        ("x-chinese" = json!("提交一项记录所指明的文件；内容须与摘要一致。")),
        ("x-codes" = json!(codes(&["ATTACHMENT_NOT_NAMED", "ATTACHMENT_DIFFERS", "STORAGE_FULL"])))
    ),
    params(
        ("resource" = String, Path, description = "Where the record is read, as in /v1/auctions: auctions"),
        ("id" = u64, Path, description = "Its number"),
        ("sha256" = String, Path, description = "The file's SHA-256, in hex", pattern = "^[0-9a-f]{64}$")
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The file"),
    responses((status = 204, description = "It is here, durably"), ReadProblems),
    security(("signature" = []))
)]
pub(crate) async fn put(
    Shared(state): Shared<State>,
    call: Call,
    Pieces((resource, id, sha256)): Pieces<(String, u64, String)>,
) -> Result<Response, Problem> {
    call.caller.reader()?;
    let sha256 = asked_for(&state, &call, &resource, id, &sha256).await?;
    let (store, body) = (state.clone(), call.body.clone());
    let stored = spawn_blocking(move || store.attachments.store(&sha256, &body));
    stored.await.map_err(|_| Fault::Internal)?.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The file that is asked for: the record names it, and the caller may read the record.
async fn asked_for(state: &State, call: &Call, resource: &str, id: u64, sha256: &str) -> Result<Digest, Problem> {
    let sha256 = sha256.parse().map_err(|_| Fault::NotFound)?;
    let named = named(&records::shown(state, call, resource, id).await?);
    match named.contains_key(&sha256) {
        true => Ok(sha256),
        false => Err(Fault::AttachmentNotNamed.into()),
    }
}

/// The files that a record names, as its reader sees it: the digest, and where it stands first.
fn named(view: &View) -> BTreeMap<Digest, String> {
    fn walk(value: &Value, at: &str, is_digest: bool, found: &mut BTreeMap<Digest, String>) {
        match value {
            Value::String(text) if is_digest => {
                if let Ok(digest) = text.parse::<Digest>()
                    && digest != Digest::default()
                {
                    found.entry(digest).or_insert_with(|| at.to_owned());
                }
            }
            Value::Array(entries) => {
                for (n, entry) in entries.iter().enumerate() {
                    walk(entry, &format!("{at}/{n}"), is_digest, found);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    walk(member, &format!("{at}/{name}"), name.ends_with(NAMED), found);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    let view = serde_json::to_value(view).expect("a record is plain data");
    walk(&view, "", false, &mut found);
    found
}

fn failed(error: AttachmentError) -> Problem {
    match error {
        AttachmentError::Differs(found) => {
            Problem::from(Fault::AttachmentDiffers).hint(format!("what was sent has {found}"))
        }
        AttachmentError::Full => Problem::from(Fault::StorageFull).retry_after(60_000),
        error => {
            tracing::error!(%error, "the store of attachments failed");
            Fault::Internal.into()
        }
    }
}
