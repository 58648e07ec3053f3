//! An S3 server over a directory, for tests: a bucket is a folder of it. Prints its port, serves until
//! its standard input ends, and fails every nth request where it is told so.
//!
//!     graticule-s3 DIR [EVERY]

mod bucket;

use bucket::Buckets;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s::{Body, HttpError};
use s3s_fs::FileSystem;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("which directory?")?;
    let every: u64 = arguments.next().map_or(Ok(0), |n| n.parse())?;
    let folder = PathBuf::from(directory);
    let files = FileSystem::new(&folder).map_err(|e| format!("{e:?}"))?;
    let mut s3 = S3ServiceBuilder::new(Buckets { files, folder });
    s3.set_auth(SimpleAuth::from_single("graticule", "graticule-secret"));
    let s3 = s3.build();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", listener.local_addr()?.port())?;
    out.flush()?;
    tokio::spawn(async {
        // Whoever started this has ended, well or not.
        let _ = tokio::io::stdin().read_u8().await;
        std::process::exit(0);
    });
    let count = Arc::new(AtomicU64::new(0));
    loop {
        let (socket, _) = listener.accept().await?;
        let (s3, count) = (s3.clone(), count.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let number = count.fetch_add(1, Ordering::Relaxed) + 1;
            let (is_hit, turn) = (
                every > 0 && number.is_multiple_of(every),
                number / every.max(1),
            );
            let answer = (!is_hit).then(|| Service::call(&s3, request));
            async move {
                match answer {
                    Some(answer) => answer.await,
                    // The connection is cut without an answer.
                    None if turn % 3 == 0 => Err(HttpError::new("cut".into())),
                    None => {
                        let status = match turn % 3 {
                            1 => StatusCode::SERVICE_UNAVAILABLE,
                            _ => StatusCode::TOO_MANY_REQUESTS,
                        };
                        let mut response = Response::new(Body::from("SlowDown".to_owned()));
                        *response.status_mut() = status;
                        Ok(response)
                    }
                }
            }
        });
        tokio::spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            let _ = builder
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}
