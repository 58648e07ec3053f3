//! What rows, values and groups take, by the steps that a part has for them.

use super::Work;
use crate::schedule::GPU_CHUNK;
use graticule_columns::{Scan, Source};
use graticule_dataset::Cost;
use graticule_kernels::{Accumulator, Code, Filter, Grouping, Program};
use graticule_plan::Part;

/// Seconds of a nanosecond.
const NANO: f64 = 1e-9;
/// Nanoseconds to decompress a byte as it is stored: between zstd's and that of plain pages.
const BYTE: f64 = 2.0;
/// Nanoseconds to decode a value.
const VALUE: f64 = 2.5;
/// Nanoseconds of a row that goes through no step, for what is done by tiles.
const ROW: f64 = 1.0;
/// Nanoseconds to find a row's group: where all groups have their place, by hashing, by hashing beyond the caches.
const FIND: [f64; 3] = [1.5, 8.0, 45.0];
/// Groups whose records are within the caches.
const NEAR: f64 = 1e5;
/// Nanoseconds to merge and finish a group.
const GROUP: f64 = 150.0;
/// Metres between the points of a track, so that points share wide cells.
const STRIDE: f64 = 20.0;
/// Rows of a track, which share what is no place, such as a device.
const TRACK: f64 = 500.0;
/// Metres around the earth.
const AROUND: f64 = 40_075_000.0;

/// What a part takes of a dataset that costs so much to read.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn of(part: &Part, cost: Cost) -> Work {
    let scan = part.scan();
    let rows = scan.rows() as f64;
    let read = scan.sources.iter().filter(|source| is_read(source)).count();
    let values = rows * (read + scan.carried.len()) as f64;
    let made: f64 = scan.sources.iter().map(make).sum();
    let derived: f64 = scan.sources.iter().map(derive).sum();
    let (mut kernel, mut finish, mut steps) = (0.0, 0.0, 0.0);
    for program in part.programs() {
        let groups = groups(program, scan, rows);
        kernel += rows * row(program, groups);
        finish += groups * GROUP;
        steps += rows * count(program) as f64;
    }
    let width: usize = scan.sources.iter().map(width).sum();
    let rows_of = |group: &graticule_columns::ScanGroup| group.rows.div_ceil(GPU_CHUNK as u64);
    let pieces = scan.groups.iter().map(|group| match &group.kept {
        Some(kept) => kept.len() as u64,
        None => rows_of(group),
    });
    Work {
        bytes: cost.bytes as f64,
        requests: cost.requests as f64,
        rows,
        decode: (cost.bytes as f64 * BYTE + values * VALUE + rows * made) * NANO,
        derive: rows * derived * NANO,
        kernel: kernel * NANO,
        finish: finish * NANO,
        uploaded: rows * width as f64,
        steps,
        chunks: pieces.sum::<u64>() as f64,
    }
}

/// Whether a source is a column of the files.
fn is_read(source: &Source) -> bool {
    let is_made = matches!(
        source,
        Source::Constant { .. } | Source::H3 { .. } | Source::TileRow { .. } | Source::Nearest(_)
    );
    !is_made && !source.is_composed()
}

/// Nanoseconds for what a row's value becomes as it is decoded.
fn make(source: &Source) -> f64 {
    match source {
        Source::Text { .. } => 8.0,
        Source::Matches { .. } => 4.0,
        Source::FixedLon | Source::FixedLat => 1.5,
        _ => 0.0,
    }
}

/// Nanoseconds for what is computed of a row after that.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn derive(source: &Source) -> f64 {
    match source {
        // Near their resolution cells are decided by h3o.
        Source::H3 { resolution: 13.. } => 80.0,
        Source::H3 { .. } => 35.0,
        Source::TileRow { .. } => 12.0,
        Source::Calendar(_) => 8.0,
        Source::Where { condition, .. } | Source::Holds(condition) => {
            1.0 + 1.2 * condition.sources().len() as f64
        }
        Source::Bins { .. } => 6.0,
        Source::Among { .. } => 8.0,
        Source::Order { .. } => 10.0,
        // As if a thousandth of the places were near.
        Source::Nearest(places) => 30.0 + places.points.len() as f64 * 0.1,
        _ => 0.0,
    }
}

