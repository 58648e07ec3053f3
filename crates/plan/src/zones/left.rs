//! What is left out of a file of zones, or changed, and the words for it.

use super::wrong;
use crate::PlanError;
use graticule_columns::Note;
use std::collections::BTreeMap;

/// So many features are named in a note.
const NAMED: usize = 5;

/// What there is to say of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Left out: its geometry is null or missing.
    NoGeometry,
    /// Left out: its geometry holds nothing.
    Empty,
    /// Left out: only points or lines.
    NoArea,
    /// Left out: no ring has three distinct vertices.
    Flat,
    /// Its points and lines are left out, its polygons are not.
    Beside,
    /// Vertices of it were moved.
    Moved,
    /// It has no name.
    Nameless,
}

impl Why {
    /// Of one feature.
    fn reason(self) -> &'static str {
        match self {
            Self::NoGeometry => "it has no geometry",
            Self::Empty => "its geometry is empty, so that it holds no polygon",
            Self::NoArea | Self::Beside => "it is of points or lines, which hold no area",
            Self::Flat => "none of its rings has three distinct vertices, so it encloses nothing",
            Self::Moved => "vertices of it were moved",
            Self::Nameless => "it has no name",
        }
    }

    /// Of several.
    fn note(self, many: &str) -> String {
        match self {
            Self::NoGeometry => format!("{many} left out, for want of a geometry"),
            Self::Empty => format!("{many} left out, for the geometry is empty"),
            Self::NoArea => format!("{many} left out, for points and lines hold no area"),
            Self::Flat => format!(
                "{many} left out, for a ring of fewer than three distinct vertices encloses nothing"
            ),
            Self::Beside => format!("points and lines beside polygons left out in {many}"),
            Self::Moved => format!(
                "vertices up to 1e-9 degrees beyond longitude 180 or latitude 90 moved to it in {many}"
            ),
            Self::Nameless => format!("points in {many} are in the null group, for want of a name"),
        }
    }
}

/// Features by what there is to say of them.
#[derive(Debug, Default)]
pub(super) struct Left(BTreeMap<Why, Vec<String>>);

impl Left {
    pub(super) fn note(&mut self, why: Why, place: &str) {
        self.0.entry(why).or_default().push(place.to_owned());
    }

    /// One note a kind, however many features it is of.
    pub(super) fn notes(self) -> Vec<Note> {
        let kinds = self.0.into_iter();
        let note = |(why, places): (Why, Vec<String>)| Note {
            text: why.note(&many(&places)),
            is_warning: true,
        };
        kinds.map(note).collect()
    }

    /// The error where all features are left out.
    pub(super) fn nothing(&self, features: usize) -> PlanError {
        let first = self.0.iter().next();
        match first.and_then(|(why, places)| Some((why, places.first()?))) {
            Some((why, place)) if features == 1 => wrong(place, why.reason()),
            Some((why, place)) => wrong(
                "the collection",
                format!(
                    "none of its {features} features holds a polygon; of {place}: {}",
                    why.reason()
                ),
            ),
            None => wrong("the collection", "it holds no polygon"),
        }
    }
}

fn many(places: &[String]) -> String {
    let named = places[..places.len().min(NAMED)].join(", ");
    match places.len() {
        0..=NAMED => named,
        all => format!("{named} and {} more", all - NAMED),
    }
}
