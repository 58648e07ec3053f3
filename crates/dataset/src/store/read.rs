//! Bytes of an object, however often it takes.

use super::refusal::Refusal;
use super::{Object, StoreRoot};
use crate::DatasetError;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, future};
use object_store::{Error, GetOptions, GetResultPayload};
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// The first pause before another try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Bytes a second: a store that sends fewer for as long as patience lasts is as good as silent.
const SLOWEST: u128 = 1 << 10;
/// How often a read begins again, because the server did not go on where an answer was cut.
const BEGINNINGS: u32 = 3;

/// Why a try failed.
pub(super) enum Failure {
    /// Another try may fare better.
    Passing(String),
    /// It may not.
    Lasting(DatasetError),
}

/// The tries of one request.
pub(super) struct Tries<'a> {
    place: &'a StoreRoot,
    path: &'a str,
    /// How many there were.
    pub(super) count: u64,
    /// How many failed since the last byte.
    failed: u32,
    /// When patience began.
    since: Instant,
    /// Bytes that came since then.
    bytes: u64,
    /// How often it began again.
    beginnings: u32,
}

impl<'a> Tries<'a> {
    pub(super) fn new(place: &'a StoreRoot, path: &'a str) -> Self {
        Self {
            place,
            path,
            count: 0,
            failed: 0,
            since: Instant::now(),
            bytes: 0,
            beginnings: 0,
        }
    }

    /// Something came, so patience begins anew.
    pub(super) fn renew(&mut self) {
        self.failed = 0;
        self.bytes = 0;
        self.since = Instant::now();
    }

    /// Bytes came; patience begins anew where they are enough for the time they took.
    fn came(&mut self, bytes: &Bytes) -> Result<(), Failure> {
        self.failed = 0;
        self.bytes += bytes.len() as u64;
        let patience = self.place.patience;
        if u128::from(self.bytes) * 1000 >= SLOWEST * patience.as_millis() {
            self.renew();
        } else if self.place.is_remote && self.since.elapsed() >= patience {
            let (bytes, seconds) = (self.bytes, self.since.elapsed().as_secs_f64());
            let reason = format!("only {bytes} bytes came in {seconds:.1} s");
            return Err(Failure::Lasting(self.unreachable(reason)));
        }
        Ok(())
    }

    fn unreachable(&self, reason: String) -> DatasetError {
        DatasetError::Unreachable {
            path: self.path.to_owned(),
            seconds: self.since.elapsed().as_secs_f64(),
            tries: self.count,
            reason,
        }
    }

