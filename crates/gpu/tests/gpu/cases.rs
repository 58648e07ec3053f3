//! Random programs over random chunks, every encoding and every step among them.

use crate::places::{beside, point};
use crate::programs::{Columns, program};
use crate::support::Random;
use crate::values::{Draw, KINDS, bits, draw, encode, middling};
use arrow_buffer::BooleanBuffer;
use graticule_columns::{Chunk, Column, ExactRows, Kind, RowOrigin};
use graticule_geo::{Circle, is_valid, x_of_lon, y_of_lat};
use graticule_kernels::{Filter, Program, Regions};

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) program: Program,
    pub(crate) chunks: Vec<Chunk>,
}

/// Which steps a program may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// Those that need no table of a region and no wide record.
    Plain,
    /// All, with tables and records that a device of 400 KiB has room for.
    Small,
    /// All.
    All,
}

impl Case {
    /// A case of `chunks` chunks of about `rows` rows.
    pub(crate) fn random(random: &mut Random, chunks: usize, rows: usize) -> Self {
        Self::of(random, Steps::All, chunks, rows, 10)
    }

    /// One row in `edge` lies on the edge of a box, on either axis.
    pub(crate) fn of(
        random: &mut Random,
        steps: Steps,
        chunks: usize,
        rows: usize,
        edge: u64,
    ) -> Self {
        let mut kinds = vec![Kind::U32; 2];
        let mut draws = vec![Draw::Wild; 2];
        for _ in 0..random.index(5) {
            let kind = *random.pick(&KINDS);
            kinds.push(kind);
            draws.push(draw(random, kind));
        }
        if steps != Steps::Plain && random.one_in(3) {
            // A time, of few values or many.
            kinds.push(Kind::I64);
            draws.push(draw(random, Kind::I64));
        }
        let columns = Columns {
            kinds: &kinds,
            draws: &draws,
        };
        let program = program(random, steps, columns);
        let (mut edges, mut circles) = (Vec::new(), Vec::new());
        for filter in &program.filters {
            match filter {
                Filter::Bbox(bbox) => edges.push(bbox.edges()),
                Filter::Circle(circle) => circles.push(*circle),
                _ => {}
            }
        }
        let made = Made {
            program: &program,
            steps,
            draws: &draws,
            edges: &edges,
            edge,
            circles: &circles,
            regions: Regions::of(std::slice::from_ref(&program)),
        };
        let chunks = (0..chunks).map(|i| {
            let rows = 1 + random.index(2 * rows);
            chunk(random, &made, i, rows)
        });
        Self {
            chunks: chunks.collect(),
            program,
        }
    }
}

/// What chunks are made from.
struct Made<'a> {
    program: &'a Program,
    steps: Steps,
    draws: &'a [Draw],
    edges: &'a [[f64; 4]],
    edge: u64,
    circles: &'a [Circle],
    regions: Regions,
}

impl Made<'_> {
    fn point(&self, random: &mut Random) -> (f64, f64) {
        let layers = &self.program.layers;
        let has_rim = !self.circles.is_empty() || !layers.is_empty();
        if has_rim && random.one_in(2) {
            beside(random, self.circles, layers)
        } else {
            point(random, self.edges, self.edge)
        }
    }
}

fn chunk(random: &mut Random, made: &Made<'_>, number: usize, rows: usize) -> Chunk {
    let (program, draws) = (made.program, made.draws);
    let (mut lon, mut lat, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    let is_all_valid = random.one_in(2);
    for _ in 0..rows {
        let point = made.point(random);
        let is_point = is_all_valid || !random.one_in(20);
        lon.push(point.0);
        lat.push(point.1);
        valid.push(is_point && is_valid(point.0, point.1));
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let cell = if valid[row] {
            (x_of_lon(lon[row]), y_of_lat(lat[row]))
        } else {
            (0, 0)
        };
        x.push(cell.0);
        y.push(cell.1);
    }
    let mut columns = Vec::new();
    for (slot, draw) in program.slots.iter().zip(draws).skip(2) {
        let is_constant = random.one_in(8);
        let first = middling(slot.kind).unwrap_or_else(|| bits(random, slot.kind, *draw));
        let mut values: Vec<u64> = (0..rows)
            .map(|_| {
                if is_constant {
                    first
                } else {
                    bits(random, slot.kind, *draw)
                }
            })
            .collect();
        values[0] = first;
        let validity = random.one_in(2).then(|| {
            (0..rows)
                .map(|_| !random.one_in(6))
                .collect::<BooleanBuffer>()
        });
        columns.push(encode(random, slot.kind, &values, validity));
    }
    let mut all: Vec<Column> = [&x, &y]
        .into_iter()
        .map(|words| {
            let words: Vec<u64> = words.iter().map(|&word| u64::from(word)).collect();
            encode(random, Kind::U32, &words, None)
        })
        .collect();
    all.append(&mut columns);
    let object = format!("{:x}", random.next()).into();
    // Source coordinates of all rows, or of those that may be asked for again.
    let exact = if made.steps != Steps::Plain && random.one_in(2) {
        ExactRows {
            rows: None,
            lon: lon.into(),
            lat: lat.into(),
        }
    } else {
        let mut marked = Vec::new();
        made.regions.mark(&x, &y, &mut marked);
        ExactRows::some(marked, &lon, &lat)
    };
    Chunk {
        origin: RowOrigin {
            store: "".into(),
            object,
            etag: "1".into(),
            row_group: number,
            first_row: 0,
            rows,
        },
        columns: all,
        valid: valid.contains(&false).then(|| valid.into()),
        exact,
        texts: vec![],
    }
}
