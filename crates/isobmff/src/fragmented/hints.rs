//! Where fragments are said to be: `sidx` (ISO/IEC 14496-12 §8.16.3) and `mfra` (§8.8.9).
//!
//! Hints only: they make reading faster, never different.

use crate::read::{BoxHeader, BoxRef, Boxes};
use crate::{Error, FourCc};

/// Most hints that are kept.
const MAX_HINTS: usize = 1 << 16;
/// A longer `mfra` is not read.
const MAX_MFRA_BYTES: u64 = 4 << 20;
/// What `mfro` has, the last box of `mfra` and of the file.
const MFRO_BYTES: usize = 16;

const FILE: FourCc = FourCc(*b"file");

/// Adds where the parts begin that a `sidx` names; further indexes among them are not followed.
pub fn of_sidx(sidx: &BoxRef<'_>, hints: &mut Vec<u64>) -> Result<(), Error> {
    let mut fields = sidx.reader();
    let (version, _) = fields.full_box()?;
    fields.skip(8)?; // reference_ID, timescale
    let first_offset = if version == 0 {
        fields.skip(4)?;
        fields.u32()?.into()
    } else {
        fields.skip(8)?;
        fields.u64()?
    };
    fields.skip(2)?;
    let count = fields.u16()?;
    let mut at = sidx.offset.saturating_add(sidx.whole.len() as u64).saturating_add(first_offset);
    for _ in 0..count {
        let size = fields.u32()? & 0x7fff_ffff;
        fields.skip(8)?; // duration, SAP
        if hints.len() < MAX_HINTS {
            hints.push(at);
        }
        at = at.saturating_add(size.into());
    }
    Ok(())
}

/// Length of the `mfra` that a file ends with; `tail` is its end.
pub fn mfra_bytes(tail: &[u8]) -> Option<u64> {
    let mfro = tail.get(tail.len().checked_sub(MFRO_BYTES)?..)?;
    let header = BoxHeader::parse(mfro, 0)?;
    let is_mfro = header.kind == FourCc(*b"mfro") && header.size == Some(MFRO_BYTES as u64);
    let size = u64::from(u32::from_be_bytes(*mfro.last_chunk::<4>()?));
    (is_mfro && (MFRO_BYTES as u64..=MAX_MFRA_BYTES).contains(&size)).then_some(size)
}

/// Adds where the fragments begin that the `mfra` in `bytes` names.
pub fn of_mfra(bytes: &[u8], hints: &mut Vec<u64>) -> Result<(), Error> {
    let Some(mfra) = Boxes::new(FILE, bytes, 0).find_kind(FourCc(*b"mfra"))? else { return Ok(()) };
    for child in mfra.children() {
        let child = child?;
        if child.kind == FourCc(*b"tfra") {
            of_tfra(&child, hints)?;
        }
    }
    Ok(())
}

/// `tfra` (§8.8.10).
fn of_tfra(tfra: &BoxRef<'_>, hints: &mut Vec<u64>) -> Result<(), Error> {
    let mut fields = tfra.reader();
    let (version, _) = fields.full_box()?;
    fields.skip(4)?; // track_ID
    let lengths = fields.u32()?;
    // Lengths of the numbers of `traf`, `trun` and sample: two bits each, one byte for 0.
    let numbers = (0..3).map(|field| (lengths >> (2 * field) & 3) as usize + 1).sum();
    for _ in 0..fields.u32()? {
        let at = if version == 1 {
            fields.skip(8)?;
            fields.u64()?
        } else {
            fields.skip(4)?;
            fields.u32()?.into()
        };
        fields.skip(numbers)?;
        if hints.len() == MAX_HINTS {
            break;
        }
        hints.push(at);
    }
    Ok(())
}

/// Where in `bytes` a fragment seems to begin: a `moof` with an `mfhd` in front (§8.8.4, §8.8.5).
pub fn fragment_in(bytes: &[u8]) -> Option<usize> {
    const MFHD: [u8; 8] = [0, 0, 0, 16, b'm', b'f', b'h', b'd'];
    let is_fragment = |window: &[u8]| window.starts_with(b"moof") && window.ends_with(&MFHD);
    bytes.windows(4 + MFHD.len()).position(is_fragment)?.checked_sub(4)
}

/// Hints in file order, none before `start`, none closer than `distance` bytes to the one before.
pub fn thinned(mut hints: Vec<u64>, start: u64, distance: u64) -> Vec<u64> {
    hints.sort_unstable();
    hints.retain(|&hint| hint >= start);
    let mut kept: Vec<u64> = Vec::new();
    for hint in hints {
        if kept.last().is_none_or(|last| hint - last >= distance) {
            kept.push(hint);
        }
    }
    kept
}
