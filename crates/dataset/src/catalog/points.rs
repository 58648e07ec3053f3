//! Which columns are a dataset's points: those that somebody names, those that its files declare, else those that are
//! called as such columns usually are.

use crate::DatasetError;
use crate::catalog::options::OpenOptions;
use crate::catalog::outline::Outline;
use crate::catalog::schema::{LAT, LON};
use crate::file::geometry::{DeclaredGeometry, Refusal};
use crate::file::view::Declared;
use arrow::datatypes::{DataType, FieldRef, Fields};
use graticule_columns::{Note, Schema, TimeUnit, listed};

/// Names that are of degrees and of nothing else.
const DEGREES: [&[&str]; 2] = [&["lon", "lng", "longitude"], &["lat", "latitude"]];

/// The choice, and what is to be said of it.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// Longitudes and latitudes; as usual where nothing is chosen.
    names: Option<[String; 2]>,
    time: Option<String>,
    time_unit: Option<TimeUnit>,
    /// Columns that they stand for.
    replaces: Vec<String>,
    pub(crate) notes: Vec<Note>,
}

/// Chooses among what the files have.
///
/// # Errors
/// [`DatasetError::Geometry`] where a geometry is named, or is all that there is, and cannot be read.
pub(crate) fn choose(files: &[Outline], options: &OpenOptions) -> Result<Chosen, DatasetError> {
    let by_name = options.lon.is_some() || options.lat.is_some();
    let pointed = files.iter().find(|file| held(file).is_some());
    let layout = pointed.and_then(|f| f.declared.layout.as_ref());
    // In the layout the points stand for their geometry, by whatever settings it was asked for in the source.
    if let (Some(name), None) = (&options.geometry, layout) {
        return named(files, name);
    }
    let mut chosen = Chosen::default();
    if let Some(marked) = layout {
        chosen.time = marked.time.clone().filter(|time| has(files, time));
        chosen.time_unit = marked.time_unit;
        if !by_name && marked.points.iter().all(|name| has(files, name)) {
            chosen.names = Some(marked.points.clone());
            return Ok(chosen);
        }
    }
    let declared = files.iter().flat_map(|f| &f.declared.geometries);
    let Some(first) = declared.clone().next() else {
        return Ok(chosen);
    };
    if by_name {
        chosen.note(
            false,
            format!(
                "the points are of the columns that `lon` and `lat` name, not of the geometry '{}'",
                first.column
            ),
        );
        return Ok(chosen);
    }
    let mut readable = declared.filter_map(|g| Some((g, g.points.as_ref().ok()?)));
    let taken = readable.find(|(_, names)| names.iter().all(|name| has(files, name)));
    match taken {
        Some((geometry, names)) => {
            agree(files, geometry, names)?;
            chosen.take(files, geometry, names);
        }
        None => chosen.do_without(files)?,
    }
    Ok(chosen)
}

/// The points of the geometry that was asked for. Files that have no points at all may lack it.
fn named(files: &[Outline], name: &str) -> Result<Chosen, DatasetError> {
    let mut chosen = Chosen::default();
    let has_points = files.iter().any(|file| held(file).is_some());
    for file in files {
        let path = file.object.path();
        let declared = &file.declared.geometries;
        let Some(geometry) = declared.iter().find(|g| g.column == name) else {
            if has_points && held(file).is_none() {
                continue;
            }
            let columns: Vec<&str> = declared.iter().map(|g| g.column.as_str()).collect();
            return Err(DatasetError::NoColumn {
                path: path.to_owned(),
                role: "geometry",
                tried: name.to_owned(),
                setting: "geometry",
                columns: match columns.is_empty() {
                    true => "none that declares a geometry".to_owned(),
                    false => listed(&columns),
                },
            });
        };
        match &geometry.points {
            Err(refusal) => return Err(refused(path, refusal)),
            Ok(names) if chosen.names.is_none() => {
                agree(files, geometry, names)?;
                chosen.take(files, geometry, names);
            }
            Ok(_) => {}
        }
    }
    chosen.notes.retain(|note| note.is_warning);
    Ok(chosen)
}

