//! Files whose footers were read.

use crate::DatasetError;
use crate::catalog::tiles::Tiles;
use crate::file::contents::Contents;
use crate::file::guard::guarded;
use crate::file::view::View;
use crate::store::Object;
use graticule_columns::ColumnMapping;
use std::sync::{Arc, OnceLock};

/// A file as the store and its footer describe it.
#[derive(Debug, Clone)]
pub(crate) struct OpenFile {
    pub(crate) object: Object,
    pub(crate) contents: Contents,
    pub(crate) view: View,
    /// Whether the page index was looked for.
    pub(crate) is_indexed: bool,
    /// The statistics of its tiles, once they were looked for.
    pub(crate) tiles: OnceLock<Option<Arc<Tiles>>>,
}

impl OpenFile {
    pub(crate) fn new(object: Object, contents: Contents) -> Result<Self, DatasetError> {
        let view = guarded(|| View::of(object.path(), &contents));
        let view = view.map_err(|_| DatasetError::Footer {
            path: object.path().to_owned(),
            reason: "what it says of its columns makes no sense".to_owned(),
        })?;
        Ok(Self {
            view: view?,
            object,
            contents,
            is_indexed: false,
            tiles: OnceLock::new(),
        })
    }

    /// The same of a table's columns.
    pub(crate) fn mapped(self, mapping: &ColumnMapping) -> Self {
        Self {
            view: self.view.mapped(mapping),
            ..self
        }
    }
}
