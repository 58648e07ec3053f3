//! Statistics of a file's tiles, as the graticule layout keeps them within the file.

use crate::catalog::open_file::OpenFile;
use crate::file::mark::TilesMark;
use crate::file::meaning;
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use graticule_columns::Schema;

/// Statistics of a file's tiles.
#[derive(Debug, Clone)]
pub struct Tiles {
    /// What they are.
    pub mark: TilesMark,
    /// Rows before each of the file's row groups.
    pub before: Vec<u64>,
    /// A partial: a group for each tile with a point.
    pub batch: RecordBatch,
}

/// Whether the statistics of a file's tiles are of the dataset's columns, in its types: other files may have widened
/// them, and a table may name them otherwise.
pub(crate) fn is_of(schema: &Schema, file: &OpenFile, mark: &TilesMark) -> bool {
    let is_same = |name: &str| {
        let Some((_, own)) = file.view.fields().find(name) else {
            return false;
        };
        let own = own.data_type();
        let time = schema.time.as_ref().filter(|time| time.name == name);
        let attribute = schema.attributes.iter().find(|a| a.name == name);
        match (time.map(|time| &time.data_type), attribute) {
            (Some(DataType::Timestamp(unit, _)), _) => {
                matches!(own, DataType::Timestamp(of, _) if of == unit)
            }
            (Some(DataType::Int64), _) => own.is_integer(),
            (Some(data_type), _) => own == data_type,
            (None, Some(attribute)) => meaning::alone(own) == attribute.data_type,
            // No question can ask for it.
            (None, None) => true,
        }
    };
    !file.view.is_mapped() && mark.slots.iter().skip(2).all(|slot| is_same(&slot.name))
}
