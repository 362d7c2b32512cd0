//! The screen of one channel, and the cues that its changes make (ANSI/CTA-608-E §6 and §7).
//!
//! Letters that appear one after the other, as roll-up and paint-on captions do, are one cue: it starts with the
//! first of them and ends when the row rolls, the screen is cleared, or something is added after a pause.

use cea608_types::tables::{Code, Control, MidRow, PreambleAddressCode};

use super::memory::{COLUMNS, Memory, PLAIN, Pen, ROWS};
use crate::collector::Collector;
use crate::{Cue, Error};

/// After how many milliseconds without a change a screen counts as complete.
const SETTLED: u64 = 1000;

/// How letters get on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing was said yet.
    None,
    /// They are written behind the scenes and shown at once.
    PopOn,
    /// They are written where they are seen.
    PaintOn,
    /// They are written into the lowest of so many rows, which then move up.
    RollUp(usize),
}

/// The screen of one channel.
#[derive(Debug)]
pub(crate) struct Screen {
    cues: Collector,
    mode: Mode,
    shown: Box<Memory>,
    hidden: Box<Memory>,
    row: usize,
    /// Where the next letter goes; `COLUMNS` after the last.
    column: usize,
    pen: Pen,
    shown_since: u64,
    changed_at: u64,
}

impl Screen {
    pub(crate) fn new(format: &'static str) -> Self {
        Self {
            cues: Collector::new(format),
            mode: Mode::None,
            shown: Box::new(Memory::new()),
            hidden: Box::new(Memory::new()),
            row: ROWS - 1,
            column: 0,
            pen: PLAIN,
            shown_since: 0,
            changed_at: 0,
        }
    }

    /// Does what a code says, at a time in milliseconds.
    pub(crate) fn apply(&mut self, code: Code, now: u64) -> Result<(), Error> {
        match code {
            Code::Control(control) => match control.code() {
                Control::MidRow(change) => self.change_pen(change, now),
                Control::PreambleAddress(preamble) => self.address(preamble, now),
                other => self.control(other, code, now),
            },
            Code::NUL | Code::Unknown(_) => Ok(()),
            letter => self.write(letter.char(), now),
        }
    }

    /// The cues, the last of which ends now.
    pub(crate) fn into_cues(mut self, now: u64) -> Result<Vec<Cue>, Error> {
        self.complete(now)?;
        Ok(self.cues.finish(None).cues)
    }

    fn control(&mut self, control: Control, code: Code, now: u64) -> Result<(), Error> {
        match control {
            Control::ResumeCaptionLoading => self.mode = Mode::PopOn,
            Control::ResumeDirectionCaptioning => self.mode = Mode::PaintOn,
            Control::RollUp2 => self.roll_up(2, now)?,
            Control::RollUp3 => self.roll_up(3, now)?,
            Control::RollUp4 => self.roll_up(4, now)?,
            Control::EraseDisplayedMemory => {
                self.complete(now)?;
                self.shown.clear();
            }
            Control::EraseNonDisplayedMemory => self.hidden.clear(),
            Control::EndOfCaption => {
                self.complete(now)?;
                std::mem::swap(&mut self.shown, &mut self.hidden);
                self.mode = Mode::PopOn;
            }
            Control::CarriageReturn => self.roll(now)?,
            Control::Backspace => self.back(now)?,
            Control::DeleteToEndOfRow => {
                let (row, column) = (self.row, self.column);
                self.written(now)?.clear_row(row, column);
            }
            Control::TabOffset1 => self.tab(1),
            Control::TabOffset2 => self.tab(2),
            Control::TabOffset3 => self.tab(3),
            Control::TransparentSpace => self.write(None, now)?,
            _ => {
                if let Some(letter) = code.char() {
                    // Extended letters follow a similar one for receivers that do not know them (§6.4.2).
                    if code.needs_backspace() {
                        self.back(now)?;
                    }
                    self.write(Some(letter), now)?;
                }
            }
        }
        Ok(())
    }

