//! Adaptation sets of captions.

use std::io;

use super::addressing::write_addressing;
use super::form::Form;
use super::set::{SetKind, begin_set, representation, write_accessibility, write_roles};
use super::xml::{Xml, element, text_element};
use crate::presentation::{IMSC1_CODECS, Rendition};
use crate::route::Child;
use crate::set::{CaptionForm, Role};

/// Captions of one track in one form.
pub(super) fn write_text_set(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (id, is_main): (usize, bool),
    (captions, form): (CaptionForm, &Form),
) -> io::Result<()> {
    let kind = SetKind::Text(captions);
    let mut attributes = begin_set(id, kind, &[rendition], form);
    attributes.push(("lang", rendition.labels.language.clone().unwrap_or_else(|| "und".to_owned())));
    let mut rendition = rendition.clone();
    if rendition.is_forced() && !rendition.has_role(Role::ForcedSubtitle) {
        rendition.labels.roles.push(Role::ForcedSubtitle);
    }
    // Players take text without one of these for something else than captions.
    if ![Role::Subtitle, Role::Caption, Role::ForcedSubtitle].iter().any(|role| rendition.has_role(*role)) {
        rendition.labels.roles.push(Role::Subtitle);
    }
    element(xml, "AdaptationSet", &attributes, |xml| {
        text_element(xml, "Label", &rendition.name)?;
        write_accessibility(xml, &rendition)?;
        write_roles(xml, &rendition, is_main)?;
        write_representation(xml, &rendition, (kind, captions), form)
    })
}

fn write_representation(
    xml: &mut Xml,
    rendition: &Rendition<'_>,
    (kind, captions): (SetKind, CaptionForm),
    form: &Form,
) -> io::Result<()> {
    let codecs = match captions {
        CaptionForm::Stpp => IMSC1_CODECS,
        CaptionForm::Wvtt | CaptionForm::WebVtt => "wvtt",
    };
    let mut attributes = representation(rendition, codecs.to_owned(), form);
    if captions == CaptionForm::WebVtt {
        attributes.retain(|(name, _)| *name != "codecs");
    }
    element(xml, "Representation", &attributes, |xml| match captions {
        CaptionForm::WebVtt => text_element(xml, "BaseURL", &rendition.url(Child::AllCaptions)),
        CaptionForm::Wvtt | CaptionForm::Stpp => write_addressing(xml, rendition, (kind, form)),
    })
}
