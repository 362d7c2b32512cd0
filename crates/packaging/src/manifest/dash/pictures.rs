//! Adaptation sets of pictures and of previews.

use std::io;

use isobmff::codec::{Colour, VideoCodec};

use super::addressing::write_addressing;
use super::form::Form;
use super::set::{SetKind, begin_set, representation, write_event_streams, write_roles};
use super::xml::{Xml, descriptor, element, ratio};
use crate::language;
use crate::picture::{Picture, reduced};
use crate::presentation::video::SwitchingSet;
use crate::presentation::{ImageTrack, Rendition};
use crate::route::Addressing;
use crate::set::{CaptionChannel, ClosedCaptions};

/// One switching set.
pub(super) fn write_video_set(
    xml: &mut Xml,
    set: &SwitchingSet<'_, '_>,
    (id, is_main): (usize, bool),
    (form, captions): (&Form, &[ClosedCaptions]),
) -> io::Result<()> {
    let Some((first, (video, picture))) = set.members.first().and_then(|first| Some((first, first.video()?)))
    else {
        return Ok(());
    };
    let mut attributes = begin_set(id, SetKind::Video, &set.members, form);
    attributes.push(("par", ratio(reduced(picture.presented.0.into(), picture.presented.1.into()))));
    if form.is_hbbtv {
        attributes.extend(largest(&set.members));
    }
    if let Some(language) = &first.labels.language {
        attributes.push(("lang", language.clone()));
    }
    element(xml, "AdaptationSet", &attributes, |xml| {
        // The schema wants properties and event streams before accessibility, and roles behind all.
        write_colours(xml, video.colour)?;
        write_event_streams(xml, &set.members)?;
        write_closed_captions(xml, captions)?;
        write_roles(xml, first, is_main)?;
        set.members.iter().try_for_each(|rendition| match rendition.video() {
            Some((video, picture)) => write_video(xml, rendition, (video, picture), form),
            None => Ok(()),
        })
    })
}

