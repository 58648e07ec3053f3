//! Records to batches of rows, or to rejects.

mod cells;

use super::error::ImportError;
use super::record::{Fields, Halt, Names, Sink, Span, shown};
use super::rejects::Rejects;
use super::schema::{Schema, Use};
use super::value::{self, Clock, Moment, Type};
use super::write::Parts;
use arrow::array::RecordBatch;
use cells::{Builder, Cell};
use std::io::Read;
use std::sync::Arc;

/// Rows of a batch; few enough to lie in a cache while they are encoded.
const BATCH_ROWS: usize = 1 << 16;
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
    clock: &'a Clock,
    /// Microseconds between the points of a polyline.
    step: i64,
    /// Whether values that no sample foresaw may show a better schema.
    may_widen: bool,
    parts: &'a Parts,
    rejects: &'a mut Rejects,
    builders: Vec<Builder>,
    cells: Vec<Cell>,
    /// The points of a polyline.
    points: Vec<[f64; 2]>,
    file: String,
    path: Vec<String>,
    in_batch: usize,
    text_in_batch: usize,
    pub(crate) counts: Counts,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        clock: &'a Clock,
        step: i64,
        may_widen: bool,
        parts: &'a Parts,
        rejects: &'a mut Rejects,
    ) -> Self {
        Self {
            schema,
            clock,
            step,
            may_widen,
            parts,
            rejects,
            builders: schema
                .columns
                .iter()
                .map(|c| Builder::new(c.kind))
                .collect(),
            cells: Vec::new(),
            points: Vec::new(),
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
    pub(crate) fn flush(&mut self) -> Result<(), Halt> {
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

    /// Reads the fields into cells; `true` where the record has a polyline.
    fn read(&mut self, fields: &Fields) -> Result<bool, Wrong> {
        self.cells.clear();
        self.cells.resize(self.schema.columns.len(), Cell::Null);
        let (mut date, mut clock, mut polyline) = (None, None, None);
        let mut is_cut = 0;
        for span in &fields.spans {
            let Some(&used) = self.schema.uses.get(span.column) else {
                // A name that the sample did not have.
                return Err(Wrong::Halt(Halt::Unforeseen));
            };
            let text = fields.text(span).trim_ascii();
            match used {
                Use::Date => date = Some(span),
                Use::Clock => clock = Some(span),
                Use::Polyline => polyline = Some(span),
                _ if span.begin == span.end && !span.quoted => {}
                Use::Units(column, unit) => {
                    let moment = value::scaled(text, unit);
                    self.cells[column] = self.time(column, text, moment, &mut is_cut)?;
                }
                Use::Column(column) => {
                    self.cells[column] = self.cell(column, span, fields, &mut is_cut)?;
                }
            }
        }
        if let (Some(date), Some(clock)) = (date, clock) {
            let column = 2;
            let (date, clock) = (
                fields.text(date).trim_ascii(),
                fields.text(clock).trim_ascii(),
            );
            if !(date.is_empty() && clock.is_empty()) {
                let text = [date, b" ", clock].concat();
                let moment = self.clock.moment(&text);
                self.cells[column] = self.time(column, &text, moment, &mut is_cut)?;
            }
        }
        for (place, _) in self.path.iter().enumerate() {
            let first = 2 + usize::from(self.schema.has_time);
            self.cells[first + place] = Cell::Path(place);
        }
        if let Some(span) = polyline {
            let text = fields.text(span);
            self.points = match text.trim_ascii() {
                b"" => Vec::new(),
                text => serde_json::from_slice(text).map_err(|e| {
                    Wrong::Record(format!(
                        "column '{}': it is no list of [lon,lat]: {e}",
                        self.schema.columns[0].source
                    ))
                })?,
            };
        }
        self.counts.cut += is_cut;
        Ok(polyline.is_some())
    }

    fn cell(
        &self,
        column: usize,
        span: &Span,
        fields: &Fields,
        is_cut: &mut u64,
    ) -> Result<Cell, Wrong> {
        let whole = fields.text(span);
        let text = whole.trim_ascii();
        let to = &self.schema.columns[column];
        if to.is_unknown && self.may_widen && !text.is_empty() {
            return Err(Wrong::Halt(Halt::Unforeseen));
        }
        if to.kind == Type::Text {
            return match std::str::from_utf8(whole) {
                Ok(_) => Ok(Cell::Text(span.begin, span.end)),
                Err(_) => Err(self.no_value(column, whole)),
            };
        }
        if text.is_empty() {
            return Ok(Cell::Null);
        }
        let cell = match to.kind {
            Type::Time => return self.time(column, text, self.clock.moment(text), is_cut),
            // The format says that it is a text, and the column is none.
            _ if span.quoted => None,
            Type::Int => match value::int(text) {
                Some(int) => Some(Cell::Int(int)),
                None if self.may_widen && value::float(text).is_some() => {
                    return Err(Wrong::Halt(Halt::Unforeseen));
                }
                None => None,
            },
            Type::Float => value::float(text).map(Cell::Float),
            Type::Bool => value::bool(text).map(Cell::Bool),
            Type::Text => None,
        };
        cell.ok_or_else(|| self.no_value(column, text))
    }

    fn time(
        &self,
        column: usize,
        text: &[u8],
        moment: Option<Moment>,
        is_cut: &mut u64,
    ) -> Result<Cell, Wrong> {
        if text.is_empty() {
            return Ok(Cell::Null);
        }
        let (time, cut) = moment.ok_or_else(|| self.no_value(column, text))?;
        *is_cut += u64::from(cut);
        Ok(Cell::Time(time))
    }

    fn no_value(&self, column: usize, text: &[u8]) -> Wrong {
        let column = &self.schema.columns[column];
        let wanted = column.kind.name();
        Wrong::Record(format!(
            "column '{}': '{}' is not {wanted}",
            column.source,
            shown(text)
        ))
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
        if self.in_batch >= BATCH_ROWS || self.text_in_batch >= BATCH_TEXT {
            self.flush()?;
        }
        Ok(())
    }

    /// A row for each point of the polyline.
    fn append_points(&mut self, line: u64, raw: &[u8], fields: &Fields) -> Result<(), Halt> {
        let points = std::mem::take(&mut self.points);
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
            Ok(false) => self.append(fields)?,
            Ok(true) => self.append_points(line, raw, fields)?,
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
