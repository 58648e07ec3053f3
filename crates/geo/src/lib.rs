//! Points on the earth as integers: exact fixed point, bounding boxes, geohash cells, zones.
//!
//! ```
//! use graticule_geo::{Bbox, LonLat, geohash};
//!
//! let point = LonLat::new(116.316, 39.988)?;
//! assert_eq!(geohash::encode(point.fixed(), 6)?, "wx4eqz");
//! assert!(Bbox::new(116.30, 39.97, 116.33, 40.00)?.contains(point));
//! # Ok::<(), graticule_geo::GeoError>(())
//! ```
//!
//! First in the arrows: `geo -> columns -> ...`. No I/O, no Arrow. Coordinates are WGS 84 degrees in
//! the order longitude, latitude. Everything a kernel needs to know of the earth is decided here,
//! once, in integers; what integers cannot decide is named ([`Side::Edge`]) and left to f64.

mod bbox;
pub mod circle;
pub mod crs;
pub mod decimal;
mod error;
mod fixed;
pub mod geohash;
pub mod h3;
pub mod hilbert;
pub mod layer;
mod places;
mod rect;
pub mod tile;
pub mod unit;

pub use bbox::{Bbox, FixedBbox, Side, Span};
pub use circle::Circle;
pub use error::GeoError;
pub use fixed::{
    Fixed, LonLat, fix_columns, is_valid, lat_of_y_edge, lon_of_x_edge, x_of_lon, xs_of_lon,
    y_of_lat, ys_of_lat,
};
pub use layer::{Layer, LayerError, Zone};
pub use places::{Nearest, Places};
pub use rect::Rect;
pub use unit::CoordinateUnit;
