//! Values that are no plain numbers: long decimals, dictionaries, structs and bytes.

use super::{Columns, agg, arrow, by, csv, filter, parquet, run};
use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, FixedSizeBinaryArray, Float64Array,
    Int32Array, NullArray, StringArray, StructArray, TimestampSecondArray,
};
use arrow::datatypes::Field;
use graticule::{Format, Query};
use std::sync::Arc;

#[test]
fn decimals_beyond_64_bits_name_the_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.parquet");
    let long = Decimal128Array::from(vec![Some(7), Some(10i128.pow(30))]);
    let long = long.with_precision_and_scale(38, 0).expect("decimals");
    parquet(&path, vec![("id", Arc::new(long))]);
    let failed = run(&path, &by("id"), Format::Csv).expect_err("no answer");
    assert!(
        failed
            .to_string()
            .contains("1000000000000000000000000000000"),
        "{failed}"
    );
    let rows = csv(&path, &Query::new().select(["id"]));
    assert_eq!(rows, "id 7 1000000000000000000000000000000 ");
}

#[test]
fn dictionaries_may_hold_nulls_and_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dictionary.arrow");
    let values = || Arc::new(StringArray::from(vec![None, Some("a")]));
    let names = DictionaryArray::new(Int32Array::from(vec![0, 1]), values());
    let numbers = Arc::new(Int32Array::from(vec![None, Some(10)]));
    let numbers = DictionaryArray::new(Int32Array::from(vec![0, 1]), numbers);
    let nothing = Arc::new(StringArray::from(Vec::<&str>::new()));
    let nothing = DictionaryArray::new(Int32Array::from(vec![None, None]), nothing);
    let columns: Columns = vec![
        ("name", Arc::new(names)),
        ("number", Arc::new(numbers)),
        ("nothing", Arc::new(nothing)),
        ("void", Arc::new(NullArray::new(2))),
    ];
    arrow(&path, columns);
    assert_eq!(csv(&path, &by("name")), "name,count a,1 ,1 ");
    assert_eq!(csv(&path, &by("number")), "number,count 10,1 ,1 ");
    assert_eq!(csv(&path, &by("nothing")), "nothing,count ,2 ");
    assert_eq!(csv(&path, &filter("name is null")), "count 1 ");
    assert_eq!(csv(&path, &filter("nothing = 'a'")), "count 0 ");
    assert_eq!(
        csv(&path, &agg("distinct(name),distinct(nothing)")),
        "distinct(name),distinct(nothing) 1,0 "
    );
    // A column that has no type can be asked what any can.
    assert_eq!(csv(&path, &by("void")), "void,count ,2 ");
    let all = "distinct(void),min(void),max(void),sum(void),mean(void),median(void),count";
    assert_eq!(
        csv(&path, &agg(all)).split(' ').nth_back(1),
        Some("0,,,,,,2")
    );
    for (question, count) in [
        ("void is null", 2),
        ("void is not null", 0),
        ("void = 'a' or void != 'a'", 0),
        ("not void > 1.5", 0),
        ("void in (1, 2) or void between 1 and 2 or void is true", 0),
        ("void is not true", 2),
    ] {
        assert_eq!(
            csv(&path, &filter(question)),
            format!("count {count} "),
            "{question}"
        );
    }
    let floor = Query {
        min_distinct: Some("void:1".parse().expect("a floor")),
        ..by("name")
    };
    assert_eq!(csv(&path, &floor), "name,count ");
    let select = Query::new().select(["name", "number", "nothing", "void"]);
    let json = run(&path, &select, Format::Json).expect("rows");
    let json = String::from_utf8(json).expect("text");
    assert!(json.contains("[null, null, null, null]"), "{json}");
    assert!(json.contains("[\"a\", 10, null, null]"), "{json}");
}

#[test]
fn names_of_columns_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("count.parquet");
    parquet(
        &path,
        vec![("count", Arc::new(Int32Array::from(vec![7, 7])))],
    );
    assert_eq!(csv(&path, &by("count")), "count,count_2 7,2 ");
    let twice = Query::new().select(["count", "count"]);
    assert_eq!(csv(&path, &twice), "count,count_2 7,7 7,7 ");
}

