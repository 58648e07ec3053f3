//! Rows that integers could not decide: listed by the device, decided here in f64 by the CPU's session.

use crate::GpuError;
use crate::epoch::Taken;
use crate::params::word;
use graticule_columns::{Chunk, RowOrigin};
use graticule_kernels::{Counters, CpuSession, KernelError, Outcome, Program, Session};
use std::collections::BTreeMap;
use std::error::Error;

/// Fetches rows of a resident chunk again: given its origin and row numbers within it, ascending,
/// gives those rows, as [`Chunk::take`] would, with their source coordinates.
pub type Recheck<'a> =
    dyn FnMut(&RowOrigin, &[u32]) -> Result<Chunk, Box<dyn Error + Send + Sync>> + 'a;

/// A chunk that a session has taken.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) origin: RowOrigin,
    /// The rows with source coordinates, for a chunk that came from the host.
    pub(crate) kept: Option<Kept>,
}

/// Rows of a chunk, and their numbers in it.
#[derive(Debug)]
pub(crate) struct Kept {
    rows: Vec<u32>,
    chunk: Option<Chunk>,
}

impl Kept {
    pub(crate) fn of(chunk: &Chunk) -> Self {
        let all = || (0..word(chunk.len() as u64)).collect();
        let rows = chunk.exact.rows.clone().unwrap_or_else(all);
        let some = (!rows.is_empty()).then(|| chunk.take(&rows));
        Self { rows, chunk: some }
    }

    /// The given rows of the whole chunk.
    fn take(&self, rows: &[u32]) -> Result<Option<Chunk>, KernelError> {
        let places = rows.iter().map(|row| {
            let place = self.rows.binary_search(row);
            let place = place.map_err(|_| KernelError::NotWatched { row: *row })?;
            Ok(word(place as u64))
        });
        let places = places.collect::<Result<Vec<u32>, KernelError>>()?;
        Ok(self.chunk.as_ref().map(|chunk| chunk.take(&places)))
    }
}

/// Rows that wait for f64.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Rows of chunks, by the chunk's number.
    listed: BTreeMap<u32, Vec<u32>>,
    /// Where the list overflowed: any row of these that lies on an edge.
    unlisted: Vec<Taken>,
    /// How many rows of `unlisted` lie on an edge.
    unlisted_count: u64,
}

impl Waiting {
    /// Takes a device's list in; `count` rows wanted a place in it.
    pub(crate) fn note(
        &mut self,
        count: u32,
        capacity: u32,
        list: &[u32],
        taken: &[Taken],
    ) -> Result<(), GpuError> {
        if count > capacity {
            self.unlisted.extend(taken);
            self.unlisted_count += u64::from(count);
            return Ok(());
        }
        for pair in list.chunks_exact(2).take(count as usize) {
            let is_taken = |t: &Taken| t.number == pair[0] && (t.from..t.to).contains(&pair[1]);
            if !taken.iter().any(is_taken) {
                return Err(GpuError::Damaged {
                    what: "it lists a row that was not asked about",
                });
            }
            self.listed.entry(pair[0]).or_default().push(pair[1]);
        }
        Ok(())
    }

    /// Decides the rows; `None` where there is none.
    pub(crate) fn decide(
        self,
        program: &Program,
        pushed: &[Pushed],
        host_memory: usize,
        recheck: &mut Recheck<'_>,
    ) -> Result<Option<Outcome>, GpuError> {
        if self.listed.is_empty() && self.unlisted.is_empty() {
            return Ok(None);
        }
        let mut session = CpuSession::new(std::slice::from_ref(program), host_memory)?;
        self.each(&mut session, pushed, recheck, &mut |session, _, chunk| {
            session.push(chunk)
        })?;
        Ok(Some(session.finish()))
    }

    /// Decides the rows of the only chunk: those of them that match, and the counts of all.
    pub(crate) fn matching(
        self,
        program: &Program,
        pushed: &[Pushed],
    ) -> Result<(Vec<u32>, Counters), GpuError> {
        let mut matching = Vec::new();
        if self.listed.is_empty() && self.unlisted.is_empty() {
            return Ok((matching, Counters::default()));
        }
        let mut session = CpuSession::new(std::slice::from_ref(program), usize::MAX)?;
        // The chunk came from the host.
        let recheck: &mut Recheck<'_> = &mut |_, _| Err("nothing was resident".into());
        self.each(
            &mut session,
            pushed,
            recheck,
            &mut |session, rows, chunk| {
                let places = session.matching(chunk)?;
                matching.extend(places.into_iter().map(|place| rows[place as usize]));
                Ok(())
            },
        )?;
        Ok((matching, session.counters()))
    }

    /// Hands the rows out as chunks, with their numbers in the chunks that they are of.
    fn each(
        self,
        session: &mut CpuSession,
        pushed: &[Pushed],
        recheck: &mut Recheck<'_>,
        take: &mut impl FnMut(&mut CpuSession, &[u32], &Chunk) -> Result<(), KernelError>,
    ) -> Result<(), GpuError> {
        let mut count = self.unlisted_count;
        for (number, mut rows) in self.listed {
            rows.sort_unstable();
            count += rows.len() as u64;
            if let Some(chunk) = fetch(&pushed[number as usize], &rows, recheck)? {
                take(session, &rows, &chunk)?;
            }
        }
        for taken in &self.unlisted {
            let from = &pushed[taken.number as usize];
            let rows: Vec<u32> = match &from.kept {
                Some(kept) => {
                    let rows = kept.rows.iter().copied();
                    rows.filter(|r| (taken.from..taken.to).contains(r))
                        .collect()
                }
                None => (taken.from..taken.to).collect(),
            };
            if let Some(chunk) = fetch(from, &rows, recheck)? {
                let open = session.open_rows(&chunk);
                let rows: Vec<u32> = open.iter().map(|place| rows[*place as usize]).collect();
                take(session, &rows, &chunk.take(&open))?;
            }
        }
        if session.counters().rechecked != count {
            return Err(GpuError::Damaged {
                what: "the CPU finds other rows on a filter's edge",
            });
        }
        Ok(())
    }
}

fn fetch(
    from: &Pushed,
    rows: &[u32],
    recheck: &mut Recheck<'_>,
) -> Result<Option<Chunk>, GpuError> {
    if rows.is_empty() {
        return Ok(None);
    }
    match &from.kept {
        Some(kept) => Ok(kept.take(rows)?),
        None => {
            let chunk = recheck(&from.origin, rows).map_err(GpuError::Recheck)?;
            if chunk.len() != rows.len() {
                let message = format!("{} rows were asked for, {} came", rows.len(), chunk.len());
                return Err(GpuError::Chunk(message));
            }
            Ok(Some(chunk))
        }
    }
}
