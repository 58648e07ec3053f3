//! Statistics of tiles: what a query needs of 8,192 rows that all match, without reading them.
//!
//! Within each data file, between its last page and its footer, lies an Arrow stream with one record
//! batch, a [`Partial`] whose groups are the file's tiles and whose records obey the law by which all partials
//! merge: count of valid rows; least and greatest x, y and time, as ordered words; of each number column the
//! values that are neither null nor NaN, their least and greatest, and their exact sum in limbs. As in
//! every answer, rows without a point count nowhere; a tile of such rows alone has no group. Other
//! readers of Parquet pass it over, and it is always of the very rows that it lies with.

use super::error::{Result, data};
use super::write::{PAGE_ROWS, PartPlan};
use arrow::array::{ArrayRef, AsArray, Float32Array, Float64Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use graticule_columns::{Chunk, Column, ExactRows, Kind, Partition, RowOrigin, TileSlot};
use graticule_dataset::{TilesMark, plain_type, point_columns, time_column, value_column};
use graticule_kernels::{
    Accumulator, Code, CpuSession, Digit, DigitPart, Partial, Program, Session, Slot,
};
use twox_hash::XxHash64;

/// Gathers the statistics of a file.
pub(crate) struct Tiles<'p> {
    plan: &'p PartPlan,
    program: Program,
    slots: Vec<TileSlot>,
    /// One for each tile that has a point.
    partials: Vec<Partial>,
    tile: u32,
    invalid: u64,
}

impl<'p> Tiles<'p> {
    pub(crate) fn new(plan: &'p PartPlan) -> Result<Self> {
        let slot = |name: &str, kind| TileSlot {
            name: name.to_owned(),
            kind,
            has_nan: false,
        };
        let mut slots = vec![slot("x", Kind::U32), slot("y", Kind::U32)];
        let mut accumulators = vec![Accumulator::Count];
        let ends = |slot| [Accumulator::Min { slot }, Accumulator::Max { slot }];
        accumulators.extend(ends(0));
        accumulators.extend(ends(1));
        if let Some(time) = &plan.roles.time {
            accumulators.push(Accumulator::Valid { slot: slots.len() });
            accumulators.extend(ends(slots.len()));
            slots.push(slot(&time.name, Kind::I64));
        }
        for (name, kind) in numbers(plan) {
            let at = slots.len();
            accumulators.extend([
                Accumulator::Valid { slot: at },
                Accumulator::Sum { slot: at },
            ]);
            accumulators.extend(ends(at));
            slots.push(slot(name, kind));
        }
        let mut kinds: Vec<Slot> = slots.iter().map(|s| Slot { kind: s.kind }).collect();
        kinds.push(Slot { kind: Kind::U32 });
        let tile = Digit {
            code: Code::Offset {
                slot: slots.len(),
                low: 0,
            },
            part: DigitPart::Whole,
            extent: 1,
        };
        let program = Program {
            slots: kinds,
            layers: Vec::new(),
            filters: Vec::new(),
            live: None,
            digits: vec![tile],
            accumulators,
        };
        Ok(Self {
            plan,
            program,
            slots,
            partials: Vec::new(),
            tile: 0,
            invalid: 0,
        })
    }

