//! The init phase: everything that can be done before the first event is done before it.

use std::env::vars_os;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;
use origin::Service;
use origin::s3::{S3IndexStore, S3Limits, S3Settings, S3Source, connect};
use serde_json::json;

use crate::indexer::Indexer;
use crate::log::{Level, Log};
use crate::settings::{Mistakes, Settings};
use crate::unwind::log_panics;
use crate::web::{Function, Mode};

/// The first connection is waited for this long; events are taken after it in any case.
const WARM_UP: Duration = Duration::from_millis(500);

type Origin = Service<S3Source, S3IndexStore>;

/// Runs the origin behind a function URL.
pub fn run_http(mode: Mode) -> ExitCode {
    start(Settings::from_environment, |origin, log, settings| async move {
        Function::new(origin, log, settings.function, mode).run().await
    })
}

/// Runs the indexer behind events of S3.
pub fn run_indexer() -> ExitCode {
    start(Settings::of_indexer, |origin, log, settings| async move {
        Indexer::new(origin, log, &settings).run().await
    })
}

/// Reads settings, connects, and takes events until the environment ends.
///
/// One thread is enough for one request at a time; and the runtime sets an environment variable before
/// each, which no other thread may read meanwhile.
fn start<F: Future<Output = Result<(), lambda_runtime::Error>>>(
    read: impl FnOnce(Vec<(String, String)>) -> Result<Settings, Mistakes>,
    run: impl FnOnce(Origin, Arc<Log>, Settings) -> F,
) -> ExitCode {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let variables = vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
    let settings = match read(variables) {
        Ok(settings) => settings,
        Err(Mistakes(mistakes)) => return fail("configuration", &mistakes),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail("runtime", &[error.to_string()]),
    };
    runtime.block_on(async {
        let log = Arc::new(Log::to_stdout(settings.log, settings.metrics.clone()));
        log_panics(Arc::clone(&log));
        let origin = match open(&settings, &log).await {
            Ok(origin) => origin,
            Err(error) => return fail("configuration", &[error]),
        };
        match run(origin, log, settings).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail("runtime", &[error.to_string()]),
        }
    })
}

/// Connects to S3.
async fn open(settings: &Settings, log: &Log) -> Result<Origin, String> {
    let started = Instant::now();
    let index = settings.index.clone();
    let (index_bucket, index_prefix) = index.map(|place| (place.bucket, place.prefix)).unzip();
    let s3 = S3Settings {
        source_bucket: settings.source.bucket.clone(),
        source_prefix: settings.source.prefix.clone(),
        index_bucket,
        index_prefix: index_prefix.unwrap_or_default(),
        limits: S3Limits { warm: WARM_UP, ..S3Limits::default() },
    };
    let (source, indexes) = connect(s3).await.map_err(|error| error.to_string())?;
    join(source.warm(), indexes.warm()).await;
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    log.write(Level::Debug, "init", &json!({ "ms": ms, "settings": format!("{settings:?}") }));
    Ok(Service::with_indexes(source, indexes, settings.config.clone()))
}

/// One line says all that is wrong.
fn fail(what: &str, mistakes: &[String]) -> ExitCode {
    Log::to_stdout(Level::Error, None).write(Level::Error, what, &json!({ "mistakes": mistakes }));
    ExitCode::FAILURE
}
