//! A double of the Lambda Runtime API (AWS Lambda developer guide, "Using the Lambda runtime API"), which
//! runs functions as Lambda does: as programs that ask for their events.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a runtime that breaks the protocol fails the test"
)]

mod function;
mod invocation;
mod program;

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

pub use function::{Function, Process};
pub use invocation::{Answer, Ending, http_event};
pub use program::binary;

/// Lambda takes 6 MB of a buffered response.
const MAX_BUFFERED_BYTES: usize = 6 * 1024 * 1024;
/// How long an invocation may take.
const INVOCATION: Duration = Duration::from_secs(30);
/// The trace of every invocation.
pub const TRACE_ID: &str = "1-5759e988-bd862e3fe1be46a994272793";

/// The double: events go in, endings come out.
pub struct RuntimeApi {
    address: SocketAddr,
    state: Arc<Inner>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        // It may end inside another runtime, where waiting for this one is not allowed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Default)]
struct Inner {
    queue: Mutex<VecDeque<(String, Bytes, Duration)>>,
    queued: Notify,
    waiting: Mutex<HashMap<String, oneshot::Sender<Ending>>>,
    polls: Mutex<Vec<Instant>>,
    init_errors: Mutex<Vec<Value>>,
    invocations: Mutex<u64>,
}

impl Default for RuntimeApi {
    fn default() -> Self {
        Self::new()
    }
}

impl RuntimeApi {
    /// A double on a free port of loopback.
    pub fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let state = Arc::new(Inner::default());
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(Arc::clone(&state));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        // Else answers of two packets wait 40 ms for an acknowledgement.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, runtime: Some(runtime) }
    }

    /// `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has an event handled by a process that asks for one, and waits for the ending.
    pub fn invoke(&self, event: &Value) -> Ending {
        self.invoke_bytes(event.to_string().into())
    }

    /// As [`RuntimeApi::invoke`], with the time that the function is told to have.
    pub fn invoke_within(&self, event: &Value, time: Duration) -> Ending {
        let ending = self.queue(event.to_string().into(), time);
        self.wait(ending)
    }

    /// As [`RuntimeApi::invoke`], with anything for an event.
    pub fn invoke_bytes(&self, event: Bytes) -> Ending {
        let ending = self.queue(event, INVOCATION);
        self.wait(ending)
    }

    /// Has several events handled at once by as many processes; endings in order of the events.
    pub fn invoke_all(&self, events: &[Value]) -> Vec<Ending> {
        let queued = events.iter().map(|event| self.queue(event.to_string().into(), INVOCATION));
        let endings: Vec<_> = queued.collect();
        endings.into_iter().map(|ending| self.wait(ending)).collect()
    }

    fn wait(&self, ending: oneshot::Receiver<Ending>) -> Ending {
        self.runtime.as_ref().unwrap().block_on(async {
            let ending = tokio::time::timeout(INVOCATION, ending).await;
            ending.expect("the invocation has no ending").expect("the invocation is forgotten")
        })
    }

    fn queue(&self, event: Bytes, time: Duration) -> oneshot::Receiver<Ending> {
        let mut count = self.state.invocations.lock().unwrap();
        *count += 1;
        let id = format!("00000000-0000-4000-8000-{:012x}", *count);
        let (sender, receiver) = oneshot::channel();
        self.state.waiting.lock().unwrap().insert(id.clone(), sender);
        self.state.queue.lock().unwrap().push_back((id, event, time));
        self.state.queued.notify_one();
        receiver
    }

    /// When each request for an event came.
    pub fn polls(&self) -> Vec<Instant> {
        self.state.polls.lock().unwrap().clone()
    }

    /// What processes reported in place of a first request for an event.
    pub fn init_errors(&self) -> Vec<Value> {
        self.state.init_errors.lock().unwrap().clone()
    }
}

async fn next(State(state): State<Arc<Inner>>) -> Response {
    state.polls.lock().unwrap().push(Instant::now());
    let (id, event, time) = loop {
        let queued = state.queued.notified();
        let first = state.queue.lock().unwrap().pop_front();
        if let Some(first) = first {
            break first;
        }
        queued.await;
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
        .header("lambda-runtime-trace-id", format!("Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1"))
        .header("content-type", "application/json")
        .body(Body::from(event))
        .unwrap()
}

async fn response(State(state): State<Arc<Inner>>, Path(id): Path<String>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let is_streamed = header(&head.headers, "lambda-runtime-function-response-mode") == "streaming";
    let (body, trailers, is_whole) = collect(body).await;
    if !is_streamed && body.len() > MAX_BUFFERED_BYTES {
        state.end(&id, Ending::TooLarge(body.len()));
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    let ending = match (is_whole, is_streamed) {
        (false, _) => Ending::Broken(body),
        (true, true) => {
            assert_eq!(header(&head.headers, "transfer-encoding"), "chunked");
            assert_eq!(
                header(&head.headers, "content-type"),
                "application/vnd.awslambda.http-integration-response"
            );
            let error = trailers.get("lambda-runtime-function-error-type");
            Ending::Answered(Answer::of_stream(&body, error.is_some()))
        }
        (true, false) => Ending::Returned(serde_json::from_slice(&body).unwrap()),
    };
    state.end(&id, ending);
    StatusCode::ACCEPTED
}

async fn error(State(state): State<Arc<Inner>>, Path(id): Path<String>, request: Request) -> StatusCode {
    let (body, ..) = collect(request.into_body()).await;
    state.end(&id, Ending::Failed(serde_json::from_slice(&body).unwrap()));
    StatusCode::ACCEPTED
}

async fn init_error(State(state): State<Arc<Inner>>, request: Request) -> StatusCode {
    let (body, ..) = collect(request.into_body()).await;
    state.init_errors.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    StatusCode::ACCEPTED
}

impl Inner {
    fn end(&self, id: &str, ending: Ending) {
        let waiting = self.waiting.lock().unwrap().remove(id);
        waiting.expect("an ending of no invocation").send(ending).ok();
    }
}

/// A body, its trailers, and whether it came to its end.
async fn collect(mut body: Body) -> (Bytes, HeaderMap, bool) {
    let (mut bytes, mut trailers) = (Vec::new(), HeaderMap::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            Ok(Err(other)) => trailers.extend(other.into_trailers().unwrap_or_default()),
            Err(_) => return (bytes.into(), trailers, false),
        }
    }
    (bytes.into(), trailers, true)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}
