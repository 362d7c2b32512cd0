//! Adaptation sets of sound.

use std::io;

use isobmff::codec::{AudioCodec, AudioFamily};

use super::addressing::write_addressing;
use super::form::Form;
use super::hbbtv;
use super::set::{SetKind, begin_set, representation, write_accessibility, write_event_streams, write_roles};
use super::xml::{Xml, descriptor, element, text_element};
use crate::presentation::Rendition;

/// One choice of a viewer, in one or several qualities.
pub(super) fn write_audio_set(
    xml: &mut Xml,
    members: &[&Rendition<'_>],
    (id, is_main): (usize, bool),
    form: &Form,
) -> io::Result<()> {
    let Some(first) = members.first() else { return Ok(()) };
    let mut attributes = begin_set(id, SetKind::Audio, members, form);
    attributes.push(("lang", first.labels.language.clone().unwrap_or_else(|| "und".to_owned())));
    element(xml, "AdaptationSet", &attributes, |xml| {
        write_event_streams(xml, members)?;
        text_element(xml, "Label", &first.name)?;
        write_accessibility(xml, first)?;
        write_roles(xml, first, is_main)?;
        members.iter().try_for_each(|rendition| match rendition.audio_codec() {
            Some(codec) => write_audio(xml, rendition, codec, form),
            None => Ok(()),
        })
    })
}

fn write_audio(xml: &mut Xml, rendition: &Rendition<'_>, codec: &AudioCodec, form: &Form) -> io::Result<()> {
    let mut attributes = representation(rendition, codec.codecs.clone(), form);
    attributes.push(("audioSamplingRate", codec.sample_rate.to_string()));
    element(xml, "Representation", &attributes, |xml| {
        let is_aac = form.is_hbbtv && codec.family == AudioFamily::Aac;
        let scheme = if is_aac { hbbtv::AAC_CHANNELS } else { codec.dash_channels.0 };
        descriptor(xml, "AudioChannelConfiguration", scheme, &codec.dash_channels.1)?;
        write_audio_extensions(xml, codec)?;
        write_addressing(xml, rendition, (SetKind::Audio, form))
    })
}

/// Dolby Atmos (ETSI TS 103 420 §D.2) and immersive stereo of AC-4.
fn write_audio_extensions(xml: &mut Xml, codec: &AudioCodec) -> io::Result<()> {
    if let Some(complexity) = codec.joc_complexity {
        descriptor(xml, "SupplementalProperty", "tag:dolby.com,2018:dash:EC3_ExtensionType:2018", "JOC")?;
        let index = "tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018";
        descriptor(xml, "SupplementalProperty", index, &complexity.to_string())?;
    }
    if codec.ac4_ims {
        descriptor(xml, "SupplementalProperty", "tag:dolby.com,2016:dash:virtualized_content:2016", "1")?;
    }
    Ok(())
}
