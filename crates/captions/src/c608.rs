//! Closed captions in tracks of their own (QuickTime File Format, "Closed captioning sample data"): `c608`.

use cea608_types::tables::Code;
use isobmff::FourCc;

use crate::cea608::{Field, FieldChannel, screen::Screen};
use crate::sample::{TextSample, boxes};
use crate::{Cue, Error};

#[cfg(test)]
mod tests;

/// The captions of one CEA-608 channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// 1 to 4 for CC1 to CC4.
    pub number: u8,
    /// In order of start.
    pub cues: Vec<Cue>,
}

/// The captions of all channels that show something, in order of their numbers.
///
/// The pairs of bytes in a sample are spread evenly over its time. Text that is on the screen at the end is
/// shown until then.
pub fn read<'a>(samples: impl Iterator<Item = TextSample<'a>>) -> Result<Vec<Channel>, Error> {
    let mut fields = [Line::new(), Line::new()];
    let mut now = 0;
    for sample in samples {
        let [first, second] = &mut fields;
        for (kind, payload) in boxes(FourCc(*b"c608"), sample.data) {
            match &kind {
                b"cdat" => first.read(payload.as_chunks().0, &sample)?,
                b"cdt2" => second.read(payload.as_chunks().0, &sample)?,
                _ => {}
            }
        }
        now = sample.end.max(now);
    }
    let screens = fields.into_iter().flat_map(|field| field.screens);
    let channels =
        (1..).zip(screens).map(|(number, screen)| Ok(Channel { number, cues: screen.into_cues(now)? }));
    let shows_something = |channel: &Result<Channel, _>| !channel.as_ref().is_ok_and(|it| it.cues.is_empty());
    channels.filter(shows_something).collect()
}

/// Line 21 of one field of the picture, and the screens of its two channels.
struct Line {
    field: Field,
    screens: [Screen; 2],
    now: u64,
}

impl Line {
    fn new() -> Self {
        Self { field: Field::default(), screens: [Screen::new("c608"), Screen::new("c608")], now: 0 }
    }

    fn read(&mut self, pairs: &[[u8; 2]], sample: &TextSample<'_>) -> Result<(), Error> {
        let duration = u128::from(sample.end.saturating_sub(sample.start));
        for (number, pair) in (0..).zip(pairs) {
            let since_start = duration * number / pairs.len().max(1) as u128;
            let at = sample.start.saturating_add(u64::try_from(since_start).unwrap_or(u64::MAX));
            self.now = self.now.max(at);
            if let Some((channel, codes)) = self.field.read(*pair) {
                self.apply(channel, codes)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, channel: FieldChannel, codes: [Code; 2]) -> Result<(), Error> {
        let screen = channel.of(&mut self.screens);
        codes.into_iter().try_for_each(|code| screen.apply(code, self.now))
    }
}
