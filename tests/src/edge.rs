//! What stands between players and functions here: each request becomes an event of the function that a
//! distribution would ask, and the function's answer a response. Nothing is cached.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use crate::runtime_api::{RuntimeApi, http_event};

/// The two functions behind a distribution.
pub struct Edge {
    /// Asked for playlists and MPDs.
    pub manifest: Arc<RuntimeApi>,
    /// Asked for init and media segments.
    pub segment: Arc<RuntimeApi>,
}

impl Edge {
    /// Serves on a free port of loopback until the runtime ends.
    pub async fn serve(self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(Arc::new(self));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }

    /// As the path patterns of the distribution have it.
    fn function(&self, path: &str) -> &Arc<RuntimeApi> {
        let is_manifest = [".m3u8", ".mpd"].iter().any(|ending| path.strip_suffix(ending).is_some());
        if is_manifest { &self.manifest } else { &self.segment }
    }
}

async fn answer(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let function = Arc::clone(edge.function(request.uri().path()));
    let headers = ["range", "if-none-match"].map(|name| (name, request.headers().get(name).cloned()));
    let (method, path) = (request.method().to_string(), request.uri().to_string());
    // The double waits for the function's answer as a test does.
    let answer = tokio::task::spawn_blocking(move || {
        let headers =
            headers.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?.to_str().ok()?)));
        function.invoke(&http_event(&method, &path, &headers.collect::<Vec<_>>())).answer()
    });
    let answer = answer.await.unwrap();
    assert!(!answer.has_error, "a stream ended with an error");
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}
