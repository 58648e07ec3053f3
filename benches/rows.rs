//! Rows in memory, which both benches share.

use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, Packed, RowOrigin};
use graticule_geo::{x_of_lon, y_of_lat};
use graticule_kernels::{Program, Regions};

/// Whether criterion measures; `cargo test --benches` runs each bench once, and then it is small.
pub(crate) fn is_measuring() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Rows of a chunk; enough for some in every box and month.
pub(crate) fn chunk_rows() -> usize {
    if is_measuring() { 1 << 20 } else { 100_000 }
}

/// Points of a track.
const TRACK: usize = 500;
/// Users are numbered below this.
pub(crate) const USERS: u64 = 200;
/// 2008-10-01, in milliseconds; rows lie in the ninety days from there.
pub(crate) const BEGIN: i64 = 1_222_819_200_000;
/// A day, in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;
/// West, south, east, north of where the rows lie.
const REGION: [f64; 4] = [115.4, 39.4, 117.5, 41.1];

/// A row as it lies in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    pub(crate) time: i64,
    pub(crate) altitude: f32,
    pub(crate) user: Option<i32>,
}

/// Tracks of [`TRACK`] points each, 5 s apart, that wander through the region. Altitudes are quarters of a metre, so that
/// sums in f64 do not round.
pub(crate) fn rows(count: usize) -> Vec<Row> {
    let mut state = 7u64;
    // The upper half of a linear congruence (Knuth's MMIX) as a number below 1.
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as f64 / 4_294_967_296.0
    };
    let [west, south, east, north] = REGION;
    let mut rows: Vec<Row> = Vec::with_capacity(count);
    for i in 0..count {
        let steps = [random(), random(), random(), random()].map(|r| r - 0.5);
        let row = match rows.last() {
            Some(last) if i % TRACK != 0 => Row {
                lon: (last.lon + steps[0] * 0.001).clamp(west, east),
                lat: (last.lat + steps[1] * 0.001).clamp(south, north),
                time: last.time + 5000,
                altitude: last.altitude + ((steps[2] * 9.0).round() / 4.0) as f32,
                user: (steps[3] < 0.45).then_some(rows[i / TRACK * TRACK].user.unwrap_or(3)),
            },
            _ => Row {
                lon: west + (steps[0] + 0.5) * (east - west),
                lat: south + (steps[1] + 0.5) * (north - south),
                time: BEGIN + ((steps[2] + 0.5) * 89.0) as i64 * DAY,
                altitude: 50.0,
                user: Some(((steps[3] + 0.5) * USERS as f64) as i32),
            },
        };
        rows.push(row);
    }
    rows
}

/// The rows as columns, with source coordinates of those that integers may leave open. Rows of another row group have
/// another place on a device.
pub(crate) fn chunk(rows: &[Row], program: &Program, row_group: usize, is_packed: bool) -> Chunk {
    let (lon, lat): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (r.lon, r.lat)).unzip();
    let (x, y, exact) = points(program, &lon, &lat);
    let coordinate = |words: Vec<u32>| {
        let packed = || Data::Packed {
            base: 0,
            packed: Packed::pack(&words),
        };
        let data = if is_packed {
            packed()
        } else {
            Data::Plain32(words.into())
        };
        Column::new(Kind::U32, data, None)
    };
    let altitudes: Vec<u32> = rows.iter().map(|r| r.altitude.to_bits()).collect();
    let users: Vec<u32> = rows
        .iter()
        .map(|r| r.user.unwrap_or(0).cast_unsigned())
        .collect();
    let has_user: Vec<bool> = rows.iter().map(|r| r.user.is_some()).collect();
    let times: Vec<u64> = rows.iter().map(|r| r.time.cast_unsigned()).collect();
    let object = if is_packed { "packed" } else { "plain" };
    Chunk {
        origin: RowOrigin {
            store: "".into(),
            object: object.into(),
            etag: "".into(),
            row_group,
            first_row: 0,
            rows: rows.len(),
        },
        columns: vec![
            coordinate(x),
            coordinate(y),
            Column::compact(Kind::I64, times.into(), None),
            Column::new(Kind::F32, Data::Plain32(altitudes.into()), None),
            Column::new(
                Kind::I32,
                Data::Plain32(users.into()),
                Some(has_user.into()),
            ),
        ],
        valid: None,
        exact,
        texts: vec![],
    }
}

/// The points in fixed point, and the source coordinates of those that the program may ask for again.
pub(crate) fn points(
    program: &Program,
    lon: &[f64],
    lat: &[f64],
) -> (Vec<u32>, Vec<u32>, ExactRows) {
    let x: Vec<u32> = lon.iter().map(|lon| x_of_lon(*lon)).collect();
    let y: Vec<u32> = lat.iter().map(|lat| y_of_lat(*lat)).collect();
    let mut open = Vec::new();
    Regions::of(std::slice::from_ref(program)).mark(&x, &y, &mut open);
    (x, y, ExactRows::some(open, lon, lat))
}
