//! The groups of a session and their records, found by dense place or by hash.

use crate::group::{Index, MOST_GROUPS, Packing};
use crate::{KernelError, Partial, Program, RecordLayout, limbs};

/// How groups are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// A record for each possible group, at the place that the digits spell.
    Dense,
    /// A record for each group met, found by hashing the digits.
    Sparse,
}

impl Grouping {
    /// How a table of a program finds groups within so many bytes of memory.
    pub fn of(program: &Program, allowed: usize) -> Self {
        let record = program.layout().stride as u128 * 8;
        let bytes = program.most_groups().saturating_mul(record);
        match bytes <= DENSE_BYTES.min(allowed as u128 / 4).max(4096) {
            true => Self::Dense,
            false => Self::Sparse,
        }
    }
}

/// Groups and records.
#[derive(Debug)]
pub struct Table {
    extents: Vec<u64>,
    pub(crate) layout: RecordLayout,
    pub(crate) words: Vec<u64>,
    index: Index,
    allowed: usize,
    most_groups: u128,
    /// Rows and merges since sums last carried.
    pending: u64,
    /// How often places became those of other groups.
    age: u64,
}

/// So many groups fit whatever the memory: those of a vector of rows that is worked on at once.
const LEAST_GROUPS: usize = 1024;

/// So many groups, with their slots in the table, lie beyond the caches of most processors.
const FAR_GROUPS: usize = 1 << 18;

/// Dense tables up to this many bytes stay near the caches.
const DENSE_BYTES: u128 = 16 << 20;

impl Table {
    /// An empty table for a program's groups, within `allowed` bytes of memory; chooses the method.
    ///
    /// # Errors
    /// [`KernelError::Memory`] when not even one record fits.
    pub fn new(program: &Program, allowed: usize) -> Result<Self, KernelError> {
        let layout = program.layout();
        let extents: Vec<u64> = program.digits.iter().map(|d| d.extent).collect();
        let most_groups = program.most_groups();
        let index = match Grouping::of(program, allowed) {
            Grouping::Dense => Index::dense(&extents),
            Grouping::Sparse => Index::sparse(Packing::new(&extents)),
        };
        let words = layout.identity().repeat(index.dense_places());
        Ok(Self {
            extents,
            layout,
            words,
            index,
            allowed,
            most_groups,
            pending: 0,
            age: 0,
        })
    }

    /// How this table finds groups.
    pub fn grouping(&self) -> Grouping {
        match self.index {
            Index::Dense { .. } => Grouping::Dense,
            Index::Sparse { .. } => Grouping::Sparse,
        }
    }

    /// Bytes of memory in use.
    pub fn bytes(&self) -> usize {
        8 * self.words.capacity() + self.index.bytes()
    }

    /// Whether with the limbs of another layout the groups take so much of the allowed memory that they had
    /// better leave before.
    pub fn outgrows(&self, other: &RecordLayout) -> bool {
        self.is_much(&self.layout.widened(other))
    }

    fn is_much(&self, wide: &RecordLayout) -> bool {
        let bytes = 8 * self.groups() * wide.stride;
        // A record for each possible group grows no further; while it widens, it is there twice.
        let room = match self.grouping() {
            Grouping::Dense => self.allowed / 2,
            Grouping::Sparse => self.allowed / 4,
        };
        *wide != self.layout && self.groups() > 1 && bytes > room.max(4096)
    }

    fn groups(&self) -> usize {
        self.words.len() / self.layout.stride
    }

    /// Makes room for the limbs of another layout of the same accumulators. A record for each possible group
    /// may become too much then, and is one for each group met.
    ///
    /// # Errors
    /// [`KernelError::Memory`] when the groups do not fit.
    pub fn widen(&mut self, other: &RecordLayout) -> Result<(), KernelError> {
        let wide = self.layout.widened(other);
        if wide == self.layout {
            return Ok(());
        }
        if self.grouping() == Grouping::Dense && self.is_much(&wide) {
            let met = self.drain();
            self.index = Index::sparse(Packing::new(&self.extents));
            (self.layout, self.words) = (wide, Vec::new());
            self.age += 1;
            return self.absorb(&met);
        }
        let groups = self.groups();
        let bytes = 8 * groups * wide.stride;
        if groups > LEAST_GROUPS && bytes + self.index.bytes() > self.allowed {
            return Err(self.too_much(groups, &wide));
        }
        let identity = wide.identity();
        let mut words = identity.repeat(groups);
        let records = self.words.chunks_exact(self.layout.stride);
        // The first word counts rows; most records of a dense table have none.
        for (to, from) in words
            .chunks_exact_mut(wide.stride)
            .zip(records)
            .filter(|(_, from)| from[0] > 0)
        {
            wide.merge(to, &self.layout, from);
        }
        self.layout = wide;
        self.words = words;
        Ok(())
    }

