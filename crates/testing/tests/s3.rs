//! Datasets on an S3 server in a process of its own, well, failing and dead. The server's credentials
//! come through the environment, so all of it is one process's one environment.

use futures::StreamExt;
use graticule::{Bbox, Dataset, Engine, Format, Key, OpenOptions, Query, Run, count, mean, sum};
use graticule_dataset::StoreOptions;
use graticule_testing::{Table, Values};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const BUCKET: &str = "fleet";

/// A server that ends with the test.
struct Server {
    child: Child,
    endpoint: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &std::path::Path, fail_every: u64) -> Self {
        static CREDENTIALS: Once = Once::new();
        CREDENTIALS.call_once(|| {
            // SAFETY: every test comes through here before it opens a store, and none has read the
            // environment before.
            unsafe {
                std::env::set_var("AWS_ACCESS_KEY_ID", "graticule");
                std::env::set_var("AWS_SECRET_ACCESS_KEY", "graticule-secret");
            }
        });
        std::fs::create_dir_all(folder.join(BUCKET)).expect("there is room");
        let mut child = Command::new(env!("CARGO_BIN_EXE_graticule-s3"))
            .arg(folder)
            .arg(fail_every.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut port = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut port).expect("a port");
        Self {
            child,
            endpoint: format!("http://127.0.0.1:{}", port.trim()),
        }
    }

    fn options(&self) -> OpenOptions {
        OpenOptions {
            store: StoreOptions {
                endpoint: Some(self.endpoint.clone()),
                region: Some("us-east-1".to_owned()),
                ..StoreOptions::default()
            },
            patience: Some(Duration::from_secs(20)),
            ..OpenOptions::default()
        }
    }

    fn client(&self) -> Arc<dyn ObjectStore> {
        let client = AmazonS3Builder::from_env()
            .with_bucket_name(BUCKET)
            .with_endpoint(&self.endpoint)
            .with_allow_http(true)
            .build();
        Arc::new(client.expect("it is well set"))
    }
}

/// A folder with a small nation, and an empty one for a server.
fn folders() -> (TempDir, TempDir) {
    let local = tempfile::tempdir().expect("a folder");
    write(local.path());
    (local, tempfile::tempdir().expect("a folder"))
}

/// A small nation in folders: 4 days of 500 rows.
fn write(folder: &std::path::Path) {
    for day in 1..=4i64 {
        let rows = 0..500i64;
        let degrees = |step: f64| move |i: i64| Some(step * i as f64 + day as f64 / 7.0);
        let table = Table::new(
            rows.clone().map(degrees(0.01)).collect(),
            rows.clone().map(degrees(0.02)).collect(),
            rows.clone()
                .map(|i| Some(86_400_000 * day + 60_000 * i))
                .collect(),
            vec![(
                "speed".to_owned(),
                Values::F64(rows.map(|i| Some(0.1 * i as f64)).collect()),
            )],
        );
        let folder = folder.join(format!("day={day}"));
        std::fs::create_dir_all(&folder).expect("there is room");
        table
            .write_parquet(&folder.join("a.parquet"), 100)
            .expect("it is written");
    }
}

/// Puts what lies in a folder into the bucket, below `pings`.
fn put(server: &Server, folder: &std::path::Path) {
    let client = server.client();
    runtime().block_on(async {
        for day in 1..=4 {
            let bytes =
                std::fs::read(folder.join(format!("day={day}/a.parquet"))).expect("it is there");
            let path = Path::parse(format!("pings/day={day}/a.parquet")).expect("a path");
            client.put(&path, bytes.into()).await.expect("it is put");
        }
        assert_eq!(client.list(None).count().await, 4);
    });
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("it starts")
}

fn questions() -> [Query; 4] {
    let bbox = Bbox::new(0.0, 0.0, 2.0, 3.0).expect("a box");
    [
        Query::new().aggregate([count(), mean("speed"), sum("speed")]),
        Query::new()
            .by([Key::geohash(4)])
            .aggregate([count(), mean("speed")]),
        Query::new()
            .within(bbox)
            .by([Key::column("day")])
            .aggregate([count()]),
        Query::new()
            .during("1970-01-03..1970-01-04".parse().expect("a range"))
            .aggregate([count(), sum("speed")]),
    ]
}

fn answers(dataset: &Dataset) -> Result<Vec<Vec<u8>>, graticule::Error> {
    let engine = Engine::cpu().threads(2);
    let mut answers = Vec::new();
    for question in questions() {
        let mut bytes = Vec::new();
        let answer = question.run_blocking(&engine, dataset)?;
        assert!(answer.receipt().requests > 0);
        answer.write(Format::Csv, &mut bytes)?;
        answers.push(bytes);
    }
    Ok(answers)
}

