//! Servers as they are: what of their answers is taken, and what is said of the others.

use crate::common::runtime;
use graticule_columns::{Keep, Scan, Source};
use graticule_dataset::{Dataset, DatasetError, OpenOptions};
use graticule_testing::Table;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a client asks for.
#[derive(Debug, Clone, Default)]
struct Asked {
    method: String,
    /// Path and query.
    target: String,
    /// First and last byte.
    range: Option<(usize, usize)>,
}

/// What it gets.
#[derive(Default)]
struct Answer {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
    /// Bytes of the body after which the connection is cut.
    cut: Option<usize>,
    /// How long each byte takes.
    drip: Option<Duration>,
}

fn says(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    }
}

/// The part of a file that is asked for.
fn part(file: &[u8], asked: &Asked) -> Answer {
    let Some((first, last)) = asked.range else {
        return Answer {
            status: 200,
            body: file.to_vec(),
            ..Answer::default()
        };
    };
    let last = last.min(file.len() - 1);
    Answer {
        status: 206,
        headers: vec![format!(
            "Content-Range: bytes {first}-{last}/{}",
            file.len()
        )],
        body: file[first..=last].to_vec(),
        ..Answer::default()
    }
}

/// A server on a port of this machine, for as long as the process lives, and what it was asked for.
fn serve(
    answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let asked = Arc::<Mutex<Vec<Asked>>>::default();
    let (answer, kept) = (Arc::new(answer), asked.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answer, kept) = (answer.clone(), kept.clone());
            std::thread::spawn(move || {
                let asked = read(&stream);
                let number = {
                    let mut kept = kept.lock().expect("no panic");
                    kept.push(asked.clone());
                    kept.len()
                };
                // Whoever has gone wants no answer.
                let _ = write(stream, &asked, &answer(&asked, number));
            });
        }
    });
    (address, asked)
}

fn read(stream: &TcpStream) -> Asked {
    let mut asked = Asked::default();
    for (i, line) in BufReader::new(stream)
        .lines()
        .map_while(Result::ok)
        .enumerate()
    {
        if line.is_empty() {
            break;
        }
        let mut words = line.split(' ');
        if i == 0 {
            asked.method = words.next().unwrap_or_default().to_owned();
            asked.target = words.next().unwrap_or_default().to_owned();
        } else if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            let (first, last) = range.split_once('-').expect("a range");
            asked.range = Some((first.parse().expect("a number"), last.parse().expect("one")));
        }
    }
    asked
}

fn write(mut stream: TcpStream, asked: &Asked, answer: &Answer) -> std::io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {} Something\r\nConnection: close\r\n",
        answer.status
    );
    head += &format!("Content-Length: {}\r\n", answer.body.len());
    if asked.method != "PROPFIND" && answer.status < 300 {
        head += "ETag: \"one\"\r\nLast-Modified: Mon, 02 Mar 2026 00:00:00 GMT\r\n";
    }
    for header in &answer.headers {
        head += &format!("{header}\r\n");
    }
    write!(stream, "{head}\r\n")?;
    if asked.method == "HEAD" {
        return Ok(());
    }
    let body = &answer.body[..answer.cut.unwrap_or(answer.body.len())];
    match answer.drip {
        None => stream.write_all(body),
        Some(pause) => body.iter().try_for_each(|byte| {
            std::thread::sleep(pause);
            stream.write_all(&[*byte])?;
            stream.flush()
        }),
    }
}

/// A file of so many points, not all alike.
fn bytes(rows: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.parquet");
    let degrees: Vec<_> = (0..rows).map(|i| Some((i as f64).sqrt())).collect();
    let table = Table::new(degrees.clone(), degrees, vec![Some(1); rows], vec![]);
    table.write_parquet(&path, rows).expect("it is written");
    std::fs::read(path).expect("it is there")
}