/// Refuses files of which one calls other columns so than the points of the geometry.
fn agree(
    files: &[Outline],
    geometry: &DeclaredGeometry,
    names: &[String; 2],
) -> Result<(), DatasetError> {
    for file in files {
        let mut declared = file.declared.geometries.iter();
        let own = declared.find(|g| g.column == geometry.column);
        if own.is_some_and(|own| own.points.as_ref().is_ok_and(|own| own != names)) {
            let [lon, lat] = names;
            return Err(DatasetError::Geometry {
                path: file.object.path().to_owned(),
                reason: format!(
                    "beside its geometry '{}' it has columns called {lon} and {lat}, which other files have not; ask such files apart",
                    geometry.column
                ),
            });
        }
    }
    Ok(())
}

fn refused(path: &str, refusal: &Refusal) -> DatasetError {
    DatasetError::Geometry {
        path: path.to_owned(),
        reason: refusal.reason.clone(),
    }
}

/// Whether all files have a column, but those that have no points.
fn has(files: &[Outline], name: &str) -> bool {
    let mut pointed = files.iter().filter(|file| held(file).is_some());
    pointed.all(|file| file.fields.find(name).is_some())
}

/// What a file has that may be its points, for people: nothing where it has no points.
pub(crate) fn held(file: &Outline) -> Option<String> {
    let Declared {
        layout, geometries, ..
    } = &*file.declared;
    let columns = |[lon, lat]: [&str; 2]| format!("{lon} and {lat}");
    let marked = layout.as_ref().map(|m| m.points.each_ref());
    let marked = marked.map(|points| columns(points.map(String::as_str)));
    let geometry = || Some(format!("the geometry '{}'", geometries.first()?.column));
    let called = || own_called(file, [LON, LAT]).map(columns);
    marked.or_else(geometry).or_else(called)
}

/// The columns that are called so of the first file that has points.
fn called<'a>(files: &'a [Outline], names: [&[&str]; 2]) -> Option<[&'a str; 2]> {
    own_called(files.iter().find(|file| held(file).is_some())?, names)
}

/// A file's own columns that are called so.
fn own_called<'a>(file: &'a Outline, names: [&[&str]; 2]) -> Option<[&'a str; 2]> {
    let fields = &file.fields[..file.own()];
    let of = |names: &[&str]| -> Option<&'a str> {
        let find = |name: &&str| fields.iter().find(|f| f.name().eq_ignore_ascii_case(name));
        Some(names.iter().find_map(find)?.name().as_str())
    };
    Some([of(names[0])?, of(names[1])?])
}

/// Whether a longitude and a latitude are called as columns of degrees are.
pub(crate) fn is_called(names: [&str; 2]) -> bool {
    let of = |axis: usize| {
        DEGREES[axis]
            .iter()
            .any(|n| names[axis].eq_ignore_ascii_case(n))
    };
    of(0) && of(1)
}

impl Chosen {
    /// The longitudes and latitudes, where they are not taken by their names.
    pub(crate) fn names(&self) -> Option<&[String; 2]> {
        self.names.as_ref()
    }

    fn note(&mut self, is_warning: bool, text: String) {
        self.notes.push(Note { text, is_warning });
    }

    fn take(&mut self, files: &[Outline], geometry: &DeclaredGeometry, names: &[String; 2]) {
        let column = &geometry.column;
        if geometry.is_doubtful {
            self.note(true, format!(
                "the geometry '{column}' does not say of which CRS it is; it is read as WGS 84, longitude and latitude in degrees"
            ));
        }
        let others = called(files, [LON, LAT]).filter(|others| others != names);
        if let Some([lon, lat]) = others {
            self.note(false, format!(
                "the points are of the geometry '{column}', which the file declares; `lon` {lon} `lat` {lat} takes these columns instead"
            ));
        }
        let pointed = files.iter().find(|file| held(file).is_some());
        let declared = pointed.map(|f| &f.declared.geometries);
        let meant = declared.and_then(|all| all.first());
        if let Some((meant, Err(refusal))) = meant.map(|meant| (meant, &meant.points)) {
            self.note(
                true,
                format!(
                    "the points are of the geometry '{column}', for '{}' cannot be read: {}",
                    meant.column, refusal.reason
                ),
            );
        }
        let more = declared
            .into_iter()
            .flatten()
            .filter(|g| g.column != *column && g.points.is_ok());
        for other in more {
            self.note(false, format!(
                "the points are of the geometry '{column}'; `geometry` {} takes that one instead",
                other.column
            ));
        }
        self.names = Some(names.clone());
        self.replaces.clone_from(&geometry.replaces);
    }

