//! Points where rounding, closing and wrapping go wrong.

use proptest::prelude::*;
use proptest::sample::select;

/// Where clustered points lie: on both sides of the antimeridian, equator and prime meridian, and near a pole.
pub(super) const CITIES: [(f64, f64); 6] = [
    (116.315, 39.985),
    (10.40744, 57.64911),
    (-179.999, -16.5),
    (179.999, -16.5),
    (0.0, 0.0),
    (15.6, 89.99),
];

/// Longitudes reach from -180 to 180, latitudes from -90 to 90.
const LON: f64 = 180.0;
const LAT: f64 = 90.0;

/// A point, or what is none: half of them about the boxes, if there are any.
pub(super) fn point(boxes: &[[f64; 4]]) -> BoxedStrategy<(Option<f64>, Option<f64>)> {
    let lons: Vec<f64> = boxes.iter().flat_map(|bbox| [bbox[0], bbox[2]]).collect();
    let lats: Vec<f64> = boxes.iter().flat_map(|bbox| [bbox[1], bbox[3]]).collect();
    let anywhere = (axis(LON, lons), axis(LAT, lats));
    let cluster =
        (select(&CITIES[..]), -0.01..0.01f64, -0.01..0.01f64).prop_map(|((lon, lat), x, y)| {
            (
                Some((lon + x).clamp(-LON, LON)),
                Some((lat + y).clamp(-LAT, LAT)),
            )
        });
    if boxes.is_empty() {
        return prop_oneof![3 => anywhere, 1 => cluster].boxed();
    }
    let about = select(boxes.to_vec()).prop_flat_map(|[west, south, east, north]| {
        (within(LON, west, east), within(LAT, south, north))
            .prop_map(|(lon, lat)| (Some(lon), Some(lat)))
    });
    prop_oneof![5 => about, 3 => anywhere, 1 => cluster].boxed()
}

/// On one of two edges, beside one, or between them; west to east may cross the antimeridian.
fn within(span: f64, low: f64, high: f64) -> BoxedStrategy<f64> {
    let width = if low <= high {
        high - low
    } else {
        high + 2.0 * span - low
    };
    let inside = (0.0..=1.0).prop_map(move |part| {
        let value = low + part * width;
        if value > span {
            value - 2.0 * span
        } else {
            value
        }
    });
    prop_oneof![1 => beside(select(vec![low, high]).boxed()), 1 => inside].boxed()
}

/// Exactly there, or one ulp below or above.
pub(super) fn beside(exact: BoxedStrategy<f64>) -> BoxedStrategy<f64> {
    (exact, 0..3)
        .prop_map(|(value, side)| match side {
            0 => value,
            1 => value.next_up(),
            _ => value.next_down(),
        })
        .boxed()
}

/// An edge of the fixed-point grid or of a coarser one: `k * 360 / 2^32 - 180` for longitudes, exact in f64.
pub(super) fn cell_edge(span: f64) -> BoxedStrategy<f64> {
    (any::<u32>(), 0..32u32)
        .prop_map(move |(k, coarse)| {
            f64::from(k >> coarse << coarse) * (2.0 * span) / 2f64.powi(32) - span
        })
        .boxed()
}

/// A multiple of 1e-7, as the two ways of decoding such integers give it.
pub(super) fn decimal(span: f64) -> BoxedStrategy<f64> {
    let whole = if span == LON {
        1_800_000_000
    } else {
        900_000_000
    };
    (-whole..=whole, any::<bool>())
        .prop_map(|(i, divide): (i32, bool)| {
            if divide {
                f64::from(i) / 1e7
            } else {
                f64::from(i) * 1e-7
            }
        })
        .boxed()
}

/// The ends, the middle and numbers near it.
pub(super) fn landmark(span: f64) -> BoxedStrategy<f64> {
    let tiny = 5e-324;
    select(vec![
        span,
        -span,
        0.0,
        -0.0,
        tiny,
        -tiny,
        f64::MIN_POSITIVE,
        -f64::MIN_POSITIVE,
        span / 2.0,
    ])
    .boxed()
}

/// A coordinate that makes its row invalid.
fn invalid(span: f64) -> BoxedStrategy<f64> {
    let out = span.next_up();
    select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        out,
        -out,
        span + 20.0,
        -1e308,
        f64::MAX,
    ])
    .boxed()
}

/// One coordinate, without regard to the other.
fn axis(span: f64, edges: Vec<f64>) -> BoxedStrategy<Option<f64>> {
    let edges = if edges.is_empty() {
        vec![span, -span]
    } else {
        edges
    };
    prop_oneof![
        4 => beside(select(edges).boxed()).prop_map(Some),
        4 => beside(cell_edge(span)).prop_map(Some),
        2 => beside(decimal(span)).prop_map(Some),
        2 => landmark(span).prop_map(Some),
        4 => (-span..=span).prop_map(Some),
        1 => invalid(span).prop_map(Some),
        1 => Just(None),
    ]
    .boxed()
}
