//! Bytes to chunks, in two phases where a filter may make the second one needless.

use crate::DatasetError;
use crate::convert::{Points, time, value};
use crate::derive::Derive;
use crate::fetch::{Encoded, Fetched, column};
use crate::rows::Rows;
use arrow::array::RecordBatch;
use arrow::datatypes::FieldRef;
use arrow::error::ArrowError;
use graticule_columns::{Chunk, Column, Data, Keep, Kind, RowOrigin, Scan, Source, pieces};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Chunks of some rows of a row group, in order, decoded as they are asked for. Chunks without a
/// value that the scan [wants](Scan::wanted) are left out.
pub struct Chunks<'a> {
    fetched: &'a Fetched,
    scan: &'a Scan,
    keep: Keep<'a>,
    derive: Derive,
    /// The columns of the second phase.
    reader: Rows,
    /// Rows of the chunks still to come, with the columns of the first phase.
    rest: VecDeque<Begun>,
}

/// A chunk's rows, and by slot the columns of the first phase.
type Begun = (Range<usize>, Vec<Option<Column>>);

impl Fetched {
    /// Decodes rows of the row group into chunks of the scan's slots, `chunk_rows` rows each.
    ///
    /// Columns that the scan wants values of are decoded first and at once; of the others only the
    /// chunks that hold such values. `keep` says which rows keep their source coordinates.
    ///
    /// # Errors
    /// [`DatasetError::Data`] when the bytes are damaged.
    pub fn chunks<'a>(
        &'a self,
        scan: &'a Scan,
        rows: Range<usize>,
        chunk_rows: usize,
        keep: Keep<'a>,
    ) -> Result<Chunks<'a>, DatasetError> {
        let cuts = pieces(self.kept.as_deref(), rows, chunk_rows);
        let first: Vec<&str> = scan
            .wanted
            .iter()
            .filter_map(|wanted| column(scan, &scan.sources[wanted.slot]))
            .collect();
        self.guard(|| {
            let rest = if first.is_empty() {
                let nothing = vec![None; scan.sources.len()];
                cuts.into_iter().map(|cut| (cut, nothing.clone())).collect()
            } else {
                self.first_phase(scan, &first, cuts, chunk_rows)?
            };
            let is_coordinate =
                |name: &str| name == scan.schema.lon.name || name == scan.schema.lat.name;
            let is_carried = |name: &str| scan.carried.iter().any(|c| c == name);
            let second =
                |name: &str| is_coordinate(name) || is_carried(name) || !first.contains(&name);
            let kept: Vec<Range<usize>> = rest.iter().map(|(cut, _): &Begun| cut.clone()).collect();
            Ok(Chunks {
                fetched: self,
                scan,
                keep,
                derive: Derive::new(scan)?,
                reader: self.reader(second, &kept, chunk_rows)?,
                rest,
            })
        })
    }

    /// Decodes the columns of which values are wanted; leaves the chunks that hold some.
    fn first_phase(
        &self,
        scan: &Scan,
        names: &[&str],
        cuts: Vec<Range<usize>>,
        chunk_rows: usize,
    ) -> Result<VecDeque<Begun>, ArrowError> {
        let mut reader = self.reader(|name| names.contains(&name), &cuts, chunk_rows)?;
        let mut rest = VecDeque::new();
        for cut in cuts {
            let batch = self.next(scan, &mut reader, cut.len())?;
            let mut columns = vec![None; scan.sources.len()];
            let mut matters = true;
            for wanted in &scan.wanted {
                let slot = &mut columns[wanted.slot];
                if slot.is_none() {
                    *slot = Some(self.column(scan, &scan.sources[wanted.slot], &batch)?);
                }
                matters &= slot
                    .as_ref()
                    .is_some_and(|c| c.meets(wanted.low, wanted.high));
            }
            if matters {
                rest.push_back((cut, columns));
            }
        }
        Ok(rest)
    }

    /// A reader of some columns and rows.
    fn reader(
        &self,
        is_read: impl Fn(&str) -> bool,
        rows: &[Range<usize>],
        batch_rows: usize,
    ) -> Result<Rows, ArrowError> {
        let places = self.places.iter().filter(|(name, _)| is_read(name));
        let mut places: Vec<usize> = places.map(|(_, place)| *place).collect();
        // Both coordinates may be in one.
        places.sort_unstable();
        places.dedup();
        let absent = self.absent.iter().filter(|f| is_read(f.name())).cloned();
        let absent: Vec<FieldRef> = absent.collect();
        let (metadata, held) = match &self.encoded {
            Encoded::Parquet(metadata, held) => (metadata.clone(), held.clone()),
            Encoded::Ipc(encoded) => {
                return Ok(Rows::of(encoded.rows(&places, rows.to_vec())?, absent));
            }
        };
        let mask = ProjectionMask::leaves(metadata.parquet_schema(), places);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(held, metadata)
            .with_projection(mask)
            .with_row_groups(vec![self.row_group])
            .with_batch_size(batch_rows.clamp(1, self.rows.max(1)));
        let wanted: usize = rows.iter().map(Range::len).sum();
        if wanted == self.rows {
            return Ok(Rows::of(builder.build()?, absent));
        }
        let mut selectors = Vec::new();
        let mut at = 0;
        for range in rows {
            selectors.push(RowSelector::skip(range.start - at));
            selectors.push(RowSelector::select(range.len()));
            at = range.end;
        }
        let builder = builder.with_row_selection(RowSelection::from(selectors));
        Ok(Rows::of(builder.build()?, absent))
    }

    /// The next batch, of so many rows, with coordinates as floats.
    fn next(&self, scan: &Scan, reader: &mut Rows, rows: usize) -> Result<RecordBatch, ArrowError> {
        let names = [scan.schema.lon.name.as_str(), scan.schema.lat.name.as_str()];
        self.view.floats(reader.next(rows)?, names)
    }

    /// Damaged files can make a decoder fail or panic; either is an error of the file.
    fn guard<T>(&self, decode: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, DatasetError> {
        let wrong = |reason: String| DatasetError::Data {
            path: self.object.to_string(),
            row_group: self.row_group,
            reason,
        };
        catch_unwind(AssertUnwindSafe(decode))
            .map_err(|_| wrong("the decoder gave up".to_owned()))?
            .map_err(|e| wrong(e.to_string()))
    }

    /// The column of a slot that is one of the file's, or the same in all rows.
    fn column(
        &self,
        scan: &Scan,
        source: &Source,
        batch: &RecordBatch,
    ) -> Result<Column, ArrowError> {
        let array = || named(batch, column(scan, source).unwrap_or_default());
        match source {
            Source::Value { kind, .. } => value(*kind, array()?),
            Source::Time => time(array()?),
            Source::Constant { index, .. } => {
                let bits = u64::from(self.constants.get(*index).copied().unwrap_or(0));
                let rows = batch.num_rows();
                Ok(Column::new(Kind::U32, Data::Constant { bits, rows }, None))
            }
            _ => Err(ArrowError::SchemaError(
                "the column is made of others".to_owned(),
            )),
        }
    }

    fn chunk(
        &self,
        scan: &Scan,
        (rows, early): Begun,
        batch: &RecordBatch,
        keep: Keep<'_>,
        derive: &mut Derive,
    ) -> Result<Chunk, ArrowError> {
        let (lon, lat) = (
            named(batch, &scan.schema.lon.name)?,
            named(batch, &scan.schema.lat.name)?,
        );
        let points = Points::fix(lon, lat)?;
        let fixed = |words| Ok(Column::new(Kind::U32, Data::Plain32(words), None));
        let mut columns = scan
            .sources
            .iter()
            .zip(early)
            .map(|(source, early)| match (early, source) {
                (Some(column), _) => Ok(column),
                (None, Source::FixedLon) => fixed(points.x.clone()),
                (None, Source::FixedLat) => fixed(points.y.clone()),
                // Made of others, once those are there.
                (None, source) if source.is_derived() => Ok(Column::constant(source.kind(), 0, 0)),
                (None, source) => self.column(scan, source, batch),
            })
            .collect::<Result<Vec<_>, ArrowError>>()?;
        let texts = derive.fill(scan, &points, batch, &mut columns)?;
        Ok(Chunk {
            origin: RowOrigin {
                object: self.object.clone(),
                etag: self.etag.clone(),
                row_group: self.row_group,
                first_row: rows.start,
                rows: batch.num_rows(),
            },
            columns,
            exact: points.exact(keep),
            valid: points.valid,
            texts,
        })
    }
}

pub(crate) fn named<'a>(
    batch: &'a RecordBatch,
    name: &str,
) -> Result<&'a arrow::array::ArrayRef, ArrowError> {
    let column = batch.column_by_name(name);
    column.ok_or_else(|| ArrowError::SchemaError(format!("column {name} is missing")))
}

impl Chunks<'_> {
    /// The next chunk, and the rows of the columns that the scan carries along as the file has them.
    pub fn next_carried(&mut self) -> Option<Result<(Chunk, RecordBatch), DatasetError>> {
        let begun = self.rest.pop_front()?;
        let (fetched, scan, keep) = (self.fetched, self.scan, self.keep);
        let chunk = fetched.guard(|| {
            let batch = fetched.next(scan, &mut self.reader, begun.0.len())?;
            let chunk = fetched.chunk(scan, begun, &batch, keep, &mut self.derive)?;
            Ok((chunk, batch))
        });
        if chunk.is_err() {
            self.rest.clear();
        }
        Some(chunk)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_carried()?.map(|(chunk, _)| chunk))
    }
}
