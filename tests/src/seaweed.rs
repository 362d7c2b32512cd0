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
/// Its options for ports, that of S3 first.
const PORTS: [&str; 8] = [
    "s3.port",
    "s3.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "master.port",
    "master.port.grpc",
];
/// It takes about four seconds where nothing else runs.
const START: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A running server; it is stopped, and all it kept removed, when this is dropped.
#[derive(Debug)]
pub struct SeaweedFs {
    child: Child,
    folder: PathBuf,
    /// What it leaves outside its folder, unasked.
    sockets: Vec<PathBuf>,
    endpoint: S3Endpoint,
}

impl SeaweedFs {
    /// Starts a server with these buckets on free ports of loopback, and waits until it keeps objects.
    pub fn start(buckets: &[&str]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(PROGRAM);
        assert!(program.exists(), "{} is missing: run make tools", program.display());
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fragmint-seaweed-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("data")).unwrap();
        std::fs::write(folder.join("s3.json"), identities()).unwrap();
        let ports = free_ports(PORTS.len());
        let child = launch(&program, &folder, &ports);
        let port = ports.first().unwrap();
        let sockets = PORTS.iter().zip(&ports).filter_map(|(name, port)| {
            let service = name.strip_suffix(".port.grpc")?;
            // Where it always puts them.
            Some(format!("/tmp/seaweedfs-{service}-grpc-{port}.sock").into())
        });
        let endpoint = S3Endpoint {
            url: format!("http://127.0.0.1:{port}"),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        };
        let mut server = Self { child, folder, sockets: sockets.collect(), endpoint };
        let runtime = Runtime::new().unwrap();
        server.wait(&runtime);
        for bucket in buckets {
            runtime.block_on(server.create_bucket(bucket));
        }
        server
    }

    /// The server that all tests of a program share for as long as one of them uses it, with the buckets
    /// `films` and `indexes`. Tests keep apart by prefixes: each bucket of a server is costly.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<SeaweedFs>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start(&["films", "indexes"]));
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

    /// Makes a bucket that is not there.
    pub async fn create_bucket(&self, name: &str) {
        self.client().await.create_bucket().bucket(name).send().await.unwrap();
    }

    /// It answers before its store takes objects: ready is when an object has come back.
    fn wait(&mut self, runtime: &Runtime) {
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
        for socket in &self.sockets {
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// One process that is master, volume, filer and S3 at once.
fn launch(program: &Path, folder: &Path, ports: &[u16]) -> Child {
    let log = File::create(folder.join("log")).unwrap();
    let mut command = Command::new(program);
    command.args(["server", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"]);
    command.arg(format!("-dir={}", folder.join("data").display()));
    command.arg(format!("-s3.config={}", folder.join("s3.json").display()));
    command.args(["-master.volumeSizeLimitMB=64", "-volume.max=200"]);
    // What else it would serve has ports of its own, and those may be taken.
    command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
    for service in ["s3", "filer"] {
        command.arg(format!("-{service}.localSocket={}", folder.join(service).display()));
    }
    command.args(PORTS.iter().zip(ports).map(|(option, port)| format!("-{option}={port}")));
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("SeaweedFS: {error}"))
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
