//! CSV, GPX, GeoJSON and Arrow points to Parquet.
