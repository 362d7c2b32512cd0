//! Sets in JSON: this packager's own, and nginx-vod-module's mapping for simple sets.

mod fields;
mod mapping;
mod presentation;
mod programme;
mod selection;
#[cfg(test)]
mod tests;
mod tree;

use serde::de::IgnoredAny;

use self::tree::{Fault, Node};
use super::error::{Error, Form, Place};
use super::{Set, limits};

/// What a set object says, which lies under `key`; paths in it are seen from its folder.
///
/// An object with `sequences` is nginx-vod-module's mapping, whose paths start at the root; any other is a set
/// as `docs/sets.md` has it.
pub fn read(text: &[u8], key: &str) -> Result<Set, Error> {
    if text.len() > limits::FILE_BYTES {
        return Err(Error::TooLong { form: Form::Json, bytes: text.len() });
    }
    let text = utf8(text)?;
    check_syntax(text)?;
    let root = Node::parse(text).map_err(|fault| {
        let place = Place::of(text, fault.offset);
        Error::Syntax { form: Form::Json, place, reason: fault.reason }
    })?;
    let (form, set) = if root.has_member("sequences") {
        (Form::Mapping, mapping::read(&root))
    } else {
        (Form::Json, presentation::read(&root, key))
    };
    set.map_err(|fault| locate(form, text, &root, fault))
}

/// Where the schema lists fields, and those that are read there.
#[cfg(test)]
pub(super) fn known_fields() -> [(&'static str, &'static [&'static str]); 13] {
    use self::presentation::{CAPTIONS, CHANNEL, CLIP, SET, SOURCE, THUMBNAILS, TRACK};
    use self::programme::{CUE, DEFINE, PATHWAY, SESSION_DATA, START, STEERING};
    [
        ("/properties", &SET),
        ("/$defs/clip/properties", &CLIP),
        ("/$defs/cue/properties", &CUE),
        ("/$defs/sessionData/properties", &SESSION_DATA),
        ("/$defs/start/properties", &START),
        ("/$defs/define/properties", &DEFINE),
        ("/$defs/steering/properties", &STEERING),
        ("/$defs/pathway/properties", &PATHWAY),
        ("/$defs/source/properties", &SOURCE),
        ("/$defs/track/properties", &TRACK),
        ("/$defs/captionFile/properties", &CAPTIONS),
        ("/$defs/channel/properties", &CHANNEL),
        ("/$defs/thumbnails/properties", &THUMBNAILS),
    ]
}

/// The text without a byte order mark.
fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            let place = Place::of(valid, valid.len());
            Err(Error::Syntax { form: Form::Json, place, reason: "not UTF-8".to_owned() })
        }
    }
}

fn check_syntax(text: &str) -> Result<(), Error> {
    let Err(error) = serde_json::from_str::<IgnoredAny>(text) else { return Ok(()) };
    let message = error.to_string();
    // The message ends with its place, which is said before.
    let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason).to_owned();
    let place = Place { line: error.line(), column: error.column() };
    Err(Error::Syntax { form: Form::Json, place, reason })
}

fn locate(form: Form, text: &str, root: &Node<'_>, fault: Fault) -> Error {
    let path = root.path_to(fault.offset);
    let field = if path.is_empty() { "the set".to_owned() } else { path };
    Error::Field { form, place: Place::of(text, fault.offset), field, reason: fault.reason }
}
