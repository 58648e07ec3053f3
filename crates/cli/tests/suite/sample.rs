//! The sample in `datasets/` is what its command makes, byte for byte.

use std::path::{Path, PathBuf};
use std::process::Command;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_command_makes_the_sample() {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    let text = std::fs::read_to_string(datasets.join("manifest.json")).expect("the manifest");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    for dataset in manifest["datasets"].as_array().expect("datasets") {
        let name = dataset["name"].as_str().expect("a name");
        let made = folder.path().join(name);
        let command = dataset["command"].as_str().expect("a command");
        let words = command
            .split(' ')
            .skip(1)
            .map(|word| match word.strip_prefix("datasets/") {
                Some(_) => made.to_str().expect("text").to_owned(),
                None => word.to_owned(),
            });
        let status = Command::new(env!("CARGO_BIN_EXE_graticule"))
            .args(words)
            .status();
        assert!(status.expect("the command").success(), "{command}");
        let kept = datasets.join(name);
        let (made_files, kept_files) = (files(&made), files(&kept));
        assert_eq!(
            made_files.len(),
            dataset["files"].as_array().expect("files").len()
        );
        for (made_file, kept_file) in made_files.iter().zip(&kept_files) {
            assert_eq!(
                made_file.strip_prefix(&made).ok(),
                kept_file.strip_prefix(&kept).ok()
            );
            let read = |path| std::fs::read(path).expect("a file");
            assert!(
                read(made_file) == read(kept_file),
                "{} differs",
                kept_file.display()
            );
        }
    }
}
