//! The state of an answer that is not finished: mergeable, and a record batch to travel as.

use crate::{KernelError, Program, RecordLayout, limbs};
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The version that a partial's record batch carries in its metadata.
pub const PARTIAL_VERSION: u32 = 2;

/// Groups by their digits, each with a record of accumulators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// One column for each digit of the program; equally long. Without digits there is one group
    /// with a record, or none.
    pub digits: Vec<Vec<u32>>,
    /// Where accumulators lie in a record.
    pub layout: RecordLayout,
    /// The records, one after the other.
    pub words: Vec<u64>,
}

impl Partial {
    /// A partial without groups: neutral in every merge.
    pub fn empty(digits: usize, layout: RecordLayout) -> Self {
        Self {
            digits: vec![Vec::new(); digits],
            layout,
            words: Vec::new(),
        }
    }

    /// Whether it is one of a program: of its digits and accumulators, and each column as long as the others.
    pub fn is_of(&self, program: &Program) -> bool {
        let accumulators = self.layout.fields.iter().map(|field| field.accumulator);
        let is_long = |digit: &Vec<u32>| digit.len() == self.groups();
        let extents = program.digits.iter().map(|digit| digit.extent);
        accumulators.eq(program.accumulators.iter().copied())
            && makes_sense(&self.layout)
            && self.words.len().is_multiple_of(self.layout.stride.max(1))
            && self.digits.len() == program.digits.len()
            && self.digits.iter().all(is_long)
            && (self.digits.iter().zip(extents))
                .all(|(digits, extent)| digits.iter().all(|&d| u64::from(d) < extent))
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.words.len() / self.layout.stride.max(1)
    }

    /// Some of the groups.
    #[must_use]
    pub fn take(&self, groups: &[u32]) -> Self {
        let digit = |digit: &Vec<u32>| groups.iter().map(|&group| digit[group as usize]).collect();
        let mut words = Vec::with_capacity(groups.len() * self.layout.stride);
        for &group in groups {
            words.extend_from_slice(self.record(group as usize));
        }
        Self {
            digits: self.digits.iter().map(digit).collect(),
            layout: self.layout.clone(),
            words,
        }
    }

    /// The groups of some partials of a program with so many digits, of which no two share one.
    pub fn side_by_side(digits: usize, layout: RecordLayout, partials: Vec<Self>) -> Self {
        let layout = partials
            .iter()
            .fold(layout, |wide, partial| wide.widened(&partial.layout));
        let groups = partials.iter().map(Self::groups).sum();
        let mut all = Self {
            digits: vec![Vec::with_capacity(groups); digits],
            words: Vec::with_capacity(groups * layout.stride),
            layout,
        };
        for partial in partials {
            let partial = partial.into_widened(all.layout.clone());
            for (all, digit) in all.digits.iter_mut().zip(&partial.digits) {
                all.extend_from_slice(digit);
            }
            all.words.extend_from_slice(&partial.words);
        }
        all
    }

    /// Bytes of memory in use.
    pub fn bytes(&self) -> usize {
        8 * self.words.len() + 4 * self.digits.len() * self.groups()
    }

    /// The record of a group.
    pub fn record(&self, group: usize) -> &[u64] {
        &self.words[group * self.layout.stride..(group + 1) * self.layout.stride]
    }

    /// The same groups with records of another layout, which must hold all limbs of this one's.
    #[must_use]
    pub fn widened(&self, layout: RecordLayout) -> Self {
        self.clone().into_widened(layout)
    }

    fn into_widened(self, layout: RecordLayout) -> Self {
        if layout == self.layout {
            return self;
        }
        let mut words = layout.identity().repeat(self.groups());
        for (group, record) in words.chunks_exact_mut(layout.stride.max(1)).enumerate() {
            layout.merge(record, &self.layout, self.record(group));
        }
        Self {
            layout,
            words,
            ..self
        }
    }

    /// Carries in all sums, with one more limb each, so that many partials can be merged.
    #[must_use]
    pub fn normalised(&self) -> Self {
        self.clone().into_normalised()
    }

    pub(crate) fn into_normalised(self) -> Self {
        let layout = self.layout.with_carry_limb();
        let mut wider = self.into_widened(layout);
        let stride = wider.layout.stride.max(1);
        if wider.layout.fields.iter().any(|f| !f.limbs.is_empty()) {
            for record in wider.words.chunks_exact_mut(stride) {
                wider.layout.normalise(record);
            }
        }
        wider
    }

