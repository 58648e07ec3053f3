//! The questions: a TOML file of named queries.

use crate::CompareError;
use crate::region::Region;
use graticule::{Note, Query, requoted};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// The version of suite files.
const VERSION: u32 = 1;

/// Turns the flags of `graticule query` into a query; files that flags name lie beside the folder given.
pub type ReadFlags<'a> = &'a dyn Fn(&str, &Path) -> Result<Query, String>;

/// Named queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// What the suite is about.
    pub title: String,
    /// The queries, in the order of the file.
    pub queries: Vec<NamedQuery>,
}

/// A query of a suite.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedQuery {
    /// Its name, unlike all others of the suite.
    pub name: String,
    /// What it asks, but for its region.
    pub query: Query,
    /// The region that it asks about, where that depends on the dataset.
    pub region: Option<Region>,
    /// How large the region is, in a word such as `city`.
    pub scale: Option<String>,
    /// How the region is found, in a word such as `bbox`.
    pub algorithm: Option<String>,
    /// Shares of the dataset's row groups, above 0 and up to 1, that it is asked of as well, to see how
    /// time grows with rows.
    pub sizes: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    title: String,
    #[serde(default)]
    query: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    ask: Option<serde_json::Map<String, serde_json::Value>>,
    flags: Option<String>,
    region: Option<Region>,
    scale: Option<String>,
    algorithm: Option<String>,
    #[serde(default)]
    sizes: Vec<f64>,
}

impl Suite {
    /// What was left out of the files of its zones and polygons.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.queries.iter().flat_map(|named| &named.query.notes)
    }

    /// The suite that is taken when none is given: five questions that fit any dataset with times.
    ///
    /// # Errors
    /// None; the tests read it.
    pub fn standard(flags: ReadFlags<'_>) -> Result<Self, CompareError> {
        let text = include_str!("../suites/default.toml");
        Self::parse(text, Path::new("default.toml"), flags)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CompareError::File`] when it cannot be read, [`CompareError::Suite`] when it makes no sense.
    pub fn read(path: &Path, flags: ReadFlags<'_>) -> Result<Self, CompareError> {
        let text = std::fs::read_to_string(path).map_err(CompareError::read(path))?;
        Self::parse(&text, path, flags)
    }

    /// Reads a text; `path` is for messages, and its folder for the files that flags name.
    ///
    /// # Errors
    /// [`CompareError::Suite`] when it makes no sense.
    pub fn parse(text: &str, path: &Path, flags: ReadFlags<'_>) -> Result<Self, CompareError> {
        let wrong = |query: Option<&str>, reason: String| CompareError::Suite {
            path: path.display().to_string(),
            query: query.map(str::to_owned),
            reason,
        };
        let file: File = toml::from_str(text).map_err(|e| wrong(None, requoted(e)))?;
        if file.version != VERSION {
            let reason = format!("its version is {}, not {VERSION}", file.version);
            return Err(wrong(None, reason));
        }
        if file.query.is_empty() {
            let reason = "it holds no query; add one under [[query]]".to_owned();
            return Err(wrong(None, reason));
        }
        let mut names = BTreeSet::new();
        let mut queries = Vec::new();
        for entry in file.query {
            let name = entry.name.clone();
            if !names.insert(name.clone()) {
                return Err(wrong(Some(&name), "the name is there twice".to_owned()));
            }
            let query = entry.read(path.parent().unwrap_or(Path::new("")), flags);
            queries.push(query.map_err(|reason| wrong(Some(&name), reason))?);
        }
        Ok(Self {
            title: file.title,
            queries,
        })
    }
}

impl Entry {
    fn read(self, folder: &Path, flags: ReadFlags<'_>) -> Result<NamedQuery, String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            return Err(
                "a name is letters, digits, '-', '_' and '.', for files are named by it".to_owned(),
            );
        }
        let query = match (self.ask, self.flags) {
            (Some(mut ask), None) => {
                // So that suites need not repeat it.
                ask.entry("version").or_insert(graticule_version());
                serde_json::from_value(ask.into()).map_err(|e| format!("ask: {}", requoted(e)))?
            }
            (None, Some(text)) => flags(&text, folder).map_err(|e| format!("flags: {e}"))?,
            _ => {
                return Err(
                    "it needs either ask (a query's JSON) or flags (of graticule query)".to_owned(),
                );
            }
        };
        if let Some(share) = self.sizes.iter().find(|s| !(**s > 0.0 && **s <= 1.0)) {
            return Err(format!("sizes are above 0 and up to 1, {share} is not"));
        }
        if let Some(region) = &self.region {
            region.check()?;
        }
        Ok(NamedQuery {
            name: self.name,
            query,
            region: self.region,
            scale: self.scale,
            algorithm: self.algorithm,
            sizes: self.sizes,
        })
    }
}

fn graticule_version() -> serde_json::Value {
    Query::new().version.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str, _: &Path) -> Result<Query, String> {
        Err("no flags here".to_owned())
    }

    fn parse(text: &str) -> Result<Suite, String> {
        Suite::parse(text, Path::new("here/a.toml"), &none).map_err(|e| e.to_string())
    }

    #[test]
    fn the_suites_that_ship_are_read() {
        let standard = Suite::standard(&none).expect("the default suite");
        assert!(standard.queries.len() >= 4);
        assert!(standard.queries.iter().any(|q| q.sizes.len() >= 3));
        let matrix = parse(include_str!("../suites/matrix.toml")).expect("the matrix");
        assert_eq!(matrix.queries.len(), 13);
        let scales: BTreeSet<_> = matrix.queries.iter().flat_map(|q| &q.scale).collect();
        assert_eq!(scales.len(), 5);
    }

    #[test]
    fn a_query_is_the_json_or_the_flags() {
        let suite = parse(
            "version = 1\n[[query]]\nname = 'a'\nask = { by = ['geohash:5'], agg = ['count'] }",
        );
        let query = &suite.expect("a suite").queries[0].query;
        assert_eq!(query.keys, [graticule::Key::geohash(5)]);
        let seen = |text: &str, folder: &Path| {
            assert_eq!((text, folder), ("--by time:1h", Path::new("here")));
            Ok(Query::new())
        };
        let text = "version = 1\n[[query]]\nname = 'a'\nflags = '--by time:1h'";
        Suite::parse(text, Path::new("here/a.toml"), &seen).expect("a suite");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let head = "version = 1\n[[query]]\nname = 'a'\n";
        for (text, part) in [
            ("version = 1", "holds no query"),
            ("version = 2", "version is 2"),
            ("version = 1\nquerry = 1", "querry"),
            ("[[query]]\nname='a'", "version"),
            (head, "needs either ask"),
            (&format!("{head}ask = {{ bye = [] }}"), "bye"),
            (&format!("{head}ask = {{ by = ['geohash:99'] }}"), "geohash"),
            (&format!("{head}flags = '--by x'"), "no flags here"),
            (&format!("{head}ask = {{}}\nsizes = [0.0]"), "0 is not"),
            (&format!("{head}ask = {{}}\nsizes = [nan]"), "NaN is not"),
            (
                &format!("{head}ask = {{}}\nregion = {{ busiest = 13, form = 'bbox' }}"),
                "1 to 12",
            ),
            (
                &format!("{head}ask = {{}}\n[[query]]\nname = 'a'\nask = {{}}"),
                "twice",
            ),
            (
                "version = 1\n[[query]]\nname = '../a'\nask = {}",
                "letters, digits",
            ),
        ] {
            let said = parse(text).expect_err(text);
            assert!(
                said.contains(part) && said.contains("here/a.toml"),
                "{said}"
            );
        }
    }
}