const URL: &str = "s3://fleet/pings";

#[test]
fn answers_are_those_of_the_disk() {
    let (local, remote) = folders();
    let path = local.path().to_str().expect("a path");
    let expected = answers(&Dataset::open_blocking(path).expect("it opens")).expect("it answers");
    let server = Server::start(remote.path(), 0);
    put(&server, local.path());
    for url in [URL, "s3://fleet/pings/", "s3://fleet/pings/day=*/*.parquet"] {
        let dataset = Dataset::open_with_blocking(url, server.options()).expect("it opens");
        assert_eq!(answers(&dataset).expect("it answers"), expected, "{url}");
    }
    // The second time listing is enough.
    let cache = tempfile::tempdir().expect("a folder");
    for known in [0, 4] {
        let mut options = server.options();
        options.cache = Some(cache.path().to_owned());
        options.index = true;
        let dataset = Dataset::open_with_blocking(URL, options).expect("it opens");
        let opening = dataset.opening();
        assert_eq!((opening.known, opening.requests), (known, 4 - known));
        assert_eq!(answers(&dataset).expect("it answers"), expected);
    }
    let two = Dataset::open_with_blocking("s3://fleet/pings/day=[23]", server.options());
    assert_eq!(two.expect("it opens").metadata().rows(), 1000);
    let one = Dataset::open_with_blocking("s3://fleet/pings/day=2/a.parquet", server.options());
    assert_eq!(one.expect("it opens").metadata().rows(), 500);
    let none = Dataset::open_with_blocking("s3://fleet/nothing", server.options());
    let none = none.expect_err("nothing is there").to_string();
    assert!(none.contains("holds no data file"), "{none}");
}

#[test]
fn one_request_in_twenty_may_fail() {
    let (local, remote) = folders();
    let path = local.path().to_str().expect("a path");
    let expected = answers(&Dataset::open_blocking(path).expect("it opens")).expect("it answers");
    put(&Server::start(remote.path(), 0), local.path());
    for every in [20, 3] {
        let server = Server::start(remote.path(), every);
        for _ in 0..3 {
            let dataset = Dataset::open_with_blocking(URL, server.options()).expect("it opens");
            assert_eq!(
                answers(&dataset).expect("it answers"),
                expected,
                "every {every}"
            );
        }
    }
}

#[test]
fn a_file_that_is_replaced_is_noticed() {
    let (local, remote) = folders();
    let server = Server::start(remote.path(), 0);
    put(&server, local.path());
    let dataset = Dataset::open_with_blocking(URL, server.options()).expect("it opens");
    let other = std::fs::read(local.path().join("day=1/a.parquet")).expect("it is there");
    let path = Path::parse("pings/day=3/a.parquet").expect("a path");
    let client = server.client();
    runtime().block_on(async { client.put(&path, other.into()).await.expect("it is put") });
    let error = answers(&dataset).expect_err("it changed").to_string();
    assert!(error.contains("day=3/a.parquet' changed while"), "{error}");
    runtime().block_on(async { client.delete(&path).await.expect("it goes") });
    let error = answers(&dataset).expect_err("it is gone").to_string();
    assert!(
        error.contains("nothing at 'pings/day=3/a.parquet'"),
        "{error}"
    );
}

#[test]
fn a_dead_server_is_given_up() {
    let (local, remote) = folders();
    let server = Server::start(remote.path(), 0);
    put(&server, local.path());
    let mut options = server.options();
    options.patience = Some(Duration::from_secs(2));
    let dataset = Dataset::open_with_blocking(URL, options.clone()).expect("it opens");
    drop(server);
    let begin = Instant::now();
    let error = answers(&dataset).expect_err("it is dead").to_string();
    assert!(
        error.contains("pings/day=") && error.contains("requests in"),
        "{error}"
    );
    let error = Dataset::open_with_blocking(URL, options.clone()).expect_err("it is dead");
    assert!(error.to_string().contains("s3://fleet/pings"), "{error}");
    // A server that takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    options.store.endpoint = Some(format!("http://{address}"));
    let error = Dataset::open_with_blocking(URL, options).expect_err("it is silent");
    assert!(error.to_string().contains("no answer within"), "{error}");
    assert!(
        begin.elapsed() < Duration::from_secs(9),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn without_the_right_key_nothing_is_read() {
    let remote = tempfile::tempdir().expect("a folder");
    let server = Server::start(remote.path(), 0);
    let mut options = server.options();
    options.store.anonymous = true;
    let error = Dataset::open_with_blocking(URL, options).expect_err("it is not ours");
    let error = error.to_string();
    assert!(
        error.contains("may not be read") && error.contains("`anonymous`"),
        "{error}"
    );
    assert!(!error.contains("graticule-secret"), "{error}");
}
