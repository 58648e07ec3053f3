//! What was spilled, merged: one part at a time, and those parted again that do not fit.

use super::{PARTS, Spill};
use crate::Error;
use graticule_kernels::{KernelError, Partial, Program};
use std::sync::Arc;

/// Groups that are merged: a partial for each program.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) partials: Vec<Partial>,
    /// Whether no more pairs of these groups follow. Where a group's pairs do not fit, the group comes first,
    /// and then its pairs, each value of it once, with no groups.
    pub(crate) is_whole: bool,
}

impl Spill {
    /// The merged groups of each part within so many bytes; parts without groups are left out. A part whose
    /// groups do not fit is parted again by further bits of their hash, and by what is counted where the keys
    /// are the same.
    pub(crate) fn merged<'a>(
        self: &Arc<Self>,
        programs: &'a [Program],
        allowed: usize,
    ) -> impl Iterator<Item = Result<Merged, Error>> + use<'a> {
        let first = Open {
            spill: self.clone(),
            next: 0,
            are_pairs: false,
        };
        Sections {
            programs,
            share: allowed / programs.len().max(1),
            open: vec![first],
        }
    }
}

/// The parts of a spill, one after the other, and of those that are parted again.
struct Sections<'a> {
    programs: &'a [Program],
    share: usize,
    /// Spills, each a part of the one before.
    open: Vec<Open>,
}

struct Open {
    spill: Arc<Spill>,
    /// The part that comes next.
    next: usize,
    /// Whether it has all the pairs of groups that came before it.
    are_pairs: bool,
}

impl Iterator for Sections<'_> {
    type Item = Result<Merged, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let open = self.open.last_mut()?;
            let (spill, place) = (open.spill.clone(), open.next);
            if place == PARTS {
                let ended = self.open.pop()?;
                if ended.are_pairs {
                    let partials = self.programs.iter().map(none).collect();
                    let is_whole = true;
                    return Some(Ok(Merged { partials, is_whole }));
                }
                continue;
            }
            open.next += 1;
            let absorbed = spill.absorbed(place, self.programs, self.share);
            let met = match absorbed {
                Ok(None) => Ok(None),
                Ok(Some(partials)) => spill.remove(place).map(|()| Some(self.found(partials))),
                Err(Error::Kernel(failure @ KernelError::Memory { .. })) => {
                    self.part(&spill, place, failure)
                }
                Err(error) => Err(error),
            };
            match met {
                Ok(None) => {}
                Ok(Some(merged)) => return Some(Ok(merged)),
                Err(error) => {
                    self.open.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Sections<'_> {
    fn found(&self, partials: Vec<Partial>) -> Merged {
        let is_whole = self.open.iter().all(|open| !open.are_pairs);
        Merged { partials, is_whole }
    }

    /// Parts a part that does not fit, the reason of which is the failure if that cannot be; gives groups
    /// whose pairs come next.
    fn part(
        &mut self,
        spill: &Spill,
        place: usize,
        failure: KernelError,
    ) -> Result<Option<Merged>, Error> {
        let mut open = |spill, are_pairs| {
            self.open.push(Open {
                spill: Arc::new(spill),
                next: 0,
                are_pairs,
            });
        };
        if let Some(finer) = spill.parted(place, self.programs, self.share)? {
            open(finer, false);
            return Ok(None);
        }
        let parted = spill.parted_by_value(place, self.programs, self.share)?;
        let Some((groups, pairs)) = parted else {
            return Err(failure.into());
        };
        open(pairs, true);
        let further = self.programs[1..].iter().map(none);
        let partials = std::iter::once(groups).chain(further).collect();
        Ok(Some(self.found(partials)))
    }
}

/// No groups of a program.
fn none(program: &Program) -> Partial {
    Partial::empty(program.digits.len(), program.layout())
}
