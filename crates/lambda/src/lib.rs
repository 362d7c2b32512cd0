//! What the Lambda functions share: settings, logs and metrics, events of function URLs, events of S3.
//!
//! ```text
//! environment -> Settings -> S3 client, warmed -> Service
//! event -> web::event -> lambda_http -> web::Function -> Service::handle -> buffered or streamed answer
//! event -> indexer::event -> Indexer -> Service::index, Service::forget
//! ```
//!
//! A function's `main` is one call: [`run_http`] or [`run_indexer`].

mod deadline;
pub mod indexer;
pub mod log;
pub mod metrics;
pub mod settings;
mod start;
pub mod unwind;
pub mod web;

pub use start::{run_http, run_indexer};
