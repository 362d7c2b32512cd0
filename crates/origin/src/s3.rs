//! Sources and indexes in S3.
//!
//! One loop retries everything, and the SDK's own retries are off: they would end where a response's body
//! begins, refuse by a token bucket that a burst of faults empties, and wait for seconds. So one look-up, read
//! or write makes at most [`S3Limits::attempts`] requests (a read of an old version one more), for heads and
//! bodies together, and is over after [`S3Limits::operation`]; lists and uploads take so many for each page or
//! part. A broken body is resumed from the byte where it broke. Nothing that S3 answers is believed before
//! range, length and tag have been compared.
//!
//! ```text
//! S3Source, S3IndexStore -> Bucket (prefix, count) -> Attempts (deadline, backoff) -> SDK
//!                                                  -> RangeRead (verify, collect, resume)
//!                                                  -> Trouble (what a failure means)
//! ```

mod attempts;
mod bucket;
mod connect;
mod folder;
mod index_store;
mod range_read;
mod settings;
mod source;
mod trouble;
mod upload;

pub use connect::{connect, connect_with};
pub use index_store::S3IndexStore;
pub use settings::{S3Limits, S3Settings, SettingsError};
pub use source::{ListedObject, Listing, S3Source};
