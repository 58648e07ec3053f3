//! Numbers with a unit.

/// A count such as 10M: k or K, M, G are powers of a thousand.
pub(crate) fn parse_number(text: &str) -> Result<u64, String> {
    scaled(
        text,
        &[
            ("k", 1_000),
            ("K", 1_000),
            ("M", 1_000_000),
            ("G", 1_000_000_000),
            ("", 1),
        ],
    )
    .ok_or_else(|| format!("'{text}' is no count; write 2500000, 300k, 2.5M or 1G"))
}

/// A size such as 1GiB: KiB, MiB, GiB, TiB are powers of 1024, KB to TB of a thousand.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("KB", 1_000),
        ("", 1),
    ];
    scaled(text, &units)
        .ok_or_else(|| format!("'{text}' is no size; write 512MiB, 1GiB or a number of bytes"))
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, size) = units
        .iter()
        .find_map(|(unit, size)| Some((text.strip_suffix(unit)?.trim_end(), *size)))?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(size);
    }
    let number: f64 = number.parse().ok().filter(|n| (0.0..1e9).contains(n))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a positive number below 2^63, of which the fraction of a unit is dropped"
    )]
    let scaled = (number * size as f64) as u64;
    Some(scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_number("10M"), Ok(10_000_000));
        assert_eq!(parse_number("2.5M"), Ok(2_500_000));
        assert_eq!(parse_bytes("1GiB"), Ok(1 << 30));
        assert_eq!(parse_bytes("1.5 KiB"), Ok(1536));
        assert_eq!(parse_bytes("17"), Ok(17));
        for text in ["", "GiB", "-1", "1XB", "nan", "99999999999TiB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }
}
