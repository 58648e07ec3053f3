//! Whether polygons can reach into a rectangle, as statistics bound one.

use graticule_geo::layer::Layer;

/// Edges nearer to the rectangle than this are taken to reach into it, in degrees: far more than
/// rounding can move them, far less than a page is wide.
const NEAR: f64 = 1e-9;

/// Whether a zone of the layer can hold a point of the rectangle. Says yes where it is not sure.
pub(crate) fn may_meet(layer: &Layer, lon: [f64; 2], lat: [f64; 2]) -> bool {
    // Not in order, or not a number: nothing is known.
    if !(lon[0] <= lon[1] && lat[0] <= lat[1]) {
        return true;
    }
    let rings = layer.zones().iter().flat_map(|zone| &zone.rings);
    let mut edges = rings.flat_map(|ring| {
        let next = ring.iter().cycle().skip(1);
        ring.iter().zip(next)
    });
    if edges.any(|(a, b)| edge_meets(*a, *b, lon, lat)) {
        return true;
    }
    // No edge comes near, so all of the rectangle is in the same zones.
    layer.exact(lon[0], lat[0]) != 0
}

fn edge_meets(a: [f64; 2], b: [f64; 2], lon: [f64; 2], lat: [f64; 2]) -> bool {
    let apart =
        |a: f64, b: f64, [low, high]: [f64; 2]| a.max(b) < low - NEAR || a.min(b) > high + NEAR;
    if apart(a[0], b[0], lon) || apart(a[1], b[1], lat) {
        return false;
    }
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let near = NEAR * (dx.abs() + dy.abs());
    let corners = [
        (lon[0], lat[0]),
        (lon[0], lat[1]),
        (lon[1], lat[0]),
        (lon[1], lat[1]),
    ];
    let side = |(x, y): (f64, f64)| dx * (y - a[1]) - dy * (x - a[0]);
    let sides = corners.map(side);
    !(sides.iter().all(|s| *s > near) || sides.iter().all(|s| *s < -near))
}

#[cfg(test)]
mod tests {
    use super::*;
    use graticule_geo::layer::Zone;

    fn layer(rings: Vec<Vec<[f64; 2]>>) -> Layer {
        Layer::new(vec![Zone { rings }]).expect("zones")
    }

    #[test]
    fn rectangles_beside_and_within() {
        // A triangle below the diagonal, with a hole.
        let layer = layer(vec![
            vec![[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 0.0]],
            vec![[6.0, 1.0], [9.0, 1.0], [9.0, 4.0], [6.0, 4.0], [6.0, 1.0]],
        ]);
        let meets = |w, s, e, n| may_meet(&layer, [w, e], [s, n]);
        assert!(meets(4.0, 1.0, 5.0, 2.0), "inside");
        assert!(
            !meets(1.0, 5.0, 2.0, 9.0),
            "above the diagonal, within the bounds"
        );
        assert!(!meets(7.0, 2.0, 8.0, 3.0), "in the hole");
        assert!(meets(5.5, 2.0, 8.0, 3.0), "over the hole's edge");
        assert!(meets(-1.0, -1.0, 20.0, 20.0), "all around");
        assert!(!meets(11.0, 0.0, 12.0, 1.0), "beside");
        assert!(meets(10.0, 5.0, 12.0, 6.0), "it touches");
        assert!(meets(3.0, 3.0, 3.0, 3.0), "a point of the diagonal");
        assert!(meets(f64::NAN, 5.0, 2.0, 9.0), "nothing is known");
    }

    #[test]
    fn a_point_inside_is_never_left_out() {
        let mut state = 7u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let (mut inside, mut left_out) = (0, 0);
        for _ in 0..300 {
            let mut number = |below| f64::from(u32::try_from(random(below)).expect("it is small"));
            let ring: Vec<[f64; 2]> = (0..5).map(|_| [number(13), number(13)]).collect();
            let Ok(layer) = Layer::new(vec![Zone { rings: vec![ring] }]) else {
                continue;
            };
            for _ in 0..40 {
                let (west, south) = (number(26) / 2.0, number(26) / 2.0);
                let (lon, lat) = ([west, west + number(3)], [south, south + number(3)]);
                let meets = may_meet(&layer, lon, lat);
                left_out += u32::from(!meets);
                for step in 0..25 {
                    let part =
                        |[low, high]: [f64; 2], i: i32| low + (high - low) * f64::from(i) / 4.0;
                    let point = (part(lon, step % 5), part(lat, step / 5));
                    let holds = layer.exact(point.0, point.1) != 0;
                    inside += u32::from(holds);
                    assert!(meets || !holds, "{point:?} of {lon:?} {lat:?}");
                }
            }
        }
        assert!(inside > 1000 && left_out > 1000, "{inside} {left_out}");
    }
}
