//! Manifests: a presentation as text. No HTTP here, and no decision about times or choices: those come from
//! the presentation.

pub mod dash;
pub(crate) mod decimal;
pub mod hls;
pub mod smooth;

#[cfg(test)]
mod tests;