#[test]
fn values_with_parts_are_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("parts.parquet");
    let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.0), None]));
    let seen: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0, 1]));
    let field =
        |name, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let parts = StructArray::from(vec![
        (field("x", &x), x.clone()),
        (field("seen", &seen), seen.clone()),
    ]);
    let parts: ArrayRef = Arc::new(parts);
    arrow(&path.with_extension("arrow"), vec![("p", parts)]);
    let select = Query::new().select(["p"]);
    let json = run(&path.with_extension("arrow"), &select, Format::Json).expect("rows");
    let json = String::from_utf8(json).expect("text");
    assert!(
        json.contains("{\"x\": 2.0, \"seen\": \"1970-01-01T00:00:00Z\"}"),
        "{json}"
    );
    assert!(
        json.contains("{\"x\": null, \"seen\": \"1970-01-01T00:00:01Z\"}"),
        "{json}"
    );
    assert_eq!(
        csv(&path.with_extension("arrow"), &filter("p is null")),
        "count 0 "
    );
}

#[test]
fn bytes_have_one_order_that_of_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    let values: [&[u8]; 4] = [b"\x80\x01", b"ab", b"~~", b"\x01\x02"];
    let raw = BinaryArray::from_vec(values.to_vec());
    let fixed = FixedSizeBinaryArray::try_from_iter(values.iter()).expect("bytes");
    let keys = Int32Array::from(vec![0, 1, 2, 3]);
    let dictionary = DictionaryArray::new(keys, Arc::new(raw.clone()));
    let uuids = [0xff, 0x20, 0x9a, 0x0b].map(|byte| [byte; 16]);
    let uuids = FixedSizeBinaryArray::try_from_iter(uuids.iter()).expect("uuids");
    let columns: Columns = vec![
        ("raw", Arc::new(raw)),
        ("fixed", Arc::new(fixed)),
        ("listed", Arc::new(dictionary)),
        ("device", Arc::new(uuids)),
    ];
    let paths = ["a.parquet", "a.arrow"].map(|name| folder.path().join(name));
    parquet(&paths[0], columns.clone());
    arrow(&paths[1], columns);
    for path in paths {
        for column in ["raw", "fixed", "listed"] {
            for (test, count) in [
                (r"? >= '\x80'", 1),
                ("? < 'ab'", 1),
                ("? <= 'ab'", 2),
                (r"? > '\x0102'", 3),
                (r"? <= '\x'", 0),
                // However they are spelled.
                (r"? between '\x6162' and '\x80FF'", 3),
                (r"? not between 'ab' and '\x80'", 2),
                (r"? in ('\x6162', '\x8001', '\x0102')", 3),
                (r"? = '\x7E7e'", 1),
                (r"? != '\x8001'", 3),
            ] {
                let test = test.replace('?', column);
                assert_eq!(
                    csv(&path, &filter(&test)),
                    format!("count {count} "),
                    "{test}"
                );
            }
            let order = format!(r"{column},count \x0102,1 ab,1 ~~,1 \x8001,1 ");
            assert_eq!(csv(&path, &by(column)), order);
            let least = csv(&path, &agg(&format!("min({column}),max({column})")));
            assert!(least.ends_with(r" \x0102,\x8001 "), "{least}");
            let wrong = run(&path, &filter(&format!(r"{column} > '\x8'")), Format::Csv);
            let wrong = wrong.expect_err("half a byte").to_string();
            assert!(wrong.contains(r"such as '\x00ff'"), "{wrong}");
        }
        let uuid =
            |byte: &str| format!("{0}{0}{0}{0}-{0}{0}-{0}{0}-{0}{0}-{0}{0}{0}{0}{0}{0}", byte);
        let told = ["0b", "20", "9a", "ff"].map(uuid);
        let order = told.iter().map(|uuid| format!("{uuid},1 "));
        let order = format!("device,count {}", order.collect::<String>());
        assert_eq!(csv(&path, &by("device")), order);
        let test = format!("device >= '{}' and device < '{}'", told[1], told[3]);
        assert_eq!(csv(&path, &filter(&test)), "count 2 ");
        let ends = csv(&path, &agg("min(device),max(device)"));
        assert!(
            ends.ends_with(&format!(" {},{} ", told[0], told[3])),
            "{ends}"
        );
    }
}
