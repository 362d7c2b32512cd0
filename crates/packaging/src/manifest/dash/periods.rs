//! The manifest of a programme: a period for each clip (ISO/IEC 23009-1 §5.3.2).

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use super::events::write_events;
use super::form::Form;
use super::write_sets;
use super::xml::{Xml, element};
use crate::Error;
use crate::manifest::decimal::Seconds;
use crate::programme::{Clip, Programme};
use crate::route::{Options, encoded};
use crate::set::Steering;

/// Says what a period is a part of (DASH-IF "Interoperability Points", `AssetIdentifier`).
const ASSET_ID: &str = "urn:org:dashif:asset-id:2013";

/// The manifest of a programme, whose clips name their children as from the manifest.
pub fn programme(programme: &Programme<'_>, options: &Options) -> Result<String, Error> {
    if programme.clips.iter().any(|clip| clip.presentation.renditions().next().is_none()) {
        return Err(Error::NotOffered("a clip has nothing of what is asked for".to_owned()));
    }
    let form = |clip: &Clip<'_>| Form::new(&clip.presentation, options);
    let forms = programme.clips.iter().map(form).collect::<Result<Vec<_>, _>>()?;
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory does not fail.
    let _ = write_mpd(&mut xml, programme, &forms);
    Ok(String::from_utf8(xml.into_inner()).unwrap_or_default())
}

fn write_mpd(xml: &mut Xml, programme: &Programme<'_>, forms: &[Form]) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let starts = programme.starts_micros();
    let end = starts.last().copied().unwrap_or(0);
    let first = forms.first().zip(programme.clips.first());
    let profiles = first.map_or_else(String::new, |(form, clip)| form.profiles(&clip.presentation));
    let attributes = [
        ("xmlns", "urn:mpeg:dash:schema:mpd:2011".to_owned()),
        ("xmlns:scte214", "urn:scte:dash:scte214-extensions".to_owned()),
        ("profiles", profiles),
        ("type", "static".to_owned()),
        ("mediaPresentationDuration", format!("PT{}S", Seconds(end))),
        ("maxSegmentDuration", format!("PT{}S", programme.target_duration_secs() + 1)),
        ("minBufferTime", "PT2S".to_owned()),
    ];
    element(xml, "MPD", &attributes, |xml| {
        if let Some(steering) = &programme.said.steering {
            write_bases(xml, steering, &programme.place)?;
        }
        let clips = programme.clips.iter().zip(forms);
        for (number, (clip, bounds)) in (0..).zip(clips.zip(starts.windows(2))) {
            let &[start, end] = bounds else { continue };
            write_period(xml, programme, (number, clip), (start, end))?;
        }
        match &programme.said.steering {
            Some(steering) => write_steering(xml, steering),
            None => Ok(()),
        }
    })
}

fn write_period(
    xml: &mut Xml,
    programme: &Programme<'_>,
    (number, (clip, form)): (usize, (&Clip<'_>, &Form)),
    (start, end): (u64, u64),
) -> io::Result<()> {
    let attributes = [
        ("id", number.to_string()),
        ("start", format!("PT{}S", Seconds(start))),
        ("duration", format!("PT{}S", Seconds(end - start))),
    ];
    element(xml, "Period", &attributes, |xml| {
        let mut tag = BytesStart::new("AssetIdentifier");
        tag.push_attribute(("schemeIdUri", ASSET_ID));
        tag.push_attribute(("value", clip.asset.as_str()));
        xml.write_event(Event::Empty(tag))?;
        write_events(xml, &programme.said.cues, (start, end))?;
        write_sets(xml, &clip.presentation, form)
    })
}

/// A base for each pathway, the default first: players that know of no steering take that.
fn write_bases(xml: &mut Xml, steering: &Steering, asset: &str) -> io::Result<()> {
    let folders = encoded(asset);
    let is_default = |(id, _): &&(String, String)| *id == steering.default;
    let rest = steering.pathways.iter().filter(|pathway| !is_default(pathway));
    for (id, base) in steering.pathways.iter().filter(is_default).chain(rest) {
        let attributes = [("serviceLocation", id.clone())];
        element(xml, "BaseURL", &attributes, |xml| {
            let text = format!("{base}{folders}/");
            xml.write_event(Event::Text(quick_xml::events::BytesText::new(&text)))
        })?;
    }
    Ok(())
}

/// ETSI TS 103 998 §6.
fn write_steering(xml: &mut Xml, steering: &Steering) -> io::Result<()> {
    let attributes =
        [("defaultServiceLocation", steering.default.clone()), ("queryBeforeStart", "false".to_owned())];
    element(xml, "ContentSteering", &attributes, |xml| {
        xml.write_event(Event::Text(quick_xml::events::BytesText::new(&steering.server)))
    })
}
