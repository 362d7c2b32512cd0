//! The DASH manifest (ISO/IEC 23009-1): one period, `SegmentTimeline` in each track's own time scale.
//!
//! There is no `presentationTimeOffset`: the edit list in each init segment maps media time to a
//! presentation that starts at 0, and `S@t` says presentation times.

mod addressing;
mod events;
mod form;
mod hbbtv;
mod periods;
mod pictures;
mod set;
mod sound;
mod text;
mod trick;
pub(super) mod xml;

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use self::form::Form;
pub use self::periods::programme;
use self::pictures::{write_images, write_video_set};
use self::sound::write_audio_set;
use self::text::write_text_set;
use self::trick::{members_of, write_trick_set};
use self::xml::{Xml, element};
use super::decimal::{Seconds, micros_up};
use crate::Error;
use crate::presentation::audio::{choices, default_of};
use crate::presentation::{Presentation, video};
use crate::route::Options;

/// The manifest of a presentation. An error if it cannot have the form that the options ask for.
pub fn mpd(presentation: &Presentation<'_>, options: &Options) -> Result<String, Error> {
    let form = Form::new(presentation, options)?;
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory does not fail.
    let _ = write_mpd(&mut xml, presentation, &form);
    Ok(String::from_utf8(xml.into_inner()).unwrap_or_default())
}

fn write_mpd(xml: &mut Xml, presentation: &Presentation<'_>, form: &Form) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let (end, scale) = presentation.duration();
    let duration = format!("PT{}S", Seconds(micros_up(end, scale)));
    let attributes = [
        ("xmlns", "urn:mpeg:dash:schema:mpd:2011".to_owned()),
        ("xmlns:scte214", "urn:scte:dash:scte214-extensions".to_owned()),
        ("profiles", form.profiles(presentation)),
        ("type", "static".to_owned()),
        ("mediaPresentationDuration", duration),
        ("maxSegmentDuration", format!("PT{}S", form.target + 1)),
        ("minBufferTime", "PT2S".to_owned()),
    ];
    element(xml, "MPD", &attributes, |xml| {
        element(xml, "Period", &[("id", "0".to_owned()), ("start", "PT0S".to_owned())], |xml| {
            write_sets(xml, presentation, form)
        })
    })
}

fn write_sets(xml: &mut Xml, presentation: &Presentation<'_>, form: &Form) -> io::Result<()> {
    let mut id = 0;
    let sets = video::sets(&presentation.video);
    for set in &sets {
        write_video_set(xml, set, (id, id == 0), (form, &presentation.closed_captions))?;
        id += 1;
    }
    let choices = choices(&presentation.audio);
    let firsts: Vec<_> = choices.iter().filter_map(|choice| choice.first().copied()).collect();
    let default = default_of(&firsts);
    for (at, choice) in choices.iter().enumerate() {
        write_audio_set(xml, choice, (id, at == default), form)?;
        id += 1;
    }
    let default = presentation.text.iter().position(|captions| captions.labels.is_default == Some(true));
    for (at, rendition) in presentation.text.iter().enumerate() {
        let is_main = Some(at) == default;
        write_text_set(xml, rendition, (id, is_main), (form.captions(presentation), form))?;
        id += 1;
    }
    if !form.has_extras() {
        return Ok(());
    }
    if let Some(images) = &presentation.images {
        write_images(xml, images, id)?;
        id += 1;
    }
    // Behind all others, whose ids they do not change.
    for (main, set) in sets.iter().enumerate() {
        let members = members_of(&presentation.trick_play, set);
        if !members.is_empty() {
            write_trick_set(xml, &members, (id, main))?;
            id += 1;
        }
    }
    Ok(())
}
