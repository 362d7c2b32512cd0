//! Names for viewers: what the owner says, or else the language, told apart by numbers where need be.

use super::Rendition;
use super::audio::is_same_group;
use crate::set::Role;

/// Names are unique among sound of one codec and layout: that is one choice to a viewer.
pub(super) fn give_audio(renditions: &mut [Rendition<'_>]) {
    let plain: Vec<String> = renditions.iter().map(|r| plain_name(r, "Audio")).collect();
    let is_rival = |a: usize, b: usize, all: &[Rendition<'_>]| match (all.get(a), all.get(b)) {
        (Some(a), Some(b)) => is_same_group(a, b) && !a.is_same_choice(b),
        _ => false,
    };
    give(renditions, &plain, is_rival);
}

/// Names of captions are unique among all.
pub(super) fn give_text(renditions: &mut [Rendition<'_>]) {
    let plain: Vec<String> = renditions.iter().map(|r| plain_name(r, "Subtitles")).collect();
    give(renditions, &plain, |_, _, _| true);
}

/// Quotes and line breaks have no place in an attribute of HLS (RFC 8216bis §4.2).
pub(super) fn plain_name(rendition: &Rendition<'_>, otherwise: &str) -> String {
    let label = rendition.labels.label.as_ref().map(|label| attribute_text(label)).filter(|l| !l.is_empty());
    let Some(language) = rendition.labels.language.clone() else {
        return label.unwrap_or_else(|| otherwise.to_owned());
    };
    label.unwrap_or_else(|| match purpose(rendition) {
        Some(purpose) => format!("{language} ({purpose})"),
        None => language,
    })
}

/// Text that may stand between the quotes of an attribute.
pub(crate) fn attribute_text(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '"').collect::<String>().trim().to_owned()
}

fn purpose(rendition: &Rendition<'_>) -> Option<&'static str> {
    if rendition.is_forced() {
        return Some("forced");
    }
    let of = [
        (Role::Description, "description"),
        (Role::Commentary, "commentary"),
        (Role::EnhancedAudioIntelligibility, "clear speech"),
        (Role::Caption, "captions"),
        (Role::EasyReader, "easy"),
    ];
    of.into_iter().find(|(role, _)| rendition.has_role(*role)).map(|(_, name)| name)
}

/// Numbers those that have a plain name in common with a rival.
fn give(
    renditions: &mut [Rendition<'_>],
    plain: &[String],
    is_rival: impl Fn(usize, usize, &[Rendition<'_>]) -> bool,
) {
    let names: Vec<String> = plain
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let rivals = plain.iter().enumerate().filter(|(other, theirs)| {
                *other != at && *theirs == name && is_rival(at, *other, renditions)
            });
            let (mut all, mut before) = (0, 0);
            for (other, _) in rivals {
                all += 1;
                before += usize::from(other < at);
            }
            if all == 0 { name.clone() } else { format!("{name} {}", before + 1) }
        })
        .collect();
    for (rendition, name) in renditions.iter_mut().zip(names) {
        rendition.name = name;
    }
}
