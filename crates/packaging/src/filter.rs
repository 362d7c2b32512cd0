//! `aws.manifestfilter`: a viewer's choice among the renditions of a presentation, in the query of a manifest, as AWS
//! Elemental MediaPackage has it (User Guide, "Manifest filtering").
//!
//! ```text
//! query   := aws.manifestfilter=<clause>;<clause>...        a rendition meets all clauses on its kind
//! clause  := <parameter>:<value>,<value>...                 and one value of each
//! value   := number | min-max, both inclusive | word        by parameter
//! ```
//!
//! Nothing depends on case. Where AWS's pages leave a choice or contradict each other:
//!
//! - `;` `:` and `,` are taken percent-encoded or plain: the pages have examples of both.
//! - `=` is taken for `:` in a clause, because two of AWS's examples are written so.
//! - All whole numbers go up to 2147483647, also where a page names a smaller bound that nothing real exceeds.
//! - Frame rates, single ones and bounds, match within 0.0005.
//! - A bit rate is the average over the whole rendition; a height is that of the picture as a viewer sees it.
//! - The 1,024 characters are counted after decoding; an empty filter is none.

mod clause;
mod matching;
#[cfg(test)]
mod tests;

use percent_encoding::percent_decode_str;

use self::clause::Clause;
use crate::presentation::Presentation;

/// Name of the query parameter.
pub const PARAMETER: &str = "aws.manifestfilter";
/// Most characters of a filter.
const MAX_CHARS: usize = 1024;

/// What renditions have to meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// No two are of one parameter.
    clauses: Vec<Clause>,
}

/// Why a filter cannot be applied, for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is there twice, be it in a clause.
    #[error("{PARAMETER} is there more than once")]
    Repeated,
    /// It is too long.
    #[error("{PARAMETER} has more than {MAX_CHARS} characters")]
    TooLong,
    /// It is no text.
    #[error("{PARAMETER} is not UTF-8")]
    NotText,
    /// A clause is not of the form `name:value`.
    #[error("`{0}` is not a parameter, a colon and its values")]
    Malformed(String),
    /// There is no such parameter.
    #[error("there is no parameter `{0}`")]
    UnknownParameter(String),
    /// A parameter is there twice.
    #[error("the parameter {0} is there more than once")]
    DuplicateParameter(&'static str),
    /// A value is none of this parameter.
    #[error("{parameter}: `{value}` is not {wanted}")]
    Value {
        /// The parameter.
        parameter: &'static str,
        /// The beginning of the value.
        value: String,
        /// What it takes.
        wanted: String,
    },
    /// A range ends before it starts.
    #[error("{parameter}: the range {value} ends before it starts")]
    Range {
        /// The parameter.
        parameter: &'static str,
        /// The range.
        value: String,
    },
    /// A number is larger than any that is compared.
    #[error("{parameter}: {value} is more than {max}", max = clause::MAX_NUMBER)]
    TooLarge {
        /// The parameter.
        parameter: &'static str,
        /// The beginning of the number.
        value: String,
    },
    /// Nothing is left.
    #[error("no rendition meets the filter")]
    NothingLeft,
    /// What is asked for is no manifest, but a playlist or segment of one rendition.
    #[error("{PARAMETER} applies to manifests, not to what they lead to")]
    NotAManifest,
}

impl Filter {
    /// The filter in the query of a URL, which is still percent-encoded; `None` if there is none.
    pub fn in_query(query: &str) -> Result<Option<Self>, Error> {
        let mut values = values(query);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Error::Repeated);
        }
        // Queries are written as forms are: a plus is a space, and a real one is escaped.
        let spaced = value.replace('+', " ");
        let text = percent_decode_str(&spaced).decode_utf8().map_err(|_| Error::NotText)?;
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(Error::TooLong);
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        Self::parse(&text).map(Some)
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let mut clauses: Vec<Clause> = Vec::new();
        for part in text.split(';') {
            let clause = Clause::parse(part)?;
            if clauses.iter().any(|known| known.parameter == clause.parameter) {
                return Err(Error::DuplicateParameter(clause.parameter.name()));
            }
            clauses.push(clause);
        }
        Ok(Self { clauses })
    }

    /// Leaves out what does not meet the filter. An error if nothing is left; captions alone are something.
    pub fn apply(&self, presentation: &mut Presentation<'_>) -> Result<(), Error> {
        presentation.video.retain(|rendition| self.takes(rendition));
        presentation.audio.retain(|rendition| self.takes(rendition));
        presentation.text.retain(|rendition| self.takes(rendition));
        presentation.sound_beside.retain(|rendition| self.takes(rendition));
        presentation.follow_pictures();
        presentation.trick_play.retain(|rendition| self.takes_iframes(rendition));
        presentation.images.take_if(|images| !self.takes_images(images));
        presentation.is_filtered = true;
        if presentation.renditions().next().is_none() {
            return Err(Error::NothingLeft);
        }
        Ok(())
    }
}

/// Whether a query, still percent-encoded, has a filter, be it a wrong one.
pub fn is_in(query: &str) -> bool {
    values(query).next().is_some()
}

/// The filters of a query, still percent-encoded.
fn values(query: &str) -> impl Iterator<Item = &str> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let is_filter = |name: &str| {
        percent_decode_str(name).decode_utf8().is_ok_and(|name| name.eq_ignore_ascii_case(PARAMETER))
    };
    pairs.filter(move |(name, _)| is_filter(name)).map(|(_, value)| value)
}
