//! The examples in `QUERIES.md` run, and print what stands there.

use std::path::Path;
use std::process::Command;

const PAGE: &str = include_str!("../../QUERIES.md");

/// A command and the output that the page shows below it, if any.
struct Example {
    command: String,
    shown: String,
}

/// The fenced blocks of the page: the line before, the language, the lines inside.
fn blocks() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            blocks.push((before, language, inside.collect()));
        }
        before = line;
    }
    blocks
}

/// Reads the command, which goes on after a backslash, and leaves what it prints.
fn example(lines: &[&str]) -> Example {
    let mut lines = lines.iter();
    let first = lines.next().and_then(|line| line.strip_prefix("$ "));
    let mut command = first.expect("a command after '$ '").to_owned();
    while let Some(begun) = command.strip_suffix('\\') {
        let next = lines.next().expect("a line after the backslash");
        command = format!("{begun} {next}");
    }
    let shown = lines.map(|line| format!("{line}\n")).collect();
    Example { command, shown }
}

/// The words of a command as a shell reads them, where quotes are its only signs.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == ' ' => words.extend(word.take()),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "a quote is never closed: {command}");
    words.extend(word);
    words
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let copied = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            std::fs::copy(&path, &copied).expect("a copy");
        }
    }
}

/// Without the seconds of an estimate, which depend on the machine.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.split_once("about ") {
        Some((label, rest)) if label.trim() == "estimate" => {
            let rest = rest.split_once(" s on ").map_or(rest, |(_, rest)| rest);
            format!("{label}{rest}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn the_page_shows_what_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
    copy(&sample, &folder.path().join("datasets/sample"));
    let mut examples = Vec::new();
    for (before, language, lines) in blocks() {
        match language {
            "json" | "text" => {
                let name = before.strip_suffix(':').expect("a file's name and a colon");
                std::fs::write(folder.path().join(name), lines.join("\n")).expect("a file");
            }
            "console" => examples.push(example(&lines)),
            other => panic!("a block of '{other}' is neither json, text nor console"),
        }
    }
    assert!(examples.len() >= 25, "only {} commands", examples.len());
    for Example { command, shown } in examples {
        let words = words(&command);
        assert_eq!(words[..2], ["graticule", "query"], "{command}");
        let is_said = words.iter().any(|word| word == "--device");
        let device: &[&str] = if is_said { &[] } else { &["--device", "cpu"] };
        let output = Command::new(env!("CARGO_BIN_EXE_graticule"))
            .args(&words[1..])
            .args(device)
            .current_dir(folder.path())
            .output()
            .expect("the binary runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{command}\n{errors}");
        if !shown.is_empty() {
            let printed = String::from_utf8_lossy(&output.stdout);
            assert_eq!(timeless(&printed), timeless(&shown), "{command}");
        }
    }
}
