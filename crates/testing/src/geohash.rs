//! Geohash by literal bisection, in the way it is defined: halve the interval, take the half the point is in.

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// The geohash of a valid point with `precision` letters: 5 bits a letter, longitude first. A point on the middle of
/// an interval belongs to the upper half; every middle down to precision 12 is exact in f64.
///
/// # Panics
/// If the precision is not 1 to 12 or the point is not on the earth.
pub fn geohash(lon: f64, lat: f64, precision: u8) -> String {
    assert!(
        (1..=12).contains(&precision),
        "a geohash has 1 to 12 letters, not {precision}"
    );
    assert!(
        (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat),
        "({lon}, {lat}) is not on the earth"
    );
    let mut west_east = (-180.0, 180.0);
    let mut south_north = (-90.0, 90.0);
    let mut of_longitude = true;
    let mut text = String::new();
    for _ in 0..precision {
        let mut letter = 0;
        for _ in 0..5 {
            let upper = if of_longitude {
                halve(&mut west_east, lon)
            } else {
                halve(&mut south_north, lat)
            };
            letter = letter * 2 + usize::from(upper);
            of_longitude = !of_longitude;
        }
        text.push(char::from(ALPHABET[letter]));
    }
    text
}

fn halve(interval: &mut (f64, f64), value: f64) -> bool {
    let middle = (interval.0 + interval.1) / 2.0;
    let upper = value >= middle;
    if upper {
        interval.0 = middle;
    } else {
        interval.1 = middle;
    }
    upper
}

/// Whether a geohash can begin so: 1 to 12 letters, in lower case.
pub(crate) fn is_prefix(text: &str) -> bool {
    (1..=12).contains(&text.len()) && text.bytes().all(|letter| ALPHABET.contains(&letter))
}
