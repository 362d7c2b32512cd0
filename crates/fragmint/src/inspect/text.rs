//! The report as text.

use std::fmt::Write as _;

use super::{Report, TrackReport, seconds};

impl Report {
    pub(super) fn to_text(&self) -> String {
        let version = self.version.as_ref().map(|version| format!(", version {version}"));
        let mut out =
            format!("{}\n  {:.3} s{}\n", self.asset, self.duration_seconds, version.unwrap_or_default());
        self.write_table(&mut out);
        for (title, lines) in
            [("HLS", &self.players.hls), ("DASH", &self.players.dash), ("Notes", &self.notes)]
        {
            if !lines.is_empty() {
                let _ = writeln!(out, "\n{title}");
            }
            for line in lines {
                let _ = writeln!(out, "  {line}");
            }
        }
        for track in &self.tracks {
            track.write_text(&mut out);
        }
        out
    }

    /// All that is delivered, one line each.
    fn write_table(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "\n  {:<8} {:<6} {:<24} {:<10} {:>10} {:>10} {:>8}  detail",
            "name", "kind", "codec", "language", "average", "peak", "segments"
        );
        for track in self.tracks.iter().filter(|track| track.delivered) {
            let _ = writeln!(
                out,
                "  {:<8} {:<6} {:<24} {:<10} {:>10} {:>10} {:>8}  {} {}",
                track.name.as_deref().unwrap_or_default(),
                track.kind,
                track.codecs.as_deref().unwrap_or_default(),
                track.language.as_deref().unwrap_or("-"),
                track.average_bandwidth.unwrap_or(0),
                track.peak_bandwidth.unwrap_or(0),
                track.segments,
                track.detail,
                track.label.as_deref().unwrap_or_default(),
            );
        }
        if !self.closed_captions.is_empty() {
            let _ = writeln!(out, "  captions in the pictures: {}", self.closed_captions.join(" "));
        }
        if let Some(previews) = &self.previews {
            let _ = writeln!(
                out,
                "  previews: {} sheets of {}x{} tiles of {}x{}, one each {} s",
                previews.sheets,
                previews.layout.0,
                previews.layout.1,
                previews.tile.0,
                previews.tile.1,
                previews.seconds
            );
        }
    }
}

impl TrackReport {
    fn write_text(&self, out: &mut String) {
        let number = self.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        if let Some(reason) = &self.left_out {
            let _ = writeln!(out, "\n{} track {number}  {}  LEFT OUT: {reason}", self.source, self.kind);
            return;
        }
        let codecs = self.codecs.as_deref().unwrap_or_default();
        let language = self.language.as_deref().unwrap_or("no language");
        let _ = writeln!(
            out,
            "\n{} track {number}  {}  {codecs}  {}  {language}",
            self.source, self.kind, self.detail
        );
        if !self.roles.is_empty() {
            let _ = writeln!(out, "  roles: {}", self.roles.join(" "));
        }
        if let (Some(average), Some(peak)) = (self.average_bandwidth, self.peak_bandwidth) {
            let _ = writeln!(out, "  {average} bit/s on average, {peak} at the peak");
        }
        let scale = self.timescale.unwrap_or(1);
        let _ = writeln!(
            out,
            "  {scale} ticks a second, presentation starts at media time {}",
            self.media_time.unwrap_or(0)
        );
        for edit in &self.edits {
            let from =
                edit.media_time.map_or_else(|| "nothing".to_owned(), |time| format!("media from {time}"));
            let _ = writeln!(out, "  edit: {from} for {} movie ticks", edit.duration);
        }
        let _ = writeln!(
            out,
            "  {:>7} {:>12} {:>12} {:>8} {:>10}",
            "segment", "start", "seconds", "samples", "bytes"
        );
        for (index, segment) in self.segment_table.iter().enumerate() {
            let length = seconds(segment.end - segment.start, scale);
            let start = seconds(segment.start, scale);
            let _ = writeln!(
                out,
                "  {index:>7} {start:>12.3} {length:>12.3} {:>8} {:>10}",
                segment.samples, segment.bytes
            );
        }
    }
}
