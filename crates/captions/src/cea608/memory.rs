//! What stands on a screen of CEA-608 captions: 15 rows of 32 letters.

use cea608_types::tables::Color as Hue;

use crate::spans::SpanBuilder;
use crate::{Alignment, Color, LineAlignment, LinePosition, Placement, PositionAlignment, Span, Style};

pub(super) const ROWS: usize = 15;
pub(super) const COLUMNS: usize = 32;

/// How letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) color: Hue,
    pub(super) italic: bool,
    pub(super) underline: bool,
}

pub(super) const PLAIN: Pen = Pen { color: Hue::White, italic: false, underline: false };

type Row = [Option<(char, Pen)>; COLUMNS];

const BLANK: Row = [None; COLUMNS];

/// A screen.
#[derive(Debug)]
pub(super) struct Memory {
    rows: [Row; ROWS],
    letters: usize,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { rows: [BLANK; ROWS], letters: 0 }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.letters == 0
    }

    pub(super) fn clear(&mut self) {
        if !self.is_blank() {
            *self = Self::new();
        }
    }

    /// Writes a letter, or takes the one away that stands there.
    pub(super) fn set(&mut self, row: usize, column: usize, letter: Option<(char, Pen)>) {
        let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) else { return };
        self.letters = self.letters + usize::from(letter.is_some()) - usize::from(cell.is_some());
        *cell = letter;
    }

    pub(super) fn clear_row(&mut self, row: usize, from_column: usize) {
        for column in from_column..COLUMNS {
            self.set(row, column, None);
        }
    }

    /// Moves `count` rows that end in `from` so that they end in `to`; all other rows are cleared.
    pub(super) fn move_rows(&mut self, count: usize, from: usize, to: usize) {
        if self.is_blank() {
            return;
        }
        let mut moved = Self::new();
        for above in 0..count {
            let (Some(old), Some(new)) = (from.checked_sub(above), to.checked_sub(above)) else { break };
            if let (Some(old), Some(new)) = (self.rows.get(old), moved.rows.get_mut(new)) {
                *new = *old;
                moved.letters += old.iter().flatten().count();
            }
        }
        *self = moved;
    }

    /// What is shown: rows that follow each other are one block of text, with a place of its own.
    pub(super) fn blocks(&self) -> Vec<(Placement, Vec<Span>)> {
        let mut blocks = Vec::new();
        let mut block = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            match extent(row) {
                Some(extent) => block.push((number, row, extent)),
                None => blocks.extend(written(&std::mem::take(&mut block))),
            }
        }
        blocks.extend(written(&block));
        blocks
    }
}

/// The first and last column of a row with something to see.
fn extent(row: &Row) -> Option<(usize, usize)> {
    let is_seen = |cell: &Option<(char, Pen)>| cell.is_some_and(|(letter, _)| !letter.is_whitespace());
    Some((row.iter().position(is_seen)?, row.iter().rposition(is_seen)?))
}

fn written(block: &[(usize, &Row, (usize, usize))]) -> Option<(Placement, Vec<Span>)> {
    let (top, ..) = block.first()?;
    let (bottom, ..) = block.last()?;
    let mut spans = SpanBuilder::default();
    let mut style = Style::default();
    for (number, row, (first, last)) in block {
        if number > top {
            spans.push("\n", &style);
        }
        for cell in row.iter().take(last + 1).skip(*first) {
            // What lies between letters of one style looks the same in any.
            if let Some((_, pen)) = cell.filter(|(letter, _)| !letter.is_whitespace()) {
                style = styled(pen);
            }
            let letter = cell.map_or(' ', |(letter, _)| letter);
            spans.push(letter.encode_utf8(&mut [0; 4]), &style);
        }
    }
    let columns = block.iter().map(|(.., columns)| *columns).collect::<Vec<_>>();
    Some((placement(*top, *bottom, &columns), spans.finish()))
}

fn styled(pen: Pen) -> Style {
    let rgb = match pen.color {
        Hue::White => None,
        Hue::Green => Some([0, 255, 0]),
        Hue::Blue => Some([0, 0, 255]),
        Hue::Cyan => Some([0, 255, 255]),
        Hue::Red => Some([255, 0, 0]),
        Hue::Yellow => Some([255, 255, 0]),
        Hue::Magenta => Some([255, 0, 255]),
    };
    let color = rgb.map(|[red, green, blue]| Color([red, green, blue, 255]));
    Style { italic: pen.italic, underline: pen.underline, color, ..Style::default() }
}

/// Where rows stand: they fill the inner 80 % of the picture (§8.4.1, safe caption area).
fn placement(top: usize, bottom: usize, columns: &[(usize, usize)]) -> Placement {
    let percent = |count: usize, of: usize| u16::try_from(1000 + count * 8000 / of).unwrap_or(u16::MAX);
    let mut placement = Placement::default();
    if bottom + 1 < ROWS {
        // The edge that lies nearer to the picture's holds, however tall a player's letters are.
        let is_low = top + bottom >= ROWS - 1;
        (placement.line, placement.line_alignment) = if is_low {
            (Some(LinePosition::Percent(percent(bottom + 1, ROWS))), LineAlignment::End)
        } else {
            (Some(LinePosition::Percent(percent(top, ROWS))), LineAlignment::Start)
        };
    }
    // Indents are multiples of four unless tab offsets refine them.
    let is_centered = columns.iter().all(|(first, last)| first.abs_diff(COLUMNS - 1 - last) < 4);
    if !is_centered {
        let left = columns.iter().map(|(first, _)| *first).min().unwrap_or_default();
        placement.alignment = Alignment::Left;
        placement.position = Some(percent(left, COLUMNS));
        placement.position_alignment = PositionAlignment::LineLeft;
    }
    placement
}
