/// Whether a test that needs a GPU can run, where `found` says whether there is a usable adapter. Without one it is
/// skipped, and this says so.
///
/// # Panics
/// Without one where `GRATICULE_REQUIRE_GPU` is 1.
pub fn has_adapter(found: bool) -> bool {
    let required = std::env::var("GRATICULE_REQUIRE_GPU").is_ok_and(|v| v == "1");
    assert!(
        found || !required,
        "GRATICULE_REQUIRE_GPU=1 and there is no adapter"
    );
    if !found {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("SKIPPED: there is no adapter");
        }
    }
    found
}