/// The rows that are read of a dataset, all of them.
fn rows(url: &str, patience: f64) -> Result<(usize, Vec<String>), DatasetError> {
    let options = OpenOptions {
        patience: Some(Duration::from_secs_f64(patience)),
        ..OpenOptions::default()
    };
    runtime().block_on(async {
        let dataset = Dataset::open(url, &options).await?;
        let sources = vec![Source::FixedLon, Source::FixedLat];
        let scan = Arc::new(Scan::everything(dataset.metadata(), sources, [""; 0]));
        let mut rows = 0;
        for group in &scan.groups {
            let fetched = dataset.fetch(&scan, group).await?;
            for chunk in fetched.chunks(&scan, 0..fetched.rows(), 16, Keep::All)? {
                rows += chunk?.len();
            }
        }
        let notes = dataset.metadata().notes.iter();
        Ok((rows, notes.map(|note| note.text.clone()).collect()))
    })
}

/// What is said of it, and at once.
fn refused(url: &str) -> String {
    let begin = Instant::now();
    let error = rows(url, 60.0).expect_err(url).to_string();
    assert!(begin.elapsed() < Duration::from_secs(10), "{error}");
    for tag in ["<html", "<Error", "<!", "secret"] {
        assert!(!error.contains(tag), "{error}");
    }
    error
}

#[test]
fn a_signed_url_is_asked_for_as_it_is_written() {
    let file = bytes(200);
    let target = "/deep%2Fpath/a%20b.parquet?X-Sig=a%2Bb%3D&versionId=3&endpoint=x";
    // Such a signature is good for GET alone.
    let (address, asked) = serve(move |asked, _| match (&*asked.method, &*asked.target) {
        ("GET", asked_for) if asked_for == target => part(&file, asked),
        _ => says(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
    });
    let (found, _) = rows(&format!("http://{address}{target}"), 60.0).expect("it is read");
    assert_eq!(found, 200);
    let asked = asked.lock().expect("no panic");
    assert!(
        asked.iter().all(|asked| asked.target == target),
        "{asked:?}"
    );
}

#[test]
fn head_may_be_refused() {
    for status in [403, 404, 405, 501] {
        let file = bytes(50);
        let (address, _) = serve(move |asked, _| match &*asked.method {
            "GET" => part(&file, asked),
            _ => says(status, "<html>no</html>"),
        });
        for path in ["a.parquet", "a.parquet?download=1", "download"] {
            let (found, _) = rows(&format!("http://{address}/{path}"), 60.0)
                .unwrap_or_else(|e| panic!("{status} {path}: {e}"));
            assert_eq!(found, 50);
        }
    }
}

#[test]
fn a_server_of_whole_files_is_told_at_once() {
    let file = bytes(50);
    let (address, _) = serve(move |_, _| Answer {
        status: 200,
        body: file.clone(),
        ..Answer::default()
    });
    let error = refused(&format!("http://{address}/a.parquet?key=secret"));
    assert!(error.contains("whole files only"), "{error}");
}

#[test]
fn what_is_not_there_is_said_to_be_missing() {
    for propfind in [405, 501, 404, 403] {
        let (address, asked) = serve(move |asked, _| match &*asked.method {
            "PROPFIND" => says(propfind, "<html><h1>unsupported</h1></html>"),
            _ => says(404, "<html><h1>not found</h1></html>"),
        });
        for name in ["nope.parquet", "nope", "nope.parquet?key=secret"] {
            let error = refused(&format!("http://{address}/{name}"));
            assert!(error.starts_with("there is nothing at 'http"), "{error}");
        }
        let count = asked.lock().expect("no panic").len();
        assert!(count <= 9, "{count}");
    }
}

#[test]
fn a_folder_of_a_plain_web_server_is_told() {
    let (address, asked) = serve(|asked, _| match &*asked.method {
        "PROPFIND" => says(501, "<!DOCTYPE html><p>Unsupported method"),
        _ => says(200, "<html>a list</html>"),
    });
    let error = refused(&format!("http://{address}/folder/"));
    assert!(error.contains("501") && error.contains("WebDAV"), "{error}");
    assert_eq!(asked.lock().expect("no panic").len(), 1);
}

#[test]
fn what_lasts_is_asked_for_once() {
    for status in [400, 501, 505] {
        let file = bytes(50);
        let (address, asked) = serve(move |asked, _| match &*asked.method {
            "HEAD" => part(&file, asked),
            _ => says(status, "<html>never</html>"),
        });
        let error = refused(&format!("http://{address}/a.parquet"));
        assert!(
            error.contains(&format!("the server says {status}")),
            "{error}"
        );
        let gets = asked.lock().expect("no panic");
        assert_eq!(gets.iter().filter(|asked| asked.method == "GET").count(), 1);
    }
    let file = bytes(50);
    let (address, _) = serve(move |asked, number| match number % 3 {
        0 => part(&file, asked),
        1 => says(503, "later"),
        _ => says(429, "later"),
    });
    let (found, _) = rows(&format!("http://{address}/a.parquet?x=1"), 60.0).expect("it passes");
    assert_eq!(found, 50);
}

#[test]
fn a_body_that_breaks_off_is_gone_on_with_and_looked_at() {
    let file = bytes(20_000);
    let length = file.len();
    let (address, asked) = serve(move |asked, number| {
        let answer = part(&file, asked);
        match number {
            // The columns come after HEAD and the footer.
            3 => Answer {
                cut: Some(1000),
                ..answer
            },
            // The right bytes would begin 1,000 later.
            4 => Answer {
                headers: vec![format!("Content-Range: bytes 4-{}/{length}", length - 1)],
                body: file[4..].to_vec(),
                ..answer
            },
            _ => answer,
        }
    });
    let (found, _) = rows(&format!("http://{address}/a.parquet"), 20.0).expect("it is read");
    assert_eq!(found, 20_000);
    let asked = asked.lock().expect("no panic");
    let first = |i: usize| asked[i].range.expect("a range").0;
    assert_eq!(first(3), first(2) + 1000, "{asked:?}");
    assert_eq!(first(4), first(3), "{asked:?}");
}

/// A server that cuts answers of more than a thousand bytes so often, and answers a request for the rest of them
/// with the whole file.
fn forgets_ranges(file: Vec<u8>, cuts: usize) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let begun = Mutex::new(Vec::new());
    let cut = Mutex::new(0);
    serve(move |asked, _| {
        let answer = part(&file, asked);
        let Some((first, last)) = asked.range else {
            return answer;
        };
        let mut begun = begun.lock().expect("no panic");
        let is_rest = |&(f, l): &(usize, usize)| l == last && f < first;
        if begun.iter().any(is_rest) {
            return Answer {
                status: 200,
                body: file.clone(),
                ..Answer::default()
            };
        }
        begun.push((first, last));
        let mut cut = cut.lock().expect("no panic");
        if answer.body.len() < 20_000 || *cut == cuts {
            return answer;
        }
        *cut += 1;
        Answer {
            cut: Some(1000),
            ..answer
        }
    })
}

