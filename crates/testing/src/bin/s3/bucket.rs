//! Buckets of `s3s-fs`, with a listing for many files: its own walks the whole bucket again for each page of a
//! thousand, minutes for 100,000 files.

use async_trait::async_trait;
use s3s::dto::{
    CommonPrefix, DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    PutObjectInput, PutObjectOutput, Timestamp,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use std::collections::BTreeMap;
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

/// An object, or what objects begin with up to the delimiter.
enum Entry {
    Object(Metadata),
    Prefix,
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

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.files.delete_object(request).await
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
    let prefix = input.prefix.unwrap_or_default();
    let after = input
        .continuation_token
        .as_ref()
        .or(input.start_after.as_ref());
    let after = after.map_or("", String::as_str);
    let mut entries = BTreeMap::new();
    // Only the folder that holds all of the prefix has any.
    let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut folders = vec![bucket.join(folder)];
    while let Some(folder) = folders.pop() {
        let found = match std::fs::read_dir(&folder) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in found {
            let entry = entry?;
            let path = entry.path();
            let key = path.strip_prefix(bucket).map_err(io::Error::other)?;
            let key = key.to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                folders.push(path);
                continue;
            }
            let Some(rest) = key.strip_prefix(prefix.as_str()) else {
                continue;
            };
            let delimiter = input.delimiter.as_deref();
            match delimiter.and_then(|delimiter| rest.split_once(delimiter)) {
                Some((first, _)) => {
                    let end = prefix.len() + first.len() + delimiter.map_or(0, str::len);
                    entries.insert(key[..end].to_owned(), Entry::Prefix);
                }
                None => {
                    entries.insert(key, Entry::Object(entry.metadata()?));
                }
            }
        }
    }
    entries.retain(|key, _| key.as_str() > after);
    let most = input.max_keys.and_then(|n| usize::try_from(n).ok());
    let most = most.unwrap_or(PAGE).min(PAGE);
    let is_truncated = entries.len() > most;
    let (mut contents, mut prefixes, mut last) = (Vec::new(), Vec::new(), None);
    for (key, entry) in entries.into_iter().take(most) {
        last = Some(key.clone());
        match entry {
            Entry::Prefix => prefixes.push(CommonPrefix { prefix: Some(key) }),
            Entry::Object(metadata) => contents.push(Object {
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
        prefix: Some(prefix),
        is_truncated: Some(is_truncated),
        next_continuation_token: last.filter(|_| is_truncated),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        ..ListObjectsV2Output::default()
    })
}
