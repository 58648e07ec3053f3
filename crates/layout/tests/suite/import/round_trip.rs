//! Values to CSV and back.

use super::support::Place;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use proptest::prelude::*;

type Row = (
    Option<f64>,
    f64,
    Option<i64>,
    Option<i64>,
    Option<bool>,
    Option<String>,
);

fn row() -> impl Strategy<Value = Row> {
    // Of jiff's years only those of four digits are written without a sign.
    let micros = -62_135_596_800_000_000..253_402_300_799_999_999_i64;
    let text = "[ -~\r\n\téß漢\u{0}]{1,12}";
    (
        prop::option::of(prop::num::f64::ANY),
        -1e3..1e3,
        prop::option::of(micros),
        prop::option::of(any::<i64>()),
        prop::option::of(any::<bool>()),
        prop::option::of(text.prop_filter("null", |t| t.trim_ascii() != "\\N")),
    )
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn line((lon, lat, time, int, bool, text): &Row, delimiter: char, end: &str) -> String {
    let show = |v: Option<String>| v.unwrap_or_default();
    let time = time.map(|t| jiff::Timestamp::from_microsecond(t).unwrap().to_string());
    let fields = [
        show(lon.map(|v| format!("{v:?}"))),
        lat.to_string(),
        show(time),
        show(int.map(|v| v.to_string())),
        show(bool.map(|v| v.to_string())),
        show(text.as_deref().map(quoted)),
    ];
    fields.join(&delimiter.to_string()) + end
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_is_written_comes_back(
        rows in prop::collection::vec(row(), 1..60),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        // The first line fixes the types, whatever the others hold.
        let first: Row = (Some(0.5), 0.5, Some(0), Some(1), Some(true), Some("x-y".to_owned()));
        let rows: Vec<Row> = std::iter::once(first).chain(rows).collect();
        let names = ["lon", "lat", "time", "int", "bool", "text"].join(&delimiter.to_string());
        let mut text = names + end;
        rows.iter().for_each(|r| text += &line(r, delimiter, end));
        let (report, found) = Place::new().import("a.csv", text, |_| {}).unwrap();
        prop_assert_eq!(report.rejects, 0, "{}", report);
        prop_assert_eq!(found.num_rows(), rows.len());
        let invalid = rows.iter().filter(|r| !(r.0.is_some_and(|l| l.abs() <= 180.0) && r.1.abs() <= 90.0)).count();
        prop_assert_eq!(report.invalid, invalid as u64);
        for (i, (lon, lat, time, int, bool, text)) in rows.iter().enumerate() {
            let float = |c: usize| {
                let c = found.column(c).as_primitive::<Float64Type>();
                c.is_valid(i).then(|| c.value(i))
            };
            // NaN is a word for null.
            let bits = |v: Option<f64>| v.filter(|v| !v.is_nan()).map(f64::to_bits);
            prop_assert_eq!(bits(float(0)), bits(*lon));
            prop_assert_eq!(bits(float(1)), bits(Some(*lat)));
            let c = found.column(2).as_primitive::<TimestampMicrosecondType>();
            prop_assert_eq!(c.is_valid(i).then(|| c.value(i)), *time);
            let c = found.column(3).as_primitive::<Int64Type>();
            prop_assert_eq!(c.is_valid(i).then(|| c.value(i)), *int);
            let c = found.column(4).as_boolean();
            prop_assert_eq!(c.is_valid(i).then(|| c.value(i)), *bool);
            let c = found.column(5).as_string::<i32>();
            prop_assert_eq!(c.is_valid(i).then(|| c.value(i).to_owned()), text.clone());
        }
    }
}