    /// Waits before another try; fails when there is to be none.
    pub(super) async fn after(&mut self, failure: Failure) -> Result<(), DatasetError> {
        let reason = match failure {
            Failure::Lasting(error) => return Err(error),
            Failure::Passing(reason) => reason,
        };
        let pause = (FIRST_PAUSE * 2u32.pow(self.failed.min(10))).min(LONGEST_PAUSE);
        self.failed += 1;
        // Between half and all of it, so that requests which failed together do not come together again.
        let random = RandomState::new().hash_one(self.count) % 512;
        let pause = pause.mul_f64(0.5 + f64::from(u32::try_from(random).unwrap_or(0)) / 1024.0);
        if self.since.elapsed() + pause >= self.place.patience {
            return Err(self.unreachable(reason));
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Waits for an answer, but only so long that there may be another try.
    pub(super) async fn answer<T>(&self, request: impl Future<Output = T>) -> Result<T, Failure> {
        if !self.place.is_remote {
            return Ok(request.await);
        }
        let limit = self.place.patience / 3;
        tokio::time::timeout(limit, request)
            .await
            .map_err(|_| Failure::Passing(format!("no answer within {:.1} s", limit.as_secs_f64())))
    }

    /// Tells failures that pass from those that last.
    pub(super) fn failure(&self, error: Error) -> Failure {
        if let Some(refusal) = Refusal::of(&error) {
            return match refusal.may_pass() {
                true => Failure::Passing(refusal.to_string()),
                false => Failure::Lasting(self.refused(refusal)),
            };
        }
        match &error {
            Error::Generic { source, .. } if self.place.is_remote => {
                Failure::Passing(source.to_string())
            }
            Error::JoinError { source } => Failure::Passing(source.to_string()),
            _ => Failure::Lasting(DatasetError::store(self.path, error)),
        }
    }

    /// Whether the answer to a request for the rest of a range is a whole file, and a request for all of the range
    /// may fare better: some servers and caches send parts only now and then.
    fn begins_again(&mut self, error: &Error) -> bool {
        let is_whole = matches!(Refusal::of(error), Some(Refusal::NoRanges));
        self.beginnings += u32::from(is_whole);
        is_whole && self.beginnings <= BEGINNINGS
    }

    fn refused(&self, refusal: &Refusal) -> DatasetError {
        let path = self.path.to_owned();
        let reason = refusal.to_string();
        match refusal.status() {
            Some(404 | 410) if !refusal.is_of_bucket() => DatasetError::Missing { path },
            Some(412 | 416) => DatasetError::Changed { path },
            _ if refusal.is_denial() => DatasetError::Denied {
                path,
                reason,
                advice: match self.place.is_web() {
                    true => "check the address, which may hold a signature that has expired",
                    false => {
                        "check the credentials in the environment, or ask without any (`anonymous`)"
                    }
                },
            },
            _ => DatasetError::Refused { path, reason },
        }
    }
}

/// What came of a range so far.
struct Got {
    parts: Vec<Bytes>,
    /// The byte that comes next.
    at: u64,
}

impl StoreRoot {
    /// Reads a range of an object, provided that it is still the given version; also says how many
    /// requests that took.
    pub(crate) async fn read(
        &self,
        object: &Object,
        range: Range<u64>,
    ) -> Result<(Bytes, u64), DatasetError> {
        let mut tries = Tries::new(self, object.path());
        let mut got = Got {
            parts: Vec::new(),
            at: range.start,
        };
        loop {
            tries.count += 1;
            match self.attempt(&mut tries, object, &range, &mut got).await {
                Ok(()) => return Ok((join(got.parts), tries.count)),
                Err(failure) => tries.after(failure).await?,
            }
        }
    }

    /// Reads ranges of an object as [`Self::read`] does, those of a file on this machine one after another, for a
    /// thread each and its start would take longer; each comes with where it begins.
    pub(crate) async fn read_ranges(
        &self,
        object: &Object,
        ranges: Vec<Range<u64>>,
    ) -> Result<(Vec<(u64, Bytes)>, u64), DatasetError> {
        if let Some(first) = ranges.first().filter(|_| !self.is_remote)
            && let Some(file) = self.file(object, first).await?
        {
            let wanted = ranges.clone();
            match spawn_blocking(move || read_from(&file, wanted)).await {
                Ok(Ok(parts)) => return Ok((parts, ranges.len() as u64)),
                Ok(Err(e)) if e.kind() == ErrorKind::UnexpectedEof => return Err(changed(object)),
                // As of any one range, another try may fare better.
                Ok(Err(_)) | Err(_) => {}
            }
        }
        let reads = ranges.into_iter().map(|range| async move {
            let (bytes, tries) = self.read(object, range.clone()).await?;
            Ok::<_, DatasetError>(((range.start, bytes), tries))
        });
        let read = future::try_join_all(reads).await?;
        let tries = read.iter().map(|(_, tries)| tries).sum();
        Ok((read.into_iter().map(|(part, _)| part).collect(), tries))
    }

    /// The open file that an object is, provided that it is still the given version, where its store is a disk's.
    async fn file(
        &self,
        object: &Object,
        range: &Range<u64>,
    ) -> Result<Option<File>, DatasetError> {
        let options = GetOptions {
            if_match: object.if_match(),
            range: Some(range.clone().into()),
            ..GetOptions::default()
        };
        // What fails here is told, or tried again, as of any one range.
        let Ok(got) = self.store.get_opts(&object.location, options).await else {
            return Ok(None);
        };
        match got.payload {
            GetResultPayload::File(..) if !object.is_version_of(&got.meta) => Err(changed(object)),
            GetResultPayload::File(file, _) => Ok(Some(file)),
            GetResultPayload::Stream(_) => Ok(None),
        }
    }

    /// One request; what came of it is kept, and the next one goes on from there.
    async fn attempt(
        &self,
        tries: &mut Tries<'_>,
        object: &Object,
        range: &Range<u64>,
        so_far: &mut Got,
    ) -> Result<(), Failure> {
        let changed = || Failure::Lasting(changed(object));
        let options = GetOptions {
            if_match: object.if_match(),
            range: Some((so_far.at..range.end).into()),
            ..GetOptions::default()
        };
        let request = self.store.get_opts(&object.location, options);
        let got = match tries.answer(request).await? {
            Ok(got) => got,
            Err(error) if so_far.at > range.start && tries.begins_again(&error) => {
                so_far.parts.clear();
                so_far.at = range.start;
                let reason = "the rest of a range was asked for, and the whole file came";
                return Err(Failure::Passing(reason.to_owned()));
            }
            Err(error) => return Err(tries.failure(error)),
        };
        if !object.is_version_of(&got.meta) {
            return Err(changed());
        }
        object.note(&got.meta);
        if let GetResultPayload::File(..) = got.payload {
            let bytes = got.bytes().await.map_err(|e| tries.failure(e))?;
            so_far.at += bytes.len() as u64;
            so_far.parts.push(bytes);
        } else {
            let mut stream = got.into_stream();
            while let Some(bytes) = tries.answer(stream.next()).await? {
                let bytes = bytes.map_err(|e| tries.failure(e))?;
                so_far.at += bytes.len() as u64;
                tries.came(&bytes)?;
                so_far.parts.push(bytes);
            }
        }
        match so_far.at.cmp(&range.end) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less if self.is_remote => Err(Failure::Passing(format!(
                "the answer ended {} bytes early",
                range.end - so_far.at
            ))),
            _ => Err(changed()),
        }
    }
}

fn changed(object: &Object) -> DatasetError {
    DatasetError::Changed {
        path: object.path().to_owned(),
    }
}

/// Ranges of a file, which ends early where it was written over meanwhile.
fn read_from(file: &File, ranges: Vec<Range<u64>>) -> std::io::Result<Vec<(u64, Bytes)>> {
    let state = || Ok::<_, std::io::Error>((file.metadata()?.len(), file.metadata()?.modified()?));
    let before = state()?;
    let parts = ranges.into_iter().map(|range| read_at(file, range));
    let parts = parts.collect::<std::io::Result<Vec<_>>>()?;
    match state()? == before {
        true => Ok(parts),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// A range of a file, with where it begins.
fn read_at(mut file: &File, range: Range<u64>) -> std::io::Result<(u64, Bytes)> {
    let length = usize::try_from(range.end - range.start);
    let length = length.map_err(|_| ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::with_capacity(length);
    file.seek(SeekFrom::Start(range.start))?;
    file.take(range.end - range.start).read_to_end(&mut bytes)?;
    match bytes.len() == length {
        true => Ok((range.start, bytes.into())),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// All parts as one; a single one is not copied.
fn join(mut parts: Vec<Bytes>) -> Bytes {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let mut whole = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
    for part in parts {
        whole.extend_from_slice(&part);
    }
    whole.freeze()
}
