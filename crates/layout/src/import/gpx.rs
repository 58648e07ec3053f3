//! GPX to records, an event of XML at a time.
//!
//! A point's fields are `lon`, `lat`, `kind` (track, route or waypoint), `track` (the number of the
//! track, or of the route, from 1; it goes on from file to file), `segment` (its number in the
//! track, from 1), `track_name`, and the text of every element in the point
//! that holds no other, extensions too, by its name without the prefix; the first of equal names.

use super::lines::Lines;
use super::open::{Meter, failed};
use super::record::{Fields, Halt, MAX_RECORD, Names, Sink};
use super::source::Source;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::io::BufRead;

/// The tracks and routes of the files before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Before {
    tracks: u64,
    routes: u64,
}

/// Reads one file.
pub(crate) fn read(
    source: &Source,
    meter: &Meter<'_>,
    from: Box<dyn BufRead + '_>,
    before: &mut Before,
    names: &mut Names,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let mut walk = Walk {
        before: *before,
        ..Walk::default()
    };
    let read = walk_through(&mut walk, source, meter, from, names, sink);
    *before = walk.before;
    read
}

fn walk_through(
    walk: &mut Walk,
    source: &Source,
    meter: &Meter<'_>,
    from: Box<dyn BufRead + '_>,
    names: &mut Names,
    sink: &mut dyn Sink,
) -> Result<(), Halt> {
    let mut reader = Reader::from_reader(Lines::new(from));
    let mut event_bytes = Vec::new();
    loop {
        if walk.point.is_none() {
            walk.line = reader.get_ref().line();
            reader.get_mut().mark();
        }
        event_bytes.clear();
        let event = match reader.read_event_into(&mut event_bytes) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) if !reader.get_ref().is_full() => {
                // Shared, as the reader may read on in another thread; here nobody else has it.
                return Err(failed(
                    meter,
                    source,
                    std::io::Error::new(error.kind(), error),
                ));
            }
            Err(error) => {
                let at = reader.get_ref().line();
                let reason = format!("line {at}: {error}; the file is not read further");
                return sink.reject(walk.line, &reason, &mut reader.get_mut().rest());
            }
        };
        match event {
            Event::Start(start) => {
                walk.open(&start);
                if walk.open.len() > MOST_DEEP {
                    let reason =
                        "its elements lie too deep in each other; the file is not read further";
                    return sink.reject(walk.line, reason, &mut reader.get_mut().rest());
                }
            }
            Event::Empty(start) => {
                walk.open(&start);
                walk.close(names);
            }
            Event::End(_) => walk.close(names),
            Event::Text(text) => match text.xml10_content() {
                Ok(text) => walk.text(&text),
                Err(_) => walk.not_utf8(),
            },
            Event::CData(text) => match text.xml10_content() {
                Ok(text) => walk.text(&text),
                Err(_) => walk.not_utf8(),
            },
            Event::GeneralRef(reference) => walk.reference(&reference),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
        if let Some(Done { bad, .. }) = &walk.done {
            let raw = reader.get_ref().tape();
            match bad {
                Some(reason) => sink.reject(walk.line, reason, &mut &raw[..])?,
                None => {
                    names.check(&source.name)?;
                    sink.record(walk.line, raw, &walk.fields, names)?;
                }
            }
            walk.done = None;
        }
    }
    let reason = match walk.open.first() {
        Some(_) => "the file ends in the middle of an element",
        None if !walk.has_root => "this is no GPX: it has no <gpx> element",
        None => return Ok(()),
    };
    sink.reject(walk.line, reason, &mut reader.get_mut().rest())
}

/// Elements within elements, of which GPX and its extensions have some ten.
const MOST_DEEP: usize = 1000;

/// Where in the tree the reader is.
#[derive(Default)]
struct Walk {
    /// The names of the open elements.
    open: Vec<String>,
    /// The text of the innermost one, while it holds no other.
    leaf: Option<String>,
    has_root: bool,
    /// How deep the open point is, if one is.
    point: Option<usize>,
    bad: Option<String>,
    /// The line on which the point, or otherwise the last event, begins.
    line: u64,
    fields: Fields,
    seen: Vec<String>,
    leaves: Vec<(String, String)>,
    place: Option<(String, String)>,
    before: Before,
    segment: u64,
    track_name: Option<String>,
    done: Option<Done>,
}

struct Done {
    bad: Option<String>,
}

