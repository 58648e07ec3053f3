//! The flags of a suite, and what the exit code says.

use super::*;
use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use graticule_compare::{Cell, Cost, LayoutUsed, Measured, RunError, Runner};
use std::sync::Arc;

#[test]
fn a_suite_speaks_the_flags_of_a_query() {
    let read = |text: &str| read_flags(text, Path::new("."));
    let query = read("--bbox -1,2,3,4 --where 'speed_mps > 20' --by geohash:5,time:1h --agg 'count,mean(speed_mps)' --top 3").expect("a query");
    assert_eq!(
        (
            query.filters.len(),
            query.keys.len(),
            query.aggregates.len()
        ),
        (2, 2, 2)
    );
    assert_eq!(query.top.expect("a top").rows, Some(3));
    for (text, part) in [
        ("--bbox 1,2,3", "bbox"),
        ("--by 'geohash:5", "not closed"),
        ("--device gpu", "--device does not say"),
        ("-o x.csv", "--output does not say"),
        ("another --by geohash:5", "unexpected argument"),
        ("--limit 3", "--select"),
        ("--polygon nowhere.geojson", "nowhere.geojson"),
    ] {
        let said = read(text).expect_err(text);
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn files_lie_beside_the_suite() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#;
    std::fs::write(folder.path().join("a.geojson"), text).expect("a file");
    let query = read_flags("--polygon a.geojson", folder.path()).expect("a query");
    assert_eq!(query.filters.len(), 1);
}

/// A GPU that counts one more than there are, or fails.
struct Wrong {
    fails: bool,
}

impl Runner for Wrong {
    fn run(&mut self, cell: &Cell<'_>) -> Result<Measured, RunError> {
        let is_gpu = *cell.device != Device::Cpu;
        if is_gpu && self.fails {
            return Err(RunError::Failed("the device is gone".to_owned()));
        }
        let count: ArrayRef = Arc::new(Int64Array::from(vec![if is_gpu { 8 } else { 7 }]));
        Ok(Measured {
            answer: RecordBatch::try_from_iter([("count", count)]).expect("a row"),
            cost: Cost {
                wall: 1.0,
                rows: 7,
                ..Cost::default()
            },
        })
    }
}

#[test]
fn a_wrong_answer_and_none_are_failures() {
    for fails in [false, true] {
        let out = tempfile::tempdir().expect("a folder");
        let text = "version = 1\n[[query]]\nname = 'all'\nask = {}";
        let comparison = Comparison {
            suite: Suite::parse(text, Path::new("suite.toml"), &read_flags).expect("a suite"),
            devices: vec![Device::Cpu, Device::Gpu(None)],
            states: vec![Residency::Warm, Residency::Resident],
            repeat: 2,
            resume: false,
            out: out.path().to_owned(),
            prices: Prices::standard().expect("prices"),
            machines: BTreeMap::new(),
            store: None,
            rate: 1.0,
            extrapolate: None,
            device_memory: DEVICE_MEMORY,
            engines: String::new(),
            command: String::new(),
        };
        let used = LayoutUsed {
            name: "a".to_owned(),
            url: "a".to_owned(),
            rows: 7,
            files: 1,
            bytes: 1,
            days: None,
        };
        let report = comparison.run_with(
            &mut Wrong { fails },
            vec![used],
            &["print".to_owned()],
            &|_| {},
        );
        let report = report.expect("a report");
        assert_eq!(report.mismatches().count(), if fails { 0 } else { 2 });
        let error = tell(&report, out.path()).expect_err("no success");
        assert!(
            error
                .to_string()
                .contains("2 of 3 measurements failed, fell back"),
            "{error}"
        );
        // 1, and not 2 as for wrong use.
        assert_eq!(
            format!("{:?}", crate::commands::fail(&error)),
            format!("{:?}", std::process::ExitCode::from(1))
        );
    }
}
