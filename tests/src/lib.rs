//! What all tests share: fixtures, a client without sockets, and readers that know nothing of the product.
//!
//! Everything here panics when something is not as it should be: a panic is how a test fails.

pub mod client;
pub mod cues;
pub mod download;
mod each;
mod edge;
pub mod emf;
pub mod ffprobe;
pub mod film;
pub mod fixtures;
pub mod fmp4;
pub mod fragmented_film;
pub mod offer;
pub mod play;
pub mod random;
pub mod runtime_api;
mod s3_endpoint;
pub mod s3_stub;
pub mod seaweed;
mod server;
pub mod slow;
pub mod sources;
pub mod transport;

pub use client::Client;
pub use download::{Download, MediaSegment, Rendition};
pub use each::each;
pub use edge::Edge;
pub use fixtures::Fixture;
pub use s3_endpoint::S3Endpoint;
pub use s3_stub::S3Stub;
pub use seaweed::SeaweedFs;
pub use server::serve;