/// Bytes of a source's value on a device.
fn width(source: &Source) -> usize {
    match source {
        Source::Constant { .. } => 0,
        Source::FixedLon | Source::FixedLat | Source::TileRow { .. } | Source::Matches { .. } => 4,
        Source::Calendar(_) | Source::Nearest(_) => 4,
        Source::Among { .. } | Source::Order { .. } => 4,
        Source::Holds(_) => 0,
        Source::Value { kind, .. } if !kind.is_wide() => 4,
        Source::Where { of, .. } => width(of),
        Source::Bins { .. } => 8,
        Source::Time | Source::Value { .. } | Source::H3 { .. } | Source::Text { .. } => 8,
    }
}

/// Nanoseconds of a row in a program with so many groups.
fn row(program: &Program, groups: f64) -> f64 {
    let filters: f64 = program.filters.iter().map(filter).sum();
    let digits: f64 = program.digits.iter().map(|digit| code(&digit.code)).sum();
    let accumulators: f64 = program.accumulators.iter().map(accumulator).sum();
    // As the CPU would find them with room for all.
    let find = match Grouping::of(program, usize::MAX) {
        _ if program.digits.is_empty() => 0.0,
        Grouping::Dense => FIND[0],
        _ if groups < NEAR => FIND[1],
        _ => FIND[2],
    };
    ROW + filters + digits + accumulators + find
}

fn filter(filter: &Filter) -> f64 {
    match filter {
        Filter::Bbox(_) => 0.7,
        Filter::Circle(_) => 2.0,
        Filter::Layer { .. } => 4.0,
        Filter::Range { .. } => 1.2,
        Filter::IsNull { .. } => 0.3,
        Filter::All(parts) | Filter::Any(parts) => parts.iter().map(self::filter).sum(),
    }
}

fn code(code: &Code) -> f64 {
    match code {
        Code::Cell { .. } | Code::Null { .. } => 1.0,
        Code::Bucket { .. } | Code::Offset { .. } => 2.0,
        Code::Zone { .. } => 6.0,
        Code::Log { .. } => 4.0,
    }
}

fn accumulator(accumulator: &Accumulator) -> f64 {
    match accumulator {
        Accumulator::Count => 0.3,
        Accumulator::Valid { .. } | Accumulator::Min { .. } | Accumulator::Max { .. } => 0.7,
        Accumulator::Sum { .. } => 1.5,
        Accumulator::Squares { .. } => 12.0,
        Accumulator::First { .. } | Accumulator::Last { .. } => 6.5,
    }
}

/// Steps that a row goes through.
pub(super) fn count(program: &Program) -> usize {
    program.filters.len() + program.digits.len() + program.accumulators.len()
}

/// Groups that so many rows of tracks are thought to have: points that follow each other share a cell, the wider it is the
/// more of them.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn groups(program: &Program, scan: &Scan, rows: f64) -> f64 {
    let cells = program.digits.iter().filter_map(|digit| match digit.code {
        Code::Cell { shift, .. } => Some(AROUND / f64::from(32 - shift).exp2()),
        Code::Offset { slot, .. } => match scan.sources.get(slot) {
            // Edges of a hexagon of resolution 0 are 1,281 km long, and a seventh of its area is a step finer.
            Some(Source::H3 { resolution }) => {
                Some(1_281_000.0 / 7f64.powf(f64::from(*resolution) / 2.0))
            }
            _ => None,
        },
        _ => None,
    });
    let finest = cells.fold(f64::INFINITY, f64::min);
    let most = program.most_groups() as f64;
    match finest.is_finite() {
        true => most.min(rows / (1.0 + finest / STRIDE)),
        false => most.min(rows / TRACK),
    }
}
