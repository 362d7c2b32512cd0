//! What the owner of a presentation should know: it plays, but not as well as it could.

use super::video::{Difference, difference};
use super::{Presentation, Rendition};

impl Presentation<'_> {
    /// Remarks for people, one for each line.
    pub fn notes(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.note_cuts(&mut out);
        self.note_bit_rates(&mut out);
        self.note_languages(&mut out);
        self.note_ends(&mut out);
        out
    }

    /// Renditions of one codec that a player may not switch between.
    fn note_cuts(&self, out: &mut Vec<String>) {
        let mut rest = self.video.as_slice();
        while let [first, others @ ..] = rest {
            for other in others {
                match difference(first, other) {
                    Some(Difference::Cut { segment, starts }) => out.push(format!(
                        "{} and {} are not aligned: segment {segment} starts at {} and at {}; they are separate \
                         switching sets in DASH, and HLS players may show a seam",
                        first.id,
                        other.id,
                        seconds(starts.0),
                        seconds(starts.1),
                    )),
                    Some(Difference::FrameRate) => {
                        out.push(format!("{} and {} have unlike frame rates", first.id, other.id));
                    }
                    Some(Difference::Codec | Difference::Range | Difference::Role) | None => {}
                }
            }
            rest = others;
        }
    }

    /// More pixels for fewer bits.
    fn note_bit_rates(&self, out: &mut Vec<String>) {
        let facts = |rendition: &Rendition<'_>| {
            let (codec, picture) = rendition.video()?;
            let pixels = u64::from(picture.displayed.0) * u64::from(picture.displayed.1);
            Some((codec.family, pixels, rendition.average))
        };
        for one in &self.video {
            for other in &self.video {
                let (Some(a), Some(b)) = (facts(one), facts(other)) else { continue };
                if a.0 == b.0 && a.1 > b.1 && a.2 < b.2 {
                    out.push(format!("{} has more pixels than {} and a lower bit rate", one.id, other.id));
                }
            }
        }
    }

    fn note_languages(&self, out: &mut Vec<String>) {
        for (renditions, what) in [(&self.audio, "sound"), (&self.text, "captions")] {
            let unknown = renditions.iter().filter(|rendition| rendition.labels.language.is_none());
            if renditions.len() > 1 || what == "captions" {
                out.extend(unknown.map(|rendition| format!("{}: {what} without a language", rendition.id)));
            }
        }
    }

    /// Pictures and sound that end more than a second before the longest.
    fn note_ends(&self, out: &mut Vec<String>) {
        let (end, scale) = self.end();
        let end = u128::from(end) * 1000 / u128::from(scale.get());
        for rendition in self.video.iter().chain(&self.audio) {
            let own = u128::from(rendition.track.segmentation.end()) * 1000
                / u128::from(rendition.track.timescale.get());
            if end.saturating_sub(own) > 1000 {
                out.push(format!("{} ends {} s before the longest", rendition.id, (end - own) / 1000));
            }
        }
    }
}

fn seconds(micros: Option<u64>) -> String {
    micros.map_or_else(
        || "nowhere".to_owned(),
        |micros| format!("{}.{:06} s", micros / 1_000_000, micros % 1_000_000),
    )
}
