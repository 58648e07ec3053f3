//! Google's exports of where somebody was, which are JSON and no GeoJSON.

const RECORDS: &str = "it is Google's location history (Records.json), no GeoJSON; convert its locations, for example with \
                       jq -r '.locations[] | [.longitudeE7/1e7, .latitudeE7/1e7, .timestamp] | @csv', and import that";
const TIMELINE: &str = "it is Google's timeline (Timeline.json or semantic history), no GeoJSON; convert its points to CSV with \
                        lon, lat and time, or to GPX, and import that";

/// What begins such exports.
const SIGNS: [(&[u8], &str); 7] = [
    (b"\"latitudeE7\"", RECORDS),
    (b"\"locations\"", RECORDS),
    (b"\"semanticSegments\"", TIMELINE),
    (b"\"timelineObjects\"", TIMELINE),
    (b"\"rawSignals\"", TIMELINE),
    (b"\"timelinePath\"", TIMELINE),
    (b"\"topCandidate\"", TIMELINE),
];
/// Bytes in which a sign stands, and in which a feature says that it is one.
const HEAD: usize = 16 << 10;

/// What a file is that begins so, and what to do; nothing of any other.
pub(super) fn reason(head: &[u8]) -> Option<&'static str> {
    let head = &head[..head.len().min(HEAD)];
    let holds = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    if holds(b"\"Feature") || holds(b"\"coordinates\"") {
        return None;
    }
    let found = SIGNS.iter().find(|(sign, _)| holds(sign));
    found.map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn exports_are_known_by_their_words() {
        let records = br#"{"locations": [{"latitudeE7": 481374300, "longitudeE7": 115754900}]}"#;
        assert!(reason(records).is_some_and(|r| r.contains("Records.json")));
        for timeline in [
            &br#"{"semanticSegments": [{"startTime": "2026-03-01T00:00:00Z"}]}"#[..],
            br#"[{"endTime": "2026-03-01T00:00:00Z", "visit": {"topCandidate": {}}}]"#,
        ] {
            assert!(reason(timeline).is_some_and(|r| r.contains("Timeline.json")));
        }
        let feature = br#"{"type":"Feature","geometry":null,"properties":{"locations":"x"}}"#;
        assert_eq!(reason(feature), None);
    }
}
