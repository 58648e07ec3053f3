//! An object store that goes wrong on purpose, at a read or request that the test chooses.

use std::fmt::{Display, Formatter};
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result,
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request never answers.
    Hang,
    /// The request fails, as one whose time ran out.
    TimeOut,
    /// The request fails, as one that the server refused for now (503).
    Throttle,
    /// The request fails, with no reason to try it again.
    Error,
    /// The store panics.
    Panic,
    /// A read claims the whole range and delivers half of its bytes.
    Truncate,
    /// From this read on the object is another one: its ETag and time have changed, and `if_match` fails.
    Replace,
}

/// Which requests a fault meets, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The nth read alone. A read is a `get` of bytes; a `head` is none.
    Read(u64),
    /// The nth read and all after it.
    ReadsFrom(u64),
    /// The nth request alone, of any kind; `get_ranges` is one for each range that it coalesces to.
    Request(u64),
    /// The nth request and all after it.
    RequestsFrom(u64),
}

/// A store around another one; it counts what passes through and injects its faults.
///
/// ```
/// # use std::sync::Arc;
/// # use graticule_testing::faults::{Fault, FaultyStore, When};
/// let store = FaultyStore::new(Arc::new(object_store::memory::InMemory::new()))
///     .with(When::Read(3), Fault::Truncate)
///     .with(When::RequestsFrom(10), Fault::TimeOut);
/// assert_eq!(store.requests(), 0);
/// ```
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
    faults: Vec<(When, Fault)>,
    reads: AtomicU64,
    requests: AtomicU64,
}

impl FaultyStore {
    /// A store without faults yet.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self {
            inner,
            faults: Vec::new(),
            reads: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// Adds a fault; of several that meet a request the first added wins.
    #[must_use]
    pub fn with(mut self, when: When, fault: Fault) -> Self {
        self.faults.push((when, fault));
        self
    }

    /// Reads so far, the failed ones too.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    /// Requests so far, the failed ones too.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Counts a request and finds its fault.
    fn count(&self, is_read: bool) -> Option<Fault> {
        let request = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let read = is_read.then(|| self.reads.fetch_add(1, Ordering::SeqCst) + 1);
        let meets = |when: When, fault: Fault| match when {
            When::Read(n) if fault == Fault::Replace => {
                read.map_or(self.reads() >= n, |read| read >= n)
            }
            When::Request(n) if fault == Fault::Replace => request >= n,
            When::Read(n) => read == Some(n),
            When::ReadsFrom(n) => read.is_some_and(|read| read >= n),
            When::Request(n) => request == n,
            When::RequestsFrom(n) => request >= n,
        };
        self.faults
            .iter()
            .find(|&&(when, fault)| meets(when, fault))
            .map(|&(_, fault)| fault)
    }

    /// Fails or hangs where the fault says so, and hands on what only a read can suffer.
    async fn request(&self, is_read: bool) -> Result<Option<Fault>> {
        match self.count(is_read).map(as_failure) {
            None => Ok(None),
            Some(ControlFlow::Continue(fault)) => Ok(Some(fault)),
            Some(ControlFlow::Break(Some(error))) => Err(error),
            Some(ControlFlow::Break(None)) => std::future::pending().await,
        }
    }

    fn list_or_fail<T: Send + 'static>(
        &self,
        list: impl FnOnce() -> BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        match self.count(false).map(as_failure) {
            None | Some(ControlFlow::Continue(_)) => list(),
            Some(ControlFlow::Break(Some(error))) => stream::once(async { Err(error) }).boxed(),
            Some(ControlFlow::Break(None)) => stream::pending().boxed(),
        }
    }
}

/// `Break` with an error, or with none for a request that hangs; `Continue` where a request gets an answer.
fn as_failure(fault: Fault) -> ControlFlow<Option<Error>, Fault> {
    let error = |kind, text: &str| Error::Generic {
        store: "faulty",
        source: Box::new(io::Error::new(kind, text)),
    };
    match fault {
        Fault::Hang => ControlFlow::Break(None),
        Fault::TimeOut => ControlFlow::Break(Some(error(
            io::ErrorKind::TimedOut,
            "injected: operation timed out",
        ))),
        Fault::Throttle => {
            ControlFlow::Break(Some(error(io::ErrorKind::Other, "injected: 503 Slow Down")))
        }
        Fault::Error => ControlFlow::Break(Some(error(
            io::ErrorKind::Other,
            "injected: the request failed",
        ))),
        Fault::Panic => panic!("injected: the store panicked"),
        Fault::Truncate | Fault::Replace => ControlFlow::Continue(fault),
    }
}

/// The same answer, of which half the bytes come.
async fn truncate(whole: GetResult) -> Result<GetResult> {
    let (meta, range, attributes) = (
        whole.meta.clone(),
        whole.range.clone(),
        whole.attributes.clone(),
    );
    let bytes = whole.bytes().await?;
    let half = bytes.slice(..bytes.len() / 2);
    let payload = GetResultPayload::Stream(stream::once(async { Ok(half) }).boxed());
    Ok(GetResult {
        payload,
        meta,
        range,
        attributes,
    })
}

/// The answer that another file under the same name gives; without `if_match`, or it would have failed.
fn replace(mut old: GetResult) -> GetResult {
    old.meta.e_tag = Some(format!("{}-replaced", old.meta.e_tag.unwrap_or_default()));
    old.meta.last_modified += std::time::Duration::from_secs(1);
    old
}

impl Display for FaultyStore {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "FaultyStore({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.request(false).await?;
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.request(false).await?;
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let fault = self.request(!options.head).await?;
        if fault == Some(Fault::Replace) && options.if_match.is_some() {
            let source = "injected: the object was replaced".into();
            return Err(Error::Precondition {
                path: location.to_string(),
                source,
            });
        }
        let is_read = !options.head;
        let result = self.inner.get_opts(location, options).await?;
        match fault {
            Some(Fault::Truncate) if is_read => truncate(result).await,
            Some(Fault::Replace) => Ok(replace(result)),
            _ => Ok(result),
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.list_or_fail(|| self.inner.delete_stream(locations))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.list_or_fail(|| self.inner.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.list_or_fail(|| self.inner.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.request(false).await?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.request(false).await?;
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.request(false).await?;
        self.inner.rename_opts(from, to, options).await
    }
}
