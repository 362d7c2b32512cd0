//! The HTTP origin: an `http::Request` in, an `http::Response` out, over any [`Source`] of objects.
//!
//! ```text
//! request -> Route -> Source::head (version) -> assets (cache, or locate and parse `moov`)
//!         -> manifest text | init segment | SegmentPlan
//!         -> conditions (304, 206, 416, HEAD) -> fetch source ranges -> body
//! ```

mod assets;
mod body;
mod conditions;
mod config;
mod error;
mod fetch;
pub mod index_store;
mod meter;
mod respond;
pub mod s3;
mod service;
pub mod source;

pub use assets::LoadedAsset;
pub use body::Body;
pub use config::Config;
pub use error::Error;
pub use index_store::IndexStore;
pub use meter::{IndexUse, RequestReport};
pub use service::{Indexed, Service};
pub use source::Source;
