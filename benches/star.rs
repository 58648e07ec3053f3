//! A polygon of many vertices and points uniform in its box, which both benches share.

use crate::rows::points;
use graticule_columns::{Chunk, Column, Data, Kind, RowOrigin};
use graticule_geo::layer::{Layer, Zone};
use graticule_kernels::{Accumulator, Filter, Outcome, Program, Slot};
use std::f64::consts::TAU;
use std::sync::Arc;

/// The stars that are measured: names, vertices, and the spikes' share of the radius. Borders and
/// coasts are smooth where they have many vertices; with spikes every place has many edges near.
pub(crate) const STARS: [(&str, u32, f64); 3] = [
    ("layer/10000", 10_000, 0.0),
    ("layer/100000", 100_000, 0.0),
    ("layer/10000_spikes", 10_000, 0.05),
];
/// Rows whose answer is checked: each may ask every edge.
const SAMPLE: u32 = 5000;

/// A star, points, and the question how many of them it holds.
pub(crate) struct Star {
    pub(crate) program: Program,
    pub(crate) chunk: Chunk,
    layer: Arc<Layer>,
    lon: Vec<f64>,
    lat: Vec<f64>,
}

impl Star {
    pub(crate) fn new(vertices: u32, spikes: f64, rows: usize) -> Self {
        let point = |i: u32| {
            let turn = TAU * f64::from(i) / f64::from(vertices);
            let waves = 0.2 * (23.0 * turn).sin() + 0.05 * (171.0 * turn).sin();
            let spike = f64::from(i % 101 * 79 % 101) / 101.0;
            let radius = 2.0 * (1.0 + waves + spikes * spike);
            [7.0 + radius * turn.cos(), 50.0 + radius * turn.sin()]
        };
        let rings = vec![(0..vertices).map(point).collect()];
        let layer = Arc::new(Layer::new(vec![Zone { rings }]).expect("a polygon"));
        let program = Program {
            slots: vec![Slot { kind: Kind::U32 }; 2],
            layers: vec![layer.clone()],
            filters: vec![Filter::Layer { layer: 0 }],
            live: None,
            digits: vec![],
            accumulators: vec![Accumulator::Count],
        };
        let (lon, lat) = uniform(layer.bounds(), rows);
        let (x, y, exact) = points(&program, &lon, &lat);
        let column = |words: Vec<u32>| Column::new(Kind::U32, Data::Plain32(words.into()), None);
        let chunk = Chunk {
            origin: RowOrigin {
                store: "".into(),
                object: format!("star of {vertices}, {spikes}").into(),
                etag: "".into(),
                row_group: 0,
                first_row: 0,
                rows,
            },
            columns: vec![column(x), column(y)],
            valid: None,
            exact,
            texts: vec![],
        };
        Self {
            program,
            chunk,
            layer,
            lon,
            lat,
        }
    }

    /// The first rows.
    pub(crate) fn sample(&self) -> Chunk {
        let places: Vec<u32> = (0..SAMPLE).collect();
        self.chunk.take(&places)
    }

    /// Checks what a session found of the sample.
    pub(crate) fn check(&self, outcome: &Outcome) {
        let points = self.lon.iter().zip(&self.lat).take(SAMPLE as usize);
        let inside = points.filter(|(lon, lat)| self.layer.exact(**lon, **lat) != 0);
        let inside = inside.count() as u64;
        assert!(0 < inside && inside < u64::from(SAMPLE), "{inside}");
        assert_eq!(outcome.counters.matched, inside);
        assert_eq!(outcome.partials[0].words[0], inside);
    }
}

fn uniform([west, south, east, north]: [f64; 4], count: usize) -> (Vec<f64>, Vec<f64>) {
    let mut state = 7u64;
    // The upper half of a linear congruence (Knuth's MMIX) as a number below 1.
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as f64 / 4_294_967_296.0
    };
    let point = |_| {
        (
            west + (east - west) * random(),
            south + (north - south) * random(),
        )
    };
    (0..count).map(point).unzip()
}
