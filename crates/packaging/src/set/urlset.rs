//! Lists of files in a path, as nginx-vod-module has them (its README, "Multi URL structure"):
//! `films/dune_,480,720,1080,.mp4.urlset` names `films/dune_480.mp4`, `films/dune_720.mp4` and
//! `films/dune_1080.mp4`.

use super::error::{Error, Form, shown};
use super::folder::Names;
use super::key::{self, Kind};
use super::{Labels, Set, SetCaptions, SetSource, limits};

/// What such a path ends with.
pub const ENDING: &str = ".urlset";

/// What a path names, decoded and without a leading slash: MP4 files and caption files.
pub fn read(path: &str) -> Result<Set, Error> {
    let fault = |reason: String| Error::Name { form: Form::UrlSet, name: shown(path), reason };
    let list = path.strip_suffix(ENDING).ok_or_else(|| fault(format!("the path must end with {ENDING}")))?;
    let (prefix, rest) = list.split_once(',').ok_or_else(|| fault("there is no list".to_owned()))?;
    let (middle, postfix) = rest
        .rsplit_once(',')
        .ok_or_else(|| fault("the list must end with a comma: prefix,a,b,postfix.urlset".to_owned()))?;
    if middle.split(',').count() > limits::SOURCES + limits::CAPTIONS {
        return Err(fault("the list is too long".to_owned()));
    }
    let mut sources: Vec<SetSource> = Vec::new();
    let mut captions: Vec<SetCaptions> = Vec::new();
    for part in middle.split(',') {
        let key = format!("{prefix}{part}{postfix}");
        if !key::is_canonical(&key) {
            return Err(fault(format!("{} is no path of a file", shown(&key))));
        }
        let is_known =
            sources.iter().any(|known| known.key == key) || captions.iter().any(|known| known.key == key);
        if is_known {
            return Err(fault(format!("{} is there twice", shown(&key))));
        }
        if Kind::Source.is(&key) {
            sources.push(SetSource { key, ..SetSource::default() });
        } else if Kind::Captions.is(&key) {
            captions.push(SetCaptions { key, labels: Labels::default() });
        } else {
            return Err(fault(format!("{} is no MP4 file and no captions", shown(&key))));
        }
    }
    if sources.is_empty() || sources.len() > limits::SOURCES || captions.len() > limits::CAPTIONS {
        let max = limits::SOURCES;
        return Err(fault(format!("there must be 1 to {max} MP4 files, and up to {max} of captions")));
    }
    let keys: Vec<_> = sources.iter().map(|source| source.key.as_str()).collect();
    let names = Names::of(&keys);
    for file in &mut captions {
        file.labels = names.labels_of_captions(&file.key);
    }
    Ok(Set { sources, captions, ..Set::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &str) -> Vec<String> {
        read(path).unwrap().sources.into_iter().map(|source| source.key).collect()
    }

    /// Oracle: nginx-vod-module's README, which gives the first path and its files.
    #[test]
    fn the_files_of_a_list() {
        let expected = ["600k", "900k", "1500k"].map(|rate| format!("videos/big_buck_bunny_{rate}.mp4"));
        assert_eq!(keys("videos/big_buck_bunny_,6,9,15,00k.mp4.urlset"), expected);
        assert_eq!(keys(",a/x.mp4,b/y.mov,.urlset"), ["a/x.mp4", "b/y.mov"]);
        assert_eq!(keys("film,,_720,.mp4.urlset"), ["film.mp4", "film_720.mp4"]);
        assert_eq!(keys("film,.mp4,.urlset"), ["film.mp4"]);
    }

    #[test]
    fn captions_among_them() {
        let set = read("f/film,_1080.mp4,_720.mp4,.en.vtt,.fr.srt,.urlset").unwrap();
        assert_eq!(set.sources.len(), 2);
        let captions: Vec<_> =
            set.captions.iter().map(|c| (c.key.as_str(), c.labels.language.as_deref())).collect();
        assert_eq!(captions, [("f/film.en.vtt", Some("en")), ("f/film.fr.srt", Some("fr"))]);
    }

    #[test]
    fn what_names_no_files() {
        let long = format!("a,{},.mp4.urlset", (0..65).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
        let longer = format!("a{}.mp4.urlset", ",".repeat(1_000_000));
        for path in [
            "film.mp4",
            "film.mp4.urlset",
            "film,a.mp4.urlset",
            "film_,a,a,.mp4.urlset",
            "film_,a,b,.mkv.urlset",
            "film,.en.vtt,.fr.vtt,.urlset",
            "../film_,a,b,.mp4.urlset",
            "film_,/../../a,b,.mp4.urlset",
            "film_,a//b,c,.mp4.urlset",
            "film_,a\\b,c,.mp4.urlset",
            "/film_,a,b,.mp4.urlset",
            "",
            ".urlset",
            ",,.urlset",
            &long,
            &longer,
        ] {
            assert!(matches!(read(path), Err(Error::Name { form: Form::UrlSet, .. })), "{path:.60}");
        }
    }
}
