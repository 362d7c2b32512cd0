//! `tts:position` (TTML2 §10.2.30): where a region stands in the room that its extent leaves.

use super::length::{Canvas, FULL};

/// A place along one axis: a share of the room that is left, in hundredths of a percent, and a distance from
/// there, in hundredths of a percent of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    share: i64,
    distance: i64,
}

/// Across and down.
pub(super) type Position = (Offset, Offset);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Across,
    Down,
}

impl Offset {
    const CENTER: Self = Self { share: FULL / 2, distance: 0 };

    /// Where something of this extent begins.
    pub(super) fn origin(self, extent: i64) -> i64 {
        (FULL - extent) * self.share / FULL + self.distance
    }
}

/// Reads one to four words: keywords of edges, each with an offset from that edge or none, and offsets from the
/// left and upper edges.
pub(super) fn read(text: &str, canvas: &Canvas) -> Option<Position> {
    let words = text.split_whitespace().take(5).collect::<Vec<_>>();
    let (mut across, mut down) = (None, None);
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        let (axis, from_start) = match *word {
            "left" => (Axis::Across, true),
            "right" => (Axis::Across, false),
            "top" => (Axis::Down, true),
            "bottom" => (Axis::Down, false),
            // The middle of the axis of which nothing else is said; before an offset, which has no keyword, it is
            // the first one.
            "center" => {
                let offset_follows =
                    rest.first().is_some_and(|next| canvas.pair(&format!("{next} {next}")).is_some());
                if words.len() == 2 && offset_follows {
                    across = Some(Offset::CENTER);
                }
                continue;
            }
            _ => {
                let axis =
                    if across.is_none() && words.first() == Some(word) { Axis::Across } else { Axis::Down };
                set(axis, offset(word, axis, true, canvas)?, &mut across, &mut down)?;
                continue;
            }
        };
        let own =
            rest.first().filter(|_| words.len() > 2).and_then(|next| offset(next, axis, from_start, canvas));
        if own.is_some() {
            rest = rest.get(1..).unwrap_or_default();
        }
        let edge = Offset { share: if from_start { 0 } else { FULL }, distance: 0 };
        set(axis, own.unwrap_or(edge), &mut across, &mut down)?;
    }
    let position = (across.unwrap_or(Offset::CENTER), down.unwrap_or(Offset::CENTER));
    (1..=4).contains(&words.len()).then_some(position)
}

/// Sets an axis, once.
fn set(axis: Axis, to: Offset, across: &mut Option<Offset>, down: &mut Option<Offset>) -> Option<()> {
    let place = if axis == Axis::Across { across } else { down };
    place.is_none().then(|| *place = Some(to))
}

/// A percentage is a share of the room, any other length a distance.
fn offset(word: &str, axis: Axis, from_start: bool, canvas: &Canvas) -> Option<Offset> {
    let (across, down) = canvas.pair(&format!("{word} {word}"))?;
    let length = if axis == Axis::Across { across } else { down };
    Some(match (word.ends_with('%'), from_start) {
        (true, true) => Offset { share: length, distance: 0 },
        (true, false) => Offset { share: FULL - length, distance: 0 },
        (false, true) => Offset { share: 0, distance: length },
        (false, false) => Offset { share: FULL, distance: -length },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: the table of TTML2 §10.2.30, for a region of 60 % by 20 %: 40 % and 80 % of room.
    #[test]
    fn one_to_four_words() {
        for (text, origin) in [
            ("center", (2_000, 4_000)),
            ("left", (0, 4_000)),
            ("bottom", (2_000, 8_000)),
            ("25%", (1_000, 4_000)),
            ("bottom center", (2_000, 8_000)),
            ("center bottom", (2_000, 8_000)),
            ("center left", (0, 4_000)),
            ("center 25%", (2_000, 2_000)),
            ("left 25%", (0, 2_000)),
            ("25% bottom", (1_000, 8_000)),
            ("25% 25%", (1_000, 2_000)),
            ("bottom left 25%", (1_000, 8_000)),
            ("bottom 25% right", (4_000, 6_000)),
            ("center bottom 25%", (2_000, 6_000)),
            ("center left 25%", (1_000, 4_000)),
            ("right 25% center", (3_000, 4_000)),
            ("bottom 25% right 25%", (3_000, 6_000)),
            ("left 10rw top 5rh", (1_000, 500)),
            ("right 10rw bottom 5rh", (3_000, 7_500)),
        ] {
            let (across, down) = read(text, &Canvas::default()).unwrap();
            assert_eq!((across.origin(6_000), down.origin(2_000)), origin, "{text}");
        }
        for wrong in ["", "middle", "left right", "1% 1% 1%", "top 1% bottom 1%", "left 1% top 1% 1%"] {
            assert_eq!(read(wrong, &Canvas::default()), None, "{wrong}");
        }
    }
}
