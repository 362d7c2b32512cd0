//! An open element: when it is shown (TTML1 §10), and what passes to the elements within it.

use crate::{Color, Ruby};

use super::attributes::Attributes;
use super::paragraph::Space;
use super::style::{Properties, RubyPart};
use super::time::{NEVER, Rates};
use super::vocabulary::Element;

/// An open element.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) element: Element,
    pub(super) interval: Interval,
    /// What it and its ancestors specify.
    pub(super) properties: Properties,
    pub(super) background: Option<Color>,
    pub(super) ruby: Ruby,
    /// Whether it only holds ruby bases and texts: text right in it is white space.
    pub(super) is_ruby_container: bool,
    pub(super) region: Option<Region>,
    pub(super) language: Option<String>,
    pub(super) voice: Option<String>,
    pub(super) space: Space,
    /// Whether it and what is in it is not shown.
    pub(super) suppressed: bool,
}

/// A region as paragraphs refer to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) properties: Properties,
    /// Begin and end of the time in which it shows anything, in nanoseconds.
    pub(super) times: (u64, u64),
}

/// When an element is shown, in nanoseconds on the document's timeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval {
    pub(super) begin: u64,
    /// When it ends at the latest; [`NEVER`] if nothing says.
    pub(super) end: u64,
    /// Whether there is text right in the element.
    pub(super) has_text: bool,
    /// Whether the element itself says when it ends.
    ends_itself: bool,
    /// Whether its children are shown one after the other, for as long as they say: text does not say.
    pub(super) sequential: bool,
    /// When the last child ended, and when the latest one did.
    previous_end: u64,
    latest_end: u64,
}

impl Frame {
    /// What is around the root element.
    pub(super) fn outermost() -> Self {
        Self {
            element: Element::Other,
            interval: Interval {
                begin: 0,
                end: NEVER,
                has_text: false,
                ends_itself: false,
                sequential: false,
                previous_end: 0,
                latest_end: 0,
            },
            properties: Properties::default(),
            background: None,
            ruby: Ruby::None,
            is_ruby_container: false,
            region: None,
            language: None,
            voice: None,
            space: Space::Collapse,
            suppressed: false,
        }
    }

    /// An element within this one; `specified` are its properties with those it refers to.
    pub(super) fn child(
        &self,
        element: Element,
        attributes: &Attributes,
        specified: Properties,
        rates: Rates,
    ) -> Self {
        let inline = matches!(self.element, Element::P | Element::Span);
        let background = specified.background.filter(|Color([_, _, _, opacity])| *opacity > 0);
        let delimiter = specified.ruby == Some(RubyPart::Delimiter);
        Self {
            element,
            interval: self.interval.child(attributes, rates),
            properties: specified.over(self.properties.inherited()),
            background: background.or(if inline { self.background } else { None }),
            ruby: match specified.ruby {
                Some(RubyPart::Base) => Ruby::Base,
                Some(RubyPart::Text) => Ruby::Text,
                Some(RubyPart::Delimiter | RubyPart::Container) | None => self.ruby,
            },
            is_ruby_container: specified.ruby == Some(RubyPart::Container),
            region: self.region,
            language: match &attributes.language {
                Some(language) => (!language.is_empty()).then(|| language.clone()),
                None => self.language.clone(),
            },
            voice: self.voice.clone(),
            space: attributes.space.unwrap_or(self.space),
            suppressed: self.suppressed || delimiter || specified.not_displayed == Some(true),
        }
    }

    /// Learns from a child that ends; only the timed ones count.
    pub(super) fn close_child(&mut self, child: &Self) {
        if matches!(child.element, Element::Body | Element::Div | Element::P | Element::Span) {
            let end = child.interval.actual_end();
            self.interval.previous_end = end;
            self.interval.latest_end = self.interval.latest_end.max(end);
        }
    }
}

impl Interval {
    /// The interval of a child (TTML1 §10.4): times count from where its parent begins, or in a sequence from
    /// where the element before it ended. One whose times cannot be read is never shown.
    fn child(&self, attributes: &Attributes, rates: Rates) -> Self {
        let base = if self.sequential { self.previous_end } else { self.begin };
        let times = [&attributes.begin, &attributes.end, &attributes.dur];
        let read = times.map(|text| text.as_deref().map(|text| rates.read(text)));
        let [begin, end, dur] =
            if read.contains(&Some(None)) { [Some(0); 3] } else { read.map(Option::flatten) };
        let begin = base.saturating_add(begin.unwrap_or(0));
        let ends = [end.map(|end| base.saturating_add(end)), dur.map(|dur| begin.saturating_add(dur))];
        let own_end = ends.into_iter().flatten().min();
        Self {
            begin,
            end: own_end.unwrap_or(NEVER).min(self.end),
            has_text: false,
            ends_itself: own_end.is_some(),
            sequential: attributes.sequential,
            previous_end: begin,
            latest_end: begin,
        }
    }

    /// When it ends: as it says, else with the latest of its children; text never ends by itself.
    fn actual_end(&self) -> u64 {
        if self.ends_itself || self.has_text { self.end } else { self.latest_end.min(self.end) }
    }
}