    /// Takes the rows of the next tile in, in the columns in which they are sorted.
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let chunk = self
            .chunk(batch)
            .map_err(data("gather statistics of", &self.plan.file))?;
        self.invalid += chunk.invalid() as u64;
        for slot in self.slots.iter_mut().skip(2).filter(|s| !s.has_nan) {
            slot.has_nan = batch.column_by_name(&slot.name).is_some_and(has_nan);
        }
        let mut session = CpuSession::new(std::slice::from_ref(&self.program), usize::MAX)?;
        session.push(&chunk)?;
        for mut partial in session.finish().partials {
            if partial.groups() > 0 {
                partial.digits = vec![vec![self.tile]];
                self.partials.push(partial.normalised());
            }
        }
        self.tile += 1;
        Ok(())
    }

    fn chunk(&self, batch: &RecordBatch) -> std::result::Result<Chunk, ArrowError> {
        let roles = &self.plan.roles;
        let named = |name: &str| -> std::result::Result<&ArrayRef, ArrowError> {
            let column = batch.column_by_name(name);
            column.ok_or_else(|| ArrowError::SchemaError(format!("column {name} is missing")))
        };
        let (points, valid) = point_columns(named(&roles.lon.name)?, named(&roles.lat.name)?)?;
        let mut columns = points.to_vec();
        if let Some(time) = &roles.time {
            columns.push(time_column(named(&time.name)?)?);
        }
        for (name, kind) in numbers(self.plan) {
            columns.push(value_column(kind, named(name)?)?);
        }
        let rows = batch.num_rows();
        columns.push(Column::constant(Kind::U32, 0, rows));
        Ok(Chunk {
            origin: RowOrigin {
                store: "".into(),
                object: "".into(),
                etag: "".into(),
                row_group: 0,
                first_row: 0,
                rows,
            },
            columns,
            valid,
            exact: ExactRows::none(),
            texts: Vec::new(),
        })
    }

    /// The stream, what says of it where it lies from an offset on, and how many rows were no points.
    pub(crate) fn finish(self, offset: u64) -> Result<(Vec<u8>, TilesMark, u64)> {
        let wrong = |e| data("write", &self.plan.file)(e);
        let batch = joined(&self.program, &self.partials).to_batch(0)?;
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).map_err(wrong)?;
        writer.write(&batch).map_err(wrong)?;
        let bytes = writer.into_inner().map_err(wrong)?;
        let mark = TilesMark {
            offset,
            bytes: bytes.len() as u64,
            hash: XxHash64::oneshot(0, &bytes),
            tile_rows: u32::try_from(PAGE_ROWS).unwrap_or(u32::MAX),
            slots: self.slots,
        };
        Ok((bytes, mark, self.invalid))
    }
}

/// The number columns beside coordinates and time, those of the folders too.
fn numbers(plan: &PartPlan) -> impl Iterator<Item = (&str, Kind)> {
    let own = plan.roles.attributes.iter();
    // Longer decimals have values that no kind holds.
    let is_long = |data_type: &DataType| match data_type {
        DataType::Decimal128(precision, _) | DataType::Decimal256(precision, _) => *precision > 18,
        _ => false,
    };
    let own = own.filter(move |a| !is_long(plain_type(&a.data_type)));
    let own = own.filter_map(|a| Some((a.name.as_str(), a.kind?)));
    let is_whole = |p: &&Partition| p.is_integer && plan.roles.partition(&p.name).is_some();
    let folders = plan.roles.partitions.iter().filter(is_whole);
    own.chain(folders.map(|p| (p.name.as_str(), Kind::I64)))
}

fn has_nan(column: &ArrayRef) -> bool {
    let has_32 = |c: &Float32Array| c.iter().flatten().any(f32::is_nan);
    let has_64 = |c: &Float64Array| c.iter().flatten().any(f64::is_nan);
    column.as_primitive_opt().is_some_and(has_32) || column.as_primitive_opt().is_some_and(has_64)
}

/// The partials of tiles, which share no group, one after the other.
fn joined(program: &Program, partials: &[Partial]) -> Partial {
    let empty = Partial::empty(1, program.layout());
    let layouts = partials.iter().map(|p| &p.layout);
    let layout = layouts.fold(empty.layout, |all, layout| all.widened(layout));
    let wider = partials.iter().map(|p| p.widened(layout.clone()));
    let mut all = Partial::empty(1, layout.clone());
    for partial in wider {
        all.digits[0].extend(&partial.digits[0]);
        all.words.extend(partial.words);
    }
    all
}
