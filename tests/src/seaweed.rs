//! `SeaweedFS`: an S3 server that others wrote, for what S3 means where we could have misread it.
//!
//! `scripts/install-test-tools.sh` installs it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a server that does not start fails the test that asks for it"
)]

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use tokio::runtime::Runtime;

use crate::s3_endpoint::S3Endpoint;

const PROGRAM: &str = "target/tools/seaweedfs/bin/weed";
const ACCESS_KEY_ID: &str = "fragmint";
const SECRET_ACCESS_KEY: &str = "fragmint-secret";
/// It takes about four seconds where nothing else runs.
const START: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A running server; it is stopped, and all it kept removed, when this is dropped.
#[derive(Debug)]
pub struct SeaweedFs {
    child: Child,
    folder: PathBuf,
    endpoint: S3Endpoint,
}

impl SeaweedFs {
    /// Starts a server on free ports of loopback, and waits until it keeps objects.
    pub fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fragmint-seaweed-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("s3.json"), identities()).unwrap();
        let (child, port) = launch(&folder);
        let endpoint = S3Endpoint {
            url: format!("http://127.0.0.1:{port}"),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        };
        let mut server = Self { child, folder, endpoint };
        server.wait();
        server
    }

    /// The server that all tests of a program share for as long as one of them uses it.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<SeaweedFs>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// How to reach it.
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    /// A client that is not the product's.
    pub async fn client(&self) -> Client {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let sdk = self.endpoint.loader().http_client(http).load().await;
        Client::from_conf(Builder::from(&sdk).force_path_style(true).build())
    }

    /// Makes a bucket, empty as nothing else is called so.
    pub async fn create_bucket(&self, name: &str) {
        self.client().await.create_bucket().bucket(name).send().await.unwrap();
    }

    /// It answers before its store takes objects: ready is when an object has come back.
    fn wait(&mut self) {
        let runtime = Runtime::new().unwrap();
        let give_up = Instant::now() + START;
        while !runtime.block_on(self.keeps_objects()) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("SeaweedFS ended with {status}: {}", self.log());
            }
            assert!(Instant::now() < give_up, "SeaweedFS does not start: {}", self.log());
            sleep(BETWEEN_LOOKS);
        }
    }

    async fn keeps_objects(&self) -> bool {
        let client = self.client().await;
        let _ = client.create_bucket().bucket("ready").send().await;
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"ready");
        let put = client.put_object().bucket("ready").key("ready").body(body).send().await;
        put.is_ok() && client.get_object().bucket("ready").key("ready").send().await.is_ok()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for SeaweedFs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One process that is master, volume, filer and S3 at once; and its S3 port.
fn launch(folder: &Path) -> (Child, u16) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(PROGRAM);
    assert!(program.exists(), "{} is missing: run make tools", program.display());
    let options = [
        "s3.port",
        "s3.port.grpc",
        "filer.port",
        "filer.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "master.port",
        "master.port.grpc",
    ];
    let ports = free_ports(options.len());
    let log = File::create(folder.join("log")).unwrap();
    let mut command = Command::new(program);
    command.args(["server", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]);
    command.arg(format!("-dir={}", folder.join("data").display()));
    command.arg(format!("-s3.config={}", folder.join("s3.json").display()));
    command.arg("-master.volumeSizeLimitMB=64").arg("-volume.max=50");
    command.args(options.iter().zip(&ports).map(|(option, port)| format!("-{option}={port}")));
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    let port = ports.first().copied().unwrap_or_default();
    (command.spawn().unwrap_or_else(|error| panic!("SeaweedFS: {error}")), port)
}

/// Ports that nobody listens on right now, all different.
fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

fn identities() -> String {
    let credentials = serde_json::json!([{ "accessKey": ACCESS_KEY_ID, "secretKey": SECRET_ACCESS_KEY }]);
    let actions = ["Admin", "Read", "Write", "List", "Tagging"];
    serde_json::json!({
        "identities": [{ "name": "tests", "credentials": credentials, "actions": actions }]
    })
    .to_string()
}
