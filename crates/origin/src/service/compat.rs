//! The URL layout of nginx-vod-module: everything is answered by what answers this program's own URLs.

use http::Response;
use packaging::presentation::Home;
use packaging::route::compat::{Compat, Format, NginxRoute, NginxTarget};
use packaging::route::{Child, Edition, InitForm, Muxed, Playlist, PlaylistForm, RenditionId, Route, Target};
use packaging::{Asset, Date, PackagedTrack, filter};

use super::children::NO_SEGMENT;
use super::manifests::writer;
use super::{Asked, NOT_SERVED, Service};
use crate::body::Body;
use crate::error::Error;
use crate::index_store::IndexStore;
use crate::indexes::NO_TRACK;
use crate::presentations::{Gathered, gather_part};
use crate::source::Source;

/// What a path asks for, in either layout.
pub(super) enum Wanted {
    /// In this program's own.
    Own(Route),
    /// In nginx-vod's.
    Nginx(NginxRoute),
}

impl Wanted {
    /// Reads a path; nginx-vod's layout counts where `nginx_urls` says so.
    pub(super) fn parse(path: &str, nginx_urls: bool) -> Option<Self> {
        match nginx_urls.then(|| Compat::parse(path)).flatten() {
            Some(Compat::Nginx(route)) => Some(Self::Nginx(route)),
            Some(Compat::Own(route)) => Some(Self::Own(route)),
            None => Route::parse(path).map(Self::Own),
        }
    }

    /// What is wanted, in one word.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Own(route) => route.target.kind(),
            Self::Nginx(route) => route.kind(),
        }
    }

    /// Decoded path of the asset.
    pub(super) fn into_asset(self) -> String {
        match self {
            Self::Own(route) => route.asset,
            Self::Nginx(route) => route.asset,
        }
    }
}

/// The first picture and the first sound that are wanted, and the source that they are of.
struct Stream<'a> {
    key: &'a str,
    edition: Edition,
    /// What its playlists say of its start.
    date: Option<Date>,
    pictures: Option<&'a PackagedTrack>,
    sound: Option<&'a PackagedTrack>,
}

impl<S: Source, I: IndexStore> Service<S, I> {
    /// Something that nginx-vod names otherwise. Its URLs say no version: what now is there is answered, and may be
    /// kept no longer than a manifest.
    pub(super) async fn nginx(&self, route: &NginxRoute, asked: &Asked<'_>) -> Result<Response<Body>, Error> {
        let is_manifest =
            matches!(route.target, NginxTarget::Master | NginxTarget::Mpd | NginxTarget::Smooth);
        if !is_manifest && filter::is_in(asked.query) {
            return Err(filter::Error::NotAManifest.into());
        }
        if is_manifest && route.wants_all() {
            // Programmes have no one list of files.
            let target = route.manifest(Vec::new()).ok_or(NOT_SERVED)?;
            let manifest = writer(&target).ok_or(NOT_SERVED)?;
            return Box::pin(self.manifest(&route.asset, manifest, asked)).await;
        }
        let gathered =
            gather_part(&*self.source, &self.indexes, &route.asset, route.extent, asked.meter).await?;
        if let Some(target) = route.manifest(renditions(route, &gathered)?) {
            let manifest = writer(&target).ok_or(NOT_SERVED)?;
            return Box::pin(self.manifest(&route.asset, manifest, asked)).await;
        }
        let date = gathered.date(self.config.program_date_time);
        let stream = Stream { date, ..Stream::of(route, &gathered)? };
        let target = stream.target(route.target)?;
        let base = match route.target {
            NginxTarget::Index | NginxTarget::IFrames => Some(stream.base(route, &target)),
            _ => None,
        };
        let own = Route { asset: stream.key.to_owned(), target };
        let version = stream.edition.version.dated(base.as_ref().and(stream.date));
        let asked = asked.without_version(version, self.config.manifest_max_age_secs);
        Box::pin(self.answer(&own, &Asked { base: base.as_deref(), ..asked })).await
    }
}