    /// As a record batch: a column of each digit, then one of each word of the records. The layout
    /// and the version are in the schema's metadata, and so is the place of its program in the part.
    ///
    /// # Errors
    /// When Arrow refuses the columns, which lengths that differ would cause.
    pub fn to_batch(&self, program: usize) -> Result<RecordBatch, KernelError> {
        let mut fields = Vec::new();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (i, digit) in self.digits.iter().enumerate() {
            fields.push(Field::new(format!("digit_{i}"), DataType::UInt32, false));
            columns.push(Arc::new(UInt32Array::from(digit.clone())));
        }
        for i in 0..self.layout.stride {
            let column: Vec<u64> = self
                .words
                .iter()
                .skip(i)
                .step_by(self.layout.stride)
                .copied()
                .collect();
            fields.push(Field::new(format!("word_{i}"), DataType::UInt64, false));
            columns.push(Arc::new(UInt64Array::from(column)));
        }
        let layout =
            serde_json::to_string(&self.layout).map_err(|e| KernelError::Foreign(e.to_string()))?;
        let metadata = [
            ("graticule.partial".to_owned(), PARTIAL_VERSION.to_string()),
            ("graticule.program".to_owned(), program.to_string()),
            ("graticule.layout".to_owned(), layout),
        ];
        let schema = Schema::new_with_metadata(fields, metadata.into());
        let options = RecordBatchOptions::new().with_row_count(Some(self.groups()));
        Ok(RecordBatch::try_new_with_options(
            Arc::new(schema),
            columns,
            &options,
        )?)
    }

    /// From a record batch, with the place of its program.
    ///
    /// # Errors
    /// [`KernelError::Foreign`] when the batch is no partial of this version.
    pub fn from_batch(batch: &RecordBatch) -> Result<(usize, Self), KernelError> {
        let schema = batch.schema();
        let metadata = |key: &str| {
            let value = schema.metadata().get(key).cloned();
            value.ok_or_else(|| KernelError::Foreign(format!("it has no {key} in its metadata")))
        };
        let version = metadata("graticule.partial")?;
        if version != PARTIAL_VERSION.to_string() {
            return Err(KernelError::Foreign(format!(
                "it is of version {version}, this graticule reads {PARTIAL_VERSION}"
            )));
        }
        let program = metadata("graticule.program")?.parse();
        let program =
            program.map_err(|_| KernelError::Foreign("its program is no number".into()))?;
        let layout: RecordLayout = serde_json::from_str(&metadata("graticule.layout")?)
            .map_err(|e| KernelError::Foreign(format!("its layout cannot be read: {e}")))?;
        if !makes_sense(&layout) {
            return Err(KernelError::Foreign("its layout makes no sense".to_owned()));
        }
        if layout.stride == 0 && batch.num_rows() > 0 {
            return Err(KernelError::Foreign(
                "it has groups without records".to_owned(),
            ));
        }
        let digits = batch
            .num_columns()
            .checked_sub(layout.stride)
            .ok_or_else(|| KernelError::Foreign("it has too few columns".to_owned()))?;
        let wrong = || KernelError::Foreign("a column has the wrong type".to_owned());
        let digits = batch.columns()[..digits]
            .iter()
            .map(|c| {
                let column = c.as_any().downcast_ref::<UInt32Array>();
                Ok(column.ok_or_else(wrong)?.values().to_vec())
            })
            .collect::<Result<Vec<_>, KernelError>>()?;
        let columns = batch.columns()[digits.len()..]
            .iter()
            .map(|c| c.as_any().downcast_ref::<UInt64Array>().ok_or_else(wrong))
            .collect::<Result<Vec<_>, KernelError>>()?;
        let mut words = Vec::with_capacity(batch.num_rows() * layout.stride);
        for row in 0..batch.num_rows() {
            words.extend(columns.iter().map(|c| c.value(row)));
        }
        let partial = Self {
            digits,
            layout,
            words,
        };
        Ok((program, partial))
    }
}

/// Whether a layout from elsewhere, which says where words are, is one that accumulators have.
fn makes_sense(layout: &RecordLayout) -> bool {
    let accumulators: Vec<_> = layout.fields.iter().map(|f| f.accumulator).collect();
    let mut windows = layout.fields.iter().map(|f| f.limbs.clone());
    let is_long = windows.any(|w| w.start > w.end || w.end > limbs::END_SQUARES);
    let limbs_of = |accumulator| {
        let field = layout.fields.iter().find(|f| f.accumulator == accumulator);
        field.map_or(0..0, |f| f.limbs.clone())
    };
    !is_long && RecordLayout::new(&accumulators, limbs_of) == *layout
}

const _: () = assert!(limbs::END > limbs::INFINITY + 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_without_records_are_none() {
        let layout = RecordLayout {
            fields: Vec::new(),
            stride: 0,
        };
        let partial = Partial::empty(1, layout);
        let batch = partial.to_batch(0).expect("a batch");
        assert_eq!(
            Partial::from_batch(&batch).expect("a partial"),
            (0, partial)
        );
        let digits: ArrayRef = Arc::new(UInt32Array::from(vec![3]));
        let batch = RecordBatch::try_new(batch.schema(), vec![digits]).expect("a row");
        let error = Partial::from_batch(&batch).expect_err("no records");
        assert!(error.to_string().contains("without records"), "{error}");
    }
}
