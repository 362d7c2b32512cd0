//! Why a set cannot be read, and where.

use std::fmt;

use super::limits;

/// Longest part of a file that a message repeats, in characters.
const SHOWN_CHARS: usize = 60;

/// Ways to describe a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON of this packager.
    Json,
    /// Mapping JSON of nginx-vod-module.
    Mapping,
    /// SMIL, also as a server manifest (`.ism`).
    Smil,
    /// `prefix,a,b,postfix.urlset`.
    UrlSet,
    /// The names of the files of a folder.
    Folder,
}

/// A position in a text, both numbers from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

/// What is wrong with a set, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is longer than any set needs to be.
    #[error("{form}: the file has {bytes} bytes; up to {max} are read", max = limits::FILE_BYTES)]
    TooLong {
        /// What the file was taken for.
        form: Form,
        /// Its length.
        bytes: usize,
    },
    /// The file is not well-formed.
    #[error("{form}, {place}: {reason}")]
    Syntax {
        /// What the file was taken for.
        form: Form,
        /// Where it went wrong.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// The file is well-formed and says what cannot be.
    #[error("{form}, {place}: {field}: {reason}")]
    Field {
        /// What the file was taken for.
        form: Form,
        /// Where the field stands.
        place: Place,
        /// The field, such as `captions[1].language`, or the element, such as `<video>`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The names of the files say what cannot be.
    #[error("{form} {name}: {reason}")]
    Name {
        /// Which names.
        form: Form,
        /// The folder, or the list.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON set",
            Self::Mapping => "nginx-vod mapping",
            Self::Smil => "SMIL",
            Self::UrlSet => "urlset",
            Self::Folder => "folder",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl Place {
    /// The place of a byte in a text; its end if there is no such byte.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.char_indices().take_while(|(at, _)| *at < offset).map(|(_, c)| c);
        before.fold(Self { line: 1, column: 1 }, |place, c| match c {
            '\n' => Self { line: place.line + 1, column: 1 },
            _ => Self { column: place.column + 1, ..place },
        })
    }
}

/// What a field says, in quotation marks and short enough for a message.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((at, _)) => format!("{:?}...", text.get(..at).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: counted by hand.
    #[test]
    fn places() {
        let text = "a\nüb\r\n\nc";
        let places = [(0, 1, 1), (1, 1, 2), (2, 2, 1), (4, 2, 2), (7, 3, 1), (8, 4, 1), (99, 4, 2)];
        for (offset, line, column) in places {
            assert_eq!(Place::of(text, offset), Place { line, column }, "{offset}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shown("a\"b"), r#""a\"b""#);
        let long = "é".repeat(200);
        assert_eq!(shown(&long), format!("\"{}\"...", "é".repeat(60)));
    }
}
