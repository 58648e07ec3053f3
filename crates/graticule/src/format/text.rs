//! Rows as text: a table for the eye, JSON, CSV, GeoJSON.

use super::Format;
use super::eye::for_the_eye;
use super::geometry::Places;
use crate::Error;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use graticule_columns::printable;
use graticule_exec::{cell, is_number, json, string, told};
use std::io::Write;

/// Rows by which a table's columns take their width; later rows may be wider and stand out.
const ROWS_FOR_WIDTH: usize = 10_000;

pub(super) struct Text<'a> {
    format: Format,
    out: &'a mut (dyn Write + Send),
    schema: SchemaRef,
    places: Option<Places>,
    rows: u64,
    widths: Option<Vec<usize>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(
        format: Format,
        schema: &SchemaRef,
        out: &'a mut (dyn Write + Send),
    ) -> Result<Self, Error> {
        let places = match format {
            Format::GeoJson => Some(Places::of(schema)?),
            _ => None,
        };
        let mut text = Self {
            format,
            out,
            schema: schema.clone(),
            places,
            rows: 0,
            widths: None,
        };
        let names = text.names();
        match format {
            Format::Csv => {
                let names: Vec<String> = names.into_iter().map(quote).collect();
                text.put(&format!("{}\n", names.join(",")))?;
            }
            Format::Json => {
                let names: Vec<String> = names.iter().map(|n| string(n)).collect();
                text.put(&format!(
                    "{{\"columns\": [{}], \"rows\": [",
                    names.join(", ")
                ))?;
            }
            Format::GeoJson => {
                text.put("{\"type\": \"FeatureCollection\", \"features\": [")?;
            }
            _ => {}
        }
        Ok(text)
    }

    fn names(&self) -> Vec<String> {
        let fields = self.schema.fields().iter();
        fields.map(|f| f.name().clone()).collect()
    }

    fn put(&mut self, text: &str) -> Result<(), Error> {
        self.out
            .write_all(text.as_bytes())
            .map_err(|source| Error::Write {
                path: "the output".to_owned(),
                source,
            })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if self.format == Format::Table {
            return self.table(batch);
        }
        let names = self.names();
        let told = told_columns(batch)?;
        for row in 0..batch.num_rows() {
            let columns = told.iter();
            let line = match self.format {
                Format::Csv => {
                    let cells = columns.map(|c| cell(c, row).map(quote).unwrap_or_default());
                    format!("{}\n", cells.collect::<Vec<_>>().join(","))
                }
                Format::Json => {
                    let cells = columns.map(|c| json(c, row)).collect::<Vec<_>>();
                    format!("{}[{}]", self.comma(), cells.join(", "))
                }
                _ => {
                    let geometry = self.places.as_ref().and_then(|p| p.geojson(batch, row));
                    let properties = names.iter().zip(columns);
                    let properties = properties
                        .map(|(name, c)| format!("{}: {}", string(name), json(c, row)))
                        .collect::<Vec<_>>();
                    format!(
                        "{}{{\"type\": \"Feature\", \"geometry\": {}, \"properties\": {{{}}}}}",
                        self.comma(),
                        geometry.unwrap_or_else(|| "null".to_owned()),
                        properties.join(", ")
                    )
                }
            };
            self.put(&line)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn comma(&self) -> &'static str {
        if self.rows == 0 { "\n  " } else { ",\n  " }
    }

    fn table(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let names = self.names();
        let mut told = told_columns(batch)?;
        told.iter_mut().for_each(for_the_eye);
        // A table is for a terminal, which must not obey what files hold.
        let names: Vec<_> = names.iter().map(|name| printable(name)).collect();
        let text = |column: &ArrayRef, row| match cell(column, row) {
            Some(text) => printable(&text).into_owned(),
            None => "·".to_owned(),
        };
        let is_first = self.widths.is_none();
        let widths = self.widths.take().unwrap_or_else(|| {
            let rows = batch.num_rows().min(ROWS_FOR_WIDTH);
            let longest = |column: &ArrayRef| {
                let widths = (0..rows).map(|row| text(column, row).chars().count());
                widths.max().unwrap_or(0)
            };
            let columns = names.iter().zip(&told);
            columns
                .map(|(name, column)| name.chars().count().max(longest(column)))
                .collect()
        });
        let align = |column: usize, text: &str| {
            let width = widths[column];
            if is_number(told[column].data_type()) {
                format!("{text:>width$}")
            } else {
                format!("{text:<width$}")
            }
        };
        let line = |of: &dyn Fn(usize) -> String| {
            let line: Vec<String> = (0..names.len()).map(|c| align(c, &of(c))).collect();
            format!("{}\n", line.join("  ").trim_end())
        };
        if is_first {
            self.put(&line(&|column| names[column].to_string()))?;
            self.put(&line(&|column| "─".repeat(widths[column])))?;
        }
        for row in 0..batch.num_rows() {
            self.put(&line(&|column| text(&told[column], row)))?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        match self.format {
            Format::Json | Format::GeoJson => self.put("\n]}\n"),
            // An answer without rows still has its columns.
            Format::Table if self.widths.is_none() => {
                let empty = RecordBatch::new_empty(self.schema.clone());
                self.table(&empty)
            }
            _ => Ok(()),
        }
    }
}

fn told_columns(batch: &RecordBatch) -> Result<Vec<ArrayRef>, Error> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let told = columns.map(|(field, column)| told(field, column));
    Ok(told.collect::<Result<_, _>>()?)
}

fn quote(text: String) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
