//! The graticule layout: time partitions, Hilbert order inside, fixed-point coordinates.
//!
//! # The layout
//!
//! ```text
//! DST/week=2026-W09/part-0.parquet       rows of that UTC week, along the Hilbert curve
//! DST/week=null/part-0.parquet           those without a time
//! ```
//!
//! The files are plain Parquet, and nothing else is in the folders: programs that read the source read these, in one
//! call. Longitude and latitude keep their names. Where the decimals of all points are the very numbers and take less
//! than floats, or where they are asked for, they are `DECIMAL(10,7)` in
//! INT64 and `DECIMAL(9,7)` in INT32, delta packed: the coordinate in 1e-7 degrees. `number / 10^7` is the source's very f64
//! wherever that had at most seven decimals; if some row of the dataset had more, each file has a
//! column of residuals ([`graticule_geo::decimal`]) that leads back to the bits. Rows without a point
//! are kept: what is no coordinate has no decimal and lies whole in the residual, and such rows come last in their
//! partition. Elsewhere the floats are written as they are. The key `graticule.layout` of a file's metadata
//! ([`graticule_dataset::Mark`]) tells all this, and what the file was made of.
//!
//! Why one place for all files and not residuals by need: DuckDB and pyarrow take the first file's
//! columns for all. Why seven places: the next power of ten needs more than 32 bits, fewer lose what
//! phones send, and 11 mm is finer than any receiver.
//!
//! Other columns keep their types; those of the source's folders become columns of the files, and the layout's folders
//! are called `utc_week` where a column is called `week`. Integers
//! and times are delta packed and not compressed further, floats are dictionaries or split bytes with
//! zstd, the rest dictionaries with zstd. A page has [`PAGE_ROWS`] rows of every column; row groups hold
//! up to 128 of them. Every page has its checksum. Those rows are a *tile*: its statistics ([`TilesMark`](graticule_dataset::TilesMark)) lie
//! between the last page and the footer, where other readers pass them over.
//!
//! # How it is made
//!
//! Threads read the source's row groups, give each row a key (partition, place on the curve, time,
//! place in the source), sort as many rows as memory allows and spill them as *runs*. The runs are
//! merged into files, partition after partition. The last word of the key makes the rows' order the same
//! whatever the memory and the threads were.
//!
//! All work lies in the hidden folder `.NAME.partial` beside the destination, with a journal of what
//! is finished. A killed run's successor goes on from there, provided that source and options are the
//! same; the destination appears by one rename.

mod coordinates;
mod destination;
mod error;
mod fit;
mod form;
mod journal;
mod keys;
mod merge;
mod options;
mod parts;
mod run;
mod schema;
mod sort;
mod source;
mod tiles;
mod write;

pub use error::OptimizeError;
pub use options::{
    Because, Coordinates, Optimize, Partition, Progress, Report, Sizes, Sort, Stage,
};
pub use write::PAGE_ROWS;

use destination::Destination;
use graticule_dataset::{Mark, guarded};
use journal::Done;
use source::Rows;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

impl Optimize {
    /// Rewrites a dataset into the graticule layout. `progress` is called from time to time, from any
    /// thread, and stops the work where it answers so; what is finished then serves the next call.
    ///
    /// Where the destination already is this source with these options, nothing is done.
    ///
    /// # Errors
    /// [`OptimizeError`] when the source cannot be read, the destination holds anything else, or
    /// there is no space.
    pub fn run(
        &self,
        source: &str,
        destination: &Path,
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Report, OptimizeError> {
        guarded(|| self.rewrite(source, destination, progress))
            .unwrap_or_else(|panicked| Err(OptimizeError::Worker(panicked.to_string())))
    }

    fn rewrite(
        &self,
        source: &str,
        destination: &Path,
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Report, OptimizeError> {
        let start = Instant::now();
        self.check()?;
        let rows = Rows::open(source, self)?;
        let settled = Self {
            partition: Some(self.partition.unwrap_or_else(|| rows.fit())),
            ..self.clone()
        };
        let mut report = settled.write(&rows, source, destination, progress, start)?;
        let note = rows.note_of_both(source, destination);
        report.notes.extend(note);
        Ok(report)
    }

    fn write(
        &self,
        rows: &Rows,
        source: &str,
        destination: &Path,
        progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
        start: Instant,
    ) -> Result<Report, OptimizeError> {
        let fingerprint = rows.fingerprint(self);
        let destination = Destination::of(destination, source, rows)?;
        if let Some((done, mark)) = destination.finished(&fingerprint, rows.rows())? {
            return Ok(Report {
                was_there: true,
                ..report(rows, &done, &mark, (self.partition, None), start)
            });
        }
        let (mut journal, mut done) = destination.begin(&fingerprint)?;
        sort::spill(self, rows, &destination, &mut journal, &mut done, progress)?;
        merge::reduce(self, &destination, &mut journal, &mut done, progress)?;
        let (form, because) = form::choose(self, rows, &destination, &done)?;
        let mark = Mark {
            made_of: fingerprint.word(),
            ..schema::mark(self, rows, &done, form)
        };
        parts::write(
            self,
            rows,
            (&mark, form),
            &destination,
            &mut journal,
            &mut done,
            progress,
        )?;
        destination.publish(journal)?;
        Ok(report(
            rows,
            &done,
            &mark,
            (self.partition, Some(because)),
            start,
        ))
    }
}

fn report(
    rows: &Rows,
    done: &Done,
    mark: &Mark,
    (partition, because): (Option<Partition>, Option<Because>),
    start: Instant,
) -> Report {
    let sum = |of: fn(&journal::DataFile) -> u64| done.parts.iter().map(of).sum::<u64>();
    Report {
        rows: sum(|p| p.rows),
        invalid: sum(|p| p.invalid),
        files: done.parts.len() as u64,
        bytes_before: rows.bytes(),
        bytes: sum(|p| p.bytes),
        bytes_coordinates: sum(|p| p.bytes_coordinates),
        coordinates: match mark.lon.is_float {
            true => Coordinates::F64,
            false => Coordinates::Decimal,
        },
        because,
        exact: mark.exact,
        residuals: mark.lon.residual.is_some() || mark.lat.residual.is_some(),
        partition: mark.folder.as_ref().and(partition),
        was_there: false,
        seconds: start.elapsed().as_secs_f64(),
        notes: rows.notes(),
    }
}
