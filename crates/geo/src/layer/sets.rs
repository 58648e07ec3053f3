//! Sets of zones and their numbers.

use super::LayerError;
use std::collections::HashMap;

/// Members of all sets together, so that thousands of zones over one another end in an error and
/// not in the machine's last byte.
const MOST_MEMBERS: usize = 16 << 20;

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Sets {
    /// Members of the sets, ascending, one set after another.
    members: Vec<u32>,
    /// Where each set ends. Set 0 is empty.
    ends: Vec<usize>,
    /// The crowded cells, the one of rank 1 first.
    crowds: Vec<Crowd>,
}

/// A grid cell near the borders of five zones or more: its codes are masks, not sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Crowd {
    /// The set of the zones that hold all of the cell.
    pub(super) base: u32,
    /// The zones with borders near, ascending; bit i of a mask is the i-th.
    pub(super) zones: Vec<u32>,
}

impl Sets {
    fn set(&self, id: usize) -> &[u32] {
        let Some(&end) = self.ends.get(id) else {
            return &[];
        };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.members[start..end]
    }

    pub(super) fn extents(&self) -> [u64; 2] {
        let widest = self.crowds.iter().map(|c| c.zones.len()).max();
        let masks = widest.map_or(0, |m| 1u64 << m);
        [
            self.crowds.len() as u64 + 1,
            masks.max(self.ends.len() as u64),
        ]
    }

    pub(super) fn members(&self, code: u64) -> Vec<u32> {
        let (rank, low) = (code >> 32, code & 0xffff_ffff);
        let Ok(rank) = usize::try_from(rank) else {
            return Vec::new();
        };
        if rank == 0 {
            return usize::try_from(low).map_or(Vec::new(), |id| self.set(id).to_vec());
        }
        let Some(crowd) = self.crowds.get(rank - 1) else {
            return Vec::new();
        };
        let mut zones = self.set(crowd.base as usize).to_vec();
        let inside = |&(bit, _): &(usize, &u32)| low >> bit & 1 == 1;
        zones.extend(
            crowd
                .zones
                .iter()
                .enumerate()
                .filter(inside)
                .map(|(_, z)| z),
        );
        zones.sort_unstable();
        zones
    }
}

/// Gives numbers to sets while the tables are built: dense from 1, in order of appearance.
#[derive(Debug)]
pub(super) struct Numbering {
    sets: Sets,
    ids: HashMap<Box<[u32]>, u32>,
}

impl Numbering {
    pub(super) fn new() -> Self {
        let mut ids = HashMap::new();
        ids.insert(Box::default(), 0);
        Self {
            sets: Sets {
                ends: vec![0],
                ..Sets::default()
            },
            ids,
        }
    }

    /// The number of a set of zones, given ascending.
    pub(super) fn id(&mut self, zones: &[u32]) -> Result<u32, LayerError> {
        if let Some(&id) = self.ids.get(zones) {
            return Ok(id);
        }
        if self.sets.members.len() + zones.len() > MOST_MEMBERS {
            return Err(LayerError::TooLarge);
        }
        let id = u32::try_from(self.sets.ends.len()).map_err(|_| LayerError::TooLarge)?;
        self.sets.members.extend_from_slice(zones);
        self.sets.ends.push(self.sets.members.len());
        self.ids.insert(zones.into(), id);
        Ok(id)
    }

    /// The rank of one more crowded cell.
    pub(super) fn rank(&mut self, crowd: Crowd) -> Result<u32, LayerError> {
        self.sets.crowds.push(crowd);
        u32::try_from(self.sets.crowds.len()).map_err(|_| LayerError::TooLarge)
    }

    pub(super) fn into_sets(self) -> Sets {
        self.sets
    }
}
