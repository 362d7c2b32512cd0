//! A client of an origin in the same process: requests in, whole responses out, no sockets.
#![expect(clippy::unwrap_used, reason = "a request that cannot be made is a mistake of the test")]

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use origin::index_store::NoIndexStore;
use origin::{Config, IndexStore, Service, Source};
use tokio::runtime::Runtime;

/// An origin and what it needs to run.
pub struct Client<S, I = NoIndexStore> {
    /// The origin.
    pub service: Service<S, I>,
    runtime: Runtime,
}

impl<S: Source> Client<S> {
    /// A client of a new origin with default settings.
    pub fn new(source: S) -> Self {
        Self::with_config(source, Config::default())
    }

    /// A client of a new origin.
    pub fn with_config(source: S, config: Config) -> Self {
        Self::with_indexes(source, NoIndexStore, config)
    }
}

impl<S: Source, I: IndexStore> Client<S, I> {
    /// A client of a new origin that shares indexes with others.
    pub fn with_indexes(source: S, indexes: I, config: Config) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { service: Service::with_indexes(source, indexes, config), runtime }
    }

    /// Runs a future to its end.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Sends a request with these headers.
    pub fn send(&self, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Response<Bytes> {
        let mut builder = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.body(()).unwrap();
        self.runtime.block_on(self.service.handle(&request)).map(origin::Body::into_bytes)
    }

    /// Gets a path, whatever the answer is.
    pub fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Method::GET, path, &[])
    }

    /// Gets a path that must be there.
    pub fn body(&self, path: &str) -> Bytes {
        let response = self.get(path);
        let (head, body) = response.into_parts();
        assert_eq!(head.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
        body
    }

    /// Gets a text that must be there.
    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.body(path).to_vec()).unwrap()
    }
}

/// A header's value; empty if there is none.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// Resolves a relative reference without dot segments against the path of the document that it is in.
pub fn join(base: &str, relative: &str) -> String {
    assert!(
        !relative.starts_with('/') && !relative.contains("..") && !relative.contains("://"),
        "{relative}"
    );
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{relative}")
}

/// The path of an asset in URLs. Names of fixtures need no escapes but for these.
pub fn asset_path(key: &str) -> String {
    let escaped = key.replace('%', "%25").replace(' ', "%20").replace('#', "%23").replace('?', "%3F");
    format!("/{escaped}")
}
