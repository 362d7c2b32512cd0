//! Preview pictures: sheets of tiles, each tile for a stretch of time.

use std::fmt::Write;
use std::num::NonZeroU32;

use crate::manifest::decimal::{Seconds, Stamp};
use crate::route::{Images, Target, Version};

/// The preview pictures of a presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageTrack {
    /// The version of the sheets that their URLs carry.
    pub version: Version,
    /// How many sheets there are.
    pub sheets: NonZeroU32,
    /// Width and height of a sheet in pixels.
    pub sheet_size: (u32, u32),
    /// Columns and rows of tiles of a sheet.
    pub grid: (NonZeroU32, NonZeroU32),
    /// How long each tile is shown, in milliseconds.
    pub interval_millis: NonZeroU32,
    /// The largest sheet in bytes.
    pub largest_bytes: u64,
    /// The end of what the pictures are of, in milliseconds.
    pub end_millis: u64,
}

/// Most lines of a WebVTT file of previews.
const MAX_TILES: u64 = 1 << 16;

impl ImageTrack {
    /// Path of an image child, relative to the manifest.
    pub fn url(&self, images: Images) -> String {
        let version = match images {
            Images::Playlist | Images::WebVtt => self.list_version(),
            Images::Sheet(_) => self.version,
        };
        Target::Images(version, images).to_string()
    }

    /// The version of the lists of sheets: they say where the presentation ends, which no sheet knows.
    pub fn list_version(&self) -> Version {
        Version::of_previews(self.version, self.end_millis)
    }

    /// Path of a sheet, relative to a list.
    fn sheet(&self, number: NonZeroU32) -> String {
        format!("../{}", self.url(Images::Sheet(number)))
    }

    /// Width and height of a tile in pixels.
    pub fn tile_size(&self) -> (u32, u32) {
        (self.sheet_size.0 / self.grid.0, self.sheet_size.1 / self.grid.1)
    }

    /// How long a whole sheet is shown, in milliseconds.
    pub fn sheet_millis(&self) -> u64 {
        let tiles = u64::from(self.grid.0.get()) * u64::from(self.grid.1.get());
        tiles.saturating_mul(self.interval_millis.get().into())
    }

    /// Bits per second of the largest sheet.
    pub fn bandwidth(&self) -> u64 {
        (self.largest_bytes.saturating_mul(8000)).div_ceil(self.sheet_millis().max(1)).max(1)
    }

    /// Sheets that show something before the end, each with its start and end in milliseconds.
    fn shown(&self) -> impl Iterator<Item = (NonZeroU32, u64, u64)> + '_ {
        let whole = self.sheet_millis();
        (1..=self.sheets.get()).filter_map(NonZeroU32::new).map_while(move |number| {
            let start = u64::from(number.get() - 1).checked_mul(whole)?;
            let end = start.saturating_add(whole).min(self.end_millis);
            (start < end).then_some((number, start, end))
        })
    }

    /// The image playlist that Roku and others read (`EXT-X-IMAGES-ONLY`, `EXT-X-TILES`: "HLS image
    /// playlists" of Disney, Roku and others, version 0.4).
    pub fn playlist(&self) -> String {
        let (width, height) = self.tile_size();
        let target = self.sheet_millis().div_ceil(1000).max(1);
        let mut out = format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-IMAGES-ONLY\n"
        );
        for (number, start, end) in self.shown() {
            let interval = Seconds(u64::from(self.interval_millis.get()) * 1000);
            let _ = write!(
                out,
                "#EXTINF:{},\n#EXT-X-TILES:RESOLUTION={width}x{height}",
                Seconds((end - start) * 1000)
            );
            let _ = writeln!(
                out,
                ",LAYOUT={}x{},DURATION={interval}\n{}",
                self.grid.0,
                self.grid.1,
                self.sheet(number)
            );
        }
        out.push_str("#EXT-X-ENDLIST\n");
        out
    }

    /// WebVTT whose text names a part of a sheet (media fragments `#xywh`), as web players read it.
    pub fn web_vtt(&self) -> String {
        let mut out = "WEBVTT\n".to_owned();
        let (width, height) = self.tile_size();
        let interval = u64::from(self.interval_millis.get());
        let columns = u64::from(self.grid.0.get());
        let mut left = MAX_TILES;
        for (number, start, end) in self.shown() {
            let tiles = (end - start).div_ceil(interval).min(left);
            left -= tiles;
            for tile in 0..tiles {
                let from = start + tile * interval;
                let until = (from + interval).min(end);
                let (column, row) = (tile % columns, tile / columns);
                let _ = write!(out, "\n{} --> {}\n{}", Stamp(from), Stamp(until), self.sheet(number));
                let (x, y) = (column * u64::from(width), row * u64::from(height));
                let _ = writeln!(out, "#xywh={x},{y},{width},{height}");
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lists say depends on the end of the sources, which may be replaced: another list is another URL.
    #[test]
    fn lists_of_another_end_have_another_url() {
        let two = NonZeroU32::new(2).unwrap();
        let tiles = |end_millis| ImageTrack {
            version: Version(1),
            sheets: two,
            sheet_size: (320, 180),
            grid: (two, two),
            interval_millis: NonZeroU32::new(1000).unwrap(),
            largest_bytes: 1000,
            end_millis,
        };
        let (short, long) = (tiles(5000), tiles(6000));
        for list in [Images::Playlist, Images::WebVtt] {
            assert_ne!(short.url(list), long.url(list));
        }
        assert_eq!(short.url(Images::Sheet(two)), "0000000000000001/2.jpg");
        assert_eq!(short.url(Images::Sheet(two)), long.url(Images::Sheet(two)));
        assert!(short.playlist().contains("#EXTINF:1.000000,\n"), "{}", short.playlist());
        // From a list in `<set>/<version>/`, up to the set.
        assert!(short.playlist().ends_with("\n../0000000000000001/2.jpg\n#EXT-X-ENDLIST\n"));
        assert!(short.web_vtt().ends_with("\n../0000000000000001/2.jpg#xywh=0,0,160,90\n"));
    }
}