    /// A row and column to go on at, and how to write there (§8.1).
    fn address(&mut self, preamble: PreambleAddressCode, now: u64) -> Result<(), Error> {
        self.pen =
            Pen { color: preamble.color(), italic: preamble.italics(), underline: preamble.underline() };
        self.column = usize::from(preamble.column());
        let row = usize::from(preamble.row());
        if let Mode::RollUp(rows) = self.mode {
            let base = row.max(rows - 1);
            if base != self.row {
                self.complete(now)?;
                self.shown.move_rows(rows, self.row, base);
            }
            self.row = base;
        } else {
            self.row = row;
        }
        Ok(())
    }

    /// A change within a row takes the place of a blank (§8.1).
    fn change_pen(&mut self, change: MidRow, now: u64) -> Result<(), Error> {
        self.write(Some(' '), now)?;
        self.pen = Pen {
            color: change.color().unwrap_or(self.pen.color),
            italic: change.italics(),
            underline: change.underline(),
        };
        Ok(())
    }

    fn roll_up(&mut self, rows: usize, now: u64) -> Result<(), Error> {
        let is_rolling = matches!(self.mode, Mode::RollUp(_));
        if self.mode == Mode::RollUp(rows) {
            return Ok(());
        }
        self.mode = Mode::RollUp(rows);
        self.complete(now)?;
        if is_rolling {
            let base = self.row.max(rows - 1);
            self.shown.move_rows(rows, self.row, base);
            self.row = base;
        } else {
            self.shown.clear();
            self.hidden.clear();
            (self.row, self.column, self.pen) = (ROWS - 1, 0, PLAIN);
        }
        Ok(())
    }

    fn roll(&mut self, now: u64) -> Result<(), Error> {
        let Mode::RollUp(rows) = self.mode else { return Ok(()) };
        self.complete(now)?;
        // The topmost row goes, the lowest is free.
        self.shown.move_rows(rows - 1, self.row, self.row - 1);
        (self.column, self.pen) = (0, PLAIN);
        Ok(())
    }

    fn tab(&mut self, columns: usize) {
        self.column = (self.column + columns).min(COLUMNS - 1);
    }

    fn back(&mut self, now: u64) -> Result<(), Error> {
        self.column = self.column.saturating_sub(1);
        let (row, column) = (self.row, self.column);
        self.written(now)?.set(row, column, None);
        Ok(())
    }

    /// Writes a letter, or nothing where there shall be none; the last column is written over (§6.2).
    fn write(&mut self, letter: Option<char>, now: u64) -> Result<(), Error> {
        if self.mode == Mode::None {
            return Ok(());
        }
        let (row, column, pen) = (self.row, self.column.min(COLUMNS - 1), self.pen);
        self.written(now)?.set(row, column, letter.map(|letter| (letter, pen)));
        self.column = column + 1;
        Ok(())
    }

    /// The memory that is written to. If it is seen, a change after a pause begins a new cue.
    fn written(&mut self, now: u64) -> Result<&mut Memory, Error> {
        if matches!(self.mode, Mode::PopOn | Mode::None) {
            return Ok(&mut self.hidden);
        }
        if self.shown.is_blank() || now.saturating_sub(self.changed_at) >= SETTLED {
            self.complete(now)?;
        }
        self.changed_at = now;
        Ok(&mut self.shown)
    }

    /// What was shown until now is a cue, or several that stand in several places.
    fn complete(&mut self, now: u64) -> Result<(), Error> {
        if now > self.shown_since && !self.shown.is_blank() {
            for (placement, text) in self.shown.blocks() {
                self.cues.push(Cue { id: None, start: self.shown_since, end: now, placement, text })?;
            }
        }
        (self.shown_since, self.changed_at) = (now, now);
        Ok(())
    }
}
