//! Buckets of `s3s-fs`, with a listing for many files: its own walks the whole bucket again for each page of a
//! thousand, minutes for 100,000 files.

use async_trait::async_trait;
use s3s::dto::{
    CommonPrefix, DeleteObjectsInput, DeleteObjectsOutput, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    PutObjectInput, PutObjectOutput, Timestamp,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

const PAGE: usize = 1000;

/// What tests ask a store for.
pub(crate) struct Buckets {
    pub(crate) files: FileSystem,
    /// Its folder: a bucket is a folder of it.
    pub(crate) folder: PathBuf,
}

#[async_trait]
impl S3 for Buckets {
    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.files.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.files.head_object(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        self.files.put_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.files.delete_objects(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let bucket = self.folder.join(&request.input.bucket);
        if !bucket.is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        let listed = tokio::task::spawn_blocking(move || page(&bucket, request.input));
        let listed = listed.await.map_err(S3Error::internal_error)?;
        Ok(S3Response::new(listed.map_err(S3Error::internal_error)?))
    }
}

/// A page of a listing: what comes after the token, or after the name to start after, in the order of names.
fn page(bucket: &Path, input: ListObjectsV2Input) -> io::Result<ListObjectsV2Output> {
    let after = input.continuation_token.or(input.start_after);
    let most = input.max_keys.and_then(|n| usize::try_from(n).ok());
    let most = most.unwrap_or(PAGE).min(PAGE);
    let mut walk = Walk {
        bucket,
        prefix: input.prefix.unwrap_or_default(),
        delimiter: input.delimiter.unwrap_or_default(),
        after: after.unwrap_or_default(),
        // One more tells whether there is more.
        most: most + 1,
        found: Vec::new(),
    };
    walk.folder("")?;
    let is_truncated = walk.found.len() > most;
    walk.found.truncate(most);
    let (mut contents, mut prefixes) = (Vec::new(), Vec::new());
    let last = walk.found.last().map(|(key, _)| key.clone());
    for (key, metadata) in walk.found {
        match metadata {
            None => prefixes.push(CommonPrefix { prefix: Some(key) }),
            Some(metadata) => contents.push(Object {
                key: Some(key),
                size: i64::try_from(metadata.len()).ok(),
                last_modified: Some(Timestamp::from(metadata.modified()?)),
                ..Object::default()
            }),
        }
    }
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
        name: Some(input.bucket),
        prefix: Some(walk.prefix),
        is_truncated: Some(is_truncated),
        next_continuation_token: last.filter(|_| is_truncated),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        ..ListObjectsV2Output::default()
    })
}

/// A walk in the order of names, which looks only into folders that can hold what is wanted.
struct Walk<'a> {
    bucket: &'a Path,
    prefix: String,
    /// Nothing where all is wanted that lies below.
    delimiter: String,
    after: String,
    most: usize,
    /// Objects, and what objects begin with up to the delimiter.
    found: Vec<(String, Option<Metadata>)>,
}

impl Walk<'_> {
    /// Walks a folder, whose name ends with a slash.
    fn folder(&mut self, name: &str) -> io::Result<()> {
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(self.bucket.join(name))? {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            let slash = if is_folder { "/" } else { "" };
            keys.push(format!(
                "{name}{}{slash}",
                entry.file_name().to_string_lossy()
            ));
        }
        keys.sort();
        for key in keys {
            if self.found.len() >= self.most {
                return Ok(());
            }
            let is_folder = key.ends_with('/');
            let leads_there = is_folder && self.prefix.starts_with(&key);
            if !leads_there && !key.starts_with(&self.prefix) {
                continue;
            }
            let rest = key.strip_prefix(self.prefix.as_str());
            let is_end =
                is_folder && !self.delimiter.is_empty() && rest.is_some_and(|r| !r.is_empty());
            if key <= self.after && (is_end || !is_folder || !self.after.starts_with(&key)) {
                continue;
            }
            match is_folder {
                true if is_end => self.found.push((key, None)),
                true => self.folder(&key)?,
                false => {
                    let metadata = std::fs::metadata(self.bucket.join(&key))?;
                    self.found.push((key, Some(metadata)));
                }
            }
        }
        Ok(())
    }
}
