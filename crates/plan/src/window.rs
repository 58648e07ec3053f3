//! The window of values that a key can have, from the footers and the filters: what makes dense
//! tables small.

use crate::prune::{degrees, ordered};
use graticule_columns::{Kind, RowGroup, Schema};
use graticule_geo::{x_of_lon, y_of_lat};

/// An inclusive range of ordered words, and whether nulls can occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) low: u64,
    pub(crate) high: u64,
    pub(crate) nullable: bool,
}

/// The fixed-point longitudes (axis 0) or latitudes (axis 1) that matching rows can have.
pub(crate) fn cells(
    schema: &Schema,
    groups: &[&RowGroup],
    narrow: &[[Option<(u32, u32)>; 2]],
    axis: usize,
) -> (u32, u32) {
    let (kind, half, cell): (_, _, fn(f64) -> u32) = match axis {
        0 => (schema.lon.kind, 180.0, x_of_lon),
        _ => (schema.lat.kind, 90.0, y_of_lat),
    };
    let mut range: Option<(u32, u32)> = None;
    for group in groups {
        // Values beyond the earth are invalid rows, which have no cell.
        let [low, high] = degrees(kind, &group.columns.at(axis))
            .filter(|[low, high]| low <= high)
            .map_or([-half, half], |r| r.map(|v| v.clamp(-half, half)));
        let (low, high) = (cell(low), cell(high));
        range = Some(range.map_or((low, high), |r| (r.0.min(low), r.1.max(high))));
    }
    let (mut low, mut high) = range.unwrap_or((0, 0));
    for (first, last) in narrow.iter().filter_map(|axes| axes[axis]) {
        (low, high) = (low.max(first), high.min(last));
    }
    (low.min(high), high)
}

/// The ordered words that a file column can have in these row groups.
pub(crate) fn words(kind: Kind, column: usize, groups: &[&RowGroup]) -> Window {
    let mut window: Option<Window> = None;
    for group in groups {
        let chunk = group.columns.at(column);
        let (low, high) = ordered(kind, &chunk).unwrap_or(kind.numbers());
        let nullable = chunk.nulls != Some(0);
        // A chunk of nulls only has no bounds and widens nothing.
        let empty = chunk.bounds.is_none() && chunk.nulls == Some(group.rows);
        window = Some(match window {
            _ if empty => Window {
                nullable: true,
                ..window.unwrap_or(Window {
                    low: u64::MAX,
                    high: 0,
                    nullable,
                })
            },
            None => Window {
                low,
                high,
                nullable,
            },
            Some(w) => Window {
                low: w.low.min(low),
                high: w.high.max(high),
                nullable: w.nullable || nullable,
            },
        });
    }
    let window = window.unwrap_or(Window {
        low: 0,
        high: 0,
        nullable: false,
    });
    Window {
        low: window.low.min(window.high),
        ..window
    }
}
