//! The page in a real browser: it draws, it sorts, and nothing errs.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use crate::common::{Known, comparison, layouts, suite};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A browser takes a second or two; a machine that is busy more.
const PATIENCE: Duration = Duration::from_secs(90);

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|p| p.is_file());
    let required = std::env::var("GRATICULE_REQUIRE_BROWSER").is_ok_and(|v| v == "1");
    assert!(
        found.is_some() || !required,
        "GRATICULE_REQUIRE_BROWSER=1 and there is no Chromium in PATH"
    );
    if found.is_none() {
        eprintln!("SKIPPED: there is no Chromium in PATH (Debian: apt install chromium)");
    }
    found
}

/// The page as it is after its scripts have run.
fn opened(browser: &Path, page: &Path, more: &[&str]) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let out = profile.path().join("dom.html");
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .stdout(std::fs::File::create(&out).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser");
    let begin = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if begin.elapsed() > PATIENCE {
            child.kill().expect("a child");
            panic!("the browser did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::read_to_string(out).expect("the page")
}

/// Values of an attribute.
fn attribute<'a>(dom: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!(" {name}=\"");
    dom.split(&begin as &str)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_chart_draws_and_nothing_errs() {
    let Some(browser) = browser() else { return };
    let out = tempfile::tempdir().expect("a folder");
    let text = "title = 'Known </script><script>throw 1</script>'
[[query]]
name = 'cells'
ask = { by = ['geohash:3'] }
sizes = [0.25, 0.5, 1.0]
[[query]]
name = 'hours'
ask = { by = ['time:1h'] }";
    let mut comparison = comparison(suite(text), &["cpu", "gpu"], out.path());
    comparison.extrapolate = Some(200e9);
    comparison.states.swap(0, 2);
    let (used, prints) = layouts(&["source", "hilbert"]);
    comparison
        .run_with(&mut Known::new(), used, &prints, &|_| {})
        .expect("a report");
    let page = out.path().join("report.html");
    for more in [
        &["--window-size=390,844"][..],
        &["--window-size=1280,900", "--force-dark-mode"],
    ] {
        let dom = opened(&browser, &page, more);
        assert_eq!(
            attribute(&dom, "data-ready"),
            ["yes"],
            "the script ran to its end"
        );
        assert!(
            attribute(&dom, "data-errors").is_empty(),
            "{:?}",
            attribute(&dom, "data-errors")
        );
        let canvases = dom.matches("<canvas").count();
        // Two of stages, money, speed, bytes.
        assert_eq!(canvases, 5);
        let drawn = attribute(&dom, "data-drawn");
        assert_eq!(drawn.len(), canvases, "{drawn:?}");
        for drawn in drawn {
            let numbers: Vec<u64> = drawn
                .split(' ')
                .filter_map(|word| word.parse().ok())
                .collect();
            assert!(numbers[0] >= 4 && numbers[1] > 2000, "{drawn}");
        }
    }
    // Clicks on the heads of columns: a text, and numbers both ways.
    let clicks = "<script>
        const table = document.querySelector('table.sortable');
        const head = [...table.tHead.rows[0].cells].find((c) => c.textContent === 'seconds');
        const seconds = () => [...table.tBodies[0].rows].map((r) => Number(r.cells[head.cellIndex].dataset.value));
        const note = document.documentElement.dataset;
        head.firstElementChild.click(); note.up = `${head.getAttribute('aria-sort')} ${seconds().join(' ')}`;
        head.firstElementChild.click(); note.down = `${head.getAttribute('aria-sort')} ${seconds().join(' ')}`;
    </script></body>";
    let text = std::fs::read_to_string(&page).expect("the page");
    let clicked = out.path().join("clicked.html");
    // `const note` is the page's own.
    let clicks = clicks.replace("note", "marks");
    std::fs::write(&clicked, text.replace("</body>", &clicks)).expect("a page");
    let dom = opened(&browser, &clicked, &[]);
    assert!(
        attribute(&dom, "data-errors").is_empty(),
        "{:?}",
        attribute(&dom, "data-errors")
    );
    for (name, word) in [("data-up", "ascending"), ("data-down", "descending")] {
        let said = attribute(&dom, name);
        let (is, numbers) = said
            .first()
            .and_then(|s| s.split_once(' '))
            .expect("a sorted table");
        assert_eq!(is, word);
        let numbers: Vec<f64> = numbers
            .split(' ')
            .map(|n| n.parse().expect("a number"))
            .collect();
        assert!(
            numbers.len() == 20 && numbers[0] != numbers[19],
            "{numbers:?}"
        );
        assert!(
            numbers.is_sorted_by(|a, b| if word == "ascending" { a <= b } else { a >= b }),
            "{numbers:?}"
        );
    }
}

#[test]
fn an_error_of_the_page_is_seen() {
    let Some(browser) = browser() else { return };
    let out = tempfile::tempdir().expect("a folder");
    let text = "[[query]]\nname = 'cells'\nask = {}";
    let comparison = comparison(suite(text), &["cpu", "gpu"], out.path());
    let (used, prints) = layouts(&["source"]);
    let report = comparison
        .run_with(&mut Known::new(), used, &prints, &|_| {})
        .expect("a report");
    let broken = report
        .html()
        .replace("\"series\":[", "\"series\":null,\"lost\":[");
    let page = out.path().join("broken.html");
    std::fs::write(&page, broken).expect("a page");
    let dom = opened(&browser, &page, &[]);
    assert!(
        !attribute(&dom, "data-errors").is_empty(),
        "a chart without series draws nothing"
    );
}
