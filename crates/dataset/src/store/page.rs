//! What servers write: pages of listings and of errors, as S3, Google, Azure and WebDAV write them.

use super::refusal::Refusal;
use object_store::path::Path;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use std::ops::Range;

/// Letters of a server's message that are shown.
const SHOWN: usize = 300;

/// A page of a listing.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    /// Names that cannot be asked for.
    pub(super) unspeakable: Vec<String>,
    /// The page without them, if there are any.
    pub(super) without: Option<Vec<u8>>,
}

/// Looks through a page of a listing, which was asked for by some token unless it is the first.
///
/// # Errors
/// [`Refusal::BrokenOff`] where it is not the last one and does not tell the next, [`Refusal::GoesRound`] where it tells
/// itself.
pub(super) fn screen(body: &[u8], asked: Option<&str>) -> Result<Page, Refusal> {
    let wrong = |e: &dyn ToString| Refusal::Unreadable(e.to_string());
    let mut reader = Reader::from_reader(body);
    let mut page = Page::default();
    let mut cuts: Vec<Range<usize>> = Vec::new();
    let (mut is_truncated, mut has_token) = (false, false);
    // Where the entry begins that is being read, and its name.
    let mut entry: Option<(usize, String)> = None;
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event().map_err(|e| wrong(&e))? {
            Event::Start(start) => match start.local_name().as_ref() {
                tag if is_entry(tag) => entry = Some((before, String::new())),
                tag @ (b"Key"
                | b"Name"
                | b"Prefix"
                | b"href"
                | b"IsTruncated"
                | b"NextContinuationToken"
                | b"NextMarker") => {
                    let text = reader.read_text(start.name()).map_err(|e| wrong(&e))?;
                    let text = text.decode().map_err(|e| wrong(&e))?;
                    let text = unescape(&text).map_err(|e| wrong(&e))?;
                    match (tag, &mut entry) {
                        (b"IsTruncated", None) => is_truncated = text.trim() == "true",
                        (b"NextContinuationToken" | b"NextMarker", None) => {
                            if !text.is_empty() && asked == Some(&text) {
                                return Err(Refusal::GoesRound(text.into_owned()));
                            }
                            has_token |= !text.is_empty();
                        }
                        (b"href", Some((_, name))) => *name = super::decode(&text),
                        (_, Some((_, name))) if name.is_empty() => *name = text.into_owned(),
                        _ => {}
                    }
                }
                _ => {}
            },
            Event::End(end) => {
                let tag = end.local_name();
                if let Some((begin, name)) = entry.take_if(|_| is_entry(tag.as_ref()))
                    && !is_speakable(&name, tag.as_ref() == b"response")
                {
                    let after = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                    cuts.push(begin..after);
                    // A marker stands for a folder, not for data.
                    if !name.ends_with('/') {
                        page.unspeakable.push(name);
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if is_truncated && !has_token {
        return Err(Refusal::BrokenOff);
    }
    if !cuts.is_empty() {
        page.without = Some(without(body, &cuts));
    }
    Ok(page)
}

/// Whether a tag holds an object or a folder.
fn is_entry(tag: &[u8]) -> bool {
    matches!(
        tag,
        b"Contents" | b"Blob" | b"CommonPrefixes" | b"BlobPrefix" | b"response"
    )
}

/// Whether the store's crate has a path for a name, that leads back to the name.
fn is_speakable(name: &str, is_url: bool) -> bool {
    let is_relative = is_url || !name.starts_with('/');
    is_relative && Path::parse(name).is_ok()
}

fn without(body: &[u8], cuts: &[Range<usize>]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(body.len());
    let mut at = 0;
    for cut in cuts {
        rest.extend_from_slice(body.get(at..cut.start).unwrap_or_default());
        at = cut.end;
    }
    rest.extend_from_slice(body.get(at..).unwrap_or_default());
    rest
}

/// Code and message of an error's page, where it has them.
pub(super) fn said(page: &str) -> Option<(String, String)> {
    let of = |tag: &str| {
        let (_, from) = page.split_once(&format!("<{tag}>"))?;
        let (text, _) = from.split_once(&format!("</{tag}>"))?;
        let text = unescape(text).ok()?;
        // The first line; Azure writes the request's number and time below it.
        let line = text.trim().lines().next().unwrap_or_default();
        let letters = line.chars().filter(|c| !c.is_control());
        Some(letters.take(SHOWN).collect::<String>())
    };
    let code = of("Code").filter(|code| !code.is_empty())?;
    Some((code, of("Message").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_without_its_end_is_an_error() {
        let page = |rest: &str| {
            let body = format!(
                "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents>{rest}</ListBucketResult>"
            );
            screen(body.as_bytes(), None)
        };
        let more = "<IsTruncated>true</IsTruncated>";
        assert_eq!(page(more), Err(Refusal::BrokenOff));
        let empty = "<NextContinuationToken></NextContinuationToken>";
        assert_eq!(page(&format!("{more}{empty}")), Err(Refusal::BrokenOff));
        let token = "<NextContinuationToken>x&amp;y</NextContinuationToken>";
        assert_eq!(page(&format!("{more}{token}")), Ok(Page::default()));
        assert_eq!(
            page("<IsTruncated>false</IsTruncated>"),
            Ok(Page::default())
        );
    }

    #[test]
    fn a_listing_that_goes_round_is_an_error() {
        let body = "<L><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken></L>";
        let page = |asked| screen(body.as_bytes(), asked);
        assert_eq!(page(Some("a&b")), Err(Refusal::GoesRound("a&b".to_owned())));
        assert_eq!(
            (page(None), page(Some("a"))),
            (Ok(Page::default()), Ok(Page::default()))
        );
    }

    #[test]
    fn names_that_are_none_are_cut_out_and_kept() {
        let body = "<L><Contents><Key>a//b.parquet</Key></Contents><Contents><Key>a/b</Key></Contents>\
            <Contents><Key>x&#10;y</Key></Contents><Contents><Key>/lead</Key></Contents>\
            <CommonPrefixes><Prefix>a//</Prefix></CommonPrefixes></L>";
        let page = screen(body.as_bytes(), None).expect("it is read");
        assert_eq!(page.unspeakable, ["a//b.parquet", "x\ny", "/lead"]);
        let rest = String::from_utf8(page.without.expect("a rest")).expect("text");
        assert_eq!(rest, "<L><Contents><Key>a/b</Key></Contents></L>");
        let azure = "<E><Blobs><Blob><Name>p//q</Name><Properties><Etag>0x1</Etag></Properties></Blob></Blobs><NextMarker /></E>";
        let page = screen(azure.as_bytes(), None).expect("it is read");
        assert_eq!(page.unspeakable, ["p//q"]);
        let dav = "<D:m xmlns:D='DAV:'><D:response><D:href>/f/a%0Ab.pq</D:href></D:response><D:response><D:href>/f/</D:href></D:response></D:m>";
        let page = screen(dav.as_bytes(), None).expect("it is read");
        assert_eq!(page.unspeakable, ["/f/a\nb.pq"]);
    }

    #[test]
    fn errors_are_told_without_their_page() {
        let page = "<?xml version='1.0'?>\n<Error><Code>NoSuchBucket</Code><Message>There is &lt;none&gt;\nRequestId:1</Message></Error>";
        let (code, message) = said(page).expect("both");
        assert_eq!((&*code, &*message), ("NoSuchBucket", "There is <none>"));
        assert_eq!(said("<html><h1>404</h1></html>"), None);
    }
}