/// The renditions that a path wants of a manifest; none: all.
fn renditions(route: &NginxRoute, gathered: &Gathered) -> Result<Vec<RenditionId>, Error> {
    if route.selection.is_empty() {
        return Ok(Vec::new());
    }
    let members = gathered.members();
    let several = members.len() > 1;
    let of = |(file, asset): (usize, &Asset)| {
        let number = u32::try_from(file + 1).ok().and_then(|number| number.try_into().ok());
        let id = |track: &PackagedTrack| RenditionId { member: number.filter(|_| several), name: track.name };
        route.selection.of(file, asset).into_iter().map(id).collect::<Vec<_>>()
    };
    let found: Vec<_> = assets(gathered).enumerate().flat_map(of).collect();
    if found.is_empty() { Err(NO_TRACK) } else { Ok(found) }
}

fn assets(gathered: &Gathered) -> impl Iterator<Item = &Asset> {
    gathered.members().iter().map(|member| &member.loaded.asset)
}

impl<'a> Stream<'a> {
    fn of(route: &NginxRoute, gathered: &'a Gathered) -> Result<Self, Error> {
        let (file, [pictures, sound]) = route.selection.stream(assets(gathered)).ok_or(NO_TRACK)?;
        let member = gathered.members().get(file).ok_or(NO_TRACK)?;
        Ok(Self { key: &member.key, edition: member.loaded.edition, date: None, pictures, sound })
    }

    /// What is wanted in this program's own words.
    fn target(&self, wanted: NginxTarget) -> Result<Target, Error> {
        let playlist = |form| Playlist { form, date: self.date, ..Playlist::default() };
        match wanted {
            NginxTarget::Index => match (self.pictures, self.sound) {
                (Some(pictures), Some(sound)) => {
                    Ok(self.muxed(pictures, sound, Muxed::Playlist(playlist(PlaylistForm::Ts))))
                }
                _ => Ok(self.child(self.only()?, Child::Playlist(playlist(PlaylistForm::Ts)))),
            },
            NginxTarget::IFrames => {
                let pictures = self.pictures.ok_or(NO_TRACK)?;
                Ok(self.child(pictures, Child::Playlist(playlist(PlaylistForm::IFrames))))
            }
            NginxTarget::Init(format) => {
                let track = self.only()?;
                let form = if format == Format::Hls { track.hls_form() } else { InitForm::Source };
                Ok(self.child(track, Child::Init(form)))
            }
            NginxTarget::Fragment(number) => {
                let track = self.only()?;
                Ok(self.child(track, Child::Segment(start(track, number.get())?)))
            }
            NginxTarget::Ts(number) => match (self.pictures, self.sound) {
                (Some(pictures), Some(sound)) => {
                    let start = start(pictures, number.get())?;
                    Ok(self.muxed(pictures, sound, Muxed::Segment(start)))
                }
                (Some(track), None) => Ok(self.child(track, Child::TsSegment(start(track, number.get())?))),
                (None, Some(track)) => {
                    let start = start(track, number.get())?;
                    let packed = track.packed_form().map(|form| Child::PackedAudio(start, form));
                    Ok(self.child(track, packed.unwrap_or(Child::TsSegment(start))))
                }
                (None, None) => Err(NO_TRACK),
            },
            NginxTarget::Master | NginxTarget::Mpd | NginxTarget::Smooth => Err(NOT_SERVED),
        }
    }

    /// The only track: a file of fragmented MP4 has no more.
    fn only(&self) -> Result<&'a PackagedTrack, Error> {
        match (self.pictures, self.sound) {
            (Some(track), None) | (None, Some(track)) => Ok(track),
            _ => Err(Error::NotFound("this names one track, such as -v1 or -a1")),
        }
    }

    fn child(&self, track: &PackagedTrack, child: Child) -> Target {
        Target::Child(self.edition, track.path(), child)
    }

    fn muxed(&self, pictures: &PackagedTrack, sound: &PackagedTrack, muxed: Muxed) -> Target {
        Target::Muxed(self.edition, [pictures.path(), sound.path()], muxed)
    }

    /// Where the children of a playlist are, relative to the path that it was asked for by.
    fn base(&self, route: &NginxRoute, target: &Target) -> String {
        let home = Home::relative((&route.asset, route.below), self.key, self.edition);
        let own = target.to_string();
        let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{}{folder}/", home.path)
    }
}

/// Start of a track's segment by its number, from 1.
fn start(track: &PackagedTrack, number: u32) -> Result<u64, Error> {
    let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or(NO_SEGMENT)?;
    track.segmentation.segments.get(place).map(|segment| segment.start).ok_or(NO_SEGMENT)
}
