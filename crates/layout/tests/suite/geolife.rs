//! Real data: small, and the same answers.
#![expect(clippy::print_stderr, reason = "what is skipped must be seen")]

use crate::common::{optimize, options};
use graticule::{Dataset, Engine, Format, Key, Query, Run};
use graticule_layout::optimize::Optimize;
use std::path::{Path, PathBuf};

fn source() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let path = root.join("shared/data/geolife-5m.parquet");
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}

fn answer(path: &Path, query: &Query) -> String {
    let dataset = Dataset::open_blocking(path.to_str().expect("text")).expect("a dataset");
    let answer = query
        .clone()
        .run_blocking(&Engine::cpu(), &dataset)
        .expect("an answer");
    let mut bytes = Vec::new();
    answer.write(Format::Csv, &mut bytes).expect("written");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn under_four_bytes_a_point() {
    let Some(source) = source() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let queries = [
        Query::new().by(Key::parse_all("user_id,time:week").expect("keys")),
        Query::new()
            .within(graticule::Bbox::new(116.3, 39.97, 116.33, 40.0).expect("a box"))
            .by([Key::geohash(7)])
            .aggregate(
                graticule::Aggregate::parse_all("count,mean(altitude_m),max(lon),var(lat)")
                    .expect("aggregates"),
            ),
    ];
    let expected: Vec<_> = queries.iter().map(|q| answer(&source, q)).collect();
    let to = folder.path().join("made");
    let how = Optimize {
        memory: 256 << 20,
        ..options()
    };
    let report = optimize(&how, &source, &to);
    assert_eq!(
        (report.rows, report.invalid, report.residuals),
        (4_904_447, 0, false)
    );
    let bytes = report.bytes_coordinates;
    assert!(bytes < 4 * report.rows, "{bytes} bytes of coordinates");
    for (query, expected) in queries.iter().zip(&expected) {
        assert_eq!(&answer(&to, query), expected);
    }
}