impl Walk {
    fn open(&mut self, start: &BytesStart<'_>) {
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        let is_kept = self.point.is_some() || name == "name";
        self.leaf = is_kept.then(String::new);
        match name.as_str() {
            "gpx" if self.open.is_empty() => self.has_root = true,
            "trk" | "rte" => {
                let count = match name.as_str() {
                    "trk" => &mut self.before.tracks,
                    _ => &mut self.before.routes,
                };
                *count += 1;
                (self.segment, self.track_name) = (0, None);
            }
            "trkseg" => self.segment += 1,
            "trkpt" | "rtept" | "wpt" if self.point.is_none() => {
                self.point = Some(self.open.len());
                self.seen.clear();
                self.leaves.clear();
                match (coordinate(start, "lon"), coordinate(start, "lat")) {
                    (Ok(lon), Ok(lat)) => self.place = Some((lon, lat)),
                    (Err(reason), _) | (_, Err(reason)) => self.bad = Some(reason),
                }
            }
            _ => {}
        }
        self.open.push(name);
    }

    fn close(&mut self, names: &mut Names) {
        let (Some(name), leaf) = (self.open.pop(), self.leaf.take()) else {
            return;
        };
        if self.point == Some(self.open.len()) {
            self.finish(&name, names);
        } else if self.point.is_some() {
            if let Some(text) = leaf.filter(|t| !t.trim().is_empty())
                && !self.seen.contains(&name)
            {
                self.seen.push(name.clone());
                self.leaves.push((name, text.trim().to_owned()));
            }
        } else if name == "name" && self.open.last().is_some_and(|n| n == "trk" || n == "rte") {
            self.track_name = leaf.map(|t| t.trim().to_owned());
        }
    }

    /// The point is whole.
    fn finish(&mut self, element: &str, names: &mut Names) {
        self.point = None;
        self.done = Some(Done {
            bad: self.bad.take(),
        });
        self.fields.clear();
        let mut push = |name: &str, text: &str, quoted| {
            let number = names.number(name);
            self.fields.push(number, text.as_bytes(), quoted);
        };
        if let Some((lon, lat)) = self.place.take() {
            push("lon", &lon, false);
            push("lat", &lat, false);
        }
        let (kind, number) = match element {
            "trkpt" => ("track", Some(self.before.tracks)),
            "rtept" => ("route", Some(self.before.routes)),
            _ => ("waypoint", None),
        };
        push("kind", kind, true);
        if let Some(number) = number {
            push("track", &number.to_string(), false);
            push("segment", &self.segment.to_string(), false);
            if let Some(name) = &self.track_name {
                push("track_name", name, true);
            }
        }
        let own = ["lon", "lat", "kind", "track", "segment", "track_name"];
        for (name, text) in &self.leaves {
            // An extension may call its own so.
            match own.contains(&name.as_str()) {
                true => push(&format!("other_{name}"), text, false),
                false => push(name, text, false),
            }
        }
    }

    fn text(&mut self, text: &str) {
        let Some(leaf) = &mut self.leaf else {
            return;
        };
        if leaf.len() + text.len() <= MAX_RECORD {
            leaf.push_str(text);
        } else if self.point.is_some() {
            self.bad = Some(format!("it is longer than {MAX_RECORD} bytes"));
        } else {
            // A track without a name is better than no point of it.
            self.leaf = None;
        }
    }

    fn reference(&mut self, reference: &quick_xml::events::BytesRef<'_>) {
        match (reference.resolve_char_ref(), reference.decode()) {
            (Ok(Some(c)), _) => self.text(c.encode_utf8(&mut [0; 4])),
            (_, Ok(name)) => match quick_xml::escape::resolve_predefined_entity(&name) {
                Some(text) => self.text(text),
                // An entity of the file's own is not looked up, as it may be made to explode.
                None => self.text(&format!("&{name};")),
            },
            _ => self.not_utf8(),
        }
    }

    fn not_utf8(&mut self) {
        if self.point.is_some() {
            let element = self.open.last().map_or("", String::as_str);
            self.bad = Some(format!("the text of <{element}> is not UTF-8"));
        } else if self.open.last().is_some_and(|n| n == "name") {
            // A track without a name is better than no track.
            self.done = Some(Done {
                bad: Some("the track's name is not UTF-8; its points have none".to_owned()),
            });
        }
    }
}

fn coordinate(start: &BytesStart<'_>, name: &str) -> Result<String, String> {
    let found = start.try_get_attribute(name);
    let found = found.map_err(|e| e.to_string())?;
    let found = found.ok_or_else(|| format!("the point has no {name}"))?;
    let value = found.normalized_value(XmlVersion::Implicit1_0);
    value
        .map(|v| v.trim().to_owned())
        .map_err(|e| e.to_string())
}
