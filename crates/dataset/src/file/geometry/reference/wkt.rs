//! Well-known text of a CRS, of either version: `GEOGCS["WGS 84",DATUM["WGS_1984",...],...]`.

use super::{Ellipsoid, Otherwise, Reference, is_datum, shortened};

/// A keyword with what stands between its brackets.
struct Node {
    keyword: String,
    values: Vec<String>,
    nodes: Vec<Self>,
}

pub(super) fn reference(text: &str) -> Reference {
    let node = Node::parse(&mut text.trim().as_bytes(), 0);
    match node {
        Some(node) if is_wgs84(&node) => Reference::Wgs84,
        Some(node) if node.values.first().is_some_and(|name| !name.is_empty()) => {
            let otherwise = node.geographic().map(Node::otherwise);
            let otherwise = otherwise.map_or_else(String::new, Otherwise::told);
            Reference::Other(format!("{}{otherwise}", node.values[0]))
        }
        _ => Reference::Other(shortened(text)),
    }
}

fn is_wgs84(crs: &Node) -> bool {
    crs.geographic().is_some_and(|crs| {
        let datum = crs.datum().and_then(|datum| datum.values.first());
        datum.is_some_and(|name| is_datum(name)) && !crs.otherwise().is_any()
    })
}

/// Whether an ellipsoid is that of WGS 84, as far as it is told.
fn is_ellipsoid(told: &Node) -> bool {
    let number = |place: usize| {
        told.values
            .get(place)
            .map(|v| v.parse().unwrap_or(f64::NAN))
    };
    let ellipsoid = Ellipsoid {
        major: number(1),
        flattening: number(2),
        minor: None,
    };
    ellipsoid.is_wgs84()
}

impl Node {
    /// The geographic CRS that it is, heights left out.
    fn geographic(&self) -> Option<&Self> {
        match self.keyword.as_str() {
            "COMPD_CS" | "COMPOUNDCRS" => {
                let mut parts = self.nodes.iter();
                parts.find(|n| !n.keyword.starts_with("VERT"))?.geographic()
            }
            "BOUNDCRS" => self.child(&["SOURCECRS"])?.nodes.first()?.geographic(),
            "GEOGCS" | "GEOGCRS" | "GEOGRAPHICCRS" | "GEODCRS" | "GEODETICCRS" => Some(self),
            _ => None,
        }
    }

    fn otherwise(&self) -> Otherwise {
        let meridian = self.child(&["PRIMEM", "PRIMEMERIDIAN"]);
        let is_degree = |unit: &Self| {
            let degree = std::f64::consts::PI / 180.0;
            unit.number().is_some_and(|n| (n - degree).abs() < 1e-12)
        };
        Otherwise {
            ellipsoid: self.ellipsoid().is_some_and(|e| !is_ellipsoid(e)),
            meridian: meridian.is_some_and(|m| m.number() != Some(0.0)),
            unit: !self.units().all(is_degree),
        }
    }

    fn datum(&self) -> Option<&Self> {
        self.child(&["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"])
    }

    fn ellipsoid(&self) -> Option<&Self> {
        self.datum()?.child(&["SPHEROID", "ELLIPSOID"])
    }

    fn child(&self, keywords: &[&str]) -> Option<&Self> {
        let mut nodes = self.nodes.iter();
        nodes.find(|n| keywords.contains(&n.keyword.as_str()))
    }

    /// Units of the angles: of the whole, or of each axis.
    fn units(&self) -> impl Iterator<Item = &Self> {
        let axes = self.nodes.iter().filter(|n| n.keyword == "AXIS");
        let all = self.nodes.iter().chain(axes.flat_map(|axis| &axis.nodes));
        all.filter(|n| matches!(n.keyword.as_str(), "UNIT" | "ANGLEUNIT"))
    }

    /// The number behind the name.
    fn number(&self) -> Option<f64> {
        self.values.get(1)?.parse().ok()
    }

    /// The node that a text begins with; nothing where it is none, or of more depth than any has.
    fn parse(text: &mut &[u8], depth: usize) -> Option<Self> {
        let end = text.iter().position(|b| matches!(b, b'[' | b'('))?;
        let keyword = std::str::from_utf8(&text[..end]).ok()?.trim();
        let is_word = keyword
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if depth > 20 || keyword.is_empty() || !is_word {
            return None;
        }
        let mut node = Self {
            keyword: keyword.to_ascii_uppercase(),
            values: Vec::new(),
            nodes: Vec::new(),
        };
        *text = &text[end + 1..];
        loop {
            *text = text.trim_ascii_start();
            match text.first()? {
                b']' | b')' => {
                    *text = &text[1..];
                    return Some(node);
                }
                b',' => *text = &text[1..],
                b'"' => {
                    let end = text[1..].iter().position(|b| *b == b'"')?;
                    let value = String::from_utf8_lossy(&text[1..=end]).into_owned();
                    node.values.push(value);
                    *text = &text[end + 2..];
                }
                _ => {
                    let is_end = |b: &u8| matches!(b, b',' | b'[' | b']' | b'(' | b')');
                    let end = text.iter().position(is_end)?;
                    if matches!(text[end], b'[' | b'(') {
                        node.nodes.push(Self::parse(text, depth + 1)?);
                    } else {
                        let value = String::from_utf8_lossy(text[..end].trim_ascii());
                        node.values.push(value.into_owned());
                        *text = &text[end..];
                    }
                }
            }
        }
    }
}
