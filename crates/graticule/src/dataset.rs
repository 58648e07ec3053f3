//! The public face of a dataset: open from anywhere.

use crate::Error;
use graticule_columns::{DatasetMetadata, Scan};
use graticule_dataset::{Dataset as Files, OpenOptions};
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Runtime};

/// An open dataset of GPS points: metadata of all its files, no rows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(crate) files: Arc<Files>,
}

/// The runtime that all reading happens on, whatever executor the caller has.
pub(crate) fn io() -> &'static Runtime {
    static IO: OnceLock<Runtime> = OnceLock::new();
    IO.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder
            .worker_threads(2)
            .thread_name("graticule-io")
            .enable_time();
        #[expect(clippy::expect_used, reason = "without threads nothing can work")]
        builder.build().expect("the system has threads to give")
    })
}

impl Dataset {
    /// Opens a Parquet file or a tree of them, with columns found by convention.
    ///
    /// # Errors
    /// [`Error::Dataset`] when nothing is there or a file is damaged.
    pub async fn open(url: impl Into<String>) -> Result<Self, Error> {
        Self::open_with(url, OpenOptions::default()).await
    }

    /// As [`Self::open`], with named columns.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(url: impl Into<String>, options: OpenOptions) -> Result<Self, Error> {
        let url = url.into();
        let files = io().spawn(async move { Files::open(&url, &options).await });
        let files = files.await.map_err(|e| Error::Worker(e.to_string()))??;
        Ok(Self {
            files: Arc::new(files),
        })
    }

    /// The blocking twin of [`Self::open`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_blocking(url: impl Into<String>) -> Result<Self, Error> {
        pollster::block_on(Self::open(url))
    }

    /// The blocking twin of [`Self::open_with`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with_blocking(url: impl Into<String>, options: OpenOptions) -> Result<Self, Error> {
        pollster::block_on(Self::open_with(url, options))
    }

    pub(crate) async fn reopen(scan: &Scan) -> Result<Self, Error> {
        let scan = scan.clone();
        let files = io().spawn(async move { Files::reopen(&scan).await });
        let files = files.await.map_err(|e| Error::Worker(e.to_string()))??;
        Ok(Self {
            files: Arc::new(files),
        })
    }

    /// What is known of the dataset.
    pub fn metadata(&self) -> &DatasetMetadata {
        self.files.metadata()
    }
}
