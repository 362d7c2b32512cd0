//! What S3 would answer (S3 API Reference, "Actions").

use std::fmt::Write;
use std::ops::Range;

use bytes::Bytes;

use super::objects::{Objects, Refusal};
use super::request::Request;

/// An answer that has not been sent yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    /// The whole object that the body is a part of, and the part.
    pub(super) part_of: Option<(Bytes, Range<usize>)>,
}

/// The name of what is asked.
pub(super) fn operation(request: &Request) -> &'static str {
    match (request.method.as_str(), request.key.is_empty()) {
        ("HEAD", true) => "HeadBucket",
        ("HEAD", false) => "HeadObject",
        ("GET", true) => "ListObjectsV2",
        ("GET", false) => "GetObject",
        ("PUT", false) if request.asks("uploadId") => "UploadPart",
        ("PUT", false) => "PutObject",
        ("POST", true) => "DeleteObjects",
        ("POST", false) if request.asks("uploads") => "CreateMultipartUpload",
        ("POST", false) => "CompleteMultipartUpload",
        ("DELETE", false) if request.asks("uploadId") => "AbortMultipartUpload",
        ("DELETE", false) => "DeleteObject",
        _ => "unknown",
    }
}

/// The answer of a server in order.
pub(super) fn answer(objects: &mut Objects, request: &Request) -> Answer {
    let answer =
        if objects.has_bucket(&request.bucket) { act(objects, request) } else { Err((404, "NoSuchBucket")) };
    answer.unwrap_or_else(|(status, code)| refuse(status, code))
}

/// An error.
pub(super) fn refuse(status: u16, code: &str) -> Answer {
    let text = format!("<Error><Code>{code}</Code><Message>as told</Message><Resource>/</Resource></Error>");
    xml(status, &text)
}

fn act(objects: &mut Objects, request: &Request) -> Result<Answer, Refusal> {
    let Request { bucket, key, .. } = request;
    let upload = request.query.get("uploadId").map(String::as_str).unwrap_or_default();
    match operation(request) {
        "HeadBucket" => Ok(Answer { status: 200, ..Answer::default() }),
        "HeadObject" | "GetObject" => read(objects, request),
        "ListObjectsV2" => Ok(list(objects, request)),
        "PutObject" => {
            let only_new = request.header("if-none-match") == Some("*");
            let written = objects.put(bucket, key, request.body.clone(), only_new)?;
            Ok(Answer { status: 200, headers: vec![("ETag", written.etag)], ..Answer::default() })
        }
        "DeleteObjects" => Ok(delete(objects, request)),
        "DeleteObject" => {
            objects.delete(bucket, key);
            Ok(Answer { status: 204, ..Answer::default() })
        }
        "CreateMultipartUpload" => {
            let id = objects.begin_upload(bucket, key);
            let names = format!("<Bucket>{bucket}</Bucket><Key>{}</Key>", escaped(key));
            Ok(xml(
                200,
                &wrapped("InitiateMultipartUploadResult", &format!("{names}<UploadId>{id}</UploadId>")),
            ))
        }
        "UploadPart" => {
            let number = request.query.get("partNumber").and_then(|number| number.parse().ok());
            let etag =
                objects.add_part(upload, number.ok_or((400, "InvalidArgument"))?, request.body.clone())?;
            Ok(Answer { status: 200, headers: vec![("ETag", etag)], ..Answer::default() })
        }
        "CompleteMultipartUpload" => {
            let written = objects.complete_upload(upload, &named_parts(&request.body))?;
            let etag = format!("<ETag>{}</ETag>", escaped(&written.etag));
            Ok(xml(200, &wrapped("CompleteMultipartUploadResult", &etag)))
        }
        "AbortMultipartUpload" => {
            objects.give_up_upload(upload)?;
            Ok(Answer { status: 204, ..Answer::default() })
        }
        _ => Err((405, "MethodNotAllowed")),
    }
}

fn read(objects: &Objects, request: &Request) -> Result<Answer, Refusal> {
    let version = request.query.get("versionId").map(String::as_str);
    let found = objects.find(&request.bucket, &request.key, version)?;
    if request.header("if-match").is_some_and(|wanted| wanted != "*" && wanted != found.etag) {
        return Err((412, "PreconditionFailed"));
    }
    let total = found.bytes.len();
    let mut headers = vec![("ETag", found.etag), ("Accept-Ranges", "bytes".to_owned())];
    headers.push(("Content-Type", "application/octet-stream".to_owned()));
    headers.extend(found.id.map(|id| ("x-amz-version-id", id)));
    let Some(range) = request.range() else {
        let part_of = Some((found.bytes.clone(), 0..total));
        return Ok(Answer { status: 200, headers, body: found.bytes, part_of });
    };
    let within = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(total);
    let range = within(range.start)..within(range.end);
    if range.is_empty() {
        return Err((416, "InvalidRange"));
    }
    headers.push(("Content-Range", content_range(&range, total)));
    let body = found.bytes.slice(range.clone());
    Ok(Answer { status: 206, headers, body, part_of: Some((found.bytes, range)) })
}

/// `Content-Range` of a range that is not empty.
pub(super) fn content_range(range: &Range<usize>, total: usize) -> String {
    format!("bytes {}-{}/{total}", range.start, range.end.saturating_sub(1))
}

fn list(objects: &Objects, request: &Request) -> Answer {
    let query = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
    let after =
        if request.asks("continuation-token") { query("continuation-token") } else { query("start-after") };
    let limit = query("max-keys").parse().unwrap_or(objects.page_size).min(objects.page_size);
    let mut matching = objects
        .listed(&request.bucket)
        .filter(|(key, _)| key.starts_with(query("prefix")) && (after.is_empty() || *key > after))
        .peekable();
    let mut text = String::new();
    let mut last = String::new();
    for (key, version) in matching.by_ref().take(limit) {
        escaped(key).clone_into(&mut last);
        let (etag, size) = (escaped(&version.etag), version.bytes.len());
        let _ = write!(
            text,
            "<Contents><Key>{last}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>{etag}</ETag>\
             <Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    let is_truncated = matching.next().is_some();
    if is_truncated {
        let _ = write!(text, "<NextContinuationToken>{last}</NextContinuationToken>");
    }
    let _ = write!(text, "<IsTruncated>{is_truncated}</IsTruncated>");
    xml(200, &wrapped("ListBucketResult", &text))
}

fn delete(objects: &mut Objects, request: &Request) -> Answer {
    for key in texts(&request.body, "Key") {
        objects.delete(&request.bucket, &key);
    }
    xml(200, &wrapped("DeleteResult", ""))
}

fn named_parts(body: &[u8]) -> Vec<(u32, String)> {
    let numbers = texts(body, "PartNumber").into_iter().map(|number| number.parse().unwrap_or_default());
    numbers.zip(texts(body, "ETag")).collect()
}

/// The texts of all elements of a name.
fn texts(body: &[u8], name: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let Ok(document) = roxmltree::Document::parse(&text) else { return Vec::new() };
    let named = document.descendants().filter(|node| node.tag_name().name() == name);
    named.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

fn wrapped(name: &str, inner: &str) -> String {
    format!("<{name} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}</{name}>")
}

fn xml(status: u16, text: &str) -> Answer {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}").into();
    let headers = vec![("Content-Type", "application/xml".to_owned())];
    Answer { status, headers, body, part_of: None }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