#[test]
fn a_rest_that_comes_as_a_whole_file_begins_again() {
    let (address, asked) = forgets_ranges(bytes(20_000), 2);
    let (found, _) = rows(&format!("http://{address}/a.parquet"), 20.0).expect("it is read");
    assert_eq!(found, 20_000);
    let asked = asked.lock().expect("no panic");
    let firsts: Vec<usize> = asked.iter().filter_map(|a| Some(a.range?.0)).collect();
    // The end of the file, cut; its rest; twice so; and the end as a whole.
    let [a, b, c, d, e, ..] = firsts[..] else {
        panic!("{asked:?}");
    };
    assert_eq!([b, c, d, e], [a + 1000, a, a + 1000, a], "{asked:?}");
    // Where it never ends, it is said why.
    let (address, _) = forgets_ranges(bytes(20_000), usize::MAX);
    let error = refused(&format!("http://{address}/a.parquet"));
    assert!(error.contains("whole files only"), "{error}");
}

#[test]
fn a_store_that_drips_is_given_up() {
    let file = bytes(20_000);
    let (address, _) = serve(move |asked, number| Answer {
        drip: (number > 2).then_some(Duration::from_millis(50)),
        ..part(&file, asked)
    });
    let begin = Instant::now();
    let error = rows(&format!("http://{address}/a.parquet"), 1.0).expect_err("it drips");
    assert!(error.to_string().contains("bytes came in 1."), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{error}");
}

#[test]
fn a_part_is_as_patient_as_its_dataset() {
    let file = bytes(20_000);
    // HEAD and the footer come at once, for the dataset and for the part.
    let (address, _) = serve(move |asked, number| Answer {
        drip: (number > 3).then_some(Duration::from_millis(50)),
        ..part(&file, asked)
    });
    let options = OpenOptions {
        patience: Some(Duration::from_secs(1)),
        ..OpenOptions::default()
    };
    let begin = Instant::now();
    let error = runtime().block_on(async {
        let dataset = Dataset::open(&format!("http://{address}/a.parquet"), &options).await;
        let dataset = dataset.expect("a dataset");
        let sources = vec![Source::FixedLon, Source::FixedLat];
        let mut scan = Scan::everything(dataset.metadata(), sources, [""; 0]);
        scan.patience = dataset.patience();
        assert_eq!(scan.patience, options.patience);
        let part = Dataset::reopen(&scan).await.expect("a part");
        part.fetch(&scan, &scan.groups[0]).await.err()
    });
    let error = error.expect("it drips").to_string();
    assert!(error.contains("bytes came in 1."), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(6), "{error}");
}

/// A bucket whose listing is this.
fn bucket(list: &'static str, file: Vec<u8>) -> String {
    let (address, _) = serve(move |asked, _| match asked.target.contains("list-type=2") {
        true => says(200, list),
        false if asked.target.contains("part-0") => part(&file, asked),
        false => says(
            404,
            "<Error><Code>NoSuchKey</Code><Message>No key</Message></Error>",
        ),
    });
    format!("?endpoint=http://{address}&region=us-east-1&anonymous=true")
}

fn entry(key: &str, size: usize) -> String {
    format!(
        "<Contents><Key>{key}</Key><LastModified>2026-03-02T00:00:00.000Z</LastModified><ETag>&quot;one&quot;</ETag><Size>{size}</Size></Contents>"
    )
}

#[test]
fn a_listing_that_breaks_off_is_an_error() {
    let file = bytes(50);
    let list = format!(
        "<ListBucketResult><IsTruncated>true</IsTruncated>{}</ListBucketResult>",
        entry("many/part-0.parquet", file.len())
    );
    let error = refused(&format!("s3://fleet/many{}", bucket(list.leak(), file)));
    assert!(error.contains("breaks off"), "{error}");
}

#[test]
fn markers_are_folders_and_odd_names_are_named() {
    let file = bytes(50);
    let list = [
        entry("d/a//b.parquet", 9),
        entry("d/a&#10;b.parquet", 9),
        entry("d/pings.parquet/", 0),
        entry("d/pings.parquet/part-0.snappy.parquet", file.len()),
    ];
    let list = format!("<ListBucketResult>{}</ListBucketResult>", list.concat());
    let options = bucket(list.leak(), file);
    let (found, notes) = rows(&format!("s3://fleet/d{options}"), 60.0).expect("it is read");
    assert_eq!(found, 50);
    assert_eq!(
        notes,
        [
            "left out, for no request can hold their names; rename them: 2 files, 'a\\nb.parquet', 'a//b.parquet'"
        ]
    );
}

#[test]
fn what_other_credentials_may_open_is_told_so() {
    for (status, code) in [(403, "AccessDenied"), (401, ""), (400, "ExpiredToken")] {
        let page = format!("<Error><Code>{code}</Code><Message>No</Message></Error>");
        let (address, _) = serve(move |_, _| says(status, &page));
        let options = format!("?endpoint=http://{address}&region=us-east-1&anonymous=true");
        let error = refused(&format!("s3://fleet/d{options}"));
        assert!(
            error.contains("may not be read") && error.contains("credentials"),
            "{error}"
        );
        assert!(error.contains(&format!("{status} {code}")), "{error}");
    }
}

#[test]
fn a_bucket_that_is_missing_is_told_without_a_page() {
    let (address, _) = serve(|_, _| {
        says(
            404,
            "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>",
        )
    });
    let options = format!("?endpoint=http://{address}&region=us-east-1&anonymous=true");
    for place in ["s3://fleet/d", "s3://fleet/d/a.parquet"] {
        let error = refused(&format!("{place}{options}"));
        let said = "404 NoSuchBucket: The specified bucket does not exist";
        assert!(error.contains(said), "{error}");
    }
}
