//! Looks at values to choose the columns' types.

mod could;

use super::options::Import;
use super::point::Judge;
use super::record::{Fields, Halt, Names, Sink};
use super::roles::{self, Roles};
use super::value::{Notation, Type};
use could::Could;
use graticule_columns::Note;
use graticule_dataset::Ends;
use std::io::Read;

/// Sees records, of each file at most so many. Those that will be rejected say nothing of types,
/// and those without a place only where no others do.
pub(crate) struct Survey<'a> {
    import: &'a Import,
    notation: &'a Notation,
    judge: Option<Judge<'a>>,
    /// Of records with a place, and of those without.
    could: [Vec<Could>; 2],
    /// Least and greatest numbers of the place.
    ends: Ends,
    limit: u64,
    left: u64,
}

impl<'a> Survey<'a> {
    /// A survey of what will be read with these roles; `None` where the columns are not known yet.
    pub(crate) fn new(
        import: &'a Import,
        notation: &'a Notation,
        roles: Option<Roles>,
        limit: u64,
    ) -> Self {
        Self {
            import,
            notation,
            judge: roles.map(|roles| {
                // The numbers are seen as they are.
                let unit = import.coordinate_unit.unwrap_or_default();
                Judge::new(import, notation, Roles { unit, ..roles })
            }),
            could: [Vec::new(), Vec::new()],
            ends: [None; 2],
            limit,
            left: limit,
        }
    }

    pub(crate) fn next_file(&mut self) {
        self.left = self.limit;
    }

    /// The types of so many names, `None` where no value was seen.
    pub(crate) fn types(&self, names: usize) -> Vec<Option<Type>> {
        (0..names).map(|name| self.of(name)?.kind()).collect()
    }

    /// Least and greatest numbers of the place.
    pub(crate) fn ends(&self) -> Ends {
        self.ends
    }

    fn of(&self, name: usize) -> Option<&Could> {
        let [placed, others] = &self.could;
        let has_values = |c: &&Could| c.values > 0;
        let (placed, others) = (placed.get(name), others.get(name));
        placed
            .filter(has_values)
            .or(others.filter(has_values))
            .or(placed)
    }

    /// Whether most values of a name are times.
    pub(crate) fn is_mostly_times(&self, name: usize) -> bool {
        self.of(name).is_some_and(|c| 2 * c.times > c.values)
    }

    /// Whether most values of a name are points in well-known text.
    pub(crate) fn is_mostly_points(&self, name: usize) -> bool {
        self.of(name).is_some_and(|c| 2 * c.points > c.values)
    }

    /// Whether all values of a name are times.
    pub(crate) fn is_all_times(&self, name: usize) -> bool {
        self.of(name).is_some_and(|c| c.times == c.values)
    }

    /// What is not plain about the types chosen.
    pub(crate) fn notes(
        &self,
        names: &[String],
        types: &[Option<Type>],
        roles: Roles,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut note = |text| {
            notes.push(Note {
                text,
                is_warning: false,
            });
        };
        let mut empty = Vec::new();
        let judge = Judge::new(self.import, self.notation, roles);
        for (number, name) in names.iter().enumerate() {
            if judge.is_role(number) || self.import.declared(name).is_some() {
                continue;
            }
            let could = self.of(number);
            match (types[number], could) {
                (
                    None,
                    Some(Could {
                        word: Some(word), ..
                    }),
                ) => note(format!(
                    "column '{name}' is left out: it holds nothing but '{word}', which is taken for null; \
                     `type` '{name}=text' keeps it"
                )),
                (None, _) => empty.push(name.as_str()),
                (Some(Type::Text), Some(could)) => {
                    if let Some(text) = note_of_text(name, could, self.notation) {
                        note(text);
                    }
                }
                _ => {}
            }
        }
        if !empty.is_empty() {
            note(format!(
                "columns left out, for they hold no value: {}",
                empty.join(", ")
            ));
        }
        notes
    }
}

/// Why a column is text although most of its values are numbers, or look like them.
fn note_of_text(name: &str, could: &Could, notation: &Notation) -> Option<String> {
    let mostly = |count: u64| could.values > 0 && 10 * count >= 9 * could.values;
    match &could.odd {
        None if could.numbers > 0 && !could.has_finite => Some(format!(
            "column '{name}' is text, for words for infinity, and no other number, may be names; `type` '{name}=float' \
             reads numbers"
        )),
        None if could.numbers > 0 => Some(format!(
            "column '{name}' is text, for whole numbers with zeros or a plus before them, or of many digits beside fractions, \
             may be names; `type` '{name}=float' or `type` '{name}=int' reads numbers"
        )),
        Some(odd) if notation.float(odd.as_bytes()).is_some() => Some(format!(
            "column '{name}' is text, for '{odd}' may be a name; `type` '{name}=float' reads numbers"
        )),
        Some(odd) if mostly(could.numbers) && could.parted.is_some() => could
            .parted
            .map(|how| format!("column '{name}' is text, for '{odd}' {how}")),
        Some(odd) if mostly(could.numbers) => Some(format!(
            "column '{name}' is text, for '{odd}' is no number{}; `type` '{name}=float' rejects such records, \
             `null` '{odd}' makes them null",
            notation.advice(odd.as_bytes(), Type::Float)
        )),
        Some(_) if mostly(could.times) => could.timeless.as_ref().map(|odd| {
            format!(
                "column '{name}' is text, for '{odd}' is no time; `type` '{name}=time' rejects such records"
            )
        }),
        _ => None,
    }
}

impl Sink for Survey<'_> {
    fn record(&mut self, _: u64, _: &[u8], fields: &Fields, names: &Names) -> Result<(), Halt> {
        if self.judge.is_none() {
            let roles = roles::find_texts(self.import, "", names.all()).ok();
            self.judge = roles.map(|roles| Judge::new(self.import, self.notation, roles));
        }
        let count = names.all().len();
        for could in &mut self.could {
            could.resize(count.max(could.len()), Could::ALL);
        }
        let found = self.judge.as_mut().map(|judge| judge.read(fields));
        if let Some(Ok(found)) = &found {
            for (ends, number) in self.ends.iter_mut().zip([found.lon, found.lat]) {
                if let Some(number) = number.filter(|n| n.is_finite()) {
                    let [low, high] = ends.get_or_insert([number; 2]);
                    (*low, *high) = (low.min(number), high.max(number));
                }
            }
        }
        let place = match &found {
            Some(Ok(found)) => Some(usize::from(!found.has_place())),
            Some(Err(_)) => None,
            None => Some(0),
        };
        for span in &fields.spans {
            let (text, name) = (fields.text(span), span.column);
            let is_role = self.judge.as_ref().is_some_and(|j| j.is_role(name));
            // What the place and the time look like tells why a record is none.
            if let Some(place) = if is_role { Some(0) } else { place } {
                self.could[place][name].see(text, span.quoted, self.notation);
            }
        }
        self.enough()
    }

    fn reject(&mut self, _: u64, _: &str, _: &mut dyn Read) -> Result<(), Halt> {
        self.enough()
    }
}

impl Survey<'_> {
    fn enough(&mut self) -> Result<(), Halt> {
        self.left = self.left.saturating_sub(1);
        match self.left {
            0 => Err(Halt::Enough),
            _ => Ok(()),
        }
    }
}
