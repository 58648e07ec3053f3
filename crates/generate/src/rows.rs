use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float32Builder, Float64Builder, Int32Builder, Int64Builder,
    TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// A position report before it is rounded to what the columns hold.
#[derive(Debug, Clone)]
pub(crate) struct Ping {
    pub(crate) device: i32,
    /// UTC milliseconds.
    pub(crate) time: i64,
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    pub(crate) speed: Option<f64>,
    pub(crate) heading: f64,
    pub(crate) altitude: f64,
    pub(crate) accuracy: f64,
    pub(crate) trip: Option<i64>,
    pub(crate) moving: bool,
    /// Random bits that decide what is wrong with this report; bits 18 to 23 and the top seven are taken.
    pub(crate) rare: u64,
}

/// Names and types of the columns, in their order.
pub(crate) fn schema() -> SchemaRef {
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        Field::new("device_id", DataType::Int32, false),
        Field::new(
            "time",
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            false,
        ),
        field("lon", DataType::Float64),
        field("lat", DataType::Float64),
        field("speed_mps", DataType::Float32),
        field("heading_deg", DataType::Float32),
        field("altitude_m", DataType::Float32),
        field("accuracy_m", DataType::Int32),
        field("trip_id", DataType::Int64),
        field("moving", DataType::Boolean),
    ]))
}

/// Rows on their way into arrays.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    len: usize,
    /// Invalid coordinates so far, over all arrays.
    pub(crate) invalid: u64,
    device: Int32Builder,
    time: TimestampMillisecondBuilder,
    lon: Float64Builder,
    lat: Float64Builder,
    speed: Float32Builder,
    heading: Float32Builder,
    altitude: Float32Builder,
    accuracy: Int32Builder,
    trip: Int64Builder,
    moving: BooleanBuilder,
}

impl Columns {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn push(&mut self, ping: &Ping) {
        self.len += 1;
        self.device.append_value(ping.device);
        self.time.append_value(ping.time);
        self.push_position(ping);
        let known = ping.rare & (0xFF << 24) != 0;
        self.speed
            .append_option(ping.speed.filter(|_| known).map(tenths));
        let heading = if ping.heading < 0.0 {
            ping.heading + 360.0
        } else {
            ping.heading
        };
        self.heading.append_value(tenths(if heading >= 359.95 {
            (heading - 360.0).max(0.0)
        } else {
            heading
        }));
        match (ping.rare >> 32) & 0x3FF {
            0 => self.altitude.append_value(f32::NAN),
            1..4 => self.altitude.append_null(),
            _ => self.altitude.append_value(tenths(ping.altitude)),
        }
        self.accuracy.append_value(whole(ping.accuracy));
        self.trip.append_option(ping.trip);
        self.moving.append_value(ping.moving);
    }

    /// One row in a thousand is invalid, in one of the ways met in real files; one in two thousand lies at 0/0.
    fn push_position(&mut self, ping: &Ping) {
        let (lon, lat) = (e7(ping.lon), e7(ping.lat));
        let chance = ping.rare & 0xFFFF;
        let (lon, lat) = match (chance, (ping.rare >> 16) & 3) {
            (0..66, 0) => (None, None),
            (0..66, 1) => (Some(f64::NAN), Some(f64::NAN)),
            (0..66, 2) => (Some(lon), Some(400.166_667)),
            (0..66, _) => (Some(400.166_667), Some(lat)),
            (66..99, _) => (Some(0.0), Some(0.0)),
            _ => (Some(lon), Some(lat)),
        };
        self.invalid += u64::from(chance < 66);
        self.lon.append_option(lon);
        self.lat.append_option(lat);
    }

    /// Arrays of the rows so far, in the schema's order; none remain.
    pub(crate) fn take(&mut self) -> Vec<ArrayRef> {
        self.len = 0;
        vec![
            Arc::new(self.device.finish()),
            Arc::new(self.time.finish().with_timezone("UTC")),
            Arc::new(self.lon.finish()),
            Arc::new(self.lat.finish()),
            Arc::new(self.speed.finish()),
            Arc::new(self.heading.finish()),
            Arc::new(self.altitude.finish()),
            Arc::new(self.accuracy.finish()),
            Arc::new(self.trip.finish()),
            Arc::new(self.moving.finish()),
        ]
    }
}

/// The f64 nearest to the value's multiple of 1e-7, as a logger writes seven decimals. Positive values.
fn e7(degrees: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "below 360e7")]
    let units = (degrees * 1e7 + 0.5) as i64;
    units as f64 / 1e7
}

/// Rounded to tenths, as devices report. The values are far below f32's 2^24 tenths.
fn tenths(value: f64) -> f32 {
    whole(value * 10.0) as f32 / 10.0
}

fn whole(value: f64) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a speed, heading, height or accuracy: small"
    )]
    let whole = (value + 0.5).floor() as i32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_to_decimals() {
        assert_eq!(e7(10.123_456_749_9), 10.123_456_7);
        assert_eq!(e7(10.123_456_75), 10.123_456_8);
        assert_eq!(tenths(-3.26), -3.3);
        assert_eq!(tenths(359.94), 359.9);
        assert_eq!(whole(2.5), 3);
    }
}
