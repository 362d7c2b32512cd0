//! Where readers put their cues: checks each, keeps to the limits, sorts.

use crate::limits::{MAX_CUE_BYTES, MAX_CUES, MAX_SPANS, MAX_TEXT_BYTES, MAX_TIME_MS};
use crate::{Captions, Cue, Error};

/// Gathers cues of one file.
#[derive(Debug)]
pub(crate) struct Collector {
    format: &'static str,
    cues: Vec<Cue>,
    spans: usize,
    text_bytes: usize,
}

impl Collector {
    /// Nothing yet; `format` is for errors.
    pub(crate) fn new(format: &'static str) -> Self {
        Self { format, cues: Vec::new(), spans: 0, text_bytes: 0 }
    }

    /// Takes a cue, unless it would never be seen: no text, or no time.
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub(crate) fn push(&mut self, cue: Cue) -> Result<(), Error> {
        if cue.end <= cue.start || cue.end > MAX_TIME_MS || cue.text.is_empty() {
            return Ok(());
        }
        let bytes = cue.text.iter().map(|span| span.text.len()).sum::<usize>();
        self.hold(bytes, MAX_CUE_BYTES, "bytes in a cue")?;
        self.text_bytes += bytes;
        self.hold(self.text_bytes, MAX_TEXT_BYTES, "bytes of text")?;
        self.spans += cue.text.len();
        self.hold(self.spans, MAX_SPANS, "pieces of styled text")?;
        self.cues.push(cue);
        self.hold(self.cues.len(), MAX_CUES, "cues")
    }

    /// As [`Collector::push`], and says where the cue is, if it was taken.
    pub(crate) fn place(&mut self, cue: Cue) -> Result<Option<usize>, Error> {
        let place = self.cues.len();
        self.push(cue)?;
        Ok((self.cues.len() > place).then_some(place))
    }

    /// The cue at a place.
    pub(crate) fn at(&mut self, place: usize) -> Option<&mut Cue> {
        self.cues.get_mut(place)
    }

    /// All cues in order of start; those that start together stay in the order of the source.
    pub(crate) fn finish(mut self, language: Option<String>) -> Captions {
        self.cues.sort_by_key(|cue| cue.start);
        Captions { cues: self.cues, language }
    }

    fn hold(&self, amount: usize, limit: usize, what: &'static str) -> Result<(), Error> {
        if amount <= limit {
            return Ok(());
        }
        Err(Error::Limit { format: self.format, what, limit: u64::try_from(limit).unwrap_or(u64::MAX) })
    }
}
