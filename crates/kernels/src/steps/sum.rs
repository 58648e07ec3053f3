use super::Records;
use crate::lanes::{self, Cuts};
use graticule_columns::Kind;

/// Adds values, given as their bits, to sums whose first lane is `first`.
#[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
pub(crate) fn sum(records: &mut Records<'_>, places: &[u32], kind: Kind, bits: &[u64], first: u32) {
    let rows = places.iter().zip(bits);
    match kind {
        Kind::I32 => rows.for_each(|(&p, &b)| add(records, p, i64::from((b as u32).cast_signed()))),
        Kind::U32 => rows.for_each(|(&p, &b)| add(records, p, i64::from(b as u32))),
        Kind::I64 => rows.for_each(|(&p, &b)| {
            let cuts = [(b & 0xffff_ffff).cast_signed(), b.cast_signed() >> 32];
            add_cuts(records, p, 0, cuts);
        }),
        Kind::U64 => rows.for_each(|(&p, &b)| {
            let cuts = [(b & 0xffff_ffff).cast_signed(), (b >> 32).cast_signed()];
            add_cuts(records, p, 0, cuts);
        }),
        Kind::F32 => rows.for_each(|(&p, &b)| {
            if let Some(Cuts { first: lane, cuts }) = lanes::cut_f32(b as u32) {
                add_cuts(records, p, lane - first, cuts);
            }
        }),
        Kind::F64 => rows.for_each(|(&p, &b)| match lanes::cut_f64(b) {
            // The third cut of an infinity is nothing, and the window may end before it.
            Some(Cuts {
                first: lane,
                cuts: [a, b, _],
            }) if lane == lanes::INFINITY => {
                add_cuts(records, p, lane - first, [a, b]);
            }
            Some(Cuts { first: lane, cuts }) => add_cuts(records, p, lane - first, cuts),
            None => {}
        }),
    }
}

#[inline]
fn add(records: &mut Records<'_>, place: u32, value: i64) {
    let word = records.word(place);
    *word = word.wrapping_add(value.cast_unsigned());
}

#[inline]
fn add_cuts<const N: usize>(records: &mut Records<'_>, place: u32, lane: u32, cuts: [i64; N]) {
    let at = place as usize * records.stride + records.at + lane as usize;
    for (word, cut) in records.words[at..at + N].iter_mut().zip(cuts) {
        *word = word.wrapping_add(cut.cast_unsigned());
    }
}
