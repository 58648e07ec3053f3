use crate::{Kind, Packed};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, BooleanBufferBuilder, ScalarBuffer};
use std::ops::Range;

/// How a column's values lie in memory; each value is its bits as [`Kind`] defines them.
#[derive(Debug, Clone)]
pub enum Data {
    /// 32-bit values.
    Plain32(ScalarBuffer<u32>),
    /// 64-bit values.
    Plain64(ScalarBuffer<u64>),
    /// 64-bit integers `base + offset`, wrapping: half the bytes where the chunk spans little.
    Offset {
        /// Added to each offset.
        base: u64,
        /// One a row.
        offsets: ScalarBuffer<u32>,
    },
    /// Integers `base + packed word`, wrapping at the kind's width.
    Packed {
        /// Added to each word.
        base: u64,
        /// The words.
        packed: Packed,
    },
    /// The same value in every row, such as a partition's.
    Constant {
        /// The bits of the value.
        bits: u64,
        /// Number of rows.
        rows: usize,
    },
}

/// A column of a chunk: values of one [`Kind`], some of them perhaps null.
#[derive(Debug, Clone)]
pub struct Column {
    kind: Kind,
    data: Data,
    validity: Option<BooleanBuffer>,
    numbers: Option<Numbers>,
}

/// Numbers of a column's values, beside the values: rows of one number have one value.
#[derive(Debug, Clone)]
pub struct Numbers {
    /// Tells the numbering from all others: chunks that share it have one value for a number.
    pub of: u64,
    /// One a row, of rows that are null any.
    pub each: ScalarBuffer<u32>,
    /// One more than any of them.
    pub count: u32,
}

impl Column {
    /// A column; `validity` has a set bit for each row that is not null, or is `None` when all are.
    ///
    /// # Panics
    /// When the validity's length differs, or plain data are not of the kind's width.
    pub fn new(kind: Kind, data: Data, validity: Option<BooleanBuffer>) -> Self {
        match &data {
            Data::Plain32(_) => assert!(!kind.is_wide(), "32-bit data of a 32-bit kind"),
            Data::Plain64(_) | Data::Offset { .. } => {
                assert!(kind.is_wide(), "64-bit data of a 64-bit kind");
            }
            Data::Packed { .. } | Data::Constant { .. } => {}
        }
        let validity = validity.filter(|v| v.count_set_bits() < v.len());
        let column = Self {
            kind,
            data,
            validity,
            numbers: None,
        };
        if let Some(validity) = &column.validity {
            assert_eq!(validity.len(), column.len(), "one validity bit a row");
        }
        column
    }

