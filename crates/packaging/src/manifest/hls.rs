//! HLS playlists (RFC 8216bis). Attributes stand in one order, so that equal presentations give equal bytes.

mod bytes;
mod extras;
mod iframes;
mod media;
mod multivariant;
mod programme;
mod rebased;
mod renditions;
mod ts;
mod variant;

use self::multivariant::render;
use crate::Error;
use crate::presentation::Presentation;
use crate::route::{Addressing, Container, Options, PlaylistForm};

pub use self::bytes::bytes;
pub use self::extras::with_extras;
pub(crate) use self::iframes::KeyFrameRates;
pub use self::iframes::{FMP4_KEY_FRAMES, KeyFrameForm, iframes};
pub use self::media::media;
pub use self::programme::{programme, programme_multivariant};
pub use self::rebased::rebased;
pub use self::ts::{TS_KEY_FRAMES, muxed_media, not_in_ts, ts_media};

/// `EXT-X-MAP` in a playlist that is not of I-frames only needs 6 (§8).
const PLAYLIST_VERSION: u32 = 6;

/// The multivariant playlist. An error if the container that the options ask for can carry nothing of it.
pub fn multivariant(presentation: &Presentation<'_>, options: &Options) -> Result<String, Error> {
    let is_file = options.segments == Some(Addressing::File);
    match options.container {
        Container::Fmp4 if is_file => Ok(render(presentation, PlaylistForm::Bytes, None)),
        Container::Fmp4 => Ok(render(presentation, PlaylistForm::Index, None)),
        Container::Ts => {
            let carried = ts::carried(presentation)?;
            Ok(render(&carried, PlaylistForm::Ts, Some(&ts::Inside::new(&carried))))
        }
        Container::Demuxed => Ok(render(&ts::carried(presentation)?, PlaylistForm::Ts, None)),
    }
}

fn yes_no(is: bool) -> &'static str {
    if is { "YES" } else { "NO" }
}
