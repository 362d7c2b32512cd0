//! Requests, read from a socket (RFC 9112).

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};
use percent_encoding::percent_decode_str;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_BODY_BYTES: usize = 256 << 20;

/// A request to the server.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) bucket: String,
    /// Empty if the request is about the bucket.
    pub(super) key: String,
    pub(super) query: BTreeMap<String, String>,
    /// By lower-case names.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Bytes,
}

impl Request {
    /// Reads one request; `None` if the client has closed the connection.
    pub(super) async fn read(stream: &mut TcpStream, buffer: &mut BytesMut) -> Result<Option<Self>> {
        let head_bytes = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if buffer.len() > MAX_HEAD_BYTES || stream.read_buf(buffer).await? == 0 {
                return if buffer.is_empty() { Ok(None) } else { Err(wrong("the head of a request")) };
            }
        };
        let head = buffer.split_to(head_bytes);
        let mut request = Self::parse(std::str::from_utf8(&head).map_err(|_| wrong("not UTF-8"))?)?;
        let length = request.header("content-length").map_or(Ok(0), str::parse);
        let length = length.ok().filter(|length| *length <= MAX_BODY_BYTES);
        let length: usize = length.ok_or_else(|| wrong("Content-Length"))?;
        while buffer.len() < length {
            if stream.read_buf(buffer).await? == 0 {
                return Err(wrong("a body that is cut short"));
            }
        }
        request.body = request.decoded(buffer.split_to(length).freeze())?;
        Ok(Some(request))
    }

    fn parse(head: &str) -> Result<Self> {
        let mut lines = head.split("\r\n");
        let mut start = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target)) = (start.next(), start.next()) else {
            return Err(wrong("the request line"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix('/').ok_or_else(|| wrong("the path"))?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let headers = lines.filter_map(|line| line.split_once(':'));
        Ok(Self {
            method: method.to_owned(),
            bucket: bucket.to_owned(),
            key: decode(key)?,
            query: pairs.map(|(name, value)| Ok((decode(name)?, decode(value)?))).collect::<Result<_>>()?,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body: Bytes::new(),
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn asks(&self, name: &str) -> bool {
        self.query.contains_key(name)
    }

    /// `Range: bytes=a-b`; other forms are not asked by anyone here.
    pub(super) fn range(&self) -> Option<Range<u64>> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some(first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?)
    }

    /// The body without the framing of `aws-chunked` (S3 API Reference, "Signature calculations: Transferring
    /// payload in multiple chunks"); trailers are passed over.
    fn decoded(&self, mut body: Bytes) -> Result<Bytes> {
        if !self.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked")) {
            return Ok(body);
        }
        let mut whole = BytesMut::new();
        loop {
            let line = body.windows(2).position(|window| window == b"\r\n");
            let line = body.split_to(line.ok_or_else(|| wrong("a chunk"))?);
            body.advance(2);
            let size = std::str::from_utf8(&line).ok().and_then(|line| line.split(';').next());
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.filter(|size| *size == 0 || size + 2 <= body.len());
            match size.ok_or_else(|| wrong("a chunk's size"))? {
                0 => return Ok(whole.freeze()),
                size => whole.extend_from_slice(&body.split_to(size)),
            }
            body.advance(2);
        }
    }
}

fn decode(text: &str) -> Result<String> {
    percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| wrong("an escape"))
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
