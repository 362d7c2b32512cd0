//! Pages of text tracks: they hold the captions themselves, so a segment of captions is one read.

use std::num::NonZeroU32;

use bytes::Bytes;
use captions::{Cue, ttml};
use serde::{Deserialize, Serialize};

use super::ReadError;
use super::frame::deflate;
use crate::Error;
use crate::asset::SourceObject;
use crate::set::CaptionForm;
use crate::text::{TextSegment, segment_at, segment_body, ts_segment_body};

/// The captions that are shown within the page's span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TextPage {
    pub(crate) source: SourceObject,
    pub(crate) language: Option<String>,
    pub(crate) grid_millis: NonZeroU32,
    pub(crate) segments: Vec<TextSegment>,
    /// In order of start; each that any of the segments shows, whole.
    pub(crate) cues: Vec<Cue>,
}

impl TextPage {
    /// The deflated content.
    pub(super) fn finish(&self) -> Result<Bytes, Error> {
        let too_large = Error::TooLarge { sample: 0, what: "a page of captions" };
        let content = postcard::to_allocvec(self).map_err(|_| too_large.clone())?;
        deflate(&content).ok_or(too_large)
    }

    pub(super) fn read(content: &[u8]) -> Result<Self, ReadError> {
        postcard::from_bytes(content).map_err(|_| ReadError::Damaged("its fields cannot be read"))
    }

    /// Bytes in memory, roughly.
    pub(super) fn bytes(&self) -> usize {
        let text = |cue: &Cue| cue.text.iter().map(|span| span.text.len() + 128).sum::<usize>() + 128;
        self.cues.iter().map(text).sum::<usize>() + self.segments.len() * size_of::<TextSegment>() + 1024
    }

    /// The segment that starts at exactly this time, in this form; `None` if there is none. `end_millis`: as in
    /// [`crate::route::Edition`].
    pub(super) fn segment(
        &self,
        start: u64,
        form: CaptionForm,
        end_millis: Option<NonZeroU32>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some((segment, cues)) = self.shown(start, end_millis) else { return Ok(None) };
        segment_body(&segment, &cues, (form, self.language.as_deref())).map(Some)
    }

    /// As [`Self::segment`], as WebVTT beside MPEG-TS.
    pub(super) fn ts_segment(&self, start: u64, end_millis: Option<NonZeroU32>) -> Option<String> {
        let (_, cues) = self.shown(start, end_millis)?;
        Some(ts_segment_body(&cues))
    }

    /// The same captions as a TTML document.
    pub(super) fn document(&self, start: u64, end_millis: Option<NonZeroU32>) -> Option<String> {
        let (segment, cues) = self.shown(start, end_millis)?;
        Some(ttml::write(&cues, segment.start..segment.end, self.language.as_deref()))
    }

    /// The segment that starts at exactly this time, and what it shows.
    fn shown(&self, start: u64, end_millis: Option<NonZeroU32>) -> Option<(TextSegment, Vec<Cue>)> {
        let own = self.segments.iter().find(|segment| segment.start == start).copied();
        let segment = match end_millis {
            Some(end) => segment_at(start, self.grid_millis, end),
            None => own,
        };
        // The page is that of the last segment where this one follows it: nothing is shown then.
        segment.map(|segment| (segment, segment.shown(&self.cues).cloned().collect()))
    }
}
