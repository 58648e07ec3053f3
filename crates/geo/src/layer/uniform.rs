//! Whether all of a rectangle is in the same zones.

use super::Layer;
use super::words::{Tables, code_of};
use crate::Rect;

/// Grid cells or edges, whichever are fewer, that are looked at before the answer is that nothing is
/// known.
const MOST: u64 = 1 << 16;

impl Layer {
    /// The code of every point of a rectangle where integers show that it is one, as for
    /// [`Self::code`]; nothing where a border comes near, or where that is not sure.
    ///
    /// No floored edge that comes within a step of the rectangle is missing from the records of the grid
    /// cells that it touches. Where there is none, no border divides it, and one cell tells for all.
    pub fn code_of_all(&self, rect: &Rect) -> Option<u64> {
        let tables = Tables::of(&self.words);
        let grid = tables.grid;
        let at =
            |axis: usize, v: u32| (v >> grid.shift[axis], grid.origin[axis] >> grid.shift[axis]);
        // The grid's columns and rows that the rectangle touches, and whether it leaves the grid.
        let touched = |axis: usize, [low, high]: [u32; 2]| {
            let (first, origin) = at(axis, low);
            let (last, _) = at(axis, high);
            let end = origin + grid.size[axis] - 1;
            let is_beyond = first < origin || last > end;
            (first.max(origin), last.min(end), is_beyond)
        };
        let (west, east, beyond_x) = touched(0, rect.x);
        let (south, north, beyond_y) = touched(1, rect.y);
        if west > east || south > north {
            return Some(0);
        }
        let cells = u64::from(east - west + 1) * u64::from(north - south + 1);
        let edges = self.edges.fixed.len() as u64;
        if cells.min(edges) > MOST {
            return None;
        }
        if edges < cells {
            let is_near = |edge: &[u32; 4]| comes_near(*edge, rect);
            let is_divided = self.edges.fixed.iter().any(is_near);
            return (!is_divided).then(|| self.code(rect.x[0], rect.y[0]));
        }
        // Outside the grid there is no zone.
        let mut code = (beyond_x || beyond_y).then_some(0);
        for row in south..=north {
            for column in west..=east {
                let x = (column << grid.shift[0]).max(rect.x[0]);
                let y = (row << grid.shift[1]).max(rect.y[0]);
                let cell = tables.cell(x, y);
                if tables.class(cell) == 3 {
                    let mut refs = tables.refs(tables.entry(cell)).iter();
                    if refs.any(|&edge| comes_near(tables.edge(edge), rect)) {
                        return None;
                    }
                }
                let here = code_of(&self.words, x, y);
                if *code.get_or_insert(here) != here {
                    return None;
                }
            }
        }
        code
    }
}

/// Whether an edge comes within a step of a rectangle, by separating axes.
fn comes_near(edge: [u32; 4], rect: &Rect) -> bool {
    let [ax, ay, bx, by] = edge.map(i64::from);
    let [west, east] = [i64::from(rect.x[0]) - 1, i64::from(rect.x[1]) + 1];
    let [south, north] = [i64::from(rect.y[0]) - 1, i64::from(rect.y[1]) + 1];
    let side = |x: i64, y: i64| {
        let (dx, dy) = (i128::from(bx - ax), i128::from(by - ay));
        (dx * i128::from(y - ay) - dy * i128::from(x - ax)).signum()
    };
    let sides = [
        side(west, south),
        side(west, north),
        side(east, south),
        side(east, north),
    ];
    let divides = !sides.iter().all(|&s| s > 0) && !sides.iter().all(|&s| s < 0);
    divides && ax.min(bx) <= east && ax.max(bx) >= west && ay <= north && by >= south
}

#[cfg(test)]
mod tests {
    use crate::Rect;
    use crate::layer::{Layer, UNDECIDED, Zone};
    use proptest::prelude::*;

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
        let code = |w, s, e, n| {
            let rect = Rect::around([w, e], [s, n]).expect("a rectangle");
            layer.code_of_all(&rect)
        };
        assert_eq!(code(4.0, 1.0, 5.0, 2.0), Some(1), "inside");
        assert_eq!(code(1.0, 5.0, 2.0, 9.0), Some(0), "above the diagonal");
        assert_eq!(code(7.0, 2.0, 8.0, 3.0), Some(0), "in the hole");
        assert_eq!(code(5.5, 2.0, 8.0, 3.0), None, "over the hole's edge");
        assert_eq!(code(-1.0, -1.0, 20.0, 20.0), None, "all around");
        assert_eq!(code(11.0, 0.0, 12.0, 1.0), Some(0), "beside");
        assert_eq!(code(10.0, 5.0, 12.0, 6.0), None, "it touches");
        assert_eq!(code(3.0, 3.0, 3.0, 3.0), None, "a point of the diagonal");
        assert_eq!(code(-120.0, -80.0, -110.0, 80.0), Some(0), "far away");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn all_cells_have_the_code(
            rings in prop::collection::vec(prop::collection::vec((0i32..14, 0i32..14), 3..7), 1..4),
            rects in prop::collection::vec(((0i32..28, 0i32..28), (0i32..5, 0i32..5)), 40),
        ) {
            let point = |(x, y): (i32, i32)| [f64::from(x), f64::from(y)];
            let ring = |ring: Vec<(i32, i32)>| Zone { rings: vec![ring.into_iter().map(point).collect()] };
            let zones = rings.into_iter().map(ring).collect();
            let Ok(layer) = Layer::new(zones) else {
                return Ok(());
            };
            for ((west, south), (width, height)) in rects {
                let side = |at: i32, length: i32| [f64::from(at) / 2.0, f64::from(at) / 2.0 + f64::from(length) / 3.0];
                let (lon, lat) = (side(west, width), side(south, height));
                let rect = Rect::around(lon, lat).expect("a rectangle");
                let Some(code) = layer.code_of_all(&rect) else {
                    continue;
                };
                for step in 0..49u64 {
                    let part = |[low, high]: [u32; 2], i: u64| low + u32::try_from(u64::from(high - low) * i / 6).expect("within");
                    let (x, y) = (part(rect.x, step % 7), part(rect.y, step / 7));
                    let here = layer.code(x, y);
                    prop_assert!(here != UNDECIDED && here == code, "{x} {y} of {rect:?}: {here} {code}");
                }
            }
        }
    }
}
