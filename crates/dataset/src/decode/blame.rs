//! What is said of a row group that cannot be decoded, and of which column.

use crate::DatasetError;
use crate::decode::fetched::Fetched;
use crate::decode::fit::Unfit;
use crate::decode::page::Unreadable;
use crate::file::geometry::NoPoint;
use crate::file::guard::guarded;
use arrow::error::ArrowError;
use graticule_columns::pieces;

impl Fetched {
    /// Damaged files can make a decoder fail or panic; either is an error of the file.
    pub(crate) fn guard<T>(
        &self,
        decode: impl FnOnce() -> Result<T, ArrowError>,
    ) -> Result<T, DatasetError> {
        guarded(decode)
            .map_err(|_| self.blame("the decoder gave up".to_owned()))?
            .map_err(|e| {
                if let Some(reason) = told::<NoPoint>(&e) {
                    return DatasetError::Geometry {
                        path: self.object.to_string(),
                        reason: format!("row group {}, {reason}", self.row_group),
                    };
                }
                if let Some(Unreadable { column, reason }) = told(&e) {
                    return self.undecodable(column, reason.clone());
                }
                match told::<Unfit>(&e) {
                    Some(unfit) => DatasetError::Value {
                        path: self.object.to_string(),
                        row_group: self.row_group,
                        column: unfit.column.clone(),
                        reason: match unfit.row {
                            Some(row) => format!("row {row}: {}", unfit.reason),
                            None => unfit.reason.clone(),
                        },
                    },
                    None => self.blame(e.to_string()),
                }
            })
    }

    /// The error of columns that cannot be decoded, with the one among them that cannot be alone.
    fn blame(&self, reason: String) -> DatasetError {
        let mut names: Vec<&str> = self.places.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        let found = names
            .into_iter()
            .find_map(|name| Some((name, self.alone(name).err()?)));
        match found {
            Some((column, reason)) => self.undecodable(column, reason),
            None => DatasetError::Data {
                path: self.object.to_string(),
                row_group: self.row_group,
                reason,
            },
        }
    }

    fn undecodable(&self, column: &str, reason: String) -> DatasetError {
        let (path, row_group) = (self.object.to_string(), self.row_group);
        let data_type = self.view.fields().find(column).map(|(_, f)| f.data_type());
        let data_type = data_type.map_or_else(String::new, ToString::to_string);
        let column = column.to_owned();
        match unusual(&reason) {
            Some(what) => DatasetError::Value {
                path,
                row_group,
                column,
                reason: format!("it is {data_type}, and {what} ({reason})"),
            },
            None => DatasetError::Undecodable {
                path,
                row_group,
                column,
                data_type,
                reason,
            },
        }
    }

    /// Decodes a column for nothing but to see whether that can be done.
    fn alone(&self, column: &str) -> Result<(), String> {
        const ROWS: usize = 1 << 14;
        let cuts = pieces(self.kept.as_deref(), 0..self.rows, ROWS);
        let decode = || {
            let mut reader = self.reader(|name| name == column, &cuts, ROWS)?;
            cuts.iter()
                .try_for_each(|cut| reader.next(cut.len()).map(drop))
        };
        match guarded(decode) {
            Ok(decoded) => decoded.map_err(|e: ArrowError| e.to_string()),
            Err(_) => Err("the decoder gave up".to_owned()),
        }
    }
}

pub(crate) fn unreadable(unreadable: Unreadable) -> ArrowError {
    ArrowError::ExternalError(Box::new(unreadable))
}

/// What a whole file may hold and the decoder cannot read.
fn unusual(reason: &str) -> Option<&'static str> {
    let lower = reason.to_ascii_lowercase();
    if lower.contains("utf-8") || lower.contains("utf8") {
        return Some("its bytes are no UTF-8, though the file calls them text");
    }
    if lower.contains("first value too large") {
        return Some("it has numbers beyond 31 bits in a delta encoding that is not read");
    }
    let is_unknown = [
        "not implemented",
        "not yet implemented",
        "not supported",
        "nyi",
    ];
    let is_unknown = is_unknown.iter().any(|words| lower.contains(words));
    is_unknown.then_some("that is not read")
}

/// What an error says that is of this crate.
fn told<T: std::error::Error + 'static>(error: &ArrowError) -> Option<&T> {
    match error {
        ArrowError::ExternalError(source) => source.downcast_ref(),
        _ => None,
    }
}
