//! What a set offers of its pictures.

use super::fields::Fields;
use super::tree::{Fault, Node};
use crate::selection::{MAX_BITS_PER_SECOND, Selection, StreamOrder};

pub(super) fn read(fields: &Fields<'_, '_>) -> Result<Selection, Fault> {
    let selection = Selection {
        min_video_bits_per_second: fields.map("minVideoBitsPerSecond", read_bits_per_second)?,
        max_video_bits_per_second: fields.map("maxVideoBitsPerSecond", read_bits_per_second)?,
        stream_order: fields.map("streamOrder", read_order)?,
        audio_only_variant: fields.map("audioOnlyVariant", Node::boolean)?,
    };
    match fields.optional("minVideoBitsPerSecond") {
        Some(min) if !selection.is_sound() => {
            Err(min.fault("it is more than maxVideoBitsPerSecond".to_owned()))
        }
        _ => Ok(selection),
    }
}

fn read_bits_per_second(node: &Node<'_>) -> Result<u64, Fault> {
    let rate = node.number()?.parse().ok().filter(|&rate| rate <= MAX_BITS_PER_SECOND);
    rate.ok_or_else(|| node.unexpected(&format!("a whole number up to {MAX_BITS_PER_SECOND}")))
}

fn read_order(node: &Node<'_>) -> Result<StreamOrder, Fault> {
    let words = StreamOrder::ALL.map(StreamOrder::word).join(", ");
    StreamOrder::parse(node.text()?).ok_or_else(|| node.unexpected(&format!("one of {words}")))
}
