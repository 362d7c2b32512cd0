//! Names of elements and attributes, whatever their namespace's age and prefix.

use quick_xml::name::{Namespace, QName, ResolveResult};
use quick_xml::reader::NsReader;

/// The elements that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Tt,
    Head,
    Styling,
    Style,
    Initial,
    Layout,
    Region,
    Metadata,
    Agent,
    AgentName,
    Image,
    Body,
    Div,
    P,
    Span,
    Br,
    /// Any other; neither it nor what is in it is read.
    Other,
}

/// The families of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Elements, and attributes without a prefix.
    Content,
    /// `ttp:`.
    Parameter,
    /// `tts:`.
    Styling,
    /// `ttm:`.
    Metadata,
    /// `xml:`.
    Xml,
    /// `smpte:`.
    Smpte,
    /// Any other.
    Other,
}

/// TTML1 and TTML2; DFXP drafts and their candidate recommendation of 2006.
const TTML: [&str; 3] =
    ["http://www.w3.org/ns/ttml", "http://www.w3.org/2006/10/ttaf1", "http://www.w3.org/2006/04/ttaf1"];

/// SMPTE ST 2052-1, of all years.
const SMPTE: &str = "http://www.smpte-ra.org/schemas/2052-1/";

const XML: &str = "http://www.w3.org/XML/1998/namespace";

impl Element {
    /// The element of this name, as the reader's namespaces have it.
    pub(super) fn of(reader: &NsReader<&[u8]>, name: QName<'_>) -> Self {
        let (resolved, local) = reader.resolver().resolve_element(name);
        match (family(&resolved), local.into_inner()) {
            (Family::Content, local) => Self::of_content(local),
            (Family::Metadata, "agent") => Self::Agent,
            (Family::Metadata, "name") => Self::AgentName,
            (Family::Smpte, "image") => Self::Image,
            _ => Self::Other,
        }
    }

    fn of_content(local: &str) -> Self {
        match local {
            "tt" => Self::Tt,
            "head" => Self::Head,
            "styling" => Self::Styling,
            "style" => Self::Style,
            "initial" => Self::Initial,
            "layout" => Self::Layout,
            "region" => Self::Region,
            "metadata" => Self::Metadata,
            "image" => Self::Image,
            "body" => Self::Body,
            "div" => Self::Div,
            "p" => Self::P,
            "span" => Self::Span,
            "br" => Self::Br,
            _ => Self::Other,
        }
    }

    /// Whether the element may stand in the other (TTML1 §7 to §9 and §12).
    pub(super) fn may_be_in(self, parent: Self) -> bool {
        match self {
            Self::Tt => false,
            Self::Head | Self::Body => parent == Self::Tt,
            Self::Styling | Self::Layout => parent == Self::Head,
            Self::Style => matches!(parent, Self::Styling | Self::Region),
            Self::Initial => parent == Self::Styling,
            Self::Region => parent == Self::Layout,
            Self::Metadata => parent != Self::Br,
            Self::Agent => matches!(parent, Self::Head | Self::Metadata),
            Self::AgentName => parent == Self::Agent,
            Self::Div => matches!(parent, Self::Body | Self::Div),
            // A body with paragraphs in it is wrong, and found.
            Self::P => matches!(parent, Self::Body | Self::Div),
            Self::Span | Self::Br => matches!(parent, Self::P | Self::Span),
            Self::Image | Self::Other => true,
        }
    }
}

/// The family that a resolved name belongs to. A prefix that is declared nowhere means what it usually means.
pub(super) fn family(resolved: &ResolveResult<'_>) -> Family {
    match resolved {
        ResolveResult::Unbound => Family::Content,
        ResolveResult::Unknown(prefix) => match prefix.as_str() {
            "tt" => Family::Content,
            "ttp" => Family::Parameter,
            "tts" => Family::Styling,
            "ttm" => Family::Metadata,
            "smpte" => Family::Smpte,
            _ => Family::Other,
        },
        ResolveResult::Bound(Namespace(XML)) => Family::Xml,
        ResolveResult::Bound(Namespace(name)) if name.starts_with(SMPTE) => Family::Smpte,
        ResolveResult::Bound(Namespace(name)) => family_of_namespace(name),
    }
}

fn family_of_namespace(name: &str) -> Family {
    match TTML.iter().find_map(|base| name.strip_prefix(base)) {
        Some("" | "#") => Family::Content,
        Some("#parameter") => Family::Parameter,
        Some("#styling" | "#style" | "#style-extension") => Family::Styling,
        Some("#metadata") => Family::Metadata,
        _ => Family::Other,
    }
}
