//! The HTTP origin: an `http::Request` in, an `http::Response` out, over any [`Source`] of objects.
//!
//! ```text
//! request -> Route -> indexes: head of the source's index, or one page of a track
//!                     (from memory, from the IndexStore, or made from `moov` and stored)
//!         -> manifest text | init segment | SegmentPlan
//!         -> conditions (304, 206, 416, HEAD) -> fetch source ranges -> body
//! ```

mod body;
mod conditions;
mod config;
mod error;
mod fetch;
pub mod index_store;
mod indexes;
mod indexing;
mod meter;
mod presentations;
mod respond;
pub mod s3;
mod service;
mod sets;
pub mod source;

pub use body::Body;
pub use config::{Config, ProgramDateTime};
pub use error::Error;
pub use index_store::IndexStore;
pub use indexes::LoadedAsset;
pub use indexing::Indexed;
pub use meter::{IndexUse, RequestReport};
pub use presentations::{Gathered, GatheredMember};
pub use service::Service;
pub use source::Source;