    /// Makes room for so many groups at once, as far as they fit.
    pub fn expect(&mut self, groups: usize) {
        let fit = self.allowed / self.bytes_per_group(&self.layout).max(1);
        if let Index::Sparse { groups: index, .. } = &mut self.index {
            index.expect(groups.min(fit));
        }
    }

    /// Finds or makes the groups of some rows. `digits` holds a column for each digit; a place for
    /// each row goes to `places`.
    ///
    /// # Errors
    /// [`KernelError::Memory`] when new groups do not fit, [`KernelError::Groups`] where they may be too many.
    pub(crate) fn places(
        &mut self,
        digits: &[Vec<u32>],
        rows: usize,
        places: &mut [u32],
    ) -> Result<(), KernelError> {
        self.await_rows(rows)?;
        self.places_of(digits, rows, places)
    }

    /// How often places became those of other groups.
    pub(crate) fn age(&self) -> u64 {
        self.age
    }

    /// Makes sure that sums have room for so many rows more.
    ///
    /// # Errors
    /// As [`Self::places`].
    pub(crate) fn await_rows(&mut self, rows: usize) -> Result<(), KernelError> {
        self.pending += rows as u64;
        if self.pending > limbs::ROWS_BEFORE_NORMALISE {
            self.carry()?;
            self.pending = rows as u64;
        }
        Ok(())
    }

    /// As [`Self::places`], of some of the rows that are [awaited](Self::await_rows).
    ///
    /// # Errors
    /// As [`Self::places`].
    pub(crate) fn places_of(
        &mut self,
        digits: &[Vec<u32>],
        rows: usize,
        places: &mut [u32],
    ) -> Result<(), KernelError> {
        // Each row may have a group of its own.
        if self.groups() > MOST_GROUPS - rows {
            return Err(KernelError::Groups {
                most: MOST_GROUPS as u64,
            });
        }
        let groups = self.index.places(digits, rows, places);
        let missing = groups * self.layout.stride;
        if missing > self.words.len() {
            let old = self.groups();
            let identity = self.layout.identity();
            if identity.iter().all(|word| *word == 0) {
                self.words.resize(missing, 0);
            } else {
                self.words.reserve(missing - self.words.len());
                for _ in old..groups {
                    self.words.extend_from_slice(&identity);
                }
            }
            self.check_memory(groups)?;
        }
        Ok(())
    }

    fn check_memory(&self, groups: usize) -> Result<(), KernelError> {
        if self.bytes() <= self.allowed || groups <= LEAST_GROUPS {
            return Ok(());
        }
        Err(self.too_much(groups, &self.layout))
    }

    fn too_much(&self, groups: usize, layout: &RecordLayout) -> KernelError {
        let per_group = self.bytes_per_group(layout);
        let most = u64::try_from(self.most_groups).unwrap_or(u64::MAX);
        KernelError::Memory {
            groups: groups as u64,
            bytes_per_group: per_group as u64,
            allowed: self.allowed as u64,
            most_groups: most,
            needed: most.saturating_mul(per_group as u64),
        }
    }

    fn carry(&mut self) -> Result<(), KernelError> {
        // Carrying needs a limb on top; without one the last limb would fill.
        self.widen(&self.layout.with_carry_limb())?;
        let layout = self.layout.clone();
        for record in self.words.chunks_exact_mut(layout.stride) {
            layout.normalise(record);
        }
        Ok(())
    }

