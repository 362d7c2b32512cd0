//! Fragmented files (ISO/IEC 14496-12 §8.8) restated as progressive ones: what the fragments say of their
//! samples goes into sample tables, so that nothing else needs to know of fragments.
//!
//! ```text
//! FragmentWalk: from box to box behind `moov`, asks for byte ranges ──`moof`──▶ Fragments ──▶ Movie
//! ```
//!
//! The chain of boxes alone decides what is read. `sidx` and `mfra` only tell where it is worth to look early:
//! a walk that starts there finds what the chain finds, if the chain leads there.

mod collect;
mod events;
pub mod hints;
mod moof;
mod track;
mod walk;

pub use collect::Fragments;
pub use events::{MAX_EVENT_BYTES, MAX_EVENTS};
pub use moof::SampleDefaults;
pub use walk::{Found, FragmentWalk, MAX_MOOF_BYTES};

#[cfg(test)]
mod tests;
