//! Points from other formats to Parquet (`import`), and Parquet to a layout that reads little
//! (`optimize`). Both stream in bounded memory, write beside and rename, and lose no row silently.

pub mod import;
pub mod optimize;
