//! The keys of places: H3 cells, tiles and zones, worked out by hand.

use graticule_testing::Cell::{self, Int, Null, Text};
use graticule_testing::strategies::{Shape, rich_case};
use graticule_testing::{Key, OracleError, Question, Ring, Table, answer, tile_boundary};
use proptest::prelude::*;

fn points(points: &[(f64, f64)]) -> Table {
    let (lon, lat) = points.iter().map(|&(x, y)| (Some(x), Some(y))).unzip();
    Table::new(lon, lat, vec![None; points.len()], vec![])
}

fn square(west: f64, south: f64, side: f64) -> Ring {
    let (east, north) = (west + side, south + side);
    vec![[west, south], [east, south], [east, north], [west, north]]
}

fn groups(key: Key, at: &[(f64, f64)]) -> Vec<(Cell, Cell)> {
    let question = Question {
        keys: vec![key],
        ..Question::default()
    };
    let rows = answer(&points(at), &question).expect("it fits").rows;
    rows.into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

fn group(key: Key, lon: f64, lat: f64) -> Cell {
    groups(key, &[(lon, lat)])[0].0.clone()
}

fn text(value: &str) -> Cell {
    Text(value.into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Every point lies between the boundaries of its row, on the southern one only in the last.
    #[test]
    fn rows_of_tiles_are_those_between_their_boundaries((table, _) in rich_case(Shape::adversarial(30)), zoom in 0..=32u8) {
        for (lon, lat) in table.lon.iter().zip(&table.lat) {
            let (Some(lon), Some(lat)) = (*lon, *lat) else { continue };
            if lon.abs() > 180.0 || lat.abs() > 85.051_128_779_8 || (lon + lat).is_nan() {
                continue;
            }
            let Text(tile) = group(Key::Tile(zoom), lon, lat) else { panic!("a tile") };
            let parts: Vec<u64> = tile.split('/').map(|part| part.parse().expect("a number")).collect();
            let (z, x, y) = (parts[0], parts[1], parts[2]);
            prop_assert_eq!(z, u64::from(zoom));
            prop_assert!(tile_boundary(zoom, y + 1) < lat && lat <= tile_boundary(zoom, y), "{} {}", lat, tile);
            let west = |x: u64| x as f64 * 360.0 / 2f64.powi(zoom.into()) - 180.0;
            let is_last = x + 1 == 1 << zoom;
            prop_assert!(west(x) <= lon && (lon < west(x + 1) || is_last), "{} {}", lon, tile);
        }
    }
}

#[test]
fn h3_cells_of_known_places() {
    let (lon, lat) = (-122.055_323_8, 37.361_559_3);
    assert_eq!(group(Key::H3(5), lon, lat), text("85283473fffffff"));
    assert_eq!(group(Key::H3(7), lon, lat), text("87283472bffffff"));
    assert!(matches!(group(Key::H3(15), 0.0, 90.0), Text(hex) if hex.len() == 15));
    let question = Question {
        keys: vec![Key::H3(16)],
        ..Question::default()
    };
    let error = OracleError::Resolution { resolution: 16 };
    assert_eq!(answer(&points(&[]), &question), Err(error));
}

#[test]
fn boundaries_of_tiles() {
    let same = |zoom, row, degrees: f64| {
        assert_eq!(
            tile_boundary(zoom, row).to_bits(),
            degrees.to_bits(),
            "{zoom}/{row}"
        );
    };
    // atan(sinh(pi)) = 85.05112877980659237..., of pi / 2 66.51326044311185685..., of 3 pi / 4 79.17133464081944418...
    same(0, 0, 85.051_128_779_806_59);
    same(2, 1, 66.513_260_443_111_86);
    same(3, 1, 79.171_334_640_819_44);
    same(12, 1234, 57.984_808_019_239_86);
    same(22, (1 << 21) - 1, 8.583_068_847_653_04e-5);
    same(32, 1, 85.051_128_772_575_8);
    same(5, 16, 0.0);
    for row in 0..=64 {
        same(
            6,
            64 - row,
            if row == 32 {
                0.0
            } else {
                -tile_boundary(6, row)
            },
        );
    }
}

#[test]
fn tiles_of_known_places() {
    assert_eq!(
        group(Key::Tile(17), 0.024_35, 51.512_02),
        text("17/65544/43582")
    );
    assert_eq!(group(Key::Tile(10), -122.4194, 37.7749), text("10/163/395"));
    assert_eq!(group(Key::Tile(0), 12.0, -34.0), text("0/0/0"));
    assert_eq!(
        group(Key::Tile(1), 0.0, 0.0),
        text("1/1/1"),
        "south and east of the middle"
    );
    assert_eq!(group(Key::Tile(1), -5e-324, 5e-324), text("1/0/0"));
    assert_eq!(group(Key::Tile(3), 180.0, -85.0), text("3/7/7"));
    assert_eq!(
        group(Key::Tile(32), -180.0, 5e-324),
        text("32/0/2147483647")
    );
    let boundary = 66.513_260_443_111_86;
    assert_eq!(group(Key::Tile(2), 0.0, boundary), text("2/2/1"));
    assert_eq!(group(Key::Tile(2), 0.0, boundary.next_up()), text("2/2/0"));
    assert_eq!(group(Key::Tile(2), 0.0, -boundary), text("2/2/3"));
    assert_eq!(
        group(Key::Tile(2), 0.0, (-boundary).next_up()),
        text("2/2/2")
    );
    let limit = 85.051_128_779_8;
    assert_eq!(group(Key::Tile(4), 0.0, limit), text("4/8/0"));
    assert_eq!(group(Key::Tile(4), 0.0, -limit), text("4/8/15"));
    assert_eq!(group(Key::Tile(4), 0.0, limit.next_up()), Null);
    assert_eq!(group(Key::Tile(4), 0.0, (-limit).next_down()), Null);
}

#[test]
fn tiles_order_by_column_then_row_as_numbers() {
    // At zoom 4 columns are 22.5 degrees wide: 9 from 22.5, 10 from 45. Rows 2 and 10 hold the latitudes 75 and -50.
    let at = [
        (45.0, 75.0),
        (22.5, -50.0),
        (0.0, 89.0),
        (22.5, 75.0),
        (45.0, 75.0),
    ];
    assert_eq!(
        groups(Key::Tile(4), &at),
        [("4/9/2", 1), ("4/9/10", 1), ("4/10/2", 2)]
            .map(|(tile, n)| (text(tile), Int(n)))
            .into_iter()
            .chain([(Null, Int(1))])
            .collect::<Vec<_>>(),
    );
}

#[test]
fn a_point_counts_in_each_of_its_zones() {
    let zones = vec![
        ("b".to_owned(), vec![square(0.0, 0.0, 4.0)]),
        ("a".to_owned(), vec![square(2.0, 2.0, 4.0)]),
        ("b".to_owned(), vec![square(3.0, 3.0, 4.0)]),
    ];
    let at = [(1.0, 1.0), (2.5, 2.5), (3.5, 3.5), (50.0, 50.0), (6.5, 6.5)];
    let key = |other| Key::Zone {
        zones: zones.clone(),
        other,
    };
    // In both features named b, (3.5, 3.5) is in one zone b.
    let named = [(text("a"), Int(2)), (text("b"), Int(4))];
    assert_eq!(groups(key(false), &at), named);
    assert_eq!(groups(key(true), &at)[..2], named);
    assert_eq!(groups(key(true), &at)[2..], [(Null, Int(1))]);
    let question = Question {
        keys: vec![key(false), Key::Geohash(1), key(false)],
        ..Question::default()
    };
    let answer = answer(&points(&at), &question).expect("it fits");
    assert_eq!(answer.rows_matched, 5, "also the one in no zone");
    let rows = [("a", "a", 2), ("a", "b", 2), ("b", "a", 2), ("b", "b", 4)];
    assert_eq!(
        answer.rows,
        rows.map(|(a, b, n)| [text(a), text("s"), text(b), Int(n)])
    );
}