    /// Falls back to columns of degrees by their names where the geometry cannot be read.
    fn do_without(&mut self, files: &[Outline]) -> Result<(), DatasetError> {
        let refusals = files.iter().flat_map(|file| {
            let declared = file.declared.geometries.iter();
            let path = file.object.path();
            declared.filter_map(move |g| Some((path, g, g.points.as_ref().err()?)))
        });
        let Some((path, geometry, refusal)) = refusals.into_iter().next() else {
            // Not all files have it, or have it by the same names; the columns that all have will do.
            let mut declared = files.iter().flat_map(|file| &file.declared.geometries);
            if let Some(geometry) = declared.next() {
                let text = format!(
                    "not all files have the points of the geometry '{}' that some declare; columns are taken by their names",
                    geometry.column
                );
                self.note(true, text);
            }
            return Ok(());
        };
        let others = called(files, DEGREES);
        let Some([lon, lat]) = others.filter(|names| names.iter().all(|name| has(files, name)))
        else {
            return match called(files, [LON, LAT]) {
                Some([lon, lat]) => Err(refused(
                    path,
                    &Refusal {
                        reason: format!(
                            "{}; if the columns {lon} and {lat} are degrees, name them with `lon` {lon} `lat` {lat}",
                            refusal.reason
                        ),
                        is_degrees: refusal.is_degrees,
                    },
                )),
                None => Err(refused(path, refusal)),
            };
        };
        self.note(true, format!(
            "the points are of the columns {lon} and {lat}, for the geometry '{}' cannot be read: {}",
            geometry.column, refusal.reason
        ));
        self.names = Some([lon, lat].map(str::to_owned));
        Ok(())
    }

    /// The options with what was chosen.
    pub(crate) fn applied(&self, options: &OpenOptions) -> OpenOptions {
        let [lon, lat] = match &self.names {
            Some([lon, lat]) => [Some(lon.clone()), Some(lat.clone())],
            None => [options.lon.clone(), options.lat.clone()],
        };
        OpenOptions {
            lon,
            lat,
            time: options.time.clone().or_else(|| self.time.clone()),
            time_unit: options.time_unit.or(self.time_unit),
            ..options.clone()
        }
    }

    /// The columns that hold all that the files do, once each: the points in place of what they stand for, and
    /// structs whole.
    pub(crate) fn stored(&self, files: &[Outline], fields: &Fields, schema: &Schema) -> Fields {
        let points = [&schema.lon.name, &schema.lat.name];
        let is_own = |name: &str| {
            files.iter().any(|file| {
                let own = &file.fields[..file.own()];
                own.iter().any(|f| f.name() == name)
            })
        };
        let is_replaced = |field: &FieldRef| {
            let is_struct_of_points = match field.data_type() {
                DataType::Struct(parts) => {
                    let is_point = |part: &FieldRef| {
                        points.contains(&&format!("{}.{}", field.name(), part.name()))
                    };
                    parts.len() == 2 && parts.iter().all(is_point)
                }
                _ => false,
            };
            is_struct_of_points || self.replaces.contains(field.name())
        };
        let roles = points
            .into_iter()
            .chain(schema.time.iter().map(|time| &time.name));
        let roles: Vec<&FieldRef> = roles
            .filter_map(|name| Some(fields.find(name)?.1))
            .filter(|field| !is_own(field.name()))
            .collect();
        let mut stored: Vec<FieldRef> = Vec::new();
        for field in fields.iter().filter(|field| is_own(field.name())) {
            if !is_replaced(field) {
                stored.push(field.clone());
            } else if !roles.is_empty() && !stored.contains(roles[0]) {
                stored.extend(roles.iter().map(|&role| role.clone()));
            }
        }
        let more = roles.into_iter().filter(|role| !stored.contains(role));
        let more: Vec<FieldRef> = more.cloned().collect();
        stored.into_iter().chain(more).collect()
    }

    /// Leaves out of a schema's columns the boxes of the points, and what is within a column that they stand for.
    pub(crate) fn prune(&self, schema: &mut Schema) {
        let Some((geometry, boxes)) = self.replaces.split_first() else {
            return;
        };
        let is_within = |name: &str| {
            let mut replaced = self.replaces.iter();
            replaced.any(|column| {
                let rest = name.strip_prefix(column.as_str());
                rest.is_some_and(|rest| rest.starts_with('.'))
            })
        };
        schema
            .attributes
            .retain(|a| !boxes.contains(&a.name) && (a.name == *geometry || !is_within(&a.name)));
    }
}
