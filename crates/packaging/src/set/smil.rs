//! Sets in SMIL, as MediaPackage VOD, Wowza Streaming Engine and Unified Origin have it.
//!
//! ```text
//! MediaPackage VOD   <video name="film_720.mp4" systemLanguage="eng,fra" audioName="English,French"/>
//! Wowza              <video src="mp4:film_720.mp4" height="720"><param name="videoBitrate" value="2500000"/></video>
//! server manifest    <audio src="film.mp4" systemLanguage="en"><param name="trackID" value="2" valuetype="data"/></audio>
//! ```
//!
//! Each element names a file, or a track of one. Entities are never expanded but for the five of XML itself,
//! and a document type that declares any is refused.

mod element;
#[cfg(test)]
mod tests;
mod xml;

use self::element::{Element, Fault};
use super::error::{Error, Form, Place};
use super::key::{self, Kind};
use super::sources::{Part, Sources};
use super::{Labels, Set, SetCaptions, SetTrack, TrackChoice, limits};
use crate::route::{TrackKind, TrackName};

/// What a SMIL object says, which lies under `key`; paths in it are seen from its folder.
pub fn read(text: &[u8], key: &str) -> Result<Set, Error> {
    if text.len() > limits::FILE_BYTES {
        return Err(Error::TooLong { form: Form::Smil, bytes: text.len() });
    }
    let text = xml::text(text)?;
    let text = text.as_ref();
    let elements = xml::read(text)?;
    let mut reader =
        Reader { folder: key::folder_of(key), sources: Sources::default(), captions: Vec::new() };
    for element in &elements {
        reader.take(element).map_err(|fault| Error::Field {
            form: Form::Smil,
            place: Place::of(text, element.offset),
            field: fault.field,
            reason: fault.reason,
        })?;
    }
    if reader.sources.is_empty() {
        let reason = "no MP4 file is named".to_owned();
        let place = Place::of(text, 0);
        return Err(Error::Field { form: Form::Smil, place, field: "<smil>".to_owned(), reason });
    }
    Ok(Set { sources: reader.sources.finish(), captions: reader.captions, ..Set::default() })
}

struct Reader<'a> {
    folder: &'a str,
    sources: Sources,
    captions: Vec<SetCaptions>,
}

impl Reader<'_> {
    fn take(&mut self, element: &Element) -> Result<(), Fault> {
        element.check_whole()?;
        let (name, path) = element.path()?;
        if element.kind == TrackKind::Text && !Kind::Source.is(path) {
            let key = key::file(self.folder, path, Kind::Captions).map_err(|r| element.fault(name, r))?;
            return self.take_captions(element, name, key);
        }
        let key = key::file(self.folder, path, Kind::Source).map_err(|r| element.fault(name, r))?;
        // Wowza's ladders end with the sound of a rendition that is there already.
        let is_repeated = element.kind == TrackKind::Video
            && element.flag("audioOnly")?
            && self.sources.is_whole(&key) == Some(true);
        if is_repeated {
            return Ok(());
        }
        self.sources.add(key, part(element)?).map_err(|reason| element.fault(name, reason))
    }

    fn take_captions(&mut self, element: &Element, name: &str, key: String) -> Result<(), Fault> {
        if self.captions.iter().any(|known| known.key == key) {
            return Err(element.fault(name, "the file was named before".to_owned()));
        }
        if self.captions.len() == limits::CAPTIONS {
            let reason = format!("there are more than {} caption files", limits::CAPTIONS);
            return Err(element.fault(name, reason));
        }
        let labels = element.labels()?;
        if labels.is_default == Some(true)
            && self.captions.iter().any(|known| known.labels.is_default == Some(true))
        {
            return Err(element.fault(name, "other captions are the default already".to_owned()));
        }
        self.captions.push(SetCaptions { key, labels });
        Ok(())
    }
}

/// What of the file an element names.
fn part(element: &Element) -> Result<Part, Fault> {
    let kind = element.kind;
    if let Some(number) = element.track_id()? {
        let choice = TrackChoice::Name(TrackName { kind, number });
        return Ok(Part::Tracks(vec![SetTrack { choice, labels: element.labels()? }]));
    }
    let all_of = |kind: TrackKind, labels: Labels| {
        Part::Tracks(vec![SetTrack { choice: TrackChoice::Kind(kind), labels }])
    };
    if kind != TrackKind::Video {
        return Ok(all_of(kind, element.labels()?));
    }
    if element.flag("videoOnly")? {
        return Ok(all_of(TrackKind::Video, Labels::default()));
    }
    if element.flag("audioOnly")? {
        return Ok(all_of(TrackKind::Audio, element.labels()?));
    }
    match element.audio_tracks()?.as_slice() {
        [] => Ok(Part::Whole(element.labels()?)),
        [track] if !track.is_included => Ok(all_of(TrackKind::Video, Labels::default())),
        [track] => Ok(Part::Whole(track.labels.clone())),
        tracks => {
            let video = SetTrack { choice: TrackChoice::Kind(TrackKind::Video), labels: Labels::default() };
            let audio = (1..).zip(tracks).filter(|(_, track)| track.is_included).map(|(place, track)| {
                let choice = TrackChoice::Nth(TrackKind::Audio, place);
                SetTrack { choice, labels: track.labels.clone() }
            });
            Ok(Part::Tracks(std::iter::once(video).chain(audio).collect()))
        }
    }
}
