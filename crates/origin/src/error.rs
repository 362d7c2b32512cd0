//! Who is at fault, said once: errors become a status and a short JSON body here and nowhere else.

use http::StatusCode;
use packaging::route::RenditionId;

use crate::source::SourceError;

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path matches no route, or names a track or segment that does not exist.
    #[error("{0}")]
    NotFound(&'static str),
    /// A child of a source that has been replaced, or was packaged otherwise.
    #[error("this version of the source is gone; load the manifest again")]
    OldVersion,
    /// Neither GET, HEAD nor OPTIONS.
    #[error("only GET, HEAD and OPTIONS are answered")]
    Method,
    /// The range lies outside the resource.
    #[error("the range lies outside the {0} bytes of the resource")]
    Range(u64),
    /// The source cannot be packaged.
    #[error("{0}")]
    Unpackageable(#[from] packaging::Error),
    /// A segment would not fit into memory.
    #[error("the segment has {bytes} bytes, the limit is {limit}: choose a shorter segment duration")]
    SegmentTooLarge {
        /// Size of the segment.
        bytes: u64,
        /// Largest size that is served.
        limit: u64,
    },
    /// A whole file would not fit into a response.
    #[error("the whole has {bytes} bytes, a response has {limit} at most: ask for parts of it with Range")]
    WholeTooLarge {
        /// Size of the whole.
        bytes: u64,
        /// Largest response.
        limit: u64,
    },
    /// A file that is read as a whole is too long for that.
    #[error("the {what} have {bytes} bytes, the limit is {limit}")]
    TooLong {
        /// What the file holds.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
    /// A set cannot be understood.
    #[error("{0}")]
    Set(#[from] packaging::set::Error),
    /// A source of a set stands in the way.
    #[error("{key}: {error}")]
    Member {
        /// Which one.
        key: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// Reading a segment would take too many reads.
    #[error("the samples of the segment lie too scattered in the source")]
    Scattered,
    /// The filter in the query is wrong, or leaves nothing.
    #[error("{0}")]
    Filter(#[from] packaging::filter::Error),
    /// The path asks for a rendition that the presentation does not have.
    #[error("there is no rendition {0}")]
    NoRendition(RenditionId),
    /// The store of sources is in trouble.
    #[error("{0}")]
    Source(#[from] SourceError),
}

impl Error {
    /// The status that says who is at fault.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_)
            | Self::NoRendition(_)
            | Self::Source(SourceError::NotFound | SourceError::Denied) => StatusCode::NOT_FOUND,
            Self::Filter(_) => StatusCode::BAD_REQUEST,
            Self::OldVersion => StatusCode::GONE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Range(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unpackageable(_)
            | Self::SegmentTooLarge { .. }
            | Self::WholeTooLarge { .. }
            | Self::TooLong { .. }
            | Self::Set(_)
            | Self::Source(SourceError::TooMany)
            | Self::Scattered => StatusCode::UNPROCESSABLE_ENTITY,
            // That a set names what is not there is a fault of the set.
            Self::Member { error, .. } if error.status().is_client_error() => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Member { error, .. } => error.status(),
            // Replaced between two reads: the next request finds the new one.
            Self::Source(SourceError::Changed | SourceError::Busy) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Source(SourceError::Failed(_)) => StatusCode::BAD_GATEWAY,
        }
    }

    /// One word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound(_)
            | Self::NoRendition(_)
            | Self::Source(SourceError::NotFound | SourceError::Denied) => "not_found",
            Self::Filter(_) => "filter",
            Self::Source(SourceError::TooMany) => "too_many_objects",
            Self::OldVersion => "old_version",
            Self::Method => "method",
            Self::Range(_) => "range",
            Self::Unpackageable(_) => "unpackageable",
            Self::SegmentTooLarge { .. } => "segment_too_large",
            Self::WholeTooLarge { .. } => "whole_too_large",
            Self::TooLong { .. } => "too_long",
            Self::Set(_) => "set",
            Self::Member { .. } => "member",
            Self::Scattered => "scattered",
            Self::Source(SourceError::Changed) => "source_changed",
            Self::Source(SourceError::Busy) => "source_busy",
            Self::Source(SourceError::Failed(_)) => "source_failed",
        }
    }

    /// The body of the response.
    pub fn to_json(&self) -> String {
        let error = serde_json::json!({
            "status": self.status().as_u16(),
            "kind": self.kind(),
            "message": self.to_string(),
        });
        serde_json::json!({ "error": error }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_told_as_what_is_not_there() {
        let [missing, denied] = [SourceError::NotFound, SourceError::Denied].map(Error::from);
        assert_eq!((denied.status(), denied.kind()), (StatusCode::NOT_FOUND, "not_found"));
        assert_eq!(denied.to_json(), missing.to_json());
    }
}
