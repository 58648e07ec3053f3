//! Numbers as people read them.

/// Three significant digits, without exponents.
pub(crate) fn digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 {
            "0".to_owned()
        } else {
            "—".to_owned()
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an exponent of ten is small"
    )]
    let magnitude = value.abs().log10().floor() as i32;
    let places = usize::try_from(2 - magnitude).unwrap_or(0).min(12);
    let text = format!("{value:.places$}");
    if magnitude < 4 {
        return text;
    }
    // 1 234 567
    let mut out = String::new();
    for (i, digit) in text.chars().enumerate() {
        if i > 0 && (text.len() - i).is_multiple_of(3) && digit != '-' {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A duration, in the unit in which it is neither long nor small.
pub(crate) fn seconds(value: f64) -> String {
    let (size, unit) = match value.abs() {
        0.0 => (1.0, "s"),
        v if v < 0.1 => (1e-3, "ms"),
        v if v < 120.0 => (1.0, "s"),
        v if v < 7200.0 => (60.0, "min"),
        _ => (3600.0, "h"),
    };
    format!("{} {unit}", digits(value / size))
}

/// A whole number of something.
pub(crate) fn count(value: f64) -> String {
    match value < 1e4 {
        true => format!("{:.0}", value.ceil()),
        false => many(value),
    }
}

/// "1 corner", "48 corners".
pub(crate) fn plural(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

/// How many times as fast, with one digit behind the point where that says enough.
pub(crate) fn times(value: f64) -> String {
    match value.is_finite() && value < 9.95 {
        true => format!("{value:.1}"),
        false => digits(value),
    }
}

/// A number of rows or rows a second, in thousands, millions or billions.
pub(crate) fn many(value: f64) -> String {
    let (unit, name) = match value.abs() {
        v if v >= 1e9 => (1e9, " G"),
        v if v >= 1e6 => (1e6, " M"),
        v if v >= 1e4 => (1e3, " k"),
        _ => (1.0, ""),
    };
    format!("{}{name}", digits(value / unit))
}

/// Bytes.
pub(crate) fn bytes(value: f64) -> String {
    let units = [
        (1_073_741_824.0, "GiB"),
        (1_048_576.0, "MiB"),
        (1024.0, "KiB"),
    ];
    match units.iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) => format!("{} {unit}", digits(value / size)),
        None => format!("{value} B"),
    }
}

/// A share of 1.
pub(crate) fn percent(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

/// Text in HTML, in attributes too.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1.00"),
            (0.012_345, "0.0123"),
            (0.000_079_3, "0.0000793"),
            (123.4, "123"),
            (7200.0, "7200"),
            (1_234_567.0, "1\u{202f}234\u{202f}567"),
            (f64::NAN, "—"),
        ] {
            assert_eq!(digits(value), text);
        }
        assert_eq!(many(4_904_447.0), "4.90 M");
        assert_eq!(many(999.0), "999");
        assert_eq!(bytes(49_972_768.0), "47.7 MiB");
        assert_eq!(bytes(12.0), "12 B");
        assert_eq!(percent(0.953), "95 %");
        for (value, text) in [
            (0.0, "0 s"),
            (0.000_1, "0.100 ms"),
            (0.1, "0.100 s"),
            (119.0, "119 s"),
            (600.0, "10.0 min"),
            (7200.0, "2.00 h"),
        ] {
            assert_eq!(seconds(value), text);
        }
        assert_eq!((count(2.0), count(2.1)), ("2".to_owned(), "3".to_owned()));
        assert_eq!(
            (times(1.04), times(18.2)),
            ("1.0".to_owned(), "18.2".to_owned())
        );
        assert_eq!(
            (plural(1, "day"), plural(0, "day")),
            ("1 day".to_owned(), "0 days".to_owned())
        );
        assert_eq!(
            escape("<a href='x'>&\""),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
        );
    }
}
