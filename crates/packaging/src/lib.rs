//! The decisions of a just-in-time packager, and nothing else.
//!
//! ```text
//! path --route::Route::parse--> Route
//! Movie --index::IndexDraft--> index: for each track Survey -> Timeline -> Cuts -> pages of samples,
//!                                    for captions their text
//!   index::Head -> Asset, and those of a set::Set --presentation--> manifest::{hls, dash} -> text
//!   index::Page --plan::SegmentPlan--> one segment: length, pieces, source ranges
//! ```
//!
//! This crate is pure: no I/O, no clock, no environment.

mod asset;
mod bitrate;
mod date;
pub mod download;
mod draft;
mod error;
mod event;
pub mod filter;
pub mod index;
mod key_frames;
mod labels;
mod language;
pub mod manifest;
mod picture;
pub mod plan;
mod policy;
pub mod presentation;
pub mod programme;
pub mod route;
mod seconds;
mod segmentation;
pub mod selection;
pub mod set;
pub mod smooth;
#[cfg(test)]
mod synthetic;
mod text;
pub mod timeline;
pub mod track_file;
pub mod ts;
mod version;

pub use asset::{Asset, LeftOut, PackagedTrack, SourceObject, TextFormat, TrackCodec};
pub use bitrate::BitRates;
pub use date::Date;
pub use error::Error;
pub use event::EventScheme;
pub use key_frames::KeyFrame;
pub use picture::Picture;
pub use policy::{Clip, Grid, Policy, Priming};
pub use segmentation::{Segment, Segmentation};
pub use text::whole_file as whole_caption_file;
pub use version::FORMAT_VERSION;
