//! Data as fleets make it: no nulls, nothing on an edge, half of the points in a few clusters.

use super::points::CITIES;
use super::{HOUR, ORIGIN, PARTITION, partition_value};
use crate::random::Random;
use crate::table::{Table, Values};

/// A table of ordinary rows over 90 days from [`ORIGIN`], the same ones for the same seed.
pub fn tame_table(rows: usize, seed: u64, partition: bool) -> Table {
    let mut random = Random::new(seed);
    let (mut lon, mut lat) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let (x, y) = point(&mut random);
        lon.push(Some(x));
        lat.push(Some(y));
    }
    let mut integers =
        |bound: u64| -> Vec<u64> { (0..rows).map(|_| random.below(bound)).collect() };
    let time = whole(integers(HOUR.unsigned_abs() * 24 * 90), |v: i64| ORIGIN + v);
    let tenths: Vec<u32> = whole(integers(400), |v| v).into_iter().flatten().collect();
    let speed = tenths.iter().map(|&v| Some(f64::from(v) / 10.0)).collect();
    let metres: Vec<u16> = whole(integers(3000), |v| v).into_iter().flatten().collect();
    let altitude = metres
        .iter()
        .map(|&v| Some(f32::from(v) * 0.1 - 20.0))
        .collect();
    let mut columns = vec![
        ("speed".to_owned(), Values::F64(speed)),
        ("altitude".to_owned(), Values::F32(altitude)),
        (
            "satellites".to_owned(),
            Values::I32(whole(integers(20), |v| v)),
        ),
        (
            "odometer".to_owned(),
            Values::I64(whole(integers(1_000_000_000), |v| v)),
        ),
        (
            "device".to_owned(),
            Values::U32(whole(integers(500), |v| v)),
        ),
        (
            "token".to_owned(),
            Values::U64(whole(integers(1 << 40), |v| v)),
        ),
        (
            "moving".to_owned(),
            Values::Bool(integers(2).into_iter().map(|v| Some(v == 1)).collect()),
        ),
    ];
    if partition {
        let days = whole(integers(3), |v: u8| v)
            .into_iter()
            .flatten()
            .map(|v| Some(partition_value(v + 1)));
        columns.push((PARTITION.to_owned(), Values::Text(days.collect())));
    }
    Table::new(lon, lat, time, columns)
}

fn point(random: &mut Random) -> (f64, f64) {
    if random.below(2) == 0 {
        return (random.between(-180.0, 180.0), random.between(-90.0, 90.0));
    }
    let city = usize::try_from(random.below(CITIES.len() as u64)).expect("an index of an array");
    let (lon, lat) = CITIES[city];
    let (lon, lat) = (
        lon + random.between(-0.1, 0.1),
        lat + random.between(-0.1, 0.1),
    );
    // Beyond a pole the clusters thin out instead of piling up on it.
    (
        if lon.abs() > 180.0 {
            lon - 360.0 * lon.signum()
        } else {
            lon
        },
        if lat > 90.0 { 180.0 - lat } else { lat },
    )
}

/// The numbers in the column's type.
fn whole<T: TryFrom<u64>>(numbers: Vec<u64>, map: impl Fn(T) -> T) -> Vec<Option<T>> {
    let fit = |number| T::try_from(number).ok().expect("the bound fits the column");
    numbers
        .into_iter()
        .map(|number| Some(map(fit(number))))
        .collect()
}
