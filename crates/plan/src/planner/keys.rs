//! Keys: as digits of the program and as columns of the answer.

use super::{A_KEY, Planner};
use crate::plan::{KeyColumn, KeyForm};
use crate::window::{self, Window};
use crate::{Key, PlanError};
use arrow::datatypes::DataType;
use graticule_columns::{Kind, RowGroup, Source};
use graticule_geo::geohash;
use graticule_kernels::{Code, Digit, Filter as Step, Part as DigitPart};

impl Planner<'_> {
    pub(super) fn key(&mut self, key: &Key, groups: &[&RowGroup]) -> Result<KeyColumn, PlanError> {
        let name = key.to_string();
        match key {
            Key::Geohash { precision } => self.geohash(name, *precision, groups),
            Key::Time { seconds } => self.time_key(name, *seconds, groups),
            Key::Column { name: column } => {
                let partitions = &self.dataset.schema.partitions;
                match partitions.iter().position(|p| p.name == *column) {
                    Some(partition) => Ok(self.partition_key(name, partition)),
                    None => self.integer_key(name, column, groups),
                }
            }
        }
    }

    fn geohash(
        &mut self,
        name: String,
        precision: u32,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let bits = geohash::bits(precision).map_err(|e| PlanError::Key {
            text: name.clone(),
            reason: e.to_string(),
        })?;
        let digit = self.digits.len();
        let mut first = [0; 2];
        for (slot, bits) in [bits.0, bits.1].into_iter().enumerate() {
            let shift = 32 - bits;
            let (low, high) = window::cells(&self.dataset.schema, groups, &self.boxes, slot);
            first[slot] = low >> shift;
            self.digits.push(Digit {
                code: Code::Cell {
                    slot,
                    shift,
                    first: first[slot],
                },
                part: DigitPart::Whole,
                extent: u64::from((high >> shift) - first[slot]) + 1,
            });
        }
        Ok(KeyColumn {
            name,
            digit,
            nullable: false,
            form: KeyForm::Geohash { precision, first },
        })
    }

    /// Pushes the digits of a code below `extent`, and one for nulls before them.
    fn digits_of(&mut self, code: &Code, extent: u128, nullable: bool) -> (usize, usize) {
        let digit = self.digits.len();
        if nullable {
            self.digits.push(Digit {
                code: Code::Null { slot: code.slot() },
                part: DigitPart::Whole,
                extent: 2,
            });
        }
        let parts = if extent <= 1 << 32 {
            vec![(DigitPart::Whole, extent)]
        } else {
            vec![
                (DigitPart::High, extent.div_ceil(1 << 32)),
                (DigitPart::Low, 1 << 32),
            ]
        };
        for (part, extent) in &parts {
            self.digits.push(Digit {
                code: code.clone(),
                part: *part,
                extent: u64::try_from(*extent).unwrap_or(1 << 32),
            });
        }
        (digit, parts.len())
    }

    fn time_key(
        &mut self,
        name: String,
        seconds: i64,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
        let unit = time.unit;
        let width = seconds
            .checked_mul(unit.per_second())
            .filter(|w| *w > 0)
            .ok_or_else(|| PlanError::Key {
                text: name.clone(),
                reason: "the duration does not fit the time column's unit".to_owned(),
            })?;
        let slot = self.slot(Source::Time);
        let mut window = window::words(Kind::I64, 2, groups);
        for step in &self.steps {
            if let &Step::Range {
                slot: of,
                low,
                high,
                negate: false,
            } = step
                && of == slot
                && low <= high
            {
                window = Window {
                    low: window.low.max(low),
                    high: window.high.min(high),
                    // A null time fails every time filter.
                    nullable: false,
                };
            }
        }
        let low = Kind::I64.unorder(window.low).cast_signed();
        // Bucket 1 begins at the window's floor, or at the first boundary that i64 can hold.
        let floor = i128::from(low).div_euclid(width.into()) * i128::from(width);
        let first = i64::try_from(floor).or_else(|_| i64::try_from(floor + i128::from(width)));
        let first = Kind::I64.order(first.unwrap_or(i64::MAX).cast_unsigned());
        let span = u128::from(window.high.max(first) - first);
        let extent = span / u128::from(width.cast_unsigned()) + 2;
        let code = Code::Bucket {
            slot,
            first,
            width: width.cast_unsigned(),
        };
        let (digit, digits) = self.digits_of(&code, extent, window.nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable: window.nullable,
            form: KeyForm::Time {
                first,
                width: width.cast_unsigned(),
                unit,
                digits,
            },
        })
    }

    fn integer_key(
        &mut self,
        name: String,
        column: &str,
        groups: &[&RowGroup],
    ) -> Result<KeyColumn, PlanError> {
        let (source, place, data_type) = self.column(column, A_KEY)?;
        let kind = source.kind();
        let hint = match source {
            Source::Time => "write time:15m or another duration",
            _ => "keys are integer and partition columns",
        };
        if source == Source::Time || kind.is_float() {
            return Err(PlanError::ColumnType {
                name,
                data_type: data_type.to_string(),
                purpose: A_KEY,
                hint,
            });
        }
        let slot = self.slot(source);
        let mut window = window::words(kind, place, groups);
        if data_type == DataType::Boolean {
            (window.low, window.high) = (0, 1);
        }
        let code = Code::Offset {
            slot,
            low: window.low,
        };
        let extent = u128::from(window.high - window.low) + 1;
        let (digit, digits) = self.digits_of(&code, extent, window.nullable);
        Ok(KeyColumn {
            name,
            digit,
            nullable: window.nullable,
            form: KeyForm::Integer {
                low: window.low,
                kind,
                data_type,
                digits,
            },
        })
    }

    fn partition_key(&mut self, name: String, partition: usize) -> KeyColumn {
        let files = self.dataset.files.iter();
        let mut values: Vec<_> = files.map(|f| f.partitions[partition].clone()).collect();
        values.sort();
        values.dedup();
        let extent = values.len().max(1) as u128;
        let slot = self.slot(Source::Constant {
            index: self.constants.len(),
            name: name.clone(),
        });
        self.constants.push((partition, values.clone()));
        let (digit, _) = self.digits_of(&Code::Offset { slot, low: 0 }, extent, false);
        KeyColumn {
            name,
            digit,
            nullable: false,
            form: KeyForm::Partition {
                values,
                is_integer: self.dataset.schema.partitions[partition].is_integer,
            },
        }
    }
}
