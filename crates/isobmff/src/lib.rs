//! The ISO base media file format (ISO/IEC 14496-12): bytes to boxes and back.
//!
//! This crate is pure: it reads from memory and writes to memory. It allocates nothing from a count
//! that a file declares, and it never panics on bytes.

mod error;
mod fourcc;
pub mod read;

pub use error::Error;
pub use fourcc::FourCc;
