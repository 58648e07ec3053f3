use super::*;

#[test]
fn globs_match_files_and_folders() {
    let place = |glob: &str| StoreRoot {
        pattern: Some(glob::Pattern::new(glob).expect("a glob")),
        ..StoreRoot::of(".", None).expect("it is there")
    };
    let at = |place: &StoreRoot, path: &str| {
        let path = Path::parse(format!("{}/{path}", place.root)).expect("a path");
        place.part(&path)
    };
    let days = place("day=2026-03-0[12]");
    assert_eq!(at(&days, "day=2026-03-01/a/b.parquet"), Listed::Data);
    assert_eq!(at(&days, "day=2026-03-01/b.FEATHER"), Listed::Data);
    assert_eq!(at(&days, "day=2026-03-03/b.parquet"), Listed::Other);
    for name in ["day=2026-03-01/b.csv", "day=2026-03-01/b.arrows"] {
        assert_eq!(at(&days, name), Listed::Left(Reason::Name));
    }
    let files = place("*/x*.lst");
    assert_eq!(at(&files, "a/x1.lst"), Listed::Data);
    assert_eq!(at(&files, "a/b/x1.lst"), Listed::Other);
    assert_eq!(at(&files, "a/_x/x1.lst"), Listed::Left(Reason::Hidden));
    // A folder's escapes may be written as they stand or undone.
    for glob in ["k=a%20b", "k=a b"] {
        assert_eq!(
            at(&place(glob), "k=a%20b/x.parquet"),
            Listed::Data,
            "{glob}"
        );
    }
}
