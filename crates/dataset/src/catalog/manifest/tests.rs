use super::*;
use crate::file::view::Marked;
use graticule_columns::TimeUnit;

fn outline(name: &str, columns: usize, groups: usize) -> Outline {
    let ends = [
        None,
        Some(Ends::Int32(-3, i32::MAX)),
        Some(Ends::Int64(i64::MIN, -1)),
        Some(Ends::Float(-0.0, 1e30)),
        Some(Ends::Double(f64::MIN_POSITIVE, f64::INFINITY)),
    ];
    let chunk = |i: usize| Chunk {
        offset: 4 + i as u64,
        bytes: 1 << 40,
        ends: ends[i % ends.len()],
        nulls: i.is_multiple_of(2).then_some(i as u64),
    };
    let field = |i: usize| Field::new(format!("c{i}"), DataType::Float64, i.is_multiple_of(2));
    Outline {
        object: Object::new(name, 1 << 50, "\"x\"").expect("a path"),
        fields: (0..columns).map(field).collect(),
        declared: Arc::new(Declared {
            layout: Some(Marked {
                points: ["x", "y"].map(str::to_owned),
                time: Some("t".to_owned()),
                time_unit: Some(TimeUnit::Second),
                folder: Some("day".to_owned()),
            }),
            geometries: Vec::new(),
            derived: groups,
        }),
        groups: (0..groups)
            .map(|g| {
                let chunks = (0..columns).map(|c| chunk(g + c)).collect();
                Group::new(g as u64, chunks, None)
            })
            .collect(),
    }
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep/manifest.arrows");
    let outlines = [
        outline("a=1/x%20y", 5, 3),
        outline("b", 5, 0),
        outline("c", 2, 1),
        outline("d", 0, 2),
    ];
    write(&path, &outlines).expect("it is written");
    assert_eq!(read(&path), outlines);
    write(&path, &[]).expect("it is written");
    assert!(read(&path).is_empty());
}

#[test]
fn damage_is_no_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("manifest.arrows");
    assert!(read(&path).is_empty());
    write(&path, &[outline("a", 5, 3), outline("b", 3, 1)]).expect("it is written");
    let whole = std::fs::read(&path).expect("it is there");
    for length in (0..whole.len()).step_by(97) {
        std::fs::write(&path, &whole[..length]).expect("it is written");
        assert!(read(&path).is_empty(), "{length} bytes");
    }
    for at in (0..whole.len()).step_by(41) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        std::fs::write(&path, &damaged).expect("it is written");
        assert!(read(&path).is_empty(), "byte {at}");
    }
}
