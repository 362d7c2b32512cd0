//! Documents of the IMSC 1 text profile (W3C TTML Profiles for Internet Media Subtitles and Captions).

mod content;
mod place;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::spans::{canonical, language_tag};
use crate::{Cue, Ruby, Span};

use content::Agents;

/// A document with the cues that are shown within `window` (milliseconds of media time), each cut to it: players
/// would show twice what overlaps the document's time (ISO/IEC 14496-30 §4.4 lets them). For a whole file the
/// window is `0..u64::MAX`. All times are on the timeline of the cues, which in a fragment is that of `tfdt`.
/// `language` is a BCP 47 tag.
///
/// A cue without a placement stands in the middle at the lower end. Ruby makes it a document of IMSC 1.1.
pub fn write<'a>(
    cues: impl IntoIterator<Item = &'a Cue>,
    window: Range<u64>,
    language: Option<&str>,
) -> String {
    let mut regions = BTreeMap::new();
    let mut agents = Agents::default();
    let mut paragraphs = String::new();
    let mut ruby = false;
    for cue in cues {
        let (start, end) = (cue.start.max(window.start), cue.end.min(window.end));
        let text = canonical(&cue.text);
        if start >= end || text.is_empty() {
            continue;
        }
        ruby |= text.iter().any(|span| span.style.ruby != Ruby::None);
        let region = place::region(&cue.placement, lines(&text));
        let opening =
            format!("<p region=\"{}\" begin=\"{}\" end=\"{}\"", region.id, clock(start), clock(end));
        paragraphs.push_str(&opening);
        content::push(&mut paragraphs, &text, &mut agents);
        paragraphs.push_str("</p>\n");
        regions.insert(region.id.clone(), region);
    }
    let language = language.and_then(language_tag).unwrap_or_default();
    let mut document = head(language, ruby);
    document.push_str(&agents.element());
    document.push_str(STYLING);
    document.push_str("<layout>\n");
    for region in regions.values() {
        document.push_str(&region.element());
    }
    document.push_str("</layout>\n</head>\n<body style=\"text\"><div>\n");
    document.push_str(&paragraphs);
    document.push_str("</div></body>\n</tt>\n");
    document
}

/// Letters as high as WebVTT has them, 5.33 % of the picture, with an outline since there is no background.
const STYLING: &str = "<styling><style xml:id=\"text\" tts:fontFamily=\"proportionalSansSerif\" \
    tts:fontSize=\"80%\" tts:textOutline=\"#000000 5%\"/></styling>\n";

/// All white space is kept: some players drop a space between two spans otherwise.
fn head(language: &str, ruby: bool) -> String {
    let profile = if ruby {
        "ttp:contentProfiles=\"http://www.w3.org/ns/ttml/profile/imsc1.1/text\""
    } else {
        "ttp:profile=\"http://www.w3.org/ns/ttml/profile/imsc1/text\""
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\" \
         xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" xmlns:ttm=\"http://www.w3.org/ns/ttml#metadata\" \
         xml:lang=\"{language}\" xml:space=\"preserve\" ttp:timeBase=\"media\" {profile}>\n<head>\n"
    )
}

fn lines(text: &[Span]) -> usize {
    1 + text.iter().map(|span| span.text.matches('\n').count()).sum::<usize>()
}

/// `HH:MM:SS.mmm`.
fn clock(at: u64) -> String {
    let seconds = at / 1_000;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60, at % 1_000)
}

#[cfg(test)]
mod tests;