    /// Merges a partial of the same program in.
    ///
    /// # Errors
    /// [`KernelError::Foreign`] for another program's partial, [`KernelError::Stray`] for digits
    /// outside their extent, [`KernelError::Memory`] when the groups do not fit.
    pub fn absorb(&mut self, partial: &Partial) -> Result<(), KernelError> {
        let same = partial.digits.len() == self.extents.len()
            && partial.layout.fields.len() == self.layout.fields.len()
            && (self.layout.fields.iter())
                .zip(&partial.layout.fields)
                .all(|(a, b)| a.accumulator == b.accumulator)
            && partial.digits.iter().all(|d| d.len() == partial.groups());
        if !same {
            return Err(KernelError::Foreign("it is of another question".to_owned()));
        }
        for (digits, &extent) in partial.digits.iter().zip(&self.extents) {
            if digits.iter().any(|&d| u64::from(d) >= extent) {
                return Err(KernelError::Stray);
            }
        }
        self.widen(&partial.layout)?;
        const STEP: usize = 1024;
        let mut places = [0; STEP];
        for start in (0..partial.groups()).step_by(STEP) {
            let range = start..(start + STEP).min(partial.groups());
            let digits: Vec<Vec<u32>> = partial
                .digits
                .iter()
                .map(|d| d[range.clone()].to_vec())
                .collect();
            self.places(&digits, range.len(), &mut places)?;
            for (group, &place) in range.zip(&places) {
                let at = place as usize * self.layout.stride;
                self.layout.merge(
                    &mut self.words[at..at + self.layout.stride],
                    &partial.layout,
                    partial.record(group),
                );
            }
        }
        Ok(())
    }

    /// Whether so much of the allowed memory is taken that the groups had better leave: what is left
    /// has room for the table to grow once more, also by a vector of rows with a group each, and for the partial
    /// that leaves.
    pub fn is_full(&self) -> bool {
        let groups = self.groups();
        let after = (groups + LEAST_GROUPS).saturating_mul(self.bytes_per_group(&self.layout));
        let is_much = self.bytes() > self.allowed / 4 || after > self.allowed;
        self.grouping() == Grouping::Sparse && groups > 0 && is_much
    }

    /// Whether the groups are so many that each is far from the processor: whoever takes them out, parts them
    /// by their keys and merges part by part is faster than a table that grows on.
    pub fn is_far(&self) -> bool {
        self.grouping() == Grouping::Sparse && self.groups() >= FAR_GROUPS
    }

    /// Bytes that suffice for a group: half of a table that has just grown may be empty, and its hash slots
    /// are up to four a group.
    fn bytes_per_group(&self, layout: &RecordLayout) -> usize {
        2 * 8 * layout.stride + self.index.bytes_per_group()
    }

    /// Takes the groups out, as [`Self::into_partial`] does, and begins anew.
    #[must_use]
    pub fn drain(&mut self) -> Partial {
        // Where memory is scarce, what the next groups need is not known.
        let index = match &self.index {
            Index::Sparse { .. } if !self.is_far() => Index::sparse(Packing::new(&self.extents)),
            index => index.emptied(&self.extents),
        };
        let fresh = Self {
            extents: self.extents.clone(),
            layout: self.layout.clone(),
            words: self.layout.identity().repeat(index.dense_places()),
            index,
            allowed: self.allowed,
            most_groups: self.most_groups,
            pending: 0,
            age: self.age + 1,
        };
        std::mem::replace(self, fresh).into_partial()
    }

    /// The groups that hold a row, as a partial with its sums carried.
    pub fn into_partial(self) -> Partial {
        let stride = self.layout.stride;
        let met: Vec<u32> = (0u32..)
            .zip(self.words.chunks_exact(stride))
            .filter(|(_, record)| record[0] > 0)
            .map(|(place, _)| place)
            .collect();
        let digits = self.index.digits(&met, &self.extents);
        let words = if met.len() == self.groups() {
            self.words
        } else {
            let record = |place: u32| &self.words[place as usize * stride..][..stride];
            met.iter()
                .flat_map(|place| record(*place))
                .copied()
                .collect()
        };
        Partial {
            digits,
            layout: self.layout,
            words,
        }
        .into_normalised()
    }
}