    /// A column of 64-bit integers, as offsets where their span fits 32 bits.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn compact(kind: Kind, values: ScalarBuffer<u64>, validity: Option<BooleanBuffer>) -> Self {
        let data = match Self::offsets(kind, &values) {
            Some(data) => data,
            None => Data::Plain64(values),
        };
        Self::new(kind, data, validity)
    }

    /// As [`Self::compact`], of values that lie elsewhere.
    ///
    /// # Panics
    /// As [`Self::new`].
    pub fn compact_from(kind: Kind, values: &[u64], validity: Option<BooleanBuffer>) -> Self {
        let data = Self::offsets(kind, values);
        let data = data.unwrap_or_else(|| Data::Plain64(values.to_vec().into()));
        Self::new(kind, data, validity)
    }

    /// Integers as offsets, where their span fits 32 bits.
    fn offsets(kind: Kind, values: &[u64]) -> Option<Data> {
        let (mut low, mut high) = (u64::MAX, 0);
        for value in values.iter().map(|v| kind.order(*v)) {
            low = low.min(value);
            high = high.max(value);
        }
        // Nulls hold whatever the file had there; they only make the span wider.
        (low <= high && high - low <= u64::from(u32::MAX)).then(|| {
            let base = kind.unorder(low);
            #[expect(clippy::cast_possible_truncation, reason = "the span was checked")]
            let offsets = values
                .iter()
                .map(|v| v.wrapping_sub(base) as u32)
                .collect::<Vec<u32>>();
            Data::Offset {
                base,
                offsets: offsets.into(),
            }
        })
    }

    /// A column of the same value in every row, given as bits.
    pub fn constant(kind: Kind, bits: u64, rows: usize) -> Self {
        Self::new(kind, Data::Constant { bits, rows }, None)
    }

    /// A column of 32-bit words, some of them perhaps null.
    ///
    /// # Panics
    /// When the kind is of 64 bits.
    pub fn of_options32(kind: Kind, words: impl Iterator<Item = Option<u32>>) -> Self {
        let (words, live): (Vec<u32>, Vec<bool>) =
            words.map(|w| (w.unwrap_or(0), w.is_some())).unzip();
        let validity = live.contains(&false).then(|| BooleanBuffer::from(live));
        Self::new(kind, Data::Plain32(words.into()), validity)
    }

    /// As [`Self::of_options32`], of 64 bits.
    ///
    /// # Panics
    /// When the kind is of 32 bits.
    pub fn of_options64(kind: Kind, words: impl Iterator<Item = Option<u64>>) -> Self {
        let (words, live): (Vec<u64>, Vec<bool>) =
            words.map(|w| (w.unwrap_or(0), w.is_some())).unzip();
        let validity = live.contains(&false).then(|| BooleanBuffer::from(live));
        Self::compact(kind, words.into(), validity)
    }

    /// The column with numbers of its values.
    ///
    /// # Panics
    /// When there is not one a row, or one is not below their count.
    #[must_use]
    pub fn numbered(self, numbers: Numbers) -> Self {
        assert_eq!(numbers.each.len(), self.len(), "one number a row");
        let highest = numbers.each.iter().max();
        assert!(
            highest.is_none_or(|n| *n < numbers.count),
            "numbers below their count"
        );
        Self {
            numbers: Some(numbers),
            ..self
        }
    }

    /// The column with only the rows of a bit left that is set; the others are null.
    ///
    /// # Panics
    /// When there is not one bit a row.
    #[must_use]
    pub fn only(&self, rows: &BooleanBuffer) -> Self {
        assert_eq!(rows.len(), self.len(), "one bit a row");
        let left = match &self.validity {
            Some(validity) => validity & rows,
            None => rows.clone(),
        };
        Self {
            numbers: self.numbers.clone(),
            ..Self::new(self.kind, self.data.clone(), Some(left))
        }
    }

    /// Numbers of the values, where they are known.
    pub fn numbers(&self) -> Option<&Numbers> {
        self.numbers.as_ref()
    }

    /// The type of the values.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How the values lie.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// A set bit for each row that is not null; `None` when no row is.
    pub fn validity(&self) -> Option<&BooleanBuffer> {
        self.validity.as_ref()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.data {
            Data::Plain32(words) => words.len(),
            Data::Plain64(words) => words.len(),
            Data::Offset { offsets, .. } => offsets.len(),
            Data::Packed { packed, .. } => packed.len(),
            Data::Constant { rows, .. } => *rows,
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the values and the validity take in memory.
    pub fn bytes(&self) -> usize {
        let values = match &self.data {
            Data::Plain32(words) => 4 * words.len(),
            Data::Plain64(words) => 8 * words.len(),
            Data::Offset { offsets, .. } => 4 * offsets.len(),
            Data::Packed { packed, .. } => 4 * packed.words().len(),
            Data::Constant { .. } => 0,
        };
        let numbers = self.numbers.as_ref().map_or(0, |n| 4 * n.each.len());
        values + numbers + self.validity.as_ref().map_or(0, |v| v.len().div_ceil(8))
    }

    /// The bits of some rows of a 32-bit column: in place where they lie plain, else unpacked into
    /// `scratch`, which must be at least as long as the rows.
    ///
    /// # Panics
    /// When the column is of a 64-bit kind or the rows are out of range.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "32-bit kinds hold 32 bits")]
    pub fn read32<'a>(&'a self, rows: Range<usize>, scratch: &'a mut [u32]) -> &'a [u32] {
        let count = rows.len();
        match &self.data {
            Data::Plain32(words) => return &words[rows],
            Data::Packed { base, packed } => {
                packed.unpack(rows, &mut scratch[..count]);
                if *base != 0 {
                    for word in &mut scratch[..count] {
                        *word = word.wrapping_add(*base as u32);
                    }
                }
            }
            Data::Constant { bits, .. } => scratch[..count].fill(*bits as u32),
            Data::Plain64(_) | Data::Offset { .. } => panic!("a 64-bit column read as 32 bits"),
        }
        &scratch[..count]
    }

    /// As [`Self::read32`], for columns of 64-bit kinds.
    ///
    /// # Panics
    /// When the column is of a 32-bit kind or the rows are out of range.
    #[inline]
    pub fn read64<'a>(&'a self, rows: Range<usize>, scratch: &'a mut [u64]) -> &'a [u64] {
        let count = rows.len();
        match &self.data {
            Data::Plain64(words) => return &words[rows],
            Data::Offset { base, offsets } => {
                for (out, offset) in scratch[..count].iter_mut().zip(&offsets[rows]) {
                    *out = base.wrapping_add(u64::from(*offset));
                }
            }
            Data::Packed { base, packed } => {
                let mut narrow = [0u32; 256];
                let mut done = 0;
                while done < count {
                    let step = (count - done).min(narrow.len());
                    packed.unpack(
                        rows.start + done..rows.start + done + step,
                        &mut narrow[..step],
                    );
                    for (out, word) in scratch[done..done + step].iter_mut().zip(&narrow) {
                        *out = base.wrapping_add(u64::from(*word));
                    }
                    done += step;
                }
            }
            Data::Constant { bits, .. } => scratch[..count].fill(*bits),
            Data::Plain32(_) => panic!("a 32-bit column read as 64 bits"),
        }
        &scratch[..count]
    }

    /// Whether a value that is not null has its ordered word in `low..=high`.
    pub fn meets(&self, low: u64, high: u64) -> bool {
        self.meets_within(0..self.len(), low, high)
    }

    /// As [`Self::meets`], among some rows.
    ///
    /// # Panics
    /// When the rows are out of range.
    pub fn meets_within(&self, rows: Range<usize>, low: u64, high: u64) -> bool {
        const STEP: usize = 1024;
        let (mut narrow, mut wide) = ([0u32; STEP], [0u64; STEP]);
        rows.clone().step_by(STEP).any(|start| {
            let rows = start..(start + STEP).min(rows.end);
            let inside = |bits: u64| (low..=high).contains(&self.kind.order(bits));
            let not_null = |i: usize| self.validity.as_ref().is_none_or(|v| v.value(start + i));
            if self.kind.is_wide() {
                let bits = self.read64(rows, &mut wide);
                (0..bits.len()).any(|i| inside(bits[i]) && not_null(i))
            } else {
                let bits = self.read32(rows, &mut narrow);
                (0..bits.len()).any(|i| inside(u64::from(bits[i])) && not_null(i))
            }
        })
    }

    /// Some ranges of rows, one after another; they lie as before, unless they were packed.
    ///
    /// # Panics
    /// When the rows are out of range.
    #[must_use]
    pub fn gather(&self, rows: &[Range<usize>]) -> Self {
        let count = rows.iter().map(Range::len).sum();
        let validity = self.validity.as_ref().map(|validity| {
            let mut gathered = BooleanBufferBuilder::new(count);
            for rows in rows {
                gathered.append_buffer(&validity.slice(rows.start, rows.len()));
            }
            gathered.finish()
        });
        let data = match &self.data {
            Data::Plain32(words) => Data::Plain32(joined(words, rows, count)),
            Data::Plain64(words) => Data::Plain64(joined(words, rows, count)),
            Data::Offset { base, offsets } => Data::Offset {
                base: *base,
                offsets: joined(offsets, rows, count),
            },
            Data::Packed { base, packed } => Data::Packed {
                base: *base,
                packed: {
                    let mut words = vec![0; count];
                    let mut rest = &mut words[..];
                    for rows in rows {
                        let (now, later) = rest.split_at_mut(rows.len());
                        packed.unpack(rows.clone(), now);
                        rest = later;
                    }
                    Packed::pack(&words)
                },
            },
            Data::Constant { bits, .. } => Data::Constant {
                bits: *bits,
                rows: count,
            },
        };
        Self::new(self.kind, data, validity)
    }

    /// The rows at the given places, as a plain column.
    ///
    /// # Panics
    /// When a place is out of range.
    pub fn take(&self, places: &[u32]) -> Self {
        let validity = self
            .validity
            .as_ref()
            .map(|v| places.iter().map(|&p| v.value(p as usize)).collect());
        let row = |p: u32| p as usize..p as usize + 1;
        let data = if self.kind.is_wide() {
            let values = places
                .iter()
                .map(|&p| self.read64(row(p), &mut [0])[0])
                .collect::<Vec<_>>();
            Data::Plain64(values.into())
        } else {
            let values = places
                .iter()
                .map(|&p| self.read32(row(p), &mut [0])[0])
                .collect::<Vec<_>>();
            Data::Plain32(values.into())
        };
        Self::new(self.kind, data, validity)
    }
}

fn joined<T: ArrowNativeType>(
    words: &ScalarBuffer<T>,
    rows: &[Range<usize>],
    count: usize,
) -> ScalarBuffer<T> {
    // Memory of one size is used again, and chunks are short-lived.
    let mut joined = Vec::with_capacity(words.len().max(count));
    for rows in rows {
        joined.extend_from_slice(&words[rows.clone()]);
    }
    joined.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_reads_the_same() {
        let values: Vec<u64> = (0..300).map(|i| (-40i64 + i).cast_unsigned()).collect();
        let offsets: Vec<u32> = (0..300).collect();
        let base = (-40i64).cast_unsigned();
        let columns = [
            Column::new(Kind::I64, Data::Plain64(values.clone().into()), None),
            Column::compact(Kind::I64, values.clone().into(), None),
            Column::new(
                Kind::I64,
                Data::Packed {
                    base,
                    packed: Packed::pack(&offsets),
                },
                None,
            ),
        ];
        assert!(matches!(columns[1].data(), Data::Offset { .. }));
        for column in &columns {
            let mut scratch = [0; 300];
            assert_eq!(column.read64(3..299, &mut scratch), &values[3..299]);
            let order = |i: usize| Kind::I64.order(values[i]);
            assert!(column.meets(order(299), u64::MAX) && !column.meets(order(299) + 1, u64::MAX));
            assert!(
                column.meets_within(2..4, order(3), order(9))
                    && !column.meets_within(0..3, order(3), order(9))
            );
            let gathered = column.gather(&[3..5, 290..299]);
            assert_eq!((gathered.len(), gathered.kind()), (11, Kind::I64));
            let read = gathered.read64(0..11, &mut scratch);
            assert_eq!(read, [&values[3..5], &values[290..299]].concat());
            let taken = column.take(&[299, 0]);
            assert_eq!(taken.read64(0..2, &mut scratch), [values[299], values[0]]);
        }
    }

    #[test]
    fn wide_spans_stay_plain() {
        let values = vec![0, u64::from(u32::MAX) + 1];
        let column = Column::compact(Kind::I64, values.into(), None);
        assert!(matches!(column.data(), Data::Plain64(_)));
    }
}
