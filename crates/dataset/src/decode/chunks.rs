//! Bytes to chunks, in two phases where a filter may make the second one needless.

use crate::DatasetError;
use crate::decode::absent::Absent;
use crate::decode::blame::unreadable;
use crate::decode::convert::{Points, time, value};
use crate::decode::early::{self, Begun, Early};
use crate::decode::fetched::{Encoded, Fetched, column, columns};
use crate::decode::fit::{Unfit, fit};
use crate::decode::page::{self, Flat, Located, Point};
use crate::decode::rows::Rows;
use crate::decode::texts::Texts;
use crate::decode::time::fit as fit_time;
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{FieldRef, Schema as ArrowSchema};
use arrow::error::ArrowError;
use graticule_columns::{
    Chunk, Column, Data, ExactRows, Keep, Kind, RowOrigin, Scan, Schema, Source, gathered, pieces,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Chunks of some rows of a row group, in order, decoded as they are asked for. Chunks without a
/// value that the scan [wants](Scan::wanted) are left out.
pub struct Chunks {
    fetched: Arc<Fetched>,
    scan: Arc<Scan>,
    keep: Keep,
    texts: Texts,
    /// The columns of the second phase: those that are read page by page, and the others.
    flat: Flat,
    reader: Option<Rows>,
    /// The first phase, where there is one, and whether it is done for a chunk as its turn comes.
    early: Option<Early>,
    by_turns: bool,
    /// Rows of the chunks still to come, with the columns of the first phase.
    rest: VecDeque<Begun>,
}

/// How the columns of some rows are decoded.
struct Phases {
    early: Option<Early>,
    /// What is read page by page after that, and the names of all that is read then, but the points'.
    flat: Flat,
    last: Vec<String>,
    /// Whether the first phases of a chunk are done as its turn comes.
    by_turns: bool,
}

/// Rows of a chunk: one range of them, or several.
pub(crate) type Cut = Vec<Range<usize>>;

pub(crate) fn rows_of(cut: &Cut) -> usize {
    cut.iter().map(Range::len).sum()
}

impl Fetched {
    /// Decodes rows of the row group into chunks of the scan's slots, `chunk_rows` rows each.
    ///
    /// What the scan [wants](Scan::wanted) values and cells of is decoded first; of the rest only the rows that this
    /// leaves, whole chunks or blocks of them, as `keep` says. [Derived](Source::is_derived) slots are left to who
    /// asks: those of calendars hold the time, the others nothing.
    ///
    /// # Errors
    /// [`DatasetError::Data`] when the bytes are damaged.
    pub fn chunks(
        self: &Arc<Self>,
        scan: &Arc<Scan>,
        rows: Range<usize>,
        chunk_rows: usize,
        keep: Keep,
    ) -> Result<Chunks, DatasetError> {
        let kept = self.kept.as_deref();
        let cuts: Vec<Cut> = match keep {
            Keep::Gathered => gathered(kept, rows, chunk_rows),
            Keep::All => pieces(kept, rows, chunk_rows)
                .into_iter()
                .map(|piece| vec![piece])
                .collect(),
        };
        self.guard(|| {
            let mut phases = self.phases(scan, keep, &cuts, chunk_rows)?;
            let rest: VecDeque<Begun> = match &mut phases.early {
                // The library must know its rows beforehand.
                Some(early) if !phases.by_turns => {
                    let begun = cuts.into_iter();
                    let begun = begun.map(|cut| early.begin(self, scan, cut, keep));
                    begun
                        .filter_map(Result::transpose)
                        .collect::<Result<_, _>>()?
                }
                _ => cuts.into_iter().map(Begun::of).collect(),
            };
            let kept: Vec<Range<usize>> = rest.iter().flat_map(|begun| begun.cut.clone()).collect();
            let is_last = |name: &str| phases.last.iter().any(|last| last == name);
            Ok(Chunks {
                fetched: self.clone(),
                scan: scan.clone(),
                texts: Texts::new(scan),
                reader: self.others(&phases.flat, is_last, &kept, chunk_rows)?,
                flat: phases.flat,
                early: phases.early,
                by_turns: phases.by_turns,
                keep,
                rest,
            })
        })
    }

    /// Which columns are decoded first, and which last.
    fn phases(
        &self,
        scan: &Scan,
        keep: Keep,
        cuts: &[Cut],
        chunk_rows: usize,
    ) -> Result<Phases, ArrowError> {
        let first: Vec<&str> = early::values(scan)
            .filter_map(|wanted| column(scan, &scan.sources[wanted.slot]))
            .collect();
        let is_carried = |name: &str| scan.carried.iter().any(|c| c == name);
        let is_alone = |[lon, lat]: &[Point; 2]| !is_carried(&lon.name) && !is_carried(&lat.name);
        let points = Point::both(self, scan).filter(is_alone);
        let is_last =
            |name: &str| match name == scan.schema.lon.name || name == scan.schema.lat.name {
                true => points.is_none(),
                false => is_carried(name) || !first.contains(&name),
            };
        let last: Vec<String> = self
            .names()
            .filter(|name| is_last(name))
            .map(str::to_owned)
            .collect();
        let is_last = |name: &str| last.iter().any(|last| last == name);
        let flat = Flat::new(self, scan, is_last);
        let early = match first.is_empty() {
            true => None,
            false => Some(Early::new(self, scan, &first, cuts, chunk_rows)?),
        };
        let by_turns =
            !self.has_others(&flat, is_last) && early.as_ref().is_none_or(Early::is_flat);
        // The library decodes what it passes over, and all points would wait for it. Chunks for a device are whole:
        // what is resident of one question serves the next.
        let is_near = by_turns && keep == Keep::Gathered && early::reaches(scan).next().is_some();
        let (early, flat) = match points {
            Some(points) if is_near => (Some(early.unwrap_or_default().near(scan, points)), flat),
            points => (early, flat.with_points(points)),
        };
        Ok(Phases {
            early,
            flat,
            last,
            by_turns,
        })
    }

    /// The columns that are read, those that the file lacks among them.
    fn names(&self) -> impl Iterator<Item = &str> {
        let places = self.places.iter().map(|(name, _)| name.as_str());
        places.chain(self.absent.iter().map(|a| a.field.name().as_str()))
    }

    /// A reader of some rows of the columns that are not read page by page, if there are any.
    pub(crate) fn others(
        &self,
        flat: &Flat,
        is_read: impl Fn(&str) -> bool + Copy,
        rows: &[Range<usize>],
        batch_rows: usize,
    ) -> Result<Option<Rows>, ArrowError> {
        self.has_others(flat, is_read)
            .then(|| self.reader(|name| is_read(name) && !flat.reads(name), rows, batch_rows))
            .transpose()
    }

    fn has_others(&self, flat: &Flat, is_read: impl Fn(&str) -> bool) -> bool {
        self.names().any(|name| is_read(name) && !flat.reads(name))
    }

    /// The rows of a cut of the columns that are read page by page.
    pub(crate) fn flat(&self, flat: &mut Flat, cut: &Cut) -> Result<page::Rows, ArrowError> {
        flat.next(cut).map_err(unreadable)
    }

    /// A reader of some columns and rows.
    pub(crate) fn reader(
        &self,
        is_read: impl Fn(&str) -> bool,
        rows: &[Range<usize>],
        batch_rows: usize,
    ) -> Result<Rows, ArrowError> {
        let read = self.places.iter().filter(|(name, _)| is_read(name));
        let (mut names, mut places): (Vec<String>, Vec<usize>) = read.cloned().unzip();
        // Those of one column are neighbours.
        names.dedup();
        // Both coordinates may be in one.
        places.sort_unstable();
        places.dedup();
        let absent = self.absent.iter().filter(|a| is_read(a.field.name()));
        let absent: Vec<Absent> = absent.cloned().collect();
        let (metadata, held) = match &self.encoded {
            Encoded::Parquet(metadata, held) => (metadata.clone(), held.clone()),
            Encoded::Ipc(encoded) => {
                return Ok(Rows::of(
                    encoded.rows(&places, rows.to_vec())?,
                    names,
                    absent,
                    rows,
                ));
            }
        };
        let mask = ProjectionMask::leaves(metadata.parquet_schema(), places);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(held, metadata)
            .with_projection(mask)
            .with_row_groups(vec![self.row_group])
            .with_batch_size(batch_rows.clamp(1, self.rows.max(1)));
        let wanted: usize = rows.iter().map(Range::len).sum();
        if wanted == self.rows {
            return Ok(Rows::of(builder.build()?, names, absent, rows));
        }
        let mut selectors = Vec::new();
        let mut at = 0;
        for range in rows {
            selectors.push(RowSelector::skip(range.start - at));
            selectors.push(RowSelector::select(range.len()));
            at = range.end;
        }
        let builder = builder.with_row_selection(RowSelection::from(selectors));
        Ok(Rows::of(builder.build()?, names, absent, rows))
    }

    /// The next batch, of so many rows, in the dataset's columns and types.
    pub(crate) fn next(
        &self,
        scan: &Scan,
        reader: Option<&mut Rows>,
        rows: usize,
    ) -> Result<RecordBatch, ArrowError> {
        let Some(reader) = reader else {
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let schema = Arc::new(ArrowSchema::empty());
            return RecordBatch::try_new_with_options(schema, Vec::new(), &options);
        };
        let coordinates = [&scan.schema.lon, &scan.schema.lat];
        let batch = reader.next(rows)?;
        let fit = || {
            let batch = self.view.floats(batch, reader.names(), coordinates)?;
            let batch = reader.only_read(&batch)?;
            fitted(&scan.schema, reader.complete(batch)?)
        };
        fit().map_err(|error| reader.placed(error))
    }

    /// The column of a slot that is one of the file's, or the same in all rows.
    pub(crate) fn column(
        &self,
        scan: &Scan,
        source: &Source,
        batch: &RecordBatch,
        read: &page::Rows,
    ) -> Result<Column, ArrowError> {
        let name = column(scan, source).unwrap_or_default();
        if let Some(column) = read.column(name) {
            return Ok(column.clone());
        }
        let array = || named(batch, name);
        match source {
            Source::Value { kind, name } => value(*kind, array()?).map_err(|e| match e {
                ArrowError::ComputeError(reason) | ArrowError::CastError(reason) => {
                    Unfit::of(name, reason)
                }
                other => other,
            }),
            // What is made of the time is made of this column.
            Source::Time | Source::Calendar(_) => time(array()?),
            Source::Constant { index, name, .. } => {
                let bits = self.constants.get(*index).copied().map(u64::from);
                let bits = bits.ok_or_else(|| {
                    ArrowError::InvalidArgumentError(format!("the scan has no value of {name}"))
                })?;
                let rows = batch.num_rows();
                Ok(Column::new(Kind::U32, Data::Constant { bits, rows }, None))
            }
            _ => Err(ArrowError::SchemaError(
                "the column is made of others".to_owned(),
            )),
        }
    }

    /// The columns of all slots, as far as they are not made of others: those of calendars are the time's.
    fn slots(
        &self,
        scan: &Scan,
        early: Vec<Option<Column>>,
        points: &Points,
        (batch, read): (&RecordBatch, &page::Rows),
    ) -> Result<Vec<Column>, ArrowError> {
        let fixed = |words| Ok(Column::new(Kind::U32, Data::Plain32(words), None));
        let time = scan.sources.iter().position(|s| *s == Source::Time);
        let mut time = time.and_then(|slot| early.get(slot)?.clone());
        let early = early.into_iter().chain(std::iter::repeat(None));
        let slot = |(source, early): (&Source, Option<Column>)| match (early, source) {
            (Some(column), _) => Ok(column),
            (None, Source::FixedLon) => fixed(points.x.clone()),
            (None, Source::FixedLat) => fixed(points.y.clone()),
            (None, Source::Time | Source::Calendar(_)) => match &time {
                Some(known) => Ok(known.clone()),
                None => {
                    let column = self.column(scan, source, batch, read)?;
                    Ok(time.insert(column).clone())
                }
            },
            (
                None,
                Source::H3 { .. }
                | Source::TileRow { .. }
                | Source::Text { .. }
                | Source::Matches { .. }
                | Source::Nearest(_)
                | Source::Where { .. }
                | Source::Holds(_)
                | Source::Bins { .. }
                | Source::Among { .. }
                | Source::Order { .. },
            ) => Ok(Column::constant(source.kind(), 0, 0)),
            (None, source) => self.column(scan, source, batch, read),
        };
        scan.sources.iter().zip(early).map(slot).collect()
    }

    fn chunk(
        &self,
        scan: &Scan,
        begun: Begun,
        batch: &RecordBatch,
        read: &mut page::Rows,
        texts: &mut Texts,
    ) -> Result<Chunk, ArrowError> {
        let early = match begun.located {
            [Some(lon), Some(lat)] => Some([lon, lat]),
            _ => None,
        };
        let points = match early.or_else(|| read.located.take()) {
            Some([lon, lat]) => Located::points(lon, lat),
            None => Points::fix(
                named(batch, &scan.schema.lon.name)?,
                named(batch, &scan.schema.lat.name)?,
            )?,
        };
        let mut columns = self.slots(scan, begun.columns, &points, (batch, read))?;
        let texts = texts.fill((batch, read), &mut columns)?;
        Ok(Chunk {
            origin: RowOrigin {
                store: self.store.clone(),
                object: self.object.clone(),
                etag: self.etag.clone(),
                row_group: self.row_group,
                first_row: begun.cut.first().map_or(0, |rows| rows.start),
                rows: batch.num_rows(),
            },
            columns,
            exact: ExactRows {
                rows: None,
                lon: points.lon,
                lat: points.lat,
            },
            valid: points.valid,
            texts,
        })
    }
}

/// A batch with its columns of the types that they have in all files.
fn fitted(schema: &Schema, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let time = |name: &str| schema.time.as_ref().filter(|t| t.name == name);
    let attribute = |name: &str| schema.attributes.iter().find(|a| a.name == name);
    let column = |(field, array): (&FieldRef, &ArrayRef)| match (
        time(field.name()),
        attribute(field.name()),
    ) {
        (Some(time), _) => fit_time(time, array),
        (None, Some(attribute)) => fit(&attribute.name, array, &attribute.data_type),
        (None, None) => Ok(array.clone()),
    };
    let before = batch.schema();
    let columns = before.fields().iter().zip(batch.columns()).map(column);
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let mut pairs = before.fields().iter().zip(&columns);
    if pairs.all(|(field, array)| field.data_type() == array.data_type()) {
        return Ok(batch);
    }
    let fields = before.fields().iter().zip(&columns).map(|(field, array)| {
        let field = field.as_ref().clone().with_nullable(true);
        field.with_data_type(array.data_type().clone())
    });
    let fitted = ArrowSchema::new(fields.collect::<Vec<_>>());
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(fitted), columns, &options)
}