/// The largest size and frame rate of a set (TS 103 285 §4.4).
fn largest(members: &[&Rendition<'_>]) -> Vec<(&'static str, String)> {
    let videos = || members.iter().filter_map(|rendition| rendition.video());
    let rates = videos().filter_map(|(_, picture)| picture.frame_rate);
    let rate =
        rates.max_by(|a, b| (u128::from(a.0) * u128::from(b.1)).cmp(&(u128::from(b.0) * u128::from(a.1))));
    let size =
        |of: fn(&VideoCodec) -> u16| videos().map(|(video, _)| of(video)).max().unwrap_or(0).to_string();
    let mut out =
        vec![("maxWidth", size(|video| video.coded_width)), ("maxHeight", size(|video| video.coded_height))];
    out.extend(rate.map(|rate| ("maxFrameRate", frame_rate(rate))));
    out
}

/// Captions inside the pictures (ANSI/SCTE 214-1 §7.2): channels with the language of each.
fn write_closed_captions(xml: &mut Xml, all: &[ClosedCaptions]) -> io::Result<()> {
    let long = |captions: &ClosedCaptions| {
        let tag = captions.labels.language.clone().unwrap_or_else(|| "und".to_owned());
        let letters = language::iso_letters(&isobmff::Language::Tag(tag));
        String::from_utf8_lossy(&letters).into_owned()
    };
    let channels = |of: fn(&CaptionChannel) -> Option<u8>, print: fn(u8, String) -> String| {
        let named = all.iter().filter_map(|captions| Some(print(of(&captions.channel)?, long(captions))));
        named.collect::<Vec<_>>().join(";")
    };
    let line_21 = channels(
        |channel| if let CaptionChannel::Cc(number) = channel { Some(*number) } else { None },
        |number, language| format!("CC{number}={language}"),
    );
    let digital = channels(
        |channel| if let CaptionChannel::Service(number) = channel { Some(*number) } else { None },
        |number, language| format!("{number}=lang:{language}"),
    );
    for (scheme, value) in
        [("urn:scte:dash:cc:cea-608:2015", line_21), ("urn:scte:dash:cc:cea-708:2015", digital)]
    {
        if !value.is_empty() {
            descriptor(xml, "Accessibility", scheme, &value)?;
        }
    }
    Ok(())
}

/// Colours by the code points of ISO/IEC 23091-2. Supplemental: a player that does not know them may
/// play on.
fn write_colours(xml: &mut Xml, colour: Option<Colour>) -> io::Result<()> {
    let Some(colour) = colour else { return Ok(()) };
    let points = [
        ("urn:mpeg:mpegB:cicp:ColourPrimaries", u32::from(colour.primaries)),
        ("urn:mpeg:mpegB:cicp:TransferCharacteristics", u32::from(colour.transfer)),
        ("urn:mpeg:mpegB:cicp:MatrixCoefficients", u32::from(colour.matrix)),
    ];
    // 2 is "unspecified".
    for (scheme, value) in points.iter().filter(|(_, value)| *value != 2) {
        descriptor(xml, "SupplementalProperty", scheme, &value.to_string())?;
    }
    Ok(())
}

fn write_video(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (video, picture): (&VideoCodec, &Picture),
    form: &Form,
) -> io::Result<()> {
    // A whole file has the init segment that HLS refers to.
    let format = rendition.track.format(rendition.track.hls_form());
    let format = format.filter(|_| form.addressing == Addressing::File);
    let codecs = format.map_or_else(|| video.codecs.clone(), |format| video.codecs_as(format));
    let supplemental = match format {
        Some(format) => video.supplemental_as(format),
        None => video.supplemental.clone(),
    };
    let mut attributes = representation(rendition, codecs, form);
    if let Some(supplemental) = &supplemental {
        attributes.push(("scte214:supplementalCodecs", supplemental.codecs.clone()));
        attributes.push(("scte214:supplementalProfiles", supplemental.brand.to_string()));
    }
    picture_attributes(&mut attributes, video, picture);
    attributes.extend(picture.frame_rate.map(|rate| ("frameRate", frame_rate(rate))));
    element(xml, "Representation", &attributes, |xml| {
        write_addressing(xml, rendition, (SetKind::Video, form))
    })
}

fn frame_rate((numerator, denominator): (u64, u64)) -> String {
    if denominator == 1 { numerator.to_string() } else { format!("{numerator}/{denominator}") }
}

/// What representations of pictures say of their size.
pub(super) fn picture_attributes(
    attributes: &mut Vec<(&'static str, String)>,
    video: &VideoCodec,
    picture: &Picture,
) {
    attributes.push(("width", video.coded_width.to_string()));
    attributes.push(("height", video.coded_height.to_string()));
    attributes.push(("sar", ratio(sample_aspect(video, picture))));
}

/// The shape of a pixel, from what is presented: it may be stated by the track's size alone.
fn sample_aspect(video: &VideoCodec, picture: &Picture) -> (u64, u64) {
    let (horizontal, vertical) = video.pixel_aspect;
    if horizontal != vertical || video.coded_width == picture.presented.0 {
        return (horizontal.into(), vertical.into());
    }
    reduced(picture.presented.0.into(), video.coded_width.into())
}

/// Previews as sheets of tiles (DASH-IF IOP 4.3 §6.2.6): `width` and `height` are those of a sheet.
pub(super) fn write_images(xml: &mut Xml, images: &ImageTrack, id: usize) -> io::Result<()> {
    let attributes =
        [("id", id.to_string()), ("contentType", "image".to_owned()), ("mimeType", "image/jpeg".to_owned())];
    element(xml, "AdaptationSet", &attributes, |xml| {
        let template = [
            ("media", format!("{}/$Number$.jpg", images.version)),
            ("startNumber", "1".to_owned()),
            ("timescale", "1000".to_owned()),
            ("duration", images.sheet_millis().to_string()),
        ];
        element(xml, "SegmentTemplate", &template, |_| Ok(()))?;
        let attributes = [
            ("id", "images".to_owned()),
            ("bandwidth", images.bandwidth().to_string()),
            ("width", images.sheet_size.0.to_string()),
            ("height", images.sheet_size.1.to_string()),
        ];
        element(xml, "Representation", &attributes, |xml| {
            let value = format!("{}x{}", images.grid.0, images.grid.1);
            descriptor(xml, "EssentialProperty", "http://dashif.org/guidelines/thumbnail_tile", &value)
        })
    })
}
