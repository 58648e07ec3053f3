//! What somebody meant who wrote a name that there is not.

/// The candidate that is most like a name, if one is so like it that it may have been meant: one that differs in capitals
/// alone before all others, then the one with the fewest letters left out, put in, changed or swapped.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = name.trim().to_lowercase();
    let letters = wanted.chars().count();
    // Of a short name few letters make another word of it.
    let most = letters.div_ceil(3).min(3);
    let distance = |candidate: &'a str| {
        let other = candidate.to_lowercase();
        let begins = letters >= 3 && (other.starts_with(&wanted) || other.ends_with(&wanted));
        let distance = match (other == wanted, begins) {
            (true, _) => 0,
            (_, true) => 1,
            _ => strsim::osa_distance(&wanted, &other),
        };
        (distance <= most && distance < letters.max(1)).then_some((distance, candidate))
    };
    let near = candidates.into_iter().filter_map(distance);
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to say behind a column that there is not: what may have been meant, and what there is.
pub(crate) fn instead(name: &str, columns: &[String]) -> String {
    let near = did_you_mean(name, columns.iter().map(String::as_str));
    let there_is = if near.is_empty() { "; it" } else { " It" };
    format!(
        "{near}{there_is} has {}",
        graticule_columns::listed(columns)
    )
}

/// `; did you mean 'speed_mps'?`, or nothing where no candidate is near.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let near = nearest(name, candidates);
    near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_found() {
        let columns = [
            "lon",
            "lat",
            "time",
            "speed_mps",
            "accuracy_m",
            "trip_id",
            "Trip",
        ];
        for (written, meant) in [
            ("speed_msp", Some("speed_mps")),
            ("speed", Some("speed_mps")),
            ("SPEED_MPS", Some("speed_mps")),
            ("trip", Some("Trip")),
            ("tripid", Some("trip_id")),
            ("lot", Some("lon")),
            ("tiem", Some("time")),
            ("altitude", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, columns), meant, "{written}");
        }
        assert_eq!(did_you_mean("tme", columns), "; did you mean 'time'?");
        assert_eq!(did_you_mean("altitude", columns), "");
    }
}
