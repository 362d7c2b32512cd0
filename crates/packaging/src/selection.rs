//! What an operator offers of a presentation: pictures within bounds of their bit rates, in a chosen order, and whether
//! sound alone is a variant. The names and the meaning of the former are those of `StreamSelection` in AWS Elemental
//! MediaPackage.

use std::cmp::Reverse;

use crate::Error;
use crate::presentation::{Presentation, Rendition};
use crate::route::RenditionId;

/// Largest bound, and what MediaPackage assumes where none is set.
pub const MAX_BITS_PER_SECOND: u64 = 2_147_483_647;

/// Bounds, order and variants. The bit rate of pictures is the average over the whole rendition; sound does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Selection {
    /// Pictures with fewer bits per second are left out.
    pub min_video_bits_per_second: Option<u64>,
    /// Pictures with more bits per second are left out.
    pub max_video_bits_per_second: Option<u64>,
    /// In which order pictures are offered; `None`: first the one that players had best start with, then the others
    /// from the lowest bit rate.
    pub stream_order: Option<StreamOrder>,
    /// Whether HLS offers sound without the pictures as the last resort of a slow network; `None`: no.
    pub audio_only_variant: Option<bool>,
}

/// The order in which pictures are offered, in their own switching set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamOrder {
    /// That of the sources in the set, and of the tracks in a source.
    Original,
    /// From the lowest bit rate.
    VideoBitrateAscending,
    /// From the highest bit rate.
    VideoBitrateDescending,
}

impl StreamOrder {
    /// All, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::Original, Self::VideoBitrateAscending, Self::VideoBitrateDescending];

    /// Reads the word that settings and sets say it with.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.word() == word)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Original => "ORIGINAL",
            Self::VideoBitrateAscending => "VIDEO_BITRATE_ASCENDING",
            Self::VideoBitrateDescending => "VIDEO_BITRATE_DESCENDING",
        }
    }
}

impl Selection {
    /// This, and where it says nothing the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            min_video_bits_per_second: self.min_video_bits_per_second.or(other.min_video_bits_per_second),
            max_video_bits_per_second: self.max_video_bits_per_second.or(other.max_video_bits_per_second),
            stream_order: self.stream_order.or(other.stream_order),
            audio_only_variant: self.audio_only_variant.or(other.audio_only_variant),
        }
    }

    /// Whether the lower bound is no higher than the upper one.
    pub fn is_sound(self) -> bool {
        let (min, max) = (self.min_video_bits_per_second, self.max_video_bits_per_second);
        min.zip(max).is_none_or(|(min, max)| min <= max)
    }

    /// Leaves out what is out of bounds and puts the rest in order. An error if there are pictures and all are out of
    /// bounds: sound alone is not what anybody asked for.
    pub fn apply(self, presentation: &mut Presentation<'_>) -> Result<(), Error> {
        let low = self.min_video_bits_per_second.unwrap_or(0);
        let high = self.max_video_bits_per_second.unwrap_or(u64::MAX);
        let had_video = !presentation.video.is_empty();
        presentation.video.retain(|rendition| (low..=high).contains(&rendition.average));
        if had_video && presentation.video.is_empty() {
            return Err(Error::OutOfBounds { low, high: self.max_video_bits_per_second });
        }
        if let Some(order) = self.stream_order {
            order.put(&mut presentation.video);
        }
        presentation.has_audio_only_variant = self.audio_only_variant.unwrap_or(false);
        presentation.follow_pictures();
        Ok(())
    }
}

impl StreamOrder {
    /// Puts pictures in this order.
    pub(crate) fn put(self, video: &mut [Rendition<'_>]) {
        match self {
            Self::Original => {}
            Self::VideoBitrateAscending => video.sort_by_key(|rendition| rendition.average),
            Self::VideoBitrateDescending => video.sort_by_key(|rendition| Reverse(rendition.average)),
        }
        for (place, rendition) in video.iter_mut().enumerate() {
            rendition.place = Some(place);
        }
    }
}

/// Leaves only these renditions; none given: all. An error names the first that is not there.
pub fn retain(presentation: &mut Presentation<'_>, wanted: &[RenditionId]) -> Result<(), RenditionId> {
    if wanted.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = wanted.iter().map(ToString::to_string).collect();
    let is_there = |id: &String| presentation.renditions().any(|rendition| rendition.id == *id);
    if let Some((missing, _)) = wanted.iter().zip(&ids).find(|(_, id)| !is_there(id)) {
        return Err(*missing);
    }
    for renditions in [&mut presentation.video, &mut presentation.audio, &mut presentation.text] {
        renditions.retain(|rendition| ids.contains(&rendition.id));
    }
    presentation.follow_pictures();
    Ok(())
}

#[cfg(test)]
mod tests;
