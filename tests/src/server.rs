//! The origin on a socket, for programs that ask over HTTP.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use origin::source::DirectorySource;
use origin::{Config, Service};

/// Serves a folder on a free port of loopback until the runtime ends.
pub async fn serve(root: &Path) -> SocketAddr {
    let service = Arc::new(Service::new(DirectorySource::new(root), Config::default()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(answer).with_state(service);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn answer(State(service): State<Arc<Service<DirectorySource>>>, request: Request) -> Response {
    service.handle(&request.map(|_| ())).await.map(axum::body::Body::new)
}
