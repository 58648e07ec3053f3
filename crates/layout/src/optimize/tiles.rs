//! Statistics of tiles: what a query needs of 8,192 rows that all match, without reading them.
//!
//! Beside each data file lies an Arrow file with one record batch, a [`Partial`] whose groups are the
//! file's tiles and whose records obey the law by which all partials merge: count of valid rows; least
//! and greatest x, y and time, as ordered words; of each number column the values that are neither
//! null nor NaN, their least and greatest, and their exact sum in lanes. As in every answer, rows
//! without a point count nowhere; a tile of such rows alone has no group.

use super::error::{Result, data, io};
use super::write::{PAGE_ROWS, PartPlan};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, RowOrigin};
use graticule_dataset::{time_column, value_column};
use graticule_geo::fix_columns;
use graticule_kernels::{
    Accumulator, Code, CpuSession, Digit, Part, Partial, Program, Session, Slot,
};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

/// The key in the metadata of the Arrow file's schema; its value is a [`TilesMark`] in JSON.
pub const TILES_KEY: &str = "graticule.tiles";

/// What a file of tile statistics says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TilesMark {
    /// Rows of the data file, without a point or with one.
    pub rows: u64,
    /// Rows of each tile but the last: tile `i`, which is digit 0 of the partial, holds the rows from
    /// `i * tile_rows` on.
    pub tile_rows: u32,
    /// What the slots of the partial's accumulators are.
    pub slots: Vec<TileSlot>,
}

/// A slot of the accumulators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TileSlot {
    /// The column's name; `x` and `y` of the first two, which are fixed point.
    pub name: String,
    /// The kind of its values, by which ordered words become values again.
    pub kind: Kind,
}

/// Gathers the statistics of a file.
pub(crate) struct Tiles<'p> {
    plan: &'p PartPlan,
    program: Program,
    slots: Vec<TileSlot>,
    /// One for each tile that has a point.
    partials: Vec<Partial>,
    tile: u32,
    rows: u64,
    invalid: u64,
}

impl<'p> Tiles<'p> {
    pub(crate) fn new(plan: &'p PartPlan) -> Result<Self> {
        let slot = |name: &str, kind| TileSlot {
            name: name.to_owned(),
            kind,
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
            part: Part::Whole,
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
            rows: 0,
            invalid: 0,
        })
    }

    /// Takes the rows of the next tile in, in the columns in which they are sorted.
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let chunk = self
            .chunk(batch)
            .map_err(data("gather statistics of", &self.plan.file))?;
        self.rows += chunk.len() as u64;
        self.invalid += chunk.invalid() as u64;
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
        let (mut columns, valid) = points(named(&roles.lon.name)?, named(&roles.lat.name)?)?;
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

    /// Writes the file; answers how many rows were no points.
    pub(crate) fn write(self) -> Result<u64> {
        let path: &PathBuf = &self.plan.tiles;
        let wrong = |e| data("write", path)(e);
        let batch = joined(&self.program, &self.partials).to_batch(0)?;
        let mark = TilesMark {
            rows: self.rows,
            tile_rows: u32::try_from(PAGE_ROWS).unwrap_or(u32::MAX),
            slots: self.slots,
        };
        let mut metadata = batch.schema().metadata().clone();
        let mark = serde_json::to_string(&mark).map_err(data("write", path))?;
        metadata.insert(TILES_KEY.to_owned(), mark);
        let schema = Schema::new_with_metadata(batch.schema().fields().clone(), metadata);
        let batch = batch.with_schema(Arc::new(schema)).map_err(wrong)?;
        let growing = path.with_extension("growing");
        let file = File::create(&growing).map_err(io("create", &growing))?;
        let mut writer = FileWriter::try_new_buffered(file, &batch.schema()).map_err(wrong)?;
        writer.write(&batch).map_err(wrong)?;
        writer.finish().map_err(wrong)?;
        drop(writer);
        let file = File::open(&growing).map_err(io("open", &growing))?;
        file.sync_all().map_err(io("write", &growing))?;
        fs::rename(&growing, path).map_err(io("rename", &growing))?;
        Ok(self.invalid)
    }
}

/// The number columns beside coordinates and time, those of the folders too.
fn numbers(plan: &PartPlan) -> impl Iterator<Item = (&str, Kind)> {
    let own = plan.roles.attributes.iter();
    let own = own.filter_map(|a| Some((a.name.as_str(), a.kind?)));
    let folders = plan.roles.partitions.iter().filter(|p| p.is_integer);
    own.chain(folders.map(|p| (p.name.as_str(), Kind::I64)))
}

fn points(
    lon: &ArrayRef,
    lat: &ArrayRef,
) -> std::result::Result<(Vec<Column>, Option<BooleanBuffer>), ArrowError> {
    let (lon, lat) = (
        cast(lon, &DataType::Float64)?,
        cast(lat, &DataType::Float64)?,
    );
    let (lon, lat) = (
        lon.as_primitive::<Float64Type>(),
        lat.as_primitive::<Float64Type>(),
    );
    let rows = lon.len();
    let (mut x, mut y, mut valid) = (vec![0; rows], vec![0; rows], vec![false; rows]);
    fix_columns(lon.values(), lat.values(), &mut x, &mut y, &mut valid);
    for (row, valid) in valid.iter_mut().enumerate() {
        *valid &= lon.is_valid(row) && lat.is_valid(row);
    }
    let column = |words: Vec<u32>| Column::new(Kind::U32, Data::Plain32(words.into()), None);
    let valid = valid.contains(&false).then(|| BooleanBuffer::from(valid));
    Ok((vec![column(x), column(y)], valid))
}

/// The partials of tiles, which share no group, one after the other.
fn joined(program: &Program, partials: &[Partial]) -> Partial {
    let empty = Partial::empty(1, program.layout());
    let layout = partials
        .iter()
        .fold(empty.layout, |all, p| all.widened(&p.layout));
    let mut digits = Vec::new();
    let mut words = Vec::new();
    for partial in partials {
        for group in 0..partial.groups() {
            let start = words.len();
            words.extend(layout.identity());
            layout.merge(&mut words[start..], &partial.layout, partial.record(group));
            digits.push(partial.digits[0][group]);
        }
    }
    Partial {
        digits: vec![digits],
        layout,
        words,
    }
}
