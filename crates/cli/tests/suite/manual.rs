//! What a package holds beside the command.

use std::process::Command;

#[test]
fn completions_and_pages_know_the_commands_and_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graticule"));
    let written = command.arg("manual").arg(folder.path()).output();
    let written = written.expect("the command runs");
    assert!(written.status.success(), "{written:?}");
    let text = |name: &str| {
        let path = folder.path().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    for name in [
        "completions/graticule.bash",
        "completions/_graticule",
        "completions/graticule.fish",
    ] {
        let text = text(name);
        for word in ["optimize", "min-distinct"] {
            assert!(text.contains(word), "{name} lacks {word}");
        }
        assert!(!text.contains("manual"), "{name} knows what no release has");
    }
    assert!(text("man/graticule.1").contains("graticule\\-query(1)"));
    assert!(text("man/graticule-query.1").contains("\\-\\-min\\-distinct"));
    let pages = std::fs::read_dir(folder.path().join("man")).expect("pages");
    assert_eq!(pages.count(), 10, "one for each command, and one for all");
}