pub(crate) fn named<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, ArrowError> {
    let column = batch.column_by_name(name);
    column.ok_or_else(|| ArrowError::SchemaError(format!("column {name} is missing")))
}

impl Chunks {
    /// The columns of the scan that the library's reader decodes, for they are not flat, or another type than the
    /// dataset's; empty where none is. Those of Arrow files are all decoded by a library.
    pub fn by_library(&self) -> Vec<&str> {
        let mut names = columns(&self.scan);
        names.extend([&self.scan.schema.lon.name, &self.scan.schema.lat.name].map(String::as_str));
        names.sort_unstable();
        names.dedup();
        let is_early = |name: &str| self.early.as_ref().is_some_and(|early| early.reads(name));
        names.retain(|name| !is_early(name) && !self.flat.reads(name));
        names
    }

    /// The next chunk, and its rows of the columns that the scan carries along, as the file has them.
    pub fn next_carried(&mut self) -> Option<Result<(Chunk, RecordBatch), DatasetError>> {
        let fetched = self.fetched.clone();
        let next = fetched.guard(|| match self.begin()? {
            Some(begun) => self.finish(begun).map(Some),
            None => Ok(None),
        });
        if next.is_err() {
            self.rest.clear();
        }
        next.transpose()
    }

    /// The rows of the next chunk.
    fn begin(&mut self) -> Result<Option<Begun>, ArrowError> {
        while let Some(begun) = self.rest.pop_front() {
            match &mut self.early {
                Some(early) if self.by_turns => {
                    let begun = early.begin(&self.fetched, &self.scan, begun.cut, self.keep)?;
                    if begun.is_some() {
                        return Ok(begun);
                    }
                }
                _ => return Ok(Some(begun)),
            }
        }
        Ok(None)
    }

    fn finish(&mut self, begun: Begun) -> Result<(Chunk, RecordBatch), ArrowError> {
        let (fetched, scan) = (&self.fetched, &self.scan);
        let batch = fetched.next(scan, self.reader.as_mut(), rows_of(&begun.cut))?;
        let mut read = fetched.flat(&mut self.flat, &begun.cut)?;
        let chunk = fetched.chunk(scan, begun, &batch, &mut read, &mut self.texts)?;
        let schema = batch.schema();
        let carried = scan.carried.iter().map(|name| schema.index_of(name));
        let carried = batch.project(&carried.collect::<Result<Vec<_>, _>>()?)?;
        Ok((chunk, carried))
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_carried()?.map(|(chunk, _)| chunk))
    }
}
