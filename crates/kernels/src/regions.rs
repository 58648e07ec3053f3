//! Where a point must lie, in integers, and in f64 where those leave it open.

use crate::{Code, Filter, Program, steps};
use graticule_columns::{Chunk, Column, Data, ExactRows};
use graticule_geo::layer::{Layer, UNDECIDED};
use graticule_geo::{Bbox, Circle, FixedBbox};
use std::borrow::Cow;
use std::sync::Arc;

/// Rows that are looked at together.
const BLOCK: usize = 1024;

/// The regions of a program's filters and the layers of its keys.
#[derive(Debug, Clone)]
pub struct Regions {
    boxes: Vec<(Bbox, FixedBbox)>,
    circles: Vec<(Circle, Vec<u32>)>,
    layers: Vec<Arc<Layer>>,
    zones: Vec<Arc<Layer>>,
}

impl Regions {
    /// Those of some programs, which share their filters.
    pub fn of(programs: &[Program]) -> Self {
        let mut regions = Self {
            boxes: Vec::new(),
            circles: Vec::new(),
            layers: Vec::new(),
            zones: Vec::new(),
        };
        let Some(program) = programs.first() else {
            return regions;
        };
        for filter in &program.filters {
            match filter {
                Filter::Bbox(bbox) => regions.boxes.push((*bbox, bbox.fixed())),
                Filter::Circle(circle) => regions.circles.push((*circle, circle.words())),
                Filter::Layer { layer } => regions.layers.push(program.layers[*layer].clone()),
                _ => {}
            }
        }
        let digits = programs.iter().flat_map(|p| &p.digits);
        let mut zones: Vec<usize> = digits
            .filter_map(|digit| match digit.code {
                Code::Zone { layer } => Some(layer),
                _ => None,
            })
            .collect();
        zones.sort_unstable();
        zones.dedup();
        regions.zones = zones
            .into_iter()
            .map(|layer| program.layers[layer].clone())
            .collect();
        regions
    }

    /// Whether no filter asks where a point is.
    pub(crate) fn is_empty(&self) -> bool {
        self.boxes.is_empty() && self.circles.is_empty() && self.layers.is_empty()
    }

    /// Drops rows outside from `keep` and marks in `edge` those that integers leave open.
    pub(crate) fn narrow(
        &self,
        x: &[u32],
        y: &[u32],
        keep: &mut [u8],
        edge: &mut [u8],
        codes: &mut [u64],
    ) {
        for (_, fixed) in &self.boxes {
            steps::bbox(fixed, x, y, keep, edge);
        }
        for (_, words) in &self.circles {
            steps::circle(words, x, y, keep, edge);
        }
        for layer in &self.layers {
            steps::layer(layer.words(), x, y, keep, edge, codes);
        }
    }

    /// Marks in `edge` the rows whose zones integers leave open.
    pub(crate) fn open_zones(&self, x: &[u32], y: &[u32], edge: &mut [u8], codes: &mut [u64]) {
        for layer in &self.zones {
            steps::zone(layer.words(), x, y, codes);
            for (edge, code) in edge.iter_mut().zip(codes.iter()) {
                *edge |= u8::from(*code == UNDECIDED);
            }
        }
    }

    /// Whether every filter holds the point, in f64.
    pub(crate) fn hold(&self, lon: f64, lat: f64) -> bool {
        self.boxes.iter().all(|(bbox, _)| bbox.holds(lon, lat))
            && self
                .circles
                .iter()
                .all(|(circle, _)| circle.holds(lon, lat))
            && self.layers.iter().all(|layer| layer.exact(lon, lat) != 0)
    }

    /// Appends the places of rows that may have to be asked again in f64, by their cells alone; ascending.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a chunk has fewer than 2^32 rows"
    )]
    pub fn mark(&self, x: &[u32], y: &[u32], rows: &mut Vec<u32>) {
        if self.is_empty() && self.zones.is_empty() {
            return;
        }
        let (mut keep, mut edge, mut codes) = ([0; BLOCK], [0; BLOCK], [0; BLOCK]);
        for start in (0..x.len()).step_by(BLOCK) {
            let range = start..(start + BLOCK).min(x.len());
            let count = range.len();
            let (x, y) = (&x[range.clone()], &y[range]);
            let (keep, edge) = (&mut keep[..count], &mut edge[..count]);
            keep.fill(1);
            edge.fill(0);
            self.narrow(x, y, keep, edge, &mut codes[..count]);
            self.open_zones(x, y, edge, &mut codes[..count]);
            if edge.contains(&1) {
                let open = (0..count).filter(|&i| edge[i] & keep[i] != 0);
                rows.extend(open.map(|i| (start + i) as u32));
            }
        }
    }

    /// Leaves a chunk that has the source coordinates of all rows those of marked ones, for its columns go elsewhere.
    pub fn keep_marked(&self, chunk: &mut Chunk) {
        let mut rows = Vec::new();
        self.mark(
            &words(&chunk.columns[0]),
            &words(&chunk.columns[1]),
            &mut rows,
        );
        chunk.exact = ExactRows::among(rows, &chunk.exact.lon, &chunk.exact.lat);
    }
}

/// The words of all rows: where they lie, if they are plain.
fn words(column: &Column) -> Cow<'_, [u32]> {
    if let Data::Plain32(words) = column.data() {
        return Cow::Borrowed(words);
    }
    let mut words = vec![0; column.len()];
    column.read32(0..column.len(), &mut words);
    Cow::Owned(words)
}
