//! What a failure of S3 means.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::source::SourceError;

/// Longest error code that is repeated to others.
const MAX_CODE_BYTES: usize = 40;

/// A failure, and whether the same request may fare better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It may: this is what it comes to if it does not.
    Passing(SourceError),
    /// It will not.
    Lasting(SourceError),
}

impl Trouble {
    /// An answer that is not what was asked for.
    pub(super) fn malformed(what: &str) -> Self {
        Self::Passing(SourceError::Failed(what.to_owned()))
    }

    /// What the SDK says, in short words without names or secrets.
    pub(super) fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(refusal) => {
                Self::of_status(refusal.raw().status().as_u16(), refusal.err().code())
            }
            // Another kind has been given only to what the connector knows to pass.
            SdkError::DispatchFailure(failure)
                if failure.is_io() || failure.is_timeout() || failure.as_other().is_some() =>
            {
                Self::Passing(SourceError::Busy)
            }
            SdkError::DispatchFailure(failure)
                if failure.as_connector_error().is_some_and(|error| is_caused_by_credentials(error)) =>
            {
                Self::Lasting(SourceError::Failed("there are no credentials for S3".to_owned()))
            }
            // What is left comes from bytes that are not HTTP, which a new connection may cure.
            SdkError::DispatchFailure(_) => Self::malformed("S3 sent an answer that is not HTTP"),
            SdkError::TimeoutError(_) => Self::Passing(SourceError::Busy),
            SdkError::ResponseError(_) => Self::malformed("S3 sent an answer that cannot be read"),
            _ => Self::Lasting(SourceError::Failed(
                "no request to S3 can be made with these settings".to_owned(),
            )),
        }
    }

    /// S3 API Reference, "Error responses".
    fn of_status(status: u16, code: Option<&str>) -> Self {
        match (status, code) {
            (_, Some("SlowDown" | "RequestTimeout" | "InternalError" | "ServiceUnavailable"))
            | (408 | 429 | 500 | 502..=504, _) => Self::Passing(SourceError::Busy),
            (404, _) => Self::Lasting(SourceError::NotFound),
            // Also of what is not there, to whoever may not list the bucket.
            (403, None | Some("AccessDenied" | "AllAccessDisabled")) => Self::Lasting(SourceError::Denied),
            (412 | 416, _) => Self::Lasting(SourceError::Changed),
            (_, code) => Self::Lasting(SourceError::Failed(describe(status, code))),
        }
    }
}

/// The status of an answer that is an error.
pub(super) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn is_caused_by_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    causes.any(<dyn Error>::is::<CredentialsError>)
}

/// Codes are words of S3; whatever else a server writes there is not repeated.
fn describe(status: u16, code: Option<&str>) -> String {
    let is_word = |code: &&str| {
        code.len() <= MAX_CODE_BYTES
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_')
    };
    match code.filter(is_word) {
        Some(code) => format!("S3 answered with status {status} {code}"),
        None => format!("S3 answered with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes and statuses from the S3 API Reference, "List of error codes".
    #[test]
    fn statuses() {
        let lasting = Trouble::Lasting;
        let failed = |text: &str| lasting(SourceError::Failed(text.to_owned()));
        let busy = Trouble::Passing(SourceError::Busy);
        let cases = [
            (404, Some("NoSuchKey"), lasting(SourceError::NotFound)),
            (404, Some("NoSuchVersion"), lasting(SourceError::NotFound)),
            (404, Some("NoSuchBucket"), lasting(SourceError::NotFound)),
            (404, None, lasting(SourceError::NotFound)),
            (403, None, lasting(SourceError::Denied)),
            (403, Some("AccessDenied"), lasting(SourceError::Denied)),
            (403, Some("AllAccessDisabled"), lasting(SourceError::Denied)),
            (403, Some("SignatureDoesNotMatch"), failed("S3 answered with status 403 SignatureDoesNotMatch")),
            (403, Some("InvalidObjectState"), failed("S3 answered with status 403 InvalidObjectState")),
            (301, Some("PermanentRedirect"), failed("S3 answered with status 301 PermanentRedirect")),
            (400, Some("ExpiredToken"), failed("S3 answered with status 400 ExpiredToken")),
            (400, Some("key/of secret"), failed("S3 answered with status 400")),
            (412, Some("PreconditionFailed"), lasting(SourceError::Changed)),
            (416, Some("InvalidRange"), lasting(SourceError::Changed)),
            (503, Some("SlowDown"), busy.clone()),
            (500, None, busy.clone()),
            (400, Some("RequestTimeout"), busy.clone()),
            (429, None, busy),
        ];
        for (status, code, expected) in cases {
            assert_eq!(Trouble::of_status(status, code), expected, "{status} {code:?}");
        }
    }
}
