//! What is written reads back: for any cues that the model can hold, as far as the target can tell them.

use captions::{
    Alignment, Color, Cue, LineAlignment, LinePosition, Placement, PositionAlignment, Ruby, Span, Style,
    Writing, ttml, webvtt,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// The colors that have classes in WebVTT, by hand.
const CLASS_COLORS: [[u8; 4]; 8] = [
    [255, 255, 255, 255],
    [0, 255, 0, 255],
    [0, 255, 255, 255],
    [255, 0, 0, 255],
    [255, 255, 0, 255],
    [255, 0, 255, 255],
    [0, 0, 255, 255],
    [0, 0, 0, 255],
];

/// A word of visible characters, with all that markup is made of.
fn word() -> impl Strategy<Value = String> {
    "[a-z0-9&<>\"'{}/\\\\;:.#=%-]{1,6}|-->|&amp;|</i>|[א-ת]{1,5}|[ء-ي]{1,5}|[ぁ-ん一-龥]{1,5}|[😀-😎]|[А-я]{1,5}|ก็"
}

/// A line or more, none of them blank.
fn text() -> impl Strategy<Value = String> {
    let line = vec(word(), 1..4).prop_map(|words| words.join(" "));
    vec(line, 1..3).prop_map(|lines| lines.join("\n"))
}

fn color(classes_only: bool) -> BoxedStrategy<Color> {
    let of_class = prop::sample::select(CLASS_COLORS.to_vec()).prop_map(Color);
    if classes_only {
        of_class.boxed()
    } else {
        prop_oneof![of_class, any::<[u8; 3]>().prop_map(|[r, g, b]| Color([r, g, b, 128]))].boxed()
    }
}

fn style(classes_only: bool) -> impl Strategy<Value = Style> {
    let colors = (option::of(color(classes_only)), option::of(color(classes_only)));
    let names = (option::of(word()), option::of(prop::sample::select(vec!["fr", "zh-Hans", "he"])));
    (any::<[bool; 3]>(), colors, names).prop_map(
        |([italic, bold, underline], (color, background), (voice, language))| Style {
            italic,
            bold,
            underline,
            color,
            background,
            voice,
            language: language.map(str::to_owned),
            ruby: Ruby::None,
        },
    )
}

/// Spans as readers return them: neighbors differ in style, every base has its text.
fn spans(classes_only: bool) -> impl Strategy<Value = Vec<Span>> {
    let annotated = (style(classes_only), text(), word()).prop_map(|(style, base, annotation)| {
        let part =
            |text: &str, ruby| Span { text: text.replace('\n', " "), style: Style { ruby, ..style.clone() } };
        vec![part(&base, Ruby::Base), part(&annotation, Ruby::Text)]
    });
    let plain = (style(classes_only), text()).prop_map(|(style, text)| vec![Span { text, style }]);
    vec(prop_oneof![4 => plain, 1 => annotated], 1..5).prop_map(|groups| {
        let mut spans = groups.concat();
        spans.dedup_by(|second, first| first.style == second.style);
        spans
    })
}

/// Placements with nothing in them that has no effect.
fn placement() -> impl Strategy<Value = Placement> {
    let line = option::of((
        prop_oneof![
            any::<i16>().prop_map(LinePosition::Line),
            (0..=10_000_u16).prop_map(LinePosition::Percent)
        ],
        prop::sample::select(vec![LineAlignment::Start, LineAlignment::Center, LineAlignment::End]),
    ));
    let position = option::of((
        0..=10_000_u16,
        prop::sample::select(vec![
            PositionAlignment::Auto,
            PositionAlignment::LineLeft,
            PositionAlignment::Center,
            PositionAlignment::LineRight,
        ]),
    ));
    let writing = prop::sample::select(vec![
        Writing::Horizontal,
        Writing::VerticalFromRight,
        Writing::VerticalFromLeft,
    ]);
    let alignment = prop::sample::select(vec![
        Alignment::Center,
        Alignment::Start,
        Alignment::End,
        Alignment::Left,
        Alignment::Right,
    ]);
    (writing, line, position, option::of(0..=10_000_u16), alignment).prop_map(
        |(writing, line, position, size, alignment)| Placement {
            writing,
            line: line.map(|(line, _)| line),
            line_alignment: line.map(|(_, alignment)| alignment).unwrap_or_default(),
            position: position.map(|(position, _)| position),
            position_alignment: position.map(|(_, alignment)| alignment).unwrap_or_default(),
            size,
            alignment,
        },
    )
}

/// Cues in order; some of them overlap.
fn cues(classes_only: bool) -> impl Strategy<Value = Vec<Cue>> {
    let id = option::of("[a-z0-9]([ -]?[a-z0-9]){0,8}");
    let cue = (id, 0..200_000_000_u64, 1..20_000_u64, placement(), spans(classes_only)).prop_map(
        |(id, start, length, placement, text)| Cue { id, start, end: start + length, placement, text },
    );
    vec(cue, 0..6).prop_map(|mut cues| {
        cues.sort_by_key(|cue| cue.start);
        cues
    })
}

/// Cues of any characters at all, in any order and of any times.
fn wild_cues() -> impl Strategy<Value = Vec<Cue>> {
    let style = (style(false), option::of(any::<String>()), option::of(any::<String>()));
    let span = (style, any::<String>(), prop::sample::select(vec![Ruby::None, Ruby::Base, Ruby::Text]));
    let span = span.prop_map(|((style, voice, language), text, ruby)| Span {
        text,
        style: Style { voice, language, ruby, ..style },
    });
    let cue = (option::of(any::<String>()), 0..1_u64 << 43, 0..1_u64 << 43, placement(), vec(span, 0..4))
        .prop_map(|(id, start, end, placement, text)| Cue { id, start, end, placement, text });
    vec(cue, 0..6)
}

/// What can be seen of a cue's text.
fn visible(cue: &Cue) -> String {
    let blank = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || "\u{200b}\u{200e}\u{200f}\u{2060}\u{feff}\u{fffe}\u{ffff}".contains(c)
    };
    cue.plain_text().chars().filter(|&c| !blank(c)).collect()
}

