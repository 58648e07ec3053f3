//! Records to batches of rows, or to rejects.

mod cells;

use super::error::ImportError;
use super::options::Import;
use super::point::{Found, Judge, no_value};
use super::record::{Fields, Halt, Names, Sink, Span};
use super::rejects::Rejects;
use super::roles::{Time, Told};
use super::schema::{Schema, Use};
use super::value::{self, Notation, Number, Type};
use super::write::Parts;
use arrow::array::RecordBatch;
use cells::{Builder, Cell};
use std::io::Read;
use std::sync::Arc;

/// Rows of a batch; few enough to lie in a cache while they are encoded.
const BATCH_ROWS: usize = 1 << 16;
/// Values of a batch, where columns are many.
const BATCH_VALUES: usize = 1 << 22;
/// Bytes of text of a batch, where texts are long.
const BATCH_TEXT: usize = 16 << 20;

/// What grows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) records: u64,
    pub(crate) without_point: u64,
    pub(crate) rows: u64,
    pub(crate) invalid: u64,
    pub(crate) cut: u64,
}

/// What is wrong with a record.
enum Wrong {
    Record(String),
    Halt(Halt),
}

pub(crate) struct Rows<'a> {
    schema: &'a Schema,
    notation: &'a Notation,
    judge: Judge<'a>,
    /// Rows of a batch.
    batch_rows: usize,
    /// Microseconds between the points of a polyline.
    step: i64,
    /// Whether values that no sample foresaw may show a better schema.
    may_widen: bool,
    parts: &'a Parts,
    rejects: &'a mut Rejects,
    builders: Vec<Builder>,
    cells: Vec<Cell>,
    /// Rejects for a time that nobody said is one.
    bad_times: u64,
    file: String,
    path: Vec<String>,
    in_batch: usize,
    text_in_batch: usize,
    pub(crate) counts: Counts,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(
        import: &Import,
        schema: &'a Schema,
        notation: &'a Notation,
        may_widen: bool,
        parts: &'a Parts,
        rejects: &'a mut Rejects,
    ) -> Self {
        let columns = schema.columns.iter();
        Self {
            schema,
            notation,
            judge: Judge::new(import, notation, schema.roles),
            batch_rows: BATCH_ROWS.min(BATCH_VALUES / schema.columns.len().max(1)),
            step: import.step.unwrap_or(0),
            may_widen,
            parts,
            rejects,
            builders: columns.map(|c| Builder::new(c.kind)).collect(),
            cells: Vec::new(),
            bad_times: 0,
            file: String::new(),
            path: Vec::new(),
            in_batch: 0,
            text_in_batch: 0,
            counts: Counts::default(),
        }
    }

    /// The records that follow are of this file, and have these values of its path.
    pub(crate) fn next_file(&mut self, file: &str, path: Vec<String>) {
        file.clone_into(&mut self.file);
        self.path = path;
    }

    /// Hands on what is gathered.
    fn flush(&mut self) -> Result<(), Halt> {
        if self.in_batch == 0 {
            return Ok(());
        }
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        (self.in_batch, self.text_in_batch) = (0, 0);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema.arrow), arrays);
        let batch = batch.map_err(|e| ImportError::File {
            file: self.file.clone(),
            reason: e.to_string(),
        })?;
        self.parts.send(batch)?;
        Ok(())
    }

    /// Reads the fields into cells; the points where the record has a polyline.
    fn read(&mut self, fields: &Fields) -> Result<Option<Vec<[f64; 2]>>, Wrong> {
        self.cells.clear();
        self.cells.resize(self.schema.columns.len(), Cell::Null);
        let found = match self.judge.read(fields) {
            Ok(found) => found,
            Err((column, reason)) => return Err(self.no_point(column, reason)),
        };
        if self.may_widen && self.judge.is_surprised() {
            return Err(Wrong::Halt(Halt::Unforeseen));
        }
        let has_place = found.has_place();
        for span in &fields.spans {
            match self.schema.uses.get(span.column) {
                // A name that the sample did not have.
                None => return Err(Wrong::Halt(Halt::Unforeseen)),
                Some(Use::Role) => {}
                Some(Use::Nothing) => self.nothing(fields.text(span).trim_ascii())?,
                Some(_) if span.begin == span.end && !span.quoted => {}
                Some(Use::Column(column)) => {
                    self.cells[*column] = self.cell(*column, span, fields, has_place)?;
                }
            }
        }
        for (place, _) in self.path.iter().enumerate() {
            let first = 2 + usize::from(self.schema.has_time);
            self.cells[first + place] = Cell::Path(place);
        }
        Ok(self.place(found))
    }

    /// Puts the place and the time into their cells.
    fn place(&mut self, found: Found) -> Option<Vec<[f64; 2]>> {
        self.cells[0] = found.lon.map_or(Cell::Null, Cell::Float);
        self.cells[1] = found.lat.map_or(Cell::Null, Cell::Float);
        if let Some((time, is_cut)) = found.time {
            self.cells[2] = Cell::Time(time);
            self.counts.cut += u64::from(is_cut);
        }
        found.points
    }

    fn no_point(&mut self, column: usize, reason: String) -> Wrong {
        let role = match self.schema.roles.time {
            Some(Time::One(time, told)) if time == column => {
                if told == Told::Values && self.may_widen {
                    return Wrong::Halt(Halt::Unforeseen);
                }
                self.bad_times += u64::from(told == Told::Name);
                2
            }
            Some(Time::Two(date, _)) if date == column => 2,
            _ => usize::from(self.judge.is_latitude(column)),
        };
        Wrong::Record(format!(
            "column '{}': {reason}",
            self.schema.columns[role].source
        ))
    }

    /// A value of a column that seemed to hold none.
    fn nothing(&self, text: &[u8]) -> Result<(), Wrong> {
        match !self.may_widen || self.notation.is_null_word(text) {
            true => Ok(()),
            false => Err(Wrong::Halt(Halt::Unforeseen)),
        }
    }

    fn cell(
        &self,
        column: usize,
        span: &Span,
        fields: &Fields,
        has_place: bool,
    ) -> Result<Cell, Wrong> {
        let whole = fields.text(span);
        let text = whole.trim_ascii();
        if self.notation.is_null(text) {
            return Ok(Cell::Null);
        }
        let to = &self.schema.columns[column];
        if to.kind == Type::Text {
            return match std::str::from_utf8(whole) {
                Ok(_) => Ok(Cell::Text(span.begin, span.end)),
                Err(_) => Err(self.no_value(column, whole)),
            };
        }
        let cell = match to.is_declared {
            true => self.declared(to.kind, text),
            false => self.told(to.kind, text, span.quoted),
        };
        match cell {
            Some(cell) => Ok(cell),
            None if self.notation.is_null_word(text) => Ok(Cell::Null),
            // Where no other record has a place either, all were looked at.
            None if self.may_widen && has_place && !to.is_declared => {
                Err(Wrong::Halt(Halt::Unforeseen))
            }
            None => Err(self.no_value(column, text)),
        }
    }

    /// A value of the type that the caller said.
    fn declared(&self, kind: Type, text: &[u8]) -> Option<Cell> {
        match kind {
            Type::Int => value::any_int(text).map(Cell::Int),
            Type::Float => self.notation.float(text).map(Cell::Float),
            Type::Bool => value::bool(text).map(Cell::Bool),
            Type::Time => self.notation.moment(text).map(|(time, _)| Cell::Time(time)),
            Type::Text => None,
        }
    }

    /// A value of the type that other values told; quoted ones are texts and perhaps times.
    fn told(&self, kind: Type, text: &[u8], is_quoted: bool) -> Option<Cell> {
        let number = || self.notation.number(text).filter(|_| !is_quoted);
        match kind {
            Type::Int => match number()? {
                Number::Whole(int) => Some(Cell::Int(int)),
                _ => None,
            },
            Type::Float => number()?.double().map(Cell::Float),
            Type::Bool if is_quoted => None,
            Type::Bool => value::bool(text).map(Cell::Bool),
            Type::Time => self.notation.moment(text).map(|(time, _)| Cell::Time(time)),
            Type::Text => None,
        }
    }

    fn no_value(&self, column: usize, text: &[u8]) -> Wrong {
        let column = &self.schema.columns[column];
        let reason = no_value(self.notation, text, column.kind);
        Wrong::Record(format!("column '{}': {reason}", column.source))
    }

    /// Whether so many records were rejected for a time that no sample foresaw that the column may
    /// be no time.
    fn is_no_time(&self) -> bool {
        self.may_widen && 10 * self.bad_times > self.counts.records
    }

    /// Hands on the last batch.
    pub(crate) fn finish(&mut self) -> Result<(), Halt> {
        match self.is_no_time() {
            true => Err(Halt::Unforeseen),
            false => self.flush(),
        }
    }

    fn append(&mut self, fields: &Fields) -> Result<(), Halt> {
        let is_valid = match (self.cells[0], self.cells[1]) {
            (Cell::Float(lon), Cell::Float(lat)) => graticule_geo::is_valid(lon, lat),
            _ => false,
        };
        for (builder, cell) in self.builders.iter_mut().zip(&self.cells) {
            self.text_in_batch += builder.append(*cell, fields, &self.path);
        }
        self.counts.rows += 1;
        self.counts.invalid += u64::from(!is_valid);
        self.in_batch += 1;
        if self.in_batch >= self.batch_rows || self.text_in_batch >= BATCH_TEXT {
            self.flush()?;
        }
        Ok(())
    }

    /// A row for each point of the polyline.
    fn append_points(
        &mut self,
        line: u64,
        raw: &[u8],
        fields: &Fields,
        points: Vec<[f64; 2]>,
    ) -> Result<(), Halt> {
        self.counts.without_point += u64::from(points.is_empty());
        let begin = match self.cells.get(2) {
            Some(Cell::Time(begin)) => Some(*begin),
            _ => None,
        };
        let last = i64::try_from(points.len())
            .ok()
            .and_then(|n| self.step.checked_mul(n));
        if let Some(begin) = begin
            && last.and_then(|last| begin.checked_add(last)).is_none()
        {
            let reason = "the times of its points are beyond what 64 bits hold";
            return self.reject(line, reason, &mut &raw[..]);
        }
        let mut time = begin;
        for [lon, lat] in points {
            (self.cells[0], self.cells[1]) = (Cell::Float(lon), Cell::Float(lat));
            if let Some(time) = time {
                self.cells[2] = Cell::Time(time);
            }
            self.append(fields)?;
            time = time.map(|t| t + self.step);
        }
        Ok(())
    }
}

impl Sink for Rows<'_> {
    fn record(&mut self, line: u64, raw: &[u8], fields: &Fields, _: &Names) -> Result<(), Halt> {
        if fields.spans.is_empty() {
            self.counts.records += 1;
            self.counts.without_point += 1;
            return Ok(());
        }
        match self.read(fields) {
            Err(Wrong::Halt(halt)) => return Err(halt),
            Err(Wrong::Record(reason)) => return self.reject(line, &reason, &mut &raw[..]),
            Ok(None) => self.append(fields)?,
            Ok(Some(points)) => self.append_points(line, raw, fields, points)?,
        }
        self.counts.records += 1;
        Ok(())
    }

    fn reject(&mut self, line: u64, reason: &str, raw: &mut dyn Read) -> Result<(), Halt> {
        self.counts.records += 1;
        self.rejects.add(&self.file, line, reason, raw)?;
        Ok(())
    }
}
