//! Columns from the names of files and their folders.

use super::error::ImportError;
use std::path::Path;

/// A pattern of path parts, such as `{user}/Trajectory/{trip}.plt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathColumns {
    pattern: String,
    parts: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Fixed(String),
    Named {
        before: String,
        name: String,
        after: String,
    },
}

impl PathColumns {
    pub(crate) fn parse(pattern: &str) -> Result<Self, ImportError> {
        let parts: Option<Vec<Segment>> = pattern.split('/').map(part).collect();
        let parts = parts.filter(|p| p.iter().any(|p| matches!(p, Segment::Named { .. })));
        Ok(Self {
            pattern: pattern.to_owned(),
            parts: parts.ok_or_else(|| ImportError::Argument {
                argument: "`path`",
                value: pattern.to_owned(),
                reason: "write the end of the files' paths with one {name} in a part, \
                         such as {user}/Trajectory/{trip}.plt"
                    .to_owned(),
            })?,
        })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|p| match p {
            Segment::Fixed(_) => None,
            Segment::Named { name, .. } => Some(name.as_str()),
        })
    }

    /// The values of a file, in the order of the names.
    pub(crate) fn values(&self, path: &Path) -> Result<Vec<String>, ImportError> {
        let mut found: Vec<String> = path
            .components()
            .map(|c| c.as_os_str().to_string_lossy().into_owned())
            .collect();
        // Compression is no part of a name.
        if let Some(last) = found.last_mut()
            && let Some((stem, "gz" | "zst")) = last.rsplit_once('.')
        {
            *last = stem.to_owned();
        }
        let values = found.len().checked_sub(self.parts.len()).and_then(|skip| {
            let pairs = self.parts.iter().zip(&found[skip..]);
            let values: Option<Vec<_>> = pairs.map(|(part, text)| part.value(text)).collect();
            values
        });
        let values = values.ok_or_else(|| ImportError::File {
            file: path.display().to_string(),
            reason: format!(
                "its path does not end as `path` '{}' says; leave it out, or change the pattern",
                self.pattern
            ),
        })?;
        Ok(values.into_iter().flatten().collect())
    }
}

impl Segment {
    /// `None` where the text does not fit, no value where the part has no name.
    fn value(&self, text: &str) -> Option<Option<String>> {
        match self {
            Self::Fixed(fixed) => (fixed == text).then_some(None),
            Self::Named { before, after, .. } => {
                let value = text
                    .strip_prefix(before.as_str())?
                    .strip_suffix(after.as_str())?;
                (!value.is_empty()).then(|| Some(value.to_owned()))
            }
        }
    }
}

fn part(text: &str) -> Option<Segment> {
    let Some((before, rest)) = text.split_once('{') else {
        let plain = !text.is_empty() && !text.contains('}');
        return plain.then(|| Segment::Fixed(text.to_owned()));
    };
    let (name, after) = rest.split_once('}')?;
    let plain = !name.is_empty() && ![name, after].iter().any(|t| t.contains(['{', '}']));
    plain.then(|| Segment::Named {
        before: before.to_owned(),
        name: name.to_owned(),
        after: after.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_gives_its_parts() {
        let columns = PathColumns::parse("{user}/Trajectory/{trip}.plt").expect("a pattern");
        assert_eq!(columns.names().collect::<Vec<_>>(), ["user", "trip"]);
        let values = |path: &str| columns.values(Path::new(path)).ok();
        let expected = vec!["000".to_owned(), "20081023025304".to_owned()];
        let path = "Geolife/Data/000/Trajectory/20081023025304.plt";
        assert_eq!(values(path), Some(expected.clone()));
        assert_eq!(values(&format!("{path}.gz")), Some(expected));
        for other in [
            "",
            "a.plt",
            "0/trajectory/a.plt",
            "0/Trajectory/a.csv",
            "0/Trajectory/.plt",
        ] {
            assert_eq!(values(other), None, "{other}");
        }
        for wrong in ["", "a/b", "{}", "{a", "a}", "{a}{b}", "{a}//b", "{{a}}"] {
            assert!(PathColumns::parse(wrong).is_err(), "{wrong}");
        }
    }
}
