//! Which pages a column chunk has, and whether all of them can be read here.

use super::codec::Codec;
use super::header::{Body, Header, header};
use super::values::{Width, is_read};
use crate::decode::held::Held;
use graticule_columns::overlaps;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{Encoding, Type};
use parquet::file::page_index::offset_index::PageLocation;
use std::ops::Range;

/// The pages of a leaf column of a row group.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) width: Width,
    /// Whether values may be null.
    pub(super) is_optional: bool,
    pub(super) dictionary: Option<Listed>,
    /// Those of the rows that were fetched, ascending; none is empty.
    pub(super) pages: Vec<Listed>,
}

/// A page.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// Number of the page in its column chunk, the dictionary apart.
    pub(super) number: usize,
    /// Where its bytes are, behind its header.
    pub(super) at: u64,
    pub(super) header: Header,
    /// Its rows, counted from the beginning of the row group.
    pub(super) rows: Range<usize>,
}

/// The width of a physical type that is read here, and whether its values are integers.
pub(super) fn width(physical: Type) -> Option<(Width, bool)> {
    Some(match physical {
        Type::BOOLEAN => (Width::Bit, false),
        Type::INT32 => (Width::Narrow, true),
        Type::INT64 => (Width::Wide, true),
        Type::FLOAT => (Width::Narrow, false),
        Type::DOUBLE => (Width::Wide, false),
        Type::BYTE_ARRAY => (Width::Text, false),
        Type::INT96 | Type::FIXED_LEN_BYTE_ARRAY => return None,
    })
}

impl Listing {
    /// The pages that hold rows which were kept, or all pages; nothing where the column is nested, or a page is of a
    /// kind that is not read here or not sound: then the library has its say.
    pub(super) fn of(
        footer: &ArrowReaderMetadata,
        held: &Held,
        (row_group, leaf): (usize, usize),
        kept: Option<&[Range<u64>]>,
    ) -> Option<Self> {
        let metadata = footer.metadata();
        let group = metadata.row_groups().get(row_group)?;
        let column = group.column(leaf);
        let descriptor = column.column_descr();
        let (width, is_integer) = width(descriptor.physical_type())?;
        let is_flat = descriptor.max_rep_level() == 0 && descriptor.max_def_level() <= 1;
        // Where a struct around it may be null, its levels say more than its own nulls.
        if !is_flat || descriptor.path().parts().len() != 1 {
            return None;
        }
        Codec::of(column.compression())?;
        let rows = usize::try_from(group.num_rows()).ok()?;
        let (start, length) = column.byte_range();
        let index = metadata
            .offset_index()
            .and_then(|index| index.get(row_group)?.get(leaf));
        let mut listing = Self {
            width,
            is_optional: descriptor.max_def_level() == 1,
            dictionary: None,
            pages: Vec::new(),
        };
        match (kept, index) {
            (Some(kept), Some(index)) => {
                listing.located(held, index.page_locations(), start, kept, rows)?;
            }
            _ => listing.walked(held, start..start.checked_add(length)?, rows)?,
        }
        let pages = listing.pages.iter();
        let is_read = |page: &Listed| match page.header.body {
            Body::Data {
                encoding, levels, ..
            } => {
                (levels == Encoding::RLE || !listing.is_optional)
                    && is_read(encoding, width, is_integer)
            }
            Body::DataV2 {
                encoding,
                values,
                rows,
                repetition,
                ..
            } => values == rows && repetition == 0 && is_read(encoding, width, is_integer),
            Body::Dictionary { .. } | Body::Other => false,
        };
        pages.clone().all(is_read).then_some(listing)
    }

    /// Goes from header to header.
    fn walked(&mut self, held: &Held, bytes: Range<u64>, rows: usize) -> Option<()> {
        let (mut at, mut row, mut number) = (bytes.start, 0, 0);
        while row < rows {
            if at >= bytes.end {
                return None;
            }
            let page = listed(held, at, number, row)?;
            at = page.at.checked_add(page.header.encoded as u64)?;
            row = self.add(page)?;
            number = self.pages.len();
        }
        (row == rows).then_some(())
    }

    /// Takes the index at its word, page by page, and holds each header against it.
    fn located(
        &mut self,
        held: &Held,
        pages: &[PageLocation],
        start: u64,
        kept: &[Range<u64>],
        rows: usize,
    ) -> Option<()> {
        let first = u64::try_from(pages.first()?.offset).ok()?;
        if first > start {
            let page = listed(held, start, 0, 0)?;
            matches!(page.header.body, Body::Dictionary { .. }).then_some(())?;
            self.add(page)?;
        }
        for (number, page) in pages.iter().enumerate() {
            let row = usize::try_from(page.first_row_index).ok()?;
            let next = pages.get(number + 1).map(|next| next.first_row_index);
            let end = next.map_or(Some(rows), |next| usize::try_from(next).ok())?;
            if !overlaps(kept, &(row as u64..end as u64)) {
                continue;
            }
            let page = listed(held, u64::try_from(page.offset).ok()?, number, row)?;
            (self.add(page)? == end).then_some(())?;
        }
        Some(())
    }

    /// Adds a page; returns the row behind it.
    fn add(&mut self, page: Listed) -> Option<usize> {
        let end = page.rows.end;
        match page.header.body {
            Body::Dictionary { encoding, .. } => {
                let is_plain = matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
                let is_first = self.dictionary.is_none() && self.pages.is_empty();
                (is_plain && is_first && self.width != Width::Bit).then_some(())?;
                self.dictionary = Some(page);
            }
            Body::Other => return None,
            Body::Data { .. } | Body::DataV2 { .. } if page.rows.is_empty() => {}
            Body::Data { .. } | Body::DataV2 { .. } => self.pages.push(page),
        }
        Some(end)
    }

    /// The place in the list of the page with a row.
    pub(super) fn find(&self, row: usize) -> Option<usize> {
        let place = self.pages.partition_point(|page| page.rows.end <= row);
        let page = self.pages.get(place)?;
        page.rows.contains(&row).then_some(place)
    }
}

/// The page whose header is at an offset, and whose first row is this one.
fn listed(held: &Held, at: u64, number: usize, row: usize) -> Option<Listed> {
    let bytes = held.from(at).ok()?;
    let header = header(&bytes).ok()?;
    // The body must be there, too.
    let end = header.length.checked_add(header.encoded)?;
    (end <= bytes.len()).then_some(())?;
    let rows = match header.body {
        Body::Data { values, .. } | Body::DataV2 { values, .. } => values,
        Body::Dictionary { .. } | Body::Other => 0,
    };
    Some(Listed {
        number,
        at: at + header.length as u64,
        header,
        rows: row..row.checked_add(rows)?,
    })
}