/// Times and visible text of the cues that are seen at all.
fn seen(cues: &[Cue]) -> Vec<(u64, u64, String)> {
    let mut seen = cues
        .iter()
        .filter(|cue| cue.start < cue.end)
        .map(|cue| (cue.start, cue.end, visible(cue)))
        .filter(|(_, _, text)| !text.is_empty())
        .collect::<Vec<_>>();
    seen.sort();
    seen
}

fn without_places(cues: &[Cue]) -> Vec<Cue> {
    cues.iter().map(|cue| Cue { id: None, placement: Placement::default(), ..cue.clone() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn webvtt_tells_all(cues in cues(true)) {
        let file = webvtt::write(&cues, "");
        prop_assert_eq!(webvtt::read(&file).unwrap().cues, cues, "{}", file);
    }

    #[test]
    fn webvtt_payloads_and_settings_tell_all(spans in spans(true), placement in placement()) {
        prop_assert_eq!(webvtt::read_payload(&webvtt::payload(&spans)), spans);
        prop_assert_eq!(webvtt::read_settings(&webvtt::settings(&placement)), placement);
    }

    /// A placement is told as a region, so that some become others that look the same; those stay as they are.
    #[test]
    fn ttml_tells_all_but_how_a_place_was_meant(cues in cues(false)) {
        let once = ttml::read(&ttml::write(&cues, 0..u64::MAX, Some("sv"))).unwrap();
        prop_assert_eq!(once.language.as_deref(), Some("sv"));
        prop_assert_eq!(without_places(&once.cues), without_places(&cues));
        let twice = ttml::read(&ttml::write(&once.cues, 0..u64::MAX, None)).unwrap();
        prop_assert_eq!(twice.cues, once.cues);
    }

    #[test]
    fn no_text_breaks_out_of_its_place(cues in wild_cues()) {
        let file = webvtt::write(&cues, "");
        prop_assert_eq!(seen(&webvtt::read(&file).unwrap().cues), seen(&cues), "{}", file);
        let document = ttml::write(&cues, 0..u64::MAX, None);
        prop_assert_eq!(seen(&ttml::read(&document).unwrap().cues), seen(&cues), "{}", document);
    }

    /// Every moment of a cue is in one document, and none is in two.
    #[test]
    fn windows_share_out_the_time(cues in cues(false), step in 500..5_000_u64) {
        let Some(cue) = cues.first() else { return Ok(()) };
        let first = cue.start / step;
        let mut told = 0;
        for window in first..=cue.end / step {
            let document = ttml::write([cue], window * step..(window + 1) * step, None);
            told += ttml::read(&document).unwrap().cues.iter().map(|part| part.end - part.start).sum::<u64>();
        }
        prop_assert_eq!(told, cue.end - cue.start);
    }
}
