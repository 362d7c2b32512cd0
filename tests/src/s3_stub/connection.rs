//! One connection: requests in, answers out, as bad as they are to be.

use std::io::Result;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::answer::{Answer, answer, content_range, operation, refuse};
use super::fault::Fault;
use super::request::Request;
use super::{Seen, State};

/// Time for the client to take what was sent before a connection is reset, which throws away what it has not.
const BEFORE_RESET: Duration = Duration::from_millis(20);

/// Serves a connection until either side closes it. Whatever goes wrong with the socket is the client's wish.
pub(super) async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = BytesMut::new();
    while let Ok(Some(request)) = Request::read(&mut stream, &mut buffer).await {
        let fault = state.script().fault(&request);
        let sent = plan(&state, &request, fault.as_ref());
        // Before the answer: whoever has it may look at once.
        state.seen().push(seen(&request, sent.as_ref(), fault));
        let is_kept = match &sent {
            Some(sent) => send(&mut stream, sent).await,
            None => stream.set_zero_linger().map(|()| false),
        };
        if !is_kept.unwrap_or(false) {
            return;
        }
    }
}

/// An answer and how to send it.
struct Sent {
    answer: Answer,
    /// Bytes said in `Content-Length`.
    length: usize,
    before: Duration,
    ending: Ending,
}

/// What happens after the body's first bytes.
enum Ending {
    /// All of it is sent, and the connection is kept.
    Whole,
    /// All of it is sent, and the connection is closed.
    Close,
    /// So many bytes, some waiting, and the connection is closed.
    Cut(usize, Duration),
    /// So many bytes, and the connection is reset.
    Reset(usize),
}

/// What is to be sent; `None` for a reset.
fn plan(state: &State, request: &Request, fault: Option<&Fault>) -> Option<Sent> {
    let answer = match fault {
        Some(Fault::ResetBefore) => return None,
        Some(Fault::Refuse(status, code)) => refuse(*status, code),
        Some(Fault::TruncatedXml(status)) => {
            let whole = refuse(*status, "SlowDown");
            Answer { body: whole.body.slice(..whole.body.len() / 2), ..whole }
        }
        _ => answer(&mut state.objects(), request),
    };
    if fault == Some(&Fault::AnswerLost) {
        return None;
    }
    let mut sent = Sent { length: answer.body.len(), answer, before: Duration::ZERO, ending: Ending::Whole };
    if let Some(fault) = fault {
        spoil(&mut sent, fault);
    }
    if request.method == "HEAD" {
        sent.answer.body = Bytes::new();
    }
    Some(sent)
}

fn spoil(sent: &mut Sent, fault: &Fault) {
    match fault {
        Fault::Refuse(..) | Fault::TruncatedXml(_) | Fault::ResetBefore | Fault::AnswerLost => {}
        Fault::SlowFirstByte(time) => sent.before = *time,
        Fault::ResetAfter(bytes) => sent.ending = Ending::Reset(*bytes),
        Fault::CutAfter(bytes) => sent.ending = Ending::Cut(*bytes, Duration::ZERO),
        Fault::StallAfter(bytes, time) => sent.ending = Ending::Cut(*bytes, *time),
        Fault::LongContentLength => {
            sent.length += 1;
            sent.ending = Ending::Close;
        }
        Fault::ShortContentLength => {
            sent.length = sent.length.saturating_sub(1);
            sent.ending = Ending::Close;
        }
        Fault::ShortRange => {
            sent.length = sent.length.saturating_sub(1);
            sent.answer.body.truncate(sent.length);
        }
        Fault::OtherRange => shift(&mut sent.answer),
        Fault::WrongEtag => set(&mut sent.answer, "ETag", "\"0123456789abcdef\"".to_owned()),
        Fault::OtherObject => {
            sent.answer.body = sent.answer.body.iter().map(|byte| !byte).collect();
            set(&mut sent.answer, "ETag", "\"0123456789abcdef\"".to_owned());
        }
        Fault::Whole => {
            if let Some((whole, _)) = sent.answer.part_of.take() {
                sent.answer = Answer { status: 200, body: whole, ..sent.answer.clone() };
                sent.answer.headers.retain(|(name, _)| *name != "Content-Range");
                sent.length = sent.answer.body.len();
            }
        }
        Fault::Empty => {
            sent.answer.body = Bytes::new();
            sent.answer.headers.retain(|(name, _)| *name != "Content-Range");
            sent.length = 0;
        }
        Fault::Garbage => {
            sent.answer.status = 0;
            sent.ending = Ending::Close;
        }
    }
}

/// The neighbouring range of the same length, before or behind; the same one if there is no room.
fn shift(answer: &mut Answer) {
    let Some((whole, range)) = answer.part_of.clone() else { return };
    let shifted = if range.end < whole.len() {
        range.start + 1..range.end + 1
    } else {
        range.start.saturating_sub(1)..range.end.saturating_sub(1)
    };
    set(answer, "Content-Range", content_range(&shifted, whole.len()));
    answer.body = whole.slice(shifted);
}

fn set(answer: &mut Answer, name: &'static str, value: String) {
    answer.headers.retain(|(known, _)| *known != name);
    answer.headers.push((name, value));
}

/// Sends it; whether the connection is kept.
async fn send(stream: &mut TcpStream, sent: &Sent) -> Result<bool> {
    sleep(sent.before).await;
    if sent.answer.status == 0 {
        stream.write_all(b"\x00\x01 this is not HTTP\r\n\r\n").await?;
        return Ok(false);
    }
    // One write for head and body: a second one would wait for the first to be acknowledged.
    let mut bytes = head(sent).into_bytes();
    let body = &sent.answer.body;
    let (count, wait, is_kept) = match sent.ending {
        Ending::Whole => (body.len(), Duration::ZERO, true),
        Ending::Close => (body.len(), Duration::ZERO, false),
        Ending::Cut(count, wait) => (count, wait, false),
        Ending::Reset(count) => (count, BEFORE_RESET, false),
    };
    let is_cut = matches!(sent.ending, Ending::Cut(..) | Ending::Reset(_));
    let count = if is_cut { count.min(body.len().saturating_sub(1)) } else { count };
    bytes.extend(body.iter().take(count));
    stream.write_all(&bytes).await?;
    sleep(wait).await;
    if matches!(sent.ending, Ending::Reset(_)) {
        stream.set_zero_linger()?;
    }
    Ok(is_kept)
}

fn head(sent: &Sent) -> String {
    let mut head = format!("HTTP/1.1 {} As-Told\r\nx-amz-request-id: STUB\r\n", sent.answer.status);
    for (name, value) in &sent.answer.headers {
        head.extend([*name, ": ", value, "\r\n"]);
    }
    if sent.answer.status != 204 {
        head.extend(["Content-Length: ", &sent.length.to_string(), "\r\n"]);
    }
    head.push_str("\r\n");
    head
}

fn seen(request: &Request, sent: Option<&Sent>, fault: Option<Fault>) -> Seen {
    Seen {
        operation: operation(request),
        bucket: request.bucket.clone(),
        key: request.key.clone(),
        range: request.range(),
        if_match: request.header("if-match").map(str::to_owned),
        version: request.query.get("versionId").cloned(),
        status: sent.map(|sent| sent.answer.status).filter(|status| *status != 0),
        bytes: sent.map_or(0, |sent| sent.answer.body.len() as u64),
        fault,
    }
}
