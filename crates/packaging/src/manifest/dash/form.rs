//! Which MPD is wanted: how segments are named, and for whom.

use isobmff::Timescale;

use super::{addressing, hbbtv};
use crate::Error;
use crate::presentation::Presentation;
use crate::route::{Addressing, Options};
use crate::set::CaptionForm;

const LIVE: &str = "urn:mpeg:dash:profile:isoff-live:2011";
const ON_DEMAND: &str = "urn:mpeg:dash:profile:isoff-on-demand:2011";
const CMAF: &str = "urn:mpeg:dash:profile:cmaf:2019";

/// What all parts of an MPD have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// `EXT-X-TARGETDURATION` of the same presentation, which bit rates are measured by.
    pub(super) target: u64,
    pub(super) addressing: Addressing,
    /// Whether it is for televisions.
    pub(super) is_hbbtv: bool,
    /// How long the presentation is, in ticks of a time scale.
    duration: (u64, Timescale),
}

impl Form {
    /// The form that the options ask for, if the presentation can have it.
    pub(super) fn new(presentation: &Presentation<'_>, options: &Options) -> Result<Self, Error> {
        let addressing = options.segments.unwrap_or(Addressing::Time);
        addressing::check(presentation, addressing)?;
        let form = Self {
            target: presentation.target_duration_secs(),
            addressing,
            is_hbbtv: options.is_hbbtv,
            duration: presentation.duration(),
        };
        if form.is_hbbtv {
            hbbtv::check(presentation, addressing)?;
        }
        Ok(form)
    }

    /// `MPD@profiles`.
    pub(super) fn profiles(&self, presentation: &Presentation<'_>) -> String {
        let usual = if self.addressing == Addressing::File { ON_DEMAND } else { LIVE };
        let own = if self.is_hbbtv { hbbtv::profiles(presentation) } else { vec![CMAF] };
        [usual].into_iter().chain(own).collect::<Vec<_>>().join(",")
    }

    /// Whether sets for trick play and previews are offered. Neither has segments that the on-demand profile
    /// knows; televisions know neither.
    pub(super) fn has_extras(&self) -> bool {
        self.addressing != Addressing::File && !self.is_hbbtv
    }

    /// How long the presentation is, in ticks of this time scale.
    pub(super) fn duration_in(&self, scale: Timescale) -> u64 {
        addressing::duration_in(self.duration, scale)
    }

    /// The form of captions. A whole file of WebVTT goes with whole files of media.
    pub(super) fn captions(&self, presentation: &Presentation<'_>) -> CaptionForm {
        match self.addressing {
            Addressing::File => CaptionForm::WebVtt,
            _ => presentation.dash_captions,
        }
    }

    /// What sets say of their segments' starts: in files they are subsegments.
    pub(super) fn alignment(&self) -> [&'static str; 2] {
        match self.addressing {
            Addressing::File => ["subsegmentAlignment", "subsegmentStartsWithSAP"],
            _ => ["segmentAlignment", "startWithSAP"],
        }
    }
}
