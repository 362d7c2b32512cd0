//! Why a command could not be carried out, for the person who typed it.

use std::fmt;

/// A message.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// What failed, and why.
    pub(crate) fn new(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
