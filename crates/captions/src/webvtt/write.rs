//! Whole files, and the segments of an HLS rendition (§4.1).

use crate::spans::single_line;
use crate::{Cue, webvtt};

use super::timestamp;

/// A file with these cues, in the order given. `header` may hold further lines of the header, such as
/// `X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000` (RFC 8216 §3.5); empty for none. For a segment, give the cues
/// that are visible in it: each keeps its full times.
pub fn write<'a>(cues: impl IntoIterator<Item = &'a Cue>, header: &str) -> String {
    let mut file = String::from("WEBVTT\n");
    for line in header.lines().filter(|line| !line.trim().is_empty() && !line.contains("-->")) {
        file.push_str(line);
        file.push('\n');
    }
    for cue in cues {
        push_cue(&mut file, cue);
    }
    file
}

fn push_cue(file: &mut String, cue: &Cue) {
    let payload = webvtt::payload(&cue.text);
    if payload.is_empty() || cue.end <= cue.start {
        return;
    }
    file.push('\n');
    if let Some(id) = cue.id.as_deref().and_then(identifier) {
        file.push_str(&id);
        file.push('\n');
    }
    let settings = webvtt::settings(&cue.placement);
    let gap = if settings.is_empty() { "" } else { " " };
    let (start, end) = (timestamp::print(cue.start), timestamp::print(cue.end));
    file.extend([&start, " --> ", &end, gap, &settings, "\n", &payload, "\n"]);
}

/// A cue's name, if it cannot be taken for anything else.
fn identifier(id: &str) -> Option<String> {
    let line = single_line(id);
    let ambiguous = ["NOTE", "STYLE", "REGION", "WEBVTT"].iter().any(|keyword| line.starts_with(keyword));
    (!line.is_empty() && !ambiguous && !line.contains("-->")).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LinePosition, Placement, Span, Style};

    fn cue(id: Option<&str>, start: u64, end: u64, text: &str) -> Cue {
        Cue {
            id: id.map(str::to_owned),
            start,
            end,
            placement: Placement::default(),
            text: vec![Span { text: text.to_owned(), style: Style::default() }],
        }
    }

    #[test]
    fn a_file_as_the_grammar_has_it() {
        let mut placed = cue(Some("2"), 3_723_004, 3_724_000, "b");
        placed.placement.line = Some(LinePosition::Line(0));
        let cues =
            [cue(None, 0, 1_500, "a\n\nb"), placed, cue(Some("NOTE x"), 1, 2, "c"), cue(None, 5, 5, "never")];
        assert_eq!(
            write(&cues, "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"),
            "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n\
             00:00:00.000 --> 00:00:01.500\na\n&nbsp;\nb\n\n\
             2\n01:02:03.004 --> 01:02:04.000 line:0\nb\n\n\
             00:00:00.001 --> 00:00:00.002\nc\n"
        );
        assert_eq!(write(&[], ""), "WEBVTT\n");
    }
}
