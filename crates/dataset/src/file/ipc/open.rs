//! Reading the footer of an Arrow file and the headers of its messages.

use super::footer::{Block, Dictionary, Footer, Outline, dictionaries, length};
use super::layout::Batch;
use crate::DatasetError;
use crate::file::guard::guarded;
use crate::store::{Object, StoreRoot};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeMap;
use std::ops::Range;

/// Headers nearer than this are read in one request, with the columns between them.
const GAP: u64 = 16 << 10;
/// A request for headers ends with the one that reaches this, so that a file of many small record batches
/// is not held whole.
const MOST_BYTES: u64 = 4 << 20;
/// Requests for headers at the same time, of each file.
const IN_FLIGHT: usize = 8;

/// Reads a file's footer and headers; of the file the last bytes are there. Adds bytes and requests to
/// the cost.
pub(crate) async fn fetch(
    place: &StoreRoot,
    object: &Object,
    tail: Bytes,
    cost: &mut (u64, u64),
) -> Result<Footer, DatasetError> {
    let wrong = |reason: String| DatasetError::Footer {
        path: object.path().to_owned(),
        reason,
    };
    let end = object.size - TRAILER;
    let start = length(&tail).and_then(|length| end.checked_sub(length));
    let start = start.ok_or_else(|| wrong("its footer points outside the file".to_owned()))?;
    let mut tail = (object.size - tail.len() as u64, tail);
    if start < tail.0 {
        let (bytes, tries) = place.read(object, start..tail.0).await?;
        *cost = (cost.0 + bytes.len() as u64, cost.1 + tries);
        tail = (start, [bytes, tail.1].concat().into());
    }
    let footer = slice(&tail, &(start..end)).unwrap_or_default();
    let gave_up = |_| wrong("its footer is damaged: the decoder gave up".to_owned());
    let outline = guarded(|| Outline::of(&footer, start)).map_err(gave_up)?;
    let outline = outline.map_err(wrong)?;
    let headers = headers(place, object, &outline, &tail, cost).await?;
    guarded(|| combine(outline, &headers))
        .map_err(gave_up)?
        .map_err(wrong)
}

/// Bytes behind the footer: its length, and the magic.
const TRAILER: u64 = 4 + super::MAGIC.len() as u64;

fn slice((offset, bytes): &(u64, Bytes), range: &Range<u64>) -> Option<Bytes> {
    let start = usize::try_from(range.start.checked_sub(*offset)?).ok()?;
    let length = usize::try_from(range.end - range.start).ok()?;
    let is_there = start.checked_add(length)? <= bytes.len();
    is_there.then(|| bytes.slice(start..start + length))
}

/// The headers by their offsets.
async fn headers(
    place: &StoreRoot,
    object: &Object,
    outline: &Outline,
    tail: &(u64, Bytes),
    cost: &mut (u64, u64),
) -> Result<BTreeMap<u64, Bytes>, DatasetError> {
    let blocks = outline.batches.iter().chain(&outline.dictionaries);
    let mut ranges: Vec<Range<u64>> = blocks.map(|block| block.header.clone()).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let mut found = BTreeMap::new();
    ranges.retain(|range| match slice(tail, range) {
        Some(header) => {
            found.insert(range.start, header);
            false
        }
        None => true,
    });
    let requests: Vec<_> = near(ranges)
        .into_iter()
        .map(|ranges| async move {
            let start = ranges.first().map_or(0, |range| range.start);
            let end = ranges.last().map_or(0, |range| range.end);
            let (bytes, tries) = place.read(object, start..end).await?;
            let read = (start, bytes);
            // Copied, so that what lies between them is not kept.
            let header = |range: &Range<u64>| {
                let header = slice(&read, range).unwrap_or_default();
                (range.start, Bytes::copy_from_slice(&header))
            };
            let headers: Vec<(u64, Bytes)> = ranges.iter().map(header).collect();
            Ok::<_, DatasetError>((headers, end - start, tries))
        })
        .collect();
    let mut read = stream::iter(requests).buffer_unordered(IN_FLIGHT);
    while let Some((headers, bytes, tries)) = read.try_next().await? {
        found.extend(headers);
        *cost = (cost.0 + bytes, cost.1 + tries);
    }
    Ok(found)
}

/// Sorted ranges in requests of those that lie near each other.
fn near(ranges: Vec<Range<u64>>) -> Vec<Vec<Range<u64>>> {
    let mut requests: Vec<Vec<Range<u64>>> = Vec::new();
    for range in ranges {
        let last = requests.last_mut().filter(|request| {
            let start = request.first().map_or(0, |r| r.start);
            let end = request.last().map_or(0, |r| r.end);
            range.start <= end + GAP && end - start < MOST_BYTES
        });
        match last {
            Some(last) => last.push(range),
            None => requests.push(vec![range]),
        }
    }
    requests
}

fn combine(outline: Outline, headers: &BTreeMap<u64, Bytes>) -> Result<Footer, String> {
    let header = |block: &Block| headers.get(&block.header.start).map_or(&[][..], |h| h);
    let batch = |(place, block): (usize, &Block)| {
        let batch = Batch::read(header(block), &outline.schema, block);
        batch.map_err(|reason| format!("record batch {place}: {reason}"))
    };
    let batches = outline.batches.iter().enumerate().map(batch);
    let batches = batches.collect::<Result<Vec<_>, _>>()?;
    let mut values = BTreeMap::new();
    for field in outline.schema.fields() {
        dictionaries(field, &mut values);
    }
    let dictionary = |(place, block): (usize, &Block)| {
        let dictionary = Dictionary::read(header(block), &values, block);
        let dictionary = dictionary.map_err(|reason| format!("dictionary {place}: {reason}"));
        dictionary.transpose()
    };
    let found = outline.dictionaries.iter().enumerate();
    let dictionaries = found
        .filter_map(dictionary)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Footer {
        schema: outline.schema,
        batches,
        dictionaries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_headers_are_one_request_but_not_without_end() {
        let header = |at: u64| at..at + 100;
        assert_eq!(
            near(vec![header(0), header(GAP + 100), header(3 * GAP)]),
            [vec![header(0), header(GAP + 100)], vec![header(3 * GAP)]]
        );
        let many: Vec<_> = (0..10_000).map(|i| header(i * 1000)).collect();
        let requests = near(many.clone());
        assert_eq!(requests.concat(), many);
        let bytes = |r: &Vec<Range<u64>>| r[r.len() - 1].end - r[0].start;
        assert!(requests.len() == 3 && requests.iter().all(|r| bytes(r) < MOST_BYTES + 1100));
    }
}
