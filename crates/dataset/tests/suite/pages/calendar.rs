//! What is made of times is left to others: the times are where it will be.

use super::{bits, chunks, open};
use graticule_columns::{Calendar, CalendarUnit, Keep, Kind, Scan, Source, Wanted};
use graticule_testing::Table;

#[test]
fn a_calendars_slot_holds_the_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let rows = 5_000usize;
    let time = |row: usize| (!row.is_multiple_of(7)).then_some(row as i64);
    let times = (0..rows).map(time).collect();
    let table = Table::new(vec![Some(1.0); rows], vec![Some(2.0); rows], times, vec![]);
    table.write_parquet(&path, rows).expect("it is written");
    let dataset = open(&path).expect("a dataset");
    let calendar = |unit| {
        let zone = "UTC".to_owned();
        Source::Calendar(Calendar { unit, zone })
    };
    let [hours, days] = [CalendarUnit::HourOfDay, CalendarUnit::Days(1)].map(calendar);
    let name = dataset
        .metadata()
        .schema
        .time
        .as_ref()
        .map(|t| t.name.clone());
    let name = name.expect("a time column");
    for is_told in [false, true] {
        for carried in [None, Some(name.as_str())] {
            let mut sources = vec![
                Source::FixedLon,
                Source::FixedLat,
                hours.clone(),
                days.clone(),
            ];
            sources.extend(is_told.then_some(Source::Time));
            let mut scan = Scan::everything(dataset.metadata(), sources, carried);
            // Of times that are wanted the column is decoded first, for the rows that are left then.
            let low = Kind::I64.order(4_000);
            scan.wanted.extend(is_told.then_some(Wanted {
                slot: 4,
                low,
                high: u64::MAX,
            }));
            let found = chunks(&dataset, &scan, 0, (Keep::Gathered, 2_000)).expect("chunks");
            let mut times = Vec::new();
            for chunk in &found {
                for column in &chunk.columns[2..] {
                    assert_eq!((column.kind(), column.len()), (Kind::I64, chunk.len()));
                    assert_eq!(bits(column), bits(&chunk.columns[2]));
                }
                times.extend(bits(&chunk.columns[2]));
            }
            let expected = (0..rows).map(|row| time(row).map(i64::cast_unsigned));
            let expected: Vec<_> = expected.skip(rows - times.len()).collect();
            assert_eq!(times, expected);
            assert_eq!(times.len() < rows, is_told);
        }
    }
}
