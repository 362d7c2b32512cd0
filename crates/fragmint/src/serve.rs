//! `fragmint serve`: the origin, the player page and the list of sources on one HTTP server.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body as AxumBody;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use origin::{Config, Error as OriginError, RequestReport};
use tokio::net::TcpListener;

use crate::args::ServeArguments;
use crate::failure::Failure;
use crate::inspect::Report;
use crate::open::{Origin, open_all};
use crate::page;

/// How long requests under way may take once Ctrl-C was pressed.
const DRAIN: Duration = Duration::from_secs(10);
const MOST_LISTED: usize = 1000;

struct Server {
    service: Origin,
    players: Option<PathBuf>,
}

type Shared = Arc<Server>;

/// Serves until Ctrl-C, then lets requests under way finish.
pub(crate) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let selection = arguments.selection.selection();
    let selection =
        selection.ok_or_else(|| Failure::new("the bit rates", "the least is more than the most"))?;
    let config = Config {
        selection,
        nginx_urls: arguments.nginx_urls,
        dash_segments: arguments.dash_segments,
        program_date_time: arguments.program_date_time,
        ..arguments.packaging.config()
    };
    let service = open_all(arguments.place.as_ref(), arguments.index.as_ref(), config).await?;
    let what = arguments.place.map_or_else(|| "the bundled sample".to_owned(), |place| place.to_string());
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {}", arguments.listen), error))?;
    let address = listener.local_addr().map_err(|error| Failure::new("the address", error))?;
    let players = page::find_players(arguments.players.as_deref());
    eprintln!("serving {what} at http://{address}/  (Ctrl-C ends)");
    if players.is_none() {
        eprintln!("no players for the page: `make run` installs them, or `npm ci` in crates/fragmint/web");
    }
    let server = Arc::new(Server { service, players });
    let (stop, stopped) = tokio::sync::watch::channel(false);
    // Answers are written in a few pieces: without this, the last one waits for an acknowledgement.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let serving = axum::serve(listener, router(server)).with_graceful_shutdown(interrupt(stop));
    tokio::select! {
        done = async { serving.await } => done.map_err(|error| Failure::new("the server", error)),
        () = drain(stopped) => Ok(()),
    }
}

fn router(server: Shared) -> Router {
    Router::new()
        .route("/", get(|| async { own_file("index.html") }))
        .route("/-/page/{*name}", get(|Path(name): Path<String>| async move { own_file(&name) }))
        .route("/-/players/{name}", get(player))
        .route("/-/assets", get(list))
        .route("/-/inspect/{*asset}", get(inspect))
        .fallback(package)
        .with_state(server)
}

/// Resolves at the first Ctrl-C or SIGTERM.
async fn interrupt(stop: tokio::sync::watch::Sender<bool>) {
    let ctrl_c = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = ctrl_c => {}
        () = terminate => {}
    }
    eprintln!("finishing requests under way");
    let _ = stop.send(true);
}

/// Resolves when requests under way have had their time.
async fn drain(mut stopped: tokio::sync::watch::Receiver<bool>) {
    if stopped.wait_for(|&stopped| stopped).await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(DRAIN).await;
}

/// Everything that the packager answers, with a line in the log.
async fn package(State(server): State<Shared>, request: Request) -> Response {
    // Requests here have no body worth reading.
    let request = request.map(|_| ());
    let response = server.service.handle(&request).await;
    log(request.method(), request.uri().path(), &response);
    response.map(AxumBody::new)
}

fn log<B: axum::body::HttpBody>(method: &Method, path: &str, response: &Response<B>) {
    let Some(report) = response.extensions().get::<RequestReport>() else { return };
    let sent = response.body().size_hint().exact().unwrap_or(0);
    eprintln!(
        "{method} {path} {} {sent} B, index {}, {} reads of {} B, {}.{:03} ms",
        response.status().as_u16(),
        report.index.as_str(),
        report.index_reads + report.reads,
        report.index_bytes + report.bytes,
        report.micros / 1000,
        report.micros % 1000
    );
}

fn own_file(name: &str) -> Response {
    match page::file(name) {
        Some((kind, content)) => answer(StatusCode::OK, kind, Bytes::from_static(content.as_bytes())),
        None => refuse(&OriginError::NotFound("the page has no such file")),
    }
}

async fn player(State(server): State<Shared>, Path(name): Path<String>) -> Response {
    let found = match &server.players {
        Some(folder) => page::player(folder, &name).await,
        None => None,
    };
    match found {
        Some((kind, bytes)) => answer(StatusCode::OK, kind, bytes),
        None => refuse(&OriginError::NotFound("this player is not installed: `make run` installs it")),
    }
}

async fn list(State(server): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    let search = query.get("q").cloned().unwrap_or_default();
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(MOST_LISTED);
    match server.service.source().search(&search, limit.min(MOST_LISTED)).await {
        Ok(listing) => json(&listing),
        Err(error) => refuse(&error.into()),
    }
}

async fn inspect(State(server): State<Shared>, Path(asset): Path<String>) -> Response {
    // The key must be one that a route could name: no climbing out of the folder.
    let climbs = asset.split(['/', '\\']).any(|part| matches!(part, "" | "." | ".."));
    if climbs {
        return refuse(&OriginError::NotFound("there is no such source"));
    }
    let gathered = server.service.gather(&asset).await;
    match gathered.and_then(|gathered| Report::new(&asset, &gathered, false)) {
        Ok(report) => json(&report),
        Err(error) => refuse(&error),
    }
}

fn json(value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => answer(StatusCode::OK, "application/json", bytes.into()),
        Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, "application/json", Bytes::from_static(b"{}")),
    }
}

fn refuse(error: &OriginError) -> Response {
    answer(error.status(), "application/json", error.to_json().into())
}

fn answer(status: StatusCode, kind: &'static str, bytes: Bytes) -> Response {
    let mut response = Response::new(AxumBody::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}
