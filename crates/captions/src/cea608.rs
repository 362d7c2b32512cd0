//! CEA-608 closed captions (ANSI/CTA-608-E, "line 21"): pairs of bytes to codes of channels.
//!
//! A field of the picture carries two channels, which take turns: CC1 and CC2 the first, CC3 and CC4 the second.

use cea608_types::tables::{Code, Control, ControlCode};

mod memory;
pub(crate) mod screen;

/// One field of the picture: what its pairs of bytes mean, and for which of its two channels.
#[derive(Debug, Default)]
pub(crate) struct Field {
    /// The control code of the pair before, which comes twice.
    last_control: Option<[u8; 2]>,
    /// Of which channel the codes now are.
    channel: Option<FieldChannel>,
    /// Which channels send pages of text instead of captions (§7.4).
    is_text: [bool; 2],
    /// Whether the pairs belong to a packet about the programme (§9, XDS).
    is_packet: bool,
}

/// One of the two channels of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldChannel {
    First,
    Second,
}

impl FieldChannel {
    /// This channel's of two things.
    pub(crate) fn of<T>(self, [first, second]: &mut [T; 2]) -> &mut T {
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }
}

impl Field {
    /// What a pair of bytes means for captions; `None` if nothing.
    pub(crate) fn read(&mut self, pair: [u8; 2]) -> Option<(FieldChannel, [Code; 2])> {
        let is_control = matches!(pair[0] & 0x7f, 0x10..=0x1f);
        if !is_control {
            self.last_control = None;
            return self.text(pair);
        }
        if self.last_control.take() == Some(pair) {
            return None;
        }
        let Ok([Code::Control(control), _]) = Code::from_data(pair) else { return None };
        self.last_control = Some(pair);
        self.is_packet = false;
        self.control(control)
    }

    /// Two letters; one that was damaged on its way is left out (§8.3.2.2).
    fn text(&mut self, pair: [u8; 2]) -> Option<(FieldChannel, [Code; 2])> {
        let is_sound = |byte: u8| byte.count_ones() % 2 == 1;
        let sound = pair.map(|byte| if is_sound(byte) { byte } else { PADDING });
        match sound[0] & 0x7f {
            0x01..=0x0e => self.is_packet = true,
            0x0f => {
                self.is_packet = false;
                return None;
            }
            _ => {}
        }
        let channel = self.channel?;
        if self.is_packet || *channel.of(&mut self.is_text) {
            return None;
        }
        Code::from_data(sound).ok().map(|codes| (channel, codes))
    }

    fn control(&mut self, control: ControlCode) -> Option<(FieldChannel, [Code; 2])> {
        let channel = if control.channel().id() == 1 { FieldChannel::First } else { FieldChannel::Second };
        self.channel = Some(channel);
        let is_text = channel.of(&mut self.is_text);
        match control.code() {
            Control::TextRestart | Control::ResumeTextDisplay => *is_text = true,
            Control::ResumeCaptionLoading
            | Control::ResumeDirectionCaptioning
            | Control::RollUp2
            | Control::RollUp3
            | Control::RollUp4
            | Control::EndOfCaption => *is_text = false,
            _ => {}
        }
        let is_for_captions = !*is_text
            || matches!(control.code(), Control::EraseDisplayedMemory | Control::EraseNonDisplayedMemory);
        is_for_captions.then_some((channel, [Code::Control(control), Code::NUL]))
    }
}

/// What is sent where there is nothing to say: zero with odd parity.
const PADDING: u8 = 0x80;
