//! The CPU path: vectors of rows, columnar loops that the compiler turns into SIMD, then scatter.

mod accumulate;
mod digits;
mod filter;
mod groups;
mod known;
mod read;
mod rows;
mod vector;

use crate::{Counters, Grouping, KernelError, Outcome, Partial, Program, Regions, Session};
pub(crate) use filter::Tests;
use graticule_columns::Chunk;
use groups::Groups;
use std::ops::Range;
use std::sync::Arc;
use vector::Vector;

/// Rows that are worked on at once: their columns stay in the first-level cache.
pub const VECTOR: usize = 1024;

/// One thread's run of programs that share their slots and filters: rows are filtered once.
#[derive(Debug)]
pub struct CpuSession {
    programs: Arc<[Program]>,
    regions: Regions,
    groups: Vec<Groups>,
    counters: Counters,
    vector: Vector,
}

impl CpuSession {
    /// A session whose groups stay within `allowed` bytes.
    ///
    /// # Errors
    /// As [`Table::new`](crate::Table::new).
    pub fn new(programs: impl Into<Arc<[Program]>>, allowed: usize) -> Result<Self, KernelError> {
        let programs = programs.into();
        let share = allowed / programs.len().max(1);
        let groups = programs
            .iter()
            .map(|program| Groups::new(program.clone(), share));
        Ok(Self {
            regions: Regions::of(&programs),
            groups: groups.collect::<Result<_, _>>()?,
            programs,
            counters: Counters::default(),
            vector: Vector::new(),
        })
    }

    /// How the groups of the first program are found.
    pub fn grouping(&self) -> Grouping {
        self.groups
            .first()
            .map_or(Grouping::Dense, |g| g.table.grouping())
    }

    /// What happened to the rows so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes that the groups take.
    pub fn bytes(&self) -> usize {
        self.groups.iter().map(|g| g.table.bytes()).sum()
    }

    /// As [`Session::push`], and hands on the groups of tables that are full, or far where that helps, with the places of
    /// their programs.
    ///
    /// # Errors
    /// As [`Session::push`], and what `take` says.
    pub fn push_draining<E: From<KernelError>>(
        &mut self,
        chunk: &Chunk,
        far: bool,
        take: &mut dyn FnMut(usize, Partial) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin(chunk);
        for rows in vectors(chunk) {
            self.vector(chunk, &rows, Some(take))?;
            for (program, groups) in self.groups.iter_mut().enumerate() {
                if groups.table.is_full() || (far && groups.table.is_far()) {
                    take(program, groups.table.drain())?;
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, chunk: &Chunk) {
        self.counters.scanned += chunk.len() as u64;
        self.counters.invalid += chunk.invalid() as u64;
    }

    /// What was found, apart from what was drained.
    pub fn finish(self) -> Outcome {
        let groups = self.groups.into_iter();
        Outcome {
            partials: groups.map(|g| g.table.into_partial()).collect(),
            counters: self.counters,
        }
    }

    /// Rows of a chunk that pass every filter as far as integers can tell, and that integers leave open.
    pub fn open_rows(&mut self, chunk: &Chunk) -> Vec<u32> {
        let mut open = Vec::new();
        for rows in vectors(chunk) {
            let start = u32::try_from(rows.start).unwrap_or(u32::MAX);
            let count = rows.len();
            self.filter(chunk, &rows);
            self.vector.load_points(chunk, &rows);
            let vector = &mut self.vector;
            self.regions.open_zones(
                &vector.x[..count],
                &vector.y[..count],
                &mut vector.edge[..count],
                &mut vector.codes[..count],
            );
            let both = (0u32..).zip(vector.keep[..count].iter().zip(&vector.edge));
            open.extend(
                both.filter(|(_, (keep, edge))| *keep & *edge != 0)
                    .map(|(i, _)| start + i),
            );
        }
        open
    }

    /// The rows of a chunk that pass every filter.
    ///
    /// # Errors
    /// [`KernelError::NotWatched`] for a chunk without the source coordinates of a row that needs them.
    pub fn matching(&mut self, chunk: &Chunk) -> Result<Vec<u32>, KernelError> {
        let mut matching = Vec::new();
        self.begin(chunk);
        for rows in vectors(chunk) {
            self.filter(chunk, &rows);
            self.recheck(chunk, &rows)?;
            self.vector.select(rows.len());
            let start = u32::try_from(rows.start).unwrap_or(u32::MAX);
            matching.extend(self.vector.selected.iter().map(|row| start + row));
        }
        self.counters.matched += matching.len() as u64;
        Ok(matching)
    }

    /// Takes a vector in; groups that would outgrow their memory go to `take` before.
    fn vector<E: From<KernelError>>(
        &mut self,
        chunk: &Chunk,
        rows: &Range<usize>,
        mut take: Option<Take<'_, E>>,
    ) -> Result<(), E> {
        self.filter(chunk, rows);
        self.recheck(chunk, rows)?;
        let vector = &mut self.vector;
        vector.select(rows.len());
        if vector.selected.is_empty() {
            return Ok(());
        }
        self.counters.matched += vector.selected.len() as u64;
        for (program, groups) in self.groups.iter_mut().enumerate() {
            vector.choose(chunk, rows, groups.program.live);
            if vector.chosen.is_empty() {
                continue;
            }
            // Before rows have places, which other limbs may change.
            if let Some(layout) = groups.missing(chunk, rows, vector) {
                if let Some(take) = take.as_mut().filter(|_| groups.table.outgrows(&layout)) {
                    take(program, groups.table.drain())?;
                }
                groups.table.widen(&layout)?;
            }
            groups.push(chunk, rows, vector, &mut self.counters)?;
        }
        Ok(())
    }
}

/// Takes the groups of a program.
type Take<'t, E> = &'t mut dyn FnMut(usize, Partial) -> Result<(), E>;

fn vectors(chunk: &Chunk) -> impl Iterator<Item = Range<usize>> {
    let rows = chunk.len();
    (0..rows)
        .step_by(VECTOR)
        .map(move |start| start..(start + VECTOR).min(rows))
}

impl Session for CpuSession {
    type Error = KernelError;

    fn push(&mut self, chunk: &Chunk) -> Result<(), KernelError> {
        self.begin(chunk);
        for rows in vectors(chunk) {
            self.vector::<KernelError>(chunk, &rows, None)?;
        }
        Ok(())
    }
}
